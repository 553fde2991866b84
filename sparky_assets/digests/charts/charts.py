"""The four charts of a period: activity over time, a calendar, repositories, and durations. Pure.

They draw counted metrics and add no numbers of their own. No chart shows people. Colors belong to `style.py`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from sparky_assets.digests.charts.style import LIGHT_PALETTE, Chart, ColorPalette, shorten_label, style_axes
from sparky_assets.metrics.models import Metrics
from sparky_assets.periods import MONTH_NAMES, WEEKDAY_NAMES
from sparky_assets.text.words import format_duration

if TYPE_CHECKING:
    from matplotlib.figure import Figure


ACTIVITY_METRICS = {
    "commits": "commits", "pull_requests_merged": "merged pull requests", "reviews": "reviews",
    "issues_closed": "issues closed",
}  # fmt: skip


FLOW_METRICS = {
    "time_to_first_response": "First response", "time_to_first_review": "First review", "time_in_review": "In review",
    "time_to_merge": "To merge", "issue_time_to_first_response": "Issue to first response",
    "issue_time_to_close": "Issue to close", "lead_time_for_changes": "Commit to release",
}  # fmt: skip


MAX_REPOSITORIES, HEAT_LEVELS = 12, len(LIGHT_PALETTE.heat)


def draw_activity(days: pl.DataFrame, label: str) -> Chart:
    """Draw a line over the days of a period for each kind of event that happened; unmeasured kinds are left out."""
    names = [name for name in ACTIVITY_METRICS if days[name].null_count() < days.height and days[name].sum()]
    values = {name: days[name].fill_null(0).to_list() for name in names}
    dates = [date.fromisoformat(day) for day in days["day"].to_list()]

    def draw(figure: "Figure", palette: ColorPalette) -> None:
        # One panel per kind: next to thirty commits a day, three releases would be a flat line.
        panels = figure.subplots(max(1, len(names)), 1, sharex=True, squeeze=False)[:, 0]
        for axes, name, color in zip(panels, names, palette.series, strict=False):
            style_axes(axes, palette)
            axes.fill_between(range(len(dates)), values[name], color=color, alpha=0.15, linewidth=0)
            axes.plot(values[name], color=color, linewidth=1.8, marker="o", markersize=3)
            axes.set_ylim(0, max(values[name]) * 1.25)
            axes.yaxis.get_major_locator().set_params(integer=True, nbins=3)
            axes.set_title(ACTIVITY_METRICS[name], loc="left", color=color, fontsize=9)
        ticks = list(range(0, len(dates), 1 if len(dates) <= 7 else 7))
        panels[-1].set_xticks(ticks, [f"{dates[tick].day} {MONTH_NAMES[dates[tick].month - 1][:3]}" for tick in ticks])
        if not names:
            _draw_empty_note(figure, palette, panels[-1], "no activity")

    summary = "; ".join(
        f"{sum(values[name]):,} {ACTIVITY_METRICS[name]}, at most {max(values[name]):,} a day" for name in names
    )
    alt = f"{label}: {summary or 'no activity'}."
    return Chart("activity", f"Activity, {label}", alt, 7.2, 1.1 + 1.15 * max(1, len(names)), draw)


def draw_calendar(counts: Mapping[date, int], label: str, noun: str = "commits") -> Chart:
    """Draw a square for each day, with weeks as columns from Monday; darker squares are busier days."""
    first, last = min(counts), max(counts)
    monday = first - timedelta(days=first.weekday())
    weeks = (last - monday).days // 7 + 1
    max_count = max(counts.values())

    def draw(figure: "Figure", palette: ColorPalette) -> None:
        from matplotlib.patches import Rectangle  # noqa: PLC0415

        axes = figure.subplots()
        style_axes(axes, palette, grid=None)
        axes.spines["bottom"].set_visible(False)
        for day, count in sorted(counts.items()):
            week, weekday = divmod((day - monday).days, 7)
            color = palette.heat[compute_heat_level(count, max_count)]
            axes.add_patch(Rectangle((week + 0.08, weekday + 0.08), 0.84, 0.84, facecolor=color, linewidth=0))
        axes.set_xlim(0, weeks)
        axes.set_ylim(7, 0)
        axes.set_aspect("equal", anchor="W")
        axes.set_yticks([0.5, 2.5, 4.5], [WEEKDAY_NAMES[number][:3] for number in (0, 2, 4)])
        # A column is labelled by its Sunday, since the week of 30 December includes the first of January.
        sundays = [min(last, monday + timedelta(weeks=week, days=6)) for week in range(weeks)]
        ticks = [week for week, day in enumerate(sundays) if week == 0 or day.month != sundays[week - 1].month]
        axes.set_xticks([week + 0.5 for week in ticks], [MONTH_NAMES[sundays[week].month - 1][:3] for week in ticks])
        axes.xaxis.tick_top()

    busiest = min(day for day, count in counts.items() if count == max_count)
    active_days = sum(count > 0 for count in counts.values())
    alt = (
        f"{label}: {sum(counts.values()):,} {noun} on {active_days:,} of {len(counts):,} days, "
        f"most on {MONTH_NAMES[busiest.month - 1]} {busiest.day} ({max_count:,})."
    )
    width = max(3.6, 0.9 + 0.19 * weeks)
    return Chart("calendar", f"Calendar of {noun}, {label}", alt, width, 2.1, draw)


def draw_repositories(repositories: pl.DataFrame, label: str, metric: str = "commits") -> Chart:
    """Draw a bar for each of the busiest repositories, the longest first; a line of text sums up the others."""
    noun = metric.replace("_", " ")
    active = repositories.filter(pl.col(metric) > 0).sort([metric, "repository"], descending=[True, False])
    rows: list[tuple[str, int]] = list(active.select("repository", metric).iter_rows())
    shown, others = rows[:MAX_REPOSITORIES], rows[MAX_REPOSITORIES:]
    others_note = f"and {len(others):,} others with {sum(count for _, count in others):,} in total" if others else ""

    def draw(figure: "Figure", palette: ColorPalette) -> None:
        axes = figure.subplots()
        style_axes(axes, palette, grid=None)
        axes.spines["bottom"].set_visible(False)
        bars = axes.barh(range(len(shown)), [count for _, count in shown], color=palette.series[0], height=0.66)
        axes.bar_label(bars, labels=[f"{count:,}" for _, count in shown], padding=3, color=palette.ink)
        axes.set_yticks(range(len(shown)), [shorten_label(name) for name, _ in shown], parse_math=False)
        axes.tick_params(axis="y", colors=palette.ink)
        axes.invert_yaxis()
        axes.set_xticks([])
        # A bar of all others would be the longest and the least informative.
        axes.set_xlabel(others_note, color=palette.muted, loc="left")
        axes.margins(x=0.12)
        if not shown:
            _draw_empty_note(figure, palette, axes, f"no {noun}")

    parts = [f"{shorten_label(name)} {count:,}" for name, count in shown]
    if others_note:
        parts.append(others_note)
    alt = f"{label}, {noun} per repository: {', '.join(parts) or 'none'}."
    return Chart("repositories", f"Repositories by {noun}, {label}", alt, 7.2, 0.9 + 0.27 * max(2, len(shown)), draw)


def draw_flow(metrics: Metrics, label: str) -> Chart:
    """Draw a line for each measured duration, from its median to its 90th percentile."""
    rows: list[tuple[str, Decimal, Decimal, int]] = []
    for name, words in FLOW_METRICS.items():
        median, p90, count = (metrics.find_value(f"{name}_{part}") for part in ("median", "p90", "count"))
        if median is not None and p90 is not None:
            rows.append((words, Decimal(median), Decimal(p90), int(count or 0)))

    def draw(figure: "Figure", palette: ColorPalette) -> None:
        axes = figure.subplots()
        style_axes(axes, palette, grid="x")
        for number, (_, median, p90, _) in enumerate(rows):
            low, high = max(float(median), 0.05), max(float(p90), 0.05)
            axes.plot([low, high], [number, number], color=palette.grid, linewidth=5, solid_capstyle="round", zorder=1)
            axes.scatter([low], [number], color=palette.series[0], s=42, zorder=3)
            axes.scatter([high], [number], color=palette.series[2], s=42, marker="D", zorder=2)
            axes.annotate(format_duration(median, day_unit="d"), (low, number), (0, 8), textcoords="offset points",
                          ha="center", color=palette.series[0], fontsize=8)  # fmt: skip
            axes.annotate(format_duration(p90, day_unit="d"), (high, number), (0, -15), textcoords="offset points",
                          ha="center", color=palette.series[2], fontsize=8)  # fmt: skip
        _scale_hours_axis(axes, [float(value) for _, median, p90, _ in rows for value in (median, p90)])
        axes.set_yticks(range(len(rows)), [f"{words} ({count:,})" for words, _, _, count in rows])
        axes.tick_params(axis="y", colors=palette.ink)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlabel("● median    ◆ 90th percentile", color=palette.muted)
        if not rows:
            _draw_empty_note(figure, palette, axes, "no durations were measured")

    summary = "; ".join(
        f"{words}: median {format_duration(median, day_unit='d')}, 90th percentile {format_duration(p90, day_unit='d')}"
        for words, median, p90, _ in rows
    )
    alt = f"{label}. {summary or 'No durations were measured'}."
    return Chart("flow", f"How long things take, {label}", alt, 7.2, 1.2 + 0.52 * max(1, len(rows)), draw)


def compute_heat_level(count: int, max_count: int) -> int:
    """Return the heat level of a day: 0 for no activity, else 1 to 4 by quarters of the busiest day."""
    return 0 if not count else min(HEAT_LEVELS - 1, 1 + (count - 1) * (HEAT_LEVELS - 1) // max_count)


def _scale_hours_axis(axes: object, values: Sequence[float]) -> None:
    """Make a logarithmic axis in minutes, hours and days: reviews take minutes, issues take months."""
    from matplotlib.axes import Axes  # noqa: PLC0415
    from matplotlib.ticker import NullFormatter, NullLocator  # noqa: PLC0415

    assert isinstance(axes, Axes)
    marks = {0.1: "6 min", 1: "1 h", 6: "6 h", 24: "1 day", 168: "1 week", 720: "30 days", 8760: "1 year"}
    low, high = min(values, default=1) / 2.2, max(values, default=24) * 2.2
    axes.set_xscale("log")
    axes.set_xlim(max(low, 0.02), max(high, 1))
    ticks = [mark for mark in marks if max(low, 0.02) <= mark <= max(high, 1)]
    axes.set_xticks(ticks, [marks[mark] for mark in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())


def _draw_empty_note(figure: "Figure", palette: ColorPalette, axes: object, note: str) -> None:
    from matplotlib.axes import Axes  # noqa: PLC0415

    assert isinstance(axes, Axes)
    axes.set_axis_off()
    figure.text(0.5, 0.4, note, ha="center", color=palette.muted)
