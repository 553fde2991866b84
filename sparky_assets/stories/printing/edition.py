"""The content of one product of a period, laid out by `layout` and rendered by templates, and its line of counts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from zoneinfo import ZoneInfo

from sparky_assets.periods import format_dates
from sparky_assets.store import StoredModel
from sparky_assets.stories.models import BoxRow, Change, ReleaseNote, SentencePart, Story, StoryItem, StorySentence
from sparky_assets.stories.printing.headline import EditionFacts
from sparky_assets.stories.printing.phrasing import PhraseFragment, PhraseValue, build_fragment, build_plural, tell
from sparky_assets.stories.printing.sentences import (
    count,
    count_releases,
    join_parts,
    limit_parts,
    split_title,
    title_link,
)

MIN_AREA_ITEMS, MAX_AREA_LINKS = 3, 6
"""Changes that name one area first from which one item lists them, and how many of them it names."""


class EditionList(StoredModel):
    """A list with a heading of its own: `Fixed`, `Worth a look`."""

    heading: StorySentence
    items: tuple[StoryItem, ...]

    @property
    def title(self) -> str:
        """Its heading as text."""
        return self.heading.text


class EditionContent(StoredModel):
    """The content of a product in the order of print. An empty part has no heading either."""

    headline_sentence: StorySentence
    """The headline without a full stop."""
    dateline_sentence: StorySentence
    """Whose period it is, and which."""
    lede: tuple[StorySentence, ...] = ()
    brief: tuple[StoryItem, ...] = ()
    """The stories' headings as sentences."""
    box_heading: StorySentence | None = None
    box_rows: tuple[BoxRow, ...] = ()
    further_heading: StorySentence | None = None
    further_rows: tuple[BoxRow, ...] = ()
    """Rows of the box behind what the release brings: each names several, for which there is no room in front."""
    released: tuple[EditionList, ...] = ()
    """What the release that leads brings, in front of the stories; none or one."""
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

    @property
    def headline(self) -> str:
        """The headline as text: one string, the same in every product."""
        return self.headline_sentence.text

    @property
    def dateline(self) -> str:
        """The dateline as text: `acme, September 9–15, 2024 (UTC)`."""
        return self.dateline_sentence.text

    @property
    def box_title(self) -> str:
        """The heading of the box as text; empty without a box."""
        return self.box_heading.text if self.box_heading else ""

    @property
    def all_rows(self) -> tuple[BoxRow, ...]:
        """The rows of the box, those behind the lists of the release included."""
        return (*self.box_rows, *self.further_rows)

    @property
    def further_title(self) -> str:
        """The heading of the further rows as text; empty without any."""
        return self.further_heading.text if self.further_heading else ""

    @property
    def headings(self) -> tuple[StorySentence, ...]:
        """All text besides sentences about changes: the headline, the dateline, and the names of sections."""
        headings = (self.headline_sentence, self.dateline_sentence, self.box_heading, self.further_heading)
        return (*(heading for heading in headings if heading), *(own.heading for own in self.all_lists))

    @property
    def all_lists(self) -> tuple[EditionList, ...]:
        """The lists with a heading of their own, that of the release first."""
        return (*self.released, *self.lists)

    @property
    def has_main_part(self) -> bool:
        """Whether anything is printed before the last list, which is called “Also” only then."""
        return bool(self.lede or self.brief or self.box_rows or self.stories or self.all_lists)

    @property
    def sentences(self) -> tuple[StorySentence, ...]:
        """All sentences in print, those of list items and rows included."""
        parts: list[StorySentence] = [*self.lede]
        for item in self.brief:
            parts += item.sentences
        for row in self.all_rows:
            parts += row.sentences
        for story in self.stories:
            lead = [story.example_lead] if story.example_lead else []
            parts += [story.heading, *story.sentences, *lead, *story.closing]
            for item in story.items:
                parts += item.sentences
        # The name of a release in a heading is a link to it, as it is in a sentence.
        parts += [own.heading for own in self.all_lists if any(part.url for part in own.heading.parts)]
        for item in (*(item for own in self.all_lists for item in own.items), *self.also):
            parts += item.sentences
        parts += [sentence for sentence in (self.more, self.dependencies, self.counts) if sentence]
        return (*parts, *self.coming, *self.people, *self.trends)


def tell_dateline(facts: EditionFacts) -> StorySentence:
    """Return whose period it is: `acme, September 9–15, 2024 (UTC)`."""
    zone = "UTC" if ZoneInfo(facts.timezone).key == "UTC" else facts.timezone
    return tell("T", "headlines.dateline", organisation=facts.organisation, dates=format_dates(facts.period), zone=zone)


