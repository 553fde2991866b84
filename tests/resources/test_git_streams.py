"""Output of a running git command: chunks, NUL-separated tokens, text in any encoding, and errors of git."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.errors import GitError
from resources.git.streams import CHUNK_BYTES, parse_integer, split_tokens, stream_git
from tests.factories.git_repositories import History, at


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    history = History()
    history.commit("First", at("2025-11-12"), {"a.txt": "a\n" * CHUNK_BYTES})
    return history.at_path(tmp_path / "repository")


def test_long_output_arrives_whole_in_chunks(repository: Path) -> None:
    chunks = list(stream_git(repository / ".git", "tool", ["show", "HEAD:a.txt"]))
    assert len(chunks) == 2
    assert b"".join(chunks) == b"a\n" * CHUNK_BYTES


def test_lines_are_the_standard_input_of_the_command(repository: Path) -> None:
    output = b"".join(stream_git(repository / ".git", "tool", ["rev-list", "--count", "--stdin"], ["HEAD"]))
    assert output == b"1\n"


def test_failed_command_is_an_error_with_the_message_of_git(repository: Path) -> None:
    with pytest.raises(GitError, match=r"tool: .*no-such-branch"):
        list(stream_git(repository / ".git", "tool", ["rev-list", "no-such-branch"]))


def test_caller_that_stops_early_gets_no_error(repository: Path) -> None:
    chunks = stream_git(repository / ".git", "tool", ["show", "HEAD:a.txt"])
    assert next(chunks).startswith(b"a\n")
    chunks.close()  # type: ignore[attr-defined]
    assert next(chunks, None) is None


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1), st.data())
def test_tokens_do_not_depend_on_the_cuts_between_chunks(tokens: list[str], data: st.DataObject) -> None:
    output = "\0".join([*tokens, "end", ""]).encode()
    cuts = sorted(data.draw(st.sets(st.integers(0, len(output)), max_size=5)))
    chunks = [output[start:end] for start, end in zip([0, *cuts], [*cuts, len(output)], strict=True)]
    assert [token for part in split_tokens(chunks) for token in part] == [*tokens, "end"]


def test_last_token_without_a_separator_is_kept_and_blanks_are_not() -> None:
    assert [*split_tokens([b"a\0b"])] == [["a"], ["b"]]
    assert [*split_tokens([b"a\0", b"\n"])] == [["a"]]
    assert [*split_tokens([])] == []


def test_only_tokens_that_are_no_utf_8_are_read_in_another_encoding() -> None:
    assert [*split_tokens(["grün\0".encode() + "grün\0".encode("latin-1")])] == [["grün", "grün"]]


def test_number_that_git_could_not_read_is_zero() -> None:
    assert [parse_integer(text) for text in ("1762905600", "-1", "", "never")] == [1762905600, -1, 0, 0]
