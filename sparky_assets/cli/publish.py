"""`sparky publish` and `sparky unpublish`: the last step alone, its rehearsal, its comparison, its undoing."""

from typing import TYPE_CHECKING, Any

import click

from sparky_assets.cli.console import echo
from sparky_assets.cli.run import PERIOD_NOUNS, load_command_settings, resolve_period
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.settings.schema import Settings
from sparky_assets.store import publications_path

if TYPE_CHECKING:
    from sparky_assets.publications.publish import PublishResult


CHANGES_EXIT_CODE = 3
"""Exit code of a rehearsal that would change something, and of a comparison that found a difference."""


@click.command(short_help="Publish what is in the store, or compare it.")
@click.argument("kind", type=PERIOD_NOUNS, required=False)
@click.argument("period", required=False)
@click.option("--dry-run", is_flag=True, help="Show the diff; touch nothing. Exit code 3 when something would change.")
@click.option("--verify", "only_verify", is_flag=True, help="Compare the ledger with the destinations; exit code 3.")
@click.option("--again", multiple=True, metavar="NAME", help="Publish there whatever the ledger says.")
@click.option("--arrived", multiple=True, metavar="NAME", help="Take as arrived what an earlier run began to send.")
@click.pass_obj
def publish(
    config_file: str | None, kind: str | None, period: str | None, *, dry_run: bool, only_verify: bool,
    again: tuple[str, ...], arrived: tuple[str, ...],
) -> None:  # fmt: skip
    """Publish the digest that is in the store, without making it again.

    \b
    Examples:
      sparky publish week 2025-W46 --dry-run
      sparky publish week 2025-W46
      sparky publish --verify              everything that the ledger holds
    """
    settings = load_command_settings(config_file)
    _check_destination_names(settings, (*again, *arrived))
    if only_verify:
        raise SystemExit(_verify_periods(settings, kind, period))
    if kind is None:
        raise click.UsageError("say what to publish: day, week or month.")
    chosen = resolve_period(PeriodKind.from_noun(kind), period, settings)
    if dry_run or again or arrived:
        from sparky_assets.publications.publish import PublishOverrides, publish_period

        storage, publisher = _open_resources(settings, dry_run=dry_run)
        wish = PublishOverrides(frozenset(again), frozenset(arrived))
        done = publish_period(chosen, storage, publisher, settings, overrides=wish)
        _show_result(done, dry_run=dry_run)
        raise SystemExit(CHANGES_EXIT_CODE if dry_run and done.has_changes else 0)
    from sparky_assets.cli.dagster_runner import open_runner
    from sparky_assets.cli.run import echo_publication

    with open_runner(settings) as runs:
        echo_publication(runs.run_partition(chosen.kind.value, chosen, [f"{chosen.kind.value}/publication"]), chosen)


@click.command(short_help="Take a published period back.")
@click.argument("kind", type=PERIOD_NOUNS)
@click.argument("period")
@click.argument("destinations", nargs=-1, metavar="[DESTINATION]...")
@click.option("--dry-run", is_flag=True, help="Show what would be taken back; touch nothing.")
@click.pass_obj
def unpublish(config_file: str | None, kind: str, period: str, destinations: tuple[str, ...], *, dry_run: bool) -> None:
    """Take a period back: by a commit that removes it, a closed pull request, a deleted message.

    It stays away until `sparky publish … --again NAME`. Mail, and what others copied, nobody can take back.

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
    raise SystemExit(CHANGES_EXIT_CODE if dry_run and done.has_changes else 0)


def _verify_periods(settings: Settings, kind: str | None, period: str | None) -> int:
    from sparky_assets.publications.publish import load_ledger
    from sparky_assets.publications.verify import verify_ledger

    storage, publisher = _open_resources(settings, dry_run=True)
    differs = 0
    for one in _list_published_periods(settings, storage, kind, period):
        for found in verify_ledger(load_ledger(one, storage), settings, publisher):
            differs += found.state == "differs"
            mark = {"same": "ok   ", "differs": "WRONG", "unknown": "?    "}[found.state]
            echo(f"{mark} {one}, {found.entry.destination}: {found.detail}", style="red" if mark == "WRONG" else None)
    return CHANGES_EXIT_CODE if differs else 0


def _list_published_periods(settings: Settings, storage: Any, kind: str | None, period: str | None) -> list[Period]:
    from sparky_assets.orchestration.partitions import parse_partition_key

    if kind and period:
        return [resolve_period(PeriodKind.from_noun(kind), period, settings)]
    kinds = [PeriodKind.from_noun(kind)] if kind else list(PeriodKind)
    return [parse_partition_key(one, key) for one in kinds for key in storage.list_keys(publications_path(one), "json")]


def _open_resources(settings: Settings, *, dry_run: bool) -> tuple[Any, Any]:
    from resources.storage import Storage
    from sparky_assets.definitions import build_publisher

    return Storage(root=settings.store_root), build_publisher(settings, dry_run=dry_run)


def _show_result(result: "PublishResult", *, dry_run: bool) -> None:
    from sparky_assets.cli.console import strip_markdown
    from sparky_assets.publications.assets import format_delivery

    for one in result.deliveries:
        echo(f"{'dry run, ' if dry_run else ''}{one.entry.destination}: {strip_markdown(format_delivery(one))}")
        if dry_run:
            echo(one.diff or "  no change")


def _check_destination_names(settings: Settings, names: tuple[str, ...]) -> None:
    known = [one.name for one in settings.publish.destinations]
    for name in names:
        if name not in known:
            raise click.UsageError(f"{name}: no destination of that name. There are: {', '.join(known)}.")
