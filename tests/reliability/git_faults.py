"""Faults of git destinations: killed, raced, locked, refused, cut off, full."""

import itertools
import subprocess
import sys
import textwrap
from functools import partial
from pathlib import Path

import pytest

from resources.errors import GitError, GitNetworkError, TransientError
from tests.fakes.git_servers import bare, hook
from tests.reliability.git_world import AUTHOR, HERE, PAGE, Place, change, deadly_git, place, remote_of, somebody_pushes
from tests.reliability.registry import ONCE, REFUSED, one_sentence, scenario

KINDS = {"local": "git, local repository", "https": "git, https", "ssh": "git, ssh", "daemon": "git, git daemon"}


def once(at: Place, text: str = "# A week\n") -> str:
    """One commit holds it, and publishing again makes no other."""
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
    """Two clones, as two machines have them: no lock is shared, only the remote decides."""
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
    """Somebody pushes between our fetch and our push."""
    with place(kind, tmp) as at:
        remote = remote_of(at.said)
        pushed: list[str] = []

        class Overtaken(type(remote)):  # type: ignore[misc]
            def push(self, commit: str, branch: str) -> bool:
                if not pushed:
                    somebody_pushes(at.repository, tmp)
                    pushed.append(branch)
                return bool(super().push(commit, branch))

        overtaken = Overtaken(remote.url, remote.branch, remote.clone, remote.access, remote.sleep)
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
        assert at.server.seen == [("GET", "/docs.git/info/refs")]  # the token went nowhere else
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


# --- The network, the disk


def away(kind: str, tmp: Path) -> str:
    with place(kind, tmp) as at:
        at.publish("# Before\n")
        at.stop()
        with pytest.raises(GitNetworkError) as caught:
            at.publish()
        one_sentence(caught.value, "the network was lost, or the server is away")
        local = Place({**at.said, "url": f"file://{at.repository}"}, at.repository)
        local.publish()
        assert local.holds() == "# A week\n"
        assert len(local.commits()) == 2
        return REFUSED


for name in ("https", "ssh", "daemon"):
    scenario(KINDS[name], "the server is away")(partial(away, name))


@scenario(KINDS["https"], "the connection is cut before the push arrives")
def cut_before(tmp: Path) -> str:
    with place("https", tmp) as at:
        assert at.server is not None
        at.server.push_fault = "cut"
        with pytest.raises(GitNetworkError) as caught:
            at.publish()
        one_sentence(caught.value, "the network was lost")
        assert not at.commits()
        at.server.push_fault = ""
        at.publish()
        once(at)
        return REFUSED


@scenario(KINDS["https"], "the connection is cut after the push arrived")
def cut_after(tmp: Path) -> str:
    with place("https", tmp) as at:
        assert at.server is not None
        at.server.push_fault = "lose"
        with pytest.raises(GitNetworkError) as caught:
            at.publish()
        one_sentence(caught.value, "the network was lost")
        assert len(at.commits()) == 1
        at.server.push_fault = ""
        once(at)
        return "refused in one sentence; the next run sees that it arrived: one commit"


@scenario(KINDS["https"], "the server answers 503")
def busy(tmp: Path) -> str:
    with place("https", tmp) as at:
        assert at.server is not None
        at.server.faults.append(503)
        with pytest.raises(GitNetworkError) as caught:
            at.publish()
        one_sentence(caught.value, "the server is busy or broken")
        at.publish()
        once(at)
        return REFUSED


ON_A_SMALL_DISK = textwrap.dedent("""
    import sys
    from pathlib import Path
    from resources.errors import ResourceError
    from tests.reliability.git_world import publish_by
    disk = Path(sys.argv[1])
    said = {"kind": sys.argv[2], "repository": str(disk / "docs"), "clone": str(disk / "clone.git"), "url": sys.argv[3]}
    publish_by(said, "# Before\\n")
    filler = disk / "filler"
    try:
        with filler.open("wb") as file:
            while True:
                file.write(b"x" * 4096)
    except OSError:
        pass
    try:
        publish_by(said, "# A week\\n" + "x" * 200_000)
        raise SystemExit("was not refused")
    except ResourceError as error:
        assert "\\n" not in str(error), error
        assert "full" in str(error) or "No space left" in str(error), error
    filler.unlink()
    publish_by(said, "# A week\\n")
    assert publish_by(said, "# A week\\n").is_new is False
    import subprocess
    where = disk / "docs" if sys.argv[2] == "local" else Path(sys.argv[3].removeprefix("file://"))
    count = subprocess.run(["git", "log", "--format=%s", "main", "--", "content"], cwd=where, capture_output=True,
                           text=True, check=True).stdout.splitlines()
    assert len(count) == 2, count
""")


def full_disk(kind: str, tmp: Path) -> str:
    (tmp / "disk").mkdir()
    url = f"file://{bare(tmp / 'docs.git')}"
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
         'mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" -c "$3" "$1" "$4" "$5"',
         "sh", str(tmp / "disk"), sys.executable, ON_A_SMALL_DISK, kind, url],
        capture_output=True, text=True, check=False, cwd=HERE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return REFUSED


scenario(KINDS["local"], "the disk is full")(partial(full_disk, "local"))
scenario(KINDS["https"], "our disk is full")(partial(full_disk, "https"))
