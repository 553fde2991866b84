"""Stories of sweeps over several repositories: authors, and the minutes that they took."""

from datetime import UTC, datetime, timedelta

import pytest

from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import SourceText
from sparky_assets.stories.models import Change, ReleaseNote, Story, StoryGroup
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.sentences import format_title
from sparky_assets.stories.printing.write import StoryWriter
from tests.stories.record_helpers import make_record

START = datetime(2026, 3, 14, 10, tzinfo=UTC)


def write_sweep(*minutes: float, tag: str = "") -> Story:
    """Return the story of one title that landed in a repository each, so many minutes after the start.

    Args:
        minutes: minutes after the start, one a repository.
        tag: the release that holds the change in each repository.
    """
    changes = [
        Change(
            key=f"pr:acme/tool{number}#1", repository=f"acme/tool{number}", number=1, sha=f"{number:040x}",
            url=None, raw_title="Add the gauge to all docks", title="Add the gauge to all docks", author="Ada",
            author_key="ada", landed_at=START + timedelta(minutes=minute), releases=(tag,) if tag else (),
        )
        for number, minute in enumerate(minutes)
    ]  # fmt: skip
    keys = tuple(change.key for change in changes)
    group = StoryGroup(
        id="s", kind="cross_repository", head=keys[0], changes=keys, people=("Ada",),
        repositories=tuple(change.repository for change in changes),
    )  # fmt: skip
    releases = {
        (change.repository, tag): ReleaseNote(
            key=f"release:{change.repository}@{tag}", repository=change.repository, tag=tag, version=tag[1:], title=tag,
            url=None, published_at=START, is_prerelease=False,
        )
        for change in changes
        if tag
    }  # fmt: skip
    chooser = QuotationChooser(DocumentLibrary({}))
    writer = StoryWriter({change.key: change for change in changes}, chooser, "UTC", False, releases)
    return writer.write(group)


def test_brief_of_a_sweep_counts_repositories_and_names_no_person() -> None:
    assert write_sweep(0, 4, 9.5).brief.text == "Three repositories added the gauge to all docks."


def test_sweep_within_an_hour_says_the_minutes_and_the_day() -> None:
    assert (
        " in three repositories within 10 minutes on Saturday, March 14: " in write_sweep(0, 4, 9.5).sentences[0].text
    )


def test_sweep_of_one_day_says_the_day_and_no_minutes() -> None:
    assert " repositories on Saturday, March 14: " in write_sweep(0, 4, 300).sentences[0].text


def test_sweep_of_several_days_says_no_day() -> None:
    assert " in three repositories: " in write_sweep(0, 4, 3000).sentences[0].text


def test_sweep_that_ended_releases_names_each_of_them() -> None:
    story = write_sweep(0, 4, 9.5, tag="v1.0.1")
    assert story.brief.text == "Three repositories added the gauge to all docks, each with a release."
    assert story.sentences[1].text == (
        "Each has a release that ends with it: tool0 1.0.1, tool1 1.0.1, and tool2 1.0.1."
    )


def tell_repository(*sources: SourceText) -> str:
    chooser = QuotationChooser(DocumentLibrary({source.key: source for source in sources}))
    sentence = chooser.tell_repository("acme/pier")
    return sentence.text if sentence else ""


README = SourceText(
    key="readme:acme/pier", kind="readme", repository="acme/pier",
    text="# Pier\n\n[![ci](https://x.y/b.svg)](https://x.y)\n\nA pier for small boats and ferries.\n\nMore of it.",
)  # fmt: skip
DESCRIPTION = SourceText(
    key="description:acme/pier", kind="description", repository="acme/pier", text="A pier for boats"
)


def test_repository_is_described_by_the_first_sentence_of_its_readme() -> None:
    assert tell_repository(README, DESCRIPTION) == "Its README says what it is: “A pier for small boats and ferries.”"


def test_repository_without_a_readme_is_described_by_its_description() -> None:
    assert tell_repository(DESCRIPTION) == "Its description says: “A pier for boats”."


def test_repository_without_a_text_is_not_described() -> None:
    assert tell_repository() == ""


@pytest.mark.parametrize(
    ("title", "paths", "printed"),
    [
        ("Draw maps of the harbor", ("docs/maps.md", "README.md"), "Docs: Draw maps of the harbor"),
        ("Draw maps of the harbor", ("docs/maps.md", "src/maps.py"), "Draw maps of the harbor"),
        ("Draw maps of the harbor", ("requirements.txt",), "Draw maps of the harbor"),
        ("Draw maps of the harbor", (), "Draw maps of the harbor"),
        ("Draw maps of the harbor", tuple(f"docs/{number}.md" for number in range(30)), "Draw maps of the harbor"),
        ("Document the maps", ("docs/maps.md",), "Document the maps"),
    ],
)
def test_change_of_documents_alone_is_framed_as_such(title: str, paths: tuple[str, ...], printed: str) -> None:
    assert format_title(make_record(1, title, paths=paths).change) == printed


@pytest.mark.parametrize(("area", "has_one", "heading"), [
    ("Windows launcher", True, "New in Windows launcher: a needle"),
    ("Windows launcher", False, "New in tool, Windows launcher: a needle"),
    ("needle", True, "New: a needle"),
    ("", True, "New: a needle"),
])  # fmt: skip
def test_heading_of_many_changes_names_their_area_once(area: str, has_one: bool, heading: str) -> None:
    titles = ("Add a needle", "Draw the bay", "Paint every dock")
    records = [make_record(number, title, new_paths=("win/a.rs",)) for number, title in enumerate(titles, 1)]
    changes = {record.change.key: record.change for record in records}
    group = StoryGroup(
        id="s", kind="feature", head="pr:acme/tool#1", changes=tuple(changes), people=("ada",),
        repositories=("acme/tool",), area=area,
    )  # fmt: skip
    writer = StoryWriter(changes, QuotationChooser(DocumentLibrary({})), "UTC", has_one)
    assert writer.write(group).heading.text == heading


def write_reel_story(*messages: str) -> Story:
    """Return the story of three changes of one person about the reel, the first ones with these messages."""
    titles = ("Support reel menus", "Show the position of the reel", "Let the reel turn backwards")
    records = [make_record(number, title, sources=(f"message:{number}",)) for number, title in enumerate(titles, 1)]
    changes = {record.change.key: record.change for record in records}
    keys = tuple(changes)
    group = StoryGroup(
        id="s", kind="feature", head=keys[0], changes=keys, people=("ada",), repositories=("acme/tool",), subject="reel"
    )
    texts = {
        f"message:{number}": SourceText(
            key=f"message:{number}", kind="message", repository="acme/tool", text=text, title=titles[number - 1]
        )
        for number, text in enumerate(messages, 1)
    }
    return StoryWriter(changes, QuotationChooser(DocumentLibrary(texts)), "UTC", True).write(group)


def test_story_of_a_subject_counts_its_changes_and_quotes_each() -> None:
    story = write_reel_story("Menus of the reel now open at night.", "The reel now shows where its hook is.")
    assert story.heading.text == "Three reel changes from ada"
    assert story.brief.text == "Now supported: reel menus."
    assert [item.sentences[0].text for item in story.items] == [
        "Support reel menus: “Menus of the reel now open at night.”",
        "Show the position of the reel: “The reel now shows where its hook is.”",
    ]
    assert story.closing[0].text == "The others: Let the reel turn backwards."


def test_story_of_a_subject_without_a_text_is_a_series() -> None:
    assert write_reel_story().heading.text == "Now supported: reel menus"
