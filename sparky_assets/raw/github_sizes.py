"""How much one request asks for: suited to the window, halved when GitHub cannot compute it, grown back slowly."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sparky_assets.periods import TimeWindow

SUCCESSES_BEFORE_GROWTH = 5
"""Good answers in a row before a batch that was halved grows again: a burst of heavy pages is usually short."""


@dataclass(frozen=True)
class BatchSizes:
    """How much one request asks for. The defaults are what GitHub computes in under five seconds (spiceai#13762)."""

    repositories: int = 50
    updated_items: int = 10
    histories: int = 20
    commits: int = 50
    items: int = 25
    follow_ups: int = 10
    page_size: int = 100

    @classmethod
    def from_window(cls, window: TimeWindow, now: datetime) -> "BatchSizes":
        """The sizes for a window.

        A history of few days is short: 20 commits of 40 repositories cost 8 points, 50 of 20 cost 10. The further back
        the window lies, the more has been touched since: listing 50 ids a repository costs no more points than 10, and
        saves two follow-ups for each that overflows.
        """
        since = now - window.start
        updated_items = 10 if since < timedelta(days=3) else 25 if since < timedelta(days=10) else 50
        if window.end - window.start < timedelta(days=3):
            return cls(updated_items=updated_items, histories=40, commits=20)
        if window.end - window.start < timedelta(days=9):
            return cls(updated_items=updated_items, histories=30, commits=30)
        return cls(updated_items=updated_items)


@dataclass
class BatchSizer:
    """The batch size of each kind of query: halved at once, grown back slowly, remembered from batch to batch."""

    _sizes: dict[str, int] = field(default_factory=dict)
    _successes: dict[str, int] = field(default_factory=dict)

    def get_size(self, query: str, max_size: int) -> int:
        """How many to ask for now."""
        return min(self._sizes.get(query, max_size), max_size)

    def halve(self, query: str, batch_size: int) -> None:
        """That many were too many."""
        self._sizes[query], self._successes[query] = max(1, batch_size // 2), 0

    def record_success(self, query: str) -> None:
        """The last size was fine."""
        self._successes[query] = self._successes.get(query, 0) + 1
        if query in self._sizes and self._successes[query] >= SUCCESSES_BEFORE_GROWTH:
            self._sizes[query], self._successes[query] = self._sizes[query] * 2, 0
