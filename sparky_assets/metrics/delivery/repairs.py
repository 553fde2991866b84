"""Chains of reverts and fix-ups, and the words by which a commit takes another one back. Pure.

A chain has only links that a commit names itself: `This reverts commit <sha>`, `Fixes: <sha>`, `fixup! <subject>`.
"""

import re
from collections.abc import Iterator

import polars as pl

from sparky_assets.metrics.events import EventTables
from sparky_assets.metrics.flow import Measurement
from sparky_assets.metrics.models import SCOPE_ALL

UNDO_PREFIX_PATTERN = r"^((?:Revert \"|Reapply \"|(?i:revert)(?:\([^)]{0,60}\))?!?:\s{1,3}){1,9})"
"""The prefixes of a subject that takes something back, or brings it back: `Revert "Revert "Add x""`."""

REVERTED_COMMIT_PATTERN = r"This reverts commit ([0-9a-f]{7,40})"

FIXED_COMMIT_PATTERN = r"(?m)^Fixes: ?([0-9a-f]{7,40})\b"

FIXUP_PATTERN = r"^(?:fixup|squash|amend)! (.+)$"

_UNDO_PREFIX = re.compile(UNDO_PREFIX_PATTERN)

PULL_REQUEST_NUMBER = re.compile(r" \(#\d{1,9}\)$")


def count_undo_steps(subject: str) -> int:
    """Return how often a subject says that it reverts; a `Reapply` is two steps. Odd: it takes something back."""
    match = _UNDO_PREFIX.match(subject)
    prefix = match[1].lower() if match else ""
    return prefix.count("revert") + 2 * prefix.count("reapply")


def is_revert(subject: str) -> bool:
    """Return True for a subject that takes a change back; a revert of a revert brings it back."""
    return count_undo_steps(subject) % 2 == 1


def strip_undo_prefix(subject: str) -> str:
    """Return the title that a revert quotes, without its own pull request number."""
    title = PULL_REQUEST_NUMBER.sub("", subject)
    match = _UNDO_PREFIX.match(title)
    if match is None:
        return title
    quotes = match[1].count('"')
    rest = title[match.end() :]
    for _ in range(quotes):
        rest = rest.removesuffix('"')
    return PULL_REQUEST_NUMBER.sub("", rest)


REPAIR_METRICS = ("reverts", "reapplied_commits", "fix_ups")


def measure_repair_chains(events: EventTables) -> Iterator[Measurement]:
    """Yield the reverts and fix-ups of all repositories and of each one, and the longest chain."""
    repairs = find_repairs(events.own_commits)
    for metric in REPAIR_METRICS:
        yield Measurement(metric, SCOPE_ALL, int(repairs[metric].sum()))
    by_repository = repairs.group_by("repository").agg(pl.col(REPAIR_METRICS).sum()).sort("repository")
    for repository, *counts in by_repository.iter_rows():
        for metric, count in zip(REPAIR_METRICS, counts, strict=True):
            yield Measurement(metric, f"repository:{repository}", count)
    lengths = sorted(len(chain) for chain in build_repair_chains(events.own_commits, repairs))
    yield Measurement("repair_chains", SCOPE_ALL, len(lengths))
    if lengths:
        yield Measurement("longest_repair_chain", SCOPE_ALL, max(lengths))


def find_repairs(own_commits: pl.DataFrame) -> pl.DataFrame:
    """Return the commits that name another commit which they revert, bring back or fix.

    A commit whose subject takes back a revert (`Reapply "…"`, `Revert "Revert "…""`) is in `reapplied_commits` and is
    no revert, although git writes `This reverts commit` into its body too.

    Args:
        own_commits: commits with repository, sha, subject and body.
    """
    subject, body = pl.col("subject").fill_null(""), pl.col("body").fill_null("")
    target = pl.coalesce(body.str.extract(REVERTED_COMMIT_PATTERN, 1), body.str.extract(FIXED_COMMIT_PATTERN, 1))
    prefix = subject.str.extract(UNDO_PREFIX_PATTERN, 1).fill_null("").str.to_lowercase()
    steps = prefix.str.count_matches("revert", literal=True) + 2 * prefix.str.count_matches("reapply", literal=True)
    says_nothing = (steps == 0) & body.str.contains(REVERTED_COMMIT_PATTERN)
    marked = own_commits.select(
        "repository",
        "sha",
        target=target,
        wanted=subject.str.extract(FIXUP_PATTERN, 1),
        reverts=(steps % 2 == 1) | says_nothing,
        reapplied_commits=(steps > 0) & (steps % 2 == 0),
        fix_ups=body.str.contains(FIXED_COMMIT_PATTERN) | subject.str.contains(FIXUP_PATTERN),
    )
    return marked.filter(pl.any_horizontal(REPAIR_METRICS))


def build_repair_chains(own_commits: pl.DataFrame, repairs: pl.DataFrame) -> list[set[tuple[str, str]]]:
    """Return each chain as (repository, sha) of its commits. A link whose target is outside the window is left out."""
    if repairs.is_empty():
        return []
    # Index only commits that are named: a month of a million commits has a few thousand links.
    prefixes, subjects = repairs["target"].drop_nulls().str.slice(0, 7), repairs["wanted"].drop_nulls()
    candidates = own_commits.filter(
        pl.col("sha").str.slice(0, 7).is_in(prefixes.implode()) | pl.col("subject").is_in(subjects.implode())
    )
    by_prefix: dict[tuple[str, str], str] = {}
    by_subject: dict[tuple[str, str], str] = {}
    for repository, sha, subject in candidates.sort("at", "sha").select("repository", "sha", "subject").iter_rows():
        by_prefix[repository, sha[:7]] = sha
        by_subject.setdefault((repository, subject), sha)
    chains: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for repository, sha, target, wanted in repairs.select("repository", "sha", "target", "wanted").iter_rows():
        repaired = by_prefix.get((repository, target[:7])) if target else by_subject.get((repository, wanted))
        if repaired and repaired != sha and repaired.startswith(target or ""):
            ends = ((repository, sha), (repository, repaired))
            joined = chains.get(ends[0], {ends[0]}) | chains.get(ends[1], {ends[1]})
            chains |= dict.fromkeys(joined, joined)
    return list({id(chain): chain for chain in chains.values()}.values())
