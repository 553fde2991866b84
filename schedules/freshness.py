"""When a publication is late, as the UI shows it. Alerts ask the store instead (`alerts.py`): a backfill of last year
makes an asset look fresh, and does not make yesterday's digest."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import dagster as dg

from sparky_assets.periods import PeriodKind
from sparky_assets.settings.schema import Settings

DAYS_PER_PERIOD = {PeriodKind.DAILY: 1, PeriodKind.WEEKLY: 7, PeriodKind.MONTHLY: 31}
"""Days from one publication of a kind to the next."""


def add_freshness_policies(assets: Sequence[Any], settings: Settings) -> list[Any]:
    """The assets, their publications with a freshness policy. Where nothing runs by itself nothing is late."""
    if not settings.schedules.enabled:
        return list(assets)
    return list(dg.map_asset_specs(lambda spec: _add_freshness_policy(spec, settings), assets))


def _add_freshness_policy(spec: dg.AssetSpec, settings: Settings) -> dg.AssetSpec:
    kind, _, stage = spec.key.to_user_string().partition("/")
    if stage != "publication":
        return spec
    window = timedelta(days=DAYS_PER_PERIOD[PeriodKind(kind)]) + settings.alerts.overdue_after
    return spec.replace_attributes(freshness_policy=dg.FreshnessPolicy.time_window(fail_window=window))
