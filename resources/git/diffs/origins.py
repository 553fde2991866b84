"""Find which commit brought a name of code or a file.

A name counts as brought only where the parent holds it in no spelling: `dry_run`, `dry-run`, and `dryRun` are one name.
What is asked about, the caller says.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from resources.errors import GitError
from resources.git.command import run_git
from resources.git.diffs.blame import EXCLUDED_PATHS
from resources.git.repository import GitRepository
from resources.git.streams import parse_integer

MAX_ORIGIN_AGE_SECONDS = 366 * 24 * 3600
"""Older commits are not looked at, so that a long history is cheap."""

MAX_CODE_FILES = 15
"""Files of code that may hold a name; in more of them it is a common word."""

MAX_TOUCHING_COMMITS = 15
"""Commits that may add or remove a name in these files."""

MAX_LINES_READ = 400

_NAME_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|\d+")


@dataclass(frozen=True)
class CodeOrigin:
    """The commit that brought something.

    Attributes:
        sha: a commit of the branch's own line.
        landed_at: when it was made, in seconds since 1970.
        message: its whole message.
        is_merge: whether it has several parents.
    """

    sha: str
    landed_at: int
    message: str
    is_merge: bool


@dataclass(frozen=True)
class CodeName:
    """A name of several words in every spelling.

    Attributes:
        anywhere: the extended regular expression that finds it inside of longer names too.
        alone: the one that finds it as a name of its own.
        identifier: the one, of Python, for a name of its own that a program may have: `dry_run`, no `--dry-run`.
    """

    anywhere: str
    alone: str
    identifier: str

    @staticmethod
    def parse(name: str) -> "CodeName | None":
        """Return the name in every spelling; None for a single word, which may be in any text."""
        parts = [part.lower() for part in _NAME_PARTS.findall(name)]
        if len(parts) < 2 or sum(map(len, parts)) < 7:
            return None
        spelled = "[-_ .]?".join(parts)
        alone = f"(^|[^[:alnum:]_-]|--){spelled}($|[^[:alnum:]_-])"
        return CodeName(spelled, alone, rf"(?i)(?<![\w-]){'_?'.join(parts)}(?![\w-])")


def list_files_with(repository: GitRepository, commit: str, pattern: str) -> list[str]:
    """Return the text files of a commit that hold an extended regular expression, in any case.

    Raises:
        GitError: when git cannot search.
    """
    lines = _grep(repository, commit, pattern, ("-l",), ())
    return [line.removeprefix(f"{commit}:") for line in lines]


def list_lines_with(repository: GitRepository, commit: str, pattern: str, paths: Sequence[str]) -> list[str]:
    """Return the lines of files that hold an extended regular expression, in any case, without their paths.

    Raises:
        GitError: when git cannot search.
    """
    return _grep(repository, commit, pattern, ("-h",), paths)[:MAX_LINES_READ]


def _grep(
    repository: GitRepository, commit: str, pattern: str, options: Sequence[str], paths: Sequence[str]
) -> list[str]:
    places = [f":(literal){path}" for path in paths] or [
        ".",
        *(f":(exclude,icase,glob){part}" for part in EXCLUDED_PATHS),
    ]
    arguments = ("grep", "-I", "-i", "-E", "--full-name", "--no-color", *options, "-e", pattern, commit, "--", *places)
    try:
        return run_git(repository.git_dir, *arguments).splitlines()
    except GitError as error:
        # 1 says that nothing was found; anything else must not be taken for it.
        if getattr(error.__cause__, "status", None) == 1:
            return []
        raise


def find_name_origin(
    repository: GitRepository,
    commit: str,
    committed_at: int,
    name: CodeName,
    *,
    paths: Sequence[str],
    defines: Callable[[GitRepository, str], bool],
) -> CodeOrigin | None:
    """Return the commit that brought a name; None where none or several may have.

    Args:
        repository: the clone or mirror.
        commit: where the search begins: it and the commits before it are looked at.
        committed_at: when the change that asks was made, in seconds since 1970.
        name: the name.
        paths: the files of code that hold it at that commit.
        defines: whether the code of a commit defines the name.

    Raises:
        GitError: when git cannot search.
    """
    touching = _list_commits(repository, commit, committed_at, ("-i", "--pickaxe-regex", f"-S{name.alone}"), paths)
    if not 0 < len(touching) <= MAX_TOUCHING_COMMITS:
        return None
    brought = [
        sha for sha, has_parent in touching if has_parent and not list_files_with(repository, f"{sha}^", name.anywhere)
    ]
    if len(brought) != 1 or not defines(repository, brought[0]):
        return None
    return _read_origin(repository, brought[0])


def find_file_origin(repository: GitRepository, commit: str, committed_at: int, path: str) -> CodeOrigin | None:
    """Return the commit that brought a file; None where none or several may have, or where it moved a file.

    Raises:
        GitError: when git cannot search.
    """
    touching = _list_commits(repository, commit, committed_at, ("--diff-filter=A",), [path])
    if len(touching) != 1 or not touching[0][1]:
        return None
    sha = touching[0][0]
    added = run_git(
        repository.git_dir, "diff", "--name-only", "-M", "-C", "--diff-filter=A", f"{sha}^", sha
    ).splitlines()
    before = run_git(repository.git_dir, "ls-tree", "-r", "--name-only", f"{sha}^").splitlines()
    name = PurePosixPath(path).name
    if path not in added or any(PurePosixPath(other).name == name for other in before):
        return None
    return _read_origin(repository, sha)


def _list_commits(
    repository: GitRepository, commit: str, committed_at: int, options: Sequence[str], paths: Sequence[str]
) -> list[tuple[str, bool]]:
    """Return the commits of the own line that the options select, and whether each has a parent."""
    printed = run_git(
        repository.git_dir,
        *("log", "--first-parent", "-m", "--no-color", "--no-ext-diff", "--no-textconv", "--format=%H %P"),
        f"--since=@{max(0, committed_at - MAX_ORIGIN_AGE_SECONDS)} +0000",
        *options,
        *(commit, "--", *(f":(literal){path}" for path in paths)),
    )
    records = [line.split() for line in printed.splitlines() if line.strip()]
    known = [(record[0], len(record) > 1) for record in records if record[0] not in repository.shallow_commits]
    return list(dict.fromkeys(known))


def _read_origin(repository: GitRepository, sha: str) -> CodeOrigin:
    printed = run_git(repository.git_dir, "show", "-s", "--no-color", "--format=%ct%x00%P%x00%B", sha)
    landed_at, parents, message = printed.split("\0", 2)
    return CodeOrigin(sha, parse_integer(landed_at), message.strip("\n"), len(parents.split()) > 1)
