"""Deliveries by deployments, and red default branches, case by case."""

from decimal import Decimal
from typing import Any

import pytest

from sparky_assets.metrics.compute import NO_CHECKS_REASON, compute_metrics
from sparky_assets.metrics.models import Metrics
from tests.metrics.test_flow import ADA, NAME, WEEK, hours
from tests.strategies.organisation import Organisation

OTHER = "acme/bolt"
WEEK_HOURS = Decimal("168.00")


def measured(repositories: list[dict[str, Any]] | None = None, **rows: list[dict[str, Any]]) -> Metrics:
    known = [{"repository": NAME, "source": "github", "status": "ok"}]
    given = Organisation(WEEK, "UTC", {"repositories": repositories or known, **rows})
    return compute_metrics(given.raw(), WEEK, given.window).metrics


def deployment(at: float, commit: str, state: str = "success", **more: Any) -> dict[str, Any]:
    row = {"repository": NAME, "id": f"DE_{at}_{commit}", "at": hours(at), "environment": "production"}
    return row | {"is_production": True, "commit": commit, "state": state} | more


def release(at: float, repository: str = NAME) -> dict[str, Any]:
    return {"repository": repository, "tag": f"v{at}", "published_at": hours(at), "is_prerelease": False}


def commit(sha: str, at: float, state: str | None, landed_by: str | None = None, name: str = NAME) -> dict[str, Any]:
    row = {"repository": name, "sha": sha, "landed_at": hours(at), "landed_by": landed_by or sha, "author": ADA}
    return row | {"subject": "x", "body": "", "parents": [], "is_merge": False, "ci_state": state}


def test_repository_with_deployments_counts_these_and_no_releases() -> None:
    metrics = measured(
        deployments=[deployment(1, "a"), deployment(9, "b"), deployment(10, "c", is_production=False)],
        releases=[release(2), release(3), release(4), release(5, OTHER)],
    )
    assert metrics.find_value("deployment_frequency", f"repository:{NAME}") == Decimal("2.00")
    assert metrics.find_value("deployment_frequency", f"repository:{OTHER}") == Decimal("1.00")
    assert metrics.find_value("deployment_frequency") == Decimal("3.00")


def test_failed_deployment_is_restored_by_the_next_success() -> None:
    metrics = measured(
        deployments=[
            deployment(1, "a"), deployment(2, "b", "failure"), deployment(3, "b", environment="eu-production"),
            deployment(6, "c"), deployment(7, "d", "error"),
        ]
    )  # fmt: skip
    assert metrics.find_value("deployment_frequency") == Decimal("3.00")
    assert metrics.find_value("change_failure_rate") == Decimal("40.0")
    assert metrics.find_value("time_to_restore_count") == 1
    assert metrics.find_value("time_to_restore_median") == Decimal("4.00")


def test_deployment_that_an_earlier_commit_replaces_has_failed() -> None:
    again = measured(deployments=[deployment(1, "a"), deployment(2, "b"), deployment(5, "a"), deployment(6, "a")])
    assert again.find_value("change_failure_rate") == Decimal("25.0")
    assert again.find_value("time_to_restore_median") == Decimal("3.00")


def test_failed_deployments_alone_deliver_nothing() -> None:
    metrics = measured(deployments=[deployment(1, "a", "failure")])
    assert metrics.find_value("deployment_frequency") == 0
    assert metrics.find_value("change_failure_rate") == Decimal("100.0")
    assert metrics.find_value("time_to_restore_count") is None


def test_branch_is_red_from_a_failure_to_the_next_pass_that_landed() -> None:
    metrics = measured(
        commits=[
            commit("a", 1, "success"), commit("b", 2, "failure"), commit("c", 3, "pending"), commit("d", 4, None),
            commit("e", 5, "error"), commit("f", 6.5, "success"), commit("g", 3, "success", landed_by="f"),
        ]
    )  # fmt: skip
    for scope in ("all", f"repository:{NAME}"):
        assert metrics.find_value("default_branch_red_hours", scope) == Decimal("4.50")
        assert metrics.find_value("default_branch_red_count", scope) == 1
        assert metrics.find_value("check_failure_rate", scope) == Decimal("50.0")


def test_branch_that_stays_red_is_red_to_the_end_of_the_window() -> None:
    metrics = measured(commits=[commit("a", 1, "failure")])
    # the week ends 168 hours after its midnight, and the tests begin at nine on Monday
    assert metrics.find_value("default_branch_red_hours") == WEEK_HOURS - 10


@pytest.mark.parametrize(
    ("state", "head_at", "expected"),
    [("failure", -20, WEEK_HOURS), ("success", -20, Decimal("0.00")), ("pending", -20, None), ("failure", 3, None)],
)
def test_earlier_head_decides_where_nothing_landed_in_the_window(
    state: str, head_at: float, expected: Decimal | None
) -> None:
    repository = {"repository": NAME, "source": "github", "status": "ok"}
    metrics = measured([repository | {"head_at": hours(head_at), "head_ci_state": state}])
    assert metrics.find_value("default_branch_red_hours") == expected
    if expected is None:
        assert NO_CHECKS_REASON in {one.reason for one in metrics.absent}


def test_head_is_not_used_where_commits_landed_without_checks() -> None:
    repository = {"repository": NAME, "source": "github", "status": "ok"}
    head = {"head_at": hours(-20), "head_ci_state": "failure"}
    metrics = measured([repository | head], commits=[commit("a", 1, None)])
    assert metrics.find_value("default_branch_red_hours") is None
