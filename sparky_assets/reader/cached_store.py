"""A store that is only read: its folders listed once in a while, and what was read from it kept until it changes.

What does not belong here: what lies on the shelves, and for whom.

What the world may not read any more: periods that name a repository which the newest list does not call public.

The door of stage 5 asks the same before a text leaves; a reader shows what was made long ago again and again. A
repository that is gone from the list, or was renamed, hides nothing here: in a few years each month names one.
"""

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel

from resources.errors import StorageError
from resources.storage import FileSuffix, Storage
from sparky_assets.digests.models import INSIGHT_PART
from sparky_assets.errors import DataError
from sparky_assets.metrics.models import REPOSITORY_TABLE
from sparky_assets.periods import PeriodKind
from sparky_assets.publications.checks import load_visibility, non_public_names
from sparky_assets.raw.tables import REPOSITORIES
from sparky_assets.store import Audience, digest_path, insights_path, metrics_path

MAX_CACHED_DOCUMENTS = 400
"""Documents and tables kept in memory; a month's insight is the largest, at some 300 kB."""


MAX_CACHED_PAGES = 64
"""Finished pages of digests kept in memory, at most 100 kB each: a month's takes 30 ms to make."""

Document = TypeVar("Document", bound=BaseModel)


CachedValue = TypeVar("CachedValue")


FileStamp = tuple[datetime, int]


