"""Why a remote refused a fetch or a push, from what git printed: one sentence, and whether it may pass by itself. Pure.

The words are those of git 2.39 and later in English (`LC_ALL=C`), GitHub, GitLab and Gitea.
"""

import re
from dataclasses import dataclass
from typing import Literal

from resources.git.command import extract_error_line, redact_credentials

RemoteErrorKind = Literal["behind", "passing", "final"]


@dataclass(frozen=True)
class RemoteError:
    """`behind`: the branch moved, replay and push again. `passing`: try later. `final`: somebody has to act."""

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
    """What a failed fetch or push means; what the server's own hook said is repeated."""
    text = f"{_decode_output(stdout)}\n{_decode_output(stderr)}"
    for pattern, kind, reason in _REMOTE_ERROR_RULES:
        if re.search(pattern, text, re.IGNORECASE):
            said = _extract_server_message(text) if kind != "behind" else ""
            return RemoteError(kind, f"{reason}{f' (it said: {said})' if said else ''}")
    return RemoteError("final", extract_error_line(stderr))


def is_missing_branch(stderr: str | bytes) -> bool:
    """Whether a fetch failed because the remote has no such branch."""
    return bool(re.search(r"couldn't find remote ref", _decode_output(stderr), re.IGNORECASE))


def _extract_server_message(text: str) -> str:
    lines = [line.strip() for line in re.findall(r"^\s*(?:stderr: ')?remote:(.*)$", text, re.MULTILINE)]
    useful = [line for line in lines if line and not re.match(r"(Resolving|Counting|Compressing|Total) ", line)]
    said = " ".join(" ".join(useful).split())[:200]
    return redact_credentials("".join(char for char in said if char.isprintable()))


def _decode_output(output: str | bytes) -> str:
    return output.decode("utf-8", "replace") if isinstance(output, bytes) else output
