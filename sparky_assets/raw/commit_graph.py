"""What merges brought, by the commit graph of a window. Pure; knows nothing of pull requests, titles or lines.

Which commits a merged pull request brought, by the commit graph; they are told by it and not again. Polars.

Commits that answer a security advisory: what GitHub's private fork of one brought. Polars and the commit graph.

GitHub merges such a fork with the subject `Merge pull request from GHSA-2g68-c3qc-8985`; no pull request that anybody
can read belongs to it, and the titles of its commits rarely say what they are about.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import polars as pl

from sparky_assets.raw.window import RawWindow

CommitKey = tuple[str, str]
"""Repository and sha."""


ParentsByCommit = Mapping[CommitKey, Sequence[str]]
"""The parents of each commit of the window, the first the one that was merged into."""


def commits_merged_by(merges: Iterable[CommitKey], parents: ParentsByCommit) -> Iterator[tuple[CommitKey, CommitKey]]:
    """What later parents of merges reach beside the line that they were merged into, each with the first such merge.

    That line is a merge's own, not the default branch's: a pull request into `3.0.x` brought nothing of what was on
    `3.0.x` before, though all of it lies beside `main`.
    """
    told: set[CommitKey] = set()
    lines = FirstParentIndex(parents)
    for merge in merges:
        repository = merge[0]
        waiting, seen = list(parents.get(merge, ())[1:]), set()
        while waiting:
            key = (repository, waiting.pop())
            if key in parents and key not in seen and not lines.is_first_parent_ancestor(key, descendant=merge):
                seen.add(key)
                waiting.extend(parents[key])
                if key not in told:
                    told.add(key)
                    yield key, merge


class FirstParentIndex:
    """Who is a first parent of whom, over any number of steps.

    First parents make trees, so that two numbers a commit answer it at once: a set a merge took quadratic time.
    """

    def __init__(self, parents: ParentsByCommit) -> None:
        children: dict[CommitKey, list[CommitKey]] = defaultdict(list)
        roots: list[CommitKey] = []
        for key, above in parents.items():
            first = (key[0], above[0] if above else "")
            (children[first] if first in parents else roots).append(key)
        self._entry_order: dict[CommitKey, int] = {}
        self._exit_order: dict[CommitKey, int] = {}
        waiting = [(root, False) for root in roots]
        while waiting:
            key, is_done = waiting.pop()
            if is_done:
                self._exit_order[key] = len(self._entry_order)
            elif key not in self._entry_order:
                self._entry_order[key] = len(self._entry_order)
                waiting.append((key, True))
                waiting.extend((child, False) for child in children[key])

    def is_first_parent_ancestor(self, ancestor: CommitKey, *, descendant: CommitKey) -> bool:
        """Whether `key` lies on the first-parent line of `to`, or is it; both in the window."""
        entered = self._entry_order.get(descendant)
        return entered is not None and self._entry_order.get(ancestor, entered + 1) <= entered < self._exit_order.get(
            ancestor, 0
        )


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
