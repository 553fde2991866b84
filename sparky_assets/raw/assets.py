"""The Dagster assets of stage 1 and the checks that block metrics. One collection pass fills all raw tables.

How the tables are collected belongs to `collect.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import dagster as dg
import polars as pl

from resources.clock import Clock
from resources.files import load_deployment_salt
from resources.git.sources import GitSources
from resources.memory import return_freed_memory
from resources.storage import Storage
from sparky_assets.orchestration.failures import dagster_failures
from sparky_assets.orchestration.materialize import PartitionResult, partition_periods, report_results
from sparky_assets.orchestration.partitions import (
    MAX_DAYS_PER_SWEEP,
    build_partitions,
    find_max_days_per_run,
    require_closed,
)
from sparky_assets.periods import Period, PeriodKind, TimeWindow
from sparky_assets.raw.collect import read_sources
from sparky_assets.raw.people import PersonFactory
from sparky_assets.raw.stored_days import StoredDay, find_lookback_days, iterate_stored_days, select_days_to_sweep
from sparky_assets.raw.tables import COMMITS, REPOSITORIES, TABLES, TableSpec
from sparky_assets.settings.schema import Settings

MIN_ROWS_OF_LARGE_SWEEP = 20_000
"""Rows from which a sweep leaves tens of megabytes in reference cycles."""


def find_rows_outside_day(frame: pl.DataFrame, table: TableSpec, window: TimeWindow) -> Iterator[str]:
    """Yield a message for each row whose instant is outside the day that it is stored in."""
    time_column = table.time_column or ""
    at = pl.col(time_column)
    for row in frame.filter((at < window.start) | (at >= window.end)).iter_rows(named=True):
        yield f"{row['repository']} {row[table.key_columns[1]]}: {row[time_column]} is outside {window}"


def find_unread_repositories(frame: pl.DataFrame) -> Iterator[str]:
    """Yield a message for each repository that could not be read."""
    for row in frame.filter(pl.col("status") == "unreadable").iter_rows(named=True):
        yield f"{row['repository']}: {row['note']}"


CHECK_NAMES = {REPOSITORIES.asset: "every_repository_was_read", COMMITS.asset: "commits_lie_in_their_day"}

CHECK_DESCRIPTIONS = {
    REPOSITORIES.asset: "Every repository of the settings was read, or is listed as unreadable.",
    COMMITS.asset: "Every commit belongs to its day, and is in it once.",
}

TABLE_DESCRIPTIONS = {
    "repositories": "The repositories read for a day, with their visibility and state.",
    "commits": "Commits that reached the default branch, with files and lines.",
    "pull_requests": "Pull requests opened, merged, closed and reopened; from git alone: merged, by commit subjects.",
    "reviews": "Reviews submitted.",
    "responses": "First responses to pull requests and issues; from GitHub only.",
    "issues": "Issues opened, closed and reopened.",
    "releases": "Releases published; from git alone: version tags.",
    "notes": "Notes of releases, and lines that changes added to changelogs or as news fragments.",
    "deployments": "Deployments that succeeded or failed; from GitHub only.",
    "discussions": "Discussions that began, if `sources.github.discussions` is set; from GitHub only.",
    "open_items": "Pull requests and issues open at the day's end, if it was swept within a day; from GitHub only.",
}


def build_raw_assets(settings: Settings) -> dg.AssetsDefinition:
    """Build the raw tables of a day, collected in passes over a range of days."""
    days_definition = build_partitions(PeriodKind.DAILY, settings)

    @dg.multi_asset(
        name="raw_collect",  # a job is called `collect`, and ops and jobs share their names
        specs=[_build_asset_spec(table) for table in TABLES],
        check_specs=[
            dg.AssetCheckSpec(name, asset=["raw", table], blocking=True, description=CHECK_DESCRIPTIONS[table])
            for table, name in CHECK_NAMES.items()
        ],
        partitions_def=days_definition,
        backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=find_max_days_per_run(settings)),
        retry_policy=dg.RetryPolicy(max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL),
        pool="github",
    )
    def collect_days(
        context: dg.AssetExecutionContext,
        git: dg.ResourceParam[GitSources],
        storage: dg.ResourceParam[Storage],
        clock: dg.ResourceParam[Clock],
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Read every repository for the requested days, and merge each day with what is stored of it."""
        days = partition_periods(context, PeriodKind.DAILY, settings)
        results: dict[str, dict[str, PartitionResult]] = {table.asset: {} for table in TABLES}
        for first in range(0, len(days), MAX_DAYS_PER_SWEEP):
            for asset, of_days in _sweep(days[first : first + MAX_DAYS_PER_SWEEP], settings, git, storage, clock):
                results[asset] |= of_days
        for table in TABLES:
            yield from report_results(context, ["raw", table.asset], results[table.asset], CHECK_NAMES.get(table.asset))

    return collect_days


