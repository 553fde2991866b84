"""When and where people work: hours and weekdays, hot files and directories, concentration of knowledge.

Bots and dependency bumps are noise here and left out. Nothing names or ranks a person.
"""

from collections.abc import Iterator

import polars as pl

from sparky_assets.metrics.changes import Theme
from sparky_assets.metrics.events import Events
from sparky_assets.metrics.exact import percent
from sparky_assets.metrics.flow import Measured
from sparky_assets.metrics.models import WHOLE

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOTTEST, LEAST_TOUCHES = 10, 3
LEAST_COMMITS = 5
"""Below it a share says more about chance than about knowledge."""


def measure_patterns(events: Events, commits: pl.DataFrame, timezone: str) -> Iterator[Measured]:
    """Every pattern of a window; `commits` carry their themes."""
    theirs = commits.filter(~pl.col("key").is_in(events.bots.implode()))
    yield from _clock(theirs, timezone)
    yield Measured("dependency_commits", WHOLE, int((commits["theme"] == Theme.DEPENDENCIES).sum()))
    work = theirs.filter(pl.col("theme") != Theme.DEPENDENCIES.value)
    yield from _hot(events, work)
    yield from _knowledge(theirs)


def _clock(theirs: pl.DataFrame, timezone: str) -> Iterator[Measured]:
    if theirs.is_empty():
        return
    local = pl.col("at").dt.convert_time_zone(timezone)
    hours = dict(theirs.group_by(local.dt.hour().alias("hour")).len().iter_rows())
    weekdays = dict(theirs.group_by(local.dt.weekday().alias("weekday")).len().iter_rows())
    yield from (Measured("commits_by_people", f"hour:{hour:02}", hours[hour]) for hour in sorted(hours))
    yield from (
        Measured("commits_by_people", f"weekday:{WEEKDAYS[day - 1]}", weekdays[day]) for day in sorted(weekdays)
    )
    # The earliest of equals, so that a tie is told the same way twice.
    yield Measured("busiest_hour", WHOLE, min(hours, key=lambda hour: (-hours[hour], hour)))
    yield Measured("busiest_weekday", WHOLE, min(weekdays, key=lambda day: (-weekdays[day], day)))


def _hot(events: Events, work: pl.DataFrame) -> Iterator[Measured]:
    """The files and directories that most commits touch."""
    touched = events.touched
    touches = touched.touches.join(work.select("_commit"), on="_commit", how="semi")
    nooks = touched.spots.filter(pl.col("folder").is_not_null())
    by_file = touches.group_by("place", "spot").len("count")
    inside = touches.select("_commit", "place", "spot").join(nooks.select("spot", "nook"), on="spot")
    by_folder = inside.select("_commit", "place", "nook").unique().group_by("place", "nook").len("count")
    named = {
        "file": (by_file, touched.spots.select("spot", "path"), "spot"),
        "directory": (by_folder, nooks.select("nook", path="folder").unique(), "nook"),
    }
    for kind, (counted, names, number) in named.items():
        often = counted.filter(pl.col("count") >= LEAST_TOUCHES)
        # Only those that can be among the hottest get their names back; equals are told apart by name.
        least = often["count"].top_k(HOTTEST).min()
        most = often.filter(pl.col("count") >= (least or 0)).join(touched.places, on="place").join(names, on=number)
        hottest = most.sort(["count", "repository", "path"], descending=[True, False, False]).head(HOTTEST)
        for repository, path, count in hottest.select("repository", "path", "count").iter_rows():
            yield Measured("commits_touching", f"{kind}:{repository}:{path}", count)


def _knowledge(theirs: pl.DataFrame) -> Iterator[Measured]:
    """The share of a repository's commits by the person with most, and how few people wrote half of them."""
    each = theirs.group_by("repository", "key").len("count").with_columns(pl.col("count").cast(pl.Int64))
    ordered = each.sort(["repository", "count"], descending=[False, True])
    so_far = pl.col("count").cum_sum()
    summary = ordered.group_by("repository", maintain_order=True).agg(
        total=pl.col("count").sum(),
        top=pl.col("count").max(),
        # Those before whom half was not yet reached: the smallest group that wrote at least half.
        factor=((so_far - pl.col("count")) * 2 < pl.col("count").sum()).sum(),
    )
    for repository, total, top, factor in summary.iter_rows():
        if total >= LEAST_COMMITS:
            yield Measured("top_person_share", f"repository:{repository}", percent(top, total))
            yield Measured("bus_factor", f"repository:{repository}", factor)
