"""Stories of sweeps over several repositories: authors, and the minutes that they took."""

from datetime import UTC, datetime, timedelta

from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.stories.models import Change, Story, StoryGroup
from sparky_assets.stories.printing.quoting import QuotationChooser
from sparky_assets.stories.printing.write import StoryWriter

START = datetime(2026, 3, 14, 10, tzinfo=UTC)


def write_sweep(*minutes: float) -> Story:
    """Return the story of one title that landed in a repository each, so many minutes after the start."""
    changes = [
        Change(
            key=f"pr:acme/tool{number}#1", repository=f"acme/tool{number}", number=1, sha=f"{number:040x}",
            url=None, raw_title="Add the gauge to all docks", title="Add the gauge to all docks", author="Ada",
            author_key="ada", landed_at=START + timedelta(minutes=minute),
        )
        for number, minute in enumerate(minutes)
    ]  # fmt: skip
    keys = tuple(change.key for change in changes)
    group = StoryGroup(
        id="s", kind="cross_repository", head=keys[0], changes=keys, people=("Ada",),
        repositories=tuple(change.repository for change in changes),
    )  # fmt: skip
    writer = StoryWriter(
        {change.key: change for change in changes}, QuotationChooser(DocumentLibrary({})), "UTC", False
    )
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
