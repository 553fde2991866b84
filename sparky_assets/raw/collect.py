"""One collection pass: read git and GitHub for a window.

A source that fails stops the run or is recorded in the tables, so that an error never looks like a quiet day. How rows
are built and merged belongs to `git_rows.py`, `github/rows.py` and `merge.py`; storing them to `stored_days.py`.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl

from resources.errors import GitError, OutdatedTableError
from resources.git.log import GitTag
from resources.git.notes.documents import DocumentSearch
from resources.git.releases import ReleaseContentsReader, TagContents
from resources.git.repository import GitRepository
from resources.git.sources import GitSources, ReadFailure, RepositoryHistory, build_read_failure
from resources.storage import Storage
from sparky_assets.errors import DataError
from sparky_assets.periods import TimeWindow
from sparky_assets.raw.git_rows import build_git_tables, select_release_tags, to_instant
from sparky_assets.raw.merge import MissingRepositories, find_missing_repositories, is_access_lost, merge_sources
from sparky_assets.raw.notes.areas import build_area_rows
from sparky_assets.raw.notes.contents import (
    build_breaking_rows,
    build_contents_rows,
    build_landing_rows,
    build_last_release_rows,
)
from sparky_assets.raw.notes.diffs import build_diff_rows, build_repair_rows
from sparky_assets.raw.notes.documented import build_documented_rows
from sparky_assets.raw.notes.releases import build_note_rows
from sparky_assets.raw.people import PersonFactory
from sparky_assets.raw.shared_history import CloneLandings, drop_repeated_history, find_other_landings
from sparky_assets.raw.stored_days import CollectedTables
from sparky_assets.raw.tables import COMMITS, DAMAGED_STATUS, NOTES, OPEN_ITEMS, REPOSITORIES, TABLES
from sparky_assets.raw.window import read_newest_repositories
from sparky_assets.settings.schema import Settings
from sparky_assets.text.references import points_elsewhere
from sparky_assets.text.versions import ReleaseTagRule, list_earlier_releases

if TYPE_CHECKING:
    from sparky_assets.raw.github.collect import GitHubTables

MAX_LISTED_FAILURES = 20

DAMAGED_NOTE = "could not be read whole: lines, files, notes or diffs of some changes are missing"
"""No numbers: the row is that of each day of a sweep, and of the days of one commit or of many."""

log = logging.getLogger("sparky")

MISSING_NOTE = "is not listed by GitHub any more: it was deleted or moved, or the token lost access"


@dataclass(frozen=True)
class SourceResult:
    """All rows of a window, what reading them cost, and what to call once they are stored."""

    collected: CollectedTables
    cost: Mapping[str, Any]
    finish: Callable[[], None]


def collect_git(
    sources: GitSources, window: TimeWindow, people: PersonFactory, *, allow_partial: bool
) -> CollectedTables:
    """Read all local repositories for a window.

    Raises:
        DataError: when no repository is configured, or one cannot be read and `allow_partial` is off.
    """
    repositories, open_failures = sources.open_all()
    if not sources.repositories:
        raise DataError("no repository is configured. Name some in [sources.git] repositories.")
    frames: dict[str, list[pl.DataFrame]] = {table.asset: [table.make_empty()] for table in TABLES}
    read_failures = []
    rule = ReleaseTagRule(tuple(sources.release_tags), tuple(sources.ignored_tags))
    clones: list[CloneLandings] = []
    for result in sources.read_all(repositories, window.start, window.end):
        if isinstance(result, ReadFailure):
            read_failures.append(result)
            continue
        try:
            tables = _build_repository_tables(result, people, sources.visibility, rule, window)
        except GitError as error:
            read_failures.append(build_read_failure(result.repository, error))
            continue
        clones.append(CloneLandings(result.repository, result.landing_index, {commit.sha for commit in result.commits}))
        for asset, frame in tables.items():
            frames[asset].append(frame)
        if result.unread_parts:
            log.warning("%s", _describe_damage(result, window))
    failures = (*open_failures, *read_failures)
    if failures and not (allow_partial and repositories):
        raise DataError("; ".join(f"{failure.name}: {failure.reason}" for failure in failures))
    frames[REPOSITORIES.asset].append(_build_failure_rows(failures, sources.visibility))
    collected = {asset: pl.concat(parts) for asset, parts in frames.items()}
    return CollectedTables(drop_repeated_history(collected, find_other_landings(clones)), failures)


def _build_repository_tables(
    history: RepositoryHistory, people: PersonFactory, visibility: str, rule: ReleaseTagRule, window: TimeWindow
) -> dict[str, pl.DataFrame]:
    repository = history.repository
    releases = {tag.name: tag for tag in select_release_tags(history.tags, rule)}
    released = {name for name, tag in releases.items() if to_instant(tag.tagged_at) in window}
    contents = dict(_read_contents(repository, releases, released))
    tables = build_git_tables(
        repository.name,
        history.commits,
        history.tags,
        people,
        visibility,
        tag_rule=rule,
        contents=contents,
    )
    search = DocumentSearch(repository, window.end)
    notes = build_note_rows(
        history.notes, repository.name, visibility, search.find, search.find_guides, find_packages=search.find_packages
    )
    # BenchmarkDotNet has links to packages in place of notes: what such a release holds is known by its commits.
    noted = {
        row["tag"] for row in notes.filter(kind="release").iter_rows(named=True) if not points_elsewhere(row["text"])
    }
    return tables | {
        NOTES.asset: pl.concat(
            [
                notes,
                build_diff_rows(history.diffs, repository.name, visibility),
                build_contents_rows(history.tags, contents, repository.name, visibility),
                build_breaking_rows(history.tags, contents, repository.name, visibility),
                build_landing_rows(history.tags, contents, noted, repository.name, visibility),
                build_last_release_rows(releases.values(), released, repository.name, visibility),
                build_repair_rows(repository, history.commits, visibility),
                build_documented_rows(repository, history.commits, visibility),
                build_area_rows(repository, history.commits, visibility),
            ]
        ),
        REPOSITORIES.asset: _build_repository_row(history, visibility),
    }


def _read_contents(
    repository: GitRepository, releases: Mapping[str, GitTag], released: Collection[str]
) -> Iterator[tuple[str, TagContents]]:
    """Yield (tag, contents) of the releases of the window, whose names are `released`."""
    reader = ReleaseContentsReader(repository)
    for name, tag in releases.items():
        if name in released:
            earlier_tags = [releases[other] for other in list_earlier_releases(name, releases)]
            if contents := reader.read(tag, earlier_tags):
                yield name, contents


def _describe_damage(history: RepositoryHistory, window: TimeWindow) -> str:
    """Return what a person has to know about a clone that lacks objects: what is left out, and how it comes back."""
    last_day = (window.end - timedelta(microseconds=1)).astimezone(ZoneInfo(window.timezone)).date()
    first_day = window.start.astimezone(ZoneInfo(window.timezone)).date()
    return (
        f"{history.repository.name}: {history.repository.git_dir} lacks objects (`git fsck` names them). Left out: "
        f"{', '.join(history.unread_parts)} changes or tags. Clone it again (of a mirror delete the folder), then: "
        f"sparky backfill {first_day}..{last_day} --force"
    )


def _build_repository_row(history: RepositoryHistory, visibility: str) -> pl.DataFrame:
    repository = history.repository
    row = {
        "repository": repository.name,
        "url": repository.url,
        "source": "git",
        "visibility": visibility,
        "default_branch": repository.default_branch,
        "status": DAMAGED_STATUS if history.unread_parts else repository.status,
        "note": DAMAGED_NOTE if history.unread_parts else repository.note,
    }
    return pl.DataFrame([row], schema=dict(REPOSITORIES.columns))


def _build_failure_rows(read_failures: Sequence[ReadFailure], visibility: str) -> pl.DataFrame:
    rows = [
        {
            "repository": failure.name,
            "source": "git",
            "visibility": visibility,
            "status": "unreadable",
            "note": failure.reason,
        }
        for failure in read_failures
    ]
    return pl.DataFrame(rows, schema=dict(REPOSITORIES.columns))


def read_sources(
    settings: Settings, git: GitSources, storage: Storage, window: TimeWindow, *, people: PersonFactory, now: datetime
) -> SourceResult:
    """Collect from git, GitHub or both.

    Raises:
        DataError: when a repository cannot be read, or too many are missing, and `allow_partial` is off.
        ResourceError: when a source cannot be reached at all.
    """
    allow_partial = settings.collection.allow_partial
    if settings.sources.source == "git":
        return SourceResult(collect_git(git, window, people, allow_partial=allow_partial), {}, lambda: None)
    # Imported late: the client and its signatures cost 0.2 s, which a run over git alone does not need.
    from sparky_assets.raw.github.collect import collect_github  # noqa: PLC0415

    github_settings = settings.sources.github
    if not github_settings.owners:
        raise DataError("no organisation is configured. Name one in [sources.github] organisations or users.")
    collected = collect_github(settings, storage, window, people=people, now=now)
    missing = _find_missing(collected, _read_latest_repositories(storage), github_settings.owners)
    failures = dict(collected.problems)
    if is_access_lost(len(missing.names), missing.expected_count):
        failures = {**dict.fromkeys(missing.names, MISSING_NOTE), **failures}
    if failures and not allow_partial:
        collected.discard()
        raise DataError(_format_failures(failures))
    for name in missing.names:
        log.warning("%s %s. Its earlier days stay.", name, MISSING_NOTE)
    # The open items of a repository that was not read to the end are unknown.
    open_items = collected.tables[OPEN_ITEMS.asset].filter(~pl.col("repository").is_in(list(failures)))
    repositories = _mark_failures(collected.tables[REPOSITORIES.asset], failures)
    repositories = _add_missing(repositories, [name for name in missing.names if name not in failures])
    tables = {**collected.tables, REPOSITORIES.asset: repositories, OPEN_ITEMS.asset: open_items}
    read_failures = tuple(ReadFailure(name, reason) for name, reason in failures.items())
    if settings.sources.source == "both" and git.repositories:
        local = collect_git(git, window, people, allow_partial=allow_partial)
        tables = merge_sources(local.tables, tables)
        # A clone shows its late commits on the day on which they land.
        in_clone = tables[REPOSITORIES.asset].filter(source="both")["repository"]
        is_late = (pl.col("landed_at") < window.start) & pl.col("repository").is_in(in_clone.implode())
        tables[COMMITS.asset] = tables[COMMITS.asset].filter(~is_late)
        read_failures += local.read_failures
    tables = drop_repeated_history(tables)
    cost = collected.describe_cost() | ({"github_missing": ", ".join(missing.names)} if missing.names else {})
    return SourceResult(CollectedTables(tables, read_failures), cost, lambda: collected.finish(storage))


def _find_missing(
    github_tables: "GitHubTables", stored_repositories: pl.DataFrame | None, owners: tuple[str, ...]
) -> MissingRepositories:
    if stored_repositories is None:
        return MissingRepositories((), 0)
    return find_missing_repositories(stored_repositories, github_tables.tables[REPOSITORIES.asset], owners)


def _add_missing(repositories: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Add a row for each repository that GitHub does not list any more. The next day does not expect it."""
    rows = [
        {"repository": name, "source": "github", "visibility": "private", "status": "missing", "note": MISSING_NOTE}
        for name in names
    ]
    return pl.concat([repositories, pl.DataFrame(rows, schema=dict(REPOSITORIES.columns))])