def _sweep(
    days: Sequence[Period], settings: Settings, git: GitSources, storage: Storage, clock: Clock
) -> Iterator[tuple[str, dict[str, PartitionResult]]]:
    """Collect and store consecutive days in one pass, and yield the results of each table by day."""
    timezone = settings.organisation.timezone
    newest = settings.calendar.last_closed(PeriodKind.DAILY, clock.now())
    lookback_days = find_lookback_days(settings, storage, days, clock.now())
    swept = select_days_to_sweep(days, storage.list_keys(REPOSITORIES.path), newest, lookback_days)
    window = TimeWindow(swept[0].window(timezone).start, swept[-1].window(timezone).end, timezone)
    with dagster_failures(f"collecting {window}"):
        require_closed(days[-1], clock.now(), settings.calendar)
        result = read_sources(settings, git, storage, window, people=_make_person_factory(settings), now=clock.now())
        requested_days = {day.key: day for day in days}
        results: dict[str, dict[str, PartitionResult]] = {table.asset: {} for table in TABLES}
        added_rows: dict[str, dict[str, int]] = {}
        # Of each stored day its description is kept, not its rows.
        for table, key, stored_day in iterate_stored_days(result.collected, storage, swept, timezone, clock.now()):
            added_rows.setdefault(key, {})[table.asset] = stored_day.added_rows
            if key in requested_days:
                day_window = requested_days[key].window(timezone)
                results[table.asset][key] = _build_partition_result(table, stored_day, day_window, settings)
        result.finish()
    is_large = sum(frame.height for frame in result.collected.tables.values()) >= MIN_ROWS_OF_LARGE_SWEEP
    cost = {**result.cost, "days_swept": len(swept), "added_late": _format_late_additions(added_rows)}
    del result  # the rows of all days, which the next stages of the run have no use for
    return_freed_memory(with_cycles=is_large)
    for table in TABLES:
        results_by_key = results[table.asset]
        yield (
            table.asset,
            {
                day.key: replace(results_by_key[day.key], metadata={**results_by_key[day.key].metadata, **cost})
                for day in days
            },
        )


def _build_asset_spec(table: TableSpec) -> dg.AssetSpec:
    return dg.AssetSpec(
        ["raw", table.asset],
        group_name="raw",
        kinds={"git", "parquet"},
        code_version=str(table.version),
        description=TABLE_DESCRIPTIONS[table.asset],
        metadata={
            "dagster/column_schema": dg.TableSchema(
                columns=[dg.TableColumn(name, str(kind)) for name, kind in table.columns.items()]
            )
        },
    )


def _make_person_factory(settings: Settings) -> PersonFactory:
    configured = settings.people.salt
    salt = configured.get_secret_value().encode() if configured else load_deployment_salt(settings.home / "salt")
    people = settings.people
    return PersonFactory(salt, people.bots, never_bots=people.never_bots, assistants=people.assistants)


def _build_partition_result(
    table: TableSpec, stored_day: StoredDay, window: TimeWindow, settings: Settings
) -> PartitionResult:
    return PartitionResult(
        _build_metadata(table, stored_day, window),
        stored_day.stored_file.sha256,
        list(_find_problems(table, stored_day.frame, window, settings)),
    )


def _find_problems(table: TableSpec, frame: pl.DataFrame, window: TimeWindow, settings: Settings) -> Iterator[str]:
    if table is REPOSITORIES and not settings.collection.allow_partial:
        yield from find_unread_repositories(frame)
    if table is COMMITS:
        yield from find_rows_outside_day(frame, table, window)


def _build_metadata(table: TableSpec, stored_day: StoredDay, window: TimeWindow) -> Mapping[str, Any]:
    frame = stored_day.frame
    late_rows = frame.height - frame["first_seen_at"].null_count() if table.time_column else 0
    preview_columns = {
        "repositories": ["repository", "status", "note"],
        "commits": ["repository", "subject"],
        "pull_requests": ["repository", "number", "event", "title"],
        "releases": ["repository", "tag"],
    }.get(table.asset, ["repository"])
    return {
        "dagster/partition_row_count": frame.height,
        "window": str(window),
        "arrived_late": late_rows,
        "preview": dg.MetadataValue.md(_format_markdown_table(frame.select(preview_columns).head(8))),
        "path": dg.MetadataValue.path(stored_day.stored_file.path),
    }


def _format_late_additions(added_rows: Mapping[str, Mapping[str, int]]) -> str:
    """Return how many rows were added to which stored day, as text.

    Args:
        added_rows: the number of added rows by partition key and asset name.
    """
    messages = []
    for key, rows_by_asset in sorted(added_rows.items()):
        counts = [
            f"{rows_by_asset[table.asset]} {table.asset}" for table in TABLES if rows_by_asset.get(table.asset, 0) > 0
        ]
        if counts:
            messages.append(f"{key}: {', '.join(counts)}")
    return "; ".join(messages) or "nothing"


def _format_markdown_table(frame: pl.DataFrame) -> str:
    header = ["| " + " | ".join(frame.columns) + " |", "|" + "---|" * frame.width]
    rows = ["| " + " | ".join(_format_cell(value) for value in row) + " |" for row in frame.iter_rows()]
    return "\n".join(header + rows)


def _format_cell(value: object) -> str:
    return str("" if value is None else value).replace("|", "\\|").replace("\n", " ")[:120]
