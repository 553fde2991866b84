"""Lines that merged pull requests added to changelogs and fragments: without a clone the rows that a clone gives."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.git.diffs.hunks import list_added_runs
from resources.git.log import read_commits
from resources.git.notes.places import is_note_path
from resources.git.notes.read import parse_additions, read_notes
from resources.git.repository import open_repository
from sparky_assets.raw.github.notes.added_notes import MAX_FILES_PER_REPOSITORY
from sparky_assets.raw.notes.releases import build_note_rows
from tests.factories.git_repositories import History
from tests.fakes.github import FakeGitHub, Settings, fault, serving
from tests.fakes.github_collection import Outcome, collect_from
from tests.fakes.github_world import Commit, Item, Repo, User, World, days_before
from tests.raw.test_github_sweep import NOW, TODAY

YESTERDAY = days_before(TODAY, 1)
AT = int(YESTERDAY.timestamp()) + 3600
ADA = User(1, "ada", "Ada", ("ada@example.com",))

CHANGELOG = "# Changelog\n\n## Unreleased\n\n### Added\n\n- Reads spaces (#1)\n\n## 1.0.0\n\n- Old\n"
WITH_TABS = CHANGELOG.replace("- Reads spaces (#1)\n", "- Reads spaces (#1)\n- Reads tabs in lists (#2)\n")

TREES: list[dict[str, str]] = [
    {"CHANGELOG.md": CHANGELOG, "main.py": "pass\n"},
    {"CHANGELOG.md": WITH_TABS},
    {"newsfragments/3.feature.rst": "The parser reads tabs, ask ada@example.com.\n"},
    {".changeset/brave-cats.md": '---\n"@acme/pier": minor\n---\n\nThe client retries once (#4).\n'},
    {"CHANGELOG.md": WITH_TABS.replace("\n### Added", "\n### Fixed\n\n- The map is right again\n\n### Added")},
    {"CHANGELOG.md": WITH_TABS.replace("## Unreleased", "## Unreleased\n\n## 1.1.0"), "changelog.d/.gitkeep": ""},
    {"docs/changes/deep/7.bugfix.md": "Folders may hold spaces.\r\nAnd tabs.\r\n", "main.py": "print(1)\n"},
    {"main.py": "print(2)\n"},
]
"""What each commit changes, the first one before the window."""


def change(number: int, sha: str, paths: Mapping[str, Any], **fields: Any) -> Item:
    at = AT + number
    item = Item(f"PR_{number}", True, number, f"Change {number}", at - 600, ADA)
    item.events = [("merged", at, ADA), ("closed", at, ADA)]
    item.merge_commit, item.paths = sha, tuple(paths)
    for name, value in fields.items():
        setattr(item, name, value)
    return item


def world_with(trees: list[dict[str, str]], shas: list[str] | None = None, **fields: Any) -> World:
    """Each tree is merged by a pull request, an hour into yesterday; the first one is of the day before."""
    repo = Repo("R_1", 1, "acme", "web", AT - 9_000_000, **fields)
    tree: dict[str, bytes] = {}
    for number, files in enumerate(trees):
        tree = tree | {path: text.encode() for path, text in files.items()}
        sha = shas[number] if shas else f"{number:040x}"
        at = AT + number if number else AT - 90_000
        parents = (repo.commits[-1].oid,) if number else ()
        commit = Commit(sha, at, at, at, ADA, "ada@example.com", f"Work (#{number})", 1, 1, 1, parents)
        commit.tree = tree
        repo.commits.append(commit)
        if number:
            repo.pull_requests.append(change(number, sha, files))
    return World("acme", "Organization", int(NOW.timestamp()), [repo], [], [ADA])


def collect(world: World, settings: Settings | None = None) -> tuple[Outcome, list[dict[str, Any]], FakeGitHub]:
    """Collect yesterday; return the outcome, its notes of changes, and the fake."""
    with serving(world, settings) as fake:
        outcome = collect_from(fake, YESTERDAY, TODAY)
        rows = outcome.tables["notes"].filter(kind="change").sort("at", "path", "line_from")
        return outcome, rows.to_dicts(), fake


def count_queries(fake: FakeGitHub) -> tuple[int, int]:
    names = [name for name, _ in fake.queries]
    return names.count("ChangedFiles"), names.count("NoteFiles")


def test_notes_of_changes_have_the_rows_that_a_clone_gives(tmp_path: Path) -> None:
    history = History()
    for number, files in enumerate(TREES):
        contents: dict[str | bytes, str | bytes | None] = dict(files.items())
        history.commit(f"Work (#{number})", AT + number if number else AT - 90_000, contents)
    clone = open_repository(history.at_path(tmp_path / "clone"))
    commits = sorted(read_commits(clone, days_before(YESTERDAY, 9), TODAY), key=lambda commit: commit.committed_at)
    notes = read_notes(clone, [], YESTERDAY, TODAY)
    expected = build_note_rows(notes, "acme/web", "public").filter(kind="change").sort("at", "path", "line_from")
    outcome, rows, fake = collect(world_with(TREES, [commit.sha for commit in commits]))
    assert rows == expected.to_dicts()
    assert [row["text"].split("\n")[0] for row in rows] == [
        "- Reads tabs in lists (#2)",
        "The parser reads tabs, ask .",
        "The client retries once (#4).",
        "### Fixed",
        "Folders may hold spaces.",
    ]
    assert count_queries(fake) == (1, 1)
    assert outcome.problems == {}


def test_change_without_a_note_costs_no_request() -> None:
    trees = [*TREES[:1], {"main.py": "print(1)\n"}, {"src/changelog.py": "pass\n", "release.sh": "make\n"}]
    _, rows, fake = collect(world_with(trees))
    assert (rows, count_queries(fake)) == ([], (0, 0))


def test_note_of_a_private_repository_is_private() -> None:
    _, (row,), _ = collect(world_with(TREES[:2], visibility="PRIVATE"))
    assert (row["visibility"], row["sha"], row["line_from"]) == ("private", f"{1:040x}", 8)
    assert row["heading_path"] == ["Changelog", "Unreleased", "Added"]


@pytest.mark.parametrize(
    "fields",
    [
        {"base": "release/1.x"},
        {"merge_commit": "d" * 40},
        {"events": []},
        {"events": [("merged", AT - 90_000, ADA), ("closed", AT - 90_000, ADA)]},
    ],
    ids=["other branch", "commit is gone", "open", "merged before"],
)
def test_pull_request_that_did_not_land_in_the_window_gives_no_note(fields: dict[str, Any]) -> None:
    world = world_with(TREES[:2])
    for name, value in fields.items():
        setattr(world.repositories[0].pull_requests[0], name, value)
    world.repositories[0].pull_requests[0].comments = [(AT, ADA)]
    outcome, rows, _ = collect(world)
    assert (rows, outcome.problems) == ([], {})


def test_rebased_pull_request_gives_the_note_of_its_earlier_commit() -> None:
    world = world_with(TREES[:2] + TREES[-1:])
    repo = world.repositories[0]
    repo.pull_requests = [change(2, f"{2:040x}", {"CHANGELOG.md": "", "main.py": ""})]
    _, (row,), _ = collect(world)
    assert (row["sha"], row["text"]) == (f"{1:040x}", "- Reads tabs in lists (#2)")


@pytest.mark.parametrize(
    ("text", "text_limit"),
    [
        ("# Changelog\n\n- " + "x" * 500_000, 512_000),
        (WITH_TABS, 60),
        (WITH_TABS + "\0", 512_000),
        ("->elsewhere", 512_000),
    ],
    ids=["large", "truncated", "binary", "link"],
)
def test_file_that_is_not_a_whole_text_gives_no_note(text: str, text_limit: int) -> None:
    world = world_with([*TREES[:1], {"CHANGELOG.md": text}])
    world.text_limit = text_limit
    outcome, rows, _ = collect(world)
    assert (rows, outcome.problems) == ([], {})


def test_many_changes_cost_few_requests() -> None:
    lines = [f"- Reads tab {number}\n" for number in range(MAX_FILES_PER_REPOSITORY + 6)]
    head, _, tail = CHANGELOG.partition("- Reads spaces (#1)\n")
    trees = [{"CHANGELOG.md": head + "".join(lines[:number]) + tail} for number in range(len(lines))]
    _, rows, fake = collect(world_with(trees))
    assert len(rows) == MAX_FILES_PER_REPOSITORY
    assert rows[-1]["text"] == lines[-2].strip()
    # Sixty files a request, eighty texts a request; the text before a change is that after another.
    assert count_queries(fake) == (2, 2)


def test_large_texts_are_read_a_megabyte_at_a_time() -> None:
    trees = [{"CHANGELOG.md": CHANGELOG + f"- {number}\n" * 60_000} for number in range(5)]
    _, _, fake = collect(world_with(trees))
    assert count_queries(fake) == (1, 2)


@pytest.mark.parametrize("kind", ["primary-200", "secondary-403", "502"])
def test_note_of_a_change_is_read_after_a_rate_limit_or_a_failure(kind: str) -> None:
    failed: list[str] = []

    def fail_once(fake: FakeGitHub, _: int) -> None:
        fake.overrides.clear()
        last = fake.queries[-1][0] if fake.queries else ""
        if last in {"Items", "ChangedFiles"} and last not in failed:
            failed.append(last)
            fake.overrides["/api/graphql"] = fault(kind, NOW.timestamp())

    outcome, rows, _ = collect(world_with(TREES[:3]), Settings(before=fail_once, clock=NOW.timestamp))
    assert failed == ["Items", "ChangedFiles"]
    assert len(rows) == 2
    assert outcome.problems == {}


@pytest.mark.parametrize("query", ["ChangedFiles", "NoteFiles"])
def test_query_that_github_never_computes_costs_the_notes_of_changes_alone(query: str) -> None:
    world = world_with([*TREES[:1], TREES[2]])
    outcome, rows, _ = collect(world, Settings(heavy=lambda name, _: name == query))
    assert (rows, outcome.problems) == ([], {})
    assert outcome.tables["pull_requests"].filter(event="merged").height == 1
    assert outcome.tables["repositories"]["note"].item() != ""


def test_damaged_answer_costs_the_note_of_its_change_alone() -> None:
    def damage(name: str, body: dict[str, Any]) -> None:
        if name == "ChangedFiles":
            body["data"]["r0"]["object"]["committedDate"] = "yesterday"
            body["data"]["r1"] = None
            body["errors"] = [{"type": "FORBIDDEN", "message": "No access", "path": ["r1"]}]
            body["data"]["r2"]["object"] = {"__typename": "Tag"}
        if name == "NoteFiles":
            body["data"]["r0"]["object"]["text"] = 5

    trees = [*TREES[:1], *({f"newsfragments/{number}.fix.md": f"Reads tab {number}.\n"} for number in range(6))]
    outcome, rows, _ = collect(world_with(trees), Settings(damage=damage))
    # The newest is asked about first: the last three were not found, and the third has no text.
    assert [row["text"] for row in rows] == ["Reads tab 0.", "Reads tab 1."]
    assert outcome.problems == {}
    assert outcome.tables["repositories"]["note"].item() != ""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("CHANGELOG.md", True),
        ("docs/Changes.rst", True),
        ("00-RELEASENOTES", True),
        (".changeset/brave-cats.md", True),
        ("crates/pier/newsfragments/1.added.md", True),
        ("changelog.d/1/2.md", True),
        ("changes/12.fix", True),
        (".changeset/config.json", False),
        (".changeset/deep/cats.md", False),
        ("src/news/feed.py", False),
        ("release.sh", False),
        ("changelog.d", False),
        ("README.md", False),
    ],
)
def test_note_path_is_a_changelog_or_a_fragment(path: str, expected: bool) -> None:
    assert is_note_path(path) is expected


LINES = st.lists(st.sampled_from(["a\n", "b\n", "\n", "- c\n"]), max_size=12).map("".join)


@given(LINES, LINES)
def test_runs_rebuild_the_text_that_has_them(before: str, after: str) -> None:
    rest = after.split("\n")[:-1]
    runs = list(list_added_runs(before, after))
    assert all(rest[run.first_line - 1 : run.first_line - 1 + len(run.lines)] == list(run.lines) for run in runs)
    for run in reversed(runs):
        del rest[run.first_line - 1 : run.first_line - 1 + len(run.lines)]
    left = iter(before.split("\n")[:-1])
    assert all(line in left for line in rest), "what is not added is in the text before, in this order"
    assert sum(run.removed_count for run in runs) <= before.count("\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (CHANGELOG, WITH_TABS),
        ("", "one\ntwo"),
        ("one", "one\ntwo"),
        ("- a\n\n- c\n", "- a\n\n- b\n\n- c\n"),
        ("# C\n\n## 1\n\n- a\n", "# C\n\n## 2\n\n- b\n\n## 1\n\n- a\n"),
        ("a\nb\nc\n", "a\nx\ny\nc\nd\n"),
    ],
)
def test_runs_are_those_of_git(before: str, after: str, tmp_path: Path) -> None:
    (tmp_path / "before").write_text(before)
    (tmp_path / "after").write_text(after)
    command = [shutil.which("git") or "git", "diff", "--no-index", "-U0", "--full-index", "before", "after"]
    diff = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    expected = [
        (addition.first_line, addition.lines, addition.removed_lines, addition.is_reworded)
        for addition in parse_additions(f"\0\1{'1' * 40} 5\0\n{diff}")
    ]
    assert [tuple(run) for run in list_added_runs(before, after)] == expected


@pytest.mark.parametrize("line", ["", "- same"])
def test_long_texts_are_compared_in_bounded_time(line: str) -> None:
    before = "\n".join(f"{line}{number % 3}" for number in range(900))
    runs = list(list_added_runs(before, f"x\n{before[5:]}\ny\n"))
    assert runs
    assert next(list_added_runs("a\n" * 3 + "b\n" * 5_000, "c\n" * 5_000)).removed_count == 5_003
