"""The table of numbers: this period beside the one before it. Pure."""

from collections.abc import Iterator
from decimal import Decimal

from sparky_assets.digests.charts.charts import format_duration
from sparky_assets.digests.models import NumbersRow
from sparky_assets.insights.models import Insight
from sparky_assets.metrics.models import SCOPE_ALL, Fact

NUMBER_LABELS = {
    "commits": "Commits", "merge_commits": "Merge commits", "bot_commits": "Commits by bots", "people": "People",
    "active_repositories": "Active repositories", "repositories": "Repositories read",
    "pull_requests_opened": "Pull requests opened", "pull_requests_merged": "Pull requests merged",
    "pull_requests_closed": "Pull requests closed unmerged", "pull_requests_open": "Pull requests open at the end",
    "reviews": "Reviews", "issues_opened": "Issues opened", "issues_closed": "Issues closed",
    "issues_open": "Issues open at the end", "releases": "Releases", "changed_files": "Files changed",
    "insertions": "Lines added", "deletions": "Lines deleted", "commits_without_statistics": "Commits not measured",
    "time_to_first_review_median": "First review after (median)", "time_to_merge_median": "Merged after (median)",
    "issue_time_to_close_median": "Issues closed after (median)",
    "first_time_contributors": "First contributions",
}  # fmt: skip


ALWAYS_SHOWN_METRICS = {"commits", "repositories"}
"""Numbers that are told even when they are 0; a table of noughts tells a quiet day no better."""


PREVIOUS_PERIOD_SCOPE_PREFIX = "period:"
"""The scope of facts about the period before begins so."""


def find_previous_label(insight: Insight) -> str:
    """What the period before is called: `2025-W45`; empty where it was not counted."""
    return next(
        (
            fact.scope.removeprefix(PREVIOUS_PERIOD_SCOPE_PREFIX)
            for fact in insight.facts
            if fact.scope.startswith(PREVIOUS_PERIOD_SCOPE_PREFIX)
        ),
        "",
    )


def numbers_table(insight: Insight) -> Iterator[NumbersRow]:
    """The rows of the table."""
    now = {fact.metric: fact for fact in insight.facts if fact.scope == SCOPE_ALL}
    before = {fact.metric: fact for fact in insight.facts if fact.scope.startswith(PREVIOUS_PERIOD_SCOPE_PREFIX)}
    for metric, label in NUMBER_LABELS.items():
        known, earlier = now.get(metric), before.get(metric)
        if known and (known.value or metric in ALWAYS_SHOWN_METRICS or (earlier and earlier.value)):
            yield NumbersRow(label=label, value=format_fact(known), before=format_fact(earlier) if earlier else "")


def format_fact(fact: Fact) -> str:
    """A fact as a table shows it: `1,234`, `5.5 h`, `40.0 %`."""
    if fact.unit == "hours":
        return format_duration(Decimal(fact.value))
    return f"{fact.value:,} %" if fact.unit == "percent" else f"{fact.value:,}"
