"""`sparky status`: published and missing periods, the next ones, and the health of services."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from sparky_assets.cli.console import add_json_option, echo, echo_json, echo_result, echo_table, output
from sparky_assets.cli.demo import get_sparky_command, has_dagster_history
from sparky_assets.cli.exit_codes import ExitCode
from sparky_assets.periods import Calendar, Period, PeriodKind, parse_period, period_of_day
from sparky_assets.settings.schema import Settings
from sparky_assets.store import digest_path, insights_path, publications_path

if TYPE_CHECKING:
    from resources.storage import Storage
    from sparky_assets.cli.dagster_runner import JobRunner
    from sparky_assets.orchestration.health import LastRun, StatusRow


NOT_STARTED = "not started yet; sparky up starts them"
"""What is said of daemons that never ran: nothing is wrong before the first start."""

MAX_ROWS_SHOWN = 4
"""Unfinished periods of a kind in the table; `--json` has all."""

MAX_INSIGHTS_READ = 7
"""Insights of a kind that are read for the question who chose; one of 3,000 repositories has several megabytes."""


@click.command(short_help="Show published and missing periods, and health.")
@add_json_option
@click.option("--local", is_flag=True, help="Skip the checks of the language model and GitHub.")
@click.pass_obj
def status(config_file: str | None, local: bool) -> None:
    """Show the last published period, missing periods, the next periods, failed checks and the health of services.

    Times are those of `organisation.timezone`. Nothing is written, not even a folder.

    Exit code 3 when a closed period of the last `schedules.catch_up_days` is missing. Exit code 4 when the daemon, the
    language model or GitHub does not work. Failed checks do not change the exit code.

    \b
    Examples:
      sparky status
      sparky status --json --local
    """
    from resources.storage import Storage
    from sparky_assets.settings.load import load_settings

    settings = load_settings(config_file)
    storage, now = Storage(root=settings.store_root), datetime.now(UTC)
    with _open_history(settings) as (runs, reason):
        tried = _load_last_runs(runs) if runs else {}
        summary: dict[str, Any] = {
            "store": settings.store_root,
            "schedules": settings.schedules.enabled,
            "timezone": settings.organisation.timezone,
            "periods": [_summarize_kind(kind, settings, storage, runs, now, tried) for kind in PeriodKind],
            "failed_checks": _list_failed_checks(runs) if runs else [],
            "health": [
                *([{"what": "history of runs", "works": False, "word": reason}] if reason else []),
                *_list_stored_ahead(storage, now, settings.calendar),
                *_list_health(settings, runs, local=local),
            ],
        }
    summary["chosen_by_rules"] = [] if local else _list_chosen_by_rules(settings, storage, now, summary["health"])
    if output.is_json:
        echo_json(summary)
    else:
        _show_summary(summary)
    missing = any(row["missing"] for row in summary["periods"])
    is_unhealthy = any(not check["works"] for check in summary["health"])
    raise SystemExit(ExitCode.OUT_OF_DATE if missing else ExitCode.UNHEALTHY if is_unhealthy else ExitCode.DONE)


def _open_history(settings: Settings) -> "AbstractContextManager[tuple[JobRunner | None, str]]":
    """Open Dagster's history: the runner, or None and the reason; None without a reason where nothing was run yet.

    Loading Dagster takes 1.1 s, so it is left out where it has no answer: no run was made, and no daemon is needed.
    """
    # A Postgres that is to hold the history is asked all the same.
    if not (has_dagster_history(settings) or settings.schedules.enabled or os.environ.get("DAGSTER_PG_HOST")):
        return nullcontext((None, ""))
    from sparky_assets.cli.dagster_runner import open_history_if_readable

    return open_history_if_readable(settings)


def _load_last_runs(runner: "JobRunner") -> "Mapping[Period, LastRun]":
    from sparky_assets.reader.status.dagster_history import DagsterHistory

    return DagsterHistory(None, runner.instance).load().last_runs


def _summarize_kind(  # noqa: PLR0917 - the inputs of one row
    kind: PeriodKind,
    settings: Settings,
    storage: "Storage",
    runner: "JobRunner | None",
    now: datetime,
    last_runs: Mapping[Period, "LastRun"],
) -> dict[str, Any]:
    from sparky_assets.orchestration.health import StageState
    from sparky_assets.publications.models import PublicationLedger

    calendar = settings.calendar
    catch_up = timedelta(days=settings.schedules.catch_up_days)
    recent = list(calendar.recently_closed(kind, now, catch_up=catch_up, first_day=settings.periods.start))
    running = period_of_day(kind, calendar.local_date(now))
    opens = calendar.closes_at(running)
    written = storage.list_keys(digest_path(kind), "md")
    published = storage.list_keys(publications_path(kind), "json")
    latest: dict[str, Any] = {}
    if published:
        ledger = storage.read_document(publications_path(kind), published[-1], PublicationLedger)
        latest = {"period": ledger.period.label, "places": [place.model_dump() for place in ledger.places]}
    grid = _load_grid(kind, recent[::-1], storage, last_runs)
    return {
        "kind": kind.noun,
        "last_closed": recent[0].label if recent else None,
        "last_run": _find_last_run(kind, runner, calendar.timezone) if runner else None,
        "next": {"period": running.label, "from": opens.astimezone(ZoneInfo(calendar.timezone)).isoformat()},
        "written": len(written),
        "published": len(published),
        "latest": latest,
        "missing": [row.period.label for row in grid if row.cells["publication"] is not StageState.MADE],
        "grid": [
            {"period": row.period.label, "stages": {stage: cell.value for stage, cell in row.cells.items()}}
            for row in grid
        ],
    }


def _load_grid(
    kind: PeriodKind, periods: Sequence[Period], storage: "Storage", last_runs: Mapping[Period, "LastRun"]
) -> list["StatusRow"]:
    """Build the grid of the reader's status page. A period with a pending destination is not published yet."""
    from sparky_assets.orchestration.health import STAGE_FOLDERS, build_grid
    from sparky_assets.publications.models import is_published

    made = {
        (kind, stage): set(storage.list_keys(f"{folder}/{kind.value}", "json"))
        for stage, folder in STAGE_FOLDERS.items()
        if stage != "publication"
    }
    made[kind, "publication"] = {period.key for period in periods if is_published(period, storage)}
    return build_grid(periods, set(storage.list_keys("raw/repositories")), made, last_runs)


