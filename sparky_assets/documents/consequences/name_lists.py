"""Lists of bare names below a sentence that says what happened to them all. Pure.

`The following methods have been removed:` says nothing without its list, and `lamp.on()` below it nothing alone: both
are quoted as one span.
"""

import re
from collections.abc import Iterator

from sparky_assets.documents.cache import keep_per_document
from sparky_assets.documents.consequences.announced import find_leading_kind
from sparky_assets.documents.consequences.sentences import read_sign
from sparky_assets.documents.models import ConsequenceKind, DocumentSentence, ParsedDocument, Quotation
from sparky_assets.documents.notes import measure_column
from sparky_assets.documents.parse import fold_space
from sparky_assets.documents.quotes import MAX_QUOTED_WORDS, is_valid_quotation, quote

MAX_NAME_WORDS = 3
"""Words of an item that is a bare name: `lamp.on()`, `the lamp plugin`."""

_LEADS_ON = re.compile(r"(?i)\b(?:following|these)\b")

MAX_NAMES = 200
"""Items of a list that are looked at."""

_KINDS: frozenset[ConsequenceKind] = frozenset({"breaking", "removed", "deprecated"})


def list_names(document: ParsedDocument, lead: DocumentSentence) -> list[DocumentSentence]:
    """Return the items of the list of bare names right below a sentence that leads on to it; none for other lists."""
    if not lead.text.rstrip("*_ ").endswith(":"):
        return []
    column = measure_column(document.source.text, lead.start) if lead.is_list_item else -1
    return _list_names_from(document, lead.number + 1, lead.section, column)


def _list_names_from(document: ParsedDocument, number: int, section: int, column: int) -> list[DocumentSentence]:
    """Return the bare names of a list; none if it has other items.

    Args:
        document: the document.
        number: the number of its first sentence.
        section: the number of its section.
        column: the column of the mark of the item above it; -1 without one.
    """
    names: list[DocumentSentence] = []
    for sentence in document.sentences[number : number + MAX_NAMES]:
        is_below = sentence.is_list_item and measure_column(document.source.text, sentence.start) > column
        if not is_below or sentence.section != section or sentence.is_heading:
            break
        if _count_name_words(sentence.text) > MAX_NAME_WORDS or sentence.is_cell or not sentence.opens_block:
            return []
        names.append(sentence)
    return names


_CODE = re.compile(r"`[^`\n]{1,120}`(?:/`[^`\n]{1,120}`){0,9}")


def _count_name_words(text: str) -> int:
    """Return how many words a name has; code is one, whatever it holds: `` `lamp on --night`/`--day` ``."""
    return len(_CODE.sub("x", text).split())


@keep_per_document
def find_named_lists(document: ParsedDocument) -> tuple[tuple[ConsequenceKind, Quotation, tuple[int, ...]], ...]:
    """Return what sentences and labels say of the names below them: the kind, the words, the numbers of sentences."""
    return (*_find_below_sentences(document), *_find_below_labels(document), *_find_above_tables(document))


def _find_below_sentences(document: ParsedDocument) -> Iterator[tuple[ConsequenceKind, Quotation, tuple[int, ...]]]:
    for sentence in document.sentences:
        if sentence.is_list_item or document.sections[sentence.section].kind == "skipped":
            continue
        if names := list_names(document, sentence):
            sign = read_sign(sentence, document.sections[sentence.section].kind, None)
            kind = sign[0] if sign else find_leading_kind(sentence.text)
            if kind in _KINDS and (statement := quote_with_names(document, sentence)):
                yield kind, statement, (sentence.number, *(name.number for name in names))


def _find_below_labels(document: ParsedDocument) -> Iterator[tuple[ConsequenceKind, Quotation, tuple[int, ...]]]:
    """Yield what a line with a colon above a list says, which is the heading of a section: `These lamps are gone:`."""
    firsts: dict[int, DocumentSentence] = {}
    for sentence in document.sentences:
        firsts.setdefault(sentence.section, sentence)
    for number, first in firsts.items():
        section = document.sections[number]
        kind = find_leading_kind(f"{section.heading}:")
        if (
            kind not in _KINDS
            or not _LEADS_ON.search(section.heading)
            or section.entry is not None
            or section.kind == "skipped"
        ):
            continue
        text = document.source.text
        names = _list_names_from(document, first.number, number, -1)
        label = text[section.start : names[0].start].rstrip("-*+ \t\r\n") if names else ""
        start = section.start + len(label) - len(label.lstrip("*_ "))
        if label.endswith(":") and "\n" not in label:
            own = Quotation(
                source=document.source.key,
                start=start,
                end=section.start + len(label),
                text=fold_space(label.strip("*_ ")),
            )
            if statement := _add_names(document, own, names):
                yield kind, statement, tuple(name.number for name in names)


