"""`sparky status`: what is there, what is missing, what comes next, and whether all is alive."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from sparky_assets.cli.console import console, say
from sparky_assets.periods import Period, PeriodKind, closed_lately, containing
from sparky_assets.settings import Settings

if TYPE_CHECKING:
    from resources.storage import Storage
    from sparky_assets.cli.running import Runs
    from sparky_assets.stage_grid import Row, Tried

ROWS_SHOWN = 4
"""Unfinished periods of a kind that people are shown; `--json` tells all."""


@click.command(short_help="What is published, what is missing, what is alive.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.option("--quick", is_flag=True, help="Without asking the model and GitHub how they are.")
@click.pass_obj
def status(config_file: str | None, as_json: bool, quick: bool) -> None:
    """Tell what was published last, what is missing, what comes next, and whether all is alive.

    Exit code 3 when a closed period of the last `schedules.catch_up_days` is missing, 4 when something is not alive
    that should be, so that a monitor can ask. Failed checks are told; they change no exit code.

    \b
    Examples:
      sparky status
      sparky status --json --quick
    """
    from resources.storage import Storage
    from sparky_assets.cli.running import opened
    from sparky_assets.reader.history import HistoryDesk
    from sparky_assets.settings_load import load_settings

    settings = load_settings(config_file)
    storage, now = Storage(root=settings.store_root), datetime.now(UTC)
    with opened(settings) as runs:
        tried = HistoryDesk(None, runs.instance).look().tried
        told: dict[str, Any] = {
            "store": settings.store_root,
            "schedules": settings.schedules.enabled,
            "periods": [_told(kind, settings, storage, runs, now, tried) for kind in PeriodKind],
            "failed_checks": _failed_checks(runs),
            "health": list(_health(settings, runs, quick=quick)),
        }
    if as_json:
        say(json.dumps(told, indent=2))
    else:
        _show(told)
    missing = any(row["missing"] for row in told["periods"])
    ill = any(not one["works"] for one in told["health"])
    raise SystemExit(3 if missing else 4 if ill else 0)


def _told(  # noqa: PLR0917 - what one look at a kind of period needs
    kind: PeriodKind,
    settings: Settings,
    storage: "Storage",
    runs: "Runs",
    now: datetime,
    tried: Mapping[Period, "Tried"],
) -> dict[str, Any]:
    from sparky_assets.publications.models import Publication
    from sparky_assets.stage_grid import Cell

    timezone, settle = settings.organisation.timezone, settings.periods.settle
    catch_up = timedelta(days=settings.schedules.catch_up_days)
    recent = list(closed_lately(kind, now, timezone, settle, catch_up=catch_up, first=settings.periods.start))
    running = containing(kind, now.astimezone(ZoneInfo(timezone)).date())
    opens = running.window(timezone).end + settle
    written = storage.list_keys(f"digests/{kind.value}", "md")
    published = storage.list_keys(f"publications/{kind.value}", "json")
    latest: dict[str, Any] = {}
    if published:
        ledger = storage.read_document(f"publications/{kind.value}", published[-1], Publication)
        latest = {"period": ledger.period.label, "places": [place.model_dump() for place in ledger.places]}
    grid = _grid(kind, recent[::-1], storage, tried)
    return {
        "kind": kind.noun,
        "last_closed": recent[0].label if recent else None,
        "last_run": _last_run(kind, runs),
        "next": {"period": running.label, "from": opens.isoformat()},
        "written": len(written),
        "published": len(published),
        "latest": latest,
        "missing": [row.period.label for row in grid if row.cells["publication"] is not Cell.MADE],
        "grid": [
            {"period": row.period.label, "stages": {stage: cell.value for stage, cell in row.cells.items()}}
            for row in grid
        ],
    }


def _grid(
    kind: PeriodKind, periods: Sequence[Period], storage: "Storage", tried: Mapping[Period, "Tried"]
) -> list["Row"]:
    """Stages × periods as the reader's status page shows them. What a destination refused is owed: not made yet."""
    from sparky_assets.publications.publishing import is_published
    from sparky_assets.stage_grid import FOLDERS, grid_of

    made = {
        (kind, stage): set(storage.list_keys(f"{folder}/{kind.value}", "json"))
        for stage, folder in FOLDERS.items()
        if stage != "publication"
    }
    made[kind, "publication"] = {period.key for period in periods if is_published(period, storage)}
    return grid_of(periods, set(storage.list_keys("raw/repositories")), made, tried)


def _last_run(kind: PeriodKind, runs: "Runs") -> dict[str, Any] | None:
    from dagster import RunsFilter

    from sparky_assets.runs import PERIOD, TRIGGER

    records = runs.instance.get_run_records(RunsFilter(job_name=kind.value), limit=1)
    if not records:
        return None
    run, at = records[0].dagster_run, records[0].start_time or records[0].create_timestamp.timestamp()
    return {
        "period": run.tags.get(PERIOD, "").partition("/")[2],
        "status": run.status.value.lower(),
        "at": datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds"),
        "by": run.tags.get(TRIGGER, ""),
    }


def _failed_checks(runs: "Runs") -> list[str]:
    from sparky_assets.health import failed_checks

    return failed_checks(runs.instance, runs.definitions.resolve_asset_graph())


def _health(settings: Settings, runs: "Runs", *, quick: bool) -> Iterator[dict[str, Any]]:
    from sparky_assets.definitions import build_resources
    from sparky_assets.health import github_health, model_health, unhealthy

    # Where nothing runs by itself, a daemon that is away is no news.
    if settings.schedules.enabled:
        ill = unhealthy(runs.instance)
        word = f"not heard of lately: {', '.join(ill)}; is `sparky up` running?" if ill else "all are alive"
        yield {"what": "daemons", "works": not ill, "word": word}
    if not quick:
        found = (*model_health(settings, build_resources(settings)["language_models"]), *github_health(settings))
        yield from (vars(one) for one in found)


def _show(told: dict[str, Any]) -> None:
    from rich.table import Table

    heads = ("", "last closed", "last run", "written", "published", "latest", "next from (UTC)", "missing lately")
    table = Table(*heads, box=None)
    for row in told["periods"]:
        missing, last = row["missing"], row["last_run"]
        more = " …" if len(missing) > 4 else ""
        shown = f"{len(missing)}: {', '.join(missing[-4:])}{more}" if missing else "none"
        run = f"{last['period']} {last['status']}" if last else "-"
        opens = row["next"]["from"][:16].replace("T", " ")
        table.add_row(row["kind"], row["last_closed"] or "-", run, str(row["written"]), str(row["published"]),
                      row["latest"].get("period", "-"), opens, shown)  # fmt: skip
    console.print(table)
    _show_unfinished(told["periods"])
    for check in told["failed_checks"]:
        say(f"failed check: {check}", style="yellow")
    for one in told["health"]:
        say(
            f"{'ok   ' if one['works'] else 'WRONG'} {one['what']}: {one['word']}",
            style=None if one["works"] else "red",
        )
    say(f"store: {told['store']}; schedules are {'on' if told['schedules'] else 'off'}")


def _show_unfinished(periods: Sequence[Mapping[str, Any]]) -> None:
    from rich.table import Table

    from sparky_assets.stage_grid import STAGES

    rows = [
        row
        for kind in periods
        for row in [row for row in kind["grid"] if set(row["stages"].values()) != {"made"}][-ROWS_SHOWN:]
    ]
    if rows:
        table = Table("not done", *STAGES, box=None)
        for row in rows:
            table.add_row(row["period"], *row["stages"].values())
        console.print(table)
