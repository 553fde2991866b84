"""Real git servers on this machine: `git http-backend` behind an HTTP server with a login, `git daemon`, and sshd.

Git itself answers. The HTTP server can fail on request before git is called.
"""

import base64
import contextlib
import getpass
import os
import signal
import socket
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from tests.factories.git_repositories import ISOLATED, History, at, git
from tests.fakes.http_server import http_server
from tests.needs import require_program

USER, PASSWORD = "sparky", "correct-horse-7"


def bare(path: Path, *, content: bool = True) -> Path:
    """Create a bare repository as a host keeps it, with or without one commit of another author."""
    if content:
        story = History()
        story.commit("Start the docs", at("2025-11-01T09:00"), {"README.md": "# Docs\n", "theme/site.css": "a{}\n"})
        story.at_path(path, bare=True)
    else:
        path.mkdir(parents=True)
        git(path, "init", "--quiet", "--bare", "--initial-branch=main")
    git(path, "config", "http.receivepack", "true")
    return path


def hook(repository: Path, words: str, name: str = "pre-receive") -> Path:
    """Install a hook that refuses every push with its own message."""
    file = repository / "hooks" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\nprintf '%s\\n' '{words}' >&2\nexit 1\n")
    file.chmod(0o755)
    return file


@dataclass
class HttpGit:
    """`git http-backend` over HTTP. `faults` answer the next requests instead of git: a status, or `cut`."""

    root: Path
    port: int
    faults: deque[int | str] = field(default_factory=deque)
    seen: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of every request."""
    login: str = f"{USER}:{PASSWORD}"
    """Empty: no password is needed to read."""
    scheme: str = "http"
    api: Callable[[str, str, dict[str, str], bytes], tuple[int, dict[str, str], bytes] | None] | None = None
    """Answers below /api/v3, as an Enterprise Server has it beside its repositories; None hangs up."""
    push_fault: str = ""
    """`cut`: pushes are cut off before git sees them; `lose`: git takes them, and the answer is lost."""
    on_push: Any = None
    """Called once, just before a push reaches git: a concurrent writer."""

    def url(self, repository: Path) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/{repository.relative_to(self.root)}"


@contextlib.contextmanager
def http_git(root: Path, tls: tuple[Path, Path] | None = None) -> Iterator[HttpGit]:
    """Serve the repositories below a folder behind the password. `tls`: certificate and key of https."""
    state = HttpGit(root, 0, scheme="https" if tls else "http")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve()

        do_POST = do_PATCH = do_GET  # noqa: N815 - the names of the library

        def _serve(self) -> None:
            body = self._body()
            path, _, query = self.path.partition("?")
            if state.api and path.startswith("/api/v3"):
                headers = {name.lower(): value for name, value in self.headers.items()}
                given = state.api(self.command, self.path.removeprefix("/api/v3"), headers, body)
                self._answer(*given) if given else self._hang_up()
                return
            state.seen.append((self.command, path))
            if state.faults:
                fault = state.faults.popleft()
                if fault == "cut":
                    self._hang_up()
                    return
                self._answer(int(fault), {"location": "/elsewhere"} if fault in {301, 302} else {}, b"no")
                return
            wanted = "Basic " + base64.b64encode(state.login.encode()).decode()
            if state.login and self.headers.get("authorization") != wanted:
                self._answer(401, {"www-authenticate": 'Basic realm="git"'}, b"")
                return
            is_push = path.endswith("/git-receive-pack") and self.command == "POST"
            if is_push and state.on_push:
                faster, state.on_push = state.on_push, None
                faster()
            fault = state.push_fault if is_push else ""
            if fault != "cut":
                self._git(path, query, body, silent=bool(fault))
            if fault:
                self._hang_up()

        def _hang_up(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def _git(self, path: str, query: str, body: bytes, *, silent: bool) -> None:
            given = {
                "GIT_PROJECT_ROOT": str(root), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path, "QUERY_STRING": query,
                "REQUEST_METHOD": self.command, "CONTENT_TYPE": self.headers.get("content-type", ""),
                "CONTENT_LENGTH": str(len(body)), "REMOTE_USER": USER, "REMOTE_ADDR": "127.0.0.1",
                "HTTP_CONTENT_ENCODING": self.headers.get("content-encoding", ""),
                "GIT_PROTOCOL": self.headers.get("git-protocol", ""),
            }  # fmt: skip
            environment = {**os.environ, **ISOLATED, **given}
            done = subprocess.run(
                ["git", "http-backend"], input=body, env=environment, capture_output=True, check=False
            )
            if silent:
                return
            head, _, data = done.stdout.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
            self._answer(int(headers.pop("Status", "200").split()[0]), headers, data)

        def _answer(self, status: int, headers: dict[str, str], data: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _body(self) -> bytes:
            if self.headers.get("transfer-encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("content-length") or 0))
            data = b""
            while size := int(self.rfile.readline().strip(), 16):
                data += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return data

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    with http_server(Handler, tls) as state.port:
        yield state


@contextlib.contextmanager
def git_daemon(root: Path) -> Iterator[int]:
    """Run `git daemon` over the repositories below a folder; return its port."""
    port = free_port()
    command = ["git", "daemon", "--reuseaddr", "--export-all", "--enable=receive-pack", f"--base-path={root}",
               "--listen=127.0.0.1", f"--port={port}", str(root)]  # fmt: skip
    with _running(command, port):
        yield port


@dataclass(frozen=True)
class Sshd:
    """An SSH server for the user who runs the tests."""

    port: int
    key: Path
    known_hosts: Path

    def url(self, repository: Path) -> str:
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{repository}"


@contextlib.contextmanager
def sshd(folder: Path) -> Iterator[Sshd]:
    """Run sshd with its own keys."""
    program = require_program("sshd", "openssh-server", "/usr/sbin")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    port = free_port()
    (folder / "authorized").write_text((folder / "user.pub").read_text())
    host = " ".join((folder / "host.pub").read_text().split()[:2])
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host}\n")
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\n"
        "StrictModes no\nPidFile none\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        "PermitRootLogin prohibit-password\nUsePAM no\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    with _running([program, "-D", "-e", "-f", str(folder / "config")], port):
        yield Sshd(port, folder / "user", folder / "known_hosts")


@contextlib.contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0)
    try:
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            assert process.poll() is None, f"{command[0]} did not start"
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield
    finally:
        # The whole group: `git daemon` is a child of `git`, which a killed `git` leaves listening. Killed, since under
        # nohup Dagster makes this process, and so its children, deaf to SIGTERM.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    """Return a port that is not in use."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
