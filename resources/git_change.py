"""What a commit is to make true, who makes it, and what it says: the values that git's modules hand around. Pure."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class CommitAuthor:
    """Who commits, and how commits are signed: `none`, or by `gpg` or `ssh` with a key's id or file."""

    name: str
    email: str
    signing: str = "none"
    signing_key: str = ""

    @property
    def options(self) -> tuple[str, ...]:
        """The settings of git that make it so."""
        given = [f"user.name={self.name}", f"user.email={self.email}"]
        if self.signing != "none":
            given.append(f"gpg.format={'openpgp' if self.signing == 'gpg' else 'ssh'}")
        if self.signing_key:
            given.append(f"user.signingKey={self.signing_key}")
        return tuple(part for one in given for part in ("-c", one))


@dataclass(frozen=True)
class CommitSpec:
    """What one commit is to make true: the bytes of files by path (None: gone), and what it says of itself.

    `pages` are the files whose editions are counted; the others (an index, a feed) change with every publication.
    `modules` are submodules by path, with the commit that each is to name.
    """

    files: Mapping[str, bytes | None]
    subject: str
    body: str = ""
    trailers: Mapping[str, str] = field(default_factory=dict)
    pages: Sequence[str] = ()
    submodules: Mapping[str, str] = field(default_factory=dict)

    @property
    def edition_paths(self) -> tuple[str, ...]:
        """The paths whose commits are counted as editions."""
        return tuple(self.pages or (*self.files, *self.submodules))


@dataclass(frozen=True)
class CommitResult:
    """What publishing did: the commit that holds the files, its edition, whether it is new, and the diff."""

    repository: str
    files: tuple[str, ...]
    commit: str | None
    edition: int
    is_new: bool
    diff: str
    notes: tuple[str, ...] = field(default=())


def format_commit_message(change: CommitSpec, edition: int) -> str:
    """The text of a commit: subject, body, trailers."""
    trailers = {**change.trailers, "Sparky-Edition": str(edition)}
    lines = "\n".join(f"{key}: {value}" for key, value in trailers.items())
    return "\n\n".join(part for part in (change.subject, change.body, lines) if part) + "\n"


def format_diff(changes: Mapping[str, tuple[bytes | None, bytes | None]]) -> str:
    """The unified diff of what would change; a picture is told by its size."""
    return "".join("".join(_format_file_diff(path, *both)) for path, both in changes.items())


def _format_file_diff(path: str, before: bytes | None, after: bytes | None) -> Iterator[str]:
    old, new = (f"a/{path}" if before is not None else "/dev/null"), (f"b/{path}" if after is not None else "/dev/null")
    try:
        was, will = ((one or b"").decode() for one in (before, after))
    except UnicodeDecodeError:
        yield f"--- {old}\n+++ {new}\nbinary: {len(before or b'')} bytes before, {len(after or b'')} after\n"
        return
    told = False
    for line in difflib.unified_diff(was.splitlines(keepends=True), will.splitlines(keepends=True), old, new):
        told = True
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
    if not told:
        yield f"new empty file {path}\n" if after is not None else f"empty file {path} is gone\n"
