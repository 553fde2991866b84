"""Tables as parquet, each with the name of its schema, and none read as what it is not. Pure: bytes in, bytes out.

Which schemas there are is told by the stages.
"""

import io
from collections.abc import Mapping
from typing import Protocol

import polars as pl
from polars.datatypes import DataTypeClass

from resources.errors import StorageError

SCHEMA_METADATA_KEY = "sparky.schema"
"""The key of a parquet file's metadata under which it names its schema."""


class TableSchema(Protocol):
    """A named polars schema. `name` is written into the file, so that a foreign table is recognised."""

    @property
    def name(self) -> str:
        """Name and version, for example `raw/commits@1`."""
        ...

    @property
    def columns(self) -> Mapping[str, pl.DataType]:
        """Column types in the order they are stored."""
        ...


def to_parquet(frame: pl.DataFrame, schema: TableSchema, path: str) -> bytes:
    """A frame, cast to exactly the columns, order and types of `schema`; `path` is named where it does not fit.

    Raises:
        StorageError: when a column is missing or holds what its type cannot.
    """
    try:
        table = frame.select(pl.col(column).cast(kind) for column, kind in schema.columns.items())
        if lossy := [column for column, kind in schema.columns.items() if _is_lossy_cast(frame.schema[column], kind)]:
            raise pl.exceptions.SchemaError(f"column {lossy[0]!r} is {frame.schema[lossy[0]]}")
    except pl.exceptions.PolarsError as error:
        raise StorageError(f"{path}: does not fit the schema {schema.name}: {error}") from error
    buffer = io.BytesIO()
    table.write_parquet(buffer, compression="zstd", metadata={SCHEMA_METADATA_KEY: schema.name})
    return buffer.getvalue()


def from_parquet(content: bytes, schema: TableSchema, path: str, name: str, key: str) -> pl.DataFrame:
    """The table of `schema` that lies at `path`, which holds `key` of `name`.

    Raises:
        StorageError: when it is torn, or not a table of this schema.
    """
    data = io.BytesIO(content)
    try:
        written_as = pl.read_parquet_metadata(data).get(SCHEMA_METADATA_KEY)
        data.seek(0)
        frame = pl.read_parquet(data) if written_as == schema.name else None
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise StorageError(f"{path}: torn or not parquet ({error}). Delete it and collect {key} again.") from error
    if frame is None or dict(frame.schema) != dict(schema.columns):
        raise StorageError(
            f"{path}: written as {written_as or 'a foreign table'}, expected {schema.name}. "
            f"Delete it and make {name} {key} again."
        )
    return frame


def _is_lossy_cast(source_type: pl.DataType | DataTypeClass, target_type: pl.DataType | DataTypeClass) -> bool:
    """Whether polars' cast would drop something without a word: the fraction of a number, a field of a struct."""
    if isinstance(target_type, pl.List):
        return isinstance(source_type, pl.List) and _is_lossy_cast(source_type.inner, target_type.inner)
    if isinstance(target_type, pl.Struct) and isinstance(source_type, pl.Struct):
        fields = {field.name: field.dtype for field in source_type.fields}
        wanted = {field.name: field.dtype for field in target_type.fields}
        return fields.keys() != wanted.keys() or any(
            _is_lossy_cast(fields[name], kind) for name, kind in wanted.items()
        )
    return source_type.is_float() and target_type.is_integer()
