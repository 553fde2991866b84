"""Read history: commits with their files in a window of time, and tags. One git process a repository and range."""

import subprocess
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain, islice
from threading import Thread
from typing import NamedTuple

import git

from resources.errors import GitError
from resources.git.command import build_command, extract_error_line, run_git
from resources.git.repository import GitRepository, peel_to_commit

LOG_FIELDS = ("%H", "%P", "%aN", "%aE", "%at", "%cN", "%cE", "%ct", "%B")
"""Names and addresses are those after .mailmap. NUL ends each field: it is the one byte that none of them can hold."""

LOG_FORMAT = "--format=tformat:%x01" + "%x00".join(LOG_FIELDS) + "%x00"


CHUNK_BYTES = 1 << 20


MAX_MESSAGE_LENGTH = 20_000
"""Characters kept of a commit message. A 10 MB message is somebody's accident; its start says what it is."""


class GitFileChange(NamedTuple):
    """One file of a commit; the counts are None for a binary file."""

    path: str
    insertions: int | None
    deletions: int | None


class GitCommit(NamedTuple):
    """One commit. Times are seconds since 1970; `files` is None where statistics are not available."""

    sha: str
    parents: tuple[str, ...]
    author_name: str
    author_email: str
    authored_at: int
    committer_name: str
    committer_email: str
    committed_at: int
    message: str
    files: tuple[GitFileChange, ...] | None


class GitTag(NamedTuple):
    """One tag with the commit it names and the time it was made (a lightweight tag: the commit's)."""

    name: str
    sha: str
    tagger_name: str
    tagger_email: str
    tagged_at: int
    subject: str


def read_commits(repository: GitRepository, since: datetime, until: datetime) -> Iterator[GitCommit]:
    """The commits with committer date in `[since, until)` on the repository's refs, newest first, as git streams them.

    A partial clone is read without statistics: `--numstat` would die at the first blob that is not there.

    Raises:
        GitError: when git stops before the end, with its own complaint; nothing is passed off as a quiet day.
    """
    if not repository.refs:
        return
    window = (f"--since-as-filter={_format_date(since)}", f"--until={_format_date(until, -1)}")
    # --since stops at the first commit that is too old and loses in-window ancestors behind it (clock skew);
    # --since-as-filter (git 2.37) looks behind.
    statistics = () if repository.is_partial else ("--numstat", "-M", "--no-ext-diff", "--no-textconv")
    arguments = ["log", "-z", "--no-color", *statistics, LOG_FORMAT, *window, *repository.refs, "--"]
    for commit in parse_log(_stream_log(repository, arguments), with_files=not repository.is_partial):
        # The oldest commits of a shallow clone look as if they had added every file there is.
        yield commit._replace(files=None) if commit.sha in repository.shallow_commits else commit


def find_latest_activity(repository: GitRepository, before: datetime) -> datetime | None:
    """The committer date of the newest commit before an instant; None when there is none."""
    if not repository.refs:
        return None
    arguments = ("log", "-1", "--format=%ct", f"--until={_format_date(before, -1)}", *repository.refs, "--")
    printed = run_git(repository.git_dir, *arguments).strip()
    return datetime.fromtimestamp(int(printed), UTC) if printed else None


def read_tags(repository: GitRepository) -> Iterator[GitTag]:
    """Every tag that leads to a commit."""
    names = ("refname:strip=2", "objecttype", "objectname", "*objecttype", "*objectname", "creator", "creatordate:unix")
    fields = "".join(f"%({name})%00" for name in (*names, "contents:subject"))
    tokens = run_git(repository.git_dir, "for-each-ref", f"--format={fields}", "refs/tags").split("\0")
    for start in range(0, len(tokens) - 8, 8):
        name, kind, sha, peeled_kind, peeled, creator, at, subject = tokens[start : start + 8]
        target = sha if kind == "commit" else peeled if peeled_kind == "commit" else None
        if peeled_kind == "tag":  # a tag on a tag: git before 2.45 peels one layer only
            target = peel_to_commit(repository.git_dir, sha)
        who, opened, rest = creator.partition("<")
        address, closed, _ = rest.partition(">")
        if target and opened and closed:
            yield GitTag(name.lstrip("\n"), target, who.rstrip(), address, _parse_integer(at), subject)


