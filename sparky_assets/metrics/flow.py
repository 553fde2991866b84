"""Flow metrics: time to first review, to merge, in review and in draft; review coverage, sizes, time to close.

Definitions follow github-community-projects/issue-metrics: bots and self-reviews are left out, and the clock starts
when a pull request becomes ready for review. One definition differs, since a window is computed from its own raw days:
metrics that need reviews cover only pull requests opened in the window, because the reviews of others are incomplete.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from sparky_assets.metrics.events import EventTables
from sparky_assets.metrics.models import SCOPE_ALL, MetricValue
from sparky_assets.metrics.rounding import STATISTICS, compute_duration_statistics, compute_percent, to_hour_statistics

SIZE_LIMIT_LINES = {"xs": 10, "s": 30, "m": 100, "l": 500, "xl": 1000}
"""Exclusive upper limit of changed lines of each size class; `xxl` from 1,000 on. The classes of Kubernetes' prow."""

ITEM_COLUMNS = ["repository", "number"]


@dataclass(frozen=True)
class Measurement:
    """One number of one scope, before it becomes a fact."""

    metric: str
    scope: str
    value: MetricValue


def measure_flow(events: EventTables) -> Iterator[Measurement]:
    """Yield the flow metrics of all repositories and of each one, as far as the sources provide them."""
    pull_requests, issues = select_pull_requests_by_people(events), _select_closed_issues(events)
    reviewed = _add_first_review(events, pull_requests)
    opened_in_window = reviewed.filter(pl.col("opened").is_not_null())
    drafted = pull_requests.filter(pl.col("draft_seconds") > 0)
    durations = {
        "time_to_first_review": opened_in_window.select(
            "repository", seconds=_compute_seconds("ready", "first_review")
        ),
        "time_to_merge": reviewed.select("repository", seconds=_compute_seconds("ready", "merged")),
        "time_in_review": opened_in_window.select("repository", seconds=_compute_seconds("first_review", "merged")),
        "time_in_draft": drafted.select("repository", seconds="draft_seconds"),
        "issue_time_to_close": issues.select("repository", seconds=_compute_seconds("opened_at", "at")),
    }
    if not events.github_repositories.is_empty():
        for metric, frame in durations.items():
            yield from _measure_durations(metric, frame.filter(pl.col("seconds") >= 0))
        yield from _measure_review_shares(opened_in_window)
    yield from _measure_sizes(pull_requests.filter(pl.col("merged").is_not_null(), pl.col("lines").is_not_null()))


def select_pull_requests_by_people(events: EventTables) -> pl.DataFrame:
    """Return one row per pull request by a person that is not a draft after its last event.

    The columns hold when it was opened, ready, merged and closed. `ready` is null if the pull request was a draft and
    the source does not report when it became ready.
    """
    rows = events.pull_requests
    author = pl.col("author").struct.field("key")
    times = {event: pl.col("at").filter(pl.col("event") == event) for event in ("opened", "merged", "closed")}
    draft = pl.col("is_draft").fill_null(False)
    merged_lines = pl.col("insertions") + pl.col("deletions")
    pull_requests = rows.group_by(ITEM_COLUMNS).agg(
        author=author.drop_nulls().last(),
        draft=draft.last(),
        ready=pl.coalesce(pl.col("ready_at").last(), pl.when(~draft.any()).then(pl.col("opened_at").min())),
        draft_seconds=pl.col("draft_seconds").filter(pl.col("event") == "merged").first(),
        opened=times["opened"].min(),
        merged=times["merged"].min(),
        closed=times["closed"].max(),
        lines=merged_lines.filter(pl.col("event") == "merged").first(),
    )
    return pull_requests.filter(~pl.col("draft"), ~pl.col("author").is_in(events.bot_keys.implode()).fill_null(False))


