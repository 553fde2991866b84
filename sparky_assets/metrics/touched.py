"""Which commit touched which file, with each path known once: a month has millions of touches of far fewer paths.

What is asked of a path (its language, its folder, whether it is documentation) is asked once a path and joined by a
number. That made hot files of a month of a million commits eight times faster than asking each touch.
"""

from dataclasses import dataclass

import polars as pl

from sparky_assets.metrics.classify import THEME_PATH_PATTERNS
from sparky_assets.metrics.languages import build_language_expression

ID_SHIFT = 2**32
"""Two 32-bit numbers side by side name a file (or folder) of a repository."""


@dataclass(frozen=True)
class FileChanges:
    """Touches by numbers, and what the numbers stand for."""

    touches: pl.DataFrame
    """`_commit`, `repository_id` (a repository), `path_id` (a path), insertions, deletions."""
    repositories: pl.DataFrame
    """`repository_id`, repository."""
    paths: pl.DataFrame
    """`path_id`, path, language, `folder_id` and folder, and a column a theme that a path can prove."""

    @property
    def file_id(self) -> pl.Expr:
        """The number of a file, unlike any other's in any repository."""
        return pl.col("repository_id").cast(pl.UInt64) * ID_SHIFT + pl.col("path_id")


def index_file_changes(commits: pl.DataFrame) -> FileChanges:
    """Read the files of commits numbered by `_commit`."""
    known = commits.filter(pl.col("files").list.len() > 0)
    exploded = known.explode("files").unnest("files")
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
        folder=path.str.extract(r"^(.*)/[^/]*$", 1),
        **{theme.value: path.str.contains(pattern) for theme, pattern in THEME_PATH_PATTERNS},
    )
    return FileChanges(touches, places, described.with_columns(folder_id=_to_ids(described["folder"])))


def find_themes_by_files(file_changes: FileChanges) -> pl.DataFrame:
    """The theme that all files of a commit prove, for the commits where they do."""
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
