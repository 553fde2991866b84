"""Volume: totals of a window and of each day, and the tables of repositories, contributors and changes. Pure.

Totals are counted from the events, not from the tables, so that a check can compare both. Contributors are sorted by
key; no person is ranked, scored or compared.
"""

from collections.abc import Callable
from dataclasses import replace

import polars as pl

from sparky_assets.metrics.classify import build_theme_expression
from sparky_assets.metrics.events import CODE_ROLES, EventTables, find_themes_by_files
from sparky_assets.metrics.models import (
    CHANGE_TABLE,
    CONTRIBUTION_COLUMNS,
    CONTRIBUTOR_TABLE,
    DAY_TABLE,
    VOLUME_COLUMNS,
)
from sparky_assets.periods import Period
from sparky_assets.raw.commit_graph import find_advisory_commits
from sparky_assets.raw.people import GHOST_KEY

ADDITIVE_METRICS = tuple(
    name
    for name in VOLUME_COLUMNS
    if name not in {"changed_files", "people", "active_people", "active_bots", "pull_requests_merged"}
)
"""Metrics of a week that equal the sum of its seven days. People and files recur on several days. So does a merged pull
request that only git reports, if its merge commit was cherry-picked."""

GITHUB_ONLY_METRICS = (
    "pull_requests_opened", "pull_requests_closed", "pull_requests_reopened", "reviews", "issues_opened",
    "issues_closed", "issues_reopened",
)  # fmt: skip
"""Metrics that git alone cannot provide."""

EVENT_FRAMES = ("commits", "own_commits", "pull_requests", "reviews", "issues", "releases", "roles")
"""Frames of `EventTables` whose rows are counted; a changed file belongs to a commit."""

NULLABLE_METRICS = ("insertions", "deletions", "changed_files")


def count_totals(events: EventTables) -> dict[str, int | None]:
    """Return every volume metric of all repositories together; None where no source provides it."""
    own, github = events.own_commits, events.github_repositories.implode()
    totals: dict[str, int | None] = {
        "commits": own.height,
        "merge_commits": int(events.commits["is_merge"].sum()),
        "bot_commits": int(own["is_bot"].sum()),
        "insertions": _sum_known(own["insertions"]),
        "deletions": _sum_known(own["deletions"]),
        "changed_files": _count_distinct_files(events),
        "commits_without_statistics": own["insertions"].null_count(),
        "releases": events.releases.height,
        **_count_participants(events),
        "pull_requests_merged": _count_events(events.pull_requests, "merged"),
    }
    has_github = not events.github_repositories.is_empty()
    is_on_github = pl.col("repository").is_in(github)
    for kind, frame in (("pull_requests", events.pull_requests), ("issues", events.issues)):
        github_items = frame.filter(is_on_github)
        for event in ("opened", "closed", "reopened"):
            totals[f"{kind}_{event}"] = _count_events(github_items, event) if has_github else None
    totals["reviews"] = events.reviews.filter(is_on_github).height if has_github else None
    return {name: totals[name] for name in VOLUME_COLUMNS}


def _count_participants(events: EventTables) -> dict[str, int]:
    """Count the people and bots of all roles, and the people who wrote code, in one query: it runs for each day."""
    key = pl.col("key")
    is_known, is_bot = key != GHOST_KEY, key.is_in(events.bot_keys.implode())
    counted = events.roles.select(
        people=key.filter(is_known & pl.col("role").is_in(CODE_ROLES) & ~is_bot).n_unique(),
        active_people=key.filter(is_known & ~is_bot).n_unique(),
        active_bots=key.filter(is_known & is_bot).n_unique(),
    )
    return {name: int(count) for name, count in counted.row(0, named=True).items()}


def count_days(events: EventTables, period: Period, timezone: str) -> pl.DataFrame:
    """Return DAY_TABLE. Each day is cut by its own window, so that days of 23 and 25 hours are correct."""
    rows = []
    empty_totals: dict[str, int | None] | None = None  # most days of a quiet month are empty: counted once
    for day, part in zip(period.days, _split_by_day(events, period, timezone), strict=True):
        if any(getattr(part, name).height for name in EVENT_FRAMES):
            totals = count_totals(part)
        else:
            totals = empty_totals = empty_totals or count_totals(part)
        rows.append({"day": day.key, **totals})
    return pl.DataFrame(rows, schema=dict(DAY_TABLE.columns))


