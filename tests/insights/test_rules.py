"""Claims by rules over evidence and facts: every claim is grounded."""

from typing import Any

import pytest
from hypothesis import given

from resources.git.log import GitCommit, GitFileChange, GitTag
from sparky_assets.insights.assets import find_common_owner
from sparky_assets.insights.checks import find_ungrounded_claims
from sparky_assets.insights.claims.overview import (
    MAX_CHANGES,
    MAX_PEOPLE_CREDITED,
    MAX_RELEASES,
    _build_credits,
    _build_headline,
    _build_repository_claim,
)
from sparky_assets.insights.models import Claim, Insight
from sparky_assets.metrics.models import Fact
from sparky_assets.periods import PeriodKind
from sparky_assets.text.words import join_words, pluralize
from tests.factories.evidence import evidence
from tests.factories.github_week import section_texts
from tests.strategies.effort import limit_examples
from tests.strategies.git_history import AUTHORS, DAY, WEEK, RepositoryLog, World, commit, sha, worlds


def world(*commits: GitCommit, tags: tuple[GitTag, ...] = (), name: str = "acme/tool") -> World:
    return World(WEEK, (RepositoryLog(name, None, "ok", commits, tags),))


def release(name: str, subject: str = "") -> GitTag:
    return GitTag(name, sha("by hand", 1), *AUTHORS[0], commit(3, "").committed_at, subject)


# --- Sentences


@limit_examples(50)
@given(worlds())
def test_every_claim_of_any_organisation_is_grounded(world: World) -> None:
    assert list(find_ungrounded_claims(world.insight())) == []


@limit_examples(20)
@given(worlds())
def test_claims_have_distinct_ids_and_one_of_them_leads(world: World) -> None:
    insight = world.insight()
    ids = [claim.id for claim in insight.claims]
    assert len(ids) == len(set(ids))
    assert [claim.id for claim in insight.claims if claim.id in {"headline", "quiet"}] == [insight.claims[0].id]
    cited = {key for claim in insight.claims for key in claim.evidence}
    assert {item.key for item in insight.evidence} == cited


@limit_examples(20)
@given(worlds())
def test_no_sentence_names_an_address_or_breaks_its_line(world: World) -> None:
    for claim in world.insight().claims:
        assert "\n" not in claim.text
        assert "@example.com" not in claim.text


def test_headline_counts_changes() -> None:
    insight = world(commit(1, "Add x (#5)"), commit(2, "Add y", author=AUTHORS[1]), tags=(release("v1.0"),)).insight()
    assert section_texts(insight, "headline") == [
        "2 commits from 2 people, 1 merged pull request and 1 release in one repository.",
        "Released: tool v1.0.",
    ]


def test_week_with_only_merges_says_so() -> None:
    merge = commit(2, "Merge pull request #5 from octocat/x\n\nAdd x", parents=("a" * 40, "b" * 40))
    assert section_texts(world(merge).insight(), "headline") == [
        "1 merge commit and 1 merged pull request in one repository."
    ]


@pytest.mark.parametrize(("count", "places"), [(1, "the repository"), (3, "the 3 repositories")])
def test_quiet_period_says_only_that_it_was_quiet(count: int, places: str) -> None:
    quiet = World(WEEK, tuple(RepositoryLog(f"acme/{number}", None, "ok", (), ()) for number in range(count)))
    (claim,) = quiet.insight().claims
    assert claim.section == "quiet"
    assert claim.text == f"No commit, merged pull request or release was recorded in {places} read."


def test_repository_has_its_numbers() -> None:
    files = (GitFileChange("a.py", 1200, 1), GitFileChange("b.py", 34, 2))
    insight = world(commit(1, "Add x (#5)", files=files), tags=(release("v1.0"),)).insight()
    assert section_texts(insight, "repository") == [
        "1 commit from 1 person touched 2 files (+1,234 −3 lines); 1 merged pull request; 1 release."
    ]


def test_title_of_a_release_is_printed_only_if_it_says_more() -> None:
    assert section_texts(world(commit(1, "x"), tags=(release("v1.0.0", "Release 1.0.0"),)).insight(), "release") == [
        "tool v1.0.0 was released."
    ]
    assert section_texts(world(commit(1, "x"), tags=(release("v1.0.0", "The quick one"),)).insight(), "release") == [
        "tool v1.0.0 was released: The quick one."
    ]


