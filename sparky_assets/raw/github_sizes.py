"""How much one request asks for: suited to the window, halved when GitHub cannot compute it, grown back slowly."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sparky_assets.periods import Window

GROW_AFTER = 5
"""Good answers in a row before a batch that was halved grows again: a burst of heavy pages is usually short."""


@dataclass(frozen=True)
class Sizes:
    """How much one request asks for. The defaults are what GitHub computes in under five seconds (spiceai#13762)."""

    repositories: int = 50
    touched: int = 10
    histories: int = 20
    commits: int = 50
    items: int = 25
    follow_ups: int = 10
    page: int = 100

    @classmethod
    def suited_to(cls, window: Window, now: datetime) -> "Sizes":
        """The sizes for a window.

        A history of few days is short: 20 commits of 40 repositories cost 8 points, 50 of 20 cost 10. The further back
        the window lies, the more has been touched since: listing 50 ids a repository costs no more points than 10, and
        saves two follow-ups for each that overflows.
        """
        since = now - window.start
        touched = 10 if since < timedelta(days=3) else 25 if since < timedelta(days=10) else 50
        if window.end - window.start < timedelta(days=3):
            return cls(touched=touched, histories=40, commits=20)
        if window.end - window.start < timedelta(days=9):
            return cls(touched=touched, histories=30, commits=30)
        return cls(touched=touched)


@dataclass
class Pace:
    """The batch size of each kind of query: halved at once, grown back slowly, remembered from batch to batch."""

    _sizes: dict[str, int] = field(default_factory=dict)
    _good: dict[str, int] = field(default_factory=dict)

    def size(self, kind: str, most: int) -> int:
        """How many to ask for now."""
        return min(self._sizes.get(kind, most), most)

    def halve(self, kind: str, used: int) -> None:
        """That many were too many."""
        self._sizes[kind], self._good[kind] = max(1, used // 2), 0

    def good(self, kind: str) -> None:
        """The last size was fine."""
        self._good[kind] = self._good.get(kind, 0) + 1
        if kind in self._sizes and self._good[kind] >= GROW_AFTER:
            self._sizes[kind], self._good[kind] = self._sizes[kind] * 2, 0
