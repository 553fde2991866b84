"""Items of notes: what a release lists, each with its heading and the changes that it names."""

import re
from datetime import date

from sparky_assets.documents.models import DocumentSentence, NoteItem, ParsedDocument, SectionKind
from sparky_assets.documents.parse import fold_space
from sparky_assets.periods import MONTH_NAMES
from sparky_assets.text.references import find_references

MAX_ITEMS = 500

_LABEL_KINDS: dict[str, SectionKind] = {
    "added": "features", "feat": "features", "feature": "features", "new": "features", "enhancement": "features",
    "fixed": "fixes", "fix": "fixes", "bugfix": "fixes", "bug": "fixes",
    "breaking": "breaking", "removed": "removed", "deprecated": "deprecated", "security": "security",
    "perf": "performance", "performance": "performance",
}  # fmt: skip

_LABEL = re.compile(
    r"(?:\*\*|__|\[)?(?P<label>[A-Za-z]{3,12})(?: change)?(?:\([^()\n]{1,40}\))?(?P<mark>!)?"
    r"(?:\*\*:|:\*\*|__:|:__|\]:?|:)\s",
    re.IGNORECASE,
)
"""A label in front of an item: `**fixed:** …`, `[Added] …`, `feat(api)!: …`."""

_IMPROVEMENT = re.compile(r"(?i)\b(?:enhance|improve)\w*")
_HIGHLIGHTS = re.compile(r"(?i)\b(?:highlights?|headlines?)\b")
_NEWNESS = re.compile(r"(?i)\b(?:features?|new|added|additions)\b")

_VERB_KINDS: tuple[tuple[re.Pattern[str], SectionKind], ...] = (
    (
        re.compile(
            r"(?:(?:bug ?)?fix(?:e[sd])?|do(?:es)?(?:n['’]t| not)|no longer|avoid|prevent|stop)\b", re.IGNORECASE
        ),
        "fixes",
    ),
    (re.compile(r"(?:add|introduce|implement|support)(?:e?[sd])?\b|new\b", re.IGNORECASE), "features"),
)

_OPEN_KINDS: frozenset[SectionKind] = frozenset({"other", "what", "summary", "user_facing"})
"""Sections whose heading does not say what their items are: `Changed`, `Output`, the name of a package."""


def list_note_items(document: ParsedDocument) -> list[NoteItem]:
    """Return the list items of notes in their order, and the headings that tell one change each.

    Such a heading is an item with the first sentence below it: lists there explain it.

    The text of an item runs to its end; the sentences of nested items and paragraphs below belong to the item above
    them only if they name no change of their own. Numbers are those of the item's own lines, so that an item can be
    joined with its change.
    """
    items: list[NoteItem] = []
    entries: dict[int, int] = {}
    for sentence in document.sentences:
        section = document.sections[sentence.section]
        if section.kind == "skipped":
            continue
        if section.entry is not None:
            _add_to_entry(document, items, entries, sentence)
            continue
        if not sentence.is_list_item:
            continue
        line = document.source.text[sentence.start : sentence.end]
        previous = items[-1] if items else None
        if previous is not None and not sentence.opens_block and previous.section == sentence.section:
            items[-1] = _extend_item(document, previous, sentence.end, sentence.number)
            continue
        if len(items) >= MAX_ITEMS:
            break
        items.append(
            NoteItem(
                heading=section.heading,
                kind=_classify_item(line, section.kind),
                label=match["label"].lower() if (match := _LABEL.match(line)) else "",
                section=sentence.section,
                start=sentence.start,
                end=sentence.end,
                text=fold_space(line),
                sentences=(sentence.number,),
                references=_find_own_references(line),
            )
        )
    return items


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


_REVERT = re.compile(r"(?i)[-*\s]*revert(?:s|ed|ing)?\b")
_QUOTED_TITLE = re.compile(r'"[^"]{1,300}"|“[^”]{1,300}”')


def _find_own_references(text: str) -> tuple[str, ...]:
    """Return the references of an item; the title that a revert takes back names another change than its own."""
    return find_references(_QUOTED_TITLE.sub("", text) if _REVERT.match(text) else text)


_INTERNAL_HEADING = re.compile(
    r"(?i)\b(?:docs?|documentation|internals?|ci|tests?|testing|chores?|dependenc|packaging)"
)
"""Headings below which a verb does not say that users got something."""


def _classify_item(line: str, section_kind: SectionKind) -> SectionKind:
    """Return the kind of an item: of its own label, else of its section."""
    match = _LABEL.match(line)
    kind = ("breaking" if match["mark"] else _LABEL_KINDS.get(match["label"].lower())) if match else None
    return kind or section_kind


def is_improvement(item: NoteItem) -> bool:
    """Return whether the notes call an item an enhancement or improvement, and not a feature."""
    name = item.label or item.heading
    return item.kind == "features" and bool(_IMPROVEMENT.search(name)) and not _NEWNESS.search(name)


def is_highlight(item: NoteItem) -> bool:
    """Return whether an item is below `Highlights` alone, which holds what matters: features, but fixes too."""
    return not item.label and bool(_HIGHLIGHTS.search(item.heading)) and not _NEWNESS.search(item.heading)


def is_internal(item: NoteItem) -> bool:
    """Return whether the heading or the label of an item says that it is about documentation, tests or packaging."""
    return bool(_INTERNAL_HEADING.search(item.heading) or _INTERNAL_HEADING.match(item.label))


def guess_item_kind(item: NoteItem) -> SectionKind:
    """Return the kind of an item, by the verb that it begins with where neither a label nor its heading says it.

    Good enough to choose an item, not to count them: `Don't decode twice` is mostly a fix.
    """
    if item.kind not in _OPEN_KINDS or is_internal(item):
        return item.kind
    return guess_kind_by_verb(item) or item.kind


def guess_kind_by_verb(item: NoteItem) -> SectionKind | None:
    """Return what the verb says with which an item begins; None for other verbs."""
    return next((kind for pattern, kind in _VERB_KINDS if pattern.match(item.text)), None)


def _extend_item(document: ParsedDocument, item: NoteItem, end: int, sentence_number: int) -> NoteItem:
    text = document.source.text[item.start : end]
    return item.model_copy(
        update={
            "end": end,
            "text": fold_space(text),
            "sentences": (*item.sentences, sentence_number),
            "references": _find_own_references(text),
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
