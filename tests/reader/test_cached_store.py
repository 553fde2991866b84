"""The cached store: listings by age, documents by file stamp, values by listing, and finished pages."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from resources.storage import Storage
from sparky_assets.periods import PeriodKind
from sparky_assets.reader.cached_store import CachedStore
from sparky_assets.reader.library import parse_periods


class Note(BaseModel):
    text: str


class FakeTime:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    storage = Storage(root=str(tmp_path))
    storage.write_document("notes/day", "2025-11-12", Note(text="one"))
    return storage


def test_listing_is_refreshed_only_when_it_is_old(storage: Storage) -> None:
    now = FakeTime()
    store = CachedStore(storage, 60, now)
    assert list(store.modified_times("notes/day", "json")) == ["2025-11-12"]
    storage.write_document("notes/day", "2025-11-13", Note(text="two"))
    now.seconds = 59
    assert list(store.modified_times("notes/day", "json")) == ["2025-11-12"]
    now.seconds = 60
    assert sorted(store.modified_times("notes/day", "json")) == ["2025-11-12", "2025-11-13"]


def test_unchanged_listing_stays_the_same_object(storage: Storage) -> None:
    store = CachedStore(storage, 0)
    first = store.modified_times("notes/day", "json")
    assert store.modified_times("notes/day", "json") is first
    storage.write_document("notes/day", "2025-11-12", Note(text="longer text"))
    assert store.modified_times("notes/day", "json") is not first


def test_listing_of_a_missing_folder_is_empty(storage: Storage) -> None:
    assert dict(CachedStore(storage, 0).modified_times("notes/week", "json")) == {}


def test_value_is_made_again_only_with_another_listing(storage: Storage) -> None:
    store = CachedStore(storage, 0)
    first, second = {"a": 1}, {"a": 1}
    calls: list[int] = []

    def make() -> int:
        calls.append(1)
        return len(calls)

    assert [store.cached_by_listing("key", (listing,), make) for listing in (first, first, second, second)] == [
        1, 1, 2, 2,
    ]  # fmt: skip
    assert store.cached_by_listing("other key", (second,), make) == 3


def test_page_is_rendered_once_per_key(storage: Storage) -> None:
    store = CachedStore(storage, 0)
    assert store.cached_page(("day", 1), lambda: "first") == "first"
    assert store.cached_page(("day", 1), lambda: "second") == "first"
    assert store.cached_page(("day", 2), lambda: "second") == "second"


def test_document_is_read_again_when_its_file_changed(storage: Storage) -> None:
    store = CachedStore(storage, 0)
    first = store.load_document("notes/day", "2025-11-12", Note)
    assert first == Note(text="one")
    assert store.load_document("notes/day", "2025-11-12", Note) is first
    storage.write_document("notes/day", "2025-11-12", Note(text="changed"))
    assert store.load_document("notes/day", "2025-11-12", Note) == Note(text="changed")


def test_missing_or_damaged_document_is_none(storage: Storage, tmp_path: Path) -> None:
    store = CachedStore(storage, 0)
    assert store.load_document("notes/day", "2025-11-13", Note) is None
    (tmp_path / "notes/day/2025-11-12.json").write_text("{")
    assert store.load_document("notes/day", "2025-11-12", Note) is None
    storage.write_document("notes/day", "2025-11-12", Note(text="repaired"))
    assert store.load_document("notes/day", "2025-11-12", Note) == Note(text="repaired")


def test_periods_of_keys_are_sorted_and_stray_files_are_skipped() -> None:
    keys = ["2025-11-17", "2025-11-10", "2025-11-12", "notes", "2025-13-01"]
    assert [period.key for period in parse_periods(PeriodKind.WEEKLY, keys)] == ["2025-11-10", "2025-11-17"]
