"""Open local git repositories and describe their state. `log.py` reads their history."""

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from urllib.parse import SplitResult, quote, unquote, urlsplit

from resources.errors import GitError
from resources.git.command import extract_error_line, git, run_git

_AZURE_SSH_HOST = re.compile(r"ssh\.dev\.azure\.com|vs-ssh\.visualstudio\.com")

BITBUCKET_SERVER_SSH_PORT = 7999

_BITBUCKET_SERVER_PATH = re.compile(r"(?P<context>(?:[^/]+/)?)scm/(?P<project>[^/]+)/(?P<name>[^/]+)")
"""The path of a clone URL of Bitbucket Server: `scm/fer/app`."""


@dataclass(frozen=True)
class GitRepository:
    """A readable repository and its state. `name` is `owner/name` of its remote, else the folder name."""

    git_dir: Path
    name: str
    url: str | None
    default_branch: str
    refs: tuple[str, ...]
    shallow_commits: frozenset[str]
    is_partial: bool
    default_refs: tuple[str, ...] = ()
    """The refs of the default branch; where all branches are read, they are part of `refs`."""

    @property
    def reads_all_branches(self) -> bool:
        """Return whether the commits of all branches count."""
        return "--branches" in self.refs

    @property
    def status(self) -> str:
        """`ok`, `empty`, `shallow` or `without_statistics`."""
        if not self.refs:
            return "empty"
        if self.is_partial:
            return "without_statistics"
        return "shallow" if self.shallow_commits else "ok"

    @property
    def note(self) -> str:
        """A sentence about an unusual state; empty if the status is `ok`."""
        return {
            "empty": "has no commits yet",
            "without_statistics": "is a partial clone: lines and files are not counted",
            "shallow": "is a shallow clone: older history is missing",
        }.get(self.status, "")


@lru_cache(maxsize=8)
def list_tree(git_dir: Path, commit: str, *paths: str) -> str:
    """Return what `git ls-tree -l -z` prints of a commit: the root, or what paths name. No path is a pattern.

    A monorepo has sixty tags on one commit, each of which is asked about.
    """
    return run_git(git_dir, "--literal-pathspecs", "ls-tree", "-l", "-z", commit, *paths)


@lru_cache(maxsize=2)
def list_paths(git_dir: Path, commit: str) -> tuple[str, ...]:
    """Return the paths of all files of a commit."""
    listing = run_git(git_dir, "ls-tree", "-r", "--name-only", "-z", commit)
    return tuple(path for path in listing.split("\0") if path)


@lru_cache(maxsize=2)
def list_folders(git_dir: Path, commit: str) -> frozenset[str]:
    """Return the folders that hold files of a commit, at any depth."""
    folders: set[str] = set()
    for path in list_paths(git_dir, commit):
        folder = path.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return frozenset(folders)


def open_repository(path: Path, *, all_branches: bool = False, name: str | None = None) -> GitRepository:
    """Open a local clone or bare mirror.

    Args:
        path: the clone or mirror.
        all_branches: read all branches instead of the default branch.
        name: the name to use; by default that of the remote or folder.

    Raises:
        GitError: the path is not a repository, cannot be read, or is broken.
    """
    git_dir = _find_git_dir(path)
    origin = _read_config(git_dir, "remote.origin.url")
    url = parse_web_url(origin)
    branch = _find_default_branch(git_dir)
    refs = _list_refs(git_dir, branch, all_branches=all_branches)
    # A linked work tree has this file in its main repository.
    shallow_file = git_dir / run_git(git_dir, "rev-parse", "--git-path", "shallow").strip()
    shallow = frozenset(shallow_file.read_text().split()) if shallow_file.exists() else frozenset()
    promisor = _read_config(git_dir, "extensions.partialclone") or _read_config(git_dir, "remote.origin.promisor")
    display_name = name or (parse_repository_name(origin) if url else None) or _get_folder_name(path)
    default_refs = _list_refs(git_dir, branch, all_branches=False)
    return GitRepository(git_dir, display_name, url, branch, refs, shallow, bool(promisor), default_refs)


def parse_web_url(origin: str | None) -> str | None:
    """Return the https address of a repository's page from its remote's URL; None for a local or unknown remote.

    The path is percent-encoded once, whether the remote's URL is written with `ß` and spaces or with `%C3%9F` and
    `%20`. Bitbucket Server and Azure DevOps have clone URLs that are no pages: theirs is made from the parts.
    """
    if not origin:
        return None
    if match := re.fullmatch(r"(?:[\w.-]+@)?([\w-]+(?:\.[\w-]+)+):(?!//)(.+)", origin):
        host, path, scheme, port = match[1].lower(), match[2], "ssh", None
    else:
        try:
            parts = urlsplit(origin)
        except ValueError:  # https://[half-an-address
            return None
        host, path, scheme = parts.hostname or "", parts.path, parts.scheme
        port = _read_port(parts)
    if scheme not in {"http", "https", "ssh", "git"} or not re.fullmatch(r"[\w.-]+", host):
        return None
    path = _build_page_path(host, unquote(path).strip("/").removesuffix(".git"), scheme, port)
    # No name of a host or repository holds these; in a link they would end it or begin a query.
    if not path or not path.isprintable() or re.search(r"[\\?#<>\"'`{}|^*\[\]()@]|(?:^|/)\.{1,2}(?:/|$)|//", path):
        return None
    address = _encode_host(_AZURE_SSH_HOST.sub("dev.azure.com", host))
    if scheme == "https" and port:
        address = f"{address}:{port}"
    return f"https://{address}/{quote(path, safe='/~')}"