def _format_failures(failures: Mapping[str, str]) -> str:
    messages = [f"{name}: {reason}" for name, reason in sorted(failures.items())]
    if len(messages) > MAX_LISTED_FAILURES:
        messages[MAX_LISTED_FAILURES:] = [f"and {len(messages) - MAX_LISTED_FAILURES} more"]
    return (
        f"{'; '.join(messages)}. Check the token's permissions with `sparky doctor`. "
        "To store the days without these repositories, set collection.allow_partial."
    )


def _mark_failures(repositories: pl.DataFrame, failures: Mapping[str, str]) -> pl.DataFrame:
    """Mark the repositories that could not be read; those that were not listed get a row too."""
    listed_names = set(repositories["repository"])
    rows = [
        {"repository": name, "source": "github", "visibility": "private", "status": "unreadable", "note": reason}
        for name, reason in failures.items()
        if name not in listed_names
    ]
    is_failed = pl.col("repository").is_in(list(failures))
    note = pl.col("repository").replace_strict(
        list(failures), list(failures.values()), default=None, return_dtype=pl.String
    )
    marked = repositories.with_columns(
        pl.when(is_failed).then(pl.lit("unreadable")).otherwise(pl.col("status")).alias("status"),
        pl.when(is_failed).then(note).otherwise(pl.col("note")).alias("note"),
    )
    return pl.concat([marked, pl.DataFrame(rows, schema=dict(REPOSITORIES.columns))])


def _read_latest_repositories(storage: Storage) -> pl.DataFrame | None:
    """Return the newest stored list of repositories; None if there is none, or an earlier version wrote it."""
    try:
        return read_newest_repositories(storage)
    except OutdatedTableError:
        return None
