"""Find the commits that a merge, a pull request or a security advisory brought into a branch. Pure.

The commit graph of a window decides, so that a commit of a merged pull request is reported with it and not again. What
the commits are about belongs to `metrics` and `insights`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import polars as pl

from sparky_assets.raw.window import RawWindow
from sparky_assets.text.references import GHSA_ID

CommitKey = tuple[str, str]
"""Repository and sha."""


ParentsByCommit = Mapping[CommitKey, Sequence[str]]
"""The parents of each commit of the window; the first parent is the branch that was merged into."""

PULL_REQUEST_COMMIT_SCHEMA = {"repository": pl.String, "sha": pl.String, "commit": pl.String}

ADVISORY_MERGE_PATTERN = rf"^Merge pull request from ({GHSA_ID})\s*$"
"""GitHub merges the private fork of an advisory with this subject. No pull request that can be read belongs to it, and
the titles of its commits rarely name the problem."""

ADVISORY_COMMITS_SCHEMA = {"repository": pl.String, "sha": pl.String, "advisory": pl.String}


def list_ancestors(sha: str, parents: Mapping[str, Sequence[str]]) -> set[str]:
    """Return a commit and its ancestors among the commits of `parents`; empty if it is none of them."""
    ancestors: set[str] = set()
    pending = [sha]
    while pending:
        commit = pending.pop()
        if commit in parents and commit not in ancestors:
            ancestors.add(commit)
            pending.extend(parents[commit])
    return ancestors


def commits_merged_by(merges: Iterable[CommitKey], parents: ParentsByCommit) -> Iterator[tuple[CommitKey, CommitKey]]:
    """Yield (commit, merge) for each commit that a merge brought, with the first merge that brought it.

    These are the commits that the second and later parents reach and the merge's own first-parent line does not. The
    default branch does not matter: a pull request into `3.0.x` brought nothing that was on `3.0.x` before, though
    `main` has none of it.
    """
    brought: set[CommitKey] = set()
    first_parents = FirstParentIndex(parents)
    for merge in merges:
        repository = merge[0]
        pending = list(parents.get(merge, ())[1:])
        visited: set[CommitKey] = set()
        while pending:
            commit = (repository, pending.pop())
            if commit not in parents or commit in visited:
                continue
            if first_parents.is_first_parent_ancestor(commit, descendant=merge):
                continue
            visited.add(commit)
            pending.extend(parents[commit])
            if commit not in brought:
                brought.add(commit)
                yield commit, merge


class FirstParentIndex:
    """Index of first-parent ancestry.

    First parents form trees, so that an entry and an exit number per commit answer each question in constant time. A
    set of ancestors per merge took quadratic time.
    """

    def __init__(self, parents: ParentsByCommit) -> None:
        children: dict[CommitKey, list[CommitKey]] = defaultdict(list)
        roots: list[CommitKey] = []
        for commit, parent_shas in parents.items():
            first_parent = (commit[0], parent_shas[0] if parent_shas else "")
            siblings = children[first_parent] if first_parent in parents else roots
            siblings.append(commit)
        self._entry_order: dict[CommitKey, int] = {}
        self._exit_order: dict[CommitKey, int] = {}
        pending = [(root, False) for root in roots]
        while pending:
            commit, is_done = pending.pop()
            if is_done:
                self._exit_order[commit] = len(self._entry_order)
            elif commit not in self._entry_order:
                self._entry_order[commit] = len(self._entry_order)
                pending.append((commit, True))
                pending.extend((child, False) for child in children[commit])

    def is_first_parent_ancestor(self, ancestor: CommitKey, *, descendant: CommitKey) -> bool:
        """Return True if `ancestor` is on the first-parent line of `descendant`, or equal to it; both in the window."""
        if ancestor not in self._entry_order or descendant not in self._entry_order:
            return False
        return self._entry_order[ancestor] <= self._entry_order[descendant] < self._exit_order[ancestor]


def commits_by_pull_request(window: RawWindow) -> pl.DataFrame:
    """Return commits (repository, sha) with the `commit` that merged their pull request, each once.

    A pull request has its squash or merge commit, and the commits that a merge commit brought if the window holds them.
    """
    merged = window.pull_requests.filter(pl.col("event") == "merged", pl.col("commit").is_not_null()).sort("at")
    merging_commits = dict.fromkeys(merged.select("repository", "commit").iter_rows())
    rows = [(repository, sha, sha) for repository, sha in merging_commits]
    # Only a merge commit takes the graph to find its commits, so other repositories are left out of it.
    merges = window.commits.filter("is_merge").select("repository", commit="sha")
    repositories = merged.join(merges, on=["repository", "commit"], how="semi")["repository"].unique()
    commits = window.commits.filter(pl.col("repository").is_in(repositories.implode()))
    parents = {
        (repository, sha): parent_shas or ()
        for repository, sha, parent_shas in commits.select("repository", "sha", "parents").iter_rows()
    }
    for commit, (_, merge_sha) in commits_merged_by(list(merging_commits), parents):
        if commit not in merging_commits:
            rows.append((*commit, merge_sha))
    return pl.DataFrame(rows, schema=PULL_REQUEST_COMMIT_SCHEMA, orient="row")


def find_advisory_commits(commits: pl.DataFrame) -> pl.DataFrame:
    """Return commits (repository, sha) with the `advisory` whose private fork brought them, each once, without merges.

    Args:
        commits: rows with repository, sha, subject, parents and is_merge, the earlier first.
    """
    advisory_name = pl.col("subject").str.extract(ADVISORY_MERGE_PATTERN, 1)
    merges = commits.filter("is_merge").select("repository", "sha", advisory=advisory_name).drop_nulls("advisory")
    in_repositories = commits.filter(pl.col("repository").is_in(merges["repository"].unique().implode()))
    rows = in_repositories.select("repository", "sha", "parents", "is_merge").rows()
    parents = {(repository, sha): parent_shas or () for repository, sha, parent_shas, _ in rows}
    inner_merges = {(repository, sha) for repository, sha, _, is_merge in rows if is_merge}
    advisories = {(repository, sha): advisory for repository, sha, advisory in merges.iter_rows()}
    commit_rows = [
        (*commit, advisories[merge])
        for commit, merge in commits_merged_by(advisories, parents)
        if commit not in inner_merges
    ]
    return pl.DataFrame(commit_rows, schema=ADVISORY_COMMITS_SCHEMA, orient="row")