def test_change_names_its_author_if_known() -> None:
    unknown = commit(2, "Merge pull request #5 from octocat/x\n\nfeat: add x", parents=("a" * 40, "b" * 40))
    assert section_texts(world(unknown, commit(1, "fix: stop it")).insight(), "change") == [
        "Add x.", "Stop it, by Ada Lovelace.",
    ]  # fmt: skip


def test_people_are_credited_for_changes_and_never_counted() -> None:
    insight = world(
        commit(1, "feat: one", author=AUTHORS[1]), commit(2, "feat: two", author=AUTHORS[1]),
        commit(3, "feat: three", author=AUTHORS[1]), commit(4, "Bump x from 1 to 2", author=AUTHORS[0]),
        commit(5, "feat: by a bot", author=AUTHORS[4]),
    ).insight()  # fmt: skip
    assert section_texts(insight, "credit") == ["Bob *Stone* for “One” and “Two”."]


def many(count: int, kind: PeriodKind) -> World:
    commits = tuple(
        commit(number % 23, f"feat: thing {number}", author=(f"P{number}", f"p{number}@example.com"))._replace(
            sha=sha("many", number)
        )
        for number in range(count)
    )
    small = RepositoryLog("acme/small", None, "ok", (commit(1, "Say hello")._replace(sha=sha("small")),), ())
    tags = tuple(release(f"v1.{number}") for number in range(30))
    return World(WEEK.__class__(kind, {"daily": DAY, "weekly": WEEK.start, "monthly": DAY.replace(day=1)}[kind.value]),
                 (RepositoryLog("acme/big", None, "ok", commits, tags), small))  # fmt: skip


@pytest.mark.parametrize("kind", list(PeriodKind))
def test_busy_period_names_the_share_of_its_selection(kind: PeriodKind) -> None:
    insight = many(90, kind).insight()
    releases, changes = min(30, MAX_RELEASES[kind]), min(91, MAX_CHANGES[kind])
    assert len(section_texts(insight, "release")) == releases
    assert len(section_texts(insight, "change")) == changes
    assert len(section_texts(insight, "credit")) == MAX_PEOPLE_CREDITED[kind]
    facts = {fact.key: fact.value for fact in insight.facts}
    assert facts["changes@all"] == insight.records == 121
    assert facts["changes_told@all"] == releases + changes
    # The small repository has its place beside the busy one.
    assert any(claim.repository == "acme/small" for claim in insight.claims if claim.section == "change")


@pytest.mark.parametrize(
    ("repositories", "owner"),
    [
        (["acme/tool"], "tool"), (["lonely"], "lonely"), (["acme/a", "acme/b"], "acme"), (["acme/a", "bolt/b"], ""),
        (["group/sub/a", "group/sub/b"], "group/sub"), (["a", "b"], ""), ([], ""),
    ],
)  # fmt: skip
def test_site_is_named_after_the_common_owner_of_its_repositories(repositories: list[str], owner: str) -> None:
    assert find_common_owner(repositories) == owner


