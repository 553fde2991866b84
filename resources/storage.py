"""The store: parquet tables, JSON documents and texts in a folder or behind any fsspec URL. No domain rules.

A file is `<root>/<stage>/<name>/<key>.<suffix>`. It is complete or missing: a local file is written to a temporary path
and moved, and an object store replaces whole objects. So two writers of one key leave one complete file. A table holds
the name of its schema and is never read as another. The stages define the schemas.
"""

import io
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import file_digest, sha256
from itertools import chain
from os import fstat
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import fsspec
import polars as pl
from polars.datatypes import DataTypeClass
from pydantic import BaseModel, ValidationError

from resources.errors import OutdatedTableError, StorageError, StorageUnavailableError
from resources.files import link_file, write_atomic, write_atomic_parts
from resources.json_parts import read_json_parts, write_json_parts
from resources.memory import return_freed_memory

SCHEMA_METADATA_KEY = "sparky.schema"
"""The key of a parquet file's metadata under which it names its schema."""

LARGE_DOCUMENT_BYTES = 5_000_000
"""From this size on, a document in a folder is written and read in parts."""

Document = TypeVar("Document", bound=BaseModel)

FileSuffix = Literal["parquet", "json", "md", "txt", "html", "svg", "png"]


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


@dataclass(frozen=True)
class StoredFile:
    """A written file: its path, its size in bytes, and the SHA-256 of its bytes."""

    path: str
    size: int
    sha256: str


def storage_exceptions() -> tuple[type[Exception], ...]:
    """Return the exceptions that a folder or S3 raises."""
    return (OSError, *_find_s3_errors("BotoCoreError"))


def to_storage_error(problem: str, error: Exception, advice: str = "") -> StorageError:
    """Return the error to raise: a transient one if a server did not answer."""
    is_unreachable = isinstance(error, _find_s3_errors("ConnectionError", "HTTPClientError"))
    kind = StorageUnavailableError if is_unreachable else StorageError
    return kind(f"{problem}: {getattr(error, 'strerror', None) or error}.{advice}")


def _find_s3_errors(*names: str) -> tuple[type[Exception], ...]:
    """Return the errors of the S3 client, which are not OSErrors; empty if this optional client is not loaded."""
    client = sys.modules.get("botocore.exceptions")
    return tuple(getattr(client, name) for name in names) if client else ()


def to_parquet(frame: pl.DataFrame, schema: TableSchema, path: str) -> bytes:
    """Return a frame as parquet with exactly the columns, order and types of `schema`. `path` is named in errors.

    Raises:
        StorageError: a column is missing, or a value does not fit its type.
    """
    try:
        if frame.is_empty():
            return _format_empty_table(tuple(frame.schema.items()), tuple(schema.columns.items()), schema.name)
        return _format_table(frame, schema.columns, schema.name)
    except pl.exceptions.PolarsError as error:
        raise StorageError(f"{path}: does not fit the schema {schema.name}: {error}") from error


def _format_table(frame: pl.DataFrame, columns: Mapping[str, pl.DataType], name: str) -> bytes:
    table = frame.select(pl.col(column).cast(kind) for column, kind in columns.items())
    given = frame.schema  # polars builds it at each call
    if lossy := [column for column, kind in columns.items() if _is_lossy_cast(given[column], kind)]:
        raise pl.exceptions.SchemaError(f"column {lossy[0]!r} is {given[lossy[0]]}")
    buffer = io.BytesIO()
    table.write_parquet(buffer, compression="zstd", metadata={SCHEMA_METADATA_KEY: name})
    return buffer.getvalue()


@lru_cache(maxsize=128)
def _format_empty_table(
    given: tuple[tuple[str, pl.DataType], ...], columns: tuple[tuple[str, pl.DataType], ...], name: str
) -> bytes:
    """Return a table without rows. From git alone half of the tables of a day are empty, a thousand files a year."""
    return _format_table(pl.DataFrame(schema=dict(given)), dict(columns), name)


