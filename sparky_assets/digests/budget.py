"""How long a product may be, and what is taken into it: the most telling first, never filler. Pure.

Nobody is asked for a word count. What there is to tell is offered in rounds, from what a reader must know to what is
nice to know; an offer is taken while the budget has room for its words. A change is told at one of three depths: by its
title alone in a line of its like, by its sentence, or by its sentence with what else is known of it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from sparky_assets.digests.products import Product
from sparky_assets.digests.words import words_in
from sparky_assets.insights.models import Claim, Evidence, Insight
from sparky_assets.insights.releases import MINOR, is_own, weight_of
from sparky_assets.insights.routine import is_routine
from sparky_assets.insights.text import headline
from sparky_assets.metrics.impact import LOUD
from sparky_assets.periods import PeriodKind


@dataclass(frozen=True)
class Budget:
    """Words of prose: no fewer than `least` unless all is told, never more than `most`; `aim` is what is filled."""

    least: int
    most: int
    aim: int


BUDGETS: Mapping[tuple[Product, PeriodKind], Budget] = MappingProxyType(
    {
        (Product.DIGEST, PeriodKind.DAILY): Budget(200, 300, 275),
        (Product.DIGEST, PeriodKind.WEEKLY): Budget(800, 1200, 1050),
        (Product.DIGEST, PeriodKind.MONTHLY): Budget(2000, 3000, 2500),
        (Product.BLOG_POST, PeriodKind.WEEKLY): Budget(1500, 2500, 1900),
        (Product.BLOG_POST, PeriodKind.MONTHLY): Budget(1500, 2500, 2200),
    }
)
"""The others have no range of words: they are bounded by characters, or are a digest in another dress."""

HIGHLIGHTS = {PeriodKind.DAILY: 0, PeriodKind.WEEKLY: 4, PeriodKind.MONTHLY: 6}
HIGHLIGHTS_NEED = 4
"""So many changes for each highlight: of few changes each would be one."""
UNDOES = re.compile(r"(?i)^revert")
"""What only takes back is worth a look and no highlight."""
OF_THE_FIRST = 2
"""A highlight is among the first changes: one line in a small repository is none, though it is that one's best."""
DETAILS = 3
"""Sentences that may stand behind a change; a fourth is a list."""
ALL = 9
"""More details than anything has: a period that is told whole is told with all that is known."""


SHARED_BY = 3
"""A detail that more changes share says nothing of any: "Committed by Junio C Hamano." stood behind 27 of 32 in git."""
SAME = "theme/title:"
"""Ids of themes that tell the same change in several repositories begin so."""
RELEASES_APART = 3
"""A repository that publishes more at once is told in one line: twelve sentences of one form say nothing."""
DETAIL_ORDER = {"why": -1, "closes": 0, "held": 1, "together": 2, "people": 3, "time": 4, "size": 5}
"""Kinds of details by what stands before the colon in their ids, the most telling first."""
_HASH = re.compile(r"\b([0-9a-f]{7})[0-9a-f]{33}\b")


@dataclass
class Selection:
    """What was taken of an insight, by section in the order in which it was offered there, and how deep."""

    claims: dict[str, list[Claim]] = field(default_factory=dict)
    details: dict[str, list[Claim]] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    """Of the claims that were taken."""
    words: int = 0
    left_out: int = 0
    """Sentences that did not fit."""

    def taken(self, section: str) -> list[Claim]:
        """The claims of a section, in the insight's order."""
        return self.claims.get(section, [])


@dataclass(frozen=True)
class Round:
    """One helping: claims of a section from one place to another, or what else is known of them."""

    section: str
    first: int = 0
    last: int | None = None
    details: int = 0
    """Take this many details of each claim that was taken, instead of claims."""


