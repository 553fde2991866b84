"""Search over titles and texts of digests: SQLite's FTS5 in memory, an index an audience, filled when first asked."""

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
"""Around a word found, in a snippet: characters that no text of ours holds, so that escaping comes after."""


_MARKUP_PATTERN = re.compile(r"\[([^\]]*)\]\([^)]*\)|[*`|\\]|^(?:#{1,6}|-)\s|^[-:|\s]+$", re.MULTILINE)


@dataclass(frozen=True)
class SearchHit:
    """A digest that holds all words, with a stretch of its text around them."""

    period: Period
    title: str
    snippet: tuple[tuple[str, bool], ...]
    """Pieces of text; whether each is a word found."""


class DigestSearch:
    """Finds digests. What is new since the last search is added before the next."""

    def __init__(self, library: DigestLibrary) -> None:
        self._library = library
        self._indexes = {audience: _SearchIndex() for audience in Audience}

    def find(
        self, query: str, audience: Audience, kind: PeriodKind | None, limit: int, offset: int = 0
    ) -> tuple[int, list[SearchHit]]:
        """How many digests hold all words of the query, and some of them: best first, then newest."""
        words = split_query(query)
        if not words:
            return 0, []
        index = self._indexes[audience]
        with index.lock:
            self._update_index(index, audience)
            return index.find(words, kind, limit, offset)

    def _update_index(self, index: "_SearchIndex", audience: Audience) -> None:
        for kind in PeriodKind:
            there = set()
            for period in self._library.list_periods(kind, audience):
                there.add((kind, period.key))
                stamp = self._library.modified_times(digest_path(period.kind, audience), "md")[period.key]
                if index.stamps.get((kind, period.key)) != stamp:
                    self._index_digest(index, period, audience, stamp)
            for gone in [key for key in index.stamps if key[0] is kind and key not in there]:
                index.remove(*gone)

    def _index_digest(self, index: "_SearchIndex", period: Period, audience: Audience, stamp: FileStamp) -> None:
        card = self._library.load_card(period, audience)
        # Read past the cache: a first search over years would push out what people read.
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
        # A word in quotes is no operator; the last may be the beginning of one.
        match = " ".join(f'"{word}"' for word in words) + "*"
        kinds = (kind.value,) if kind else tuple(one.value for one in PeriodKind)
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
    """The words of a query; whatever else is typed counts as a gap."""
    found = re.finditer(r"\w+", query[:MAX_QUERY_LENGTH].replace("\x00", " "))
    return [match[0] for match in islice(found, MAX_QUERY_WORDS)]


def split_compound_names(text: str) -> str:
    """The words inside names like `GithubRetry`, so that `retry` finds them; the index itself parts `rate_limit`."""
    names = re.findall(r"\b\w*(?:[a-z0-9][A-Z]|[A-Z]{2}[a-z])\w*\b", text)
    return " ".join(
        dict.fromkeys(part for name in names for part in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name))
    )


def strip_markdown(markdown: str) -> str:
    """The words of a Markdown text without its marks."""
    text = _MARKUP_PATTERN.sub(lambda match: match[1] or "", extract_body(markdown))
    return " ".join(
        text.replace("\u200b", "").replace(MATCH_START, "").replace(MATCH_END, "").replace("&amp;", "&").split()
    )


def split_snippet(snippet: str) -> tuple[tuple[str, bool], ...]:
    """A snippet cut at its marks."""
    found = []
    for number, part in enumerate(re.split(f"[{MATCH_START}{MATCH_END}]", snippet)):
        if part:
            found.append((part, number % 2 == 1))
    return tuple(found)
