"""Chains of reverts and fix-ups: what was undone or mended after it had landed. Pure.

A link is only what a commit itself says: `This reverts commit <sha>`, `Fixes: <sha>`, `fixup! <subject>`. Nothing is
guessed from files that two commits share.
"""

from collections.abc import Iterator

import polars as pl

from sparky_assets.metrics.events import EventTables
from sparky_assets.metrics.flow import Measurement
from sparky_assets.metrics.models import SCOPE_ALL

REVERT_PATTERN = r"^(?:Revert \"|revert(?:\([^)]*\))?!?:\s)"


REVERTED_COMMIT_PATTERN = r"This reverts commit ([0-9a-f]{7,40})"


FIXED_COMMIT_PATTERN = r"(?m)^Fixes: ?([0-9a-f]{7,40})\b"


FIXUP_PATTERN = r"^(?:fixup|squash|amend)! (.+)$"


def measure_repair_chains(events: EventTables) -> Iterator[Measurement]:
    """Reverts and fix-ups of the whole and of each repository, and the longest chain."""
    marked = find_repairs(events.own_commits)
    for metric in ("reverts", "fix_ups"):
        yield Measurement(metric, SCOPE_ALL, int(marked[metric].sum()))
    each = marked.group_by("repository").agg(pl.col("reverts", "fix_ups").sum()).sort("repository")
    for repository, reverts, fix_ups in each.iter_rows():
        yield Measurement("reverts", f"repository:{repository}", reverts)
        yield Measurement("fix_ups", f"repository:{repository}", fix_ups)
    lengths = sorted(len(chain) for chain in build_repair_chains(events.own_commits, marked))
    yield Measurement("repair_chains", SCOPE_ALL, len(lengths))
    if lengths:
        yield Measurement("longest_repair_chain", SCOPE_ALL, max(lengths))


def find_repairs(own_commits: pl.DataFrame) -> pl.DataFrame:
    """The commits that say which other they undo or mend; `own` holds repository, sha, subject and body."""
    subject, body = pl.col("subject").fill_null(""), pl.col("body").fill_null("")
    target = pl.coalesce(body.str.extract(REVERTED_COMMIT_PATTERN, 1), body.str.extract(FIXED_COMMIT_PATTERN, 1))
    marked = own_commits.select(
        "repository",
        "sha",
        target=target,
        wanted=subject.str.extract(FIXUP_PATTERN, 1),
        reverts=subject.str.contains(REVERT_PATTERN) | body.str.contains(REVERTED_COMMIT_PATTERN),
        fix_ups=body.str.contains(FIXED_COMMIT_PATTERN) | subject.str.contains(FIXUP_PATTERN),
    )
    return marked.filter(pl.col("reverts") | pl.col("fix_ups"))


def build_repair_chains(own_commits: pl.DataFrame, repairs: pl.DataFrame) -> list[set[tuple[str, str]]]:
    """The commits of each chain by repository and sha, of links whose target lies in the window too."""
    if repairs.is_empty():
        return []
    # Only what some commit points at: a month of a million commits has a few thousand links.
    prefixes, subjects = repairs["target"].drop_nulls().str.slice(0, 7), repairs["wanted"].drop_nulls()
    here = own_commits.filter(
        pl.col("sha").str.slice(0, 7).is_in(prefixes.implode()) | pl.col("subject").is_in(subjects.implode())
    )
    by_prefix: dict[tuple[str, str], str] = {}
    by_subject: dict[tuple[str, str], str] = {}
    for repository, sha, subject in here.sort("at", "sha").select("repository", "sha", "subject").iter_rows():
        by_prefix[repository, sha[:7]] = sha
        by_subject.setdefault((repository, subject), sha)
    chains: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for repository, sha, target, wanted in repairs.select("repository", "sha", "target", "wanted").iter_rows():
        mended = by_prefix.get((repository, target[:7])) if target else by_subject.get((repository, wanted))
        if mended and mended != sha and mended.startswith(target or ""):
            ends = ((repository, sha), (repository, mended))
            joined = chains.get(ends[0], {ends[0]}) | chains.get(ends[1], {ends[1]})
            chains |= dict.fromkeys(joined, joined)
    return list({id(chain): chain for chain in chains.values()}.values())
