"""What Dagster's UI shows of a period's numbers: headline totals, a table, small trend lines. Pure."""

from collections.abc import Sequence
from typing import Any

import dagster as dg
import polars as pl

from sparky_assets.metrics.compute import Computed
from sparky_assets.metrics.events import NOBODY
from sparky_assets.metrics.models import WHOLE
from sparky_assets.metrics.open_items import METRICS as OPEN
from sparky_assets.metrics.trends import LookingBack

HEADLINES = (
    "commits", "people", "active_repositories", "pull_requests_opened", "pull_requests_merged", "reviews",
    "issues_opened", "issues_closed", "releases", "time_to_first_review_median", "time_to_merge_median",
    "review_coverage", "pull_requests_open", "issues_open",
)  # fmt: skip
COLUMNS = ("commits", "people", "pull_requests_merged", "reviews", "issues_closed", "releases")
ROWS_SHOWN = 20
BARS = "▁▂▃▄▅▆▇█"


def shown(computed: Computed, back: LookingBack) -> dict[str, Any]:
    """The metadata of one period."""
    facts = {fact.metric: fact.value for fact in (*computed.metrics.facts, *back.facts) if fact.scope == WHOLE}
    # Dagster's metadata knows no decimals.
    headlines = {
        name: value if isinstance(value := facts[name], int) else float(value) for name in HEADLINES if name in facts
    }
    return {
        "period": computed.metrics.period.label,
        "window": str(computed.metrics.window),
        **headlines,
        "dagster/partition_row_count": computed.repositories.height,
        "by_day": dg.MetadataValue.md(days_table(computed.days)),
        "by_repository": dg.MetadataValue.md(repositories_table(computed.repositories)),
        "trends": dg.MetadataValue.md(trends_table(back)),
        "repository_trends": dg.MetadataValue.md(repository_trends_table(back)),
        "open": dg.MetadataValue.md(open_table(back)),
        "not_measured": dg.MetadataValue.md(
            "\n".join(
                f"- `{one.scope}` {len(one.metrics)} metrics: {one.reason}"
                for one in (*computed.metrics.absent, *back.absent)
            )
            or "nothing"
        ),
    }


def sparkline(values: Sequence[float]) -> str:
    """`▁▃█`: a line of bars from 0 to the largest value."""
    most = max(values, default=0)
    return "".join(BARS[round((len(BARS) - 1) * value / most)] if most > 0 else BARS[0] for value in values)


def days_table(days: pl.DataFrame) -> str:
    """A line of bars a metric over the days of the period."""
    lines = ["| metric | by day | in all | most |", "|---|---|---:|---:|"]
    for name in (name for name in COLUMNS if days[name].null_count() < days.height):
        values = days[name].fill_null(0).to_list()
        lines.append(f"| {name} | {sparkline(values)} | {sum(values):,} | {max(values):,} |")
    return "\n".join(lines)


def repositories_table(repositories: pl.DataFrame) -> str:
    """The first repositories by name; a blank is what the source cannot tell."""

    def cell(value: int | None) -> str:
        return "" if value is None else f"{value:,}"

    lines = ["| repository | " + " | ".join(COLUMNS) + " |", "|---" + "|---:" * len(COLUMNS) + "|"]
    for row in repositories.head(ROWS_SHOWN).iter_rows(named=True):
        name = row["repository"].replace("|", "\\|")
        lines.append(f"| {name} | " + " | ".join(cell(row[column]) for column in COLUMNS) + " |")
    if repositories.height > ROWS_SHOWN:
        lines.append(f"| … and {repositories.height - ROWS_SHOWN} more |" + " |" * len(COLUMNS))
    return "\n".join(lines)


def leaderboard_table(contributors: pl.DataFrame) -> str:
    """People by commits, then by the rest. Only where `people.leaderboard` asks for it; it is stored nowhere."""
    columns = ["commits", "pull_requests_merged", "reviews", "issues_closed", "releases"]
    people = contributors.filter(~pl.col("is_bot"), pl.col("key") != NOBODY)
    ranked = people.sort([*columns, "key"], descending=[True] * len(columns) + [False]).head(ROWS_SHOWN)
    lines = ["| | person | " + " | ".join(columns) + " |", "|---:|---" + "|---:" * len(columns) + "|"]
    for rank, row in enumerate(ranked.iter_rows(named=True), 1):
        name = row["name"].replace("|", "\\|")
        lines.append(f"| {rank} | {name} | " + " | ".join(f"{row[column]:,}" for column in columns) + " |")
    return "\n".join(lines)


def trends_table(back: LookingBack) -> str:
    """Headline metrics against the period before and the usual range."""
    trends = [trend for trend in back.trends if trend.metric in HEADLINES]
    if not trends:
        return "No earlier period was counted."
    lines = ["| metric | now | before | median | usual | | trailing, now |", "|---|---:|---:|---:|---:|---|---|"]
    for one in trends:
        usual = f"{one.usual[0]:,} to {one.usual[1]:,}" if one.usual else ""
        before, median = ("" if value is None else f"{value:,}" for value in (one.previous, one.median))
        line = sparkline([float(value) for value in (*reversed(one.values), one.value)]) if one.values else ""
        lines.append(
            f"| {one.metric} | {one.value:,} | {before} | {median} | {usual} | {one.standing or ''} | {line} |"
        )
    return "\n".join(lines)


def repository_trends_table(back: LookingBack) -> str:
    """What left its usual range in the most active repositories."""
    unusual = [trend for trend in back.repository_trends if trend.standing in {"above", "below"} and trend.usual]
    if not unusual:
        return "Nothing left its usual range." if back.repository_trends else "No earlier period was counted."
    lines = ["| repository | metric | now | usual | |", "|---|---|---:|---:|---|"]
    for one in unusual:
        name, (low, high) = one.scope.partition(":")[2].replace("|", "\\|"), one.usual or (0, 0)
        lines.append(f"| {name} | {one.metric} | {one.value:,} | {low:,} to {high:,} | {one.standing} |")
    return "\n".join(lines)


def open_table(back: LookingBack) -> str:
    """What is open at the end of the period."""
    facts = [fact for fact in back.facts if fact.scope == WHOLE and fact.metric in OPEN]
    lines = ["| metric | now |", "|---|---:|", *(f"| {fact.metric} | {fact.value:,} |" for fact in facts)]
    return "\n".join(lines) if facts else "It is not known what is open; see `not_measured`."
