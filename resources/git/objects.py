"""Build a commit from bytes, in a repository of Sparky's own, without a work tree: a private index, then plain objects.

Whatever dies on the way leaves objects that nothing names. A branch moves by one compare-and-swap (`move_branch`).

What a commit is to make true, who makes it, and what it says: the values that git's modules hand around. Pure.

Which paths may be written below a place: none that leaves it, goes through a link, or is one with another there.
"""

import contextlib
import difflib
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

import git

from resources.errors import GitError
from resources.files import find_case_twin, find_path_problem, format_case_collision
from resources.git.command import DISK_FULL_PATTERN, extract_error_line


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


ISOLATION_OPTIONS = tuple(
    part
    for setting in (
        "core.autocrlf=false",
        "core.safecrlf=false",
        "core.attributesFile=",
        "core.hooksPath=/dev/null",
        "core.fsmonitor=false",
        "core.quotePath=false",
        "commit.gpgsign=false",
        "gpg.program=gpg",
        "gpg.ssh.program=ssh-keygen",
        "i18n.commitEncoding=UTF-8",
        "i18n.logOutputEncoding=UTF-8",
        "log.showSignature=false",
        "init.templateDir=",
        "gc.auto=0",
        "push.gpgSign=false",
        "push.followTags=false",
        "push.recurseSubmodules=no",
        "fetch.recurseSubmodules=no",
    )
    for part in ("-c", setting)
)
"""The user's own git configuration may not change the bytes, run programs or ask for a passphrase."""

OWNERSHIP_SETTING = "sparky.published"
"""The setting of git by which we know a repository that we made."""


FILE_MODE, SYMLINK_MODE, SUBMODULE_MODE, TREE_MODE = "100644", "120000", "160000", "040000"


NULL_SHA = "0" * 40


@dataclass(frozen=True)
class TreeEntry:
    """What a tree holds under a path."""

    mode: str
    sha: str


class GitObjects:
    """The objects and branches of one repository; `git_dir` is its git directory, `place` what messages call it."""

    def __init__(self, git_dir: Path, label: str) -> None:
        self.git_dir, self.label = git_dir.absolute(), label

    def run(self, *arguments: str, data: bytes | None = None, environment: Mapping[str, str] | None = None) -> bytes:
        """What a git command prints; `data` is its standard input.

        Raises:
            GitError: with git's own first complaint.
        """
        try:
            return self.run_raw(*arguments, data=data, environment=environment)
        except git.GitCommandError as error:
            if re.search(DISK_FULL_PATTERN, str(error.stderr)):
                raise GitError(_format_disk_full(self.label)) from error
            raise GitError(f"{self.label}: {extract_error_line(error.stderr)}") from error

    def run_raw(
        self, *arguments: str, data: bytes | None = None, environment: Mapping[str, str] | None = None
    ) -> bytes:
        """Like `run`, with git's refusal as GitPython raises it, for those who read it themselves."""
        # Named outright: git would look upwards for a repository, and find the checkout that ours may lie in.
        command = ["git", f"--git-dir={self.git_dir}", "--literal-pathspecs", *ISOLATION_OPTIONS, *arguments]
        with _open_stream(data or b"", self.label) as stream:
            given = git.Git(self.git_dir).execute(
                command, istream=stream, env=dict(environment or {}), stdout_as_string=False,
                strip_newline_in_stdout=False,
            )  # fmt: skip
        return given if isinstance(given, bytes) else str(given).encode()

    def resolve_commit(self, ref: str) -> str | None:
        """The commit that a ref names; None when there is none."""
        try:
            return self.run("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}").decode().strip() or None
        except GitError:
            return None

    def list_entries(self, commit: str | None, folder: str = "") -> dict[str, TreeEntry]:
        """What a folder of a commit holds, by name; nothing where there is no such folder."""
        if commit is None:
            return {}
        where = [f"{folder.rstrip('/')}/"] if folder else []
        found = {}
        for line in self.run("ls-tree", "-z", commit, "--", *where).split(b"\0"):
            if line:
                about, _, path = line.partition(b"\t")
                mode, _, sha = about.decode().split(" ")
                found[PurePosixPath(path.decode("utf-8", "replace")).name] = TreeEntry(mode, sha)
        return found

    def find_entry(self, commit: str | None, path: str) -> TreeEntry | None:
        """What a commit holds under a path."""
        parent, _, name = path.rpartition("/")
        return self.list_entries(commit, parent).get(name)

    def read_blob(self, commit: str | None, path: str) -> bytes | None:
        """The bytes of a file in a commit."""
        found = self.find_entry(commit, path)
        return self.run("cat-file", "blob", found.sha) if found and found.mode.startswith("100") else None

    def changed_paths(self, commit: str | None, change: CommitSpec) -> dict[str, tuple[bytes | None, bytes | None]]:
        """The paths at which a commit does not hold what is wanted, with the bytes before and after."""
        found: dict[str, tuple[bytes | None, bytes | None]] = {}
        for path, wanted in sorted(change.files.items()):
            before = self.read_blob(commit, path)
            if before != wanted:
                found[path] = (before, wanted)
        for path, sha in sorted(change.submodules.items()):
            module = self.find_entry(commit, path)
            if module is None or module.sha != sha:
                found[path] = (module.sha.encode() if module else None, sha.encode())
        return found

    def create_commit(
        self, parent: str | None, change: CommitSpec, paths: Sequence[str], message: str, author: CommitAuthor
    ) -> str:
        """A commit on top of `parent` in which `paths` of the change are as wanted. No branch moves.

        Raises:
            GitError: when the disk refuses, or the commit cannot be signed.
        """
        with contextlib.ExitStack() as cleared:
            try:
                folder = cleared.enter_context(tempfile.TemporaryDirectory(prefix="sparky-index-", dir=self.git_dir))
            except OSError as error:
                raise GitError(f"{self.label}: cannot be written: {error.strerror or error}.") from error
            own = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
            self.run("read-tree", parent or "--empty", environment=own)
            lines = "".join(self._format_index_line(path, change) for path in paths)
            self.run("update-index", "-z", "--index-info", data=lines.encode(), environment=own)
            tree = self.run("write-tree", environment=own).decode().strip()
        parents = ("-p", parent) if parent else ()
        sign = ("-S",) if author.signing != "none" else ()
        made = self.run(*author.options, "commit-tree", *sign, *parents, "-F", "-", tree, data=message.encode())
        return made.decode().strip()

    def _format_index_line(self, path: str, change: CommitSpec) -> str:
        if path in change.submodules:
            return f"{SUBMODULE_MODE} {change.submodules[path]}\t{path}\0"
        data = change.files[path]
        if data is None:
            return f"0 {NULL_SHA}\t{path}\0"
        sha = self.run("hash-object", "-w", "--no-filters", "--stdin", data=data).decode().strip()
        return f"{FILE_MODE} {sha}\t{path}\0"

    def move_branch(self, branch: str, new: str, old: str | None) -> None:
        """Let a branch name another commit, if it still names the old one."""
        self.run("update-ref", "-m", "sparky: publish", f"refs/heads/{branch}", new, old or NULL_SHA)

    def find_last_commit(self, tip: str | None, paths: Sequence[str]) -> str | None:
        """The newest commit that changed any of the paths."""
        if tip is None:
            return None
        return self.run("log", "-1", "--format=%H", tip, "--", *paths).decode().strip() or None

    def find_latest_edition(self, tip: str | None, paths: Sequence[str]) -> int:
        """The newest edition that a commit of these paths names, past those made by hand; 0 where there is none."""
        if tip is None:
            return 0
        form = "--format=%(trailers:key=Sparky-Edition,valueonly)"
        text = self.run("log", "-1", "--grep=^Sparky-Edition: ", form, tip, "--", *paths).decode().strip()
        return int(text) if text.isdecimal() else 0

    def contains(self, tip: str, commit: str) -> bool:
        """Whether a commit is `tip` or one of its ancestors."""
        try:
            self.run_raw("merge-base", "--is-ancestor", commit, tip)
        except git.GitCommandError:
            return False
        return True


