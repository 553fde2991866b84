"""Raw rows of a window as flat event tables: each event once, bots identified, files indexed. Pure polars.

Rules that all metrics share are here: which commits count, who is a bot, which repositories have pull requests. Metrics
belong in their own modules.

Columns that begin with `_` are row numbers of one window and are never stored: `_commit` numbers the commits that are
not merges, `_day` (in `volume.py`) the days of the period. `repository_id`, `path_id` and `folder_id` are numbers too.
A month has millions of file changes of far fewer paths: language, folder and theme are computed once a path and joined
by number, which made hot files of a month of a million commits eight times faster.
"""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from sparky_assets.metrics.classify import THEME_PATH_PATTERNS, build_language_expression
from sparky_assets.raw.joining import build_assistant_expression, is_assistant_key
from sparky_assets.raw.people import GHOST_KEY
from sparky_assets.raw.tables import PERSON_TYPE
from sparky_assets.raw.window import RawWindow
from sparky_assets.text.paths import NOISE_PATTERN

ID_SHIFT = 2**32
"""Factor that joins two 32-bit ids into one 64-bit id of a file (or folder) of a repository."""


@dataclass(frozen=True)
class FileChanges:
    """Which commit changed which file: rows of ids, and the tables that resolve the ids."""

    touches: pl.DataFrame
    """Columns `_commit` (row number in `own_commits`), `repository_id`, `path_id`, insertions, deletions."""
    repositories: pl.DataFrame
    """Columns `repository_id`, repository."""
    paths: pl.DataFrame
    """Columns `path_id`, path, language, `is_generated`, `folder_id`, folder, and a Boolean column for each theme."""

    @property
    def file_id(self) -> pl.Expr:
        """The number of a file, unlike any other's in any repository."""
        return pl.col("repository_id").cast(pl.UInt64) * ID_SHIFT + pl.col("path_id")

    @property
    def written_touches(self) -> pl.DataFrame:
        """The touches of files that people write: without lock files, generated and vendored code."""
        generated = self.paths.filter("is_generated").select("path_id")
        return self.touches.join(generated, on="path_id", how="anti")


def index_file_changes(commits: pl.DataFrame) -> FileChanges:
    """Read the files of commits numbered by `_commit`."""
    with_files = commits.filter(pl.col("files").list.len() > 0)
    exploded = with_files.explode("files").unnest("files")
    places, spots = (
        _build_id_table(exploded["repository"], "repository_id"),
        _build_id_table(exploded["path"], "path_id"),
    )
    touches = exploded.select("_commit", "insertions", "deletions").with_columns(
        repository_id=_to_ids(exploded["repository"]), path_id=_to_ids(exploded["path"])
    )
    path = pl.col("path")
    described = spots.with_columns(
        language=build_language_expression(path),
        is_generated=path.str.contains(NOISE_PATTERN),
        folder=path.str.extract(r"^(.*)/[^/]*$", 1),
        **{theme.value: path.str.contains(pattern) for theme, pattern in THEME_PATH_PATTERNS},
    )
    return FileChanges(touches, places, described.with_columns(folder_id=_to_ids(described["folder"])))


def find_themes_by_files(file_changes: FileChanges) -> pl.DataFrame:
    """Return the theme that all files of a commit prove, for the commits where they do."""
    names = [theme.value for theme, _ in THEME_PATH_PATTERNS]
    proves = file_changes.paths.select("path_id", *names)
    counted = file_changes.touches.select("_commit", "path_id").join(proves, on="path_id", how="left")
    whole = counted.group_by("_commit").agg(pl.col(names).all())
    theme = pl.coalesce(pl.when(name).then(pl.lit(name)) for name in names)
    return whole.select("_commit", by_files=theme).filter(pl.col("by_files").is_not_null())


def _to_ids(texts: pl.Series) -> pl.Series:
    return texts.cast(pl.Categorical).to_physical()


def _build_id_table(texts: pl.Series, id_column: str) -> pl.DataFrame:
    unique = texts.cast(pl.Categorical).unique()
    return pl.DataFrame({id_column: unique.to_physical(), texts.name: unique.cast(pl.String)})


GITHUB_SOURCES = ("github", "both")
"""Sources of a repository that have its pull requests, reviews and issues; git alone does not."""


EVENT_ORDER = {
    "opened": 0, "converted_to_draft": 1, "ready_for_review": 2, "reopened": 3, "closed": 4, "merged": 5,
}  # fmt: skip
"""Order of events of one item at one instant: nothing is closed before it is opened."""


PERSON_FIELDS = ("key", "name", "login", "is_bot")


ROLES = (
    "commits", "merge_commits", "co_authored", "pull_requests_opened", "pull_requests_merged", "pull_requests_closed",
    "pull_requests_reopened", "reviews", "issues_opened", "issues_closed", "issues_reopened", "releases",
)  # fmt: skip


ROLE_TYPE = pl.Enum(ROLES)


