"""Commits that land after their date: branches merged after months, late pushes, rewritten branches."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sparky_assets.raw.github.landing import KnownHeads
from tests.fakes.github import FakeGitHub, serving
from tests.fakes.github_collection import Outcome, collect_from
from tests.fakes.github_organisation import make_world
from tests.fakes.github_world import DAY, Commit, Repo, User, World, day, days_before

TODAY = day("2026-11-20")
NOW = TODAY + timedelta(minutes=10)
ADA = User(1, "ada", "Ada", ("ada@example.com",))
MIDNIGHT = int(TODAY.timestamp())


def commit_at(name: str, committed: int, parents: tuple[str, ...], landed: int | None = None) -> Commit:
    oid = f"{name:0>40}".encode().hex()[-40:]
    at = committed if landed is None else landed
    return Commit(oid, committed, committed, at, ADA, ADA.emails[0], f"{name}\n\nMore.", 3, 1, 1, parents)


def repository_of(commits: list[Commit]) -> Repo:
    return Repo("R_1", 1, "acme", "tool", MIDNIGHT - 400 * DAY, commits=commits)


def world_with(repo: Repo, now: datetime = NOW) -> World:
    return World("acme", "Organization", int(now.timestamp()), [repo], [], [ADA])


def main_line(days_ago: range, per_day: int = 3) -> list[Commit]:
    """Return a line of commits, some on each day, the oldest first."""
    commits: list[Commit] = []
    for ago in sorted(days_ago, reverse=True):
        for number in range(per_day):
            parents = (commits[-1].oid,) if commits else ()
            commits.append(commit_at(f"main-{ago}-{number}", MIDNIGHT - ago * DAY + 3600 * (number + 1), parents))
    return commits


def merge_old_branch(line: list[Commit], merged_at: int, *, start_ago: int, with_main: bool = False) -> list[Commit]:
    """Fork a branch so many days ago, commit on it for six days, and merge it into the line."""
    base = next(commit for commit in reversed(line) if commit.committed < MIDNIGHT - start_ago * DAY)
    branch: list[Commit] = []
    for number in range(6):
        parents: tuple[str, ...] = ((branch or [base])[-1].oid,)
        at = MIDNIGHT - (start_ago - number) * DAY + 5
        if with_main and number == 3:
            newest = next(commit for commit in reversed(line) if commit.committed < at)
            parents = (*parents, newest.oid)
        branch.append(commit_at(f"branch-{number}", at, parents, merged_at))
    before = [commit for commit in line if commit.committed < merged_at]
    after = [commit for commit in line if commit.committed >= merged_at]
    merge = commit_at("merge", merged_at, (before[-1].oid, branch[-1].oid))
    if after:
        after[0].parents = (merge.oid,)
    line[:] = [*before, *branch, merge, *after]
    return branch


def rows_of(outcome: Outcome) -> dict[str, tuple[datetime, str]]:
    return {row["sha"]: (row["landed_at"], row["landed_by"]) for row in outcome.tables["commits"].iter_rows(named=True)}


def collect(repo: Repo, start: datetime, end: datetime, known: KnownHeads | None = None) -> tuple[Outcome, FakeGitHub]:
    world = world_with(repo)
    with serving(world) as fake:
        return collect_from(fake, start, end, known_heads=known), fake


@pytest.mark.parametrize("start_ago", [12, 95])
@pytest.mark.parametrize("with_main", [False, True])
@pytest.mark.parametrize("is_known", [False, True])
def test_branch_merged_after_months_lands_whole_with_its_merge(start_ago: int, with_main: bool, is_known: bool) -> None:
    line = main_line(range(1, 120))
    merged_at = MIDNIGHT - DAY // 2
    branch = merge_old_branch(line, merged_at, start_ago=start_ago, with_main=with_main)
    start = days_before(TODAY, 1)
    newest_before = next(commit for commit in reversed(line) if commit.landed < MIDNIGHT - DAY)
    known = KnownHeads(until=start, heads={"R_1": newest_before.oid}) if is_known else None
    outcome, _ = collect(repository_of(line), start, TODAY, known)
    expected = {commit.oid for commit in line if commit.landed >= MIDNIGHT - DAY}
    assert set(rows_of(outcome)) == expected
    assert {rows_of(outcome)[commit.oid][0] for commit in branch} == {TODAY - timedelta(hours=12)}
    assert outcome.heads is not None
    assert outcome.heads.heads == {"R_1": line[-1].oid}


def test_backfill_of_a_day_long_past_has_the_branch_that_was_merged_on_it() -> None:
    line = main_line(range(1, 120))
    merged_at = MIDNIGHT - 30 * DAY + DAY // 2
    branch = merge_old_branch(line, merged_at, start_ago=80)
    start = days_before(TODAY, 30)
    outcome, _ = collect(repository_of(line), start, start + timedelta(days=1))
    assert {commit.oid for commit in branch} < set(rows_of(outcome))
    assert all(start <= landed_at < start + timedelta(days=1) for landed_at, _ in rows_of(outcome).values())


def test_line_without_merges_takes_no_additional_request() -> None:
    line = main_line(range(1, 20))
    start = days_before(TODAY, 1)
    known = KnownHeads(until=start, heads={"R_1": line[-4].oid})
    outcome, fake = collect(repository_of(line), start, TODAY, known)
    assert set(rows_of(outcome)) == {commit.oid for commit in line[-3:]}
    assert [name for name, _ in fake.queries] == ["EnumWithOpen", "Commits"]


def test_branch_that_did_not_move_is_not_read() -> None:
    line = main_line(range(2, 20))
    start = days_before(TODAY, 1)
    outcome, fake = collect(repository_of(line), start, TODAY, KnownHeads(until=start, heads={"R_1": line[-1].oid}))
    assert [name for name, _ in fake.queries] == ["EnumWithOpen"]
    assert outcome.heads is not None
    assert outcome.heads.heads == {"R_1": line[-1].oid}


def test_commits_pushed_days_after_their_date_are_found() -> None:
    line = main_line(range(1, 20))
    late = line[-9:-3]  # dated two and three days ago
    for commit in late:
        commit.landed = MIDNIGHT - 3600
    start = days_before(TODAY, 1)
    outcome, _ = collect(repository_of(line), start, TODAY, KnownHeads(until=start, heads={"R_1": line[-10].oid}))
    assert set(rows_of(outcome)) == {commit.oid for commit in line[-9:]}
    assert rows_of(outcome)[late[0].oid] == (datetime.fromtimestamp(late[0].committed, TODAY.tzinfo), late[0].oid)


def test_commits_after_the_window_wait_for_their_day() -> None:
    line = main_line(range(20))
    repo = repository_of(line)
    world = world_with(repo, TODAY + timedelta(hours=20))
    with serving(world) as fake:
        outcome = collect_from(fake, days_before(TODAY, 1), TODAY)
        world.now = MIDNIGHT + DAY + 600
        following = collect_from(fake, TODAY, TODAY + timedelta(days=1), known_heads=outcome.heads)
    assert set(rows_of(outcome)) == {commit.oid for commit in line[-6:-3]}
    assert set(rows_of(following)) == {commit.oid for commit in line[-3:]}


def rebase(commits: list[Commit], onto: Commit, at: int) -> list[Commit]:
    """Return the same commits with other shas and committer dates."""
    copies: list[Commit] = []
    for number, commit in enumerate(commits):
        parent = (copies or [onto])[-1].oid
        copies.append(
            replace(commit, oid=commit.oid[::-1], committed=at + number, landed=at + number, parents=(parent,))
        )
    return copies


def test_rebased_branch_counts_once_and_says_what_is_gone() -> None:
    line = main_line(range(2, 20))
    repo = repository_of(line)
    known = KnownHeads(until=days_before(TODAY, 1), heads={"R_1": line[-1].oid})
    at = MIDNIGHT - 7200
    fresh = commit_at("fresh", at - 60, (line[-21].oid,))
    repo.rewrite([*line[:-20], fresh, *rebase(line[-19:], fresh, at)])  # one of twenty is gone, one is new
    outcome, _ = collect(repo, days_before(TODAY, 1), TODAY, known)
    assert set(rows_of(outcome)) == {fresh.oid}
    assert outcome.rewritten == {"acme/tool": "20 earlier commits are gone, 19 of them were replaced"}
    note = outcome.tables["repositories"]["note"].item()
    assert "its default branch was rewritten: 20 earlier commits are gone" in note
    assert outcome.tables["repositories"]["status"].item() == "ok"
    assert outcome.heads is not None
    assert outcome.heads.heads == {"R_1": repo.commits[-1].oid}


def test_branch_reset_to_an_earlier_commit_says_what_is_gone() -> None:
    line = main_line(range(2, 60))
    repo = repository_of(line)
    known = KnownHeads(until=days_before(TODAY, 1), heads={"R_1": line[-1].oid})
    repo.rewrite(line[:-120])
    outcome, fake = collect(repo, days_before(TODAY, 1), TODAY, known)
    assert rows_of(outcome) == {}
    assert outcome.rewritten == {"acme/tool": "120 earlier commits are gone, 0 of them were replaced"}
    assert [name for name, _ in fake.queries] == ["EnumWithOpen", "Commits", "CompareHeads", "CompareHeads"]


def test_daily_runs_find_the_commits_of_one_sweep_in_fewer_requests() -> None:
    world = make_world(60, NOW, days=14)
    last_day = world.now
    collected: set[str] = set()
    heads = None
    counts = []
    with serving(world) as fake:
        for ago in range(9, 0, -1):
            world.now = last_day - (ago - 1) * DAY
            end = days_before(TODAY, ago - 1)
            outcome = collect_from(fake, days_before(end, 1), end, known_heads=heads)
            assert outcome.problems == {}
            heads = outcome.heads
            counts.append(outcome.usage.requests)
            # The first day is read completely, and nothing before it.
            rows = outcome.tables["commits"]
            assert not collected & set(rows["sha"])
            collected |= set(rows["sha"])
    first, last = MIDNIGHT - 9 * DAY, MIDNIGHT
    forks = {fork.full_name for fork in world.repositories if fork.parent}
    expected = {
        commit.oid
        for repo in world.repositories
        if repo.full_name not in forks and repo.commits
        for commit in repo.commits
        if first <= commit.committed < last and commit.landed <= last_day
    }
    shared = {commit.oid for repo in world.repositories if repo.parent for commit in repo.commits}
    assert expected - shared <= collected
    # Two of them read the notes that came with changes.
    assert max(counts) <= 17
