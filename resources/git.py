"""Repositories that git can read: find them, say what state they are in. Reading history is `git_log.py`."""

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import git

from resources.errors import GitError
from resources.git_command import complaint, run_git


@dataclass(frozen=True)
class Repository:
    """One repository as it can be read now. `name` is `owner/name` where a remote tells it, else the folder's name."""

    git_dir: Path
    name: str
    url: str | None
    default_branch: str
    refs: tuple[str, ...]
    shallow: frozenset[str]
    is_partial: bool

    @property
    def status(self) -> str:
        """`ok`, `empty`, `shallow` or `without_statistics`."""
        if not self.refs:
            return "empty"
        if self.is_partial:
            return "without_statistics"
        return "shallow" if self.shallow else "ok"

    @property
    def note(self) -> str:
        """What a reader should know about this state, in words; empty when all is well."""
        return {
            "empty": "has no commits yet",
            "without_statistics": "is a partial clone: lines and files are not counted",
            "shallow": "is a shallow clone: older history is missing",
        }.get(self.status, "")


def open_repository(path: Path, *, all_branches: bool = False, name: str | None = None) -> Repository:
    """Look at a local clone or bare mirror.

    Raises:
        GitError: when it is no repository, may not be read, or is broken.
    """
    git_dir = _find_git_dir(path)
    origin = _config(git_dir, "remote.origin.url")
    url = web_url(origin)
    branch = _default_branch(git_dir)
    refs = _refs(git_dir, branch, all_branches=all_branches)
    # A linked work tree has it in the repository that it belongs to.
    shallow_file = git_dir / run_git(git_dir, "rev-parse", "--git-path", "shallow").strip()
    shallow = frozenset(shallow_file.read_text().split()) if shallow_file.exists() else frozenset()
    promisor = _config(git_dir, "extensions.partialclone") or _config(git_dir, "remote.origin.promisor")
    shown = name or (repository_name(origin) if url else None) or _folder_name(path)
    return Repository(git_dir, shown, url, branch, refs, shallow, bool(promisor))


def web_url(origin: str | None) -> str | None:
    """The https address of a repository's pages from its remote's URL; None for a local or unknown remote."""
    if not origin:
        return None
    if match := re.fullmatch(r"(?:[\w.-]+@)?([\w-]+(?:\.[\w-]+)+):(?!//)(.+)", origin):
        host, path = match[1], match[2]
    else:
        try:
            parts = urlsplit(origin)
        except ValueError:  # https://[half-an-address
            return None
        if parts.scheme not in {"http", "https", "ssh", "git"} or not re.fullmatch(r"[\w.-]+", parts.hostname or ""):
            return None
        host, path = str(parts.hostname), parts.path
    path = path.strip("/").removesuffix(".git")
    return f"https://{host}/{path}" if re.fullmatch(r"[\w.~-]+(?:/[\w.~-]+)+", path) else None


def repository_name(address: str | None) -> str | None:
    """`owner/name` (or a longer group path) from a repository's URL."""
    url = web_url(address)
    return urlsplit(url).path.strip("/") if url else None


def _find_git_dir(path: Path) -> Path:
    if not path.exists():
        raise GitError(f"{path}: no such path. Give a clone, a bare mirror or a URL.")
    if not path.is_dir():
        raise GitError(f"{path}: a file, not a git repository. Give a clone, a bare mirror or a URL.")
    if not os.access(path, os.R_OK | os.X_OK):
        raise GitError(f"{path}: permission denied. Run as a user who may read it.")
    try:
        found = git.Git(path).execute(["git", "rev-parse", "--absolute-git-dir"])
    except git.GitCommandError as error:
        said = complaint(error.stderr)
        if "dubious ownership" in said:
            raise GitError(
                f"{path}: belongs to another user. Allow it: git config --global --add safe.directory {path.resolve()}"
            ) from error
        raise GitError(f"{path}: not a git repository. Give a clone, a bare mirror or a URL.") from error
    return Path(str(found))


def _default_branch(git_dir: Path) -> str:
    # origin/HEAD is what the hosting side calls the default; HEAD of a clone is only what somebody checked out last.
    for ref in ("refs/remotes/origin/HEAD", "HEAD"):
        try:
            target = run_git(git_dir, "symbolic-ref", "--quiet", ref).strip()
        except GitError:
            continue
        branch = re.sub(r"^refs/(?:heads|remotes/origin)/", "", target)
        if ref == "HEAD" and not _exists(git_dir, f"refs/heads/{branch}"):
            continue
        return branch
    return next((name for name in ("main", "master") if _exists(git_dir, f"refs/heads/{name}")), "HEAD")


def _refs(git_dir: Path, branch: str, *, all_branches: bool) -> tuple[str, ...]:
    if all_branches:
        return (
            ("--branches", "--remotes")
            if run_git(git_dir, "for-each-ref", "--count=1", "refs/heads", "refs/remotes")
            else ()
        )
    # Both the local branch and what was last fetched of it: either may be ahead, and `git log` joins them.
    candidates = ["HEAD"] if branch == "HEAD" else [f"refs/heads/{branch}", f"refs/remotes/origin/{branch}"]
    return tuple(ref for ref in candidates if _exists(git_dir, ref))


def peel_to_commit(git_dir: Path, ref: str) -> str | None:
    """The sha of the commit that a ref or object leads to; None when it leads to none."""
    try:
        return run_git(git_dir, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}").strip()
    except GitError:
        return None


def _exists(git_dir: Path, ref: str) -> bool:
    return peel_to_commit(git_dir, ref) is not None


def _config(git_dir: Path, key: str) -> str | None:
    try:
        return run_git(git_dir, "config", "--get", key).strip() or None
    except GitError:
        return None


def _folder_name(path: Path) -> str:
    whole = path.resolve()
    return (whole.parent if whole.name == ".git" else whole).name.removesuffix(".git")


def unique_names(repositories: Sequence[Repository]) -> tuple[Repository, ...]:
    """The repositories with names made distinct by as many parent folders as it takes, where two share one."""
    for depth in range(1, 1 + max((len(one.git_dir.parts) for one in repositories), default=0)):
        count = Counter(one.name for one in repositories)
        if max(count.values()) == 1:
            break
        repositories = [
            one if count[one.name] == 1 else replace(one, name=_longer_name(one, depth)) for one in repositories
        ]
    return tuple(repositories)


def _longer_name(repository: Repository, depth: int) -> str:
    folder = repository.git_dir.parent if repository.git_dir.name == ".git" else repository.git_dir
    return f"{folder.parts[-1 - depth] if len(folder.parts) > depth + 1 else depth}/{repository.name}"
