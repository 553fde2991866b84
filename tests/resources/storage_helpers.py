"""Helpers for the tests of the store: files written by hand, and rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from pydantic import BaseModel

from resources.errors import StorageError
from resources.storage import Storage
from sparky_assets.raw.tables import COMMITS

NAME, KEY = "raw/commits", "2025-11-12"


@dataclass(frozen=True)
class Schema:
    columns: Mapping[str, pl.DataType]
    name: str = "test@1"


class Story(BaseModel):
    title: str
    words: int
    tags: list[str] = []


def file_of(store: Storage, suffix: str = "parquet") -> Path:
    return Path(store.root, NAME, f"{KEY}.{suffix}")


def put(store: Storage, suffix: str, data: bytes) -> Path:
    """Place a file that the store did not write."""
    path = file_of(store, suffix)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def files_beside(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.parent.iterdir())


def refusal(what: Callable[[], object]) -> str:
    with pytest.raises(StorageError) as caught:
        what()
    return str(caught.value)


def a_commit(**values: object) -> pl.DataFrame:
    return pl.DataFrame([dict.fromkeys(COMMITS.columns) | values], schema=dict(COMMITS.columns))
