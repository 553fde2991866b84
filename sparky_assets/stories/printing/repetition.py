"""Say once what several parts of a product would say again: releases, first commits, whose words, links. Pure."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sparky_assets.documents.models import SourceText
from sparky_assets.stories.models import Change, SentencePart, Story, StoryItem, StorySentence
from sparky_assets.stories.printing.edition import EditionContent, EditionList
from sparky_assets.stories.printing.origins import tell_author
from sparky_assets.stories.printing.phrasing import tell
from sparky_assets.stories.printing.sentences import count, limit_parts, title_link
from sparky_assets.stories.rank import is_fix

MIN_RUN_STORIES = 3
"""Stories in a row whose changes one release holds, or does not, from which the first one says it for all."""
MAX_ALSO_LINKS = 3
"""Other changes of a story that a list names."""
ABSENCE_TEMPLATES = frozenset({"R-NOTIN", "R-NOREL"})
"""What says that a release does not hold a change, or that none does."""
CONTAINED_PHRASES = frozenset({"stories.fix_in", "stories.change_in"})
"""What says which release holds a change."""
ENTRY_PHRASE, MESSAGE_PHRASE = "quotes.entry", "quotes.message"


PERSON_PHRASES = frozenset({"stories.did", "stories.from"})
"""What says in a list who made a change, beside its title; `In maps, Ada drew a pier` names the area too."""
ENTRY_PHRASES_BY_PERSON: Mapping[str, str] = {ENTRY_PHRASE: "quotes.entry_by", "quotes.bare": "quotes.entry_by_too"}
"""What an entry of a changelog is introduced with in place of `The change is from Ada`, the first time and later."""
PHRASES_BY_PERSON: Mapping[str, str] = {
    "quotes.went_wrong": "quotes.went_wrong_by",
    "quotes.why": "quotes.why_by",
    MESSAGE_PHRASE: "quotes.person",
}
"""The phrase that says whose words are quoted too, by the one in front of a quotation of a message."""
MIN_SAME_PERSON = 2
"""Items of one list that say no more than who made a change from which one item has those of one person."""


def drop_repetitions(
    content: EditionContent, changes: Mapping[str, Change], sources: Mapping[str, SourceText], *, has_one_person: bool
) -> EditionContent:
    """Return the content of a product without what it says a second time.

    Args:
        content: the content.
        changes: the changes of the period by key.
        sources: the texts of the period by key.
        has_one_person: whether one person made all changes, which the line of counts says once.
    """
    newcomers = {part.text for sentence in content.people for part in sentence.parts if part.kind in {"name", "title"}}
    stories = [_drop_first_commit(story, newcomers, changes.get(story.group.head)) for story in content.stories]
    stories = _join_places(stories)
    labels = _LabelMemory(set())
    stories = [_map_sentences(story, labels.drop_in_story) for story in stories]
    stories = [
        _drop_author(story) if has_one_person else _quote_author(story, changes.get(story.group.head), sources)
        for story in stories
    ]
    listed = {key for own in content.released for item in own.items for key in item.changes}
    listed |= {key for row in content.all_rows if row.rows == 1 for key in row.changes}
    lists = [_map_items(own, labels.drop_in_item) for own in content.lists]
    titles = [changes[story.group.head].title for story in stories if story.group.head in changes]
    also = [labels.drop_in_item(_drop_said_news(_drop_listed_links(item, listed), titles)) for item in content.also]
    if has_one_person:
        lists = [_map_items(own, lambda item: _drop_person(item, changes)) for own in lists]
        also = [_drop_person(item, changes) for item in also]
    else:
        also = _join_person_items(also, changes)
    firsts = {name.text for own in content.lede if own.template == "P-FIRST" and (name := _find_name(own))}
    people = () if newcomers and newcomers <= firsts else content.people
    return content.model_copy(
        update={"stories": tuple(stories), "lists": tuple(lists), "also": tuple(also), "people": people}
    )


def _drop_said_news(item: StoryItem, titles: Sequence[str]) -> StoryItem:
    """Return an item about another release without the quotation of its notes that is the title of a section."""

    def is_said(sentence: StorySentence) -> bool:
        quoted = [part.text.strip("“”.").casefold() for part in sentence.parts if part.quotation]
        return bool(quoted) and printed.issuperset(quoted)

    printed = {title.casefold() for title in titles}
    if item.changes:
        return item
    kept = [sentence for sentence in item.sentences[1:] if not is_said(sentence)]
    return item.model_copy(update={"sentences": (*item.sentences[:1], *kept)})


def _map_sentences(story: Story, replace: Callable[[Sequence[StorySentence]], tuple[StorySentence, ...]]) -> Story:
    return story.model_copy(update={"sentences": replace(story.sentences)})


def _map_items(own: EditionList, replace: Callable[[StoryItem], StoryItem]) -> EditionList:
    return own.model_copy(update={"items": tuple(map(replace, own.items))})


# --- People and releases


def _drop_first_commit(story: Story, newcomers: Collection[str], head: Change | None) -> Story:
    """Return a story without that a change is a first commit, if the section of people says so."""

    def replace(sentences: Sequence[StorySentence]) -> tuple[StorySentence, ...]:
        kept: list[StorySentence] = []
        for sentence in sentences:
            person = _find_name(sentence)
            if sentence.template != "P-FIRST" or person is None or person.text not in newcomers:
                kept.append(sentence)
            elif not any((named := _find_name(said)) and named.text == person.text for said in sentences[: len(kept)]):
                kept.append(tell_author(person, "fix" if head is not None and is_fix(head) else "change"))
        return tuple(kept)

    return story.model_copy(update={"sentences": replace(story.sentences), "closing": replace(story.closing)})


def _find_name(sentence: StorySentence) -> SentencePart | None:
    return next((part for part in sentence.parts if part.kind == "name"), None)


def _says_where(sentence: StorySentence) -> bool:
    """Return whether a sentence says that a release does not hold a change, or that one release does."""
    if sentence.template in ABSENCE_TEMPLATES:
        return True
    versions = [part for part in sentence.parts if part.kind == "version"]
    return sentence.phrase in CONTAINED_PHRASES and len(versions) == 1


def _get_place(story: Story) -> tuple[str, str] | None:
    """Return what a story says about which release, as a template and the key of the release; None for nothing.

    The key is empty where no release holds the change.
    """
    said = next((own for own in (*story.sentences, *story.closing) if _says_where(own)), None)
    if said is None:
        return None
    return said.template, next((part.evidence or "" for part in said.parts if part.kind == "version"), "")


def _join_places(stories: Sequence[Story]) -> list[Story]:
    """Return stories of which the first of some in a row says for all which release holds their changes, or not."""
    joined: list[Story] = []
    for place, group in groupby(stories, key=_get_place):
        own = list(group)
        if place is not None and len(own) >= MIN_RUN_STORIES:
            own = [_tell_place_of_all(own[0], len(own) - 1), *map(_drop_place, own[1:])]
        joined += own
    return joined


def _tell_place_of_all(story: Story, others: int) -> Story:
    def replace(sentence: StorySentence) -> StorySentence:
        if not _says_where(sentence):
            return sentence
        slots = {part.slot: part for part in sentence.parts if part.slot}
        return tell(sentence.template, f"{sentence.phrase}_run", number=count(others), **slots)

    return _replace_each(story, replace)


def _drop_place(story: Story) -> Story:
    """Return a story with the author of its change in place of the release that holds it, or does not."""

    def replace(sentence: StorySentence) -> StorySentence:
        person = _find_name(sentence)
        if not _says_where(sentence) or person is None:
            return sentence
        return tell_author(person, "fix" if sentence.phrase.startswith("stories.fix") else "change")

    return _replace_each(story, replace)


def _replace_each(story: Story, replace: Callable[[StorySentence], StorySentence]) -> Story:
    return story.model_copy(
        update={"sentences": tuple(map(replace, story.sentences)), "closing": tuple(map(replace, story.closing))}
    )


# --- Who made a change


def _drop_author(story: Story) -> Story:
    """Return a story without who made its change."""
    kept = {
        name: tuple(sentence for sentence in sentences if sentence.template != "S-BY")
        for name, sentences in (("sentences", story.sentences), ("closing", story.closing))
    }
    return story.model_copy(update=kept)


_POSSESSIVE = re.compile(r"['’]s?$")
"""The end of a name that is a possessive by itself: `Gilb's`."""


def _quote_author(story: Story, head: Change | None, sources: Mapping[str, SourceText]) -> Story:
    """Return a story that names who made its change in front of a quotation of that person, not in a sentence."""
    said = next((own for own in (*story.sentences, *story.closing) if own.template == "S-BY"), None)
    person = _find_name(said) if said else None
    if head is None or person is None or person.text != head.author or _POSSESSIVE.search(person.text):
        return story
    if any(part.kind == "name" and part.text == person.text for own in story.sentences[:1] for part in own.parts):
        return _drop_author(story) if story.sentences[0] is not said else story
    for number, sentence in enumerate(story.sentences):
        # What is quoted behind another change is about that one.
        if sentence.template == "S-FOLLOW":
            break
        quoted = [part for part in sentence.parts if part.quotation]
        if len(quoted) == 1 and (phrase := _name_phrase_by(sentence, quoted[0], head, sources)):
            attributed = tell(sentence.template, phrase, person=person, quotation=quoted[0])
            replaced = (*story.sentences[:number], attributed, *story.sentences[number + 1 :])
            return _drop_author(story.model_copy(update={"sentences": replaced}))
    return story


def _name_phrase_by(
    sentence: StorySentence, quoted: SentencePart, head: Change, sources: Mapping[str, SourceText]
) -> str:
    """Return the phrase for a quotation with the person who made the change; empty where it is not that person's."""
    source = sources.get(quoted.evidence or "")
    if source is None or source.key not in head.sources:
        return ""
    if source.kind == "change_note":
        return ENTRY_PHRASES_BY_PERSON.get(sentence.phrase, "")
    return PHRASES_BY_PERSON.get(sentence.phrase, "") if source.author == head.author else ""


