"""Which commits a merged pull request brought, by the commit graph; they are told by it and not again. Polars."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from sparky_assets.raw.window import RawWindow

Commit = tuple[str, str]
"""Repository and sha."""
Parents = Mapping[Commit, Sequence[str]]
SCHEMA = {"repository": pl.String, "sha": pl.String, "commit": pl.String}


def brought_commits(raw: RawWindow) -> pl.DataFrame:
    """Commits (repository, sha) with the `commit` of the merged pull request that tells them, each once.

    These are its squash or merge commit, and of a merge what its later parents reach, as far as the window holds that.
    """
    merged = raw.pull_requests.filter(pl.col("event") == "merged", pl.col("commit").is_not_null()).sort("at")
    own = dict.fromkeys(merged.select("repository", "commit").iter_rows())
    rows = [(repository, sha, sha) for repository, sha in own]
    # Only where a merge commit brought a pull request does it take the graph to know what it brought.
    merges = raw.commits.filter("is_merge").select("repository", commit="sha")
    graphs = merged.join(merges, on=["repository", "commit"], how="semi")["repository"].unique()
    here = raw.commits.filter(pl.col("repository").is_in(graphs.implode())).select("repository", "sha", "parents")
    parents = {(repository, sha): above for repository, sha, above in here.iter_rows()}
    rows += [(*found, sha) for found, (_, sha) in _merged_side(list(own), parents) if found not in own]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _merged_side(merges: Sequence[Commit], parents: Parents) -> Iterator[tuple[Commit, Commit]]:
    """What the later parents of merges reach beside the main line, each with the earliest merge that reaches it."""
    reached: set[Commit] = set()
    mainline = _first_parents(parents)
    for merge in merges:
        repository = merge[0]
        waiting = list(parents.get(merge, ())[1:])
        while waiting:
            key = (repository, waiting.pop())
            if key in parents and key not in reached and key not in mainline:
                reached.add(key)
                yield key, merge
                waiting.extend(parents[key])


def _first_parents(parents: Parents) -> set[Commit]:
    """The commits on the main line: those that no other commit of the window has as a later parent, and their line."""
    children = {(repository, parent) for (repository, _), above in parents.items() for parent in above}
    line: set[Commit] = set()
    for tip in parents.keys() - children:
        at: Commit | None = tip
        while at is not None and at in parents and at not in line:
            line.add(at)
            above = parents[at]
            at = (at[0], above[0]) if above else None
    return line
