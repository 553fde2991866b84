"""Numbers of a window equal those of a manual count."""

import re
from collections import defaultdict

from hypothesis import given, settings

from resources.git.log import GitFileChange
from sparky_assets.metrics.compute import compute_metrics
from sparky_assets.metrics.events import build_events
from sparky_assets.metrics.models import CONTRIBUTOR_TABLE, REPOSITORY_TABLE, SCOPE_ALL
from sparky_assets.metrics.volume import count_contributors, count_repositories
from sparky_assets.raw.git_rows import build_git_tables
from tests.strategies.effort import limit_examples
from tests.strategies.git_history import PEOPLE, WEEK, RepositoryLog, World, commit, worlds


def people_of(log: RepositoryLog) -> tuple[set[str], int]:
    """Return the keys of all people (no bots) with a commit that is no merge, and the number of commits by bots."""
    keys, bots = set(), 0
    for git_commit in log.commits:
        if len(git_commit.parents) < 2:
            author = PEOPLE.from_git(git_commit.author_name, git_commit.author_email)
            bots += author.is_bot
            together = [author, *PEOPLE.find_co_authors(git_commit.message)]
            keys |= {who.key for who in together if not who.is_bot}
    return keys, bots


def merged_of(log: RepositoryLog) -> set[int]:
    numbers = set()
    for git_commit in log.commits:
        subject, _, body = git_commit.message.partition("\n")
        if len(git_commit.parents) > 1:
            found = re.match(r"Merge pull request #(\d)|Merged in x \(pull request #(\d)", subject)
            found = found or re.search(r"!(\d)$", body)
            if found:
                numbers.add(int(next(group for group in found.groups() if group)))
        elif found := re.search(r"\S\s{1,9}\((?:#|!)(\d)\)$", subject.strip()):
            numbers.add(int(found[1]))
    return numbers


def by_hand(log: RepositoryLog) -> dict[str, int | None]:
    """Sum lines by hand; None if there are commits and none was measured."""
    own = [commit for commit in log.commits if len(commit.parents) < 2]
    changes = [file for commit in own for file in commit.files or ()]
    keys, bots = people_of(log)
    unknown = bool(own) and all(commit.files is None for commit in own)
    return {
        "commits": len(own),
        "merge_commits": len(log.commits) - len(own),
        "bot_commits": bots,
        "insertions": None if unknown else sum(file.insertions or 0 for file in changes),
        "deletions": None if unknown else sum(file.deletions or 0 for file in changes),
        "changed_files": None if unknown else len({file.path for file in changes}),
        "pull_requests_merged": len(merged_of(log)),
        "releases": sum(tag.name != "nightly" for tag in log.tags),
        "people": len(keys),
    }


@settings(max_examples=60)
@given(worlds())
def test_numbers_of_a_repository_equal_a_manual_count(world: World) -> None:
    counted = {row["repository"]: row for row in count_repositories(build_events(world.raw())).iter_rows(named=True)}
    for log in world.repositories:
        expected = by_hand(log)
        found = counted.get(log.name, dict.fromkeys(expected, 0))
        assert {name: found[name] for name in expected} == expected


@limit_examples(60)
@given(worlds())
def test_total_counts_each_person_once(world: World) -> None:
    metrics = world.metrics()
    for metric in by_hand(world.repositories[0]):
        parts = [by_hand(log)[metric] or 0 for log in world.repositories]
        if metric != "people":
            assert metrics.get_value(metric) == sum(parts)
    everybody = set().union(*(people_of(log)[0] for log in world.repositories))
    assert metrics.get_value("people") == len(everybody)
    assert metrics.get_value("repositories") == len(world.repositories)
    active = [by_hand(log) for log in world.repositories]
    assert metrics.get_value("active_repositories") == sum(
        bool(counts["commits"] or counts["merge_commits"] or counts["pull_requests_merged"] or counts["releases"])
        for counts in active
    )
    assert metrics.get_value("commits_without_statistics") == sum(
        len(commit.parents) < 2 and commit.files is None for log in world.repositories for commit in log.commits
    )
    assert metrics.unreadable == tuple(sorted(log.name for log in world.repositories if log.status == "unreadable"))


