"""Points of a change: a sum over a table of rules, with the reason of each rule that holds."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.points import MIN_ASKED, POINT_RULES, compute_points, is_about_code
from sparky_assets.stories.rank import find_changes_without_entry, rank_changes
from tests.stories.record_helpers import make_record


def list_rules(title: str, *, message: str = "", paths: Sequence[str] = ()) -> set[str]:
    """Return the names of the rules that hold, without that about the size."""
    record = make_record(1, title, message=message, paths=paths)
    return {rule.name for rule in compute_points(record).rules} - {"size"}


@pytest.mark.parametrize(
    ("title", "rules"),
    [
        ("Polish the needle", set()),
        ("Add the gauge", {"adds"}),
        ("Address the gauge", set()),
        ("Rename the gauge", {"renames"}),
        ("Fix a panic on tabs", {"failure"}),
        ("Read tabs faster", {"speed"}),
        ("Accept `sort by` in lists", {"command"}),
        ("Read the --quiet flag", {"command"}),
        ("Refactor the reader", {"inner"}),
        ("Correct the readme", {"prose"}),
    ],
)
def test_title_decides_the_rules_about_words(title: str, rules: set[str]) -> None:
    assert list_rules(title) == rules


def test_paths_decide_the_rules_about_files() -> None:
    assert "tests" in list_rules("Read tabs", paths=["src/reader.rs", "tests/reader.rs"])
    assert "entry" in list_rules("Read tabs", paths=["src/reader.rs", "CHANGELOG.md"])
    assert "entry" not in list_rules("Read tabs", paths=["docs/reader.md", "CHANGELOG.md"])
    assert "no_user_path" in list_rules("Read tabs", paths=["tests/reader.rs"])
    assert "no_user_path" not in list_rules("Read tabs", paths=["tests/reader.rs", "src/reader.rs"])
    assert "packaging" in list_rules("Read tabs", paths=["docker/Dockerfile"])


def test_long_message_has_the_points_of_both_lengths() -> None:
    sentence = "The reader now accepts tabs between two numbers of a list. "
    assert "message" not in list_rules("Read tabs", message=sentence)
    assert {"message", "long_message"} <= list_rules("Read tabs", message=sentence * 30)


def test_new_file_for_users_counts_and_a_new_test_does_not() -> None:
    def names(path: str) -> set[str]:
        return {rule.name for rule in compute_points(make_record(1, "Read tabs", new_paths=[path])).rules}

    assert "new_file" in names("src/tabs.rs")
    assert "new_file" not in names("tests/tabs.rs")


def test_points_are_the_sum_and_reasons_start_with_the_heaviest() -> None:
    points = compute_points(make_record(1, "Add the gauge", paths=["tests/gauge.rs"]))
    assert points.points == sum(rule.points for rule in points.rules)
    weights = [abs(int(reason.rpartition(" ")[2])) for reason in points.reasons]
    assert weights == sorted(weights, reverse=True)
    assert points.reasons[0] == "nothing outside tests, docs and CI -3"


def test_rules_have_unique_names_and_change_the_sum() -> None:
    names = [rule.name for rule in POINT_RULES]
    assert len(set(names)) == len(names)
    assert all(rule.points for rule in POINT_RULES)


def test_change_that_users_asked_for_has_a_point() -> None:
    asked = replace(make_record(1, "Draw the bay"), asked=MIN_ASKED)
    assert "users asked for it +1" in compute_points(asked).reasons
    assert compute_points(asked).points == compute_points(make_record(1, "Draw the bay")).points + 1


def make_entries(number: int, total: int) -> list[ChangeRecord]:
    """Return changes of which the first ones come with an entry of the changelog."""
    return [
        make_record(place, f"Draw chart {place}", paths=["src/chart.rs", *(["CHANGELOG.md"] if place < number else [])])
        for place in range(total)
    ]


@pytest.mark.parametrize(("number", "total", "is_kept"), [(4, 10, True), (3, 10, False), (4, 40, False)])
def test_change_without_entry_loses_points_where_others_have_one(number: int, total: int, is_kept: bool) -> None:
    records = make_entries(number, total)
    without = find_changes_without_entry(records)
    assert without == ({record.change.key for record in records[number:]} if is_kept else set())
    last = next(ranked for ranked in rank_changes(records, []) if ranked.record is records[-1])
    assert any("no entry" in reason for reason in last.reasons) is is_kept


@pytest.mark.parametrize(
    ("title", "is_code"),
    [
        ("Remove the allocation from `trim`", True),
        ("highlight: don't clone checked paths", True),
        ("Use find again instead of a raw loop", True),
        ("Skip copying files that did not change", False),
        ("Do not copy files twice", False),
        ("Allocate ports for each pier", False),
    ],
)
def test_title_about_an_allocation_or_a_loop_is_about_code(title: str, is_code: bool) -> None:
    assert is_about_code(title) is is_code


@pytest.mark.parametrize(
    ("title", "moves"),
    [
        ("Replace Bugsnag with Sentry", True),
        ("Migrate from Jenkins to Buildkite for releases", True),
        ("build: switch from `yarn` to `pnpm`", True),
        ("Replace Array with Slice", True),
        ("Replace the reader with a parser", False),
        ("Migrate to the new reader", False),
    ],
)
def test_move_from_one_tool_to_another_counts_where_many_files_change(title: str, moves: bool) -> None:
    many = [f"src/reader{number}.rb" for number in range(20)]
    assert ("changes_tool" in list_rules(title, paths=many)) is moves
    assert "changes_tool" not in list_rules(title, paths=many[:3])
