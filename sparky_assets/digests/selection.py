"""What of an insight is told in so many words: the most telling first, never filler. Pure.

Nobody is asked for a word count. What there is to tell (`offers.py`) is offered in rounds, from what a reader must know
to what is nice to know; an offer is taken while the budget has room for its words. A change is told at one of three
depths: by its title alone in a line of its like, by its sentence, or by its sentence with what else is known of it.

What an insight offers a text to tell: its claims by section, and which of them are lifted up as highlights. Pure.

What of it is taken: `selection.py`.

How long a product may be, in words of prose. Pure. What is told within it: `selection.py`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from sparky_assets.digests.models import Product
from sparky_assets.digests.titles import format_brief_title
from sparky_assets.insights.claims.releases import MINOR, is_repository_tag, is_routine, version_rank
from sparky_assets.insights.models import Claim, Evidence, Insight
from sparky_assets.insights.ranking import HIGHLIGHT_THEMES
from sparky_assets.periods import PeriodKind
from sparky_assets.text.words import count_words

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


MAX_DETAILS = 3
"""Sentences that may stand behind a change; a fourth is a list."""


ALL_DETAILS = 9
"""More details than anything has: a period that is told whole is told with all that is known."""


MAX_CHANGES_PER_DETAIL = 3
"""A detail that more changes share says nothing of any: "Committed by Junio C Hamano." stood behind 27 of 32 in git."""


DETAIL_ORDER = {"advisory": 0, "why": 1, "closes": 2, "holds": 3, "together": 4, "people": 5, "time": 6, "size": 7}
"""Kinds of details by what stands before the colon in their ids, the most telling first."""


@dataclass
class ClaimSelection:
    """What was taken of an insight, by section in the order in which it was offered there, and how deep."""

    claims: dict[str, list[Claim]] = field(default_factory=dict)
    details: dict[str, list[Claim]] = field(default_factory=dict)
    claim_ids: set[str] = field(default_factory=set)
    """Of the claims that were taken."""
    word_count: int = 0
    omitted_count: int = 0
    """Sentences that did not fit."""

    def get_claims(self, section: str) -> list[Claim]:
        """The claims of a section, in the insight's order."""
        return self.claims.get(section, [])


@dataclass(frozen=True)
class SelectionRule:
    """One helping: claims of a section from one place to another, or what else is known of them."""

    section: str
    start: int = 0
    stop: int | None = None
    details_per_claim: int = 0
    """Take this many details of each claim that was taken, instead of claims."""


SELECTION_RULES: Mapping[PeriodKind, Sequence[SelectionRule]] = MappingProxyType(
    {
        PeriodKind.DAILY: (
            SelectionRule("comparison", 0, 1),
            SelectionRule("release", 0, 3),
            SelectionRule("change", 0, 6),
            SelectionRule("risk", 0, 1),
            SelectionRule("change", 0, 2, details_per_claim=2),
            SelectionRule("theme", 0, 1),
            SelectionRule("change", 6, 10),
            SelectionRule("review", 0, 1),
            SelectionRule("issue", 0, 1),
            SelectionRule("change", 0, 6, details_per_claim=2),
            SelectionRule("release"),
        ),
        PeriodKind.WEEKLY: (
            SelectionRule("comparison", 0, 2),
            SelectionRule("highlight"),
            SelectionRule("release", 0, 6),
            SelectionRule("change", 0, 14),
            SelectionRule("risk", 0, 3),
            SelectionRule("theme", 0, 3),
            SelectionRule("highlight", 0, details_per_claim=MAX_DETAILS),
            SelectionRule("credit", 0, 6),
            SelectionRule("change", 0, 6, details_per_claim=2),
            SelectionRule("review", 0, 3),
            SelectionRule("issue", 0, 3),
            SelectionRule("change", 14, 30),
            SelectionRule("release", 6, 10),
            SelectionRule("release", 0, 4, details_per_claim=1),
            SelectionRule("credit", 6, 10),
        ),
        PeriodKind.MONTHLY: (
            SelectionRule("comparison", 0, 3),
            SelectionRule("highlight"),
            SelectionRule("release", 0, 10),
            SelectionRule("change", 0, 40),
            SelectionRule("risk", 0, 5),
            SelectionRule("theme", 0, 6),
            SelectionRule("highlight", 0, details_per_claim=MAX_DETAILS),
            SelectionRule("credit", 0, 12),
            SelectionRule("change", 0, 14, details_per_claim=2),
            SelectionRule("review", 0, 6),
            SelectionRule("issue", 0, 6),
            SelectionRule("change", 40, 80),
            SelectionRule("release", 10, 20),
            SelectionRule("release", 0, 8, details_per_claim=1),
            SelectionRule("credit", 12, 20),
        ),
    }
)


REMAINING_RULES = (
    SelectionRule("change", details_per_claim=MAX_DETAILS),
    SelectionRule("change"),
    SelectionRule("release"),
    SelectionRule("credit"),
    SelectionRule("review"),
    SelectionRule("issue"),
    SelectionRule("theme"),
    SelectionRule("risk"),
    SelectionRule("highlight", details_per_claim=ALL_DETAILS),
    SelectionRule("change", details_per_claim=ALL_DETAILS),
    SelectionRule("release", details_per_claim=ALL_DETAILS),
)
"""What is still there once each section had its share: what is known of the changes told before more titles."""


