"""Write the events of a range of days into Dagster's history in SQLite, with cached connections and without.

    uv run python -m benchmarks.history_events

Claim: cached connections and batches take at most 0.15 of the processor time.
"""

import tempfile
import time
import warnings
from collections.abc import Iterator
from typing import Any

warnings.filterwarnings("ignore")

import dagster as dg  # noqa: E402 - after the filter: Dagster warns when it is imported

from sparky_assets.orchestration.history_engines import keep_history_engines  # noqa: E402
from sparky_assets.orchestration.run_tags import RANGE_END_TAG, RANGE_START_TAG  # noqa: E402

TABLES = 8
DAYS = 31
FIRST_DAY, LAST_DAY = "2025-01-01", "2025-01-31"


def build_job() -> Any:
    """Return a job with as many assets as there are raw tables, partitioned by day."""

    @dg.multi_asset(
        specs=[dg.AssetSpec(f"table_{number}") for number in range(TABLES)],
        partitions_def=dg.DailyPartitionsDefinition(FIRST_DAY),
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def write_tables() -> Iterator[dg.MaterializeResult[Any]]:
        for number in range(TABLES):
            yield dg.MaterializeResult(asset_key=f"table_{number}", metadata={"rows": number})

    return dg.Definitions(assets=[write_tables], jobs=[dg.define_asset_job("range")]).resolve_job_def("range")


def measure_range(job: Any) -> tuple[float, int]:
    """Return the processor seconds of one run over the range in a new history, and the number of its events."""
    tags = {RANGE_START_TAG: FIRST_DAY, RANGE_END_TAG: LAST_DAY}
    config = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with tempfile.TemporaryDirectory() as folder, dg.DagsterInstance.local_temp(folder) as instance:
        started = time.process_time()
        result = job.execute_in_process(instance=instance, tags=tags, run_config=config)
        taken = time.process_time() - started
        return taken, len(instance.all_logs(result.run_id))


def main() -> None:
    """Print both times, the time of an event, and the ratio."""
    job = build_job()
    measure_range(job)  # imports what the first run imports
    new_connections, count = measure_range(job)
    keep_history_engines()
    kept_connections, _ = measure_range(job)
    print(f"{count} events of {TABLES} tables and {DAYS} days")
    print(f"new connections: {new_connections:.2f} s, {1000 * new_connections / count:.1f} ms an event")
    print(f"kept connections: {kept_connections:.2f} s, {1000 * kept_connections / count:.1f} ms an event")
    print(f"ratio {kept_connections / new_connections:.2f}")


if __name__ == "__main__":
    main()
