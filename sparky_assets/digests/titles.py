"""What a text, and a change in it, is called. Titles and descriptions are as long as search engines and subjects of
mails show them, and never a cut sentence. Pure."""

import re
from collections.abc import Iterator

from sparky_assets.digests.dates import Language, format_period
from sparky_assets.insights.models import Evidence, Insight
from sparky_assets.insights.sentences import join_words, pluralize
from sparky_assets.insights.text import display_title
from sparky_assets.metrics.models import SCOPE_ALL

MAX_TITLE_LENGTH, MAX_DESCRIPTION_LENGTH = 60, 160
"""Characters that a search engine shows."""


_FULL_HASH = re.compile(r"\b([0-9a-f]{7})[0-9a-f]{33}\b")


def format_title(insight: Insight, language: Language) -> str:
    """`Acme: 10–16 November 2025 (2025-W46)`."""
    return f"{insight.organisation or 'Engineering'}: {format_period(insight.period, language)}"


def format_short_title(insight: Insight, language: Language) -> str:
    """What the period brought, in at most 60 characters: `Acme, 2025-W46: 13 merged pull requests and 1 release`."""
    name = insight.organisation or "Engineering"
    counts = list(_list_counts(insight))
    spelt = format_period(insight.period, language).partition(" (")[0]
    candidates = [
        f"{name}, {when}: {join_words(counts[:most])}"
        for when in (spelt, insight.period.label)
        for most in (2, 1)
        if counts[:most]
    ]
    candidates += [f"{name}, {spelt}", f"{name}, {insight.period.label}", spelt]
    return next(one for one in candidates if len(one) <= MAX_TITLE_LENGTH)


def format_description(insight: Insight) -> str:
    """The headline, or as many of its counts as 160 characters hold."""
    lead = insight.claims[0].text
    if len(lead) <= MAX_DESCRIPTION_LENGTH:
        return lead
    counts = list(_list_counts(insight))
    shorter = [f"{join_words(counts[:most])}." for most in range(len(counts), 0, -1)]
    return next((one for one in shorter if len(one) <= MAX_DESCRIPTION_LENGTH), "It was quiet.")


def format_brief_title(evidence: Evidence) -> str:
    """What a change is called where it is told by its title alone; a full hash says no more than its beginning."""
    return _FULL_HASH.sub(r"\1", display_title(evidence.title))


def _list_counts(insight: Insight) -> Iterator[str]:
    values = {
        fact.metric: int(fact.value) for fact in insight.facts if fact.scope == SCOPE_ALL and fact.unit == "count"
    }
    for metric, one, many in (
        ("pull_requests_merged", "merged pull request", "merged pull requests"),
        ("releases", "release", "releases"),
        ("commits", "commit", "commits"),
    ):
        if values.get(metric):
            yield pluralize(values[metric], one, many)
