"""What the world may not read any more: periods that name a repository which the newest list does not call public.

The door of stage 5 asks the same before a text leaves; a reader shows what was made long ago again and again. A
repository that is gone from the list, or was renamed, hides nothing here: in a few years each month names one.
"""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from resources.errors import StorageError
from resources.storage import FileSuffix
from sparky_assets.digests.products import INSIGHT_PART
from sparky_assets.errors import DataError
from sparky_assets.metrics.models import REPOSITORY_TABLE
from sparky_assets.publications.visibility import load_visibility, non_public_names
from sparky_assets.raw.tables import REPOSITORIES
from sparky_assets.reader.cached_store import CachedStore, FileStamp

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
        found = {place: self._store.modified_times(*place) for place in _list_sources(f"{kind}{_PUBLIC_SUFFIX}")}
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


def _list_sources(prefix: str) -> tuple[tuple[str, FileSuffix], ...]:
    """Where the repositories of a period stand: in what its texts are made from, and in its numbers."""
    return ((f"digests/{prefix}_{INSIGHT_PART}", "json"), (f"insights/{prefix}", "json"),
            (f"metrics/{prefix}_{REPOSITORY_TABLE.suffix}", "parquet"))  # fmt: skip
