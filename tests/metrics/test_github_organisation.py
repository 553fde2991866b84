"""The numbers of an organisation as a sweep of GitHub collects it: they reconcile, and say what GitHub cannot tell."""

from datetime import timedelta
from decimal import Decimal

import polars as pl
import pytest

from sparky_assets.metrics.checks import reconcile, week_equals_its_days
from sparky_assets.metrics.compute import Computed, compute_metrics
from sparky_assets.metrics.totals import GITHUB_ONLY
from sparky_assets.periods import PeriodKind, containing
from sparky_assets.raw.window import RawWindow
from tests.fakes.collecting import collect_from
from tests.fakes.github import serving
from tests.fakes.github_organisation import make_world
from tests.fakes.github_schema import REASON, SCHEMA_FILE
from tests.fakes.github_world import day

pytestmark = pytest.mark.skipif(not SCHEMA_FILE.exists(), reason=REASON)
WEEK = containing(PeriodKind.WEEKLY, day("2026-11-11").date())


@pytest.fixture(scope="module")
def computed() -> Computed:
    window = WEEK.window("UTC")
    with serving(make_world(30, window.end + timedelta(minutes=10), days=12, seed=4)) as fake:
        outcome = collect_from(fake, window.start, window.end)
    assert outcome.problems == {}
    return compute_metrics(RawWindow(**outcome.tables), WEEK, window)


def test_they_reconcile(computed: Computed) -> None:
    assert list(reconcile(computed.metrics, computed.repositories, computed.contributors)) == []
    assert list(week_equals_its_days(computed.metrics, computed.days)) == []


def test_what_only_github_tells_is_told(computed: Computed) -> None:
    assert all(computed.metrics.find(name) is not None for name in GITHUB_ONLY)
    assert computed.metrics.value("reviews") > 0
    assert isinstance(computed.metrics.find("time_to_merge_median"), Decimal)


def test_files_that_github_does_not_name_are_absent_and_not_none(computed: Computed) -> None:
    assert computed.metrics.value("commits") > 0
    assert computed.metrics.find("changed_files") is None
    absent = {one.scope: one.reason for one in computed.metrics.absent if "changed_files" in one.metrics}
    assert absent["all"] == "no source of the window names the files"
    assert len(absent) == 1 + computed.repositories.filter(pl.col("commits") > 0).height
