"""Tables are read as they were written, in exactly the columns of their schema."""

from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.storage import Storage
from sparky_assets.raw.tables import COMMITS, INSTANT_TYPE, PERSON_TYPE, TABLES, TableSpec
from tests.resources.storage_helpers import KEY, NAME, Schema, a_commit, file_of, refusal

# --- Tables come back the same

text = st.text(max_size=20)  # without half characters, which no UTF-8 file can hold


def values(kind: pl.DataType) -> st.SearchStrategy[Any]:
    """Return values that a column of this type can hold."""
    some: st.SearchStrategy[Any]
    match kind:
        case pl.Struct():
            some = st.fixed_dictionaries({field.name: values(field.dtype) for field in kind.fields})  # type: ignore[arg-type]
        case pl.List():
            some = st.lists(values(kind.inner), max_size=3)  # type: ignore[arg-type]
        case pl.Datetime():
            some = st.datetimes(datetime(1970, 1, 1), datetime(2106, 2, 7), timezones=st.just(UTC))
        case pl.Int64():
            some = st.integers(-(2**63), 2**63 - 1)
        case pl.Boolean():
            some = st.booleans()
        case _:
            some = text
    return st.none() | some


def frames(table: TableSpec) -> st.SearchStrategy[pl.DataFrame]:
    row = st.fixed_dictionaries({name: values(kind) for name, kind in table.columns.items()})
    return st.lists(row, max_size=4).map(lambda rows: pl.DataFrame(rows, schema=dict(table.columns)))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.asset)
@settings(max_examples=20)
@given(st.data())
def test_every_raw_table_comes_back_as_it_was_written(table: TableSpec, data: st.DataObject) -> None:
    frame = data.draw(frames(table))
    memory = Storage(root="memory://round-trips")
    first = memory.write_table(table.path, KEY, frame, table)
    back = memory.read_table(table.path, KEY, table)
    assert back.equals(frame)
    assert dict(back.schema) == dict(table.columns)
    assert memory.write_table(table.path, KEY, back, table).sha256 == first.sha256


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.asset)
def test_table_without_rows_keeps_its_columns(store: Storage, table: TableSpec) -> None:
    store.write_table(table.path, KEY, table.make_empty(), table)
    assert store.read_table(table.path, KEY, table).equals(table.make_empty())


def test_write_reports_path_size_and_hash(store: Storage) -> None:
    stored = store.write_table(NAME, KEY, a_commit(sha="aa"), COMMITS)
    data = Path(stored.path).read_bytes()
    assert Path(stored.path) == file_of(store)
    assert (stored.size, stored.sha256) == (len(data), sha256(data).hexdigest())


def test_tables_of_several_keys_are_read_in_the_order_asked_for(store: Storage) -> None:
    for key in ("a", "b", "c"):
        store.write_table(NAME, key, a_commit(sha=key), COMMITS)
    assert store.read_tables(NAME, ["c", "a"], COMMITS)["sha"].to_list() == ["c", "a"]


def test_no_keys_give_an_empty_table_of_all_columns(store: Storage) -> None:
    assert store.read_tables(NAME, [], COMMITS).equals(COMMITS.make_empty())


def test_one_missing_key_among_several_is_named(store: Storage) -> None:
    store.write_table(NAME, "a", a_commit(), COMMITS)
    assert f"{NAME}/b.parquet: is not there yet" in refusal(lambda: store.read_tables(NAME, ["a", "b"], COMMITS))


# --- The schema is cast on write


def test_columns_are_stored_in_the_order_and_types_of_the_schema(store: Storage) -> None:
    schema = Schema({"a": pl.Int64(), "b": pl.String(), "at": INSTANT_TYPE})
    noon = datetime(2025, 11, 12, 12, tzinfo=timezone(timedelta(hours=2)))
    frame = pl.DataFrame({"more": [1.5], "at": [noon], "b": ["x"], "a": pl.Series([7], dtype=pl.UInt8)})
    store.write_table(NAME, KEY, frame, schema)
    back = store.read_table(NAME, KEY, schema)
    assert dict(back.schema) == dict(schema.columns)
    assert back.rows() == [(7, "x", datetime(2025, 11, 12, 10, tzinfo=UTC))]


def test_column_of_nulls_fits_every_type(store: Storage) -> None:
    schema = Schema(dict(COMMITS.columns))
    store.write_table(NAME, KEY, pl.DataFrame({name: [None] for name in COMMITS.columns}), schema)
    assert store.read_table(NAME, KEY, schema).row(0) == (None,) * len(COMMITS.columns)


@pytest.mark.parametrize(
    ("kind", "series"),
    [
        (pl.Int64(), pl.Series(["many"])),
        (pl.Int64(), pl.Series([float("nan")])),
        (pl.Int64(), pl.Series([1.5])),
        (pl.Int8(), pl.Series([300])),
        (INSTANT_TYPE, pl.Series(["soon"])),
        (PERSON_TYPE, pl.Series([{"key": "k", "nom": "Ada", "login": None, "is_bot": False}])),
        (pl.List(PERSON_TYPE), pl.Series([[{"key": "k"}]])),
    ],
    ids=[
        "a word for a number",
        "no number",
        "a half",
        "too large",
        "a word for an instant",
        "another field",
        "few fields",
    ],
)
def test_value_of_another_type_is_refused_and_nothing_is_written(
    store: Storage, kind: pl.DataType, series: pl.Series
) -> None:
    message = refusal(lambda: store.write_table(NAME, KEY, pl.DataFrame({"column": series}), Schema({"column": kind})))
    assert message.startswith(f"{file_of(store)}: does not fit the schema test@1: ")
    assert "column" in message
    assert not store.has(NAME, KEY, "parquet")


def test_missing_column_is_named(store: Storage) -> None:
    message = refusal(lambda: store.write_table(NAME, KEY, a_commit().drop("sha"), COMMITS))
    assert "does not fit the schema raw/commits@3" in message
    assert "sha" in message
