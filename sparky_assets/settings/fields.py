"""Kinds of values that several sections of the settings check alike.

What every table of the settings file has in common.
"""

import re
from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict

from resources.files import find_path_problem

CLONE_URL_SCHEMES = {"https", "http", "ssh", "git", "file"}


def check_path_or_url(text: str) -> str:
    """A path or a clone URL without credentials."""
    if not text.strip():
        raise ValueError("empty; give a path or a clone URL like https://github.com/org/repo")
    if "://" in text:
        parts = urlsplit(text)
        if parts.scheme not in CLONE_URL_SCHEMES:
            raise ValueError(f"the scheme {parts.scheme}:// is not one of https, http, ssh, git, file")
        if parts.scheme != "file" and not parts.hostname:
            raise ValueError("the URL has no host; write it like https://github.com/org/repo")
        if parts.password:
            raise ValueError("a URL must not carry a password; use a git credential helper")
        # Tokens of Gitea and others have no mark; no person's name is so long.
        if re.match(r"gh[a-z]_|github_pat_|glpat-|[A-Za-z0-9_-]{32}", parts.username or ""):
            raise ValueError("a URL must not carry a token; use a git credential helper")
    elif text.startswith("-"):
        raise ValueError("a path cannot start with '-'; write ./-name")
    return text


def check_clone_url(text: str) -> str:
    """A clone URL without credentials, or empty. `git@host:org/repo` is written as a URL, so that it can be checked."""
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
    """An http or https address without credentials, or empty."""
    if text:
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.hostname or not text.isprintable() or " " in text:
            raise ValueError("not an address; write it like https://example.com/path")
        if parts.username or parts.password:
            raise ValueError("an address must not carry a name or password")
    return text.rstrip("/")


def check_relative_folder(text: str) -> str:
    """A folder below another one; `.` and the empty text are that folder itself."""
    path = "/".join(PurePosixPath(text).parts)
    if path and find_path_problem(path):
        raise ValueError("must be a folder inside the repository, like content/blog")
    return text


def check_branch_name(name: str) -> str:
    """A branch that git, every shell and every file system take."""
    parts = name.split("/")
    plain = all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", part) and not part.endswith(".lock") for part in parts)
    if not plain or ".." in name or name.endswith(".") or name == "HEAD":
        raise ValueError("not a branch name; use letters, digits, '-', '_', '/' and '.'")
    return name


PathOrUrl = Annotated[str, AfterValidator(check_path_or_url)]


CloneUrl = Annotated[str, AfterValidator(check_clone_url)]


WebUrl = Annotated[str, AfterValidator(check_web_url)]


BranchName = Annotated[str, AfterValidator(check_branch_name)]


RelativeFolder = Annotated[str, AfterValidator(check_relative_folder)]


class SettingsSection(BaseModel):
    """A table of the settings file. Unknown keys are refused, so that a typing error is never silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)
