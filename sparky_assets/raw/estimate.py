"""What a backfill will take: requests, points, minutes, disk, from counts of one cheap sweep. Pure.

It adds up the plan of `github_sweep.py`, run by run of at most 31 days. Repositories that changed more often than the
count shows are taken to have changed at the same rate before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

from sparky_assets.periods import Period, PeriodKind, Window
from sparky_assets.raw.github_asking import PUSH_MARGIN
from sparky_assets.raw.github_open import is_live
from sparky_assets.raw.github_sizes import Sizes

SWEEP_DAYS = 31
"""A run collects so many days in one sweep at most: `partitions.MAX_RANGE`."""
POINTS_AN_HOUR = 5_000
"""What a user's token has; a GitHub App has up to 12,500."""
FILE_BYTES = 42_500
"""The tables of a day without a row: parquet's own description of their columns."""
COMMIT_BYTES, EVENT_BYTES = 70, 40
"""A row in zstd-compressed parquet, measured on the fake organisation; texts of a real one are longer."""
EVENTS_AN_ITEM = 3.2
"""Opened, closed and 1.3 reviews for each pull request or issue, measured there too."""


@dataclass(frozen=True)
class Changes:
    """Pull requests or issues of one repository: (created, updated) of the last changed ones, and how many in all."""

    newest: tuple[tuple[datetime, datetime], ...]
    total: int

    def touched(self, since: datetime, before: datetime, now: datetime) -> float:
        """How many were changed since one instant and opened before another."""
        shown = sum(updated >= since and created < before for created, updated in self.newest)
        if len(self.newest) >= self.total or not self.newest or self.newest[-1][1] <= since:
            return shown
        oldest = self.newest[-1][1]
        rate = len(self.newest) / max((now - oldest).total_seconds(), 1.0)
        lags = sum((updated - created).total_seconds() for created, updated in self.newest) / len(self.newest)
        inside = max((min(oldest, before) - since).total_seconds(), 0.0)
        beyond = min(max((oldest - before).total_seconds(), 0.0), lags)
        return shown + min(rate * (inside + beyond), self.total - len(self.newest))


@dataclass(frozen=True)
class Activity:
    """One repository: its last push (None: no commits to read), commits of the whole range, items."""

    pushed_at: datetime | None
    commits: int
    pull_requests: Changes
    issues: Changes


@dataclass(frozen=True)
class Estimate:
    """What a backfill takes."""

    runs: int
    requests: int
    points: int
    minutes: float
    disk_bytes: int


def sweeps(first: date, last: date, timezone: str) -> tuple[Window, ...]:
    """The windows in which the days from `first` to `last` are collected, both included."""
    found = []
    while first <= last:
        end = min(first + timedelta(days=SWEEP_DAYS - 1), last)
        begins, ends = (Period(PeriodKind.DAILY, day).window(timezone) for day in (first, end))
        found.append(Window(begins.start, ends.end, timezone))
        first = end + timedelta(days=1)
    return tuple(found)


def estimate(
    activity: Sequence[Activity],
    windows: Sequence[Window],
    days: int,
    now: datetime,
    *,
    seconds_a_request: float,
    points_an_hour: int | None = POINTS_AN_HOUR,
) -> Estimate:
    """Add up the runs that a backfill of `days` days makes, one a window, the windows covering all of the range."""
    whole = (windows[-1].end - windows[0].start).total_seconds()
    requests = points = 0
    for window in windows:
        share = (window.end - window.start).total_seconds() / whole
        more_requests, more_points = _run(activity, window, share, now)
        requests, points = requests + more_requests, points + more_points
    waiting = 60.0 * (points // points_an_hour) if points_an_hour else 0.0
    first, last = windows[0].start, windows[-1].end
    items = sum(one.touched(first, last, now) for repo in activity for one in (repo.pull_requests, repo.issues))
    commits = sum(repo.commits for repo in activity)
    disk = days * FILE_BYTES + commits * COMMIT_BYTES + items * EVENTS_AN_ITEM * EVENT_BYTES
    return Estimate(len(windows), requests, points, requests * seconds_a_request / 60 + waiting, round(disk))


def _run(activity: Sequence[Activity], window: Window, share: float, now: datetime) -> tuple[int, int]:
    sizes = Sizes.suited_to(window, now)
    listing = ceil(len(activity) / sizes.repositories)
    pushed = [one for one in activity if one.pushed_at and one.pushed_at >= window.start - PUSH_MARGIN]
    histories = ceil(len(pushed) / sizes.histories)
    history_points = max(1, round(min(len(pushed), sizes.histories) * (1 + sizes.commits) / 100))
    more, more_points = _more_commits([one.commits * share for one in pushed], sizes)
    items = sum(
        one.touched(window.start, window.end, now) for repo in activity for one in (repo.pull_requests, repo.issues)
    )
    hydrations = ceil(items / sizes.items)
    follow_ups = _more_touched(activity, window.start, now, sizes)
    requests = listing + histories + more + hydrations + follow_ups
    page = 3 if is_live(window, now) else 2
    return requests, page * listing + histories * history_points + more_points + hydrations + follow_ups


def _more_commits(commits: Sequence[float], sizes: Sizes) -> tuple[int, int]:
    left = sorted(count - sizes.commits for count in commits if count > sizes.commits)
    batches = [left[start : start + sizes.follow_ups] for start in range(0, len(left), sizes.follow_ups)]
    requests = points = 0
    for batch in batches:
        pages = ceil(batch[-1] / sizes.page)
        page = min(batch[-1], sizes.page)
        requests += pages
        points += pages * max(1, round(len(batch) * (1 + page) / 100))
    return requests, points


def _more_touched(activity: Sequence[Activity], since: datetime, now: datetime, sizes: Sizes) -> int:
    later = now + timedelta(days=1)

    def pages(changes: Sequence[Changes], again: int) -> int:
        counts = [one.touched(since, later, now) for one in changes]
        walks = [ceil((count - sizes.touched) / sizes.page) + again for count in counts if count > sizes.touched]
        return max(ceil(sum(walks) / sizes.follow_ups), max(walks, default=0))

    # Pull requests are walked newest first, and their front is looked at once more.
    return pages([one.pull_requests for one in activity], 1) + pages([one.issues for one in activity], 0)