def _find_last_run(kind: PeriodKind, runner: "JobRunner", timezone: str) -> dict[str, Any] | None:
    from dagster import RunsFilter

    from sparky_assets.orchestration.run_tags import PERIOD_TAG, TRIGGER_TAG

    records = runner.instance.get_run_records(RunsFilter(job_name=kind.value), limit=1)
    if not records:
        return None
    run, at = records[0].dagster_run, records[0].start_time or records[0].create_timestamp.timestamp()
    return {
        "period": _format_label(kind, run.tags.get(PERIOD_TAG, "").partition("/")[2]),
        "status": run.status.value.lower(),
        "at": datetime.fromtimestamp(at, ZoneInfo(timezone)).isoformat(timespec="seconds"),
        "by": run.tags.get(TRIGGER_TAG, ""),
    }


def _format_label(kind: PeriodKind, key: str) -> str:
    """Return the name of a period as people read it; Dagster's partition of 2025-W46 is its Monday."""
    try:
        return Period(kind, datetime.strptime(key, "%Y-%m-%d").date()).label  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return key


def _list_failed_checks(runner: "JobRunner") -> list[str]:
    from sparky_assets.orchestration.health import list_failed_checks

    return list_failed_checks(runner.instance, runner.definitions.resolve_asset_graph())


def _list_stored_ahead(storage: "Storage", now: datetime, calendar: Calendar) -> Iterator[dict[str, Any]]:
    """Say when a stored day is later than today: the clock went back, and nothing would look missing."""
    days = storage.list_keys("raw/repositories")
    # A day ends up to 14 hours earlier elsewhere.
    if days and days[-1] > (now + timedelta(hours=14)).date().isoformat():
        word = f"it is {calendar.format_instant(now)} here, and {days[-1]} is stored; set the time of this machine"
        yield {"what": "clock", "works": False, "word": word}


def _list_health(settings: Settings, runner: "JobRunner | None", *, local: bool) -> Iterator[dict[str, Any]]:
    from sparky_assets.orchestration.health import (
        check_alerts,
        check_github,
        check_models,
        has_daemon_history,
        unhealthy_daemons,
    )
    from sparky_assets.orchestration.resources import build_alert_channels, build_language_models

    # Without schedules no daemon is needed.
    if settings.schedules.enabled and runner:
        if has_daemon_history(runner.instance):
            silent = unhealthy_daemons(runner.instance)
            detail = f"no recent heartbeat: {', '.join(silent)}; is `sparky up` running?" if silent else "all are alive"
            yield {"what": "daemons", "works": not silent, "word": detail}
        else:
            yield {"what": "daemons", "works": True, "word": NOT_STARTED}
    for result in check_alerts(settings, build_alert_channels(settings)):
        yield {"what": result.name, "works": result.ok, "word": result.summary}
    if not local:
        models = check_models(settings, build_language_models(settings))
        for result in (*models, *check_github(settings)):
            yield {"what": result.name, "works": result.ok, "word": result.summary}


