"""Git commands: a hardened configuration, the run of one command, and the meaning of git's complaints.

The repositories that Sparky reads are untrusted: neither their config nor the user's may change what a command prints.
Only GitPython's command interface is used: its object layer reads one object at a time, starts a `git diff` for the
statistics of each commit, and cannot pass these settings.

The patterns for a remote's refusal match git 2.39 and later in English (`LC_ALL=C`), GitHub, GitLab and Gitea.
"""

import os
import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from resources.errors import GitError

if TYPE_CHECKING:
    import git as git  # noqa: PLC0414 - the name is exported
else:

    class _GitPython:
        """GitPython, imported at its first use: it takes 0.1 s, and commands that read the store run no git."""

        def __getattr__(self, name: str) -> Any:
            value = getattr(import_module("git"), name)
            setattr(self, name, value)
            return value

    git = _GitPython()

# A git hook that starts Sparky sets these, and every git command would work on the hook's repository.
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
    "blame.ignoreRevsFile=",
)


def run_git(git_dir: Path, *arguments: str) -> str:
    """Run one git command on a repository and return what it prints as text.

    Raises:
        GitError: with the line of git that names the problem.
    """
    try:
        printed = git.Git().execute(
            build_command(git_dir, *arguments), stdout_as_string=False, strip_newline_in_stdout=False
        )
    except git.GitCommandError as error:
        raise GitError(f"{git_dir}: {extract_error_line(error.stderr)}") from error
    return decode_text(printed) if isinstance(printed, bytes) else str(printed)


def decode_text(data: bytes) -> str:
    """Return bytes as UTF-8 text; as Latin-1, in which every byte is a character, where they are no UTF-8.

    git re-encodes what a commit declares. What is left is undeclared, and mostly Latin-1.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def build_command(git_dir: Path, *arguments: str) -> list[str]:
    """Build the command line of a hardened git call on a repository."""
    options = [part for setting in HARDENED_SETTINGS for part in ("-c", setting)]
    # In the git directory itself: git takes the folder that it runs in for the work tree, and would apply the
    # .mailmap and .gitattributes of Sparky's current folder.
    # Replacements: a mirror brings refs/replace along, and a commit would be read with the text of another.
    location = ["-C", str(git_dir), "--git-dir=.", "--bare"]
    return ["git", "--no-pager", "--no-replace-objects", *location, *options, *arguments]


def extract_error_line(stderr: str | bytes) -> str:
    """Return the line of git's standard error that says what is wrong, without credentials of URLs."""
    text = stderr.decode("utf-8", "replace") if isinstance(stderr, bytes) else stderr
    text = re.sub(r"^\s*stderr: '?", "", text).rstrip("'\n ")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    last = lines[-1] if lines else "git failed"
    return redact_credentials(next((line for line in lines if line.startswith(("fatal:", "error:"))), last))


_MISSING_OBJECT = re.compile(
    r"unable to (?:read|find|parse|load|unpack) |could not read [0-9a-f]{40}|failed to read object|not a tree object"
    r"|(?:bad|missing) (?:object|tree|blob|commit)\b|is corrupt\b|corrupt loose object|object file .{0,300} is empty"
    r"|inflate: |packed object ",
    re.IGNORECASE,
)


def is_missing_object(error: GitError) -> bool:
    """Return whether git failed because the repository lacks an object, or has a damaged one."""
    return bool(_MISSING_OBJECT.search(str(error)))


def redact_credentials(text: str) -> str:
    """Return a URL, or a text with URLs, without users and passwords. A password may contain an @ itself."""
    return re.sub(r"(://)[^/\s]+@", r"\1", text)


RemoteErrorKind = Literal["behind", "passing", "final"]


@dataclass(frozen=True)
class RemoteError:
    """`behind`: the branch moved, commit and push again. `passing`: try later. `final`: a person has to act."""

    kind: RemoteErrorKind
    reason: str


