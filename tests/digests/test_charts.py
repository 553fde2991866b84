"""Charts: reproducible bytes, alternative text, light and dark palettes, and no foreign markup."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from xml.etree import ElementTree

import polars as pl
import pytest

from sparky_assets.digests.charts.charts import (
    compute_heat_level,
    draw_activity,
    draw_calendar,
    draw_flow,
    draw_repositories,
)
from sparky_assets.digests.charts.style import DARK_PALETTE, LIGHT_PALETTE, Chart
from sparky_assets.metrics.compute import compute_metrics
from sparky_assets.metrics.trends import count_by_day
from tests.strategies.organisation import organisation

MADE = organisation(6, 40, "Europe/Berlin")
COMPUTED = compute_metrics(MADE.raw(), MADE.period, MADE.window)
YEAR = {date(2025, 1, 1) + timedelta(days=number): number % 9 for number in range(365)}
HOSTILE = "acme/<script>alert(1)</script>$\\frac{1}{0}$ & \x07\u202e日本"
PICTURES: dict[str, Callable[[], Chart]] = {
    "activity": lambda: draw_activity(COMPUTED.days, "2025-W43"),
    "calendar": lambda: draw_calendar(YEAR, "2025"),
    "repositories": lambda: draw_repositories(COMPUTED.repositories, "2025-W43"),
    "flow": lambda: draw_flow(COMPUTED.metrics, "2025-W43"),
}


def hostile_repositories() -> pl.DataFrame:
    names = [HOSTILE, *(f"acme/{number}" for number in range(20))]
    return pl.DataFrame({"repository": names, "commits": list(range(30, 30 - len(names), -1))})


@pytest.mark.parametrize("name", PICTURES)
def test_chart_rendered_twice_has_the_same_bytes(name: str) -> None:
    assert PICTURES[name]().render_svg() == PICTURES[name]().render_svg()


@pytest.mark.parametrize("name", PICTURES)
def test_chart_has_alternative_text_and_follows_dark_mode(name: str) -> None:
    picture = PICTURES[name]()
    root = ElementTree.fromstring(picture.render_svg())
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    labelled = [root.find(f"{space}{part}") for part in ("title", "desc")]
    assert root.get("aria-labelledby") == " ".join(str(label.get("id")) for label in labelled if label is not None)
    assert [label.text for label in labelled if label is not None] == [picture.title, picture.alt]
    assert re.search(r"\d", picture.alt)
    assert "prefers-color-scheme:dark" in picture.render_svg()
    assert root.findall(f".//{space}text")


@pytest.mark.parametrize("name", PICTURES)
def test_chart_loads_nothing_from_the_network(name: str) -> None:
    svg = PICTURES[name]().render_svg()
    addresses = set(re.findall(r"https?://[^\"'<> ]+", svg))
    assert addresses <= {
        "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink",
        "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd",
    }  # fmt: skip
    assert "<script" not in svg


def test_chart_uses_only_colors_with_a_dark_counterpart() -> None:
    light = [
        LIGHT_PALETTE.card,
        LIGHT_PALETTE.ink,
        LIGHT_PALETTE.muted,
        LIGHT_PALETTE.grid,
        *LIGHT_PALETTE.series,
        *LIGHT_PALETTE.heat,
    ]
    assert len(set(light)) == len(light)
    used = set(
        re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", "".join(make().render_svg() for make in PICTURES.values()))
    )
    assert used <= set(light)


@pytest.mark.parametrize("palette", [LIGHT_PALETTE, DARK_PALETTE])
def test_palette_text_has_enough_contrast(palette: object) -> None:
    def luminance(color: str) -> float:
        parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for color in (palette.ink, palette.muted, *palette.series):  # type: ignore[attr-defined]
        low, high = sorted((luminance(color), luminance(palette.card)))  # type: ignore[attr-defined]
        assert (high + 0.05) / (low + 0.05) >= 4.5, color


def test_chart_shows_hostile_names_as_text() -> None:
    picture = draw_repositories(hostile_repositories(), "now")
    svg = picture.render_svg()
    assert "<script>alert" not in svg
    assert ElementTree.fromstring(svg) is not None
    assert "and 9 others with" in picture.alt


def test_chart_of_an_empty_period_says_so() -> None:
    quiet = compute_metrics(organisation(0, 0).raw(), MADE.period, MADE.window)
    pictures = [
        draw_activity(quiet.days, "now"), draw_repositories(quiet.repositories, "now"), draw_flow(quiet.metrics, "now"),
        draw_calendar({date(2025, 1, 1): 0}, "now"),
    ]  # fmt: skip
    assert all(picture.render_svg() for picture in pictures)
    assert "no activity" in pictures[0].alt


def test_calendar_counts_the_days_of_several_periods() -> None:
    counts = count_by_day(COMPUTED.days)
    assert len(counts) == 7
    assert sum(counts.values()) == COMPUTED.metrics.get_value("commits")


@pytest.mark.parametrize(("count", "expected"), [(0, 0), (1, 1), (25, 1), (26, 2), (75, 3), (76, 4), (100, 4)])
def test_heat_level_follows_quarters_of_the_busiest_day(count: int, expected: int) -> None:
    assert compute_heat_level(count, 100) == expected
