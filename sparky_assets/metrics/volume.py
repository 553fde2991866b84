"""Totals of a window and of each of its days, counted straight from the raw rows.

They do not read the tables of repositories and contributors: that both agree is a check, and would be none if one were
made from the other.
"""

from collections.abc import Callable
from dataclasses import replace

import polars as pl

from sparky_assets.metrics.events import CODE_ROLES, GHOST_KEY, EventTables
from sparky_assets.metrics.models import DAY_TABLE, VOLUME_COLUMNS
from sparky_assets.periods import Period

ADDITIVE_METRICS = tuple(
    name
    for name in VOLUME_COLUMNS
    if name not in {"changed_files", "people", "active_people", "active_bots", "pull_requests_merged"}
)
"""What a week has as the sum of its seven days. People and files recur; so does the number of a pull request whose
merge was cherry-picked, where git alone tells of it."""


GITHUB_ONLY_METRICS = (
    "pull_requests_opened", "pull_requests_closed", "pull_requests_reopened", "reviews", "issues_opened",
    "issues_closed", "issues_reopened",
)  # fmt: skip
"""What git alone cannot tell."""


def count_totals(events: EventTables) -> dict[str, int | None]:
    """Every volume metric of the whole; None where no source can tell."""
    own, github = events.own_commits, events.github_repositories.implode()
    known = events.roles.filter(pl.col("key") != GHOST_KEY)
    wrote = known.filter(pl.col("role").is_in(CODE_ROLES), ~pl.col("key").is_in(events.bot_keys.implode()))
    is_bot = pl.col("key").is_in(events.bot_keys.implode())
    totals: dict[str, int | None] = {
        "commits": own.height,
        "merge_commits": events.commits.filter("is_merge").height,
        "bot_commits": int(own["is_bot"].sum()),
        "insertions": _sum_known(own["insertions"]),
        "deletions": _sum_known(own["deletions"]),
        "changed_files": _count_distinct_files(events),
        "commits_without_statistics": own["insertions"].null_count(),
        "releases": events.releases.height,
        "people": wrote["key"].n_unique(),
        "active_people": known.filter(~is_bot)["key"].n_unique(),
        "active_bots": known.filter(is_bot)["key"].n_unique(),
        "pull_requests_merged": _count_events(events.pull_requests, "merged"),
    }
    told = not events.github_repositories.is_empty()
    of_github = pl.col("repository").is_in(github)
    for kind, frame in (("pull_requests", events.pull_requests), ("issues", events.issues)):
        here = frame.filter(of_github)
        for event in ("opened", "closed", "reopened"):
            totals[f"{kind}_{event}"] = _count_events(here, event) if told else None
    totals["reviews"] = events.reviews.filter(of_github).height if told else None
    return {name: totals[name] for name in VOLUME_COLUMNS}


def count_days(events: EventTables, period: Period, timezone: str) -> pl.DataFrame:
    """DAY_TABLE: each day of the period by its own window, so that days of 23 and 25 hours hold what is theirs."""
    rows = []
    for day, part in zip(period.days, _split_by_day(events, period, timezone), strict=True):
        rows.append({"day": day.key, **count_totals(part)})
    return pl.DataFrame(rows, schema=dict(DAY_TABLE.columns))


def _split_by_day(events: EventTables, period: Period, timezone: str) -> list[EventTables]:
    starts = pl.Series([day.window(timezone).start for day in period.days], dtype=pl.Datetime("us", "UTC"))

    def cut(frame: pl.DataFrame) -> Callable[[int], pl.DataFrame]:
        index = starts.search_sorted(frame["at"], side="right").cast(pl.Int64) - 1
        parts = frame.with_columns(_day=index).partition_by("_day", as_dict=True, include_key=False)
        return lambda number: parts.get((number,), frame.clear())

    if len(period.days) == 1:
        return [events]
    own = events.own_commits.select("repository", "at", "_commit", "is_bot", "insertions", "deletions", "names_files")
    touches = events.file_changes.touches.select("_commit", "repository_id", "path_id")
    frames = {
        "commits": events.commits.select("repository", "at", "is_merge"),
        "own_commits": own,
        "touches": touches.join(own.select("_commit", "at"), on="_commit", how="left"),
        "roles": events.roles.select("at", "key", "role"),
        **{name: getattr(events, name) for name in ("pull_requests", "reviews", "issues", "releases")},
    }
    cuts = {name: cut(frame) for name, frame in frames.items()}
    parts = [{name: part(number) for name, part in cuts.items()} for number in range(len(period.days))]
    return [
        replace(events, file_changes=replace(events.file_changes, touches=part.pop("touches")), **part)  # type: ignore[arg-type]
        for part in parts
    ]


def _count_events(frame: pl.DataFrame, event: str) -> int:
    return int((frame["event"] == event).sum())


def _sum_known(lines: pl.Series) -> int | None:
    """The sum of what is known; None where commits are there and not one was measured."""
    return None if lines.len() and lines.null_count() == lines.len() else int(lines.sum())


def _count_distinct_files(events: EventTables) -> int | None:
    """A file changed by ten commits is one changed file. None where no source names files."""
    if events.own_commits.height and not events.own_commits["names_files"].any():
        return None
    return events.file_changes.touches.select(events.file_changes.file_id).to_series().n_unique()
