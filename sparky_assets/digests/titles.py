"""What a text, and a change in it, is called. Titles and descriptions are as long as search engines and subjects of
mails show them, and never a cut sentence. Pure."""

import re
from collections.abc import Iterator

from sparky_assets.digests.dates import Language, spoken
from sparky_assets.insights.models import Evidence, Insight
from sparky_assets.insights.sentences import counted, joined
from sparky_assets.insights.text import headline
from sparky_assets.metrics.models import WHOLE

LONGEST_TITLE, LONGEST_DESCRIPTION = 60, 160
"""Characters that a search engine shows."""
_HASH = re.compile(r"\b([0-9a-f]{7})[0-9a-f]{33}\b")


def title(insight: Insight, language: Language) -> str:
    """`Acme: 10–16 November 2025 (2025-W46)`."""
    return f"{insight.organisation or 'Engineering'}: {spoken(insight.period, language)}"


def short_title(insight: Insight, language: Language) -> str:
    """What the period brought, in at most 60 characters: `Acme, 2025-W46: 13 merged pull requests and 1 release`."""
    name = insight.organisation or "Engineering"
    counts = list(_counts(insight))
    spelt = spoken(insight.period, language).partition(" (")[0]
    candidates = [
        f"{name}, {when}: {joined(counts[:most])}"
        for when in (spelt, insight.period.label)
        for most in (2, 1)
        if counts[:most]
    ]
    candidates += [f"{name}, {spelt}", f"{name}, {insight.period.label}", spelt]
    return next(one for one in candidates if len(one) <= LONGEST_TITLE)


def description(insight: Insight) -> str:
    """The headline, or as many of its counts as 160 characters hold."""
    lead = insight.claims[0].text
    if len(lead) <= LONGEST_DESCRIPTION:
        return lead
    counts = list(_counts(insight))
    shorter = [f"{joined(counts[:most])}." for most in range(len(counts), 0, -1)]
    return next((one for one in shorter if len(one) <= LONGEST_DESCRIPTION), "It was quiet.")


def brief_title(item: Evidence) -> str:
    """What a change is called where it is told by its title alone; a full hash says no more than its beginning."""
    return _HASH.sub(r"\1", headline(item.title))


def _counts(insight: Insight) -> Iterator[str]:
    values = {fact.metric: int(fact.value) for fact in insight.facts if fact.scope == WHOLE and fact.unit == "count"}
    for metric, one, many in (
        ("pull_requests_merged", "merged pull request", "merged pull requests"),
        ("releases", "release", "releases"),
        ("commits", "commit", "commits"),
    ):
        if values.get(metric):
            yield counted(values[metric], one, many)
