"""Notes of commits without a list of files: pushed, rebased, of pull requests with more files than GitHub lists."""

from pathlib import Path
from typing import Any

import pytest

from resources.git.log import read_commits
from resources.git.notes.places import may_hold_notes
from resources.git.notes.read import read_notes
from resources.git.repository import open_repository
from sparky_assets.raw.github.notes.pushed_notes import MAX_PATHS_PER_BRANCH
from sparky_assets.raw.notes.releases import build_note_rows
from tests.factories.git_repositories import History
from tests.fakes.github import FakeGitHub, Settings, serving
from tests.fakes.github_collection import collect_from
from tests.fakes.github_world import DAY, World, days_before
from tests.raw.test_github_added_notes import AT, CHANGELOG, TREES, WITH_TABS, YESTERDAY, change, collect, world_with
from tests.raw.test_github_sweep import NOW, TODAY

QUERIES = ("NoteFolders", "NoteHistories", "ChangedFiles", "NoteFiles")


def pushed_world(trees: list[dict[str, str]], shas: list[str] | None = None, **fields: Any) -> World:
    """Each tree is pushed by a commit without a pull request."""
    world = world_with(trees, shas, **fields)
    repo = world.repositories[0]
    repo.pull_requests = []
    for number, commit in enumerate(repo.commits):
        commit.message = f"Work {number}"
    return world


def count_queries(fake: FakeGitHub) -> list[int]:
    names = [name for name, _ in fake.queries]
    return [names.count(query) for query in QUERIES]


def rows_of_clone(history: History, folder: Path) -> list[dict[str, Any]]:
    notes = read_notes(open_repository(history.at_path(folder)), [], YESTERDAY, TODAY)
    rows = build_note_rows(notes, "acme/web", "public").filter(kind="change")
    return rows.sort("at", "path", "line_from").to_dicts()


def test_pushed_notes_have_the_rows_that_a_clone_gives(tmp_path: Path) -> None:
    history = History()
    for number, files in enumerate(TREES):
        contents: dict[str | bytes, str | bytes | None] = dict(files.items())
        history.commit(f"Work {number}", AT + number if number else AT - 90_000, contents)
    expected = rows_of_clone(history, tmp_path / "clone")
    clone = open_repository(tmp_path / "clone")
    commits = sorted(read_commits(clone, days_before(YESTERDAY, 9), TODAY), key=lambda commit: commit.committed_at)
    outcome, rows, fake = collect(pushed_world(TREES, [commit.sha for commit in commits]))
    assert rows == expected
    assert len(rows) == 5
    assert outcome.problems == {}
    # Three levels of folders (docs/changes/deep), the histories, the files, their texts.
    assert count_queries(fake) == [3, 1, 1, 1]


def test_note_of_a_merged_branch_lands_with_its_merge(tmp_path: Path) -> None:
    """The history of a file names the commit of the branch; the list of files of the pull request is cut."""
    history = History()
    first = history.commit("Begin", AT - 90_000, {"CHANGELOG.md": CHANGELOG})
    side = history.commit("Read tabs", AT + 1, {"CHANGELOG.md": WITH_TABS}, branch="topic", parents=(first,))
    merge = history.commit(
        "Merge pull request #2 from ada/tabs", AT + 2, {"CHANGELOG.md": WITH_TABS}, parents=(first, side)
    )
    expected = rows_of_clone(history, tmp_path / "clone")
    clone = open_repository(tmp_path / "clone")
    shas = {c.committed_at: c.sha for c in read_commits(clone, days_before(YESTERDAY, 9), TODAY)}
    oids = [shas[at] for at in sorted(shas)]
    world = pushed_world([{"CHANGELOG.md": CHANGELOG}, {"CHANGELOG.md": WITH_TABS}, {}], oids)
    repo = world.repositories[0]
    repo.commits[1].landed = AT + 2
    repo.commits[2].parents = (oids[0], oids[1])
    repo.commits[2].message = "Merge pull request #2 from ada/tabs"
    repo.pull_requests = [change(2, oids[2], {"CHANGELOG.md": ""})]
    assert merge
    outcome, rows, _ = collect(world)
    assert rows == expected
    assert [row["sha"] for row in rows] == [oids[2]]
    assert outcome.problems == {}
    repo.pull_requests = []
    _, rows, _ = collect(world)
    assert rows == [], "of the branch's own commit there is no note: that of its merge would be the same again"


def test_pull_request_with_more_files_than_listed_gives_its_note() -> None:
    world = world_with(TREES[:2])
    world.repositories[0].pull_requests[0].paths = tuple(f"src/{number}.py" for number in range(30))
    world.repositories[0].pull_requests[0].changed_files = 31
    _, (row,), _ = collect(world)
    assert (row["sha"], row["text"]) == (f"{1:040x}", "- Reads tabs in lists (#2)")


def test_rebased_pull_request_gives_the_notes_of_all_its_commits() -> None:
    trees = [*TREES[:1], *({f"newsfragments/{number}.fix.md": f"Reads tab {number}.\n"} for number in range(9))]
    world = world_with(trees)
    repo = world.repositories[0]
    for commit in repo.commits:
        commit.message = "Work"
    repo.pull_requests = [change(9, f"{9:040x}", {path: "" for tree in trees[1:] for path in tree})]
    _, rows, _ = collect(world)
    assert [row["text"] for row in rows] == [f"Reads tab {number}." for number in range(9)]
    assert [row["sha"] for row in rows] == [f"{number:040x}" for number in range(1, 10)]


