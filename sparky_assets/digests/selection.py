"""Select the claims of an insight that fit a number of words. Pure.

The claims are offered in rounds (`SELECTION_RULES`), from what readers must know to what is nice to know. A claim is
taken while its words fit. A change has one of three depths: its title in a line with others, its sentence, or its
sentence with details. How selected claims become a text belongs to `layout.py`.
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
from sparky_assets.insights.reverts import find_taken_back_claims
from sparky_assets.periods import PeriodKind
from sparky_assets.text.words import count_words

MAX_HIGHLIGHTS = {PeriodKind.DAILY: 0, PeriodKind.WEEKLY: 4, PeriodKind.MONTHLY: 6}

CHANGES_PER_HIGHLIGHT = 4
"""Changes that a period must have for each highlight; otherwise every change of a small period would be one."""

CANDIDATES_PER_HIGHLIGHT = 2
"""Only the first changes in impact order can be highlights: the best change of a small repository may be one line."""

REVERT_TITLE = re.compile(r"(?i)^revert")
"""Titles of reverts, which are risks and never highlights."""

SAME_TITLE_ID_PREFIX = "theme/title:"
"""Id prefix of themes about one change in several repositories."""

MAX_SEPARATE_RELEASES = 3
"""Releases of a repository with a sentence each. More share one line: twelve sentences of one form say nothing."""

MAX_DETAILS = 3
"""Details of a change; a fourth would make it a list."""

ALL_DETAILS = 9
"""More details than any change has: used where everything fits."""

MAX_CHANGES_PER_DETAIL = 3
"""A detail that more changes share is dropped: "Committed by Junio C Hamano." followed 27 of 32 changes of git."""

DETAIL_ORDER = {"advisory": 0, "why": 1, "closes": 2, "holds": 3, "together": 4, "people": 5, "time": 6, "size": 7}
"""Order of the kinds of details, the most informative first. The kind is the part of the id before the colon."""

SELECTABLE_SECTIONS = ("highlight", "change", "release", "credit", "review", "issue", "theme", "risk")
"""Sections whose claims can be left out. The others always appear, or come with the claim that they belong to."""


@dataclass
class ClaimSelection:
    """The selected claims of an insight by section, and the details of each."""

    claims: dict[str, list[Claim]] = field(default_factory=dict)
    details: dict[str, list[Claim]] = field(default_factory=dict)
    """Details by the id of their claim."""
    claim_ids: set[str] = field(default_factory=set)
    """Ids of the selected claims."""
    word_count: int = 0
    omitted_count: int = 0
    """Number of claims that did not fit."""

    def get_claims(self, section: str) -> list[Claim]:
        """Return the selected claims of a section in the order of the insight."""
        return self.claims.get(section, [])


@dataclass(frozen=True)
class SelectionRule:
    """One round of the selection: a range of the claims of a section, or details of claims selected before."""

    section: str
    start: int = 0
    stop: int | None = None
    details_per_claim: int = 0
    """If positive, take up to this many details of each selected claim instead of claims."""


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
"""Rounds after those of the period's kind: details of changes come before further titles."""


@dataclass(frozen=True)
class WordBudget:
    """The length of a product in words of prose.

    A text is never longer than `max_words`. It is shorter than `min_words` only if everything is covered. The selection
    aims at `target_words`.
    """

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
"""Budgets of products with a promised length. The other products are limited by characters, or share the digest's."""

DEFAULT_TARGET_WORDS = {Product.LINKEDIN: 260, Product.X: 170, Product.CHAT: 70}
"""Target words of products that are limited by characters only."""


def get_word_budget(product: Product, kind: PeriodKind) -> WordBudget:
    """Return the word budget of a product.

    LinkedIn, X and chat have a target but no minimum. Products without any budget share the digest's.
    """
    if budget := WORD_BUDGETS.get((product, kind)):
        return budget
    if target_words := DEFAULT_TARGET_WORDS.get(product):
        return WordBudget(0, 10 * target_words, target_words)
    return WORD_BUDGETS[Product.DIGEST, kind]


