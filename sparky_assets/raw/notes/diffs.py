"""Build NOTES rows of what diffs say: defaults, raised minimums, documentation, tests, repairs.

A row keeps the lines themselves, so that a printed value can be compared with them. Reading diffs belongs to
`resources/git/diffs/read.py`; what a pair of lines means, to `text/diff_lines.py`. A repair is a fix with the commits
of the month before whose lines it mostly changes, as `resources/git/diffs/blame.py` finds them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import polars as pl

from resources.git.diffs.blame import BlamedCommit, ChangedLines, read_changed_lines
from resources.git.diffs.read import ChangedRun
from resources.git.log import GitCommit
from resources.git.repository import GitRepository
from sparky_assets.raw.git_rows import to_instant
from sparky_assets.raw.merge_messages import read_title
from sparky_assets.raw.notes.changes import clean_note_text
from sparky_assets.raw.tables import NOTES, REPAIR_KIND
from sparky_assets.text.added_tests import find_added_test
from sparky_assets.text.changelogs.cutting import trim_blank_lines
from sparky_assets.text.diff_lines import find_changed_default, find_minimum_key, find_raised_minimum
from sparky_assets.text.paths import is_noise_path, is_test_path
from sparky_assets.text.redact import contains_secret
from sparky_assets.text.references import find_references
from sparky_assets.text.subjects import is_repair

MAX_DEFAULTS_PER_CHANGE = 2
"""A change with more of them renames or moves something."""

MAX_ROWS_PER_CHANGE = 6
"""Runs of documentation, and help texts, of a change."""

MIN_DOCUMENT_WORDS = 6

MIN_REPAIRED_SHARE = 0.5
"""Share of the lines that a fix removes which another commit must have added: less may be a line that moved."""

MAX_REPAIRS = 200
"""Fixes of a window that are looked at, the newest first; each costs a git command for a file, if it changed lately."""


def build_diff_rows(runs: Sequence[ChangedRun], repository_name: str, visibility: str) -> pl.DataFrame:
    """Return the NOTES rows of the telling runs of one repository."""
    shared_values: dict[str, Any] = {
        "repository": repository_name,
        "visibility": visibility,
        "first_seen_at": None,
        "tag": None,
    }
    rows = [
        *_list_defaults(runs, shared_values),
        *(row for run in runs if run.kind == "manifest" for row in _list_minimums(run, shared_values)),
        *_list_texts(runs, shared_values),
        *_list_tests(runs, shared_values),
    ]
    return pl.DataFrame(rows, schema=dict(NOTES.columns)).unique(NOTES.key_columns, keep="first", maintain_order=True)


def _list_defaults(runs: Iterable[ChangedRun], shared_values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    changed = [
        run for run in runs if run.kind == "code" and find_changed_default(run.path, run.removed[0], run.added[0])
    ]
    counts = Counter(run.sha for run in changed)
    for run in changed:
        if counts[run.sha] <= MAX_DEFAULTS_PER_CHANGE:
            text = f"-{run.removed[0]}\n+{run.added[0]}"
            yield shared_values | _build_values("default", run, run.first_line, run.first_line, text)


def _list_minimums(run: ChangedRun, shared_values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for line, added in enumerate(run.added, run.first_line):
        key = find_minimum_key(run.path, added)
        removed = [other for other in run.removed if key and find_minimum_key(run.path, other) == key]
        same_key = [other for other in run.added if key and find_minimum_key(run.path, other) == key]
        if len(removed) == len(same_key) == 1 and (raised := find_raised_minimum(run.path, removed[0], added)):
            values = _build_values("minimum", run, line, line, f"-{removed[0]}\n+{added}")
            yield shared_values | values | {"heading_path": [raised.key]}


def _build_values(kind: str, run: ChangedRun, line_from: int, line_to: int, text: str) -> dict[str, Any]:
    return {
        "kind": kind, "sha": run.sha, "at": to_instant(run.committed_at), "path": run.path, "blob": run.blob,
        "line_from": line_from, "line_to": line_to, "heading_path": [], "text": text, "references": [],
    }  # fmt: skip


def _list_tests(runs: Iterable[ChangedRun], shared_values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the first test of each change that may be printed; its name is the heading."""
    seen: set[str] = set()
    for run in runs:
        # A test beside the code is about its inner parts; one in a file of tests is mostly about what users call.
        if run.kind != "test" or run.sha in seen or not is_test_path(run.path) or is_noise_path(run.path):
            continue
        test = find_added_test(run.path, run.added)
        text = "\n".join(test.lines) if test else ""
        # A line without its address is no line of the test.
        if test and clean_note_text(text) == text and not contains_secret(text):
            seen.add(run.sha)
            first = run.first_line + test.first
            values = _build_values("test", run, first, first + len(test.lines) - 1, text)
            yield shared_values | values | {"heading_path": [test.name] if test.name else []}


def _list_texts(runs: Iterable[ChangedRun], shared_values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    counts: Counter[tuple[str, str]] = Counter()
    for run in runs:
        is_for_users = not is_test_path(run.path) and not is_noise_path(run.path)
        if run.kind not in {"documentation", "help_text"} or not is_for_users:
            continue
        lines, skipped = trim_blank_lines(run.added)
        text = clean_note_text("\n".join(lines))
        counts[run.sha, run.kind] += 1
        if len(text.split()) < (MIN_DOCUMENT_WORDS if run.kind == "documentation" else 4):
            continue
        if counts[run.sha, run.kind] > MAX_ROWS_PER_CHANGE:
            continue
        first = run.first_line + skipped
        values = _build_values(run.kind, run, first, first + len(lines) - 1, text)
        yield shared_values | values | {"references": list(find_references(text))}


# --- Repairs


def build_repair_rows(repository: GitRepository, commits: Sequence[GitCommit], visibility: str) -> pl.DataFrame:
    """Return the NOTES rows of the fixes among the commits of a window. A partial clone has none: it has no files."""
    rows = [] if repository.is_partial else list(_list_repairs(repository, commits, visibility))
    return pl.DataFrame(rows, schema=dict(NOTES.columns))


def _list_repairs(repository: GitRepository, commits: Sequence[GitCommit], visibility: str) -> Iterator[dict[str, Any]]:
    fixes = [
        commit
        for commit in commits
        if commit.is_on_line
        and commit.parents
        and is_repair(read_title(commit.message, is_merge=len(commit.parents) > 1))
    ]
    fixes = fixes[:MAX_REPAIRS]
    changed_lines = read_changed_lines(
        repository,
        [BlamedCommit(fix.sha, fix.parents[0], fix.committed_at) for fix in fixes],
        MIN_REPAIRED_SHARE,
    )
    for fix in fixes:
        lines = changed_lines.get(fix.sha, ChangedLines(0, {}))
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
