"""Which pictures a period has, drawn from the numbers of its audience. What they look like: `charts.py`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

import polars as pl

from resources.storage import FileSuffix
from sparky_assets.digests.charts.charts import count_by_day, draw_activity, draw_calendar, draw_flow, draw_repositories
from sparky_assets.digests.charts.images import CoverContent, draw_cover
from sparky_assets.digests.charts.style import DARK_PALETTE, LIGHT_PALETTE, Chart
from sparky_assets.digests.products import PictureFile
from sparky_assets.metrics.models import Metrics
from sparky_assets.periods import Period, PeriodKind

MIN_DURATIONS = 2
"""A picture of one duration says less than its row in the table."""


FLOW_MEDIAN_METRICS = ("time_to_first_review_median", "time_to_merge_median", "issue_time_to_close_median")


@dataclass(frozen=True)
class PictureData:
    """A picture and its bytes."""

    file: PictureFile
    data: bytes


@dataclass(frozen=True)
class ChartInputs:
    """What pictures are drawn from."""

    metrics: Metrics
    days: pl.DataFrame
    repositories: pl.DataFrame


def draw_charts(period: Period, inputs: ChartInputs) -> list[PictureData]:
    """The charts of a week or month; none that would be empty or a single mark."""
    return [
        PictureData(_build_picture_file(period, picture.name, "svg", picture.alt, data), data)
        for picture in _list_charts(period, inputs)
        for data in [picture.render_svg().encode()]
    ]


def draw_covers(period: Period, cover: CoverContent) -> list[PictureData]:
    """The featured image of a blog post, 1200×630, for light and for dark."""
    return [
        PictureData(_build_picture_file(period, name, "png", cover.alt, data), data)
        for name, palette in (("featured", LIGHT_PALETTE), ("featured_dark", DARK_PALETTE))
        for data in [draw_cover(cover, palette)]
    ]


def build_cover(title: str, headline: str, inputs: ChartInputs) -> CoverContent:
    """What the featured image tells."""
    moved = inputs.repositories.filter(pl.col("commits") > 0).sort(["commits", "repository"], descending=[True, False])
    rows = tuple(moved.select("repository", "commits").head(4).iter_rows())
    counts = count_by_day([inputs.days])
    return CoverContent(title, headline, rows, tuple(counts[day] for day in sorted(counts)))


def _list_charts(period: Period, inputs: ChartInputs) -> Iterator[Chart]:
    days: dict[date, int] = count_by_day([inputs.days])
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
