"""A Kubernetes API on a loopback socket: Jobs and their pods, with the failures that a launcher meets.

It accepts only Jobs that pass Kubernetes' own schema. With a `Kubelet` it also runs them, as local processes.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

from tests.fakes.http_server import http_server
from tests.fakes.kubelet import Kubelet
from tests.needs import require_package

VERSION = "1.32"
REASONS = {403: "Forbidden", 404: "NotFound", 409: "AlreadyExists", 500: "InternalError", 503: "ServiceUnavailable"}


@dataclass
class FakeKubernetes:
    """One namespace. `requests` records all requests; `answers` are returned first, once each."""

    kubelet: Kubelet | None = None
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    answers: list[int | None] = field(default_factory=list)
    pod_statuses: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The status of the pod of a Job, by the Job's name."""
    address: str = ""

    def reply(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        """Return the answer to one request; `answers` may hold a status to return, or None to cut the connection."""
        self.requests.append(f"{method} {path}")
        if self.answers:
            status = self.answers.pop(0)
            if status is None:
                raise ConnectionResetError
            return status, _status(status)
        parts = re.fullmatch(r"/(?:api|apis/batch)/v1/namespaces/([^/]+)/(\w+)(?:/([^/]+))?(?:/(\w+))?", path)
        if not parts:
            return 404, _status(404)
        _, kind, name, _ = parts.groups()
        if kind == "jobs":
            return self._create(body) if method == "POST" else self._job(method, name)
        if kind == "pods":
            return self._pods(method, name, query)
        return 200, {"apiVersion": "v1", "kind": "List", "items": []}

    def _create(self, job: Any) -> tuple[int, Any]:
        require_package("kubernetes_validate").validate(job, VERSION, strict=True)
        name = job["metadata"]["name"]
        if name in self.jobs:
            return 409, _status(409)
        self.jobs[name] = {**job, "status": {"active": 1}}
        if self.kubelet:
            self.kubelet.start(job)
        return 201, self.jobs[name]

    def _job(self, method: str, name: str) -> tuple[int, Any]:
        if name not in self.jobs:
            return 404, _status(404)
        if method == "DELETE":
            return 200, self.jobs.pop(name)
        if self.kubelet:
            self.jobs[name]["status"] = self.kubelet.status(name)
        return 200, self.jobs[name]

    def _pods(self, method: str, name: str | None, query: dict[str, list[str]]) -> tuple[int, Any]:
        if method == "DELETE" and name:
            if self.kubelet:
                self.kubelet.end(name.removesuffix("-pod"))
            return 200, _pod(name)
        job = query.get("labelSelector", ["job-name="])[0].partition("job-name=")[2]
        items = [_pod(f"{job}-pod") | {"status": self.pod_statuses.get(job, {})}] if job in self.jobs else []
        return 200, {"apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": items}

    def kubeconfig(self, folder: Path) -> Path:
        """Write a file by which the official client finds this server."""
        cluster = {"name": "fake", "cluster": {"server": self.address}}
        context = {"name": "fake", "context": {"cluster": "fake", "user": "fake"}}
        users = [{"name": "fake", "user": {"token": "of-the-tests"}}]
        content = {"apiVersion": "v1", "kind": "Config", "current-context": "fake", "users": users}
        (folder / "kubeconfig").write_text(yaml.safe_dump({**content, "clusters": [cluster], "contexts": [context]}))
        return folder / "kubeconfig"


@contextmanager
def serving(fake: FakeKubernetes) -> Iterator[FakeKubernetes]:
    """Serve the API until the block ends."""

    invalid_object = require_package("kubernetes_validate").ValidationError

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            address = urlsplit(self.path)
            try:
                status, answer = fake.reply(self.command, address.path, parse_qs(address.query), body)
            except ConnectionResetError:
                self.close_connection = True
                return
            except invalid_object as error:
                status, answer = 422, {**_status(422), "message": str(error)}
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_DELETE = _do  # noqa: N815 - names that the standard library looks for

        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing."""

    with http_server(Handler) as port:
        fake.address = f"http://127.0.0.1:{port}"
        yield fake


def _status(code: int) -> dict[str, Any]:
    reason = REASONS.get(code, "Unknown")
    return {
        "apiVersion": "v1",
        "kind": "Status",
        "status": "Failure",
        "reason": reason,
        "code": code,
        "message": reason,
    }


def _pod(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": []}, "status": {}}
