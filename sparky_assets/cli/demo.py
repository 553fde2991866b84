"""`sparky demo`: digests of any repositories, without a token, a model or a server.

Sparky's home folder and the settings that a demo leaves in it are here too, because this module does not load Dagster.
"""

import hashlib
import json
import os
import re
import time
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sparky_assets.cli.console import (
    add_json_option,
    echo,
    echo_json,
    output,
    show_terminal_progress,
    simplify_metadata,
    strip_markdown,
)
from sparky_assets.errors import DataError
from sparky_assets.periods import (
    Period,
    PeriodKind,
    consecutive_ranges,
    period_of_day,
    periods_between,
)
from sparky_assets.settings.schema import Settings

if TYPE_CHECKING:
    from resources.git.repository import GitRepository


DAYS_TO_CHOOSE_FROM = 7
"""Days of which a demo shows the busiest."""

FEW_CHANGES, MUCH_FULLER = 5, 5
"""Changes of a week or month below which a demo shows the one before it, if that has so many times as many."""

HOME_SETTINGS_FILE = "sparky.toml"
"""The settings file that a demo writes into its home."""

SAMPLE_ORGANISATION = "ferryline"

SAMPLE_FOLDER = Path(__file__).parent / "sample"
"""Git bundles of the sample organisation, made by tools/sample_organisation.py."""


