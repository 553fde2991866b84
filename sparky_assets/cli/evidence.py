"""`sparky evidence`: what people wrote about each change and release of a period, with scores and places."""

import json

import click

from sparky_assets.cli.console import echo_result as echo
from sparky_assets.cli.run import PERIOD_NOUNS, load_command_settings, resolve_period
from sparky_assets.periods import PeriodKind

MAX_SENTENCES_SHOWN = 4
"""Sentences of a document in the text; `--json` has all."""


@click.command(short_help="Show what people wrote about each change, with scores.")
@click.argument("kind", type=PERIOD_NOUNS)
@click.argument("period", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON with every sentence.")
@click.option("--public", is_flag=True, help="Read what the public edition may see.")
@click.option("--repository", metavar="NAME", help="Show one repository: owner/name.")
@click.pass_obj
def evidence(
    config_file: str | None, kind: str, period: str | None, *, as_json: bool, public: bool, repository: str | None
) -> None:
    """Show the documents of a period: sections, sentences with their scores and roles, and where each lies.

    The sentence that is printed first is marked with `>`. The period needs raw days: sparky backfill DAYS. PERIOD
    defaults to the last closed one.

    \b
    Examples:
      sparky evidence week 2025-W46
      sparky evidence week 2025-W46 --json
      sparky evidence day --repository acme/web
    """
    from resources.storage import Storage
    from sparky_assets.documents.library import DocumentLibrary, collect_sources
    from sparky_assets.documents.report import build_report, format_report
    from sparky_assets.raw.window import read_audience_window
    from sparky_assets.store import Audience

    settings = load_command_settings(config_file)
    chosen = resolve_period(PeriodKind.from_noun(kind), period, settings)
    audience = Audience.PUBLIC if public else Audience.INTERNAL
    storage = Storage(root=settings.store_root)
    window = read_audience_window(storage, chosen, audience, settings.people.opt_out)
    sources = collect_sources(window)
    if repository:
        sources = {key: source for key, source in sources.items() if source.repository == repository}
    entries = build_report(window, DocumentLibrary(sources))
    if as_json:
        echo(json.dumps({"period": chosen.label, "audience": audience.value, "entries": entries}, indent=1))
        return
    for line in format_report(entries, MAX_SENTENCES_SHOWN):
        echo(line)
    if not entries:
        echo(f"{chosen}: no text but titles")