SELECTABLE_SECTIONS = ("highlight", "change", "release", "credit", "review", "issue", "theme", "risk")
"""The sections that a choice is made from; the others are told always, or with what they belong to."""


def select_claims(insight: Insight, kind: PeriodKind, max_words: int) -> ClaimSelection:
    """What a text of about so many words tells of an insight."""
    offers = claims_by_section(insight)
    chosen = ClaimSelection()
    chosen.word_count = sum(count_words(claim.text) for claim in offers.get("headline", offers.get("quiet", ())))
    about: dict[str, list[Claim]] = {}
    said = Counter(claim.text for claim in insight.claims if claim.about)
    for claim in insight.claims:
        if claim.about and (said[claim.text] <= MAX_CHANGES_PER_DETAIL or _get_detail_kind(claim) == "advisory"):
            about.setdefault(claim.about, []).append(claim)
    intros = {claim.repository: claim for claim in offers.get("repository", ())}
    for helping in (*SELECTION_RULES[kind], *REMAINING_RULES):
        for claim in offers.get(helping.section, ())[helping.start : helping.stop]:
            if helping.details_per_claim:
                known = _sort_details(about.get(claim.id, []), with_size=helping.section == "highlight")
                _add_details(chosen, claim, known[: helping.details_per_claim], max_words)
            elif claim.id not in chosen.claim_ids:
                cost = _count_claim_words(insight, claim)
                if helping.section == "change":
                    cost += _count_introduction_words(chosen, claim, intros)
                if chosen.word_count + cost <= max_words:
                    chosen.word_count += cost
                    chosen.claims.setdefault(helping.section, []).append(claim)
                    chosen.claim_ids.add(claim.id)
    chosen.omitted_count = sum(len(offers.get(name, ())) - len(chosen.get_claims(name)) for name in SELECTABLE_SECTIONS)
    order = {claim.id: place for place, claim in enumerate(insight.claims)}
    for claims in chosen.claims.values():
        claims.sort(key=lambda claim: order[claim.id])
    return chosen


def _count_claim_words(insight: Insight, claim: Claim) -> int:
    """The words of a claim as it will stand there."""
    if claim.section == "change" and is_routine(insight.get_cited_evidence(claim)[0]):
        return count_words(format_brief_title(insight.get_cited_evidence(claim)[0]))
    return count_words(claim.text)


def _count_introduction_words(selection: ClaimSelection, claim: Claim, intros: Mapping[str | None, Claim]) -> int:
    """The words that a repository's heading and figures cost where this is its first change."""
    if any(one.repository == claim.repository for one in selection.get_claims("change")):
        return 0
    intro = intros.get(claim.repository)
    return 2 + (count_words(intro.text) if intro else 0)


def _sort_details(details: Sequence[Claim], *, with_size: bool) -> list[Claim]:
    """What else is known of a claim, in DETAIL_ORDER; its size only where a story is told at length."""
    known = [detail for detail in details if with_size or _get_detail_kind(detail) != "size"]
    return sorted(known, key=lambda detail: DETAIL_ORDER.get(_get_detail_kind(detail), len(DETAIL_ORDER)))


def _get_detail_kind(detail: Claim) -> str:
    """`closes`, `people`, `size`, …: what stands before the colon in the id of a detail."""
    return detail.id.partition("/")[2].partition(":")[0]


def _add_details(selection: ClaimSelection, claim: Claim, details: Sequence[Claim], max_words: int) -> None:
    # By id: comparing claims field by field was 1.5 million comparisons in a week of 3,000 repositories.
    if claim.id not in selection.claim_ids:
        return
    known = selection.details.setdefault(claim.id, [])
    told = {detail.id for detail in known}
    for detail in details:
        cost = count_words(detail.text)
        if detail.id not in told and selection.word_count + cost <= max_words:
            known.append(detail)
            selection.word_count += cost


@dataclass(frozen=True)
class WordBudget:
    """Words of prose: no fewer than `least` unless all is told, never more than `most`; `aim` is what is filled."""

    min_words: int
    max_words: int
    target_words: int


WORD_BUDGETS: Mapping[tuple[Product, PeriodKind], WordBudget] = MappingProxyType(
    {
        (Product.DIGEST, PeriodKind.DAILY): WordBudget(200, 300, 275),
        (Product.DIGEST, PeriodKind.WEEKLY): WordBudget(800, 1200, 1050),
        (Product.DIGEST, PeriodKind.MONTHLY): WordBudget(2000, 3000, 2500),
        (Product.BLOG_POST, PeriodKind.WEEKLY): WordBudget(1500, 2500, 1900),
        (Product.BLOG_POST, PeriodKind.MONTHLY): WordBudget(1500, 2500, 2200),
    }
)
"""The others have no range of words: they are bounded by characters, or are a digest in another dress."""


DEFAULT_TARGET_WORDS = {Product.LINKEDIN: 260, Product.X: 170, Product.CHAT: 70}
"""Words of what has no range of its own; the others are as long as the digest."""


def get_word_budget(product: Product, kind: PeriodKind) -> WordBudget:
    """How long a product is to be; where nothing is promised, how long it is tried to be."""
    if promised := WORD_BUDGETS.get((product, kind)):
        return promised
    digest = WORD_BUDGETS[Product.DIGEST, kind]
    return (
        WordBudget(0, 10 * DEFAULT_TARGET_WORDS[product], DEFAULT_TARGET_WORDS[product])
        if product in DEFAULT_TARGET_WORDS
        else digest
    )
