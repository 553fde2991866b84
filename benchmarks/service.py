"""A running `sparky up` for a benchmark or a trial, and its GraphQL."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

SPARKY = str(Path(sys.executable).with_name("sparky"))
SELECTOR = {"repositoryLocationName": "sparky", "repositoryName": "__repository__"}
LAUNCH = """mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries {
  locationOrLoadError { ... on RepositoryLocation { name } } } } } }"""
RUN = """mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
BACKFILL = "query($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } } }"


class Service:
    """The service, its address, and the folder of its files."""

    def __init__(self, folder: Path, settings: Path) -> None:
        self.folder, self.settings = folder, settings
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "up.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it; return the seconds until it answers."""
        began = time.monotonic()
        command = [SPARKY, "--config", str(self.settings), "up", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment())
        while True:
            with suppress(OSError):
                entries = self.ask(LOCATIONS)["workspaceOrError"]["locationEntries"]
                if entries and all((one["locationOrLoadError"] or {}).get("name") for one in entries):
                    return time.monotonic() - began
            if time.monotonic() - began > 300 or self.process.poll() is not None:
                raise SystemExit(f"the service did not start:\n{self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.3)

    def stop(self) -> int:
        """Stop it as a service manager would; return its exit code."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(120)

    def kill(self) -> None:
        """Kill it and its programs."""
        assert self.process
        self.process.kill()
        self.process.wait()

    def ask(self, query: str, **variables: Any) -> Any:
        """Return the data of a GraphQL answer."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/dagster/graphql", body, {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                body = json.load(answer)
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode("utf-8", "replace")[:2000]) from error
        if "errors" in body:
            raise RuntimeError(body["errors"][0]["message"])
        return body["data"]

    def launch(self, job: str, partition: str) -> str:
        """Start a job for one partition as the interface does; return the run's id."""
        params = {
            "selector": {**SELECTOR, "jobName": job},
            "runConfigData": {},
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": partition}]},
        }
        launched = self.ask(RUN, params=params)["launchRun"]
        if "run" not in launched:
            raise RuntimeError(str(launched))
        return str(launched["run"]["runId"])

    def backfill(self, assets: list[list[str]], keys: list[str], **tags: str) -> str:
        """Start a backfill as the interface does; return its id."""
        params = {
            "assetSelection": [{"path": path} for path in assets],
            "partitionNames": keys,
            "tags": [{"key": key, "value": value} for key, value in tags.items()],
        }
        launched = self.ask(LAUNCH, params=params)["launchPartitionBackfill"]
        if "backfillId" not in launched:
            raise RuntimeError(str(launched))
        return str(launched["backfillId"])

    def wait_for_backfill(self, backfill: str, seconds: float = 7200) -> str:
        """Wait for a backfill; return its status."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            status = str(self.ask(BACKFILL, id=backfill)["partitionBackfillOrError"]["status"])
            if status not in {"REQUESTED", "CANCELING", "FAILING"}:
                return status
            time.sleep(1)
        return "UNFINISHED"


def environment() -> dict[str, str]:
    """Return this environment without DAGSTER_HOME."""
    return {key: value for key, value in os.environ.items() if key != "DAGSTER_HOME"}


@contextmanager
def service(settings: str, folder: Path | None = None) -> Iterator[Service]:
    """Run a service over settings in TOML; `{home}` in them is its home."""
    with tempfile.TemporaryDirectory(prefix="sparky-service-", ignore_cleanup_errors=True) as made:
        folder = folder or Path(made)
        file = folder / "sparky.toml"
        file.write_text(settings.replace("{home}", str(folder / "home")))
        running = Service(folder, file)
        try:
            yield running
        finally:
            if running.process and running.process.poll() is None:
                running.stop()
