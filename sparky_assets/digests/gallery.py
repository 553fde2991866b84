"""Which pictures a period has, drawn from the numbers of its audience. What they look like: `charts.py`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

import polars as pl

from resources.storage import Suffix
from sparky_assets.digests.charts import counts_by_day, draw_activity, draw_calendar, draw_flow, draw_repositories
from sparky_assets.digests.featured import Cover, draw_cover
from sparky_assets.digests.pictures import DARK, LIGHT, Picture
from sparky_assets.digests.products import PictureFile
from sparky_assets.metrics.models import Metrics
from sparky_assets.periods import Period, PeriodKind

LEAST_DURATIONS = 2
"""A picture of one duration says less than its row in the table."""
FLOWS = ("time_to_first_review_median", "time_to_merge_median", "issue_time_to_close_median")


@dataclass(frozen=True)
class Drawn:
    """A picture and its bytes."""

    file: PictureFile
    data: bytes


@dataclass(frozen=True)
class Numbers:
    """What pictures are drawn from."""

    metrics: Metrics
    days: pl.DataFrame
    repositories: pl.DataFrame


def draw_pictures(period: Period, known: Numbers) -> list[Drawn]:
    """The charts of a week or month; none that would be empty or a single mark."""
    return [
        Drawn(_file(period, picture.name, "svg", picture.alt, data), data)
        for picture in _pictures(period, known)
        for data in [picture.svg().encode()]
    ]


def draw_covers(period: Period, cover: Cover) -> list[Drawn]:
    """The featured image of a blog post, 1200×630, for light and for dark."""
    return [
        Drawn(_file(period, name, "png", cover.alt, data), data)
        for name, palette in (("featured", LIGHT), ("featured_dark", DARK))
        for data in [draw_cover(cover, palette)]
    ]


def cover_of(title: str, headline: str, known: Numbers) -> Cover:
    """What the featured image tells."""
    moved = known.repositories.filter(pl.col("commits") > 0).sort(["commits", "repository"], descending=[True, False])
    rows = tuple(moved.select("repository", "commits").head(4).iter_rows())
    counts = counts_by_day([known.days])
    return Cover(title, headline, rows, tuple(counts[day] for day in sorted(counts)))


def _pictures(period: Period, known: Numbers) -> Iterator[Picture]:
    days: dict[date, int] = counts_by_day([known.days])
    if sum(count > 0 for count in days.values()) > 1:
        yield draw_activity(known.days, period.label)
    if known.repositories.filter(pl.col("commits") > 0).height > 2:
        yield draw_repositories(known.repositories, period.label)
    if sum(known.metrics.find(name) is not None for name in FLOWS) >= LEAST_DURATIONS:
        yield draw_flow(known.metrics, period.label)
    if period.kind is PeriodKind.MONTHLY and any(days.values()):
        yield draw_calendar(days, period.label)


def _file(period: Period, name: str, suffix: Suffix, alt: str, data: bytes) -> PictureFile:
    file = f"{period.label}-{name.replace('_', '-')}.{suffix}"
    return PictureFile(name=name, suffix=suffix, file=file, alt=alt, sha256=sha256(data).hexdigest())
