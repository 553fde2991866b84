"""Items of notes: what a release lists, each with its heading and the changes that it names."""

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise, takewhile

from sparky_assets.documents.cache import keep_per_document
from sparky_assets.documents.models import DocumentSentence, NoteItem, ParsedDocument, SectionKind
from sparky_assets.documents.note_kinds import (
    ADJUSTING_VERB,
    INTERNAL_HEADING,
    OWN_PAGE_LINK,
    REVERT,
    VERB_KINDS,
    classify_item,
    get_label,
    mark_fixed,
    match_label,
    read_tag,
)
from sparky_assets.documents.parse import fold_space
from sparky_assets.documents.scores.points import has_verb
from sparky_assets.documents.scores.refusals import is_reference_only
from sparky_assets.documents.sections import classify_heading
from sparky_assets.periods import MONTH_NAMES
from sparky_assets.text.credits import is_credit, read_own_words
from sparky_assets.text.references import find_references

MAX_ITEMS = 500

_SCOPE = re.compile(r"[`\w][`\w./&+ -]{1,40}")

_GROUP_HEADING = re.compile(r"[A-Z][\w /&-]{2,50}|[a-z]{3,20}(?: [a-z]{3,20}){0,2}")

MAX_GROUP_WORDS = 6

MAX_SCOPE_WORDS = 2
"""Words of an item that is a scope above others, each of which says something alone."""

MIN_COMPONENT_ITEMS = 2
"""Items below a capitalized name that make it a component."""

MIN_CELL_WORDS = 5
"""Words of a cell of a table that tells a change."""

MAX_NESTED_ITEMS = 20
"""Items that one may hold and have a further paragraph below them."""

_DEPENDENCY_ITEM = re.compile(
    r"(?i)`?@?[\w./-]{1,80}@v?\d[\w.+-]{0,40}`?[.\s]*\Z|updated dependencies(?: ?\[| ?:|\s*\Z)"
)
"""An item of changesets about packages of the same repository: `@acme/map@2.0.1`, `Updated dependencies [0a1b2c3]:`."""

_LIST_TABLE = re.compile(r"^\.\. list-table::[^\n]*\n(?:(?:[ \t]+[^\n]*)?\n)*", re.MULTILINE)
"""A table of reStructuredText whose rows are lists: its cells are no changes."""


@keep_per_document
def list_note_items(document: ParsedDocument) -> tuple[NoteItem, ...]:
    """Return the list items of notes in their order, and the headings that tell one change each.

    Such a heading is an item with the first sentence below it: lists there explain it.

    The text of an item runs to its end; the sentences of nested items and paragraphs below belong to the item above
    them only if they name no change of their own. Numbers are those of the item's own lines, so that an item can be
    joined with its change.
    """
    items: list[NoteItem] = []
    entries: dict[int, int] = {}
    lists: set[int] = set()
    groups: list[ItemGroup] = []
    tables = [match.span() for match in _LIST_TABLE.finditer(document.source.text)]
    for sentence in document.sentences:
        section = document.sections[sentence.section]
        if section.kind == "skipped":
            continue
        is_first = section.entry is not None and section.entry not in entries
        if is_first and section.entry is not None and _begins_list(document, sentence):
            lists.add(section.entry)
        if (
            section.entry is not None
            and section.entry not in lists
            and not _is_apart(document, items, entries, sentence)
        ):
            _add_to_entry(document, items, entries, sentence)
            continue
        if not sentence.is_list_item or _DEPENDENCY_ITEM.match(sentence.text) or _is_foreign(sentence):
            continue
        if any(start <= sentence.start < end for start, end in tables):
            continue
        line = document.source.text[sentence.start : sentence.end]
        lead = document.source.text[document.source.text.rfind("\n", 0, sentence.start) + 1 : sentence.start]
        column = _measure_column(document, sentence.start)
        if sentence.continues_item and (number := _find_continued(document, items, sentence)) is not None:
            items[number] = _continue_item(items[number], sentence, line)
            continue
        while groups and (sentence.section != groups[-1].section or column <= groups[-1].column):
            groups.pop()
        group = groups[-1] if groups else None
        inner_group = _read_led_group(document, sentence, group) or _read_group(document, sentence, group)
        if inner_group is not None:
            groups.append(inner_group)
            continue
        previous = items[-1] if items else None
        if previous is not None and not sentence.opens_block and previous.section == sentence.section:
            items[-1] = _extend_item(document, previous, sentence.end, sentence.number)
            continue
        if previous is not None and previous.section == sentence.section and _is_credit(sentence.text):
            # Addresses below `Performance improvements` are none of the item above it.
            is_inside = group is None or _measure_column(document, previous.start) > group.column
            items[-1] = _add_references(previous, find_references(line) if is_inside else ())
            continue
        if len(items) >= MAX_ITEMS:
            break
        items.append(
            NoteItem(
                heading=group.heading if group else section.heading,
                scope=group.scope if group else "",
                kind=classify_item(line, read_tag(document, sentence) or (group.kind if group else section.kind)),
                label=get_label(match) if (match := match_label(line)) else "",
                section=sentence.section,
                start=sentence.start,
                end=sentence.end,
                text=fold_space(line),
                sentences=(sentence.number,),
                references=_find_own_references(f"{lead}{line}"),
            )
        )
    return tuple(mark_fixed(item) for item in _mark_nested(document, items))


