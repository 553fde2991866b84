"""Numbers of an organisation that a GitHub sweep collected: they reconcile, and missing metrics are named."""

from datetime import timedelta
from decimal import Decimal

import polars as pl
import pytest

from sparky_assets.metrics.checks import check_totals, check_week_totals
from sparky_assets.metrics.compute import PeriodMetrics, compute_metrics
from sparky_assets.metrics.volume import GITHUB_ONLY_METRICS
from sparky_assets.periods import PeriodKind, period_of_day
from sparky_assets.raw.window import RawWindow
from tests.fakes.github import serving
from tests.fakes.github_collection import collect_from
from tests.fakes.github_organisation import make_world
from tests.fakes.github_world import day

WEEK = period_of_day(PeriodKind.WEEKLY, day("2026-11-11").date())


@pytest.fixture(scope="module")
def computed() -> PeriodMetrics:
    window = WEEK.window("UTC")
    with serving(make_world(30, window.end + timedelta(minutes=10), days=12, seed=4)) as fake:
        outcome = collect_from(fake, window.start, window.end)
    assert outcome.problems == {}
    return compute_metrics(RawWindow(**outcome.tables), WEEK, window)


def test_totals_of_a_sweep_reconcile(computed: PeriodMetrics) -> None:
    assert list(check_totals(computed.metrics, computed.repositories, computed.contributors)) == []
    assert list(check_week_totals(computed.metrics, computed.days)) == []


def test_metrics_that_need_github_are_present(computed: PeriodMetrics) -> None:
    assert all(computed.metrics.find_value(name) is not None for name in GITHUB_ONLY_METRICS)
    assert computed.metrics.get_value("reviews") > 0
    assert isinstance(computed.metrics.find_value("time_to_merge_median"), Decimal)


def test_files_that_github_does_not_name_are_missing_instead_of_zero(computed: PeriodMetrics) -> None:
    assert computed.metrics.get_value("commits") > 0
    assert computed.metrics.find_value("changed_files") is None
    absent = {one.scope: one.reason for one in computed.metrics.absent if "changed_files" in one.metrics}
    assert absent["all"] == "no source of the window names the files"
    assert len(absent) == 1 + computed.repositories.filter(pl.col("commits") > 0).height