class CachedStore:
    """Listings, documents and finished pages. Safe to be used by several threads."""

    def __init__(self, storage: Storage, refresh_seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self.storage = storage
        self._refresh_seconds, self._now = refresh_seconds, now
        self._listings: dict[tuple[str, str], tuple[float, Mapping[str, FileStamp]]] = {}
        self._cached_values: OrderedDict[tuple[str, str, str], tuple[FileStamp, Any]] = OrderedDict()
        self._values_by_listing: dict[Hashable, tuple[tuple[object, ...], Any]] = {}
        self._pages: OrderedDict[tuple[Hashable, ...], str] = OrderedDict()
        self._lock, self._listing_lock = threading.Lock(), threading.Lock()

    def modified_times(self, name: str, suffix: FileSuffix) -> Mapping[str, FileStamp]:
        """When each key of a shelf was written; at most `refresh_seconds` old."""
        key = (name, suffix)
        with self._lock:
            known = self._listings.get(key)
        if known and self._now() - known[0] < self._refresh_seconds:
            return known[1]
        # One lists again, the others go on with what is known: a folder of three years takes tens of milliseconds.
        is_first = self._listing_lock.acquire(blocking=known is None)
        if not is_first and known:
            return known[1]
        try:
            found: Mapping[str, FileStamp] = self.storage.list_file_stats(name, suffix)
            if known and found == known[1]:
                found = known[1]  # the same object, so that whatever was made from it is known to be good still
            with self._lock:
                self._listings[key] = (self._now(), found)
        finally:
            self._listing_lock.release()
        return found

    def cached_by_listing(
        self, key: Hashable, listings: tuple[object, ...], make: Callable[[], CachedValue]
    ) -> CachedValue:
        """What is made from listings, once for each of them: a thousand dates are read in 2 ms, on every page."""
        known = self._values_by_listing.get(key)
        if known is None or any(old is not new for old, new in zip(known[0], listings, strict=True)):
            known = self._values_by_listing[key] = (listings, make())
        made: CachedValue = known[1]
        return made

    def cached_page(self, key: tuple[Hashable, ...], make: Callable[[], str]) -> str:
        """A page made for a key that names all it was made of; made again when it was pushed out."""
        with self._lock:
            if key in self._pages:
                self._pages.move_to_end(key)
                return self._pages[key]
        made = make()
        with self._lock:
            self._pages[key] = made
            while len(self._pages) > MAX_CACHED_PAGES:
                self._pages.popitem(last=False)
        return made

    def load_document(self, name: str, key: str, model: type[Document]) -> Document | None:
        """A document; None where it is not there or not readable as one (an older version wrote it)."""

        def read(name: str, key: str, _: FileSuffix) -> Document:
            return self.storage.read_document(name, key, model)

        return self.cached_read(name, key, "json", read)

    def cached_read(
        self, name: str, key: str, suffix: FileSuffix, read: Callable[[str, str, FileSuffix], CachedValue]
    ) -> CachedValue | None:
        """Whatever `read` gives, read again only when the file was written again; None where it cannot be read."""
        stamp = self.modified_times(name, suffix).get(key)
        if stamp is None:
            return None
        with self._lock:
            known = self._cached_values.get((name, key, suffix))
            if known and known[0] == stamp:
                self._cached_values.move_to_end((name, key, suffix))
                thing: CachedValue = known[1]
                return thing
        try:
            fresh = read(name, key, suffix)
        except StorageError:
            return None  # the status page tells of it; a page about something else need not fall
        with self._lock:
            self._cached_values[name, key, suffix] = (stamp, fresh)
            while len(self._cached_values) > MAX_CACHED_DOCUMENTS:
                self._cached_values.popitem(last=False)
        return fresh


MAX_PARALLEL_READS = 16
"""Files read at once: three years are some 3,600, and an object store takes its time for each."""


EMPTY: frozenset[str] = frozenset()


_REPOSITORY_PATTERN = re.compile(rb'"repository": "([^"\\]+)"')


_PUBLIC_SUFFIX = "_public"


class VisibilityFilter:
    """Knows the closed periods of the public's shelves; a file is read once, and again when it was written again."""

    def __init__(self, store: CachedStore) -> None:
        self._store = store
        self._names_by_file: dict[tuple[str, str], tuple[FileStamp, frozenset[str]]] = {}

    def hidden_keys(self, name: str) -> frozenset[str]:
        """The keys of a shelf that nobody outside may read; of an internal shelf none."""
        kind, is_public, _ = name.partition("/")[2].partition(_PUBLIC_SUFFIX)
        if not is_public:
            return EMPTY
        lists = self._store.modified_times(REPOSITORIES.path, "parquet")
        hidden = self._store.cached_by_listing("hidden", (lists,), self._load_hidden_repositories)
        if not hidden:
            return EMPTY
        found = {place: self._store.modified_times(*place) for place in _list_sources(PeriodKind(kind))}
        return self._store.cached_by_listing(
            ("closed", kind), (lists, *found.values()), lambda: self._find_hidden_keys(found, hidden)
        )

    def _load_hidden_repositories(self) -> frozenset[str]:
        try:
            return non_public_names(load_visibility(self._store.storage))
        except DataError:  # no list: a machine that was given nothing but what is public
            return EMPTY

    def _find_hidden_keys(
        self, listings: Mapping[tuple[str, FileSuffix], Mapping[str, FileStamp]], hidden_repositories: frozenset[str]
    ) -> frozenset[str]:
        todo = [(*place, key, stamp) for place, listing in listings.items() for key, stamp in listing.items()]
        with ThreadPoolExecutor(MAX_PARALLEL_READS) as threads:
            names = threads.map(lambda one: self._cached_names(*one), todo)
        return frozenset(key for (*_, key, _), named in zip(todo, names, strict=True) if named & hidden_repositories)

    def _cached_names(self, name: str, suffix: FileSuffix, key: str, stamp: FileStamp) -> frozenset[str]:
        known = self._names_by_file.get((name, key))
        if known is None or known[0] != stamp:
            known = self._names_by_file[name, key] = (stamp, self._read_names(name, suffix, key))
        return known[1]

    def _read_names(self, name: str, suffix: FileSuffix, key: str) -> frozenset[str]:
        storage = self._store.storage
        try:
            if suffix == "parquet":
                return frozenset(storage.read_table(name, key, REPOSITORY_TABLE)["repository"])
            return frozenset(one.decode() for one in _REPOSITORY_PATTERN.findall(storage.read_bytes(name, key, suffix)))
        except StorageError:
            return EMPTY  # what cannot be read is not shown either


def _list_sources(kind: PeriodKind) -> tuple[tuple[str, FileSuffix], ...]:
    """The public files of a kind of period that name its repositories: insights and metrics."""
    return (
        (digest_path(kind, Audience.PUBLIC, INSIGHT_PART), "json"),
        (insights_path(kind, Audience.PUBLIC), "json"),
        (metrics_path(kind, Audience.PUBLIC, REPOSITORY_TABLE.suffix), "parquet"),
    )