def _split_by_day(events: EventTables, period: Period, timezone: str) -> list[EventTables]:
    starts = pl.Series([day.window(timezone).start for day in period.days], dtype=pl.Datetime("us", "UTC"))

    def split_frame(frame: pl.DataFrame) -> Callable[[int], pl.DataFrame]:
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
        "pull_requests": events.pull_requests.select("repository", "at", "event"),
        "issues": events.issues.select("repository", "at", "event"),
        "reviews": events.reviews.select("repository", "at"),
        "releases": events.releases.select("repository", "at"),
    }
    day_selectors = {name: split_frame(frame) for name, frame in frames.items()}
    parts = [
        {name: select_day(number) for name, select_day in day_selectors.items()} for number in range(len(period.days))
    ]
    return [
        replace(events, file_changes=replace(events.file_changes, touches=part.pop("touches")), **part)  # type: ignore[arg-type]
        for part in parts
    ]


def _count_events(frame: pl.DataFrame, event: str) -> int:
    return int((frame["event"] == event).sum())


def _sum_known(lines: pl.Series) -> int | None:
    """Return the sum of the known values; None if there are commits and none of them has a value."""
    return None if lines.len() and lines.null_count() == lines.len() else int(lines.sum())


def _count_distinct_files(events: EventTables) -> int | None:
    """Count each changed file once, however many commits change it. None where no source names files."""
    if events.own_commits.height and not events.own_commits["names_files"].any():
        return None
    return events.file_changes.touches.select(events.file_changes.file_id).to_series().n_unique()


def count_repositories(events: EventTables) -> pl.DataFrame:
    """Return REPOSITORY_TABLE of a window."""
    table = _count_commits(events)
    for part in (_count_people(events), _count_items(events), _count_repository_files(events)):
        table = table.join(part, on="repository", how="full", coalesce=True)
    sources = events.repositories.select("repository", "source")
    table = table.join(sources, on="repository", how="left")
    missing = [name for name in VOLUME_COLUMNS if name not in table.columns]
    table = table.with_columns(pl.lit(0).alias(name) for name in missing)
    no_commits = pl.col("commits").fill_null(0) == 0
    counts = [pl.col(name).fill_null(0) for name in VOLUME_COLUMNS if name not in NULLABLE_METRICS]
    lines = [pl.when(no_commits).then(0).otherwise(pl.col(name)).alias(name) for name in NULLABLE_METRICS]
    on_github = pl.col("repository").is_in(events.github_repositories.implode())
    return (
        table.with_columns(*counts, *lines)
        .with_columns(pl.when(on_github).then(pl.col(name)).alias(name) for name in GITHUB_ONLY_METRICS)
        .select("repository", "source", pl.col(VOLUME_COLUMNS).cast(pl.Int64))
        .sort("repository")
    )


def _count_commits(events: EventTables) -> pl.DataFrame:
    def sum_known(name: str) -> pl.Expr:
        return pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name)

    merges = events.commits.group_by("repository").agg(pl.col("is_merge").sum().alias("merge_commits"))
    own = events.own_commits.group_by("repository").agg(
        pl.len().alias("commits"),
        pl.col("is_bot").sum().alias("bot_commits"),
        pl.col("insertions").null_count().alias("commits_without_statistics"),
        sum_known("insertions"),
        sum_known("deletions"),
    )
    return merges.join(own, on="repository", how="left")


def _count_repository_files(events: EventTables) -> pl.DataFrame:
    """Count each changed file of a repository once; null where no commit names its files."""
    repositories_with_files = events.own_commits.filter("names_files").select("repository").unique()
    file_changes = events.file_changes
    counts = (
        file_changes.touches.select("repository_id", "path_id")
        .unique()
        .group_by("repository_id")
        .agg(pl.len().alias("changed_files"))
        .join(file_changes.repositories, on="repository_id")
        .select("repository", "changed_files")
    )
    return repositories_with_files.join(counts, on="repository", how="left").with_columns(
        pl.col("changed_files").fill_null(0)
    )


def _count_people(events: EventTables) -> pl.DataFrame:
    roles = events.roles.lazy().select("repository", "key", wrote=pl.col("role").is_in(CODE_ROLES))
    contributors = roles.filter(pl.col("key") != GHOST_KEY).group_by("repository", "key").agg(pl.col("wrote").any())
    is_bot = pl.col("key").is_in(events.bot_keys.implode())
    return (
        contributors.group_by("repository")
        .agg(
            people=(pl.col("wrote") & ~is_bot).sum(),
            active_people=(~is_bot).sum(),
            active_bots=is_bot.sum(),
        )
        .collect()
    )


