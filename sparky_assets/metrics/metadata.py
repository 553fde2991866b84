"""What Dagster's UI shows of a period's numbers: headline totals, a table, small trend lines. Pure."""

from collections.abc import Sequence
from typing import Any

import dagster as dg
import polars as pl

from sparky_assets.metrics.compute import PeriodMetrics
from sparky_assets.metrics.events import GHOST_KEY
from sparky_assets.metrics.models import SCOPE_ALL
from sparky_assets.metrics.open_items import OPEN_METRICS as OPEN
from sparky_assets.metrics.trends import Lookback

HEADLINE_METRICS = (
    "commits", "people", "active_repositories", "pull_requests_opened", "pull_requests_merged", "reviews",
    "issues_opened", "issues_closed", "releases", "time_to_first_review_median", "time_to_merge_median",
    "review_coverage", "pull_requests_open", "issues_open",
)  # fmt: skip


TABLE_METRICS = ("commits", "people", "pull_requests_merged", "reviews", "issues_closed", "releases")


MAX_TABLE_ROWS = 20


SPARKLINE_BARS = "▁▂▃▄▅▆▇█"


def build_metadata(computed: PeriodMetrics, lookback: Lookback) -> dict[str, Any]:
    """The metadata of one period."""
    facts = {fact.metric: fact.value for fact in (*computed.metrics.facts, *lookback.facts) if fact.scope == SCOPE_ALL}
    # Dagster's metadata knows no decimals.
    headlines = {
        name: value if isinstance(value := facts[name], int) else float(value)
        for name in HEADLINE_METRICS
        if name in facts
    }
    return {
        "period": computed.metrics.period.label,
        "window": str(computed.metrics.window),
        **headlines,
        "dagster/partition_row_count": computed.repositories.height,
        "by_day": dg.MetadataValue.md(render_days_table(computed.days)),
        "by_repository": dg.MetadataValue.md(render_repositories_table(computed.repositories)),
        "trends": dg.MetadataValue.md(render_trends_table(lookback)),
        "repository_trends": dg.MetadataValue.md(render_repository_trends_table(lookback)),
        "open": dg.MetadataValue.md(render_open_table(lookback)),
        "not_measured": dg.MetadataValue.md(
            "\n".join(
                f"- `{one.scope}` {len(one.metrics)} metrics: {one.reason}"
                for one in (*computed.metrics.absent, *lookback.absent)
            )
            or "nothing"
        ),
    }


def render_sparkline(values: Sequence[float]) -> str:
    """`▁▃█`: a line of bars from 0 to the largest value."""
    most = max(values, default=0)
    return "".join(
        SPARKLINE_BARS[round((len(SPARKLINE_BARS) - 1) * value / most)] if most > 0 else SPARKLINE_BARS[0]
        for value in values
    )


def render_days_table(days: pl.DataFrame) -> str:
    """A line of bars a metric over the days of the period."""
    lines = ["| metric | by day | in all | most |", "|---|---|---:|---:|"]
    for name in (name for name in TABLE_METRICS if days[name].null_count() < days.height):
        values = days[name].fill_null(0).to_list()
        lines.append(f"| {name} | {render_sparkline(values)} | {sum(values):,} | {max(values):,} |")
    return "\n".join(lines)


def render_repositories_table(repositories: pl.DataFrame) -> str:
    """The first repositories by name; a blank is what the source cannot tell."""

    def cell(value: int | None) -> str:
        return "" if value is None else f"{value:,}"

    lines = ["| repository | " + " | ".join(TABLE_METRICS) + " |", "|---" + "|---:" * len(TABLE_METRICS) + "|"]
    for row in repositories.head(MAX_TABLE_ROWS).iter_rows(named=True):
        name = row["repository"].replace("|", "\\|")
        lines.append(f"| {name} | " + " | ".join(cell(row[column]) for column in TABLE_METRICS) + " |")
    if repositories.height > MAX_TABLE_ROWS:
        lines.append(f"| … and {repositories.height - MAX_TABLE_ROWS} more |" + " |" * len(TABLE_METRICS))
    return "\n".join(lines)


def render_leaderboard_table(contributors: pl.DataFrame) -> str:
    """People by commits, then by the rest. Only where `people.leaderboard` asks for it; it is stored nowhere."""
    columns = ["commits", "pull_requests_merged", "reviews", "issues_closed", "releases"]
    people = contributors.filter(~pl.col("is_bot"), pl.col("key") != GHOST_KEY)
    ranked = people.sort([*columns, "key"], descending=[True] * len(columns) + [False]).head(MAX_TABLE_ROWS)
    lines = ["| | person | " + " | ".join(columns) + " |", "|---:|---" + "|---:" * len(columns) + "|"]
    for rank, row in enumerate(ranked.iter_rows(named=True), 1):
        name = row["name"].replace("|", "\\|")
        lines.append(f"| {rank} | {name} | " + " | ".join(f"{row[column]:,}" for column in columns) + " |")
    return "\n".join(lines)


def render_trends_table(lookback: Lookback) -> str:
    """Headline metrics against the period before and the usual range."""
    trends = [trend for trend in lookback.trends if trend.metric in HEADLINE_METRICS]
    if not trends:
        return "No earlier period was counted."
    lines = ["| metric | now | before | median | usual | | trailing, now |", "|---|---:|---:|---:|---:|---|---|"]
    for one in trends:
        usual = f"{one.usual[0]:,} to {one.usual[1]:,}" if one.usual else ""
        before, median = ("" if value is None else f"{value:,}" for value in (one.previous, one.median))
        line = render_sparkline([float(value) for value in (*reversed(one.values), one.value)]) if one.values else ""
        lines.append(
            f"| {one.metric} | {one.value:,} | {before} | {median} | {usual} | {one.standing or ''} | {line} |"
        )
    return "\n".join(lines)


def render_repository_trends_table(lookback: Lookback) -> str:
    """What left its usual range in the most active repositories."""
    unusual = [trend for trend in lookback.repository_trends if trend.standing in {"above", "below"} and trend.usual]
    if not unusual:
        return "Nothing left its usual range." if lookback.repository_trends else "No earlier period was counted."
    lines = ["| repository | metric | now | usual | |", "|---|---|---:|---:|---|"]
    for one in unusual:
        name, (low, high) = one.scope.partition(":")[2].replace("|", "\\|"), one.usual or (0, 0)
        lines.append(f"| {name} | {one.metric} | {one.value:,} | {low:,} to {high:,} | {one.standing} |")
    return "\n".join(lines)


def render_open_table(lookback: Lookback) -> str:
    """What is open at the end of the period."""
    facts = [fact for fact in lookback.facts if fact.scope == SCOPE_ALL and fact.metric in OPEN]
    lines = ["| metric | now |", "|---|---:|", *(f"| {fact.metric} | {fact.value:,} |" for fact in facts)]
    return "\n".join(lines) if facts else "It is not known what is open; see `not_measured`."
