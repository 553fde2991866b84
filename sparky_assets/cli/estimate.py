"""`sparky estimate`: what a backfill from GitHub will take, before it is begun."""

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from sparky_assets.cli.console import say, shown_progress
from sparky_assets.periods import parse_range
from sparky_assets.settings import Settings

if TYPE_CHECKING:
    from sparky_assets.raw.estimate import Estimate


@click.command(short_help="What collecting a range from GitHub would cost.")
@click.argument("days", metavar="FIRST..LAST")
@click.pass_obj
def estimate(config_file: str | None, days: str) -> None:
    """Tell the requests, points, minutes and disk that collecting a range from GitHub takes.

    It counts instead of reading: about four points for 50 repositories.

    \b
    Example:
      sparky estimate 2025-01-01..2025-11-15
    """
    from sparky_assets.errors import DataError
    from sparky_assets.settings_load import load_settings

    settings = load_settings(config_file)
    first, last = parse_range(days)
    source = settings.sources.github
    if settings.sources.source == "git" or not source.owners:
        raise DataError(
            "an estimate is about GitHub. Set sources.source, and name one in [sources.github] organisations."
        )
    with shown_progress():
        told = [(owner, *_count(settings, owner, first, last)) for owner in source.owners]
    for owner, found, repositories in told:
        say(f"{owner}: {repositories} repositories, {(last - first).days + 1} days in {found.runs} sweeps")
        say("\n".join(_lines(found)))


def _count(settings: Settings, owner: str, first: date, last: date) -> tuple["Estimate", int]:
    from sparky_assets.periods import Window
    from sparky_assets.raw.estimate import estimate as add_up
    from sparky_assets.raw.estimate import sweeps
    from sparky_assets.raw.github_asking import Asking
    from sparky_assets.raw.github_collection import open_github
    from sparky_assets.raw.github_counting import count_activity

    timezone = settings.organisation.timezone
    windows = sweeps(first, last, timezone)
    with open_github(settings.sources.github, owner) as github:
        began = time.monotonic()
        activity = count_activity(Asking(github, Window(windows[0].start, windows[-1].end, timezone)), owner)
        seconds = (time.monotonic() - began - github.usage.waited_seconds) / max(github.usage.requests, 1)
        has_limit = github.usage.remaining is not None
    options = {} if has_limit else {"points_an_hour": None}
    days = (last - first).days + 1
    return add_up(activity, windows, days, datetime.now(UTC), seconds_a_request=seconds, **options), len(activity)


def _lines(found: "Estimate") -> Sequence[str]:
    return (
        f"  requests  {found.requests:,}",
        f"  points    {found.points:,} of 5,000 an hour (12,500 for a GitHub App)",
        f"  minutes   {found.minutes:,.0f}" if found.minutes >= 1 else "  minutes   less than one",
        f"  disk      {found.disk_bytes / 1e6:,.1f} MB",
    )
