"""Run Dagster jobs from the command line, on the instance and history that the UI shows."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy.exc
from dagster import DagsterEventType

from resources.errors import HistoryConfigurationError, HistoryUnavailableError
from resources.history_database import (
    INSTANCE_FILE,
    find_lock_holders,
    is_connection_failure,
    read_history_database,
    set_default_port,
)
from resources.progress import report_progress
from sparky_assets.cli.demo import find_dagster_home, has_dagster_history, make_home
from sparky_assets.definitions import build_defs
from sparky_assets.errors import DataError
from sparky_assets.orchestration.failures import find_first_cause
from sparky_assets.orchestration.history_engines import close_history_engines, keep_history_engines
from sparky_assets.orchestration.partitions import MAX_DAYS_PER_SWEEP
from sparky_assets.orchestration.run_tags import (
    PROCESS_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
    TRIGGER_TAG,
    clear_dead_runs,
    get_process_name,
)
from sparky_assets.periods import Period
from sparky_assets.settings.load import find_shipped_folder
from sparky_assets.settings.schema import Settings

QUIET_RUN_CONFIG = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Turns off Dagster's console log of every event; the command line prints its own summary."""

POSTGRES_INSTANCE_FILE = "dagster-postgres.yaml"
"""The shipped instance file of a history in Postgres."""

MAX_FREE_BYTES_NAMED = 1 << 30
"""Below this a full disk is a likely reason, so the free space is named."""


