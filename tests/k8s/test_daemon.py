"""A run through the whole system: code server, queue, daemon, Job, process, success."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dagster as dg
import pytest
import yaml

from tests.factories.sample_repository import DAY
from tests.k8s.cluster import Cluster
from tests.k8s.rendered import ROOT, one
from tests.k8s.test_services import FOLDER, free_port

pytestmark = pytest.mark.slow


ENDED = {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}


@contextmanager
def service(name: str, moved: dict[str, str], cluster: Cluster) -> Iterator[None]:
    """Run the container of a Deployment as a process beside the cluster."""
    (container,) = one(FOLDER, "Deployment", name)["spec"]["template"]["spec"]["containers"]
    arguments = [moved.get(argument, argument) for argument in container["args"]]
    folder = cluster.kubelet.folder
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [program(arguments[0]), *arguments[1:]], env=environment(cluster), stdout=log, stderr=log
        )
    try:
        yield
    finally:
        process.kill()
        process.wait()


def program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def environment(cluster: Cluster) -> dict[str, str]:
    """Return the environment of the services. Schedules would request their own runs."""
    quiet = {"SPARKY_SCHEDULES__ENABLED": "false", "DAGSTER_HOME": str(cluster.kubelet.folder)}
    return {**os.environ, **cluster.kubelet.more, **quiet}


def ask_for_a_day(cluster: Cluster, workspace: Path) -> None:
    """Request a day as the interface does; retry until the code server is up."""
    command = [program("dagster"), "job", "launch", "--workspace", str(workspace), "--job", "daily"]
    command += ["--tags", f'{{"dagster/partition": "{DAY}"}}']
    for _ in range(20):
        asked = subprocess.run(command, env=environment(cluster), capture_output=True, text=True, check=False)
        if asked.returncode == 0:
            return
        time.sleep(1)
    raise AssertionError(asked.stdout + asked.stderr)


def test_requested_run_becomes_a_job_and_succeeds(cluster: Cluster) -> None:
    folder, port = cluster.kubelet.folder, str(free_port())
    workspace = folder / "workspace.yaml"
    loaded = yaml.safe_load((ROOT / FOLDER / "config/workspace.yaml").read_text())
    loaded["load_from"][0]["grpc_server"] |= {"host": "127.0.0.1", "port": int(port)}
    workspace.write_text(yaml.safe_dump(loaded))
    with ExitStack() as running:
        running.enter_context(service("code-server", {"4000": port}, cluster))
        running.enter_context(service("daemon", {"/etc/dagster/workspace.yaml": str(workspace)}, cluster))
        ask_for_a_day(cluster, workspace)
        run = ended(cluster)
    assert cluster.api.requests[0] == "POST /apis/batch/v1/namespaces/sparky/jobs"
    assert run.status is dg.DagsterRunStatus.SUCCESS, cluster.kubelet.printed(f"dagster-run-{run.run_id}")
    assert cluster.api.jobs.keys() == {f"dagster-run-{run.run_id}"}
    assert list((cluster.kubelet.place("/var/lib/sparky") / "store/digests/daily").glob("*.md"))


def ended(cluster: Cluster) -> dg.DagsterRun:
    """Return the only run once it is over."""
    for _ in range(600):
        (run,) = cluster.instance.get_runs()
        if run.status in ENDED:
            return run
        time.sleep(0.5)
    raise AssertionError((cluster.kubelet.folder / "daemon.log").read_text()[-3000:])