def _drop_person(item: StoryItem, changes: Mapping[str, Change]) -> StoryItem:
    """Return an item of a list with the title of its change in place of who did what."""
    first = item.sentences[0]
    change = _find_titled_change(first, changes)
    if change is None or first.phrase not in {*PERSON_PHRASES, "stories.did_in_part"}:
        return item
    return item.model_copy(
        update={"sentences": (tell("ITEM", "stories.title", title=title_link(change)), *item.sentences[1:])}
    )


def _join_person_items(items: Sequence[StoryItem], changes: Mapping[str, Change]) -> list[StoryItem]:
    """Return items with those that only say who made a change as one for each person, at the place of the first."""
    by_person: dict[str, list[tuple[StoryItem, Change]]] = {}
    for item in items:
        first = item.sentences[0]
        change = _find_titled_change(first, changes)
        is_bare = len(item.sentences) == 1 and first.phrase in PERSON_PHRASES
        if change is not None and change.author and is_bare:
            by_person.setdefault(change.author, []).append((item, change))
    several = {own[0][0].changes: own for own in by_person.values() if len(own) >= MIN_SAME_PERSON}
    later = {item.changes for own in several.values() for item, _ in own[1:]}
    return [
        _write_person_item(several[item.changes]) if item.changes in several else item
        for item in items
        if item.changes not in later or not item.changes
    ]


