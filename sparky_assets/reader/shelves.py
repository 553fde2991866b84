"""A store that is only read: its folders listed once in a while, and what was read from it kept until it changes.

What does not belong here: what lies on the shelves, and for whom.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel

from resources.errors import StorageError
from resources.storage import Storage, Suffix

KEPT = 400
"""Documents and tables kept in memory; a month's insight is the largest, at some 300 kB."""
KEPT_PAGES = 64
"""Finished pages of digests kept in memory, at most 100 kB each: a month's takes 30 ms to make."""

Document = TypeVar("Document", bound=BaseModel)
Thing = TypeVar("Thing")
Stamp = tuple[datetime, int]


class Shelves:
    """Listings, documents and finished pages. Safe to be used by several threads."""

    def __init__(self, storage: Storage, refresh_seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self.storage = storage
        self._seconds, self._now = refresh_seconds, now
        self._listings: dict[tuple[str, str], tuple[float, Mapping[str, Stamp]]] = {}
        self._kept: OrderedDict[tuple[str, str, str], tuple[Stamp, Any]] = OrderedDict()
        self._derived: dict[Hashable, tuple[tuple[object, ...], Any]] = {}
        self._pages: OrderedDict[tuple[Hashable, ...], str] = OrderedDict()
        self._lock, self._listing = threading.Lock(), threading.Lock()

    def stamps(self, name: str, suffix: Suffix) -> Mapping[str, Stamp]:
        """When each key of a shelf was written; at most `refresh_seconds` old."""
        key = (name, suffix)
        with self._lock:
            known = self._listings.get(key)
        if known and self._now() - known[0] < self._seconds:
            return known[1]
        # One lists again, the others go on with what is known: a folder of three years takes tens of milliseconds.
        is_first = self._listing.acquire(blocking=known is None)
        if not is_first and known:
            return known[1]
        try:
            found: Mapping[str, Stamp] = self.storage.stamps(name, suffix)
            if known and found == known[1]:
                found = known[1]  # the same object, so that whatever was made from it is known to be good still
            with self._lock:
                self._listings[key] = (self._now(), found)
        finally:
            self._listing.release()
        return found

    def derived(self, key: Hashable, listings: tuple[object, ...], make: Callable[[], Thing]) -> Thing:
        """What is made from listings, once for each of them: a thousand dates are read in 2 ms, on every page."""
        known = self._derived.get(key)
        if known is None or any(old is not new for old, new in zip(known[0], listings, strict=True)):
            known = self._derived[key] = (listings, make())
        made: Thing = known[1]
        return made

    def remembered(self, key: tuple[Hashable, ...], make: Callable[[], str]) -> str:
        """A page made for a key that names all it was made of; made again when it was pushed out."""
        with self._lock:
            if key in self._pages:
                self._pages.move_to_end(key)
                return self._pages[key]
        made = make()
        with self._lock:
            self._pages[key] = made
            while len(self._pages) > KEPT_PAGES:
                self._pages.popitem(last=False)
        return made

    def document(self, name: str, key: str, kind: type[Document]) -> Document | None:
        """A document; None where it is not there or not readable as one (an older version wrote it)."""

        def read(name: str, key: str, _: Suffix) -> Document:
            return self.storage.read_document(name, key, kind)

        return self.kept(name, key, "json", read)

    def kept(self, name: str, key: str, suffix: Suffix, read: Callable[[str, str, Suffix], Thing]) -> Thing | None:
        """Whatever `read` gives, read again only when the file was written again; None where it cannot be read."""
        stamp = self.stamps(name, suffix).get(key)
        if stamp is None:
            return None
        with self._lock:
            known = self._kept.get((name, key, suffix))
            if known and known[0] == stamp:
                self._kept.move_to_end((name, key, suffix))
                thing: Thing = known[1]
                return thing
        try:
            fresh = read(name, key, suffix)
        except StorageError:
            return None  # the status page tells of it; a page about something else need not fall
        with self._lock:
            self._kept[name, key, suffix] = (stamp, fresh)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return fresh
