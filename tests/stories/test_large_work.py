"""Large work: a merge of many commits, and one thing that was done many times."""

from datetime import timedelta

import pytest

from sparky_assets.stories.models import StoryGroup
from sparky_assets.stories.points import MIN_BRANCH_COMMITS, MIN_LONG_BRANCH_COMMITS, compute_points
from sparky_assets.stories.printing.large_work import tell_branch, write_campaign
from tests.stories.record_helpers import START, make_record


@pytest.mark.parametrize(
    ("commits", "names"),
    [(3, set()), (MIN_BRANCH_COMMITS, {"branch"}), (MIN_LONG_BRANCH_COMMITS, {"branch", "long_branch"})],
)
def test_points_grow_with_the_commits_of_a_branch(commits: int, names: set[str]) -> None:
    record = make_record(1, "Draw the moon", branch_commits=commits)
    assert {rule.name for rule in compute_points(record).rules} - {"size"} == names


def test_long_branch_about_building_has_no_points_for_it() -> None:
    # PowerDNS, May 2024: `GH Actions - Meson: Build auth using meson` came before what users meet.
    record = make_record(1, "GH Actions - Meson: Build auth", branch_commits=60)
    assert "branch" not in {rule.name for rule in compute_points(record).rules}


@pytest.mark.parametrize(
    ("commits", "days", "text"),
    [
        (430, 20, ["Its branch has 430 commits, the first of February 17."]),
        (1200, 100, ["Its branch has 1,200 commits, the first of November 29, 2025."]),
        (3, 20, []),
    ],
)
def test_branch_says_how_many_commits_it_has_since_when(commits: int, days: int, text: list[str]) -> None:
    change = make_record(
        1, "Draw the moon", branch_commits=commits, branch_began_at=START - timedelta(days=days)
    ).change
    assert [sentence.text for sentence in tell_branch(change, "UTC")] == text


@pytest.mark.parametrize(
    ("authors", "text"),
    [
        (("Ada",) * 4, "Four changes from Ada: Move 0, Move 1, Move 2, and 1 more."),
        (("Ada", "Ada", "Ada", "Grace"), "Four changes, most of them from Ada: Move 0, Move 1, Move 2, and 1 more."),
        (("Ada", "Ada", "Grace", "Grace"), "Four changes: Move 0, Move 1, Move 2, and 1 more."),
    ],
)
def test_campaign_says_how_many_changes_from_whom(authors: tuple[str, ...], text: str) -> None:
    changes = [make_record(number, f"Move {number}", author=author).change for number, author in enumerate(authors)]
    group = StoryGroup(
        id="story:1", kind="campaign", head=changes[0].key, changes=tuple(change.key for change in changes),
        repositories=("acme/tool",), people=(), shared_words="Move it",
    )  # fmt: skip
    story = write_campaign(group, changes, ())
    assert [sentence.text for sentence in (story.heading, story.brief, *story.sentences)] == [
        "Move it",
        "Move it.",
        text,
    ]