def select_claims(insight: Insight, kind: PeriodKind, max_words: int) -> ClaimSelection:
    """Select claims of an insight in the rounds of a kind of period, up to a number of words."""
    sections = claims_by_section(insight)
    details_by_claim = _group_details(insight)
    introductions = {claim.repository: claim for claim in sections.get("repository", ())}
    selection = ClaimSelection()
    headline = sections.get("headline", sections.get("quiet", ()))
    selection.word_count = sum(count_words(claim.text) for claim in headline)
    for rule in (*SELECTION_RULES[kind], *REMAINING_RULES):
        for claim in sections.get(rule.section, ())[rule.start : rule.stop]:
            if rule.details_per_claim:
                details = _sort_details(details_by_claim.get(claim.id, []), with_size=rule.section == "highlight")
                _add_details(selection, claim, details[: rule.details_per_claim], max_words)
            elif claim.id not in selection.claim_ids:
                word_count = _count_claim_words(insight, claim)
                if rule.section == "change":
                    word_count += _count_introduction_words(selection, claim, introductions)
                _add_claim(selection, claim, rule.section, word_count, max_words)
    selection.omitted_count = sum(
        len(sections.get(section, ())) - len(selection.get_claims(section)) for section in SELECTABLE_SECTIONS
    )
    order = {claim.id: position for position, claim in enumerate(insight.claims)}
    for claims in selection.claims.values():
        claims.sort(key=lambda claim: order[claim.id])
    return selection


def _group_details(insight: Insight) -> dict[str, list[Claim]]:
    """Return the details by claim id, without those that too many changes share; advisories are always kept."""
    uses = Counter(claim.text for claim in insight.claims if claim.about)
    details_by_claim: dict[str, list[Claim]] = {}
    for claim in insight.claims:
        if claim.about and (uses[claim.text] <= MAX_CHANGES_PER_DETAIL or _get_detail_kind(claim) == "advisory"):
            details_by_claim.setdefault(claim.about, []).append(claim)
    return details_by_claim


def _sort_details(details: Sequence[Claim], *, with_size: bool) -> list[Claim]:
    """Sort details by DETAIL_ORDER. The size of a change is kept only for highlights."""
    selectable = [detail for detail in details if with_size or _get_detail_kind(detail) != "size"]
    return sorted(selectable, key=lambda detail: DETAIL_ORDER.get(_get_detail_kind(detail), len(DETAIL_ORDER)))


def _get_detail_kind(detail: Claim) -> str:
    """Return the kind of a detail from its id: `closes` of `change/closes:3`."""
    return detail.id.partition("/")[2].partition(":")[0]


def _count_claim_words(insight: Insight, claim: Claim) -> int:
    """Return the words of a claim in the text: a routine change is listed by its title."""
    if claim.section == "change" and is_routine(insight.get_cited_evidence(claim)[0]):
        return count_words(format_brief_title(insight.get_cited_evidence(claim)[0]))
    return count_words(claim.text)


def _count_introduction_words(
    selection: ClaimSelection, claim: Claim, introductions: Mapping[str | None, Claim]
) -> int:
    """Return the words of the heading and figures that the first change of a repository adds."""
    if any(selected.repository == claim.repository for selected in selection.get_claims("change")):
        return 0
    introduction = introductions.get(claim.repository)
    return 2 + (count_words(introduction.text) if introduction else 0)


def _add_claim(selection: ClaimSelection, claim: Claim, section: str, word_count: int, max_words: int) -> None:
    if selection.word_count + word_count <= max_words:
        selection.word_count += word_count
        selection.claims.setdefault(section, []).append(claim)
        selection.claim_ids.add(claim.id)


