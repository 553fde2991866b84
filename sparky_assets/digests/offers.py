"""What an insight offers a text to tell: its claims by section, and which of them are lifted up as highlights. Pure.

What of it is taken: `selection.py`.
"""

import re
from collections.abc import Iterator, Sequence

from sparky_assets.insights.claims.releases import MINOR, is_repository_tag, version_rank
from sparky_assets.insights.models import Claim, Evidence, Insight
from sparky_assets.insights.routine import is_routine
from sparky_assets.metrics.impact import HIGHLIGHT_THEMES
from sparky_assets.periods import PeriodKind

MAX_HIGHLIGHTS = {PeriodKind.DAILY: 0, PeriodKind.WEEKLY: 4, PeriodKind.MONTHLY: 6}


CHANGES_PER_HIGHLIGHT = 4
"""So many changes for each highlight: of few changes each would be one."""


REVERT_TITLE = re.compile(r"(?i)^revert")
"""What only takes back is worth a look and no highlight."""


CANDIDATES_PER_HIGHLIGHT = 2
"""A highlight is among the first changes: one line in a small repository is none, though it is that one's best."""


SAME_TITLE_ID_PREFIX = "theme/title:"
"""Ids of themes that tell the same change in several repositories begin so."""


MAX_SEPARATE_RELEASES = 3
"""A repository that publishes more at once is told in one line: twelve sentences of one form say nothing."""


def claims_by_section(insight: Insight) -> dict[str, list[Claim]]:
    """The claims of an insight by section. Where no model chose highlights, the first changes are lifted up."""
    sections: dict[str, list[Claim]] = {}
    for claim in insight.claims:
        sections.setdefault(claim.section, []).append(claim)
    sections["release"] = list(_filter_releases(insight, sections.get("release", [])))
    changes = sections.get("change", [])
    most = min(MAX_HIGHLIGHTS[insight.period.kind], len(changes) // CHANGES_PER_HIGHLIGHT)
    published = list(_select_first_releases(insight, sections["release"], most // 2))
    sections["release"] = [claim for claim in sections["release"] if claim not in published]
    lifted = sections.get("highlight") or list(_promote_highlights(insight, changes, most - len(published)))
    shared = {
        key
        for claim in sections.get("theme", ())
        if claim.id.startswith(SAME_TITLE_ID_PREFIX)
        for key in claim.evidence
    }
    # What a theme tells of many repositories at once comes last in each, where room is left.
    left = [claim for claim in changes if claim not in lifted]
    sections["change"] = sorted(left, key=lambda claim: shared.issuperset(claim.evidence))
    sections["highlight"] = [*published, *lifted]
    return sections


def _select_first_releases(insight: Insight, releases: Sequence[Claim], limit: int) -> Iterator[Claim]:
    """New major and minor versions, one of each repository: of the week of Flask 2.0 its fixes are not the news."""
    seen: set[str | None] = set()
    for claim in releases:
        is_news = version_rank(insight.get_cited_evidence(claim)[0].reference) <= MINOR and claim.repository not in seen
        if is_news and len(seen) < limit:
            seen.add(claim.repository)
            yield claim


def _filter_releases(insight: Insight, releases: Sequence[Claim]) -> Iterator[Claim]:
    """All releases, but of a repository that published many packages only those that bear its own name, if any do.

    tokio-rs/toasty tags twelve packages a version: twelve links to one event.
    """
    by_place: dict[str | None, list[Claim]] = {}
    for claim in releases:
        by_place.setdefault(claim.repository, []).append(claim)
    for claims in by_place.values():
        own = [claim for claim in claims if is_repository_tag(insight.get_cited_evidence(claim)[0])]
        yield from own if own and len(claims) > MAX_SEPARATE_RELEASES else claims


def _promote_highlights(insight: Insight, changes: Sequence[Claim], limit: int) -> Iterator[Claim]:
    """The first of the loud changes in impact order, but of one repository no more than its share."""
    loud = [claim for claim in changes if _is_news(insight.get_cited_evidence(claim)[0])]
    loud = loud[: limit * CANDIDATES_PER_HIGHLIGHT]
    repositories = len({claim.repository for claim in loud})
    share = max(1, -(-limit // max(1, repositories)))
    taken: dict[str | None, int] = {}
    for claim in loud:
        if sum(taken.values()) == limit:
            return
        if taken.get(claim.repository, 0) < share:
            taken[claim.repository] = taken.get(claim.repository, 0) + 1
            yield claim


def _is_news(evidence: Evidence) -> bool:
    return evidence.theme in HIGHLIGHT_THEMES and not is_routine(evidence) and not REVERT_TITLE.match(evidence.title)