def make_home(home: Path) -> None:
    """Create Sparky's home, readable by its owner only: it holds titles of private repositories.

    It may be inside a checkout, so a .gitignore keeps it out of `git status`.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (home / ".gitignore").exists():
        (home / ".gitignore").write_text("*\n")


def find_dagster_home(settings: Settings) -> Path:
    """Return the folder of Dagster's history: DAGSTER_HOME, or `dagster` below Sparky's home."""
    return Path(os.environ.get("DAGSTER_HOME") or settings.home / "dagster").absolute()


def has_dagster_history(settings: Settings) -> bool:
    """Return whether runs were made from this home, or an instance file was written for them."""
    return (find_dagster_home(settings) / "dagster.yaml").exists()


def load_home_settings(home: Path | None, config_file: str | None) -> "tuple[Settings, str | None]":
    """Return the settings and their file for a home; the file of a demo in that home wins over `config_file`."""
    from sparky_assets.settings.load import load_settings

    if home and (home / HOME_SETTINGS_FILE).exists():
        config_file = str(home / HOME_SETTINGS_FILE)
    return load_settings(config_file, {"home": home} if home else None), config_file


@dataclass(frozen=True)
class DemoPeriod:
    """The period that the demo writes for a kind, with a note about the choice."""

    period: Period
    note: str = ""
    is_empty: bool = False


@click.command(short_help="Write a sample newspaper, or one of any repositories.")
@click.argument("sources", nargs=-1, metavar="[PATH_OR_URL]...")
@click.option("--timezone", default="UTC", show_default=True, help="IANA timezone that decides when a day begins.")
@click.option("--home", type=click.Path(path_type=Path), help="Folder for the results.  [default: .sparky/demo/…]")
@add_json_option
@click.pass_obj
def demo(config_file: str | None, sources: tuple[str, ...], timezone: str, home: Path | None) -> None:
    """Write digests of the last closed day, week and month, and commit them to a local repository.

    Without arguments it reads a small sample organisation that comes with Sparky. Nothing is sent anywhere.

    \b
    Examples:
      sparky demo
      sparky demo .
      sparky demo ~/src/httpx ~/src/starlette
      sparky demo https://github.com/encode/httpx
    """
    started = time.monotonic()
    folder = home or get_base_home() / "demo" / (make_folder_name(sources) if sources else SAMPLE_ORGANISATION)
    addresses = sources or unpack_sample(folder)
    settings = _build_demo_settings(config_file, addresses, timezone, folder)
    with show_terminal_progress():
        readable = _open_repositories(settings)
        choices = choose_periods(readable, datetime.now(UTC), settings)
        settings = settings.model_copy(
            update={
                "periods": settings.periods.model_copy(
                    update={"start": min(choice.period.start for choice in choices)}
                ),
                # Already fetched to choose the periods.
                "sources": settings.sources.model_copy(
                    update={"git": settings.sources.git.model_copy(update={"fetch": False})}
                ),
            }
        )
        write_settings_file(settings)
        made, seconds = _run_periods(settings, choices)
    total_seconds = time.monotonic() - started
    if output.is_json:
        echo_json({"home": str(settings.home.absolute()), "periods": made, "seconds": round(total_seconds, 1)})
    _echo_summary(settings, seconds, total_seconds)
    if all(choice.is_empty for choice in choices):
        echo()
        echo("No closed period has activity. Choose a repository with older commits: sparky demo PATH_OR_URL.")
    if not sources:
        echo()
        echo(f"This was the sample organisation {SAMPLE_ORGANISATION!r}, which is invented. Try your own repositories:")
        echo(f"  {get_sparky_command()} demo . ~/src/another https://github.com/encode/httpx")


def unpack_sample(folder: Path) -> tuple[str, ...]:
    """Clone the bundles of the sample organisation below `folder` and return the paths of the clones.

    Their origin is below `.example`, a domain that cannot exist, so that no link leads to somebody else's project.
    """
    from resources.git.command import git

    paths = []
    make_home(folder)
    for bundle in sorted(SAMPLE_FOLDER.glob("*.bundle")):
        path = folder / "sample" / f"{bundle.stem}.git"
        if not path.exists():
            clone = git.Repo.clone_from(str(bundle), str(path), bare=True)
            clone.remote("origin").set_url(
                f"https://git.{SAMPLE_ORGANISATION}.example/{SAMPLE_ORGANISATION}/{bundle.stem}.git"
            )
        paths.append(str(path))
    return tuple(paths)


def write_settings_file(settings: Settings) -> None:
    """Write the demo's settings into its home, for `sparky serve --home` and `sparky ui --home`."""
    repositories = [
        str(Path(source).resolve()) if Path(source).exists() else source for source in settings.sources.git.repositories
    ]
    lines = [
        "# Written by `sparky demo`.",
        f"home = {json.dumps(str(settings.home.resolve()))}",
        f"[organisation]\ntimezone = {json.dumps(settings.organisation.timezone)}",
        f"[periods]\nstart = {settings.periods.start}",
        f"[sources.git]\nrepositories = {json.dumps(repositories)}",
        "[collection]\nallow_partial = true",
    ]
    try:
        make_home(settings.home)
        (settings.home / HOME_SETTINGS_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise DataError(
            f"{settings.home}: cannot be created: {error.strerror or error}. Name another --home."
        ) from error


def get_base_home() -> Path:
    """Return SPARKY_HOME, else `.sparky` in the current folder."""
    return Path(os.environ.get("SPARKY_HOME", ".sparky"))


def make_folder_name(addresses: Sequence[str]) -> str:
    """Return a folder name for a list of repositories: the name of the first, and a hash of all."""
    whole = [
        address if "://" in address or not Path(address).exists() else str(Path(address).resolve())
        for address in addresses
    ]
    first = re.sub(r"[^A-Za-z0-9._-]+", "-", whole[0].rstrip("/").rpartition("/")[2].removesuffix(".git")).strip("-.")
    digest = hashlib.sha256("\n".join(sorted(whole)).encode()).hexdigest()[:8]
    return f"{first or 'repository'}-{digest}"


def choose_periods(repositories: Sequence["GitRepository"], now: datetime, settings: Settings) -> list[DemoPeriod]:
    """Return, for each kind, the last closed period with commits; the last closed one when there is none.

    Of days it is the busiest of the seven up to the last one with commits: the newest may hold one commit of
    housekeeping, and a demo has one day to show what a daily digest is. A week or month of few changes gives way to the
    one before it: on the first of a month the sample organisation had one change in the month that had just closed.
    """
    from resources.git.log import find_latest_activity

    calendar = settings.calendar
    choices = []
    for kind in PeriodKind:
        last = calendar.last_closed(kind, now)
        window = calendar.window(last)
        activity = [find_latest_activity(repository, window.end) for repository in repositories]
        times = [time_of_commit for time_of_commit in activity if time_of_commit]
        if not times:
            note = f"no commits before the end of this {kind.noun}; newer ones follow when their {kind.noun} is closed"
            choices.append(DemoPeriod(last, note, is_empty=True))
            continue
        newest = period_of_day(kind, calendar.local_date(max(times)))
        find_busiest = _find_busiest_day if kind is PeriodKind.DAILY else _find_fuller_period
        busiest = find_busiest(repositories, newest, settings)
        if busiest != newest and kind is PeriodKind.DAILY:
            note = f"the busiest of the {DAYS_TO_CHOOSE_FROM} days up to the last one with activity"
        elif busiest != newest:
            note = f"{newest.label} has few changes; this is the {kind.noun} before it"
        elif newest != last:
            note = f"no activity in the last closed {kind.noun}; this is the most recent one with activity"
        else:
            note = ""
        choices.append(DemoPeriod(busiest, note))
    return choices


def _find_busiest_day(repositories: Sequence["GitRepository"], last: Period, settings: Settings) -> Period:
    """Return the day on which most changes landed, of the seven that end with `last`; the later of two equal ones."""
    days = [last.start - timedelta(days=back) for back in range(DAYS_TO_CHOOSE_FROM)]
    counts = _count_by_day(repositories, period_of_day(PeriodKind.DAILY, days[-1]), last, settings)
    return period_of_day(PeriodKind.DAILY, max(days, key=lambda day: counts[day]))


def _find_fuller_period(repositories: Sequence["GitRepository"], last: Period, settings: Settings) -> Period:
    """Return a week or month, or the one before it where that has far more changes than its few."""
    before = period_of_day(last.kind, last.start - timedelta(days=1))
    counts = _count_by_day(repositories, before, last, settings)
    number = sum(changes for day, changes in counts.items() if day >= last.start)
    is_fuller = number < FEW_CHANGES and sum(counts.values()) - number >= max(number, 1) * MUCH_FULLER
    return before if is_fuller else last


def _count_by_day(
    repositories: Sequence["GitRepository"], first: Period, last: Period, settings: Settings
) -> Counter[date]:
    """Return how many changes landed on each day from the start of the first period to the end of the last one."""
    from resources.git.log import list_landing_times

    calendar = settings.calendar
    since, until = calendar.window(first).start, calendar.window(last).end
    return Counter(
        calendar.local_date(at) for repository in repositories for at in list_landing_times(repository, since, until)
    )


def _open_repositories(settings: Settings) -> tuple["GitRepository", ...]:
    from resources.errors import GitError
    from sparky_assets.orchestration.resources import build_git_sources

    readable, failed = build_git_sources(settings).open_all()
    if not readable:
        raise GitError("\n".join(failure.reason for failure in failed))
    for failure in failed:
        echo(f"skipped: {failure.reason}", style="red")
    for repository in readable:
        note = f": {repository.note}" if repository.note else ""
        echo(f"reading {repository.name}{note}")
    return tuple(readable)


def _run_periods(
    settings: Settings, demo_periods: Sequence[DemoPeriod]
) -> tuple[list[dict[str, Any]], dict[str, float]]:
    from sparky_assets.cli.dagster_runner import open_runner
    from sparky_assets.cli.run import list_assets_until

    with open_runner(settings) as runs:
        days = {day.start for choice in demo_periods for day in choice.period.days}
        for first, last in consecutive_ranges(days):
            runs.run_range("collect", periods_between(PeriodKind.DAILY, first, last))
        for week in _list_earlier_weeks(demo_periods, days):  # for trends
            runs.run_partition("weekly", week, ["weekly/metrics"])
        made = []
        for choice in demo_periods:
            period = choice.period
            stages = [f"{period.kind.value}/{stage}" for stage in list_assets_until("publication", period.kind)]
            metadata = runs.run_partition(period.kind.value, period, stages)
            _echo_period(choice, metadata)
            made.append(
                {"kind": period.kind.noun, "period": period.label, "note": choice.note,
                 "assets": simplify_metadata(metadata)}
            )  # fmt: skip
        return made, runs.seconds_by_stage


def _list_earlier_weeks(demo_periods: Sequence[DemoPeriod], days: Container[date]) -> list[Period]:
    """Return the weeks before the shown one of which every day is collected, for the month's sake; the oldest first."""
    weeks: list[Period] = []
    for choice in demo_periods:
        if choice.period.kind is PeriodKind.WEEKLY:
            week = choice.period.previous()
            while all(day.start in days for day in week.days):
                weeks.append(week)
                week = week.previous()
    return weeks[::-1]


def _echo_period(demo_period: DemoPeriod, metadata: dict[str, Any]) -> None:
    kind = demo_period.period.kind
    digest, publication = metadata[f"{kind.value}/digest"], metadata[f"{kind.value}/publication"]
    echo()
    echo(f"{kind.noun} {demo_period.period.label}", style="bold")
    if demo_period.note:
        echo(f"  ({demo_period.note})")
    echo(f"  {digest['headline'].value}")
    echo(f"  {digest['words'].value} words; {strip_markdown(str(publication['embedded'].value))}")


def _echo_summary(settings: Settings, seconds_by_stage: dict[str, float], total_seconds: float) -> None:
    folder = settings.home.absolute() / "publications"
    echo()
    echo(
        "  ".join(f"{stage} {took:.1f} s" for stage, took in seconds_by_stage.items())
        + f"  | {total_seconds:.1f} s in total"
    )
    echo()
    sparky = get_sparky_command()
    echo(f"Read it:      {folder.resolve()}/content/blog", style="bold")
    echo(f"In a browser: {sparky} serve --home {settings.home}")
    echo(f"The commits:  git -C {folder} log")
    echo(f"The graph:    {sparky} ui --home {settings.home}")


def get_sparky_command() -> str:
    """Return how to call Sparky. With `uv run sparky` there is no `sparky` on the path; uv sets the variable UV."""
    return "uv run sparky" if "UV" in os.environ else "sparky"


def _build_demo_settings(config_file: str | None, addresses: Sequence[str], timezone: str, folder: Path) -> Settings:
    from sparky_assets.settings.load import load_settings

    return load_settings(
        config_file,
        {
            "home": folder,
            "organisation": {"timezone": timezone},
            "sources": {"git": {"repositories": list(addresses)}},
            # One broken repository of ten should not stop the digest; the digest names it.
            "collection": {"allow_partial": True},
            "storage": {"root": ""},
            "publish": {"destinations": [{"name": "embedded", "site": True}]},
        },
    )
