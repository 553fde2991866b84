"""The content of one product of a period, laid out by `layout` and rendered by templates."""

from sparky_assets.store import StoredModel
from sparky_assets.stories.models import BoxRow, Story, StoryItem, StorySentence


class EditionList(StoredModel):
    """A list with a heading of its own: `Fixed`, `Worth a look`."""

    title: str
    items: tuple[StoryItem, ...]


class EditionContent(StoredModel):
    """What a product prints, in the order of print. What is not there has no heading."""

    headline: str
    dateline: str
    lede: tuple[StorySentence, ...] = ()
    brief: tuple[StoryItem, ...] = ()
    """The stories' headings as sentences."""
    box_title: str = ""
    box_intro: str = ""
    box_rows: tuple[BoxRow, ...] = ()
    stories: tuple[Story, ...] = ()
    lists: tuple[EditionList, ...] = ()
    """Stories without a section of their own by what they are, and what authors doubt."""
    also: tuple[StoryItem, ...] = ()
    more: StorySentence | None = None
    """Titles of stories that have no place of their own, in one sentence."""
    dependencies: StorySentence | None = None
    coming: tuple[StorySentence, ...] = ()
    people: tuple[StorySentence, ...] = ()
    trends: tuple[StorySentence, ...] = ()
    """At most two sentences about numbers that no earlier period had."""
    counts: StorySentence | None = None
    """The small line at the bottom: counts, and the period before."""
    full_list: tuple[StoryItem, ...] = ()
    """Every change of the period, the oldest first."""

    @property
    def sentences(self) -> tuple[StorySentence, ...]:
        """All sentences in print, those of list items and rows included."""
        parts: list[StorySentence] = [*self.lede]
        for item in self.brief:
            parts += item.sentences
        for row in self.box_rows:
            parts += row.sentences
        for story in self.stories:
            lead = [story.example_lead] if story.example_lead else []
            parts += [story.heading, *story.sentences, *lead, *story.closing]
            for item in story.items:
                parts += item.sentences
        for item in (*(item for own in self.lists for item in own.items), *self.also):
            parts += item.sentences
        parts += [sentence for sentence in (self.more, self.dependencies, self.counts) if sentence]
        return (*parts, *self.coming, *self.people, *self.trends)
