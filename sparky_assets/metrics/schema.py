"""docs/metrics-schema.md: the tables and documents of stage 2 as they are stored, read from their own types."""

import json

from pydantic import BaseModel

from sparky_assets.metrics.models import METRIC_TABLES, Metrics
from sparky_assets.metrics.trends import Lookback

TABLE_DESCRIPTIONS = {
    "repositories": "One row a repository in which anything happened. Null: its source cannot tell.",
    "contributors": "One row a person or bot, in the order of keys. Contributions are credited, not ranked.",
    "days": "One row a day of the period, quiet ones too, by the organisation's midnights.",
    "changes": "One row a type of change (`kind` is `type`) or a language (`kind` is `language`).",
}


STORED_DOCUMENTS: dict[str, tuple[type[BaseModel], str]] = {
    "metrics/<kind>/<key>.json": (Metrics, "The facts of a period from its own raw days, and what could not be told."),
    "metrics/<kind>_trends/<key>.json": (
        Lookback,
        "The period against earlier ones. Kept apart: it may change later.",
    ),
}


def render_schema_reference() -> str:
    """The whole document."""
    lines = [SCHEMA_HEAD]
    for table in METRIC_TABLES:
        lines += [f"### `metrics/<kind>_{table.suffix}/<key>.parquet`", "", TABLE_DESCRIPTIONS[table.suffix], ""]
        lines += [f"Schema `{table.name}`.", "", "| Column | Type |", "|---|---|"]
        lines += [f"| `{name}` | {kind} |" for name, kind in table.columns.items()]
        lines.append("")
    lines += ["## Documents", ""]
    for path, (model, about) in STORED_DOCUMENTS.items():
        text = json.dumps(model.model_json_schema(mode="serialization"), indent=1, sort_keys=True, ensure_ascii=False)
        lines += [f"### `{path}`", "", about, "", "```json", text, "```", ""]
    return "\n".join(lines).rstrip() + "\n"


SCHEMA_HEAD = """# Stored metrics

Made from the code by `just docs`. `<kind>` is `daily`, `weekly` or `monthly`; `<key>` is the first day of the period.
What each column and fact counts is in [metrics.md](metrics.md). A parquet file names its schema in its metadata
(`sparky.schema`). A fact's `value` is a JSON number where it is a count, and text (`"12.50"`) where it is a decimal.

## Tables
"""
