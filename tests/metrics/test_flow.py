"""Flow of work, case by case: events that a duration leaves out, and values that a source cannot give."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sparky_assets.metrics.compute import compute_metrics
from sparky_assets.metrics.flow import MIN_EVENTS_OF_DAY
from sparky_assets.metrics.models import Metrics
from sparky_assets.metrics.volume import GITHUB_ONLY_METRICS
from sparky_assets.periods import Period, PeriodKind
from tests.strategies.organisation import Organisation

WEEK = Period(PeriodKind.WEEKLY, date(2025, 11, 10))
MONDAY = datetime(2025, 11, 10, 9, tzinfo=UTC)
ADA, BOB, BOT = (
    {"key": name, "name": name, "login": name, "is_bot": name == "renovate"} for name in ("ada", "bob", "renovate")
)
NAME = "acme/anvil"


def hours(count: float) -> datetime:
    return MONDAY + timedelta(hours=count)


def pull(number: int, *events: tuple[str, float], author: Any = ADA, **more: Any) -> list[dict[str, Any]]:
    common = {"repository": NAME, "number": number, "title": "x", "author": author, "opened_at": hours(events[0][1])}
    return [common | {"is_draft": False, "event": kind, "at": hours(at)} | more for kind, at in events]


def review(number: int, at: float, author: Any = BOB) -> dict[str, Any]:
    return {"repository": NAME, "number": number, "id": f"{number}-{at}", "submitted_at": hours(at), "author": author}


def measured(*, source: str = "github", **rows: list[dict[str, Any]]) -> Metrics:
    names = ("repositories", "commits", "pull_requests", "reviews", "responses", "issues", "releases")
    tables: dict[str, list[dict[str, Any]]] = {name: rows.get(name, []) for name in names}
    tables["repositories"] = [{"repository": NAME, "source": source, "status": "ok"}]
    given = Organisation(WEEK, "UTC", tables)
    return compute_metrics(given.raw(), WEEK, given.window).metrics


def test_first_review_by_another_person_stops_the_clock() -> None:
    metrics = measured(
        pull_requests=pull(1, ("opened", 0), ("merged", 10)),
        reviews=[review(1, 1, ADA), review(1, 2, BOT), review(1, 3), review(1, 5)],
    )
    assert metrics.find_value("time_to_first_review_median") == Decimal("3.00")
    assert metrics.find_value("time_in_review_median") == Decimal("7.00")
    assert metrics.find_value("time_to_merge_median") == Decimal("10.00")
    assert metrics.find_value("review_coverage") == Decimal("100.0")


@pytest.mark.parametrize("changes", [{"author": BOT}, {"is_draft": True}])
def test_bots_and_drafts_are_left_out(changes: dict[str, Any]) -> None:
    metrics = measured(pull_requests=pull(1, ("opened", 0), ("merged", 10), **changes), reviews=[review(1, 3)])
    assert metrics.find_value("time_to_first_review_count") == metrics.find_value("time_to_merge_count") == 0
    assert metrics.find_value("time_to_first_review_median") is metrics.find_value("review_coverage") is None
    assert metrics.find_value("pull_requests_merged") == 1


def test_draft_with_unknown_ready_time_has_no_time_to_merge() -> None:
    rows = pull(1, ("opened", 0), is_draft=True) + pull(1, ("merged", 10), insertions=3, deletions=0)
    metrics = measured(pull_requests=rows)
    assert metrics.find_value("time_to_merge_count") == 0
    assert metrics.find_value("pull_requests_of_size_xs") == 1


def drafted(number: int, opened: float, ready: float, *events: tuple[str, float]) -> list[dict[str, Any]]:
    """Return a pull request opened as a draft, with its rows as a sweep stores them."""
    since = {"opened_at": hours(opened)}
    known = since | {"ready_at": hours(ready), "draft_seconds": int((ready - opened) * 3600)}
    rows = pull(number, ("opened", opened), is_draft=True, draft_seconds=0, **since) if opened >= 0 else []
    rows += pull(number, ("ready_for_review", ready), **known) if ready >= 0 else []
    return rows + [row for event in events for row in pull(number, event, **known)]


def test_clock_starts_when_a_draft_became_ready() -> None:
    metrics = measured(
        pull_requests=drafted(1, 0, 4, ("merged", 10)), reviews=[review(1, 1), review(1, 6), review(1, 8)]
    )
    found = {
        name: metrics.find_value(f"{name}_median")
        for name in ("time_to_first_review", "time_in_review", "time_to_merge")
    }
    assert found == {"time_to_first_review": 2, "time_in_review": 4, "time_to_merge": 6}
    assert metrics.find_value("time_in_draft_median") == Decimal("4.00")


def test_draft_ready_before_the_window_is_measured_from_then() -> None:
    metrics = measured(pull_requests=drafted(1, -90, -50, ("merged", 10)))
    assert metrics.find_value("time_to_merge_median") == Decimal("60.00")
    assert metrics.find_value("time_in_draft_median") == Decimal("40.00")


def test_pull_request_that_was_no_draft_has_no_draft_time() -> None:
    metrics = measured(pull_requests=pull(1, ("opened", 0), ("merged", 10), ready_at=hours(0), draft_seconds=0))
    assert metrics.find_value("time_in_draft_count") == 0
    assert metrics.find_value("time_to_merge_median") == Decimal("10.00")


def test_draft_awaits_no_review_and_its_reviews_do_not_count() -> None:
    still = drafted(1, 0, 4)[:1]
    rows = still + drafted(2, 0, 4) + drafted(3, 0, 4) + drafted(4, 0, 4, ("merged", 9))
    metrics = measured(pull_requests=rows, reviews=[review(3, 2), review(4, 2)])
    assert metrics.find_value("pull_requests_awaiting_review") == 2
    assert metrics.find_value("review_coverage") == Decimal("0.0")
    assert metrics.find_value("time_to_first_review_count") == 0


def test_review_of_an_older_pull_request_may_not_be_its_first() -> None:
    metrics = measured(pull_requests=pull(1, ("merged", 10), opened_at=hours(-90)), reviews=[review(1, 3)])
    assert metrics.find_value("time_to_first_review_count") == 0
    assert metrics.find_value("time_to_merge_median") == Decimal("100.00")


def test_opened_pull_request_without_review_is_awaiting_review() -> None:
    rows = pull(1, ("opened", 0)) + pull(2, ("opened", 0), ("closed", 2)) + pull(3, ("opened", 1))
    metrics = measured(pull_requests=rows, reviews=[review(3, 4)])
    assert metrics.find_value("pull_requests_awaiting_review") == 1


def response(number: int, ready: float, at: float, author: Any = BOB, **more: Any) -> dict[str, Any]:
    row = {"repository": NAME, "number": number, "is_pull_request": True, "at": hours(at), "kind": "comment"}
    return row | {"author": author, "item_author": ADA, "opened_at": hours(ready), "ready_at": hours(ready)} | more


def test_first_response_counts_in_the_week_in_which_it_was_given() -> None:
    metrics = measured(
        responses=[response(1, -200, 1), response(2, 0, 3), response(3, 0, 9), response(4, 0, 5, is_pull_request=False)]
    )
    found = [metrics.find_value(f"time_to_first_response_{name}") for name in ("count", "median", "p90")]
    assert [str(value) for value in found] == ["3", "9.00", "162.60"]
    assert metrics.find_value("issue_time_to_first_response_median") == Decimal("5.00")
    assert metrics.find_value("time_to_first_response_count", f"repository:{NAME}") == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"author": ADA},
        {"author": BOT},
        {"author": ADA | {"key": "assistant:x"}},
        {"item_author": BOT},
        {"author": None},
    ],
)
def test_answer_of_no_other_person_is_no_response(changes: dict[str, Any]) -> None:
    by_bot = pull(9, ("opened", 0), author=BOT)  # a bot in one row is one in all
    metrics = measured(responses=[response(1, 0, 3) | changes], pull_requests=by_bot)
    assert metrics.find_value("time_to_first_response_count") == 0
    assert metrics.find_value("time_to_first_response_median") is None


def test_day_with_few_responses_has_no_median() -> None:
    rows = [response(number, 0, 2) for number in range(MIN_EVENTS_OF_DAY - 1)]
    day = Period(PeriodKind.DAILY, WEEK.start)
    tables = {"repositories": [{"repository": NAME, "source": "github", "status": "ok"}], "responses": rows}
    raw_window = Organisation(day, "UTC", tables).raw()
    metrics = compute_metrics(raw_window, day, day.window("UTC")).metrics
    assert metrics.find_value("time_to_first_response_count") == MIN_EVENTS_OF_DAY - 1
    assert metrics.find_value("time_to_first_response_median") is None


def test_responses_of_earlier_versions_are_missing_with_the_reason() -> None:
    tables = {"repositories": [{"repository": NAME, "source": "github", "status": "ok"}]}
    raw_window = replace(Organisation(WEEK, "UTC", tables).raw(), responses=None)
    metrics = compute_metrics(raw_window, WEEK, WEEK.window("UTC")).metrics
    (absent,) = [one for one in metrics.absent if "time_to_first_response_count" in one.metrics]
    assert (absent.scope, "issue_time_to_first_response_p90" in absent.metrics) == ("all", True)
    assert "earlier version" in absent.reason
    assert not {fact.metric for fact in metrics.facts} & set(absent.metrics)
    assert metrics.find_value("time_to_merge_count") == 0


def test_comments_are_those_of_finished_pull_requests_whose_count_is_known() -> None:
    rows = [
        *pull(1, ("opened", 0), ("merged", 2), comments=4), *pull(2, ("closed", 2), comments=1),
        *pull(3, ("opened", 0), comments=90), *pull(4, ("closed", 1), ("reopened", 2), comments=90),
        *pull(5, ("merged", 2), comments=None), *pull(6, ("merged", 2), author=BOT, comments=90),
    ]  # fmt: skip
    metrics = measured(pull_requests=rows)
    found = [metrics.find_value(f"comments_per_pull_request_{name}") for name in ("count", "mean", "median", "p90")]
    assert [str(value) for value in found] == ["2", "2.50", "2.50", "3.70"]
    assert measured(source="git", pull_requests=rows).find_value("comments_per_pull_request_count") is None


def test_percentiles_interpolate_as_numpy_does() -> None:
    rows = [row for number in range(5) for row in pull(number, ("opened", 0), ("merged", 10 * (number + 1)))]
    metrics = measured(pull_requests=rows)
    found = [metrics.find_value(f"time_to_merge_{name}") for name in ("count", "mean", "median", "p90")]
    assert [str(value) for value in found] == ["5", "30.00", "30.00", "46.00"]


@pytest.mark.parametrize(
    ("lines", "size"), [(0, "xs"), (9, "xs"), (10, "s"), (30, "m"), (100, "l"), (500, "xl"), (1000, "xxl")]
)
def test_sizes_are_those_of_prow(lines: int, size: str) -> None:
    metrics = measured(pull_requests=pull(1, ("opened", 0), ("merged", 1), insertions=lines, deletions=0))
    assert metrics.find_value(f"pull_requests_of_size_{size}") == 1
    assert sum(fact.value for fact in metrics.facts if "of_size" in fact.metric and fact.scope == "all") == 1


def test_issue_that_was_opened_again_is_not_closed() -> None:
    def issue(number: int, *events: tuple[str, float]) -> list[dict[str, Any]]:
        rows = pull(number, *events, opened_at=hours(-1))
        return [{name: value for name, value in row.items() if name != "is_draft"} for row in rows]

    metrics = measured(issues=issue(1, ("closed", 1), ("reopened", 2)) + issue(2, ("closed", 3), ("closed", 5)))
    assert metrics.find_value("issue_time_to_close_count") == 1
    assert metrics.find_value("issue_time_to_close_median") == Decimal("6.00")
    assert metrics.find_value("issues_closed") == 3


def test_repository_read_with_git_and_github_has_all_metrics_of_github() -> None:
    metrics = measured(source="both", pull_requests=pull(1, ("opened", 0), ("merged", 10)), reviews=[review(1, 3)])
    assert metrics.find_value("reviews") == 1
    assert metrics.find_value("time_to_merge_median") == Decimal("10.00")
    assert not [one for one in metrics.absent if "reviews" in one.metrics]


def test_git_alone_has_no_review_metrics_instead_of_zero() -> None:
    merged = pull(1, ("merged", 1), opened_at=None)
    metrics = measured(source="git", pull_requests=merged)
    assert metrics.find_value("pull_requests_merged") == 1
    (absent,) = [one for one in metrics.absent if "reviews" in one.metrics]
    assert (absent.scope, set(GITHUB_ONLY_METRICS) - set(absent.metrics)) == ("all", set())
    assert "git alone" in absent.reason
    assert not {fact.metric for fact in metrics.facts} & set(absent.metrics)


def test_delivery_metrics_without_a_release_are_missing_with_the_reason() -> None:
    metrics = measured()
    (absent,) = [one for one in metrics.absent if "deployment_frequency" in one.metrics]
    assert absent.reason.startswith("not measurable here: no release")
    assert "change_failure_rate" in absent.metrics


def test_release_with_a_revert_marks_the_one_before_as_failed() -> None:
    def commit(sha: str, at: float, subject: str, *parents: str) -> dict[str, Any]:
        row = {"repository": NAME, "sha": sha, "landed_at": hours(at), "author": ADA, "subject": subject}
        return row | {"body": "", "parents": list(parents), "is_merge": False}

    def release(tag: str, at: float, sha: str) -> dict[str, Any]:
        return {"repository": NAME, "tag": tag, "published_at": hours(at), "commit": sha, "is_prerelease": False}

    metrics = measured(
        commits=[commit("a", 0, "feat: x"), commit("b", 1, "feat: y", "a"), commit("c", 5, 'Revert "feat: y"', "b")],
        releases=[release("v1", 2, "a"), release("v2", 4, "b"), release("v3", 8, "c")],
    )
    assert metrics.find_value("deployment_frequency") == Decimal("3.00")
    assert metrics.find_value("lead_time_for_changes_median") == Decimal("3.00")
    assert metrics.find_value("change_failure_rate") == Decimal("50.0")
    assert metrics.find_value("time_to_restore_median") == Decimal("4.00")
