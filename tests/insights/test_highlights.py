"""Highlights: releases by weight, series, one change in many repositories, and routine work."""

from typing import Any

import pytest

from sparky_assets.insights.checks import find_ungrounded_claims
from sparky_assets.insights.claims.releases import MAJOR, MINOR, PATCH, PRE_RELEASE, is_chore, is_routine, version_rank
from sparky_assets.insights.models import Insight
from sparky_assets.store import Audience
from tests.factories.github_week import (
    BOB,
    BOT,
    at,
    commit,
    details,
    insight_of,
    pull,
    raw_of,
    release,
    section_texts,
    sha,
)
from tests.factories.products import made


def grounded(insight: Insight) -> Insight:
    assert list(find_ungrounded_claims(insight)) == []
    return insight


# --- Releases


@pytest.mark.parametrize(
    ("tag", "weight"),
    [
        ("2.0.0", MAJOR),
        ("v3.0", MAJOR),
        ("tokio-1.53.0", MINOR),
        ("v1.2.3", PATCH),
        ("0.15.0", MINOR),
        ("2.0.0rc5", PRE_RELEASE),
        ("v1.0.0-beta.2", PRE_RELEASE),
        ("1.0.dev0", PRE_RELEASE),
        ("nightly", PRE_RELEASE),
        ("", PATCH),
        ("2.0.0-linux", MAJOR),
        ("10.0.0.1", MAJOR),
    ],
)
def test_tag_is_ranked_by_its_version(tag: str, weight: int) -> None:
    assert version_rank(tag) == weight


def test_headline_names_the_weightiest_releases_one_of_each_repository() -> None:
    rows = [release("v1.1.3", "acme/a"), release("v2.0.0", "acme/a"), release("v2.0.1rc1", "acme/b"),
            release("v0.9.0", "acme/c")]  # fmt: skip
    insight = grounded(insight_of(raw_of(releases=rows)))
    assert section_texts(insight, "headline")[1:] == ["Among the releases: a v2.0.0, c v0.9.0 and b v2.0.1rc1."]
    assert section_texts(insight, "release")[0] == "a v2.0.0 was released."


def test_of_two_minor_releases_the_later_is_the_news() -> None:
    rows = [release("v1.24.0", published_at=at(10)), release("v1.25.0", published_at=at(90))]
    assert section_texts(insight_of(raw_of(releases=rows)), "headline")[1:] == ["Among the releases: tool v1.25.0."]


@pytest.mark.parametrize(
    ("title", "chore"),
    [
        ("Release 2.0", True), ("Release axum, axum-core, and axum-macros", True), ("release axum and axum-core", True),
        ("Release the lock", False), ("Release axum's lock early", False), ("Release", False), ("Release and", False),
        (f"Release {'a' * 90}!", False), (f"Release {'axum-' * 18}!", False),
    ],
)  # fmt: skip
def test_publishing_of_packages_adds_no_highlight(title: str, chore: bool) -> None:
    (item,) = insight_of(raw_of(pull_requests=[pull(1, title, "acme/axum")])).evidence
    assert is_chore(item) is chore


def test_headline_never_names_private_and_public_releases_together() -> None:
    rows = [release("v2.0.0", "acme/open"), release("v3.0.0", "acme/vault", visibility="private")]
    insight = grounded(insight_of(raw_of(releases=rows)))
    assert section_texts(insight, "headline")[1:] == ["Among the releases: open v2.0.0."]
    assert section_texts(insight_of(raw_of(releases=rows), audience=Audience.PUBLIC), "headline")[1:] == [
        "Released: open v2.0.0."
    ]


def test_of_a_week_with_a_major_release_the_release_is_the_first_highlight() -> None:
    work = [pull(n, f"Fix thing-{n} of many", "acme/flask") for n in range(1, 20)]
    insight = insight_of(raw_of(pull_requests=work, releases=[release("2.0.0", "acme/flask")]))
    assert section_texts(insight, "release")[0] == "flask 2.0.0 was released."
    assert made(insight)[0].digest.title == "flask 2.0.0 is out; fixed: thing-1 of many"


def test_release_contents_leave_out_publishing_changes() -> None:
    rows = [commit(1, "Release 2.0.0"), commit(2, "[pre-commit.ci] pre-commit autoupdate", parents=[sha(1)])]
    only = insight_of(raw_of(commits=rows, releases=[release("2.0.0", commit=sha(2))]))
    assert not [one for one in details(only, "tool 2.0.0") if one.startswith("It includes")]
    more = [*rows, commit(3, "Teach it to sing", parents=[sha(2)])]
    insight = grounded(insight_of(raw_of(commits=more, releases=[release("2.0.0", commit=sha(3))])))
    assert "Among its changes is “Teach it to sing”." in details(insight, "tool 2.0.0")


def test_release_includes_what_git_counted_and_not_the_whole_window() -> None:
    counted = release("2.0.0", commit=sha(1), previous_tag="1.0.0", commit_count=155)
    insight = grounded(insight_of(raw_of(commits=[commit(1, "Teach it to sing")], releases=[counted])))
    assert "It includes 155 commits since the previous release, among them “Teach it to sing”." in details(
        insight, "tool 2.0.0"
    )


