"""A generated month of raw tables of any size, for the benchmark of the metrics: vectorized and seeded."""

from datetime import date

import numpy as np
import polars as pl

from sparky_assets.periods import Period, PeriodKind
from sparky_assets.raw.tables import (
    COMMITS,
    ISSUES,
    OPEN_ITEMS,
    PERSON_TYPE,
    PULL_REQUESTS,
    RELEASES,
    REPOSITORIES,
    REVIEWS,
    TableSpec,
)
from sparky_assets.raw.window import RawWindow

MONTH = Period(PeriodKind.MONTHLY, date(2025, 10, 1))
REPOSITORY_COUNT, PEOPLE_COUNT = 300, 2_000
SUBJECTS = np.array(
    ["feat: add a wheel", "fix(core): stop the leak", "docs: say how it turns", "Bump ink from 1.0 to 1.1",
     "Speed up the oauth login", "rename the module", "unclear", "tests: cover the wheel", "Handle empty answers"]
)  # fmt: skip
START = int(MONTH.window("UTC").start.timestamp())
SPAN = int(MONTH.window("UTC").end.timestamp()) - START


def made_month(commits: int, pull_requests: int, reviews: int) -> RawWindow:
    """Raw tables with so many commits, pull requests opened and reviews."""
    chance = np.random.default_rng(7)
    repositories = pl.DataFrame(
        {"repository": _names(np.arange(REPOSITORY_COUNT)), "source": "github", "status": "ok", "visibility": "private"}
    )
    opened = _opened(chance, pull_requests)
    merged = opened.filter(pl.int_range(pl.len()) % 5 != 0).with_columns(
        event=pl.lit("merged"),
        at=pl.min_horizontal(pl.col("at") + pl.duration(minutes=pl.col("number") % 4000), _instant(SPAN - 1)),
        commit=pl.lit("0" * 40),
        # A draft was one for an hour.
        ready_at=pl.when("is_draft").then(pl.col("opened_at") + pl.duration(hours=1)).otherwise("opened_at"),
        draft_seconds=pl.when("is_draft").then(3600).otherwise(0),
        is_draft=pl.lit(value=False),
    )
    return RawWindow(
        repositories=_fit(repositories, REPOSITORIES),
        commits=_fit(_commits(chance, commits), COMMITS),
        pull_requests=_fit(pl.concat([opened, merged], how="diagonal"), PULL_REQUESTS),
        reviews=_fit(_reviews(chance, reviews, opened), REVIEWS),
        issues=_fit(_opened(chance, pull_requests // 2).with_columns(number=pl.col("number") + 10**7), ISSUES),
        releases=RELEASES.make_empty(),
        open_items=OPEN_ITEMS.make_empty(),
    )


def _commits(chance: np.random.Generator, count: int) -> pl.DataFrame:
    per_commit = 3
    files = pl.DataFrame(
        {
            "commit": np.repeat(np.arange(count), per_commit),
            "path": _paths(chance, count * per_commit),
            "insertions": chance.integers(0, 80, count * per_commit),
            "deletions": chance.integers(0, 40, count * per_commit),
        }
    )
    grouped = files.group_by("commit", maintain_order=True).agg(
        pl.struct("path", "insertions", "deletions").alias("files"), pl.col("insertions", "deletions").sum()
    )
    return grouped.select(
        repository=_names(_skewed(chance, REPOSITORY_COUNT, count)),
        sha=pl.Series(np.arange(count)).cast(pl.String).str.zfill(40),
        landed_at=_instants(chance, count),
        author=_people(chance, count),
        committer=_people(chance, count),
        co_authors=pl.lit([], dtype=pl.List(PERSON_TYPE)),
        subject=pl.Series(SUBJECTS[chance.integers(0, len(SUBJECTS), count)]),
        body=pl.lit(""),
        parents=pl.lit([], dtype=pl.List(pl.String)),
        is_merge=pl.Series(chance.random(count) < 0.1),
        insertions="insertions",
        deletions="deletions",
        files="files",
    )


def _opened(chance: np.random.Generator, count: int) -> pl.DataFrame:
    at = _instants(chance, count)
    return pl.DataFrame(
        {
            "repository": _names(_skewed(chance, REPOSITORY_COUNT, count)),
            "number": np.arange(count),
            "event": "opened",
            "at": at,
            "opened_at": at,
            "title": SUBJECTS[chance.integers(0, len(SUBJECTS), count)],
            "author": _people(chance, count),
            "insertions": chance.integers(0, 900, count),
            "deletions": chance.integers(0, 300, count),
            "is_draft": chance.random(count) < 0.05,
        }
    ).with_columns(ready_at=pl.when(~pl.col("is_draft")).then("opened_at"), draft_seconds=pl.lit(0))


def _reviews(chance: np.random.Generator, count: int, opened: pl.DataFrame) -> pl.DataFrame:
    reviewed = opened[chance.integers(0, opened.height, count)]
    return reviewed.select(
        "repository",
        "number",
        id=pl.Series(np.arange(count)).cast(pl.String),
        submitted_at=pl.min_horizontal(
            pl.col("at") + pl.Series(chance.integers(0, 90, count)) * pl.duration(hours=1), _instant(SPAN - 1)
        ),
        state=pl.lit("approved"),
        author=_people(chance, count),
    )


def _people(chance: np.random.Generator, count: int) -> pl.Series:
    number = pl.Series("number", _skewed(chance, PEOPLE_COUNT, count))
    text = number.cast(pl.String)
    is_bot = number % 20 == 0
    frame = pl.DataFrame({"key": "person" + text, "name": "Person " + text, "login": "person" + text, "is_bot": is_bot})
    return frame.to_struct("person")


def _paths(chance: np.random.Generator, count: int) -> pl.Series:
    folder, file = (pl.Series(chance.integers(0, most, count)).cast(pl.String) for most in (40, 50))
    return "src/part" + folder + "/file" + file + ".py"


def _skewed(chance: np.random.Generator, most: int, count: int) -> np.ndarray:
    """Return skewed values: most are small, few are large."""
    return (chance.random(count) ** 2 * most).astype(np.int64)


def _names(numbers: np.ndarray) -> pl.Series:
    return "acme/repository-" + pl.Series("repository", numbers).cast(pl.String)


def _instants(chance: np.random.Generator, count: int) -> pl.Series:
    seconds = np.sort(chance.integers(0, SPAN - 1, count)) + START
    return pl.Series(seconds * 1_000_000).cast(pl.Datetime("us", "UTC"))


def _instant(seconds: int) -> pl.Expr:
    return pl.lit((START + seconds) * 1_000_000).cast(pl.Datetime("us", "UTC"))


def _fit(frame: pl.DataFrame, table: TableSpec) -> pl.DataFrame:
    """Return the columns of a raw table; those without generated values are null."""
    missing = [
        pl.lit(None, dtype=kind).alias(name) for name, kind in table.columns.items() if name not in frame.columns
    ]
    return frame.with_columns(missing).select(pl.col(name).cast(kind) for name, kind in table.columns.items())
