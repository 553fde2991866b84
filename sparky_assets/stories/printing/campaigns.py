"""Write the story of one thing that was done many times: `Move tests to JUnit Jupiter`, 43 changes. Pure."""

from collections import Counter
from collections.abc import Sequence

from sparky_assets.stories.models import Change, SentencePart, Story, StoryGroup, StorySentence
from sparky_assets.stories.printing.phrasing import PhraseFragment, PhraseSlot, tell
from sparky_assets.stories.printing.sentences import count, limit_parts, name, title_link

MAX_EXAMPLES = 3
"""Changes of a campaign that are named: the others have titles of the same form."""
MIN_MOST_SHARE = 0.5
"""Share of the changes from which most of them are said to be from one person."""


def write_campaign(group: StoryGroup, changes: Sequence[Change], place: Sequence[PhraseFragment]) -> Story:
    """Return the story of a campaign: the words that all its titles share, how many changes, from whom, and some.

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