def _find_titled_change(sentence: StorySentence, changes: Mapping[str, Change]) -> Change | None:
    """Return the change whose title a sentence names first."""
    link = next((part for part in sentence.parts if part.kind == "title"), None)
    return changes.get(link.evidence or "") if link else None


def _write_person_item(items: Sequence[tuple[StoryItem, Change]]) -> StoryItem:
    own = [change for _, change in items]
    person = SentencePart(kind="name", text=own[0].author or "", evidence=own[0].key)
    titles = limit_parts([title_link(change) for change in own], len(own))
    sentence = tell("S-FROM", "stories.from", person=person, title=titles)
    return StoryItem(sentences=(sentence,), changes=tuple(key for item, _ in items for key in item.changes))


# --- Whose words


@dataclass
class _LabelMemory:
    """Drops `Its changelog entry says` and its like where an earlier part said it and the title is beside it."""

    printed: set[str]

    def drop_in_story(self, sentences: Sequence[StorySentence]) -> tuple[StorySentence, ...]:
        """Return the sentences of a section: the entry of a changelog is quoted bare below the title of its change."""
        return self._drop(sentences, {ENTRY_PHRASE})

    def drop_in_item(self, item: StoryItem) -> StoryItem:
        """Return an item of a list, behind whose title an entry or a message is quoted bare."""
        return item.model_copy(update={"sentences": self._drop(item.sentences, {ENTRY_PHRASE, MESSAGE_PHRASE})})

    def _drop(self, sentences: Sequence[StorySentence], phrases: Collection[str]) -> tuple[StorySentence, ...]:
        kept: list[StorySentence] = []
        for sentence in sentences:
            # Behind a change that followed, the label says that its own entry is quoted.
            follows = bool(kept) and kept[-1].template == "S-FOLLOW"
            if sentence.phrase in phrases and sentence.phrase in self.printed and not follows:
                quoted = next(part for part in sentence.parts if part.quotation)
                kept.append(tell(sentence.template, "quotes.bare", quotation=quoted))
                continue
            if sentence.phrase in {ENTRY_PHRASE, MESSAGE_PHRASE}:
                self.printed.add(sentence.phrase)
            kept.append(sentence)
        return tuple(kept)