def _count_items(events: EventTables) -> pl.DataFrame:
    frames = [
        events.pull_requests.select("repository", metric=pl.concat_str(pl.lit("pull_requests_"), "event")),
        events.issues.select("repository", metric=pl.concat_str(pl.lit("issues_"), "event")),
        events.reviews.select("repository", metric=pl.lit("reviews")),
        events.releases.select("repository", metric=pl.lit("releases")),
    ]
    counts = (
        pl.concat(frames).filter(pl.col("metric").is_in(VOLUME_COLUMNS)).group_by("repository", "metric").len("count")
    )
    if counts.is_empty():
        return counts.select("repository")
    return counts.pivot(on="metric", index="repository", values="count")


def count_contributors(events: EventTables) -> pl.DataFrame:
    """Return CONTRIBUTOR_TABLE of a window. The key joins all spellings of a name; the latest spelling is shown."""
    spellings = (
        events.roles.lazy()
        .group_by("key", "repository", "role", "name", "login")
        .agg(pl.len().alias("count"), pl.col("at").max())
        .collect()
    )
    counts = spellings.group_by("key", "role").agg(pl.col("count").sum())
    table = (
        spellings.sort("at", "name", "login")
        .group_by("key")
        .agg(
            pl.col("name").drop_nulls().last(),
            pl.col("login").drop_nulls().last(),
            repositories=pl.col("repository").unique().sort(),
        )
    )
    if not counts.is_empty():
        wide = counts.with_columns(pl.col("role").cast(pl.String)).pivot(on="role", index="key", values="count")
        table = table.join(wide, on="key", how="left")
    lines = events.own_commits.group_by("key").agg(pl.col("insertions").sum(), pl.col("deletions").sum())
    table = table.join(lines, on="key", how="left")
    missing = [name for name in CONTRIBUTION_COLUMNS if name not in table.columns]
    return (
        table.with_columns(
            *(pl.lit(0, dtype=pl.Int64).alias(name) for name in missing),
            pl.col("name").fill_null(pl.col("key")),
            is_bot=pl.col("key").is_in(events.bot_keys.implode()),
        )
        .with_columns(pl.col(CONTRIBUTION_COLUMNS).fill_null(0).cast(pl.Int64))
        .select(CONTRIBUTOR_TABLE.columns.keys())
        .sort("key")
    )


def classify_commits(events: EventTables) -> pl.DataFrame:
    """Return the commits of a window without merges, with the theme of each."""
    file_themes = find_themes_by_files(events.file_changes)
    own = events.own_commits.drop("body", "names_files", "names_assistant")
    advisories = find_advisory_commits(events.commits)
    joined = own.join(file_themes, on="_commit", how="left", maintain_order="left")
    joined = joined.join(advisories, on=["repository", "sha"], how="left", maintain_order="left").drop("sha")
    theme = build_theme_expression("subject", by_files=pl.col("by_files"), advisory=pl.col("advisory"))
    return joined.with_columns(theme=theme).drop("by_files", "advisory")


def count_changes(events: EventTables, commits: pl.DataFrame) -> pl.DataFrame:
    """Return CHANGE_TABLE of a window; `commits` is the result of `classify_commits`."""
    by_type = commits.group_by(name="theme").agg(
        pl.len().alias("commits"), pl.col("insertions").sum(), pl.col("deletions").sum()
    )
    merged = classify_merged_pull_requests(events).group_by(name="theme").agg(pl.len().alias("pull_requests_merged"))
    types = by_type.join(merged, on="name", how="full", coalesce=True).with_columns(kind=pl.lit("type"))
    languages = _count_languages(events).with_columns(kind=pl.lit("language"), pull_requests_merged=pl.lit(None))
    columns = list(CHANGE_TABLE.columns)
    counts = columns[2:]
    return pl.concat(
        [
            types.with_columns(pl.col(counts).fill_null(0).cast(pl.Int64)).select(columns),
            languages.with_columns(pl.col(counts).cast(pl.Int64)).select(columns),
        ]
    ).sort("kind", "name")


def classify_merged_pull_requests(events: EventTables) -> pl.DataFrame:
    """Return the merged pull requests with the theme of each, by title and labels."""
    merged = events.pull_requests.filter(pl.col("event") == "merged")
    with_bots = merged.with_columns(is_bot=pl.col("author").struct.field("is_bot").fill_null(False))
    return with_bots.with_columns(theme=build_theme_expression("title", labels=pl.col("labels")))


def _count_languages(events: EventTables) -> pl.DataFrame:
    """Count commits and lines by language, where files are known. A commit counts for each language that it touches."""
    touches = events.file_changes.written_touches.join(
        events.file_changes.paths.select("path_id", name="language"), on="path_id", how="left"
    )
    lines = touches.group_by("name").agg(pl.col("insertions").sum(), pl.col("deletions").sum())
    commits = touches.select("name", "_commit").unique().group_by("name").agg(pl.len().alias("commits"))
    return commits.join(lines, on="name")
