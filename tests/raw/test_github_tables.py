"""Rows of the raw tables from GitHub events, and events that become no row."""

from datetime import timedelta
from typing import Any

import polars as pl

from sparky_assets.raw.github.rows import MAX_BUFFERED_ROWS, RowBuffer
from sparky_assets.raw.tables import EVENT_TABLES, NOTES, OPEN_ITEMS
from tests.fakes.github import serving
from tests.fakes.github_collection import collect_from
from tests.fakes.github_world import Commit, Item, Release, Repo, User, World, day, days_before

TODAY = day("2026-11-20")
START = days_before(TODAY, 1)
AT = int(START.timestamp())
ADA = User(7, "ada", "Ada L", ("ada@x.example",))
BOT = User(9, "renovate", "renovate", ("9+renovate[bot]@users.noreply.github.com",), "Bot")


def collected(repo: Repo) -> dict[str, pl.DataFrame]:
    now = int((TODAY + timedelta(minutes=10)).timestamp())
    with serving(World("acme", "Organization", now, [repo], [], [ADA, BOT])) as fake:
        outcome = collect_from(fake, START, TODAY)
    assert outcome.problems == {}
    return dict(outcome.tables)


def repository(**given: Any) -> Repo:
    return Repo("R_1", 1, "acme", "one", AT - 1000, **given)


def pull_request(**given: Any) -> Item:
    values: dict[str, Any] = {
        "id": "PR_1", "is_pull_request": True, "number": 1, "title": "A", "created": AT, "author": ADA,
    }  # fmt: skip
    return Item(**(values | given))


def issue(**given: Any) -> Item:
    return pull_request(**({"id": "I_1", "is_pull_request": False} | given))


def commit(**given: Any) -> Commit:
    values: dict[str, Any] = {
        "oid": "a" * 40, "committed": AT, "authored": AT - 60, "landed": AT, "author": ADA, "email": "ada@x.example",
        "message": "Fix it (#3)\n\nBecause.\n\nSigned-off-by: Ada <ada@x.example>", "additions": 3, "deletions": 2,
        "files": 1, "parents": ("b" * 40,),
    }  # fmt: skip
    return Commit(**(values | given))


def events(frame: pl.DataFrame) -> list[str]:
    return frame.sort("at", "event")["event"].to_list()


def test_merge_is_one_event_and_not_also_a_closing() -> None:
    one = pull_request(events=[("merged", AT + 60, ADA), ("closed", AT + 60, ADA)])
    found = collected(repository(pull_requests=[one]))["pull_requests"]
    assert events(found) == ["opened", "merged"]
    assert found.filter(event="merged")["commit"].to_list() == ["f" * 40]
    assert found.filter(event="opened")["commit"].to_list() == [None]


def test_closing_that_a_reopening_followed_is_kept_beside_the_merge() -> None:
    happened = [
        ("closed", AT + 10, ADA),
        ("reopened", AT + 20, ADA),
        ("merged", AT + 60, ADA),
        ("closed", AT + 61, ADA),
    ]
    found = collected(repository(pull_requests=[pull_request(events=happened)]))["pull_requests"]
    assert events(found) == ["opened", "closed", "reopened", "merged"]


def test_issue_closed_twice_has_both_closings_with_their_reason() -> None:
    happened = [("closed", AT + 10, ADA), ("reopened", AT + 20, None), ("closed", AT + 30, None)]
    found = collected(repository(issues=[issue(events=happened)]))["issues"]
    assert events(found) == ["opened", "closed", "reopened", "closed"]
    assert found.filter(event="closed")["state_reason"].to_list() == ["completed", "completed"]
    assert found.filter(event="reopened")["actor"].struct.field("login").to_list() == ["ghost"]


def test_pending_review_is_no_event() -> None:
    reviews = [("PRR_1", AT + 5, "PENDING", ADA), ("PRR_2", AT + 6, "APPROVED", None)]
    found = collected(repository(pull_requests=[pull_request(reviews=reviews)]))["reviews"]
    assert found.select("id", "state", "number").rows() == [("PRR_2", "approved", 1)]


def test_first_review_is_by_another_person_and_before_the_merge() -> None:
    bob = User(8, "bob", "Bob S", ("bob@x.example",))
    reviews = [
        ("PRR_1", AT + 5, "COMMENTED", ADA),
        ("PRR_2", AT + 6, "APPROVED", None),
        ("PRR_3", AT + 7, "APPROVED", BOT),
        ("PRR_4", AT + 8, "APPROVED", bob),
        ("PRR_5", AT + 9, "APPROVED", bob),
    ]
    item = pull_request(reviews=reviews, events=[("merged", AT + 60, ADA)])
    tables = collected(repository(pull_requests=[item]))
    assert tables["reviews"].filter("is_first")["id"].to_list() == ["PRR_4"]
    assert set(tables["reviews"]["ready_at"]) == {START}
    opened, merged = tables["pull_requests"].sort("at")["first_review_at"].to_list()
    assert (opened, merged) == (None, START + timedelta(seconds=8))


