"""Comparisons with earlier periods, and numbers outside their usual range, if the history is long enough."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

import pytest

from sparky_assets.insights.checks import find_ungrounded_claims
from sparky_assets.insights.models import Insight
from sparky_assets.metrics.compute import compute_metrics
from sparky_assets.metrics.models import Fact, Metrics, MetricValue
from sparky_assets.metrics.trends import ContributorRef, Lookback, compare_metrics
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.raw.window import RawWindow
from tests.factories.github_week import BOB, WEEK, commit, insight_of, pull, raw_of, section_texts


def fact(metric: str, value: MetricValue, scope: str = "all") -> Fact:
    return Fact(metric=metric, scope=scope, value=value, unit="count", sources=("raw/commits",))


def earlier(period: Period, **values: MetricValue) -> Metrics:
    facts = tuple(fact(name, value) for name, value in values.items())
    return Metrics(period=period, window=period.window("UTC"), facts=facts)


def looked(
    raw: RawWindow, history: Sequence[Mapping[str, MetricValue]], period: Period = WEEK, **values: object
) -> Lookback:
    """Return a lookback over earlier periods, latest first."""
    metrics = compute_metrics(raw, period, period.window("UTC")).metrics
    before: dict[Period, Metrics] = {}
    one = period
    for numbers in history:
        one = (
            one.previous() if period.kind is not PeriodKind.DAILY else Period(one.kind, one.start - timedelta(weeks=1))
        )
        before[one] = earlier(one, **numbers)
    return Lookback.model_validate(
        {"period": period, "previous": period.previous(), "trends": compare_metrics(metrics, before)} | values
    )


def made(raw: RawWindow, back: Lookback, period: Period = WEEK) -> Insight:
    insight = insight_of(raw, back, period=period)
    assert list(find_ungrounded_claims(insight)) == []
    return insight


def commits(count: int) -> RawWindow:
    return raw_of(commits=[commit(number, f"Add {number}") for number in range(1, count + 1)])


def test_number_is_compared_with_the_week_before_and_both_are_facts() -> None:
    insight = made(commits(12), looked(commits(12), [{"commits": 3}]))
    (claim,) = [claim for claim in insight.claims if claim.section == "comparison"]
    assert claim.text == "12 commits, after 3 in the week before."
    assert claim.facts == ("commits@all", "commits@period:2025-W42")


def test_unusual_number_names_its_range_and_the_largest_change_is_first() -> None:
    history = [{"commits": 3, "people": 9}] * 9
    insight = made(commits(12), looked(commits(12), history))
    assert section_texts(insight, "comparison") == [
        "1 author or co-author, after 9 in the week before; 8 to 10 are usual.",
        "12 commits, after 3 in the week before; 2 to 4 are usual.",
    ]


@pytest.mark.parametrize("before", [11, 12, 13])
def test_difference_within_chance_is_no_change(before: int) -> None:
    assert section_texts(made(commits(12), looked(commits(12), [{"commits": before}])), "comparison") == []


def test_no_change_since_the_week_before_is_no_news() -> None:
    history = [{"commits": 12}, *[{"commits": 3}] * 8]
    assert section_texts(made(commits(12), looked(commits(12), history)), "comparison") == [
        "12 commits; 2 to 4 are usual."
    ]


def test_nothing_is_usual_below_eight_earlier_values() -> None:
    (text,) = section_texts(made(commits(12), looked(commits(12), [{"commits": 3}] * 7)), "comparison")
    assert text == "12 commits, after 3 in the week before."


def test_week_far_below_the_usual_is_quiet() -> None:
    texts = section_texts(
        made(commits(4), looked(commits(4), [{"commits": 9, "pull_requests_merged": 0}] * 8)), "comparison"
    )
    assert texts[0] == "It was a quiet week: 4 commits, where the median of the 8 weeks before is 9."
    busier = made(commits(5), looked(commits(5), [{"commits": 9, "pull_requests_merged": 0}] * 8))
    assert not section_texts(busier, "comparison")[0].startswith("It was")


def test_commits_that_name_an_assistant_are_reported() -> None:
    rows = [commit(1, "Add"), commit(2, "Mend", body="Generated with [Claude Code](https://claude.com)")]
    texts = section_texts(made(raw_of(commits=rows), looked(raw_of(commits=rows), [])), "comparison")
    assert texts == ["1 of 2 commits names a coding assistant."]


def test_without_history_nothing_is_compared() -> None:
    assert section_texts(insight_of(commits(12)), "comparison") == []
    assert section_texts(made(commits(12), looked(commits(12), [])), "comparison") == []


def test_day_is_compared_with_its_weekday_only() -> None:
    day = Period(PeriodKind.DAILY, WEEK.start)
    raw = raw_of(day, commits=[commit(number, f"Add {number}") for number in range(1, 13)])
    assert section_texts(made(raw, looked(raw, [{"commits": 3}], day), day), "comparison") == []
    assert section_texts(made(raw, looked(raw, [{"commits": 3}] * 8, day), day), "comparison") == [
        "12 commits; 2 to 4 are usual on Mondays."
    ]


def test_number_on_the_wrong_side_of_its_range_is_a_risk() -> None:
    rows = [commit(number, f'Revert "Add {number}"') for number in range(1, 8)]
    back = looked(raw_of(commits=rows), [{"reverts": 1}] * 8)
    assert (
        section_texts(made(raw_of(commits=rows), back), "risk")[0]
        == "Commits that revert another: 7, above the usual 0 to 2."
    )
    few = looked(commits(2), [{"reverts": 9}] * 8)
    assert section_texts(made(commits(2), few), "risk") == []


def test_median_is_printed_in_hours_as_measured() -> None:
    rows = [pull(number, "Read", opened_at=commit(number, "")["landed_at"] - timedelta(hours=50), author=BOB)
            for number in range(1, 4)]  # fmt: skip
    back = looked(raw_of(pull_requests=rows), [{"time_to_merge_median": Decimal("4.00")}] * 8)
    assert section_texts(made(raw_of(pull_requests=rows), back), "risk") == [
        "Median time from ready for review to merging: 50.00 hours (n 3), above the usual 2.50 to 5.50 hours."
    ]


def test_waiting_pull_requests_are_reported_in_total_and_by_repository() -> None:
    waiting = [("all", 4, 6), ("repository:acme/web", 3, 4), ("repository:acme/tool", 1, 1)]
    facts = [fact(name, value, scope) for scope, stale, opened in waiting
             for name, value in (("pull_requests_stale", stale), ("pull_requests_open", opened))]  # fmt: skip
    back = looked(commits(1), [], facts=facts)
    assert section_texts(made(commits(1), back), "risk") == [
        "4 of 6 open pull requests have had no activity for two weeks.",
        "web: 3 of 4 open pull requests have had no activity for two weeks.",
        "tool: 1 of 1 open pull request has had no activity for two weeks.",
    ]


def test_people_who_are_new_are_named_with_what_they_did_as_evidence() -> None:
    new = [ContributorRef(key="bob", name="Bob", login="bob"), ContributorRef(key="cyd", name="Cyd", login="cyd")]
    back = looked(commits(1), [], facts=[fact("first_time_contributors", 2)], first_time=new)
    raw = raw_of(commits=[commit(1, "Add"), commit(2, "Read", author=BOB)])
    (claim,) = [claim for claim in made(raw, back).claims if claim.id == "credit/newcomers"]
    assert claim.text == "2 people contributed to a repository for the first time, among them Bob."
    assert claim.evidence == (f"commit:acme/tool@{2:040x}",)