def _mark_nested(document: ParsedDocument, items: list[NoteItem]) -> list[NoteItem]:
    """Return the items with marks at those that lead on to others, and at the others."""
    marked: list[NoteItem] = []
    lead: int | None = None
    outer: list[NoteItem] = []
    for item in items:
        column = _measure_column(document, item.start)
        while outer and (outer[-1].section != item.section or _measure_column(document, outer[-1].start) >= column):
            outer.pop()
        above = marked[lead] if lead is not None else None
        is_below = above is not None and above.section == item.section
        if above and lead is not None and is_below and column > _measure_column(document, above.start):
            marked[lead] = above.model_copy(update={"leads_on": True})
            speaks_for_them = not _only_names_update(document.sentences[above.sentences[0]].text)
            is_nested = speaks_for_them and len(above.text.split()) > MAX_SCOPE_WORDS
            marked.append(item.model_copy(update={"is_nested": True}) if is_nested else item)
            continue
        # A scope above items is part of none: `**http1:**`.
        first = document.sentences[item.sentences[0]].text
        leads = first.rstrip("*_ ").endswith(":") or _only_names_update(first)
        lead = len(marked) if leads else None
        is_detail = any(_says_something(document, own) for own in outer)
        is_step = is_detail and _is_numbered(document, item)
        marked.append(item.model_copy(update={"is_detail": True, "is_step": is_step}) if is_detail else item)
        outer.append(item)
    return [
        item.model_copy(update={"leads_on": True}) if _is_label(item) and following.section == item.section else item
        for item, following in pairwise(marked)
    ] + marked[-1:]


_NUMBER_MARK = re.compile(r"[ \t]+\d{1,2}[.)][ \t]+")


def _is_numbered(document: ParsedDocument, item: NoteItem) -> bool:
    """Return whether an item is of a numbered list that is not at the margin."""
    text = document.source.text
    return _NUMBER_MARK.fullmatch(text, text.rfind("\n", 0, item.start) + 1, item.start) is not None


_LABEL_WORDS = re.compile(r"[\w-]{2,30}(?: [\w-]{2,30}){0,3}:")


def _is_label(item: NoteItem) -> bool:
    """Return whether an item is a few words and a colon in front of a list: `Environmental updates:` in a directive."""
    return _LABEL_WORDS.fullmatch(item.text) is not None


_UPDATE_ALONE = re.compile(
    r"(?i)(?:\W{0,3}[0-9a-f]{7,40}\W{1,3}\s*)?(?:(?:chore|feat|fix|deps)(?:\([^()]{1,30}\))?: )?"
    r"(?:bump|update|upgrade)(?:s|d)? `?@?[\w./-]{2,50}`?(?: to `?v?\d[\w.-]{0,20}`?)?\W*"
)


def _only_names_update(text: str) -> bool:
    """Return whether an item only says that a part was updated: those nested in it say what it brings.

    solid 1.9.0 lists eight new things below `update dom-expressions`.
    """
    return _UPDATE_ALONE.fullmatch(read_own_words(text)) is not None


def _says_something(document: ParsedDocument, item: NoteItem) -> bool:
    """Return whether those nested in an item are its details: it names its change, or is a sentence of its own."""
    return bool(item.references) or has_verb(document.sentences[item.sentences[0]].text)


