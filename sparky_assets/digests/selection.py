"""What of an insight is told in so many words: the most telling first, never filler. Pure.

Nobody is asked for a word count. What there is to tell (`offers.py`) is offered in rounds, from what a reader must know
to what is nice to know; an offer is taken while the budget has room for its words. A change is told at one of three
depths: by its title alone in a line of its like, by its sentence, or by its sentence with what else is known of it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from sparky_assets.digests.offers import offered
from sparky_assets.digests.titles import brief_title
from sparky_assets.digests.words import words_in
from sparky_assets.insights.models import Claim, Insight
from sparky_assets.insights.routine import is_routine
from sparky_assets.periods import PeriodKind

DETAILS = 3
"""Sentences that may stand behind a change; a fourth is a list."""
ALL = 9
"""More details than anything has: a period that is told whole is told with all that is known."""
SHARED_BY = 3
"""A detail that more changes share says nothing of any: "Committed by Junio C Hamano." stood behind 27 of 32 in git."""
DETAIL_ORDER = {"advisory": 0, "why": 1, "closes": 2, "holds": 3, "together": 4, "people": 5, "time": 6, "size": 7}
"""Kinds of details by what stands before the colon in their ids, the most telling first."""


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
        if claim.about and (said[claim.text] <= SHARED_BY or _detail_kind(claim) == "advisory"):
            about.setdefault(claim.about, []).append(claim)
    intros = {claim.repository: claim for claim in offers.get("repository", ())}
    for helping in (*ROUNDS[kind], *LEFTOVERS):
        for claim in offers.get(helping.section, ())[helping.first : helping.last]:
            if helping.details:
                known = _details_of(about.get(claim.id, []), with_size=helping.section == "highlight")
                _deepen(chosen, claim, known[: helping.details], words)
            elif claim.id not in chosen.ids:
                cost = _cost_of(insight, claim)
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


def _cost_of(insight: Insight, claim: Claim) -> int:
    """The words of a claim as it will stand there."""
    if claim.section == "change" and is_routine(insight.cited(claim)[0]):
        return words_in(brief_title(insight.cited(claim)[0]))
    return words_in(claim.text)


def _introduction(chosen: Selection, claim: Claim, intros: Mapping[str | None, Claim]) -> int:
    """The words that a repository's heading and figures cost where this is its first change."""
    if any(one.repository == claim.repository for one in chosen.taken("change")):
        return 0
    intro = intros.get(claim.repository)
    return 2 + (words_in(intro.text) if intro else 0)


def _details_of(details: Sequence[Claim], *, with_size: bool) -> list[Claim]:
    """What else is known of a claim, in DETAIL_ORDER; its size only where a story is told at length."""
    known = [detail for detail in details if with_size or _detail_kind(detail) != "size"]
    return sorted(known, key=lambda detail: DETAIL_ORDER.get(_detail_kind(detail), len(DETAIL_ORDER)))


def _detail_kind(detail: Claim) -> str:
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
