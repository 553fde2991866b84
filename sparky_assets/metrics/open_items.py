"""Open pull requests and issues at the end of a window: load or rebuild them, and measure count and age.

The source is the list that the sweep made soon after the window's last day. Without a list, the items are rebuilt from
events. That is exact where a repository's history is complete: GitHub numbers issues and pull requests in one sequence,
so a store with the opening of number 1 and every day since has all of them. Elsewhere the metrics are missing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from resources.storage import Storage
from sparky_assets.metrics.events import GITHUB_SOURCES
from sparky_assets.metrics.flow import Measurement
from sparky_assets.metrics.models import SCOPE_ALL, MissingMetric
from sparky_assets.metrics.rounding import compute_statistics, to_hour_statistics
from sparky_assets.periods import Period
from sparky_assets.raw.tables import ISSUES, PULL_REQUESTS, REVIEWS
from sparky_assets.raw.window import RawWindow
from sparky_assets.store import Audience

STALE_AFTER = timedelta(days=14)

OPEN_METRICS = (
    "pull_requests_open", "draft_pull_requests_open", "pull_requests_stale", "issues_open", "issue_age_median",
    "issue_age_p90",
)  # fmt: skip

INCOMPLETE_HISTORY_REASON = (
    "unknown: what was open then was not listed, and the stored days do not reach back to the repository's first issue "
    "or pull request"
)

NO_OPEN_ITEMS_REASON = "not measurable here: git alone knows nothing that is open"

ITEM_KEY_COLUMNS = ["kind", "repository", "number"]

HISTORY_TABLES = (PULL_REQUESTS, ISSUES, REVIEWS)

HISTORY_COLUMNS = ("repository", "number", "event", "at", "submitted_at", "opened_at", "is_draft", "visibility")


@dataclass(frozen=True)
class EventHistory:
    """The events of consecutive days that end with the window."""

    pull_requests: pl.DataFrame
    issues: pl.DataFrame
    reviews: pl.DataFrame


def unpack_listed_items(snapshot: pl.DataFrame) -> pl.DataFrame:
    """Return one row per open item of OPEN_ITEMS: kind, repository, number, opened_at, last_at, is_draft."""
    frames = [
        snapshot.select(kind=pl.lit(kind), repository="repository", item=column)
        .explode("item")
        .filter(pl.col("item").is_not_null())
        .unnest("item")
        .rename({"updated_at": "last_at"})
        for kind, column in (("pull_request", "pull_requests"), ("issue", "issues"))
    ]
    return pl.concat(frames).select(*ITEM_KEY_COLUMNS, "opened_at", "last_at", "is_draft").sort(ITEM_KEY_COLUMNS)


def repositories_with_full_history(history: EventHistory) -> list[str]:
    """Return the repositories whose item number 1 was opened within the history."""
    opened = pl.concat(
        [_normalize_events(history.pull_requests, "pull_request"), _normalize_events(history.issues, "issue")]
    )
    first = opened.filter(pl.col("event") == "opened", pl.col("number") == 1)
    return first["repository"].unique().sort().to_list()


def rebuild_open_items(history: EventHistory, repositories: Sequence[str]) -> pl.DataFrame:
    """Return one row per open item of the repositories, with the columns of `unpack_listed_items`."""
    events = pl.concat(
        [_normalize_events(history.pull_requests, "pull_request"), _normalize_events(history.issues, "issue")]
    )
    own_events = events.filter(pl.col("repository").is_in(list(repositories)))
    # Of two events at the same instant the closing comes last: an item is opened before it is closed.
    closes = pl.col("event").is_in(["closed", "merged"])
    states = ["opened", "reopened", "closed", "merged"]
    last = (
        own_events.sort(pl.col("at"), closes)
        .group_by(ITEM_KEY_COLUMNS, maintain_order=True)
        .agg(
            pl.col("event").filter(pl.col("event").is_in(states)).last(),
            pl.col("is_draft").last(),
            last_at=pl.col("at").max(),
            opened_at=pl.col("opened_at").min(),
        )
    )
    open_items = last.filter(pl.col("event").is_in(["opened", "reopened"]))
    reviewed = history.reviews.group_by("repository", "number").agg(reviewed=pl.col("submitted_at").max())
    joined = open_items.join(reviewed.with_columns(kind=pl.lit("pull_request")), on=ITEM_KEY_COLUMNS, how="left")
    return joined.select(
        *ITEM_KEY_COLUMNS, "opened_at", last_at=pl.max_horizontal("last_at", "reviewed"), is_draft="is_draft"
    ).sort(ITEM_KEY_COLUMNS)


def measure_open_items(
    items: pl.DataFrame, github_repositories: Sequence[str], known_repositories: Sequence[str], end: datetime
) -> Iterator[Measurement]:
    """Yield the open-item metrics of each known repository, and of all together if all are known.

    A total over the known repositories alone would rise from day to day as more of them become known.

    Args:
        items: one row per open item, as `load_open_items` returns them.
        github_repositories: the repositories that can have open items.
        known_repositories: those of them whose open items are known.
        end: the end of the window.
    """
    parts = items.partition_by("repository", as_dict=True)
    for name in known_repositories:
        yield from _measure_scope(parts.get((name,), items.clear()), f"repository:{name}", end)
    if known_repositories and not set(github_repositories) - set(known_repositories):
        yield from _measure_scope(items, SCOPE_ALL, end)


def find_missing_open_metrics(
    github_repositories: Sequence[str], known_repositories: Sequence[str]
) -> Iterator[MissingMetric]:
    """Yield the scopes whose open items are unknown, with the reason."""
    if not github_repositories:
        yield MissingMetric(metrics=OPEN_METRICS, scope=SCOPE_ALL, reason=NO_OPEN_ITEMS_REASON)
    unknown = sorted(set(github_repositories) - set(known_repositories))
    if unknown:
        reason = f"unknown: it is not known of {len(unknown)} of {len(github_repositories)} repositories"
        yield MissingMetric(metrics=OPEN_METRICS, scope=SCOPE_ALL, reason=reason)
    for name in unknown:
        yield MissingMetric(metrics=OPEN_METRICS, scope=f"repository:{name}", reason=INCOMPLETE_HISTORY_REASON)


def _normalize_events(events: pl.DataFrame, kind: str) -> pl.DataFrame:
    started = pl.coalesce(
        "opened_at", pl.col("at").filter(pl.col("event") == "opened").first().over("repository", "number")
    )
    is_draft = (
        pl.col("is_draft").fill_null(value=False)
        if "is_draft" in events.columns
        else pl.lit(value=False).alias("is_draft")
    )
    return events.select("repository", "number", "event", "at", is_draft, opened_at=started, kind=pl.lit(kind))


def _measure_scope(items: pl.DataFrame, scope: str, end: datetime) -> Iterator[Measurement]:
    every = items.filter(pl.col("kind") == "pull_request")
    pull_requests = every.filter(~pl.col("is_draft"))
    issues = items.filter(pl.col("kind") == "issue")
    yield Measurement("pull_requests_open", scope, pull_requests.height)
    yield Measurement("draft_pull_requests_open", scope, every.height - pull_requests.height)
    yield Measurement("pull_requests_stale", scope, pull_requests.filter(pl.col("last_at") < end - STALE_AFTER).height)
    yield Measurement("issues_open", scope, issues.height)
    if issues.height:
        ages = issues.select(seconds=(pl.lit(end) - pl.col("opened_at")).dt.total_seconds())
        numbers = to_hour_statistics(compute_statistics(ages).row(0, named=True))
        yield Measurement("issue_age_median", scope, numbers["median"])
        yield Measurement("issue_age_p90", scope, numbers["p90"])


HistoryByDay = dict[str, EventHistory]
"""Days that this run has already read, by key, without texts."""


def load_open_items(
    storage: Storage, period: Period, raw_window: RawWindow, audience: Audience, histories: HistoryByDay
) -> tuple[pl.DataFrame, list[str], list[str]]:
    """Return the open items of a period.

    Returns:
        One row per open item, the repositories that can have any (on GitHub, not archived), and those of them whose
        open items are known.
    """
    github_repositories = raw_window.repositories.filter(
        pl.col("source").is_in(GITHUB_SOURCES), ~pl.col("is_archived").fill_null(value=False)
    )["repository"].to_list()
    listed = raw_window.open_items.filter(pl.col("repository").is_in(github_repositories))
    known_repositories = listed["repository"].to_list()
    items = unpack_listed_items(listed)
    if unlisted := sorted(set(github_repositories) - set(known_repositories)):
        history = _load_history(storage, period, unlisted, audience, histories)
        complete = repositories_with_full_history(history)
        items = pl.concat([items, rebuild_open_items(history, complete)])
        known_repositories = [*known_repositories, *complete]
    return items, github_repositories, sorted(known_repositories)


def _load_history(
    storage: Storage, period: Period, repositories: list[str], audience: Audience, histories: HistoryByDay
) -> EventHistory:
    """Return the events of some repositories on the consecutive stored days up to the end of the period."""
    stored_keys = set.intersection(*(set(storage.list_keys(table.path)) for table in HISTORY_TABLES))
    keys: list[str] = []
    day = period.days[-1]
    while day.key in stored_keys:
        keys.append(day.key)
        day = day.previous()
    is_visible = pl.col("repository").is_in(repositories)
    if audience is not Audience.INTERNAL:
        is_visible &= pl.col("visibility") == audience.value
    days = [EMPTY_HISTORY, *(_read_day(storage, key, histories) for key in reversed(keys))]
    parts = ([getattr(history, table.asset) for history in days] for table in HISTORY_TABLES)
    return EventHistory(*(pl.concat(frames).filter(is_visible) for frames in parts))


def _read_day(storage: Storage, key: str, histories: HistoryByDay) -> EventHistory:
    if key not in histories:
        histories[key] = _to_history(*(storage.read_table(table.path, key, table) for table in HISTORY_TABLES))
    return histories[key]


def _to_history(*tables: pl.DataFrame) -> EventHistory:
    # Not `select`, which starts the threads of polars: EMPTY_HISTORY is made at import, and a process that only holds
    # the code, or forks, has no use for them.
    return EventHistory(*(table[[name for name in HISTORY_COLUMNS if name in table.columns]] for table in tables))


EMPTY_HISTORY = _to_history(*(table.make_empty() for table in HISTORY_TABLES))
