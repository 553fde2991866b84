"""Stories that carry on a story of an earlier period, and those that only look like it."""

from dataclasses import replace
from typing import Any

import pytest

from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.continuing import continue_stories
from sparky_assets.stories.grouping.stories import build_stories
from tests.stories.record_helpers import make_record


def find_reason(later: ChangeRecord, *earlier: ChangeRecord) -> str:
    """Return why the story of a change carries on that of the first earlier one; empty if it does not."""
    history = [(group, [record.change]) for record in earlier for group in build_stories([record])]
    (story,) = build_stories([later])
    repaired = {later.change.key: later.repaired}
    (continued,) = continue_stories([story], {later.change.key: later.change}, history, repaired)
    assert continued.continues in {None, *(group.id for group, _ in history)}
    return continued.continues_because


@pytest.mark.parametrize(("old", "new", "reason"), [
    ({"trackers": ("WS-07",)}, {"trackers": ("WS-07",)}, "both name WS-07"),
    ({}, {"references": (1,)}, "#8 names #1"),
    ({"references": (8,)}, {}, "it names #8"),
    ({"closes": (5,)}, {"closes": (5,)}, "both name #5"),
    ({"milestone": "Night maps"}, {"milestone": "Night maps"}, "both are in the milestone “Night maps”"),
    ({"milestone": "v2.1"}, {"milestone": "v2.1"}, ""),
    ({}, {"reverts": "pr:acme/tool#1"}, "#8 takes back one of its changes"),
    ({}, {"reverts": f"{1:040x}"}, "#8 takes back one of its changes"),
    ({}, {"reverts": "title:Add a gauge module"}, "#8 takes back one of its changes"),
    ({"scope": "parser", "paths": ("parser/a.py",)}, {"scope": "parser", "paths": ("parser/a.py",)}, ""),
    ({"labels": ("area/parser",)}, {"labels": ("area/parser",)}, ""),
])  # fmt: skip
def test_story_continues_by_a_written_reason_and_no_area(old: dict[str, Any], new: dict[str, Any], reason: str) -> None:
    earlier = make_record(1, "Add a gauge module", author="bob", **old)
    assert find_reason(make_record(8, "Finish needle work", **new), earlier) == reason


def test_shared_word_continues_nothing() -> None:
    assert find_reason(make_record(8, "Add gauge module again"), make_record(1, "Add a gauge module")) == ""


def test_fix_continues_the_story_whose_lines_it_changes() -> None:
    later = replace(make_record(8, "Fix the needle"), repaired=(f"{1:040x}",))
    assert find_reason(later, make_record(1, "Add a gauge module")) == "#8 repairs 0000000"


@pytest.mark.parametrize(("title", "author", "paths", "reason"), [
    ("Fix `tide search` at night", "ada", (), "titles of both hold `tide search`; same person"),
    ("Fix `tide search` at night", "bob", ("tide/a.py",),
     "titles of both hold `tide search`; both change tide/a.py"),
    ("Fix `tide search` at night", "bob", (), ""),
    ("Fix `search` at night", "ada", (), ""),
    ("Fix ecosystem.md at night", "ada", (), ""),
])  # fmt: skip
def test_rare_identifier_continues_only_with_a_second_signal(
    title: str, author: str, paths: tuple[str, ...], reason: str
) -> None:
    earlier = make_record(
        1, "Show more of `tide search`, `search` and ecosystem.md", paths=("tide/a.py", "ecosystem.md")
    )
    assert find_reason(make_record(8, title, author=author, paths=paths), earlier) == reason


def test_identifier_of_many_titles_continues_nothing() -> None:
    words = ("map", "sea", "sky", "bay", "dam")
    earlier = [make_record(number, f"Show `tide search` on the {word}") for number, word in enumerate(words, 1)]
    assert find_reason(make_record(8, "Fix `tide search` at night"), *earlier) == ""


def test_number_that_many_stories_name_continues_nothing() -> None:
    words = ("map", "sea", "sky", "bay")
    earlier = [make_record(number, f"Draw the {word}", references=(99,)) for number, word in enumerate(words, 1)]
    assert find_reason(make_record(8, "Draw a pier", references=(99,)), *earlier) == ""


def test_story_that_carries_on_comes_before_an_equal_one() -> None:
    first = make_record(1, "Add gauge module", trackers=("WS-07",))
    earlier = [(group, [first.change]) for group in build_stories([first])]
    records = [make_record(8, "Add needle work"), make_record(9, "Add pointer work", trackers=("WS-07",))]
    assert build_stories(records)[0].head == "pr:acme/tool#8"
    continued = build_stories(records, earlier=earlier)[0]
    assert (continued.head, continued.continues) == ("pr:acme/tool#9", earlier[0][0].id)
    assert "it carries on an earlier story (both name WS-07) +1" in continued.reasons
