"""Faults of git destinations: killed, raced, locked, refused, cut off, full."""

import itertools
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from resources.errors import GitError, TransientError
from tests.fakes.git_servers import hook
from tests.reliability.git_world import AUTHOR, PAGE, Place, change, deadly_git, place, remote_of, somebody_pushes
from tests.reliability.registry import ONCE, REFUSED, one_sentence, scenario

KINDS = {"local": "git, local repository", "https": "git, https", "ssh": "git, ssh", "daemon": "git, git daemon"}


def once(at: Place, text: str = "# A week\n") -> str:
    """Assert that one commit holds the page, and that publishing again adds none."""
    assert at.holds() == text
    assert len(at.commits()) == 1
    again = at.publish(text)
    assert not again.is_new
    assert [again.commit] == at.commits()
    return ONCE


# --- Once


def same_again(kind: str, tmp: Path) -> str:
    with place(kind, tmp) as at:
        assert at.publish().is_new
        return once(at)


def two_at_once(kind: str, tmp: Path) -> str:
    with place(kind, tmp) as at:
        racing = [at.process() for _ in range(2)]
        assert [one.wait() for one in racing] == [0, 0]
        return once(at)


def from_two_machines(kind: str, tmp: Path) -> str:
    """Return two clones, as on two machines: they share no lock, only the remote decides."""
    with place(kind, tmp) as at:
        other = Place({**at.said, "clone": str(tmp / "other" / "clone.git")}, at.repository)
        racing = [at.process(), other.process()]
        assert [one.wait() for one in racing] == [0, 0]
        return once(at)


def killed(word: str, after: bool, kind: str, tmp: Path) -> str:
    with place(kind, tmp) as at:
        dead = at.process(PATH=deadly_git(tmp / "bin", word, after=after))
        assert dead.wait() == -9
        assert len(at.commits()) <= 1
        at.publish()
        return once(at)


BEFORE = ("before the first write", "hash-object", False)
MADE = ("after the commit was made", "commit-tree", True)
PUSHED = ("after the push", "push", True)
for name, spoken in KINDS.items():
    scenario(spoken, "the same content again")(partial(same_again, name))
    scenario(spoken, "two processes at once")(partial(two_at_once, name))
    points = {
        "local": [BEFORE, MADE, ("after the branch moved", "update-ref", True)],
        "https": [BEFORE, MADE, ("before the push", "push", False), PUSHED],
        "ssh": [PUSHED],
        "daemon": [],
    }[name]
    for told, word, after in points:
        scenario(spoken, f"kill -9 {told}")(partial(killed, word, after, name))
scenario(KINDS["https"], "two machines at once")(partial(from_two_machines, "https"))
scenario(KINDS["ssh"], "two machines at once")(partial(from_two_machines, "ssh"))


# --- Locks


@scenario(KINDS["local"], "index.lock of a dead git")
def dead_lock(tmp: Path) -> str:
    with place("local", tmp) as at:
        at.publish("# Before\n")
        (at.repository / ".git" / "index.lock").touch()
        (at.repository / ".git" / "refs" / "heads" / "main.lock").touch()
        assert at.publish().is_new
        assert not list((at.repository / ".git").rglob("*.lock"))
        assert at.holds() == "# A week\n"
        assert len(at.commits()) == 2
        return "cleared; one commit"


@scenario(KINDS["local"], "index.lock of a living git")
def living_lock(tmp: Path) -> str:
    with place("local", tmp) as at:
        at.publish("# Before\n")
        lock = at.repository / ".git" / "index.lock"
        hold = "import os, sys, time; f = open(sys.argv[1], 'x'); print(flush=True); time.sleep(4.5); os.unlink(f.name)"
        living = subprocess.Popen([sys.executable, "-c", hold, str(lock)], stdout=subprocess.PIPE)
        assert living.stdout is not None
        living.stdout.readline()
        at.publish()
        # Had it been cleared as stale (after 3 seconds), its owner could not have removed it any more.
        assert living.wait() == 0
        living.stdout.close()
        assert len(at.commits()) == 2
        return "waited for; one commit"


@scenario(KINDS["https"], "ref lock of a dead fetch in our clone")
def dead_ref_lock(tmp: Path) -> str:
    with place("https", tmp) as at:
        at.publish("# Before\n")
        (Path(at.said["clone"]) / "refs" / "sparky" / "main.lock").touch()
        assert at.publish().is_new
        return "cleared; one commit"


# --- The branch moves


