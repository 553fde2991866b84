"""Read-only access to the store with cached listings, documents and pages, and the periods hidden from the public.

What the files mean belongs to `library.py`. Who may read them belongs to `auth.py`.
"""

import re
import threading
import time
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

from cachetools import LRUCache
from pydantic import BaseModel

from resources.errors import StorageError
from resources.storage import FileSuffix, Storage
from sparky_assets.digests.context import load_visibility, non_public_names
from sparky_assets.digests.models import INSIGHT_PART
from sparky_assets.errors import DataError
from sparky_assets.metrics.models import REPOSITORY_TABLE
from sparky_assets.periods import PeriodKind
from sparky_assets.raw.tables import REPOSITORIES
from sparky_assets.store import Audience, digest_path, insights_path, metrics_path

MAX_CACHED_DOCUMENTS = 400
"""Documents and tables kept in memory; a month's insight is the largest, at some 300 kB."""
MAX_CACHED_PAGES = 64
"""Finished pages of digests kept in memory, at most 100 kB each; a month's page takes 30 ms to render."""
MAX_PARALLEL_READS = 16
"""Files read at once: three years are some 3,600, and an object store answers each slowly."""
EMPTY: frozenset[str] = frozenset()

_REPOSITORY_PATTERN = re.compile(rb'"repository": "([^"\\]+)"')
_PUBLIC_SUFFIX = "_public"

Document = TypeVar("Document", bound=BaseModel)
CachedValue = TypeVar("CachedValue")
FileStamp = tuple[datetime, int]
"""When a file was written, and its size."""


