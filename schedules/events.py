"""The sensor that tells an outside listener of each finished stage of a period. docs/events.md says what it sends.

Dagster's event log is the bus: a stage is finished when its asset is materialised. Each event is delivered at least
once and in order; its id never changes, so that a listener that keeps ids takes each once.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from resources.channels.alerts import sleep_within_tick
from resources.channels.webhook import WebhookClient
from resources.errors import ResourceError
from schedules.alerts import get_sensor_status
from sparky_assets.orchestration.partitions import parse_partition_key
from sparky_assets.periods import PeriodKind
from sparky_assets.settings.schema import Settings

EVENT_TYPE_BY_ASSET = {
    "raw/commits": "CollectionComplete",
    **{f"{kind.value}/insights": "AnalysisComplete" for kind in PeriodKind},
    **{f"{kind.value}/digest": "GenerationComplete" for kind in PeriodKind},
    **{f"{kind.value}/publication": "PublishComplete" for kind in PeriodKind},
}
"""The asset whose materialisation says that a stage is finished. The raw tables are made together: one speaks."""


MAX_EVENTS_PER_TICK = 50


MAX_TICK_SECONDS = 30.0
"""Dagster cuts a tick after 60, and what it had sent is then forgotten: a slow listener got the same fifty for ever."""


EVENT_INTERVAL_SECONDS = 30


@dataclass(frozen=True)
class StageEvent:
    """One finished stage. `storage_id` is its place in Dagster's event log."""

    storage_id: int
    asset: str
    partition: str
    run_id: str
    data_version: str
    timestamp: float

    def to_document(self) -> dict[str, Any]:
        """Return the event as it is sent."""
        kind = PeriodKind.DAILY if self.asset.startswith("raw/") else PeriodKind(self.asset.partition("/")[0])
        return {
            "type": EVENT_TYPE_BY_ASSET[self.asset],
            "asset": self.asset,
            "period": {
                "kind": kind.value,
                "key": self.partition,
                "label": parse_partition_key(kind, self.partition).label,
            },
            "run_id": self.run_id,
            "data_version": self.data_version,
            "timestamp": self.timestamp,
        }

    @property
    def id(self) -> str:
        """The same however often it is sent, and in every copy of the history."""
        return f"{EVENT_TYPE_BY_ASSET[self.asset]}.{self.partition}.{self.run_id}"


def build_event_sensor(settings: Settings, now: Callable[[], float] = time.monotonic) -> dg.SensorDefinition:
    """Return the sensor that sends what is new to `events.webhook`; where none is set its tick says so."""

    @dg.sensor(
        name="events",
        minimum_interval_seconds=EVENT_INTERVAL_SECONDS,
        default_status=get_sensor_status(settings) if settings.events.webhook else dg.DefaultSensorStatus.STOPPED,
        description="Sends a signed JSON event to events.webhook for each finished stage of a period: "
        "CollectionComplete, AnalysisComplete, GenerationComplete, PublishComplete.",
    )
    def follow(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        if not settings.events.webhook:
            return dg.SkipReason("events.webhook is not set")
        if context.cursor is None:
            context.update_cursor(str(find_newest_storage_id(context.instance)))
            return dg.SkipReason("listening from now on")
        events = find_events_after(context.instance, int(context.cursor))
        webhook = WebhookClient(settings.events.webhook, settings.events.webhook_secret)
        webhook.client.sleep = sleep_within_tick
        begun = now()
        with webhook.client:
            for number, event in enumerate(events):
                if now() - begun > MAX_TICK_SECONDS:
                    return dg.SkipReason(f"{number} sent, {len(events) - number} wait: the time of a tick is over")
                try:
                    webhook.publish(event.id, event.to_document())
                except ResourceError as error:
                    return dg.SkipReason(f"{number} sent, {len(events) - number} wait: {error}")
                context.update_cursor(str(event.storage_id))
        return dg.SkipReason(f"{len(events)} sent" if events else "nothing new")

    return follow


def find_events_after(instance: dg.DagsterInstance, cursor: int) -> Sequence[StageEvent]:
    """Return the next events after a position in the log, in order; for each partition of a run the latest."""
    events = sorted(_fetch_events_after(instance, cursor), key=lambda event: event.storage_id)
    last = {event.id: event for event in events}
    return [event for event in events if last[event.id] is event][:MAX_EVENTS_PER_TICK]


def find_newest_storage_id(instance: dg.DagsterInstance) -> int:
    """Return the storage id of the newest event."""
    places = [
        record.storage_id
        for asset in EVENT_TYPE_BY_ASSET
        for record in instance.fetch_materializations(dg.AssetKey.from_user_string(asset), limit=1).records
    ]
    return max(places, default=0)


def _fetch_events_after(instance: dg.DagsterInstance, cursor: int) -> Iterator[StageEvent]:
    for asset in EVENT_TYPE_BY_ASSET:
        wanted = dg.AssetRecordsFilter(dg.AssetKey.from_user_string(asset), after_storage_id=cursor)
        for record in instance.fetch_materializations(wanted, limit=MAX_EVENTS_PER_TICK * 2, ascending=True).records:
            materialization = record.asset_materialization
            if materialization and materialization.partition:
                tags = materialization.tags or {}
                yield StageEvent(
                    storage_id=record.storage_id,
                    asset=asset,
                    partition=materialization.partition,
                    run_id=record.run_id,
                    data_version=tags.get("dagster/data_version", ""),
                    timestamp=record.timestamp,
                )
