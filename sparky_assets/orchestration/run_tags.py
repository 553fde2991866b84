"""Tags of a run: its period, its trigger, the version, the process, and how far it may publish.

A run may be started with any of them; its first asset adds the missing ones (`tag_run`). Schedules, alerts,
`sparky status` and publishing read them.
"""

import os
import socket
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dagster as dg
from dagster import DagsterRunStatus

from sparky_assets.periods import Period

PERIOD_TAG = "sparky/period"
"""`weekly/2025-11-10`, or `daily/2025-11-01..2025-11-30` for a range in one run."""


TRIGGER_TAG = "sparky/trigger"
"""`schedule`, `backfill`, `cli` or `manual`."""


VERSION_TAG = "sparky/version"


PROCESS_TAG, OLD_PROCESS_TAG = ".dagster/sparky_process", "sparky/process"
"""The process of a run. Dagster shows no tag that begins with `.dagster/`; people have no use for it."""


SWEEP_TAG = "sparky/sweep"
"""The week or month for which days are read once more."""


PUBLISH_TAG = "sparky/publish"
"""`local`: make the publication, send nothing off this machine. `all`: everywhere, as the settings say; the default."""


PUBLISH_LOCAL, PUBLISH_ALL = "local", "all"


RANGE_START_TAG, RANGE_END_TAG = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
"""The tags by which Dagster's own single-run backfills name their range."""


BACKFILL_TAG, SCHEDULE_TAG, PARTITION_TAG = "dagster/backfill", "dagster/schedule_name", "dagster/partition"


UNFINISHED_STATUSES = (
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
)


def format_periods(periods: Sequence[Period]) -> str:
    """Format one period, or consecutive periods, for the tag `sparky/period`."""
    first, last = periods[0], periods[-1]
    return f"{first.kind.value}/{first.key}" if first == last else f"{first.kind.value}/{first.key}..{last.key}"


def tag_run(context: dg.AssetExecutionContext, periods: Sequence[Period]) -> None:
    """Add the missing tags to a run. Runs that people start in the UI have none of them."""
    if missing := missing_tags(context.run.tags, periods):
        context.instance.add_run_tags(context.run.run_id, missing)


def missing_tags(tags: Mapping[str, str], periods: Sequence[Period]) -> dict[str, str]:
    """Return the tags that a run should have beside those it has."""
    wanted = {
        PERIOD_TAG: format_periods(periods),
        TRIGGER_TAG: get_trigger(tags),
        VERSION_TAG: get_sparky_version(),
        PROCESS_TAG: get_process_name(),
        PUBLISH_TAG: publish_scope(tags),
    }
    # A run that Dagster started again carries the tags of the one that died, also the process.
    return {name: value for name, value in wanted.items() if name == PROCESS_TAG or name not in tags}


def get_trigger(tags: Mapping[str, str]) -> str:
    """Who asked for a run."""
    if TRIGGER_TAG in tags:
        return tags[TRIGGER_TAG]
    if BACKFILL_TAG in tags:
        return "backfill"
    return "schedule" if SCHEDULE_TAG in tags else "manual"


def publish_scope(tags: Mapping[str, str]) -> str:
    """Return how far a run may publish: `local` (only on this machine) or `all`.

    The tag `sparky/publish` decides: any value but `all` is `local`, so that a mistyped one sends nothing. Without the
    tag a backfill is `local`: a click on a range in the UI must not mail, post or push a year of history.
    """
    requested = tags.get(PUBLISH_TAG)
    if requested is not None:
        return PUBLISH_ALL if requested == PUBLISH_ALL else PUBLISH_LOCAL
    is_backfill = BACKFILL_TAG in tags or tags.get(TRIGGER_TAG) == "backfill"
    return PUBLISH_LOCAL if is_backfill else PUBLISH_ALL


@cache
def get_sparky_version() -> str:
    """Return the version of Sparky."""
    return version("sparky")


def get_process_name() -> str:
    """Return a name of this process that no later process has: host, pid and start time."""
    return f"{socket.gethostname()}/{os.getpid()}/{_read_start_time(os.getpid())}"


def clear_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark runs of killed processes as failed and free their pool slots. Return the ids of those runs.

    On one machine nothing else does: a killed run stays STARTED, and its pool slot would block the next run for ever.
    Runs of another host or pod are left to the monitor there.
    """
    dead = []
    unfinished = dg.RunsFilter(statuses=[DagsterRunStatus.STARTED, DagsterRunStatus.STARTING])
    for run in instance.get_runs(unfinished):
        if _is_dead(run.tags.get(PROCESS_TAG) or run.tags.get(OLD_PROCESS_TAG, "")) and not _is_inherited(
            instance, run
        ):
            instance.report_run_failed(run, message="the process that ran it was killed")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            dead.append(run.run_id)
    return dead


def _is_inherited(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Return whether a retried run still has the process tag of its parent, because it has not started yet."""
    parent = instance.get_run_by_id(run.parent_run_id) if run.parent_run_id else None
    return parent is not None and parent.tags.get(PROCESS_TAG) == run.tags.get(PROCESS_TAG)


def _is_dead(process: str) -> bool:
    host, _, rest = process.partition("/")
    pid, _, started = rest.partition("/")
    return host == socket.gethostname() and pid.isdigit() and _read_start_time(int(pid)) != started


def _read_start_time(pid: int) -> str:
    try:
        # Field 22 of /proc/PID/stat, counted behind the name, which may hold spaces and parentheses.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def build_run_tags(periods: Sequence[Period], trigger: str) -> dict[str, Any]:
    """Return the tags of a run that Sparky requests."""
    return {PERIOD_TAG: format_periods(periods), TRIGGER_TAG: trigger, VERSION_TAG: get_sparky_version()}
