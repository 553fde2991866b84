"""The pictures of a product: which charts a period has, and the cover of a blog post.

The cover is the image shown when a post is shared: 1200×630 pixels, for light and dark pages, with the headline and no
numbers. How a chart looks belongs to `charts.py`.
"""

import io
import textwrap
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

import polars as pl

from resources.storage import FileSuffix
from sparky_assets.digests.charts.charts import draw_activity, draw_calendar, draw_flow, draw_repositories
from sparky_assets.digests.charts.style import (
    DARK_PALETTE,
    LIGHT_PALETTE,
    MATPLOTLIB_STYLE,
    Chart,
    ColorPalette,
    shorten_label,
)
from sparky_assets.digests.models import PictureFile
from sparky_assets.metrics.models import Metrics
from sparky_assets.metrics.trends import count_by_day
from sparky_assets.periods import Period, PeriodKind

if TYPE_CHECKING:
    from matplotlib.figure import Figure


COVER_WIDTH_PIXELS, COVER_HEIGHT_PIXELS, COVER_DPI = 1200, 630, 144
MAX_HEADLINE_LINE_LENGTH, MAX_HEADLINE_LINES = 36, 5

MIN_DURATIONS = 2
"""Durations that the flow chart needs; a chart of one says less than its row in the table."""

FLOW_MEDIAN_METRICS = ("time_to_first_review_median", "time_to_merge_median", "issue_time_to_close_median")


@dataclass(frozen=True)
class CoverContent:
    """Content of a cover: the headline, and below it whose period it is."""

    headline: str
    dateline: str

    @property
    def alt(self) -> str:
        """Alternative text of the cover."""
        return f"{self.headline}. {self.dateline}"


def draw_cover(cover: CoverContent, palette: ColorPalette = LIGHT_PALETTE) -> bytes:
    """Draw a cover as PNG."""
    import matplotlib as mpl  # noqa: PLC0415 (takes a second to import, which only pictures need)
    from matplotlib.figure import Figure  # noqa: PLC0415

    with mpl.rc_context(MATPLOTLIB_STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(
            figsize=(COVER_WIDTH_PIXELS / COVER_DPI, COVER_HEIGHT_PIXELS / COVER_DPI), facecolor=palette.card
        )
        _draw_text(figure, cover, palette)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=COVER_DPI, metadata={"Software": None})
    return buffer.getvalue()


def _draw_text(figure: "Figure", cover: CoverContent, palette: ColorPalette) -> None:
    max_length = MAX_HEADLINE_LINE_LENGTH * MAX_HEADLINE_LINES
    lines = textwrap.wrap(shorten_label(cover.headline, max_length), MAX_HEADLINE_LINE_LENGTH)[:MAX_HEADLINE_LINES]
    figure.text(0.06, 0.88, "\n".join(lines), fontsize=27, fontweight="bold", color=palette.ink, va="top",
                linespacing=1.3, parse_math=False)  # fmt: skip
    figure.text(0.06, 0.10, cover.dateline, fontsize=14, color=palette.muted, va="bottom", parse_math=False)


@dataclass(frozen=True)
class PictureData:
    """A picture with its bytes."""

    file: PictureFile
    data: bytes


@dataclass(frozen=True)
class ChartInputs:
    """The stored metrics that pictures are drawn from."""

    metrics: Metrics
    days: pl.DataFrame
    repositories: pl.DataFrame


def draw_charts(period: Period, inputs: ChartInputs) -> list[PictureData]:
    """Draw the charts of a week or month as SVG; a chart that would be empty or a single mark is left out."""
    pictures = []
    for chart in _list_charts(period, inputs):
        data = chart.render_svg().encode()
        pictures.append(PictureData(_build_picture_file(period, chart.name, "svg", chart.alt, data), data))
    return pictures


def draw_covers(period: Period, cover: CoverContent) -> list[PictureData]:
    """Draw the cover of a blog post for light and for dark pages."""
    pictures = []
    for name, palette in (("featured", LIGHT_PALETTE), ("featured_dark", DARK_PALETTE)):
        data = draw_cover(cover, palette)
        pictures.append(PictureData(_build_picture_file(period, name, "png", cover.alt, data), data))
    return pictures


def _list_charts(period: Period, inputs: ChartInputs) -> Iterator[Chart]:
    days: dict[date, int] = count_by_day(inputs.days)
    if sum(count > 0 for count in days.values()) > 1:
        yield draw_activity(inputs.days, period.label)
    if inputs.repositories.filter(pl.col("commits") > 0).height > 2:
        yield draw_repositories(inputs.repositories, period.label)
    if sum(inputs.metrics.find_value(name) is not None for name in FLOW_MEDIAN_METRICS) >= MIN_DURATIONS:
        yield draw_flow(inputs.metrics, period.label)
    if period.kind is PeriodKind.MONTHLY and any(days.values()):
        yield draw_calendar(days, period.label)


def _build_picture_file(period: Period, name: str, suffix: FileSuffix, alt: str, data: bytes) -> PictureFile:
    file = f"{period.label}-{name.replace('_', '-')}.{suffix}"
    return PictureFile(name=name, suffix=suffix, file=file, alt=alt, sha256=sha256(data).hexdigest())
