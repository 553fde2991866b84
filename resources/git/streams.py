"""Read what a git command prints while it runs: chunks of bytes, NUL-separated tokens, texts in any encoding.

A clone may lack objects: one on a broken disk, or one that was copied while it was fetched. git stops at the first one.
"""

import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from threading import Thread
from typing import BinaryIO, TypeVar, cast

from resources.errors import GitError
from resources.git.command import build_command, decode_text, extract_error_line, git, is_missing_object

CHUNK_BYTES = 1 << 20

MAX_GAPS = 50
"""Commits of a window that are found one by one to lack objects; with more of them all that follow count as such."""

Item = TypeVar("Item")


def stream_git(git_dir: Path, name: str, arguments: list[str], lines: Iterable[str] | None = None) -> Iterator[bytes]:
    """Yield what a git command prints, in chunks of at most CHUNK_BYTES.

    Args:
        git_dir: the repository.
        name: the name of the repository in an error.
        arguments: the command and its arguments.
        lines: what the command reads as its standard input; None for nothing.

    Raises:
        GitError: git failed; the message is that of git.
    """
    # A file instead of a pipe, which would have to be filled while the output is read.
    with tempfile.TemporaryFile() as standard_input:
        standard_input.writelines(line.encode() + b"\n" for line in lines or ())
        standard_input.seek(0)
        yield from _stream_output(git_dir, name, arguments, cast("BinaryIO", standard_input))


def _stream_output(git_dir: Path, name: str, arguments: list[str], standard_input: BinaryIO) -> Iterator[bytes]:
    process = git.Git().execute(build_command(git_dir, *arguments), as_process=True, istream=standard_input)
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
        raise GitError(f"{name}: {extract_error_line(b''.join(error_output) or error.stderr)}") from error
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


def read_past_gaps(
    shas: Sequence[str],
    read: Callable[[Sequence[str]], Iterator[tuple[str, Item]]],
    read_damaged: Callable[[Sequence[str]], Iterator[tuple[str, Item]]],
) -> Iterator[Item]:
    """Yield what one command reads of commits, in their order, also where the repository lacks objects of some.

    Args:
        shas: the commits, each once.
        read: reads commits, and yields the sha and what belongs to it, in the order of the commits.
        read_damaged: reads the commits that lack objects in another way.

    Raises:
        GitError: git failed for another reason, or `read_damaged` did.
    """
    remaining = list(shas)
    for _ in range(MAX_GAPS):
        done, positions = 0, {sha: position for position, sha in enumerate(remaining)}
        try:
            for sha, item in read(remaining):
                done = max(done, positions.get(sha, -1) + 1)
                yield item
        except GitError as error:
            if not is_missing_object(error) or done == len(remaining):
                raise
        else:
            return
        # One by one up to the commit that lacks an object: what git printed before it may have been cut.
        for sha in remaining[done:]:
            done += 1
            try:
                items, is_gap = list(read([sha])), False
            except GitError:
                items, is_gap = list(read_damaged([sha])), True
            yield from (item for _, item in items)
            if is_gap:
                break
        remaining = remaining[done:]
        if not remaining:
            return
    yield from (item for _, item in read_damaged(remaining))


def split_tokens(chunks: Iterable[bytes]) -> Iterator[list[str]]:
    """Yield the NUL-separated tokens in one list per chunk, which is faster than one by one."""
    rest = b""
    for chunk in chunks:
        complete, separator, tail = chunk.rpartition(b"\0")
        if not separator:
            rest += chunk
            continue
        yield _decode_tokens(rest + complete)
        rest = tail
    if rest.strip():
        yield _decode_tokens(rest)


def _decode_tokens(data: bytes) -> list[str]:
    try:
        return data.decode("utf-8").split("\0")
    except UnicodeDecodeError:  # only the tokens that are no UTF-8 are read in another encoding
        return [decode_text(token) for token in data.split(b"\0")]


def parse_integer(text: str) -> int:
    """Return a number that git printed; 0 (1970) for a date that git could not read."""
    try:
        return int(text)
    except ValueError:
        return 0
