"""Lay out the stories of a period for one product: what is printed, in which order, and how much.

Budgets are reached by depth: a product prints fewer stories, and never a part of a sentence. Nothing here writes a
sentence about a change; it writes the headline, the dateline, the lists of titles, and the small line of counts.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from sparky_assets.periods import PeriodKind
from sparky_assets.stories.choices import is_news
from sparky_assets.stories.models import (
    BoxRow,
    Change,
    PeriodStories,
    ReleaseNote,
    SentencePart,
    Story,
    StoryItem,
    StorySentence,
)
from sparky_assets.stories.printing.box.guide_rows import list_row_texts
from sparky_assets.stories.printing.edition import (
    EditionContent,
    EditionList,
    build_counts_line,
    merge_areas,
    tell_dateline,
)
from sparky_assets.stories.printing.headline import EditionFacts, build_headline_sentence, choose_lead_release
from sparky_assets.stories.printing.noted_stories import explain_items, quote_notes
from sparky_assets.stories.printing.phrasing import PhraseFragment, build_fragment, tell
from sparky_assets.stories.printing.products.limits import MIN_DAY_ITEMS, EditionLimits
from sparky_assets.stories.printing.products.named_rows import is_in_headline
from sparky_assets.stories.printing.products.opening import open_with_quotation
from sparky_assets.stories.printing.products.room import (
    UPGRADE_SECTION,
    choose_box_title,
    lists_items,
    select_rows,
    trim_lists,
)
from sparky_assets.stories.printing.products.story_lists import StoryLists, split_beginnings
from sparky_assets.stories.printing.releases.beside import list_out_beside
from sparky_assets.stories.printing.releases.further import lay_out_further_releases
from sparky_assets.stories.printing.releases.layout import (
    lay_out_release,
    list_linked_texts,
    list_other_releases,
)
from sparky_assets.stories.printing.repetition import drop_repetitions
from sparky_assets.stories.printing.sentences import count, join_parts, name_person, title_link
from sparky_assets.stories.printing.story_selection import StorySelection
from sparky_assets.text.words import count_words, short_name

MIN_BRIEF_STORIES = 3
MIN_BRIEF_BESIDE_RELEASE = 2
MIN_LARGE_STORY, LARGE_STORY_LEAD = 3, 40
"""Changes from which a story of a month comes before smaller ones, and how many of these."""
FIRST_STORIES = 2
"""Stories of a month that have a section of their own however many changes they hold: the headline names them."""
MIN_ONE_PERSON = 2
"""Changes of one person from which the line of counts alone names that person."""
MIN_CODE_SECTIONS = 3
"""Sections from which documents and what is for the people of a project have none: they are listed."""
MIN_CODE_BESIDE_RELEASE = 1
"""The same beside the list of what a release brings: a week of fish had a section on an allocation behind its notes."""
MIN_NEWS_SECTIONS = 3
"""Sections from which bare titles of what is for the people of a project are left to the full list."""
MIN_ALSO = 2
"""Stories in the last list, however many the lists before it hold."""
MIN_COUNTED_ROWS = 2
"""Rows of the box from which the brief says how many there are."""
NAMELESS_NOISE = frozenset({"wip", "initial", "merge"})
"""Classes of changes whose titles say nothing: “Wip” is no news."""


def build_edition(stories: PeriodStories, facts: EditionFacts, limits: EditionLimits) -> EditionContent:
    """Return the content of a digest or blog post."""
    layout = _EditionLayout(stories, facts, limits)
    return layout.build()


@dataclass(frozen=True)
class _ReleaseParts:
    """What is printed about the releases of a period.

    Attributes:
        lede: about the one that leads, and which others are out.
        brief: the news of a month in brief.
        lists: what the one that leads brings, then what others bring.
        lead_lists: how many of the lists are of the one that leads.
        items: a line for each of the rest.
        counts: the commits of the one that leads, for the small print.
    """

    lede: tuple[StorySentence, ...]
    brief: tuple[StoryItem, ...]
    lists: tuple[EditionList, ...]
    lead_lists: int
    items: tuple[StoryItem, ...]
    counts: tuple[StorySentence, ...]

    def list_sentences(self) -> list[StorySentence]:
        """Return what is said about releases outside of the lists."""
        return [*self.lede, *(item.sentences[-1] for item in self.items)]


@dataclass(frozen=True)
class _EditionLayout:
    stories: PeriodStories
    facts: EditionFacts
    limits: EditionLimits

    @cached_property
    def changes(self) -> Mapping[str, Change]:
        """The changes by key."""
        return {change.key: change for change in self.stories.changes}

    @cached_property
    def selection(self) -> StorySelection:
        """What is left of the stories beside the box, the releases and other news."""
        return StorySelection(self.stories, self.changes, self.lists)

    @cached_property
    def only_person(self) -> SentencePart | None:
        """The person who made all changes of the period but those of bots; None for several, and for one change."""
        own = [change for change in self.stories.changes if not change.is_bot]
        if self.facts.people != 1 or len(own) < MIN_ONE_PERSON or len({change.author for change in own}) != 1:
            return None
        person = own[0].author
        return SentencePart(kind="name", text=person, evidence=own[0].key) if person else None

    @cached_property
    def lists(self) -> StoryLists:
        """The lists of stories without a section."""
        return StoryLists(self.stories, self.changes, self.facts, self.limits)

    def build(self) -> EditionContent:
        """Return the content: box, sections, lists of what has no section, and sentences about the period."""
        lead_release = choose_lead_release(self.stories)
        news = [story for story in self.stories.stories if is_news(story.group) and not self.selection.is_undone(story)]
        rows, further = select_rows(self.stories, self.facts, self.limits, lead_release)
        every_row = [*rows, *further]
        boxed = {key for row in every_row if row.rows == 1 for key in row.changes}
        has_items = lead_release is not None and lists_items(self.stories, lead_release)
        sections, rest = self._split_stories(news, boxed, has_list=has_items)
        # What the box only names may have a section; a list would only name it again.
        named = {key for row in every_row for key in row.changes}
        rest = [story for story in rest if not story.group.changes or not self.selection.is_named(story, named)]
        headline = build_headline_sentence(self.stories, self.facts)
        brief = self._build_brief(sections, rows, headline.text, lead_release)
        if has_items:
            # What is in the release comes first; the sections below it have headings of their own.
            brief = ()
        # A section below the list says more about what it is about.
        written: set[str | None] = {story.group.head for story in sections}
        if self.facts.repositories > 1 or self.limits.at_length > 0:
            written |= {key for story in sections for key in story.group.changes}
        left = self.limits.items - len(sections) if self.limits.items else None
        beside = [text for row in every_row for text in list_row_texts(row)]
        beside += [text for story in sections for text in _list_section_texts(story, self.changes)]
        screen_words = self._count_words_left(headline, rows)
        releases = self._lay_out_releases(
            lead_release,
            boxed | written,
            every_row,
            brief,
            left,
            beside=beside,
            screen_words=screen_words,
            sections={story.group.head for story in sections},
        )
        lede, brief, released = releases.lede, releases.brief, releases.lists
        released = explain_items(released, news, self.changes)
        rest = self.selection.drop_printed(rest, every_row, releases.list_sentences(), releases.lists)
        is_led = lead_release is not None and lead_release.key in self.stories.release_headlines
        rest = self.lists.drop_documents(rest, has_news=bool(sections or released or is_led))
        # What is for the people of a project comes behind what its users meet.
        rest.sort(key=self.selection.is_minor)
        rest = self.selection.drop_minor(rest, has_news=bool(released) or len(sections) >= MIN_NEWS_SECTIONS)
        is_bare = not sections and self.facts.period.kind is PeriodKind.WEEKLY
        began, rest = split_beginnings(rest, are_more=any(story.group.kind == "repository" for story in sections))
        lists, rest = self.lists.split(rest, self.selection.is_minor, has_titles_alone=is_bare)
        listed = merge_areas(rest, self.changes) if self.facts.repositories == 1 else rest
        # Where messages say nothing beyond their titles there are few sections: the last list has their room.
        unused_sections = self.limits.stories - len(sections)
        lead_items = released[: releases.lead_lists]
        room = max(MIN_ALSO, self.limits.also - sum(len(own.items) for own in (*lead_items, *lists)), unused_sections)
        if left is not None:
            room = max(0, min(self.limits.also, left - sum(len(own.items) for own in (*released, *lists))))
        also = [self.lists.write_item(entry) if isinstance(entry, Story) else entry for entry in listed[:room]]
        further_stories = [entry for entry in listed[room:] if isinstance(entry, Story)]
        more = self.lists.name_further(further_stories, has_news=bool(sections or rows or released or also))
        if not news and not self.stories.releases and not rows:
            return self._build_quiet()
        if len(news) == 1 and not (sections or lede or rows or releases.items):
            lede, also = self._tell_only_change(news[0]), []
        printed = quote_notes(self._lengthen(sections), self.stories, self.changes)
        if self.limits.has_opening and not lede and (opening := open_with_quotation(printed, self.changes)):
            lede, brief, printed = (opening.sentence,), (), opening.stories
        content = EditionContent(
            headline_sentence=headline,
            dateline_sentence=tell_dateline(self.facts),
            lede=lede,
            brief=brief,
            box_heading=tell("T", choose_box_title(rows)) if rows else None,
            box_rows=tuple(rows),
            further_heading=tell("T", "sections.further") if further else None,
            further_rows=tuple(further),
            stories=printed,
            released=released,
            lists=tuple(lists),
            also=(*releases.items, *began, *also),
            more=more,
            dependencies=self.stories.dependencies,
            coming=self.stories.coming[: self.limits.coming],
            people=(self.stories.newcomers,) if self.stories.newcomers else (),
            trends=(*releases.counts, *self.stories.trends),
            counts=self._count(),
        )
        has_one_person = self.only_person is not None
        sources = {source.key: source for source in self.stories.sources}
        return drop_repetitions(content, self.changes, sources, has_one_person=has_one_person)

    def _count(self) -> StorySentence | None:
        """Return the small line of counts at the end."""
        has_bots = any(change.is_bot for change in self.stories.changes)
        return build_counts_line(self.facts, self.stories.releases, self.only_person, has_bots=has_bots)

    def _lay_out_releases(
        self,
        lead: ReleaseNote | None,
        written: Set[str | None],
        rows: Sequence[BoxRow],
        brief: tuple[StoryItem, ...],
        left: int | None,
        *,
        beside: Sequence[str],
        screen_words: int,
        sections: Set[str],
    ) -> "_ReleaseParts":
        """Return what is printed about releases: the lead, lists of others, and a line for each of the rest.

        Args:
            lead: the release that leads.
            written: keys of the changes that are written of elsewhere.
            rows: the rows of the box.
            brief: the stories in brief. In a month the headlines of other releases come before them.
            left: how many items there is room for in all; None for no limit.
            beside: what rows of the box and sections say.
            screen_words: words of the first screen that the headline and the box leave.
            sections: keys of the changes that have a section.
        """
        limits = self.limits
        linked = list_linked_texts([row.sentences[0] for row in rows])
        further_limits = (limits.further_releases, limits.further_items)
        further = lay_out_further_releases(self.stories, lead, written, linked, further_limits)
        others = [own.release for own in further]
        beside_others = list_out_beside(self.stories, lead, others)
        if self.facts.period.kind is PeriodKind.MONTHLY:
            headlines = [StoryItem(sentences=(self.stories.release_headlines[release.key],)) for release in others]
            # These are in brief: the lede names the rest.
            brief, others = (*headlines, *brief)[: limits.brief], beside_others
        else:
            others += beside_others
        own_limits = (limits.release_items, limits.release_fixes)
        layout = lay_out_release(
            self.stories,
            lead,
            written,
            own_limits,
            with_brief=bool(brief),
            has_rows=bool(rows),
            others=others,
            beside=beside,
            screen_words=screen_words,
            sections=sections,
        )
        lists = trim_lists([*layout.lists, *(own.items for own in further)], left)
        listed = {own.release.key for own in further if own.items in lists}
        items = list_other_releases(self.stories, lead, limits.also, listed, lists, named=others)
        return _ReleaseParts(layout.lede, brief, lists, len(layout.lists), tuple(items), layout.list_counts())

    def _count_words_left(self, headline: StorySentence, rows: Sequence[BoxRow]) -> int:
        """Return how many words of the first screen the headline, the dateline and the box leave; 0 for none."""
        before = [headline, tell_dateline(self.facts), *([tell("T", choose_box_title(rows))] if rows else [])]
        before += [sentence for row in rows for sentence in row.sentences]
        labels = sum(len(row.label.split()) for row in rows)
        return max(0, self.limits.screen_words - labels - sum(count_words(own.text) for own in before))

    def _build_brief(
        self, sections: Sequence[Story], rows: Sequence[BoxRow], headline: str, release: ReleaseNote | None
    ) -> tuple[StoryItem, ...]:
        """Return the stories in brief, behind how many rows of the box come before them.

        If a release leads, they are what else there is: the story of the headline and that number are left out.
        """
        if release is not None:
            others = [story for story in sections if not self._is_in_headline(story, headline)][: self.limits.brief]
            if len(others) < MIN_BRIEF_BESIDE_RELEASE:
                return ()
            return tuple(StoryItem(sentences=(story.brief,), changes=story.group.changes) for story in others)
        # Right above few sections their headings would be said twice, if no box comes between them.
        is_long = self.facts.period.kind is PeriodKind.MONTHLY and len(sections) > MIN_BRIEF_STORIES
        is_short = not rows and self.facts.repositories == 1 and not is_long
        if len(sections) < MIN_BRIEF_STORIES or is_short:
            return ()
        items = [StoryItem(sentences=(story.brief,), changes=story.group.changes) for story in sections]
        number_of_rows = sum(row.rows for row in rows)
        if number_of_rows >= MIN_COUNTED_ROWS and choose_box_title(rows) == UPGRADE_SECTION:
            first = tell("L-BOX", "box.count", number=count(number_of_rows, starts_sentence=True))
            items.insert(0, StoryItem(sentences=(first,)))
        return tuple(items)

    def _is_in_headline(self, story: Story, headline: str) -> bool:
        head = self.changes.get(story.group.head)
        return head is not None and is_in_headline(headline, head.title)

    def _split_stories(
        self, news: Sequence[Story], boxed: set[str], *, has_list: bool
    ) -> tuple[list[Story], list[Story]]:
        """Return the stories with a section of their own, and those for lists; a story of the box is in neither.

        The sections of a month are for its first stories and for those of several changes: what one other change did
        has room in the lists.
        """
        outside = self._drop_equal_headings(
            [story for story in news if not (story.group.changes and set(story.group.changes) <= boxed)]
        )
        candidates = [story for story in outside if story.is_worth_a_section]
        code = [story for story in candidates if not self.selection.is_minor(story)]
        min_code = MIN_CODE_BESIDE_RELEASE if has_list else MIN_CODE_SECTIONS
        candidates = code if len(code) >= min_code else candidates
        if self.facts.period.kind is PeriodKind.MONTHLY:
            first, others = candidates[:FIRST_STORIES], candidates[FIRST_STORIES:]
            places = {story.group.id: place for place, story in enumerate(others)}
            candidates = first + sorted(
                others,
                key=lambda story: (
                    places[story.group.id] - LARGE_STORY_LEAD * (len(story.group.changes) >= MIN_LARGE_STORY)
                ),
            )
        number = self.limits.stories
        if self.limits.items and has_list:
            # The list of a day's release comes first, and its items count too.
            number = max(1, min(number, self.limits.items - MIN_DAY_ITEMS - 1))
        chosen = {story.group.id for story in candidates[:number]}
        sections = [story for story in outside if story.group.id in chosen]
        return sections, [story for story in outside if story.group.id not in chosen]

    @staticmethod
    def _drop_equal_headings(stories: Sequence[Story]) -> list[Story]:
        """Return stories without those whose title an earlier one has: `Update the list` thrice is said once."""
        firsts: dict[tuple[tuple[str, ...], str], Story] = {}
        for story in stories:
            title = story.heading.text if story.heading.template == "H-TITLE" else story.group.id
            firsts.setdefault((story.group.repositories, title), story)
        return list(firsts.values())

    def _lengthen(self, sections: Sequence[Story]) -> tuple[Story, ...]:
        """Return the stories with a section, the largest of them at length."""
        large = sorted(sections, key=lambda story: len(story.group.changes) < MIN_LARGE_STORY)
        long = {story.group.id for story in [own for own in large if own.long_sentences][: self.limits.at_length]}
        return tuple(story.tell_at_length() if story.group.id in long else story for story in sections)

    def _tell_only_change(self, story: Story) -> tuple[StorySentence, ...]:
        """Return the only change of a period with its person, once, and what its story says."""
        change = self.changes[story.group.changes[0]]
        if story.is_taken_back:
            return story.sentences[:3]
        follow_ups = [sentence for sentence in story.sentences if sentence.template != "S-BY"][:2]
        by: list[PhraseFragment] = []
        if (
            change.author
            and not change.is_bot
            and not any(sentence.names_person(change.author) for sentence in follow_ups)
        ):
            by = name_person(change)
        is_alone = all(key in story.group.changes for key in self.changes)
        phrase = "stories.only" if is_alone else "stories.only_besides"
        return (tell("Z-ONE", phrase, title=title_link(change), by=by), *follow_ups)

    def _build_quiet(self) -> EditionContent:
        """Return two lines for a period with housekeeping only, or with nothing."""
        changes = self.stories.changes
        if not changes:
            lede = tell("Z-NONE", "quiet.nothing")
            headline = tell("H", "headlines.nothing", place=self.facts.organisation)
        elif len(changes) == 1:
            only = changes[0]
            link = title_link(only)
            if only.noise in NAMELESS_NOISE:
                link = SentencePart(kind="datum", text="one change", url=only.url, evidence=only.key)
            lede = tell("Z-HOUSE", "quiet.one", title=link, by=name_person(only))
            headline = tell("H", "headlines.housekeeping", place=short_name(changes[0].repository))
        else:
            links = [title_link(change) for change in changes if change.noise not in NAMELESS_NOISE][:4]
            among = build_fragment("quiet.among", titles=join_parts(links)) if links else ()
            lede = tell("Z-HOUSE", "quiet.several", number=count(len(changes)), among=among)
            headline = tell("H", "headlines.housekeeping", place=self.facts.organisation)
        return EditionContent(
            headline_sentence=headline,
            dateline_sentence=tell_dateline(self.facts),
            lede=(lede,),
            dependencies=self.stories.dependencies,
            trends=self.stories.trends,
        )


def _list_section_texts(story: Story, changes: Mapping[str, Change]) -> list[str]:
    """Return the title of the change of a section, and what is quoted about it."""
    head = changes.get(story.group.head)
    quoted = [part.text for own in story.sentences for part in own.parts if part.quotation]
    return [*([head.title] if head else []), *quoted]
