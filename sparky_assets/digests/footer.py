"""What a text says of itself: that it was quiet, where it comes from, what it leaves out, who worded it. Pure.

The table of numbers: this period beside the one before it. Pure.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from sparky_assets.digests.models import NumbersRow
from sparky_assets.digests.selection import ClaimSelection
from sparky_assets.insights.models import Claim, Insight
from sparky_assets.metrics.models import SCOPE_ALL, Fact
from sparky_assets.periods import PeriodKind
from sparky_assets.text.words import format_duration, join_words, pluralize

QUIET_BELOW_RECORDS = {PeriodKind.DAILY: 6, PeriodKind.WEEKLY: 20, PeriodKind.MONTHLY: 60}
"""Records below which a period that is told whole was a quiet one; above, its records say little of themselves."""


MAX_REFERENCES = 12


def shortness_note(insight: Insight, selection: ClaimSelection) -> str:
    """What is said where a text is shorter than its range: that this is all, with the counts that prove it."""
    if insight.claims[0].section == "quiet":
        return ""
    changes, releases = _count_covered(insight, selection)
    parts = [pluralize(changes, "change")] if changes else []
    parts += [pluralize(releases, "release")] if releases else []
    noun = insight.period.kind.noun
    told = changes + releases
    happened = next((int(fact.value) for fact in insight.facts if fact.key == f"changes@{SCOPE_ALL}"), told)
    if told < happened:
        return f"Told in short: {told:,} of {happened:,} changes and releases of the {noun}."
    if told < QUIET_BELOW_RECORDS[insight.period.kind]:
        every = {0: "", 1: "", 2: "both "}.get(told, "all ")
        return f"It was a quiet {noun}: {join_words(parts)}, {every}told here." if parts else f"It was a quiet {noun}."
    return f"Nothing is left out: all {join_words(parts)} of the {noun} are told here."


def footer_lines(insight: Insight, selection: ClaimSelection) -> Iterator[str]:
    """The footer: window, sources, what was left out, who worded it."""
    values = {fact.metric: fact.value for fact in insight.facts if fact.scope == SCOPE_ALL}
    noun = insight.period.kind.noun.capitalize()
    yield f"{noun} {insight.period.label}: {insight.window}, written after it had closed."
    read = int(values["repositories"]) - len(insight.unreadable)
    yield _describe_sources(insight.sources, pluralize(read, "repository", "repositories"))
    told = sum(_count_covered(insight, selection))
    if values["changes"] > told:
        yield f"{told:,} of {values['changes']:,} changes and releases are told; the numbers count all of them."
    if insight.unreadable:
        yield f"Could not be read, and is missing here: {', '.join(insight.unreadable)}."
    yield from (f"{note}." for note in insight.notes)
    yield from _describe_authorship(insight, selection)


def _count_covered(insight: Insight, selection: ClaimSelection) -> tuple[int, int]:
    """How many changes and releases are told; a sentence may tell of several changes."""
    told = [claim for section in ("highlight", "change", "release") for claim in selection.get_claims(section)]
    releases = {claim.id for claim in told if claim.section == "release"}
    changes = {item.key for claim in told if claim.id not in releases for item in insight.get_cited_evidence(claim)}
    return len(changes), len(releases)


def _describe_authorship(insight: Insight, selection: ClaimSelection) -> Iterator[str]:
    """What a model had to do with it: which one, which sentences it worded, what it only chose."""
    claims = [insight.claims[0], *(claim for claims in selection.claims.values() for claim in claims)]
    claims += [detail for details in selection.details.values() for detail in details]
    total = pluralize(len(claims), "sentence")
    worded = [claim for claim in claims if claim.origin == "model"]
    chosen_by = sum(claim.chosen_by == "model" for claim in claims)
    if insight.writer is None or not chosen_by:
        yield "Every sentence was written by rules from these records; no model took part."
    else:
        digest = f" ({insight.writer.digest[:12]})" if insight.writer.digest else ""
        by = f"the model {insight.writer.model}{digest}"
        if worded:
            which = _format_worded_references(insight, worded)
            verb = "was" if len(worded) == 1 else "were"
            yield (
                f"{len(worded):,} of {total} {verb} worded by {by} and checked word for word, the others by rules"
                f"{f': {which}' if which else ''}."
            )
        else:
            verb = "was" if chosen_by == 1 else "were"
            yield f"{chosen_by:,} of {total} {verb} chosen by {by}; every word was written by rules from these records."
        yield f"It read from {pluralize(insight.records, 'record')}; numbers, names and links are never a model's."
    yield from (f"{reason[0].upper()}{reason[1:]}." for reason in insight.degraded)


def _format_worded_references(insight: Insight, worded: Sequence[Claim]) -> str:
    """The sentences that a model worded, by what they stand on; none where that would be a list of its own."""
    if len(worded) > MAX_REFERENCES:
        return ""
    return f"those on {join_words([insight.get_cited_evidence(claim)[0].reference for claim in worded])}"


def _describe_sources(sources: tuple[str, ...], repositories: str) -> str:
    if sources == ("git",):
        return (
            f"Read from the git history of {repositories}; "
            "pull requests and releases are those that merge subjects and version tags tell."
        )
    if sources == ("github",):
        return f"Read from GitHub: {repositories} with commits, pull requests, reviews, issues and releases."
    return f"Read from GitHub and from local clones: {repositories}."


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
        return format_duration(Decimal(fact.value), day_unit="d")
    return f"{fact.value:,} %" if fact.unit == "percent" else f"{fact.value:,}"
