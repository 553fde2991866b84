"""Rows of the box that guides on how to come to a version state, and that nothing else says. Pure."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.similarity import MAX_COMPARED_LENGTH, find_content_stems, repeats_title
from sparky_assets.stories.models import BoxRow, ReleaseNote
from sparky_assets.stories.printing.box.marks import MARKS_BY_KIND
from sparky_assets.stories.printing.box.note_rows import build_note_row
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.releases.item_quotes import trim_references

_CODE = re.compile(
    r"`+([^`\n]{2,80})`+|(?<![\w`])([A-Za-z]\w*(?:[.:\\/_-]+\w+)+|[a-z]+(?:[A-Z][a-z]+)+|(?:[A-Z][a-z\d]+){2,})"
)

MIN_SAME_SHARE = 0.5
"""Share of the words of the shorter of two rows with a common name of code, from which they are about one change."""

MIN_SAME_WORDS = 2
"""Words that two rows without a common name of code share at least."""

MAX_NAMES = 20
"""Names of code of a row that are compared."""

_NAME_PART = re.compile(r"\w{3,}")


def list_guide_rows(
    releases: Sequence[ReleaseNote], rows: Sequence[BoxRow], chooser: QuotationChooser
) -> Iterator[BoxRow]:
    """Yield a row for each consequence that guides to the versions of releases state, and that no other row says.

    Args:
        releases: the releases of the period.
        rows: the rows of their notes and changes.
        chooser: what may be quoted.
    """
    said = [text for row in rows for text in _list_texts(row)]
    guided: list[str] = []
    for release in releases:
        for document in filter(None, map(chooser.get_document, release.guides)):
            for consequence in find_consequences(document):
                if consequence.kind not in MARKS_BY_KIND or consequence.statement is None:
                    continue
                text = trim_references(document, consequence.statement).text
                is_said = any(_says_same(text, other) for other in said)
                if is_said or any(_repeats(text, other) for other in guided):
                    continue
                guided.append(text)
                yield build_note_row(consequence, release, document, None, chooser)


def _list_texts(row: BoxRow) -> list[str]:
    """Return what a row says: its title or quotation, and what it quotes beside it."""
    return [part.text for sentence in row.sentences for part in sentence.parts if part.kind in {"title", "quotation"}]


def _repeats(text: str, other: str) -> bool:
    """Return whether a row of a guide says no more than another one: one sentence may be said of several names."""
    return repeats_title(text, other) and set(_find_names(text)) <= set(_find_names(other))


def _says_same(text: str, other: str) -> bool:
    """Return whether two rows are about one change: they say the same, or share half their words.

    If both have names of code, one name is in both; else at least two words are.
    """
    if repeats_title(text, other) or repeats_title(other, text):
        return True
    names, other_names = _find_names(text), _find_names(other)
    is_named = any(name <= other_name or other_name <= name for name in names for other_name in other_names)
    if names and other_names and not is_named:
        return False
    stems, other_stems = find_content_stems(text), find_content_stems(other)
    shared = len(stems & other_stems)
    return shared >= MIN_SAME_SHARE * min(len(stems), len(other_stems)) and (is_named or shared >= MIN_SAME_WORDS)


def _find_names(text: str) -> list[frozenset[str]]:
    """Return the names of code in a text, each as its parts: `lamp` and `draw` of `Lamp::draw()`."""
    names = islice((match[1] or match[2] for match in _CODE.finditer(text[:MAX_COMPARED_LENGTH])), MAX_NAMES)
    parts = (frozenset(map(str.casefold, _NAME_PART.findall(name))) for name in names)
    return [own for own in parts if own]
