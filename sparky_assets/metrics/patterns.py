"""Patterns of work: hours and weekdays, hot files and directories, concentration of knowledge, shared words. Pure.

Bots and dependency updates are left out, and no person is named or ranked. A word counts once per repository, so that
a single busy repository does not create a shared word.
"""

from collections.abc import Iterator

import polars as pl

from sparky_assets.metrics.classify import ChangeTheme
from sparky_assets.metrics.events import EventTables
from sparky_assets.metrics.flow import Measurement
from sparky_assets.metrics.models import SCOPE_ALL
from sparky_assets.metrics.rounding import compute_percent
from sparky_assets.periods import WEEKDAY_NAMES
from sparky_assets.raw.people import GHOST_KEY

MAX_HOT_PATHS = 10

MIN_TOUCHES = 3

MIN_COMMITS = 5
"""With fewer commits in a repository, the share of a person is mostly chance."""

MIN_REPOSITORIES_PER_WORD = 3

MAX_TOPICS = 10

WORD_PATTERN = r"[a-z][a-z0-9_+-]{3,29}"

COMMON_WORDS = """
    about above action actions added adding adds after again allow also always another api area back backend based
    because been before being between both branch bugs build builds bump call cannot case change changed changes
    check checks chore clean cleanup code comment commit config correct create data default delete disable docs
    does done dont each empty enable ensure error errors every example feat feature file files first fixed fixes
    from function general github handle have improve into introduce issue issues just keep latest lint local main
    make master merge message method minor missing more move moved name named need never next none only option other
    page pass path pull refactor release remove removed removes rename replace request return revert same script set
    should show simplify since some style such support test tests text than that their them then there they this
    through todo tweak type types typo unused update updated updates upgrade usage used user uses using value version
    very want warning well were what when where which while will with without work wrong your
"""


def measure_patterns(events: EventTables, commits: pl.DataFrame, timezone: str) -> Iterator[Measurement]:
    """Yield every pattern of a window; `commits` is the result of `classify_commits`."""
    people_commits = commits.filter(~pl.col("key").is_in(events.bot_keys.implode()), pl.col("key") != GHOST_KEY)
    yield from _measure_working_hours(people_commits, timezone)
    yield from _measure_assistants(events)
    yield Measurement("dependency_commits", SCOPE_ALL, int((commits["theme"] == ChangeTheme.DEPENDENCIES).sum()))
    work_commits = people_commits.filter(pl.col("theme") != ChangeTheme.DEPENDENCIES.value)
    yield from _measure_hot_paths(events, work_commits)
    yield from _measure_knowledge(people_commits)


def _measure_working_hours(people_commits: pl.DataFrame, timezone: str) -> Iterator[Measurement]:
    if people_commits.is_empty():
        return
    # By author date: under squash merging the committer date is the hour of the merge.
    local = pl.coalesce("authored_at", "at").dt.convert_time_zone(timezone)
    hours = dict(people_commits.group_by(local.dt.hour().alias("hour")).len().iter_rows())
    weekdays = dict(people_commits.group_by(local.dt.weekday().alias("weekday")).len().iter_rows())
    yield from (Measurement("commits_by_people", f"hour:{hour:02}", hours[hour]) for hour in sorted(hours))
    yield from (
        Measurement("commits_by_people", f"weekday:{WEEKDAY_NAMES[day - 1]}", weekdays[day]) for day in sorted(weekdays)
    )
    # Of equal counts the earliest wins, so that the result is deterministic.
    yield Measurement("busiest_hour", SCOPE_ALL, min(hours, key=lambda hour: (-hours[hour], hour)))
    yield Measurement("busiest_weekday", SCOPE_ALL, min(weekdays, key=lambda day: (-weekdays[day], day)))


def _measure_assistants(events: EventTables) -> Iterator[Measurement]:
    """Yield how many commits name a coding assistant: among the co-authors (authors are put there) or in a trailer."""
    own = events.own_commits.select("repository", is_assisted="names_assistant")
    yield Measurement("assisted_commits", SCOPE_ALL, int(own["is_assisted"].sum()))
    by_repository = own.group_by("repository").agg(pl.col("is_assisted").sum()).filter(pl.col("is_assisted") > 0)
    for repository, count in by_repository.sort("repository").iter_rows():
        yield Measurement("assisted_commits", f"repository:{repository}", count)


