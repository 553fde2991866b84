"""Flow metrics: times to first response, review, merge and closing; coverage, sizes, comments. Pure.

A duration belongs to the period in which it ends, whenever it began: a pull request that waited three weeks for its
review counts in the week of the review. Else a week would know only what was opened and done within it, and every
median would be too short. The rows carry what happened before the window: when a pull request became ready, and its
first review.

Definitions follow github-community-projects/issue-metrics: bots and answers to oneself are left out, and the clock
starts when a pull request becomes ready for review. There is one rule for what is a review (`_select_reviews`), and
time to first review, coverage and waiting all use it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from sparky_assets.metrics.events import EventTables, order_events
from sparky_assets.metrics.models import SCOPE_ALL, MetricValue
from sparky_assets.metrics.rounding import (
    STATISTICS,
    compute_percent,
    compute_statistics,
    to_hour_statistics,
    to_statistics,
)
from sparky_assets.raw.joining import is_assistant_key
from sparky_assets.raw.people import GHOST_KEY

SIZE_LIMIT_LINES = {"xs": 10, "s": 30, "m": 100, "l": 500, "xl": 1000}
"""Exclusive upper limit of changed lines of each size class; `xxl` from 1,000 on. The classes of Kubernetes' prow."""

ITEM_COLUMNS = ["repository", "number"]


@dataclass(frozen=True)
class Measurement:
    """One number of one scope, before it becomes a fact."""

    metric: str
    scope: str
    value: MetricValue


MIN_EVENTS_OF_DAY = 5
"""A day with fewer ended events has their number only: a median of two would be chance."""


def measure_flow(events: EventTables, min_count: int = 1) -> Iterator[Measurement]:
    """Yield the flow metrics of all repositories and of each one, as far as the sources provide them.

    Args:
        events: the events of a window.
        min_count: durations and shares of fewer events are left out, but for their number.
    """
    items = _build_items(events)
    reviews = _select_reviews(events, items)
    reviewed = _add_first_review(items, reviews)
    pull_requests = reviewed.filter(~pl.col("draft"))
    merged = pull_requests.filter(pl.col("merged").is_not_null())
    if not events.github_repositories.is_empty():
        yield from _measure_durations(events, reviews, pull_requests, min_count)
        ended = pull_requests.filter(pl.col("last_state").is_in(["merged", "closed"]), pl.col("comments").is_not_null())
        yield from _measure_statistics("comments_per_pull_request", ended, min_count, column="comments")
        on_github = pl.col("repository").is_in(events.github_repositories.implode())
        yield from _measure_waiting(pull_requests.filter(on_github))
        yield from _measure_coverage(merged.filter(on_github), min_count)
    yield from _measure_sizes(merged.filter(pl.col("lines").is_not_null()))


def _measure_durations(
    events: EventTables, reviews: pl.DataFrame, pull_requests: pl.DataFrame, min_count: int
) -> Iterator[Measurement]:
    merged = pull_requests.filter(pl.col("merged").is_not_null())
    drafted = merged.filter(pl.col("draft_seconds") > 0)
    durations = {
        "time_to_first_review": _measure_first_reviews(reviews, pull_requests),
        "time_to_merge": merged.select("repository", seconds=_compute_seconds("ready", "merged")),
        "time_in_review": merged.select("repository", seconds=_compute_seconds("first_review", "merged")),
        "time_in_draft": drafted.select("repository", seconds="draft_seconds"),
        "issue_time_to_close": _select_closed_issues(events).select(
            "repository", seconds=_compute_seconds("opened_at", "at")
        ),
    }
    if events.responses is not None:
        responses = _select_responses(events.responses, events.bot_keys)
        is_pull_request = pl.col("is_pull_request")
        durations |= {
            "time_to_first_response": responses.filter(is_pull_request),
            "issue_time_to_first_response": responses.filter(~is_pull_request),
        }
    for metric, frame in durations.items():
        yield from _measure_statistics(metric, frame.filter(pl.col("seconds") >= 0), min_count)


