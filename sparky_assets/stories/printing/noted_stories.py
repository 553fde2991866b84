"""Join what the notes of a release and the story of a change say about it, where only one of both is printed. Pure."""

from collections.abc import Mapping, Sequence

from sparky_assets.documents.similarity import covers_text, repeats_title
from sparky_assets.stories.models import Change, PeriodStories, Story, StoryItem
from sparky_assets.stories.printing.edition import EditionList
from sparky_assets.stories.printing.phrasing import tell
from sparky_assets.stories.printing.products.story_lists import quotes_any
from sparky_assets.stories.printing.quoting.choose import BARE_TEMPLATES
from sparky_assets.stories.printing.repetition import quote_bare

MAX_EXPLANATION_WORDS = 36
"""Words of what is said behind an item of the notes that is a bare title."""


def quote_notes(sections: Sequence[Story], stories: PeriodStories, changes: Mapping[str, Change]) -> tuple[Story, ...]:
    """Return sections that begin with what the notes say of their change, where no list has it in their place.

    Args:
        sections: the stories with a section.
        stories: the stories of the period, with the items of the notes of its releases.
        changes: the changes by key.
    """
    lists = [*stories.release_items.values(), *stories.release_fixes.values()]
    items = {item.changes[0]: item for own in lists for item in own.items if len(item.changes) == 1}
    return tuple(_quote_note(story, items.get(story.group.head), changes.get(story.group.head)) for story in sections)


def _quote_note(story: Story, item: StoryItem | None, head: Change | None) -> Story:
    said = [part.quotation for sentence in story.sentences for part in sentence.parts if part.quotation]
    part = next((part for part in item.sentences[0].parts if part.quotation), None) if item else None
    if head is None or part is None or part.quotation is None or repeats_title(part.text, head.title):
        return story
    source = part.quotation.source
    if any(quoted.source == source or covers_text(quoted.text, part.text) for quoted in said):
        return story
    # What its message says is for who reads the diff; what went wrong, and its reason, stay.
    is_bare = bool(story.sentences) and story.sentences[0].template in BARE_TEMPLATES
    kept = story.sentences[1:] if is_bare else story.sentences
    noted = tell("R-ALSO", "quotes.notes_about", quotation=part.model_copy(update={"url": None}))
    return story.model_copy(update={"sentences": (noted, *kept)})


def explain_items(
    lists: Sequence[EditionList], news: Sequence[Story], changes: Mapping[str, Change]
) -> tuple[EditionList, ...]:
    """Return lists of what releases bring whose bare titles have what the story of their change says of it.

    Args:
        lists: the lists.
        news: the stories of the period.
        changes: the changes by key.
    """
    by_head = {story.group.head: story for story in news}
    return tuple(
        own.model_copy(update={"items": tuple(_explain_item(item, by_head, changes) for item in own.items)})
        for own in lists
    )


def _explain_item(item: StoryItem, by_head: Mapping[str, Story], changes: Mapping[str, Change]) -> StoryItem:
    change = changes.get(item.changes[0]) if len(item.changes) == 1 else None
    story = by_head.get(change.key) if change else None
    if change is None or story is None or len(item.sentences) > 1:
        return item
    said = next((sentence for sentence in story.sentences[:1] if quotes_any(sentence, change.sources)), None)
    is_bare = any(repeats_title(part.text, change.title) for part in item.sentences[0].parts if part.quotation)
    if said is None or not is_bare or len(said.text.split()) > MAX_EXPLANATION_WORDS:
        return item
    return item.model_copy(update={"sentences": (*item.sentences, quote_bare(said))})
