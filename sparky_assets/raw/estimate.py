"""What a backfill will take: requests, points, minutes, disk, from counts of one cheap sweep. Pure.

It adds up the plan of `github_sweep.py`, run by run of at most 31 days. Repositories that changed more often than the
count shows are taken to have changed at the same rate before.

One cheap sweep that counts what a backfill would read: two points for 50 repositories. The sums: `estimate.py`.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

from resources.errors import GitHubError, GitHubQueryTooLargeError
from resources.github.client import GraphQLResponse
from sparky_assets.periods import Period, PeriodKind, TimeWindow
from sparky_assets.raw.github.batching import PUSH_MARGIN, BatchSizes, QueryRunner
from sparky_assets.raw.github.open_items import can_list_open_items
from sparky_assets.raw.github.queries import COUNT_COMMITS_QUERY, COUNT_QUERY
from sparky_assets.raw.github.responses import ConnectionPage, GraphQLModel, ItemRef, parse_response

MAX_SWEEP_DAYS = 31
"""A run collects so many days in one sweep at most: `partitions.MAX_RANGE`."""


POINTS_PER_HOUR = 5_000
"""What a user's token has; a GitHub App has up to 12,500."""


EMPTY_DAY_BYTES = 42_500
"""The tables of a day without a row: parquet's own description of their columns."""


BYTES_PER_COMMIT, BYTES_PER_EVENT = 70, 40
"""A row in zstd-compressed parquet, measured on the fake organisation; texts of a real one are longer."""


EVENTS_PER_ITEM = 3.2
"""Opened, closed and 1.3 reviews for each pull request or issue, measured there too."""


@dataclass(frozen=True)
class ChangeCounts:
    """Pull requests or issues of one repository: (created, updated) of the last changed ones, and how many in all."""

    newest_changes: tuple[tuple[datetime, datetime], ...]
    total_count: int

    def count_updated(self, since: datetime, before: datetime, now: datetime) -> float:
        """How many were changed since one instant and opened before another."""
        shown = sum(updated >= since and created < before for created, updated in self.newest_changes)
        if (
            len(self.newest_changes) >= self.total_count
            or not self.newest_changes
            or self.newest_changes[-1][1] <= since
        ):
            return shown
        oldest = self.newest_changes[-1][1]
        rate = len(self.newest_changes) / max((now - oldest).total_seconds(), 1.0)
        lags = sum((updated - created).total_seconds() for created, updated in self.newest_changes) / len(
            self.newest_changes
        )
        inside = max((min(oldest, before) - since).total_seconds(), 0.0)
        beyond = min(max((oldest - before).total_seconds(), 0.0), lags)
        return shown + min(rate * (inside + beyond), self.total_count - len(self.newest_changes))


@dataclass(frozen=True)
class RepositoryActivity:
    """One repository: its last push (None: no commits to read), commits of the whole range, items."""

    pushed_at: datetime | None
    commit_count: int
    pull_requests: ChangeCounts
    issues: ChangeCounts


@dataclass(frozen=True)
class BackfillEstimate:
    """What a backfill takes."""

    run_count: int
    request_count: int
    point_count: int
    minutes: float
    disk_bytes: int


def list_sweep_windows(first: date, last: date, timezone: str) -> tuple[TimeWindow, ...]:
    """The windows in which the days from `first` to `last` are collected, both included."""
    found = []
    while first <= last:
        end = min(first + timedelta(days=MAX_SWEEP_DAYS - 1), last)
        begins, ends = (Period(PeriodKind.DAILY, day).window(timezone) for day in (first, end))
        found.append(TimeWindow(begins.start, ends.end, timezone))
        first = end + timedelta(days=1)
    return tuple(found)


