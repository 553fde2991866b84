"""Read what a few changes did, line by line, and the manifests of a commit. The parser is pure and bounded."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from resources.errors import GitError
from resources.git.command import run_git
from resources.git.repository import GitRepository

MAX_CHANGES = 60
"""Changes whose diffs are read: those that ranking keeps."""

MAX_FILE_BYTES = 500_000

MAX_LINES_PER_FILE = 2_000

MAX_FILES_PER_CHANGE = 200

MANIFEST_PATTERN = re.compile(
    r"(?:[\w.-]{1,60}/){0,2}(?:pyproject\.toml|setup\.cfg|package\.json|Cargo\.toml|go\.mod|Dockerfile|Containerfile"
    r"|\.python-version|rust-toolchain(?:\.toml)?|\.nvmrc|\.node-version|\.ruby-version|composer\.json)"
)

MAX_MANIFESTS = 40

_SHA = re.compile(r"[0-9a-f]{7,64}")

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


@dataclass(frozen=True)
class DiffLine:
    """A line that a change added or removed, with its number in the new or old file."""

    number: int
    text: str


@dataclass(frozen=True)
class FileDiff:
    """What a change did to a file."""

    path: str
    is_new: bool
    added: tuple[DiffLine, ...]
    removed: tuple[DiffLine, ...]


@dataclass(frozen=True)
class ChangeDiff:
    """What a change did, by its commit; of a merge against its first parent."""

    sha: str
    files: tuple[FileDiff, ...]


def read_change_diffs(repository: GitRepository, shas: Sequence[str]) -> dict[str, ChangeDiff]:
    """Return the diffs of at most `MAX_CHANGES` changes by commit. A commit that cannot be read is absent."""
    diffs: dict[str, ChangeDiff] = {}
    if repository.is_partial:
        return diffs
    for sha in list(dict.fromkeys(shas))[:MAX_CHANGES]:
        if not _SHA.fullmatch(sha) or sha in repository.shallow_commits:
            continue
        try:
            patch = run_git(
                repository.git_dir, "-c", f"core.bigFileThreshold={MAX_FILE_BYTES}", "show", "--first-parent", "-m",
                "-p", "-U0", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--format=",
                "--src-prefix=a/", "--dst-prefix=b/", sha, "--",
            )  # fmt: skip
        except GitError:
            continue
        diffs[sha] = ChangeDiff(sha, tuple(parse_diff(patch)))
    return diffs


def parse_diff(patch: str) -> Iterator[FileDiff]:
    """Parse a patch without context lines into its files, the first `MAX_FILES_PER_CHANGE` of them."""
    for number, part in enumerate(re.split(r"^diff --git .*$", patch, flags=re.MULTILINE)[1:]):
        if number >= MAX_FILES_PER_CHANGE:
            return
        if diff := _parse_file(part.split("\n")):
            yield diff


def read_manifests(repository: GitRepository, commit: str) -> dict[str, str]:
    """Return the manifests of a commit by path: those that name a least version of a language or platform.

    Raises:
        GitError: the commit cannot be read.
    """
    if repository.is_partial or not _SHA.fullmatch(commit):
        return {}
    listing = run_git(repository.git_dir, "ls-tree", "-r", "-l", "-z", commit)
    manifests: dict[str, str] = {}
    for entry in listing.split("\0"):
        details, _, path = entry.partition("\t")
        fields = details.split()
        is_file = len(fields) == 4 and fields[1] == "blob" and fields[3].isdigit()
        if is_file and MANIFEST_PATTERN.fullmatch(path) and int(fields[3]) <= MAX_FILE_BYTES:
            manifests[path] = run_git(repository.git_dir, "cat-file", "blob", fields[2])
            if len(manifests) >= MAX_MANIFESTS:
                break
    return manifests


def _parse_file(lines: list[str]) -> FileDiff | None:
    path = ""
    old_path = ""
    added: list[DiffLine] = []
    removed: list[DiffLine] = []
    old_number = new_number = 0
    in_hunk = False
    for line in lines:
        if match := _HUNK.match(line):
            old_number, new_number, in_hunk = int(match[1]), int(match[2]), True
        elif not in_hunk and line.startswith("+++ "):
            path = line.removeprefix("+++ ").removeprefix("b/").rstrip("\t")
        elif not in_hunk and line.startswith("--- "):
            old_path = line.removeprefix("--- ").removeprefix("a/").rstrip("\t")
        elif in_hunk and line.startswith("+"):
            added.append(DiffLine(new_number, line[1:]))
            new_number += 1
        elif in_hunk and line.startswith("-"):
            removed.append(DiffLine(old_number, line[1:]))
            old_number += 1
    name = old_path if path == "/dev/null" else path
    if not name or name.startswith('"'):
        return None
    limit = MAX_LINES_PER_FILE
    return FileDiff(name, old_path == "/dev/null", tuple(added[:limit]), tuple(removed[:limit]))
