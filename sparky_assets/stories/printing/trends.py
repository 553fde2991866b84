"""Sentences about trends: what none of the earlier periods had, by numbers that were counted. Pure.

A trend needs `MIN_TRAILING_VALUES` earlier values of its metric, a value outside their usual range, and none among them
that is as far out. It is at most two sentences for a period: one about reverts or waiting, one about an amount.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain

from sparky_assets.metrics.models import SCOPE_ALL, Fact, MetricUnit, MetricValue
from sparky_assets.metrics.trends import MIN_TRAILING_VALUES, Lookback, MetricTrend
from sparky_assets.periods import MONTH_NAMES, WEEKDAY_NAMES, Period, PeriodKind
from sparky_assets.store import TRENDS_TABLE, metrics_path
from sparky_assets.stories.models import PeriodStories, SentencePart, Story, StorySentence
from sparky_assets.stories.printing.headline import choose_lead_release, has_quoted_notes
from sparky_assets.stories.printing.phrasing import PhraseFragment, PhraseSlot, build_fragment, build_plural, tell
from sparky_assets.stories.printing.sentences import spell_number, title_link
from sparky_assets.text.words import format_duration

MAX_TREND_SENTENCES = 2

MIN_TREND_REVERTS = 3

MIN_TREND_COUNT = 5
"""Smaller amounts, and durations of fewer events, are no trend."""

DOUBLE, MORE_THAN_DOUBLE = Decimal("1.95"), Decimal("2.05")
"""Ratios from which a value is called twice another, and more than twice."""

COUNT_TRENDS = ("pull_requests_merged", "commits", "releases", "issues_closed", "issues_opened")
"""Metrics whose phrases are `trends.commits`; the first that is a trend is printed."""

DURATION_TRENDS = ("time_to_first_review", "time_to_merge", "issue_time_to_close")
"""Metrics of durations whose phrases are `trends.time_to_merge`."""


@dataclass(frozen=True)
class TrendSentence:
    """A sentence about a trend, and the facts that its numbers are."""

    sentence: StorySentence
    facts: tuple[Fact, ...]


def tell_trends(stories: PeriodStories, lookback: Lookback | None) -> tuple[TrendSentence, ...]:
    """Return at most two sentences about trends; without eight earlier values, only that a release is the first."""
    if lookback is None:
        return tuple(tell_first_release(stories))[:1]
    trends = {trend.metric: trend for trend in lookback.trends if len(trend.values) >= MIN_TRAILING_VALUES}
    writer = _TrendWriter(trends, lookback.period)
    first = next(chain(writer.tell_reverts(stories), tell_first_release(stories), writer.tell_durations()), None)
    second = next(writer.tell_counts(), None)
    return tuple(found for found in (first, second) if found)[:MAX_TREND_SENTENCES]


def tell_first_release(stories: PeriodStories) -> Iterator[TrendSentence]:
    """Yield that a release is the first for months, where no other part of the text says so."""
    lead = choose_lead_release(stories)
    for release in stories.releases:
        sentences = stories.release_sentences.get(release.key, ())
        is_listed = release is not lead and not has_quoted_notes(stories, release)
        if is_listed and sentences and sentences[0].template == "R-TAG-FIRST":
            yield TrendSentence(sentences[0], ())


@dataclass(frozen=True)
class _TrendWriter:
    trends: Mapping[str, MetricTrend]
    period: Period

    def tell_reverts(self, stories: PeriodStories) -> Iterator[TrendSentence]:
        """Yield that all reverts of the period, more than ever before, are of one story."""
        trend = self.trends.get("reverts")
        reverts = {change.key for change in stories.changes if change.reverts and not change.is_bot}
        if trend is None or len(reverts) < MIN_TREND_REVERTS or trend.value != len(reverts) or not _is_record(trend):
            return
        story = next((story for story in stories.stories if reverts <= set(story.group.changes)), None)
        if story is None:
            return
        value, limit, periods = self._build_facts(trend)
        yield TrendSentence(
            tell(
                "T-REVERTS",
                "trends.reverts",
                number=_show(spell_number(int(value.value), starts_sentence=True), value),
                title=_link_head(story, stories),
                periods=self._name_periods(periods),
                limit=_show(spell_number(int(limit.value)), limit),
            ),
            (value, limit, periods),
        )

    def tell_durations(self) -> Iterator[TrendSentence]:
        """Yield a waiting time in the median that is outside of all earlier ones."""
        if self.period.kind is PeriodKind.DAILY:
            return  # the median of a day is of a few events
        for metric in DURATION_TRENDS:
            trend, counted = self.trends.get(f"{metric}_median"), self.trends.get(f"{metric}_count")
            if trend is None or counted is None or counted.value < MIN_TREND_COUNT or not _is_record(trend):
                continue
            value, _, periods = self._build_facts(trend, "hours")
            facts = [value, periods]
            phrase = "trends.longer" if trend.standing == "above" else "trends.shorter"
            amount = build_fragment(f"trends.{metric}", duration=_show(format_duration(Decimal(value.value)), value))
            compared: PhraseSlot = ()
            if trend.previous:
                previous = self._make_fact(
                    trend.metric, f"period:{self.period.previous().label}", trend.previous, "hours"
                )
                facts.append(previous)
                duration = _show(format_duration(Decimal(previous.value)), previous)
                compared = self._compare_with_previous(Decimal(trend.value) / Decimal(trend.previous), duration)
            sentence = tell("T-TIME", phrase, amount=amount, periods=self._name_periods(periods), compared=compared)
            yield TrendSentence(sentence, tuple(facts))

    def tell_counts(self) -> Iterator[TrendSentence]:
        """Yield an amount that is outside of all earlier ones."""
        for metric in COUNT_TRENDS:
            trend = self.trends.get(metric)
            if trend is None or max((trend.value, *trend.values)) < MIN_TREND_COUNT or not _is_record(trend):
                continue
            value, limit, periods = self._build_facts(trend)
            number = int(value.value)
            degree = "most" if trend.standing == "above" else "least"
            preposition = "on" if self.period.kind is PeriodKind.DAILY else "in"
            shown = _show(spell_number(number, starts_sentence=True), value)
            sentence = tell(
                "T-COUNT",
                f"trends.{degree}_{preposition}_any",
                amount=build_plural(f"trends.{metric}", number, number=shown),
                periods=self._name_periods(periods),
                limit=_show(spell_number(int(limit.value)), limit),
            )
            yield TrendSentence(sentence, (value, limit, periods))

    def _name_periods(self, periods: Fact) -> PhraseFragment:
        number = _show(spell_number(int(periods.value)), periods)
        if self.period.kind is PeriodKind.DAILY:
            weekday = WEEKDAY_NAMES[self.period.start.weekday()]
            return build_fragment("trends.weekdays", number=number, weekday=weekday)
        return build_fragment(f"trends.{self.period.kind.noun}s", number=number)

    def _compare_with_previous(self, ratio: Decimal, duration: SentencePart) -> PhraseFragment:
        name: PhraseSlot = build_fragment("trends.previous_week")
        if self.period.kind is PeriodKind.MONTHLY:
            name = MONTH_NAMES[self.period.previous().start.month - 1]
        twice = "trends.more_than_twice" if ratio >= MORE_THAN_DOUBLE else "trends.twice"
        return build_fragment(twice if ratio >= DOUBLE else "trends.was", previous=name, duration=duration)

    def _build_facts(self, trend: MetricTrend, unit: MetricUnit = "count") -> tuple[Fact, Fact, Fact]:
        """Return the value, the earlier value that is nearest to it, and the number of earlier periods."""
        nearest = max(trend.values) if trend.standing == "above" else min(trend.values)
        return (
            self._make_fact(trend.metric, SCOPE_ALL, trend.value, unit),
            self._make_fact(
                f"{trend.metric}_{'most' if trend.standing == 'above' else 'least'}", "usual", nearest, unit
            ),
            self._make_fact("trailing_periods", f"usual:{trend.metric}", len(trend.values), "count"),
        )

    def _make_fact(self, metric: str, scope: str, value: MetricValue, unit: MetricUnit) -> Fact:
        sources = (metrics_path(self.period.kind, table=TRENDS_TABLE),)
        return Fact(metric=metric, scope=scope, value=value, unit=unit, sources=sources)


def _is_record(trend: MetricTrend) -> bool:
    """Return whether a value is outside its usual range, and further than every earlier value."""
    values: Sequence[MetricValue] = trend.values
    if trend.standing == "above":
        return trend.value > max(values)
    return trend.standing == "below" and trend.value < min(values)


def _show(text: str, fact: Fact) -> SentencePart:
    return SentencePart(kind="count", text=text, evidence=fact.key)


def _link_head(story: Story, stories: PeriodStories) -> SentencePart:
    changes = {change.key: change for change in stories.changes}
    return title_link(changes.get(story.group.head) or changes[story.group.changes[0]])


def find_wrong_trends(sentences: Sequence[StorySentence], facts: Mapping[str, Fact]) -> Iterator[str]:
    """Yield what is wrong with sentences about trends: a number that is no fact, or not the value of its fact."""
    for sentence in sentences:
        for part in sentence.parts:
            if part.kind != "count":
                continue
            fact = facts.get(part.evidence or "")
            if fact is None:
                yield f"a number of a trend without its fact: {sentence.text}"
            elif part.text.lower() not in _spell_value(fact):
                yield f"{part.text} is not {fact.key}: {sentence.text}"


def _spell_value(fact: Fact) -> set[str]:
    if fact.unit == "hours":
        return {format_duration(Decimal(fact.value))}
    return {spell_number(int(fact.value)), spell_number(int(fact.value), starts_sentence=True).lower()}