def estimate_backfill(
    activity: Sequence[RepositoryActivity],
    windows: Sequence[TimeWindow],
    day_count: int,
    now: datetime,
    *,
    seconds_per_request: float,
    points_per_hour: int | None = POINTS_PER_HOUR,
) -> BackfillEstimate:
    """Add up the runs that a backfill of `days` days makes, one a window, the windows covering all of the range."""
    whole = (windows[-1].end - windows[0].start).total_seconds()
    requests = points = 0
    for window in windows:
        share = (window.end - window.start).total_seconds() / whole
        more_requests, more_points = _estimate_run(activity, window, share, now)
        requests, points = requests + more_requests, points + more_points
    waiting = 60.0 * (points // points_per_hour) if points_per_hour else 0.0
    first, last = windows[0].start, windows[-1].end
    items = sum(one.count_updated(first, last, now) for repo in activity for one in (repo.pull_requests, repo.issues))
    commits = sum(repo.commit_count for repo in activity)
    disk = day_count * EMPTY_DAY_BYTES + commits * BYTES_PER_COMMIT + items * EVENTS_PER_ITEM * BYTES_PER_EVENT
    return BackfillEstimate(len(windows), requests, points, requests * seconds_per_request / 60 + waiting, round(disk))


def _estimate_run(
    activity: Sequence[RepositoryActivity], window: TimeWindow, share: float, now: datetime
) -> tuple[int, int]:
    sizes = BatchSizes.from_window(window, now)
    listing = ceil(len(activity) / sizes.repositories)
    pushed = [one for one in activity if one.pushed_at and one.pushed_at >= window.start - PUSH_MARGIN]
    histories = ceil(len(pushed) / sizes.histories)
    history_points = max(1, round(min(len(pushed), sizes.histories) * (1 + sizes.commits) / 100))
    more, more_points = _estimate_commit_pages([one.commit_count * share for one in pushed], sizes)
    items = sum(
        one.count_updated(window.start, window.end, now)
        for repo in activity
        for one in (repo.pull_requests, repo.issues)
    )
    hydrations = ceil(items / sizes.items)
    follow_ups = _estimate_item_pages(activity, window.start, now, sizes)
    requests = listing + histories + more + hydrations + follow_ups
    page = 3 if can_list_open_items(window, now) else 2
    return requests, page * listing + histories * history_points + more_points + hydrations + follow_ups


def _estimate_commit_pages(commit_counts: Sequence[float], sizes: BatchSizes) -> tuple[int, int]:
    left = sorted(count - sizes.commits for count in commit_counts if count > sizes.commits)
    batches = [left[start : start + sizes.follow_ups] for start in range(0, len(left), sizes.follow_ups)]
    requests = points = 0
    for batch in batches:
        pages = ceil(batch[-1] / sizes.page_size)
        page = min(batch[-1], sizes.page_size)
        requests += pages
        points += pages * max(1, round(len(batch) * (1 + page) / 100))
    return requests, points


def _estimate_item_pages(
    activity: Sequence[RepositoryActivity], since: datetime, now: datetime, sizes: BatchSizes
) -> int:
    later = now + timedelta(days=1)

    def pages(changes: Sequence[ChangeCounts], again: int) -> int:
        counts = [one.count_updated(since, later, now) for one in changes]
        walks = [
            ceil((count - sizes.updated_items) / sizes.page_size) + again
            for count in counts
            if count > sizes.updated_items
        ]
        return max(ceil(sum(walks) / sizes.follow_ups), max(walks, default=0))

    # Pull requests are walked newest first, and their front is looked at once more.
    return pages([one.pull_requests for one in activity], 1) + pages([one.issues for one in activity], 0)


MAX_SAMPLED_ITEMS = 50
"""Newest changes looked at for each repository; older ones are taken to have come at the same rate."""


MAX_HISTORIES_PER_REQUEST = 50


class ActivityCounts(GraphQLModel):
    """A repository as the count shows it."""

    id: str
    name_with_owner: str
    is_empty: bool
    is_disabled: bool
    is_fork: bool
    pushed_at: datetime | None
    pull_requests: ConnectionPage[ItemRef]
    issues: ConnectionPage[ItemRef]


def count_activity(runner: QueryRunner, owner: str) -> list[RepositoryActivity]:
    """What there is of an owner's repositories in the asking's window.

    Raises:
        GitHubError: when the owner cannot be listed.
    """
    repositories = list(_fetch_repositories(runner, owner))
    pushed = [one for one in repositories if _can_have_commits(runner, one)]
    commits = dict(_count_commits(runner, pushed))
    return [
        RepositoryActivity(
            one.pushed_at if one in pushed else None,
            commits.get(one.id, 0),
            _to_change_counts(one.pull_requests),
            _to_change_counts(one.issues),
        )
        for one in repositories
    ]


def _can_have_commits(runner: QueryRunner, repository: ActivityCounts) -> bool:
    is_readable = not (repository.is_empty or repository.is_disabled)
    return is_readable and repository.pushed_at is not None and repository.pushed_at >= runner.window.start


def _to_change_counts(page: ConnectionPage[ItemRef]) -> ChangeCounts:
    return ChangeCounts(tuple((one.created_at, one.updated_at) for one in page.visible_nodes), page.total_count or 0)


def _fetch_repositories(runner: QueryRunner, owner: str) -> Iterator[ActivityCounts]:
    cursor: str | None = None
    while True:
        size = runner.sizer.get_size("Count", runner.sizes.repositories)
        variables = {"owner": owner, "after": cursor, "n": size, "k": MAX_SAMPLED_ITEMS}
        try:
            found = runner.client.query("Count", COUNT_QUERY, variables).data.get("repositoryOwner")
        except GitHubQueryTooLargeError:
            if size == 1:
                raise
            runner.sizer.halve("Count", size)
            continue
        if not isinstance(found, dict):
            raise GitHubError(f"{owner}: no such organisation or user, or the token may not see it.")
        page = parse_response(
            ConnectionPage[ActivityCounts], found["repositories"], "Count", "repositoryOwner", "repositories"
        )
        yield from page.visible_nodes
        if not page.page_info.has_next_page:
            return
        cursor = page.page_info.end_cursor


def _count_commits(runner: QueryRunner, repositories: Sequence[ActivityCounts]) -> Iterator[tuple[str, int]]:
    def ask(batch: Sequence[ActivityCounts], page: int) -> GraphQLResponse:
        del page
        ids = [one.id for one in batch]
        return runner.client.query(
            "CountCommits",
            COUNT_COMMITS_QUERY,
            {"ids": ids, "since": runner.since_timestamp, "until": runner.until_timestamp},
        )

    def give_up(one: ActivityCounts, error: GitHubQueryTooLargeError) -> None:
        runner.add_problem(one.name_with_owner, str(error))

    batches = runner.run_batches(
        "CountCommits",
        deque(repositories),
        max_size=MAX_HISTORIES_PER_REQUEST,
        page_size=1,
        send=ask,
        on_too_heavy=give_up,
    )
    for batch, answer in batches:
        for one, node in zip(batch, answer.data["nodes"], strict=True):
            yield one.id, _parse_total_count(node)


def _parse_total_count(node: Any) -> int:
    for step in ("defaultBranchRef", "target", "history", "totalCount"):
        node = node.get(step) if isinstance(node, dict) else None
    return node if isinstance(node, int) else 0
