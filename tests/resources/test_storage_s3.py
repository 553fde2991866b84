"""The store in S3 keeps the promises of a folder, through the real client and a server on loopback."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import fsspec
import polars as pl
import pytest

from resources.errors import StorageError, StorageUnavailableError
from resources.storage import Storage
from tests.fakes.s3 import KEYS, S3, serving

NAME = "raw/commits"


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    with serving() as server:
        yield server


@pytest.fixture
def store(s3: S3, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Storage:
    for name, value in s3.variables.items():
        monkeypatch.setenv(name, value)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    return Storage(root=f"s3://sparky/{request.node.name}")


class Columns:
    """A table of one column."""

    name = "raw/commits@1"
    columns = {"sha": pl.String(), "lines": pl.Int64()}  # noqa: RUF012 - as the protocol has it


def test_table_comes_back_as_it_was_written(store: Storage) -> None:
    frame = pl.DataFrame({"sha": ["a", "b"], "lines": [1, 2]})
    store.write_table(NAME, "2025-11-12", frame, Columns())
    assert store.read_table(NAME, "2025-11-12", Columns()).equals(frame)


def test_existing_keys_are_listed_and_others_are_missing(store: Storage) -> None:
    assert store.list_keys(NAME, "md") == []
    store.write_text(NAME, "b", "two")
    store.write_text(NAME, "a", "one")
    assert store.list_keys(NAME, "md") == ["a", "b"]
    assert store.find_missing(NAME, ["a", "c"], "md") == ["c"]
    assert store.has(NAME, "a", "md")
    assert not store.has(NAME, "c", "md")


def test_write_of_another_process_is_seen_at_once(store: Storage, s3: S3) -> None:
    """Regression: the client caches listings, so that a long-lived reader would never see the next day."""
    store.write_text(NAME, "a", "one")
    assert store.list_keys(NAME, "md") == ["a"]
    folder = store.root.removeprefix("s3://sparky/")
    s3.client.put_object(Bucket="sparky", Key=f"{folder}/{NAME}/b.md", Body=b"of another process")
    assert store.list_keys(NAME, "md") == ["a", "b"]
    assert store.read_text(NAME, "b") == "of another process"


def test_writing_again_replaces_the_whole(store: Storage) -> None:
    store.write_text(NAME, "a", "a longer text than the next")
    store.write_text(NAME, "a", "short")
    assert store.read_text(NAME, "a") == "short"


def test_modification_time_is_an_instant(store: Storage) -> None:
    stored = store.write_text(NAME, "a", "one")
    ((written, size),) = store.list_file_stats(NAME, "md").values()
    assert datetime.now(UTC) - written < timedelta(minutes=5)
    assert size == stored.size


def test_missing_key_is_reported(store: Storage) -> None:
    with pytest.raises(StorageError, match="is not there yet"):
        store.read_text(NAME, "a")


def test_missing_bucket_is_named(s3: S3, store: Storage) -> None:
    elsewhere = Storage(root="s3://no-such-bucket/store")
    with pytest.raises(StorageError, match=r"s3://no-such-bucket/store/raw/commits/a\.md: cannot be written"):
        elsewhere.write_text(NAME, "a", "one")


def test_unreachable_server_is_a_retryable_error(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1", "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in {**KEYS, **closed}.items():
        monkeypatch.setenv(name, value)
    fsspec.get_filesystem_class("s3").clear_instance_cache()  # a client keeps the address that it was created with
    store = Storage(root="s3://sparky/store")
    try:
        with pytest.raises(StorageUnavailableError, match="cannot be written"):
            store.write_text(NAME, "a", "one")
        with pytest.raises(StorageUnavailableError, match="cannot be read"):
            store.read_text(NAME, "a")
        with pytest.raises(StorageUnavailableError, match="cannot be listed"):
            store.list_keys(NAME, "md")
        with pytest.raises(StorageUnavailableError, match="cannot be listed"):
            store.list_file_stats(NAME, "md")
        with pytest.raises(StorageUnavailableError, match="cannot be asked for"):
            store.has(NAME, "a", "md")
    finally:
        fsspec.get_filesystem_class("s3").clear_instance_cache()
