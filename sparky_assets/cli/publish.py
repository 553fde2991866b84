"""`sparky publish` and `sparky unpublish`: publish stored texts, dry run, compare with the ledger, take back."""

from typing import TYPE_CHECKING, Any

import click

from sparky_assets.cli.console import add_json_option, echo, echo_json, echo_result, output, simplify_metadata
from sparky_assets.cli.exit_codes import ExitCode
from sparky_assets.cli.run import (
    PERIOD_NOUNS,
    complete_period,
    load_command_settings,
    refuse_empty_destinations,
    require_stored,
    resolve_period,
)
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.settings.schema import Settings
from sparky_assets.store import publications_path

if TYPE_CHECKING:
    from sparky_assets.publications.publish import PublishResult


@click.command(short_help="Publish the stored texts of a period.")
@click.argument("kind", type=PERIOD_NOUNS, required=False)
@click.argument("period", required=False, shell_complete=complete_period)
@click.option(
    "--dry-run", is_flag=True, help="Show the diff without publishing. Exit code 3 when something would change."
)
@click.option(
    "--verify",
    "only_verify",
    is_flag=True,
    help="Compare the ledger with the destinations. Exit code 3 when they differ.",
)
@click.option("--republish", multiple=True, metavar="NAME", help="Publish again even if already published.")
@click.option("--mark-delivered", multiple=True, metavar="NAME", help="Mark an interrupted delivery as delivered.")
@add_json_option
@click.pass_obj
def publish(
    config_file: str | None, kind: str | None, period: str | None, *, dry_run: bool, only_verify: bool,
    republish: tuple[str, ...], mark_delivered: tuple[str, ...],
) -> None:  # fmt: skip
    """Publish the texts of a period that are in the store, without making them again.

    PERIOD defaults to the last closed one. NAME is a destination of the settings; the options that take one can be
    repeated.

    \b
    Examples:
      sparky publish week 2025-W46 --dry-run
      sparky publish week 2025-W46
      sparky publish week 2025-W46 --republish blog
      sparky publish --verify              compare all published periods
    """
    settings = load_command_settings(config_file)
    _check_destination_names(settings, (*republish, *mark_delivered))
    if only_verify:
        raise SystemExit(_verify_periods(settings, kind, period))
    if kind is None:
        raise click.UsageError("name what to publish: day, week or month.")
    chosen = resolve_period(PeriodKind.from_noun(kind), period, settings)
    require_stored(settings, chosen, "digest")
    if not dry_run:
        refuse_empty_destinations(settings)
    if dry_run or republish or mark_delivered:
        from sparky_assets.publications.publish import PublishOverrides, publish_period

        storage, publisher = _open_resources(settings, dry_run=dry_run)
        overrides = PublishOverrides(frozenset(republish), frozenset(mark_delivered))
        done = publish_period(chosen, storage, publisher, settings, overrides=overrides)
        _show_result(done, dry_run=dry_run)
        raise SystemExit(ExitCode.OUT_OF_DATE if dry_run and done.has_changes else ExitCode.DONE)
    from sparky_assets.cli.dagster_runner import open_runner
    from sparky_assets.cli.run import echo_publication

    with open_runner(settings) as runs:
        made = runs.run_partition(chosen.kind.value, chosen, [f"{chosen.kind.value}/publication"])
    assets = simplify_metadata(made)
    echo_publication(assets, chosen)
    if output.is_json:
        echo_json({"kind": chosen.kind.noun, "period": chosen.label, "assets": assets})


@click.command(short_help="Take a published period back.")
@click.argument("kind", type=PERIOD_NOUNS)
@click.argument("period", shell_complete=complete_period)
@click.argument("destinations", nargs=-1, metavar="[DESTINATION]...")
@click.option("--dry-run", is_flag=True, help="Show what would be taken back, without doing it.")
@add_json_option
@click.pass_obj
def unpublish(config_file: str | None, kind: str, period: str, destinations: tuple[str, ...], *, dry_run: bool) -> None:
    """Take a period back: remove it by a commit, close its pull request, or delete its message.

    Without a DESTINATION it is taken back from all. It is not published again until `sparky publish --republish NAME`.
    E-mail cannot be taken back.

    \b
    Examples:
      sparky unpublish week 2025-W46 --dry-run
      sparky unpublish week 2025-W46 blog
    """
    from sparky_assets.publications.unpublish import unpublish_period

    settings = load_command_settings(config_file)
    chosen = resolve_period(PeriodKind.from_noun(kind), period, settings)
    storage, publisher = _open_resources(settings, dry_run=dry_run)
    done = unpublish_period(chosen, storage, publisher, settings, destinations)
    _show_result(done, dry_run=dry_run)
    raise SystemExit(ExitCode.OUT_OF_DATE if dry_run and done.has_changes else ExitCode.DONE)


def _verify_periods(settings: Settings, kind: str | None, period: str | None) -> int:
    from sparky_assets.publications.publish import load_ledger
    from sparky_assets.publications.verify import verify_ledger

    storage, publisher = _open_resources(settings, dry_run=True)
    differs = 0
    rows = []
    for published in _list_published_periods(settings, storage, kind, period):
        for result in verify_ledger(load_ledger(published, storage), settings, publisher):
            differs += result.state == "differs"
            mark = {"same": "ok   ", "differs": "WRONG", "unknown": "?    "}[result.state]
            style = "red" if mark == "WRONG" else None
            echo_result(f"{mark} {published}, {result.entry.destination}: {result.detail}", style=style)
            rows.append({"kind": published.kind.noun, "period": published.label,
                         "destination": result.entry.destination, "state": result.state,
                         "detail": result.detail})  # fmt: skip
    if not rows:
        echo("nothing is published that could be compared")
    if output.is_json:
        echo_json(rows)
    return ExitCode.OUT_OF_DATE if differs else ExitCode.DONE


def _list_published_periods(settings: Settings, storage: Any, kind: str | None, period: str | None) -> list[Period]:
    from sparky_assets.orchestration.partitions import parse_partition_key

    if kind and period:
        return [resolve_period(PeriodKind.from_noun(kind), period, settings)]
    kinds = [PeriodKind.from_noun(kind)] if kind else list(PeriodKind)
    return [
        parse_partition_key(kind_of_period, key)
        for kind_of_period in kinds
        for key in storage.list_keys(publications_path(kind_of_period), "json")
    ]


def _open_resources(settings: Settings, *, dry_run: bool) -> tuple[Any, Any]:
    from resources.storage import Storage
    from sparky_assets.orchestration.resources import build_publisher

    return Storage(root=settings.store_root), build_publisher(settings, dry_run=dry_run)


def _show_result(result: "PublishResult", *, dry_run: bool) -> None:
    from sparky_assets.cli.console import strip_markdown
    from sparky_assets.publications.assets import format_delivery

    prefix = "dry run, " if dry_run else ""
    for delivery in result.deliveries:
        echo(f"{prefix}{delivery.entry.destination}: {strip_markdown(format_delivery(delivery))}")
        if dry_run:
            echo_result(delivery.diff or "  no change")
    if output.is_json:
        rows = [{"destination": delivery.entry.destination, "result": strip_markdown(format_delivery(delivery)),
                 "diff": delivery.diff} for delivery in result.deliveries]  # fmt: skip
        echo_json({"dry_run": dry_run, "has_changes": result.has_changes, "deliveries": rows})


def _check_destination_names(settings: Settings, names: tuple[str, ...]) -> None:
    configured = [destination.name for destination in settings.publish.destinations]
    for name in names:
        if name not in configured:
            raise click.UsageError(f"{name}: no destination of that name. There are: {', '.join(configured)}.")