def _read_port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:  # https://host:http/a/b
        return None


def _build_page_path(host: str, path: str, scheme: str, port: int | None) -> str | None:
    """Return the path of a repository's page; None where it is not `owner/name` or longer."""
    if _AZURE_SSH_HOST.fullmatch(host):
        # git@ssh.dev.azure.com:v3/organisation/project/repository
        parts = path.split("/")
        return f"{parts[1]}/{parts[2]}/_git/{parts[3]}" if parts[0] == "v3" and len(parts) == 4 else None
    is_server = host != "bitbucket.org" and ("bitbucket" in host or port == BITBUCKET_SERVER_SSH_PORT)
    clone_path = f"scm/{path}" if is_server and scheme == "ssh" and path.count("/") == 1 else path
    if match := _BITBUCKET_SERVER_PATH.fullmatch(clone_path):
        project = match["project"]
        owner = f"users/{project[1:]}" if project.startswith("~") else f"projects/{project.upper()}"
        return f"{match['context']}{owner}/repos/{match['name']}"
    return path if "/" in path and all(path.split("/")) else None


def _encode_host(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        return quote(host)


def parse_repository_name(address: str | None) -> str | None:
    """Return `owner/name` (or a longer group path) from a repository's URL."""
    url = parse_web_url(address)
    if not url:
        return None
    path = unquote(urlsplit(url).path).strip("/")
    if match := re.fullmatch(r"(?:.*/)?(?:projects|users)/([^/]+)/repos/([^/]+)", path):
        return f"{match[1]}/{match[2]}"
    return path.replace("/_git/", "/")


def _find_git_dir(path: Path) -> Path:
    if not path.exists():
        raise GitError(f"{path}: no such path. Give a clone, a bare mirror or a URL.")
    if not path.is_dir():
        raise GitError(f"{path}: a file, not a git repository. Give a clone, a bare mirror or a URL.")
    if not os.access(path, os.R_OK | os.X_OK):
        raise GitError(f"{path}: permission denied. Run as a user who may read it.")
    try:
        git_dir = git.Git(path).execute(["git", "rev-parse", "--absolute-git-dir"])
    except git.GitCommandError as error:
        message = extract_error_line(error.stderr)
        if "dubious ownership" in message:
            raise GitError(
                f"{path}: belongs to another user. Allow it: git config --global --add safe.directory {path.resolve()}"
            ) from error
        raise GitError(f"{path}: not a git repository. Give a clone, a bare mirror or a URL.") from error
    return Path(str(git_dir))


def _find_default_branch(git_dir: Path) -> str:
    # origin/HEAD is the default branch of the hosting service; HEAD of a clone is only the last checkout.
    for ref in ("refs/remotes/origin/HEAD", "HEAD"):
        try:
            target = run_git(git_dir, "symbolic-ref", "--quiet", ref).strip()
        except GitError:
            continue
        branch = re.sub(r"^refs/(?:heads|remotes/origin)/", "", target)
        if ref == "HEAD" and not _has_ref(git_dir, f"refs/heads/{branch}"):
            continue
        return branch
    return next((name for name in ("main", "master") if _has_ref(git_dir, f"refs/heads/{name}")), "HEAD")


def _list_refs(git_dir: Path, branch: str, *, all_branches: bool) -> tuple[str, ...]:
    if all_branches:
        # A detached HEAD may be the only name of a commit: without a branch, it is all there is.
        has_branches = bool(run_git(git_dir, "for-each-ref", "--count=1", "refs/heads", "refs/remotes"))
        head = ("HEAD",) if _has_ref(git_dir, "HEAD") else ()
        return ("--branches", "--remotes", *head) if has_branches or head else ()
    # The local branch and its remote branch: either may be ahead, and `git log` joins them.
    candidates = ["HEAD"] if branch == "HEAD" else [f"refs/heads/{branch}", f"refs/remotes/origin/{branch}"]
    return tuple(ref for ref in candidates if _has_ref(git_dir, ref))


def peel_to_commit(git_dir: Path, ref: str) -> str | None:
    """Return the sha of the commit that a ref or object points to; None if there is no commit."""
    try:
        return run_git(git_dir, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}").strip()
    except GitError:
        return None


def _has_ref(git_dir: Path, ref: str) -> bool:
    return peel_to_commit(git_dir, ref) is not None


def _read_config(git_dir: Path, key: str) -> str | None:
    try:
        return run_git(git_dir, "config", "--get", key).strip() or None
    except GitError:
        return None


def _get_folder_name(path: Path) -> str:
    folder = path.resolve()
    return (folder.parent if folder.name == ".git" else folder).name.removesuffix(".git")


def make_names_unique(repositories: Sequence[GitRepository]) -> tuple[GitRepository, ...]:
    """Return the repositories with unique names: equal names get as many parent folders as needed."""
    for depth in range(1, 1 + max((len(repository.git_dir.parts) for repository in repositories), default=0)):
        count = Counter(repository.name for repository in repositories)
        if max(count.values()) == 1:
            break
        repositories = [
            repository if count[repository.name] == 1 else replace(repository, name=_extend_name(repository, depth))
            for repository in repositories
        ]
    return tuple(repositories)


def _extend_name(repository: GitRepository, depth: int) -> str:
    folder = repository.git_dir.parent if repository.git_dir.name == ".git" else repository.git_dir
    return f"{folder.parts[-1 - depth] if len(folder.parts) > depth + 1 else depth}/{repository.name}"
