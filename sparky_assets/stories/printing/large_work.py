"""Tell large work: how long a branch was, and one thing that was done many times. Pure."""

from collections import Counter
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sparky_assets.stories.models import Change, SentencePart, Story, StoryGroup, StorySentence
from sparky_assets.stories.points import MIN_BRANCH_COMMITS
from sparky_assets.stories.printing.phrasing import PhraseFragment, PhraseSlot, tell
from sparky_assets.stories.printing.sentences import count, format_day, limit_parts, name, title_link

MAX_EXAMPLES = 3
"""Changes of a campaign that are named: the others have titles of the same form."""
MIN_MOST_SHARE = 0.5
"""Share of the changes from which most of them are said to be from one person."""


def tell_branch(change: Change, timezone: str) -> list[StorySentence]:
    """Return how many commits a merge brought, and since when they were written; nothing where they are few."""
    if change.branch_commits < MIN_BRANCH_COMMITS or change.branch_began_at is None:
        return []
    number = SentencePart(kind="count", text=f"{change.branch_commits:,}", evidence=change.key)
    zone = ZoneInfo(timezone)
    first, last = (instant.astimezone(zone).date() for instant in (change.branch_began_at, change.landed_at))
    day = format_day(first, timezone, with_year=first.year != last.year)
    date = SentencePart(kind="date", text=day, evidence=change.key)
    return [tell("S-BRANCH", "stories.branch", number=number, date=date)]


def write_campaign(group: StoryGroup, changes: Sequence[Change], place: Sequence[PhraseFragment]) -> Story:
    """Return the story of a campaign, such as `Move tests to JUnit Jupiter`: how many changes, from whom, and some.

    Args:
        group: the story.
        changes: its changes, the earlier first.
        place: the name of the repository, where there are several.
    """
    words = SentencePart(kind="datum", text=group.shared_words, evidence=changes[0].key)
    return Story(
        group=group,
        heading=tell("H-AREA", "stories.placed", place=list(place), title=words),
        brief=tell("H-CAMPAIGN", "box.title", place=list(place), title=words),
        sentences=(_count_changes(changes),),
        is_worth_a_section=True,
    )


def _count_changes(changes: Sequence[Change]) -> StorySentence:
    """Return how many changes there are, from whom most of them are, and the first ones as links."""
    slots: dict[str, PhraseSlot] = {
        "number": count(len(changes), starts_sentence=True),
        "titles": limit_parts([title_link(change) for change in changes[:MAX_EXAMPLES]], len(changes)),
    }
    people = Counter(change.author for change in changes)
    person, own = max(people.items(), key=lambda item: (item[1], item[0] or ""))
    if person is None or own <= MIN_MOST_SHARE * len(changes):
        return tell("S-CAMPAIGN", "stories.campaign", **slots)
    evidence = next(change.key for change in changes if change.author == person)
    phrase = "stories.campaign_by" if own == len(changes) else "stories.campaign_mostly_by"
    return tell("S-CAMPAIGN", phrase, person=name(person, evidence), **slots)