def from_parquet(content: bytes, schema: TableSchema, path: str, name: str, key: str) -> pl.DataFrame:
    """Parse a parquet file as a table of `schema`. `path`, `name` and `key` are named in errors.

    Raises:
        OutdatedTableError: the file holds another version of the table.
        StorageError: the file is damaged or not a table of this schema.
    """
    data = io.BytesIO(content)
    try:
        written_as = pl.read_parquet_metadata(data).get(SCHEMA_METADATA_KEY)
        data.seek(0)
        frame = pl.read_parquet(data) if written_as == schema.name else None
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise StorageError(f"{path}: torn or not parquet ({error}). Delete it and collect {key} again.") from error
    if written_as and written_as != schema.name and written_as.partition("@")[0] == schema.name.partition("@")[0]:
        raise OutdatedTableError(
            f"{path}: written as {written_as}, expected {schema.name}: another version of Sparky wrote it. "
            f"Make {key} again."
        )
    if frame is None or dict(frame.schema) != dict(schema.columns):
        raise StorageError(
            f"{path}: written as {written_as or 'a foreign table'}, expected {schema.name}. "
            f"Delete it and make {name} {key} again."
        )
    return frame


def _is_lossy_cast(source_type: pl.DataType | DataTypeClass, target_type: pl.DataType | DataTypeClass) -> bool:
    """Return whether the cast of polars silently drops data: the fraction of a number, or a field of a struct."""
    if isinstance(target_type, pl.List):
        return isinstance(source_type, pl.List) and _is_lossy_cast(source_type.inner, target_type.inner)
    if isinstance(target_type, pl.Struct) and isinstance(source_type, pl.Struct):
        fields = {field.name: field.dtype for field in source_type.fields}
        target_fields = {field.name: field.dtype for field in target_type.fields}
        return fields.keys() != target_fields.keys() or any(
            _is_lossy_cast(fields[name], kind) for name, kind in target_fields.items()
        )
    return source_type.is_float() and target_type.is_integer()


