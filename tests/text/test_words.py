"""Words and durations, and that each rule on text exists once in the product."""

from decimal import Decimal
from pathlib import Path

import pytest

from sparky_assets.periods import MONTH_NAMES, WEEKDAY_NAMES
from sparky_assets.text.words import find_code_names, format_duration, names_code, short_name

ROOT = Path(__file__).parents[2]
RULES = {
    "weekday names": '"Tuesday"',
    "month names": '"February"',
    "duration as text": "hours:.1f} h",
    "categories of invisible characters": '"Cc", "Cf"',
    "conventional prefix": r"\([^()]{1,40}\)",
    "counts per day": "date.fromisoformat(day): count",
    "id of an advisory": "GHSA(?:-",
    "reverted commit": "reverts? (?:commit",
}


@pytest.mark.parametrize("rule", RULES)
def test_rule_on_text_exists_in_one_module(rule: str) -> None:
    modules = [path for path in (ROOT / "sparky_assets").rglob("*.py") if RULES[rule] in path.read_text()]
    assert len(modules) == 1


@pytest.mark.parametrize(
    ("hours", "long", "short"),
    [("0.30", "18 min", "18 min"), ("5.50", "5.5 h", "5.5 h"), ("76.80", "3.2 days", "3.2 d")],
)
def test_duration_has_a_unit_of_its_size(hours: str, long: str, short: str) -> None:
    assert format_duration(Decimal(hours)) == long
    assert format_duration(Decimal(hours), day_unit="d") == short


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Add solver.min-release-age beside --wait and RequestKey", {"solver.min-release-age", "--wait", "RequestKey"}),
        ("Read a_b and fooBar", {"fooBar"}),
        ("Draw the Map of READMEs", set()),
    ],
)
def test_names_of_code_are_found_from_a_length(text: str, names: set[str]) -> None:
    assert find_code_names(text, 5) == names


@pytest.mark.parametrize(
    ("text", "is_code"),
    [
        ("use --tide", True), ("read `tide`", True), ("tide_map", True), ("tideMap", True), ("tide.map", True),
        ("a built-in map", False), ("A Map of TIDES", False), ("The end. Of it", False),
    ],
)  # fmt: skip
def test_code_is_named_for_sure(text: str, is_code: bool) -> None:
    assert names_code(text) is is_code


def test_names_begin_with_monday_and_january() -> None:
    assert (WEEKDAY_NAMES[0], WEEKDAY_NAMES[6], len(WEEKDAY_NAMES)) == ("Monday", "Sunday", 7)
    assert (MONTH_NAMES[0], MONTH_NAMES[11], len(MONTH_NAMES)) == ("January", "December", 12)


@pytest.mark.parametrize(
    ("repository", "name"),
    [("acme/tool", "tool"), ("acme/v2", "acme"), ("gitlab/acme/v3", "acme"), ("v2", "v2"), ("acme/v2ray", "v2ray")],
)
def test_repository_called_by_a_major_version_has_the_name_of_its_owner(repository: str, name: str) -> None:
    assert short_name(repository) == name
