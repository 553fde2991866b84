"""How long a product may be, and what is taken into it: the most telling first, never filler. Pure.

Nobody is asked for a word count. What there is to tell is offered in rounds, from what a reader must know to what is
nice to know; an offer is taken while the budget has room for its words. A change is told at one of three depths: by its
title alone in a line of its like, by its sentence, or by its sentence with what else is known of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from sparky_assets.digests.products import Product
from sparky_assets.digests.words import words_in
from sparky_assets.insights.models import Claim, Insight, Theme
from sparky_assets.insights.text import headline
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
DETAILS = 3
"""Sentences that may stand behind a change; a fourth is a list."""
ALL = 9
"""More details than anything has: a period that is told whole is told with all that is known."""


@dataclass
class Selection:
    """What was taken of an insight, by section in the order in which it was offered there, and how deep."""

    claims: dict[str, list[Claim]] = field(default_factory=dict)
    details: dict[str, list[Claim]] = field(default_factory=dict)
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
            Round("issue", 0, 1), Round("change", 0, 6, details=2), Round("release"), Round("comparison", 1, 2),
        ),
        PeriodKind.WEEKLY: (
            Round("comparison", 0, 2), Round("highlight"), Round("release", 0, 6), Round("change", 0, 14),
            Round("risk", 0, 3), Round("theme", 0, 3), Round("highlight", 0, details=DETAILS), Round("credit", 0, 6),
            Round("change", 0, 6, details=2), Round("review", 0, 3), Round("issue", 0, 3), Round("change", 14, 30),
            Round("release", 6, 10), Round("release", 0, 4, details=1), Round("credit", 6, 10),
            Round("comparison", 2, 4),
        ),
        PeriodKind.MONTHLY: (
            Round("comparison", 0, 4), Round("highlight"), Round("release", 0, 10), Round("change", 0, 40),
            Round("risk", 0, 5), Round("theme", 0, 6), Round("highlight", 0, details=DETAILS), Round("credit", 0, 12),
            Round("change", 0, 14, details=2), Round("review", 0, 6), Round("issue", 0, 6), Round("change", 40, 80),
            Round("release", 10, 20), Round("release", 0, 8, details=1), Round("credit", 12, 20),
            Round("comparison", 4, 6),
        ),
    }
)  # fmt: skip
LEFTOVERS = (
    Round("change"), Round("change", details=DETAILS), Round("release"), Round("credit"), Round("review"),
    Round("issue"), Round("theme"), Round("risk"), Round("comparison"), Round("highlight", details=ALL),
    Round("change", details=ALL), Round("release", details=ALL),
)  # fmt: skip
"""What is still there once each section had its share."""
TOLD = ("highlight", "change", "release", "credit", "review", "issue", "theme", "risk", "comparison")
"""The sections that a choice is made from; the others are told always, or with what they belong to."""


def select(insight: Insight, kind: PeriodKind, words: int) -> Selection:
    """What a text of about so many words tells of an insight."""
    offers = offered(insight)
    chosen = Selection()
    chosen.words = sum(words_in(claim.text) for claim in offers.get("headline", offers.get("quiet", ())))
    seen: set[str] = set()
    intros = {claim.repository: claim for claim in offers.get("repository", ())}
    for helping in (*ROUNDS[kind], *LEFTOVERS):
        for claim in offers.get(helping.section, ())[helping.first : helping.last]:
            if helping.details:
                _deepen(chosen, insight, claim, helping.details, words)
            elif claim.id not in seen:
                cost = cost_of(insight, claim) + _introduction(chosen, helping.section, claim, intros)
                if chosen.words + cost <= words:
                    chosen.words += cost
                    chosen.claims.setdefault(helping.section, []).append(claim)
                    seen.add(claim.id)
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
    changes = sections.get("change", [])
    if not sections.get("highlight"):
        lifted = list(_lift(insight, changes))
        sections["highlight"] = lifted
        sections["change"] = [claim for claim in changes if claim not in lifted]
    return sections


def cost_of(insight: Insight, claim: Claim) -> int:
    """The words of a claim as it will stand there."""
    if claim.section == "change" and is_routine(insight, claim):
        return words_in(headline(insight.cited(claim)[0].title))
    return words_in(claim.text)


def is_routine(insight: Insight, claim: Claim) -> bool:
    """Whether a change is an update of dependencies or a bot's: told by its title, in a line with its like."""
    item = insight.cited(claim)[0]
    return item.is_bot or item.theme is Theme.DEPENDENCIES


def _lift(insight: Insight, changes: Sequence[Claim]) -> Iterator[Claim]:
    """The first changes in impact order, but of one repository no more than its share."""
    most = min(HIGHLIGHTS[insight.period.kind], len(changes) // HIGHLIGHTS_NEED)
    repositories = len({claim.repository for claim in changes})
    share = max(1, -(-most // max(1, repositories)))
    taken: dict[str | None, int] = {}
    for claim in changes:
        if sum(taken.values()) == most:
            return
        if taken.get(claim.repository, 0) < share and not is_routine(insight, claim):
            taken[claim.repository] = taken.get(claim.repository, 0) + 1
            yield claim


def _introduction(chosen: Selection, section: str, claim: Claim, intros: Mapping[str | None, Claim]) -> int:
    """The words that a repository's heading and figures cost where this is its first change."""
    if section != "change" or any(one.repository == claim.repository for one in chosen.taken("change")):
        return 0
    intro = intros.get(claim.repository)
    return 2 + (words_in(intro.text) if intro else 0)


def _deepen(chosen: Selection, insight: Insight, claim: Claim, most: int, words: int) -> None:
    if not any(claim in claims for claims in chosen.claims.values()):
        return
    known = chosen.details.setdefault(claim.id, [])
    for detail in insight.details_of(claim):
        if len(known) >= most or chosen.words + words_in(detail.text) > words:
            return
        if detail not in known:
            known.append(detail)
            chosen.words += words_in(detail.text)
