"""Which changes the notes of releases name, and what is quoted about them. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import NoteItem, ParsedDocument, Quotation
from sparky_assets.documents.notes import list_note_items
from sparky_assets.stories.changes import find_named_changes, index_by_number
from sparky_assets.stories.choices import SentencePlace
from sparky_assets.stories.models import Change, ReleasedChange, ReleaseItems, ReleaseNote, StorySentence
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.releases.items import list_release_items
from sparky_assets.stories.rank import NoteFacts, NotesSize

MAX_PRINTED_ITEMS = 5
"""Items of a list that a paper surely prints."""


def read_note_facts(changes: Sequence[Change], releases: Sequence[ReleaseNote], library: DocumentLibrary) -> NoteFacts:
    """Return which changes the notes of the releases name, and which of them under a heading of breaking changes."""
    named: set[str] = set()
    breaking: set[str] = set()
    sizes: dict[str, NotesSize] = {}
    for release, document in _list_notes(releases, library):
        headings = sum(bool(section.heading) for section in document.sections)
        sizes[release.key] = NotesSize(headings, len(list_note_items(document)))
    for _, item, keys in _join_note_items(changes, releases, library):
        named |= keys
        breaking |= keys if item.kind == "breaking" else set()
    return NoteFacts(frozenset(breaking), frozenset(named), sizes)


def find_note_items(
    changes: Sequence[Change], releases: Sequence[ReleaseNote], library: DocumentLibrary
) -> dict[str, SentencePlace]:
    """Return the first item of release notes that names one change of the period and no other, by the change's key."""
    places: dict[str, SentencePlace] = {}
    for document, item, keys in _join_note_items(changes, releases, library):
        if len(keys) == 1:
            places.setdefault(keys.pop(), (document.source.key, document.sentences[item.sentences[0]].start))
    return places


def find_quoted_items(
    places: Mapping[str, SentencePlace],
    release_sentences: Mapping[str, Sequence[StorySentence]],
    library: DocumentLibrary,
) -> dict[str, Quotation]:
    """Return what sentences about releases quote of the items that are about one change, by the key of the change."""
    quoted = [
        part.quotation
        for sentences in release_sentences.values()
        for sentence in sentences
        for part in sentence.parts
        if part.quotation
    ]
    noted: dict[str, Quotation] = {}
    for key, (source, start) in places.items():
        document = library.get(source)
        item = (
            next((sentence for sentence in document.sentences if sentence.start == start), None) if document else None
        )
        for quotation in quoted if item else ():
            if item and quotation.source == source and item.start <= quotation.start < item.end:
                noted[key] = quotation
    return noted


def list_noted_together(
    changes: Sequence[Change], releases: Sequence[ReleaseNote], library: DocumentLibrary
) -> list[set[str]]:
    """Return the keys of the changes that each item of release notes names, for items that name several."""
    return [keys for _, _, keys in _join_note_items(changes, releases, library) if len(keys) > 1]


def _list_notes(
    releases: Sequence[ReleaseNote], library: DocumentLibrary
) -> Iterator[tuple[ReleaseNote, ParsedDocument]]:
    for release in releases:
        document = library.get(release.source) if release.source else None
        if document is not None:
            yield release, document


def _join_note_items(
    changes: Sequence[Change], releases: Sequence[ReleaseNote], library: DocumentLibrary
) -> Iterator[tuple[ParsedDocument, NoteItem, set[str]]]:
    """Yield each item of the notes with the keys of the changes that it names."""
    numbered = index_by_number(changes)
    for release, document in _list_notes(releases, library):
        for item in list_note_items(document):
            named = find_named_changes(numbered, release.repository, item.references)
            yield document, item, {change.key for change in named}


def drop_noted(
    released: Sequence[ReleasedChange], releases: Sequence[ReleaseNote], library: DocumentLibrary
) -> list[ReleasedChange]:
    """Return the changes of releases without notes, and the breaking ones of those whose notes name none.

    Changes that notes name are printed in the words of the notes.
    """
    notes = {release.key: document for release, document in _list_notes(releases, library) if document.sentences}
    noted = {
        key
        for key, document in notes.items()
        if any(item.kind in {"breaking", "removed"} for item in find_consequences(document))
    }
    return [item for item in released if item.release not in (noted if item.is_marked else notes)]


def list_noted_items(
    releases: Sequence[ReleaseNote],
    changes: Sequence[Change],
    chooser: QuotationChooser,
    said: Mapping[str, Sequence[StorySentence]],
    *,
    has_one_repository: bool,
) -> dict[str, tuple[ReleaseItems | None, ReleaseItems | None]]:
    """Return what the notes of each release list as new and as fixed; stories do not quote what is surely printed.

    Args:
        releases: the releases.
        changes: the changes of the period.
        chooser: the quotations of the period.
        said: the sentences about each release, by its key.
        has_one_repository: whether the period has one repository alone; else titles of lists name the release.
    """
    numbered = index_by_number(changes)
    lists = {
        release.key: list_release_items(
            release, chooser, numbered, has_one_repository=has_one_repository, said=said.get(release.key, ())
        )
        for release in releases
    }
    if not has_one_repository:
        # Of several projects one release leads, and the stories of the others are all that is said about them.
        return lists
    printed = [item for pair in lists.values() for own in pair if own for item in own.items[:MAX_PRINTED_ITEMS]]
    chooser.use_sentences(item.sentences[0] for item in printed)
    return lists
