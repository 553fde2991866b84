"""`sparky status`: published and missing periods, the next ones, and the health of services."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from sparky_assets.cli.console import console, echo
from sparky_assets.periods import Period, PeriodKind, period_of_day
from sparky_assets.settings.schema import Settings
from sparky_assets.store import digest_path, publications_path

if TYPE_CHECKING:
    from resources.storage import Storage
    from sparky_assets.cli.dagster_runner import JobRunner
    from sparky_assets.orchestration.health import LastRun, StatusRow


MAX_ROWS_SHOWN = 4
"""Unfinished periods of a kind in the table; `--json` has all."""


@click.command(short_help="Show published and missing periods, and health.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--local", is_flag=True, help="Skip the checks of the language model and GitHub.")
@click.pass_obj
def status(config_file: str | None, as_json: bool, local: bool) -> None:
    """Show the last published period, missing periods, the next periods, failed checks and the health of services.

    Exit code 3 when a closed period of the last `schedules.catch_up_days` is missing. Exit code 4 when the daemon, the
    language model or GitHub does not work. Failed checks do not change the exit code.

    \b
    Examples:
      sparky status
      sparky status --json --local
    """
    from resources.storage import Storage
    from sparky_assets.cli.dagster_runner import open_runner_if_readable
    from sparky_assets.reader.status.dagster_history import DagsterHistory
    from sparky_assets.settings.load import load_settings

    settings = load_settings(config_file)
    storage, now = Storage(root=settings.store_root), datetime.now(UTC)
    with open_runner_if_readable(settings) as (runs, reason):
        tried = DagsterHistory(None, runs.instance).load().last_runs if runs else {}
        summary: dict[str, Any] = {
            "store": settings.store_root,
            "schedules": settings.schedules.enabled,
            "periods": [_summarize_kind(kind, settings, storage, runs, now, tried) for kind in PeriodKind],
            "failed_checks": _list_failed_checks(runs) if runs else [],
            "health": [
                *([] if runs else [{"what": "history of runs", "works": False, "word": reason}]),
                *_list_stored_ahead(storage, now),
                *_list_health(settings, runs, local=local),
            ],
        }
    if as_json:
        echo(json.dumps(summary, indent=2))
    else:
        _show_summary(summary)
    missing = any(row["missing"] for row in summary["periods"])
    is_unhealthy = any(not check["works"] for check in summary["health"])
    raise SystemExit(3 if missing else 4 if is_unhealthy else 0)


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
        "last_run": _find_last_run(kind, runner) if runner else None,
        "next": {"period": running.label, "from": opens.isoformat()},
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
    from sparky_assets.publications.publish import is_published

    made = {
        (kind, stage): set(storage.list_keys(f"{folder}/{kind.value}", "json"))
        for stage, folder in STAGE_FOLDERS.items()
        if stage != "publication"
    }
    made[kind, "publication"] = {period.key for period in periods if is_published(period, storage)}
    return build_grid(periods, set(storage.list_keys("raw/repositories")), made, last_runs)


def _find_last_run(kind: PeriodKind, runner: "JobRunner") -> dict[str, Any] | None:
    from dagster import RunsFilter

    from sparky_assets.orchestration.run_tags import PERIOD_TAG, TRIGGER_TAG

    records = runner.instance.get_run_records(RunsFilter(job_name=kind.value), limit=1)
    if not records:
        return None
    run, at = records[0].dagster_run, records[0].start_time or records[0].create_timestamp.timestamp()
    return {
        "period": run.tags.get(PERIOD_TAG, "").partition("/")[2],
        "status": run.status.value.lower(),
        "at": datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds"),
        "by": run.tags.get(TRIGGER_TAG, ""),
    }


def _list_failed_checks(runner: "JobRunner") -> list[str]:
    from sparky_assets.orchestration.health import list_failed_checks

    return list_failed_checks(runner.instance, runner.definitions.resolve_asset_graph())


def _list_stored_ahead(storage: "Storage", now: datetime) -> Iterator[dict[str, Any]]:
    """Say when a stored day is later than today: the clock went back, and nothing would look missing."""
    days = storage.list_keys("raw/repositories")
    # A day ends up to 14 hours earlier elsewhere.
    if days and days[-1] > (now + timedelta(hours=14)).date().isoformat():
        word = f"it is {now:%Y-%m-%d %H:%M} UTC here, and {days[-1]} is stored; set the time of this machine"
        yield {"what": "clock", "works": False, "word": word}


def _list_health(settings: Settings, runner: "JobRunner | None", *, local: bool) -> Iterator[dict[str, Any]]:
    from sparky_assets.definitions import build_resources
    from sparky_assets.orchestration.health import check_alerts, check_github, check_models, unhealthy_daemons

    resources = build_resources(settings)
    # Without schedules no daemon is needed.
    if settings.schedules.enabled and runner:
        silent = unhealthy_daemons(runner.instance)
        detail = f"no recent heartbeat: {', '.join(silent)}; is `sparky up` running?" if silent else "all are alive"
        yield {"what": "daemons", "works": not silent, "word": detail}
    for result in check_alerts(settings, resources["notifications"]):
        yield {"what": result.name, "works": result.ok, "word": result.summary}
    if not local:
        models = check_models(settings, resources["language_models"])
        for result in (*models, *check_github(settings)):
            yield {"what": result.name, "works": result.ok, "word": result.summary}


def _show_summary(summary: dict[str, Any]) -> None:
    from rich.table import Table

    heads = ("", "last closed", "last run", "written", "published", "latest", "next from (UTC)", "missing")
    table = Table(*heads, box=None)
    for row in summary["periods"]:
        missing, last = row["missing"], row["last_run"]
        more = " …" if len(missing) > 4 else ""
        shown = f"{len(missing)}: {', '.join(missing[-4:])}{more}" if missing else "none"
        run = f"{last['period']} {last['status']}" if last else "-"
        opens = row["next"]["from"][:16].replace("T", " ")
        table.add_row(row["kind"], row["last_closed"] or "-", run, str(row["written"]), str(row["published"]),
                      row["latest"].get("period", "-"), opens, shown)  # fmt: skip
    console.print(table)
    _show_unfinished(summary["periods"])
    for failed_check in summary["failed_checks"]:
        echo(f"failed check: {failed_check}", style="yellow")
    for check in summary["health"]:
        mark, style = ("ok   ", None) if check["works"] else ("WRONG", "red")
        echo(f"{mark} {check['what']}: {check['word']}", style=style)
    echo(f"store: {summary['store']}; schedules are {'on' if summary['schedules'] else 'off'}")


def _show_unfinished(periods: Sequence[Mapping[str, Any]]) -> None:
    from rich.table import Table

    from sparky_assets.orchestration.health import STAGES

    rows = [
        row
        for kind in periods
        for row in [row for row in kind["grid"] if set(row["stages"].values()) != {"made"}][-MAX_ROWS_SHOWN:]
    ]
    if rows:
        table = Table("unfinished", *STAGES, box=None)
        for row in rows:
            table.add_row(row["period"], *row["stages"].values())
        console.print(table)
