"""`sparky stories` and `sparky evidence`: what the text of a period is made of.

The stories in order, with the reasons for their place and their members; and what people wrote about each change and
release, with scores and places.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
from pydantic_core import to_jsonable_python

from sparky_assets.cli.console import echo_result as echo
from sparky_assets.cli.run import PERIOD_NOUNS, complete_period, load_command_settings, resolve_period
from sparky_assets.errors import DataError
from sparky_assets.periods import PeriodKind

if TYPE_CHECKING:
    from resources.storage import Storage
    from sparky_assets.periods import Period
    from sparky_assets.settings.schema import Settings
    from sparky_assets.store import Audience
    from sparky_assets.stories.assemble import StoryMaterial
    from sparky_assets.stories.models import Change, ReleaseNote, StoryGroup

MAX_SHOWN_MEMBERS = 6

MAX_SENTENCES_SHOWN = 4
"""Sentences of a document in the text; `--json` has all."""


@click.command(short_help="Show the stories of a period in order.")
@click.argument("kind", type=PERIOD_NOUNS)
@click.argument("period", required=False, shell_complete=complete_period)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--explain", metavar="STORY", help="Print one story with all members, edges and reasons: a number or id.")
@click.option("--all", "show_all", is_flag=True, help="Show housekeeping too: formatting, tests, updates by bots.")
@click.option("--public", is_flag=True, help="Use the public edition instead of the internal one.")
@click.pass_obj
def stories(
    config_file: str | None,
    kind: str,
    period: str | None,
    *,
    as_json: bool,
    explain: str | None,
    show_all: bool,
    public: bool,
) -> None:
    """Print the stories of a period in order: which changes belong together, and why each has its place.

    The period needs raw days: sparky run week 2026-W33 --until collect. PERIOD defaults to the last closed one.

    \b
    Examples:
      sparky stories week 2026-W33
      sparky stories week 2026-W33 --explain 1
    """
    from resources.storage import Storage
    from sparky_assets.store import Audience

    settings = load_command_settings(config_file)
    chosen = resolve_period(PeriodKind.from_noun(kind), period, settings)
    storage = Storage(root=settings.store_root)
    audience = Audience.PUBLIC if public else Audience.INTERNAL
    groups, changes, releases = _load_stories(storage, chosen, settings, audience)
    shown = [group for group in groups if show_all or as_json or group.kind != "noise"]
    if explain:
        group = _find_story(shown, explain)
        shown = [group]
    if as_json:
        echo(json.dumps([_describe(number, group, changes) for number, group in enumerate(shown, 1)], indent=2))
    elif explain:
        _show_story(shown[0], changes, releases)
    else:
        _show_list(chosen, shown, len(groups) - len(shown), changes, releases)


def _load_stories(
    storage: "Storage", period: "Period", settings: "Settings", audience: "Audience"
) -> "tuple[tuple[StoryGroup, ...], dict[str, Change], dict[str, ReleaseNote]]":
    from sparky_assets.raw.window import find_missing_days, read_audience_window
    from sparky_assets.stories.assemble import gather_material
    from sparky_assets.stories.continuing import EARLIER_PERIODS, EarlierStory

    def gather(shown: "Period", before: "Sequence[EarlierStory]" = ()) -> "StoryMaterial":
        return gather_material(read_audience_window(storage, shown, audience, settings.people.opt_out), before)

    earlier: list[EarlierStory] = []
    before = period
    for _ in range(EARLIER_PERIODS):
        before = before.previous()
        if find_missing_days(storage, before.days):
            break
        material = gather(before)
        earlier_changes = {record.change.key: record.change for record in material.records}
        earlier += [(group, [earlier_changes[key] for key in group.changes]) for group in material.build_groups()]
    material = gather(period, earlier)
    changes = {record.change.key: record.change for record in material.records}
    return material.build_groups(), changes, {release.key: release for release in material.releases}


def _find_story(groups: "Sequence[StoryGroup]", name: str) -> "StoryGroup":
    if name.isdecimal() and 1 <= int(name) <= len(groups):
        return groups[int(name) - 1]
    match = next(
        (group for group in groups if name in {group.id, group.id.removeprefix("story:"), *group.changes}), None
    )
    if match is None:
        raise DataError(
            f"{name}: no such story. Give its number or id as `sparky stories` prints it, or a change's key."
        )
    return match


def _describe(number: int, group: "StoryGroup", changes: "dict[str, Change]") -> dict[str, Any]:
    members = [
        {"key": key, "title": changes[key].title, "url": changes[key].url, "author": changes[key].author}
        for key in group.changes
    ]
    return {"number": number, **to_jsonable_python(group), "members": members}


def _name_head(group: "StoryGroup", changes: "dict[str, Change]", releases: "dict[str, ReleaseNote]") -> str:
    if group.head in releases:
        release = releases[group.head]
        owner = release.repository.rpartition("/")[0]
        return f"{release.project if '/' in release.project else f'{owner}/{release.project}'} {release.version}"
    return changes[group.head].title


def _show_list(
    period: "Period",
    groups: "Sequence[StoryGroup]",
    hidden: int,
    changes: "dict[str, Change]",
    releases: "dict[str, ReleaseNote]",
) -> None:
    echo(f"{period}: {len(changes)} changes, {len(groups)} stories")
    for number, group in enumerate(groups, 1):
        echo(f"{number:>3}. {_name_head(group, changes, releases)}")
        places = ", ".join((*group.repositories[:3], *([group.area] if group.area else [])))
        echo(f"     {group.kind} · {places} · {'; '.join(group.reasons)}")
        others = [key for key in group.changes if key != group.head]
        for key in others[:MAX_SHOWN_MEMBERS]:
            echo(f"       - {changes[key].title} ({key.partition(':')[2]})")
        if len(others) > MAX_SHOWN_MEMBERS:
            echo(f"       and {len(others) - MAX_SHOWN_MEMBERS} more")
    if hidden:
        groups_text, shows = (
            ("group of housekeeping is", "it") if hidden == 1 else ("groups of housekeeping are", "them")
        )
        echo(f"{hidden} {groups_text} left out; --all shows {shows}.")


def _show_story(group: "StoryGroup", changes: "dict[str, Change]", releases: "dict[str, ReleaseNote]") -> None:
    echo(f"{group.id}: {_name_head(group, changes, releases)}")
    people = ", ".join(group.people) or "none"
    echo(f"kind: {group.kind}; repositories: {', '.join(group.repositories)}; people: {people}")
    echo("place: " + "; ".join(group.reasons))
    if group.continues:
        echo(f"continues: {group.continues} ({group.continues_because})")
    if group.area:
        echo(f"area: {group.area}")
    for key in group.changes or group.releases:
        change = changes.get(key)
        noise = f" [{change.noise}]" if change and change.noise else ""
        echo(f"  {key}: {change.title if change else ''}{noise}")
    for edge in group.edges:
        echo(f"  {edge.weight:.2f} {edge.first} ~ {edge.second}: {edge.reason}")


@click.command(short_help="Show what people wrote about each change, with scores.")
@click.argument("kind", type=PERIOD_NOUNS)
@click.argument("period", required=False, shell_complete=complete_period)
@click.option("--json", "as_json", is_flag=True, help="Print JSON with every sentence.")
@click.option("--public", is_flag=True, help="Use the public edition instead of the internal one.")
@click.option("--repository", metavar="NAME", help="Show one repository: owner/name.")
@click.pass_obj
def evidence(
    config_file: str | None, kind: str, period: str | None, *, as_json: bool, public: bool, repository: str | None
) -> None:
    """Show the documents of a period: sections, sentences with their scores, roles and places.

    The sentence that is printed first is marked with `>`. The period needs raw days: sparky run week 2025-W46 --until
    collect. PERIOD defaults to the last closed one.

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
