"""`sparky status`: what is there and what is missing, from the store."""

import json
from datetime import UTC, datetime
from typing import Any

import click

from sparky_assets.cli.console import console, say
from sparky_assets.periods import Period, PeriodKind, last_closed
from sparky_assets.settings import Settings

LOOK_BACK = {PeriodKind.DAILY: 14, PeriodKind.WEEKLY: 8, PeriodKind.MONTHLY: 6}
"""How many closed periods are looked at."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_obj
def status(config_file: str | None, as_json: bool) -> None:
    """Tell what was published last, and which of the recent closed periods are missing.

    Exit code 3 when a closed period is missing, so that a monitor can ask.
    """
    from sparky_assets.settings_load import load_settings

    settings = load_settings(config_file)
    rows = [_row(kind, settings) for kind in PeriodKind]
    if as_json:
        say(json.dumps({"store": settings.store_root, "periods": rows}, indent=2))
    else:
        _show(rows, settings)
    raise SystemExit(3 if any(row["missing"] for row in rows) else 0)


def _row(kind: PeriodKind, settings: Settings) -> dict[str, Any]:
    from resources.storage import Storage
    from sparky_assets.publications.models import Publication

    storage = Storage(root=settings.store_root)
    closed = last_closed(kind, datetime.now(UTC), settings.organisation.timezone, settings.periods.settle)
    recent = _recent(closed, settings)
    written = storage.list_keys(f"digests/{kind.value}", "md")
    published = storage.list_keys(f"publications/{kind.value}", "json")
    latest: dict[str, Any] = {}
    if published:
        ledger = storage.read_document(f"publications/{kind.value}", published[-1], Publication)
        latest = {"period": ledger.period.label, "places": [place.model_dump() for place in ledger.places]}
    return {
        "kind": kind.noun,
        "last_closed": closed.label,
        "written": len(written),
        "published": len(published),
        "latest": latest,
        "missing": [period.label for period in recent if period.key not in set(published)],
    }


def _recent(closed: Period, settings: Settings) -> list[Period]:
    recent = []
    period = closed
    for _ in range(LOOK_BACK[closed.kind]):
        if period.start >= settings.periods.start:
            recent.append(period)
        period = period.previous()
    return recent[::-1]


def _show(rows: list[dict[str, Any]], settings: Settings) -> None:
    from rich.table import Table

    table = Table("", "last closed", "written", "published", "latest", "missing of the recent ones", box=None)
    for row in rows:
        missing = row["missing"]
        shown = (
            "none" if not missing else f"{len(missing)}: {', '.join(missing[-4:])}{'' if len(missing) < 5 else ' …'}"
        )
        latest = row["latest"].get("period", "-")
        table.add_row(row["kind"], row["last_closed"], str(row["written"]), str(row["published"]), latest, shown)
    console.print(table)
    say(f"store: {settings.store_root}")