@dataclass
class JobRunner:
    """Runs jobs on one instance, and adds up the seconds of each stage."""

    definitions: dg.Definitions
    instance: dg.DagsterInstance
    seconds_by_stage: dict[str, float] = field(default_factory=dict)

    def run_partition(
        self, job: str, period: Period, assets: Sequence[str] | None = None, tags: Mapping[str, str] | None = None
    ) -> dict[str, Mapping[str, Any]]:
        """Run a job for one partition, and return the metadata of each materialized asset.

        Raises:
            DataError: when the run failed, with the first cause in one sentence.
        """
        return self._execute_job(job, assets, partition_key=period.key, tags=tags)

    def run_range(self, job: str, days: Sequence[Period], assets: Sequence[str] | None = None) -> None:
        """Run a job over consecutive days, at most 31 per run; each run is one collection pass."""
        for start in range(0, len(days), MAX_DAYS_PER_SWEEP):
            report_progress("days", start, len(days))
            chunk = days[start : start + MAX_DAYS_PER_SWEEP]
            if len(chunk) == 1:
                self._execute_job(job, assets, partition_key=chunk[0].key)
            else:
                ends = {RANGE_START_TAG: chunk[0].key, RANGE_END_TAG: chunk[-1].key}
                self._execute_job(job, assets, tags=ends)
        report_progress("days", len(days), len(days))

    def _execute_job(
        self,
        job: str,
        assets: Sequence[str] | None,
        partition_key: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> dict[str, Mapping[str, Any]]:
        definition = self.definitions.resolve_job_def(job)
        result = definition.execute_in_process(
            instance=self.instance,
            partition_key=partition_key,
            run_config=QUIET_RUN_CONFIG,
            tags={**(tags or {}), PROCESS_TAG: get_process_name(), TRIGGER_TAG: "cli"},
            asset_selection=[dg.AssetKey.from_user_string(asset) for asset in assets] if assets else None,
            raise_on_error=False,
        )
        self._record_times(result)
        if not result.success:
            raise DataError(find_first_cause(result.all_events))
        return {
            event.asset_key.to_user_string(): event.step_materialization_data.materialization.metadata
            for event in result.all_events
            if event.event_type is DagsterEventType.ASSET_MATERIALIZATION and event.asset_key
        }

    def _record_times(self, result: dg.ExecuteInProcessResult) -> None:
        for step in self.instance.get_run_step_stats(result.run_id):
            if step.start_time and step.end_time:
                stage = step.step_key.partition("_")[2] or step.step_key
                self.seconds_by_stage[stage] = self.seconds_by_stage.get(stage, 0.0) + step.end_time - step.start_time


@contextmanager
def open_runner(
    settings: Settings, overrides: Mapping[str, Any] | None = None, home: Path | None = None
) -> Iterator[JobRunner]:
    """Open the Dagster instance (in `home`, or where the settings say) and the definitions.

    Raises:
        DataError: when Dagster's history cannot be read or written.
        HistoryUnavailableError: when the Postgres that holds it does not answer.
        HistoryConfigurationError: when variables are missing that name this Postgres.
    """
    home = ensure_dagster_home(settings, home)
    database = read_history_database(home)
    if database is not None:
        # Dagster tries for seconds, and then prints 200 lines.
        database.check()
    try:
        keep_history_engines()
        with dg.DagsterInstance.from_config(str(home)) as instance:
            clear_dead_runs(instance)
            yield JobRunner(build_defs(settings, overrides), instance)
    except Exception as error:
        if database is not None and is_connection_failure(error):
            raise HistoryUnavailableError(
                f"the connection to Postgres at {database.address} was lost. Try again when it is back; the store is "
                "not affected. See docs/runbooks/lost-database.md."
            ) from error
        if isinstance(error, sqlalchemy.exc.DatabaseError):
            raise DataError(_describe_sqlite_error(error, home)) from error
        raise
    finally:
        close_history_engines()


def _describe_sqlite_error(error: sqlalchemy.exc.DatabaseError, home: Path) -> str:
    reason = str(error.orig)
    if "locked" in reason:
        holders = ", ".join(find_lock_holders(home)) or "another process, which holds it no more"
        advice = f"It is locked by {holders}. Try again in a moment; end that process if it hangs."
    elif "readonly" in reason or "read-only" in reason:
        advice = "It is read-only: run as the user that owns it."
    else:
        free = shutil.disk_usage(home).free
        advice = f"The disk has {free / (1 << 20):,.0f} MiB free." if free < MAX_FREE_BYTES_NAMED else ""
    return (
        f"{home}: Dagster's history cannot be read or written: {reason}. {advice} The store is not affected.".replace(
            ".  ", ". "
        )
    )


@contextmanager
def open_history_if_readable(settings: Settings) -> Iterator[tuple[JobRunner | None, str]]:
    """Open Dagster's history to read it as `open_history` does; where it cannot be read, give None and the reason."""
    with ExitStack() as stack:
        try:
            runner, reason = stack.enter_context(open_history(settings)), ""
        except (DataError, HistoryUnavailableError, HistoryConfigurationError) as error:
            runner, reason = None, str(error)
        yield runner, reason


@contextmanager
def open_history(settings: Settings) -> Iterator[JobRunner]:
    """Open Dagster's history to read it. Where there is none, an empty one in memory: reading makes no folder.

    Raises:
        DataError: when the history cannot be read.
        HistoryUnavailableError: when the Postgres that holds it, or is to hold it, does not answer.
    """
    if has_dagster_history(settings):
        with open_runner(settings) as runner:
            yield runner
        return
    if os.environ.get("DAGSTER_PG_HOST"):
        set_default_port(os.environ)
        database = read_history_database(find_shipped_folder("config"), file_name=POSTGRES_INSTANCE_FILE)
        if database is not None:
            database.check()
    with dg.DagsterInstance.ephemeral() as instance:
        yield JobRunner(build_defs(settings), instance)


def ensure_dagster_home(settings: Settings, home: Path | None = None) -> Path:
    """Return Dagster's home (`home`, DAGSTER_HOME, or `dagster` below Sparky's home), created with an instance file.

    The history is in SQLite there, or in Postgres when DAGSTER_PG_HOST is set.
    """
    set_default_port(os.environ)
    home = home.absolute() if home else find_dagster_home(settings)
    try:
        if home.is_relative_to(settings.home.absolute()):
            make_home(settings.home)
        home.mkdir(parents=True, exist_ok=True)
        if not (home / INSTANCE_FILE).exists():
            instance_file = POSTGRES_INSTANCE_FILE if os.environ.get("DAGSTER_PG_HOST") else INSTANCE_FILE
            shutil.copyfile(find_shipped_folder("config") / instance_file, home / INSTANCE_FILE)
    except OSError as error:
        raise DataError(
            f"{home}: cannot be created: {error.strerror or error}. Set SPARKY_HOME to a folder that you may write."
        ) from error
    return home