def test_numbers_and_lists_are_written_in_words() -> None:
    assert [pluralize(number, "commit") for number in (0, 1, 1234)] == ["0 commits", "1 commit", "1,234 commits"]
    assert pluralize(2, "person", "people") == "2 people"
    assert [join_words(parts) for parts in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


# --- Claims that are not grounded


@pytest.fixture(scope="module")
def grounded() -> Insight:
    return world(commit(1, "Add x (#5)"), commit(2, "Say hello to 3 people"), tags=(release("v1.0"),)).insight()


def with_claim(insight: Insight, **values: Any) -> list[str]:
    given = {"id": "planted", "section": "change", "repository": None, "text": "Something."}
    claim = Claim(**(given | values))
    return list(find_ungrounded_claims(insight.model_copy(update={"claims": (*insight.claims, claim)})))


def key_of(insight: Insight, kind: str) -> str:
    return next(item.key for item in insight.evidence if item.kind == kind)


def test_number_that_is_in_no_citation_is_found(grounded: Insight) -> None:
    key = key_of(grounded, "pull_request")
    assert with_claim(grounded, text="Add x, fixing 50 issues.", evidence=(key,)) == [
        "planted: no citation holds the number 50: Add x, fixing 50 issues."
    ]
    assert with_claim(grounded, text="Add x (#5), by Ada Lovelace.", evidence=(key,)) == []


def test_number_of_other_evidence_is_found(grounded: Insight) -> None:
    found = with_claim(grounded, text="Said hello to 3 people.", evidence=(key_of(grounded, "pull_request"),))
    assert found == ["planted: no citation holds the number 3: Said hello to 3 people."]


@pytest.mark.parametrize("number", ["1,000", "0.5", "2.0", "10:30", "٣"])
def test_numbers_in_every_form_are_found(grounded: Insight, number: str) -> None:
    found = with_claim(grounded, text=f"About {number} of it.", evidence=(key_of(grounded, "pull_request"),))
    assert found == [f"planted: no citation holds the number {number}: About {number} of it."]


def test_missing_evidence_or_facts_are_found(grounded: Insight) -> None:
    assert with_claim(grounded, evidence=("pr:acme/tool#99",), facts=("stars@all",)) == [
        "planted: cites pr:acme/tool#99, stars@all, which this period does not have"
    ]


def test_sentence_without_evidence_is_found(grounded: Insight) -> None:
    assert with_claim(grounded, text="Everybody was happy.") == ["planted: cites nothing: Everybody was happy."]


def test_evidence_of_another_repository_is_found(grounded: Insight) -> None:
    key = key_of(grounded, "commit")
    assert with_claim(grounded, repository="acme/other", evidence=(key,)) == [
        f"planted: about acme/other, but cites {key}"
    ]


def test_evidence_of_another_time_is_found(grounded: Insight) -> None:
    old = grounded.evidence[0].model_copy(update={"key": "old", "at": grounded.window.end})
    found = with_claim(grounded.model_copy(update={"evidence": (*grounded.evidence, old)}), evidence=("old",))
    assert found == [f"planted: old of 2025-11-17 is outside {grounded.window}"]


def test_fact_allows_its_own_number_only(grounded: Insight) -> None:
    fact = Fact(metric="stars", scope="all", value=1234, unit="count", sources=("x",))
    more = grounded.model_copy(update={"facts": (*grounded.facts, fact)})
    assert with_claim(more, text="1,234 stars.", facts=("stars@all",)) == []
    assert with_claim(more, text="1234 stars.", facts=("stars@all",)) != []
    assert with_claim(more, text="1,235 stars.", facts=("stars@all",)) != []


def _facts(scope: str, **values: int) -> dict[str, Fact]:
    metrics = (
        "commits", "bot_commits", "people", "merge_commits", "changed_files", "insertions", "deletions",
        "pull_requests_merged", "releases",
    )  # fmt: skip
    return {
        f"{metric}@{scope}": Fact(metric=metric, scope=scope, value=values.get(metric, 0), unit="count", sources=())
        for metric in metrics
    }


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"commits": 13, "people": 12}, "13 commits from 12 people."),
        ({"commits": 13, "bot_commits": 2, "people": 1}, "13 commits (2 by bots) from 1 person."),
        ({"commits": 2, "bot_commits": 2}, "2 commits by bots."),
        ({"merge_commits": 1}, "1 merge commit."),
        ({"releases": 1}, "1 release."),
        (
            {
                "commits": 1,
                "people": 1,
                "changed_files": 2,
                "insertions": 1200,
                "deletions": 1,
                "pull_requests_merged": 1,
            },
            "1 commit from 1 person touched 2 files (+1,200 −1 lines); 1 merged pull request.",
        ),
    ],
)
def test_bot_that_committed_is_not_called_a_person(values: dict[str, int], said: str) -> None:
    assert _build_repository_claim("a/b", _facts("repository:a/b", **values)).text == said


def test_day_of_reviews_without_a_commit_is_quiet_but_not_empty() -> None:
    facts = _facts("all") | {
        f"{metric}@all": Fact(metric=metric, scope="all", value=value, unit="count", sources=())
        for metric, value in (("active_repositories", 0), ("repositories", 35), ("reviews", 3), ("issues_opened", 1))
    }
    (claim,) = _build_headline(facts)
    assert claim.text == (
        "No commit, merged pull request or release was recorded in the 35 repositories read, "
        "but 3 reviews and 1 opened issue were."
    )
    assert set(claim.facts) == {"repositories@all", "commits@all", "reviews@all", "issues_opened@all"}


def test_public_and_private_work_of_a_person_are_credited_separately() -> None:
    work = [
        evidence(1, "Add the morning edition"),
        evidence(2, "Add the secret edition", repository="acme/vault", visibility="private"),
        evidence(3, "Fix the evening edition"),
    ]
    assert [claim.evidence for claim in _build_credits(work, 9)] == [
        ("pr:acme/tool#1", "pr:acme/tool#3"),
        ("pr:acme/vault#2",),
    ]
