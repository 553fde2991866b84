"""Since when a pull request is ready for review, and how long it was a draft."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.raw.github.items import DraftHistory

OPENED = datetime(2026, 11, 1, 9, tzinfo=UTC)


def after(hours: float) -> datetime:
    return OPENED + timedelta(hours=hours)


def drafts(*turns: tuple[float, bool], opened_as_draft: bool = False) -> DraftHistory:
    return DraftHistory(OPENED, opened_as_draft, tuple((after(at), turn) for at, turn in turns))


def test_one_that_never_was_a_draft_is_ready_from_its_opening_on() -> None:
    assert drafts().find_ready_at(after(5)) == OPENED
    assert drafts().compute_draft_seconds(after(5)) == 0


def test_one_opened_as_a_draft_is_ready_once_it_says_so() -> None:
    one = drafts((3, False), opened_as_draft=True)
    assert [one.is_draft(after(at)) for at in (0, 2.9, 3, 9)] == [True, True, False, False]
    assert [one.find_ready_at(after(at)) for at in (0, 3, 9)] == [None, after(3), after(3)]
    assert [one.compute_draft_seconds(after(at)) for at in (0, 1, 3, 9)] == [0, 3600, 3 * 3600, 3 * 3600]


def test_the_first_time_that_it_became_ready_counts_as_issue_metrics_has_it() -> None:
    one = drafts((1, True), (2, False), (4, True), (7, False))
    assert [one.find_ready_at(after(at)) for at in (0, 1, 2, 5, 8)] == [OPENED, None, after(2), None, after(2)]
    assert one.compute_draft_seconds(after(9)) == 4 * 3600


@given(st.lists(st.integers(0, 500), max_size=6, unique=True), st.booleans(), st.integers(0, 600))
def test_the_time_in_draft_is_what_counting_minute_by_minute_gives(minutes: list[int], first: bool, end: int) -> None:
    turns = tuple((OPENED + timedelta(minutes=at), bool(n % 2) == first) for n, at in enumerate(sorted(minutes)))
    one = DraftHistory(OPENED, first, turns)
    counted = sum(one.is_draft(OPENED + timedelta(minutes=minute)) for minute in range(end))
    assert one.compute_draft_seconds(OPENED + timedelta(minutes=end)) == 60 * counted
