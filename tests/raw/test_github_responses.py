"""A response that does not match the schema is an error with the query and the path, never a wrong number."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from resources.errors import GitHubError
from sparky_assets.raw.github.parsing import ConnectionPage, parse_record, parse_response
from sparky_assets.raw.github.responses import (
    GitHubCommit,
    GitHubIssue,
    GitHubPullRequest,
    GitHubReview,
    RepositoryOwner,
    RepositoryVisibility,
)

REVIEW = {"id": "1", "reviewState": "APPROVED", "submittedAt": "2026-11-20T00:00:00Z", "author": None}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
)


def test_instant_that_is_none_names_the_query_and_the_path() -> None:
    page = {
        "pageInfo": {"hasNextPage": False, "endCursor": None},
        "nodes": [REVIEW, REVIEW | {"submittedAt": "BLESSED"}],
    }
    with pytest.raises(
        GitHubError, match=r"answer to Items does not fit at nodes\.3\.nodes\.1\.submittedAt: .*BLESSED"
    ):
        parse_response(ConnectionPage[GitHubReview], page, "Items", "nodes", 3)


def test_missing_field_names_the_query_and_the_path() -> None:
    with pytest.raises(GitHubError, match=r"answer to Items does not fit at submittedAt: Field required"):
        parse_response(GitHubReview, {name: value for name, value in REVIEW.items() if name != "submittedAt"}, "Items")


def test_unknown_field_is_ignored() -> None:
    assert parse_response(GitHubReview, REVIEW | {"mood": "good"}, "Items").id == "1"


def test_instant_is_utc_for_any_offset() -> None:
    found = parse_response(GitHubReview, REVIEW | {"submittedAt": "2026-11-20T01:30:00+02:00"}, "Items").submitted_at
    assert found is not None
    assert found.isoformat() == "2026-11-19T23:30:00+00:00"
    with pytest.raises(GitHubError, match="submittedAt"):
        parse_response(GitHubReview, REVIEW | {"submittedAt": "2026-11-20T01:30:00"}, "Items")


@given(JSON, st.sampled_from([RepositoryOwner, GitHubCommit, GitHubPullRequest, GitHubIssue, GitHubReview]))
def test_any_response_is_read_or_refused(value: object, model: type[GitHubReview]) -> None:
    try:
        parse_response(model, value, "Items")
    except GitHubError as error:
        assert "answer to Items does not fit" in str(error)


def test_unknown_words_are_text_and_unknown_visibility_is_private() -> None:
    assert parse_response(GitHubReview, REVIEW | {"reviewState": "BLESSED"}, "Items").review_state == "BLESSED"
    assert TypeAdapter(RepositoryVisibility).validate_python("SECRET") == "PRIVATE"
    assert TypeAdapter(RepositoryVisibility).validate_python(None) == "PRIVATE"
    assert TypeAdapter(RepositoryVisibility).validate_python("INTERNAL") == "INTERNAL"


def test_bad_field_of_a_record_costs_that_field_and_bad_review_that_review() -> None:
    messages: list[str] = []
    page = {
        "pageInfo": {"hasNextPage": False, "endCursor": None},
        "nodes": [REVIEW | {"author": {"login": 7}}, REVIEW | {"id": []}, REVIEW],
    }
    before = copy.deepcopy(page)
    found = parse_record(ConnectionPage[GitHubReview], page, "Items", on_damage=messages.append)
    assert found.nodes[0] is not None
    assert (found.nodes[0].author, found.nodes[1]) == (None, None)
    assert found.nodes[2] == parse_response(GitHubReview, REVIEW, "Items")
    assert any("nodes.0.author" in message for message in messages)
    assert page == before


@given(JSON, st.sampled_from([RepositoryOwner, GitHubCommit, GitHubPullRequest, GitHubIssue, GitHubReview]))
def test_any_records_are_repaired_or_refused(value: object, model: type[GitHubReview]) -> None:
    try:
        parse_record(model, value, "Items", on_damage=lambda _: None)
    except GitHubError as error:
        assert "answer to Items does not fit" in str(error)