@pytest.mark.parametrize(
    ("trees", "expected"),
    [
        ([{"CHANGELOG.md": CHANGELOG, "docs/a.md": "A"}, {"main.py": "pass\n"}], [0, 0, 0, 0]),
        ([{"CHANGELOG.md": CHANGELOG, "docs/a.md": "A"}, {"docs/a.md": "B"}], [1, 0, 0, 0]),
        ([{"CHANGELOG.md": CHANGELOG}, {"src/changes/x.md": "B"}], [0, 0, 0, 0]),
    ],
    ids=["code", "documents", "elsewhere"],
)
def test_push_without_a_note_costs_a_request_at_most(trees: list[dict[str, str]], expected: list[int]) -> None:
    outcome, rows, fake = collect(pushed_world(trees))
    assert (rows, outcome.problems) == ([], {})
    assert count_queries(fake) == expected


def test_changes_that_pull_requests_explain_cost_no_history() -> None:
    world = world_with(TREES[:2] + TREES[4:5])
    world.repositories[0].commits[2].message = "Work"
    _, rows, fake = collect(world)
    assert len(rows) == 2
    assert count_queries(fake) == [0, 0, 1, 1]


def test_push_between_pull_requests_gives_its_note() -> None:
    world = world_with(TREES[:2] + TREES[4:5])
    world.repositories[0].commits[1].message = "Work"
    del world.repositories[0].pull_requests[0]
    _, rows, fake = collect(world)
    assert [row["sha"] for row in rows] == [f"{1:040x}", f"{2:040x}"]
    assert count_queries(fake) == [0, 1, 2, 1]


def test_first_commit_of_a_repository_may_hold_a_note() -> None:
    world = pushed_world([{}, {"newsfragments/3.feature.rst": "The parser reads tabs.\n"}])
    del world.repositories[0].commits[0]
    world.repositories[0].commits[0].parents = ()
    _, (row,), _ = collect(world)
    assert row["text"] == "The parser reads tabs."


def test_commit_of_another_day_gives_no_note() -> None:
    world = pushed_world(TREES[:3])
    for commit in world.repositories[0].commits[1:2]:
        commit.committed = commit.landed = AT - DAY
    _, rows, _ = collect(world)
    assert [row["path"] for row in rows] == ["newsfragments/3.feature.rst"]


def test_notes_of_a_past_day_are_found_from_the_head_of_now() -> None:
    world = pushed_world(TREES[:3])
    world.now = int(NOW.timestamp()) + 20 * DAY
    later = world.repositories[0].commits[-1]
    later.committed = later.landed = world.now - DAY
    with serving(world) as fake:
        rows = collect_from(fake, YESTERDAY, TODAY).tables["notes"].to_dicts()
    assert [row["text"] for row in rows] == ["- Reads tabs in lists (#2)"]


def test_many_fragments_cost_a_bounded_number_of_requests() -> None:
    fragments = {f"newsfragments/{number}.fix.md": f"Reads tab {number}.\n" for number in range(60)}
    _, rows, fake = collect(pushed_world([*TREES[:1], fragments]))
    assert len(rows) == MAX_PATHS_PER_BRANCH
    assert count_queries(fake) == [1, 1, 1, 1]


def test_pushes_to_many_repositories_are_compared_together() -> None:
    world = pushed_world(TREES[:2])
    first = world.repositories[0]
    for number in range(2, 62):
        other = pushed_world(TREES[:2], [f"{number * 10 + step:040x}" for step in range(2)]).repositories[0]
        other.id, other.number, other.name = f"R_{number}", number, f"web{number}"
        world.repositories.append(other)
    outcome, rows, fake = collect(world)
    assert len(rows) == len(world.repositories)
    assert first.full_name in {row["repository"] for row in rows}
    assert count_queries(fake) == [0, 2, 2, 2]
    assert outcome.problems == {}


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("kind", ["502", "resource-limits"])
def test_query_for_pushed_notes_that_fails_costs_the_notes_alone(query: str, kind: str) -> None:
    heavy = Settings(heavy=lambda name, _: name == query, heavy_fault=kind)
    outcome, rows, _ = collect(pushed_world([*TREES[:1], TREES[2]]), heavy)
    assert (rows, outcome.problems) == ([], {})
    assert outcome.tables["commits"].height == 1
    assert bool(outcome.missing_notes) == (kind == "502")
    assert outcome.tables["repositories"]["note"].item() != ""


def test_damaged_trees_cost_the_notes_of_their_repository_alone() -> None:
    def damage(name: str, body: dict[str, Any]) -> None:
        if name == "Commits":
            heads = [node["defaultBranchRef"]["target"] for node in body["data"]["nodes"]]
            heads[0]["tree"], heads[1]["before"] = "?", None
            path = ["nodes", 1, "defaultBranchRef", "target", "before"]
            body["errors"] = [{"type": "FORBIDDEN", "message": "No access", "path": path}]
        if name == "NoteHistories":
            body["data"]["r0"]["object"]["history"]["nodes"] = [None, {"oid": 5, "committedDate": "?"}]

    world = pushed_world(TREES[:2])
    for number in range(2, 6):
        other = pushed_world(TREES[:2], [f"{number * 10 + step:040x}" for step in range(2)]).repositories[0]
        other.id, other.number, other.name = f"R_{number}", number, f"web{number}"
        world.repositories.append(other)
    outcome, rows, _ = collect(world, Settings(damage=damage))
    assert len(rows) == 2
    assert outcome.tables["commits"].height == 5
    assert outcome.problems == {}


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("docs", True),
        ("Docs", True),
        (".changeset", True),
        ("changelogs", True),
        ("changelogs/unreleased", True),
        ("changelog.d/1", True),
        ("docs/changes/deep", True),
        ("newsfragments", True),
        ("src", False),
        ("docs/guide", False),
        ("changelogs/old", False),
    ],
)
def test_folder_may_hold_notes_if_a_note_path_is_below_it(folder: str, expected: bool) -> None:
    assert may_hold_notes(folder) is expected
