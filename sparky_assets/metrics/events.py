"""The raw rows of a window made ready to be counted: flat columns, each event once, bots known. Pure polars.

No metric is defined here; this is what all of them agree on: what counts as a commit of its own, who is a bot, which
repositories can tell of pull requests at all.
"""

from dataclasses import dataclass

import polars as pl

from sparky_assets.metrics.touched import Touched, touch
from sparky_assets.raw.models import PERSON
from sparky_assets.raw.window import RawWindow

ON_GITHUB = ("github", "both")
"""Sources of a repository that tell of its pull requests, reviews and issues; git alone does not."""
NOBODY = "ghost"
"""Whom GitHub shows where an account was deleted, or nobody was named. Credited, but counted as no person."""
PERSON_FIELDS = ("key", "name", "login", "is_bot")
ROLES = (
    "commits", "merge_commits", "co_authored", "pull_requests_opened", "pull_requests_merged", "pull_requests_closed",
    "pull_requests_reopened", "reviews", "issues_opened", "issues_closed", "issues_reopened", "releases",
)  # fmt: skip
ROLE = pl.Enum(ROLES)
OWN = ("repository", "at", "sha", "key", "is_bot", "subject", "body", "insertions", "deletions")
WROTE_CODE = ("commits", "co_authored")


@dataclass(frozen=True)
class Events:
    """What happened in a window, each event once. Every frame has `repository` and `at`."""

    repositories: pl.DataFrame
    commits: pl.DataFrame
    """With the author's key and `is_bot` flat, and `is_merge`."""
    own: pl.DataFrame
    """Commits that are no merge, numbered by `_commit`. A merge brings no lines of its own: each change counts once."""
    touched: Touched
    pull_requests: pl.DataFrame
    """All events; opened and merged once a pull request, closed and reopened each time."""
    reviews: pl.DataFrame
    issues: pl.DataFrame
    releases: pl.DataFrame
    roles: pl.DataFrame
    """One row a person and event: repository, at, role, key, name, login, is_bot."""
    bots: pl.Series
    """Keys that any event calls a bot. One person is one kind, however many spellings there are."""

    @property
    def on_github(self) -> pl.Series:
        """Repositories whose source tells of pull requests, reviews and issues; git alone does not."""
        return self.repositories.filter(pl.col("source").is_in(ON_GITHUB), pl.col("status") != "unreadable")[
            "repository"
        ]


def read_events(raw: RawWindow) -> Events:
    """Flatten and join the raw rows of a window."""
    author = pl.col("author").struct
    commits = raw.commits.select(
        pl.exclude("author", "committer", "visibility", "first_seen_at", "authored_at", "changed_files"),
        author.field(*PERSON_FIELDS),
        at="committed_at",
    )
    pull_requests = _once(raw.pull_requests)
    issues = _once(raw.issues)
    not_merged = ~raw.commits["is_merge"]
    # Each copy of the wide rows of a million commits costs half a second: only what is read is carried on.
    own = commits.select(*OWN, names_files=pl.col("files").is_not_null()).filter(not_merged).with_row_index("_commit")
    files = commits.select("repository", "files").filter(not_merged).with_row_index("_commit")
    roles = _roles(commits, pull_requests, raw, issues)
    return Events(
        repositories=raw.repositories,
        commits=commits.drop("files"),
        own=own,
        touched=touch(files),
        pull_requests=pull_requests,
        reviews=raw.reviews.rename({"submitted_at": "at"}),
        issues=issues,
        releases=raw.releases.rename({"published_at": "at"}),
        roles=roles,
        bots=roles.filter("is_bot")["key"].unique().sort(),
    )


def _once(events: pl.DataFrame) -> pl.DataFrame:
    """An item is opened and merged once: a cherry-pick carries a merge subject along. The earliest event stands."""
    ordered = events.sort("repository", "number", "at", "event", maintain_order=True)
    once = pl.col("event").is_in(["opened", "merged"])
    first = pl.struct("repository", "number", "event").is_first_distinct()
    return ordered.filter(~once | first)


def _roles(commits: pl.DataFrame, pull_requests: pl.DataFrame, raw: RawWindow, issues: pl.DataFrame) -> pl.DataFrame:
    kind = pl.when("is_merge").then(pl.lit("merge_commits")).otherwise(pl.lit("commits")).cast(ROLE)
    written = commits.select("repository", "at", *PERSON_FIELDS, role=kind)
    together = commits.filter(~pl.col("is_merge"), pl.col("co_authors").list.len() > 0).select(
        "repository", "at", pl.col("co_authors")
    )
    co_written = together.explode("co_authors").select(
        "repository",
        "at",
        pl.col("co_authors").cast(PERSON).struct.field(*PERSON_FIELDS),
        role=pl.lit("co_authored", dtype=ROLE),
    )
    frames = [
        written,
        co_written,
        _in_role(pull_requests, "pull_requests_", "author", ("opened", "merged")),
        # Who closes or reopens may be another than who wrote it.
        _in_role(pull_requests, "pull_requests_", "actor", ("closed", "reopened")),
        _in_role(issues, "issues_", "author", ("opened",)),
        _in_role(issues, "issues_", "actor", ("closed", "reopened")),
        _of_person(raw.reviews, "submitted_at", "author", pl.lit("reviews", dtype=ROLE)),
        _of_person(raw.releases, "published_at", "author", pl.lit("releases", dtype=ROLE)),
    ]
    return pl.concat(frames)


def _in_role(events: pl.DataFrame, prefix: str, person: str, kinds: tuple[str, ...]) -> pl.DataFrame:
    role = pl.concat_str(pl.lit(prefix), "event").cast(ROLE)
    return _of_person(events.filter(pl.col("event").is_in(kinds)), "at", person, role)


def _of_person(events: pl.DataFrame, at: str, person: str, role: pl.Expr) -> pl.DataFrame:
    fields = pl.col(person).struct
    return events.select(
        "repository",
        pl.col(at).alias("at"),
        fields.field("key").fill_null(NOBODY),
        fields.field("name").fill_null(NOBODY),
        fields.field("login"),
        fields.field("is_bot").fill_null(False),
        role=role,
    )
