"""Checks that stop nothing and tell much: what a period was made without, and how a language model holds up.

Blocking checks stand in the assets of their stage. These are looked at by people and alerts.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

import dagster as dg

from resources.storage import Storage
from sparky_assets.insights.models import Insight
from sparky_assets.metrics.models import Metrics
from sparky_assets.partitions import period_of
from sparky_assets.periods import Period, PeriodKind, within
from sparky_assets.runs import PARTITION, RANGE_END, RANGE_START

WHOLE, MODEL = "nothing_is_missing", "the_model_holds_up"
MOST_REFUSED = 0.5
"""Of the sentences that a model worded. Above it the model is the wrong one, or the gates are."""
EXAMPLES_SHOWN = 20


def quality_checks() -> list[dg.AssetChecksDefinition]:
    """Two checks a kind of period: on its metrics, and on its insights."""
    return [check for kind in PeriodKind for check in (_whole(kind), _model(kind))]


def what_is_missing(metrics: Metrics) -> Iterator[str]:
    """Days and repositories that a period was counted without."""
    yield from (f"{day} was not collected" for day in metrics.missing_days)
    yield from (f"{name} could not be read" for name in metrics.unreadable)


def what_the_model_lacks(insight: Insight) -> Iterator[str]:
    """Why less came from a model than its mode allows."""
    yield from insight.degraded
    refused = sum(bool(claim.rejected) for claim in insight.claims)
    tried = refused + sum(claim.wording is not None for claim in insight.claims)
    if tried and refused / tried > MOST_REFUSED:
        yield f"{refused} of {tried} sentences that the model worded did not pass the gates"


def _whole(kind: PeriodKind) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=[kind.value, "metrics"],
        name=WHOLE,
        description="Every day was collected and every repository read. Stops nothing: the digest says what is not.",
    )
    def check(context: dg.AssetCheckExecutionContext, storage: Storage) -> dg.AssetCheckResult:
        def problems(key: str) -> Iterator[str]:
            yield from what_is_missing(storage.read_document(f"metrics/{kind.value}", key, Metrics))

        return _result(context, kind, problems)

    return check


def _model(kind: PeriodKind) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=[kind.value, "insights"],
        name=MODEL,
        description="The model answered, and most of what it worded passed the gates. Stops nothing: rules fill in.",
    )
    def check(context: dg.AssetCheckExecutionContext, storage: Storage) -> dg.AssetCheckResult:
        def problems(key: str) -> Iterator[str]:
            yield from what_the_model_lacks(storage.read_document(f"insights/{kind.value}", key, Insight))

        return _result(context, kind, problems)

    return check


def _result(
    context: dg.AssetCheckExecutionContext, kind: PeriodKind, problems: Callable[[str], Iterator[str]]
) -> dg.AssetCheckResult:
    periods = periods_of(kind, context.run.tags)
    found = [f"{period.label}: {problem}" for period in periods for problem in problems(period.key)]
    shown = "\n".join(f"- {problem}" for problem in found[:EXAMPLES_SHOWN])
    return dg.AssetCheckResult(
        passed=not found,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"problems": len(found), "examples": dg.MetadataValue.md(shown or "none")},
    )


def periods_of(kind: PeriodKind, tags: Mapping[str, str]) -> tuple[Period, ...]:
    """The periods that a run makes, by its tags: telling a check its partitions is a preview of Dagster's."""
    if PARTITION in tags:
        return (period_of(kind, tags[PARTITION]),)
    first, last = (period_of(kind, tags[name]) for name in (RANGE_START, RANGE_END))
    return within(kind, first.start, last.end - timedelta(days=1))
