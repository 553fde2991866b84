"""Read git history: the commits of a window with their files, and tags. One git process per repository and window."""

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
"""Names and addresses follow .mailmap. NUL ends each field, because no field can contain it."""

LOG_FORMAT = "--format=tformat:%x01" + "%x00".join(LOG_FIELDS) + "%x00"

CHUNK_BYTES = 1 << 20

MAX_MESSAGE_LENGTH = 20_000
"""Characters kept of a commit message. A message of 10 MB is an accident, and its start is enough."""


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
    """One tag with its commit and the time it was created (for a lightweight tag: the time of the commit)."""

    name: str
    sha: str
    tagger_name: str
    tagger_email: str
    tagged_at: int
    subject: str


def read_commits(repository: GitRepository, since: datetime, until: datetime) -> Iterator[GitCommit]:
    """Yield the commits with a committer date in `[since, until)` on the repository's refs, newest first.

    A partial clone is read without statistics: `--numstat` fails at the first missing blob.

    Raises:
        GitError: git stopped before the end, so the commits are incomplete. The message is that of git.
    """
    if not repository.refs:
        return
    window = (f"--since-as-filter={_format_date(since)}", f"--until={_format_date(until, -1)}")
    # --since stops at the first commit that is too old and misses its newer ancestors (clock skew);
    # --since-as-filter (git 2.37) continues.
    statistics = () if repository.is_partial else ("--numstat", "-M", "--no-ext-diff", "--no-textconv")
    arguments = ["log", "-z", "--no-color", *statistics, LOG_FORMAT, *window, *repository.refs, "--"]
    for commit in parse_log(_stream_log(repository, arguments), with_files=not repository.is_partial):
        # The oldest commits of a shallow clone seem to add every file of the repository.
        yield commit._replace(files=None) if commit.sha in repository.shallow_commits else commit


def find_latest_activity(repository: GitRepository, before: datetime) -> datetime | None:
    """Return the committer date of the newest commit before an instant; None if there is none."""
    if not repository.refs:
        return None
    arguments = ("log", "-1", "--format=%ct", f"--until={_format_date(before, -1)}", *repository.refs, "--")
    timestamp = run_git(repository.git_dir, *arguments).strip()
    return datetime.fromtimestamp(int(timestamp), UTC) if timestamp else None


def read_tags(repository: GitRepository) -> Iterator[GitTag]:
    """Yield every tag that points to a commit."""
    names = ("refname:strip=2", "objecttype", "objectname", "*objecttype", "*objectname", "creator", "creatordate:unix")
    fields = "".join(f"%({name})%00" for name in (*names, "contents:subject"))
    tokens = run_git(repository.git_dir, "for-each-ref", f"--format={fields}", "refs/tags").split("\0")
    for start in range(0, len(tokens) - 8, 8):
        name, kind, sha, peeled_kind, peeled, creator, at, subject = tokens[start : start + 8]
        target = sha if kind == "commit" else peeled if peeled_kind == "commit" else None
        if peeled_kind == "tag":  # a tag on a tag: git before 2.45 peels one layer only
            target = peel_to_commit(repository.git_dir, sha)
        tagger_name, opening, rest = creator.partition("<")
        tagger_email, closing, _ = rest.partition(">")
        if target and opening and closing:
            yield GitTag(name.lstrip("\n"), target, tagger_name.rstrip(), tagger_email, _parse_integer(at), subject)


def parse_log(chunks: Iterable[bytes], *, with_files: bool = True) -> Iterator[GitCommit]:
    """Parse the output of `git log -z` with LOG_FORMAT, with or without `--numstat`.

    The parser counts fields instead of looking for markers, so that no name, message or path can be read as structure.
    """
    tokens = chain.from_iterable(_split_tokens(chunks))
    token = next(tokens, None)
    while token is not None:
        sha = token.lstrip("\n").removeprefix("\x01")
        fields = list(islice(tokens, 8))
        fields += [""] * (8 - len(fields))  # truncated output; the error of git follows
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
    """Yield the NUL-separated tokens in one list per chunk, which is faster than one by one."""
    rest = b""
    for chunk in chunks:
        complete, separator, tail = chunk.rpartition(b"\0")
        if not separator:
            rest += chunk
            continue
        yield (rest + complete).decode("utf-8", "replace").split("\0")
        rest = tail
    if rest.strip():
        yield [rest.decode("utf-8", "replace")]


def _stream_log(repository: GitRepository, arguments: list[str]) -> Iterator[bytes]:
    process = git.Git().execute(build_command(repository.git_dir, *arguments), as_process=True)
    error_output: list[bytes] = []
    # stderr is read in a thread: a full pipe would block git, and then this process.
    reader = Thread(target=lambda: error_output.append(process.stderr.read()), daemon=True)
    reader.start()
    try:
        while chunk := process.stdout.read(CHUNK_BYTES):
            yield chunk
        reader.join()
        process.wait()
    except git.GitCommandError as error:
        raise GitError(f"{repository.name}: {extract_error_line(b''.join(error_output) or error.stderr)}") from error
    finally:
        popen = getattr(process, "proc", None)
        if isinstance(popen, subprocess.Popen):
            if popen.poll() is None:  # the caller stopped early
                popen.kill()
                popen.wait()
            reader.join()
            for stream in (popen.stdout, popen.stderr):
                if stream:
                    stream.close()


def _format_date(instant: datetime, offset_seconds: int = 0) -> str:
    # git needs the zone: it reads a bare `@86400`, or a number in the future, as the current time.
    return f"@{max(0, int(instant.timestamp()) + offset_seconds)} +0000"


def _parse_integer(text: str) -> int:
    """Return a number that git printed; 0 (1970) for a date that git could not read."""
    try:
        return int(text)
    except ValueError:
        return 0
