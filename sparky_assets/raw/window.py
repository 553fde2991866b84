"""The raw days of a period as one thing to compute from, and the one place that knows which days it lacks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from resources.storage import Storage
from sparky_assets.errors import DataError
from sparky_assets.periods import Period, consecutive_ranges
from sparky_assets.raw.tables import (
    COMMITS,
    EVENT_TABLES,
    ISSUES,
    OPEN_ITEMS,
    PULL_REQUESTS,
    RELEASES,
    REPOSITORIES,
    REVIEWS,
    TABLES,
    TableSpec,
)
from sparky_assets.raw.withholding import OptOutFilter
from sparky_assets.store import Audience


@dataclass(frozen=True)
class RawWindow:
    """Every raw row of a period. Repositories and what is open are those of its latest day."""

    repositories: pl.DataFrame
    commits: pl.DataFrame
    pull_requests: pl.DataFrame
    reviews: pl.DataFrame
    issues: pl.DataFrame
    releases: pl.DataFrame
    open_items: pl.DataFrame

    def for_audience(self, audience: Audience, opt_out: Sequence[str]) -> "RawWindow":
        """The rows that an audience may see: all, or those of repositories that are public by the newest list as well.

        A row keeps the visibility it was collected with; a repository made private since is public in old rows and
        private in the list. The stricter of both counts. Whom `opt_out` names (`people.opt_out`) the world
        sees nameless.
        """
        if audience is Audience.INTERNAL:
            return self
        is_public = pl.col("visibility") == Audience.PUBLIC.value
        repositories = self.repositories.filter(is_public)
        seen = is_public & pl.col("repository").is_in(repositories["repository"].implode())
        events = {table.asset: getattr(self, table.asset) for table in EVENT_TABLES}
        shown = {name: frame.filter(seen) for name, frame in events.items()}
        if opt_out:
            withheld = OptOutFilter.from_rows(events.values(), opt_out)
            shown = {name: withheld.apply(frame) for name, frame in shown.items()}
        return RawWindow(repositories=repositories, **shown)


def find_missing_days(storage: Storage, days: Sequence[Period]) -> list[date]:
    """The days that were not collected whole: one of their tables is not in the store."""
    keys = [day.key for day in days]
    missing = {key for table in TABLES for key in storage.find_missing(table.path, keys)}
    return [day.start for day in days if day.key in missing]


def read_window(storage: Storage, period: Period, excluded_days: Collection[date] = ()) -> RawWindow:
    """Read the raw days of a period; `without` are days that it does without, which the text then has to say.

    Raises:
        DataError: when days are missing; it names them and the command that collects them.
    """
    read_days = [day for day in period.days if day.start not in excluded_days]
    if missing := find_missing_days(storage, read_days or period.days):
        runs = [f"{first}..{last}" if first != last else f"{first}" for first, last in consecutive_ranges(missing)]
        raise DataError(
            f"{period} lacks {len(missing)} of its {len(period.days)} days: {', '.join(runs)}. "
            f"Collect them: sparky backfill {missing[0]}..{missing[-1]}"
        )
    keys = [day.key for day in read_days]
    last = period.days[-1].key

    def read(table: TableSpec) -> pl.DataFrame:
        return storage.read_tables(table.path, keys, table)

    return RawWindow(
        repositories=read(REPOSITORIES).unique("repository", keep="last").sort("repository"),
        commits=read(COMMITS),
        pull_requests=read(PULL_REQUESTS),
        reviews=read(REVIEWS),
        issues=read(ISSUES),
        releases=read(RELEASES),
        open_items=storage.read_table(OPEN_ITEMS.path, last, OPEN_ITEMS) if last in keys else OPEN_ITEMS.make_empty(),
    )