ROUNDS: Mapping[PeriodKind, Sequence[Round]] = MappingProxyType(
    {
        PeriodKind.DAILY: (
            Round("comparison", 0, 1), Round("release", 0, 3), Round("change", 0, 6), Round("risk", 0, 1),
            Round("change", 0, 2, details=2), Round("theme", 0, 1), Round("change", 6, 10), Round("review", 0, 1),
            Round("issue", 0, 1), Round("change", 0, 6, details=2), Round("release"),
        ),
        PeriodKind.WEEKLY: (
            Round("comparison", 0, 2), Round("highlight"), Round("release", 0, 6), Round("change", 0, 14),
            Round("risk", 0, 3), Round("theme", 0, 3), Round("highlight", 0, details=DETAILS), Round("credit", 0, 6),
            Round("change", 0, 6, details=2), Round("review", 0, 3), Round("issue", 0, 3), Round("change", 14, 30),
            Round("release", 6, 10), Round("release", 0, 4, details=1), Round("credit", 6, 10),
        ),
        PeriodKind.MONTHLY: (
            Round("comparison", 0, 3), Round("highlight"), Round("release", 0, 10), Round("change", 0, 40),
            Round("risk", 0, 5), Round("theme", 0, 6), Round("highlight", 0, details=DETAILS), Round("credit", 0, 12),
            Round("change", 0, 14, details=2), Round("review", 0, 6), Round("issue", 0, 6), Round("change", 40, 80),
            Round("release", 10, 20), Round("release", 0, 8, details=1), Round("credit", 12, 20),
        ),
    }
)  # fmt: skip
LEFTOVERS = (
    Round("change", details=DETAILS), Round("change"), Round("release"), Round("credit"), Round("review"),
    Round("issue"), Round("theme"), Round("risk"), Round("highlight", details=ALL),
    Round("change", details=ALL), Round("release", details=ALL),
)  # fmt: skip
"""What is still there once each section had its share: what is known of the changes told before more titles."""
TOLD = ("highlight", "change", "release", "credit", "review", "issue", "theme", "risk")
"""The sections that a choice is made from; the others are told always, or with what they belong to."""


def select(insight: Insight, kind: PeriodKind, words: int) -> Selection:
    """What a text of about so many words tells of an insight."""
    offers = offered(insight)
    chosen = Selection()
    chosen.words = sum(words_in(claim.text) for claim in offers.get("headline", offers.get("quiet", ())))
    about: dict[str, list[Claim]] = {}
    said = Counter(claim.text for claim in insight.claims if claim.about)
    for claim in insight.claims:
        if claim.about and said[claim.text] <= SHARED_BY:
            about.setdefault(claim.about, []).append(claim)
    intros = {claim.repository: claim for claim in offers.get("repository", ())}
    for helping in (*ROUNDS[kind], *LEFTOVERS):
        for claim in offers.get(helping.section, ())[helping.first : helping.last]:
            if helping.details:
                known = details_of(about.get(claim.id, []), with_size=helping.section == "highlight")
                _deepen(chosen, claim, known[: helping.details], words)
            elif claim.id not in chosen.ids:
                cost = cost_of(insight, claim)
                if helping.section == "change":
                    cost += _introduction(chosen, claim, intros)
                if chosen.words + cost <= words:
                    chosen.words += cost
                    chosen.claims.setdefault(helping.section, []).append(claim)
                    chosen.ids.add(claim.id)
    chosen.left_out = sum(len(offers.get(name, ())) - len(chosen.taken(name)) for name in TOLD)
    order = {claim.id: place for place, claim in enumerate(insight.claims)}
    for claims in chosen.claims.values():
        claims.sort(key=lambda claim: order[claim.id])
    return chosen


