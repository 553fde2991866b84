"""Runs as Jobs of Kubernetes: Dagster's own launcher, but for two things.

An API that does not answer ends no run, and a pod that can never start ends its run after minutes, though one that only
waits for room may wait for hours.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
from dagster import DagsterRunStatus
from dagster._core.launcher import LaunchRunContext
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster_k8s import K8sRunLauncher

BROKEN_REASONS = frozenset(
    {
        "CreateContainerConfigError",
        "CreateContainerError",
        "ErrImageNeverPull",
        "ErrImagePull",
        "ImageInspectError",
        "ImagePullBackOff",
        "InvalidImageName",
        "RunContainerError",
    }
)
"""Reasons of a waiting container that pass only when a person acts, or when a registry is back."""

BROKEN_AFTER_SECONDS = 300.0
"""A registry that is away for a moment gives the same reasons."""

START_POLL_SECONDS = 30.0

JOB_NAME_PREFIX = "dagster-run-"
"""Dagster's name of the Job of a run, before the run's id."""

log = logging.getLogger("dagster.sparky.kubernetes")


def find_broken_reason(pod: Mapping[str, Any]) -> str:
    """Return why a pod cannot start, with Kubernetes' own words; empty when it runs, waits for room or has begun.

    Args:
        pod: the pod as the API gives it, in its camelCase names.
    """
    status = pod.get("status") or {}
    for container in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        waiting = (container.get("state") or {}).get("waiting") or {}
        if waiting.get("reason") in BROKEN_REASONS:
            words = " ".join(str(waiting.get("message") or "").split())[:300]
            return f"{waiting['reason']}: {words}" if words else str(waiting["reason"])
    return ""


@dataclass
class StartWatch:
    """Remembers since when the pods of starting runs are broken. Times are seconds of one clock."""

    broken_since: dict[str, float] = field(default_factory=dict)

    def find_hopeless(self, reasons: Mapping[str, str], now: float) -> Iterator[tuple[str, str]]:
        """Yield run and reason of each run whose pod has been broken for `BROKEN_AFTER_SECONDS`.

        Args:
            reasons: why the pod of each starting run cannot start; empty for those that can.
            now: the time.
        """
        broken = {run_id: reason for run_id, reason in reasons.items() if reason}
        self.broken_since = {run_id: self.broken_since.get(run_id, now) for run_id in broken}
        for run_id, reason in broken.items():
            if now - self.broken_since[run_id] >= BROKEN_AFTER_SECONDS:
                yield run_id, reason


class JobLauncher(K8sRunLauncher):
    """`K8sRunLauncher` under which a restart of Kubernetes' API ends no run, and a broken pod ends its run soon.

    Dagster's run monitoring takes a worker of unknown health for a dead one: it fails the run and starts another, while
    the first pod still writes. k3s restarts its API with every upgrade, and pods live on meanwhile. A Job that the API
    says is gone stays unknown, and its run is ended.

    It also knows one time for all starts: a pod that waited five minutes for room was a failure like one whose image
    does not exist. So that time is hours (k8s/base/config/dagster.yaml), and broken pods are looked for here.
    """

    _start_watch: threading.Thread | None = None
    monotonic: Callable[[], float] = staticmethod(time.monotonic)

    def launch_run(self, context: LaunchRunContext) -> None:
        """Create the Job of a run, and watch its start."""
        super().launch_run(context)
        self._ensure_start_watch()

    def check_run_worker_health(self, run: dg.DagsterRun) -> Any:
        """Whether the run's pod lives; without an answer it is taken to, and asked about again a minute later."""
        self._ensure_start_watch()
        health = super().check_run_worker_health(run)
        if health.status is WorkerStatus.UNKNOWN and not str(health.msg).endswith("could not be found"):
            return CheckRunHealthResult(WorkerStatus.RUNNING, f"Kubernetes does not answer: {health.msg}")
        return health

    def end_hopeless_runs(self, watch: StartWatch) -> list[str]:
        """Look once at the pods of all starting runs; end the runs whose pods cannot start, and return their ids."""
        starting = self._instance.get_runs(dg.RunsFilter(statuses=[DagsterRunStatus.STARTING]))
        reasons = {run.run_id: self._find_reason(run) for run in starting}
        ended = []
        for run_id, reason in watch.find_hopeless(reasons, self.monotonic()):
            run = self._instance.get_run_by_id(run_id)
            if run is None or run.status is not DagsterRunStatus.STARTING:
                continue
            self._instance.report_run_failed(run, f"its pod cannot start: {reason}. Mend it, then start the run again.")
            namespace = self.get_container_context_for_run(run).namespace
            self._api_client.delete_job(job_name=JOB_NAME_PREFIX + run_id, namespace=namespace)
            ended.append(run_id)
        return ended

    def _find_reason(self, run: dg.DagsterRun) -> str:
        container_context = self.get_container_context_for_run(run)
        pods = self._api_client.core_api.list_namespaced_pod(
            namespace=container_context.namespace, label_selector=f"job-name={JOB_NAME_PREFIX}{run.run_id}"
        )
        serialize = self._api_client.core_api.api_client.sanitize_for_serialization
        return next(filter(None, (find_broken_reason(serialize(pod)) for pod in pods.items)), "")

    def _ensure_start_watch(self) -> None:
        """Start the watch in the process that launches and monitors runs: the daemon."""
        if self._start_watch is None or not self._start_watch.is_alive():
            self._start_watch = threading.Thread(target=self._watch_starts, name="start-watch", daemon=True)
            self._start_watch.start()

    def _watch_starts(self) -> None:
        watch = StartWatch()
        while True:
            time.sleep(START_POLL_SECONDS)
            try:
                self.end_hopeless_runs(watch)
            except Exception as error:  # noqa: BLE001 - an API or a database that is away: the next look finds it back
                log.warning("starting runs cannot be looked at: %s", str(error).partition("\n")[0])
