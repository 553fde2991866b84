"""What the world may not read any more: periods that name a repository which the newest list does not call public.

The door of stage 5 asks the same before a text leaves; a reader shows what was made long ago again and again. A
repository that is gone from the list, or was renamed, hides nothing here: in a few years each month names one.
"""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from resources.errors import StorageError
from resources.storage import Suffix
from sparky_assets.digests.products import INSIGHT
from sparky_assets.errors import DataError
from sparky_assets.metrics.models import REPOSITORY_TABLE
from sparky_assets.publications.visibility import hidden_now, visibility_now
from sparky_assets.raw.models import REPOSITORIES
from sparky_assets.reader.shelves import Shelves, Stamp

AT_A_TIME = 16
"""Files read at once: three years are some 3,600, and an object store takes its time for each."""
NOTHING: frozenset[str] = frozenset()
_NAMED = re.compile(rb'"repository": "([^"\\]+)"')
_PUBLIC = "_public"


class Wall:
    """Knows the closed periods of the public's shelves; a file is read once, and again when it was written again."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves
        self._named: dict[tuple[str, str], tuple[Stamp, frozenset[str]]] = {}

    def closed(self, name: str) -> frozenset[str]:
        """The keys of a shelf that nobody outside may read; of an internal shelf none."""
        kind, is_public, _ = name.partition("/")[2].partition(_PUBLIC)
        if not is_public:
            return NOTHING
        lists = self._shelves.stamps(REPOSITORIES.path, "parquet")
        hidden = self._shelves.derived("hidden", (lists,), self._hidden)
        if not hidden:
            return NOTHING
        found = {place: self._shelves.stamps(*place) for place in _places(f"{kind}{_PUBLIC}")}
        return self._shelves.derived(("closed", kind), (lists, *found.values()), lambda: self._closed(found, hidden))

    def _hidden(self) -> frozenset[str]:
        try:
            return hidden_now(visibility_now(self._shelves.storage))
        except DataError:  # no list: a machine that was given nothing but what is public
            return NOTHING

    def _closed(
        self, found: Mapping[tuple[str, Suffix], Mapping[str, Stamp]], hidden: frozenset[str]
    ) -> frozenset[str]:
        todo = [(*place, key, stamp) for place, listing in found.items() for key, stamp in listing.items()]
        with ThreadPoolExecutor(AT_A_TIME) as threads:
            names = threads.map(lambda one: self._names(*one), todo)
        return frozenset(key for (*_, key, _), named in zip(todo, names, strict=True) if named & hidden)

    def _names(self, name: str, suffix: Suffix, key: str, stamp: Stamp) -> frozenset[str]:
        known = self._named.get((name, key))
        if known is None or known[0] != stamp:
            known = self._named[name, key] = (stamp, self._read(name, suffix, key))
        return known[1]

    def _read(self, name: str, suffix: Suffix, key: str) -> frozenset[str]:
        storage = self._shelves.storage
        try:
            if suffix == "parquet":
                return frozenset(storage.read_table(name, key, REPOSITORY_TABLE)["repository"])
            return frozenset(one.decode() for one in _NAMED.findall(storage.read_bytes(name, key, suffix)))
        except StorageError:
            return NOTHING  # what cannot be read is not shown either


def _places(shelf: str) -> tuple[tuple[str, Suffix], ...]:
    """Where the repositories of a period stand: in what its texts are made from, and in its numbers."""
    return ((f"digests/{shelf}_{INSIGHT}", "json"), (f"insights/{shelf}", "json"),
            (f"metrics/{shelf}_{REPOSITORY_TABLE.suffix}", "parquet"))  # fmt: skip
