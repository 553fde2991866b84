"""Landing: each commit counts when it reached the default branch, in every window, with and without a cache."""

import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.git.landing import load_landing_index
from resources.git.log import GitCommit, read_commits
from resources.git.repository import open_repository
from tests.factories.git_repositories import ADA, BOB, GITHUB, History, Who, at, git, head, seconds, shallow_clone
from tests.resources.git_log_helpers import ALL_TIME, read, subjects
from tests.strategies.effort import limit_examples

DAY = timedelta(days=1)


def landed(path: Path, day: str, cache: Path | None = None, *, all_branches: bool = False) -> list[GitCommit]:
    repository = open_repository(path, all_branches=all_branches)
    return list(read_commits(repository, at(day), at(day) + DAY, load_landing_index(repository, cache)))


def merged_late() -> History:
    """Return a branch of 1 November that was merged on the 12th."""
    story = History()
    base = story.commit("Base", at("2025-11-01T08:00"))
    story.commit("Side one", at("2025-11-01T09:00"), branch="side", parents=[base], author=BOB)
    side = story.commit("Side two", at("2025-11-02T09:00"), branch="side", author=BOB)
    main = story.commit("Direct", at("2025-11-03T09:00"))
    story.commit("Merge pull request #7 from acme/side", at("2025-11-12T09:00"), parents=[main, side])
    return story


def test_commits_of_a_merged_branch_land_on_the_day_of_the_merge(tmp_path: Path) -> None:
    path = merged_late().at_path(tmp_path / "repository")
    assert subjects(landed(path, "2025-11-12")) == ["Merge pull request #7 from acme/side", "Side two", "Side one"]
    assert {commit.landed_by for commit in landed(path, "2025-11-12")} == {head(path)}
    assert [commit.is_on_line for commit in landed(path, "2025-11-12")] == [True, False, False]
    assert subjects(landed(path, "2025-11-01")) == ["Base"]
    assert landed(path, "2025-11-02") == []
    (direct,) = landed(path, "2025-11-03")
    assert (direct.landed_by, direct.landed_at) == (direct.sha, seconds(at("2025-11-03T09:00")))


def test_commits_landed_long_ago_do_not_land_again_with_a_later_merge(tmp_path: Path) -> None:
    story = merged_late()
    tip = story.commit("After", at("2025-11-13T09:00"))
    late = story.commit("Side three", at("2025-11-14T09:00"), branch="side")
    story.commit("Merge side again", at("2025-11-20T09:00"), parents=[tip, late])
    path = story.at_path(tmp_path / "repository", bare=True)
    assert subjects(landed(path, "2025-11-20")) == ["Merge side again", "Side three"]


def test_pull_into_the_own_branch_does_not_swap_the_first_parent_line(tmp_path: Path) -> None:
    story = History()
    base = story.commit("Base", at("2025-11-01T08:00"))
    mine = story.commit("Mine, unpushed", at("2025-11-02T08:00"), branch="mine", parents=[base])
    story.commit("Theirs", at("2025-11-03T08:00"), parents=[base])
    theirs = story.commit("Theirs too", at("2025-11-04T08:00"))
    story.commit("Merge branch 'main' of github.com:acme/app", at("2025-11-05T08:00"), parents=[mine, theirs])
    path = story.at_path(tmp_path / "repository", bare=True, origin="https://github.com/acme/app.git")
    assert subjects(landed(path, "2025-11-03")) == ["Theirs"]
    assert subjects(landed(path, "2025-11-05")) == ["Merge branch 'main' of github.com:acme/app", "Mine, unpushed"]


@pytest.mark.parametrize(
    "subject",
    ["Merge branch 'main' of github.com:upstream/app", "Merge branch 'next' of github.com:acme/app",
     "Merge branch 'main' of github.com:acme/app into next", "Merge branch 'main'"],
)  # fmt: skip
def test_merge_of_another_branch_keeps_the_first_parent_line(tmp_path: Path, subject: str) -> None:
    story = History()
    base = story.commit("Base", at("2025-11-01T08:00"))
    mine = story.commit("Mine", at("2025-11-02T08:00"), parents=[base])
    theirs = story.commit("Theirs", at("2025-11-03T08:00"), branch="theirs", parents=[base])
    story.commit(subject, at("2025-11-05T08:00"), parents=[mine, theirs])
    path = story.at_path(tmp_path / "repository", bare=True, origin="https://github.com/acme/app.git")
    assert subjects(landed(path, "2025-11-02")) == ["Mine"]
    assert subjects(landed(path, "2025-11-05")) == [subject, "Theirs"]


