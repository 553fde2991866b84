"""Sentences that a text says about itself, and its table of numbers. Pure.

The sentences name the window, the sources, what is not covered, and who wrote what. The table sets the numbers of a
period beside those of the period before. Sentences about changes are claims and belong to `insights/claims/`.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from sparky_assets.digests.models import NumbersRow
from sparky_assets.digests.selection import ClaimSelection
from sparky_assets.insights.models import Claim, Insight
from sparky_assets.metrics.models import SCOPE_ALL, Fact
from sparky_assets.periods import PeriodKind
from sparky_assets.text.words import format_duration, join_words, pluralize

SHORT_BELOW_RECORDS = {PeriodKind.DAILY: 6, PeriodKind.WEEKLY: 20, PeriodKind.MONTHLY: 60}
"""A fully covered period with fewer changes and releases has a short text because it has few; not that it was quiet."""

MAX_WORDED_REFERENCES = 12
"""Sentences worded by a model that the footer names; with more it only counts them."""

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
"""Metrics with a row even at 0. A table full of zeros would say no more about a quiet day."""

PREVIOUS_PERIOD_SCOPE_PREFIX = "period:"
"""Prefix of the scope of facts about the period before: `period:2025-W45`."""


def shortness_note(insight: Insight, selection: ClaimSelection) -> str:
    """Return the sentence of a text that is shorter than its minimum, with the counts that explain it.

    Empty if the headline says that the period was quiet.
    """
    if insight.claims[0].section == "quiet":
        return ""
    changes, releases = _count_covered(insight, selection)
    counts = [pluralize(changes, "change")] if changes else []
    counts += [pluralize(releases, "release")] if releases else []
    noun = insight.period.kind.noun
    covered = changes + releases
    total = next((int(fact.value) for fact in insight.facts if fact.key == f"changes@{SCOPE_ALL}"), covered)
    if covered < total:
        return f"In brief: {covered:,} of {total:,} changes and releases of the {noun}."
    if covered == 0:
        return f"No change and no release of the {noun} was recorded."
    if covered < SHORT_BELOW_RECORDS[insight.period.kind]:
        coverage = {1: "", 2: ", both covered here"}.get(covered, ", all covered here")
        return f"The {noun} had {join_words(counts)}{coverage}."
    return f"This digest covers all {join_words(counts)} of the {noun}."


def footer_lines(insight: Insight, selection: ClaimSelection) -> Iterator[str]:
    """Yield the lines of the footer: window, sources, what is not covered, and who wrote the sentences."""
    values = {fact.metric: fact.value for fact in insight.facts if fact.scope == SCOPE_ALL}
    noun = insight.period.kind.noun
    yield f"{noun.capitalize()} {insight.period.label}: {insight.window}. Written after the {noun} had ended."
    repository_count = int(values["repositories"]) - len(insight.unreadable)
    yield _describe_sources(insight.sources, pluralize(repository_count, "repository", "repositories"))
    covered = sum(_count_covered(insight, selection))
    if values["changes"] > covered:
        total = f"{values['changes']:,} changes and releases"
        yield f"{covered:,} of {total} are covered here. The numbers count all of them."
    if insight.unreadable:
        pronoun = "it" if len(insight.unreadable) == 1 else "they"
        yield f"Missing here, because {pronoun} could not be read: {', '.join(insight.unreadable)}."
    yield from (f"{note}." for note in insight.notes)
    yield from _describe_authorship(insight, selection)


def _count_covered(insight: Insight, selection: ClaimSelection) -> tuple[int, int]:
    """Return the numbers of changes and releases that the selection covers; a claim may cover several changes."""
    claims = [claim for section in ("highlight", "change", "release") for claim in selection.get_claims(section)]
    releases = {claim.id for claim in claims if claim.section == "release"}
    changes = {item.key for claim in claims if claim.id not in releases for item in insight.get_cited_evidence(claim)}
    return len(changes), len(releases)


def _describe_authorship(insight: Insight, selection: ClaimSelection) -> Iterator[str]:
    """Yield what a language model contributed: which model, and which sentences it worded or chose."""
    claims = [insight.claims[0], *(claim for claims in selection.claims.values() for claim in claims)]
    claims += [detail for details in selection.details.values() for detail in details]
    total = pluralize(len(claims), "sentence")
    worded_claims = [claim for claim in claims if claim.origin == "model"]
    chosen_count = sum(claim.chosen_by == "model" for claim in claims)
    if insight.writer is None or not chosen_count:
        yield "Every sentence was written by rules from these records; no model took part."
    else:
        digest = f" ({insight.writer.digest[:12]})" if insight.writer.digest else ""
        model = f"the model {insight.writer.model}{digest}"
        if worded_claims:
            verb = "was" if len(worded_claims) == 1 else "were"
            references = _format_worded_references(insight, worded_claims)
            yield (
                f"{len(worded_claims):,} of {total} {verb} worded by {model} and checked word for word{references}. "
                "Rules wrote the others."
            )
        else:
            verb = "was" if chosen_count == 1 else "were"
            yield f"{chosen_count:,} of {total} {verb} chosen by {model}. Rules wrote every word from these records."
        records = pluralize(insight.records, "record")
        yield f"The model read {records}. Numbers, names and links never come from a model."
    yield from (f"{reason[0].upper()}{reason[1:]}." for reason in insight.degraded)


def _format_worded_references(insight: Insight, claims: Sequence[Claim]) -> str:
    """Return the references of sentences that a model worded, or an empty string if there are too many to list."""
    if len(claims) > MAX_WORDED_REFERENCES:
        return ""
    noun = "sentence" if len(claims) == 1 else "sentences"
    references = join_words([insight.get_cited_evidence(claim)[0].reference for claim in claims])
    return f": the {noun} on {references}"


def _describe_sources(sources: tuple[str, ...], repositories: str) -> str:
    if sources == ("git",):
        return (
            f"Read from the git history of {repositories}. "
            "Pull requests come from the subjects of commits, releases from version tags."
        )
    if sources == ("github",):
        return f"Read from GitHub: {repositories} with commits, pull requests, reviews, issues and releases."
    return f"Read from GitHub and from local clones: {repositories}."


def find_previous_label(insight: Insight) -> str:
    """Return the label of the period before (`2025-W45`), or an empty string if the insight has no facts of it."""
    scopes = (fact.scope for fact in insight.facts if fact.scope.startswith(PREVIOUS_PERIOD_SCOPE_PREFIX))
    return next(scopes, "").removeprefix(PREVIOUS_PERIOD_SCOPE_PREFIX)


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
    """Format a fact for a table: `1,234`, `5.5 h`, `40.0 %`."""
    if fact.unit == "hours":
        return format_duration(Decimal(fact.value), day_unit="d")
    return f"{fact.value:,} %" if fact.unit == "percent" else f"{fact.value:,}"