# --- Duplicates


def test_series_of_one_person_is_one_change() -> None:
    alike = [pull(n, f"Remove routing decorators in test_{name}.py") for n, name in enumerate("abcde", 1)]
    other = [pull(9, "Remove routing decorators in test_f.py", author=BOB), pull(10, "Add a bell")]
    insight = grounded(insight_of(raw_of(pull_requests=[*alike, *other])))
    first = "Remove routing decorators in test_a.py, and 4 similar changes, by Ada."
    changes = section_texts(insight, "change")
    assert first in changes
    assert len(changes) == 3
    claim = next(claim for claim in insight.claims if claim.text == first)
    assert len(claim.evidence) == 5


def test_three_of_a_kind_and_the_bumps_of_a_bot_make_no_series() -> None:
    few = [pull(n, f"Remove routing decorators in test_{n}.py") for n in (1, 2, 3)]
    bumps = [pull(n, f"Clean the old house number {n}", author=BOT) for n in range(4, 9)]
    assert len(section_texts(insight_of(raw_of(pull_requests=[*few, *bumps])), "change")) == 8


def test_same_change_in_many_repositories_is_a_theme() -> None:
    work = [pull(n, "rename default branch (#7)", f"acme/r{n}") for n in range(1, 8)]
    assert section_texts(grounded(insight_of(raw_of(pull_requests=work))), "theme") == [
        "The change “rename default branch” was made in 7 repositories, among them r1, r2, r3, r4 and r5."
    ]
    chores = [pull(n, "start version 2.0.1.dev0", f"acme/r{n}") for n in range(1, 8)]
    assert section_texts(insight_of(raw_of(pull_requests=chores)), "theme") == []


# --- Order


def test_merge_is_weighed_by_the_commits_that_it_brought() -> None:
    lines: dict[str, Any] = {"insertions": None, "deletions": None, "changed_files": None}
    rows = [
        commit(1, "Begin"),
        commit(2, "The rewrite", parents=[sha(1)], insertions=900, deletions=50),
        commit(3, "The typing", parents=[sha(1)], insertions=5, deletions=3),
        commit(4, "Merge pull request #8", parents=[sha(1), sha(3)], is_merge=True, **lines),
        commit(5, "Merge pull request #9", parents=[sha(4), sha(2)], is_merge=True, **lines),
    ]  # fmt: skip
    merges = [
        pull(8, "Add little", commit=sha(4), **lines), pull(9, "Add much", commit=sha(5), **lines)
    ]  # fmt: skip
    insight = grounded(insight_of(raw_of(commits=rows, pull_requests=merges)))
    assert section_texts(insight, "change")[:2] == ["Add much, by Ada.", "Add little, by Ada."]
    assert not any("950" in claim.text for claim in insight.claims if claim.section != "repository")


def test_security_advisory_comes_after_releases_and_before_the_rest() -> None:
    rows = [
        commit(1, "Begin"),
        commit(2, "Trust fewer hosts", parents=[sha(1)]),
        commit(3, "Merge pull request from GHSA-2g68-c3qc-8985", parents=[sha(1), sha(2)], is_merge=True),
    ]
    work = [pull(n, f"Add thing-{n} of a thousand lines", insertions=999) for n in range(11, 20)]
    insight = grounded(insight_of(raw_of(commits=rows, pull_requests=work, releases=[release("v2.0.0")])))
    assert section_texts(insight, "change")[0] == "Trust fewer hosts, by Ada."
    assert details(insight, "Trust fewer hosts")[0] == "It addresses the security advisory GHSA-2g68-c3qc-8985."


def test_wrong_number_of_an_advisory_is_found() -> None:
    rows = [commit(1, "Trust fewer hosts"), commit(2, "Begin")]
    rows += [commit(3, "Merge pull request from GHSA-2g68-c3qc-8985", parents=[sha(2), sha(1)], is_merge=True)]
    insight = insight_of(raw_of(commits=rows))
    forged = [claim.model_copy(update={"text": claim.text.replace("8985", "8986")}) for claim in insight.claims]
    assert [*find_ungrounded_claims(insight.model_copy(update={"claims": tuple(forged)}))]


def test_routine_work_and_reverts_are_no_highlights() -> None:
    work = [pull(1, 'Revert "Add the bell"'), pull(2, "Bump ink from 1.0 to 1.1")]
    work += [pull(n, f"Fix thing-{n} at last") for n in range(3, 15)]
    insight = insight_of(raw_of(pull_requests=work))
    assert not made(insight)[0].digest.title.startswith(("tool: Revert", "tool: Bump", "Revert", "Bump"))
    assert [item.reference for item in insight.evidence if is_routine(item)] == ["#2"]


def test_package_release_follows_those_of_its_repository() -> None:
    rows = [commit(1, "Teach it to sing"), commit(2, "Teach it to dance", parents=[sha(1)])]
    tags = [release("opera-1.0.0", commit=sha(1)), release("v0.2.1", commit=sha(2))]
    insight = grounded(insight_of(raw_of(commits=rows, releases=tags)))
    assert section_texts(insight, "release") == ["tool v0.2.1 was released.", "tool opera-1.0.0 was released."]
    assert details(insight, "tool opera") == ["Published by Bob."]
