"""Commits built from bytes, without a work tree: their specification, author and message, and the git objects.

A commit is made with a private index and plain objects, so that a process killed on the way leaves only objects that
no branch names. A branch moves by one compare-and-swap (`GitObjects.move_branch`). The check of paths is here too: no
file is written outside the repository, through a link, or beside a name that differs only in case.
"""

import contextlib
import difflib
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from resources.errors import GitError
from resources.files import find_case_twin, find_path_problem, format_case_collision
from resources.git.command import DISK_FULL_PATTERN, extract_error_line, git


@dataclass(frozen=True)
class CommitAuthor:
    """The author of commits, and how they are signed: `none`, or by `gpg` or `ssh` with a key's id or file."""

    name: str
    email: str
    signing: str = "none"
    signing_key: str = ""

    @property
    def options(self) -> tuple[str, ...]:
        """The options of git for this author and signature."""
        settings = [f"user.name={self.name}", f"user.email={self.email}"]
        if self.signing != "none":
            settings.append(f"gpg.format={'openpgp' if self.signing == 'gpg' else 'ssh'}")
        if self.signing_key:
            settings.append(f"user.signingKey={self.signing_key}")
        return tuple(part for setting in settings for part in ("-c", setting))


@dataclass(frozen=True)
class CommitSpec:
    """The content and message of one commit.

    Attributes:
        files: The bytes of each file by path; None deletes the file.
        subject, body, trailers: The message.
        pages: The files whose editions are counted; the others (an index, a feed) change with every publication.
        submodules: Submodules by path, with the commit that each names.
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
    """The result of publishing: the commit that holds the files, its edition, whether it is new, and the diff."""

    repository: str
    files: tuple[str, ...]
    commit: str | None
    edition: int
    is_new: bool
    diff: str
    notes: tuple[str, ...] = field(default=())


def format_commit_message(change: CommitSpec, edition: int) -> str:
    """Format the message of a commit: subject, body, trailers."""
    trailers = {**change.trailers, "Sparky-Edition": str(edition)}
    lines = "\n".join(f"{key}: {value}" for key, value in trailers.items())
    return "\n\n".join(part for part in (change.subject, change.body, lines) if part) + "\n"


def format_diff(changes: Mapping[str, tuple[bytes | None, bytes | None]]) -> str:
    """Return the unified diff of files before and after; of a binary file only the sizes."""
    return "".join("".join(_format_file_diff(path, *contents)) for path, contents in changes.items())


def _format_file_diff(path: str, before: bytes | None, after: bytes | None) -> Iterator[str]:
    old = f"a/{path}" if before is not None else "/dev/null"
    new = f"b/{path}" if after is not None else "/dev/null"
    try:
        old_lines = (before or b"").decode().splitlines(keepends=True)
        new_lines = (after or b"").decode().splitlines(keepends=True)
    except UnicodeDecodeError:
        yield f"--- {old}\n+++ {new}\nbinary: {len(before or b'')} bytes before, {len(after or b'')} after\n"
        return
    has_lines = False
    for line in difflib.unified_diff(old_lines, new_lines, old, new):
        has_lines = True
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
    if not has_lines:
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
"""Against the user's git configuration: it may not change bytes, run programs or ask for a passphrase."""

OWNERSHIP_SETTING = "sparky.published"
"""The setting of git that marks a repository which Sparky made."""


_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

FILE_MODE, SYMLINK_MODE, SUBMODULE_MODE, TREE_MODE = "100644", "120000", "160000", "040000"


NULL_SHA = "0" * 40
"""The name that git uses for no object: a branch that is made, a file that is deleted."""

MISSING_ENTRY = f"0 {NULL_SHA}"
"""Mode and object of a deleted file, as `git update-index --index-info` reads them."""


@dataclass(frozen=True)
class TreeEntry:
    """One entry of a tree: its mode and the name of its object."""

    mode: str
    sha: str


