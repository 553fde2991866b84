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
from sparky_assets.stories.printing.sentences import make_sentence, spell_number, title_link
from sparky_assets.text.words import format_duration, pluralize

MAX_TREND_SENTENCES = 2

MIN_TREND_REVERTS = 3

MIN_TREND_COUNT = 5
"""Smaller amounts, and durations of fewer events, are no trend."""

DOUBLE, MORE_THAN_DOUBLE = Decimal("1.95"), Decimal("2.05")
"""Ratios from which a value is called twice another, and more than twice."""

COUNT_TRENDS = {
    "pull_requests_merged": ("pull request merged", "pull requests merged"),
    "commits": ("commit landed", "commits landed"),
    "releases": ("release came out", "releases came out"),
    "issues_closed": ("issue was closed", "issues were closed"),
    "issues_opened": ("issue was opened", "issues were opened"),
}
"""Metric -> its noun and verb; the first that is a trend is printed."""

DURATION_TRENDS = {
    "time_to_first_review": "a first review took",
    "time_to_merge": "a pull request waited for its merge",
    "issue_time_to_close": "an issue was open",
}
"""Durations as subject and verb: `In the median a first review took 2.1 days`."""


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
            make_sentence(
                "T-REVERTS",
                _show(spell_number(int(value.value), starts_sentence=True), value),
                " changes were reverts, all of one story: ",
                _link_head(story, stories),
                "; the most in ",
                *self._name_periods(periods),
                " before was ",
                _show(spell_number(int(limit.value)), limit),
                ".",
            ),
            (value, limit, periods),
        )

    def tell_durations(self) -> Iterator[TrendSentence]:
        """Yield a waiting time in the median that is outside of all earlier ones."""
        if self.period.kind is PeriodKind.DAILY:
            return  # the median of a day is of a few events
        for metric, words in DURATION_TRENDS.items():
            trend, counted = self.trends.get(f"{metric}_median"), self.trends.get(f"{metric}_count")
            if trend is None or counted is None or counted.value < MIN_TREND_COUNT or not _is_record(trend):
                continue
            value, _, periods = self._build_facts(trend, "hours")
            facts = [value, periods]
            adverb = "longer" if trend.standing == "above" else "less"
            parts: list[SentencePart | str] = [
                f"In the median {words} ",
                _show(format_duration(Decimal(value.value)), value),
                f", {adverb} than in any of ",
                *self._name_periods(periods),
                " before",
            ]
            if trend.previous:
                previous = self._make_fact(
                    trend.metric, f"period:{self.period.previous().label}", trend.previous, "hours"
                )
                facts.append(previous)
                duration = _show(format_duration(Decimal(previous.value)), previous)
                parts += [*self._compare_with_previous(Decimal(trend.value) / Decimal(trend.previous), duration)]
            yield TrendSentence(make_sentence("T-TIME", *parts, "."), tuple(facts))

    def tell_counts(self) -> Iterator[TrendSentence]:
        """Yield an amount that is outside of all earlier ones."""
        for metric, nouns in COUNT_TRENDS.items():
            trend = self.trends.get(metric)
            if trend is None or max((trend.value, *trend.values)) < MIN_TREND_COUNT or not _is_record(trend):
                continue
            value, limit, periods = self._build_facts(trend)
            is_above = trend.standing == "above"
            number = int(value.value)
            noun = pluralize(number, *nouns).partition(" ")[2]
            yield TrendSentence(
                make_sentence(
                    "T-COUNT",
                    _show(spell_number(number, starts_sentence=True), value),
                    f" {noun}, {'more' if is_above else 'fewer'} than {self._preposition} any of ",
                    *self._name_periods(periods),
                    f" before, which had at {'most' if is_above else 'least'} ",
                    _show(spell_number(int(limit.value)), limit),
                    ".",
                ),
                (value, limit, periods),
            )

    @property
    def _preposition(self) -> str:
        return "on" if self.period.kind is PeriodKind.DAILY else "in"

    def _name_periods(self, periods: Fact) -> list[SentencePart | str]:
        noun = (
            WEEKDAY_NAMES[self.period.start.weekday()]
            if self.period.kind is PeriodKind.DAILY
            else self.period.kind.noun
        )
        return ["the ", _show(spell_number(int(periods.value)), periods), f" {noun}s"]

    def _compare_with_previous(self, ratio: Decimal, duration: SentencePart) -> Iterator[SentencePart | str]:
        previous = self.period.previous()
        name = f"the {self.period.kind.noun} before"
        if self.period.kind is PeriodKind.MONTHLY:
            name = MONTH_NAMES[previous.start.month - 1]
        if ratio >= DOUBLE:
            yield f" and {'more than twice' if ratio >= MORE_THAN_DOUBLE else 'twice'} as long as in {name} ("
            yield duration
            yield ")"
        else:
            yield f"; in {name} it was "
            yield duration

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
