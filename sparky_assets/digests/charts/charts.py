"""The four pictures of a period: activity over time, a calendar, repositories, and how long things take. Pure.

They draw what metrics counted and compute nothing that a reader could take for a number of its own. People are in none.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from sparky_assets.digests.charts.style import LIGHT_PALETTE, Chart, ColorPalette, shorten_label, style_axes
from sparky_assets.metrics.models import Metrics
from sparky_assets.text.words import MONTH_NAMES, WEEKDAY_NAMES, format_duration

if TYPE_CHECKING:
    from matplotlib.figure import Figure


ACTIVITY_METRICS = {
    "commits": "commits", "pull_requests_merged": "merged pull requests", "reviews": "reviews",
    "issues_closed": "issues closed",
}  # fmt: skip


FLOW_METRICS = {
    "time_to_first_review": "First review", "time_in_review": "In review", "time_to_merge": "To merge",
    "issue_time_to_close": "Issue to close", "lead_time_for_changes": "Commit to release",
}  # fmt: skip


MAX_REPOSITORIES, HEAT_LEVELS = 12, len(LIGHT_PALETTE.heat)


def draw_activity(days: pl.DataFrame, label: str) -> Chart:
    """Lines over the days of a period, one a kind of event; kinds that no source tells are left out."""
    names = [name for name in ACTIVITY_METRICS if days[name].null_count() < days.height and days[name].sum()]
    values = {name: days[name].fill_null(0).to_list() for name in names}
    dates = [date.fromisoformat(day) for day in days["day"].to_list()]

    def draw(figure: "Figure", palette: ColorPalette) -> None:
        # One panel a kind: thirty commits a day would press three releases flat.
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
            _draw_empty_note(figure, palette, panels[-1], "nothing happened")

    told = "; ".join(
        f"{sum(values[name]):,} {ACTIVITY_METRICS[name]}, at most {max(values[name]):,} a day" for name in names
    )
    return Chart("activity", f"Activity, {label}", f"{label}: {told or 'nothing happened'}.", 7.2,
                   1.1 + 1.15 * max(1, len(names)), draw)  # fmt: skip


def draw_calendar(counts: Mapping[date, int], label: str, noun: str = "commits") -> Chart:
    """A square a day, weeks as columns, Monday first; darker is more, by fifths of the busiest day."""
    first, last = min(counts), max(counts)
    monday = first - timedelta(days=first.weekday())
    weeks = (last - monday).days // 7 + 1
    most = max(counts.values())

    def draw(figure: "Figure", palette: ColorPalette) -> None:
        from matplotlib.patches import Rectangle  # noqa: PLC0415

        axes = figure.subplots()
        style_axes(axes, palette, grid=None)
        axes.spines["bottom"].set_visible(False)
        for day, count in sorted(counts.items()):
            week, weekday = divmod((day - monday).days, 7)
            color = palette.heat[compute_heat_level(count, most)]
            axes.add_patch(Rectangle((week + 0.08, weekday + 0.08), 0.84, 0.84, facecolor=color, linewidth=0))
        axes.set_xlim(0, weeks)
        axes.set_ylim(7, 0)
        axes.set_aspect("equal", anchor="W")
        axes.set_yticks([0.5, 2.5, 4.5], [WEEKDAY_NAMES[number][:3] for number in (0, 2, 4)])
        # A week is named by its Sunday: the one that begins on 30 December holds the first of January.
        sundays = [min(last, monday + timedelta(weeks=week, days=6)) for week in range(weeks)]
        shown = [(week, day) for week, day in enumerate(sundays) if week == 0 or day.month != sundays[week - 1].month]
        axes.set_xticks([week + 0.5 for week, _ in shown], [MONTH_NAMES[day.month - 1][:3] for _, day in shown])
        axes.xaxis.tick_top()

    busiest = min(day for day, count in counts.items() if count == most)
    alt = (
        f"{label}: {sum(counts.values()):,} {noun} on {sum(count > 0 for count in counts.values()):,} of "
        f"{len(counts):,} days, most on {busiest.day} {MONTH_NAMES[busiest.month - 1]} ({most:,})."
    )
    width = max(3.6, 0.9 + 0.19 * weeks)
    return Chart("calendar", f"Calendar of {noun}, {label}", alt, width, 2.1, draw)


def draw_repositories(repositories: pl.DataFrame, label: str, metric: str = "commits") -> Chart:
    """A bar a repository, the longest first; beyond a dozen the rest is one line of words."""
    noun = metric.replace("_", " ")
    known = repositories.filter(pl.col(metric) > 0).sort([metric, "repository"], descending=[True, False])
    rows: list[tuple[str, int]] = list(known.select("repository", metric).iter_rows())
    shown, rest = rows[:MAX_REPOSITORIES], rows[MAX_REPOSITORIES:]
    others = f"and {len(rest):,} others with {sum(count for _, count in rest):,} together" if rest else ""

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
        # A bar of all others would be the longest and say the least.
        axes.set_xlabel(others, color=palette.muted, loc="left")
        axes.margins(x=0.12)
        if not shown:
            _draw_empty_note(figure, palette, axes, f"no {noun}")

    told = ", ".join([*(f"{shorten_label(name)} {count:,}" for name, count in shown), *([others] if others else [])])
    alt = f"{label}, {noun} a repository: {told or 'none'}."
    return Chart("repositories", f"Repositories by {noun}, {label}", alt, 7.2,
                   0.9 + 0.27 * max(2, len(shown)), draw)  # fmt: skip


def draw_flow(metrics: Metrics, label: str) -> Chart:
    """A line a duration from its median to its 90th percentile; what was not measured is left out."""
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
            _draw_empty_note(figure, palette, axes, "not measurable here")

    told = "; ".join(
        f"{words}: median {format_duration(median, day_unit='d')}, 90th percentile {format_duration(p90, day_unit='d')}"
        for words, median, p90, _ in rows
    )
    return Chart("flow", f"How long things take, {label}", f"{label}. {told or 'No duration was measurable'}.", 7.2,
                   1.2 + 0.52 * max(1, len(rows)), draw)  # fmt: skip


def compute_heat_level(count: int, max_count: int) -> int:
    """0 for nothing, else 1 to 4 by quarters of the busiest day."""
    return 0 if not count else min(HEAT_LEVELS - 1, 1 + (count - 1) * (HEAT_LEVELS - 1) // max_count)


def _scale_hours_axis(axes: object, values: Sequence[float]) -> None:
    """A logarithmic axis in minutes, hours and days: a review takes minutes, an issue months."""
    from matplotlib.axes import Axes  # noqa: PLC0415
    from matplotlib.ticker import NullFormatter, NullLocator  # noqa: PLC0415

    assert isinstance(axes, Axes)
    marks = {0.1: "6 min", 1: "1 h", 6: "6 h", 24: "1 day", 168: "1 week", 720: "30 days", 8760: "1 year"}
    low, high = min(values, default=1) / 2.2, max(values, default=24) * 2.2
    axes.set_xscale("log")
    axes.set_xlim(max(low, 0.02), max(high, 1))
    inside = [mark for mark in marks if max(low, 0.02) <= mark <= max(high, 1)]
    axes.set_xticks(inside, [marks[mark] for mark in inside])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())


def _draw_empty_note(figure: "Figure", palette: ColorPalette, axes: object, note: str) -> None:
    from matplotlib.axes import Axes  # noqa: PLC0415

    assert isinstance(axes, Axes)
    axes.set_axis_off()
    figure.text(0.5, 0.4, note, ha="center", color=palette.muted)
