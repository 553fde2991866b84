"""Repositories that git can read: find them, mirror them, say what state they are in. Reading history is `git_log.py`.

git is called through GitPython's command interface, with a hardened configuration: a repository we read is untrusted,
and neither its own config nor the user's may change what a command prints.
"""

import contextlib
import os
import re
import shutil
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextvars import copy_context
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import git

from resources.errors import GitError, GitNetworkError
from resources.progress import report

os.environ.setdefault("GIT_TERMINAL_PROMPT", "0")  # a question on a terminal nobody watches would hang a run

HARDENED = (
    "core.fsmonitor=false",  # would start a program that the repository names
    "core.quotePath=false",
    "log.showSignature=false",
    "log.mailmap=true",
    "diff.renames=true",
    "diff.external=",
    "i18n.logOutputEncoding=UTF-8",
    "mailmap.file=",
    "mailmap.blob=HEAD:.mailmap",
    "core.attributesFile=",
)
_NETWORK = re.compile(
    r"could not resolve host|unable to access|connection (?:refused|timed out|reset)|timed out|early EOF"
    r"|could not read from remote|network is unreachable|remote end hung up",
    re.IGNORECASE,
)


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


def run_git(git_dir: Path, *arguments: str) -> str:
    """Run one git command on a repository and return what it prints, undecodable bytes replaced.

    Raises:
        GitError: with git's own first complaint.
    """
    try:
        raw = git.Git().execute(command(git_dir, *arguments), stdout_as_string=False, strip_newline_in_stdout=False)
    except git.GitCommandError as error:
        raise GitError(f"{git_dir}: {complaint(error.stderr)}") from error
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)


def command(git_dir: Path, *arguments: str) -> list[str]:
    """The command line of a hardened git call on a repository."""
    options = [part for setting in HARDENED for part in ("-c", setting)]
    # In the git directory itself: git takes the folder that it runs in for the work tree, and would apply the
    # .mailmap and .gitattributes of whatever folder we happen to stand in.
    return ["git", "--no-pager", "-C", str(git_dir), "--git-dir=.", "--bare", *options, *arguments]


def complaint(stderr: str | bytes) -> str:
    """The line of git's standard error that says what is wrong, without credentials that a URL may carry."""
    text = stderr.decode("utf-8", "replace") if isinstance(stderr, bytes) else stderr
    text = re.sub(r"^\s*stderr: '?", "", text).rstrip("'\n ")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = next(
        (line for line in lines if line.startswith(("fatal:", "error:"))), lines[-1] if lines else "git failed"
    )
    return re.sub(r"(://)[^/@\s]+@", r"\1", telling)


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


def mirror(url: str, folder: Path, *, fetch: bool = True) -> Path:
    """Clone a URL into `folder` as a bare mirror, or bring the one there up to date. Returns its git directory.

    A clone lands beside its place and is moved there when whole: an interrupted one is never taken for a mirror.

    Raises:
        GitNetworkError: when the remote cannot be reached.
        GitError: when it refuses.
    """
    place = folder / _mirror_name(_without_credentials(url))
    bar = _Bar(f"{'fetch' if place.exists() else 'clone'} {url}")
    try:
        if not place.exists():
            with _temporary_beside(place) as temporary:
                # GitPython takes an instance as well as a function; the instance keeps git's complaints for us.
                git.Repo.clone_from(url, temporary, progress=bar, multi_options=["--mirror"]).close()  # type: ignore[arg-type]
                run_git(temporary, "commit-graph", "write", "--reachable")
                temporary.replace(place)
        elif fetch:
            with git.Repo(place) as repository:
                repository.remotes.origin.fetch(prune=True, progress=bar)
            run_git(place, "commit-graph", "write", "--reachable")
    except git.GitCommandError as error:
        said = complaint("\n".join(bar.error_lines) or error.stderr)
        kind = GitNetworkError if _NETWORK.search(said) else GitError
        raise kind(f"{_without_credentials(url)}: {said}. Check the address, your access and the network.") from error
    return place


def _mirror_name(url: str) -> str:
    """A folder that people recognise, and that no other URL has: `a/b` and `a+b` look alike in the readable part."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "+", re.sub(r"^\w+://", "", url)).strip("+.").removesuffix(".git")
    return f"{readable[-80:]}-{sha256(url.encode()).hexdigest()[:8]}.git"


def web_url(origin: str | None) -> str | None:
    """The https address of a repository's pages from its remote's URL; None for a local or unknown remote."""
    if not origin:
        return None
    if match := re.fullmatch(r"(?:[\w.-]+@)?([\w-]+(?:\.[\w-]+)+):(?!//)(.+)", origin):
        host, path = match[1], match[2]
    else:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https", "ssh", "git"} or not parts.hostname:
            return None
        host, path = parts.hostname, parts.path
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


def _without_credentials(url: str) -> str:
    return re.sub(r"(://)[^/@\s]+@", r"\1", url)


@contextlib.contextmanager
def _temporary_beside(place: Path) -> Iterator[Path]:
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = place.with_name(f".{place.name}.{uuid.uuid4().hex}")
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


class _Bar(git.RemoteProgress):
    """Hands what git says of its progress to whoever shows ours."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self._what = _without_credentials(what)
        self._context = copy_context()  # git is read in a thread, which would not know who shows our progress

    def update(
        self, op_code: int, cur_count: str | float, max_count: str | float | None = None, message: str = ""
    ) -> None:
        """Called by GitPython for each line of progress."""
        self._context.run(report, self._what, float(cur_count), float(max_count) if max_count else None)


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
