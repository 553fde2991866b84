"""Exact rounding: ratios, durations and quartiles equal those of fractions and of numpy, rounded half to even."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.metrics.rounding import (
    HUNDREDTH,
    compute_percent,
    compute_quartiles,
    compute_ratio,
    compute_statistics,
    to_hour_statistics,
    to_hours,
)


def make_durations(*seconds: int, repository: str = "acme/tool") -> pl.DataFrame:
    return pl.DataFrame({"repository": [repository] * len(seconds), "seconds": seconds})


@pytest.mark.parametrize(
    ("part", "whole", "rounded"),
    [(1, 3, "0.33"), (1, 200, "0.00"), (3, 200, "0.02"), (5, 200, "0.02"), (-1, 3, "-0.33"), (2, 1, "2.00")],
)
def test_ratio_is_rounded_half_to_even(part: int, whole: int, rounded: str) -> None:
    assert compute_ratio(part, whole, HUNDREDTH) == Decimal(rounded)


@given(st.integers(0, 10**12), st.integers(1, 10**12))
def test_ratio_equals_the_rounded_fraction(part: int, whole: int) -> None:
    assert compute_ratio(part, whole, HUNDREDTH) == Decimal(round(Fraction(part, whole) * 100)) / 100


def test_percent_has_one_decimal_and_hours_have_two() -> None:
    assert str(compute_percent(3, 8)) == "37.5"
    assert str(compute_percent(1, 1)) == "100.0"
    assert str(to_hours(5400)) == "1.50"
    assert str(to_hours(3 * 3600, 2)) == "1.50"


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=40))
def test_statistics_of_durations_equal_those_of_numpy(seconds: list[int]) -> None:
    (row,) = compute_statistics(make_durations(*seconds)).iter_rows(named=True)
    assert (row["count"], row["sum"]) == (len(seconds), sum(seconds))
    assert row["median_2"] / 2 == pytest.approx(np.percentile(seconds, 50))
    assert row["p90_10"] / 10 == pytest.approx(np.percentile(seconds, 90))


def test_statistics_have_one_sorted_row_per_group() -> None:
    frame = pl.concat([make_durations(60, 120, repository="b"), make_durations(10, repository="a")])
    rows = compute_statistics(frame, ["repository"])
    assert rows.select("repository", "count", "sum").rows() == [("a", 1, 10), ("b", 2, 180)]


def test_statistics_without_durations_have_columns_and_no_row() -> None:
    empty = compute_statistics(make_durations(), ["repository"])
    assert empty.columns == ["repository", "count", "sum", "median_2", "p90_10"]
    assert empty.is_empty()


def test_statistics_for_print_are_in_hours() -> None:
    (row,) = compute_statistics(make_durations(3600, 3 * 3600)).iter_rows(named=True)
    assert to_hour_statistics(row) == {
        "count": 2, "mean": Decimal("2.00"), "median": Decimal("2.00"), "p90": Decimal("2.80")
    }  # fmt: skip


@given(st.lists(st.decimals(-1000, 1000, places=2), min_size=1, max_size=20))
def test_quartiles_equal_those_of_numpy_in_any_order(values: list[Decimal]) -> None:
    expected = np.percentile([float(value) for value in values], [25, 50, 75])
    assert [float(value) for value in compute_quartiles(values)] == pytest.approx(list(expected))
    assert compute_quartiles(values[::-1]) == compute_quartiles(values)
