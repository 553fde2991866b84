"""One commit counts once, though several repositories have it: a mirror, a fork, a repository under its old name.

It counts in the repository in which it landed first. Where it landed at the same instant in several, as in a mirror, it
counts in the origin: a repository that the public may see before others, one that is no fork before a fork, and then
the one that the settings (or GitHub) list first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from resources.git.landing import LandingIndex, find_landings_of
from resources.git.repository import GitRepository
from sparky_assets.raw.git_rows import to_instant
from sparky_assets.raw.tables import COMMITS, PULL_REQUESTS, RELEASES, REPOSITORIES

LANDING_SCHEMA = {name: COMMITS.columns[name] for name in ("repository", "sha", "landed_at")}

PUBLIC_VISIBILITY = "public"


@dataclass(frozen=True)
class CloneLandings:
    """A clone that was read: its landing index, and the commits of the window."""

    repository: GitRepository
    index: LandingIndex
    shas: set[str]

    @property
    def root(self) -> str | None:
        """The oldest commit of the default branch, which copies of a repository share."""
        return next((line.shas[0] for line in self.index.lines if line.shas), None)


def find_other_landings(clones: Sequence[CloneLandings]) -> pl.DataFrame:
    """Return when the commits of each clone landed in its copies, in or before the window (`LANDING_SCHEMA`).

    Only clones that begin with the same commit are compared, which costs one pass over each.
    """
    by_root: dict[str, list[CloneLandings]] = {}
    for clone in clones:
        if clone.root:
            by_root.setdefault(clone.root, []).append(clone)
    rows = []
    for copies in by_root.values():
        for clone in copies if len(copies) > 1 else ():
            shas = {sha for other in copies if other is not clone for sha in other.shas}
            for sha, landing in find_landings_of(clone.repository, clone.index, shas):
                rows.append((clone.repository.name, sha, to_instant(landing.landed_at)))
    return pl.DataFrame(rows, schema=LANDING_SCHEMA, orient="row")


def drop_repeated_history(
    tables: Mapping[str, pl.DataFrame], other_landings: pl.DataFrame | None = None
) -> dict[str, pl.DataFrame]:
    """Return the tables of a window with each commit in one repository, and with it its pull request.

    A release of the same tag and commit counts in the origin.

    Args:
        tables: the tables by asset name.
        other_landings: landings outside the window, with the columns of `LANDING_SCHEMA`.
    """
    commits = tables[COMMITS.asset]
    ranks = _rank_repositories(tables[REPOSITORIES.asset])
    landings = [commits.select(list(LANDING_SCHEMA)), *([] if other_landings is None else [other_landings])]
    repeated = _find_repeated(pl.concat(landings), ranks, ["landed_at"], ["sha"])
    rows = tables[RELEASES.asset].filter(pl.col("commit").is_not_null())
    repeated_releases = _find_repeated(rows.select("repository", "tag", "commit"), ranks, [], ["tag", "commit"])
    result = dict(tables)
    result[COMMITS.asset] = _drop_rows(commits, repeated, ["repository", "sha"])
    result[RELEASES.asset] = _drop_rows(tables[RELEASES.asset], repeated_releases, ["repository", "tag", "commit"])
    # What GitHub itself says of a pull request is no copy.
    pull_requests = tables[PULL_REQUESTS.asset]
    copies = pull_requests.filter("is_derived").join(
        repeated, left_on=["repository", "commit"], right_on=["repository", "sha"], how="semi"
    )
    result[PULL_REQUESTS.asset] = _drop_rows(pull_requests, copies, list(PULL_REQUESTS.key_columns))
    return result


def _drop_rows(frame: pl.DataFrame, dropped: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Return the rows that another frame does not have, without a copy where it has none, as it mostly does."""
    return frame if dropped.is_empty() else frame.join(dropped, on=columns, how="anti", maintain_order="left")


def _find_repeated(
    rows: pl.DataFrame, ranks: pl.DataFrame, first_columns: Iterable[str], key_columns: list[str]
) -> pl.DataFrame:
    """Return the rows (repository and key columns) whose key another repository has, and has first."""
    # Mostly no key is there twice, and then nothing is ranked.
    shared = rows.filter(pl.struct(key_columns).is_duplicated()).unique()
    ranked = shared.join(ranks, on="repository", how="left").sort([*first_columns, "rank", "repository"])
    owners = ranked.unique(key_columns, keep="first", maintain_order=True).select("repository", *key_columns)
    return ranked.join(owners, on=["repository", *key_columns], how="anti").select("repository", *key_columns).unique()


def _rank_repositories(repositories: pl.DataFrame) -> pl.DataFrame:
    """Return the repositories with their `rank`: the smallest is the likeliest origin."""
    ordered = repositories.with_row_index("listed").sort(
        pl.col("visibility") != PUBLIC_VISIBILITY, pl.col("is_fork").fill_null(False), "listed"
    )
    return ordered.unique("repository", keep="first", maintain_order=True).select("repository").with_row_index("rank")
