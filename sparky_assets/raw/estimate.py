"""Estimate what a backfill from GitHub takes: requests, points, minutes and disk.

One cheap sweep counts what a backfill would read (two points for 50 repositories). The sums then follow the plan of
`github/sweep.py`, run by run of at most 31 days. A repository that changed more often than the count shows is assumed
to have changed at the same rate before. Reading what is counted belongs to `github/`.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

from resources.errors import GitHubError, GitHubQueryTooLargeError
from resources.github.client import GraphQLResponse
from sparky_assets.periods import Period, PeriodKind, TimeWindow
from sparky_assets.raw.github.batching import PUSH_MARGIN, BatchSizes, QueryRunner
from sparky_assets.raw.github.open_items import can_list_open_items
from sparky_assets.raw.github.parsing import ConnectionPage, GraphQLModel, parse_response
from sparky_assets.raw.github.queries import COUNT_COMMITS_QUERY, COUNT_QUERY
from sparky_assets.raw.github.recent_items import ITEMS_PER_REQUEST, MAX_DEPLOYMENT_TIME, RecentKind
from sparky_assets.raw.github.responses import DatedRef, ItemRef
from sparky_assets.raw.github.sweep import MAX_LISTED_RELEASES

MAX_SWEEP_DAYS = 31
"""Days that a run collects in one sweep at most: `orchestration.partitions.MAX_DAYS_PER_SWEEP`."""

POINTS_PER_HOUR = 5_000
"""Rate limit of a user's token; a GitHub App has up to 12,500."""

POINTS_PER_ITEMS_REQUEST = 2
"""A request of 22 items costs two points (`ITEMS_QUERY`)."""

BYTES_PER_DAY = 77_000
"""Part of a day's size that does not grow with its rows: column descriptions and dictionaries of nine parquet tables.
Measured on the fake organisation (60 repositories, 30 and 75 days; 200 repositories, 7 days)."""

BYTES_PER_COMMIT = 70
"""A row in zstd-compressed parquet, measured on the fake organisation; the texts of a real one are longer."""

BYTES_PER_EVENT = 40
"""Measured like `BYTES_PER_COMMIT`."""

EVENTS_PER_ITEM = 3.2
"""Opened, closed and 1.3 reviews for each pull request or issue, measured like `BYTES_PER_COMMIT`."""

MAX_SAMPLED_ITEMS = 50
"""Newest changes that are counted for each repository; older ones are assumed to have come at the same rate."""

MAX_HISTORIES_PER_REQUEST = 50

RECENT_MARGINS: Mapping[RecentKind, timedelta] = {"deployments": MAX_DEPLOYMENT_TIME, "discussions": timedelta(0)}
"""How long before a window the deployments and discussions that are read for it were created."""


@dataclass(frozen=True)
class ChangeCounts:
    """Pull requests or issues of one repository: (created, updated) of the last changed ones, and how many in total."""

    newest_changes: tuple[tuple[datetime, datetime], ...]
    total_count: int

    def count_updated(self, since: datetime, before: datetime, now: datetime) -> float:
        """Estimate how many items were changed at or after `since` and opened before `before`."""
        sampled = sum(updated >= since and created < before for created, updated in self.newest_changes)
        has_whole_list = len(self.newest_changes) >= self.total_count
        if has_whole_list or not self.newest_changes or self.newest_changes[-1][1] <= since:
            return sampled
        oldest = self.newest_changes[-1][1]
        sample_size = len(self.newest_changes)
        rate = sample_size / max((now - oldest).total_seconds(), 1.0)
        average_age = sum((updated - created).total_seconds() for created, updated in self.newest_changes) / sample_size
        seconds_inside = max((min(oldest, before) - since).total_seconds(), 0.0)
        seconds_beyond = min(max((oldest - before).total_seconds(), 0.0), average_age)
        return sampled + min(rate * (seconds_inside + seconds_beyond), self.total_count - sample_size)


@dataclass(frozen=True)
class RepositoryActivity:
    """Activity of one repository: last push (None: no commits to read), commits of the whole range, items."""

    pushed_at: datetime | None
    commit_count: int
    pull_requests: ChangeCounts
    issues: ChangeCounts
    deployments: ChangeCounts | None = None
    discussions: ChangeCounts | None = None
    """Deployments and discussions; None where they are not collected."""


@dataclass(frozen=True)
class BackfillEstimate:
    """What a backfill takes."""

    run_count: int
    request_count: int
    point_count: int
    minutes: float
    disk_bytes: int


class ActivityCounts(GraphQLModel):
    """A repository in the answer to the counting query."""

    id: str
    name_with_owner: str
    is_empty: bool
    is_disabled: bool
    is_fork: bool
    pushed_at: datetime | None
    pull_requests: ConnectionPage[ItemRef]
    issues: ConnectionPage[ItemRef]
    deployments: ConnectionPage[DatedRef] | None = None
    discussions: ConnectionPage[DatedRef] | None = None