def parse_log(chunks: Iterable[bytes], *, with_files: bool = True) -> Iterator[GitCommit]:
    """Commits from the bytes that `git log -z` prints for LOG_FORMAT, with `--numstat` after it or without.

    The parser counts fields instead of looking for marks, so that no name, message or path can pass for structure.
    """
    tokens = chain.from_iterable(_split_tokens(chunks))
    token = next(tokens, None)
    while token is not None:
        sha = token.lstrip("\n").removeprefix("\x01")
        fields = list(islice(tokens, 8))
        fields += [""] * (8 - len(fields))  # an output cut short; git's own complaint follows
        parents, author, author_email, authored, committer, committer_email, committed, message = fields
        files: list[GitFileChange] = []
        token = next(tokens, None)  # the empty token that ends the record of a format
        if token == "":
            token = next(tokens, None)
        while token is not None and not token.startswith("\x01"):
            files.append(_parse_file_change(token, tokens))
            token = next(tokens, None)
        yield GitCommit(
            sha, tuple(parents.split()), author, author_email, _parse_integer(authored),
            committer, committer_email, _parse_integer(committed), message[:MAX_MESSAGE_LENGTH],
            tuple(files) if with_files else None,
        )  # fmt: skip


def _parse_file_change(token: str, tokens: Iterator[str]) -> GitFileChange:
    insertions, deletions, path = token.lstrip("\n").split("\t", 2)
    if not path:  # a rename: the old and the new path follow as tokens of their own
        next(tokens, "")
        path = next(tokens, "")
    is_binary = insertions == "-"
    return GitFileChange(path, None if is_binary else int(insertions), None if is_binary else int(deletions))


def _split_tokens(chunks: Iterable[bytes]) -> Iterator[list[str]]:
    """The NUL-separated tokens, in lists as they arrive: walking them is then left to C."""
    rest = b""
    for chunk in chunks:
        whole, found, tail = chunk.rpartition(b"\0")
        if not found:
            rest += chunk
            continue
        yield (rest + whole).decode("utf-8", "replace").split("\0")
        rest = tail
    if rest.strip():
        yield [rest.decode("utf-8", "replace")]


def _stream_log(repository: GitRepository, arguments: list[str]) -> Iterator[bytes]:
    process = git.Git().execute(build_command(repository.git_dir, *arguments), as_process=True)
    complaints: list[bytes] = []
    # Read beside us: a full stderr pipe would stop git, and us with it.
    reader = Thread(target=lambda: complaints.append(process.stderr.read()), daemon=True)
    reader.start()
    try:
        while chunk := process.stdout.read(CHUNK_BYTES):
            yield chunk
        reader.join()
        process.wait()
    except git.GitCommandError as error:
        raise GitError(f"{repository.name}: {extract_error_line(b''.join(complaints) or error.stderr)}") from error
    finally:
        popen = getattr(process, "proc", None)
        if isinstance(popen, subprocess.Popen):
            if popen.poll() is None:  # the reader stopped early
                popen.kill()
                popen.wait()
            reader.join()
            for stream in (popen.stdout, popen.stderr):
                if stream:
                    stream.close()


def _format_date(instant: datetime, offset_seconds: int = 0) -> str:
    # Only with a zone behind it does git take the number as it is: a bare `@86400`, or one in the future, becomes now.
    return f"@{max(0, int(instant.timestamp()) + offset_seconds)} +0000"


def _parse_integer(text: str) -> int:
    """A number from git; a date that git could not read either counts as 1970."""
    try:
        return int(text)
    except ValueError:
        return 0
