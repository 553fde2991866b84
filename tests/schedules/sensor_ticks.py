"""Ticks of the real schedules and sensors, over a real instance and store, at a given instant."""

from typing import Any

import dagster as dg

from resources.clock import Clock
from sparky_assets.definitions import build_defs
from sparky_assets.settings.schema import Settings


def tick(settings: Settings, name: str, instance: dg.DagsterInstance, now: str) -> Any:
    """Return the result of a schedule at an instant: `run_requests` or a `skip_message`."""
    definitions = build_defs(settings, {"clock": Clock(fixed_time=now)})
    repository = definitions.get_repository_def()
    schedule = repository.get_schedule_def(name)
    with dg.build_schedule_context(
        instance=instance, repository_def=repository, resources=repository.get_top_level_resources()
    ) as context:
        return schedule.evaluate_tick(context)


def reason(settings: Settings, name: str, instance: dg.DagsterInstance, now: str) -> str:
    """Return the skip message of a schedule."""
    result = tick(settings, name, instance, now)
    assert not result.run_requests
    return str(result.skip_message)


def perform(
    settings: Settings, job: str, request: dg.RunRequest, instance: dg.DagsterInstance, now: str, **overrides: Any
) -> dg.ExecuteInProcessResult:
    """Run the requests of a tick, as the daemon would."""
    definitions = build_defs(settings, {"clock": Clock(fixed_time=now), **overrides})
    return definitions.resolve_job_def(job).execute_in_process(
        partition_key=request.partition_key,
        run_config={**request.run_config, "loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        tags={**request.tags, "dagster/run_key": request.run_key or ""},
        instance=instance,
        raise_on_error=False,
    )
