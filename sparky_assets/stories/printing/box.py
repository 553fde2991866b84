"""Rows of the box: what a reader must do or know before an upgrade (EDITORIAL.md, pages 1 and 2).

Rows come from sections of release notes, and from changes that are marked as breaking or name a security advisory. A
row never says more than its record: an item of the notes, a title, and what the message says about it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sparky_assets.documents.models import DocumentSentence, ParsedDocument, Quotation, SectionKind
from sparky_assets.documents.parse import fold_space
from sparky_assets.documents.quotes import is_valid_quotation, quote
from sparky_assets.stories.models import BoxMark, BoxRow, Change, ReleaseNote, SentencePart, StorySentence
from sparky_assets.stories.printing.quoting import QuotationChooser
from sparky_assets.stories.printing.sentences import (
    join_parts,
    make_sentence,
    quotation,
    quote_sentence,
    title_link,
    words,
)
from sparky_assets.text.words import short_name

MARKS_IN_ORDER: tuple[BoxMark, ...] = (
    "Security", "Fixed since", "Breaking", "Potentially breaking", "Removed", "Changed default", "Now an error",
    "Deprecated", "New minimum", "Compatibility", "Blocked",
)  # fmt: skip
SECTION_MARKS: Mapping[SectionKind, BoxMark] = {
    "breaking": "Breaking",
    "deprecated": "Deprecated",
    "removed": "Removed",
    "security": "Security",
    "migration": "Breaking",
}
_ITEM_MARKER = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+$")
_ADVISORY = re.compile(r"\b(?:CVE-\d{4}-\d{4,7}|GHSA(?:-[0-9a-z]{4}){3})\b")
_REFERENCE = re.compile(r"(?:#|/pull/|/issues/)(\d{1,7})\b")
_DROP_TITLE = re.compile(
    r"^(?:drop|remove|raise|require|bump minimum|increase)\b.*\b(?:python|node(?:\.?js)?|rust|msrv|go|java|php|ruby|"
    r"postgres(?:ql)?|macos|windows|glibc|django|rails)\b[ v]*\d|\bmsrv\b|\bminimum (?:supported )?\w+ version\b",
    re.IGNORECASE,
)
_BREAKING_WORDS = re.compile(r"\bbreaking change\b|\bbackwards?[- ]incompatib", re.IGNORECASE)
_DEFAULT_TITLE = re.compile(
    r"\b(?:by default|default (?:to|value|for)|change(?:d)? (?:the )?default|opt[- ]out|opt[- ]in)\b", re.IGNORECASE
)
_REMOVE_TITLE = re.compile(
    r"^(?:remove|delete|drop)\b.*\b(?:deprecated|support|option|flag|command|api|endpoints?|setting)\b", re.IGNORECASE
)
_DEPRECATE_TITLE = re.compile(r"^(?:deprecate)\b", re.IGNORECASE)
_INTERNAL_NOISE = frozenset({"tests", "ci", "dependency", "lock_file", "formatting"})
_INTERNAL_TYPES = frozenset({"test", "ci", "build", "chore", "docs", "refactor", "style"})


@dataclass(frozen=True)
class ReleaseNoteItem:
    """An item of release notes: its first sentence, all its sentences, and the numbers that it names."""

    section_kind: SectionKind
    heading: str
    sentences: tuple[DocumentSentence, ...]
    numbers: tuple[int, ...]
    advisories: tuple[str, ...]


def list_note_items(document: ParsedDocument) -> list[ReleaseNoteItem]:
    """Return the list items of release notes, each with its sentences."""
    text = document.source.text
    groups: list[list[DocumentSentence]] = []
    for sentence in document.sentences:
        if not sentence.is_list_item:
            continue
        line_start = text.rfind("\n", 0, sentence.start) + 1
        begins = bool(_ITEM_MARKER.match(text[line_start : sentence.start]))
        if begins or not groups or groups[-1][-1].section != sentence.section:
            groups.append([sentence])
        else:
            groups[-1].append(sentence)
    items = []
    for number, group in enumerate(groups):
        section = document.sections[group[0].section]
        end = groups[number + 1][0].start if number + 1 < len(groups) else group[-1].end + 200
        whole = text[group[0].start : max(group[-1].end, min(end, section.end))]
        items.append(
            ReleaseNoteItem(
                section.kind,
                section.heading,
                tuple(group),
                tuple(dict.fromkeys(int(match) for match in _REFERENCE.findall(whole))),
                tuple(dict.fromkeys(_ADVISORY.findall(whole))),
            )
        )
    return items


_LEADING_REFERENCE = re.compile(
    r"(?:\[?#\d+\]?(?:\([^)\s]*\))?|CVE-\d{4}-\d{4,7}|GHSA(?:-[0-9a-z]{4}){3}|\([A-Za-z-]{3,20}\)|\*\*[^*\n]{2,30}:?\*\*:?)[:,]?\s+"
)
_TRAILING_REFERENCE = re.compile(
    r"\s*(?:[(\[]+(?:[#!]\d+|\[?#?\d+\]?\([^)\s]*\)|@[\w-]+|,|\s|by|in)+[)\]]+|\bby @[\w-]+ in \S+|#\d+)[.\s]*$"
)


def quote_item(document: ParsedDocument, sentence: DocumentSentence) -> Quotation | None:
    """Return the span of an item of the notes without the numbers in front of it and behind it."""
    quoted = quote(document, sentence)
    if quoted is None:
        return None
    text = document.source.text
    start, end = quoted.start, quoted.end
    while match := _LEADING_REFERENCE.match(text, start, end):
        start = match.end()
    if (match := _TRAILING_REFERENCE.search(text, start, end)) and match.start() > start:
        end = match.start()
    if not text[start:end].strip():
        return quoted
    shorter = quoted.model_copy(update={"start": start, "end": end, "text": fold_space(text[start:end])})
    return shorter if is_valid_quotation(shorter, text) else quoted


def build_box(
    releases: Sequence[ReleaseNote], changes: Sequence[Change], chooser: QuotationChooser
) -> tuple[BoxRow, ...]:
    """Return the rows of the box in their order; a change has one row only."""
    rows: list[BoxRow] = []
    used_changes: set[str] = set()
    used_texts: set[str] = set()
    by_number = {(change.repository, change.number): change for change in changes if change.number is not None}
    for row in (*_list_note_rows(releases, by_number, chooser), *_list_change_rows(changes, chooser)):
        text = " ".join(sentence.text for sentence in row.sentences)
        if text in used_texts or used_changes & set(row.changes):
            continue
        used_texts.add(text)
        used_changes |= set(row.changes)
        same = next((number for number, other in enumerate(rows) if _is_same_advisory(row, other)), None)
        if same is None:
            rows.append(row)
        else:
            rows[same] = _join_rows(rows[same], row)
    return tuple(sorted(rows, key=lambda row: MARKS_IN_ORDER.index(row.mark)))


def _is_same_advisory(row: BoxRow, other: BoxRow) -> bool:
    return row.mark == other.mark == "Security" and row.label == other.label != "Security"


def _join_rows(first: BoxRow, second: BoxRow) -> BoxRow:
    """Return a row for an advisory that several changes name: the first one is printed, the others are linked."""
    link = next((part for part in second.sentences[0].parts if part.kind in {"title", "quotation"}), None)
    if link is None:
        return first
    place = second.sentences[0].parts[0]
    text = place.text if place.kind == "datum" else link.text
    linked = link.model_copy(update={"kind": "datum", "text": text, "quotation": None})
    before = next((sentence for sentence in first.sentences if sentence.template == "B-WHERE"), None)
    links = [part for part in before.parts if part.url] if before else []
    where = make_sentence("B-WHERE", "Changed for it too: ", *join_parts([*links, linked]), ".")
    others = tuple(sentence for sentence in first.sentences if sentence.template != "B-WHERE")
    return first.model_copy(update={"sentences": (*others, where), "changes": (*first.changes, *second.changes)})


def _list_note_rows(
    releases: Sequence[ReleaseNote], by_number: Mapping[tuple[str, int], Change], chooser: QuotationChooser
) -> Iterator[BoxRow]:
    for release in releases:
        document = chooser.get_document(release.source)
        if document is None:
            continue
        for item in list_note_items(document):
            mark = _get_item_mark(item)
            if mark is None:
                continue
            row = _build_note_row(mark, item, release, document, by_number=by_number, chooser=chooser)
            if row:
                yield row


def _get_item_mark(item: ReleaseNoteItem) -> BoxMark | None:
    text = " ".join(sentence.text for sentence in item.sentences)
    if item.advisories:
        return "Security"
    if item.section_kind == "breaking" and "potential" in item.heading.lower():
        return "Potentially breaking"
    if item.section_kind in SECTION_MARKS:
        return SECTION_MARKS[item.section_kind]
    if _BREAKING_WORDS.search(text):
        return "Breaking"
    return None


def _build_note_row(
    mark: BoxMark,
    item: ReleaseNoteItem,
    release: ReleaseNote,
    document: ParsedDocument,
    *,
    by_number: Mapping[tuple[str, int], Change],
    chooser: QuotationChooser,
) -> BoxRow | None:
    change = next(
        (by_number[release.repository, number] for number in item.numbers if (release.repository, number) in by_number),
        None,
    )
    quoted = quote_item(document, item.sentences[0])
    if change:
        sentences = [make_sentence("B-MARK", *_name_repository(change), title_link(change), ".")]
        sentences += chooser.tell(change, 1)
        if action := chooser.tell_action(change):
            sentences.append(action)
    elif quoted:
        sentences = [_link_item(chooser.use(quoted), release, item)]
    else:
        return None
    sentences += _quote_rest(item, document, chooser, limit=1)
    label = item.advisories[0] if item.advisories else mark
    if mark == "Security" and not item.advisories:
        label = "Security"
    return BoxRow(mark=mark, label=label, sentences=tuple(sentences), changes=(change.key,) if change else ())


def _link_item(quoted: Quotation, release: ReleaseNote, item: ReleaseNoteItem) -> StorySentence:
    """Return an item of the notes in quotation marks, as a link to the pull request that it names or to the release."""
    url = release.url
    if item.numbers and release.url and "/releases/tag/" in release.url:
        url = f"{release.url.partition('/releases/tag/')[0]}/pull/{item.numbers[0]}"
    part = quotation(quoted).model_copy(update={"url": url})
    place = SentencePart(kind="datum", text=short_name(release.repository), evidence=release.key)
    return make_sentence("B-MARK", place, ": ", part, ".")


def _quote_rest(
    item: ReleaseNoteItem, document: ParsedDocument, chooser: QuotationChooser, limit: int
) -> list[StorySentence]:
    """Return what an item says after its first sentence: what to do, else what changes."""
    sentences: list[StorySentence] = []
    for sentence in item.sentences[1:]:
        quoted = quote_item(document, sentence)
        if quoted is None or len(sentences) >= limit or _BREAKING_WORDS.search(sentence.text):
            continue
        if "action" in sentence.roles:
            sentences.append(quote_sentence("Q-DO", "What to do:", chooser.use(quoted)))
        elif sentence.score > 0:
            sentences.append(quote_sentence("Q-SAYS", "The notes say:", chooser.use(quoted)))
    return sentences


def _list_change_rows(changes: Sequence[Change], chooser: QuotationChooser) -> Iterator[BoxRow]:
    for change in changes:
        if change.is_bot or change.reverts:
            continue
        documents = chooser.list_documents(change)
        advisories = _find_advisories(change, documents)
        if advisories:
            yield _build_security_row(change, advisories, chooser)
            continue
        mark = _get_change_mark(change, documents)
        if mark:
            yield _build_change_row(mark, change, documents, chooser)


def _find_advisories(change: Change, documents: Sequence[ParsedDocument]) -> list[str]:
    found = _ADVISORY.findall(change.raw_title)
    for document in documents:
        if document.source.kind in {"message", "change_note"}:
            found += document.advisories
    return list(dict.fromkeys(found))


def _build_security_row(change: Change, advisories: Sequence[str], chooser: QuotationChooser) -> BoxRow:
    sentences = [make_sentence("B-MARK", *_name_repository(change), title_link(change), ".")]
    chosen = chooser.choose(chooser.list_documents(change), "security", change)
    if chosen:
        sentences.append(quote_sentence("Q-FLAW", "The flaw:", chooser.use(chosen[2])))
    else:
        sentences += chooser.tell(change, 1)
    if action := chooser.tell_action(change):
        sentences.append(action)
    label = " and ".join(advisories[:2])
    return BoxRow(mark="Security", label=label, sentences=tuple(sentences), changes=(change.key,))


def _get_change_mark(change: Change, documents: Sequence[ParsedDocument]) -> BoxMark | None:
    """Return the mark of a change; None if nothing says that it can break or change what people use."""
    if (
        change.is_marked_breaking
        or any(document.breaking for document in documents)
        or _has_text(documents, "breaking")
    ):
        return "Breaking"
    if change.type in _INTERNAL_TYPES or change.noise in _INTERNAL_NOISE:
        return None
    marks: tuple[tuple[BoxMark, bool], ...] = (
        ("New minimum", bool(_DROP_TITLE.search(change.title))),
        ("Deprecated", bool(_DEPRECATE_TITLE.search(change.title)) or _has_text(documents, "deprecated")),
        ("Removed", bool(_REMOVE_TITLE.search(change.title)) or _has_text(documents, "removed")),
        ("Changed default", bool(_DEFAULT_TITLE.search(change.title))),
    )
    return next((mark for mark, holds in marks if holds), None)


def _has_text(documents: Sequence[ParsedDocument], kind: SectionKind) -> bool:
    """Return whether a section of a kind says something; templates leave `## Breaking changes` with “None”."""
    return any(
        len(sentence.text.split()) > 3
        for document in documents
        if document.source.kind != "issue"
        for sentence in document.sentences
        if document.sections[sentence.section].kind == kind
    )


def _build_change_row(
    mark: BoxMark, change: Change, documents: Sequence[ParsedDocument], chooser: QuotationChooser
) -> BoxRow:
    sentences = [make_sentence("B-MARK", *_name_repository(change), title_link(change), ".")]
    footers = [quoted for document in documents for quoted in document.breaking if len(quoted.text.split()) <= 40]
    if footers:
        sentences.append(quote_sentence("Q-SAYS", "The message says:", chooser.use(footers[0])))
    else:
        sentences += chooser.tell(change, 1)
    action = chooser.tell_action(change)
    if action:
        sentences.append(action)
    return BoxRow(mark=mark, label=mark, sentences=tuple(sentences), changes=(change.key,))


def _name_repository(change: Change) -> list[SentencePart]:
    """Return the name of the repository in front of a title; layouts of one repository drop it."""
    return [SentencePart(kind="datum", text=short_name(change.repository), evidence=change.key), words(": ")]


def list_rows_of(rows: Sequence[BoxRow], marks: Sequence[BoxMark]) -> list[BoxRow]:
    """Return the rows with some marks."""
    return [row for row in rows if row.mark in marks]
