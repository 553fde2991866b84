"""Rows of the box: what a reader must do or know before an upgrade (EDITORIAL.md, pages 1 and 2).

Which consequences a text states is read by `documents/consequences`. A row never says more than its record: an item of
the notes or the title of a change, what the message says about it, and what to do.
"""

import re
from collections.abc import Mapping, Sequence

from sparky_assets.documents.consequences.changed_names import RENAMED_LABEL
from sparky_assets.documents.consequences.verbs import is_slight_break
from sparky_assets.documents.similarity import repeats_title
from sparky_assets.insights.reverts import find_taken_back_changes
from sparky_assets.stories.models import BoxRow, Change, ReleasedChange, ReleaseNote
from sparky_assets.stories.printing.box.change_rows import list_change_rows, list_released_rows
from sparky_assets.stories.printing.box.containing_releases import build_fixed_row
from sparky_assets.stories.printing.box.diff_rows import add_default_rows, add_minimum_rows
from sparky_assets.stories.printing.box.guide_rows import list_guide_rows
from sparky_assets.stories.printing.box.marks import ADVISORY_TEMPLATE, MARKS_IN_ORDER
from sparky_assets.stories.printing.box.note_rows import list_note_rows
from sparky_assets.stories.printing.box.repeated_rows import (
    find_advisory_aliases,
    join_noted_rows,
    join_places,
    join_repeated_row,
)
from sparky_assets.stories.printing.phrasing import tell
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.sentences import join_parts
from sparky_assets.text.references import find_advisories
from sparky_assets.text.upgrades import names_hole


def build_box(
    releases: Sequence[ReleaseNote],
    changes: Sequence[Change],
    chooser: QuotationChooser,
    released: Sequence[ReleasedChange] = (),
) -> tuple[BoxRow, ...]:
    """Return the rows of the box in their order; a change has one row only.

    Args:
        releases: the releases of the period.
        changes: its changes.
        chooser: what may be quoted.
        released: changes that releases bring from before the period.
    """
    rows: list[BoxRow] = []
    used_changes: set[str] = set()
    used_texts: set[str] = set()
    aliases = find_advisory_aliases(releases, chooser)
    own_rows = (*list_note_rows(releases, changes, chooser), *list_change_rows(changes, chooser))
    for row in (*own_rows, *list_released_rows(releases, released, chooser)):
        text = " ".join(sentence.text for sentence in row.sentences)
        if text in used_texts or used_changes & set(row.changes):
            continue
        used_texts.add(text)
        used_changes |= set(row.changes)
        if join_repeated_row(rows, row):
            continue
        same = next((number for number, other in enumerate(rows) if _is_same_advisory(row, other, aliases)), None)
        if same is None:
            rows.append(row)
        else:
            rows[same] = _join_rows(rows[same], row)
    rows += list_guide_rows(releases, rows, chooser)
    rows = join_noted_rows(rows, releases, changes, chooser)
    rows = add_default_rows(rows, changes, chooser.sources, find_taken_back_changes(changes))
    rows = add_minimum_rows(rows, changes, chooser.sources)
    rows = [_drop_repetitions(row) for row in _explain_once(rows)]
    sources = [release.source for release in releases if release.source]
    documents = {source: document for source in sources if (document := chooser.get_document(source))}
    if fixed := build_fixed_row(releases, changes, documents):
        rows.append(fixed)
    return tuple(sorted(join_places(rows), key=_get_row_order))


def _explain_once(rows: Sequence[BoxRow]) -> list[BoxRow]:
    """Return the rows with the sentence about the titles of fixes of advisories in the first of them only."""
    explained: list[BoxRow] = []
    is_said = False
    for row in rows:
        kept = tuple(sentence for sentence in row.sentences if not (is_said and sentence.template == ADVISORY_TEMPLATE))
        is_said = is_said or any(sentence.template == ADVISORY_TEMPLATE for sentence in kept)
        explained.append(row.model_copy(update={"sentences": kept}))
    return explained