def _add_first_review(events: EventTables, pull_requests: pl.DataFrame) -> pl.DataFrame:
    """Add the first review by another person since the pull request was ready, and whether it has any review."""
    reviews = events.reviews.select(*ITEM_COLUMNS, reviewed="at", reviewer=pl.col("author").struct.field("key"))
    by_people = reviews.filter(~pl.col("reviewer").is_in(events.bot_keys.implode()).fill_null(False))
    joined = pull_requests.join(by_people, on=ITEM_COLUMNS, how="inner")
    others = joined.filter(
        pl.col("reviewer").ne_missing(pl.col("author")),
        pl.col("opened").is_null() | (pl.col("reviewed") >= pl.col("opened")),
    )
    since_ready = pl.col("reviewed").filter(pl.col("reviewed") >= pl.col("ready"))
    first = others.group_by(ITEM_COLUMNS).agg(first_review=since_ready.min(), is_reviewed=pl.lit(value=True))
    return pull_requests.join(first, on=ITEM_COLUMNS, how="left").with_columns(
        pl.col("is_reviewed").fill_null(value=False)
    )


def _select_closed_issues(events: EventTables) -> pl.DataFrame:
    """Return the issues by people whose last event in the window is a closing, each once."""
    last = events.issues.sort("at", "event").unique(ITEM_COLUMNS, keep="last", maintain_order=True)
    key = pl.col("author").struct.field("key")
    return last.filter(pl.col("event") == "closed", ~key.is_in(events.bot_keys.implode()).fill_null(False))


def _compute_seconds(start: str, end: str) -> pl.Expr:
    return (pl.col(end) - pl.col(start)).dt.total_seconds()


def _measure_durations(metric: str, frame: pl.DataFrame) -> Iterator[Measurement]:
    if frame.is_empty():
        yield Measurement(f"{metric}_count", SCOPE_ALL, 0)
        return
    whole = compute_duration_statistics(frame).with_columns(scope=pl.lit(SCOPE_ALL))
    each = compute_duration_statistics(frame, ["repository"]).with_columns(
        scope=pl.concat_str(pl.lit("repository:"), "repository")
    )
    for row in (*whole.iter_rows(named=True), *each.iter_rows(named=True)):
        numbers = to_hour_statistics(row)
        yield from (Measurement(f"{metric}_{name}", row["scope"], numbers[name]) for name in STATISTICS)


def _measure_review_shares(opened_pull_requests: pl.DataFrame) -> Iterator[Measurement]:
    """Yield the review coverage of pull requests opened and merged in the window, and the number without a review."""
    merged, reviewed = pl.col("merged").is_not_null(), pl.col("is_reviewed")
    is_open = ~merged & pl.col("closed").is_null()
    counts = (
        merged.sum().alias("merged"),
        (merged & reviewed).sum().alias("reviewed"),
        (is_open & ~reviewed).sum().alias("waiting"),
    )
    whole = opened_pull_requests.select(pl.lit(SCOPE_ALL).alias("scope"), *counts)
    each = (
        opened_pull_requests.group_by(scope=pl.concat_str(pl.lit("repository:"), "repository"))
        .agg(counts)
        .sort("scope")
    )
    for scope, count, with_review, waiting in (*whole.iter_rows(), *each.iter_rows()):
        yield Measurement("pull_requests_awaiting_review", scope, waiting)
        if count:
            yield Measurement("review_coverage", scope, compute_percent(with_review, count))


def _measure_sizes(merged_pull_requests: pl.DataFrame) -> Iterator[Measurement]:
    size = pl.lit("xxl")
    for name, below in reversed(SIZE_LIMIT_LINES.items()):
        size = pl.when(pl.col("lines") < below).then(pl.lit(name)).otherwise(size)
    sized = merged_pull_requests.select(size=size, scope=pl.concat_str(pl.lit("repository:"), "repository"))
    both = pl.concat([sized, sized.with_columns(scope=pl.lit(SCOPE_ALL))])
    counts = {(scope, size): count for scope, size, count in both.group_by("scope", "size").len().iter_rows()}
    for scope in sorted({scope for scope, _ in counts}):
        for name in (*SIZE_LIMIT_LINES, "xxl"):
            yield Measurement(f"pull_requests_of_size_{name}", scope, counts.get((scope, name), 0))
