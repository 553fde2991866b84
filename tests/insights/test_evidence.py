"""Evidence: each change once, in impact order."""

from datetime import timedelta

import pytest
from hypothesis import given, settings

from resources.git.log import GitCommit, GitFileChange, GitTag
from sparky_assets.insights.evidence import gather_evidence
from sparky_assets.insights.models import Evidence
from sparky_assets.metrics.classify import ChangeTheme
from tests.strategies.git_history import AUTHORS, WEEK, RepositoryLog, World, commit, sha, worlds

MONA, BOT = AUTHORS[3], AUTHORS[4]


def evidence(*commits: GitCommit, tags: tuple[GitTag, ...] = (), url: str | None = None) -> tuple[Evidence, ...]:
    return gather_evidence(World(WEEK, (RepositoryLog("acme/tool", url, "ok", commits, tags),)).raw()).items


def titles(*commits: GitCommit, tags: tuple[GitTag, ...] = ()) -> list[str]:
    return [item.title for item in evidence(*commits, tags=tags)]


def lines(count: int) -> tuple[GitFileChange, ...]:
    return (GitFileChange("a.py", count, 0),)


# --- Once


def test_squash_commit_and_its_pull_request_are_one_item() -> None:
    (item,) = evidence(commit(1, "Add x (#5)"))
    assert (item.kind, item.reference, item.title, item.author) == ("pull_request", "#5", "Add x", "Ada Lovelace")


def test_commits_of_a_merge_belong_to_its_pull_request() -> None:
    base = commit(1, "Base")
    one = commit(2, "First half", author=MONA, parents=(base.sha,))
    two = commit(3, "Second half", author=MONA, parents=(one.sha,))
    merge = commit(4, "Merge pull request #5 from octocat/x\n\nBoth halves", parents=(base.sha, two.sha))
    assert titles(merge, two, one, base) == ["Both halves", "Base"]


def test_merge_from_main_into_a_branch_hides_no_commits_of_main() -> None:
    base = commit(1, "Base")
    straight = commit(2, "Straight on main", parents=(base.sha,))
    side = commit(3, "Aside", parents=(base.sha,))
    caught_up = commit(4, "Merge branch 'main' into x", parents=(side.sha, straight.sha))
    merge = commit(5, "Merge pull request #5 from octocat/x\n\nAll of x", parents=(straight.sha, caught_up.sha))
    assert sorted(titles(merge, caught_up, side, straight, base)) == ["All of x", "Base", "Straight on main"]


def test_merge_that_names_no_pull_request_hides_nothing() -> None:
    base = commit(1, "Base")
    side = commit(2, "Aside", parents=(base.sha,))
    merge = commit(3, "Merge branch 'x'", parents=(base.sha, side.sha))
    assert sorted(titles(merge, side, base)) == ["Aside", "Base"]


def test_pull_request_named_by_a_second_commit_is_listed_once() -> None:
    assert titles(commit(1, "Add x (#5)"), commit(2, "Add x (#5)")) == ["Add x"]


@settings(max_examples=60)
@given(worlds())
def test_every_change_is_listed_exactly_once(world: World) -> None:
    found = gather_evidence(world.raw()).items
    keys = [item.key for item in found]
    assert len(keys) == len(set(keys))
    releases = {(told.name, tag.name) for told in world.repositories for tag in told.tags if tag.name != "nightly"}
    assert len([item for item in found if item.kind == "release"]) == len(releases)
    pull_requests = {(row["repository"], row["number"]) for row in world.raw().pull_requests.iter_rows(named=True)}
    assert len([item for item in found if item.kind == "pull_request"]) == len(pull_requests)
    shas = {one.sha for told in world.repositories for one in told.commits if len(one.parents) < 2}
    assert {item.key.rpartition("@")[2] for item in found if item.kind == "commit"} <= shas


@settings(max_examples=60)
@given(worlds())
def test_all_evidence_is_in_the_window_with_a_visible_one_line_title(world: World) -> None:
    for item in gather_evidence(world.raw()).items:
        assert item.at in world.window
        assert item.title.strip()
        assert "\n" not in item.title
        assert "@example.com" not in item.title
        assert (item.url is None) == (world.urls()[item.repository] is None)


# --- Impact order


def test_releases_come_before_pull_requests_and_these_before_commits() -> None:
    tag = GitTag("v1.0.0", sha("by hand", 1), *AUTHORS[0], commit(3, "").committed_at, "Version one")
    assert titles(commit(1, "Add a commit"), commit(2, "Add a pull request (#5)"), tags=(tag,)) == [
        "Version one", "Add a pull request", "Add a commit",
    ]  # fmt: skip


def test_changes_by_bots_and_dependency_bumps_come_last() -> None:
    bump = commit(1, "Bump ink from 1.0 to 1.1 (#5)", author=BOT, files=lines(900))
    assert titles(bump, commit(2, "Say hello")) == ["Say hello", "Bump ink from 1.0 to 1.1"]


def test_new_things_and_fixes_come_before_chores_of_any_size() -> None:
    chore = commit(1, "chore: reformat everything", files=lines(5000))
    assert titles(chore, commit(2, "feat: one line", files=lines(1))) == [
        "feat: one line",
        "chore: reformat everything",
    ]


def test_larger_changes_come_first_and_beyond_a_thousand_lines_the_earlier() -> None:
    found = titles(
        commit(1, "feat: small", files=lines(10)), commit(2, "feat: larger", files=lines(500)),
        commit(3, "feat: huge", files=lines(1000)), commit(4, "feat: generated", files=lines(90_000)),
    )  # fmt: skip
    assert found == ["feat: huge", "feat: generated", "feat: larger", "feat: small"]


# --- Fields of an item


def test_pull_request_of_an_unknown_author_has_no_name() -> None:
    (item,) = evidence(commit(2, "Merge pull request #5 from octocat/x\n\nAdd x", parents=("a" * 40, "b" * 40)))
    assert (item.author, item.is_bot) == (None, False)


def test_title_that_is_nothing_but_an_address_falls_back_to_the_number() -> None:
    (item,) = evidence(commit(2, "Merge pull request #5 from x\n\n\u200b", parents=("a" * 40, "b" * 40)))
    assert item.title == "Pull request 5"
    (single,) = evidence(commit(3, "\u200b\u200b"))
    assert single.title == sha("by hand", 3)[:7]


def test_commit_without_a_message_is_left_out() -> None:
    assert titles(commit(1, ""), commit(2, "\n\n")) == []


def test_pages_are_built_from_ids() -> None:
    tag = GitTag("v1.0", sha("by hand", 1), *AUTHORS[0], commit(3, "").committed_at, "x")
    page = "https://github.com/acme/tool"
    found = evidence(commit(1, "One"), commit(2, "Two (#5)"), tags=(tag,), url=page)
    assert {item.url for item in found} == {
        f"{page}/commit/{sha('by hand', 1)}", f"{page}/pull/5", f"{page}/releases/tag/v1.0",
    }  # fmt: skip


@pytest.mark.parametrize(("path", "theme"), [("docs/x.md", ChangeTheme.DOCS), ("tests/x.py", ChangeTheme.TESTS)])
def test_files_of_a_change_decide_its_theme_if_its_words_do_not(path: str, theme: ChangeTheme) -> None:
    (item,) = evidence(commit(1, "Something", files=(GitFileChange(path, 1, 0),)))
    assert item.theme is theme


def test_times_are_those_of_the_merge() -> None:
    (item,) = evidence(commit(5, "Add x (#5)"))
    assert item.at == WEEK.window("UTC").start + timedelta(days=2, hours=5)
