"""Full-text search over digests: one SQLite FTS5 index in memory for each audience, filled in the background."""

import re
import sqlite3
import threading
from dataclasses import dataclass
from itertools import islice

from sparky_assets.digests.render.html import extract_body
from sparky_assets.periods import Period, PeriodKind, parse_period
from sparky_assets.reader.cached_store import FileStamp
from sparky_assets.reader.library import DigestLibrary
from sparky_assets.store import Audience, digest_path

MAX_QUERY_LENGTH, MAX_QUERY_WORDS = 200, 12
MATCH_START, MATCH_END = "\x02", "\x03"
"""Mark a match in a snippet. No digest holds these characters, so that HTML is escaped after the search."""

_MARKUP_PATTERN = re.compile(r"\[([^\]]*)\]\([^)]*\)|[*`|\\]|^(?:#{1,6}|-)\s|^[-:|\s]+$", re.MULTILINE)


@dataclass(frozen=True)
class SearchHit:
    """A digest that contains all words, with a snippet of its text around them."""

    period: Period
    title: str
    snippet: tuple[tuple[str, bool], ...]
    """Parts of the snippet; whether each is a match."""


class DigestSearch:
    """Finds digests. Each search first adds the digests that are new since the last one.

    Attributes:
        prepared: set when the digests that were there at the start are in the indexes.
    """

    def __init__(self, library: DigestLibrary) -> None:
        self._library = library
        self._indexes = {audience: _SearchIndex() for audience in Audience}
        self.prepared = threading.Event()

    def prepare(self, stop: threading.Event) -> None:
        """Fill the indexes, which takes seconds for three years of digests. Ends early when `stop` is set."""
        for audience, index in self._indexes.items():
            with index.lock:
                self._update_index(index, audience, stop)
        if not stop.is_set():
            self.prepared.set()

    def find(
        self, query: str, audience: Audience, kind: PeriodKind | None, limit: int, offset: int = 0
    ) -> tuple[int, list[SearchHit]]:
        """Return the number of digests that contain all words of the query, and one page of them.

        The best match comes first, then the newest.
        """
        words = split_query(query)
        if not words:
            return 0, []
        index = self._indexes[audience]
        with index.lock:
            self._update_index(index, audience)
            return index.find(words, kind, limit, offset)

    def _update_index(self, index: "_SearchIndex", audience: Audience, stop: threading.Event | None = None) -> None:
        for kind in PeriodKind:
            keys = set()
            for period in self._library.list_periods(kind, audience):
                if stop and stop.is_set():
                    return
                keys.add((kind, period.key))
                stamp = self._library.modified_times(digest_path(period.kind, audience), "md")[period.key]
                if index.stamps.get((kind, period.key)) != stamp:
                    self._index_digest(index, period, audience, stamp)
            for key in [key for key in index.stamps if key[0] is kind and key not in keys]:
                index.remove(*key)

    def _index_digest(self, index: "_SearchIndex", period: Period, audience: Audience, stamp: FileStamp) -> None:
        card = self._library.load_card(period, audience)
        # Not through the cache: a first search over years would evict the digests that people read.
        text = self._library.storage.read_text(digest_path(period.kind, audience), period.key)
        index.add(period, card.title if card else str(period), strip_markdown(text), stamp)


class _SearchIndex:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.stamps: dict[tuple[PeriodKind, str], FileStamp] = {}
        self._db = sqlite3.connect(":memory:", check_same_thread=False)
        self._db.execute(
            "create virtual table digests using fts5(title, body, parts, kind unindexed, key unindexed, "
            "label unindexed, tokenize = 'unicode61 remove_diacritics 2')"
        )

    def add(self, period: Period, title: str, body: str, stamp: FileStamp) -> None:
        self.remove(period.kind, period.key)
        row = (title, body, split_compound_names(body), period.kind.value, period.key, period.label)
        self._db.execute("insert into digests (title, body, parts, kind, key, label) values (?, ?, ?, ?, ?, ?)", row)
        self.stamps[period.kind, period.key] = stamp

    def remove(self, kind: PeriodKind, key: str) -> None:
        if self.stamps.pop((kind, key), None):
            self._db.execute("delete from digests where kind = ? and key = ?", (kind.value, key))

    def find(self, words: list[str], kind: PeriodKind | None, limit: int, offset: int) -> tuple[int, list[SearchHit]]:
        # A quoted word is not an FTS5 operator. The last word also matches as a prefix.
        match = " ".join(f'"{word}"' for word in words) + "*"
        kinds = (kind.value,) if kind else tuple(kind.value for kind in PeriodKind)
        where = f"digests match ? and kind in ({', '.join('?' * len(kinds))})"
        (count,) = self._db.execute(f"select count(*) from digests where {where}", (match, *kinds)).fetchone()  # noqa: S608
        rows = self._db.execute(
            f"select kind, label, title, snippet(digests, 1, ?, ?, ' … ', 32) from digests where {where} "  # noqa: S608
            "order by bm25(digests, 4.0, 1.0, 0.5), key desc limit ? offset ?",
            (MATCH_START, MATCH_END, match, *kinds, limit, offset),
        )
        return count, [
            SearchHit(parse_period(PeriodKind(kind), label), title, split_snippet(text))
            for kind, label, title, text in rows.fetchall()
        ]


def split_query(query: str) -> list[str]:
    """Return the words of a query; any other character separates words."""
    matches = re.finditer(r"\w+", query[:MAX_QUERY_LENGTH].replace("\x00", " "))
    return [match[0] for match in islice(matches, MAX_QUERY_WORDS)]


def split_compound_names(text: str) -> str:
    """Return the parts of names like `GithubRetry`, so that `retry` finds them; FTS5 itself splits `rate_limit`."""
    names = re.findall(r"\b\w*(?:[a-z0-9][A-Z]|[A-Z]{2}[a-z])\w*\b", text)
    return " ".join(
        dict.fromkeys(part for name in names for part in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name))
    )


def strip_markdown(markdown: str) -> str:
    """Return the words of a Markdown text without its markup."""
    text = _MARKUP_PATTERN.sub(lambda match: match[1] or "", extract_body(markdown))
    return " ".join(
        text.replace("\u200b", "").replace(MATCH_START, "").replace(MATCH_END, "").replace("&amp;", "&").split()
    )


def split_snippet(snippet: str) -> tuple[tuple[str, bool], ...]:
    """Return a snippet split at its marks."""
    parts = []
    for number, part in enumerate(re.split(f"[{MATCH_START}{MATCH_END}]", snippet)):
        if part:
            parts.append((part, number % 2 == 1))
    return tuple(parts)
