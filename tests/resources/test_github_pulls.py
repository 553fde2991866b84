"""Pull requests over GitHub's REST API: one open per branch, updates, lost answers, closing and states."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pydantic import SecretStr

from resources.errors import PostError
from resources.github.pulls import PullRequestClient, PullRequestSpec
from tests.fakes.services import KEY, Fault, Service, pulls, serving

SPEC = PullRequestSpec("sparky/daily", "main", "Publish a day", "One page.", draft=True)


@pytest.fixture
def github() -> Iterator[Service]:
    with serving(Service(), pulls) as service:
        yield service


@contextmanager
def connect(service: Service, token: str = KEY) -> Iterator[PullRequestClient]:
    pulls_client = PullRequestClient(service.url, "acme/docs", SecretStr(token))
    with pulls_client.client:
        yield pulls_client


@pytest.fixture
def client(github: Service) -> Iterator[PullRequestClient]:
    with connect(github) as pulls_client:
        yield pulls_client


def list_methods(service: Service) -> list[str]:
    return [request.method for request in service.asked]


def test_first_publication_creates_a_pull_request(github: Service, client: PullRequestClient) -> None:
    result = client.create_or_update(SPEC)
    assert (result.id, result.is_new) == ("1000", True)
    assert result.url == "https://github.com/acme/docs/pull/1000"
    assert github.held["1000"]["draft"] is True
    assert github.held["1000"]["base"] == "main"


def test_open_pull_request_is_updated_only_if_its_text_changed(github: Service, client: PullRequestClient) -> None:
    client.create_or_update(SPEC)
    assert not client.create_or_update(SPEC).is_new
    assert "PATCH" not in list_methods(github)
    changed = PullRequestSpec(SPEC.branch, SPEC.base, SPEC.title, "Two pages.", SPEC.draft)
    assert client.create_or_update(changed).id == "1000"
    assert github.held["1000"]["body"] == "Two pages."
    assert list(github.held) == ["1000"]


def test_closed_pull_request_is_followed_by_a_new_one(github: Service, client: PullRequestClient) -> None:
    client.create_or_update(SPEC)
    client.close("1000")
    assert client.get_state("1000") == "closed"
    assert client.create_or_update(SPEC).id == "1001"
    assert [entry["number"] for entry in client.list_by_branch(SPEC.branch)] == [1001, 1000]
    assert client.list_by_branch("sparky/weekly") == []


def test_lost_answer_of_a_creation_creates_no_second_one(github: Service, client: PullRequestClient) -> None:
    github.after_write = lambda: None
    assert client.create_or_update(SPEC).id == "1000"
    assert list(github.held) == ["1000"]


def test_pull_request_of_a_faster_run_is_updated(github: Service, client: PullRequestClient) -> None:
    client.create_or_update(SPEC)
    # The list of the first request does not have the pull request yet.
    github.faults.append(Fault(200, {}, []))
    changed = PullRequestSpec(SPEC.branch, SPEC.base, "Publish two days", SPEC.body, SPEC.draft)
    assert client.create_or_update(changed).id == "1000"
    assert github.held["1000"]["title"] == "Publish two days"


def test_state_is_open_merged_closed_or_missing(github: Service, client: PullRequestClient) -> None:
    client.create_or_update(SPEC)
    assert client.get_state("1000") == "open"
    github.held["1000"] |= {"state": "closed", "merged_at": "2025-11-12T09:00:00Z"}
    assert client.get_state("1000") == "merged"
    assert client.get_state("7") == "missing"


def test_list_of_another_shape_is_empty(github: Service, client: PullRequestClient) -> None:
    github.faults.extend([Fault(200, {}, {"message": "x"}), Fault(200, {}, ["x", {"number": 1}])])
    assert client.list_by_branch(SPEC.branch) == []
    assert client.list_by_branch(SPEC.branch) == [{"number": 1}]


def test_wrong_token_is_refused_without_its_value(github: Service) -> None:
    with connect(github, "wrong-0123456789") as client, pytest.raises(PostError) as refused:
        client.create_or_update(SPEC)
    assert "Bad credentials" in str(refused.value)
    assert "wrong-0123456789" not in str(refused.value)
    assert github.held == {}
