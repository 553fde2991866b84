"""Search: matches, query parsing and snippets."""

import shutil
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.storage import Storage
from sparky_assets.periods import PeriodKind, parse_period
from sparky_assets.reader.library import DigestLibrary
from sparky_assets.reader.search import (
    DigestSearch,
    _SearchIndex,
    split_compound_names,
    split_query,
    split_snippet,
    strip_markdown,
)
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience
from tests.corpora.hostile_text import HOSTILE
from tests.reader.conftest import reading

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


def test_prepared_search_reads_no_digest_again(printed: Settings, tmp_path: Path) -> None:
    root = tmp_path / "store"
    shutil.copytree(printed.store_root, root)
    search = DigestSearch(DigestLibrary(Storage(root=str(root)), refresh_seconds=3600))
    search.prepare(threading.Event())
    assert search.prepared.is_set()
    for text in (root / "digests").rglob("*.md"):
        text.unlink()
    for audience in Audience:
        number, hits = search.find("the", audience, None, 10)
        assert number == len(hits) > 0


def test_preparation_of_a_search_ends_when_the_reader_stops(printed: Settings) -> None:
    search = DigestSearch(DigestLibrary(Storage(root=printed.store_root), refresh_seconds=3600))
    stop = threading.Event()
    stop.set()
    search.prepare(stop)
    assert not search.prepared.is_set()
    assert search.find("the", Audience.INTERNAL, None, 10)[0] > 0


def test_reader_prepares_its_search_after_the_start(printed: Settings) -> None:
    with reading(printed) as client:
        assert client.app.state.reader.search.prepared.wait(60)  # type: ignore[attr-defined]
