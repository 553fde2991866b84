"""Weigh the items of notes: what a release is about leads its headline and its list. Pure.

Authors put first what matters, name it in the introduction or among the highlights, explain it, and need several pull
requests for it. What extends a thing that another item brings is a part of that one: `solver.min-release-age-exclude`
beside `solver.min-release-age`.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence

from sparky_assets.documents.cache import keep_per_document
from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.models import NoteItem, ParsedDocument
from sparky_assets.documents.note_kinds import (
    guess_item_kind,
    guess_kind_by_verb,
    is_adjustment,
    is_highlight,
    is_improvement,
    is_internal,
    supports_platform,
)
from sparky_assets.documents.scores.points import count_sentence_words
from sparky_assets.documents.similarity import covers_text
from sparky_assets.stories.titles.verbs import starts_with_verb
from sparky_assets.text.credits import read_own_words
from sparky_assets.text.words import find_code_names

_NOUN_SUPPORT = re.compile(r"(?i)(?:support|changes?|updates?|fix(?:es)?|uses?|work) (?:for|of|to|in)\b")
"""The beginning of a noun phrase whose first word may be a verb: `Support for proxies`."""
MIN_NAME_LENGTH = 6
"""Characters of a name of code from which it is of one thing."""
_TRIAL = re.compile(r"(?i)\b(?:experimental|preview|feature flag|unstable)\b")
_CONSEQUENCES = frozenset({"breaking", "removed", "deprecated", "security", "migration"})
ENDING = re.compile(
    r"(?i)\b(?:remov|delet|drop|deprecat|discontinu|retir|renam|replac|disabl|stop|end of|no longer|unsupported"
    r"|gone)\w*"
)
"""A word without which the name of what is removed would read as something new: `Support for Python 3.8`."""
_ENTRY_KINDS = frozenset({"other", "what", "user_facing", "features"})
MIN_ENTRIES = 2
"""Entries with headings of their own from which these say what is new."""
MAX_FIRST_ITEMS, MIN_WRITTEN_ITEMS = 3, 6
"""Items at the beginning of a list that count for more, and items of such a list."""
_SENTENCE = re.compile(r"[A-Z`][^.;:]{3,80}? (?:now|is|are|can|has|have)\b[^\n]*\.")
"""An item that is a sentence with a subject: `The command now supports a new option.`"""
TRIAL_LENGTH = 60
"""Characters at the beginning of an item in which it says that it is a trial."""
MIN_EXPLANATION_WORDS = 6
"""Words of a sentence that explains an item: `Thanks to Ada!` does not."""
MAX_EXTRA_REFERENCES = 2
MAX_INTRODUCTION = 1500
"""Characters of the introduction in which names of items are looked for."""


def stands_alone(item: NoteItem) -> bool:
    """Return whether an item says something without others: it neither leads on to them nor is a part of one."""
    does_something = starts_with_verb(item.text) and not _NOUN_SUPPORT.match(item.text)
    return not (item.leads_on or item.is_step) and (does_something or not (item.is_nested or item.is_detail))


def starts_adding(item: NoteItem) -> bool:
    """Return whether an item begins with a verb for something new: `Add a flag` before `Resolve aliases in --show`."""
    return guess_kind_by_verb(item) == "features"


def find_introduced(document: ParsedDocument, items: Sequence[NoteItem]) -> set[int]:
    """Return the beginnings of the items that introduce the others.

    They are those below `Highlights`, those of a list in front of all sections, and entries with a heading each in
    front of the lists: Phoenix explains what is new in such, and lists below them what changed since the candidate.
    """
    first = document.sentences[0] if document.sentences else None
    has_prose_first = first is not None and not first.is_list_item and bool(items) and items[-1].section > 0
    entries = list_entry_news(document, items)
    starts = {item.start for item in entries}
    listed = next(
        (item.start for item in items if item.kind in {"features", "fixes"} and item.start not in starts), None
    )
    introduced = {item.start for item in entries if listed is not None and item.start < listed}
    for item in items:
        is_first = item.section == 0 and not item.heading and not item.label
        if is_highlight(item) or (has_prose_first and is_first):
            introduced.add(item.start)
    return introduced


def list_entry_news(document: ParsedDocument, items: Sequence[NoteItem]) -> list[NoteItem]:
    """Return the entries of notes that have one heading each and state no consequence: `### Daemon mode`.

    sanic 25.12 tells seven of them below `What to know`, which names no kind.
    """
    stated = {consequence.statement.start for consequence in find_consequences(document) if consequence.statement}
    numbers = Counter(item.section for item in items)
    entries = [
        item
        for item in items
        if document.sections[item.section].entry is not None
        and numbers[item.section] == 1
        and item.kind in _ENTRY_KINDS
        and not ENDING.search(item.heading)
        and not any(document.sentences[number].start in stated for number in item.sentences)
    ]
    return entries if len(entries) >= MIN_ENTRIES else []


def list_news(document: ParsedDocument, items: Sequence[NoteItem], *, by_verb: bool = True) -> list[NoteItem]:
    """Return the items that tell something new, the weightiest first.

    Args:
        document: the notes.
        items: their items in their order.
        by_verb: whether an item is news too whose verb alone says so.
    """
    introduced = find_introduced(document, items)
    own = [
        item
        for item in drop_overview(document, _list_candidates(items))
        if (guess_item_kind(item) if by_verb else item.kind) == "features"
        or _is_introduced_news(item, introduced)
        or (supports_platform(item) and item.kind not in _CONSEQUENCES)
    ]
    return sort_by_weight(document, own, introduced)


def drop_overview(document: ParsedDocument, items: Sequence[NoteItem]) -> list[NoteItem]:
    """Return items without those of an overview that say what ends, or tell a consequence again: rows tell these.

    Args:
        document: the notes.
        items: items of them.
    """
    consequences = _list_stated_texts(document)
    if not consequences:
        return list(items)
    introduced = find_introduced(document, items)
    return [
        item
        for item in items
        if item.start not in introduced
        or item.kind != "other"
        # What explains an item may say `replace` too.
        or not (
            ENDING.search(document.sentences[item.sentences[0]].text)
            or any(covers_text(item.text, other) for other in consequences)
        )
    ]


@keep_per_document
def _list_stated_texts(document: ParsedDocument) -> tuple[str, ...]:
    """Return the own words of the consequences that notes state. Headlines and lists ask for them several times."""
    stated = (consequence.statement for consequence in find_consequences(document) if consequence.statement)
    return tuple(read_own_words(statement.text) for statement in stated)


def list_unheaded_news(document: ParsedDocument, items: Sequence[NoteItem]) -> list[NoteItem]:
    """Return the items of notes whose headings call nothing new or fixed, the weightiest first; none of others.

    Notes without headings tell what is new with any verb: `Make the timeout configurable`.
    """
    if any(item.kind in {"features", "fixes"} for item in items):
        return []
    return sort_by_weight(document, _list_candidates(items))


def _list_candidates(items: Sequence[NoteItem]) -> list[NoteItem]:
    return [
        item for item in items if stands_alone(item) and not is_internal(item) and guess_kind_by_verb(item) != "fixes"
    ]


def _is_introduced_news(item: NoteItem, introduced: Collection[int]) -> bool:
    return item.start in introduced and item.kind not in _CONSEQUENCES


def sort_by_weight(
    document: ParsedDocument, items: Sequence[NoteItem], introduced: Collection[int] = ()
) -> list[NoteItem]:
    """Return items with the weightiest first; among equals in the order of the notes.

    Args:
        document: the notes.
        items: items of one kind.
        introduced: beginnings of the items that are among the highlights.
    """
    introduction = _read_introduction(document)
    seen: set[str] = set()
    weighed: list[tuple[int, NoteItem]] = []
    # Whole sentences are written for users, and begin with what matters: cython 3.3 with pattern matching.
    sentences = sum(not starts_with_verb(item.text) and bool(_SENTENCE.match(item.text)) for item in items)
    is_written = len(items) >= MIN_WRITTEN_ITEMS and sentences * 2 > len(items)
    for number, item in enumerate(items):
        names = find_code_names(item.text, MIN_NAME_LENGTH)
        is_led = item.start in introduced
        further = (document.sentences[number].text for number in item.sentences[1:])
        weight = 3 * is_led + min(max(len(item.references) - 1, 0), MAX_EXTRA_REFERENCES)
        weight += 2 * any(name in introduction for name in names)
        weight += any(count_sentence_words(text) >= MIN_EXPLANATION_WORDS for text in further)
        weight += (starts_adding(item) and not is_led) + (number == 0)
        weight += max(0, MAX_FIRST_ITEMS - number) * is_written
        weight -= 3 * extends_any(names, seen)
        weight -= is_adjustment(item) + 2 * is_improvement(item) + bool(_TRIAL.search(item.text, 0, TRIAL_LENGTH))
        # pyo3 lists `Support the new PEP 803` below packaging, in front of all else.
        weight += 2 * supports_platform(item) if not is_led else 0
        weight -= 2 * (item.kind != "features" and not is_led)
        seen |= names
        weighed.append((weight, item))
    return [item for _, item in sorted(weighed, key=lambda pair: -pair[0])]


def extends_any(names: Collection[str], others: Collection[str]) -> bool:
    """Return whether a name is that of a part of what another one names: `min-release-age-exclude`."""
    return any(_extends(name, other) for name in names for other in others)


def _extends(name: str, other: str) -> bool:
    if not name.startswith(other) or name == other:
        return False
    rest = name[len(other)]
    return rest in "-_.:" or rest.isupper()


def _read_introduction(document: ParsedDocument) -> str:
    """Return the title of a release and what its notes say in prose before the first list."""
    prose: list[str] = [document.source.title]
    for sentence in document.sentences:
        if sentence.is_list_item or sentence.section > 0:
            break
        prose.append(sentence.text)
    return " ".join(prose)[:MAX_INTRODUCTION]
