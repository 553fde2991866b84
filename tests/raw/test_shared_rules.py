"""Rules that existed in two places have one definition."""

from datetime import timedelta
from pathlib import Path
from typing import Any, get_type_hints

from resources.github.journal import GraphQLClient, ResponseJournal
from resources.storage import Storage
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.raw import git_rows, people
from sparky_assets.raw.github.batching import QueryRunner
from sparky_assets.raw.github.items import LoadedItem, PendingPages
from sparky_assets.raw.github.responses import GitHubIssue, GitHubRepository
from sparky_assets.raw.tables import COMMITS, ISSUES, LINE_COLUMNS, PULL_REQUESTS, TABLES
from sparky_assets.raw.window import read_audience_window, read_window
from sparky_assets.store import Audience
from sparky_assets.text import clean, redact
from tests.fakes.github_world import day

DAY = Period(PeriodKind.DAILY, day("2025-11-12").date())


def test_client_protocol_of_sweep_and_journal_is_the_same() -> None:
    assert get_type_hints(QueryRunner)["client"] is GraphQLClient
    assert get_type_hints(ResponseJournal.__init__)["client"] is GraphQLClient


def test_email_pattern_and_invisible_characters_come_from_text() -> None:
    assert vars(git_rows)["redact_emails"] is redact.redact_emails
    assert vars(people)["strip_invisible"] is clean.strip_invisible
    assert "unicodedata" not in vars(people)


def test_line_columns_of_commits_and_pull_requests_are_shared() -> None:
    for table in (COMMITS, PULL_REQUESTS):
        assert LINE_COLUMNS.items() <= table.columns.items()
    assert not LINE_COLUMNS.keys() & ISSUES.columns.keys()
    assert list(ISSUES.columns)[:8] == list(PULL_REQUESTS.columns)[:8]


def test_audience_window_is_the_window_filtered_for_the_audience(tmp_path: Path) -> None:
    storage = Storage(root=str(tmp_path))
    for table in TABLES:
        storage.write_table(table.path, DAY.key, table.make_empty(), table)
    for audience in Audience:
        expected = read_window(storage, DAY).for_audience(audience, ["ada"])
        window = read_audience_window(storage, DAY, audience, ["ada"])
        assert all(frame.equals(getattr(expected, name)) for name, frame in vars(window).items())


def make_issue(item_id: str, *, has_next_page: bool) -> LoadedItem:
    page = {"pageInfo": {"hasNextPage": has_next_page, "endCursor": "c"}, "nodes": []}
    at = (day("2025-11-12") + timedelta(hours=1)).isoformat()
    issue = GitHubIssue.model_validate(
        {
            "__typename": "Issue", "id": item_id, "number": 1, "title": "t", "body": None, "createdAt": at,
            "updatedAt": at, "closedAt": None, "repository": {"id": "r", "nameWithOwner": "acme/tool"},
            "author": None, "labels": None, "issueState": "OPEN", "stateReason": None, "issueEvents": page,
        }
    )  # fmt: skip
    fields: dict[str, Any] = {"id": "r", "name_with_owner": "acme/tool"}
    return LoadedItem(GitHubRepository.model_construct(None, **fields), issue, [], [])


def test_pending_pages_remember_only_items_with_more_pages() -> None:
    pending_pages = PendingPages()
    whole, partial = make_issue("whole", has_next_page=False), make_issue("partial", has_next_page=True)
    assert not pending_pages.has_pending(partial)
    pending_pages.add_pending(whole)
    pending_pages.add_pending(partial)
    assert not pending_pages.has_pending(whole)
    assert pending_pages.has_pending(partial)
    assert pending_pages.has_full_batch(1)
    assert not pending_pages.has_full_batch(2)
