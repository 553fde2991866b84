"""Drawings of the statistics pages as SVG in the page: no script, no picture to fetch, colours by the page's own style.

A drawing says what it shows in its label; the page puts the same numbers in a table beside it. Pure.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from math import ceil

from markupsafe import Markup

from sparky_assets.digests.charts.charts import compute_heat_level
from sparky_assets.periods import MONTH_NAMES, Period, PeriodKind, period_of_day
from sparky_assets.reader.formatting import digest_url
from sparky_assets.text.words import format_duration

CELL_PIXELS = 13
"""Side of a day's square with its gap; 53 weeks are 689 wide."""


CHART_WIDTH_PIXELS, CHART_HEIGHT_PIXELS = 720, 170


LABEL_PIXELS = 62
"""The longest name of a period, `2025-11-12`, at 11 pixels."""


MAX_BAR_PIXELS = 44
"""A bar of a history; two months would else be two walls."""


def draw_calendar(counts: Mapping[date, int | None], linked: frozenset[date], noun: str) -> Markup:
    """A square a day, weeks as columns, Monday first; a day with a digest leads to it."""
    first, last = min(counts), max(counts)
    monday = first - timedelta(days=first.weekday())
    most = max((count or 0 for count in counts.values()), default=0)
    weeks = (last - monday).days // 7 + 1
    parts = []
    for day, count in sorted(counts.items()):
        week, weekday = divmod((day - monday).days, 7)
        words = f"{count:,} {noun}" if count is not None else "not counted"
        shade = "hn" if count is None else f"h{compute_heat_level(count, most) if most else 0}"
        shape = Markup(
            '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="2"><title>{}: {}</title></rect>'
        ).format(shade, 30 + week * CELL_PIXELS, 18 + weekday * CELL_PIXELS, CELL_PIXELS - 2, CELL_PIXELS - 2, day,
                 words)  # fmt: skip
        if day in linked:
            page = digest_url(Period(PeriodKind.DAILY, day))
            shape = Markup('<a href="{}" tabindex="-1">{}</a>').format(page, shape)
        parts.append(shape)
    for week in range(weeks):
        day = monday + timedelta(weeks=week)
        if week == 0 or day.day <= 7:
            label = Markup('<text x="{}" y="11">{}</text>').format(
                30 + week * CELL_PIXELS, MONTH_NAMES[day.month - 1][:3]
            )
            # The month that a calendar begins in is named only where its name has room before the next.
            if week or (monday + timedelta(weeks=3)).month == monday.month:
                parts.append(label)
    for number, name in ((0, "Mon"), (2, "Wed"), (4, "Fri")):
        parts.append(Markup('<text x="0" y="{}">{}</text>').format(27 + number * CELL_PIXELS, name))
    total = sum(count or 0 for count in counts.values())
    description = f"Calendar: {total:,} {noun} from {first} to {last}, at most {most:,} a day."
    # A group, for an image may hold no links.
    return _wrap_svg(30 + weeks * CELL_PIXELS, 18 + 7 * CELL_PIXELS, description, parts, role="group")


