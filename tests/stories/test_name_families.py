"""Changes of one person about names with the same beginning are one story."""

import pytest

from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.grouping.stories import build_stories
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.write import StoryWriter
from sparky_assets.stories.titles.words import find_families
from tests.stories.record_helpers import make_record

NAMES = ("drawByNight", "drawByTide", "drawByAltColour", "drawByWeather", "drawByPier")
TITLES = tuple(f"Add {name[0].upper() if place == 'frame' else 'd'}{name[1:]} in {place}" for name in NAMES
               for place in ("mapping", "page", "frame"))  # fmt: skip


def make_family(*titles: str, author: str = "ada") -> list[ChangeRecord]:
    return [
        make_record(number, title, hours=5 * number, author=author, paths=(f"src/{number}.go",))
        for number, title in enumerate(titles, 1)
    ]


@pytest.mark.parametrize(
    ("title", "families"),
    [
        ("Add getByRole in mapping", {"getby": ("getBy", "role")}),
        ("Implement the `frame.getBy*` methods", {"getby": ("getBy", "")}),
        ("Fix uv_fs_write for empty buffers", {"uv_fs": ("uv_fs", "write")}),
        ("Use getItem and a map_name", {}),
        ("Draw the night", {}),
    ],
)
def test_families_are_the_beginnings_of_names_of_three_words(title: str, families: dict[str, tuple[str, str]]) -> None:
    assert find_families(title) == families


def test_changes_of_names_with_one_beginning_are_one_story() -> None:
    records = make_family(*TITLES)
    (group,) = build_stories(records)
    assert len(group.changes) == len(TITLES)
    assert group.subject == "drawBy*"
    changes = {record.change.key: record.change for record in records}
    story = StoryWriter(changes, QuotationChooser(DocumentLibrary({})), "UTC", has_one_repository=True).write(group)
    assert story.heading.text == "Fifteen `drawBy*` changes from ada"
    # Each name is listed once before any is listed again.
    assert story.closing[0].text == (
        "Among them: Add drawByNight in mapping, Add drawByTide in mapping, Add drawByAltColour in mapping, "
        "Add drawByWeather in mapping, Add drawByPier in mapping, Add drawByNight in page, Add DrawByNight in frame, "
        "Add drawByTide in page, and 7 more."
    )
    assert story.is_worth_a_section


def test_names_of_two_people_or_of_two_kinds_are_no_family() -> None:
    two = [*make_family(*TITLES[:4]), make_record(9, "Hide drawByPier", author="bob", hours=9, paths=("doc/a.go",))]
    assert not any(group.subject.endswith("*") for group in build_stories(two))
    kinds = make_family("Add drawByNight in mapping", "Close readByTide in page", "Hide lightByPier of a frame")
    assert len(build_stories(kinds)) == 3
