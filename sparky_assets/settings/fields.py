"""Checked value types that several sections of the settings share, and the base class of every section.

A rule that one section alone needs belongs to the module of that section.
"""

import re
from ipaddress import ip_address
from pathlib import Path, PurePosixPath
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, field_validator

from resources.files import find_path_problem

CLONE_URL_SCHEMES = {"https", "http", "ssh", "git", "file"}

REMOTE_HELPER_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9+.-]*::")
"""Start of an address for a remote helper of git: `ext::` runs a command, `fd::` reads a file descriptor."""

GIT_BUNDLE_PATTERN = re.compile(rb"# v\d git bundle\n")
"""First line of a bundle: one file with the history of a repository."""


def check_path_or_url(text: str) -> str:
    """Return a path or a clone URL; `~` becomes the home folder.

    Raises:
        ValueError: if it is empty or malformed, carries credentials, runs a command, or names a link-local address or
            a file that is no repository.
    """
    if not text.strip():
        raise ValueError("empty; give a path or a clone URL like https://github.com/org/repo")
    if REMOTE_HELPER_PATTERN.match(text):
        raise ValueError("names a remote helper of git, which may run commands; give a path or an https or ssh URL")
    if "://" in text:
        parts = urlsplit(text)
        if parts.scheme not in CLONE_URL_SCHEMES:
            raise ValueError(f"the scheme {parts.scheme}:// is not one of https, http, ssh, git, file")
        if parts.scheme != "file" and not parts.hostname:
            raise ValueError("the URL has no host; write it like https://github.com/org/repo")
        if parts.scheme == "file" and not _may_be_repository(Path(unquote(parts.path))):
            raise ValueError("not a git repository; name the folder of a repository, or a bundle of one")
        if is_link_local(parts.hostname or ""):
            raise ValueError("a link-local address, where clouds keep the credentials of machines; name a git server")
        if parts.password:
            raise ValueError("a URL must not carry a password; use a git credential helper")
        # Tokens of Gitea and others have no prefix; 32 characters are too long for a person's name.
        if re.match(r"gh[a-z]_|github_pat_|glpat-|[A-Za-z0-9_-]{32}", parts.username or ""):
            raise ValueError("a URL must not carry a token; use a git credential helper")
    elif text.startswith("-"):
        raise ValueError("a path cannot start with '-'; write ./-name")
    return text if "://" in text else expand_home(text)


def _may_be_repository(path: Path) -> bool:
    """Return False for what is there and is no repository, such as /etc. A path of another machine may be one."""
    try:
        if path.is_dir():
            return (path / ".git").exists() or (path / "objects").is_dir()
        if not path.exists():
            return True
        with path.open("rb") as file:
            return bool(GIT_BUNDLE_PATTERN.match(file.read(32)))
    except OSError:  # nothing can be said of it here
        return True


def is_link_local(host: str) -> bool:
    """Return whether a host is an address of the local link, such as 169.254.169.254."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_link_local


def expand_home(text: str) -> str:
    """Return a path in which a leading `~` or `~name` is the home folder.

    Raises:
        ValueError: if there is no such home folder.
    """
    if not text.startswith("~"):
        return text
    try:
        return str(Path(text).expanduser())
    except RuntimeError as error:
        raise ValueError("there is no such home folder; write the whole path") from error


def check_clone_url(text: str) -> str:
    """Return a clone URL without credentials, or the empty text.

    The short form `git@host:org/repo` is refused: only a URL can be checked.
    """
    if not text:
        return text
    if "://" not in text:
        raise ValueError("not a URL; write it like https://github.com/org/repo or ssh://git@github.com/org/repo")
    parts = urlsplit(check_path_or_url(text))
    if parts.scheme in {"http", "https"} and parts.username:
        raise ValueError("a URL must not carry a name; use `username` and `token_file`")
    if parts.query or parts.fragment:
        raise ValueError("a clone URL has no '?' and no '#'")
    return text


def check_web_url(text: str) -> str:
    """Return an http or https address without credentials, or the empty text.

    Messages, logs and pages show these addresses, so a password in one would leak.
    """
    if text:
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.hostname or not text.isprintable() or " " in text:
            raise ValueError("not an address; write it like https://example.com/path")
        if "@" in parts.netloc:
            raise ValueError("an address must not carry a name or password")
    return text


def strip_trailing_slash(text: str) -> str:
    """Return an address without the slashes at its end."""
    return text.rstrip("/")


def check_relative_folder(text: str) -> str:
    """Return a relative folder in its shortest form; `.` becomes the empty text, the parent folder itself."""
    path = "/".join(PurePosixPath(text).parts)
    if path and find_path_problem(path):
        raise ValueError("must be a folder inside the repository, like content/blog")
    return text


def check_branch_name(name: str) -> str:
    """Return a branch name that is safe in git, in a shell and in a file system."""
    parts = name.split("/")
    plain = all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", part) and not part.endswith(".lock") for part in parts)
    if not plain or ".." in name or name.endswith(".") or name == "HEAD":
        raise ValueError("not a branch name; use letters, digits, '-', '_', '/' and '.'")
    return name


PathOrUrl = Annotated[str, AfterValidator(check_path_or_url)]
CloneUrl = Annotated[str, AfterValidator(check_clone_url)]
WebUrl = Annotated[str, AfterValidator(check_web_url)]
"""A web address, used exactly as written: some servers answer `/hook` and `/hook/` differently."""

BaseUrl = Annotated[WebUrl, AfterValidator(strip_trailing_slash)]
"""A web address that paths are appended to."""
BranchName = Annotated[str, AfterValidator(check_branch_name)]
RelativeFolder = Annotated[str, AfterValidator(check_relative_folder)]


class SettingsSection(BaseModel):
    """A table of the settings file. An unknown key is an error, so that a misspelt key is never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="after")
    @classmethod
    def _expand_home_folder(cls, value: Any) -> Any:
        return Path(expand_home(str(value))) if isinstance(value, Path) else value
