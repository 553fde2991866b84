"""Weeks of public repositories, marked by hand: the first ten stories join only changes that belong together.

`marked_weeks.json` holds keys, titles, paths and marks; persons are numbered. Changes with one mark belong together.
Three weeks were marked before the rules were written, five more on repositories in which rules had joined too much.
"""

import json
from datetime import datetime
from pathlib import Path

import pytest

from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.grouping.stories import build_stories
from sparky_assets.stories.models import Change
from sparky_assets.stories.signals import ChangeSignals

WEEKS = json.loads(Path(__file__).with_name("marked_weeks.json").read_text())


def build_record(row: dict) -> ChangeRecord:
    change = Change(
        key=row["key"], repository=row["key"].partition(":")[2].partition("#")[0].partition("@")[0],
        number=int(row["key"].partition("#")[2]) if "#" in row["key"] else None, sha=row["key"].rpartition("@")[2],
        url=None, raw_title=row["title"], title=row["title"], type=row["type"], author=row["person"],
        author_key=row["person"], is_bot=row["bot"], landed_at=datetime.fromisoformat(row["at"]),
        paths=tuple(row["paths"]), new_paths=tuple(row["new_paths"]), references=tuple(row["references"]),
        closes=tuple(row["closes"]), noise=row["noise"],
    )  # fmt: skip
    return ChangeRecord(change, "", ChangeSignals())


@pytest.mark.parametrize("week", sorted(WEEKS))
def test_first_stories_of_a_marked_week_join_only_related_changes(week: str) -> None:
    marks = {row["key"]: row["mark"] for row in WEEKS[week]}
    stories = build_stories([build_record(row) for row in WEEKS[week]])
    told = [story for story in stories if story.kind not in {"noise", "dependencies"}][:10]
    joined = {story.head: {marks[key] for key in story.changes} for story in told}
    assert {head: found for head, found in joined.items() if len(found) > 1} == {}


def test_marked_stories_of_five_repositories_are_found() -> None:
    rows = WEEKS["github-community-projects 2026-W11"]
    sizes: dict[str, int] = {}
    for story in build_stories([build_record(row) for row in rows]):
        for mark in {row["mark"] for row in rows if row["key"] in story.changes}:
            sizes[mark] = max(sizes.get(mark, 0), len(story.changes))
    assert sizes["ready"] == 5
    assert sizes["permissions"] >= 4  # the fifth has a shorter title
    assert sizes["uv"] >= 5


@pytest.mark.parametrize(("week", "mark", "size"), [
    ("caddy 2026-W06 to W07", "renewal", 2), ("llm 2026-W24 to W26", "tool calls", 4), ("click 2026-W15", "shlex", 2),
    ("alertmanager 2026-W06 to W07", "protobuf", 3), ("alertmanager 2026-W06 to W07", "atomic pointers", 2),
])  # fmt: skip
def test_marked_changes_of_one_repository_are_one_story(week: str, mark: str, size: int) -> None:
    marks = {row["key"]: row["mark"] for row in WEEKS[week]}
    stories = build_stories([build_record(row) for row in WEEKS[week]])
    assert [len(story.changes) for story in stories if marks[story.changes[0]] == mark] == [size]