def _add_details(selection: ClaimSelection, claim: Claim, details: Sequence[Claim], max_words: int) -> None:
    # By id: comparing claims field by field was 1.5 million comparisons in a week of 3,000 repositories.
    if claim.id not in selection.claim_ids:
        return
    selected = selection.details.setdefault(claim.id, [])
    selected_ids = {detail.id for detail in selected}
    for detail in details:
        word_count = count_words(detail.text)
        if detail.id not in selected_ids and selection.word_count + word_count <= max_words:
            selected.append(detail)
            selection.word_count += word_count


def claims_by_section(insight: Insight) -> dict[str, list[Claim]]:
    """Return the claims of an insight by section.

    The first major and minor releases become highlights. If no model chose highlights, so do the first changes.
    """
    sections: dict[str, list[Claim]] = {}
    for claim in insight.claims:
        sections.setdefault(claim.section, []).append(claim)
    releases = list(_filter_releases(insight, sections.get("release", [])))
    changes = sections.get("change", [])
    max_highlights = min(MAX_HIGHLIGHTS[insight.period.kind], len(changes) // CHANGES_PER_HIGHLIGHT)
    top_releases = list(_select_first_releases(insight, releases, max_highlights // 2))
    sections["release"] = [claim for claim in releases if claim not in top_releases]
    top_changes = sections.get("highlight") or list(
        _promote_highlights(insight, changes, max_highlights - len(top_releases))
    )
    covered_by_themes = {
        key
        for claim in sections.get("theme", ())
        if claim.id.startswith(SAME_TITLE_ID_PREFIX)
        for key in claim.evidence
    }
    # A change that a theme covers for many repositories at once comes last in each, if there is room.
    remaining = [claim for claim in changes if claim not in top_changes]
    sections["change"] = sorted(remaining, key=lambda claim: covered_by_themes.issuperset(claim.evidence))
    sections["highlight"] = [*top_releases, *top_changes]
    return sections


def _filter_releases(insight: Insight, releases: Sequence[Claim]) -> Iterator[Claim]:
    """Yield all releases; of a repository that published many packages, only the tags with its own name, if any.

    tokio-rs/toasty tags twelve packages per version: twelve links to one event.
    """
    by_repository: dict[str | None, list[Claim]] = {}
    for claim in releases:
        by_repository.setdefault(claim.repository, []).append(claim)
    for claims in by_repository.values():
        own_tags = [claim for claim in claims if is_repository_tag(insight.get_cited_evidence(claim)[0])]
        yield from own_tags if own_tags and len(claims) > MAX_SEPARATE_RELEASES else claims


def _select_first_releases(insight: Insight, releases: Sequence[Claim], limit: int) -> Iterator[Claim]:
    """Yield major and minor versions, one per repository: patches are not the news of the week of Flask 2.0."""
    repositories: set[str | None] = set()
    for claim in releases:
        is_new_version = version_rank(insight.get_cited_evidence(claim)[0].reference) <= MINOR
        if is_new_version and claim.repository not in repositories and len(repositories) < limit:
            repositories.add(claim.repository)
            yield claim


def _promote_highlights(insight: Insight, changes: Sequence[Claim], limit: int) -> Iterator[Claim]:
    """Yield the first changes of highlight themes in impact order, with an equal share for each repository."""
    taken_back = find_taken_back_claims(insight)
    candidates = [
        claim for claim in changes if claim.id not in taken_back and _is_news(insight.get_cited_evidence(claim)[0])
    ]
    candidates = candidates[: limit * CANDIDATES_PER_HIGHLIGHT]
    repository_count = len({claim.repository for claim in candidates})
    max_per_repository = max(1, -(-limit // max(1, repository_count)))
    promoted: Counter[str | None] = Counter()
    for claim in candidates:
        if promoted.total() == limit:
            return
        if promoted[claim.repository] < max_per_repository:
            promoted[claim.repository] += 1
            yield claim


def _is_news(evidence: Evidence) -> bool:
    return evidence.theme in HIGHLIGHT_THEMES and not is_routine(evidence) and not REVERT_TITLE.match(evidence.title)
