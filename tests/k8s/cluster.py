"""A simulated cluster: the instance file of k8s/, a real Postgres, a Kubernetes API on loopback, one node."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster._core.definitions.reconstruct import ReconstructableRepository
from dagster._core.launcher import LaunchRunContext

from sparky_assets.definitions import KUBERNETES_VARIABLE, defs
from sparky_assets.orchestration.run_tags import RANGE_END_TAG, RANGE_START_TAG
from tests.factories import sample_repository
from tests.fakes.kubelet import Kubelet
from tests.fakes.kubernetes import FakeKubernetes, serving
from tests.k8s.rendered import ROOT, one
from tests.k8s.server import Server

IMAGE = "sparky:0.1.0"
FOLDER = "k8s/base"


@dataclass
class Cluster:
    """The parts of the cluster that tests use."""

    instance: dg.DagsterInstance
    api: FakeKubernetes
    kubelet: Kubelet

    @property
    def launcher(self) -> Any:
        """Return the run launcher of the instance file."""
        return self.instance.run_launcher

    def submitted(self, job: str, partition: str = sample_repository.DAY) -> dg.DagsterRun:
        """Return a run as the daemon finds it in the queue."""
        return self._submitted(job, {"dagster/partition": partition})

    def submitted_range(self, job: str, first: str, last: str) -> dg.DagsterRun:
        """Return a run over consecutive days."""
        return self._submitted(job, {RANGE_START_TAG: first, RANGE_END_TAG: last})

    def _submitted(self, job: str, partition: dict[str, str]) -> dg.DagsterRun:
        repository = ReconstructableRepository.for_module("sparky_assets.definitions", "defs", str(ROOT))
        origin = repository.get_reconstructable_job(job).get_python_origin()
        definition = defs().resolve_job_def(job)
        tags = {**definition.tags, **partition}
        return self.instance.create_run_for_job(definition, tags=tags, job_code_origin=origin)

    def context(self, run: dg.DagsterRun) -> LaunchRunContext:
        """Return the arguments that the daemon passes to a launcher."""
        return LaunchRunContext(dagster_run=run, workspace=None)

    def launch(self, run: dg.DagsterRun) -> dict[str, Any]:
        """Launch a run; return the Job as Kubernetes accepted it."""
        self.launcher.launch_run(self.context(run))
        return self.api.jobs[f"dagster-run-{run.run_id}"]

    def run(self, job: str, partition: str = sample_repository.DAY) -> dg.DagsterRun:
        """Launch a run and wait for its process; return the run as the history has it then."""
        launched = self.submitted(job, partition)
        self.launch(launched)
        self.kubelet.processes[f"dagster-run-{launched.run_id}"].wait(timeout=300)
        return self.again(launched)

    def again(self, run: dg.DagsterRun) -> dg.DagsterRun:
        """Return the run as the history has it now."""
        found = self.instance.get_run_by_id(run.run_id)
        assert found
        return found


@contextmanager
def opened(folder: Path, postgres: Server, repositories: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """Create the cluster of k8s/base; only addresses and the paths of repositories differ."""
    kubelet = Kubelet(
        folder,
        {"sparky-env": one(FOLDER, "ConfigMap", "sparky-env")["data"]},
        {"sparky-postgres": {"password": postgres.password}},
    )
    settings = kubelet.place("/etc/sparky") / "sparky.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(one(FOLDER, "ConfigMap", "sparky-settings")["data"]["sparky.toml"])
    kubelet.more = {
        **postgres.variables(),
        "SPARKY_HOME": str(kubelet.place("/var/lib/sparky")),
        "SPARKY_SOURCES__GIT__REPOSITORIES": f'["{repositories}"]',
        "SPARKY_LANGUAGE_MODEL__BACKEND": "none",
    }
    for name, value in {
        **postgres.variables(),
        "RUN_IMAGE": IMAGE,
        "SPARKY_CONFIG": str(settings),
        KUBERNETES_VARIABLE: "10.43.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    with serving(FakeKubernetes(kubelet)) as api:
        instance = yaml.safe_load((ROOT / FOLDER / "config/dagster.yaml").read_text())
        kubelet.hidden = (str(folder / "kubeconfig"),)
        instance["run_launcher"]["config"] |= {
            "load_incluster_config": False,
            "kubeconfig_file": str(api.kubeconfig(folder)),
        }
        (folder / "dagster.yaml").write_text(yaml.safe_dump(instance))
        try:
            with dg.DagsterInstance.from_config(str(folder)) as opened_instance:
                yield Cluster(opened_instance, api, kubelet)
        finally:
            kubelet.end_all()
