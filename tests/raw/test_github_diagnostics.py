"""`sparky doctor` names problems with the access to GitHub before a run fails."""

import pytest

from resources.checks import CheckResult
from resources.errors import GitHubDeniedError
from sparky_assets.raw.github.collect import diagnose_github
from tests.fakes.github import FakeGitHub, Reply, Settings, serving
from tests.fakes.github_collection import client
from tests.fakes.github_organisation import make_world
from tests.fakes.github_world import day

NOW = day("2026-11-20")


def findings(fake: FakeGitHub, owner: str = "acme", ahead: float = 0.0) -> dict[str, CheckResult]:
    with client(fake, clock=lambda: fake.settings.clock() + ahead) as github:
        return {one.name: one for one in diagnose_github(github, owner)}


def test_working_setup_has_no_problem() -> None:
    with serving(make_world(35, NOW)) as fake:
        found = findings(fake)
        assert fake.requests == 2
    assert all(one.ok for one in found.values())
    assert found["acme"].detail == "35 repositories are visible"
    assert found["token"].detail.endswith("as robot")
    assert "repo" in found["scopes"].detail


def test_clock_that_is_wrong_is_named() -> None:
    with serving(make_world(1, NOW), Settings(clock=lambda: 1_000_000.0)) as fake:
        assert findings(fake, ahead=300)["clock"].detail.startswith("this machine is 300 s ahead of GitHub; set it")
        behind = findings(fake, ahead=-300)["clock"]
    assert behind.detail == "this machine is 300 s behind GitHub; set it by NTP"
    assert not behind.ok


def test_allowance_that_is_nearly_used_up_is_named() -> None:
    with serving(make_world(1, NOW)) as fake:
        fake.points = 4800
        allowance = findings(fake)["allowance"]
    assert allowance.detail == "200 of 5000 points left, renewed at 2030-01-01T00:00:00Z; a run will wait until then"
    assert not allowance.ok


def test_server_without_limits_is_fine() -> None:
    with serving(make_world(1, NOW), Settings(has_limits=False)) as fake:
        allowance = findings(fake)["allowance"]
    assert (allowance.ok, allowance.detail) == (True, "this server has no rate limit")


@pytest.mark.parametrize(
    ("expiration", "is_fine"),
    [("2026-11-22 23:59:59 UTC", False), ("2026-11-22 15:59:59 -0800", False), ("2026-12-20 00:00:00 UTC", True)],
)
def test_token_that_expires_within_a_week_is_reported(expiration: str, is_fine: bool) -> None:
    settings = Settings(clock=NOW.timestamp, token_expiration=expiration)
    with serving(make_world(1, NOW), settings) as fake, client(fake, clock=NOW.timestamp) as github:
        found = {check.name: check for check in diagnose_github(github, "acme")}
    day_of_expiration = "2026-12-20 00:00" if is_fine else "2026-11-22 23:59"
    assert found["token life"].ok is is_fine
    assert found["token life"].detail.startswith(f"expires at {day_of_expiration} UTC")


@pytest.mark.parametrize("expiration", [None, "", "soon"])
def test_token_without_a_readable_expiration_is_not_judged(expiration: str | None) -> None:
    with serving(make_world(1, NOW), Settings(token_expiration=expiration)) as fake:
        assert "token life" not in findings(fake)


def test_fine_grained_token_gets_a_list_of_permissions() -> None:
    with serving(make_world(1, NOW)) as fake:
        fake.scopes = None
        assert "Contents" in findings(fake)["scopes"].detail


def test_missing_owner_and_owner_without_repositories_are_errors() -> None:
    with serving(make_world(0, NOW)) as fake:
        assert not findings(fake, owner="nobody")["nobody"].ok
        assert "selected repositories" in findings(fake)["acme"].detail


def test_wrong_token_is_an_error() -> None:
    with serving(make_world(1, NOW)) as fake, pytest.raises(GitHubDeniedError, match="revoked"):
        fake.overrides["/api/graphql"] = Reply(401, {"message": "Bad credentials"})
        findings(fake)
