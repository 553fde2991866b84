"""The metrics reference in docs/ matches the code in both directions."""

import re
from pathlib import Path

from sparky_assets.metrics import lookback as acquaintance
from sparky_assets.metrics import open_items
from sparky_assets.metrics.catalog import (
    METRIC_FAMILIES,
    METRICS_BY_NAME,
)
from sparky_assets.metrics.compute import compute_metrics
from sparky_assets.metrics.models import CONTRIBUTION_COLUMNS, VOLUME_COLUMNS
from tests.strategies.organisation import organisation
from tools.metrics_reference import render_metrics_reference, render_schema_reference

DOCS = Path(__file__).parents[2] / "docs"
LOOKING_BACK = next(family for family in METRIC_FAMILIES if family.title == "Looking back")


def test_generated_documents_are_current() -> None:
    """Run `just docs` when this fails."""
    assert (DOCS / "metrics.md").read_text() == render_metrics_reference()
    assert (DOCS / "metrics-schema.md").read_text() == render_schema_reference()


def test_every_metric_has_its_row_in_the_document() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (DOCS / "metrics.md").read_text(), re.MULTILINE)
    assert rows == list(METRICS_BY_NAME)


def test_every_metric_is_computed_and_every_scope_is_defined() -> None:
    found: dict[str, set[str]] = {}
    for seed in range(30):
        made = organisation(seed, 40)
        for fact in compute_metrics(made.raw(), made.period, made.window).metrics.facts:
            found.setdefault(fact.metric, set()).add(fact.scope.split(":")[0])
            assert (fact.unit, fact.sources) == (
                METRICS_BY_NAME[fact.metric].unit,
                METRICS_BY_NAME[fact.metric].sources,
            )
    back = {one.name for one in LOOKING_BACK.metrics}
    assert found.keys() == METRICS_BY_NAME.keys() - back
    assert {name for name, scopes in found.items() if scopes - set(METRICS_BY_NAME[name].scopes)} == set()


def test_metrics_of_the_lookback_are_defined_too() -> None:
    fields = acquaintance.ContributorHistory.__dataclass_fields__.keys() - {"since"} | {"first_time"}
    people = {"first_time_contributors", "returning_contributors", "newcomers_merged", "people_on_a_streak"}
    assert {one.name for one in LOOKING_BACK.metrics} == {*open_items.OPEN_METRICS, *people}
    assert len(fields) == len(people)


def test_columns_of_the_tables_are_metrics() -> None:
    assert set(VOLUME_COLUMNS) <= METRICS_BY_NAME.keys()
    assert set(CONTRIBUTION_COLUMNS) - {"co_authored"} <= METRICS_BY_NAME.keys()


def test_definition_has_description_computation_and_source() -> None:
    for metric in METRICS_BY_NAME.values():
        assert metric.sentence.endswith(".") and not metric.sentence[0].islower()
        assert metric.formula and metric.sources and metric.scopes
