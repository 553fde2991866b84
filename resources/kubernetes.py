"""Runs as Jobs of Kubernetes: Dagster's own launcher, but for what it makes of an API that does not answer."""

from typing import Any

import dagster as dg
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster_k8s import K8sRunLauncher


class JobLauncher(K8sRunLauncher):
    """`K8sRunLauncher` under which a restart of Kubernetes' API ends no run.

    Dagster's run monitoring takes a worker of unknown health for a dead one: it fails the run and starts another, while
    the first pod still writes. k3s restarts its API with every upgrade, and pods live on meanwhile. A Job that the API
    says is gone stays unknown, and its run is ended.
    """

    def check_run_worker_health(self, run: dg.DagsterRun) -> Any:
        """Whether the run's pod lives; without an answer it is taken to, and asked about again a minute later."""
        health = super().check_run_worker_health(run)
        if health.status is WorkerStatus.UNKNOWN and not str(health.msg).endswith("could not be found"):
            return CheckRunHealthResult(WorkerStatus.RUNNING, f"Kubernetes does not answer: {health.msg}")
        return health
