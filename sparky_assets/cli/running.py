"""Drive Dagster from the command line: the same assets, instance and history that the UI shows."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy.exc
from dagster import DagsterEventType

from resources.progress import report
from sparky_assets.causes import first_cause
from sparky_assets.cli.home import make_home
from sparky_assets.definitions import build_defs
from sparky_assets.errors import DataError
from sparky_assets.partitions import MAX_RANGE
from sparky_assets.periods import Period
from sparky_assets.runs import PROCESS, RANGE_END, RANGE_START, TRIGGER, clear_dead_runs, this_process
from sparky_assets.settings import Settings
from sparky_assets.settings_load import shipped

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Dagster's own console log tells every event; the command line tells what a person asked for."""


@dataclass
class Runs:
    """Runs jobs on one instance, and remembers how long each stage took in all."""

    definitions: dg.Definitions
    instance: dg.DagsterInstance
    seconds: dict[str, float] = field(default_factory=dict)

    def one(
        self, job: str, period: Period, assets: Sequence[str] | None = None, tags: Mapping[str, str] | None = None
    ) -> dict[str, Mapping[str, Any]]:
        """Run a job for one partition; gives the metadata of what it materialised by asset.

        Raises:
            DataError: when it failed, with the first cause in one sentence.
        """
        return self._execute(job, assets, partition_key=period.key, tags=tags)

    def range(self, job: str, days: Sequence[Period], assets: Sequence[str] | None = None) -> None:
        """Run a job over consecutive days, at most 31 a run: one collection pass each."""
        for start in range(0, len(days), MAX_RANGE):
            report("days", start, len(days))
            chunk = days[start : start + MAX_RANGE]
            if len(chunk) == 1:
                self._execute(job, assets, partition_key=chunk[0].key)
            else:
                ends = {RANGE_START: chunk[0].key, RANGE_END: chunk[-1].key}
                self._execute(job, assets, tags=ends)
        report("days", len(days), len(days))

    def _execute(
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
            run_config=QUIET,
            tags={**(tags or {}), PROCESS: this_process(), TRIGGER: "cli"},
            asset_selection=[dg.AssetKey.from_user_string(asset) for asset in assets] if assets else None,
            raise_on_error=False,
        )
        self._time(result)
        if not result.success:
            raise DataError(first_cause(result.all_events))
        return {
            event.asset_key.to_user_string(): event.step_materialization_data.materialization.metadata
            for event in result.all_events
            if event.event_type is DagsterEventType.ASSET_MATERIALIZATION and event.asset_key
        }

    def _time(self, result: dg.ExecuteInProcessResult) -> None:
        for step in self.instance.get_run_step_stats(result.run_id):
            if step.start_time and step.end_time:
                stage = step.step_key.partition("_")[2] or step.step_key
                self.seconds[stage] = self.seconds.get(stage, 0.0) + step.end_time - step.start_time


@contextmanager
def opened(settings: Settings, overrides: Mapping[str, Any] | None = None, home: Path | None = None) -> Iterator[Runs]:
    """The instance (in `home`, or where the settings say) and the definitions by the settings in force."""
    home = dagster_home(settings, home)
    try:
        with dg.DagsterInstance.from_config(str(home)) as instance:
            clear_dead_runs(instance)
            yield Runs(build_defs(settings, overrides), instance)
    except sqlalchemy.exc.DatabaseError as error:
        raise DataError(
            f"{home}: Dagster's history cannot be read or written: {error.orig}. Is the disk full, or read-only? "
            "What the store holds is untouched."
        ) from error


def dagster_home(settings: Settings, home: Path | None = None) -> Path:
    """`home`, DAGSTER_HOME, or `dagster` below our home: made when absent, with our instance file in it.

    History lies in SQLite there, or in Postgres where DAGSTER_PG_HOST is set.
    """
    home = Path(home or os.environ.get("DAGSTER_HOME") or settings.home / "dagster").absolute()
    try:
        if home.is_relative_to(settings.home.absolute()):
            make_home(settings.home)
        home.mkdir(parents=True, exist_ok=True)
        if not (home / "dagster.yaml").exists():
            instance_file = "dagster-postgres.yaml" if os.environ.get("DAGSTER_PG_HOST") else "dagster.yaml"
            shutil.copyfile(shipped("config") / instance_file, home / "dagster.yaml")
    except OSError as error:
        raise DataError(
            f"{home}: cannot be made: {error.strerror or error}. Set SPARKY_HOME to a folder that you may write."
        ) from error
    return home
