"""Rows of the box that the notes of a release and the changes in it tell both. Pure."""

import re
from collections.abc import Iterator, Sequence

from sparky_assets.stories.models import BoxRow, Change, ReleaseNote
from sparky_assets.stories.printing.quoting import QuotationChooser
from sparky_assets.stories.titles import is_advisory_merge

MIN_TITLE_WORDS = 3
"""Words of a title that an item of notes has by more than chance."""

_WORD = re.compile(r"[\w.-]*\w")


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
        own = [other for other in noted.get(notes or "", ()) if other != number and rows[other].mark == row.mark]
        if change is None or not own:
            continue
        if row.label == "Security" and is_advisory_merge(change.raw_title):
            document = chooser.get_document(notes)
            merges = [other for other in changes if _fixes_same_release(other, change)]
            target = own[0] if document and len(document.advisories) >= len(merges) else None
        else:
            entries = list(_list_entries(change, chooser))
            target = next((other for other in own if _tells(rows[other], change, entries)), None)
        if target is not None:
            dropped.add(number)
            keys = (*joined[target].changes, change.key)
            joined[target] = joined[target].model_copy(update={"changes": keys})
    return [row for number, row in enumerate(joined) if number not in dropped]


def _fixes_same_release(change: Change, other: Change) -> bool:
    """Return whether a change is a fix of an advisory, by its title alone, in the first release that another is in."""
    is_same = change.repository == other.repository and change.releases[:1] == other.releases[:1]
    return is_same and is_advisory_merge(change.raw_title)


def _list_entries(change: Change, chooser: QuotationChooser) -> Iterator[str]:
    """Yield the sentences of the changelog lines or fragments that a change adds."""
    for document in chooser.list_documents(change):
        if document.source.kind == "change_note":
            yield from (sentence.text for sentence in document.sentences if sentence.is_quotable)


def _tells(row: BoxRow, change: Change, entries: Sequence[str]) -> bool:
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
