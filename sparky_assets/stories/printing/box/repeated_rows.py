"""Join rows of the box that say the same: notes repeat messages, and titles of changes are items of notes. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from sparky_assets.documents.notes import list_note_items
from sparky_assets.documents.similarity import covers_text, find_removed_name
from sparky_assets.stories.models import BoxMark, BoxRow, Change, ReleaseNote
from sparky_assets.stories.printing.phrasing import PhraseValue, build_fragment, tell
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.sentences import join_parts, quote_sentence
from sparky_assets.stories.titles.parts import is_advisory_merge
from sparky_assets.text.references import find_advisories

MIN_TITLE_WORDS = 3
"""Words of a title that an item of notes has by more than chance."""

_ENDING_MARKS: frozenset[BoxMark] = frozenset(
    {
        "Breaking", "Potentially breaking", "Removed", "Changed default", "Now an error", "Deprecated", "New minimum",
        "Compatibility",
    }
)  # fmt: skip
"""Marks that notes and a message may give to one change."""

_SUBJECT_KINDS = frozenset({"title", "quotation"})
"""Kinds of the parts of a row that say what it is about."""

_WORD = re.compile(r"[\w.-]*\w")


def join_repeated_row(rows: list[BoxRow], row: BoxRow) -> bool:
    """Join a row with one of `rows` that says the same, in place, and return whether there is one.

    The highlights of notes say `Drop support for Python 3.9` in more words than their list, and a message repeats the
    notes. The row with more words stays.

    Args:
        rows: the rows before it; one of them may be replaced.
        row: the row.
    """
    for number, other in enumerate(rows):
        is_same_kind = row.label == other.label or {row.mark, other.mark} <= _ENDING_MARKS
        is_same_kind = is_same_kind or _may_be_same_hole(row, other)
        if not is_same_kind or (row.changes and other.changes) or _get_place(row) != _get_place(other):
            continue
        changes = (*other.changes, *row.changes)
        if _says_same(row, other) or _quotes_subject(row, other):
            rows[number] = _complete(other, row).model_copy(update={"changes": changes})
            return True
        if row.sentences[0].has_quotation and _says_same(other, row):
            rows[number] = _complete(row, other).model_copy(update={"changes": changes})
            return True
    return False


def _may_be_same_hole(row: BoxRow, other: BoxRow) -> bool:
    """Return whether two rows about holes may be about one: a changelog repeats the notes without their numbers."""
    are_numbered = (find_advisories(f"{own.label} {_get_subject_text(own)}") for own in (row, other))
    return row.mark == other.mark == "Security" and not all(are_numbered)


def _complete(row: BoxRow, other: BoxRow) -> BoxRow:
    """Return a row with what another one says beside it: the overview of notes has neither headings nor steps."""
    is_vaguer = row.mark == "Compatibility" != other.mark
    marked = other if is_vaguer or (find_advisories(other.label) and not find_advisories(row.label)) else row
    sentences = row.sentences
    if len(sentences) == 1 and sentences[0].has_quotation and other.sentences[0].has_quotation:
        sentences = (*sentences, *other.sentences[1:])
    own = {"mark": marked.mark, "label": marked.label, "name": marked.name, "sentences": sentences}
    return row.model_copy(update=own)


def _get_place(row: BoxRow) -> str:
    """Return the text in front of the title or quotation of a row: the name of its project, or nothing."""
    return "".join(
        part.text for part in takewhile(lambda part: part.kind not in _SUBJECT_KINDS, row.sentences[0].parts)
    )


def _quotes_subject(row: BoxRow, other: BoxRow) -> bool:
    """Return whether a row quotes behind its title what another one quotes first: an entry that the notes repeat."""
    subject = next((part.quotation for part in other.sentences[0].parts if part.quotation), None)
    quoted = [part.quotation for sentence in row.sentences[1:] for part in sentence.parts if part.quotation]
    return subject is not None and any(own.text.startswith(subject.text.rstrip(".")) for own in quoted)


def _has_same_mark(row: BoxRow, other: BoxRow) -> bool:
    return row.mark == other.mark or {row.mark, other.mark} <= _ENDING_MARKS


def _says_same(row: BoxRow, other: BoxRow) -> bool:
    """Return whether another row says all that a row says: in its words, or as the end of the same support."""
    text, other_text = _get_subject_text(row), _get_subject_text(other)
    ended, removed = _find_ended_support(text), find_removed_name(text)
    is_same = bool(ended) and ended == _find_ended_support(other_text)
    is_same = is_same or bool(removed and removed == find_removed_name(other_text))
    return is_same or covers_text(other_text, text)


_ENDS_SUPPORT = re.compile(
    r"(?i)\b(?:(?:drop|remov|discontinu|end)\w* (?:[\w.]+ ){0,4}support|no longer supported"
    r"|support \w+ (?:been )?(?:dropped|removed))\b"
)
_PLATFORM_VERSION = re.compile(r"(?<![\w.])([A-Z][\w.+-]{1,20}) (\d[\d.]*)\b")


def _find_ended_support(text: str) -> frozenset[tuple[str, str]]:
    """Return the names and versions whose support a row ends: both for `Python 3.9 is no longer supported`."""
    if not _ENDS_SUPPORT.search(text):
        return frozenset()
    return frozenset((name.casefold(), version.rstrip(".")) for name, version in _PLATFORM_VERSION.findall(text))


def _get_subject_text(row: BoxRow) -> str:
    """Return the title or quotation of a row, without its place, and without the kind in front of it."""
    subject = " ".join(part.text for part in row.sentences[0].parts if part.kind in _SUBJECT_KINDS)
    return _KIND.sub("", subject)


_KIND = re.compile(r"(?i)(?<=\A“)security(?: fix)?: |\Asecurity(?: fix)?: ")
"""The kind that a row has in its label too: `Security fix: Lamps are lit by anybody`."""


def join_places(rows: Sequence[BoxRow]) -> list[BoxRow]:
    """Return the rows with one row for what several projects say in the same words: `map and pier: “Drop Go 1.9”`."""
    joined: dict[tuple[str, str], BoxRow] = {}
    for row in rows:
        subject = _get_subject_text(row)
        key = (row.label, subject.strip("“”.").casefold())
        first = joined.get(key)
        known, place = _list_projects(first) if first else [], _list_projects(row)
        if not subject or first is None or len(row.sentences) > 1 or not (known and place) or place[0] in known:
            joined.setdefault(key if first is None else (row.label, f"{subject} {len(joined)}"), row)
            continue
        joined[key] = _add_place(first, row)
    return list(joined.values())


def _list_projects(row: BoxRow) -> list[str]:
    """Return the projects in front of what a row is about."""
    front = takewhile(lambda part: part.kind not in _SUBJECT_KINDS, row.sentences[0].parts)
    return [part.text for part in front if part.kind == "datum"] if row.sentences[0].template == "B-MARK" else []


def _add_place(row: BoxRow, other: BoxRow) -> BoxRow:
    """Return a row whose projects are those in front of it and that of another one, which links to its own page."""
    sentence = row.sentences[0]
    subject = next(part for part in sentence.parts if part.kind in _SUBJECT_KINDS)
    page = next((part for part in other.sentences[0].parts if part.url), None)
    added = other.sentences[0].parts[0].model_copy(update={"url": page.url if page else None})
    places: list[PhraseValue] = [part for part in sentence.parts if part.kind == "datum"]
    place = build_fragment("labels.place", place=join_parts([*places, added]))
    first = tell("B-MARK", "box.title", place=place, title=subject)
    changes = (*row.changes, *other.changes)
    return row.model_copy(update={"sentences": (first, *row.sentences[1:]), "changes": changes})


def find_advisory_aliases(releases: Sequence[ReleaseNote], chooser: QuotationChooser) -> dict[str, str]:
    """Return for the second number of one advisory its first: an item of notes names a CVE and a GHSA of one fix."""
    aliases: dict[str, str] = {}
    for release in releases:
        document = chooser.get_document(release.source)
        for item in list_note_items(document) if document else ():
            named = find_advisories(item.text)
            if len(named) == len({number[:3] for number in named}) == 2:
                aliases.setdefault(named[1], named[0])
    return aliases


def join_noted_rows(
    rows: Sequence[BoxRow], releases: Sequence[ReleaseNote], changes: Sequence[Change], chooser: QuotationChooser
) -> list[BoxRow]:
    """Return the rows without those of changes that the notes of their release tell in other words.

    These are changes whose title is part of an item of the same kind, and fixes of advisories that only GitHub's title
    names, where the notes list as many advisories. The row of the notes gets the change.
    """
    by_key = {change.key: change for change in changes}
    sources = {(release.repository, release.tag): release.source for release in releases}
    noted: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        for source in {part.quotation.source for part in row.sentences[0].parts if part.quotation}:
            noted.setdefault(source, []).append(number)
    joined = list(rows)
    dropped: set[int] = set()
    for number, row in enumerate(rows):
        change = by_key.get(row.changes[0]) if len(row.changes) == 1 else None
        notes = sources.get((change.repository, change.releases[0])) if change and change.releases else None
        own = [other for other in noted.get(notes or "", ()) if other != number and _has_same_mark(rows[other], row)]
        if change is not None and (target := _find_footer(rows, change, noted, sources, chooser)) is not None:
            # The footer says what to do, and the title what breaks.
            joined[target] = _put_behind(row, rows[target])
            dropped.add(number)
            continue
        if change is None or not own:
            continue
        if row.label == "Security" and is_advisory_merge(change.raw_title):
            document = chooser.get_document(notes)
            merges = [other for other in changes if _fixes_same_release(other, change)]
            target = own[0] if document and len(document.advisories) >= len(merges) else None
        else:
            entries = list(_list_entries(change, chooser))
            target = next((other for other in own if _quotes_change(rows[other], change, entries)), None)
        if target is not None:
            dropped.add(number)
            keys = (*joined[target].changes, change.key)
            joined[target] = joined[target].model_copy(update={"changes": keys})
    return [row for number, row in enumerate(joined) if number not in dropped]


def _find_footer(
    rows: Sequence[BoxRow],
    change: Change,
    noted: Mapping[str, Sequence[int]],
    sources: Mapping[tuple[str, str], str | None],
    chooser: QuotationChooser,
) -> int | None:
    """Return the number of the row of notes that quotes the footer about what breaks of a change; None without one.

    Tools that write notes from messages list footers below `BREAKING CHANGES`, without the titles they are about.
    """
    documents = chooser.list_documents(change)
    footers = [own.text for document in documents for own in document.breaking]
    keys = (sources.get((change.repository, tag)) for tag in change.releases)
    numbers = (number for key in keys for number in noted.get(key or "", ()) if not rows[number].changes)
    return next((number for number in numbers if _repeats_any(_get_subject_text(rows[number]), footers)), None)


def _repeats_any(text: str, footers: Sequence[str]) -> bool:
    # What is one word in another is the same footer, which its author corrected in the notes.
    return any(covers_text(text, footer) or covers_text(footer, text) for footer in footers)


def _put_behind(row: BoxRow, noted: BoxRow) -> BoxRow:
    """Return the row of a change with what notes quote of it behind its title."""
    quoted = next(part.quotation for part in noted.sentences[0].parts if part.quotation)
    said = quote_sentence("Q-SAYS", "quotes.notes_about", quoted)
    label = {"mark": noted.mark, "label": noted.label, "name": noted.name}
    return row.model_copy(update={**label, "sentences": (row.sentences[0], said, *noted.sentences[1:])})


def _fixes_same_release(change: Change, other: Change) -> bool:
    """Return whether a change is a fix of an advisory, by its title alone, in the first release that another is in."""
    is_same = change.repository == other.repository and change.releases[:1] == other.releases[:1]
    return is_same and is_advisory_merge(change.raw_title)


def _list_entries(change: Change, chooser: QuotationChooser) -> Iterator[str]:
    """Yield the sentences of the changelog lines or fragments that a change adds."""
    for document in chooser.list_documents(change):
        if document.source.kind == "change_note":
            yield from (sentence.text for sentence in document.sentences if sentence.is_quotable)


def _quotes_change(row: BoxRow, change: Change, entries: Sequence[str]) -> bool:
    """Return whether the quotation of a row holds all words of a title of at least three, or is an entry of a change.

    Notes that are made of fragments repeat those of their changes.
    """
    title = {word.casefold() for word in _WORD.findall(change.title)}
    quoted = [part.text for part in row.sentences[0].parts if part.quotation]
    words = [word.casefold() for word in _WORD.findall(" ".join(quoted))]
    if len(title) >= MIN_TITLE_WORDS and title <= set(words):
        return True
    own = [[word.casefold() for word in _WORD.findall(entry)] for entry in entries]
    return len(words) >= MIN_TITLE_WORDS and any(entry[: len(words)] == words for entry in own)
