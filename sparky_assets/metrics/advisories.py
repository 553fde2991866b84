"""Commits that answer a security advisory: what GitHub's private fork of one brought. Polars and the commit graph.

GitHub merges such a fork with the subject `Merge pull request from GHSA-2g68-c3qc-8985`; no pull request that anybody
can read belongs to it, and the titles of its commits rarely say what they are about.
"""

import polars as pl

from sparky_assets.raw.commit_graph import commits_merged_by

ADVISORY_PATTERN = r"GHSA(?:-[0-9a-z]{4}){3}"


ADVISORY_MERGE_PATTERN = rf"^Merge pull request from ({ADVISORY_PATTERN})\s*$"


ADVISORY_COMMITS_SCHEMA = {"repository": pl.String, "sha": pl.String, "advisory": pl.String}


def find_advisory_commits(commits: pl.DataFrame) -> pl.DataFrame:
    """The `advisory` of each commit (repository, sha) that one brought, each once; no merge is among them.

    `commits` has repository, sha, subject, parents and is_merge, the earlier first.
    """
    found = pl.col("subject").str.extract(ADVISORY_MERGE_PATTERN, 1)
    merges = commits.filter("is_merge").select("repository", "sha", advisory=found).drop_nulls("advisory")
    here = commits.filter(pl.col("repository").is_in(merges["repository"].unique().implode()))
    rows = here.select("repository", "sha", "parents", "is_merge").rows()
    parents = {(repository, sha): above or () for repository, sha, above, _ in rows}
    nested = {(repository, sha) for repository, sha, _, is_merge in rows if is_merge}
    names = {(repository, sha): advisory for repository, sha, advisory in merges.iter_rows()}
    brought = [(*key, names[merge]) for key, merge in commits_merged_by(names, parents) if key not in nested]
    return pl.DataFrame(brought, schema=ADVISORY_COMMITS_SCHEMA, orient="row")
