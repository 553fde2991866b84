"""The table in docs/reliability.md is what happens: every row is tried again, and none is missing."""

from pathlib import Path

import pytest

from tests.reliability.registry import Row
from tests.reliability.table import FILE, read, rows, written

pytestmark = pytest.mark.slow


def test_the_table_holds_every_scenario_and_no_other() -> None:
    assert FILE.read_text(encoding="utf-8") == written(read())
    assert sorted(read()) == sorted(row.name for row in rows())


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in rows()])
def test_it_happens_as_the_table_says(row: Row, tmp_path: Path) -> None:
    assert row.try_it(tmp_path) == read()[row.name]
