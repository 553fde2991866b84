"""What the world may see of a window: rows of repositories that are public in the row and in the newest list."""

from dataclasses import replace

import polars as pl

from sparky_assets.periods import PeriodKind
from sparky_assets.raw.tables import TABLES
from sparky_assets.raw.window import RawWindow
from sparky_assets.store import Audience, build_store_prefix

EMPTY = RawWindow(*(one.make_empty() for one in TABLES))


def _rows(table: pl.DataFrame, **visibility: str) -> pl.DataFrame:
    rows = pl.DataFrame({"repository": list(visibility), "visibility": list(visibility.values())})
    return pl.concat([table, rows.select(pl.col(name).cast(table.schema[name]) for name in rows.columns)],
                     how="diagonal")  # fmt: skip


def test_a_repository_made_private_since_is_gone_and_so_are_rows_from_before_it_was_opened() -> None:
    raw = replace(
        EMPTY,
        repositories=_rows(EMPTY.repositories, shown="public", closed="private", opened="public", inner="internal"),
        commits=_rows(EMPTY.commits, shown="public", closed="public", opened="private", inner="internal"),
    )
    seen = raw.for_audience(Audience.PUBLIC, ())
    assert seen.repositories["repository"].to_list() == ["shown", "opened"]
    assert seen.commits["repository"].to_list() == ["shown"]
    assert raw.for_audience(Audience.INTERNAL, ()) is raw


def test_the_world_has_a_shelf_of_its_own() -> None:
    assert [build_store_prefix(PeriodKind.WEEKLY, one) for one in Audience] == ["weekly", "weekly_public"]
