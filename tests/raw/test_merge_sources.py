"""Git and GitHub tell of the same repositories: each thing once, from whoever knows it best."""

from datetime import timedelta
from typing import Any

import polars as pl

from sparky_assets.raw.merge import (
    drop_transferred_issues,
    find_missing_repositories,
    is_access_lost,
    merge_sources,
)
from sparky_assets.raw.tables import COMMITS, ISSUES, PULL_REQUESTS, RELEASES, REPOSITORIES, TABLES, TableSpec
from tests.fakes.github_world import day

AT = day("2026-11-19")
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


def test_a_commit_that_both_have_keeps_git_s_files_and_github_s_accounts() -> None:
    row = both()["commits"].row(by_predicate=pl.col("sha") == "a", named=True)
    assert row["repository"] == "acme/one"
    assert row["author"] == HUB_ADA
    assert row["files"] == [{"path": "x", "insertions": 3, "deletions": 0}]
    assert row["visibility"] == "public"


def test_every_commit_is_there_once() -> None:
    assert sorted(both()["commits"]["sha"]) == ["a", "branch", "c", "d"]


def test_what_git_implies_gives_way_to_what_github_knows() -> None:
    found = both()
    assert found["pull_requests"].select("repository", "is_derived").rows() == [
        ("elsewhere/two", True),
        ("acme/one", False),
    ]
    assert found["releases"].is_empty()


def test_a_repository_says_where_it_was_read() -> None:
    found = dict(both()["repositories"].select("repository", "source").iter_rows())
    assert found == {"elsewhere/two": "git", "acme/one": "both", "acme/three": "github"}


def listing(*names: str, status: str = "ok") -> pl.DataFrame:
    return rows(REPOSITORIES, *({"repository": name, "id": f"R_{name}", "status": status} for name in names))


def test_a_tenth_of_the_repositories_may_go_and_no_more() -> None:
    names = [f"acme/{number}" for number in range(20)]
    two = find_missing_repositories(listing(*names), listing(*names[2:]), ("ACME",))
    three = find_missing_repositories(listing(*names), listing(*names[3:]), ("ACME",))
    assert two.names == ("acme/0", "acme/1") and three.names == ("acme/0", "acme/1", "acme/2")
    assert [is_access_lost(len(missing.names), len(names)) for missing in (two, three)] == [False, True]


def test_repositories_of_owners_that_are_read_no_more_are_not_missed() -> None:
    assert find_missing_repositories(listing("old/1", "acme/1"), listing("acme/1"), ("acme",)).names == ()


def test_a_repository_that_could_not_be_read_before_is_not_missed() -> None:
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
