"""What must hold of metrics before insights may read them. Pure: each check gives the problems it found, in words."""

from collections.abc import Iterator

import polars as pl

from sparky_assets.metrics.counts import SOURCES
from sparky_assets.metrics.models import WHOLE, Metrics


def reconcile(metrics: Metrics, repositories: pl.DataFrame, contributors: pl.DataFrame) -> Iterator[str]:
    """Totals must equal their sums over repositories, and over people where each event has one author."""
    for metric in SOURCES:
        if metric == "people":
            continue
        summed = int(repositories[metric].sum())
        if summed != (total := metrics.value(metric)):
            yield f"{metric}: {total} in all, but {summed} over repositories"
    by_author = int(contributors["commits"].sum())
    if by_author != (commits := metrics.value("commits")):
        yield f"commits: {commits} in all, but {by_author} over authors"
    people = contributors.filter(~pl.col("is_bot"), pl.col("commits") + pl.col("co_authored") > 0).height
    if people != (counted := metrics.value("people")):
        yield f"people: {counted} in all, but {people} in the table of contributors"
    for fact in metrics.facts:
        if fact.value < 0:
            yield f"{fact.key} is {fact.value}"
    if metrics.value("active_repositories", WHOLE) > metrics.value("repositories", WHOLE):
        yield "more repositories are active than were read"