def offered(insight: Insight) -> dict[str, list[Claim]]:
    """The claims of an insight by section. Where no model chose highlights, the first changes are lifted up."""
    sections: dict[str, list[Claim]] = {}
    for claim in insight.claims:
        sections.setdefault(claim.section, []).append(claim)
    sections["release"] = list(_releases(insight, sections.get("release", [])))
    changes = sections.get("change", [])
    most = min(HIGHLIGHTS[insight.period.kind], len(changes) // HIGHLIGHTS_NEED)
    published = list(_first_releases(insight, sections["release"], most // 2))
    sections["release"] = [claim for claim in sections["release"] if claim not in published]
    lifted = sections.get("highlight") or list(_lift(insight, changes, most - len(published)))
    shared = {key for claim in sections.get("theme", ()) if claim.id.startswith(SAME) for key in claim.evidence}
    # What a theme tells of many repositories at once comes last in each, where room is left.
    left = [claim for claim in changes if claim not in lifted]
    sections["change"] = sorted(left, key=lambda claim: shared.issuperset(claim.evidence))
    sections["highlight"] = [*published, *lifted]
    return sections


def _first_releases(insight: Insight, releases: Sequence[Claim], most: int) -> Iterator[Claim]:
    """New major and minor versions, one of each repository: of the week of Flask 2.0 its fixes are not the news."""
    seen: set[str | None] = set()
    for claim in releases:
        is_news = weight_of(insight.cited(claim)[0].reference) <= MINOR and claim.repository not in seen
        if is_news and len(seen) < most:
            seen.add(claim.repository)
            yield claim


def _releases(insight: Insight, releases: Sequence[Claim]) -> Iterator[Claim]:
    """All releases, but of a repository that published many packages only those that bear its own name, if any do.

    tokio-rs/toasty tags twelve packages a version: twelve links to one event.
    """
    by_place: dict[str | None, list[Claim]] = {}
    for claim in releases:
        by_place.setdefault(claim.repository, []).append(claim)
    for claims in by_place.values():
        own = [claim for claim in claims if is_own(insight.cited(claim)[0])]
        yield from own if own and len(claims) > RELEASES_APART else claims


def cost_of(insight: Insight, claim: Claim) -> int:
    """The words of a claim as it will stand there."""
    if claim.section == "change" and is_routine(insight.cited(claim)[0]):
        return words_in(brief_title(insight.cited(claim)[0]))
    return words_in(claim.text)


def brief_title(item: Evidence) -> str:
    """What a change is called where it is told by its title alone; a full hash says no more than its beginning."""
    return _HASH.sub(r"\1", headline(item.title))


def _lift(insight: Insight, changes: Sequence[Claim], most: int) -> Iterator[Claim]:
    """The first of the loud changes in impact order, but of one repository no more than its share."""
    loud = [claim for claim in changes if _is_news(insight.cited(claim)[0])]
    loud = loud[: most * OF_THE_FIRST]
    repositories = len({claim.repository for claim in loud})
    share = max(1, -(-most // max(1, repositories)))
    taken: dict[str | None, int] = {}
    for claim in loud:
        if sum(taken.values()) == most:
            return
        if taken.get(claim.repository, 0) < share:
            taken[claim.repository] = taken.get(claim.repository, 0) + 1
            yield claim


def _is_news(item: Evidence) -> bool:
    return item.theme in LOUD and not is_routine(item) and not UNDOES.match(item.title)


def _introduction(chosen: Selection, claim: Claim, intros: Mapping[str | None, Claim]) -> int:
    """The words that a repository's heading and figures cost where this is its first change."""
    if any(one.repository == claim.repository for one in chosen.taken("change")):
        return 0
    intro = intros.get(claim.repository)
    return 2 + (words_in(intro.text) if intro else 0)


def details_of(details: Sequence[Claim], *, with_size: bool) -> list[Claim]:
    """What else is known of a claim, why before who before how much; its size only where a story is told at length."""
    known = [detail for detail in details if with_size or detail_kind(detail) != "size"]
    return sorted(known, key=lambda detail: DETAIL_ORDER.get(detail_kind(detail), len(DETAIL_ORDER)))


def detail_kind(detail: Claim) -> str:
    """`closes`, `people`, `size`, …: what stands before the colon in the id of a detail."""
    return detail.id.partition("/")[2].partition(":")[0]


def _deepen(chosen: Selection, claim: Claim, details: Sequence[Claim], words: int) -> None:
    # By id: comparing claims field by field was 1.5 million comparisons in a week of 3,000 repositories.
    if claim.id not in chosen.ids:
        return
    known = chosen.details.setdefault(claim.id, [])
    told = {detail.id for detail in known}
    for detail in details:
        cost = words_in(detail.text)
        if detail.id not in told and chosen.words + cost <= words:
            known.append(detail)
            chosen.words += cost
