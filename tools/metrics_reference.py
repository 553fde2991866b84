"""Write the reference of metrics in docs/ from the code: `just docs`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from sparky_assets.metrics.catalog import METRIC_FAMILIES
from sparky_assets.metrics.definitions import MetricDefinition
from sparky_assets.metrics.models import METRIC_TABLES, Metrics
from sparky_assets.metrics.trends import MAX_TREND_REPOSITORIES, MIN_TRAILING_VALUES, Lookback
from tools.api_reference import describe_models

SAME_AS_ABOVE = "″"
USUAL_SCOPES = ("all", "repository")

METRICS_HEAD = f"""# Metrics

Made from `sparky_assets/metrics/definitions.py` by `just docs`. In the tables, {SAME_AS_ABOVE} repeats the cell above,
an empty scope is `all` and `repository`, and a source without a folder is a table of `raw/`. The stored files are
described in [metrics-schema.md](metrics-schema.md).

A number is a **fact**: metric, scope, value, unit and the tables that it was counted from. Counts are integers.
Durations are hours with two decimals, shares are percentages with one: exact decimals, rounded half to even once, and
stored as text (`"12.50"`). Percentiles interpolate between neighbours, as numpy does.

What a source does not hold is **absent with a reason**, never 0: git alone knows no opened pull request, no review and
no issue. Where only some repositories have a metric, its total covers those, and the others are listed as absent. A
person is counted [once](identity.md), and is a bot if any event of the window says so. `ghost` (a deleted account,
GitHub's own, or no name) is [no person](identity.md#bots). A commit counts on the day on which it
[landed](collecting.md); a merge commit has no lines. Scopes name a kind and a thing: `all`,
`repository:owner/name`, `hour:14`.
"""

IMPACT_ORDER = """The order of pieces of work, never of people. Each rule decides only what those before it left equal:

1. people's work before dependency updates and the work of bots,
2. releases and security fixes before other work,
3. releases, merged pull requests, issues, commits that no pull request brought,
4. features, speed and fixes before the other themes,
5. larger changes first, up to 1,000 lines, since more is generated or moved code; a merge is as large as its commits,
6. the earlier first, then by key.
"""

METRICS_FOOT = f"""## Trends

Every metric of the whole, and the headline metrics of the {MAX_TREND_REPOSITORIES} most active repositories, are
compared with the period before and with the usual range of earlier periods: the same weekday of 8 weeks, 8 weeks, or
12 months. The range is Tukey's: the quartiles widened by 1.5 times their distance, which counts as at least a tenth of
the median and at least 1; it never begins below 0. A value outside is flagged `above` or `below`. Fewer than
{MIN_TRAILING_VALUES} earlier periods give no range. Only repositories that both periods could read are compared; lost
ones are named.

## Words that judge

A word is printed only where its definition holds (`sparky_assets/metrics/trends.py`). **Usual**: a range over at least
{MIN_TRAILING_VALUES} earlier values. **Quiet**: commits and merged pull requests are both at most half of their medians
over as many earlier periods. **First**, **new**: by the whole history of a repository, not by what the store has seen.
**After** N: only where the number changed. **Most**: more than every other.

## Returning people

Compared are the consecutive earlier periods of the same kind in the store: at least 28 days, 8 weeks or 3 months, at
most 400 days, 104 weeks or 36 months. `seen_since` is the first of them.

## Two audiences

The public copy (`metrics/<kind>_public`) is counted from rows of repositories that are public, in the row and in the
newest list, as if there were no others. The work of people in `people.opt_out` counts; every mention of
them is removed.
"""

TABLE_DESCRIPTIONS = {
    "repositories": "One row a repository in which anything happened. Null: its source cannot tell.",
    "contributors": "One row a person or bot, in the order of keys. Contributions are credited, not ranked.",
    "days": "One row a day of the period, quiet ones too, by the organisation's midnights.",
    "changes": "One row a type of change (`kind` is `type`) or a language (`kind` is `language`).",
}


STORED_DOCUMENTS: dict[str, tuple[type[BaseModel], str]] = {
    "metrics/<kind>/<key>.json": (
        Metrics,
        "The facts of a period from its own raw days, and what could not be measured.",
    ),
    "metrics/<kind>_trends/<key>.json": (
        Lookback,
        "The period against earlier ones. Kept apart: it may change later.",
    ),
}


SCHEMA_HEAD = """# Stored metrics

Made from the code by `just docs`. `<kind>` is `daily`, `weekly` or `monthly`; `<key>` is the first day of the period.
What each column and fact counts is in [metrics.md](metrics.md). A parquet file names its schema in its metadata
(`sparky.schema`). A fact's `value` is a JSON number where it is a count, and text (`"12.50"`) where it is a decimal.

## Tables
"""

STATISTICS = {"_mean": "Its mean.", "_median": "Its median.", "_p90": "Its 90th percentile."}
"""The text of a metric whose count is the row above."""


def main() -> None:
    """Write both documents."""
    Path("docs/metrics.md").write_text(render_metrics_reference())
    Path("docs/metrics-schema.md").write_text(render_schema_reference())


def render_metrics_reference() -> str:
    """Return the text of docs/metrics.md."""
    lines = [METRICS_HEAD]
    for family in METRIC_FAMILIES:
        lines += [f"## {family.title}", "", family.description, ""]
        lines += [
            "| Metric | What it is | Formula | Left out | Unit | Scopes | Source |",
            "|---|---|---|---|---|---|---|",
        ]
        above: tuple[str, ...] = ("",) * 7
        names = {metric.name for metric in family.metrics}
        for metric in family.metrics:
            cells = (
                f"`{metric.name}`", _describe(metric, names), metric.formula, metric.exclusions, metric.unit,
                "" if metric.scopes == USUAL_SCOPES else ", ".join(f"`{scope}`" for scope in metric.scopes),
                ", ".join(source.removeprefix("raw/") for source in metric.sources),
            )  # fmt: skip
            shown = [
                SAME_AS_ABOVE if cell == upper and len(cell.split()) > 1 else cell.replace("|", "\\|")
                for cell, upper in zip(cells, above, strict=True)
            ]
            lines.append("| " + " | ".join(shown) + " |")
            above = cells
        lines.append("")
    lines += [METRICS_FOOT, "## Impact order", "", IMPACT_ORDER]
    return "\n".join(lines).rstrip() + "\n"


def _describe(metric: MetricDefinition, names: set[str]) -> str:
    """Return the sentence of a metric; for a mean, median or percentile, the statistic of the durations above."""
    for suffix, sentence in STATISTICS.items():
        if metric.name.endswith(suffix) and f"{metric.name.removesuffix(suffix)}_count" in names:
            return sentence
    return metric.sentence


def render_schema_reference() -> str:
    """Return the text of docs/metrics-schema.md."""
    lines = [SCHEMA_HEAD]
    for table in METRIC_TABLES:
        lines += [f"### `metrics/<kind>_{table.suffix}/<key>.parquet`", "", TABLE_DESCRIPTIONS[table.suffix], ""]
        lines += [f"Schema `{table.name}`."]
        by_type: dict[str, list[str]] = {}
        for name, kind in table.columns.items():
            by_type.setdefault(str(kind), []).append(f"`{name}`")
        lines += ["", *(f"* {kind}: {', '.join(names)}" for kind, names in by_type.items())]
        lines.append("")
    lines += ["## Documents", ""]
    models: dict[str, Mapping[str, Any]] = {}
    for path, (model, about) in STORED_DOCUMENTS.items():
        schema = model.model_json_schema(mode="serialization")
        models |= {model.__name__: schema} | schema.get("$defs", {})
        lines += [f"* `{path}`: [{model.__name__}](#{model.__name__.lower()}). {about}"]
    return "\n".join([*lines, *describe_models(models)]).rstrip() + "\n"


if __name__ == "__main__":
    main()
