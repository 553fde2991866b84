"""Marks of rows of the box, their order, and templates of sentences that other parts of a paper look for."""

from collections.abc import Mapping

from sparky_assets.documents.models import ConsequenceKind
from sparky_assets.stories.models import BoxMark

MARKS_IN_ORDER: tuple[BoxMark, ...] = (
    "Security", "Upgrade", "Fixed since", "Breaking", "Potentially breaking", "Removed", "Changed default",
    "Now an error", "Deprecated", "New minimum", "Compatibility", "Blocked",
)  # fmt: skip

MARKS_BY_KIND: Mapping[ConsequenceKind, BoxMark] = {
    "security": "Security",
    "upgrade": "Upgrade",
    "breaking": "Breaking",
    "potentially_breaking": "Potentially breaking",
    "removed": "Removed",
    "deprecated": "Deprecated",
    "changed_default": "Changed default",
    "new_minimum": "New minimum",
    "compatibility": "Compatibility",
    "now_error": "Now an error",
    "blocked": "Blocked",
}
"""The mark of each kind of consequence. A major version of a dependency has no row; it is counted."""

NO_RELEASE_TEMPLATE = "R-NOREL"
"""The template of the sentence that a change is in no release yet; the headline repeats it."""

ADVISORY_TEMPLATE = "B-ADVISORY"
"""The template of the sentence that says how the fix of an advisory is known; it is printed once."""
