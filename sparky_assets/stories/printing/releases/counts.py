"""How many advisories, consequences and items the notes of a release list. Pure."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from sparky_assets.documents.consequences.changed_names import RENAMED_LABEL
from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.consequences.from_items import TAKES_BACK_REASON
from sparky_assets.documents.models import Consequence, ConsequenceKind, NoteItem, ParsedDocument
from sparky_assets.documents.note_kinds import (
    is_highlight,
    is_improvement,
    is_internal,
    is_internal_heading,
    is_patch_without_fix,
)
from sparky_assets.documents.notes import list_note_items
from sparky_assets.text.references import find_advisories

HEADLINE_COUNTS = ("cve_fix", "security_fix", "breaking", "potentially_breaking", "removal")
"""Counts that a headline names, by their keys among the phrases: `counts.removal`."""
ADVISORY_COUNTS = frozenset({"cve_fix", "security_fix"})
CONSEQUENCE_COUNTS: Mapping[ConsequenceKind, str] = {
    "breaking": "breaking",
    "potentially_breaking": "potentially_breaking",
    "removed": "removal",
    "deprecated": "deprecation",
}
"""Consequences that are counted, by the keys of their phrases, the weightiest first."""
_ITEM_COUNTS = {"features": "feature", "improvements": "improvement", "fixes": "fix"}
_LISTING_REASONS = ("section ", "names an advisory", "footer")
_VERSION_GUIDE = re.compile(r"(?i)\d\.\d.*\bguide\b|\bguide\b.*\d\.\d")
_FEATURE_HEADING = re.compile(r"(?i)\b(?:features?|added|additions?)\b")


def count_note_items(document: ParsedDocument, *, under_headings: bool = False) -> list[tuple[int, str]]:
    """Return how many advisories, consequences and items the notes list, by the keys of their phrases: `(3, "fix")`.

    An item that notes list twice, below a release candidate and below the release, counts once. A guide to a version
    explains again what the releases before it list, under headings of its own: its items are printed and not counted.

    Args:
        document: the notes.
        under_headings: whether breaking changes count only below a heading or behind a label that says so. One that a
            sentence states is in the headline and the box, but the notes do not list it as one.
    """
    end = next((section.start for section in document.sections if _VERSION_GUIDE.search(section.heading)), None)
    consequences = [
        item for item in find_consequences(document) if end is None or not item.statement or item.statement.start < end
    ]
    if under_headings:
        consequences = [item for item in consequences if item.reason.startswith(_LISTING_REASONS)]
    closed = [item for item in consequences if item.kind == "security" and item.reason != TAKES_BACK_REASON]
    # Where nothing has a number, what stands below `Security` counts: neomutt names none.
    advisories = {item.label for item in closed if item.label}
    advisories = advisories or {item.statement.text for item in closed if item.statement}
    counted: list[tuple[int, str]] = []
    if advisories:
        are_numbered = all(label.startswith("CVE-") for label in advisories)
        counted.append((len(advisories), "cve_fix" if are_numbered else "security_fix"))
    own_items = (
        item
        for item in list_note_items(document)
        if (end is None or item.start < end)
        and not (item.is_nested or item.is_detail)
        and not (item.label and is_internal(item))
    )
    listed_items = {item.text: item for item in own_items if not find_advisories(item.text)}
    # What has another name is no removal: rayon's `repeatn` is still there.
    stated = _count_stated([item for item in consequences if item.label != RENAMED_LABEL], listed_items.values())
    # `Maintenance and upkeep improvements` improve nothing for users.
    listed = (item for item in listed_items.values() if not is_internal_heading(item.heading))
    items = [item for item in listed if not (is_highlight(item) or is_patch_without_fix(item))]
    # Beside `Features`, `New languages` and `Commands` are something else.
    if has_feature_heading([item for item in items if item.kind == "features"]):
        items = [item for item in items if item.kind != "features" or is_counted_feature(item)]
    numbers = Counter("improvements" if is_improvement(item) else item.kind for item in items)
    counted += [(stated[kind], key) for kind, key in CONSEQUENCE_COUNTS.items() if stated[kind]]
    counted += [(numbers[kind], key) for kind, key in _ITEM_COUNTS.items() if numbers[kind]]
    return counted


def list_weighty_counts(document: ParsedDocument) -> list[tuple[int, str]]:
    """Return those of `count_note_items` that a headline names: advisories, and what breaks."""
    return [counted for counted in count_note_items(document) if counted[1] in HEADLINE_COUNTS]


def has_feature_heading(features: Sequence[NoteItem]) -> bool:
    """Return whether one of the items is below a heading that says features: `Features`, `Added`."""
    return any(_FEATURE_HEADING.search(item.heading) for item in features)


def is_counted_feature(item: NoteItem) -> bool:
    """Return whether an item counts as a feature beside others: it has a label, improves something, or is below one."""
    return bool(item.label or is_improvement(item) or _FEATURE_HEADING.search(item.heading))


def _count_stated(consequences: Sequence[Consequence], items: Collection[NoteItem]) -> Counter[ConsequenceKind]:
    """Return how many different consequences of each kind notes state.

    An item that is labelled as breaking counts also where no sentence of it can be quoted.
    """
    texts = {
        (consequence.kind, consequence.statement.text if consequence.statement else "") for consequence in consequences
    }
    starts = {consequence.statement.start for consequence in consequences if consequence.statement}
    texts |= {
        ("breaking", item.text)
        for item in items
        if item.kind == item.label == "breaking" and not any(item.start <= start < item.end for start in starts)
    }
    return Counter(kind for kind, _ in texts)