def _build_items(events: EventTables) -> pl.DataFrame:
    """Return one row per pull request by a person with an event in the window.

    The columns hold whether it was a draft after its last event, and when it was opened, ready and merged. `ready` is
    null if the pull request was a draft and the source does not report when it became ready. `first_known` is the first
    review as the source knew it at the last event.
    """
    rows = order_events(events.pull_requests)
    author = pl.col("author").struct.field("key")
    times = {event: pl.col("at").filter(pl.col("event") == event) for event in ("opened", "merged")}
    draft = pl.col("is_draft").fill_null(False)
    merged_lines = pl.col("insertions") + pl.col("deletions")
    is_state = pl.col("event").is_in(["opened", "reopened", "closed", "merged"])
    pull_requests = rows.group_by(ITEM_COLUMNS, maintain_order=True).agg(
        author=author.drop_nulls().last(),
        draft=draft.last(),
        ready=pl.coalesce(pl.col("ready_at").last(), pl.when(~draft.any()).then(pl.col("opened_at").min())),
        draft_seconds=pl.col("draft_seconds").filter(pl.col("event") == "merged").first(),
        opened=times["opened"].min(),
        merged=times["merged"].min(),
        last_state=pl.col("event").filter(is_state).last(),
        became_reviewable=pl.col("event").is_in(["opened", "reopened", "ready_for_review"]).any(),
        comments=pl.col("comments").filter(pl.col("event").is_in(["closed", "merged"])).last(),
        lines=merged_lines.filter(pl.col("event") == "merged").first(),
        first_known=pl.col("first_review_at").min(),
    )
    return pull_requests.filter(~pl.col("author").is_in(events.bot_keys.implode()).fill_null(False))


def _select_reviews(events: EventTables, items: pl.DataFrame) -> pl.DataFrame:
    """Return the reviews that count: by another person, after the pull request was ready and before it was merged.

    A deleted account is no person, so its review does not count. Where the source says which review was the first, that
    holds (`is_first`); else the events of the window decide.
    """
    reviews = events.reviews.select(
        *ITEM_COLUMNS, "is_first", "ready_at", reviewed="at", reviewer=pl.col("author").struct.field("key")
    )
    by_people = reviews.filter(_is_person("reviewer", events.bot_keys))
    own = ["author", "ready", "merged", "opened"]
    joined = by_people.join(items.select(*ITEM_COLUMNS, *own), on=ITEM_COLUMNS, how="left", maintain_order="left")
    ready = pl.coalesce("ready_at", "ready")
    return joined.with_columns(ready=ready).filter(
        # A review that the source calls the first met these conditions when it was read.
        pl.col("is_first").fill_null(False)
        | (
            pl.col("reviewer").ne_missing(pl.col("author"))
            & (pl.col("reviewed") >= pl.col("ready"))
            & (pl.col("merged").is_null() | (pl.col("reviewed") <= pl.col("merged")))
        )
    )


def _is_person(key_column: str, bot_keys: pl.Series) -> pl.Expr:
    """Return the expression that is true for the key of a person: no bot, no assistant, no deleted account."""
    key = pl.col(key_column)
    return key.is_not_null() & (key != GHOST_KEY) & ~is_assistant_key(key) & ~key.is_in(bot_keys.implode())


def _select_responses(responses: pl.DataFrame, bot_keys: pl.Series) -> pl.DataFrame:
    """Return the seconds to each first response that another person gave, to pull requests and issues by people."""
    fields = {"responder": "author", "writer": "item_author"}
    people = responses.with_columns(pl.col(name).struct.field("key").alias(key) for key, name in fields.items())
    is_bot = pl.col("author").struct.field("is_bot").fill_null(value=False)
    by_bot = pl.col("writer").is_in(bot_keys.implode()).fill_null(value=False)
    return people.filter(
        _is_person("responder", bot_keys), ~is_bot, ~by_bot, pl.col("responder").ne_missing(pl.col("writer"))
    ).select("repository", "is_pull_request", seconds=_compute_seconds("ready_at", "at"))


