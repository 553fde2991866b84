"""Build NOTES rows of repairs: a fix, and the commits of the month before whose lines it mostly changes."""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from resources.git.blame import read_changed_lines
from resources.git.log import GitCommit
from resources.git.repository import GitRepository
from sparky_assets.raw.git_rows import to_instant
from sparky_assets.raw.merge_messages import parse_merged_pull_request
from sparky_assets.raw.tables import NOTES
from sparky_assets.text.subjects import is_repair

REPAIR_KIND = "repair"

MIN_REPAIRED_SHARE = 0.5
"""Share of the lines that a fix removes which another commit must have added: less may be a line that moved."""

MAX_REPAIRS = 200
"""Fixes of a window that are looked at, the newest first; each costs two git commands or more."""


def build_repair_rows(repository: GitRepository, commits: Sequence[GitCommit], visibility: str) -> pl.DataFrame:
    """Return the NOTES rows of the fixes among the commits of a window. A partial clone has none: it has no files."""
    rows = [] if repository.is_partial else list(_list_repairs(repository, commits, visibility))
    return pl.DataFrame(rows, schema=dict(NOTES.columns))


def _list_repairs(repository: GitRepository, commits: Sequence[GitCommit], visibility: str) -> Iterator[dict[str, Any]]:
    fixes = [commit for commit in commits if commit.is_on_line and commit.parents and is_repair(_read_title(commit))]
    for fix in fixes[:MAX_REPAIRS]:
        lines = read_changed_lines(repository, fix.sha, fix.parents[0], fix.committed_at)
        repaired = [sha for sha, count in lines.count_by_commit.items() if count >= MIN_REPAIRED_SHARE * lines.count]
        if repaired:
            yield {
                "repository": repository.name,
                "kind": REPAIR_KIND,
                "sha": fix.sha,
                "at": to_instant(fix.landed_at),
                "text": "",
                "heading_path": [],
                "references": sorted(repaired),
                "visibility": visibility,
            }


def _read_title(commit: GitCommit) -> str:
    """Return the title of a commit; of the merge of a pull request, that of the pull request."""
    subject, _, body = commit.message.strip("\n").partition("\n")
    merged = parse_merged_pull_request(subject, body.strip(), is_merge=len(commit.parents) > 1)
    return merged.title if merged and merged.title else subject
