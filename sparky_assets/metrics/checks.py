"""Checks on metrics before insights read them: totals, week totals, determinism. Pure; each yields its problems."""

from collections.abc import Iterator

import polars as pl

from sparky_assets.metrics.compute import PeriodMetrics
from sparky_assets.metrics.models import CONTRIBUTION_COLUMNS, SCOPE_ALL, VOLUME_COLUMNS, Metrics
from sparky_assets.metrics.volume import ADDITIVE_METRICS
from sparky_assets.raw.tables import DAMAGED_STATUS

DISTINCT_PEOPLE_METRICS = ("people", "active_people", "active_bots")


def check_totals(metrics: Metrics, repositories: pl.DataFrame, contributors: pl.DataFrame) -> Iterator[str]:
    """Totals must equal their sums over repositories and over people, each counted apart from the others."""
    totals = {name: metrics.find_value(name) for name in VOLUME_COLUMNS}
    for metric in (name for name in VOLUME_COLUMNS if name not in DISTINCT_PEOPLE_METRICS):
        summed = int(repositories[metric].sum())
        if summed != (total := totals[metric] or 0):
            yield f"{metric}: {total} in all, but {summed} over repositories"
    for metric in (name for name in CONTRIBUTION_COLUMNS if name in VOLUME_COLUMNS):
        by_people = int(contributors[metric].sum())
        if totals[metric] is not None and by_people != (total := totals[metric] or 0):
            yield f"{metric}: {total} in all, but {by_people} over people"
    yield from _check_people(metrics, contributors)
    for fact in metrics.facts:
        if fact.value < 0:
            yield f"{fact.key} is {fact.value}"
    if metrics.get_value("active_repositories", SCOPE_ALL) > metrics.get_value("repositories", SCOPE_ALL):
        yield "more repositories are active than were read"


def check_week_totals(metrics: Metrics, days: pl.DataFrame) -> Iterator[str]:
    """What is additive must equal the sum of its days; what recurs lies between the largest day and that sum."""
    for metric in VOLUME_COLUMNS:
        values = [value or 0 for value in days[metric].to_list()]
        summed, most = sum(values), max(values)
        total = metrics.find_value(metric)
        if total is None:
            continue
        if metric in ADDITIVE_METRICS and summed != total:
            yield f"{metric}: {total} in {metrics.period}, but {summed} over its days"
        if not most <= total <= summed:
            yield f"{metric}: {total} in {metrics.period}, but {most} on one day and {summed} over all"


def check_deterministic(computed: PeriodMetrics, recomputed: PeriodMetrics) -> Iterator[str]:
    """Counted again from the same rows in another order, every fact and table must be what it was."""
    if computed.metrics != recomputed.metrics:
        changed = set(computed.metrics.facts) ^ set(recomputed.metrics.facts)
        keys = sorted({fact.key for fact in changed})
        yield f"facts differ when counted again: {', '.join(keys[:5]) or 'what could not be measured'}"
    for name in ("repositories", "contributors", "days", "changes"):
        if not getattr(computed, name).equals(getattr(recomputed, name)):
            yield f"the table of {name} differs when counted again"


def _check_people(metrics: Metrics, contributors: pl.DataFrame) -> Iterator[str]:
    named = contributors.filter(pl.col("key") != "ghost")
    theirs = named.filter(~pl.col("is_bot"))
    expected = {
        "people": theirs.filter(pl.col("commits") + pl.col("co_authored") > 0).height,
        "active_people": theirs.height,
        "active_bots": named.height - theirs.height,
    }
    for metric, counted in expected.items():
        if counted != (total := metrics.get_value(metric)):
            yield f"{metric}: {total} in all, but {counted} in the table of contributors"


def list_missing(metrics: Metrics, repositories: pl.DataFrame) -> Iterator[str]:
    """Days and repositories that a period was counted without. Stops nothing: the digest says so too.

    Args:
        metrics: the metrics of the period.
        repositories: the REPOSITORIES rows of the period.
    """
    yield from (f"{day} was not collected" for day in metrics.missing_days)
    yield from (f"{name} could not be read" for name in metrics.unreadable)
    damaged = repositories.filter(status=DAMAGED_STATUS).sort("repository")
    yield from (f"{name} {note}" for name, note in damaged.select("repository", "note").iter_rows())
