"""What a run says of itself in its tags: which period, who asked for it, which version, in which process.

Whoever starts a run may set them; what is not set is added by the first asset that runs (`mark`). Schedules, alerts,
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

PERIOD = "sparky/period"
"""`weekly/2025-11-10`, or `daily/2025-11-01..2025-11-30` for a range in one run."""
TRIGGER = "sparky/trigger"
"""`schedule`, `backfill`, `cli` or `manual`."""
VERSION = "sparky/version"
PROCESS = "sparky/process"
SWEEP = "sparky/sweep"
"""The week or month for which days are read once more."""
PUBLISH = "sparky/publish"
"""`local`: make the publication, send nothing off this machine. `everywhere`: as the settings say, the default."""
LOCAL, EVERYWHERE = "local", "everywhere"
RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
"""The tags by which Dagster's own single-run backfills name their range."""
BACKFILL, SCHEDULE, PARTITION = "dagster/backfill", "dagster/schedule_name", "dagster/partition"
UNFINISHED = (
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
)


def name_of(periods: Sequence[Period]) -> str:
    """How PERIOD names one period, or consecutive ones."""
    first, last = periods[0], periods[-1]
    return f"{first.kind.value}/{first.key}" if first == last else f"{first.kind.value}/{first.key}..{last.key}"


def mark(context: dg.AssetExecutionContext, periods: Sequence[Period]) -> None:
    """Add the tags that a run lacks. Runs that people start in the UI carry none of ours."""
    if missing := untold(context.run.tags, periods):
        context.instance.add_run_tags(context.run.run_id, missing)


def untold(tags: Mapping[str, str], periods: Sequence[Period]) -> dict[str, str]:
    """The tags that a run should have beside those it has."""
    wanted = {
        PERIOD: name_of(periods),
        TRIGGER: trigger_of(tags),
        VERSION: our_version(),
        PROCESS: this_process(),
        PUBLISH: LOCAL if publishes_locally(tags) else EVERYWHERE,
    }
    # A run that Dagster started again carries the tags of the one that died, also the process.
    return {name: value for name, value in wanted.items() if name == PROCESS or name not in tags}


def trigger_of(tags: Mapping[str, str]) -> str:
    """Who asked for a run."""
    if TRIGGER in tags:
        return tags[TRIGGER]
    if BACKFILL in tags:
        return "backfill"
    return "schedule" if SCHEDULE in tags else "manual"


def publishes_locally(tags: Mapping[str, str]) -> bool:
    """Whether a run may only publish on this machine: told so, or a backfill that was not told otherwise.

    History is written to the local repository and never mailed, posted or pushed because somebody clicked on a range.
    """
    return tags.get(PUBLISH, LOCAL if BACKFILL in tags else EVERYWHERE) == LOCAL


@cache
def our_version() -> str:
    """The version of Sparky."""
    return version("sparky")


def this_process() -> str:
    """A name for this process that no later one shares: host, pid and the time the process started."""
    return f"{socket.gethostname()}/{os.getpid()}/{_started(os.getpid())}"


def clear_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark runs of processes that were killed as failed, give back their pool slots; gives the ids of those runs.

    Nothing else would on one machine: a killed run stays STARTED, and its slot of the pool would make the next run
    wait for ever. Runs of another host or pod are left to whoever watches them there.
    """
    dead = []
    unfinished = dg.RunsFilter(statuses=[DagsterRunStatus.STARTED, DagsterRunStatus.STARTING])
    for run in instance.get_runs(unfinished):
        if _is_dead(run.tags.get(PROCESS, "")):
            instance.report_run_failed(run, message="the process that ran it was killed")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            dead.append(run.run_id)
    return dead


def _is_dead(process: str) -> bool:
    host, _, rest = process.partition("/")
    pid, _, started = rest.partition("/")
    return host == socket.gethostname() and pid.isdigit() and _started(int(pid)) != started


def _started(pid: int) -> str:
    try:
        # Field 22 of /proc/PID/stat, counted behind the name, which may hold spaces and parentheses.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def tags_of(periods: Sequence[Period], trigger: str) -> dict[str, Any]:
    """The tags of a run that we ask for ourselves."""
    return {PERIOD: name_of(periods), TRIGGER: trigger, VERSION: our_version()}
