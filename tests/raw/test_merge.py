"""Raw rows by day: events are split by calendar windows, late rows are added, and both sources are merged."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from resources.storage import Storage
from sparky_assets.periods import Period, PeriodKind, period_of_day
from sparky_assets.raw.merge import (
    drop_transferred_issues,
    find_missing_repositories,
    is_access_lost,
    merge_late_rows,
    merge_sources,
    sort_unique,
    split_by_day,
)
from sparky_assets.raw.tables import (
    COMMITS,
    EVENT_TABLES,
    ISSUES,
    NOTES,
    PULL_REQUESTS,
    RELEASES,
    REPOSITORIES,
    REVIEWS,
    TABLES,
    TableSpec,
)
from tests.strategies.calendar import timezones

SEEN = datetime(2025, 11, 20, 8, tzinfo=UTC)
LATER = SEEN + timedelta(days=1)


def day(text: str) -> Period:
    return Period(PeriodKind.DAILY, date.fromisoformat(text))


def days_from(first: date, count: int) -> list[Period]:
    found = [period_of_day(PeriodKind.DAILY, first)]
    while len(found) < count:
        found.append(found[-1].next())
    return found


def rows_of(table: TableSpec, rows: list[dict[str, object]]) -> pl.DataFrame:
    """Return a frame of a raw table from partial rows."""
    missing = dict.fromkeys(table.columns)
    return pl.DataFrame([missing | row for row in rows], schema=dict(table.columns))


def reviews(*rows: tuple[str, datetime]) -> pl.DataFrame:
    return rows_of(REVIEWS, [{"repository": "org/repo", "id": name, "submitted_at": at} for name, at in rows])


def ids(frame: pl.DataFrame) -> list[str]:
    return frame["id"].to_list()


def stored_bytes(frame: pl.DataFrame, table: TableSpec) -> str:
    return Storage(root="memory://days").write_table("raw/days", "2025-11-12", frame, table).sha256


# --- Splitting events into days

# Where a day has 23, 24.5 or 25 hours, or none at all.
changes = st.sampled_from(
    [
        date(2025, 3, 30),
        date(2025, 10, 26),
        date(2025, 4, 25),
        date(2025, 9, 7),
        date(2025, 4, 5),
        date(2025, 11, 2),
        date(2011, 12, 30),
        date(2005, 10, 30),
        date(2025, 4, 6),
        date(1994, 12, 31),
    ]
)


@given(
    timezones,
    changes | st.dates(date(1970, 2, 1), date(2100, 1, 1)),
    st.integers(1, 9),
    st.lists(st.integers(-4 * 86400, 12 * 86400) | st.integers(-96, 288).map(lambda n: n * 3600), max_size=40),
)
@example("Pacific/Apia", date(2011, 12, 30), 3, [-3600, 0, 3600, 36_000, 86_400])
def test_every_event_is_in_exactly_the_day_whose_window_has_it(
    zone: str, first: date, count: int, offsets: list[int]
) -> None:
    days = days_from(first, count)
    start = days[0].window(zone).start
    moments = [(f"{number}", start + timedelta(seconds=offset)) for number, offset in enumerate(offsets)]
    parts = split_by_day(reviews(*moments), REVIEWS, days, zone)
    assert list(parts) == [one.key for one in days]
    for one in days:
        assert set(ids(parts[one.key])) == {name for name, at in moments if at in one.window(zone)}
        assert parts[one.key]["submitted_at"].is_sorted()


@given(timezones, changes, st.integers(1, 5))
def test_event_at_midnight_belongs_to_the_day_that_begins(zone: str, first: date, count: int) -> None:
    days = days_from(first, count)
    edges = [(one.key, one.window(zone).start) for one in days if one.window(zone).start < one.window(zone).end]
    parts = split_by_day(reviews(*edges), REVIEWS, days, zone)
    assert {key: ids(part) for key, part in parts.items() if part.height} == {key: [key] for key, _ in edges}


def test_day_of_25_hours_has_the_hour_that_happens_twice() -> None:
    # Both are 02:30 in Berlin.
    twice = [datetime(2025, 10, 26, 0, 30, tzinfo=UTC), datetime(2025, 10, 26, 1, 30, tzinfo=UTC)]
    parts = split_by_day(
        reviews(("first", twice[0]), ("second", twice[1])), REVIEWS, days_from(date(2025, 10, 25), 3), "Europe/Berlin"
    )
    assert {key: ids(part) for key, part in parts.items()} == {
        "2025-10-25": [],
        "2025-10-26": ["first", "second"],
        "2025-10-27": [],
    }


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.asset)
def test_day_without_events_is_an_empty_table_of_all_columns(table: TableSpec) -> None:
    parts = split_by_day(table.make_empty(), table, days_from(date(2025, 11, 12), 2), "UTC")
    assert {key: dict(part.schema) for key, part in parts.items()} == {
        "2025-11-12": dict(table.columns),
        "2025-11-13": dict(table.columns),
    }


def test_table_of_states_is_given_to_each_day_whole() -> None:
    repositories = rows_of(REPOSITORIES, [{"repository": "org/a"}, {"repository": "org/b"}])
    parts = split_by_day(repositories, REPOSITORIES, days_from(date(2025, 11, 12), 2), "UTC")
    assert [part.equals(repositories) for part in parts.values()] == [True, True]


@pytest.mark.parametrize("table", [REVIEWS, REPOSITORIES], ids=lambda table: table.asset)
def test_no_days_take_no_events(table: TableSpec) -> None:
    assert split_by_day(table.make_empty(), table, [], "UTC") == {}


def test_event_without_its_instant_belongs_to_no_day() -> None:
    frame = rows_of(REVIEWS, [{"repository": "org/repo", "id": "when?"}])
    parts = split_by_day(frame, REVIEWS, days_from(date(2025, 11, 12), 2), "UTC")
    assert [part.height for part in parts.values()] == [0, 0]


def test_event_that_was_read_twice_is_kept_once() -> None:
    noon = datetime(2025, 11, 12, 12, tzinfo=UTC)
    (part,) = split_by_day(reviews(("1", noon), ("1", noon)), REVIEWS, [day("2025-11-12")], "UTC").values()
    assert ids(part) == ["1"]


def test_one_pull_request_may_have_several_events_a_day() -> None:
    morning, noon = datetime(2025, 11, 12, 8, tzinfo=UTC), datetime(2025, 11, 12, 12, tzinfo=UTC)
    told = [("opened", morning), ("closed", morning), ("reopened", noon), ("closed", noon), ("closed", noon)]
    frame = rows_of(ISSUES, [{"repository": "org/repo", "number": 1, "event": event, "at": at} for event, at in told])
    assert sort_unique(frame, ISSUES)["event"].to_list() == ["closed", "opened", "closed", "reopened"]


@given(st.permutations([f"{number}" for number in range(8)]))
def test_order_in_which_events_are_read_does_not_matter(names: list[str]) -> None:
    at = {f"{number}": datetime(2025, 11, 12, number // 2, tzinfo=UTC) for number in range(8)}
    (part,) = split_by_day(reviews(*((name, at[name]) for name in names)), REVIEWS, [day("2025-11-12")], "UTC").values()
    assert ids(part) == [f"{number}" for number in range(8)]


# --- Late rows

events = st.lists(
    st.tuples(
        st.sampled_from("abcdefgh"), st.integers(0, 5).map(lambda hour: datetime(2025, 11, 12, hour, tzinfo=UTC))
    ),
    max_size=8,
    unique_by=lambda event: event[0],
).map(lambda rows: sort_unique(reviews(*rows), REVIEWS))


def test_first_collection_of_a_day_marks_nothing_as_late() -> None:
    fresh = reviews(("a", datetime(2025, 11, 12, 9, tzinfo=UTC)))
    assert merge_late_rows(None, fresh, REVIEWS, SEEN)["first_seen_at"].to_list() == [None]


def test_first_collection_of_a_day_is_in_order_too() -> None:
    noon, morning = datetime(2025, 11, 12, 12, tzinfo=UTC), datetime(2025, 11, 12, 9, tzinfo=UTC)
    assert ids(merge_late_rows(None, reviews(("b", noon), ("a", morning), ("a", morning)), REVIEWS, SEEN)) == ["a", "b"]


def test_late_row_is_added_with_the_time_it_was_first_seen() -> None:
    morning, noon = datetime(2025, 11, 12, 9, tzinfo=UTC), datetime(2025, 11, 12, 12, tzinfo=UTC)
    joined = merge_late_rows(reviews(("b", noon)), reviews(("a", morning), ("b", noon)), REVIEWS, SEEN)
    assert joined.select("id", "first_seen_at").rows() == [("a", SEEN), ("b", None)]


@given(events, events)
def test_stored_rows_never_vanish_or_change(stored: pl.DataFrame, fresh: pl.DataFrame) -> None:
    joined = merge_late_rows(stored, fresh, REVIEWS, SEEN)
    assert joined.filter(pl.col("id").is_in(ids(stored))).equals(stored)


@given(events, events)
def test_exactly_the_new_rows_are_marked_as_late(stored: pl.DataFrame, fresh: pl.DataFrame) -> None:
    joined = merge_late_rows(stored, fresh, REVIEWS, SEEN)
    assert set(ids(joined)) == set(ids(stored)) | set(ids(fresh))
    assert len(ids(joined)) == len(set(ids(joined)))
    assert set(ids(joined.filter(pl.col("first_seen_at") == SEEN))) == set(ids(fresh)) - set(ids(stored))


@given(events, events)
def test_collecting_again_later_changes_nothing(stored: pl.DataFrame, fresh: pl.DataFrame) -> None:
    once = merge_late_rows(stored, fresh, REVIEWS, SEEN)
    again = merge_late_rows(once, fresh, REVIEWS, LATER)
    assert again.equals(once)
    assert stored_bytes(again, REVIEWS) == stored_bytes(once, REVIEWS)


@given(events, st.data())
def test_nothing_new_gives_the_same_bytes(stored: pl.DataFrame, data: st.DataObject) -> None:
    some = data.draw(st.lists(st.sampled_from(ids(stored)), unique=True) if stored.height else st.just([]))
    joined = merge_late_rows(stored, stored.filter(pl.col("id").is_in(some)), REVIEWS, SEEN)
    assert stored_bytes(joined, REVIEWS) == stored_bytes(stored, REVIEWS)


@pytest.mark.parametrize("table", EVENT_TABLES, ids=lambda table: table.asset)
def test_every_event_table_can_be_joined_with_itself(table: TableSpec) -> None:
    at = datetime(2025, 11, 12, 9, tzinfo=UTC)
    values = {
        name: {pl.String(): "x", pl.Int64(): 1}.get(kind, at if name == table.time_column else None)
        for name, kind in table.columns.items()
    }
    stored = rows_of(table, [values, values | {table.key_columns[0]: "y"}])
    assert merge_late_rows(stored, stored, table, SEEN).equals(stored)


def test_commit_removed_by_a_force_push_stays_in_its_day() -> None:
    at = datetime(2025, 11, 12, 9, tzinfo=UTC)
    told = rows_of(COMMITS, [{"repository": "org/repo", "sha": "aa", "landed_at": at}])
    rebased = rows_of(COMMITS, [{"repository": "org/repo", "sha": "bb", "landed_at": at}])
    joined = merge_late_rows(told, rebased, COMMITS, SEEN)
    assert joined.select("sha", "first_seen_at").rows() == [("aa", None), ("bb", SEEN)]


def test_row_whose_text_was_edited_keeps_its_stored_text() -> None:
    at = datetime(2025, 11, 12, 9, tzinfo=UTC)
    row = {"repository": "org/repo", "number": 1, "event": "opened", "at": at}
    joined = merge_late_rows(
        rows_of(ISSUES, [row | {"title": "as told"}]), rows_of(ISSUES, [row | {"title": "edited"}]), ISSUES, SEEN
    )
    assert joined["title"].to_list() == ["as told"]


def test_same_sha_in_another_repository_is_another_row() -> None:
    at = datetime(2025, 11, 12, 9, tzinfo=UTC)
    here = rows_of(COMMITS, [{"repository": "org/here", "sha": "aa", "landed_at": at}])
    fork = rows_of(COMMITS, [{"repository": "org/fork", "sha": "aa", "landed_at": at}])
    assert merge_late_rows(here, fork, COMMITS, SEEN)["repository"].to_list() == ["org/fork", "org/here"]


def test_state_of_a_repository_is_fresh_and_a_removed_one_stays() -> None:
    stored = rows_of(REPOSITORIES, [{"repository": "b", "status": "unreadable"}, {"repository": "c", "status": "ok"}])
    fresh = rows_of(REPOSITORIES, [{"repository": "b", "status": "ok"}, {"repository": "a", "status": "empty"}])
    joined = merge_late_rows(stored, fresh, REPOSITORIES, SEEN)
    assert joined.select("repository", "status").rows() == [("a", "empty"), ("b", "ok"), ("c", "ok")]


def test_time_of_first_sight_is_stored_in_utc() -> None:
    seen = SEEN.astimezone(timezone(timedelta(hours=5, minutes=30)))
    joined = merge_late_rows(reviews(), reviews(("a", datetime(2025, 11, 12, 9, tzinfo=UTC))), REVIEWS, seen)
    assert joined.schema["first_seen_at"] == pl.Datetime("us", "UTC")
    assert joined["first_seen_at"].to_list() == [SEEN]


AT = datetime(2026, 11, 19, tzinfo=UTC)
GIT_ADA = {"key": "0123456789abcdef", "name": "Ada", "login": None, "is_bot": False}
HUB_ADA = {"key": "ada", "name": "Ada L", "login": "ada", "is_bot": False}


def rows(table: TableSpec, *given: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(given), schema=dict(table.columns))


def tables(**given: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {table.asset: given.get(table.asset, table.make_empty()) for table in TABLES}


def both() -> dict[str, pl.DataFrame]:
    git = tables(
        repositories=rows(
            REPOSITORIES,
            {"repository": "ACME/One", "source": "git", "visibility": "private", "status": "ok"},
            {"repository": "elsewhere/two", "source": "git", "visibility": "private", "status": "ok"},
        ),
        commits=rows(
            COMMITS,
            {"repository": "ACME/One", "sha": "a", "landed_at": AT, "author": GIT_ADA, "insertions": 3,
             "files": [{"path": "x", "insertions": 3, "deletions": 0}], "visibility": "private"},
            {"repository": "ACME/One", "sha": "branch", "landed_at": AT, "author": GIT_ADA, "visibility": "private"},
            {"repository": "elsewhere/two", "sha": "c", "landed_at": AT, "author": GIT_ADA, "visibility": "private"},
        ),
        pull_requests=rows(
            PULL_REQUESTS,
            {"repository": "ACME/One", "number": 1, "event": "merged", "at": AT, "is_derived": True},
            {"repository": "elsewhere/two", "number": 9, "event": "merged", "at": AT, "is_derived": True},
        ),
        releases=rows(RELEASES, {"repository": "ACME/One", "tag": "v1", "published_at": AT, "is_derived": True}),
    )  # fmt: skip
    github = tables(
        repositories=rows(
            REPOSITORIES,
            {"repository": "acme/one", "source": "github", "visibility": "public", "status": "ok", "id": "R_1"},
            {"repository": "acme/three", "source": "github", "visibility": "public", "status": "ok", "id": "R_3"},
        ),
        commits=rows(
            COMMITS,
            {"repository": "acme/one", "sha": "a", "landed_at": AT, "author": HUB_ADA, "insertions": 3},
            {"repository": "acme/three", "sha": "d", "landed_at": AT, "author": HUB_ADA},
        ),
        pull_requests=rows(
            PULL_REQUESTS, {"repository": "acme/one", "number": 1, "event": "merged", "at": AT, "is_derived": False}
        ),
    )
    return merge_sources(git, github)


def test_commit_of_both_sources_has_git_files_and_github_accounts() -> None:
    row = both()["commits"].row(by_predicate=pl.col("sha") == "a", named=True)
    assert row["repository"] == "acme/one"
    assert row["author"] == HUB_ADA
    assert row["files"] == [{"path": "x", "insertions": 3, "deletions": 0}]
    assert row["visibility"] == "public"


def test_every_commit_is_present_once() -> None:
    assert sorted(both()["commits"]["sha"]) == ["a", "branch", "c", "d"]


def test_rows_derived_from_git_give_way_to_those_of_github() -> None:
    found = both()
    assert found["pull_requests"].select("repository", "is_derived").rows() == [
        ("elsewhere/two", True),
        ("acme/one", False),
    ]
    assert found["releases"].is_empty()


def test_repository_names_its_sources() -> None:
    found = dict(both()["repositories"].select("repository", "source").iter_rows())
    assert found == {"elsewhere/two": "git", "acme/one": "both", "acme/three": "github"}


def listing(*names: str, status: str = "ok") -> pl.DataFrame:
    return rows(REPOSITORIES, *({"repository": name, "id": f"R_{name}", "status": status} for name in names))


def test_tenth_of_the_repositories_may_disappear_and_no_more() -> None:
    names = [f"acme/{number}" for number in range(20)]
    two = find_missing_repositories(listing(*names), listing(*names[2:]), ("ACME",))
    three = find_missing_repositories(listing(*names), listing(*names[3:]), ("ACME",))
    assert two.names == ("acme/0", "acme/1") and three.names == ("acme/0", "acme/1", "acme/2")
    assert [is_access_lost(len(missing.names), len(names)) for missing in (two, three)] == [False, True]


def test_repositories_of_removed_owners_are_not_missing() -> None:
    assert find_missing_repositories(listing("old/1", "acme/1"), listing("acme/1"), ("acme",)).names == ()


def test_repository_that_was_unreadable_before_is_not_missing() -> None:
    assert find_missing_repositories(listing("acme/1", status="unreadable"), listing(), ("acme",)).names == ()


def test_two_issues_opened_in_one_second_are_two() -> None:
    def issue(repository: str, number: int, title: str) -> dict[str, Any]:
        at = AT + timedelta(hours=1)
        return {
            "repository": repository,
            "number": number,
            "event": "opened",
            "at": at,
            "opened_at": at,
            "title": title,
        }

    stored = rows(ISSUES, issue("acme/one", 1, "A"))
    fresh = rows(ISSUES, issue("acme/one", 1, "A"), issue("acme/two", 8, "A"), issue("acme/two", 9, "B"))
    assert drop_transferred_issues(stored, fresh).height == 3
    assert drop_transferred_issues(stored, fresh.filter(pl.col("repository") == "acme/two"))["number"].to_list() == [9]


@pytest.mark.parametrize(
    ("published", "in_git", "expected"),
    [
        ("See CHANGELOG.md for details.", "- Reads tabs in every list", "- Reads tabs in every list"),
        (
            "**Full Changelog**: https://github.com/org/repo/compare/pier@1.1.0...pier@1.2.0",
            "- Reads tabs",
            "- Reads tabs",
        ),
        ("Reads tabs, and spaces too.", "- Reads tabs in every list", "Reads tabs, and spaces too."),
        ("See CHANGELOG.md for details.", "See the release notes.", "See CHANGELOG.md for details."),
        ("See CHANGELOG.md for details.", None, "See CHANGELOG.md for details."),
    ],
)
def test_release_text_that_points_elsewhere_gives_way_to_a_section(
    published: str, in_git: str | None, expected: str
) -> None:
    tables = {table.asset: table.make_empty() for table in TABLES}
    release = {"repository": "org/repo", "visibility": "public", "kind": "release", "tag": "pier@1.2.0", "at": SEEN}
    repository: dict[str, object] = {"repository": "org/repo", "visibility": "public", "source": "github"}
    github = tables | {
        REPOSITORIES.asset: rows_of(REPOSITORIES, [repository]),
        NOTES.asset: rows_of(NOTES, [release | {"text": published}]),
    }
    section = release | {"path": "packages/pier/CHANGELOG.md", "text": in_git}
    git = tables | {NOTES.asset: rows_of(NOTES, [section] if in_git else [])}
    assert merge_sources(git, github)[NOTES.asset]["text"].to_list() == [expected]
