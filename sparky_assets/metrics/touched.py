"""Which commit touched which file, with each path known once: a month has millions of touches of far fewer paths.

What is asked of a path (its language, its folder, whether it is documentation) is asked once a path and joined by a
number. That made hot files of a month of a million commits eight times faster than asking each touch.
"""

from dataclasses import dataclass

import polars as pl

from sparky_assets.metrics.changes import FILES
from sparky_assets.metrics.languages import language_expression

HALF = 2**32
"""Two 32-bit numbers side by side name a file (or folder) of a repository."""


@dataclass(frozen=True)
class Touched:
    """Touches by numbers, and what the numbers stand for."""

    touches: pl.DataFrame
    """`_commit`, `place` (a repository), `spot` (a path), insertions, deletions."""
    places: pl.DataFrame
    """`place`, repository."""
    spots: pl.DataFrame
    """`spot`, path, language, `nook` and folder, and a column a theme that a path can prove."""

    @property
    def file(self) -> pl.Expr:
        """The number of a file, unlike any other's in any repository."""
        return pl.col("place").cast(pl.UInt64) * HALF + pl.col("spot")


def touch(commits: pl.DataFrame) -> Touched:
    """Read the files of commits numbered by `_commit`."""
    known = commits.filter(pl.col("files").list.len() > 0)
    exploded = known.explode("files").unnest("files")
    places, spots = _numbered(exploded["repository"], "place"), _numbered(exploded["path"], "spot")
    touches = exploded.select("_commit", "insertions", "deletions").with_columns(
        place=_numbers(exploded["repository"]), spot=_numbers(exploded["path"])
    )
    path = pl.col("path")
    described = spots.with_columns(
        language=language_expression(path),
        folder=path.str.extract(r"^(.*)/[^/]*$", 1),
        **{theme.value: path.str.contains(pattern) for theme, pattern in FILES},
    )
    return Touched(touches, places, described.with_columns(nook=_numbers(described["folder"])))


def themes_by_files(touched: Touched) -> pl.DataFrame:
    """The theme that all files of a commit prove, for the commits where they do."""
    names = [theme.value for theme, _ in FILES]
    proves = touched.spots.select("spot", *names)
    counted = touched.touches.select("_commit", "spot").join(proves, on="spot", how="left")
    whole = counted.group_by("_commit").agg(pl.col(names).all())
    theme = pl.coalesce(pl.when(name).then(pl.lit(name)) for name in names)
    return whole.select("_commit", by_files=theme).filter(pl.col("by_files").is_not_null())


def _numbers(texts: pl.Series) -> pl.Series:
    return texts.cast(pl.Categorical).to_physical()


def _numbered(texts: pl.Series, number: str) -> pl.DataFrame:
    unique = texts.cast(pl.Categorical).unique()
    return pl.DataFrame({number: unique.to_physical(), texts.name: unique.cast(pl.String)})
