"""Which commits a merged pull request brought, by the commit graph; they are told by it and not again. Polars."""

import polars as pl

from sparky_assets.raw.commit_graph import commits_merged_by
from sparky_assets.raw.window import RawWindow

PULL_REQUEST_COMMIT_SCHEMA = {"repository": pl.String, "sha": pl.String, "commit": pl.String}


def commits_by_pull_request(window: RawWindow) -> pl.DataFrame:
    """Commits (repository, sha) with the `commit` of the merged pull request that tells them, each once.

    These are its squash or merge commit, and of a merge what its later parents reach, as far as the window holds that.
    """
    merged = window.pull_requests.filter(pl.col("event") == "merged", pl.col("commit").is_not_null()).sort("at")
    own = dict.fromkeys(merged.select("repository", "commit").iter_rows())
    rows = [(repository, sha, sha) for repository, sha in own]
    # Only where a merge commit brought a pull request does it take the graph to know what it brought.
    merges = window.commits.filter("is_merge").select("repository", commit="sha")
    graphs = merged.join(merges, on=["repository", "commit"], how="semi")["repository"].unique()
    here = window.commits.filter(pl.col("repository").is_in(graphs.implode())).select("repository", "sha", "parents")
    parents = {(repository, sha): above or () for repository, sha, above in here.iter_rows()}
    rows += [(*found, sha) for found, (_, sha) in commits_merged_by(list(own), parents) if found not in own]
    return pl.DataFrame(rows, schema=PULL_REQUEST_COMMIT_SCHEMA, orient="row")
