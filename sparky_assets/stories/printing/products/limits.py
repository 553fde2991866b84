"""How much each product prints at most: rows, sections, lists and words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sparky_assets.periods import PeriodKind

MIN_LONG_STORIES = 3
"""Stories of several that a text which is too long still tells at length."""
MIN_DAY_ITEMS = 3
"""Items of what the release of a day brings that even a text which is too long prints."""
_LISTS = ("new", "fixed", "doubts", "release_items", "release_fixes", "further_items")
"""Limits of lists that a shorter text shortens first."""


@dataclass(frozen=True)
class EditionLimits:
    """How much a product prints at most."""

    box_rows: int
    stories: int
    also: int
    more: int
    coming: int
    words: int
    box_named: int = 0
    """Further rows of the box that one row for each mark names."""
    names_all_rows: bool = False
    """Whether a sentence names by few words what has no line of its own."""
    new: int = 0
    fixed: int = 0
    doubts: int = 0
    brief: int = 0
    """Stories in brief below a release that leads."""
    release_items: int = 0
    """Items of its notes that are a list of their own."""
    release_fixes: int = 0
    """Items of a second list: what it fixes, or what another release brings."""
    screen_words: int = 0
    """Words of the first screen that further items of its notes fill, of 120: what follows has a few; 0 for none."""
    further_releases: int = 0
    """Releases of other projects with a list of their own."""
    further_items: int = 0
    """Items of such a list."""
    at_length: int = 0
    """Stories with a section that say all they can."""
    has_opening: bool = False
    """Whether a text without a release that leads opens with its first story, and not with all of them in brief."""
    items: int = 0
    """Sections and list items in all, besides the box; 0 for no limit of their own."""

    def shorten(self) -> "EditionLimits":
        """Return the limits of a shorter text: first the lists get shorter, then there are fewer stories.

        In a day, whose items are counted in all, stories say less before what a release brings is cut.
        """
        if self.items and self.at_length:
            return replace(self, at_length=self.at_length - 1)
        if self.more or self.also > 2 or self.new > 2:
            shorter = {name: max(0, getattr(self, name) - 2) for name in _LISTS}
            if self.items:
                shorter["release_items"] = min(self.release_items, MIN_DAY_ITEMS)
            return replace(self, more=0, also=max(2, self.also - 2), **shorter)
        if self.at_length > min(MIN_LONG_STORIES, self.stories - 1):
            return replace(self, at_length=self.at_length - 1)
        also, items = max(0, self.also - 1), max(min(3, self.items), self.items - 1)
        return replace(
            self, stories=max(1, self.stories - 1), box_rows=max(3, self.box_rows - 1), also=also, items=items
        )


DIGEST_LIMITS: Mapping[PeriodKind, EditionLimits] = {
    PeriodKind.DAILY: EditionLimits(
        box_rows=8,
        stories=3,
        also=5,
        more=0,
        coming=1,
        words=300,
        box_named=16,
        release_items=5,
        release_fixes=5,
        further_releases=1,
        further_items=3,
        at_length=3,
        items=5,
    ),
    PeriodKind.WEEKLY: EditionLimits(
        box_rows=8,
        stories=6,
        also=5,
        more=6,
        coming=2,
        words=1200,
        box_named=40,
        names_all_rows=True,
        fixed=4,
        doubts=2,
        brief=5,
        release_items=5,
        release_fixes=4,
        screen_words=115,
        further_releases=3,
        further_items=4,
    ),
    PeriodKind.MONTHLY: EditionLimits(
        box_rows=12,
        stories=8,
        also=10,
        more=8,
        coming=3,
        words=3000,
        box_named=40,
        names_all_rows=True,
        new=10,
        fixed=6,
        doubts=4,
        brief=6,
        release_items=8,
        release_fixes=4,
        further_releases=5,
        further_items=5,
        at_length=4,
    ),
}
BLOG_LIMITS = EditionLimits(
    box_rows=6,
    box_named=16,
    stories=6,
    also=4,
    more=0,
    coming=2,
    words=2500,
    release_items=5,
    release_fixes=3,
    at_length=6,
    has_opening=True,
)