@dataclass(frozen=True)
class Storage:
    """Reads and writes the store below `root` (a folder, or an fsspec URL such as `s3://bucket/sparky`).

    Not a class of Dagster, so that a command that only reads the store does not load it.
    """

    root: str

    def build_path(self, name: str, key: str, suffix: FileSuffix) -> str:
        """Return the path of `key` of `name` (like `raw/commits`)."""
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", key):
            raise StorageError(f"{name}/{key}: not a name that the store can hold")
        return f"{self._build_folder(name)}/{key}.{suffix}"

    def write_table(self, name: str, key: str, frame: pl.DataFrame, schema: TableSchema) -> StoredFile:
        """Write a frame, cast to exactly the columns, order and types of `schema`.

        Raises:
            StorageError: a column is missing, a value does not fit its type, or the write fails.
        """
        path = self.build_path(name, key, "parquet")
        return self._write(path, to_parquet(frame, schema, path))

    def read_table(self, name: str, key: str, schema: TableSchema) -> pl.DataFrame:
        """Read one table.

        Raises:
            StorageError: the table is missing, damaged, or not of this schema.
        """
        path = self.build_path(name, key, "parquet")
        return from_parquet(self._read(path), schema, path, name, key)

    def read_tables(self, name: str, keys: Iterable[str], schema: TableSchema) -> pl.DataFrame:
        """Read the tables of several keys as one frame, in the given order; without keys the frame is empty."""
        frames = [self.read_table(name, key, schema) for key in keys]
        return pl.concat(frames) if frames else pl.DataFrame(schema=dict(schema.columns))

    def write_document(self, name: str, key: str, document: BaseModel) -> StoredFile:
        """Write a pydantic model as JSON with sorted keys, so that equal documents are equal bytes."""
        path = self.build_path(name, key, "json")
        parts = (_encode_text(path, part) for part in write_json_parts(document))
        beginning = io.BytesIO()
        for part in parts:
            beginning.write(part)
            if self._is_local and beginning.tell() >= LARGE_DOCUMENT_BYTES:
                return self._write_parts(path, chain((beginning.getvalue(),), parts))
        return self._write(path, beginning.getvalue())

    def copy_document(self, source_name: str, name: str, key: str) -> StoredFile:
        """Write the bytes of a document under another name. A folder then holds them once, as a hard link.

        Raises:
            StorageError: the document is missing.
        """
        source, target = (self.build_path(part, key, "json") for part in (source_name, name))
        if not (self._is_local and self.has(source_name, key, "json")):
            return self._write(target, self._read(source))
        source_file, target_file = (Path(fsspec.core.url_to_fs(path)[1]) for path in (source, target))
        try:
            link_file(source_file, target_file)
            with target_file.open("rb") as file:
                digest = file_digest(file, "sha256").hexdigest()
            return StoredFile(target, target_file.stat().st_size, digest)
        except OSError as error:
            raise to_storage_error(f"{target}: cannot be written", error) from error

    def read_document(self, name: str, key: str, model_type: type[Document]) -> Document:
        """Read a pydantic model.

        Raises:
            StorageError: the document is missing, damaged, or not of this type; the message names the first field.
        """
        return self.read_hashed_document(name, key, model_type)[0]

    def read_hashed_document(self, name: str, key: str, model_type: type[Document]) -> tuple[Document, str]:
        """Read a pydantic model and the SHA-256 of its bytes, with a single read of the file.

        Raises:
            StorageError: as `read_document`.
        """
        path = self.build_path(name, key, "json")
        if parsed := self._read_large_document(path, model_type):
            return parsed
        data = self._read(path)
        try:
            document, digest = model_type.model_validate_json(data), sha256(data).hexdigest()
        except ValidationError as error:
            first_error = error.errors()[0]
            field = ".".join(str(part) for part in first_error["loc"]) or "the file"
            raise StorageError(
                f"{path}: torn, or not a {model_type.__name__}: {field}: {first_error['msg']}. "
                f"Delete it and make {name} {key} again."
            ) from error
        if len(data) >= LARGE_DOCUMENT_BYTES:
            del data
            return_freed_memory()
        return document, digest

    def write_bytes(self, name: str, key: str, data: bytes, suffix: FileSuffix) -> StoredFile:
        """Write bytes unchanged, for example a picture."""
        return self._write(self.build_path(name, key, suffix), data)

    def read_bytes(self, name: str, key: str, suffix: FileSuffix) -> bytes:
        """Read bytes unchanged.

        Raises:
            StorageError: the file is missing.
        """
        return self._read(self.build_path(name, key, suffix))

    def write_text(self, name: str, key: str, text: str, suffix: FileSuffix = "md") -> StoredFile:
        """Write a text as UTF-8."""
        path = self.build_path(name, key, suffix)
        return self._write(path, _encode_text(path, text))

    def read_text(self, name: str, key: str, suffix: FileSuffix = "md") -> str:
        """Read a text.

        Raises:
            StorageError: the text is missing or not UTF-8.
        """
        path = self.build_path(name, key, suffix)
        try:
            return self._read(path).decode()
        except UnicodeDecodeError as error:
            raise StorageError(f"{path}: not UTF-8 text. Delete it and make {name} {key} again.") from error

    def has(self, name: str, key: str, suffix: FileSuffix) -> bool:
        """Return whether the file exists."""
        path = self.build_path(name, key, suffix)
        try:
            return bool(self._filesystem.exists(path))
        except storage_exceptions() as error:
            raise to_storage_error(f"{path}: cannot be asked for", error) from error

    def find_missing(self, name: str, keys: Iterable[str], suffix: FileSuffix = "parquet") -> list[str]:
        """Return the keys that are not stored, in the given order.

        An object store is listed once for any number of keys. In a folder each key is looked up: a listing grows with
        the store, and a run over the days of a year would list it for each of them.
        """
        if self._is_local:
            folder = fsspec.core.url_to_fs(self._build_folder(name))[1]
            return [key for key in keys if not _is_stored(f"{folder}/{key}.{suffix}")]
        stored_keys = set(self.list_keys(name, suffix))
        return [key for key in keys if key not in stored_keys]

    def list_keys(self, name: str, suffix: FileSuffix = "parquet") -> list[str]:
        """Return the stored keys, sorted."""
        return sorted(key for path in self._list(name, detail=False) if (key := _parse_key(path, suffix)))

    def list_file_stats(self, name: str, suffix: FileSuffix) -> dict[str, tuple[datetime, int]]:
        """Return the time of the last write and the size in bytes of each stored key, sorted by key."""
        entries = {entry["name"]: entry for entry in self._list(name, detail=True)}
        return {
            key: (_get_modified_time(entry), int(entry.get("size") or 0))
            for path, entry in sorted(entries.items())
            if (key := _parse_key(path, suffix))
        }

    def _list(self, name: str, *, detail: bool) -> list[Any]:
        """List the folder of a name with fsspec: paths, or entries with details."""
        folder = self._build_folder(name)
        try:
            self._filesystem.invalidate_cache()
            return list(self._filesystem.ls(folder, detail=detail))
        except FileNotFoundError:
            return []
        except storage_exceptions() as error:
            raise to_storage_error(f"{folder}: cannot be listed", error) from error

    def _build_folder(self, name: str) -> str:
        if not re.fullmatch(r"[a-z_]+/[a-z_]+", name):
            raise StorageError(f"{name}: not a name that the store can hold")
        return f"{self.root.rstrip('/')}/{name}"

    @property
    def _filesystem(self) -> Any:
        return fsspec.core.url_to_fs(self.root)[0]

    @property
    def _is_local(self) -> bool:
        protocol = self._filesystem.protocol
        return protocol == "file" or "file" in protocol

    def _read(self, path: str) -> bytes:
        try:
            return bytes(self._filesystem.cat_file(path))
        except FileNotFoundError as error:
            raise StorageError(f"{path}: is not there yet. Make it first.") from error
        except storage_exceptions() as error:
            raise to_storage_error(f"{path}: cannot be read", error) from error

    def _read_large_document(self, path: str, model_type: type[Document]) -> tuple[Document, str] | None:
        """Return a large document of a folder and the SHA-256 of its bytes; None if it must be read as a whole."""
        if not self._is_local:
            return None
        try:
            with Path(fsspec.core.url_to_fs(path)[1]).open("rb") as file:
                if fstat(file.fileno()).st_size < LARGE_DOCUMENT_BYTES:
                    return None
                parsed = read_json_parts(file, model_type)
        except OSError:
            return None
        return_freed_memory()
        return parsed

    def _write_parts(self, path: str, parts: Iterable[bytes]) -> StoredFile:
        """Write a large file of a folder part by part."""
        try:
            size, digest = write_atomic_parts(Path(fsspec.core.url_to_fs(path)[1]), parts)
        except OSError as error:
            advice = " What was stored before is untouched."
            raise to_storage_error(f"{path}: cannot be written", error, advice) from error
        return_freed_memory()
        return StoredFile(path, size, digest)

    def _write(self, path: str, data: bytes) -> StoredFile:
        try:
            if self._is_local:
                _write_if_changed(Path(fsspec.core.url_to_fs(path)[1]), data)  # the same path as for reading
            else:
                self._filesystem.pipe_file(path, data)
        except storage_exceptions() as error:
            raise to_storage_error(
                f"{path}: cannot be written", error, " What was stored before is untouched."
            ) from error
        return StoredFile(path, len(data), sha256(data).hexdigest())


def _is_stored(path: str) -> bool:
    """Return whether a file of this machine exists.

    Raises:
        StorageError: its folder cannot be searched.
    """
    try:
        Path(path).stat()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise to_storage_error(f"{path}: cannot be asked for", error) from error
    return True


def _parse_key(path: str, suffix: FileSuffix) -> str:
    """Return the key of a file; empty for a file of another kind or a temporary file."""
    file = path.rpartition("/")[2]
    return file.removesuffix(f".{suffix}") if file.endswith(f".{suffix}") and file[0] != "." else ""


def _get_modified_time(entry: Mapping[str, Any]) -> datetime:
    """Return the time of the last write. Folders give `mtime` in seconds, S3 `LastModified`, memory `created`."""
    at = entry.get("mtime") or entry.get("LastModified") or entry.get("created") or 0
    return at.astimezone(UTC) if isinstance(at, datetime) else datetime.fromtimestamp(float(at), UTC)


def _encode_text(path: str, text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise StorageError(f"{path}: cannot be written: {error.reason} at character {error.start}.") from error


def _write_if_changed(path: Path, data: bytes) -> None:
    if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
        return  # equal bytes: a re-run keeps the file and its time
    write_atomic(path, data)
