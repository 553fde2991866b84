"""Sentences about trends: what none of at least eight earlier periods had."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.metrics.models import MetricValue
from sparky_assets.metrics.trends import Lookback, MetricTrend, comparable_periods
from sparky_assets.periods import Period, PeriodKind, parse_period
from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.grouping.stories import build_stories
from sparky_assets.stories.models import PeriodStories, StorySentence, make_plain_sentence
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.releases.summary import tell_release
from sparky_assets.stories.printing.trends import find_wrong_trends, tell_trends
from sparky_assets.stories.printing.write import StoryWriter
from tests.stories.record_helpers import make_record
from tests.stories.test_release_text import RELEASE

WEEK, MONTH = parse_period(PeriodKind.WEEKLY, "2026-W11"), parse_period(PeriodKind.MONTHLY, "2026-10")
DAY = parse_period(PeriodKind.DAILY, "2026-03-11")


def make_lookback(period: Period, *trends: MetricTrend) -> Lookback:
    return Lookback(period=period, previous=period.previous(), trends=trends)


def make_trend(
    metric: str, value: MetricValue, values: list[MetricValue], standing: str = "above", period: Period = WEEK
) -> MetricTrend:
    return MetricTrend(
        metric=metric, value=value, previous=values[0], standing=standing, values=tuple(values),
        periods=comparable_periods(period)[: len(values)], usual=(Decimal(0), Decimal(0)),
    )  # fmt: skip


def write_stories(records: list[ChangeRecord]) -> PeriodStories:
    changes = {record.change.key: record.change for record in records}
    writer = StoryWriter(changes, QuotationChooser(DocumentLibrary({})), "UTC", True)
    groups = build_stories(records)
    return PeriodStories(changes=tuple(changes.values()), stories=tuple(map(writer.write, groups)))


def tell(*trends: MetricTrend, period: Period = WEEK, stories: PeriodStories | None = None) -> list[str]:
    found = tell_trends(stories or PeriodStories(), make_lookback(period, *trends))
    facts = {fact.key: fact for trend in found for fact in trend.facts}
    assert list(find_wrong_trends([trend.sentence for trend in found], facts)) == []
    return [trend.sentence.text for trend in found]


def test_amount_beyond_all_earlier_ones_names_the_nearest() -> None:
    merged = make_trend("pull_requests_merged", 23, [9, 8, 7, 8, 9, 12, 8, 7])
    assert tell(merged) == [
        "23 pull requests merged, more than in any of the eight weeks before, which had at most 12."
    ]
    on_days = make_trend("commits", 12, [3, 2, 3, 2, 3, 2, 3, 2], period=DAY)
    assert tell(on_days, period=DAY) == [
        "Twelve commits landed, more than on any of the eight Wednesdays before, which had at most three."
    ]


@pytest.mark.parametrize(
    "trend",
    [
        make_trend("pull_requests_merged", 23, [9] * 7),
        make_trend("pull_requests_merged", 23, [9, 8, 7, 8, 9, 40, 8, 7]),
        make_trend("pull_requests_merged", 23, [20] * 8, standing="usual"),
        make_trend("pull_requests_merged", 4, [1] * 8),
    ],
    ids=["seven values", "an earlier one was as far", "in the usual range", "a small amount"],
)
def test_value_that_is_no_record_gives_no_trend(trend: MetricTrend) -> None:
    assert tell(trend) == []


def test_waiting_time_is_compared_with_the_month_before() -> None:
    counted = make_trend("time_to_first_review_count", 40, [30] * 8, standing="usual", period=MONTH)
    hours = make_trend("time_to_first_review_median", Decimal(50), [Decimal(24)] * 8, period=MONTH)
    assert tell(counted, hours, period=MONTH) == [
        "In the median a first review took 2.1 days, longer than in any of the eight months before and more than twice "
        "as long as in September (24.0 h)."
    ]
    few = counted.model_copy(update={"value": 4})
    assert tell(few, hours, period=MONTH) == []


def test_reverts_of_one_story_name_its_title() -> None:
    records = [make_record(1, "Add gauge module")] + [
        make_record(number, f"Revert part {number} of the gauge module", references=(1,), reverts="pr:acme/tool#1")
        for number in (2, 3, 4)
    ]
    stories = write_stories(records)
    trend = make_trend("reverts", 3, [0, 1, 0, 0, 1, 0, 0, 0])
    assert tell(trend, stories=stories) == [
        "Three changes were reverts, all of one story: Add gauge module; the most in the eight weeks before was one."
    ]
    apart = write_stories([*records[:3], make_record(9, "Revert the pointer", reverts="0123456789")])
    assert tell(trend, stories=apart) == []


def test_release_that_only_a_list_names_is_first_by_a_trend() -> None:
    release = RELEASE.model_copy(update={"last_tag": "v2.0", "last_at": datetime(2024, 12, 1, tzinfo=UTC)})
    sentences = tell_release(release, QuotationChooser(DocumentLibrary({})), "UTC")
    stories = PeriodStories(releases=(release,), release_sentences={release.key: sentences})
    assert tell(stories=stories) == ["tool 2.1 is out, the first release since 2.0 of December 1, 2024."]
    leads = stories.model_copy(
        update={"release_headlines": {release.key: make_plain_sentence("H", "tool 2.1 is out: gauges")}}
    )
    assert tell(stories=leads) == []


def test_number_that_is_not_its_fact_is_wrong() -> None:
    (trend,) = tell_trends(
        PeriodStories(), make_lookback(WEEK, make_trend("pull_requests_merged", 23, [9, 8, 7, 8, 9, 12, 8, 7]))
    )
    facts = {fact.key: fact for fact in trend.facts}
    changed = trend.sentence.parts[0].model_copy(update={"text": "24"})
    sentence = StorySentence(template="T-COUNT", parts=(changed, *trend.sentence.parts[1:]))
    assert len(list(find_wrong_trends([sentence], facts))) == 1
    assert len(list(find_wrong_trends([trend.sentence], {}))) == 3
