"""The store: parquet tables, JSON documents and texts in a folder or behind any fsspec URL. It knows no domain rule.

A file is `<root>/<stage>/<name>/<key>.<suffix>`. It is there whole or not at all: a local file is written beside its
place and moved over it, an object store replaces objects whole. Two writers of one key leave one whole file.

What a table is in bytes: `storage_tables.py`. What a refusal of the disk or server means: `storage_refusals.py`.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, TypeVar

import dagster as dg
import fsspec
import polars as pl
from pydantic import BaseModel, ValidationError

from resources.errors import StorageError
from resources.storage_refusals import storage_exceptions, to_storage_error
from resources.storage_tables import TableSchema, from_parquet, to_parquet
from resources.whole_file import write_atomic

Document = TypeVar("Document", bound=BaseModel)


FileSuffix = Literal["parquet", "json", "md", "txt", "html", "svg", "png"]


@dataclass(frozen=True)
class StoredFile:
    """What was written: where, how many bytes, and the SHA-256 of exactly these bytes."""

    path: str
    size: int
    sha256: str


class Storage(dg.ConfigurableResource[Any]):
    """Reads and writes the store below `root` (a folder, or an fsspec URL such as `s3://bucket/sparky`)."""

    root: str

    def build_path(self, name: str, key: str, suffix: FileSuffix) -> str:
        """Where `key` of `name` (like `raw/commits`) lies."""
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", key):
            raise StorageError(f"{name}/{key}: not a name that the store can hold")
        return f"{self._build_folder(name)}/{key}.{suffix}"

    def write_table(self, name: str, key: str, frame: pl.DataFrame, schema: TableSchema) -> StoredFile:
        """Write a frame, cast to exactly the columns, order and types of `schema`.

        Raises:
            StorageError: when a column is missing or holds what its type cannot, or the disk refuses.
        """
        path = self.build_path(name, key, "parquet")
        return self._write(path, to_parquet(frame, schema, path))

    def read_table(self, name: str, key: str, schema: TableSchema) -> pl.DataFrame:
        """Read one table.

        Raises:
            StorageError: when it is missing, torn, or not a table of this schema.
        """
        path = self.build_path(name, key, "parquet")
        return from_parquet(self._read(path), schema, path, name, key)

    def read_tables(self, name: str, keys: Iterable[str], schema: TableSchema) -> pl.DataFrame:
        """Read the tables of several keys as one frame, in the order given; no key gives an empty frame."""
        frames = [self.read_table(name, key, schema) for key in keys]
        return pl.concat(frames) if frames else pl.DataFrame(schema=dict(schema.columns))

    def write_document(self, name: str, key: str, document: BaseModel) -> StoredFile:
        """Write a pydantic model as JSON with sorted keys, so that equal documents are equal bytes."""
        text = json.dumps(document.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, indent=1)
        path = self.build_path(name, key, "json")
        return self._write(path, _encode_text(path, text + "\n"))

    def read_document(self, name: str, key: str, model_type: type[Document]) -> Document:
        """Read a model back.

        Raises:
            StorageError: when it is missing, torn, or not such a document; the message names the first field.
        """
        path = self.build_path(name, key, "json")
        try:
            return model_type.model_validate_json(self._read(path))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the file"
            raise StorageError(
                f"{path}: torn, or not a {model_type.__name__}: {where}: {first['msg']}. "
                f"Delete it and make {name} {key} again."
            ) from error

    def write_bytes(self, name: str, key: str, data: bytes, suffix: FileSuffix) -> StoredFile:
        """Write bytes as they are: a picture."""
        return self._write(self.build_path(name, key, suffix), data)

    def read_bytes(self, name: str, key: str, suffix: FileSuffix) -> bytes:
        """Read bytes as they are.

        Raises:
            StorageError: when they are missing.
        """
        return self._read(self.build_path(name, key, suffix))

    def write_text(self, name: str, key: str, text: str, suffix: FileSuffix = "md") -> StoredFile:
        """Write a text as UTF-8."""
        path = self.build_path(name, key, suffix)
        return self._write(path, _encode_text(path, text))

    def read_text(self, name: str, key: str, suffix: FileSuffix = "md") -> str:
        """Read a text.

        Raises:
            StorageError: when it is missing or not UTF-8.
        """
        path = self.build_path(name, key, suffix)
        try:
            return self._read(path).decode()
        except UnicodeDecodeError as error:
            raise StorageError(f"{path}: not UTF-8 text. Delete it and make {name} {key} again.") from error

    def has(self, name: str, key: str, suffix: FileSuffix) -> bool:
        """Whether the file is there."""
        path = self.build_path(name, key, suffix)
        try:
            return bool(self._filesystem.exists(path))
        except storage_exceptions() as error:
            raise to_storage_error(f"{path}: cannot be asked for", error) from error

    def find_missing(self, name: str, keys: Iterable[str], suffix: FileSuffix = "parquet") -> list[str]:
        """The keys that are not there, in the order given. One listing, however many keys are asked for."""
        have = set(self.list_keys(name, suffix))
        return [key for key in keys if key not in have]

    def list_keys(self, name: str, suffix: FileSuffix = "parquet") -> list[str]:
        """The keys that are there, sorted."""
        return sorted(key for path in self._list(name, detail=False) if (key := _parse_key(path, suffix)))

    def list_file_stats(self, name: str, suffix: FileSuffix) -> dict[str, tuple[datetime, int]]:
        """When each key that is there was last written, and its size in bytes, by key in order. One listing."""
        found = {entry["name"]: entry for entry in self._list(name, detail=True)}
        return {
            key: (_get_modified_time(entry), int(entry.get("size") or 0))
            for path, entry in sorted(found.items())
            if (key := _parse_key(path, suffix))
        }

    def _list(self, name: str, *, detail: bool) -> list[Any]:
        """What lies in the folder of a name, as fsspec tells it: paths, or entries with details."""
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

    def _read(self, path: str) -> bytes:
        try:
            return bytes(self._filesystem.cat_file(path))
        except FileNotFoundError as error:
            raise StorageError(f"{path}: is not there yet. Make it first.") from error
        except storage_exceptions() as error:
            raise to_storage_error(f"{path}: cannot be read", error) from error

    def _write(self, path: str, data: bytes) -> StoredFile:
        try:
            if "file" in (protocol := self._filesystem.protocol) or protocol == "file":
                _write_if_changed(Path(fsspec.core.url_to_fs(path)[1]), data)  # the very file that is read
            else:
                self._filesystem.pipe_file(path, data)
        except storage_exceptions() as error:
            raise to_storage_error(
                f"{path}: cannot be written", error, " What was stored before is untouched."
            ) from error
        return StoredFile(path, len(data), sha256(data).hexdigest())


def _parse_key(path: str, suffix: FileSuffix) -> str:
    """The key whose file this is; empty for a file of another kind, or one that is just being written."""
    file = Path(path).name
    return file.removesuffix(f".{suffix}") if file.endswith(f".{suffix}") and file[0] != "." else ""


def _get_modified_time(entry: Mapping[str, Any]) -> datetime:
    """A folder tells seconds (`mtime`), S3 an instant (`LastModified`), memory `created`."""
    at = entry.get("mtime") or entry.get("LastModified") or entry.get("created") or 0
    return at.astimezone(UTC) if isinstance(at, datetime) else datetime.fromtimestamp(float(at), UTC)


def _encode_text(path: str, text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise StorageError(f"{path}: cannot be written: {error.reason} at character {error.start}.") from error


def _write_if_changed(path: Path, data: bytes) -> None:
    if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
        return  # the same bytes again: a re-run leaves the file, and its time, as they were
    write_atomic(path, data)