class CachedStore:
    """Cached listings, documents and finished pages. Safe to be used by several threads."""

    def __init__(self, storage: Storage, refresh_seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self.storage = storage
        self._refresh_seconds, self._now = refresh_seconds, now
        self._listings: dict[tuple[str, str], tuple[float, Mapping[str, FileStamp]]] = {}
        self._values_by_listing: dict[Hashable, tuple[tuple[object, ...], Any]] = {}
        self._values: LRUCache[tuple[str, str, str], tuple[FileStamp, Any]] = LRUCache(MAX_CACHED_DOCUMENTS)
        self._pages: LRUCache[tuple[Hashable, ...], str] = LRUCache(MAX_CACHED_PAGES)
        self._lock, self._listing_lock = threading.Lock(), threading.Lock()

    def modified_times(self, name: str, suffix: FileSuffix) -> Mapping[str, FileStamp]:
        """Return the stamp of each key of a store path, at most `refresh_seconds` old."""
        key = (name, suffix)
        with self._lock:
            cached = self._listings.get(key)
        if cached and self._now() - cached[0] < self._refresh_seconds:
            return cached[1]
        # One thread lists again while the others use the old listing: three years take tens of milliseconds.
        is_first = self._listing_lock.acquire(blocking=cached is None)
        if not is_first and cached:
            return cached[1]
        try:
            listing: Mapping[str, FileStamp] = self.storage.list_file_stats(name, suffix)
            if cached and listing == cached[1]:
                listing = cached[1]  # the same object, so that values made from it stay valid
            with self._lock:
                self._listings[key] = (self._now(), listing)
        finally:
            self._listing_lock.release()
        return listing

    def cached_by_listing(
        self, key: Hashable, listings: tuple[object, ...], make: Callable[[], CachedValue]
    ) -> CachedValue:
        """Return a value made from listings, and make it again only when one of them is another object.

        Every page needs such values; a thousand dates take 2 ms to parse.
        """
        cached = self._values_by_listing.get(key)
        if cached is None or any(old is not new for old, new in zip(cached[0], listings, strict=True)):
            cached = self._values_by_listing[key] = (listings, make())
        value: CachedValue = cached[1]
        return value

    def cached_page(self, key: tuple[Hashable, ...], make: Callable[[], str]) -> str:
        """Return the page of a key, and render it when it is not cached. The key names everything it is made from."""
        with self._lock:
            page = self._pages.get(key)
        if page is None:
            page = make()
            with self._lock:
                self._pages[key] = page
        return page

    def load_document(self, name: str, key: str, model: type[Document]) -> Document | None:
        """Return a document; None when it is missing or cannot be parsed (an older version wrote it)."""

        def read(name: str, key: str, _: FileSuffix) -> Document:
            return self.storage.read_document(name, key, model)

        return self.cached_read(name, key, "json", read)

    def cached_read(
        self, name: str, key: str, suffix: FileSuffix, read: Callable[[str, str, FileSuffix], CachedValue]
    ) -> CachedValue | None:
        """Return what `read` returns, and read again only when the file changed; None when it cannot be read."""
        stamp = self.modified_times(name, suffix).get(key)
        if stamp is None:
            return None
        with self._lock:
            cached = self._values.get((name, key, suffix))
        if cached and cached[0] == stamp:
            value: CachedValue = cached[1]
            return value
        try:
            value = read(name, key, suffix)
        except StorageError:
            return None  # the status page reports it; other pages must still render
        with self._lock:
            self._values[name, key, suffix] = (stamp, value)
        return value


class VisibilityFilter:
    """Periods that the public may no longer read: they name a repository that the newest list does not call public.

    The pre-publish checks of stage 5 ask the same before a text is published; the reader keeps showing old texts. A
    repository that is gone from the list or was renamed hides nothing: after a few years every month names one.
    """

    def __init__(self, store: CachedStore) -> None:
        self._store = store
        self._names_by_file: dict[tuple[str, str], tuple[FileStamp, frozenset[str]]] = {}

    def hidden_keys(self, name: str) -> frozenset[str]:
        """Return the keys of a store path that are hidden from the public; none of an internal path."""
        kind, is_public, _ = name.partition("/")[2].partition(_PUBLIC_SUFFIX)
        if not is_public:
            return EMPTY
        lists = self._store.modified_times(REPOSITORIES.path, "parquet")
        repositories = self._store.cached_by_listing("hidden", (lists,), self._load_hidden_repositories)
        if not repositories:
            return EMPTY
        listings = {source: self._store.modified_times(*source) for source in _list_sources(PeriodKind(kind))}
        return self._store.cached_by_listing(
            ("closed", kind), (lists, *listings.values()), lambda: self._find_hidden_keys(listings, repositories)
        )

    def _load_hidden_repositories(self) -> frozenset[str]:
        try:
            return non_public_names(load_visibility(self._store.storage))
        except DataError:  # no list: this machine was given public files only
            return EMPTY

    def _find_hidden_keys(
        self, listings: Mapping[tuple[str, FileSuffix], Mapping[str, FileStamp]], repositories: frozenset[str]
    ) -> frozenset[str]:
        files = [(*source, key, stamp) for source, listing in listings.items() for key, stamp in listing.items()]
        with ThreadPoolExecutor(MAX_PARALLEL_READS) as threads:
            names_by_file = threads.map(lambda file: self._cached_names(*file), files)
        return frozenset(key for (*_, key, _), names in zip(files, names_by_file, strict=True) if names & repositories)

    def _cached_names(self, name: str, suffix: FileSuffix, key: str, stamp: FileStamp) -> frozenset[str]:
        cached = self._names_by_file.get((name, key))
        if cached is None or cached[0] != stamp:
            cached = self._names_by_file[name, key] = (stamp, self._read_names(name, suffix, key))
        return cached[1]

    def _read_names(self, name: str, suffix: FileSuffix, key: str) -> frozenset[str]:
        storage = self._store.storage
        try:
            if suffix == "parquet":
                return frozenset(storage.read_table(name, key, REPOSITORY_TABLE)["repository"])
            names = _REPOSITORY_PATTERN.findall(storage.read_bytes(name, key, suffix))
            return frozenset(name.decode() for name in names)
        except StorageError:
            return EMPTY  # a file that cannot be read is not shown either


def _list_sources(kind: PeriodKind) -> tuple[tuple[str, FileSuffix], ...]:
    """Return the public files of a kind of period that name its repositories: insights and metrics."""
    return (
        (digest_path(kind, Audience.PUBLIC, INSIGHT_PART), "json"),
        (insights_path(kind, Audience.PUBLIC), "json"),
        (metrics_path(kind, Audience.PUBLIC, REPOSITORY_TABLE.suffix), "parquet"),
    )
