"""Sections beside the changes: themes across repositories, risks, open work, details and people."""

import re

from hypothesis import given

from sparky_assets.insights.checks import find_ungrounded_claims
from sparky_assets.insights.claims.details import _find_folders
from sparky_assets.insights.models import Insight
from sparky_assets.periods import Period, PeriodKind
from tests.factories.github_week import (
    ADA,
    BOB,
    BOT,
    CYD,
    WEEK,
    at,
    commit,
    details,
    insight_of,
    issue,
    pull,
    raw_of,
    release,
    review,
    section_texts,
    sha,
    with_visibility,
)
from tests.strategies.effort import limit_examples
from tests.strategies.organisation import made, organisation


def grounded(insight: Insight) -> Insight:
    assert list(find_ungrounded_claims(insight)) == []
    return insight


@limit_examples(40)
@given(made)
def test_every_claim_of_any_organisation_is_grounded(seed: tuple[int, int, str]) -> None:
    world = organisation(seed[0], seed[1], "UTC")
    insight = grounded(insight_of(with_visibility(world.raw(), {"acme/bolt"})))
    assert {item.key for item in insight.evidence} == {key for claim in insight.claims for key in claim.evidence}


# --- Themes


def test_dependency_updated_in_several_repositories_is_one_theme() -> None:
    bumps = [pull(n, f"Bump lodash from 4.17.20 to 4.17.{n}", f"acme/r{n}", author=BOT) for n in (1, 2, 3)]
    insight = grounded(insight_of(raw_of(pull_requests=[*bumps, pull(4, "Bump ink from 1.0 to 1.1", "acme/r1")])))
    assert section_texts(insight, "theme") == ["lodash was updated in 3 repositories: r1, r2 and r3."]


def test_word_in_titles_of_several_repositories_is_a_theme() -> None:
    titles = ["Support passkeys at login", "Let passkeys be renamed", "Forget lost passkeys", "Name passkeys"]
    work = [pull(n, title, f"acme/r{n}") for n, title in enumerate(titles, 1)]
    assert section_texts(grounded(insight_of(raw_of(pull_requests=work))), "theme") == [
        "Titles in 4 repositories mention “passkeys”, for example “Support passkeys at login” in r1 and “Let passkeys "
        "be renamed” in r2."
    ]


def test_theme_of_public_and_private_work_names_one_kind_only() -> None:
    bumps = [pull(n, "Bump lodash from 1 to 2", f"acme/r{n}") for n in (1, 2)]
    secret = [pull(n, "Bump lodash from 1 to 2", f"acme/r{n}", visibility="private") for n in (3, 4)]
    insight = grounded(insight_of(raw_of(pull_requests=[*bumps, *secret])))
    assert section_texts(insight, "theme") == ["lodash was updated in 4 repositories, among them r1 and r2."]


# --- Risks


def test_revert_in_the_week_of_its_target_says_so() -> None:
    insight = grounded(insight_of(raw_of(commits=[
        commit(1, "feat: cache the session"),
        commit(2, 'Revert "feat: cache the session"', author=BOB, body=f"This reverts commit {sha(1)}."),
    ])))  # fmt: skip
    assert section_texts(insight, "risk") == ["“Cache the session” was reverted by Bob in the same week."]


def test_revert_of_an_older_change_names_only_what_it_quotes() -> None:
    insight = grounded(insight_of(raw_of(commits=[commit(2, 'Revert "Cache 3 sessions"'), commit(3, "revert: it")])))
    assert section_texts(insight, "risk") == ["“Cache 3 sessions” was reverted by Ada.", "“it” was reverted by Ada."]


def test_commits_that_revert_and_fix_one_another_are_one_story() -> None:
    insight = grounded(insight_of(raw_of(commits=[
        commit(1, "Add a cache"), commit(2, "Mend it", body=f"Fixes: {sha(1)[:12]}"), commit(3, "fixup! Add a cache"),
    ])))  # fmt: skip
    (text,) = section_texts(insight, "risk")
    assert (
        text
        == "tool: 3 commits revert or fix one another, among them “Add a cache”, “Mend it” and “fixup! Add a cache”."
    )


# --- Unmerged pull requests and issues


def test_unmerged_work_is_listed_by_its_latest_state() -> None:
    rows = [
        pull(1, "Stream the upload", event="opened", actor=None, author=BOB),
        pull(2, "Rewrite it all", event="opened"), pull(2, "Rewrite it all", event="closed", at=at(50), actor=BOB),
        pull(3, "Just a sketch", event="opened", is_draft=True), pull(4, "Landed", event="opened", at=at(3)),
        pull(4, "Landed"), pull(5, "Bump x from 1 to 2", event="opened", author=BOT),
    ]  # fmt: skip
    insight = grounded(insight_of(raw_of(pull_requests=rows, reviews=[review(1, CYD), review(1, BOB)])))
    assert section_texts(insight, "review") == [
        "Stream the upload: opened by Bob.", "Rewrite it all: closed without merging by Bob.",
        "Just a sketch: opened by Ada as a draft.", "Bump x from 1 to 2: opened.",
    ]  # fmt: skip
    assert details(insight, "Stream the upload") == ["Reviewed by Cyd."]