def quote_bare(sentence: StorySentence) -> StorySentence:
    """Return a quotation of a message or an entry without the words that say whose it is: its title is beside it."""
    quoted = next(part for part in sentence.parts if part.quotation)
    if sentence.phrase in {ENTRY_PHRASE, MESSAGE_PHRASE, "quotes.person"}:
        return tell(sentence.template, "quotes.bare", quotation=quoted)
    return sentence


# --- Links


def _drop_listed_links(item: StoryItem, listed: Collection[str]) -> StoryItem:
    """Return an item of the last list without links to changes that a list or row of its own has before it."""
    sentences: list[StorySentence] = []
    for sentence in item.sentences:
        links = [part for part in sentence.parts if part.url]
        kept = [link for link in links if link.evidence not in listed]
        is_counted = any(part.slot.endswith("number") for part in sentence.parts)
        if sentence.template != "S-REST" or len(kept) == len(links) or is_counted:
            sentences.append(sentence)
        elif kept:
            sentences.append(tell(sentence.template, sentence.phrase, titles=limit_parts(kept, len(kept))))
    return item.model_copy(update={"sentences": tuple(sentences)})


def shorten_rest(sentence: StorySentence) -> StorySentence:
    """Return what else belongs to a story for a list: three links, and how many more there are.

    A list names no change of a story before the others, so that they are with the first one.
    """
    links = [part for part in sentence.parts if part.url]
    is_counted = any(part.slot.endswith("number") for part in sentence.parts)
    if len(links) <= MAX_ALSO_LINKS + 1 and (is_counted or sentence.phrase != "stories.others"):
        return sentence
    shown = links if len(links) <= MAX_ALSO_LINKS + 1 else links[:MAX_ALSO_LINKS]
    phrase = sentence.phrase if sentence.phrase not in {"", "stories.others"} else "stories.with_it"
    return tell(sentence.template, phrase, titles=limit_parts(shown, len(links)))