def list_sweep_windows(first: date, last: date, timezone: str) -> tuple[TimeWindow, ...]:
    """Return the windows in which the days from `first` to `last` are collected, both included."""
    windows = []
    while first <= last:
        last_of_sweep = min(first + timedelta(days=MAX_SWEEP_DAYS - 1), last)
        start = Period(PeriodKind.DAILY, first).window(timezone).start
        end = Period(PeriodKind.DAILY, last_of_sweep).window(timezone).end
        windows.append(TimeWindow(start, end, timezone))
        first = last_of_sweep + timedelta(days=1)
    return tuple(windows)


def estimate_backfill(
    activity: Sequence[RepositoryActivity],
    windows: Sequence[TimeWindow],
    day_count: int,
    now: datetime,
    *,
    seconds_per_request: float,
    points_per_hour: int | None = POINTS_PER_HOUR,
) -> BackfillEstimate:
    """Add up the runs of a backfill.

    Args:
        activity: the repositories with their activity in the whole range.
        windows: the window of each run; together they cover the range.
        day_count: days of the range.
        now: the present time.
        seconds_per_request: duration of one request.
        points_per_hour: rate limit; None where there is none.
    """
    first, last = windows[0].start, windows[-1].end
    total_seconds = (last - first).total_seconds()
    requests = points = 0
    for window in windows:
        share = (window.end - window.start).total_seconds() / total_seconds
        run_requests, run_points = _estimate_run(activity, window, share, now)
        requests += run_requests
        points += run_points
    waiting_minutes = 60.0 * (points // points_per_hour) if points_per_hour else 0.0
    items = _count_updated_items(activity, first, last, now)
    recent_items = _count_recent_items(activity, first, last, now)
    commits = sum(repository.commit_count for repository in activity)
    event_count = items * EVENTS_PER_ITEM + recent_items
    disk = day_count * BYTES_PER_DAY + commits * BYTES_PER_COMMIT + event_count * BYTES_PER_EVENT
    minutes = requests * seconds_per_request / 60 + waiting_minutes
    return BackfillEstimate(len(windows), requests, points, minutes, round(disk))


def _estimate_run(
    activity: Sequence[RepositoryActivity], window: TimeWindow, share: float, now: datetime
) -> tuple[int, int]:
    """Return the requests and points of one run; `share` is its part of the commits of the range."""
    sizes = BatchSizes.from_window(window, now)
    listing = ceil(len(activity) / sizes.repositories)
    pushed = [
        repository
        for repository in activity
        if repository.pushed_at and repository.pushed_at >= window.start - PUSH_MARGIN
    ]
    histories = ceil(len(pushed) / sizes.histories)
    history_points = max(1, round(min(len(pushed), sizes.histories) * (1 + sizes.commits) / 100))
    commit_pages, commit_points = _estimate_commit_pages(
        [repository.commit_count * share for repository in pushed], sizes
    )
    item_requests = ceil(_count_updated_items(activity, window.start, window.end, now) / sizes.items)
    # Pull requests are read newest first, and their first page is read once more.
    item_pages = _estimate_item_pages(
        [repository.pull_requests for repository in activity], 1, window.start, now, sizes
    )
    item_pages += _estimate_item_pages([repository.issues for repository in activity], 0, window.start, now, sizes)
    recent_requests = _estimate_recent_requests(activity, window, now)
    has_discussions = any(repository.discussions for repository in activity)
    listing_points = listing * (2 + can_list_open_items(window, now) + has_discussions)
    requests = listing + histories + commit_pages + item_requests + item_pages + recent_requests
    points = listing_points + histories * history_points + commit_points + item_pages + recent_requests
    return requests, points + POINTS_PER_ITEMS_REQUEST * item_requests


def _estimate_recent_requests(activity: Sequence[RepositoryActivity], window: TimeWindow, now: datetime) -> int:
    """Return the requests for deployments and discussions: pages after the first one, and what is behind the ids."""
    requests = ceil(_count_recent_items(activity, window.start, window.end, now) / ITEMS_PER_REQUEST)
    sizes = BatchSizes()
    for kind, margin in RECENT_MARGINS.items():
        lists = [counts for repository in activity if (counts := getattr(repository, kind))]
        listed_counts = [counts.count_updated(window.start - margin, now + timedelta(days=1), now) for counts in lists]
        page_counts = [ceil(max(0.0, listed - MAX_LISTED_RELEASES) / sizes.page_size) for listed in listed_counts]
        requests += max(ceil(sum(page_counts) / sizes.follow_ups), max(page_counts, default=0))
    return requests


def _count_recent_items(
    activity: Sequence[RepositoryActivity], since: datetime, before: datetime, now: datetime
) -> float:
    """Return how many deployments and discussions are read for a window."""
    total = 0.0
    for kind, margin in RECENT_MARGINS.items():
        lists: list[ChangeCounts] = [counts for repository in activity if (counts := getattr(repository, kind))]
        total += sum(counts.count_updated(since - margin, before, now) for counts in lists)
    return total


def _count_updated_items(
    activity: Sequence[RepositoryActivity], since: datetime, before: datetime, now: datetime
) -> float:
    return sum(
        changes.count_updated(since, before, now)
        for repository in activity
        for changes in (repository.pull_requests, repository.issues)
    )


def _estimate_commit_pages(commit_counts: Sequence[float], sizes: BatchSizes) -> tuple[int, int]:
    """Return the requests and points of the pages after the first one of each history."""
    remaining = sorted(count - sizes.commits for count in commit_counts if count > sizes.commits)
    batches = [remaining[start : start + sizes.follow_ups] for start in range(0, len(remaining), sizes.follow_ups)]
    requests = points = 0
    for batch in batches:
        pages = ceil(batch[-1] / sizes.page_size)
        page_size = min(batch[-1], sizes.page_size)
        requests += pages
        points += pages * max(1, round(len(batch) * (1 + page_size) / 100))
    return requests, points


def _estimate_item_pages(
    changes_by_repository: Sequence[ChangeCounts], extra_pages: int, since: datetime, now: datetime, sizes: BatchSizes
) -> int:
    """Return the requests for the pages after the first one; each long list takes `extra_pages` more."""
    tomorrow = now + timedelta(days=1)
    counts = [changes.count_updated(since, tomorrow, now) for changes in changes_by_repository]
    page_counts = [
        ceil((count - sizes.updated_items) / sizes.page_size) + extra_pages
        for count in counts
        if count > sizes.updated_items
    ]
    return max(ceil(sum(page_counts) / sizes.follow_ups), max(page_counts, default=0))


def count_activity(runner: QueryRunner, owner: str) -> list[RepositoryActivity]:
    """Count what an owner's repositories hold in the window of `runner`.

    Raises:
        GitHubError: when the owner cannot be listed.
    """
    repositories = list(_fetch_repositories(runner, owner))
    pushed = [repository for repository in repositories if _can_have_commits(runner, repository)]
    commit_counts = dict(_count_commits(runner, pushed))
    return [
        RepositoryActivity(
            repository.pushed_at if repository in pushed else None,
            commit_counts.get(repository.id, 0),
            _to_change_counts(repository.pull_requests),
            _to_change_counts(repository.issues),
            _to_created_counts(repository.deployments),
            _to_created_counts(repository.discussions),
        )
        for repository in repositories
    ]


def _can_have_commits(runner: QueryRunner, repository: ActivityCounts) -> bool:
    is_readable = not (repository.is_empty or repository.is_disabled)
    return is_readable and repository.pushed_at is not None and repository.pushed_at >= runner.window.start


def _to_change_counts(page: ConnectionPage[ItemRef]) -> ChangeCounts:
    changes = tuple((item.created_at, item.updated_at) for item in page.visible_nodes)
    return ChangeCounts(changes, page.total_count or 0)


def _to_created_counts(page: ConnectionPage[DatedRef] | None) -> ChangeCounts | None:
    if page is None:
        return None
    created = tuple((item.created_at, item.created_at) for item in page.visible_nodes)
    return ChangeCounts(created, page.total_count or 0)


def _fetch_repositories(runner: QueryRunner, owner: str) -> Iterator[ActivityCounts]:
    cursor: str | None = None
    left_out: set[str] = set()
    while True:
        size = runner.sizer.get_size("Count", runner.sizes.repositories)
        variables = {
            "owner": owner,
            "after": cursor,
            "n": size,
            "k": MAX_SAMPLED_ITEMS,
            "deployments": "deployments" not in left_out,
            "discussions": runner.lists_discussions and "discussions" not in left_out,
        }
        try:
            response = runner.client.query("Count", COUNT_QUERY, variables)
        except GitHubQueryTooLargeError:
            if size == 1:
                raise
            runner.sizer.halve("Count", size)
            continue
        if lost := runner.note_lost_connections(response.errors, owner) - left_out:
            left_out |= lost
            continue
        owner_node = response.data.get("repositoryOwner")
        if not isinstance(owner_node, dict):
            raise GitHubError(f"{owner}: no such organisation or user, or the token may not see it.")
        page = parse_response(
            ConnectionPage[ActivityCounts], owner_node["repositories"], "Count", "repositoryOwner", "repositories"
        )
        yield from page.visible_nodes
        if not page.page_info.has_next_page:
            return
        cursor = page.page_info.end_cursor


def _count_commits(runner: QueryRunner, repositories: Sequence[ActivityCounts]) -> Iterator[tuple[str, int]]:
    """Yield the id and the number of commits of each repository."""

    def send(batch: Sequence[ActivityCounts], _: int) -> GraphQLResponse:
        ids = [repository.id for repository in batch]
        return runner.client.query("CountCommits", COUNT_COMMITS_QUERY, {"ids": ids, **runner.window_variables})

    batches = runner.run_batches(
        "CountCommits",
        deque(repositories),
        max_size=MAX_HISTORIES_PER_REQUEST,
        page_size=1,
        send=send,
        on_too_heavy=lambda repository, error: runner.add_problem(repository.name_with_owner, str(error)),
    )
    for batch, response in batches:
        for repository, node in zip(batch, response.data["nodes"], strict=True):
            yield repository.id, _parse_total_count(node)


def _parse_total_count(node: Any) -> int:
    for field in ("defaultBranchRef", "target", "history", "totalCount"):
        node = node.get(field) if isinstance(node, dict) else None
    return node if isinstance(node, int) else 0
