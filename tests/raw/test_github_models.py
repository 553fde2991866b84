"""An answer that does not fit is an error with the query and the place, never a wrong number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.errors import GitHubError
from sparky_assets.raw.github.responses import (
    ConnectionPage,
    GitHubCommit,
    GitHubIssue,
    GitHubPullRequest,
    GitHubReview,
    RepositoryOwner,
    parse_response,
)

REVIEW = {"id": "1", "reviewState": "APPROVED", "submittedAt": "2026-11-20T00:00:00Z", "author": None}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
)


def test_an_unknown_state_names_the_query_and_the_path() -> None:
    page = {
        "pageInfo": {"hasNextPage": False, "endCursor": None},
        "nodes": [REVIEW, REVIEW | {"reviewState": "BLESSED"}],
    }
    with pytest.raises(
        GitHubError, match=r"answer to Items does not fit at nodes\.3\.nodes\.1\.reviewState: .*BLESSED"
    ):
        parse_response(ConnectionPage[GitHubReview], page, "Items", "nodes", 3)


def test_a_missing_field_names_the_query_and_the_path() -> None:
    with pytest.raises(GitHubError, match=r"answer to Items does not fit at submittedAt: Field required"):
        parse_response(GitHubReview, {name: value for name, value in REVIEW.items() if name != "submittedAt"}, "Items")


def test_a_field_that_we_do_not_know_is_ignored() -> None:
    assert parse_response(GitHubReview, REVIEW | {"mood": "good"}, "Items").id == "1"


def test_an_instant_is_utc_whatever_offset_it_came_with() -> None:
    found = parse_response(GitHubReview, REVIEW | {"submittedAt": "2026-11-20T01:30:00+02:00"}, "Items").submitted_at
    assert found is not None
    assert found.isoformat() == "2026-11-19T23:30:00+00:00"
    with pytest.raises(GitHubError, match="submittedAt"):
        parse_response(GitHubReview, REVIEW | {"submittedAt": "2026-11-20T01:30:00"}, "Items")


@given(JSON, st.sampled_from([RepositoryOwner, GitHubCommit, GitHubPullRequest, GitHubIssue, GitHubReview]))
def test_no_answer_breaks_the_reader(value: object, model: type[GitHubReview]) -> None:
    try:
        parse_response(model, value, "Items")
    except GitHubError as error:
        assert "answer to Items does not fit" in str(error)
