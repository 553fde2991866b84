"""Shared words: a word counts once per repository, and common words and dependency updates count nothing."""

import polars as pl

from sparky_assets.metrics.classify import ChangeTheme
from sparky_assets.metrics.patterns import MAX_TOPICS, MIN_REPOSITORIES_PER_WORD, measure_topics

FEATURE, DEPENDENCIES = ChangeTheme.FEATURE.value, ChangeTheme.DEPENDENCIES.value


def make_titles(column: str, *rows: tuple[str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["repository", column, "theme"], orient="row")


def count_words(*rows: tuple[str, str, str], merged: tuple[tuple[str, str, str], ...] = ()) -> dict[str, object]:
    """Return the number of repositories of each shared word; rows are repository, title and theme."""
    commits = make_titles("subject", *rows)
    pull_requests = make_titles("title", *merged) if merged else commits.clear().rename({"subject": "title"})
    return {found.scope: found.value for found in measure_topics(commits, pull_requests)}


def test_word_of_three_repositories_is_shared() -> None:
    rows = [(f"acme/{letter}", "See the Gauge", FEATURE) for letter in "abc"]
    assert count_words(*rows) == {"word:gauge": 3}
    assert count_words(*rows[: MIN_REPOSITORIES_PER_WORD - 1]) == {}


def test_word_counts_once_in_a_busy_repository() -> None:
    rows = [("acme/a", "See gauge", FEATURE)] * 9 + [("acme/b", "See gauge", FEATURE), ("acme/c", "x", FEATURE)]
    assert count_words(*rows) == {}


def test_titles_of_commits_and_pull_requests_count_together() -> None:
    commits = [("acme/a", "gauge", FEATURE), ("acme/b", "gauge", FEATURE)]
    assert count_words(*commits, merged=(("acme/c", "Show a gauge", FEATURE),)) == {"word:gauge": 3}


def test_common_and_short_words_and_dependency_updates_are_left_out() -> None:
    rows = [(f"acme/{letter}", "Update the map of tests", FEATURE) for letter in "abc"]
    updates = [(f"acme/{letter}", "Bump gauge", DEPENDENCIES) for letter in "abc"]
    assert count_words(*rows, *updates) == {}


def test_most_shared_words_come_first_and_stop_at_the_limit() -> None:
    words = [f"gauge{letter}" for letter in "abcdefghijklm"]
    rows = [(f"acme/{number}", " ".join(words), FEATURE) for number in range(3)]
    shared = count_words(*rows, ("acme/9", "needle gaugem", FEATURE))
    assert list(shared) == ["word:gaugem", *(f"word:{word}" for word in words[: MAX_TOPICS - 1])]
    assert shared["word:gaugem"] == 4