def _add_first_review(items: pl.DataFrame, reviews: pl.DataFrame) -> pl.DataFrame:
    """Add `first_review`: the first that counts, before the window or in it."""
    first = reviews.group_by(ITEM_COLUMNS).agg(in_window=pl.col("reviewed").min())
    joined = items.join(first, on=ITEM_COLUMNS, how="left", maintain_order="left")
    return joined.with_columns(first_review=pl.min_horizontal("first_known", "in_window"))


def _measure_first_reviews(reviews: pl.DataFrame, pull_requests: pl.DataFrame) -> pl.DataFrame:
    """Return the seconds to each first review of the window.

    Of a source that does not say which review is the first, only pull requests opened in the window are measured: an
    older one may have been reviewed before it.
    """
    reviewed = reviews.filter(pl.col("is_first")).select("repository", seconds=_compute_seconds("ready", "reviewed"))
    unsaid = reviews.filter(pl.col("is_first").is_null()).select(ITEM_COLUMNS).unique()
    approximated = pull_requests.filter(pl.col("opened").is_not_null(), pl.col("first_known").is_null()).join(
        unsaid, on=ITEM_COLUMNS, how="semi"
    )
    return pl.concat([reviewed, approximated.select("repository", seconds=_compute_seconds("ready", "first_review"))])


def _select_closed_issues(events: EventTables) -> pl.DataFrame:
    """Return the issues by people whose last event in the window is a closing, each once."""
    last = order_events(events.issues).unique(ITEM_COLUMNS, keep="last", maintain_order=True)
    key = pl.col("author").struct.field("key")
    return last.filter(pl.col("event") == "closed", ~key.is_in(events.bot_keys.implode()).fill_null(False))


def _compute_seconds(start: str, end: str) -> pl.Expr:
    return (pl.col(end) - pl.col(start)).dt.total_seconds()


def _measure_statistics(
    metric: str, frame: pl.DataFrame, min_count: int, column: str = "seconds"
) -> Iterator[Measurement]:
    """Yield the statistics of a column: hours of seconds, other numbers as they are."""
    if frame.is_empty():
        yield Measurement(f"{metric}_count", SCOPE_ALL, 0)
        return
    whole = compute_statistics(frame, column=column).with_columns(scope=pl.lit(SCOPE_ALL))
    each = compute_statistics(frame, ["repository"], column).with_columns(
        scope=pl.concat_str(pl.lit("repository:"), "repository")
    )
    for row in (*whole.iter_rows(named=True), *each.iter_rows(named=True)):
        numbers = to_hour_statistics(row) if column == "seconds" else to_statistics(row)
        names = STATISTICS if row["count"] >= min_count else ("count",)
        yield from (Measurement(f"{metric}_{name}", row["scope"], numbers[name]) for name in names)


def _measure_coverage(merged: pl.DataFrame, min_count: int) -> Iterator[Measurement]:
    """Yield the share of merged pull requests that another person reviewed before the merge."""
    for scope, count, reviewed in _count_by_scope(merged, pl.col("first_review").is_not_null()):
        if count >= max(min_count, 1):
            yield Measurement("review_coverage", scope, compute_percent(reviewed, count))


def _measure_waiting(pull_requests: pl.DataFrame) -> Iterator[Measurement]:
    """Yield how many pull requests that became reviewable in the window are open at its end without a review."""
    is_open = pl.col("last_state").is_in(["opened", "reopened"]) | pl.col("last_state").is_null()
    waits = pl.col("became_reviewable") & is_open & pl.col("first_review").is_null()
    for scope, _, waiting in _count_by_scope(pull_requests.filter("became_reviewable"), waits):
        yield Measurement("pull_requests_awaiting_review", scope, waiting)


def _count_by_scope(frame: pl.DataFrame, condition: pl.Expr) -> list[tuple[str, int, int]]:
    """Return (scope, rows, rows that meet the condition) of all repositories together and of each one."""
    counts = (pl.len().alias("count"), condition.sum().alias("met"))
    whole = frame.select(pl.lit(SCOPE_ALL).alias("scope"), *counts)
    each = frame.group_by(scope=pl.concat_str(pl.lit("repository:"), "repository")).agg(counts).sort("scope")
    return [(str(scope), int(count), int(met)) for scope, count, met in (*whole.iter_rows(), *each.iter_rows())]


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
