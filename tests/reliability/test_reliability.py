"""The table in docs/reliability.md is complete, and each of its rows still holds."""

from pathlib import Path

import pytest

from tests.reliability.registry import Row
from tests.reliability.table import FILE, read, rows, written

pytestmark = pytest.mark.slow


def test_table_has_exactly_the_registered_scenarios() -> None:
    assert FILE.read_text(encoding="utf-8") == written(read())
    assert sorted(read()) == sorted(row.name for row in rows())


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in rows()])
def test_scenario_has_the_outcome_of_the_table(row: Row, tmp_path: Path) -> None:
    assert row.try_it(tmp_path) == read()[row.name]
