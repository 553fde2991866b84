"""Helpers of the oracle: fractions, percentiles, and unique rows. Plain Python."""

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any

Row = dict[str, Any]
Facts = dict[str, int | Decimal]


def decimal(value: Fraction, places: str) -> Decimal:
    """Return a fraction as a decimal, half to even, without a float."""
    exponent = int(Decimal(places).as_tuple().exponent)
    scaled = value * 10**-exponent
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    twice = 2 * rest - scaled.denominator
    whole += twice > 0 or (twice == 0 and whole % 2 == 1)
    return Decimal(whole).scaleb(exponent).quantize(Decimal(places), ROUND_HALF_EVEN)


ORDER = ("opened", "converted_to_draft", "ready_for_review", "reopened", "closed", "merged")


def moment(row: Row) -> tuple[datetime, int]:
    """Return the sort key of an event: its instant, then its order within one instant."""
    return row["at"], ORDER.index(row["event"])


def written(row: Row, name: str) -> int | None:
    """Return the lines of a commit without lock files and vendored code, if its files are known."""
    files = row["files"]
    if not files or row[name] is None:
        return None if row[name] is None else int(row[name])
    return sum(file[name] or 0 for file in files if not generated(file["path"]))


def generated(path: str) -> bool:
    return path == "uv.lock" or path.startswith("vendor/")


def once(rows: Sequence[Row]) -> list[Row]:
    """Return events with the earliest opened and merged of each item, and every other event."""
    seen, kept = set(), []
    for row in sorted(rows, key=moment):
        key = (row["repository"], row["number"], row["event"])
        if row["event"] not in {"opened", "merged"} or key not in seen:
            kept.append(row)
        seen.add(key)
    return kept


def joined(links: dict[tuple[str, str], tuple[str, str]]) -> list[set[tuple[str, str]]]:
    groups: list[set[tuple[str, str]]] = []
    for pair in links.items():
        touching = [group for group in groups if group & set(pair)]
        groups = [group for group in groups if not group & set(pair)] + [set(pair).union(*touching)]
    return groups


def first_at(rows: Sequence[Row], event: str) -> datetime | None:
    return min((row["at"] for row in rows if row["event"] == event), default=None)


def last_author(rows: Sequence[Row]) -> str | None:
    keys = [row["author"]["key"] for row in sorted(rows, key=moment) if row["author"]]
    return keys[-1] if keys else None


def lines_of(rows: Sequence[Row]) -> int | None:
    row = next(row for row in rows if row["event"] == "merged")
    return None if row["insertions"] is None else row["insertions"] + row["deletions"]


def size_class(lines: int) -> str:
    bounds = (("xs", 10), ("s", 30), ("m", 100), ("l", 500), ("xl", 1000))
    return next((name for name, below in bounds if lines < below), "xxl")


def whole_seconds(duration: Any) -> int:
    return int(duration.total_seconds())


def share(part: int, whole: int) -> Decimal:
    return decimal(Fraction(100 * part, whole), "0.1")


def statistics(name: str, scope: str, numbers: Sequence[int], divisor: int = 3600) -> Facts:
    """Return count, mean, median and p90; of seconds in hours."""
    if not numbers:
        return {}
    ordered = sorted(numbers)

    def percentile(share: Fraction) -> Fraction:
        rank = (len(ordered) - 1) * share
        low = int(rank)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * (rank - low)

    values = {
        "mean": Fraction(sum(ordered), len(ordered)),
        "median": percentile(Fraction(1, 2)),
        "p90": percentile(Fraction(9, 10)),
    }
    found: Facts = {f"{name}_count@{scope}": len(ordered)}
    return found | {
        f"{name}_{statistic}@{scope}": decimal(value / divisor, "0.01") for statistic, value in values.items()
    }
