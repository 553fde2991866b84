"""The services of k8s/base as processes on this machine, and their memory."""

import os
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.k8s.cluster import FOLDER, Cluster
from tests.k8s.rendered import one
from tests.k8s.test_services import free_port

NAMES = ("code-server", "webserver", "daemon", "reader")


class Services:
    """All services of a cluster, from when the webserver answers until the block ends."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        """Start each with the arguments of its Deployment, on free ports."""
        home, (grpc, http) = self.cluster.kubelet.folder, (str(free_port()), str(free_port()))
        workspace = home / "workspace.yaml"
        workspace.write_text(f"load_from:\n  - grpc_server: {{host: 127.0.0.1, port: {grpc}, location_name: sparky}}\n")
        moved = {"4000": grpc, "3000": http, "8000": str(free_port()), "/etc/dagster/workspace.yaml": str(workspace)}
        # SPARKY_CONFIG and Postgres' variables are in this environment already; schedules would start their own runs.
        environment = {**os.environ, **self.cluster.kubelet.more, "DAGSTER_HOME": str(home)}
        environment |= {"SPARKY_SCHEDULES__ENABLED": "false", "SPARKY_READER__TOKEN": "x" * 40}
        for name in NAMES:
            (container,) = one(FOLDER, "Deployment", name)["spec"]["template"]["spec"]["containers"]
            arguments = [moved.get(argument, argument) for argument in container["args"]]
            program = str(Path(sys.executable).with_name(arguments[0]))
            with (home / f"{name}.log").open("wb") as log:
                self.processes[name] = subprocess.Popen(
                    [program, *arguments[1:]], env=environment, stdout=log, stderr=log
                )
        self._wait(f"http://127.0.0.1:{http}/server_info")
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Stop all of them."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(timeout=60)

    def held(self) -> dict[str, float]:
        """Return the MiB of each now, with its children; shared pages are counted by their share."""
        return {name: sum(map(held, with_children(self._pid(name)))) for name in self.processes}

    def _pid(self, name: str) -> int:
        process = self.processes[name]
        if process.poll() is not None:
            raise SystemExit(f"{name} ended: {(self.cluster.kubelet.folder / f'{name}.log').read_text()[-2000:]}")
        return process.pid

    def _wait(self, address: str) -> None:
        for _ in range(480):
            with suppress(OSError):
                urllib.request.urlopen(address, timeout=5).close()
                return
            time.sleep(0.5)
        raise SystemExit(f"{address}: does not answer")


def with_children(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    below: list[str] = []
    with suppress(OSError):  # it has ended since
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in below for one in with_children(int(child)))]


def held(pid: int) -> float:
    """Return the MiB of a process; 0 if it has ended since."""
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    return 0.0