class GitObjects:
    """The objects and branches of one repository, which messages call `label`."""

    def __init__(self, git_dir: Path, label: str) -> None:
        self.git_dir, self.label = git_dir.absolute(), label
        # What an object holds never changes: a publication asks three times for the same files.
        self._entries_by_folder: dict[tuple[str, str], dict[str, TreeEntry]] = {}
        self._bytes_by_blob: dict[str, bytes] = {}

    def run(self, *arguments: str, data: bytes | None = None, environment: Mapping[str, str] | None = None) -> bytes:
        """Run a git command and return what it prints; `data` is its standard input.

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
        """Run like `run`, but raise `git.GitCommandError`, for callers that read git's complaint themselves."""
        # Named outright: git would search the parent folders, and find a checkout that contains this repository.
        command = ["git", f"--git-dir={self.git_dir}", "--literal-pathspecs", *ISOLATION_OPTIONS, *arguments]
        with _open_stream(data or b"", self.label) as stream:
            printed = git.Git(self.git_dir).execute(
                command, istream=stream, env=dict(environment or {}), stdout_as_string=False,
                strip_newline_in_stdout=False,
            )  # fmt: skip
        return printed if isinstance(printed, bytes) else str(printed).encode()

    def resolve_commit(self, ref: str) -> str | None:
        """Return the commit that a ref names; None when there is none."""
        try:
            return self.run("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}").decode().strip() or None
        except GitError:
            return None

    def list_entries(self, commit: str | None, folder: str = "") -> dict[str, TreeEntry]:
        """Return the entries of a folder of a commit by name; none where there is no such folder."""
        if commit is None:
            return {}
        known = self._entries_by_folder.get((commit, folder))
        if known is not None:
            return dict(known)  # callers add what they write
        paths = [f"{folder.rstrip('/')}/"] if folder else []
        entries = {}
        for line in self.run("ls-tree", "-z", commit, "--", *paths).split(b"\0"):
            if line:
                details, _, path = line.partition(b"\t")
                mode, _, sha = details.decode().split(" ")
                entries[PurePosixPath(path.decode("utf-8", "replace")).name] = TreeEntry(mode, sha)
        if _SHA.fullmatch(commit):  # a branch may move
            self._entries_by_folder[commit, folder] = dict(entries)
        return entries

    def find_entry(self, commit: str | None, path: str) -> TreeEntry | None:
        """Return the entry of a commit at a path; None where there is none."""
        parent, _, name = path.rpartition("/")
        return self.list_entries(commit, parent).get(name)

    def read_blob(self, commit: str | None, path: str) -> bytes | None:
        """Return the bytes of a file in a commit; None where there is no file."""
        entry = self.find_entry(commit, path)
        if entry is None or not entry.mode.startswith("100"):
            return None
        if entry.sha not in self._bytes_by_blob:
            self._bytes_by_blob[entry.sha] = self.run("cat-file", "blob", entry.sha)
        return self._bytes_by_blob[entry.sha]

    def find_changed_paths(
        self, commit: str | None, change: CommitSpec
    ) -> dict[str, tuple[bytes | None, bytes | None]]:
        """Return the paths at which a commit differs from `change`, with the bytes before and after."""
        changed: dict[str, tuple[bytes | None, bytes | None]] = {}
        for path, wanted in sorted(change.files.items()):
            before = self.read_blob(commit, path)
            if before != wanted:
                changed[path] = (before, wanted)
        for path, sha in sorted(change.submodules.items()):
            entry = self.find_entry(commit, path)
            if entry is None or entry.sha != sha:
                changed[path] = (entry.sha.encode() if entry else None, sha.encode())
        return changed

    def create_commit(
        self, parent: str | None, change: CommitSpec, paths: Sequence[str], message: str, author: CommitAuthor
    ) -> str:
        """Create a commit on top of `parent` that holds `paths` of the change, and return its sha. No branch moves.

        Raises:
            GitError: when the disk refuses, or the commit cannot be signed.
        """
        with contextlib.ExitStack() as cleanup:
            try:
                folder = cleanup.enter_context(tempfile.TemporaryDirectory(prefix="sparky-index-", dir=self.git_dir))
            except OSError as error:
                raise GitError(f"{self.label}: cannot be written: {error.strerror or error}.") from error
            environment = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
            self.run("read-tree", parent or "--empty", environment=environment)
            lines = "".join(self._format_index_line(path, change) for path in paths)
            self.run("update-index", "-z", "--index-info", data=lines.encode(), environment=environment)
            tree = self.run("write-tree", environment=environment).decode().strip()
        parents = ("-p", parent) if parent else ()
        sign = ("-S",) if author.signing != "none" else ()
        printed = self.run(*author.options, "commit-tree", *sign, *parents, "-F", "-", tree, data=message.encode())
        return printed.decode().strip()

    def _format_index_line(self, path: str, change: CommitSpec) -> str:
        if path in change.submodules:
            return f"{SUBMODULE_MODE} {change.submodules[path]}\t{path}\0"
        data = change.files[path]
        if data is None:
            return f"{MISSING_ENTRY}\t{path}\0"
        sha = self.run("hash-object", "-w", "--no-filters", "--stdin", data=data).decode().strip()
        return f"{FILE_MODE} {sha}\t{path}\0"

    def move_branch(self, branch: str, new: str, old: str | None) -> None:
        """Move a branch from the commit `old` to `new`; fails when the branch names another commit by now."""
        self.run("update-ref", "-m", "sparky: publish", f"refs/heads/{branch}", new, old or NULL_SHA)

    def find_last_commit(self, tip: str | None, paths: Sequence[str]) -> str | None:
        """Return the newest commit that changed any of the paths; None where there is none."""
        if tip is None:
            return None
        return self.run("log", "-1", "--format=%H", tip, "--", *paths).decode().strip() or None

    def build_result(self, tip: str | None, change: CommitSpec, diff: str) -> CommitResult:
        """Return what a branch holds of the files of a change at a commit, with a diff that was made before.

        Args:
            tip: the newest commit of the branch; None where it has none.
            change: the change.
            diff: how its files differed; empty where nothing is new.
        """
        paths = change.edition_paths
        last, edition = self.find_last_commit(tip, paths), self.find_latest_edition(tip, paths)
        return CommitResult(self.label, tuple(change.files), last, edition, bool(diff), diff)

    def find_latest_edition(self, tip: str | None, paths: Sequence[str]) -> int:
        """Return the newest edition that a commit of these paths names, 0 if none. Commits made by hand name none."""
        if tip is None:
            return 0
        layout = "--format=%(trailers:key=Sparky-Edition,valueonly)"
        text = self.run("log", "-1", "--grep=^Sparky-Edition: ", layout, tip, "--", *paths).decode().strip()
        return int(text) if text.isdecimal() else 0

    def contains(self, tip: str, commit: str) -> bool:
        """Return whether a commit is `tip` or one of its ancestors."""
        try:
            self.run_raw("merge-base", "--is-ancestor", commit, tip)
        except git.GitCommandError:
            return False
        return True


