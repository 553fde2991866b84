"""`sparky run`: make one period through the Dagster assets.

The helpers that `run`, `backfill`, `preview` and `publish` share are here too.
"""

import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from sparky_assets.cli.console import (
    add_json_option,
    echo,
    echo_json,
    echo_result,
    output,
    show_terminal_progress,
    simplify_metadata,
    strip_markdown,
)
from sparky_assets.cli.demo import find_dagster_home, get_sparky_command
from sparky_assets.periods import Period, PeriodKind, parse_period, period_of_day
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience, digest_path, insights_path

PERIOD_NOUNS = click.Choice([kind.noun for kind in PeriodKind])


PERIOD_WORDS = ("last", "yesterday", "today")
"""Names of periods besides their labels."""


def complete_period(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Return the words that a shell offers for a period."""
    return [word for word in PERIOD_WORDS if word.startswith(incomplete)]


STAGE_NAMES = ("collect", "metrics", "insights", "digest", "publication")
"""The stages of a period in order; the values of `--until`."""


STAGE_ASSETS = {"digest": ("digest", "blog_post", "social_posts")}
"""The assets of a stage that has more than one."""


def run_period(
    settings: Settings,
    period: Period,
    until: str,
    overrides: Mapping[str, Any] | None = None,
    dagster_home: Path | None = None,
) -> dict[str, dict[str, Any]]:
    """Make one period up to a stage, print the results, and return the metadata of its assets as plain values."""
    from sparky_assets.cli.dagster_runner import open_runner

    with open_runner(settings, overrides, dagster_home) as runs, show_terminal_progress():
        echo(f"{period}: {period.window(settings.organisation.timezone)}")
        if period.kind is PeriodKind.DAILY:
            selection = [f"raw/{table}" for table in _list_raw_assets()] + [
                f"daily/{stage}" for stage in list_assets_until(until, period.kind)
            ]
            made = runs.run_partition("daily", period, selection)
        else:
            # Collect the days again first: commits arrive days after their date.
            runs.run_range("collect", period.days)
            stages = [f"{period.kind.value}/{stage}" for stage in list_assets_until(until, period.kind)]
            made = runs.run_partition(period.kind.value, period, stages) if stages else {}
    assets = simplify_metadata(made)
    echo_model(assets, period)
    echo_publication(assets, period)
    echo_times(runs.seconds_by_stage)
    _echo_run_json(
        settings, period, assets, seconds={stage: round(took, 3) for stage, took in runs.seconds_by_stage.items()}
    )
    return assets


def run_if_changed(settings: Settings, period: Period, until: str) -> None:
    """Make one period as `run_period` does, unless everything that it reads and writes is as its last run left it."""
    from sparky_assets.orchestration.last_run import read_fingerprint

    fingerprint = read_fingerprint(settings, period, until, find_dagster_home(settings))
    record = fingerprint.find_unchanged() if fingerprint else None
    if record is None:
        assets = run_period(settings, period, until)
        # Before the first run there is no history to be compared with later.
        fingerprint = fingerprint or read_fingerprint(settings, period, until, find_dagster_home(settings))
        if fingerprint:
            fingerprint.write_record(assets, datetime.now(UTC))
        return
    echo(f"{period}: {period.window(settings.organisation.timezone)}")
    echo_publication(record.assets, period)
    finished = settings.calendar.format_instant(record.finished_at)
    echo(f"  nothing has changed since the last run, {finished}; --force makes it again")
    _echo_run_json(settings, period, record.assets, unchanged_since=record.finished_at.isoformat())


def _echo_run_json(settings: Settings, period: Period, assets: Mapping[str, Mapping[str, Any]], **more: Any) -> None:
    """Print a run as JSON, when `--json` asks for it."""
    if output.is_json:
        window = str(period.window(settings.organisation.timezone))
        echo_json({"kind": period.kind.noun, "period": period.label, "window": window, "assets": assets, **more})


def resolve_period(kind: PeriodKind, text: str | None, settings: Settings) -> Period:
    """Return the requested period, or the last closed one.

    Args:
        kind: day, week or month.
        text: the period as people name it, `last` (closed), or `yesterday` or `today`: the one that holds that day.
        settings: the calendar.

    Raises:
        PeriodError, DataError: when it is not a period, not closed yet, or before `periods.start`.
    """
    now = datetime.now(UTC)
    if text in {None, "", "last"}:
        period = settings.calendar.last_closed(kind, now)
    else:
        assert text is not None
        day = find_named_day(text, settings, now)
        period = period_of_day(kind, day) if day else parse_period(kind, text)
    check_period(period, settings)
    return period


def find_named_day(text: str, settings: Settings, now: datetime) -> date | None:
    """Return the day that `today` or `yesterday` names in the organisation's timezone; None for another text."""
    days_ago = {"today": 0, "yesterday": 1}.get(text)
    return None if days_ago is None else settings.calendar.local_date(now) - timedelta(days=days_ago)


def check_period(period: Period, settings: Settings) -> None:
    """Refuse a period that is not closed, or that has no partition.

    Raises:
        DataError: with the date from which it could be made, or the setting that excludes it.
    """
    from sparky_assets.errors import DataError
    from sparky_assets.orchestration.partitions import require_closed

    if period.start < settings.periods.start:
        raise DataError(
            f"{period} begins before {settings.periods.start}, the first day of the store. "
            "Set periods.start to an earlier day."
        )
    require_closed(period, datetime.now(UTC), settings.calendar)


def require_stored(settings: Settings, period: Period, stage: str, audience: Audience = Audience.INTERNAL) -> None:
    """Refuse a period whose insights or digest are not in the store, before a run would fail for want of them.

    Raises:
        DataError: with the command that makes them.
    """
    from resources.storage import Storage
    from sparky_assets.errors import DataError

    path = {"insights": insights_path, "digest": digest_path}[stage](period.kind, audience)
    if not Storage(root=settings.store_root).has(path, period.key, "json"):
        raise DataError(
            f"{period}: its {stage} {'are' if stage == 'insights' else 'is'} not in the store. "
            f"Make {'them' if stage == 'insights' else 'it'} first: "
            f"{get_sparky_command()} run {period.kind.noun} {period.label} --until {stage}"
        )


def find_empty_destinations(settings: Settings) -> list[str]:
    """Return the names of public destinations that can only get empty pages, as every source is private."""
    if settings.sources.source != "git" or settings.sources.git.visibility == "public":
        return []
    return [
        destination.name
        for destination in settings.publish.destinations
        if destination.mode != "off" and destination.audience is Audience.PUBLIC
    ]


def describe_empty_destinations(settings: Settings) -> str:
    """Return why public destinations get empty pages and what to do; the empty text when none does."""
    names = ", ".join(find_empty_destinations(settings))
    visibility = settings.sources.git.visibility
    return names and (
        f"publish.destinations: {names} is public, but sources.git.visibility is {visibility!r}, so that it would get "
        'pages without any activity. Set sources.git.visibility = "public" if everybody may read about these '
        'repositories, or the destination\'s mode to "off".'
    )


def refuse_empty_destinations(settings: Settings) -> None:
    """Refuse to publish where only empty pages would appear.

    Raises:
        DataError: with the settings to change.
    """
    from sparky_assets.errors import DataError

    on = {destination.name for destination in settings.publish.destinations if destination.mode == "on"}
    if on.intersection(find_empty_destinations(settings)):
        raise DataError(describe_empty_destinations(settings))


def dry_run_settings(settings: Settings, folder: Path) -> Settings:
    """Return settings with a separate store below `folder`; destinations and identities stay the same."""
    from resources.files import load_deployment_salt
    from sparky_assets.destinations.pages import GitDestination
    from sparky_assets.settings.schema import StorageSettings

    destinations = tuple(
        destination.model_copy(update={"repository": str(settings.resolve_destination_path(destination))})
        if isinstance(destination, GitDestination) and not destination.url
        else destination
        for destination in settings.publish.destinations
    )
    salt_file = settings.home / "salt"
    changed: dict[str, Any] = {
        "storage": StorageSettings(root=str(folder / "store")),
        "publish": settings.publish.model_copy(update={"destinations": destinations}),
    }
    needs_salt = settings.people.salt is None and not salt_file.exists()
    if needs_salt:
        load_deployment_salt(folder / "salt")
    if needs_salt or not settings.home.exists():
        changed["home"] = folder
    return settings.model_copy(update=changed)


def load_command_settings(config_file: str | None) -> Settings:
    """Load the settings of a command."""
    from sparky_assets.settings.load import load_settings

    return load_settings(config_file)


def list_assets_until(until: str, kind: PeriodKind) -> list[str]:
    """Return the assets after collection, up to a stage; a day has no blog post."""
    stages = STAGE_NAMES[1 : STAGE_NAMES.index(until) + 1]
    assets = [asset for stage in stages for asset in STAGE_ASSETS.get(stage, (stage,))]
    return [asset for asset in assets if asset != "blog_post" or kind is not PeriodKind.DAILY]


def echo_publication(metadata: Mapping[str, Mapping[str, Any]], period: Period) -> None:
    """Print the digest's path and the result at each destination, from the plain metadata of the assets.

    With `--quiet` only the path: it is what the command was asked for.
    """
    digest = metadata.get(f"{period.kind.value}/digest")
    if digest and output.is_quiet:
        echo_result(str(digest["path"]))
    elif digest:
        echo(f"  {digest['headline']}")
        echo(f"  digest: {digest['path']} ({digest['words']} words)")
    publication = metadata.get(f"{period.kind.value}/publication", {})
    is_dry_run = bool(publication and publication["dry_run"])
    for name, value in publication.items():
        if name.endswith("_diff"):
            if is_dry_run:
                echo(str(value).removeprefix("```diff\n").removesuffix("\n```"))
        elif name not in {"period", "data", "dry_run"}:
            echo(f"  {'dry run, ' if is_dry_run else ''}{name}: {strip_markdown(str(value))}")


def echo_model(metadata: Mapping[str, Mapping[str, Any]], period: Period) -> None:
    """Print what the model was asked, and where rules chose instead of it; nothing where no model is configured."""
    insights = metadata.get(f"{period.kind.value}/insights", {})
    if "model" in insights:
        used = ", ".join(f"{task} {count}" for task, count in dict(insights["answers_used"]).items())
        echo(
            f"  model {insights['model']}: {insights['model_calls']} calls, {insights['model_seconds']} s; "
            f"answers used: {used or 'no questions'}"
        )
    for name in ("rules_instead_of_model", "model_warnings"):
        for line in str(insights.get(name, "")).splitlines():
            echo(f"  model: {line}")


def echo_times(seconds_by_stage: Mapping[str, float]) -> None:
    """Print the seconds of each stage."""
    total = sum(seconds_by_stage.values())
    echo(
        "  "
        + ", ".join(f"{stage} {took:.1f} s" for stage, took in seconds_by_stage.items())
        + f"; {total:.1f} s in total"
    )


def _list_raw_assets() -> list[str]:
    from sparky_assets.raw.tables import TABLES

    return [table.asset for table in TABLES]


@click.command(short_help="Make one period, from its days to its publication.")
@click.argument("kind", type=PERIOD_NOUNS)
@click.argument("period", required=False, shell_complete=complete_period)
@click.option(
    "--until", type=click.Choice(STAGE_NAMES), default="publication", show_default=True, help="Last stage to make."
)
@click.option("--dry-run", is_flag=True, help="Show what would be published, without writing anything.")
@click.option("--force", is_flag=True, help="Make it again, even if nothing has changed since its last run.")
@add_json_option
@click.pass_obj
def run(config_file: str | None, kind: str, period: str | None, *, until: str, dry_run: bool, force: bool) -> None:
    """Make one period: collect its days, compute metrics, write the digest, publish it.

    PERIOD is a date, 2025-W46, 2025-11, last, yesterday or today, and defaults to the last closed one. Where nothing
    has changed since its last run, nothing is made.

    \b
    Examples:
      sparky run day yesterday
      sparky run week 2025-W46
      sparky run month 2025-11 --until digest
      sparky run week --dry-run
    """
    settings = load_command_settings(config_file)
    chosen = resolve_period(PeriodKind.from_noun(kind), period, settings)
    if until == "publication" and not dry_run:
        refuse_empty_destinations(settings)
    if not dry_run:
        (run_period if force else run_if_changed)(settings, chosen, until)
        return
    if until != "publication":
        raise click.UsageError("--dry-run shows a publication, so it cannot be used with --until.")
    # A dry run uses a temporary store, so that nothing is changed, not even by a fetch.
    with tempfile.TemporaryDirectory(prefix="sparky-rehearsal-") as folder:
        from sparky_assets.orchestration.resources import build_publisher

        publisher = build_publisher(settings, dry_run=True)
        temporary_settings = dry_run_settings(settings, Path(folder))
        run_period(temporary_settings, chosen, until, {"publisher": publisher}, dagster_home=Path(folder) / "dagster")