def test_backward_clock_leaves_each_commit_on_the_day_of_its_date(tmp_path: Path) -> None:
    story = History()
    base = story.commit("Monday", at("2025-11-10T08:00"))
    side = story.commit("Side", at("2025-11-11T08:00"), branch="side", parents=[base])
    wednesday = story.commit("Wednesday", at("2025-11-12T08:00"), parents=[base])
    story.commit("Merged by a slow clock", at("2025-11-09T08:00"), parents=[wednesday, side])
    story.commit("Thursday", at("2025-11-13T08:00"))
    path = story.at_path(tmp_path / "repository", bare=True)
    assert subjects(landed(path, "2025-11-09")) == ["Merged by a slow clock", "Side"]
    assert subjects(landed(path, "2025-11-12")) == ["Wednesday"]
    assert sorted(subjects(read(path, at("2025-11-09"), at("2025-11-14")))) == [
        "Merged by a slow clock", "Monday", "Side", "Thursday", "Wednesday",
    ]  # fmt: skip


def test_all_branches_count_each_commit_on_its_own_day(tmp_path: Path) -> None:
    path = merged_late().at_path(tmp_path / "repository", bare=True)
    assert subjects(landed(path, "2025-11-02", all_branches=True)) == ["Side two"]
    assert subjects(landed(path, "2025-11-12", all_branches=True)) == ["Merge pull request #7 from acme/side"]


def test_detached_head_without_a_branch_is_read(tmp_path: Path) -> None:
    story = History()
    story.commit("Only here", at("2025-11-12T08:00"))
    path = story.at_path(tmp_path / "repository")
    git(path, "checkout", "--quiet", "--detach")
    git(path, "branch", "-D", "main")
    for all_branches in (False, True):
        assert subjects(landed(path, "2025-11-12", all_branches=all_branches)) == ["Only here"]


def test_commits_of_a_clone_that_diverged_from_its_remote_are_read_once(tmp_path: Path) -> None:
    story = History()
    base = story.commit("Base", at("2025-11-01T08:00"))
    story.commit("Pushed", at("2025-11-02T08:00"), branch="origin", parents=[base])
    story.commit("Only local", at("2025-11-03T08:00"), parents=[base])
    path = story.at_path(tmp_path / "repository", bare=True)
    git(path, "update-ref", "refs/remotes/origin/main", "refs/heads/origin")
    assert sorted(subjects(read(path))) == ["Base", "Only local", "Pushed"]


@pytest.mark.parametrize("address", ["<x>", "", "x> <y"])
def test_commit_with_a_malformed_address_is_in_its_day(tmp_path: Path, address: str) -> None:
    story = History()
    story.commit("Before", at("2025-11-11T08:00"))
    path = story.at_path(tmp_path / "repository", bare=True)
    person = f"Ada <{address}> {seconds(at('2025-11-12T08:00'))} +0000"
    text = f"tree {git(path, 'rev-parse', 'HEAD^{tree}').strip()}\nparent {head(path)}\nauthor {person}\n"
    sha = git(path, "hash-object", "-t", "commit", "-w", "--literally", "--stdin",
              data=f"{text}committer {person}\n\nMalformed\n".encode()).strip()  # fmt: skip
    git(path, "update-ref", "refs/heads/main", sha)
    for all_branches in (False, True):
        assert subjects(landed(path, "2025-11-12", all_branches=all_branches)) == ["Malformed"]


# --- Any history


@st.composite
def histories(draw: st.DrawFn) -> tuple[History, list[int]]:
    """Return commits on two branches that merge each other; clocks may jump back by two days."""
    story = History()
    tips = {"main": story.commit("0", at("2025-11-10"))}
    tips["side"] = tips["main"]
    counts = []
    for number in range(1, draw(st.integers(1, 14))):
        branch = draw(st.sampled_from(["main", "side"]))
        other = "side" if branch == "main" else "main"
        parents = [tips[branch]]
        if draw(st.booleans()) and tips[other] != tips[branch]:
            parents.append(tips[other])
        when = at("2025-11-10") + timedelta(hours=8 * number + draw(st.sampled_from([0, 0, 0, -48])))
        who = draw(st.sampled_from([ADA, BOB, Who("Cy", "cy@example.com")]))
        tips[branch] = story.commit(str(number), when, branch=branch, parents=parents, author=who)
        counts.append(number)
    return story, counts


