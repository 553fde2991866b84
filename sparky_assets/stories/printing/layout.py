"""Lay out the stories of a period for one product: what is printed, in which order, and how much.

Budgets are reached by depth: a product prints fewer stories, and never a part of a sentence. Nothing here writes a
sentence about a change; it writes the headline, the dateline, the lists of titles, and the small line of counts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sparky_assets.documents.similarity import covers_text, repeats_title
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
from sparky_assets.stories.printing.announcing import adds_something
from sparky_assets.stories.printing.edition import (
    EditionContent,
    EditionList,
    build_counts_line,
    drop_repository,
    merge_areas,
    tell_dateline,
)
from sparky_assets.stories.printing.headline import (
    EditionFacts,
    build_headline_sentence,
    choose_lead_release,
)
from sparky_assets.stories.printing.phrasing import (
    PhraseFragment,
    PhraseValue,
    build_fragment,
    drop_stop,
    tell,
)
from sparky_assets.stories.printing.products.room import (
    UPGRADE_SECTION,
    choose_box_title,
    count_rows_at_once,
    drop_release,
    list_pages,
    name_mark_small,
    shorten_rows,
    trim_lists,
)
from sparky_assets.stories.printing.releases.layout import find_patch_to_install, lay_out_release, list_other_releases
from sparky_assets.stories.printing.repetition import drop_repetitions, shorten_rest
from sparky_assets.stories.printing.sentences import (
    build_comparison_url,
    count,
    did_sentence,
    drop_author,
    format_title,
    join_parts,
    name_origin,
    name_person,
    name_repository,
    spell_number,
    title_link,
)
from sparky_assets.stories.rank import is_fix
from sparky_assets.stories.titles import name_crash
from sparky_assets.text.words import join_words, short_name

_LISTS = ("new", "fixed", "doubts", "release_items", "release_fixes")
"""Limits of lists that a shorter text shortens first."""


@dataclass(frozen=True)
class EditionLimits:
    """How much a product prints at most."""

    box_rows: int
    stories: int
    also: int
    more: int
    coming: int
    words: int
    box_named: int = 0
    """Further rows of the box that one row for each mark names."""
    new: int = 0
    fixed: int = 0
    doubts: int = 0
    brief: int = 0
    """Stories in brief below a release that leads."""
    release_items: int = 0
    """Items of its notes that are a list of their own."""
    release_fixes: int = 0
    """Items of a second list: what it fixes, or what another release brings."""
    at_length: int = 0
    """Stories with a section that say all they can."""
    items: int = 0
    """Sections and list items in all, besides the box; 0 for no limit of their own."""

    def shorten(self) -> "EditionLimits":
        """Return the limits of a shorter text: first the lists get shorter, then there are fewer stories."""
        if self.more or self.also > 2 or self.new > 2:
            shorter = {name: max(0, getattr(self, name) - 2) for name in _LISTS}
            return replace(self, more=0, also=max(2, self.also - 2), **shorter)
        if self.at_length > (MIN_LONG_STORIES if self.stories > 1 else 0):
            return replace(self, at_length=self.at_length - 1)
        return replace(self, stories=max(1, self.stories - 1), box_rows=max(3, self.box_rows - 1))


DIGEST_LIMITS: Mapping[PeriodKind, EditionLimits] = {
    PeriodKind.DAILY: EditionLimits(
        box_rows=8,
        stories=1,
        also=5,
        more=0,
        coming=1,
        words=300,
        box_named=16,
        release_items=5,
        release_fixes=5,
        at_length=1,
        items=5,
    ),
    PeriodKind.WEEKLY: EditionLimits(
        box_rows=8,
        stories=6,
        also=5,
        more=6,
        coming=2,
        words=1200,
        box_named=24,
        fixed=4,
        doubts=2,
        brief=5,
        release_items=5,
        release_fixes=4,
    ),
    PeriodKind.MONTHLY: EditionLimits(
        box_rows=12,
        stories=8,
        also=10,
        more=12,
        coming=3,
        words=3000,
        box_named=40,
        new=10,
        fixed=6,
        doubts=4,
        brief=6,
        release_items=8,
        release_fixes=4,
        at_length=4,
    ),
}
BLOG_LIMITS = EditionLimits(
    box_rows=6, stories=6, also=4, more=0, coming=2, words=2500, release_items=5, release_fixes=3, at_length=6
)
MIN_LONG_STORIES = 3
"""Stories of several that a text which is too long still tells at length."""
MIN_BRIEF_STORIES = 3
MIN_BRIEF_BESIDE_RELEASE = 2
MIN_LARGE_STORY, LARGE_STORY_LEAD = 3, 40
"""Changes from which a story of a month comes before smaller ones, and how many of these."""
FIRST_STORIES = 2
"""Stories of a month that have a section of their own however many changes they hold: the headline names them."""
MIN_LIST_ITEMS = 2
MIN_CRASHES, MAX_CRASHES = 3, 8
"""Fixes of crashes that are a list of their own; more of them are listed as other fixes."""
MIN_LISTED_CODE = 3
"""Stories of code in the last list from which it has none of documents."""
MIN_ALSO = 2
"""Stories in the last list, however many the lists before it hold."""
MAX_NAMED_CHANGES = 8
"""Further rows about compatibility that one row names: a migration guide lists everything that changed."""
MIN_COUNTED_ROWS = 2
"""Rows of the box from which the brief says how many there are."""
NAMELESS_NOISE = frozenset({"wip", "initial", "merge"})
"""Classes of changes whose titles say nothing: “Wip” is no news."""


def build_edition(stories: PeriodStories, facts: EditionFacts, limits: EditionLimits) -> EditionContent:
    """Return the content of a digest or blog post."""
    layout = _EditionLayout(stories, facts, limits)
    return layout.build()


@dataclass(frozen=True)
class _EditionLayout:
    stories: PeriodStories
    facts: EditionFacts
    limits: EditionLimits

    @cached_property
    def changes(self) -> Mapping[str, Change]:
        """The changes by key."""
        return {change.key: change for change in self.stories.changes}

    def build(self) -> EditionContent:
        lead_release = choose_lead_release(self.stories)
        news = [story for story in self.stories.stories if is_news(story.group)]
        rows, further = self._select_rows(lead_release)
        every_row = [*rows, *further]
        boxed = {key for row in every_row if row.rows == 1 for key in row.changes}
        sections, rest = self._split_stories(news, boxed)
        # What the box only names may have a section; a list would only name it again.
        named = {key for row in every_row for key in row.changes}
        rest = [story for story in rest if not story.group.changes or not self._list_news(story) <= named]
        headline = build_headline_sentence(self.stories, self.facts)
        brief = self._build_brief(sections, rows, headline.text, lead_release)
        has_items = lead_release is not None and self._lists_items(lead_release)
        if has_items and self.facts.period.kind is not PeriodKind.MONTHLY:
            # What is in the release comes first; the sections below it have headings of their own.
            brief = ()
        other_releases = list_other_releases(self.stories, lead_release, self.limits.also)
        # A section says more about an item of the list above it; of several projects, or at length, it is all there is.
        is_all = self.facts.repositories > 1 or self.limits.at_length > 0
        written: set[str | None] = {key for story in sections if is_all for key in story.group.changes}
        release_limits = (self.limits.release_items, self.limits.release_fixes)
        release_layout = lay_out_release(
            self.stories, lead_release, boxed | written, release_limits, with_brief=bool(brief), has_rows=bool(rows)
        )
        left = self.limits.items - len(sections) if self.limits.items else None
        lede, released = release_layout.lede, trim_lists(release_layout.lists, left)
        sentences = [*lede, *(row.sentences[0] for row in every_row), *(item.sentences[-1] for item in other_releases)]
        sentences += [item.sentences[0] for own in released for item in own.items]
        quoted = self._find_quoted_changes(rest, sentences)
        quoted |= {key for own in released for item in own.items for key in item.changes}
        rest = [
            story
            for story in rest
            if story.group.head not in quoted and not (story.group.changes and self._list_news(story) <= named | quoted)
        ]
        rest = self._drop_documents(rest, has_news=bool(sections))
        lists, rest = self._split_lists(rest)
        listed = merge_areas(rest, self.changes) if self.facts.repositories == 1 else rest
        # Where messages say nothing beyond their titles there are few sections: the last list has their room.
        unused_sections = self.limits.stories - len(sections)
        room = max(MIN_ALSO, self.limits.also - sum(len(own.items) for own in (*released, *lists)), unused_sections)
        if left is not None:
            room = max(0, left - sum(len(own.items) for own in (*released, *lists)))
        also = [self._write_also(entry) if isinstance(entry, Story) else entry for entry in listed[:room]]
        more = self._list_more([entry for entry in listed[room:] if isinstance(entry, Story)])
        if not news and not self.stories.releases and not rows:
            return self._build_quiet()
        if len(news) == 1 and not (sections or lede or rows or other_releases):
            lede, also = self._tell_only_change(news[0]), []
        content = EditionContent(
            headline_sentence=headline,
            dateline_sentence=tell_dateline(self.facts),
            lede=lede,
            brief=brief,
            box_heading=tell("T", choose_box_title(rows)) if rows else None,
            box_rows=tuple(rows),
            further_heading=tell("T", "sections.further") if further else None,
            further_rows=tuple(further),
            stories=self._lengthen(sections),
            released=released,
            lists=tuple(lists),
            also=(*other_releases, *also),
            more=more,
            dependencies=self.stories.dependencies,
            coming=self.stories.coming[: self.limits.coming],
            people=(self.stories.newcomers,) if self.stories.newcomers else (),
            trends=(*release_layout.list_counts(), *self.stories.trends),
            counts=build_counts_line(self.facts, self.stories.releases),
        )
        return drop_repetitions(content, self.changes)

    def _list_news(self, story: Story) -> set[str]:
        """Return the keys of the changes of a story that are no noise; of one that is noise, all."""
        known = [self.changes[key] for key in story.group.changes if key in self.changes]
        return {change.key for change in known if change.noise is None} or set(story.group.changes)

    def _build_brief(
        self, sections: Sequence[Story], rows: Sequence[BoxRow], headline: str, release: ReleaseNote | None
    ) -> tuple[StoryItem, ...]:
        """Return the stories in brief, behind how many rows of the box come before them.

        Below a release they are what else there is: without what the headline says, and without that number.
        """
        if release is not None:
            others = [story for story in sections if not self._is_in_headline(story, headline)][: self.limits.brief]
            if len(others) < MIN_BRIEF_BESIDE_RELEASE:
                return ()
            return tuple(StoryItem(sentences=(story.brief,), changes=story.group.changes) for story in others)
        if len(sections) < MIN_BRIEF_STORIES:
            return ()
        items = [StoryItem(sentences=(story.brief,), changes=story.group.changes) for story in sections]
        number_of_rows = sum(row.rows for row in rows)
        if number_of_rows >= MIN_COUNTED_ROWS and choose_box_title(rows) == UPGRADE_SECTION:
            first = tell("L-BOX", "box.count", number=count(number_of_rows, starts_sentence=True))
            items.insert(0, StoryItem(sentences=(first,)))
        return tuple(items)

    def _is_in_headline(self, story: Story, headline: str) -> bool:
        head = self.changes.get(story.group.head)
        title = headline.partition(": ")[2]
        return head is not None and bool(title) and repeats_title(title.partition("; ")[0], head.title)

    def _find_quoted_changes(self, stories: Sequence[Story], sentences: Sequence[StorySentence]) -> set[str]:
        """Return the keys of the only changes of stories whose titles sentences already have as quotations."""
        quoted = [part.text for sentence in sentences for part in sentence.parts if part.quotation]
        heads = [self.changes.get(story.group.head) for story in stories if len(story.group.changes) == 1]
        repeated = {
            head.key
            for head in heads
            if head and any(repeats_title(text, head.title) or covers_text(text, head.title) for text in quoted)
        }
        # The notes have other words than the title: `--ignore-failure now supports …`, `Add support for a list …`.
        spans = [part.quotation for sentence in sentences for part in sentence.parts if part.quotation]
        noted = {key for key, quotation in self.stories.noted.items() if quotation in spans}
        titled = {part.evidence for sentence in sentences for part in sentence.parts if part.kind == "title"}
        return repeated | {head.key for head in heads if head and head.key in noted | titled}

    def _select_rows(self, lead: ReleaseNote | None) -> tuple[list[BoxRow], list[BoxRow]]:
        """Return the rows that are printed, and one row for each mark that names what has no room.

        A reader who upgrades must not miss the ninth breaking change. Where a list says what a release brings, the
        rows that name several come behind it, and the others are as many as a reader takes in at once.
        """
        rows = list(self.stories.box_rows)
        if lead is not None:
            # What is blocked is news of a project without users; where it has releases, it is a remark.
            rows = [drop_release(row, lead) for row in rows if row.mark != "Blocked"]
            if find_patch_to_install(self.stories, lead):
                own = {other.key for other in self.stories.releases if other.project == lead.project}
                rows = [row for row in rows if row.mark != "Fixed since" or not list_pages(row) <= own]
        if self.facts.repositories == 1:
            rows = [drop_repository(row) for row in rows]
        has_list = lead is not None and self._lists_items(lead) and self.facts.period.kind is PeriodKind.WEEKLY
        if has_list:
            rows = shorten_rows(rows)
        size = count_rows_at_once(rows) if has_list else self.limits.box_rows
        printed, others = rows[:size], rows[size:]
        if not self.limits.box_named:
            return printed, []
        further: list[BoxRow] = []
        by_label: dict[str, list[BoxRow]] = {}
        for row in others:
            by_label.setdefault(row.mark if row.mark in {"Security", "Fixed since"} else row.label, []).append(row)
        room = self.limits.box_named
        for label, group in by_label.items():
            named = group[: max(1, min(room, MAX_NAMED_CHANGES) if group[0].mark == "Compatibility" else room)]
            room -= len(named)
            name = tell("T", "marks.also", label=name_mark_small(label, group[0]))
            further.append(self._name_rows(name, named, len(group) - len(named)))
        return (printed, further) if has_list else ([*printed, *further], [])

    def _lists_items(self, release: ReleaseNote) -> bool:
        return release.key in self.stories.release_items or release.key in self.stories.release_fixes

    def _name_rows(self, name: StorySentence, rows: Sequence[BoxRow], hidden: int) -> BoxRow:
        """Return one row for several: their titles or quotations, and how many more there are."""
        named: list[PhraseValue] = []
        for row in rows:
            first: PhraseFragment = drop_stop(row.sentences[0])
            if row.mark == "Security" and row.label != row.mark:
                label = SentencePart(kind="datum", text=row.label)
                first = build_fragment("box.labelled", label=label, row=first)
            named += [*([build_fragment("lists.group")] if named else []), first]
        sentence = tell("B-REST", "box.rest", rows=named)
        if hidden:
            url = self._find_comparison(rows[0])
            more = SentencePart(kind="count", text=f"{spell_number(hidden)} more", url=url)
            sentence = tell("B-REST", "box.rest_more", rows=named, more=more)
        changes = tuple(key for row in rows for key in row.changes)
        return BoxRow(
            mark=rows[0].mark, label=name.text, name=name, sentences=(sentence,), changes=changes,
            rows=len(rows) + hidden,
        )  # fmt: skip

    def _find_comparison(self, row: BoxRow) -> str | None:
        """Return the page of all commits of the release that brings the change of a row from before the period."""
        keys = {part.evidence for part in row.sentences[0].parts}
        brings = next((item.release for item in self.stories.released if item.change.key in keys), None)
        release = next((release for release in self.stories.releases if release.key == brings), None)
        return build_comparison_url(release) if release else None

    def _split_stories(self, news: Sequence[Story], boxed: set[str]) -> tuple[list[Story], list[Story]]:
        """Return the stories with a section of their own, and those for lists; a story of the box is in neither.

        The sections of a month are for its first stories and for those of several changes: what one other change did
        has room in the lists.
        """
        outside = [story for story in news if not (story.group.changes and set(story.group.changes) <= boxed)]
        candidates = [story for story in outside if story.is_worth_a_section]
        if self.facts.period.kind is PeriodKind.MONTHLY:
            first, others = candidates[:FIRST_STORIES], candidates[FIRST_STORIES:]
            places = {story.group.id: place for place, story in enumerate(others)}
            candidates = first + sorted(
                others,
                key=lambda story: (
                    places[story.group.id] - LARGE_STORY_LEAD * (len(story.group.changes) >= MIN_LARGE_STORY)
                ),
            )
        chosen = {story.group.id for story in candidates[: self.limits.stories]}
        sections = [story for story in outside if story.group.id in chosen]
        return sections, [story for story in outside if story.group.id not in chosen]

    def _lengthen(self, sections: Sequence[Story]) -> tuple[Story, ...]:
        """Return the stories with a section, the largest of them at length."""
        large = sorted(sections, key=lambda story: len(story.group.changes) < MIN_LARGE_STORY)
        long = {story.group.id for story in [own for own in large if own.long_sentences][: self.limits.at_length]}
        return tuple(story.tell_at_length() if story.group.id in long else story for story in sections)

    def _split_lists(self, stories: Sequence[Story]) -> tuple[list[EditionList], list[Story]]:
        """Return the lists with a heading of their own, and the stories that none of them holds.

        A list of fewer than two items is none. What authors doubt is news of its own.
        """
        # A repository that began is neither new in something nor a fix.
        candidates = [story for story in stories if story.group.kind != "repository"]
        heads = {story.group.id: self.changes.get(story.group.head) for story in candidates}
        quoted = [(story, head) for story in candidates if (head := heads[story.group.id]) and _has_quotation(story)]
        crashes = self._list_crashes(candidates) if self.limits.fixed else None
        in_crashes = {key for item in crashes.items for key in item.changes} if crashes else set()
        quoted = [(story, head) for story, head in quoted if head.key not in in_crashes]
        fixes = [story for story, head in quoted if _reads_as_fix(head)][: self.limits.fixed]
        new = [story for story, head in quoted if not _reads_as_fix(head) and adds_something(head)][: self.limits.new]
        lists: list[EditionList] = []
        listed: set[str] = set()
        for phrase, members in (("sections.new", new), ("sections.fixed", fixes)):
            if len(members) >= MIN_LIST_ITEMS:
                heading = tell("T", phrase)
                lists.append(EditionList(heading=heading, items=tuple(self._write_also(story) for story in members)))
                listed |= {story.group.id for story in members}
        if crashes:
            lists.append(crashes)
            listed |= {story.group.id for story in candidates if story.group.head in in_crashes}
        if doubts := self.stories.doubts[: self.limits.doubts]:
            lists.append(EditionList(heading=tell("T", "sections.doubts"), items=doubts))
        return lists, [story for story in stories if story.group.id not in listed]

    def _list_crashes(self, stories: Sequence[Story]) -> EditionList | None:
        """Return the fixes whose titles name a way to crash, counted by it: “Four panics and aborts fixed”."""
        members = [
            story
            for story in stories
            if not story.is_taken_back and (head := self.changes.get(story.group.head)) and _find_crash(head)
        ]
        fixed = [self.changes[key] for story in members for key in story.group.changes if key in self.changes]
        counted = Counter(noun for change in fixed if (noun := _find_crash(change)))
        if not MIN_CRASHES <= counted.total() <= MAX_CRASHES or len(members) < MIN_LIST_ITEMS:
            return None
        nouns = join_words([noun for noun, _ in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))])
        number = count(counted.total(), starts_sentence=True)
        heading = tell("T", "sections.crashes_fixed", number=number, kinds=nouns)
        return EditionList(heading=heading, items=tuple(self._write_also(story) for story in members))

    def _write_also(self, story: Story) -> StoryItem:
        """Return a story as a list item: what its first change did, a quotation, and what else belongs to it."""
        if story.heading.template == "H-BY" and not story.items:
            first = tell("H-BY", "stories.title", title=story.heading)
            return StoryItem(sentences=(first, *map(shorten_rest, story.closing[:1])), changes=story.group.changes)
        head = self.changes.get(story.group.head)
        if head is not None and story.brief.template == "H-ONE":
            # A quotation of another change of the story would read as one of the change that is named.
            quoted = [sentence for sentence in story.sentences if _quotes_any(sentence, (*head.sources, *head.issues))]
            both = (*story.sentences, *story.closing)
            others = [sentence for sentence in both if sentence.template == "S-REST"]
            documented = [sentence for sentence in both if sentence.template == "S-DOCS2"]
            first = _tell_in_list(head, has_one_repository=self.facts.repositories == 1)
            said = [drop_author(sentence, head.author) for sentence in quoted[:1]]
            following = (*(said or map(shorten_rest, others[:1])), *documented)
            return StoryItem(sentences=(first, *following), changes=story.group.changes)
        quoted = [sentence for sentence in story.sentences if sentence.has_quotation]
        first = story.brief
        if len(story.group.changes) > 1 and story.sentences and not story.sentences[0].has_quotation:
            first = story.sentences[0]
        return StoryItem(sentences=(first, *quoted[:1]), changes=story.group.changes)

    def _list_more(self, rest: Sequence[Story]) -> StorySentence | None:
        # A bare title would announce as done what the story says was taken back.
        named = [story for story in rest if not story.is_taken_back]
        # Documents alone are in the full list, and are named where there is nothing else.
        code = [story for story in named if not self._is_about_documents(story)] or named
        heads = [self.changes.get(story.group.head) or self.changes[story.group.changes[0]] for story in code]
        by_title = {(change.repository, format_title(change)): change for change in reversed(heads)}
        links = [self._link_with_origin(change) for change in [*reversed(by_title.values())][: self.limits.more]]
        return tell("S-REST", "stories.also", titles=join_parts(links)) if links else None

    def _drop_documents(self, stories: Sequence[Story], *, has_news: bool) -> list[Story]:
        """Return stories without those of documents alone that say no more than a title, where there is other news."""
        code = [story for story in stories if not self._is_about_documents(story) or _has_quotation(story)]
        return code if has_news or len(code) >= MIN_LISTED_CODE else list(stories)

    def _is_about_documents(self, story: Story) -> bool:
        head = self.changes.get(story.group.head)
        if head is None or head.documents is not None:
            return False
        return head.type == "docs" or (head.holds_documents_only and head.type not in {"feat", "fix"})

    def _link_with_origin(self, change: Change) -> PhraseValue:
        """Return a link in a list; behind documents, in parentheses, with which change their code came."""
        link = title_link(change)
        if change.documents is None:
            return link
        code, origin, day = name_origin(change, change.documents, self.facts.timezone)
        return build_fragment("lists.documents", title=link, code=code, origin=origin, date=day)

    def _tell_only_change(self, story: Story) -> tuple[StorySentence, ...]:
        """Return the only change of a period with its person, once, and what its story says."""
        change = self.changes[story.group.changes[0]]
        if story.is_taken_back:
            return story.sentences[:3]
        follow_ups = [sentence for sentence in story.sentences if sentence.template != "S-BY"][:2]
        by: list[PhraseFragment] = []
        if change.author and not change.is_bot and not any(_names(sentence, change.author) for sentence in follow_ups):
            by = name_person(change)
        return (tell("Z-ONE", "stories.only", title=title_link(change), by=by), *follow_ups)

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


def _has_quotation(story: Story) -> bool:
    return any(sentence.has_quotation for sentence in story.sentences)


def _quotes_any(sentence: StorySentence, sources: Sequence[str]) -> bool:
    """Return whether a sentence quotes one of some source texts, or the notes of a release."""
    quoted = [part.quotation.source for part in sentence.parts if part.quotation]
    return any(source in sources or source.startswith("notes:") for source in quoted)


def _find_crash(change: Change) -> str:
    """Return the plural of how a program crashed before a fix, which its title names; empty for other changes."""
    return name_crash(change.raw_title, is_fix=_reads_as_fix(change))


def _reads_as_fix(change: Change) -> bool:
    return is_fix(change) or format_title(change).startswith("Fixed")


def _names(sentence: StorySentence, person: str) -> bool:
    """Return whether a sentence names a person."""
    return any(part.kind == "name" and part.text == person for part in sentence.parts)


def _tell_in_list(change: Change, *, has_one_repository: bool) -> StorySentence:
    sentence = did_sentence(change)
    if has_one_repository:
        return sentence
    return tell(sentence.template, "stories.placed_sentence", place=name_repository(change), sentence=sentence)