def draw_bars(points: Sequence[tuple[str, int | Decimal | None]], description: str) -> Markup:
    """A bar a period, oldest left; a gap where nothing was counted. Every few bars are named."""
    most = max((value for _, value in points if value is not None), default=0) or 1
    step = min((CHART_WIDTH_PIXELS - 40 - LABEL_PIXELS // 2) / max(1, len(points)), MAX_BAR_PIXELS + 12)
    width = max(200, round(40 + step * len(points) + LABEL_PIXELS // 2))
    every = max(1, -(-len(points) // 8), ceil((LABEL_PIXELS + 8) / step))
    parts = [_draw_axis(most, width)]
    for number, (label, value) in enumerate(points):
        x = 40 + number * step
        if value is not None:
            height = float(value / most) * (CHART_HEIGHT_PIXELS - 40)
            title = f"{label}: {value:,}"
            parts.append(
                _draw_bar(x, CHART_HEIGHT_PIXELS - 24 - height, min(MAX_BAR_PIXELS, max(1.5, step - 3)), height, title)
            )
        if (len(points) - 1 - number) % every == 0:  # the newest has its name
            middle = x + min(MAX_BAR_PIXELS, step) / 2
            parts.append(_draw_text(middle, CHART_HEIGHT_PIXELS - 8, label, anchor="middle"))
    return _wrap_svg(width, CHART_HEIGHT_PIXELS, description, parts)


def draw_horizontal_bars(rows: Sequence[tuple[str, int]], description: str) -> Markup:
    """A bar a thing, longest first, with its name before and its number behind."""
    most = max((value for _, value in rows), default=0) or 1
    parts = []
    for number, (name, value) in enumerate(rows):
        y = number * 24
        width = value / most * (CHART_WIDTH_PIXELS - 330)
        parts.append(Markup('<text class="ink" x="0" y="{}">{}</text>').format(y + 15, _shorten_name(name)))
        parts.append(_draw_bar(260, y + 3, width, 16, f"{name}: {value:,}"))
        parts.append(_draw_text(266 + width, y + 15, f"{value:,}"))
    return _wrap_svg(CHART_WIDTH_PIXELS, max(1, len(rows)) * 24, description, parts)


def draw_durations(rows: Sequence[tuple[str, Decimal, Decimal]], description: str) -> Markup:
    """A line a duration from its median to its 90th percentile, on a scale where each step is ten times the last."""
    low, high = Decimal("0.05"), max((p90 for _, _, p90 in rows), default=Decimal(24)) * 2 or Decimal(24)
    span = (high / low).log10() or Decimal(1)

    def at(hours: Decimal) -> float:
        return 190 + float((max(hours, low) / low).log10() / span) * (CHART_WIDTH_PIXELS - 240)

    parts = []
    for number, (name, median, p90) in enumerate(rows):
        y, left, right = 22 + number * 44, at(median), at(p90)
        drawn = Markup(
            '<text class="ink" x="0" y="{y}">{name}</text>'
            '<line class="range" x1="{a:.1f}" x2="{b:.1f}" y1="{m}" y2="{m}"></line>'
            '<circle class="bar-1" cx="{a:.1f}" cy="{m}" r="5"></circle>'
            '<rect class="bar-2" x="{c:.1f}" y="{d}" width="8" height="8"></rect>'
            '<text x="{a:.1f}" y="{up}" text-anchor="middle">{median}</text>'
            '<text x="{b:.1f}" y="{down}" text-anchor="middle">{p90}</text>'
        )
        places = {"y": y, "a": left, "b": right, "c": right - 4, "m": y - 4, "d": y - 8, "up": y - 13, "down": y + 15}
        parts.append(drawn.format(name=name, median=format_duration(median), p90=format_duration(p90), **places))
    return _wrap_svg(CHART_WIDTH_PIXELS, max(1, len(rows)) * 44 + 8, description, parts)


def sum_by_month(counts: Mapping[date, int | None]) -> list[tuple[str, int]]:
    """Return the months of a calendar with their sums, for the table beside it."""
    sums: dict[str, int] = {}
    for day, count in counts.items():
        month = period_of_day(PeriodKind.MONTHLY, day).label
        sums[month] = sums.get(month, 0) + (count or 0)
    return list(sums.items())


def _draw_bar(x: float, y: float, width: float, height: float, title: str) -> Markup:
    shape = '<rect class="bar-1" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>'
    return Markup(shape).format(x, y, width, height, title)  # noqa: S704 - the constant above


def _draw_text(x: float, y: float, words: str, anchor: str = "start") -> Markup:
    return Markup('<text x="{:.1f}" y="{}" text-anchor="{}">{}</text>').format(x, y, anchor, words)


def _shorten_name(name: str) -> str:
    return name if len(name) <= 36 else f"{name[:35]}…"


def _draw_axis(maximum: int | Decimal, width: int) -> Markup:
    lines = []
    for share in (Decimal("0.5"), Decimal(1)):
        y = CHART_HEIGHT_PIXELS - 24 - float(share) * (CHART_HEIGHT_PIXELS - 40)
        shown = f"{maximum * share:,.0f}" if maximum >= 4 else f"{maximum * share:.1f}"
        lines.append(
            Markup('<line class="axis" x1="40" x2="{}" y1="{y}" y2="{y}"></line><text x="0" y="{}">{}</text>').format(
                width, y + 4, shown, y=y
            )
        )
    base = CHART_HEIGHT_PIXELS - 24
    lines.append(Markup('<line class="axis" x1="40" x2="{}" y1="{y}" y2="{y}"></line>').format(width, y=base))
    return Markup().join(lines)


def _wrap_svg(width: int, height: int, description: str, parts: Sequence[Markup], role: str = "img") -> Markup:
    head = Markup('<svg class="{}" viewBox="0 0 {} {}" width="{}" height="{}" role="{}" aria-label="{}">').format(
        "wide" if width > 480 else "", width, height, width, height, role, description
    )
    return head + Markup().join(parts) + Markup("</svg>")
