"""Open a text that no release leads with the first quotation of its first story (EDITORIAL.md, BL-OPEN). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sparky_assets.stories.models import Change, Story, StorySentence
from sparky_assets.stories.printing.phrasing import PhraseSlot, tell
from sparky_assets.stories.printing.sentences import SAYS_PHRASE, name, title_link

OPENING_PHRASES: Mapping[str, str] = {
    "Q-WHO": "opening.person",
    "Q-SAYS": "opening.message",
    "Q-WHY": "opening.message",
    "Q-WENT": "opening.fault",
    "Q-BEFORE": "opening.before",
}
"""What an opening says of a quotation, by the template of the sentence that has it in the story."""
MIN_QUOTATIONS = 2
"""Quotations of a story from which the first one opens the text: the section keeps another one."""


@dataclass(frozen=True)
class OpeningQuotation:
    """The first sentence of a text, and its stories without the quotation that the sentence has."""

    sentence: StorySentence
    stories: tuple[Story, ...]


def open_with_quotation(stories: Sequence[Story], changes: Mapping[str, Change]) -> OpeningQuotation | None:
    """Return an opening from the first story; None if that does not begin with the words of its author.

    Args:
        stories: the stories in their order, as they are printed.
        changes: the changes of the period by key.
    """
    story = stories[0] if stories else None
    head = changes.get(story.group.head) if story else None
    quoting = [sentence for sentence in story.sentences if sentence.has_quotation] if story else []
    if story is None or head is None or len(quoting) < MIN_QUOTATIONS or quoting[0] is not story.sentences[0]:
        return None
    first, *rest = story.sentences
    phrase = OPENING_PHRASES.get(first.template)
    quoted = next(part for part in first.parts if part.quotation)
    if phrase is None or quoted.quotation is None or quoted.quotation.source not in head.sources:
        return None
    person = next((part.text for part in first.parts if part.kind == "name"), "")
    slots: dict[str, PhraseSlot] = {"quotation": quoted, "title": title_link(head)}
    if person:
        slots["person"] = name(person, head.key)
    opened = story.model_copy(update={"sentences": (_attribute(rest[0], person), *rest[1:])})
    return OpeningQuotation(tell("BL-OPEN", phrase, **slots), (opened, *stories[1:]))


def _attribute(sentence: StorySentence, person: str) -> StorySentence:
    """Return the quotation that now comes first with whose words it is: it went on from the one in front of it."""
    if sentence.template != "Q-BARE":
        return sentence
    quoted = next(part for part in sentence.parts if part.quotation)
    if person:
        return tell("Q-WHO", "quotes.person", person=name(person), quotation=quoted)
    return tell("Q-SAYS", SAYS_PHRASE, quotation=quoted)