_TELLS_ALONE = re.compile(
    r"(?i)(?:the |all |deprecated |old )*(?:[\w-]+ ){0,2}`[^`\n]{2,80}`(?:(?:,| and|, and| or) `[^`\n]{2,80}`){0,5}"
    r"(?: [\w-]+){0,3}? (?:(?:is|are) now\b|(?:is|are|was|were|has been|have been) (?:now )?"
    r"(?:removed|renamed|replaced|moved|deprecated|merged|dropped|deleted|changed)\b|no longer\b|must (?:now )?be\b"
    r"|now (?:returns?|requires?|throws?|accepts?|expects?|takes?)\b)|`[^`\n]{2,80}` (?:->|→|=>) `"
    r"|(?:removed?|renamed?|dropp?(?:ed)?|replaced?|moved?|deleted?) (?:the )?(?:[\w-]+ ){0,2}`"
    r"|changed? (?:the )?default\b|(?:removed?|dropp?(?:ed)?) (?:the )?support\b"
)
"""An item in the text below a heading of a guide that states a change: ```lamp.Map` is now `lamp.Index```."""


_CHANGE_LABELS = frozenset({"removed", "changed", "renamed", "deprecated", "breaking", "moved"})
"""Labels of items that state a change each: `REMOVED: Method …`, `CHANGED: The class … became final`."""


def tells_alone(document: ParsedDocument, sentence: DocumentSentence) -> bool:
    """Return whether a list item below a heading of a guide states a change of its own, by a name of code or label."""
    is_item = sentence.is_list_item and sentence.opens_block and not sentence.is_heading and not sentence.is_cell
    if not document.source.is_guide or not is_item:
        return False
    label = match_label(sentence.text)
    return bool(_TELLS_ALONE.match(sentence.text)) or (label is not None and get_label(label) in _CHANGE_LABELS)


def _is_apart(
    document: ParsedDocument, items: list[NoteItem], entries: dict[int, int], sentence: DocumentSentence
) -> bool:
    """Return whether a sentence below the heading of an entry is of a list item that states a change of its own.

    Args:
        document: the notes.
        items: the items so far.
        entries: index of the item of each entry, by the index of its section.
        sentence: the sentence.
    """
    if tells_alone(document, sentence):
        return True
    if not (document.source.is_guide and items):
        return False
    last = document.sentences[items[-1].sentences[0]]
    follows = items[-1].sentences[-1] == sentence.number - 1 and sentence.is_list_item and not sentence.opens_block
    return follows and tells_alone(document, last)


def _begins_list(document: ParsedDocument, sentence: DocumentSentence) -> bool:
    """Return whether an item is the first sentence below a heading that names no change: `Fixes` below `Highlights`."""
    number = document.sections[sentence.section].entry
    is_item = sentence.is_list_item and not sentence.is_heading
    return is_item and number is not None and not find_references(document.sections[number].heading)


def _is_foreign(sentence: DocumentSentence) -> bool:
    """Return whether an item is quoted, of a table of contents, or a cell of a table that tells no change: `22.07`."""
    if OWN_PAGE_LINK.fullmatch(sentence.text):
        return True
    is_cell = sentence.is_cell and (len(sentence.text.split()) < MIN_CELL_WORDS or not has_verb(sentence.text))
    return is_cell or any(reason.endswith("quoted text") for reason in sentence.reasons)


def _is_credit(text: str) -> bool:
    """Return whether an item only says who did what the item above it says: `#12 PR by @ada`."""
    return is_reference_only(text) or is_credit(text)


def _add_references(item: NoteItem, references: tuple[str, ...]) -> NoteItem:
    return item.model_copy(update={"references": tuple(dict.fromkeys((*item.references, *references)))})


@dataclass(frozen=True)
class ItemGroup:
    """An item that is the heading of those nested in it: `* Breaking changes`, then `  * Remove the old map`."""

    heading: str
    kind: SectionKind
    section: int
    column: int
    scope: str = ""


def _read_group(document: ParsedDocument, sentence: DocumentSentence, outer: ItemGroup | None) -> ItemGroup | None:
    """Return the group that an item begins; None for an item that says something, or has none nested in it.

    Args:
        document: the notes.
        sentence: the item.
        outer: the group that it is in.
    """
    text = sentence.text.strip("*_: ")
    is_scope = _SCOPE.fullmatch(text) is not None and len(text.split()) <= MAX_SCOPE_WORDS
    is_group = _GROUP_HEADING.fullmatch(text) is not None and len(text.split()) <= MAX_GROUP_WORDS
    if not sentence.opens_block or not (is_group or is_scope):
        return None
    column = _measure_column(document, sentence.start)
    following = next(iter(document.sentences[sentence.number + 1 : sentence.number + 2]), None)
    is_nested = (
        following is not None
        and following.is_list_item
        and following.opens_block
        and following.section == sentence.section
        and _measure_column(document, following.start) > column
    )
    kind = classify_heading(text)
    if not is_nested:
        return None
    if kind != "other" or INTERNAL_HEADING.search(text):
        scope = outer.scope if outer else ""
        return ItemGroup(text, kind, sentence.section, column, scope) if is_group else None
    if not is_scope or any(pattern.match(text) for pattern, _ in VERB_KINDS) or ADJUSTING_VERB.match(text):
        return None
    if not _names_component(document, sentence, column):
        return None
    around = outer or document.sections[sentence.section]
    return ItemGroup(around.heading, around.kind, sentence.section, column, text)