def _drop_repetitions(row: BoxRow) -> BoxRow:
    """Return a row without the quotations that say its title or its label again."""
    title = next((part.text for part in row.sentences[0].parts if part.kind == "title"), "")
    own = [
        sentence
        for sentence in row.sentences[1:]
        if not any(
            part.quotation and (part.text == row.label or (title and repeats_title(part.text, title)))
            for part in sentence.parts
        )
    ]
    return row.model_copy(update={"sentences": (*row.sentences[:1], *own)})


_OF_ALL = re.compile(r"(?i)\b(?:all|everything|any)\b.{0,60}\bdeprecated\b|\bpreviously deprecated\b")
_OF_FEW = re.compile(r"(?i)\b(?:private|internal|ffi|lifetimes?|generics?|type parameters?)\b|`_[a-z]")
"""What few users have in their code: a private name, an interface of C."""


_BARE_VERSION = re.compile(r"(?:^|: |“)@?[\w./-]{2,60}@[\^~]?v?\d[\w.+-]*[”.]{0,2}\Z")
"""A row of a package and its version alone: `deps: send@1.0.0`."""


def _get_row_order(row: BoxRow) -> tuple[bool, float, int]:
    """Return the place of a row: in the order of the marks, but fixes without an advisory behind all others.

    New names come behind what works in another way: one release may have many, and tools find the old ones. Among
    removals that of all that was deprecated is first, and private names are last: pyo3 0.29 removes both. A version of
    a dependency comes behind what a project itself breaks, and what only was mended or renewed behind all of it.
    """
    place: float = MARKS_IN_ORDER.index(row.mark)
    if row.label.startswith(RENAMED_LABEL):
        place = MARKS_IN_ORDER.index("New minimum") + 0.5
    first = row.sentences[0].text
    said = next((part.text for part in row.sentences[0].parts if part.kind in {"title", "quotation"}), first)
    if row.mark == "Breaking" and is_slight_break(said.strip("“”")):
        place = MARKS_IN_ORDER.index("New minimum") + 0.6
    text = first if row.mark == "Removed" else ""
    # `Bump the map (security)` without a number says less than what the title calls a path traversal.
    is_vague = row.mark == "Security" and not find_advisories(row.label) and not names_hole(first)
    is_small = bool(_OF_FEW.search(text) or _BARE_VERSION.search(first))
    return is_vague, place, is_small - bool(_OF_ALL.search(text))


def _is_same_advisory(row: BoxRow, other: BoxRow, aliases: Mapping[str, str]) -> bool:
    labels = {aliases.get(label, label) for label in (row.label, other.label)}
    # `Security in 4.2.0` is the label of each hole that the release closes.
    return row.mark == other.mark == "Security" and len(labels) == 1 and bool(find_advisories(row.label))


def _join_rows(first: BoxRow, second: BoxRow) -> BoxRow:
    """Return a row for an advisory that several changes name: the first one is printed, the others are linked."""
    link = next((part for part in second.sentences[0].parts if part.kind in {"title", "quotation"}), None)
    if link is None:
        return first
    place = second.sentences[0].parts[0]
    is_same_place = place == first.sentences[0].parts[0] or place.text == first.sentences[0].parts[0].text
    if is_same_place and link.kind == "quotation":
        # The notes of another release of the repository say it again.
        return first.model_copy(update={"changes": (*first.changes, *second.changes)})
    if any(sentence.template == ADVISORY_TEMPLATE for sentence in second.sentences):
        # The title that GitHub gives to such a merge says nothing beside the notes.
        return first.model_copy(update={"changes": (*first.changes, *second.changes)})
    text = place.text if place.kind == "datum" and not is_same_place else link.text
    linked = link.model_copy(update={"kind": "datum", "text": text, "quotation": None})
    before = next((sentence for sentence in first.sentences if sentence.template == "B-WHERE"), None)
    links = [part for part in before.parts if part.url] if before else []
    where = tell("B-WHERE", "box.also_changed", titles=join_parts([*links, linked]))
    others = tuple(sentence for sentence in first.sentences if sentence.template != "B-WHERE")
    return first.model_copy(update={"sentences": (*others, where), "changes": (*first.changes, *second.changes)})