def _open_stream(data: bytes, label: str) -> BinaryIO:
    """Bytes as git reads its standard input."""
    try:
        stream = tempfile.TemporaryFile()  # noqa: SIM115 - whoever asked closes it
        stream.write(data)
        stream.seek(0)
    except OSError as error:
        raise GitError(f"{label}: the folder for temporary files cannot be written: {error.strerror}.") from error
    return cast(BinaryIO, stream)


def _format_disk_full(label: str) -> str:
    return f"{label}: the disk is full. Make room; nothing was committed, and the next run goes on from here."


def check_paths(objects: GitObjects, commit: str | None, change: CommitSpec) -> None:
    """Refuse paths that leave the repository, go through a link, or are one with another where case does not count.

    Raises:
        GitError: names the path and what stands in its way.
    """
    seen: dict[str, dict[str, TreeEntry]] = {}
    for path in (*change.files, *change.submodules):
        check_relative_path(path, objects.label)
        parts = path.split("/")
        for depth, name in enumerate(parts):
            folder = "/".join(parts[:depth])
            if folder not in seen:
                seen[folder] = objects.list_entries(commit, folder)
            here = "/".join(parts[: depth + 1])
            _check_entry(
                objects.label, here, seen[folder].get(name), depth == len(parts) - 1, here in change.submodules
            )
            if twin := find_case_twin(name, seen[folder]):
                raise GitError(f"{objects.label}: {format_case_collision(here, twin)}")
            seen[folder].setdefault(name, TreeEntry(TREE_MODE if depth < len(parts) - 1 else FILE_MODE, ""))


def check_relative_path(path: str, label: str) -> None:
    """Refuse a path that is not below the repository or folder, or that some file systems refuse.

    Raises:
        GitError: with the path and the reason.
    """
    if problem := find_path_problem(path):
        raise GitError(f"{label}: {path} {problem}")


def _check_entry(label: str, path: str, entry: TreeEntry | None, is_last: bool, is_module: bool) -> None:
    if entry is None:
        if is_module:
            raise GitError(f"{label}: has no submodule at {path}. Add it there once: git submodule add.")
        return
    if entry.mode == SYMLINK_MODE:
        raise GitError(f"{label}: {path} is a symbolic link; Sparky does not write through it. Remove it.")
    wanted = SUBMODULE_MODE if is_last and is_module else FILE_MODE if is_last else TREE_MODE
    if entry.mode[:3] != wanted[:3]:
        kinds = {"160": "a submodule", "100": "a file", "040": "a folder"}
        raise GitError(
            f"{label}: {path} is {kinds.get(entry.mode[:3], 'something else')}, where {kinds[wanted[:3]]} has to be. "
            "Move it away, or change the path's template."
        )
