"""The pictures of a product: which charts a period has, and the cover of a blog post.

The cover is the image shown when a post is shared: 1200×630 pixels, for light and dark pages, drawn from the period's
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
MAX_HEADLINE_LINE_LENGTH, MAX_HEADLINE_LINES = 66, 3
MAX_COVER_REPOSITORIES = 4

MIN_DURATIONS = 2
"""Durations that the flow chart needs; a chart of one says less than its row in the table."""

FLOW_MEDIAN_METRICS = ("time_to_first_review_median", "time_to_merge_median", "issue_time_to_close_median")


@dataclass(frozen=True)
class CoverContent:
    """Content of a cover: title, headline, the busiest repositories by commits, and commits per day."""

    title: str
    headline: str
    repositories: tuple[tuple[str, int], ...]
    commits_per_day: tuple[int, ...]

    @property
    def alt(self) -> str:
        """Alternative text of the cover."""
        return f"{self.title}. {self.headline}"


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
        _draw_trend(figure, cover, palette)
        _draw_repository_bars(figure, cover, palette)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=COVER_DPI, metadata={"Software": None})
    return buffer.getvalue()


def _draw_text(figure: "Figure", cover: CoverContent, palette: ColorPalette) -> None:
    name, _, subtitle = shorten_label(cover.title, 80).partition(": ")
    figure.text(0.06, 0.90, name, fontsize=24, fontweight="bold", color=palette.ink, va="top", parse_math=False)
    figure.text(0.06, 0.79, subtitle, fontsize=13, color=palette.muted, va="top", parse_math=False)
    lines = textwrap.wrap(
        shorten_label(cover.headline, MAX_HEADLINE_LINE_LENGTH * MAX_HEADLINE_LINES), MAX_HEADLINE_LINE_LENGTH
    )[:MAX_HEADLINE_LINES]
    figure.text(0.06, 0.69, "\n".join(lines), fontsize=15, color=palette.ink, va="top", linespacing=1.35,
                parse_math=False)  # fmt: skip


def _draw_trend(figure: "Figure", cover: CoverContent, palette: ColorPalette) -> None:
    """Draw commits per day along the lower edge; a single day has no line."""
    if len(cover.commits_per_day) < 2 or not any(cover.commits_per_day):
        return
    axes = figure.add_axes((0.0, 0.0, 1.0, 0.2))
    axes.set_axis_off()
    axes.fill_between(
        range(len(cover.commits_per_day)), cover.commits_per_day, color=palette.series[0], alpha=0.18, linewidth=0
    )
    axes.plot(cover.commits_per_day, color=palette.series[0], linewidth=2.5)
    axes.set_xlim(0, len(cover.commits_per_day) - 1)
    axes.set_ylim(0, max(cover.commits_per_day) * 1.15)


def _draw_repository_bars(figure: "Figure", cover: CoverContent, palette: ColorPalette) -> None:
    """Draw the busiest repositories; a single one is already in the title."""
    if len(cover.repositories) < 2:
        return
    axes = figure.add_axes((0.06, 0.22, 0.88, 0.22))
    axes.set_axis_off()
    most = max(count for _, count in cover.repositories)
    for row, (name, count) in enumerate(cover.repositories):
        axes.barh(row, count, left=0, height=0.62, color=palette.series[1])
        axes.text(-most * 0.015, row, shorten_label(name.rpartition("/")[2], 24), ha="right", va="center", fontsize=11,
                  color=palette.ink, parse_math=False)  # fmt: skip
        axes.text(count + most * 0.012, row, f"{count:,}", ha="left", va="center", fontsize=11, color=palette.muted)
    axes.set_xlim(-most * 0.42, most * 1.1)
    axes.set_ylim(len(cover.repositories) - 0.5, -0.5)


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


def build_cover(title: str, headline: str, inputs: ChartInputs) -> CoverContent:
    """Collect the content of a cover from the metrics of its period."""
    active = inputs.repositories.filter(pl.col("commits") > 0).sort(["commits", "repository"], descending=[True, False])
    rows = tuple(active.select("repository", "commits").head(MAX_COVER_REPOSITORIES).iter_rows())
    counts = count_by_day(inputs.days)
    return CoverContent(title, headline, rows, tuple(counts[day] for day in sorted(counts)))


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
