"""Pull requests: time as a draft, notes of releases, and linked issues."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.raw.github.items import DraftHistory
from tests.fakes.github import serving
from tests.fakes.github_collection import collect_from
from tests.fakes.github_world import Release, days_before
from tests.raw.test_github_sweep import TODAY, world_of

OPENED = datetime(2026, 11, 1, 9, tzinfo=UTC)


def after(hours: float) -> datetime:
    return OPENED + timedelta(hours=hours)


def drafts(*turns: tuple[float, bool], opened_as_draft: bool = False) -> DraftHistory:
    return DraftHistory(OPENED, opened_as_draft, tuple((after(at), turn) for at, turn in turns))


def test_pull_request_that_was_no_draft_is_ready_from_its_opening() -> None:
    assert drafts().find_ready_at(after(5)) == OPENED
    assert drafts().compute_draft_seconds(after(5)) == 0


def test_pull_request_opened_as_a_draft_is_ready_after_its_event() -> None:
    one = drafts((3, False), opened_as_draft=True)
    assert [one.is_draft(after(at)) for at in (0, 2.9, 3, 9)] == [True, True, False, False]
    assert [one.find_ready_at(after(at)) for at in (0, 3, 9)] == [None, after(3), after(3)]
    assert [one.compute_draft_seconds(after(at)) for at in (0, 1, 3, 9)] == [0, 3600, 3 * 3600, 3 * 3600]


def test_first_ready_event_counts_as_in_issue_metrics() -> None:
    one = drafts((1, True), (2, False), (4, True), (7, False))
    assert [one.find_ready_at(after(at)) for at in (0, 1, 2, 5, 8)] == [OPENED, None, after(2), None, after(2)]
    assert one.compute_draft_seconds(after(9)) == 4 * 3600


@given(st.lists(st.integers(0, 500), max_size=6, unique=True), st.booleans(), st.integers(0, 600))
def test_time_in_draft_equals_a_count_minute_by_minute(minutes: list[int], first: bool, end: int) -> None:
    turns = tuple((OPENED + timedelta(minutes=at), bool(n % 2) == first) for n, at in enumerate(sorted(minutes)))
    one = DraftHistory(OPENED, first, turns)
    counted = sum(one.is_draft(OPENED + timedelta(minutes=minute)) for minute in range(end))
    assert one.compute_draft_seconds(OPENED + timedelta(minutes=end)) == 60 * counted


def test_text_of_a_release_is_a_note_without_addresses() -> None:
    world = world_of(3, 2)
    at = int(days_before(TODAY, 1).timestamp()) + 100
    repo = world.repositories[0]
    text = "## Fixes\r\n\r\nAsk ada@example.com.\n"
    silent = Release("RE_2", "v1.1", at + 1, at + 1, None, None)
    repo.releases[:] = [Release("RE_1", "v1.0", at, at, None, text), silent]
    with serving(world) as fake:
        notes = collect_from(fake, days_before(TODAY, 1), TODAY).tables["notes"].filter(repository=repo.full_name)
    row = notes.row(0, named=True)
    assert (notes.height, row["kind"], row["tag"], row["path"]) == (1, "release", "v1.0", None)
    assert row["text"].startswith("## Fixes\n\nAsk ")
    assert "example.com" not in row["text"]


def test_linked_issues_are_kept_unless_their_repository_is_hidden() -> None:
    world = world_of(5, 3, seed=4)
    repo = next(one for one in world.repositories if one.pull_requests)
    item = repo.pull_requests[0]
    item.created = int(days_before(TODAY, 1).timestamp()) + 100
    homes = ((repo.full_name, "PUBLIC"), ("acme/hidden", "PRIVATE"), ("acme/open", "PUBLIC"))
    item.closes = [
        {
            "number": number,
            "title": f"Issue {number}",
            "body": "It fails.",
            "repository": {"nameWithOwner": name, "visibility": visibility},
            "labels": {"nodes": [{"name": "bug"}]},
        }
        for number, (name, visibility) in enumerate(homes)
    ]
    with serving(world) as fake:
        rows = collect_from(fake, days_before(TODAY, 1), TODAY).tables["pull_requests"]
    row = rows.filter(repository=repo.full_name, number=item.number).row(0, named=True)
    assert [issue["repository"] for issue in row["closing_issues"]] == [repo.full_name, "acme/open"]
    assert row["closing_issues"][0]["body"] == "It fails."
    assert (row["paths"], row["reactions"], row["author_association"]) == (list(item.paths), 2, "contributor")
