"""Numbers for tables: those of the period before, and those that only looking back can tell. Pure."""

from collections.abc import Iterator

from sparky_assets.metrics.catalogue import METRICS
from sparky_assets.metrics.models import WHOLE, Fact
from sparky_assets.metrics.trends import LookingBack


def facts_before(back: LookingBack) -> Iterator[Fact]:
    """Every number of the whole as it was in the period before, under the scope `period:<label>`; then what is open now
    and who is new, under that of the whole."""
    scope = f"period:{back.period.previous().label}"
    source = f"metrics/{back.period.kind.value}_trends"
    for trend in back.trends:
        if trend.previous is not None:
            unit = METRICS[trend.metric].unit
            yield Fact(metric=trend.metric, scope=scope, value=trend.previous, unit=unit, sources=(source,))
    yield from (fact for fact in back.facts if fact.scope == WHOLE)
