"""Landing of GitHub's commits: when each reached the default branch, from the commits and merges of one sweep. Pure.

GitHub has no first-parent history. The line of the default branch is followed from its head through the commits that
the sweep read; the commits of a merged pull request land with the merge. `resources/git/landing.py` reads the same from
a clone, where the whole history is known.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import polars as pl
from pydantic import AwareDatetime

from sparky_assets.raw.tables import COMMITS
from sparky_assets.store import StoredModel


class KnownHeads(StoredModel):
    """The newest stored commit of each default branch, by GitHub's id of the repository.

    Everything that landed before `until`, the end of the newest sweep, is stored.
    """

    until: AwareDatetime
    heads: dict[str, str]


class GraphCommit(NamedTuple):
    """What the landing of a commit needs."""

    committed_at: datetime
    parents: Sequence[str]


def add_landings(commits: pl.DataFrame, pull_requests: pl.DataFrame, heads: Mapping[str, str]) -> pl.DataFrame:
    """Return the commits with `landed_at` and `landed_by`, without those that land after the sweep's window.

    Args:
        commits: rows of COMMITS of one sweep.
        pull_requests: rows of PULL_REQUESTS of the same sweep, which name merge commits.
        heads: the newest commit of each repository's default branch, by repository name.
    """
    merged = pull_requests.filter(pl.col("event") == "merged", pl.col("commit").is_not_null())
    merge_shas = set(merged["commit"])
    landed_at: list[datetime | None] = [None] * commits.height
    landed_by: list[str | None] = [None] * commits.height
    # Lists by row instead of a join: the largest table is never copied.
    graphs = commits.select("repository", "sha", "committed_at", "parents").with_row_index("row")
    for repository, group in graphs.group_by("repository", maintain_order=True):
        graph = {
            sha: GraphCommit(committed_at, parents or ())
            for sha, committed_at, parents in group.select("sha", "committed_at", "parents").iter_rows()
        }
        landings = find_landing_commits(graph, heads.get(str(repository[0])), merge_shas)
        for row, sha in group.select("row", "sha").iter_rows():
            if landing := landings.get(sha):
                landed_at[row], landed_by[row] = graph[landing].committed_at, landing
    landed = commits.with_columns(
        pl.Series("landed_at", landed_at, COMMITS.columns["landed_at"]),
        pl.Series("landed_by", landed_by, COMMITS.columns["landed_by"]),
    )
    return keep_rows(landed, pl.col("landed_at").is_not_null())


def keep_rows(frame: pl.DataFrame, condition: pl.Expr) -> pl.DataFrame:
    """Return the rows for which a condition holds, without a copy where it holds for all, as it mostly does."""
    is_kept = frame.select(condition.alias("is_kept"))["is_kept"]
    return frame if is_kept.all() else frame.filter(is_kept)


def find_landing_commits(
    graph: Mapping[str, GraphCommit], head: str | None, merge_shas: Collection[str]
) -> dict[str, str]:
    """Return the commit with which each commit of a repository landed, by sha.

    Where the head was read, all commits have landed, and a chain that a wrong clock cut off from the line is a part of
    it. Otherwise the line begins at the newest chain. A chain beside it may have landed after the window; it is kept
    with its own dates, because a commit that is counted early is better than one that is lost.
    """
    children = {parent for commit in graph.values() for parent in commit.parents}
    tips = sorted(
        (sha for sha in graph if sha not in children),
        key=lambda sha: (sha == head, _holds_merge(graph, sha, merge_shas), graph[sha].committed_at, sha),
        reverse=True,
    )
    landed_by: dict[str, str] = {}
    for tip in tips:
        line = list(follow_first_parents(graph, tip, landed_by))
        for sha in line:
            landed_by[sha] = sha
        for sha in reversed(line):
            _attribute_merged_commits(graph, sha, landed_by)
    return landed_by


def _holds_merge(graph: Mapping[str, GraphCommit], tip: str, merge_shas: Collection[str]) -> bool:
    return any(sha in merge_shas for sha in follow_first_parents(graph, tip, ()))


def follow_first_parents(graph: Mapping[str, GraphCommit], tip: str, stop: Collection[str]) -> Iterable[str]:
    """Yield the line of a commit, newest first, as far as the graph has it and it holds none of `stop`."""
    sha = tip
    visited: set[str] = set()
    while sha in graph and sha not in stop and sha not in visited:
        visited.add(sha)
        yield sha
        sha = next(iter(graph[sha].parents), "")


def _attribute_merged_commits(graph: Mapping[str, GraphCommit], merge: str, landed_by: dict[str, str]) -> None:
    pending = list(graph[merge].parents[1:])
    while pending:
        sha = pending.pop()
        if sha in graph and sha not in landed_by:
            landed_by[sha] = merge
            pending.extend(graph[sha].parents)