_LEADING_ITEM = re.compile(r"(?i)(?:the following|these)\b.{1,160}:\Z")

_LED_KINDS: tuple[tuple[re.Pattern[str], SectionKind], ...] = (
    (re.compile(r"(?i)\bwill (?:be|soon)\b|\b(?:future|next) (?:version|release)"), "deprecated"),
    (re.compile(r"(?i)\b(?:removed|dropped|deleted|defunct|renamed)\b"), "removed"),
    (re.compile(r"(?i)\bdeprecated\b"), "deprecated"),
)
"""What an item that leads on to others says of them all: `The following are now defunct:`."""

MAX_LED_SENTENCES = 100
"""Sentences below such an item that are looked at."""

MIN_LED_WORDS = 4
"""Words of an item below it that says something alone; bare names are listed by it."""


def _read_led_group(document: ParsedDocument, sentence: DocumentSentence, outer: ItemGroup | None) -> ItemGroup | None:
    """Return the group of an item that says of those nested in it that they are removed or deprecated."""
    if not sentence.opens_block or not _LEADING_ITEM.match(sentence.text):
        return None
    column = _measure_column(document, sentence.start)
    below = document.sentences[sentence.number + 1 : sentence.number + 1 + MAX_LED_SENTENCES]
    nested = list(
        takewhile(
            lambda other: other.section == sentence.section and _measure_column(document, other.start) > column, below
        )
    )
    columns = {
        number: _measure_column(document, other.start) for number, other in enumerate(nested) if other.opens_block
    }
    starts = [number for number, own_column in columns.items() if own_column == min(columns.values())]
    lengths = [
        sum(len(other.text.split()) for other in nested[first:last]) for first, last in pairwise((*starts, len(nested)))
    ]
    telling = sum(length >= MIN_LED_WORDS for length in lengths)
    kind = next((kind for pattern, kind in _LED_KINDS if pattern.search(sentence.text)), None)
    if kind is None or len(lengths) < MIN_COMPONENT_ITEMS or telling * 2 < len(lengths):
        return None
    around = outer.kind if outer else document.sections[sentence.section].kind
    kind = "breaking" if around == "breaking" else kind
    return ItemGroup(sentence.text.rstrip(":"), kind, sentence.section, column, outer.scope if outer else "")


def _names_component(document: ParsedDocument, sentence: DocumentSentence, column: int) -> bool:
    """Return whether a short item with others nested in it is their component: `**http1:**`, `s3`; not `A lamp`."""
    if sentence.text.rstrip("*_ ").endswith(":") or sentence.text.startswith("**") or not sentence.text[0].isupper():
        return True
    below = document.sentences[sentence.number + 1 : sentence.number + 1 + MAX_NESTED_ITEMS]
    nested = takewhile(
        lambda other: other.section == sentence.section and _measure_column(document, other.start) > column, below
    )
    return sum(other.is_list_item and other.opens_block for other in nested) >= MIN_COMPONENT_ITEMS


TAB_COLUMNS = 4

_OUTER_MARKS = re.compile(r"\s*(?:[-*+] {1,4}(?=[-*+] ))*")
"""Marks of the lists around an item that begin in its line: `* - Remove an attribute`."""


def _measure_column(document: ParsedDocument, offset: int) -> int:
    return measure_column(document.source.text, offset)


def measure_column(text: str, offset: int) -> int:
    """Return the column of the mark of an item: the spaces behind marks differ (`- a`, `-  b`; `9. a`, `10. b`)."""
    line = text[text.rfind("\n", 0, offset) + 1 : offset + 1].expandtabs(TAB_COLUMNS)
    match = _OUTER_MARKS.match(line)
    return match.end() if match else 0


