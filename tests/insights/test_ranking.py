"""Impact order: the polars sort and the Python key agree, and a ranked row keeps the theme that ranked it."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sparky_assets.insights.evidence import gather_evidence, get_evidence_impact_key
from sparky_assets.insights.ranking import (
    IMPACT_KINDS,
    MAX_IMPACT_LINES,
    ImpactKey,
    build_impact_columns,
    compute_impact_key,
    rank_rows,
)
from sparky_assets.metrics.classify import ChangeTheme
from tests.strategies.git_history import World, worlds

START = datetime(2025, 11, 10, tzinfo=UTC)

WORK = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(IMPACT_KINDS),
        "theme": st.sampled_from([theme.value for theme in ChangeTheme]),
        "is_bot": st.booleans(),
        "changed_lines": st.one_of(st.none(), st.integers(0, MAX_IMPACT_LINES + 5)),
        "at": st.integers(0, 3).map(lambda hours: START + timedelta(hours=hours)),
    }
)

SCHEMA = {
    "kind": pl.String(), "theme": pl.String(), "is_bot": pl.Boolean(), "changed_lines": pl.Int64(),
    "at": pl.Datetime("us", "UTC"), "number": pl.Int64(),
}  # fmt: skip


def build_polars_keys(rows: list[dict[str, Any]]) -> pl.DataFrame:
    frames = []
    for kind in IMPACT_KINDS:
        frame = pl.DataFrame([row for row in rows if row["kind"] == kind], schema=SCHEMA)
        frames.append(frame.select("number", *build_impact_columns(kind, at_column="at")))
    return pl.concat(frames)


def build_python_key(row: dict[str, Any]) -> ImpactKey:
    return compute_impact_key(
        kind=row["kind"], theme=ChangeTheme(row["theme"]), is_bot=row["is_bot"], changed_lines=row["changed_lines"],
        at=row["at"],
    )  # fmt: skip


@given(st.lists(WORK, max_size=12))
def test_polars_columns_equal_the_python_key(rows: list[dict[str, Any]]) -> None:
    numbered = [row | {"number": number} for number, row in enumerate(rows)]
    columns = {row["number"]: row for row in build_polars_keys(numbered).iter_rows(named=True)}
    for row in numbered:
        key = ImpactKey(**{name: columns[row["number"]][name] for name in ImpactKey._fields})
        assert key == build_python_key(row)


@given(st.lists(WORK, max_size=12))
def test_polars_sort_equals_the_python_sort(rows: list[dict[str, Any]]) -> None:
    numbered = [row | {"number": number} for number, row in enumerate(rows)]
    by_polars = build_polars_keys(numbered).sort(*ImpactKey._fields, "number")["number"].to_list()
    by_python = sorted(numbered, key=lambda row: (build_python_key(row), row["number"]))
    assert by_polars == [row["number"] for row in by_python]


def test_each_key_decides_only_between_equals() -> None:
    common = {"theme": "feature", "is_bot": False, "changed_lines": 10, "at": START}
    ordered = [
        common | {"kind": "release"},
        common | {"kind": "commit", "theme": "security"},
        common | {"kind": "pull_request"},
        common | {"kind": "commit", "changed_lines": 900},
        common | {"kind": "commit"},
        common | {"kind": "commit", "at": START + timedelta(hours=1)},
        common | {"kind": "commit", "theme": "docs", "changed_lines": 900},
        common | {"kind": "pull_request", "is_bot": True},
        common | {"kind": "commit", "theme": "dependencies"},
    ]
    shuffled = random.Random(7).sample(ordered, len(ordered))
    assert sorted(shuffled, key=build_python_key) == ordered


@settings(max_examples=30)
@given(worlds())
def test_evidence_keeps_the_theme_that_ranked_its_row(world: World) -> None:
    window = world.raw()
    ranked = rank_rows(window)
    themes = {f"pr:{row['repository']}#{row['number']}": row["theme"] for row in ranked.pull_requests.to_dicts()}
    themes |= {f"commit:{row['repository']}@{row['sha']}": row["theme"] for row in ranked.commits.to_dicts()}
    items = gather_evidence(window).items
    assert {item.key: item.theme.value for item in items if item.kind != "release"} == themes
    assert list(items) == sorted(items, key=get_evidence_impact_key)