def find_landings_by_git(path: Path) -> dict[str, tuple[str, int]]:
    """Return the oldest first-parent commit that reaches each commit, by one `git rev-list` for each commit."""
    landings: dict[str, tuple[str, int]] = {}
    for row in git(path, "log", "--first-parent", "--reverse", "--format=%H %ct", "main").splitlines():
        line_sha, at_text = row.split()
        for sha in git(path, "rev-list", line_sha).split():
            landings.setdefault(sha, (line_sha, int(at_text)))
    return landings


@limit_examples(20)
@given(histories())
def test_any_history_lands_as_git_says_for_any_window_and_cache(made: tuple[History, list[int]]) -> None:
    story, _ = made
    with tempfile.TemporaryDirectory() as folder:
        path = story.at_path(Path(folder, "repository"), bare=True)
        expected = find_landings_by_git(path)
        cache = Path(folder, "cache")
        line = git(path, "rev-list", "--first-parent", "--reverse", "main").split()
        for sha in (line[len(line) // 2], line[-1]):  # the cache starts with half of the history
            git(path, "update-ref", "refs/heads/main", sha)
            load_landing_index(open_repository(path), cache)
        whole = read(path)
        days = [commit for day in range(5, 20) for commit in landed(path, f"2025-11-{day:02}", cache)]
        assert {commit.sha: (commit.landed_by, commit.landed_at) for commit in whole} == expected
        assert sorted(days) == sorted(whole)
        for name in {commit.author_name for commit in whole}:
            assert sum(commit.is_first_contribution is True for commit in whole if commit.author_name == name) == 1


# --- First contributions


def test_author_is_new_once_in_the_whole_history(tmp_path: Path) -> None:
    story = merged_late()
    story.commit("By her other address", at("2025-11-13T09:00"), author=Who("Ada Lovelace", "ada@home.example"))
    story.commit("By his other name", at("2025-11-13T10:00"), author=Who("Robert Stone", "BOB@example.com"))
    story.commit("Together\n\nCo-authored-by: Cy Young <cy@example.com>", at("2025-11-13T11:00"))
    story.commit("By somebody who wrote with others before", at("2025-11-13T12:00"), author=Who("Cy", "cy@example.com"))
    login = "AdaLovelace@users.noreply.github.com"
    story.commit("By her login", at("2025-11-13T13:00"), author=Who("AdaLovelace", login))
    story.commit(
        "By her login's address", at("2025-11-13T14:00"), author=Who("Countess", f"7+Ada-Lovelace{login[11:]}")
    )
    path = story.at_path(tmp_path / "repository", bare=True)
    news = {commit.message.partition("\n")[0]: commit.is_first_contribution for commit in read(path)}
    assert [subject for subject, is_first in news.items() if is_first] == ["Side one", "Base"]
    assert None not in news.values()


def test_first_contribution_is_unknown_in_a_shallow_clone_or_without_name(tmp_path: Path) -> None:
    story = merged_late()
    story.commit("Nobody", at("2025-11-13T09:00"), author=Who("", ""), committer=GITHUB)
    path = story.at_path(tmp_path / "repository", bare=True)
    assert landed(path, "2025-11-13")[0].is_first_contribution is None
    shallow = shallow_clone(path, tmp_path / "shallow", 3)
    assert {commit.is_first_contribution for commit in read(shallow)} == {None}


def test_damaged_cache_is_rebuilt(tmp_path: Path) -> None:
    path = merged_late().at_path(tmp_path / "repository", bare=True)
    cache = tmp_path / "cache"
    expected = load_landing_index(open_repository(path), cache)
    (file,) = cache.iterdir()
    file.write_bytes(file.read_bytes()[:100])
    assert load_landing_index(open_repository(path), cache) == expected
    assert load_landing_index(open_repository(path), cache) == expected


def test_rewritten_branch_rebuilds_the_cache(tmp_path: Path) -> None:
    story = merged_late()
    path = story.at_path(tmp_path / "repository", bare=True)
    load_landing_index(open_repository(path), tmp_path / "cache")
    git(path, "update-ref", "refs/heads/main", head(path, "main~2"))
    repository = open_repository(path)
    assert load_landing_index(repository, tmp_path / "cache") == load_landing_index(repository)
    assert subjects(list(read_commits(repository, *ALL_TIME))) == ["Base"]