DISK_FULL_PATTERN = r"No space left on device|Disk quota exceeded|disk full|Out of diskspace"


_REMOTE_ERROR_RULES: tuple[tuple[str, RemoteErrorKind, str], ...] = (
    (r"branch is currently checked out", "final",
     "it is somebody's checkout, and its branch is checked out. Push to a bare repository, or to another branch"),
    (r"protected branch|GH006|GH013|push code to protected|push declined due to repository rule", "final",
     "the branch is protected. Allow this account to push to it, or use kind = \"github\", which opens a pull request"),
    (r"GH001|exceeds .{0,40}file size limit", "final", "a file is larger than the server takes"),
    (DISK_FULL_PATTERN, "passing", "a disk is full. Make room"),
    (r"hook declined|hook exited with error|pre-receive hook|update hook", "final",
     "a hook of the server refused it. Satisfy its rule, or let it pass this account"),
    (r"REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed", "final",
     "the server's host key is not known. Compare it, then add it to known_hosts_file"),
    (r"repository .{0,200}not found|Repository not found|returned error: 404|does not appear to be a git repository"
     r"|no such repository|project you were looking for could not be found|access denied or repository not exported",
     "final", "there is no such repository, or we may not see it. Check the url and the account"),
    (r"Authentication failed|could not read (?:Username|Password)|terminal prompts disabled|returned error: 40[13]"
     r"|Permission denied|access denied|HTTP Basic: Access denied|Permission to .+ denied|not granted", "final",
     "our credentials are refused. Check token_file, username or ssh_key_file, and that the account may write"),
    (r"returned error: 30\d|unable to update url base from redirection", "final",
     "it has moved. Ask the server for its new address, and set url to that"),
    (r"SSL certificate problem|certificate verify failed|server certificate verification failed", "final",
     "its certificate is not trusted. Set ca_file to the certificates of your own authority"),
    (r"returned error: (?:429|5\d\d)", "passing", "the server is busy or broken"),
    (r"could not resolve host|could not resolve hostname|unable to access|connection (?:refused|timed out|reset|closed)"
     r"|timed out|early EOF|network is unreachable|no route to host|remote end hung up|RPC failed|recv failure"
     r"|operation too slow|unexpected disconnect|broken pipe|unable to connect|expected flush after|empty reply"
     r"|could not read from remote", "passing", "the network was lost, or the server is away"),
    (r"\[rejected\]|non-fast-forward|fetch first|cannot lock ref|failed to update ref|incorrect old value"
     r"|reference already exists|\(failed to lock\)|atomic push", "behind", "the branch moved meanwhile"),
)  # fmt: skip


def classify_remote_error(stderr: str | bytes, stdout: str | bytes = "") -> RemoteError:
    """Classify a failed fetch or push. The reason repeats the message of the server's hook."""
    text = f"{_decode_output(stdout)}\n{_decode_output(stderr)}"
    for pattern, kind, reason in _REMOTE_ERROR_RULES:
        if re.search(pattern, text, re.IGNORECASE):
            message = _extract_server_message(text) if kind != "behind" else ""
            return RemoteError(kind, f"{reason} (it said: {message})" if message else reason)
    return RemoteError("final", extract_error_line(stderr))


def is_missing_branch(stderr: str | bytes) -> bool:
    """Return whether a fetch failed because the remote has no such branch."""
    return bool(re.search(r"couldn't find remote ref", _decode_output(stderr), re.IGNORECASE))


def _extract_server_message(text: str) -> str:
    lines = [line.strip() for line in re.findall(r"^\s*(?:stderr: ')?remote:(.*)$", text, re.MULTILINE)]
    useful = [line for line in lines if line and not re.match(r"(Resolving|Counting|Compressing|Total) ", line)]
    message = " ".join(" ".join(useful).split())[:200]
    return redact_credentials("".join(char for char in message if char.isprintable()))


def _decode_output(output: str | bytes) -> str:
    return output.decode("utf-8", "replace") if isinstance(output, bytes) else output