def begins_in_margin(text: str, offset: int, column: int) -> bool:
    """Return whether the line of an item begins with a mark at a column or before it, as that of an outer list does."""
    line = text[text.rfind("\n", 0, offset) + 1 : offset + 1].expandtabs(TAB_COLUMNS)
    return len(line) - len(line.lstrip()) <= column


def _find_continued(document: ParsedDocument, items: list[NoteItem], sentence: DocumentSentence) -> int | None:
    """Return the index of the item whose further paragraph holds a sentence: the last one with its mark before it."""
    column = _measure_column(document, sentence.start)
    for number in range(len(items) - 1, max(-1, len(items) - MAX_NESTED_ITEMS), -1):
        if items[number].section != sentence.section and not _is_footer_of(document, items[number], sentence):
            return None
        if _measure_column(document, items[number].start) < column:
            return number
    return None


def _is_footer_of(document: ParsedDocument, item: NoteItem, sentence: DocumentSentence) -> bool:
    """Return whether a sentence is in the footer of an item that breaks something: prost 0.14.0 lists both."""
    section = document.sections[sentence.section]
    return item.kind == "breaking" and section.heading.startswith("BREAKING") and section.kind == "breaking"


def _continue_item(item: NoteItem, sentence: DocumentSentence, line: str) -> NoteItem:
    """Return an item with a sentence of a further paragraph. Its numbers are its own too."""
    return item.model_copy(
        update={
            "text": f"{item.text} {fold_space(line)}",
            "sentences": (*item.sentences, sentence.number),
            "references": tuple(dict.fromkeys((*item.references, *find_references(line)))),
        }
    )


def _add_to_entry(
    document: ParsedDocument, items: list[NoteItem], entries: dict[int, int], sentence: DocumentSentence
) -> None:
    """Add a sentence to the item of its entry, which begins with its first sentence.

    Args:
        document: the notes.
        items: the items so far.
        entries: index of the item of each entry, by the index of its section.
        sentence: the sentence.
    """
    number = document.sections[sentence.section].entry
    if number is None:
        return
    if number in entries:
        item = items[entries[number]]
        items[entries[number]] = item.model_copy(update={"sentences": (*item.sentences, sentence.number)})
        return
    if not sentence.is_quotable or len(items) >= MAX_ITEMS:
        return
    section = document.sections[number]
    entries[number] = len(items)
    items.append(
        NoteItem(
            heading=section.heading,
            kind=section.kind,
            section=sentence.section,
            start=sentence.start,
            end=sentence.end,
            text=fold_space(document.source.text[sentence.start : sentence.end]),
            sentences=(sentence.number,),
            references=find_references(section.heading) or find_references(sentence.text),
        )
    )


_QUOTED_TITLE = re.compile(r'"[^"]{1,300}"|“[^”]{1,300}”')


def _find_own_references(text: str) -> tuple[str, ...]:
    """Return the references of an item; the title that a revert takes back names another change than its own."""
    return find_references(_QUOTED_TITLE.sub("", text) if REVERT.match(text) else text)


def _extend_item(document: ParsedDocument, item: NoteItem, end: int, sentence_number: int) -> NoteItem:
    text = document.source.text[item.start : end]
    own_references = _find_own_references(text)
    return item.model_copy(
        update={
            "end": end,
            "text": fold_space(text),
            "sentences": (*item.sentences, sentence_number),
            "references": tuple(dict.fromkeys((*item.references, *own_references))),
        }
    )


_ISO_DATE = re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)\b")

_DAY_MONTH = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)? ([A-Z][a-z]{2})[a-z]*,? (20\d\d)\b")

_MONTH_DAY = re.compile(r"\b([A-Z][a-z]{2})[a-z]*\.? (\d{1,2})(?:st|nd|rd|th)?,? (20\d\d)\b")

_MONTH_NUMBERS = {name[:3]: number for number, name in enumerate(MONTH_NAMES, 1)}


def find_noted_date(document: ParsedDocument) -> date | None:
    """Return the date in the heading of the notes: `2.0.0 - 2026-10-30`, `Released Thu 12 Sep 2024`."""
    heading = document.source.heading or document.source.text[:200].partition("\n\n")[0]
    if match := _ISO_DATE.search(heading):
        year, month, day = int(match[1]), int(match[2]), int(match[3])
    elif match := _DAY_MONTH.search(heading):
        year, month, day = int(match[3]), _MONTH_NUMBERS.get(match[2], 0), int(match[1])
    elif match := _MONTH_DAY.search(heading):
        year, month, day = int(match[3]), _MONTH_NUMBERS.get(match[1], 0), int(match[2])
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
