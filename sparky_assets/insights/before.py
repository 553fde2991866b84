"""Numbers for tables: those of the period before, and those that only looking back can tell. Pure."""

from collections.abc import Iterator

from sparky_assets.metrics.catalog import METRICS_BY_NAME
from sparky_assets.metrics.models import SCOPE_ALL, Fact
from sparky_assets.metrics.trends import Lookback


def previous_period_facts(lookback: Lookback) -> Iterator[Fact]:
    """Every number of the whole as it was in the period before, under the scope `period:<label>`; then what is open now
    and who is new, under that of the whole."""
    scope = f"period:{lookback.period.previous().label}"
    source = f"metrics/{lookback.period.kind.value}_trends"
    for trend in lookback.trends:
        if trend.previous is not None:
            unit = METRICS_BY_NAME[trend.metric].unit
            yield Fact(metric=trend.metric, scope=scope, value=trend.previous, unit=unit, sources=(source,))
    yield from (fact for fact in lookback.facts if fact.scope == SCOPE_ALL)
