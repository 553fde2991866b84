"""Make a period from the command line: what `run`, `backfill` and `publish` share."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from sparky_assets.cli.console import plain, say, shown_progress
from sparky_assets.periods import Period, PeriodKind, last_closed, parse
from sparky_assets.settings import Settings

NOUNS = click.Choice([kind.noun for kind in PeriodKind])
UNTIL = ("collect", "metrics", "insights", "digest", "publication")
"""The stages of a period in order, as `--until` takes them."""
MADE_WITH = {"digest": ("digest", "blog_post", "social_posts")}
"""The assets of a stage that has several."""


def make(
    settings: Settings,
    chosen: Period,
    until: str,
    overrides: Mapping[str, Any] | None = None,
    dagster_home: Path | None = None,
) -> None:
    """Make one period up to a stage, and tell what came out."""
    from sparky_assets.cli.running import opened

    with opened(settings, overrides, dagster_home) as runs, shown_progress():
        say(f"{chosen}: {chosen.window(settings.organisation.timezone)}")
        if chosen.kind is PeriodKind.DAILY:
            assets = [f"raw/{table}" for table in _raw_tables()] + [
                f"daily/{stage}" for stage in stages_until(until, chosen.kind)
            ]
            made = runs.one("daily", chosen, assets)
        else:
            # Its days are swept again before a week or month is written: commits land days after their date.
            runs.range("collect", chosen.days)
            stages = [f"{chosen.kind.value}/{stage}" for stage in stages_until(until, chosen.kind)]
            made = runs.one(chosen.kind.value, chosen, stages) if stages else {}
    say_publication(made, chosen)
    say_times(runs.seconds)


def choose(kind: PeriodKind, text: str | None, settings: Settings) -> Period:
    """The period that was asked for, or the last closed one.

    Raises:
        PeriodError, DataError: when it is no period, not closed yet, or before the first day that is known.
    """
    now = datetime.now(UTC)
    if text:
        period = parse(kind, text)
    else:
        period = last_closed(kind, now, settings.organisation.timezone, settings.periods.settle)
    require(period, settings)
    return period


def require(period: Period, settings: Settings) -> None:
    """Refuse a period that is not closed, or that has no partition.

    Raises:
        DataError: with the date from which it could be made, or the setting that excludes it.
    """
    from sparky_assets.errors import DataError
    from sparky_assets.raw.checks import require_closed

    if period.start < settings.periods.start:
        raise DataError(
            f"{period} begins before {settings.periods.start}, the first day that is known. "
            "Set periods.start to an earlier day."
        )
    require_closed(period, datetime.now(UTC), settings.organisation.timezone, settings.periods.settle)


def rehearse(settings: Settings, folder: Path) -> Settings:
    """The settings with a store of their own below `folder`; destinations and identities stay what they are."""
    from resources.salt import deployment_salt
    from sparky_assets.settings import Storage

    destinations = tuple(
        one.model_copy(update={"repository": str(settings.destination_path(one))})
        for one in settings.publish.destinations
    )
    salt_file = settings.home / "salt"
    changed: dict[str, Any] = {
        "storage": Storage(root=str(folder / "store")),
        "publish": settings.publish.model_copy(update={"destinations": destinations}),
    }
    if not salt_file.exists() and settings.people.salt is None:
        deployment_salt(folder / "salt")
        changed["home"] = folder
    return settings.model_copy(update=changed)


def settings_of(config_file: str | None) -> Settings:
    """The settings in force."""
    from sparky_assets.settings_load import load_settings

    return load_settings(config_file)


def stages_until(until: str, kind: PeriodKind) -> list[str]:
    """The assets after collecting, up to those of one stage; a day has no blog post."""
    stages = UNTIL[1 : UNTIL.index(until) + 1]
    assets = [asset for stage in stages for asset in MADE_WITH.get(stage, (stage,))]
    return [asset for asset in assets if asset != "blog_post" or kind is not PeriodKind.DAILY]


def say_publication(made: Mapping[str, Mapping[str, Any]], chosen: Period) -> None:
    """Tell where the digest lies and what was committed."""
    digest = made.get(f"{chosen.kind.value}/digest")
    if digest:
        say(f"  {digest['headline'].value}")
        say(f"  digest: {digest['path'].value} ({digest['words'].value} words)")
    publication = made.get(f"{chosen.kind.value}/publication", {})
    rehearsal = bool(publication and publication["dry_run"].value)
    for name, value in publication.items():
        if name.endswith("_diff"):
            if rehearsal:
                say(str(value.value).removeprefix("```diff\n").removesuffix("\n```"))
        elif name not in {"period", "data", "dry_run"}:
            say(f"  {'dry run, ' if rehearsal else ''}{name}: {plain(str(value.value))}")


def say_times(seconds: Mapping[str, float]) -> None:
    """Tell how long each stage took."""
    total = sum(seconds.values())
    say("  " + ", ".join(f"{stage} {took:.1f} s" for stage, took in seconds.items()) + f"; {total:.1f} s in all")


def _raw_tables() -> list[str]:
    from sparky_assets.raw.models import TABLES

    return [table.asset for table in TABLES]
