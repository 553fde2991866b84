"""What the branches of merges hold: how many commits, since when, and what the first of them says. Pure."""

from collections import Counter
from datetime import datetime

import polars as pl

from sparky_assets.raw.window import RawWindow
from sparky_assets.stories.noise import classify_noise
from sparky_assets.stories.titles.parts import normalize_title
from sparky_assets.text.reverts import list_reverted_shas

BranchSize = tuple[int, datetime | None]
"""How many commits a branch has, and when the first of them was written."""

NO_BRANCH: BranchSize = (0, None)
MIN_LONG_BRANCH, MAX_FIRST_PLACE = 10, 3
"""Commits of a branch from which only the first of them speak for it, and how many these are."""
MIN_PERSON_SHARE = 0.5
"""Share of the commits of a branch that one person wrote, from which it is that person's work: what brings everything
of a release to another branch is none."""


def measure_branches(window: RawWindow, brought: pl.DataFrame) -> dict[tuple[str, str], BranchSize]:
    """Return how many commits each merge brought and when the first was written, by repository and merging sha."""
    others = brought.filter(pl.col("sha") != pl.col("commit"))
    author = pl.col("author").struct.field("key").fill_null("").alias("person")
    rows = window.commits.filter(~pl.col("is_merge")).select("repository", "sha", author, "authored_at")
    rows = rows.join(others, on=["repository", "sha"], how="inner")
    by_person = rows.group_by("repository", "commit", "person").agg(pl.len().alias("own"), pl.col("authored_at").min())
    branches = by_person.group_by("repository", "commit").agg(
        pl.col("own").sum().alias("commits"), pl.col("own").max().alias("most"), pl.col("authored_at").min()
    )
    columns = ("repository", "commit", "commits", "most", "authored_at")
    return {
        (repository, commit): (commits, began_at)
        for repository, commit, commits, most, began_at in branches.select(columns).iter_rows()
        if most >= MIN_PERSON_SHARE * commits
    }


def find_first_messages(window: RawWindow, brought: pl.DataFrame) -> dict[tuple[str, str], tuple[str, str]]:
    """Return sha and message of the first commit with a text that each merge brought, by repository and merging sha.

    A branch begins with what it is for; what follows are answers to reviews. But a test or a refactoring in front of it
    says what was so before: `The snapshots record the current behavior`. One of several commits that takes back
    another says nothing of the branch, and of many commits only the first ones speak for it: of the 428 of ghostty's
    terminal state the first with a text takes back another, and the next mends a fault of it.
    """
    others = brought.filter(pl.col("sha") != pl.col("commit"))
    columns = ("repository", "sha", "subject", "body", "is_merge", "authored_at", "committed_at")
    rows = window.commits.select(columns).join(others, on=["repository", "sha"], how="inner")
    rows = rows.filter(~pl.col("is_merge")).sort("authored_at", "committed_at", "sha")
    places: Counter[tuple[str, str]] = Counter()
    sizes = Counter(others.select("repository", "commit").iter_rows())
    first: dict[tuple[str, str], tuple[str, str]] = {}
    telling: dict[tuple[str, str], tuple[str, str]] = {}
    names = ("repository", "commit", "sha", "subject", "body")
    for repository, commit, sha, subject, body in rows.select(names).iter_rows():
        places[repository, commit] += 1
        size = sizes[repository, commit]
        is_late = size >= MIN_LONG_BRANCH and places[repository, commit] > MAX_FIRST_PLACE
        if not (body or "").strip() or is_late or (size > 1 and list_reverted_shas(body)):
            continue
        first.setdefault((repository, commit), (sha, body))
        if (repository, commit) not in telling and not _is_preparation(subject or ""):
            telling[repository, commit] = sha, body
    return first | telling


def _is_preparation(subject: str) -> bool:
    """Return whether a commit of a branch is a test, a refactoring, or housekeeping by its title."""
    parts = normalize_title(subject)
    return classify_noise(parts.title, parts.type, scope=parts.scope) is not None
