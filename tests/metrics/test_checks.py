"""Checks before insights: numbers that do not reconcile are named."""

from dataclasses import replace

import polars as pl
import pytest

from sparky_assets.metrics.checks import check_deterministic, check_totals, check_week_totals
from sparky_assets.metrics.compute import PeriodMetrics, compute_metrics
from sparky_assets.metrics.models import CONTRIBUTION_COLUMNS, SCOPE_ALL, VOLUME_COLUMNS, Metrics
from sparky_assets.metrics.volume import ADDITIVE_METRICS
from tests.strategies.organisation import organisation

MADE = organisation(6, 40)
SUMMED = [name for name in VOLUME_COLUMNS if name not in {"people", "active_people", "active_bots"}]


@pytest.fixture(scope="module")
def computed() -> PeriodMetrics:
    return compute_metrics(MADE.raw(), MADE.period, MADE.window)


def problems(computed: PeriodMetrics) -> list[str]:
    return list(check_totals(computed.metrics, computed.repositories, computed.contributors))


def with_fact(metrics: Metrics, metric: str, more: int) -> Metrics:
    facts = tuple(
        replace(fact, value=fact.value + more) if fact.key == f"{metric}@{SCOPE_ALL}" else fact
        for fact in metrics.facts
    )
    return metrics.model_copy(update={"facts": facts})


def test_organisation_of_these_tests_has_events_of_every_kind(computed: PeriodMetrics) -> None:
    assert all(computed.metrics.get_value(name) for name in VOLUME_COLUMNS)
    assert problems(computed) == []
    assert list(check_week_totals(computed.metrics, computed.days)) == []


@pytest.mark.parametrize("metric", VOLUME_COLUMNS)
def test_total_that_is_off_by_one_is_named(computed: PeriodMetrics, metric: str) -> None:
    found = problems(replace(computed, metrics=with_fact(computed.metrics, metric, 1)))
    assert any(problem.startswith(f"{metric}: ") for problem in found)


@pytest.mark.parametrize("metric", SUMMED)
def test_repository_that_is_off_by_one_is_named(computed: PeriodMetrics, metric: str) -> None:
    off = pl.when(pl.int_range(pl.len()) == 0).then(pl.col(metric).fill_null(0) + 1).otherwise(pl.col(metric))
    found = problems(replace(computed, repositories=computed.repositories.with_columns(off.alias(metric))))
    assert [problem.split(":")[0] for problem in found] == [metric]
    assert "over repositories" in found[0]


@pytest.mark.parametrize("metric", [name for name in CONTRIBUTION_COLUMNS if name in VOLUME_COLUMNS])
def test_person_who_is_off_by_one_is_named(computed: PeriodMetrics, metric: str) -> None:
    off = pl.when(pl.col("key") == "ada").then(pl.col(metric) + 1).otherwise(pl.col(metric))
    found = problems(replace(computed, contributors=computed.contributors.with_columns(off.alias(metric))))
    assert any(problem.startswith(f"{metric}: ") and "over people" in problem for problem in found)


def test_person_who_is_missing_is_named(computed: PeriodMetrics) -> None:
    found = problems(replace(computed, contributors=computed.contributors.filter(pl.col("key") != "bob")))
    assert any(problem.startswith("active_people: ") for problem in found)


def test_negative_number_is_named(computed: PeriodMetrics) -> None:
    assert "releases@all is -99" in problems(
        replace(
            computed, metrics=with_fact(computed.metrics, "releases", -99 - int(computed.metrics.get_value("releases")))
        )
    )


def test_more_active_repositories_than_were_read_are_named(computed: PeriodMetrics) -> None:
    found = problems(replace(computed, metrics=with_fact(computed.metrics, "active_repositories", 99)))
    assert found == ["more repositories are active than were read"]


@pytest.mark.parametrize("metric", ADDITIVE_METRICS)
def test_day_that_is_off_by_one_is_named(computed: PeriodMetrics, metric: str) -> None:
    off = pl.when(pl.int_range(pl.len()) == 3).then(pl.col(metric).fill_null(0) + 1).otherwise(pl.col(metric))
    found = list(check_week_totals(computed.metrics, computed.days.with_columns(off.alias(metric))))
    assert [problem.split(":")[0] for problem in found] == [metric]


@pytest.mark.parametrize("metric", ["people", "changed_files", "active_people"])
def test_week_cannot_have_fewer_people_or_files_than_its_busiest_day(computed: PeriodMetrics, metric: str) -> None:
    most = max(computed.days[metric])
    fewer = with_fact(computed.metrics, metric, int(most) - 1 - int(computed.metrics.get_value(metric)))
    assert any(problem.startswith(f"{metric}: ") for problem in check_week_totals(fewer, computed.days))


def test_numbers_that_differ_when_counted_again_are_named(computed: PeriodMetrics) -> None:
    other = replace(computed, metrics=with_fact(computed.metrics, "commits", 1), days=computed.days.head(3))
    assert list(check_deterministic(computed, other)) == [
        "facts differ when counted again: commits@all",
        "the table of days differs when counted again",
    ]
