"""Titles as news: the verb becomes a label, the rest stays to the letter."""

import pytest

from sparky_assets.stories.models import Change
from sparky_assets.stories.printing.announcing import adds_something, announce_change
from sparky_assets.stories.printing.phrasing import tell
from sparky_assets.stories.printing.sentences import tell_news
from tests.stories.record_helpers import make_record


def make_change(title: str, type_: str = "", area: str = "") -> Change:
    return make_record(1, title, type=type_, area=area).change


@pytest.mark.parametrize(
    ("title", "news"),
    [
        ("Add a gauge to the dial", "Added to the dial: a gauge"),
        ("feat: add new log-level `perf`", "New: log-level `perf`"),
        ("Introduce a new pass for keys", "New: pass for keys"),
        ("Adds the gauge to all docks (#12)", "Added to all docks: the gauge"),
        ("Add `gauge read` to print the dial", "New: `gauge read` to print the dial"),
        ("Add the attr case to queryEngines", "Added to queryEngines: the attr case"),
        ("Remove the old flag from the CLI", "Removed from the CLI: the old flag"),
        ("Support cooldown for new versions", "Now supported: cooldown for new versions"),
        ("Fix ANSI-aware truncation in `input list`", "Fixed: ANSI-aware truncation in `input list`"),
        ("Remove host checking for UDS", "Removed: host checking for UDS"),
        ("Support --ignore-gauges", "Now supported: --ignore-gauges"),
        ("Deprecate gauge.dial", "Deprecated: gauge.dial"),
        ("Drop support for Python 3.8", "Dropped: support for Python 3.8"),
        ("Deprecate `str upcase` in favor of `str uppercase`", "Deprecated: `str upcase` in favor of `str uppercase`"),
    ],
)
def test_verb_of_a_title_becomes_a_label(title: str, news: str) -> None:
    announced = announce_change(make_change(title))
    assert announced is not None
    assert announced.fill(announced.text).text == news


@pytest.mark.parametrize(
    "title",
    [
        "Submodules are no longer imported",
        "Add a gauge and fix the needle",
        "Add tests for the gauge",
        "Add rectilinear gauge reading tests",
        "Add and use a gauge of the tide",
        "Add missing header to the answer",
        "admin: Remove host checking for sockets",
        "Update the docs of the gauge",
        "Add x",
        "Handle float ranges better",
        "Restore tide marks if the dial is lit",
        "Restore parallel tides concurrently",
        "Enable the lamp whenever a ship is near",
        "Add Harbour#tides for getting access to LAMP tides",
        "Add lit() method to Harbour for drawing the lamps",
        "Add a conversion to `Tide`",
        "Add the blog to acme/docs",
    ],
)
def test_title_that_a_label_would_not_fit_stays_as_it_is(title: str) -> None:
    assert announce_change(make_change(title)) is None


def test_fix_that_adds_something_is_not_new() -> None:
    assert announce_change(make_change("Add a bound to the loop", "fix")) is None


def test_change_with_an_area_keeps_its_title() -> None:
    assert announce_change(make_change("Add zoom to it", area="seat-map")) is None


def test_label_names_the_project_behind_its_preposition() -> None:
    removed = announce_change(make_change("Remove host checking for UDS"))
    assert removed is not None
    assert removed.fill(removed.text, "caddy").text == "Removed from caddy: host checking for UDS"


@pytest.mark.parametrize("title", ["Allow `a` to be b", "Introducing polars map-batches", "Supports tabs", "Add a map"])
def test_title_of_an_ability_adds_something(title: str) -> None:
    assert adds_something(make_change(title))


@pytest.mark.parametrize("title", ["Fix the map", "Address the review", "Letters of the map", "Make it faster"])
def test_title_of_something_else_adds_nothing(title: str) -> None:
    assert not adds_something(make_change(title))


@pytest.mark.parametrize(
    ("title", "heading"),
    [
        ("cli: add an option to limit maps", "New in cli: an option to limit maps"),
        ("admin: Remove host checking for sockets", "Removed from admin: host checking for sockets"),
        ("colocation: report the error of a missing pier", "colocation: report the error of a missing pier"),
        ("cli: add maps to the engines of piers", "cli: add maps to the engines of piers"),
    ],
)
def test_heading_names_the_area_of_a_title_behind_its_label(title: str, heading: str) -> None:
    change = make_change(title)
    assert tell("H-TITLE", "stories.heading", title=tell_news(change, names_repository=False)).text == heading
