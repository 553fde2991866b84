"""External faults of git destinations: the network, the load of the server, the disk."""

import subprocess
import sys
import textwrap
from functools import partial
from pathlib import Path

import pytest

from resources.errors import GitNetworkError
from tests.fakes.git_servers import bare
from tests.needs import require_program
from tests.reliability.git_faults import KINDS, once
from tests.reliability.git_world import HERE, Place, place
from tests.reliability.registry import REFUSED, one_sentence, scenario

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
        [require_program("unshare", "util-linux"), "--user", "--map-root-user", "--mount", "sh", "-c",
         'mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" -c "$3" "$1" "$4" "$5"',
         "sh", str(tmp / "disk"), sys.executable, ON_A_SMALL_DISK, kind, url],
        capture_output=True, text=True, check=False, cwd=HERE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return REFUSED


scenario(KINDS["local"], "the disk is full")(partial(full_disk, "local"))
scenario(KINDS["https"], "our disk is full")(partial(full_disk, "https"))