_TABLE_HEADINGS: tuple[tuple[re.Pattern[str], ConsequenceKind], ...] = (
    (re.compile(r"(?i)\bdefaults?\b.{0,40}\bchang|\bchang\w*\b.{0,40}\bdefaults?\b"), "changed_default"),
    (re.compile(r"(?i)\b(?:renam\w+|remov\w+|dropped|deleted|replaced)\b"), "removed"),
    (re.compile(r"(?i)\bdeprecated\b"), "deprecated"),
    (re.compile(r"(?i)\b(?:changed|moved)\b"), "compatibility"),
)
"""What the heading right above a table of names in a guide says of them all: `Renamed rules`."""

MIN_TABLE_CELLS = 2
"""Cells with a text of a table that says more than its heading."""


def _find_above_tables(document: ParsedDocument) -> Iterator[tuple[ConsequenceKind, Quotation, tuple[int, ...]]]:
    """Yield what headings of a guide say of the tables below them, where there is no other text.

    A cell says nothing without its row and the head of its column: the heading tells that there is something to read.
    """
    if not document.source.is_guide:
        return
    cells: dict[int, list[DocumentSentence]] = {}
    for sentence in document.sentences:
        cells.setdefault(sentence.section, []).append(sentence)
    text = document.source.text
    for number, sentences in cells.items():
        section = document.sections[number]
        kind = next((kind for pattern, kind in _TABLE_HEADINGS if pattern.search(section.heading)), None)
        start = text.find(section.heading, section.start, section.end) if section.heading else -1
        is_table = len(sentences) >= MIN_TABLE_CELLS and all(own.is_cell for own in sentences)
        if kind is None or start < 0 or not is_table or section.kind == "skipped":
            continue
        end = start + len(section.heading)
        statement = Quotation(source=document.source.key, start=start, end=end, text=fold_space(text[start:end]))
        if is_valid_quotation(statement, text):
            yield kind, statement, tuple(own.number for own in sentences)


def quote_with_names(document: ParsedDocument, lead: DocumentSentence) -> Quotation | None:
    """Return the span of a sentence and of the names listed below it, as many as are short enough to print.

    None if no names are listed below it, or if the sentence may not be quoted.
    """
    names = list_names(document, lead)
    own = quote(document, lead)
    if own is None or not names or not own.text.rstrip("*_ ").endswith(":"):
        return None
    return _add_names(document, own, names)


def _add_names(document: ParsedDocument, lead: Quotation, names: list[DocumentSentence]) -> Quotation | None:
    """Return a quotation that goes on to the names behind it, as far as it may be long; None if none of them fits."""
    text = document.source.text
    words = len(lead.text.split())
    end = lead.end
    for name in names:
        words += len(text[end : name.end].split())
        if words > MAX_QUOTED_WORDS:
            break
        end = name.end
    quotation = Quotation(source=lead.source, start=lead.start, end=end, text=fold_space(text[lead.start : end]))
    return quotation if end > lead.end and is_valid_quotation(quotation, text) else None


_ABOVE_NAMES = re.compile(r":[*_]{0,2}[ \t]*\r?\n\s{0,40}(?:[-*+]|\d{1,3}[.)])\s")


def split_names(document: ParsedDocument, statement: Quotation) -> tuple[Quotation, tuple[Quotation, ...]]:
    """Return a statement up to the colon above its list, and the names of the list; without a list no names.

    Args:
        document: the notes or the guide.
        statement: a span that `quote_with_names` may have made.
    """
    text = document.source.text
    above = _ABOVE_NAMES.search(text, statement.start, statement.end)
    if above is None:
        return statement, ()
    spans = [
        (own.start, own.end) for own in document.sentences if above.end() <= own.start and own.end <= statement.end
    ]
    lead, *names = (
        statement.model_copy(update={"start": start, "end": end, "text": fold_space(text[start:end])})
        for start, end in [(statement.start, above.start()), *spans]
    )
    is_whole = len(names) > 1 and all(is_valid_quotation(own, text) for own in (lead, *names))
    return (lead, tuple(names)) if is_whole else (statement, ())