def build_counts_line(
    facts: EditionFacts,
    releases: Sequence[ReleaseNote],
    person: SentencePart | None = None,
    *,
    has_bots: bool = False,
) -> StorySentence | None:
    """Return the small line: what landed and from how many people, the releases, and the period before.

    `23 pull requests merged and two other changes, from 13 people; one release; 12 pull requests the week before.`

    Args:
        facts: the period and its counts.
        releases: the releases of the period.
        person: the only person who made changes; None where there are several, or none.
        has_bots: whether bots made changes too.
    """
    landed: list[PhraseValue] = []
    if facts.merged:
        number = count(facts.merged, starts_sentence=True)
        landed.append(build_plural("counts.merged", facts.merged, number=number))
    if facts.pushed:
        phrase = "counts.other_changes" if facts.merged else "counts.changes"
        number = count(facts.pushed, starts_sentence=not landed)
        landed.append(build_plural(phrase, facts.pushed, number=number))
    groups: list[list[PhraseValue]] = []
    if landed:
        groups.append(join_parts(landed))
        if person:
            phrase = "counts.from_person_and_bots" if has_bots else "counts.from_person"
            groups[0] = [build_fragment(phrase, landed=groups[0], person=person)]
        elif facts.people:
            number = count(facts.people)
            groups[0] = [build_plural("counts.from_people", facts.people, landed=groups[0], number=number)]
    if released := count_releases(releases, starts_sentence=not groups):
        groups.append(join_parts(released))
    # A number that did not change is no news.
    if facts.previous_merged is not None and facts.merged and facts.previous_merged != facts.merged:
        number = count(facts.previous_merged)
        period = build_fragment(f"periods.{facts.period.kind.noun}")
        groups.append([build_plural("counts.before", facts.previous_merged, number=number, period=period)])
    if not groups:
        return None
    counted = [part for group in groups for part in (build_fragment("lists.group"), *group)][1:]
    assisted = _tell_assisted(*facts.assisted)
    if assisted is None:
        return tell("N-LINE", "counts.line", counts=counted)
    return tell("N-LINE", "counts.line_assisted", counts=counted, assisted=assisted)


def _tell_assisted(assisted: int, total: int) -> PhraseFragment | None:
    if not assisted:
        return None
    if total == 1:
        return build_fragment("counts.assisted_only")
    number = count(assisted, starts_sentence=True)
    return build_plural("counts.assisted", assisted, number=number, total=count(total))


def merge_areas(stories: Sequence[Story], changes: Mapping[str, Change]) -> list[Story | StoryItem]:
    """Return stories with those of one area as one item, at the place of the first of them.

    An area is what several titles name first; stories of several changes, or with a quotation, stay.

    Args:
        stories: stories of one repository.
        changes: the changes by key.
    """
    by_area: dict[str, list[Story]] = defaultdict(list)
    for story in stories:
        head = changes.get(story.group.head)
        says_more = len(story.group.changes) > 1 or any(sentence.has_quotation for sentence in story.sentences)
        if head is not None and not says_more and not story.is_taken_back:
            by_area[split_title(head)[0].casefold()].append(story)
    by_area.pop("", None)
    firsts = {own[0].group.id: own for own in by_area.values() if len(own) >= MIN_AREA_ITEMS}
    others = {story.group.id for own in firsts.values() for story in own[1:]}
    return [
        _write_area([changes[member.group.head] for member in firsts[story.group.id]])
        if story.group.id in firsts
        else story
        for story in stories
        if story.group.id not in others
    ]


def _write_area(heads: Sequence[Change]) -> StoryItem:
    """Return a list item with the titles of changes of one area: `In registry: add zk, and use mailpit.`."""
    titles = [(head, *split_title(head)) for head in heads]
    links = [title_link(head, title) for head, _, title in titles[:MAX_AREA_LINKS]]
    part = SentencePart(kind="datum", text=titles[0][1], evidence=titles[0][0].key)
    sentence = tell("S-REST", "stories.in_area", part=part, titles=limit_parts(links, len(titles)))
    return StoryItem(sentences=(sentence,), changes=tuple(head.key for head in heads))


def drop_repository(row: BoxRow, packages: Set[str] = frozenset()) -> BoxRow:
    """Return a row without the name of the only repository in front of its title.

    Args:
        row: the row.
        packages: keys of the releases of other packages of the repository, whose names stay.
    """
    first = row.sentences[0]
    if first.parts and first.parts[0].evidence in packages:
        return row
    if len(first.parts) > 2 and first.parts[0].kind == "datum" and first.parts[1].text == ": ":
        first = first.model_copy(update={"parts": first.parts[2:]})
    return row.model_copy(update={"sentences": (first, *row.sentences[1:])})