def test_draft_that_became_ready_is_not_reopened() -> None:
    events = [
        pull(1, "Add sails", event="opened", at=at(1)),
        pull(1, "Add sails", event="ready_for_review", at=at(2), actor=BOB),
        pull(1, "Add sails", event="converted_to_draft", at=at(3), actor=BOB),
        pull(2, "Add oars", event="ready_for_review", at=at(4), actor=BOB),
    ]
    insight = grounded(insight_of(raw_of(pull_requests=events, reviews=[review(1, CYD), review(2, CYD)])))
    assert section_texts(insight, "review") == ["Add sails: opened by Ada."]
    assert {item.state for item in insight.evidence} == {"opened"}


def test_closed_issues_come_before_opened_ones() -> None:
    rows = [
        issue(1, "Login fails"), issue(2, "It is slow", event="closed", at=at(5), actor=BOB, state_reason="completed"),
        issue(3, "Paint it", event="closed", at=at(6), actor=ADA, state_reason="not_planned"),
    ]  # fmt: skip
    assert section_texts(grounded(insight_of(raw_of(issues=rows))), "issue") == [
        "It is slow: closed by Bob.", "Paint it: closed by Ada as not planned.", "Login fails: opened by Cyd.",
    ]  # fmt: skip


# --- Details


def test_change_has_the_details_of_its_records() -> None:
    insight = grounded(insight_of(raw_of(
        pull_requests=[
            pull(7, "Read the wires", actor=BOB, opened_at=at(7 - 75), commit=sha(7), body="Fixes #3, closes #4")
        ],
        commits=[commit(7, "Read the wires (#7)", files=[{"path": "src/wires/a.py", "insertions": 1, "deletions": 0}])],
        reviews=[review(7, CYD), review(7, ADA), review(7, BOT), review(7, BOB, submitted_at=at(2))],
        issues=[issue(3, "Wires are ignored", event="closed", at=at(8)), issue(9, "Other", event="closed", at=at(8))],
    )))  # fmt: skip
    assert details(insight, "Read the wires") == [
        "Reviewed by Cyd and Bob; merged by Bob.", "It changed 4 files in src/wires (+30 −2 lines).",
        "It was open for 3 days.", "It closed #3, “Wires are ignored”.",
    ]  # fmt: skip
    assert section_texts(insight, "issue") == ["Other: closed by Cyd."]  # a detail is not repeated


def test_unknown_or_ordinary_fact_is_no_detail() -> None:
    plain = pull(7, "Read the wires", changed_files=None, opened_at=at(6.5))
    assert details(grounded(insight_of(raw_of(pull_requests=[plain]))), "Read") == []


def test_commit_names_its_co_authors_and_its_committer() -> None:
    rows = [commit(1, "Read the wires", co_authors=[CYD, BOT], committer=BOB)]
    assert details(grounded(insight_of(raw_of(commits=rows))), "Read") == [
        "Written together with Cyd.", "Committed by Bob.",
    ]  # fmt: skip


def test_folders_of_odd_names_or_many_folders_are_not_named() -> None:
    assert _find_folders(["src/a.py", "src/b/c/d.py"]) == ["src", "src/b"]
    assert (
        _find_folders(["a.py"])
        == _find_folders(["<b>/x"])
        == _find_folders(["v2/x"])
        == _find_folders(["@bob/x"])
        == []
    )
    assert _find_folders(["a/x", "b/x", "c/x", "d/x"]) == []


def test_release_lists_its_commits_that_no_earlier_release_has() -> None:
    insight = grounded(insight_of(raw_of(
        commits=[commit(n, f"feat: {name}", parents=[sha(n - 1)])
                 for n, name in enumerate(("one", "two", "three", "four", "five"), 1)],
        releases=[release("v1.0", commit=sha(1), published_at=at(90)),
                  release("v2.0", commit=sha(5), is_prerelease=True)],
    )))  # fmt: skip
    assert details(insight, "tool v1.0") == ["It includes “One”.", "Published by Bob."]
    assert details(insight, "tool v2.0") == [
        "Among its changes are “Two”, “Three” and “Four”.", "Published by Bob as a pre-release.",
    ]  # fmt: skip


# --- People


def test_reviewer_is_credited_for_reviews_of_other_people_only() -> None:
    rows = [pull(1, "Read the wires"), pull(2, "Print it", author=BOB)]
    insight = grounded(insight_of(raw_of(pull_requests=rows, reviews=[review(1, BOB), review(2, BOB), review(2, BOT)])))
    assert "Bob for reviewing “Read the wires”." in section_texts(insight, "credit")
    assert not [text for text in section_texts(insight, "credit") if "reviewing “Print it”" in text]


def test_day_credits_authors_and_reviewers_as_a_week_does() -> None:
    day = Period(PeriodKind.DAILY, WEEK.start)
    insight = insight_of(raw_of(day, pull_requests=[pull(1, "Read")], reviews=[review(1, BOB)]), period=day)
    assert section_texts(grounded(insight), "credit") == ["Ada for “Read”.", "Bob for reviewing “Read”."]


def test_no_sentence_of_rules_praises_or_blames() -> None:
    insight = insight_of(with_visibility(organisation(5, 40, "UTC").raw(), set()))
    for claim in insight.claims:
        assert not re.search(r"\b(?:significant|great|improv|impress)", claim.text), claim.text