def test_review_after_the_merge_is_not_the_first() -> None:
    bob = User(8, "bob", "Bob S", ("bob@x.example",))
    item = pull_request(reviews=[("PRR_1", AT + 90, "APPROVED", bob)], events=[("merged", AT + 60, ADA)])
    tables = collected(repository(pull_requests=[item]))
    assert tables["reviews"]["is_first"].to_list() == [False]
    assert tables["pull_requests"]["first_review_at"].null_count() == 2


def test_draft_is_no_release_until_it_is_published() -> None:
    old = AT - 60 * 86400
    releases = [
        Release("RE_1", "v1", old, AT + 5, ADA),
        Release("RE_2", "v2", AT, None, ADA),
        Release("RE_3", "v3", AT, AT + 2 * 86400, None),
    ]
    found = collected(repository(releases=releases))["releases"]
    assert found.select("tag", "title", "is_derived").rows() == [("v1", "Release v1", False)]


def test_merge_commit_has_no_lines_of_its_own() -> None:
    merge = commit(parents=("b" * 40, "c" * 40), additions=500)
    row = collected(repository(commits=[merge]))["commits"].row(0, named=True)
    assert (row["is_merge"], row["insertions"], row["deletions"], row["changed_files"]) == (True, 0, 0, 0)
    assert row["parents"] == ["b" * 40, "c" * 40]


def test_commit_keeps_both_dates_and_no_address_in_its_message() -> None:
    row = collected(repository(commits=[commit()]))["commits"].row(0, named=True)
    assert row["committed_at"] - row["authored_at"] == timedelta(seconds=60)
    assert row["subject"] == "Fix it (#3)"
    assert row["body"].startswith("Because.")
    assert "@" not in row["body"]
    assert row["author"] == {"key": "ada", "name": "Ada L", "login": "ada", "is_bot": False}
    assert row["first_seen_at"] is None


def test_mailmap_of_the_repository_is_applied() -> None:
    one = commit(is_linked=False, email="old@x.example")
    found = collected(repository(commits=[one], mailmap="Countess <ada@x.example> <old@x.example>\n"))["commits"]
    assert found["author"].struct.field("name").to_list() == ["Countess"]


def test_bot_is_one_in_pull_requests_and_in_commits() -> None:
    by_bot = commit(author=BOT, email=BOT.emails[0], is_linked=False)
    found = collected(repository(commits=[by_bot], pull_requests=[pull_request(author=BOT)]))
    people = [found[asset]["author"].to_list()[0] for asset in ("commits", "pull_requests")]
    assert {person["key"] for person in people} == {"renovate[bot]"}
    assert all(person["is_bot"] for person in people)


def test_disabled_repository_is_listed_and_its_commits_are_not_asked_for() -> None:
    found = collected(repository(commits=[commit()], is_disabled=True))
    assert found["commits"].is_empty()
    assert "disabled" in found["repositories"]["note"].item()


def test_empty_repository_is_listed_as_such() -> None:
    found = collected(repository())
    assert found["repositories"].select("status", "note", "default_branch").rows() == [
        ("empty", "has no commits yet", None)
    ]
    assert all(found[table.asset].is_empty() for table in EVENT_TABLES if table is not OPEN_ITEMS)
    assert found["open_items"].select("pull_requests", "issues").rows() == [([], [])]


def test_two_days_collected_together_equal_two_collected_separately() -> None:
    repo = repository(commits=[commit(), commit(oid="c" * 40, committed=AT - 5, landed=AT)])
    now = int((TODAY + timedelta(minutes=10)).timestamp())
    with serving(World("acme", "Organization", now, [repo], [], [ADA])) as fake:
        both = collect_from(fake, days_before(START, 1), TODAY).events
        alone = collect_from(fake, START, TODAY).events | collect_from(fake, days_before(START, 1), START).events
    assert both == alone


def test_row_buffer_more_rows_than_it_holds_yields_all_in_order() -> None:
    buffer = RowBuffer(NOTES)
    tags = [f"v{number}" for number in range(MAX_BUFFERED_ROWS + 2)]
    for tag in tags:
        buffer.add_row({"repository": "acme/tool", "kind": "release", "tag": tag, "at": START, "references": [tag]})
    frames = list(buffer.take_frames())
    assert [frame.height for frame in frames] == [MAX_BUFFERED_ROWS, 2]
    frame = pl.concat(frames)
    assert frame.schema == NOTES.make_empty().schema
    assert frame["tag"].to_list() == tags and frame["references"].to_list() == [[tag] for tag in tags]
    assert frame["at"].unique().to_list() == [START]
