"""Trends that matter: at most two facts about a period, each counted over at least eight earlier values. Pure.

The result is data; the words are those of the templates. A gap in the earlier values ends the history: nothing is said
about periods that were not counted.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from sparky_assets.periods import Period
from sparky_assets.store import StoredModel
from sparky_assets.stories.models import Change, ReleaseNote, StoryGroup

MIN_EARLIER_VALUES = 8

MAX_TREND_FACTS = 2

MIN_STREAK = 4
"""Periods in a row from which a streak is worth a sentence."""

MIN_RELEASE_GAP_DAYS = 60

MIN_REVERTS = 3

TrendKind = Literal["first_release_since", "release_streak", "area_streak", "reverts", "most_since"]


class TrendFact(StoredModel):
    """A counted fact about a period against earlier ones."""

    kind: TrendKind
    repository: str = ""
    subject: str = ""
    """The area, the title or the metric that it is about."""
    value: int
    """The count of the period, or the length of the streak in periods."""
    since: datetime | None = None
    """The earlier release, or the start of the earlier period with as much."""
    since_name: str = ""
    """Tag of the earlier release, or label of the earlier period."""
    earlier_values: tuple[int, ...] = ()
    """The values that it was compared with, the latest first: at least eight."""
    evidence: tuple[str, ...] = ()
    """Keys of the changes or releases of the period that it counts."""


class PeriodTotals(StoredModel):
    """What is counted of a period, to compare later ones with."""

    period: Period
    changes: int
    reverts: int
    releases: Mapping[str, int]
    """Repository -> releases that are no pre-releases."""
    areas: tuple[str, ...]
    """`repository area` of each area that changed."""


def count_period(
    period: Period, changes: Sequence[Change], releases: Sequence[ReleaseNote], areas: Mapping[str, str]
) -> PeriodTotals:
    """Return the counts of a period.

    Args:
        period: the period.
        changes: its changes.
        releases: its releases.
        areas: key of a change -> its area.
    """
    return PeriodTotals(
        period=period,
        changes=sum(1 for change in changes if not change.is_bot),
        reverts=sum(1 for change in changes if change.reverts),
        releases=dict(sorted(Counter(r.repository for r in releases if not r.is_prerelease).items())),
        areas=tuple(sorted({f"{c.repository} {areas[c.key]}" for c in changes if areas.get(c.key) and not c.noise})),
    )


def find_trends(
    counts: PeriodTotals,
    earlier: Sequence[PeriodTotals],
    changes: Sequence[Change],
    releases: Sequence[ReleaseNote],
    stories: Sequence[StoryGroup] = (),
) -> tuple[TrendFact, ...]:
    """Return the trends of a period, the weightiest first, at most two.

    Args:
        counts: the counts of the period.
        earlier: the counts of earlier periods of the same kind, the latest first. What stands behind a gap is ignored.
        changes: the changes of the period.
        releases: its releases.
        stories: its stories in order; areas of the first ones come first.
    """
    history = _take_consecutive(counts.period, earlier)
    facts = [*_find_release_gaps(releases)]
    if len(history) >= MIN_EARLIER_VALUES:
        facts += _find_reverts(counts, history, changes)
        facts += _find_release_streaks(counts, history, releases)
        facts += _find_area_streaks(counts, history)
        facts += _find_most_since(counts, history)
    weights = {
        repository: number for number, group in enumerate(reversed(stories)) for repository in group.repositories
    }
    order: tuple[TrendKind, ...] = ("first_release_since", "reverts", "release_streak", "area_streak", "most_since")
    ranked = sorted(
        facts, key=lambda fact: (order.index(fact.kind), -weights.get(fact.repository, -1), -fact.value, fact.subject)
    )
    by_kind = {fact.kind: fact for fact in reversed(ranked)}
    return tuple(by_kind[kind] for kind in order if kind in by_kind)[:MAX_TREND_FACTS]


def _take_consecutive(period: Period, earlier: Sequence[PeriodTotals]) -> list[PeriodTotals]:
    history: list[PeriodTotals] = []
    expected = period.previous()
    for counts in earlier:
        if counts.period != expected:
            break
        history.append(counts)
        expected = expected.previous()
    return history


def _find_release_gaps(releases: Sequence[ReleaseNote]) -> list[TrendFact]:
    """Return the first final release of each repository if its previous one is long ago.

    The date of the previous release is a fact of the tag itself, and compares with no count of earlier periods.
    """
    facts: dict[str, TrendFact] = {}
    for release in sorted(releases, key=lambda release: (release.published_at, release.key)):
        previous = release.previous_at
        if release.is_prerelease or previous is None or release.repository in facts:
            continue
        days = (release.published_at - previous).days
        if days >= MIN_RELEASE_GAP_DAYS:
            facts[release.repository] = TrendFact(
                kind="first_release_since",
                repository=release.repository,
                subject=release.version,
                value=days,
                since=previous,
                since_name=release.previous_tag or "",
                evidence=(release.key,),
            )
    return list(facts.values())


def _find_reverts(counts: PeriodTotals, history: Sequence[PeriodTotals], changes: Sequence[Change]) -> list[TrendFact]:
    values = tuple(earlier.reverts for earlier in history)
    if counts.reverts < MIN_REVERTS or counts.reverts <= max(values):
        return []
    evidence = tuple(sorted(change.key for change in changes if change.reverts))
    return [TrendFact(kind="reverts", value=counts.reverts, earlier_values=values, evidence=evidence)]


def _find_release_streaks(
    counts: PeriodTotals, history: Sequence[PeriodTotals], releases: Sequence[ReleaseNote]
) -> list[TrendFact]:
    facts = []
    for repository in counts.releases:
        values = tuple(earlier.releases.get(repository, 0) for earlier in history)
        length = 1 + _count_leading(values)
        if length >= MIN_STREAK:
            evidence = tuple(sorted(r.key for r in releases if r.repository == repository and not r.is_prerelease))
            facts.append(
                TrendFact(
                    kind="release_streak", repository=repository, value=length, earlier_values=values, evidence=evidence
                )
            )
    return facts


def _find_area_streaks(counts: PeriodTotals, history: Sequence[PeriodTotals]) -> list[TrendFact]:
    """Return areas that changed in each of the last periods and not in all that are known: those are no news."""
    facts = []
    for area in counts.areas:
        values = tuple(int(area in earlier.areas) for earlier in history)
        length = 1 + _count_leading(values)
        if MIN_STREAK <= length <= len(values):
            repository, _, name = area.partition(" ")
            facts.append(
                TrendFact(kind="area_streak", repository=repository, subject=name, value=length, earlier_values=values)
            )
    return facts


def _find_most_since(counts: PeriodTotals, history: Sequence[PeriodTotals]) -> list[TrendFact]:
    """Return the number of changes if none of the earlier periods had as many."""
    values = tuple(earlier.changes for earlier in history)
    if counts.changes <= max(values) or counts.changes < 2 * sorted(values)[len(values) // 2]:
        return []
    first = history[-1].period
    return [TrendFact(kind="most_since", value=counts.changes, since_name=first.label, earlier_values=values)]


def _count_leading(values: Sequence[int]) -> int:
    """Return the number of values above zero before the first zero."""
    return next((number for number, value in enumerate(values) if not value), len(values))
