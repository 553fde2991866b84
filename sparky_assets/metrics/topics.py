"""Themes that run through several repositories: words that the titles of merged work share. Pure polars.

A word counts once a repository, however often it is written there, so that a busy repository makes no theme alone.
"""

from collections.abc import Iterator

import polars as pl

from sparky_assets.metrics.classify import ChangeTheme
from sparky_assets.metrics.flow import Measurement

MIN_REPOSITORIES_PER_WORD, MAX_TOPICS = 3, 10


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


def measure_topics(commits: pl.DataFrame, merged_pull_requests: pl.DataFrame) -> Iterator[Measurement]:
    """In how many repositories each shared word occurs; `commits` and `merged` carry their themes."""
    work = [frame.select("repository", title) for frame, title in _select_titles(commits, merged_pull_requests)]
    titles = pl.concat([frame.rename({frame.columns[1]: "title"}) for frame in work])
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
    noise = pl.col("theme") == ChangeTheme.DEPENDENCIES.value
    yield commits.filter(~noise), "subject"
    yield merged_pull_requests.filter(~noise), "title"
