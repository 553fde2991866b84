"""Areas of changes and stories."""

from typing import Any

import pytest

from sparky_assets.stories.areas import is_in_inner_area, name_change_area, name_story_area
from sparky_assets.stories.grouping.stories import build_stories
from tests.stories.record_helpers import make_record

NAMES = {("acme/tool", "crates/resolver"): "tide-resolver", ("acme/tool", "win"): "Windows launcher",
         ("acme/tool", "tool"): "tool"}  # fmt: skip


@pytest.mark.parametrize(("values", "area"), [
    ({"scope": "needle", "paths": ("win/a.rs",)}, "needle"),
    ({"labels": ("bug", "area/gauge"), "paths": ("win/a.rs",)}, "gauge"),
    ({"labels": ("A-needle",)}, "needle"),
    ({"paths": ("win/src/a.rs", "win/b.rs", "Cargo.lock", "tests/c.rs")}, "Windows launcher"),
    ({"paths": ("crates/resolver/src/a.rs",), "scope": "deps"}, "tide-resolver"),
    ({"paths": ("win/a.rs",), "scope": "bug"}, "Windows launcher"),
    ({"paths": ("win/a.rs",), "scope": "v2"}, "Windows launcher"),
    ({"paths": ("pier/a.py", "pier/b.py")}, "pier"),
    ({"paths": ("src/pier/a.py",)}, "pier"),
    ({"paths": ("src/a.py", "lib/b.py")}, ""),
    ({"paths": ("win/a.rs", "pier/a.py", "bay/a.py", "crates/resolver/a.rs")}, ""),
    ({"paths": ("win/a.rs", "crates/resolver/a.rs")}, ""),
    ({"paths": ("tool/a.rs",)}, ""),
])  # fmt: skip
def test_area_of_a_change_is_what_its_people_call_it(values: dict[str, Any], area: str) -> None:
    assert name_change_area(make_record(1, "Draw the bay", **values).change, NAMES) == area


def test_title_may_name_the_area_first() -> None:
    assert name_change_area(make_record(1, "gauge: Add a needle to it").change, NAMES) == "gauge"


def test_area_of_a_story_is_that_of_most_changes() -> None:
    first, second, third = (
        make_record(number, f"Draw {number}", paths=(path,)).change
        for number, path in enumerate(("win/a.rs", "win/b.rs", "crates/resolver/c.rs"), 1)
    )
    assert name_story_area([first, second, third], NAMES) == "Windows launcher"
    assert name_story_area([first, third], NAMES) == ""
    other = make_record(4, "Draw 4", repository="acme/other", paths=("win/a.rs",)).change
    assert name_story_area([first, other], NAMES) == ""


def test_story_has_the_area_of_its_changes() -> None:
    (story,) = build_stories([make_record(1, "Draw the bay", paths=("win/a.rs",))], area_names=NAMES)
    assert story.area == "Windows launcher"


@pytest.mark.parametrize(
    ("title", "scope", "is_inner"),
    [
        ("example: update colors", "", True),
        ("Update colors", "internal", True),
        ("maps: update colors", "ui", False),
        ("internal/testutils: add a new kind of lamp", "", True),
        ("test/maps: draw the pier", "", True),
        ("internal/maps: draw the pier", "", False),
    ],
)
def test_area_that_users_do_not_meet_is_inner(title: str, scope: str, is_inner: bool) -> None:
    assert is_in_inner_area(make_record(1, title, scope=scope).change) is is_inner