OWN_COMMIT_COLUMNS = (
    "repository", "at", "authored_at", "sha", "key", "is_bot", "subject", "body", "insertions", "deletions",
)  # fmt: skip


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
    deployments: pl.DataFrame
    """Those to production alone: `at`, environment, commit, state."""
    responses: pl.DataFrame | None
    """First responses to pull requests and issues; None where they were not collected on each day of the window."""
    roles: pl.DataFrame
    """One row a person and event: repository, at, role, key, name, login, is_bot."""
    bot_keys: pl.Series
    """Keys that any event calls a bot. One person is one kind, however many spellings there are."""

    @cached_property
    def github_repositories(self) -> pl.Series:
        """Repositories whose source has pull requests, reviews and issues; git alone does not."""
        return self.repositories.filter(
            pl.col("source").is_in(GITHUB_SOURCES), ~pl.col("status").is_in(["unreadable", "missing"])
        )["repository"]


def build_events(raw_window: RawWindow) -> EventTables:
    """Flatten and join the raw rows of a window."""
    author = pl.col("author").struct
    commits = raw_window.commits.select(
        pl.exclude("author", "committer", "visibility", "first_seen_at", "changed_files"),
        author.field(*PERSON_FIELDS),
        at="landed_at",
    )
    pull_requests = _first_events(raw_window.pull_requests)
    issues = _first_events(raw_window.issues)
    not_merged = ~raw_window.commits["is_merge"]
    # Each copy of the wide rows of a million commits costs half a second: only what is read is carried on.
    own = (
        commits.select(
            *OWN_COMMIT_COLUMNS, names_files=pl.col("files").is_not_null(), names_assistant=build_assistant_expression()
        )
        .filter(not_merged)
        .with_row_index("_commit")
    )
    files = commits.select("repository", "files").filter(not_merged).with_row_index("_commit")
    file_changes = index_file_changes(files)
    own = _count_written_lines(own, file_changes)
    roles = _build_roles(commits, pull_requests, raw_window, issues)
    return EventTables(
        repositories=raw_window.repositories,
        commits=commits.drop("files", "insertions", "deletions"),
        own_commits=own,
        file_changes=file_changes,
        pull_requests=_use_written_lines(pull_requests, own),
        reviews=raw_window.reviews.rename({"submitted_at": "at"}),
        issues=issues,
        releases=raw_window.releases.rename({"published_at": "at"}),
        deployments=raw_window.deployments.filter(pl.col("is_production").fill_null(value=False)),
        responses=raw_window.responses,
        roles=roles,
        bot_keys=roles.filter("is_bot")["key"].unique().sort(),
    )


def order_events(events: pl.DataFrame) -> pl.DataFrame:
    """Sort the events of items by time; events of one instant by their meaning."""
    rank = pl.col("event").replace_strict(EVENT_ORDER, default=len(EVENT_ORDER), return_dtype=pl.Int8)
    return events.sort("repository", "number", "at", rank, "event", maintain_order=True)


def _first_events(events: pl.DataFrame) -> pl.DataFrame:
    """An item is opened and merged once: a cherry-pick carries a merge subject along. The earliest event stands."""
    ordered = order_events(events)
    once = pl.col("event").is_in(["opened", "merged"])
    first = pl.struct("repository", "number", "event").is_first_distinct()
    return ordered.filter(~once | first)


def _count_written_lines(own_commits: pl.DataFrame, file_changes: FileChanges) -> pl.DataFrame:
    """Return commits with the lines of files that people write. Where no files are known, lines stay as reported."""
    touched = file_changes.touches.select("_commit").unique().with_columns(is_touched=True)
    lines = file_changes.written_touches.group_by("_commit").agg(
        written_insertions=pl.col("insertions").sum(), written_deletions=pl.col("deletions").sum()
    )
    counted = own_commits.join(touched, on="_commit", how="left", maintain_order="left").join(
        lines, on="_commit", how="left", maintain_order="left"
    )
    written = {
        name: pl.when(pl.col("is_touched") & pl.col(name).is_not_null())
        .then(pl.col(f"written_{name}").fill_null(0))
        .otherwise(pl.col(name))
        for name in ("insertions", "deletions")
    }
    return counted.with_columns(**written).select(own_commits.columns)


def _use_written_lines(pull_requests: pl.DataFrame, own_commits: pl.DataFrame) -> pl.DataFrame:
    """Return pull requests with the lines of the commit that squashed them, where its files are known."""
    written = own_commits.filter("names_files").select(
        "repository", "sha", written_insertions="insertions", written_deletions="deletions"
    )
    joined = pull_requests.join(
        written.unique(["repository", "sha"]),
        left_on=["repository", "commit"], right_on=["repository", "sha"], how="left", maintain_order="left",
    )  # fmt: skip
    lines = {name: pl.coalesce(f"written_{name}", name) for name in ("insertions", "deletions")}
    return joined.with_columns(**lines).select(pull_requests.columns)


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
    roles = pl.concat(frames)
    # A coding assistant is no person: a co-author that is one has no role, other work of it has no author.
    is_assistant = is_assistant_key(pl.col("key"))
    theirs = pl.when(is_assistant)
    return roles.filter(~(is_assistant & (pl.col("role") == "co_authored"))).with_columns(
        theirs.then(pl.lit(GHOST_KEY)).otherwise("key").alias("key"),
        theirs.then(pl.lit(GHOST_KEY)).otherwise("name").alias("name"),
        theirs.then(pl.lit(None, dtype=pl.String)).otherwise("login").alias("login"),
        pl.when(is_assistant).then(pl.lit(value=False)).otherwise("is_bot").alias("is_bot"),
    )


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