def _list_chosen_by_rules(
    settings: Settings, storage: "Storage", now: datetime, health: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Return the last closed periods for which rules chose because no model answered, if their model answers now."""
    if settings.language_model.backend == "none":
        return []
    # Imported late: a status without a model does not need the types of insights.
    from resources.errors import StorageError
    from sparky_assets.insights.models import Insight

    catch_up = timedelta(days=settings.schedules.catch_up_days)
    labels = []
    for kind in PeriodKind:
        model = f"language model {settings.language_model.get_model_name(kind.value)}"
        if not any(check["what"] == model and check["works"] for check in health):
            continue
        periods = settings.calendar.recently_closed(kind, now, catch_up=catch_up, first_day=settings.periods.start)
        for period in list(periods)[:MAX_INSIGHTS_READ]:
            # A period without an insight, or with one of another version, says nothing about a model.
            with suppress(StorageError):
                insight = storage.read_document(insights_path(kind), period.key, Insight)
                if insight.mode == "rules" and insight.degraded:
                    labels.append(period.label)
    return labels


def _show_summary(summary: dict[str, Any]) -> None:
    from rich.table import Table

    # 80 characters wide: what is missing can be long, and has its own lines.
    table = Table("", "last closed", "published", "last run", "next", box=None, pad_edge=False)
    for row in summary["periods"]:
        last, newest = row["last_run"], row["latest"].get("period")
        run = f"{last['period']} {last['status']}" if last else "-"
        published = f"{row['published']} to {newest}" if newest else str(row["published"])
        opens = format_local_time(row["next"]["from"], summary["timezone"])
        table.add_row(row["kind"], row["last_closed"] or "-", published, run, opens)
    echo_table(table)
    for row in summary["periods"]:
        if row["missing"]:
            echo_result(f"missing {row['kind']}s: {_format_missing(row['missing'])}", style="yellow")
    _show_unfinished(summary["periods"])
    for failed_check in summary["failed_checks"]:
        echo_result(f"failed check: {failed_check}", style="yellow")
    for check in summary["health"]:
        if check["word"] == NOT_STARTED:
            echo(f"-     {check['what']}: {check['word']}")
        elif check["works"]:
            echo(f"ok    {check['what']}: {check['word']}")
        else:
            echo_result(f"WRONG {check['what']}: {check['word']}", style="red")
    if labels := summary["chosen_by_rules"]:
        echo(
            f"rules chose for {', '.join(labels)}, because no model answered; it would now. Nothing is rewritten by "
            "itself: sparky run asks the model."
        )
    echo(f"store: {summary['store']}; schedules are {'on' if summary['schedules'] else 'off'}")
    for step in list_next_steps(summary):
        echo(f"next: {step}")


def format_local_time(instant: str, timezone: str) -> str:
    """Return an ISO instant as `2025-11-17 00:10 CET`."""
    return datetime.fromisoformat(instant).astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M %Z")


def _format_missing(labels: Sequence[str]) -> str:
    if len(labels) < 3:
        return ", ".join(labels)
    return f"{len(labels)} from {labels[0]} to {labels[-1]}"


def list_next_steps(summary: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a person does next, most needed first: at most one command for each kind of problem."""
    sparky = get_sparky_command()
    if any(not check["works"] for check in summary["health"] if check["what"] != "daemons"):
        yield f"{sparky} doctor"
    missing = {row["kind"]: row["missing"] for row in summary["periods"] if row["missing"]}
    if not missing:
        return
    if summary["schedules"]:
        yield f"{sparky} up makes what is missing"
        return
    kind, labels = next(iter(missing.items())) if len(missing) == 1 else ("", [])
    if len(labels) == 1:
        yield f"{sparky} run {kind} {labels[0]}"
    else:
        first, last = find_missing_range(missing)
        yield f"{sparky} backfill {first}..{last} --kinds {','.join(missing)} --until publication"


def find_missing_range(missing: Mapping[str, Sequence[str]]) -> tuple[date, date]:
    """Return the first and the last day of all missing periods, given as labels by kind."""
    periods = [parse_period(PeriodKind.from_noun(kind), label) for kind, labels in missing.items() for label in labels]
    return min(period.start for period in periods), max(period.days[-1].start for period in periods)


def _show_unfinished(periods: Sequence[Mapping[str, Any]]) -> None:
    from rich.table import Table

    from sparky_assets.orchestration.health import STAGES

    rows = [
        row
        for kind in periods
        for row in [row for row in kind["grid"] if set(row["stages"].values()) != {"made"}][-MAX_ROWS_SHOWN:]
    ]
    if rows:
        table = Table("unfinished", *STAGES, box=None, padding=(0, 1))
        for row in rows:
            table.add_row(row["period"], *row["stages"].values())
        echo_table(table)
