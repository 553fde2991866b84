"""Exact means, percentiles and shares from integers, rounded once, so that equal events give equal bytes.

No floating point is used, and nothing in this module knows which metric it rounds.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import polars as pl

HUNDREDTH = Decimal("0.01")

TENTH = Decimal("0.1")

SECONDS_PER_HOUR = 3600

STATISTICS = ("count", "mean", "median", "p90")

# With 60 digits no intermediate rounding can create or hide a tie.
_EXACT_CONTEXT = Context(prec=60, rounding=ROUND_HALF_EVEN)

_STATISTICS_SCHEMA = dict.fromkeys(("count", "sum", "median_2", "p90_10"), pl.Int64)


def compute_ratio(part: int, whole: int, quantum: Decimal) -> Decimal:
    """Return `part / whole`, rounded half to even."""
    return _EXACT_CONTEXT.divide(Decimal(part), Decimal(whole)).quantize(quantum, context=_EXACT_CONTEXT)


def compute_percent(part: int, whole: int) -> Decimal:
    """Return a share as a percentage with one decimal: `37.5`."""
    return compute_ratio(100 * part, whole, TENTH)


def to_hours(seconds: int, divisor: int = 1) -> Decimal:
    """Return `seconds / divisor` as hours with two decimals."""
    return compute_ratio(seconds, divisor * SECONDS_PER_HOUR, HUNDREDTH)


def compute_statistics(values: pl.DataFrame, by: Sequence[str] = (), column: str = "seconds") -> pl.DataFrame:
    """Return count, sum, median (times 2) and 90th percentile (times 10) of a column as integers; one row per group.

    Percentiles interpolate between neighbours, as numpy and github-community-projects/issue-metrics do.
    """
    ordered, count = pl.col(column).sort(), pl.len().cast(pl.Int64)
    rank = (count - 1) * 9 // 10
    rest = (count - 1) * 9 % 10
    upper = pl.min_horizontal(rank + 1, count - 1)
    statistics = (
        count.alias("count"),
        pl.col(column).sum().alias("sum"),
        (ordered.get((count - 1) // 2) + ordered.get(count // 2)).alias("median_2"),
        (ordered.get(rank) * (10 - rest) + ordered.get(upper) * rest).alias("p90_10"),
    )
    if values.is_empty():
        return pl.DataFrame(schema={**dict.fromkeys(by, pl.String()), **_STATISTICS_SCHEMA})
    grouped = values.group_by(by).agg(statistics) if by else values.select(statistics)
    return grouped.sort(by) if by else grouped


def to_statistics(row: dict[str, Any], divisor: int = 1) -> dict[str, int | Decimal]:
    """Convert a row of `compute_statistics` for print: count, and mean, median and p90 with two decimals.

    Args:
        row: a row of `compute_statistics`.
        divisor: by how much the values are divided: 3600 makes hours of seconds.
    """
    return {
        "count": row["count"],
        "mean": compute_ratio(row["sum"], row["count"] * divisor, HUNDREDTH),
        "median": compute_ratio(row["median_2"], 2 * divisor, HUNDREDTH),
        "p90": compute_ratio(row["p90_10"], 10 * divisor, HUNDREDTH),
    }


def to_hour_statistics(row: dict[str, Any]) -> dict[str, int | Decimal]:
    """Convert a row of `compute_statistics` of seconds for print: count, and mean, median and p90 in hours."""
    return to_statistics(row, SECONDS_PER_HOUR)


def compute_quartiles(values: Sequence[Decimal]) -> tuple[Decimal, Decimal, Decimal]:
    """Return the exact first quartile, median and third quartile, interpolated between neighbours."""
    ordered = sorted(values)

    def interpolate(quarter: int) -> Decimal:
        rank, rest = divmod((len(ordered) - 1) * quarter, 4)
        upper = ordered[min(rank + 1, len(ordered) - 1)]
        return ordered[rank] + (upper - ordered[rank]) * rest / 4

    return interpolate(1), interpolate(2), interpolate(3)
