"""The raw rows of a window made ready to be counted: flat columns, each event once, bots known. Pure polars.

No metric is defined here; this is what all of them agree on: what counts as a commit of its own, who is a bot, which
repositories can tell of pull requests at all.
"""

from dataclasses import dataclass

import polars as pl

from sparky_assets.metrics.touched import FileChanges, index_file_changes
from sparky_assets.raw.tables import PERSON_TYPE
from sparky_assets.raw.window import RawWindow

GITHUB_SOURCES = ("github", "both")
"""Sources of a repository that tell of its pull requests, reviews and issues; git alone does not."""


GHOST_KEY = "ghost"
"""Whom GitHub shows where an account was deleted, or nobody was named. Credited, but counted as no person."""


PERSON_FIELDS = ("key", "name", "login", "is_bot")


ROLES = (
    "commits", "merge_commits", "co_authored", "pull_requests_opened", "pull_requests_merged", "pull_requests_closed",
    "pull_requests_reopened", "reviews", "issues_opened", "issues_closed", "issues_reopened", "releases",
)  # fmt: skip


ROLE_TYPE = pl.Enum(ROLES)


OWN_COMMIT_COLUMNS = ("repository", "at", "sha", "key", "is_bot", "subject", "body", "insertions", "deletions")


CODE_ROLES = ("commits", "co_authored")


@dataclass(frozen=True)
class EventTables:
    """What happened in a window, each event once. Every frame has `repository` and `at`."""

    repositories: pl.DataFrame
    commits: pl.DataFrame
    """With the author's key and `is_bot` flat, and `is_merge`."""
    own_commits: pl.DataFrame
    """Commits that are no merge, numbered by `_commit`. A merge brings no lines of its own: each change counts once."""
    file_changes: FileChanges
    pull_requests: pl.DataFrame
    """All events; opened and merged once a pull request, closed and reopened each time."""
    reviews: pl.DataFrame
    issues: pl.DataFrame
    releases: pl.DataFrame
    roles: pl.DataFrame
    """One row a person and event: repository, at, role, key, name, login, is_bot."""
    bot_keys: pl.Series
    """Keys that any event calls a bot. One person is one kind, however many spellings there are."""

    @property
    def github_repositories(self) -> pl.Series:
        """Repositories whose source tells of pull requests, reviews and issues; git alone does not."""
        return self.repositories.filter(pl.col("source").is_in(GITHUB_SOURCES), pl.col("status") != "unreadable")[
            "repository"
        ]


def build_events(raw_window: RawWindow) -> EventTables:
    """Flatten and join the raw rows of a window."""
    author = pl.col("author").struct
    commits = raw_window.commits.select(
        pl.exclude("author", "committer", "visibility", "first_seen_at", "authored_at", "changed_files"),
        author.field(*PERSON_FIELDS),
        at="committed_at",
    )
    pull_requests = _first_events(raw_window.pull_requests)
    issues = _first_events(raw_window.issues)
    not_merged = ~raw_window.commits["is_merge"]
    # Each copy of the wide rows of a million commits costs half a second: only what is read is carried on.
    own = (
        commits.select(*OWN_COMMIT_COLUMNS, names_files=pl.col("files").is_not_null())
        .filter(not_merged)
        .with_row_index("_commit")
    )
    files = commits.select("repository", "files").filter(not_merged).with_row_index("_commit")
    roles = _build_roles(commits, pull_requests, raw_window, issues)
    return EventTables(
        repositories=raw_window.repositories,
        commits=commits.drop("files"),
        own_commits=own,
        file_changes=index_file_changes(files),
        pull_requests=pull_requests,
        reviews=raw_window.reviews.rename({"submitted_at": "at"}),
        issues=issues,
        releases=raw_window.releases.rename({"published_at": "at"}),
        roles=roles,
        bot_keys=roles.filter("is_bot")["key"].unique().sort(),
    )


def _first_events(events: pl.DataFrame) -> pl.DataFrame:
    """An item is opened and merged once: a cherry-pick carries a merge subject along. The earliest event stands."""
    ordered = events.sort("repository", "number", "at", "event", maintain_order=True)
    once = pl.col("event").is_in(["opened", "merged"])
    first = pl.struct("repository", "number", "event").is_first_distinct()
    return ordered.filter(~once | first)


def _build_roles(
    commits: pl.DataFrame, pull_requests: pl.DataFrame, raw_window: RawWindow, issues: pl.DataFrame
) -> pl.DataFrame:
    kind = pl.when("is_merge").then(pl.lit("merge_commits")).otherwise(pl.lit("commits")).cast(ROLE_TYPE)
    written = commits.select("repository", "at", *PERSON_FIELDS, role=kind)
    together = commits.filter(~pl.col("is_merge"), pl.col("co_authors").list.len() > 0).select(
        "repository", "at", pl.col("co_authors")
    )
    co_written = together.explode("co_authors").select(
        "repository",
        "at",
        pl.col("co_authors").cast(PERSON_TYPE).struct.field(*PERSON_FIELDS),
        role=pl.lit("co_authored", dtype=ROLE_TYPE),
    )
    frames = [
        written,
        co_written,
        _select_roles(pull_requests, "pull_requests_", "author", ("opened", "merged")),
        # Who closes or reopens may be another than who wrote it.
        _select_roles(pull_requests, "pull_requests_", "actor", ("closed", "reopened")),
        _select_roles(issues, "issues_", "author", ("opened",)),
        _select_roles(issues, "issues_", "actor", ("closed", "reopened")),
        _to_role_rows(raw_window.reviews, "submitted_at", "author", pl.lit("reviews", dtype=ROLE_TYPE)),
        _to_role_rows(raw_window.releases, "published_at", "author", pl.lit("releases", dtype=ROLE_TYPE)),
    ]
    return pl.concat(frames)


def _select_roles(events: pl.DataFrame, prefix: str, person_column: str, kinds: tuple[str, ...]) -> pl.DataFrame:
    role = pl.concat_str(pl.lit(prefix), "event").cast(ROLE_TYPE)
    return _to_role_rows(events.filter(pl.col("event").is_in(kinds)), "at", person_column, role)


def _to_role_rows(events: pl.DataFrame, time_column: str, person_column: str, role: pl.Expr) -> pl.DataFrame:
    fields = pl.col(person_column).struct
    return events.select(
        "repository",
        pl.col(time_column).alias("at"),
        fields.field("key").fill_null(GHOST_KEY),
        fields.field("name").fill_null(GHOST_KEY),
        fields.field("login"),
        fields.field("is_bot").fill_null(False),
        role=role,
    )
