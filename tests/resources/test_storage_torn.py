"""Torn and foreign files are named by the store, and never read as empty."""

import random
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from resources.errors import StorageError
from resources.storage import Storage
from sparky_assets.raw.tables import COMMITS, RELEASES
from tests.resources.storage_helpers import KEY, NAME, Schema, Story, a_commit, file_of, files_beside, put, refusal

# --- Torn and foreign files


def test_table_torn_anywhere_is_named(store: Storage) -> None:
    whole = Path(store.write_table(NAME, KEY, a_commit(sha="aa", subject="x" * 500), COMMITS).path).read_bytes()
    for length in [*range(0, len(whole), 97), len(whole) - 1]:
        put(store, "parquet", whole[:length])
        message = refusal(lambda: store.read_table(NAME, KEY, COMMITS))
        assert message.startswith(f"{file_of(store)}: ")
        assert "Delete it" in message


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 4096, b"PAR1" * 8, b"sha,subject\naa,x\n"], ids=["empty", "zeros", "magic", "csv"]
)
def test_file_that_is_no_parquet_is_named(store: Storage, data: bytes) -> None:
    path = put(store, "parquet", data)
    assert refusal(lambda: store.read_table(NAME, KEY, COMMITS)).startswith(f"{path}: torn or not parquet")


def test_table_without_its_second_half_is_named(store: Storage) -> None:
    whole = Path(store.write_table(NAME, KEY, a_commit(sha="aa"), COMMITS).path).read_bytes()
    path = put(store, "parquet", whole[: len(whole) // 2].ljust(len(whole), b"\0"))
    assert refusal(lambda: store.read_table(NAME, KEY, COMMITS)).startswith(f"{path}: torn")


def test_table_with_corrupt_bytes_never_ends_the_process(store: Storage) -> None:
    """Polars panics on some of these (5 of 1500 when measured), with an error that is no `Exception`."""
    whole = Path(store.write_table(NAME, KEY, a_commit(sha="aa", subject="x" * 100), COMMITS).path).read_bytes()
    chance, named = random.Random(1), 0
    for _ in range(1500):
        rotten = bytearray(whole)
        for _ in range(chance.choice([1, 5, 50])):
            rotten[chance.randrange(len(rotten))] = chance.randrange(256)
        put(store, "parquet", bytes(rotten))
        try:
            store.read_table(NAME, KEY, COMMITS)  # a byte in a page may go unnoticed: parquet here has no checksums
        except StorageError as error:
            named += str(error).startswith(f"{file_of(store)}: ")
    assert named > 1000


def test_table_of_another_schema_is_named_with_both(store: Storage) -> None:
    path = put(store, "parquet", b"")
    store.write_table(NAME, KEY, RELEASES.make_empty(), RELEASES)
    message = refusal(lambda: store.read_table(NAME, KEY, COMMITS))
    assert message.startswith(f"{path}: written as raw/releases@2, expected raw/commits@3.")
    assert f"Delete it and make {NAME} {KEY} again" in message


def test_table_of_another_writer_is_named(store: Storage) -> None:
    path = put(store, "parquet", b"")
    COMMITS.make_empty().write_parquet(path)
    assert "written as a foreign table, expected raw/commits@3" in refusal(lambda: store.read_table(NAME, KEY, COMMITS))


def test_table_of_an_older_version_is_named_with_both(store: Storage) -> None:
    old, new = Schema({"a": pl.Int64()}, "test@1"), Schema({"a": pl.Int64()}, "test@2")
    store.write_table(NAME, KEY, pl.DataFrame({"a": [1]}), old)
    assert "written as test@1, expected test@2" in refusal(lambda: store.read_table(NAME, KEY, new))


@pytest.mark.parametrize("columns", [{"a": pl.Int32()}, {"b": pl.Int64()}, {"a": pl.Int64(), "b": pl.Int64()}, {}])
def test_table_of_the_right_name_with_other_columns_is_not_read(
    store: Storage, columns: dict[str, pl.DataType]
) -> None:
    store.write_table(NAME, KEY, pl.DataFrame({"a": [1]}), Schema({"a": pl.Int64()}))
    assert "Delete it" in refusal(lambda: store.read_table(NAME, KEY, Schema(columns)))


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b'{"title": "x", "words": "many"}', "words: "),
        (b'{"title": "x"}', "words: "),
        (b'{"title": "x", "words": 1, "tags": ["a", 2]}', "tags.1: "),
        (b'{"title": "x", "wor', "the file: "),
        (b"", "the file: "),
        (b"[]", "the file: "),
        (b'{"title": "\xff", "words": 1}', ""),
    ],
)
def test_document_that_is_torn_or_foreign_is_named_with_its_field(store: Storage, data: bytes, where: str) -> None:
    path = put(store, "json", data)
    message = refusal(lambda: store.read_document(NAME, KEY, Story))
    assert message.startswith(f"{path}: torn, or not a Story: {where}")
    assert message.endswith(f"Delete it and make {NAME} {KEY} again.")


def test_text_that_is_not_utf_8_is_named(store: Storage) -> None:
    path = put(store, "md", b"caf\xe9")
    assert refusal(lambda: store.read_text(NAME, KEY)).startswith(f"{path}: not UTF-8 text. Delete it")


def test_folder_at_the_path_of_a_file_is_named(store: Storage) -> None:
    file_of(store, "md").mkdir(parents=True)
    assert refusal(lambda: store.read_text(NAME, KEY)).startswith(f"{file_of(store, 'md')}: cannot be read: ")
    assert refusal(lambda: store.write_text(NAME, KEY, "x")).startswith(f"{file_of(store, 'md')}: cannot be written: ")
    assert files_beside(file_of(store)) == [f"{KEY}.md"]


@pytest.mark.parametrize(
    "use",
    [
        lambda store: store.write_text(NAME, KEY, "x"),
        lambda store: store.read_text(NAME, KEY),
        lambda store: store.list_keys(NAME),
        lambda store: store.find_missing(NAME, [KEY]),
    ],
    ids=["write", "read", "list", "missing"],
)
def test_root_that_is_a_file_is_named(tmp_path: Path, use: Callable[[Storage], object]) -> None:
    (tmp_path / "file").write_text("not a folder")
    message = refusal(lambda: use(Storage(root=str(tmp_path / "file"))))
    assert message.startswith(f"{tmp_path}/file/{NAME}")
    assert "Not a directory" in message
    assert (tmp_path / "file").read_text() == "not a folder"
