"""Merged pull requests in messages of merge and squash commits, as every forge writes them."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.periods import TimeWindow
from sparky_assets.raw.merge_messages import is_branch_name, parse_merged_pull_request
from tests.factories.git_repositories import BOB, History, at, git
from tests.raw.test_collection import read

GITEA = "Merge pull request 'Sell return tickets' (#42) from f into main"
SERVER_BODY = "Merge in FER/app from f to main\n\n* commit '1234':\n  wip"
BULLETS = "* wip\n* Draw the night timetable\n* Ring at midnight"


@pytest.mark.parametrize(
    ("subject", "body", "is_merge", "expected"),
    [
        (GITEA, "", True, (42, "Sell return tickets", "f")),
        ("Pull request #42: Sell return tickets", SERVER_BODY, True, (42, "Sell return tickets", None)),
        ("Pull request #42: Sell return tickets", "Squashed commit", False, (42, "Sell return tickets", None)),
        ("Merge pull request #42 in FER/app from f to main", "* commit '1234':\n  wip", True, (42, "", "f")),
        ("Merged PR 1234: feat(booking): Sell return tickets", "Related work items: #7", False,
         (1234, "feat(booking): Sell return tickets", None)),
        ("Merged PR 1234: Sell return tickets", "", True, (1234, "Sell return tickets", None)),
        ("Merged in f (pull request #42)", "Sell return tickets\n\nApproved-by: Bob", False,
         (42, "Sell return tickets", "f")),
        ("Merge branch 'f' into 'main'", "See merge request acme/app!9", True, (9, "", None)),
        ("Merge branch 'f' into 'main'", "Sell it\n\nSee merge request https://gitlab.example.com/a/b!9", True,
         (9, "Sell it", None)),
        ("feature/night-ferry (#51)", BULLETS, False, (51, "Draw the night timetable", None)),
        ("Feature/night ferry (#51)", "", False, (51, "", None)),
        ("octocat-patch-1 (#51)", "", False, (51, "", None)),
        ("Various fixes (#12)", "", False, (12, "Various fixes", None)),
        ("fix: Fix (#12)", "", False, (12, "fix: Fix", None)),
        ("Speed up the parser: v2 (#12)", "", True, (12, "Speed up the parser: v2", None)),
    ],
)  # fmt: skip
def test_each_forge_names_its_pull_request(
    subject: str, body: str, is_merge: bool, expected: tuple[int, str, str | None]
) -> None:
    merged = parse_merged_pull_request(subject, body, is_merge=is_merge)
    assert merged is not None
    assert (merged.number, merged.title, merged.head) == expected


@pytest.mark.parametrize(
    "title", ["Add x", "Refactor", "feat: add x", "Read/write locks are fair", "README.md", "v1.2.3", "Ferry"]
)
def test_title_is_no_branch_name(title: str) -> None:
    assert not is_branch_name(title)


@given(st.text(max_size=300), st.text(max_size=300), st.booleans())
def test_any_message_is_read_without_an_error(subject: str, body: str, is_merge: bool) -> None:
    merged = parse_merged_pull_request(subject, body, is_merge=is_merge)
    assert merged is None or merged.number >= 0


@pytest.mark.parametrize("unit", ["Merged PR 1: ", "(#1) ", "* ", "a-", "a/", " ", "closes (", "Merge pull request '"])
def test_hostile_message_costs_no_time(unit: str) -> None:
    start = time.perf_counter()
    text = unit * 20_000
    for subject in (text, f"Merge pull request '{text}", f"{text} (#12)", f"* {text}"):
        parse_merged_pull_request(subject, text, is_merge=True)
        parse_merged_pull_request(subject, text, is_merge=False)
    assert time.perf_counter() - start < 1


def test_merge_of_a_branch_gets_title_and_author_of_its_commits(tmp_path: Path) -> None:
    story = History()
    base = story.commit("Base", at("2025-11-01T08:00"))
    story.commit("Sell return tickets", at("2025-11-02T08:00"), branch="f", parents=[base], author=BOB)
    side = story.commit("wip", at("2025-11-03T08:00"), branch="f", author=BOB)
    story.commit("Merge pull request #42 in FER/app from f to main", at("2025-11-12T08:00"), parents=[base, side])
    tables = read(story.at_path(tmp_path / "app")).tables
    (row,) = tables["pull_requests"].iter_rows(named=True)
    assert (row["number"], row["title"], row["author"]["name"], row["at"]) == (
        42, "Sell return tickets", "Bob Stone", at("2025-11-12T08:00"),
    )  # fmt: skip


def test_merge_inside_of_a_merged_branch_is_no_pull_request(tmp_path: Path) -> None:
    story = History()
    base = story.commit("Base", at("2025-11-12T01:00"))
    theirs = story.commit("Theirs", at("2025-11-12T02:00"), branch="theirs", parents=[base])
    story.commit("Fork", at("2025-11-12T03:00"), branch="fork", parents=[base])
    fork = story.commit("Merge pull request #1 from acme/main", at("2025-11-12T04:00"), branch="fork",
                        parents=[base, theirs])  # fmt: skip
    story.commit("Merge pull request #7 from ada/fork\n\nSell tickets", at("2025-11-12T05:00"), parents=[base, fork])
    path = story.at_path(tmp_path / "app")
    window = TimeWindow(at("2025-11-12T00:00"), at("2025-11-13T00:00"), "UTC")
    assert read(path, window=window).tables["pull_requests"]["number"].to_list() == [7]
    assert git(path, "rev-list", "--count", "HEAD").strip() == "4"


@pytest.mark.parametrize(
    ("subject", "body", "number", "title"),
    [
        ("bug #42 [Ferry] Sell tickets (ada)", "This PR was merged into the 2.x branch.\n", 42, "[Ferry] Sell tickets"),
        ("feature #7 Sell return tickets (ada, bob)", "\nThis PR was squashed before being merged.", 7, "Sell return "
         "tickets"),
        ("bug #42 [Ferry] Sell tickets (ada)", "The tickets were lost.", None, ""),
        ("bug #42 Sell tickets", "This PR was merged into the 2.x branch.", None, ""),
    ],
)  # fmt: skip
def test_message_of_the_merge_tool_names_its_pull_request(
    subject: str, body: str, number: int | None, title: str
) -> None:
    merged = parse_merged_pull_request(subject, body, is_merge=False)
    assert (merged.number if merged else None, merged.title if merged else "") == (number, title)
