"""Search: matches, query parsing and snippets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.periods import PeriodKind, parse_period
from sparky_assets.reader.search import _SearchIndex, split_compound_names, split_query, split_snippet, strip_markdown
from tests.corpora.hostile_text import HOSTILE

WEEK = parse_period(PeriodKind.WEEKLY, "2025-W46")


def index_of(*texts: str) -> _SearchIndex:
    index = _SearchIndex()
    period = WEEK
    for text in texts:
        index.add(period, f"Title of {period.label}", text, (None, 0))  # type: ignore[arg-type]
        period = period.next()
    return index


def found(index: _SearchIndex, query: str) -> list[str]:
    return [hit.period.label for hit in index.find(split_query(query), None, 10, 0)[1]]


@pytest.mark.parametrize("query", ["retry", "RETRY", "githubretry", "max_rate", "rate wait", "retr", "Theo"])
def test_words_match_by_prefix_inside_names_and_without_accents(query: str) -> None:
    index = index_of("Add max_rate_limit_wait to GithubRetry, by Théo.", "Other words.")
    assert found(index, query) == ["2025-W46"]


def test_all_words_must_match() -> None:
    index = index_of("red apple", "green apple")
    assert found(index, "apple") == ["2025-W47", "2025-W46"]
    assert found(index, "green apple") == ["2025-W47"]
    assert found(index, "blue apple") == []


@given(st.text(max_size=60))
def test_any_query_is_accepted(query: str) -> None:
    if words := split_query(query):
        count, hits = index_of("red apple").find(words, None, 5, 0)
        assert count == len(hits)


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_queries_are_words(query: str) -> None:
    if words := split_query(query):
        assert index_of("nothing of that").find(words, None, 5, 0)[0] in {0, 1}


def test_snippet_marks_what_was_found() -> None:
    (hit,) = index_of("Stop the presses twice").find(["presses"], None, 5, 0)[1]
    assert hit.snippet == (("Stop the ", False), ("presses", True), (" twice", False))
    assert split_snippet("plain") == (("plain", False),)


def test_text_loses_its_marks_and_addresses() -> None:
    assert (
        strip_markdown("---\ntitle: x\n---\n# A\n\n- **Fix** `it` ([#1](https://x.example), `#2`)\n")
        == "A Fix it (#1, #2)"
    )
    assert split_compound_names("GithubRetry HTTPServer plain") == "Github Retry HTTP Server"


def test_deleted_text_is_not_found() -> None:
    index = index_of("red apple")
    index.remove(PeriodKind.WEEKLY, WEEK.key)
    assert found(index, "apple") == []
