"""Build real git repositories in folders of a test, with exact dates, names and bytes.

`git fast-import` is exact and fast. No git configuration of the machine is read.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

ISOLATED = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_TERMINAL_PROMPT": "0"}


@dataclass(frozen=True)
class Who:
    """A person as git records them."""

    name: str | bytes
    email: str

    def line(self, at: int | datetime, zone: str = "+0000") -> bytes:
        return b"%s <%s> %d %s" % (_bytes(self.name), self.email.encode(), seconds(at), zone.encode())


ADA = Who("Ada Lovelace", "ada@example.com")
BOB = Who("Bob Stone", "bob@example.com")
OCTOCAT = Who("Mona", "583231+octocat@users.noreply.github.com")
DEPENDABOT = Who("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com")
GITHUB = Who("GitHub", "noreply@github.com")


def at(text: str) -> datetime:
    """Parse an instant in ISO format; UTC without an offset."""
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else datetime.fromisoformat(f"{text}+00:00")


def seconds(instant: int | datetime) -> int:
    return instant if isinstance(instant, int) else int(instant.timestamp())


def git(folder: Path, *arguments: str, check: bool = True, data: bytes | None = None) -> str:
    """Run git in a folder without any configuration of the machine; return its output."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **ISOLATED}, input=data, capture_output=True, check=False
    )
    assert not check or done.returncode == 0, done.stderr.decode()
    return done.stdout.decode("utf-8", "replace")


class History:
    """Planned commits, merges and tags; `at_path` creates the repository."""

    def __init__(self) -> None:
        self._stream: list[bytes] = []
        self._imported = 0
        self._marks = 0
        self._tips: dict[str, int] = {}

    def commit(
        self,
        message: str | bytes,
        when: int | datetime,
        files: Mapping[str | bytes, str | bytes | None] | None = None,
        *,
        author: Who = ADA,
        committer: Who | None = None,
        authored: int | datetime | None = None,
        branch: str = "main",
        parents: Sequence[int] | None = None,
        renames: Mapping[str, str] | None = None,
        zone: str = "+0000",
    ) -> int:
        """Add a commit to a branch (or to `parents`); return a number by which later commits name it.

        A file whose content is None is deleted.
        """
        self._marks += 1
        mark = self._marks
        if parents is None:
            parents = [self._tips[branch]] if branch in self._tips else []
        text = _bytes(message)
        out = [b"commit refs/heads/%s" % branch.encode(), b"mark :%d" % mark]
        out.append(b"author " + author.line(when if authored is None else authored, zone))
        out.append(b"committer " + (committer or author).line(when, zone))
        out.append(b"data %d\n%s" % (len(text), text))
        out += [b"%s :%d" % (b"merge" if number else b"from", parent) for number, parent in enumerate(parents)]
        out += [b"R %s %s" % (_quoted(old), _quoted(new)) for old, new in (renames or {}).items()]
        for path, content in (files or {}).items():
            if content is None:
                out.append(b"D " + _quoted(path))
            else:
                data = _bytes(content)
                out.append(b"M 100644 inline %s\ndata %d\n%s" % (_quoted(path), len(data), data))
        if not parents:
            self._stream.append(b"reset refs/heads/%s\n" % branch.encode())
        self._stream.append(b"\n".join(out) + b"\n\n")
        self._tips[branch] = mark
        return mark

    def tag(self, name: str, of: int | None = None, when: int | datetime | None = None, message: str = "") -> None:
        """Add a lightweight tag, or an annotated one if a time is given."""
        target = of or self._marks
        if when is None:
            self._stream.append(b"reset refs/tags/%s\nfrom :%d\n\n" % (name.encode(), target))
            return
        text = message.encode()
        self._stream.append(
            b"tag %s\nfrom :%d\ntagger %s\ndata %d\n%s\n" % (name.encode(), target, ADA.line(when), len(text), text)
        )

    def at_path(self, path: Path, *, bare: bool = False, origin: str | None = None) -> Path:
        """Create the repository at a folder, with a checked-out work tree unless it is bare."""
        empty(path, bare=bare, origin=origin)
        self._imported = 0
        self.into(path)
        if not bare and "main" in self._tips:
            git(path, "-c", "core.protectNTFS=false", "reset", "--quiet", "--hard", check=False)
        return path

    def into(self, path: Path) -> None:
        """Add what was planned since the last repository was created to the repository at a folder."""
        marks = path.parent / f".{path.name}.marks"
        git(
            path, "-c", "core.ignorecase=false", "fast-import", "--quiet", "--force", "--date-format=raw-permissive",
            f"--import-marks-if-exists={marks}", f"--export-marks={marks}",
            data=b"".join(self._stream[self._imported :]),
        )  # fmt: skip
        self._imported = len(self._stream)


def empty(path: Path, *, bare: bool = False, origin: str | None = None) -> Path:
    """Create a repository without commits."""
    path.mkdir(parents=True)
    git(path, "init", "--quiet", "--initial-branch=main", *(["--bare"] if bare else []))
    if origin:
        git(path, "remote", "add", "origin", origin)
    return path


def shallow_clone(source: Path, path: Path, depth: int = 1) -> Path:
    git(source, "clone", "--quiet", f"--depth={depth}", f"file://{source}", str(path))
    return path


def partial_clone(source: Path, path: Path) -> Path:
    """Create a clone without file contents, as `git clone --filter=blob:none` does."""
    git(source, "config", "uploadpack.allowFilter", "true")
    git(source, "clone", "--quiet", "--bare", "--filter=blob:none", f"file://{source}", str(path))
    return path


def break_object(path: Path, revision: str) -> None:
    """Remove the object that a revision names, as a broken disk does: `HEAD~1`, `HEAD~1:a.txt`."""
    git_dir = Path(git(path, "rev-parse", "--absolute-git-dir").strip())
    sha = git(path, "rev-parse", revision).strip()
    for pack in list((git_dir / "objects" / "pack").glob("*.pack")):
        data = pack.read_bytes()
        for file in pack.parent.glob(f"{pack.stem}.*"):
            file.unlink()
        git(path, "unpack-objects", "-q", data=data)
    (git_dir / "objects" / sha[:2] / sha[2:]).unlink()


def head(path: Path, revision: str = "HEAD") -> str:
    return git(path, "rev-parse", revision).strip()


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def _quoted(path: str | bytes) -> bytes:
    """Quote a path for fast-import; it may contain any bytes."""
    return b'"%s"' % b"".join(b"\\%03o" % byte for byte in _bytes(path))
