"""Open items at the end of a day: their state then, and unknown for a day before the last."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.factories.sample_repository import files_below
from tests.fakes.github import Settings, serving
from tests.fakes.github_collection import Outcome, collect_from
from tests.fakes.github_organisation import make_world
from tests.fakes.github_world import DAY, Item, Repo, User, World, day, days_before
from tests.raw.test_github_collection import NOW, TODAY, WEEK, collect_week, settings_for

END = int(TODAY.timestamp())
ADA = User(7, "ada", "Ada L", ("ada@x.example",))


def item(number: int, *events: tuple[str, int], created: int = END - 3 * DAY, is_issue: bool = False) -> Item:
    """Return an item, with its events so many seconds after the day's end."""
    told: list[tuple[str, int, User | None]] = [(kind, END + at, ADA) for kind, at in events]
    return Item(f"X_{number}", not is_issue, number, "x", created, ADA, told)


def swept(*items: Item, hours_later: float = 1.0) -> Outcome:
    now = END + int(hours_later * 3600)
    repo = Repo("R_1", 1, "acme", "one", END - 9 * DAY)
    repo.pull_requests = [one for one in items if one.is_pull_request]
    repo.issues = [one for one in items if not one.is_pull_request]
    with serving(World("acme", "Organization", now, [repo], [], [ADA])) as fake:
        return collect_from(fake, days_before(TODAY, 1), TODAY)


def numbers(outcome: Outcome) -> set[int]:
    return {number for _, _, number, _ in outcome.open_items}


def test_item_closed_or_merged_since_was_open() -> None:
    told = swept(item(1, ("closed", 60)), item(2, ("merged", 60)), item(3, ("closed", 60), is_issue=True))
    assert numbers(told) == {1, 2, 3}


def test_item_opened_or_reopened_since_was_not_open() -> None:
    told = swept(item(1, created=END + 60), item(2, ("closed", -60), ("reopened", 60)), item(3, created=END - 1))
    assert numbers(told) == {3}


def test_item_closed_and_reopened_since_was_open() -> None:
    assert numbers(swept(item(1, ("closed", 60), ("reopened", 90)), item(2, ("closed", 0)))) == {1, 2}


def test_draft_state_is_that_of_the_day() -> None:
    told = swept(item(1, ("ready_for_review", 60)), item(2, ("converted_to_draft", 60)), item(3))
    assert {(number, is_draft) for _, _, number, is_draft in told.open_items} == {(1, True), (2, False), (3, False)}


def test_change_since_counts_as_activity_at_the_end_of_the_day() -> None:
    row = swept(item(1, ("converted_to_draft", 60)), item(2)).tables["open_items"].row(0, named=True)
    as_of = TODAY - timedelta(microseconds=1)
    assert row["as_of"] == as_of
    assert [one["updated_at"] for one in row["pull_requests"]] == [as_of, TODAY - timedelta(days=3)]


def test_repository_with_nothing_open_has_its_row() -> None:
    assert swept().tables["open_items"].select("repository", "pull_requests", "issues").rows() == [("acme/one", [], [])]


def test_open_items_are_unknown_a_day_later() -> None:
    assert swept(item(1), hours_later=23.9).tables["open_items"].height == 1
    assert swept(item(1), hours_later=24).tables["open_items"].is_empty()


def test_more_than_a_page_of_open_items_is_read_to_its_end() -> None:
    many = [item(number, created=END - 3 * DAY + number) for number in range(120)]
    issues = [item(1000 + number, created=END - 3 * DAY + number, is_issue=True) for number in range(260)]
    told = swept(*many, *issues)
    assert len(told.open_items) == 380
    assert told.usage.requests <= 6


def test_sweep_whose_pages_halve_lists_the_same() -> None:
    world = make_world(30, NOW, days=40, seed=5)
    with serving(world, Settings(budget=150)) as fake:
        outcome = collect_from(fake, days_before(TODAY, 1), TODAY)
    assert outcome.usage.halved > 0
    assert outcome.open_items == world.open_at(TODAY)


def test_next_sweep_adds_its_day_and_keeps_the_days_before(tmp_path: Path) -> None:
    world = make_world(20, NOW + timedelta(days=1), days=12)
    world.now -= DAY
    place = tmp_path / "store" / "raw" / "open_items"
    tomorrow = WEEK[-1].next()
    with serving(world) as fake:
        settings = settings_for(fake, tmp_path)
        first = collect_week(settings)["open_items"]
        before = files_below(place)
        world.now += DAY
        second = collect_week(settings, NOW + timedelta(days=1), (*WEEK[1:], tomorrow))["open_items"]
    assert [first[one.key].frame.height for one in WEEK] == [0] * 6 + [20]
    assert second[tomorrow.key].frame.height == 20
    assert {name: data for name, data in files_below(place).items() if tomorrow.key not in name} == before


def test_unreadable_repository_has_unknown_open_items(tmp_path: Path) -> None:
    world = make_world(20, NOW, days=12)
    active = next(one for one in world.repositories if one.commits and one.commits[-1].landed > END - DAY)
    active.is_forbidden = True
    with serving(world) as fake:
        days = collect_week(settings_for(fake, tmp_path, allow_partial=True))["open_items"]
    frame = days[WEEK[-1].key].frame
    assert active.full_name not in frame["repository"]
    assert frame.height == 19


@pytest.mark.parametrize("seed", range(3))
def test_pull_request_has_equal_rows_in_every_sweep(seed: int) -> None:
    start = day("2026-11-05")
    columns = ["repository", "number", "event", "at", "is_draft", "ready_at", "draft_seconds"]

    def sweep_rows(days_later: int) -> list[tuple[object, ...]]:
        world = make_world(40, TODAY, days=30, seed=seed)
        world.now = int((start + timedelta(days=1 + days_later, minutes=10)).timestamp())
        with serving(world) as fake:
            frame = collect_from(fake, start, start + timedelta(days=1)).tables["pull_requests"]
        return frame.select(columns).sort(columns[:4]).rows()

    live = sweep_rows(0)
    assert {row[2] for row in live} >= {"ready_for_review", "merged", "opened"}
    assert any(row[4] for row in live)
    assert live == sweep_rows(12)
