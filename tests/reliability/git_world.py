"""Git destinations for scenarios: one of each kind, its published files, and a way to kill Sparky."""

import contextlib
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from resources.folder import write_folder
from resources.git.local import publish_locally
from resources.git.objects import CommitAuthor, CommitResult, CommitSpec
from resources.git.remote import GitAccess, RemoteRepository
from tests.factories.git_repositories import git
from tests.fakes import git_servers as servers

PAGE = "content/blog/2025/11/week-2025-46.md"
AUTHOR = CommitAuthor("Sparky", "sparky@localhost")
HERE = Path(__file__).parents[2]

WORK = """
import json, sys
from pathlib import Path
from tests.reliability.git_world import publish_by
publish_by(json.loads(sys.argv[1]), sys.argv[2])
"""


def change(text: str = "# A week\n", path: str = PAGE) -> CommitSpec:
    trailers = {"Sparky-Period": "weekly/2025-W46", "Sparky-Data": "sha256:abc"}
    return CommitSpec({path: text.encode()}, "Publish the weekly digest of 2025-W46", "By Sparky.", trailers, [path])


@dataclass
class Place:
    """A destination of one kind. `said` has the settings for another process."""

    said: dict[str, str]
    repository: Path
    """The repository that holds its commits."""
    server: servers.HttpGit | None = None
    stop: Callable[[], None] = lambda: None

    def publish(self, text: str = "# A week\n", **changes: str) -> CommitResult:
        return publish_by({**self.said, **changes}, text)

    def commits(self) -> list[str]:
        listed = git(self.repository, "log", "--format=%H", "main", "--", PAGE, check=False)
        return listed.split()

    def holds(self) -> str:
        return git(self.repository, "show", f"main:{PAGE}", check=False)

    def process(self, text: str = "# A week\n", **environment: str) -> subprocess.Popen[bytes]:
        """Publish in a separate process."""
        variables = {**os.environ, "PYTHONPATH": str(HERE), **environment}
        command = [sys.executable, "-c", WORK, json.dumps(self.said), text]
        return subprocess.Popen(command, env=variables, cwd=HERE, stderr=subprocess.DEVNULL)


def publish_by(said: Mapping[str, str], text: str) -> CommitResult:
    if said["kind"] == "local":
        return publish_locally(Path(said["repository"]), "main", change(text), AUTHOR)
    return remote_of(said).publish(change(text), AUTHOR)


def remote_of(said: Mapping[str, str]) -> RemoteRepository:
    token = SecretStr(said["token"]) if "token" in said else None
    key = {name: Path(said[name]) for name in ("ssh_key", "known_hosts") if name in said}
    access = GitAccess(servers.USER, token, key.get("ssh_key"), key.get("known_hosts"))
    return RemoteRepository(said["url"], "main", Path(said["clone"]), access, sleep=lambda _: None)


def folder_of(path: Path, text: str = "# A week\n") -> CommitResult:
    return write_folder(path, change(text), path.parent / "locks" / "folder")


@contextlib.contextmanager
def place(kind: str, tmp: Path, *, content: bool = True) -> Iterator[Place]:
    """Create a destination: `local`, `https`, `ssh` or `daemon`."""
    if kind == "local":
        yield Place({"kind": kind, "repository": str(tmp / "docs")}, tmp / "docs")
        return
    root = tmp / "served"
    root.mkdir()
    repository = servers.bare(root / "docs.git", content=content)
    said = {"kind": kind, "clone": str(tmp / "home" / "clone.git")}
    with contextlib.ExitStack() as running:
        if kind == "https":
            server = running.enter_context(servers.http_git(root))
            said |= {"url": server.url(repository), "token": servers.PASSWORD}
            yield Place(said, repository, server, running.close)
        elif kind == "ssh":
            sshd = running.enter_context(servers.sshd(tmp / "sshd"))
            said |= {"url": sshd.url(repository), "ssh_key": str(sshd.key), "known_hosts": str(sshd.known_hosts)}
            yield Place(said, repository, None, running.close)
        else:
            port = running.enter_context(servers.git_daemon(root))
            yield Place({**said, "url": f"git://127.0.0.1:{port}/docs.git"}, repository, None, running.close)


def deadly_git(folder: Path, word: str, *, after: bool = False) -> str:
    """Return a PATH with a git that kills its caller at a given command, before or after the command ran."""
    real = shutil.which("git")
    folder.mkdir(exist_ok=True)
    file = folder / "git"
    # Only the git that Python called: a push calls others below it.
    mine = 'case "$(cat /proc/$PPID/comm)" in python*) ;; *) exec ' + f'{real} "$@";; esac\n'
    kill = "kill -9 $PPID; exit 1"
    does = f'{real} "$@"; {kill}' if after else kill
    file.write_text(f'#!/bin/sh\n{mine}for one; do [ "$one" = {word} ] && {{ {does}; }}; done\nexec {real} "$@"\n')
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return f"{folder}:{os.environ['PATH']}"


def somebody_pushes(repository: Path, tmp: Path, path: str = "README.md", text: str = "# By hand\n") -> None:
    """Add a commit of another author to the branch."""
    clone = tmp / "somebody"
    shutil.rmtree(clone, ignore_errors=True)
    git(tmp, "clone", "--quiet", str(repository), str(clone))
    (clone / path).parent.mkdir(parents=True, exist_ok=True)
    (clone / path).write_text(text)
    git(clone, "add", "--all")
    git(clone, "-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "--quiet", "--message=By hand")
    git(clone, "push", "--quiet", "origin", "HEAD:main")
