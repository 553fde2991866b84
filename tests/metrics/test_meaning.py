"""Meaning of metrics: each input that was counted wrong, with the right value (issue 17)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.metrics.compute import compute_metrics
from sparky_assets.metrics.delivery.dora import split_tag
from sparky_assets.metrics.delivery.repairs import count_undo_steps, is_revert, strip_undo_prefix
from sparky_assets.metrics.flow import MIN_EVENTS_OF_DAY
from sparky_assets.metrics.models import Metrics
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.raw.joining import ANONYMOUS_PERSON
from tests.strategies.organisation import Organisation

WEEK = Period(PeriodKind.WEEKLY, date(2025, 11, 10))
MONDAY = datetime(2025, 11, 10, 9, tzinfo=UTC)
ADA, BOB = ({"key": name, "name": name, "login": name, "is_bot": False} for name in ("ada", "bob"))
CLAUDE = {"key": "assistant:claude", "name": "Claude", "login": None, "is_bot": True}
NAME = "acme/anvil"


def hours(count: float) -> datetime:
    return MONDAY + timedelta(hours=count)


def pull(number: int, *events: tuple[str, float], author: Any = ADA, **more: Any) -> list[dict[str, Any]]:
    common = {"repository": NAME, "number": number, "title": "x", "author": author, "opened_at": hours(events[0][1])}
    return [common | {"is_draft": False, "event": kind, "at": hours(at)} | more for kind, at in events]


def issue(number: int, *events: tuple[str, float], author: Any = ADA, opened: float = 0) -> list[dict[str, Any]]:
    common = {"repository": NAME, "number": number, "title": "x", "author": author, "opened_at": hours(opened)}
    return [common | {"event": kind, "at": hours(at)} for kind, at in events]


def review(number: int, at: float, author: Any = BOB, **more: Any) -> dict[str, Any]:
    row = {"repository": NAME, "number": number, "id": f"{number}-{at}", "submitted_at": hours(at), "author": author}
    return row | more


def commit(sha: str, at: float, subject: str, *parents: str, author: Any = ADA, **more: Any) -> dict[str, Any]:
    row = {"repository": NAME, "sha": sha, "committed_at": hours(at), "landed_at": hours(at), "author": author}
    return row | {"subject": subject, "body": "", "parents": list(parents), "is_merge": False} | more


def release(tag: str, at: float, sha: str, **more: Any) -> dict[str, Any]:
    row = {"repository": NAME, "tag": tag, "published_at": hours(at), "commit": sha, "is_prerelease": False}
    return row | more


def measure(period: Period = WEEK, *, source: str = "both", **rows: list[dict[str, Any]]) -> Metrics:
    names = ("repositories", "commits", "pull_requests", "reviews", "issues", "releases")
    tables: dict[str, list[dict[str, Any]]] = {name: rows.get(name, []) for name in names}
    tables["repositories"] = [{"repository": NAME, "source": source, "status": "ok"}]
    organisation = Organisation(period, "UTC", tables)
    return compute_metrics(organisation.raw(), period, organisation.window).metrics


# --- Flow


@pytest.mark.parametrize("ghost", [None, ANONYMOUS_PERSON])
def test_review_by_a_deleted_account_counts_for_no_person(ghost: Any) -> None:
    rows = pull(1, ("opened", 0), ("merged", 10))
    metrics = measure(pull_requests=rows, reviews=[review(1, 2.32, ghost)])
    assert metrics.find_value("time_to_first_review_count") == 0
    assert metrics.find_value("review_coverage") == Decimal("0.0")


def test_two_deleted_accounts_do_not_review_one_another() -> None:
    rows = pull(1, ("opened", 0), ("merged", 10), author=None)
    assert measure(pull_requests=rows, reviews=[review(1, 2, None)]).find_value("review_coverage") == Decimal("0.0")


def test_reopened_pull_request_without_review_awaits_one() -> None:
    metrics = measure(pull_requests=pull(1, ("opened", 0), ("closed", 1), ("reopened", 2)))
    assert metrics.find_value("pull_requests_awaiting_review") == 1


def test_review_after_the_merge_is_no_coverage() -> None:
    metrics = measure(pull_requests=pull(1, ("opened", 0), ("merged", 10)), reviews=[review(1, 11)])
    assert metrics.find_value("review_coverage") == Decimal("0.0")
    assert metrics.find_value("time_to_first_review_count") == 0


def test_review_of_a_draft_is_no_coverage_and_stops_no_wait() -> None:
    ready = {"ready_at": hours(4), "draft_seconds": 4 * 3600}
    rows = pull(1, ("opened", 0), is_draft=True) + pull(1, ("ready_for_review", 4), opened_at=hours(0), **ready)
    metrics = measure(pull_requests=rows, reviews=[review(1, 2)])
    assert metrics.find_value("pull_requests_awaiting_review") == 1
    merged = rows + pull(1, ("merged", 9), opened_at=hours(0), **ready)
    assert measure(pull_requests=merged, reviews=[review(1, 2)]).find_value("review_coverage") == Decimal("0.0")


def test_draft_that_became_ready_is_timed_from_then() -> None:
    ready = {"ready_at": hours(91), "draft_seconds": 91 * 3600}
    rows = pull(1, ("opened", 0), is_draft=True) + pull(1, ("ready_for_review", 91), opened_at=hours(0), **ready)
    metrics = measure(pull_requests=rows, reviews=[review(1, 92, is_first=True, ready_at=hours(91))])
    assert metrics.find_value("time_to_first_review_median") == Decimal("1.00")


def test_first_review_of_an_older_pull_request_counts_in_its_week() -> None:
    rows = [review(1, 3, is_first=True, ready_at=hours(-200)), review(1, 5, is_first=False, ready_at=hours(-200))]
    metrics = measure(reviews=rows)
    assert metrics.find_value("time_to_first_review_count") == 1
    assert metrics.find_value("time_to_first_review_median") == Decimal("203.00")


def test_merge_in_the_week_is_covered_by_a_review_before_the_week() -> None:
    merged = pull(1, ("merged", 10), opened_at=hours(-300), ready_at=hours(-300), first_review_at=hours(-100))
    metrics = measure(pull_requests=merged)
    assert metrics.find_value("review_coverage") == Decimal("100.0")
    assert metrics.find_value("time_in_review_median") == Decimal("110.00")
    assert metrics.find_value("time_to_merge_median") == Decimal("310.00")


def test_steady_work_has_the_same_median_in_the_week_as_in_all() -> None:
    """A review after 10, 24 or 240 hours, of pull requests that are opened every six hours for ten weeks."""
    waits = [10, 24, 240]
    opened = [(-1440 + 6 * number, waits[number % 3]) for number in range(400)]
    in_week = [(at, wait) for at, wait in opened if 0 <= at + wait < 168 - 9]
    rows = [review(number, at + wait, is_first=True, ready_at=hours(at)) for number, (at, wait) in enumerate(in_week)]
    assert measure(reviews=rows).find_value("time_to_first_review_median") == Decimal("24.00")


def test_issue_opened_and_closed_in_one_second_took_no_time() -> None:
    metrics = measure(issues=issue(1, ("opened", 0), ("closed", 0)))
    assert metrics.find_value("issue_time_to_close_median") == Decimal("0.00")


def test_issue_closed_reopened_and_closed_in_one_second_is_closed() -> None:
    metrics = measure(issues=issue(1, ("closed", 5), ("reopened", 5), ("closed", 5)))
    assert metrics.find_value("issue_time_to_close_median") == Decimal("5.00")


def test_day_below_the_documented_number_has_no_flow_statistics() -> None:
    day = Period(PeriodKind.DAILY, date(2025, 11, 10))

    def rows(count: int) -> list[dict[str, Any]]:
        return [row for number in range(count) for row in pull(number, ("opened", 0), ("merged", 2))]

    few, enough = (measure(day, pull_requests=rows(count)) for count in (MIN_EVENTS_OF_DAY - 1, MIN_EVENTS_OF_DAY))
    assert few.find_value("time_to_merge_count") == MIN_EVENTS_OF_DAY - 1
    assert few.find_value("time_to_merge_median") is few.find_value("review_coverage") is None
    assert enough.find_value("time_to_merge_median") == Decimal("2.00")
    assert measure(pull_requests=rows(1)).find_value("time_to_merge_median") == Decimal("2.00")


# --- Delivery


def failure_rate(commits: list[dict[str, Any]], *releases: dict[str, Any]) -> Any:
    return measure(commits=commits, releases=list(releases)).find_value("change_failure_rate")


def test_revert_of_unreleased_work_is_no_failure() -> None:
    commits = [
        commit("a", 0, "start"),
        commit("b", 1, "feat: a", "a"),
        commit("c", 2, 'Revert "feat: a"', "b", body="This reverts commit b."),
    ]
    assert failure_rate(commits, release("v1.0.0", 0.5, "a"), release("v1.1.0", 30, "c")) == Decimal("0.0")


@pytest.mark.parametrize("subject", ["Revert button: keep its colour", "Rollback support for migrations"])
def test_words_that_only_look_like_a_repair_are_no_failure(subject: str) -> None:
    commits = [commit("a", 0, "start"), commit("b", 1, subject, "a")]
    assert failure_rate(commits, release("v1.0.0", 0.5, "a"), release("v1.1.0", 30, "b")) == Decimal("0.0")


@pytest.mark.parametrize("subject", ["hotfix: stop the leak", "Hotfix for the leak", 'Revert "start"', "revert: start"])
def test_repair_of_released_work_is_a_failure(subject: str) -> None:
    commits = [commit("a", 0, "start"), commit("b", 1, subject, "a")]
    assert failure_rate(commits, release("v1.0.0", 0.5, "a"), release("v1.1.0", 30, "b")) == Decimal("100.0")


def test_hotfix_of_another_package_is_no_failure_of_this_one() -> None:
    commits = [commit("a", 0, "start"), commit("b", 1, "hotfix: x", "a")]
    assert failure_rate(commits, release("pkg-a@1.0.0", 0.5, "a"), release("pkg-b@1.0.0", 3, "b")) is None


def test_release_of_an_old_line_repairs_the_old_line() -> None:
    commits = [commit("a", 0, "start"), commit("b", 1, "two", "a"), commit("c", 40, "hotfix: x", "a")]
    releases = [release("v1.9.0", 0.5, "a"), release("v2.0.0", 2, "b"), release("v1.9.1", 50, "c")]
    metrics = measure(commits=commits, releases=releases)
    assert metrics.find_value("change_failure_rate") == Decimal("50.0")
    assert metrics.find_value("time_to_restore_median") == Decimal("49.50")


@pytest.mark.parametrize(
    ("tag", "after", "rate"), [("v1.0.1", 1, "100.0"), ("v1.0.1", 30, "0.0"), ("v1.1.0", 1, "0.0")]
)
def test_patch_release_with_a_fix_soon_after_is_a_repair(tag: str, after: float, rate: str) -> None:
    commits = [commit("a", 0, "start"), commit("b", 0.6, "fix: crash on start (urgent)", "a")]
    assert failure_rate(commits, release("v1.0.0", 0.5, "a"), release(tag, 0.5 + after, "b")) == Decimal(rate)


def test_lead_time_is_not_cut_to_the_window() -> None:
    commits = [commit("b", 1, "new", "before-the-window")]
    metrics = measure(commits=commits, releases=[release("v1.0.0", 5, "b")])
    assert metrics.find_value("lead_time_for_changes_count") is None
    (missing,) = [entry for entry in metrics.absent if "lead_time_for_changes_count" in entry.metrics][:1]
    assert "before the window" in missing.reason


def test_lead_time_covers_all_commits_that_a_release_is_the_first_to_hold() -> None:
    times = [hours(-3000), hours(-100), hours(1)]
    metrics = measure(commits=[commit("b", 1, "new", "x")], releases=[release("v1.1.0", 5, "b", commit_times=times)])
    assert metrics.find_value("lead_time_for_changes_count") == 3
    assert metrics.find_value("lead_time_for_changes_median") == Decimal("105.00")


def test_release_after_one_before_the_window_is_compared_with_it() -> None:
    commits = [commit("b", 1, "hotfix: x", "before-the-window")]
    rate = failure_rate(commits, release("v1.0.1", 5, "b", previous_tag="v1.0.0"))
    assert rate == Decimal("100.0")


def test_feature_revert_and_reapply_are_one_resolved_revert() -> None:
    commits = [
        commit("a", 0, "feat: x"),
        commit("b", 1, 'Revert "feat: x"', "a", body="This reverts commit aaaaaaa."),
        commit("c", 2, 'Reapply "feat: x"', "b", body="This reverts commit bbbbbbb."),
    ]
    metrics = measure(commits=commits)
    assert metrics.find_value("reverts") == metrics.find_value("reapplied_commits") == 1


@pytest.mark.parametrize(
    ("subject", "steps", "title"),
    [
        ("feat: x", 0, "feat: x"),
        ('Revert "feat: x (#10)" (#11)', 1, "feat: x"),
        ('Revert "Revert "feat: x""', 2, "feat: x"),
        ('Reapply "feat: x" (#12)', 2, "feat: x"),
        ('Revert "Reapply "feat: x""', 3, "feat: x"),
        ("revert: feat: x", 1, "feat: x"),
        ("revert(core)!: x", 1, "x"),
        ("Revert button: keep its colour", 0, "Revert button: keep its colour"),
    ],
)
def test_steps_of_taking_back_are_counted(subject: str, steps: int, title: str) -> None:
    assert (count_undo_steps(subject), strip_undo_prefix(subject)) == (steps, title)
    assert is_revert(subject) is (steps % 2 == 1)


@pytest.mark.parametrize(
    ("tag", "package", "version"),
    [
        ("v1.2.3", "", (1, 2, 3)), ("pkg-a@1.0.0", "pkg-a", (1, 0, 0)),
        ("@acme/pier-map@1.4.0", "@acme/pier-map", (1, 4, 0)),
        ("web/v2.1.3", "web", (2, 1, 3)), ("REL_17_3", "REL", (17, 3)), ("go1.25.4", "go", (1, 25, 4)),
        ("v4", "", (4,)), ("20251112", "", (20251112,)), ("jdk-25+36", "jdk", (25,)), ("latest", "latest", ()),
        ("pkg2-v1.0.0", "pkg2", (1, 0, 0)), ("n7.1", "n", (7, 1)),
    ],
)  # fmt: skip
def test_tag_is_split_into_package_and_version(tag: str, package: str, version: tuple[int, ...]) -> None:
    assert split_tag(tag) == (package, version)


@given(st.text(max_size=120))
def test_any_tag_and_subject_can_be_read(text: str) -> None:
    assert isinstance(split_tag(text)[1], tuple)
    assert len(strip_undo_prefix(text)) <= len(text)


# --- Lines, people, hours


def test_lock_file_is_left_out_of_lines_sizes_and_hot_files() -> None:
    files = [
        {"path": "uv.lock", "insertions": 5000, "deletions": 0},
        {"path": "src/a.py", "insertions": 10, "deletions": 0},
    ]
    commits = [
        commit(sha, number, "Add x (#1)", files=files, insertions=5010, deletions=0, changed_files=2)
        for number, sha in enumerate("abc")
    ]
    merged = pull(1, ("merged", 1), commit="a", insertions=5010, deletions=0)
    metrics = measure(commits=commits, pull_requests=merged)
    assert metrics.find_value("insertions") == 30
    assert metrics.find_value("pull_requests_of_size_s") == 1
    hot = {fact.scope for fact in metrics.facts if fact.metric == "commits_touching"}
    assert hot == {f"file:{NAME}:src/a.py", f"directory:{NAME}:src"}


def test_deleted_account_is_no_person_in_shares() -> None:
    commits = [commit(f"a{number}", number, "x", author=ANONYMOUS_PERSON) for number in range(5)]
    commits += [commit(f"b{number}", number, "x", author=ADA) for number in range(5)]
    metrics = measure(commits=commits)
    assert metrics.find_value("people") == 1
    by_people = [fact.value for fact in metrics.facts if fact.scope.startswith("hour:")]
    assert sum(by_people) == 5
    assert metrics.find_value("top_person_share", f"repository:{NAME}") == Decimal("100.0")


def test_busiest_hour_is_that_of_writing_not_of_merging() -> None:
    commits = [commit(f"{n}", 8, "x", authored_at=hours(0)) for n in range(3)]
    assert measure(commits=commits).find_value("busiest_hour") == 9


def test_commits_that_name_an_assistant_are_counted() -> None:
    commits = [
        commit("a", 0, "x", co_authors=[CLAUDE]),
        commit("b", 1, "x", body="Why.\n\n🤖 Generated with [Claude Code](https://claude.com)"),
        commit("c", 2, "x", co_authors=[BOB]),
        commit("d", 3, "x"),
    ]
    metrics = measure(commits=commits)
    assert (metrics.find_value("assisted_commits"), metrics.find_value("commits")) == (2, 4)
    assert metrics.find_value("assisted_commits", f"repository:{NAME}") == 2
    assert metrics.find_value("people") == 2
    assert metrics.find_value("active_bots") == metrics.find_value("bot_commits") == 0
