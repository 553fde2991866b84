"""The content of one product of a period, laid out by `layout` and rendered by templates; its counts and full list."""

from collections.abc import Sequence

from sparky_assets.store import StoredModel
from sparky_assets.stories.models import BoxRow, Change, ReleaseNote, SentencePart, Story, StoryItem, StorySentence
from sparky_assets.stories.printing.headline import EditionFacts
from sparky_assets.stories.printing.sentences import (
    count,
    count_releases,
    join_parts,
    make_sentence,
    name_repository,
    spell_number,
    title_link,
)


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
    def has_main_part(self) -> bool:
        """Whether anything is printed before the last list, which is called “Also” only then."""
        return bool(self.lede or self.brief or self.box_rows or self.stories or self.lists)

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


def build_counts_line(facts: EditionFacts, releases: Sequence[ReleaseNote]) -> StorySentence | None:
    """Return the small line: what landed and from how many people, the releases, and the period before.

    `23 pull requests merged and two other changes, from 13 people; one release; 12 pull requests the week before.`
    """
    landed: list[SentencePart] = []
    if facts.merged:
        landed.append(_count_words(facts.merged, "pull request merged", "pull requests merged", starts=True))
    if facts.pushed:
        singular, plural = ("other change", "other changes") if facts.merged else ("change", "changes")
        landed.append(_count_words(facts.pushed, singular, plural, starts=not landed))
    groups: list[Sequence[SentencePart | str]] = []
    if landed:
        groups.append(join_parts(landed))
        if facts.people:
            groups[0] = [*groups[0], ", from ", _count_words(facts.people, "person", "people", starts=False)]
    if released := count_releases(releases, starts_sentence=not groups):
        groups.append(join_parts(released))
    # A number that did not change is no news.
    if facts.previous_merged is not None and facts.merged and facts.previous_merged != facts.merged:
        noun = "pull request" if facts.previous_merged == 1 else "pull requests"
        groups.append([count(facts.previous_merged), f" {noun} the {facts.period.kind.noun} before"])
    if not groups:
        return None
    parts = [part for group in groups for part in ("; ", *group)][1:]
    sentence = make_sentence("N-LINE", *parts, ".")
    assisted, total = facts.assisted
    if not assisted:
        return sentence
    if total == 1:
        tail = make_sentence("P-ASSIST", " The only change by a person names a coding assistant.")
    else:
        number = count(assisted, starts_sentence=True)
        verb = "names" if assisted == 1 else "name"
        of_all = f" changes by people {verb} a coding assistant."
        tail = make_sentence("P-ASSIST", " ", number, " of the ", count(total), of_all)
    return StorySentence(template="N-LINE", parts=(*sentence.parts, *tail.parts))


def _count_words(number: int, singular: str, plural: str, *, starts: bool) -> SentencePart:
    text = f"{spell_number(number, starts_sentence=starts)} {singular if number == 1 else plural}"
    return SentencePart(kind="count", text=text)


def build_full_list(changes: Sequence[Change], *, has_one_repository: bool) -> tuple[StoryItem, ...]:
    """Return every change of a period, the oldest first, with its normalized title."""
    items = []
    for change in sorted(changes, key=lambda change: (change.landed_at, change.key)):
        parts: list[SentencePart | str] = []
        if not has_one_repository:
            parts += name_repository(change)
        parts.append(title_link(change))
        if change.author:
            parts += [", from ", SentencePart(kind="name", text=change.author, evidence=change.key)]
        items.append(StoryItem(sentences=(make_sentence("ITEM", *parts),), changes=(change.key,)))
    return tuple(items)
