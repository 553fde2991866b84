"""Call git: GitPython's command interface with a hardened configuration, and git's complaints in words.

A repository we read is untrusted: neither its own config nor the user's may change what a command prints.
"""

import os
import re
from pathlib import Path

import git

from resources.errors import GitError

# A git hook that starts us sets these, and every git of ours would work on the hook's repository.
for _variable in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX"):
    os.environ.pop(_variable, None)

HARDENED_SETTINGS = (
    "core.fsmonitor=false",  # would start a program that the repository names
    "core.quotePath=false",
    "log.showSignature=false",
    "log.mailmap=true",
    "log.showRoot=true",  # false hides what the first commit added
    "core.bigFileThreshold=512m",  # a small one makes every file binary, without a line to count
    "diff.algorithm=myers",
    "diff.renames=true",
    "diff.renameLimit=1000",
    "diff.external=",
    "i18n.logOutputEncoding=UTF-8",
    "mailmap.file=",
    "mailmap.blob=HEAD:.mailmap",
    "core.attributesFile=",
)


def run_git(git_dir: Path, *arguments: str) -> str:
    """Run one git command on a repository and return what it prints, undecodable bytes replaced.

    Raises:
        GitError: with git's own first complaint.
    """
    try:
        raw = git.Git().execute(
            build_command(git_dir, *arguments), stdout_as_string=False, strip_newline_in_stdout=False
        )
    except git.GitCommandError as error:
        raise GitError(f"{git_dir}: {extract_error_line(error.stderr)}") from error
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)


def build_command(git_dir: Path, *arguments: str) -> list[str]:
    """The command line of a hardened git call on a repository."""
    options = [part for setting in HARDENED_SETTINGS for part in ("-c", setting)]
    # In the git directory itself: git takes the folder that it runs in for the work tree, and would apply the
    # .mailmap and .gitattributes of whatever folder we happen to stand in.
    # Replacements: a mirror brings refs/replace along, and a commit would be told with the text of another.
    here = ["-C", str(git_dir), "--git-dir=.", "--bare"]
    return ["git", "--no-pager", "--no-replace-objects", *here, *options, *arguments]


def extract_error_line(stderr: str | bytes) -> str:
    """The line of git's standard error that says what is wrong, without credentials that a URL may carry."""
    text = stderr.decode("utf-8", "replace") if isinstance(stderr, bytes) else stderr
    text = re.sub(r"^\s*stderr: '?", "", text).rstrip("'\n ")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = next(
        (line for line in lines if line.startswith(("fatal:", "error:"))), lines[-1] if lines else "git failed"
    )
    return redact_credentials(telling)


def redact_credentials(text: str) -> str:
    """A URL, or a text with URLs in it, without the user and password of any; a password may hold an @ itself."""
    return re.sub(r"(://)[^/\s]+@", r"\1", text)
