"""Sentences that a text says about itself, and its table of numbers. Pure.

The sentences name what is not covered and how the text was made. The table sets the numbers of a period beside those of
the period before; corrections compare them. Sentences about changes belong to `stories/`.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from sparky_assets.digests.models import NumbersRow
from sparky_assets.insights.models import Insight
from sparky_assets.metrics.models import SCOPE_ALL, Fact
from sparky_assets.text.words import format_duration

NUMBER_LABELS = {
    "commits": "Commits", "merge_commits": "Merge commits", "bot_commits": "Commits by bots", "people": "People",
    "active_repositories": "Active repositories", "repositories": "Repositories read",
    "pull_requests_opened": "Pull requests opened", "pull_requests_merged": "Pull requests merged",
    "pull_requests_closed": "Pull requests closed unmerged", "pull_requests_open": "Pull requests open at the end",
    "reviews": "Reviews", "issues_opened": "Issues opened", "issues_closed": "Issues closed",
    "issues_open": "Issues open at the end", "releases": "Releases", "changed_files": "Files changed",
    "insertions": "Lines added", "deletions": "Lines deleted", "commits_without_statistics": "Commits not measured",
    "time_to_first_response_median": "First response to pull requests after (median)",
    "issue_time_to_first_response_median": "First response to issues after (median)",
    "time_to_first_review_median": "First review after (median)", "time_to_merge_median": "Merged after (median)",
    "issue_time_to_close_median": "Issues closed after (median)",
    "comments_per_pull_request_median": "Comments on a finished pull request (median)",
    "default_branch_red_hours": "Default branches red",
    "first_time_contributors": "First contributions",
}  # fmt: skip

ALWAYS_SHOWN_METRICS = {"commits", "repositories"}
"""Metrics with a row even at 0. A table full of zeros would say no more about a quiet day."""

PREVIOUS_PERIOD_SCOPE_PREFIX = "period:"
"""Prefix of the scope of facts about the period before: `period:2025-W45`."""


HOW_LINE = (
    "Everything between quotation marks is quoted exactly; counts, names and links come from the records. "
    "No model wrote any of it."
)
"""The line of the footer about how a text was made."""

MARKED_HOW_LINE = (
    "Everything between quotation marks is quoted exactly; counts, names and links come from the records. "
    "A model wrote the sentences that are marked with its name, and no others."
)
"""The same where marked sentences of a model are printed."""

MARKED_LABEL = "The model {model} writes, and no person has read it: {text}"
"""A sentence of a model, as it is printed."""

CHOICE_LINE = "The model {model} chose among these sentences and stories, and wrote none of them."
MARKED_CHOICE_LINE = "The model {model} also chose among the quoted sentences and the stories."
"""The line of the footer after `HOW_LINE` where a model chose."""


def label_marked_sentences(insight: Insight, stories: Iterable[str]) -> dict[str, str]:
    """Return the labelled sentences of a model by the id of their story, for these stories."""
    printed = set(stories)
    return {
        sentence.story: MARKED_LABEL.format(model=sentence.model, text=sentence.text)
        for sentence in insight.marked
        if sentence.story in printed
    }


def footer_lines(insight: Insight, *, has_marked: bool = False) -> Iterator[str]:
    """Yield the lines of the footer: what is not covered, and how the text was made.

    Args:
        has_marked: whether the text holds marked sentences of a model.
    """
    if insight.unreadable:
        pronoun = "it" if len(insight.unreadable) == 1 else "they"
        yield f"Missing here, because {pronoun} could not be read: {', '.join(insight.unreadable)}."
    yield from (f"{note}." for note in insight.notes)
    yield from (f"{sentence}." for sentence in insight.red_branches)
    yield MARKED_HOW_LINE if has_marked else HOW_LINE
    if insight.editor:
        line = MARKED_CHOICE_LINE if has_marked else CHOICE_LINE
        yield line.format(model=insight.editor.model)
    yield from (f"{reason[0].upper()}{reason[1:]}." for reason in insight.degraded)


def numbers_table(insight: Insight) -> Iterator[NumbersRow]:
    """Yield the rows of the table of numbers. A metric that is 0 in both periods has no row."""
    facts = {fact.metric: fact for fact in insight.facts if fact.scope == SCOPE_ALL}
    earlier_facts = {fact.metric: fact for fact in insight.facts if fact.scope.startswith(PREVIOUS_PERIOD_SCOPE_PREFIX)}
    for metric, label in NUMBER_LABELS.items():
        fact, earlier = facts.get(metric), earlier_facts.get(metric)
        if fact and (fact.value or metric in ALWAYS_SHOWN_METRICS or (earlier and earlier.value)):
            counted = metric.removesuffix("_median") + "_count"
            value = _format_with_count(fact, facts.get(counted))
            before = _format_with_count(earlier, earlier_facts.get(counted)) if earlier else ""
            yield NumbersRow(label=label, value=value, before=before)


def _format_with_count(fact: Fact, count: Fact | None) -> str:
    """Format a fact; a median with the number of values behind it: `5.5 h (n 12)`."""
    return f"{format_fact(fact)} (n {count.value:,})" if count else format_fact(fact)


def format_fact(fact: Fact) -> str:
    """Format a fact for a table: `1,234`, `5.5 h`, `40.0 %`; a median number of comments `2.5`."""
    if fact.unit == "hours":
        return format_duration(Decimal(fact.value), day_unit="d")
    if fact.unit == "comments":
        return f"{fact.value:,}".rstrip("0").rstrip(".")
    return f"{fact.value:,} %" if fact.unit == "percent" else f"{fact.value:,}"
