"""The journal of an interrupted sweep: answers are replayed in order, complete, and readable by one deployment only."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.errors import GitHubQueryTooLargeError
from resources.github.client import GraphQLError, GraphQLResponse
from resources.github.journal import MAX_AGE_SECONDS, ResponseJournal


class Counting:
    """A client that counts its queries and refuses those with `heavy`."""

    def __init__(self) -> None:
        self.asked = 0

    def query(self, name: str, text: str, variables: Mapping[str, Any]) -> GraphQLResponse:
        self.asked += 1
        if variables.get("heavy"):
            raise GitHubQueryTooLargeError("too heavy")
        return GraphQLResponse(
            {"name": name, "number": self.asked, "email": "ada@example.com"},
            (GraphQLError("NOT_FOUND", text, ("a", 1)),),
        )


def test_answers_are_replayed_in_order(tmp_path: Path) -> None:
    source, file = Counting(), tmp_path / "a" / "sweep.journal"
    first = ResponseJournal(source, file, b"secret")
    given_answers = [first.query("Q", "text", {"n": n % 2}) for n in range(4)]
    again = ResponseJournal(source, file, b"secret")
    assert [again.query("Q", "text", {"n": n % 2}) for n in range(4)] == given_answers
    assert source.asked == 4
    assert again.query("Q", "text", {"n": 0}).data["number"] == 5


def test_query_that_was_too_large_is_replayed_beside_a_later_success(tmp_path: Path) -> None:
    source, file = Counting(), tmp_path / "sweep.journal"
    first = ResponseJournal(source, file, b"secret")
    with pytest.raises(GitHubQueryTooLargeError):
        first.query("Q", "text", {"heavy": True})
    first.query("Q", "text", {"n": 1})
    with pytest.raises(GitHubQueryTooLargeError):
        ResponseJournal(source, file, b"secret").query("Q", "text", {"heavy": True})
    assert source.asked == 2


def test_server_error_is_queried_again_by_the_next_run(tmp_path: Path) -> None:
    """Eight 502s at the start of a day blocked it for twelve hours: each run replayed them and sent no query."""
    source, file = Counting(), tmp_path / "sweep.journal"
    for _ in range(2):
        with pytest.raises(GitHubQueryTooLargeError):
            ResponseJournal(source, file, b"secret").query("Q", "text", {"heavy": True})
    assert source.asked == 2


@pytest.mark.parametrize("kind", ["FORBIDDEN", "INSUFFICIENT_SCOPES", "INTERNAL", ""])
def test_response_with_an_error_is_queried_again(tmp_path: Path, kind: str) -> None:
    class Denying(Counting):
        def query(self, name: str, text: str, variables: Mapping[str, Any]) -> GraphQLResponse:
            return GraphQLResponse(
                super().query(name, text, variables).data, (GraphQLError(kind, "not accessible", ("nodes", 0)),)
            )

    source, file = Denying(), tmp_path / "sweep.journal"
    for _ in range(2):
        ResponseJournal(source, file, b"secret").query("Q", "text", {})
    assert source.asked == 2


def test_another_query_is_sent(tmp_path: Path) -> None:
    source, file = Counting(), tmp_path / "sweep.journal"
    ResponseJournal(source, file, b"secret").query("Q", "text", {})
    ResponseJournal(source, file, b"secret").query("Q", "other text", {})
    assert source.asked == 2


def test_journal_is_readable_by_this_deployment_only(tmp_path: Path) -> None:
    source, file = Counting(), tmp_path / "sweep.journal"
    ResponseJournal(source, file, b"secret").query("Q", "text", {})
    assert b"example.com" not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    assert ResponseJournal(source, file, b"another").query("Q", "text", {}).data["number"] == 2


def test_answer_older_than_half_a_day_is_queried_again(tmp_path: Path) -> None:
    source, file = Counting(), tmp_path / "sweep.journal"
    ResponseJournal(source, file, b"secret").query("Q", "text", {})
    old = time.time() - MAX_AGE_SECONDS - 60
    os.utime(file, (old, old))
    ResponseJournal(source, file, b"secret").query("Q", "text", {})
    assert source.asked == 2


@given(cut=st.integers(0, 2000), junk=st.binary(max_size=40))
def test_torn_end_loses_only_the_torn_answers(tmp_path_factory: pytest.TempPathFactory, cut: int, junk: bytes) -> None:
    source, file = Counting(), tmp_path_factory.mktemp("journal") / "sweep.journal"
    first = ResponseJournal(source, file, b"secret")
    for number in range(4):
        first.query("Q", "text", {"n": number})
    data = file.read_bytes()
    file.write_bytes(data[: max(0, len(data) - cut)] + junk)
    again = ResponseJournal(source, file, b"secret")
    answers = [again.query("Q", "text", {"n": number}) for number in range(4)]
    assert all(answer.errors == (GraphQLError("NOT_FOUND", "text", ("a", 1)),) for answer in answers)
    asked = source.asked
    last = ResponseJournal(source, file, b"secret")
    assert [last.query("Q", "text", {"n": number}) for number in range(4)] == answers
    assert source.asked == asked
