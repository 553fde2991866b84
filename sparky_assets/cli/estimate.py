"""`sparky estimate`: what a backfill from GitHub will take, before it is begun."""

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from sparky_assets.cli.console import echo, show_terminal_progress
from sparky_assets.periods import parse_range
from sparky_assets.settings.schema import Settings

if TYPE_CHECKING:
    from sparky_assets.raw.estimate import BackfillEstimate


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
    from sparky_assets.settings.load import load_settings

    settings = load_settings(config_file)
    first, last = parse_range(days)
    source = settings.sources.github
    if settings.sources.source == "git" or not source.owners:
        raise DataError(
            "an estimate is about GitHub. Set sources.source, and name one in [sources.github] organisations."
        )
    with show_terminal_progress():
        told = [(owner, *_estimate_owner(settings, owner, first, last)) for owner in source.owners]
    for owner, found, repositories in told:
        echo(f"{owner}: {repositories} repositories, {(last - first).days + 1} days in {found.run_count} sweeps")
        echo("\n".join(_format_estimate(found)))


def _estimate_owner(settings: Settings, owner: str, first: date, last: date) -> tuple["BackfillEstimate", int]:
    from sparky_assets.periods import TimeWindow
    from sparky_assets.raw.estimate import estimate_backfill as add_up
    from sparky_assets.raw.estimate import list_sweep_windows
    from sparky_assets.raw.github.batching import QueryRunner
    from sparky_assets.raw.github.collect import open_github
    from sparky_assets.raw.github_counting import count_activity

    timezone = settings.organisation.timezone
    windows = list_sweep_windows(first, last, timezone)
    with open_github(settings.sources.github, owner) as github:
        began = time.monotonic()
        activity = count_activity(QueryRunner(github, TimeWindow(windows[0].start, windows[-1].end, timezone)), owner)
        seconds = (time.monotonic() - began - github.usage.waited_seconds) / max(github.usage.requests, 1)
        has_limit = github.usage.remaining is not None
    options = {} if has_limit else {"points_per_hour": None}
    days = (last - first).days + 1
    return add_up(activity, windows, days, datetime.now(UTC), seconds_per_request=seconds, **options), len(activity)


def _format_estimate(totals: "BackfillEstimate") -> Sequence[str]:
    return (
        f"  requests  {totals.request_count:,}",
        f"  points    {totals.point_count:,} of 5,000 an hour (12,500 for a GitHub App)",
        f"  minutes   {totals.minutes:,.0f}" if totals.minutes >= 1 else "  minutes   less than one",
        f"  disk      {totals.disk_bytes / 1e6:,.1f} MB",
    )
