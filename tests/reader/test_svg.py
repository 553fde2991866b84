"""Drawings of the statistics pages: labels, links, scales, gaps, and names of strangers as text."""

import re
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from sparky_assets.reader.pages.svg import (
    CHART_WIDTH_PIXELS,
    LABEL_PIXELS,
    draw_bars,
    draw_calendar,
    draw_durations,
    draw_horizontal_bars,
    sum_by_month,
)

HOSTILE = '<script>alert("1")</script>&'


def count_tags(drawing: str, tag: str) -> int:
    """Return how often an element occurs in a drawing, which must be well-formed XML."""
    return sum(element.tag == tag for element in ElementTree.fromstring(drawing).iter())


def get_label(drawing: str) -> str:
    return ElementTree.fromstring(drawing).attrib["aria-label"]


def test_calendar_has_a_square_per_day_and_links_to_digests() -> None:
    first = date(2025, 11, 1)
    counts: dict[date, int | None] = {first + timedelta(days=number): number for number in range(30)}
    counts[first] = None
    drawing = draw_calendar(counts, frozenset({date(2025, 11, 12), date(2024, 1, 1)}), "commits")
    assert count_tags(drawing, "rect") == 30
    assert re.findall(r'href="([^"]+)"', drawing) == ["/day/2025-11-12"]
    assert "2025-11-01: not counted" in drawing
    assert get_label(drawing) == "Calendar: 435 commits from 2025-11-01 to 2025-11-30, at most 29 a day."


def test_calendar_shades_follow_the_busiest_day() -> None:
    day = date(2025, 11, 12)
    drawing = draw_calendar({day: 0, day + timedelta(days=1): 100, day + timedelta(days=2): None}, frozenset(), "x")
    assert re.findall(r'class="(h\w)"', drawing) == ["h0", "h4", "hn"]
    assert re.findall(r'class="(h\w)"', draw_calendar({day: 0}, frozenset(), "x")) == ["h0"]


def test_bars_have_heights_by_value_and_gaps_for_missing_ones() -> None:
    drawing = draw_bars([("W1", 10), ("W2", None), ("W3", 5), ("W4", 0)], "Commits by week")
    heights = [float(height) for height in re.findall(r'class="bar-1".*?height="([\d.]+)"', drawing)]
    assert heights[0] == pytest.approx(2 * heights[1])
    assert heights[2] == 0
    assert len(heights) == 3
    assert get_label(drawing) == "Commits by week"


@pytest.mark.parametrize("count", [1, 8, 9, 60, 160])
def test_bars_of_any_number_of_periods_fit_and_few_are_named(count: int) -> None:
    drawing = draw_bars([(f"P{number}", number) for number in range(count)], "Commits")
    names = re.findall(r">(P\d+)</text>", drawing)
    assert 1 <= len(names) <= 8
    assert int(ElementTree.fromstring(drawing).attrib["width"]) <= CHART_WIDTH_PIXELS
    assert all(0 <= float(x) <= CHART_WIDTH_PIXELS for x in re.findall(r' x="([\d.]+)"', drawing))


def test_bars_without_values_are_drawn_without_a_bar() -> None:
    assert count_tags(draw_bars([], "Nothing"), "rect") == 0
    assert count_tags(draw_bars([("W1", None)], "Nothing"), "rect") == 0
    assert count_tags(draw_bars([("W1", Decimal("0.5"))], "Hours"), "rect") == 1


def test_horizontal_bars_shorten_names_and_show_numbers() -> None:
    drawing = draw_horizontal_bars([("a" * 40, 1200), ("b" * 36, 600)], "Files")
    assert ">" + "a" * 35 + "…</text>" in drawing
    assert ">" + "b" * 36 + "</text>" in drawing
    assert ">1,200</text>" in drawing
    widths = [float(width) for width in re.findall(r'class="bar-1".*?width="([\d.]+)"', drawing)]
    assert widths[0] == pytest.approx(2 * widths[1])


def test_durations_lie_on_one_logarithmic_scale() -> None:
    rows = [("merge", Decimal(1), Decimal(10)), ("review", Decimal(10), Decimal(100))]
    drawing = draw_durations(rows, "Durations")
    lines = re.findall(r'class="range" x1="([\d.]+)" x2="([\d.]+)"', drawing)
    (first, second), (third, fourth) = [(float(left), float(right)) for left, right in lines]
    assert second == pytest.approx(third)
    assert second - first == pytest.approx(fourth - third, abs=0.2)
    assert count_tags(draw_durations([], "None"), "line") == 0


def test_names_of_strangers_are_text() -> None:
    drawings = [
        draw_horizontal_bars([(HOSTILE, 1)], HOSTILE),
        draw_bars([(HOSTILE, 1)], HOSTILE),
        draw_durations([(HOSTILE, Decimal(1), Decimal(2))], HOSTILE),
    ]
    assert [count_tags(drawing, "script") for drawing in drawings] == [0, 0, 0]
    assert [get_label(drawing) for drawing in drawings] == [HOSTILE] * 3


def test_months_of_a_calendar_are_summed_in_order() -> None:
    counts = {date(2025, 10, 31): 2, date(2025, 11, 1): None, date(2025, 11, 2): 3}
    assert sum_by_month(counts) == [("2025-10", 2), ("2025-11", 3)]


@pytest.mark.parametrize("count", [1, 2, 4, 8, 13, 60])
def test_names_below_bars_never_touch_and_the_newest_is_named(count: int) -> None:
    labels = [f"2026-W{number:02d}" for number in range(1, count + 1)]
    drawing = str(draw_bars([(label, 1) for label in labels], "Commits by week"))
    texts = re.findall(r'<text x="([\d.]+)" y="\d+" text-anchor="(\w+)">(2026-W\d\d)<', drawing)
    ends = [(float(x) - LABEL_PIXELS / 2, float(x) + LABEL_PIXELS / 2) for x, anchor, _ in texts if anchor == "middle"]
    assert len(ends) == len(texts)
    assert ends[0][0] >= 0 and ends[-1][1] <= CHART_WIDTH_PIXELS
    assert texts[-1][2] == labels[-1]
    assert all(right < left for (_, right), (left, _) in pairwise(ends))
