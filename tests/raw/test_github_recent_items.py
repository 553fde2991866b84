"""Deployments on the day on which they ended, discussions on the day on which they began, each where it may be read."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from sparky_assets.raw.github.identities import IdentityRegistry, IdentityResolver
from sparky_assets.raw.github.recent_items import build_deployment_row
from sparky_assets.raw.github.responses import GitHubDeployment
from sparky_assets.raw.window import RawWindow
from sparky_assets.settings.schema import DEFAULT_PRODUCTION_ENVIRONMENTS, GitHubSettings
from sparky_assets.store import Audience
from tests.fakes.github import Settings, serving
from tests.fakes.github_collection import PEOPLE, Outcome, collect_from
from tests.fakes.github_world import DAY, Deployment, Discussion, World, days_before
from tests.raw.test_github_sweep import NOW, TODAY, world_of

YESTERDAY = days_before(TODAY, 1)
MIDNIGHT = int(YESTERDAY.timestamp())
OUTCOMES = {"SUCCESS", "FAILURE", "ERROR"}


def truth(world: World) -> set[tuple[object, ...]]:
    """Every deployment that first ended yesterday."""
    found: set[tuple[object, ...]] = set()
    for repo in world.repositories:
        for one in repo.deployments:
            ended = [(at, state.lower()) for state, at in one.statuses if state in OUTCOMES and at <= world.now]
            if ended and MIDNIGHT <= min(ended)[0] < MIDNIGHT + DAY:
                found.add((repo.full_name, one.id, *min(ended)))
    return found


def deployed(outcome: Outcome) -> set[tuple[object, ...]]:
    rows = outcome.tables["deployments"].select("repository", "id", "at", "state").iter_rows()
    return {(repository, key, int(at.timestamp()), state) for repository, key, at, state in rows}


def test_deployments_are_kept_on_the_day_on_which_they_ended() -> None:
    world = world_of(60, 3)
    with serving(world) as fake:
        outcome = collect_from(fake, YESTERDAY, TODAY)
    assert deployed(outcome) == truth(world)
    assert len(truth(world)) > 5
    assert {"success", "failure"} <= {state for *_, state in truth(world)}
    assert outcome.tables["discussions"].is_empty()
    assert sum(name == "RecentItems" for name, _ in fake.queries) == 1


@pytest.mark.parametrize("settings", [Settings(), Settings(budget=60), Settings(fault_every=3, faults=("502",))])
def test_more_deployments_than_a_page_are_read_to_the_first_old_one(settings: Settings) -> None:
    world = world_of(5, 2)
    for number, repo in enumerate(world.repositories):
        repo.deployments = [
            Deployment(
                f"DE_{number}_{at}",
                at,
                "production",
                "c" * 40,
                world.users[0],
                [("FAILURE", at + 90), ("SUCCESS", at + 99)],
            )
            for at in range(MIDNIGHT - 5 * DAY, MIDNIGHT + DAY, 4000)
        ]
    with serving(world, settings) as fake:
        outcome = collect_from(fake, YESTERDAY, TODAY)
    assert deployed(outcome) == truth(world)
    assert outcome.problems == {}


@pytest.mark.parametrize(
    ("environment", "expected"),
    [("production", True), ("Prod-EU", True), ("eu-production", True), ("preproduction", False), ("Preview", False),
     ("github-pages", False), ("live", True), ("", False)],
)  # fmt: skip
def test_environment_counts_as_production_by_the_globs_of_the_settings(environment: str, expected: bool) -> None:
    assert GitHubSettings().production_environments == DEFAULT_PRODUCTION_ENVIRONMENTS
    row = build_deployment_row(deployment(environment=environment), resolver(), DEFAULT_PRODUCTION_ENVIRONMENTS)
    assert row is not None
    assert row["is_production"] is expected


def test_deployment_has_no_row_before_it_succeeds_or_fails() -> None:
    for statuses in ([], [None], [status("SOMETHING_NEW")], [status("INACTIVE"), status("IN_PROGRESS")]):
        assert build_deployment_row(deployment(statuses), resolver(), ()) is None
    row = build_deployment_row(deployment([status("SOMETHING_NEW"), status("ERROR", 3)]), resolver(), ())
    assert row is not None
    assert (row["state"], row["at"], row["author"]["key"]) == ("error", YESTERDAY + timedelta(minutes=3), "ghost")


def deployment(statuses: Sequence[Any] | None = None, environment: str = "production") -> GitHubDeployment:
    nodes = [status("SUCCESS")] if statuses is None else statuses
    return GitHubDeployment.model_validate(
        {"id": "DE_1", "createdAt": YESTERDAY, "environment": environment, "statuses": {"nodes": nodes}}
    )


def status(state: str, minute: int = 1) -> dict[str, Any]:
    return {"state": state, "createdAt": YESTERDAY + timedelta(minutes=minute)}


def resolver() -> IdentityResolver:
    return IdentityResolver(PEOPLE, IdentityRegistry())


@pytest.mark.parametrize("refused", ["deployments", "statuses", "discussions"])
def test_token_without_the_permission_loses_these_rows_only(refused: str) -> None:
    world = world_of(60, 3)
    world.repositories[4].discussions = [Discussion("D_4", 4, MIDNIGHT + 60, world.users[0])]
    with serving(world) as fake:
        whole = collect_from(fake, YESTERDAY, TODAY, with_discussions=True)
        world.refused = frozenset({refused})
        partial = collect_from(fake, YESTERDAY, TODAY, with_discussions=True)
    lost = "discussions" if refused == "discussions" else "deployments"
    assert set(partial.refused) == {lost}
    assert partial.tables[lost].is_empty()
    assert partial.problems == {}
    assert {name for name, frame in whole.tables.items() if not frame.equals(partial.tables[name])} == {lost}


def test_discussions_are_collected_if_wanted_and_private_ones_hidden() -> None:
    world = world_of(6, 2)
    hidden, shown = world.repositories[3], world.repositories[4]
    assert (hidden.visibility, shown.visibility) == ("PRIVATE", "PUBLIC")
    for repo in (hidden, shown):
        ages = (DAY + 10, DAY - 10, 3600, -60)
        repo.discussions = [
            Discussion(f"D_{repo.number}_{age}", 1000 + age, MIDNIGHT + DAY - age, None) for age in ages
        ]
    with serving(world) as fake:
        tables = collect_from(fake, YESTERDAY, TODAY, with_discussions=True).tables
    rows = tables["discussions"].filter(tables["discussions"]["repository"].is_in([hidden.full_name, shown.full_name]))
    assert rows.height == 4
    row = rows.row(0, named=True)
    assert (row["category"], row["body"], row["comments"], row["upvotes"]) == ("Announcements", "Write to .", 4, 3)
    public = RawWindow(**tables).for_audience(Audience.PUBLIC, [])
    assert hidden.full_name not in set(public.discussions["repository"]) | set(public.deployments["repository"])
    assert shown.full_name in set(public.discussions["repository"])


def test_day_with_deployments_takes_one_request_and_one_point_more() -> None:
    quiet, busy = world_of(60, 3), world_of(60, 3)
    for repo in quiet.repositories:
        repo.deployments = []
    for repo in busy.repositories:
        repo.deployments = [one for one in repo.deployments if one.created >= MIDNIGHT][:9]
    spent = []
    for world in (quiet, busy):
        with serving(world) as fake:
            collect_from(fake, YESTERDAY, TODAY)
            spent.append((fake.requests, fake.points))
    assert (spent[1][0] - spent[0][0], spent[1][1] - spent[0][1]) == (1, 1)
    assert NOW > TODAY
