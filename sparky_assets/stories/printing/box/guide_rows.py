"""Rows of the box that guides on how to come to a version state, and that nothing else says. Pure."""

import re
from collections.abc import Iterator, Sequence

from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.similarity import find_code_parts, repeats_title, tells_same
from sparky_assets.stories.models import BoxRow, ReleaseNote
from sparky_assets.stories.printing.box.marks import MARKS_BY_KIND
from sparky_assets.stories.printing.box.note_rows import build_note_row
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.releases.item_quotes import trim_references

_RECOMMENDS = re.compile(r"(?i)\b(?:we|is|are) (?:now )?(?:strongly |highly )?recommend")
"""A sentence of a guide that recommends something new, which no upgrade needs."""


def list_guide_rows(
    releases: Sequence[ReleaseNote], rows: Sequence[BoxRow], chooser: QuotationChooser
) -> Iterator[BoxRow]:
    """Yield a row for each consequence that guides to the versions of releases state, and that no other row says.

    Args:
        releases: the releases of the period.
        rows: the rows of their notes and changes.
        chooser: what may be quoted.
    """
    said = [text for row in rows for text in list_row_texts(row)]
    guided: list[str] = []
    for release in releases:
        for document in filter(None, map(chooser.get_document, release.guides)):
            for consequence in find_consequences(document):
                if consequence.kind not in MARKS_BY_KIND or consequence.statement is None:
                    continue
                text = trim_references(document, consequence.statement).text
                if consequence.kind == "compatibility" and _RECOMMENDS.search(text):
                    continue
                is_said = any(tells_same(text, other) for other in said)
                if is_said or any(_repeats(text, other) for other in guided):
                    continue
                guided.append(text)
                yield build_note_row(consequence, release, document, None, chooser)


def list_row_texts(row: BoxRow) -> list[str]:
    """Return what a row says: its title or quotation, and what it quotes beside it."""
    return [part.text for sentence in row.sentences for part in sentence.parts if part.kind in {"title", "quotation"}]


def _repeats(text: str, other: str) -> bool:
    """Return whether a row of a guide says no more than another one: one sentence may be said of several names."""
    is_same = repeats_title(text, other) and set(find_code_parts(text)) <= set(find_code_parts(other))
    # `.NET 6 (until 2024)` is another platform than `.NET 7 (until 2024)`.
    return is_same and set(_NUMBER.findall(text)) <= set(_NUMBER.findall(other))


_NUMBER = re.compile(r"\d+(?:\.\d+)*")