def _measure_hot_paths(events: EventTables, work_commits: pl.DataFrame) -> Iterator[Measurement]:
    """Yield the files and directories that the most commits touch."""
    file_changes = events.file_changes
    touches = file_changes.written_touches.join(work_commits.select("_commit"), on="_commit", how="semi")
    folders = file_changes.paths.filter(pl.col("folder").is_not_null())
    by_file = touches.group_by("repository_id", "path_id").len("count")
    folder_touches = touches.select("_commit", "repository_id", "path_id").join(
        folders.select("path_id", "folder_id"), on="path_id"
    )
    by_folder = (
        folder_touches.select("_commit", "repository_id", "folder_id")
        .unique()
        .group_by("repository_id", "folder_id")
        .len("count")
    )
    counts_by_kind = {
        "file": (by_file, file_changes.paths.select("path_id", "path"), "path_id"),
        "directory": (by_folder, folders.select("folder_id", path="folder").unique(), "folder_id"),
    }
    for kind, (counts, names, id_column) in counts_by_kind.items():
        frequent = counts.filter(pl.col("count") >= MIN_TOUCHES)
        # Names are joined only to rows that can be among the hottest. Equal counts are ordered by name.
        threshold = frequent["count"].top_k(MAX_HOT_PATHS).min()
        candidates = (
            frequent.filter(pl.col("count") >= (threshold or 0))
            .join(file_changes.repositories, on="repository_id")
            .join(names, on=id_column)
        )
        hottest = candidates.sort(["count", "repository", "path"], descending=[True, False, False]).head(MAX_HOT_PATHS)
        for repository, path, count in hottest.select("repository", "path", "count").iter_rows():
            yield Measurement("commits_touching", f"{kind}:{repository}:{path}", count)


def _measure_knowledge(people_commits: pl.DataFrame) -> Iterator[Measurement]:
    """Yield the largest share of a repository's commits by one person, and how few people wrote half of them."""
    counts = people_commits.group_by("repository", "key").len("count").with_columns(pl.col("count").cast(pl.Int64))
    ordered = counts.sort(["repository", "count"], descending=[False, True])
    cumulative = pl.col("count").cum_sum()
    summary = ordered.group_by("repository", maintain_order=True).agg(
        total=pl.col("count").sum(),
        top=pl.col("count").max(),
        # Counts people until half is reached: the smallest group that wrote at least half.
        factor=((cumulative - pl.col("count")) * 2 < pl.col("count").sum()).sum(),
    )
    for repository, total, top, factor in summary.iter_rows():
        if total >= MIN_COMMITS:
            yield Measurement("top_person_share", f"repository:{repository}", compute_percent(top, total))
            yield Measurement("bus_factor", f"repository:{repository}", factor)


def measure_topics(commits: pl.DataFrame, merged_pull_requests: pl.DataFrame) -> Iterator[Measurement]:
    """Yield the number of repositories in which each shared word occurs; both frames carry themes."""
    parts = [frame.select("repository", title) for frame, title in _select_titles(commits, merged_pull_requests)]
    titles = pl.concat([frame.rename({frame.columns[1]: "title"}) for frame in parts])
    if titles["repository"].n_unique() < MIN_REPOSITORIES_PER_WORD:
        return
    words = (
        titles.lazy()
        .select("repository", word=pl.col("title").str.to_lowercase().str.extract_all(WORD_PATTERN))
        .explode("word")
        .filter(pl.col("word").is_not_null())
        .unique()
        .group_by("word")
        .len("count")
        .filter(pl.col("count") >= MIN_REPOSITORIES_PER_WORD, ~pl.col("word").is_in(COMMON_WORDS.split()))
        .sort(["count", "word"], descending=[True, False])
        .head(MAX_TOPICS)
        .collect()
    )
    yield from (Measurement("repositories_sharing_word", f"word:{word}", count) for word, count in words.iter_rows())


def _select_titles(commits: pl.DataFrame, merged_pull_requests: pl.DataFrame) -> Iterator[tuple[pl.DataFrame, str]]:
    is_dependency = pl.col("theme") == ChangeTheme.DEPENDENCIES.value
    yield commits.filter(~is_dependency), "subject"
    yield merged_pull_requests.filter(~is_dependency), "title"
