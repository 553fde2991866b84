"""What a backfill takes is told: before it begins by the command line, in its runs where it was started by clicking."""

from datetime import date
from pathlib import Path

import dagster as dg

from sparky_assets.cli.dagster_runner import open_runner
from sparky_assets.cli.operations.backfill_submission import map_raw_assets, submit_backfill
from sparky_assets.orchestration.partitions import COST_TAG, describe_backfill_cost, describe_cost
from sparky_assets.periods import PeriodKind, periods_between
from sparky_assets.settings.schema import Settings
from sparky_assets.settings.services import LanguageModelSettings
from tests.factories.sample_repository import settings_for

DAYS = periods_between(PeriodKind.DAILY, date(2025, 10, 27), date(2025, 12, 5))
TEXTS = {f"daily/{stage}": DAYS[:3] for stage in ("insights", "digest", "publication")}


def test_ranges_are_one_sweep_for_31_days_and_a_gap_begins_another() -> None:
    assert describe_cost(map_raw_assets(DAYS), Settings()) == "40 days in 2 sweeps; nothing to write"
    assert describe_cost(map_raw_assets([DAYS[0], *DAYS[2:4]]), Settings()) == "3 days in 2 sweeps; nothing to write"
    assert describe_cost(map_raw_assets(DAYS[:1]), Settings()) == "1 day in 1 sweep; nothing to write"


def test_all_stages_of_a_period_are_one_run() -> None:
    assert describe_cost(TEXTS, Settings()) == "no day to collect; 3 periods to write, a run each"


def test_what_a_model_may_take_is_told_at_its_longest() -> None:
    settings = Settings(language_model=LanguageModelSettings(backend="ollama", deadline_minutes=10))
    assert describe_cost(TEXTS, settings).endswith("; 3 of them by ollama, at most 30 minutes of it")


def test_the_runs_of_a_backfill_that_somebody_clicked_tell_what_it_takes(tmp_path: Path, newsroom_path: Path) -> None:
    settings = settings_for(tmp_path / "home", [newsroom_path])
    with open_runner(settings) as runs:
        name = submit_backfill(runs, map_raw_assets(DAYS[:4]), settings, all_destinations=False)
        assert describe_backfill_cost(runs.instance, name, settings) == "4 days in 1 sweep; nothing to write"
        assert not describe_backfill_cost(runs.instance, "unknown", settings)
        job = runs.definitions.resolve_job_def("collect")
        # The interface gives a run no tag of ours, only the name of its backfill.
        assert job.execute_in_process(
            instance=runs.instance, partition_key=DAYS[0].key, tags={"dagster/backfill": name}
        ).success
        (run,) = runs.instance.get_runs(dg.RunsFilter(tags={"dagster/backfill": name}))
        assert run.tags[COST_TAG] == "4 days in 1 sweep; nothing to write"
