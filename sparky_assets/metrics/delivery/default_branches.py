"""How long default branches were red: what the checks of their commits said. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from sparky_assets.metrics.events import EventTables
from sparky_assets.metrics.flow import Measurement
from sparky_assets.metrics.models import SCOPE_ALL
from sparky_assets.metrics.rounding import (
    compute_percent,
    to_hours,
)
from sparky_assets.periods import TimeWindow

PASSED_STATES, FAILED_STATES = ("success",), ("failure", "error")
"""States of finished checks. Pending ones say nothing about a branch."""


@dataclass
class BranchChecks:
    """What the checks of a default branch said in a window: seconds red, turns to red, commits checked and failed."""

    red_seconds: int = 0
    red_count: int = 0
    checked_count: int = 0
    failed_count: int = 0

    def __add__(self, other: "BranchChecks") -> "BranchChecks":
        """Return what two branches had together."""
        return BranchChecks(
            self.red_seconds + other.red_seconds,
            self.red_count + other.red_count,
            self.checked_count + other.checked_count,
            self.failed_count + other.failed_count,
        )


def count_branch_checks(events: EventTables, window: TimeWindow) -> dict[str, BranchChecks]:
    """Return what the checks of each default branch said, for the repositories where any are known.

    A branch is red from the landing of a commit whose checks failed to the landing of the next one whose checks passed.
    Where nothing landed in the window, the checks of the head hold for all of it.
    """
    line = events.commits.filter(pl.col("landed_by") == pl.col("sha"))
    known_states = pl.Series([*PASSED_STATES, *FAILED_STATES]).implode()
    checked = line.filter(pl.col("ci_state").is_in(known_states)).sort("repository", "at", "sha")
    checks: dict[str, BranchChecks] = {}
    red_since: dict[str, datetime] = {}
    rows = checked.select("repository", "at", pl.col("ci_state").is_in(pl.Series(FAILED_STATES).implode()))
    for name, at, has_failed in rows.iter_rows():
        branch = checks.setdefault(name, BranchChecks())
        branch.checked_count += 1
        branch.failed_count += has_failed
        if has_failed and name not in red_since:
            branch.red_count += 1
            red_since[name] = at
        elif not has_failed and name in red_since:
            branch.red_seconds += int((at - red_since.pop(name)).total_seconds())
    for name, since in red_since.items():
        checks[name].red_seconds += int((window.end - since).total_seconds())
    unchanged = events.repositories.filter(
        pl.col("head_at") < window.start,
        pl.col("head_ci_state").is_in(known_states),
        ~pl.col("repository").is_in(line["repository"].unique().implode()),
    )
    for name, state in unchanged.select("repository", "head_ci_state").iter_rows():
        whole = int((window.end - window.start).total_seconds())
        checks[name] = BranchChecks(red_seconds=whole if state in FAILED_STATES else 0)
    return checks


def measure_default_branches(events: EventTables, window: TimeWindow) -> Iterator[Measurement]:
    """Yield how long default branches were red: all together, and each one that was red or got commits."""
    checks = count_branch_checks(events, window)
    if not checks:
        return
    total = sum(checks.values(), start=BranchChecks())
    noticed = {f"repository:{name}": branch for name, branch in sorted(checks.items())}
    for scope, branch in {SCOPE_ALL: total, **noticed}.items():
        if scope != SCOPE_ALL and not (branch.checked_count or branch.red_seconds):
            continue
        yield Measurement("default_branch_red_hours", scope, to_hours(branch.red_seconds))
        yield Measurement("default_branch_red_count", scope, branch.red_count)
        if branch.checked_count:
            yield Measurement("check_failure_rate", scope, compute_percent(branch.failed_count, branch.checked_count))
