"""What could not be measured, of which scope, and why: so that a missing number is never taken for a 0. Pure."""

from collections.abc import Iterator, Sequence

import polars as pl

from sparky_assets.metrics.events import ON_GITHUB, Events
from sparky_assets.metrics.exact import STATISTICS
from sparky_assets.metrics.models import WHOLE, Absence, Fact
from sparky_assets.metrics.totals import GITHUB_ONLY


def _all(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}_{statistic}" for name in names for statistic in STATISTICS)


NEEDS_GITHUB = (
    *GITHUB_ONLY,
    *_all("time_to_first_review", "time_to_merge", "time_in_review", "time_in_draft", "issue_time_to_close"),
    "review_coverage",
    "pull_requests_awaiting_review",
)
NEEDS_RELEASES = (
    "deployment_frequency", *_all("lead_time_for_changes"), "change_failure_rate", *_all("time_to_restore"),
)  # fmt: skip
LINE_METRICS, FILE_METRICS = ("insertions", "deletions"), ("changed_files", "commits_touching")
FROM_GIT = "read from git alone, which knows no opened pull request, no review and no issue"
UNREADABLE = "could not be read"


def absences(events: Events, facts: Sequence[Fact]) -> Iterator[Absence]:
    """Everything that a reader could miss among the facts."""
    present = {(fact.metric, fact.scope) for fact in facts}
    repositories = events.repositories.sort("repository")
    if events.on_github.is_empty():
        yield Absence(metrics=NEEDS_GITHUB, scope=WHOLE, reason=f"not measurable here: {FROM_GIT}")
    # Of each repository only where others can tell: a list of three hundred would say the same thing.
    for name, source, status in repositories.select("repository", "source", "status").iter_rows():
        if status == "unreadable":
            yield Absence(metrics=NEEDS_GITHUB, scope=f"repository:{name}", reason=UNREADABLE)
        elif source not in ON_GITHUB and not events.on_github.is_empty():
            yield Absence(metrics=NEEDS_GITHUB, scope=f"repository:{name}", reason=FROM_GIT)
    yield from _lines(events)
    for scope in (WHOLE, *_released(facts)):
        if missing := tuple(name for name in NEEDS_RELEASES if (name, scope) not in present):
            yield Absence(metrics=missing, scope=scope, reason=_why_no_deployment(missing))


def _lines(events: Events) -> Iterator[Absence]:
    """Repositories with commits whose lines or files are not known, and the whole where none are."""
    if events.own.height and not events.own["names_files"].any():
        yield Absence(metrics=FILE_METRICS, scope=WHOLE, reason="no source of the window names the files")
    if events.own.height and not events.own["insertions"].count():
        yield Absence(metrics=LINE_METRICS, scope=WHOLE, reason="no commit of the window carries statistics")
    own = events.own.group_by("repository").agg(
        lines=pl.col("insertions").count() > 0, files=pl.col("names_files").any()
    )
    for name, lines, files in own.sort("repository").iter_rows():
        scope = f"repository:{name}"
        if not lines:
            yield Absence(metrics=LINE_METRICS, scope=scope, reason="its commits carry no statistics")
        if not files:
            yield Absence(metrics=FILE_METRICS, scope=scope, reason="its source does not name the files")


def _released(facts: Sequence[Fact]) -> list[str]:
    return [fact.scope for fact in facts if fact.metric == "deployment_frequency" and fact.scope != WHOLE]


def _why_no_deployment(missing: Sequence[str]) -> str:
    if "deployment_frequency" in missing:
        return "not measurable here: no release that is no pre-release was published in the window"
    reasons = []
    if "lead_time_for_changes_count" in missing:
        reasons.append("no commit of the window is known to be in a release")
    if "change_failure_rate" in missing:
        reasons.append("no release was followed by another")
    if "time_to_restore_count" in missing:
        reasons.append("no release is known to have been repaired")
    return f"not measurable here: {', '.join(reasons)}"
