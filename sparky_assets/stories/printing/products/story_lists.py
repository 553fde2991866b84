"""Lists of stories without a section: what is new, what is fixed, crashes, doubts, what else landed. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sparky_assets.periods import PeriodKind
from sparky_assets.stories.models import Change, PeriodStories, SentencePart, Story, StoryItem, StorySentence
from sparky_assets.stories.points import names_inner_code
from sparky_assets.stories.printing.announcing import adds_something, announce_change
from sparky_assets.stories.printing.edition import EditionList
from sparky_assets.stories.printing.headline import EditionFacts
from sparky_assets.stories.printing.phrasing import PhraseValue, build_fragment, tell
from sparky_assets.stories.printing.products.limits import EditionLimits
from sparky_assets.stories.printing.repetition import shorten_rest
from sparky_assets.stories.printing.sentences import (
    count,
    did_sentence,
    drop_author,
    format_title,
    join_parts,
    limit_parts,
    name_origin,
    name_repository,
    title_link,
)
from sparky_assets.stories.rank import is_fix
from sparky_assets.stories.titles.forms import name_crash
from sparky_assets.stories.titles.parts import split_area
from sparky_assets.text.subjects import CHORE_TYPES
from sparky_assets.text.upgrades import names_documentation
from sparky_assets.text.words import join_words

MIN_LIST_ITEMS = 2
MORE_TITLES = 2
"""Items that a list of what is new or fixed has more, where messages say nothing beyond their titles."""
MIN_CRASHES, MAX_CRASHES = 3, 8
"""Fixes of crashes that are a list of their own; more of them are listed as other fixes."""
MIN_LISTED_CODE = 3
"""Stories of code in the last list from which it has none of documents."""


@dataclass(frozen=True)
class StoryLists:
    """Divides stories without a section into lists, and writes them as items.

    Attributes:
        stories: the stories of the period.
        changes: its changes by key.
        facts: the period.
        limits: how much the product prints at most.
    """

    stories: PeriodStories
    changes: Mapping[str, Change]
    facts: EditionFacts
    limits: EditionLimits

    def split(
        self, stories: Sequence[Story], is_minor: Callable[[Story], bool], *, has_titles_alone: bool = False
    ) -> tuple[list[EditionList], list[Story]]:
        """Return the lists with a heading of their own, and the stories that none of them holds.

        A list of fewer than two items is none. What authors doubt is news of its own. What is for the people of a
        project is no fix of what its users met.

        Args:
            stories: the stories without a section, in order.
            is_minor: whether a story is for the people of a project.
            has_titles_alone: whether no message of the period says more than its title: then titles are listed by what
                they say.
        """
        # A repository that began is neither new in something nor a fix.
        candidates = [story for story in stories if story.group.kind != "repository"]
        heads = {story.group.id: self.changes.get(story.group.head) for story in candidates}
        has_titles_alone = has_titles_alone and self.limits.fixed > 0
        quoted = [
            (story, head)
            for story in candidates
            if (head := heads[story.group.id]) and (has_titles_alone or _has_quotation(story))
        ]
        crashes = self._list_crashes(candidates) if self.limits.fixed else None
        in_crashes = {key for item in crashes.items for key in item.changes} if crashes else set()
        quoted = [(story, head) for story, head in quoted if head.key not in in_crashes]
        about_code = [pair for pair in quoted if not is_minor(pair[0])]
        fix_limit, new_limit = self.limits.fixed, self.limits.new
        if has_titles_alone:
            fix_limit += MORE_TITLES
            new_limit = new_limit or fix_limit
        fixing = [pair for pair in about_code if not (has_titles_alone and adds_something(pair[1]))]
        fixes = [story for story, head in fixing if _reads_as_fix(head)][:fix_limit]
        added = about_code if has_titles_alone else quoted
        if self.facts.period.kind is PeriodKind.MONTHLY and not has_titles_alone:
            # A month says what is new also where messages say nothing beyond their titles, behind what is quoted.
            titled = [(story, head) for story in candidates if (head := heads[story.group.id])]
            titled = [pair for pair in titled if _is_ability(pair[1]) and not is_minor(pair[0])]
            added = [*quoted, *(pair for pair in titled if pair not in quoted)]
        new = [story for story, head in added if not _reads_as_fix(head) and adds_something(head)][:new_limit]
        lists: list[EditionList] = []
        listed: set[str] = set()
        for phrase, members in (("sections.new", new), ("sections.fixed", fixes)):
            if len(members) >= MIN_LIST_ITEMS:
                heading = tell("T", phrase)
                lists.append(EditionList(heading=heading, items=tuple(self.write_item(story) for story in members)))
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
        return EditionList(heading=heading, items=tuple(self.write_item(story) for story in members))

    def write_item(self, story: Story) -> StoryItem:
        """Return a story as a list item: what its first change did, a quotation, and what else belongs to it."""
        if story.heading.template == "H-BY" and not story.items:
            first = tell("H-BY", "stories.title", title=story.heading)
            return StoryItem(sentences=(first, *map(shorten_rest, story.closing[:1])), changes=story.group.changes)
        head = self.changes.get(story.group.head)
        if head is not None and story.brief.template == "H-ONE":
            # A quotation of another change of the story would read as one of the change that is named.
            quoted = [sentence for sentence in story.sentences if quotes_any(sentence, (*head.sources, *head.issues))]
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

    def name_further(self, rest: Sequence[Story], *, has_news: bool) -> StorySentence | None:
        """Return the titles of the stories that no list holds, as links in one sentence; None without any.

        Args:
            rest: the stories.
            has_news: whether other parts of the text have news: then documents alone are not named.
        """
        # A bare title would announce as done what the story says was taken back.
        named = [story for story in rest if not story.is_taken_back]
        # Documents alone are in the full list, and are named where there is nothing else.
        code = [story for story in named if not self.is_about_documents(story)] or ([] if has_news else named)
        heads = [self.changes.get(story.group.head) or self.changes[story.group.changes[0]] for story in code]
        # `chore: sort the manifest` is in the full list too.
        heads = [head for head in heads if head.type not in CHORE_TYPES] or ([] if has_news else heads)
        by_title = {(change.repository, format_title(change)): change for change in reversed(heads)}
        links = [self._link_with_origin(change) for change in [*reversed(by_title.values())][: self.limits.more]]
        return tell("S-REST", "stories.also", titles=join_parts(links)) if links else None

    def drop_documents(self, stories: Sequence[Story], *, has_news: bool) -> list[Story]:
        """Return stories without those of documents alone, where there is other news."""
        code = [story for story in stories if not self.is_about_documents(story)]
        return code if has_news or len(code) >= MIN_LISTED_CODE else list(stories)

    def is_about_documents(self, story: Story) -> bool:
        """Return whether the first change of a story is of documents alone."""
        head = self.changes.get(story.group.head)
        if head is None or head.documents is not None:
            return False
        is_named = head.type != "feat" and (names_documentation(head.title) or bool(_SITE_SCOPE.match(head.raw_title)))
        return head.type == "docs" or is_named or (head.holds_documents_only and head.type != "feat")

    def _link_with_origin(self, change: Change) -> PhraseValue:
        """Return a link in a list; behind documents, in parentheses, with which change their code came."""
        link = title_link(change)
        if change.documents is None:
            return link
        code, origin, day = name_origin(change, change.documents, self.facts.timezone)
        return build_fragment("lists.documents", title=link, code=code, origin=origin, date=day)


_SITE_SCOPE = re.compile(r"(?i)\w{2,12}\((?:docs?|documentation|readme|website|web-?site|site|www|homepage)\)!?:")
"""The scope of a change of a site about the product: `fix(docs): restore the logo` mends no product."""


_SMALL_ADDITION = re.compile(
    r"(?i)\w+ (?:(?:an?|the) )?(?:some|more|missing|additional|extra|another|few|further)\b"
    r"|.{0,60}\b(?:checks?|guards?|limits?|asserts?|assertions?|comments?|logs?|logging|tests?|text|traces?|files)\b"
)
"""A title that adds a detail: `Add some checks on the size of lines`."""


def _is_ability(change: Change) -> bool:
    """Return whether the title of a change alone says that users can do something new."""
    is_small = bool(_SMALL_ADDITION.match(split_area(change.title)[1])) or names_inner_code(change.title)
    return not is_small and announce_change(change) is not None


def _has_quotation(story: Story) -> bool:
    return any(sentence.has_quotation for sentence in story.sentences)


def quotes_any(sentence: StorySentence, sources: Sequence[str]) -> bool:
    """Return whether a sentence quotes one of some source texts, or the notes of a release."""
    quoted = [part.quotation.source for part in sentence.parts if part.quotation]
    return any(source in sources or source.startswith("notes:") for source in quoted)


def _find_crash(change: Change) -> str:
    """Return the plural of how a program crashed before a fix, which its title names; empty for other changes."""
    return name_crash(change.raw_title, is_fix=_reads_as_fix(change))


def _reads_as_fix(change: Change) -> bool:
    return is_fix(change) or format_title(change).startswith("Fixed")


def _tell_in_list(change: Change, *, has_one_repository: bool) -> StorySentence:
    sentence = did_sentence(change)
    if has_one_repository:
        return sentence
    return tell(sentence.template, "stories.placed_sentence", place=name_repository(change), sentence=sentence)


MIN_BEGINNINGS, MAX_BEGINNINGS = 2, 12
"""New repositories that are one item of a list, where one alone has an item of its own, and how many it names."""


def split_beginnings(stories: Sequence[Story], *, are_more: bool) -> tuple[list[StoryItem], list[Story]]:
    """Return the new repositories among stories as one item, and the other stories; no item for a single one.

    In a week of raibid-labs six repositories began: two have a section, and the others are news beside it.

    Args:
        stories: the stories without a section.
        are_more: whether another new repository has a section.
    """
    began = [story for story in stories if story.group.kind == "repository"]
    others = [story for story in stories if story.group.kind != "repository"]
    if len(began) < MIN_BEGINNINGS:
        return [], [*began, *others]
    links: list[SentencePart] = []
    for story in began:
        parts = {part.slot: part for part in story.brief.parts}
        if {"repository", "date"} <= parts.keys():
            links.append(parts["repository"].model_copy(update={"url": parts["date"].url}))
    number = count(len(links), starts_sentence=True)
    phrase = "stories.began_more" if are_more else "stories.began_several"
    sentence = tell("G-BEGAN", phrase, number=number, repositories=limit_parts(links[:MAX_BEGINNINGS], len(links)))
    changes = tuple(key for story in began for key in story.group.changes)
    return [StoryItem(sentences=(sentence,), changes=changes)], others