@settings(max_examples=40)
@given(worlds())
def test_contributor_has_activities_and_repositories(world: World) -> None:
    wrote: dict[str, int] = defaultdict(int)
    helped: dict[str, int] = defaultdict(int)
    for log in world.repositories:
        for git_commit in log.commits:
            if len(git_commit.parents) < 2:
                author = PEOPLE.from_git(git_commit.author_name, git_commit.author_email)
                wrote[author.key] += 1
                for other in PEOPLE.find_co_authors(git_commit.message):
                    helped[other.key] += other.key != author.key
    rows = {row["key"]: row for row in count_contributors(build_events(world.raw())).iter_rows(named=True)}
    assert {key: row["commits"] for key, row in rows.items() if row["commits"]} == dict(wrote)
    assert {key: row["co_authored"] for key, row in rows.items() if row["co_authored"]} == {
        key: count for key, count in helped.items() if count
    }
    for row in rows.values():
        assert row["repositories"] == sorted(set(row["repositories"]))
        assert row["pull_requests_merged"] <= sum(len(merged_of(log)) for log in world.repositories)


@limit_examples(20)
@given(worlds())
def test_order_of_rows_changes_no_number(world: World) -> None:
    turned = World(world.period, world.repositories[::-1])
    assert turned.metrics() == world.metrics()


@limit_examples(20)
@given(worlds())
def test_tables_have_their_columns_and_facts_their_sources(world: World) -> None:
    raw = world.raw()
    assert dict(count_repositories(build_events(raw)).schema) == dict(REPOSITORY_TABLE.columns)
    assert dict(count_contributors(build_events(raw)).schema) == dict(CONTRIBUTOR_TABLE.columns)
    keys = [fact.key for fact in world.metrics().facts]
    assert keys == sorted(set(keys))
    assert all(fact.sources for fact in world.metrics().facts)


def test_empty_window_has_zero_counts_and_says_so() -> None:
    log = RepositoryLog("acme/tool", None, "empty", (), ())
    metrics = World(period=WEEK, repositories=(log,)).metrics()
    assert metrics.get_value("repositories") == 1
    assert {fact.value for fact in metrics.facts if fact.metric != "repositories"} == {0}
    assert metrics.get_value("no such metric", SCOPE_ALL) == 0


def test_pull_request_named_by_two_commits_is_one() -> None:
    commits = tuple(commit(number, "Add x (#5)") for number in range(2))
    raw = World(WEEK, (RepositoryLog("acme/tool", None, "ok", commits, ()),)).raw()
    assert raw.pull_requests.height == 2
    assert count_repositories(build_events(raw))["pull_requests_merged"].to_list() == [1]
    assert count_contributors(build_events(raw))["pull_requests_merged"].to_list() == [1]


def test_author_of_a_merged_pull_request_is_not_who_merged_it() -> None:
    base = commit(0, "Base")
    side = commit(1, "Side", author=("Mona", "583231+octocat@users.noreply.github.com"), parents=(base.sha,))
    merge = commit(2, "Merge pull request #5 from octocat/side\n\nAdd x", parents=(base.sha, side.sha))
    tables = build_git_tables("acme/tool", [merge, side, base], [], PEOPLE, "private")
    (row,) = tables["pull_requests"].iter_rows(named=True)
    assert (row["author"]["login"], row["actor"]["name"]) == ("octocat", "Ada Lovelace")
    alone = build_git_tables("acme/tool", [merge], [], PEOPLE, "private")["pull_requests"]
    assert alone["author"].to_list() == [None]


def test_lines_of_a_commit_without_statistics_are_unknown() -> None:
    known, unknown = commit(0, "Known", files=(GitFileChange("a.py", 3, 1),)), commit(1, "Unknown", files=None)
    raw = World(WEEK, (RepositoryLog("acme/tool", None, "shallow", (known, unknown), ()),)).raw()
    metrics = compute_metrics(raw, WEEK, WEEK.window("UTC")).metrics
    assert (metrics.get_value("insertions"), metrics.get_value("deletions")) == (3, 1)
    assert metrics.get_value("commits_without_statistics") == 1