def _open_stream(data: bytes, label: str) -> BinaryIO:
    """Return an open file with the bytes that git reads as its standard input. The caller closes it."""
    try:
        stream = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        stream.write(data)
        stream.seek(0)
    except OSError as error:
        raise GitError(f"{label}: the folder for temporary files cannot be written: {error.strerror}.") from error
    return cast(BinaryIO, stream)


def _format_disk_full(label: str) -> str:
    return f"{label}: the disk is full. Make room; nothing was committed, and the next run goes on from here."


def check_paths(objects: GitObjects, commit: str | None, change: CommitSpec) -> None:
    """Refuse paths that leave the repository, go through a link, or differ from another only in case.

    Raises:
        GitError: names the path and the reason.
    """
    seen: dict[str, dict[str, TreeEntry]] = {}
    for path in (*change.files, *change.submodules):
        check_relative_path(path, objects.label)
        parts = path.split("/")
        for depth, name in enumerate(parts):
            folder = "/".join(parts[:depth])
            if folder not in seen:
                seen[folder] = objects.list_entries(commit, folder)
            current = "/".join(parts[: depth + 1])
            _check_entry(
                objects.label, current, seen[folder].get(name), depth == len(parts) - 1, current in change.submodules
            )
            if twin := find_case_twin(name, seen[folder]):
                raise GitError(f"{objects.label}: {format_case_collision(current, twin)}")
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
