"""Dagster's face of stage 1: one multi-asset, because one collection pass fills all tables.

What must hold of a raw day before metrics may read it. Pure: each check gives the problems it found, in words.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import polars as pl

from resources.files import load_deployment_salt
from resources.git.sources import GitSources
from resources.runtime import Clock
from resources.storage import Storage
from sparky_assets.orchestration.failures import dagster_failures
from sparky_assets.orchestration.materialize import PartitionResult, partition_periods, report_results
from sparky_assets.orchestration.partitions import MAX_DAYS_PER_RUN, build_partitions, require_closed
from sparky_assets.periods import Period, PeriodKind, TimeWindow
from sparky_assets.raw.collect import StoredDay, read_sources, select_days_to_sweep, store_days
from sparky_assets.raw.people import PersonFactory
from sparky_assets.raw.tables import COMMITS, REPOSITORIES, TABLES, TableSpec
from sparky_assets.settings.schema import Settings


def find_rows_outside_day(frame: pl.DataFrame, table: TableSpec, window: TimeWindow) -> Iterator[str]:
    """Rows whose instant lies outside the day that they are stored in."""
    at = pl.col(table.time_column or "")
    for row in frame.filter((at < window.start) | (at >= window.end)).iter_rows(named=True):
        yield f"{row['repository']} {row[table.key_columns[1]]}: {row[table.time_column or '']} lies outside {window}"


def find_unread_repositories(frame: pl.DataFrame) -> Iterator[str]:
    """Repositories that could not be read."""
    for row in frame.filter(pl.col("status") == "unreadable").iter_rows(named=True):
        yield f"{row['repository']}: {row['note']}"


CHECK_NAMES = {REPOSITORIES.asset: "every_repository_was_read", COMMITS.asset: "commits_lie_in_their_day"}


TABLE_DESCRIPTIONS = {
    "repositories": "The repositories read for a day, with their visibility and state.",
    "commits": "Commits by committer date, with files and lines.",
    "pull_requests": "Pull requests opened, merged, closed and reopened; from git alone: merged, as subjects tell.",
    "reviews": "Reviews submitted.",
    "issues": "Issues opened, closed and reopened.",
    "releases": "Releases published; from git alone: version tags.",
    "open_items": "Pull requests and issues open at the day's end, where it was swept within a day; from GitHub only.",
}


def build_raw_assets(settings: Settings) -> dg.AssetsDefinition:
    """The raw tables of a day, collected in one pass over a range of days."""
    timezone = settings.organisation.timezone
    days_definition = build_partitions(PeriodKind.DAILY, settings)

    @dg.multi_asset(
        name="raw_collect",  # a job is called `collect`, and ops and jobs share their names
        specs=[_build_asset_spec(table) for table in TABLES],
        check_specs=[
            dg.AssetCheckSpec(name, asset=["raw", table], blocking=True) for table, name in CHECK_NAMES.items()
        ],
        partitions_def=days_definition,
        backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=MAX_DAYS_PER_RUN),
        retry_policy=dg.RetryPolicy(max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL),
        pool="github",
    )
    def collect_days(
        context: dg.AssetExecutionContext, git: GitSources, storage: Storage, clock: Clock
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Read every repository for the days asked for, and store each day with what is known of it already."""
        days = partition_periods(context, PeriodKind.DAILY, settings)
        newest = settings.calendar.last_closed(PeriodKind.DAILY, clock.now())
        again = settings.sources.github.lookback_days if settings.sources.source != "git" else 0
        swept = select_days_to_sweep(days, storage.list_keys(REPOSITORIES.path), newest, again)
        window = TimeWindow(swept[0].window(timezone).start, swept[-1].window(timezone).end, timezone)
        with dagster_failures(f"collecting {window}"):
            require_closed(days[-1], clock.now(), settings.calendar)
            read = read_sources(settings, git, storage, window, people=_make_person_factory(settings), now=clock.now())
            stored = store_days(read.collected, storage, swept, timezone, clock.now())
            read.finish()
            cost = {**read.cost, "days_swept": len(swept), "added_late": _format_late_additions(stored, swept)}
            for table in TABLES:
                made = {
                    day.key: PartitionResult(
                        {**_build_metadata(table, stored[table.asset][day.key], day.window(timezone)), **cost},
                        stored[table.asset][day.key].stored_file.sha256,
                        list(_find_problems(table, stored[table.asset][day.key].frame, day.window(timezone), settings)),
                    )
                    for day in days
                }
                yield from report_results(context, ["raw", table.asset], made, CHECK_NAMES.get(table.asset))

    return collect_days


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
    given = settings.people.salt
    salt = given.get_secret_value().encode() if given else load_deployment_salt(settings.home / "salt")
    return PersonFactory(salt, settings.people.bots)


def _find_problems(table: TableSpec, frame: pl.DataFrame, window: TimeWindow, settings: Settings) -> Iterator[str]:
    if table is REPOSITORIES and not settings.collection.allow_partial:
        yield from find_unread_repositories(frame)
    if table is COMMITS:
        yield from find_rows_outside_day(frame, table, window)


def _build_metadata(table: TableSpec, stored_day: StoredDay, window: TimeWindow) -> Mapping[str, Any]:
    frame = stored_day.frame
    late = frame.height - frame["first_seen_at"].null_count() if table.time_column else 0
    shown = {
        "repositories": ["repository", "status", "note"],
        "commits": ["repository", "subject"],
        "pull_requests": ["repository", "number", "event", "title"],
        "releases": ["repository", "tag"],
    }.get(table.asset, ["repository"])
    return {
        "dagster/partition_row_count": frame.height,
        "window": str(window),
        "arrived_late": late,
        "preview": dg.MetadataValue.md(_format_markdown_table(frame.select(shown).head(8))),
        "path": dg.MetadataValue.path(stored_day.stored_file.path),
    }


def _format_late_additions(stored_days: Mapping[str, Mapping[str, StoredDay]], days: Sequence[Period]) -> str:
    """What was added to which day that was stored already, in words."""
    told = []
    for day in days:
        counts = {
            asset: kept[day.key].added_rows for asset, kept in stored_days.items() if kept[day.key].added_rows > 0
        }
        if counts:
            told.append(f"{day.key}: " + ", ".join(f"{count} {asset}" for asset, count in counts.items()))
    return "; ".join(told) or "nothing"


def _format_markdown_table(frame: pl.DataFrame) -> str:
    def cell(value: object) -> str:
        return str("" if value is None else value).replace("|", "\\|").replace("\n", " ")[:120]

    lines = ["| " + " | ".join(frame.columns) + " |", "|" + "---|" * frame.width]
    return "\n".join(lines + ["| " + " | ".join(map(cell, row)) + " |" for row in frame.iter_rows()])