def moved(kind: str, tmp: Path) -> str:
    """Push another commit between Sparky's fetch and push."""
    with place(kind, tmp) as at:
        remote = remote_of(at.said)
        pushed: list[str] = []

        class Overtaken(type(remote)):  # type: ignore[misc]
            def push(self, commit: str, branch: str) -> bool:
                if not pushed:
                    somebody_pushes(at.repository, tmp)
                    pushed.append(branch)
                return bool(super().push(commit, branch))

        overtaken = Overtaken(remote.url, remote.branch, remote.clone_folder, remote.access, remote.sleep)
        assert overtaken.publish(change(), AUTHOR).is_new
        assert (
            "By hand"
            in subprocess.run(
                ["git", "log", "--format=%s", "main"], cwd=at.repository, capture_output=True, text=True, check=True
            ).stdout
        )
        return once(at)


for name in ("https", "ssh", "daemon"):
    scenario(KINDS[name], "the branch moves between fetch and push")(partial(moved, name))


@scenario(KINDS["https"], "the branch moves at every attempt")
def always_moved(tmp: Path) -> str:
    with place("https", tmp) as at:
        assert at.server is not None
        server, turns = at.server, itertools.count()

        def faster() -> None:
            somebody_pushes(at.repository, tmp, text=f"# {next(turns)}\n")
            server.on_push = faster

        server.on_push = faster
        with pytest.raises(TransientError) as caught:
            at.publish()
        one_sentence(caught.value, "others pushed to main before us 6 times in a row")
        server.on_push = None
        at.publish()
        once(at)
        return REFUSED


# --- Refused


def refused(words: str, expected: str, kind: str, tmp: Path) -> str:
    with place(kind, tmp) as at:
        file = hook(at.repository, words)
        with pytest.raises(GitError) as caught:
            at.publish()
        one_sentence(caught.value, expected)
        assert not at.commits()
        file.unlink()
        at.publish()
        once(at)
        return REFUSED


for name in ("https", "ssh", "daemon"):
    protected = "GH006: Protected branch update failed for refs/heads/main."
    scenario(KINDS[name], "a protected branch")(partial(refused, protected, "the branch is protected", name))
    scenario(KINDS[name], "a hook rejects")(partial(refused, "no commits on Sundays", "no commits on Sundays", name))
FULL = "fatal: write error: No space left on device"
scenario(KINDS["https"], "the server's disk is full")(partial(refused, FULL, "a disk is full. Make room", "https"))


@scenario(KINDS["https"], "a wrong token")
def wrong_token(tmp: Path) -> str:
    with place("https", tmp) as at:
        with pytest.raises(GitError) as caught:
            at.publish(token="not-the-password")
        one_sentence(caught.value, "our credentials are refused")
        assert "not-the-password" not in str(caught.value)
        at.publish()
        once(at)
        return REFUSED


@scenario(KINDS["ssh"], "a wrong key")
def wrong_key(tmp: Path) -> str:
    with place("ssh", tmp) as at:
        with pytest.raises(GitError) as caught:
            at.publish(ssh_key=str(tmp / "sshd" / "host"))
        one_sentence(caught.value, "our credentials are refused")
        at.publish()
        once(at)
        return REFUSED


@scenario(KINDS["ssh"], "an unknown host key")
def unknown_host(tmp: Path) -> str:
    with place("ssh", tmp) as at:
        (tmp / "nobody").touch()
        with pytest.raises(GitError) as caught:
            at.publish(known_hosts=str(tmp / "nobody"))
        one_sentence(caught.value, "host key is not known")
        at.publish()
        once(at)
        return REFUSED


@scenario(KINDS["https"], "the repository has moved (redirect)")
def redirected(tmp: Path) -> str:
    with place("https", tmp) as at:
        assert at.server is not None
        at.server.faults.append(301)
        with pytest.raises(GitError) as caught:
            at.publish()
        one_sentence(caught.value, "it has moved")
        assert at.server.seen == [("GET", "/docs.git/info/refs")]  # no other request has the token
        at.publish()
        once(at)
        return REFUSED


@scenario("git, any remote", "it is somebody's checkout")
def checkout(tmp: Path) -> str:
    with place("local", tmp) as theirs:
        theirs.publish("# Theirs\n")
        url = f"file://{theirs.repository}"
        ours = Place({"kind": "https", "url": url, "clone": str(tmp / "clone.git")}, theirs.repository)
        with pytest.raises(GitError) as caught:
            ours.publish()
        one_sentence(caught.value, "it is somebody's checkout")
        assert (theirs.repository / PAGE).read_text() == "# Theirs\n"
        return "refused in one sentence; left alone"
