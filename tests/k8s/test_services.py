"""The services as the manifests start them: the same arguments, the cluster's instance file, no Kubernetes token."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.factories.sample_repository import DAY
from tests.k8s.rendered import ROOT, one
from tests.k8s.server import Server

FOLDER = "k8s/base"
TOKEN = "a-token-that-is-long-enough-for-the-reader"


@contextmanager
def started(
    name: str, home: Path, postgres: Server, moved: Mapping[str, str] = MappingProxyType({})
) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """Run the container of a Deployment as a process, on a free port."""
    (container,) = one(FOLDER, "Deployment", name)["spec"]["template"]["spec"]["containers"]
    own, port = str(container["ports"][0]["containerPort"]), free_port()
    places = {own: str(port), **moved}
    assert places.keys() <= set(container["args"])
    arguments = [places.get(argument, argument) for argument in container["args"]]
    given = environment(home, postgres) | ({"SPARKY_READER__TOKEN": TOKEN} if name == "reader" else {})
    program = str(Path(sys.executable).with_name(arguments[0]))
    with (home / "log").open("wb") as log:
        process = subprocess.Popen([program, *arguments[1:]], env={**os.environ, **given}, stdout=log, stderr=log)
    try:
        yield port, process
    finally:
        process.kill()
        process.wait()


def environment(home: Path, postgres: Server) -> dict[str, str]:
    """Return the environment of the pods, with the cluster's files in a folder."""
    (home / "dagster.yaml").write_text((ROOT / FOLDER / "config/dagster.yaml").read_text())
    settings = home / "sparky.toml"
    settings.write_text(one(FOLDER, "ConfigMap", "sparky-settings")["data"]["sparky.toml"])
    given = {**one(FOLDER, "ConfigMap", "sparky-env")["data"], **postgres.variables()}
    return given | {"DAGSTER_HOME": str(home), "SPARKY_CONFIG": str(settings), "SPARKY_HOME": str(home / "home")}


def free_port() -> int:
    with socket.socket() as one_free:
        one_free.bind(("127.0.0.1", 0))
        return int(one_free.getsockname()[1])


def status(port: int, path: str, token: str = "") -> int:
    """Return the status of an HTTP probe; 0 if nothing listens yet."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    try:
        with urllib.request.urlopen(
            urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers), timeout=60
        ) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def serves(port: int) -> bool:
    """Return the answer to Kubernetes' own gRPC probe."""
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            asked = health_pb2.HealthCheckRequest(service="DagsterApi")
            answer = health_pb2_grpc.HealthStub(channel).Check(asked, timeout=5)
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def wait(process: "subprocess.Popen[bytes]", home: Path, ready: Callable[[], bool]) -> None:
    for _ in range(480):
        assert process.poll() is None, (home / "log").read_text()
        if ready():
            return
        time.sleep(0.25)
    raise AssertionError((home / "log").read_text())


def test_code_server_answers_the_probe_and_ends_on_a_signal(tmp_path: Path, postgres: Server) -> None:
    with started("code-server", tmp_path, postgres) as (port, process):
        wait(process, tmp_path, lambda: serves(port))
        process.terminate()
        assert process.wait(timeout=300) == 0


def find_code_holder(process: "subprocess.Popen[bytes]") -> int:
    """Return the process that loaded the code: the last of the container's processes that another one started."""
    pid = process.pid
    while children := Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        pid = int(children[-1])
    return pid


def test_code_server_whose_code_holder_is_killed_fails_the_probe(tmp_path: Path, postgres: Server) -> None:
    """Regression: `dagster code-server start` kept answering SERVING, so that the pod stayed ready and every sensor
    failed.
    """
    with started("code-server", tmp_path, postgres) as (port, process):
        wait(process, tmp_path, lambda: serves(port))
        os.kill(find_code_holder(process), signal.SIGKILL)
        deadline = time.monotonic() + 30
        while serves(port) and time.monotonic() < deadline:
            time.sleep(0.5)
        assert not serves(port)


@pytest.mark.slow
def test_webserver_is_ready_only_with_its_database_and_ends_on_a_signal(tmp_path: Path, postgres: Server) -> None:
    """Pooled connections gave HTTP 500 once each after a restart of Postgres, and readiness did not detect it."""
    (tmp_path / "workspace.yaml").write_text((ROOT / FOLDER / "config/workspace.yaml").read_text())
    moved = {"/etc/dagster/workspace.yaml": str(tmp_path / "workspace.yaml")}
    (container,) = one(FOLDER, "Deployment", "webserver")["spec"]["template"]["spec"]["containers"]
    ready = container["readinessProbe"]["httpGet"]["path"]
    with started("webserver", tmp_path, postgres, moved) as (port, process):
        wait(process, tmp_path, lambda: status(port, "/server_info") == 200)
        assert status(port, ready) == 200
        disconnect = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'dagster'"
        postgres.run("psql", "--dbname=postgres", "--command", disconnect)
        assert [status(port, ready) for _ in range(5)] == [200] * 5
        postgres.run("psql", "--dbname=postgres", "--command", "ALTER DATABASE dagster ALLOW_CONNECTIONS false")
        try:
            postgres.run("psql", "--dbname=postgres", "--command", disconnect)
            assert status(port, ready) == 500
            assert status(port, "/server_info") == 200, "a pod without its database is not restarted"
        finally:
            postgres.run("psql", "--dbname=postgres", "--command", "ALTER DATABASE dagster ALLOW_CONNECTIONS true")
        assert status(port, ready) == 200
        process.terminate()
        assert process.wait(timeout=300) == 0


@pytest.mark.slow
def test_reader_answers_probes_shows_metrics_with_its_token_and_ends(tmp_path: Path, postgres: Server) -> None:
    with started("reader", tmp_path, postgres) as (port, process):
        wait(process, tmp_path, lambda: status(port, "/healthz") == 200)
        assert status(port, "/readyz") == 200
        assert status(port, "/metrics", TOKEN) == 200
        assert status(port, "/metrics") in {401, 403}
        process.terminate()
        assert process.wait(timeout=300) == 0


@pytest.mark.slow
def test_command_line_works_in_the_pod_of_the_code_server(
    tmp_path: Path, postgres: Server, newsroom_path: Path
) -> None:
    """The pod has no Kubernetes token, so loading the launcher of Jobs fails there."""
    more = {"SPARKY_SOURCES__GIT__REPOSITORIES": f'["{newsroom_path}"]', "SPARKY_LANGUAGE_MODEL__BACKEND": "none"}
    variables = {**os.environ, **environment(tmp_path, postgres), **more}
    program = str(Path(sys.executable).with_name("sparky"))
    for command, codes in ((["run", "day", DAY], {0}), (["status", "--local"], {0, 3, 4})):
        done = subprocess.run([program, *command], env=variables, capture_output=True, text=True, check=False)
        assert done.returncode in codes, done.stdout + done.stderr
    assert DAY in done.stdout
