"""Digests, insights and metrics of one audience, by period. Read-only.

Rendering belongs to `pages/`, and who may read what to `auth.py`: the caller passes the audience, and only the files of
that audience are opened.
"""

import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
from cachetools import LRUCache

from resources.errors import StorageError
from resources.storage import FileSuffix, Storage
from sparky_assets.digests.models import (
    FIRST_EDITION_PART,
    INSIGHT_PART,
    PictureFile,
    Product,
    ProductManifest,
    get_suffix,
)
from sparky_assets.insights.models import Insight
from sparky_assets.metrics.models import Metrics, MetricTableSpec
from sparky_assets.metrics.trends import Lookback
from sparky_assets.periods import Period, PeriodError, PeriodKind
from sparky_assets.reader.cached_store import CachedStore, CachedValue, FileStamp, VisibilityFilter
from sparky_assets.reader.evidence import EvidenceIndex
from sparky_assets.reader.formatting import digest_url
from sparky_assets.store import TRENDS_TABLE, Audience, digest_path, insights_path, metrics_path

MAX_CACHED_CARDS = 5000
"""Cards kept in memory. A card is small, so that an archive of years is listed without reading its files again."""


@dataclass(frozen=True)
class DigestCard:
    """A digest as a list shows it."""

    period: Period
    title: str
    headline: str
    words: int
    is_quiet: bool
    is_empty: bool
    """Whether nothing at all was recorded; a quiet period still has a few changes."""
    edition: int
    modified: datetime


class DigestLibrary(CachedStore):
    """The store of one or both audiences, as periods. Safe to be used by several threads."""

    def __init__(self, storage: Storage, refresh_seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(storage, refresh_seconds, now)
        self._cards: LRUCache[tuple[str, str], tuple[FileStamp, DigestCard]] = LRUCache(MAX_CACHED_CARDS)
        self._visibility = VisibilityFilter(self)

    def cached_read(
        self, name: str, key: str, suffix: FileSuffix, read: Callable[[str, str, FileSuffix], CachedValue]
    ) -> CachedValue | None:
        """Return what `read` returns; None as well for a period that is hidden from the public."""
        return None if key in self._visibility.hidden_keys(name) else super().cached_read(name, key, suffix, read)

    def list_periods(self, kind: PeriodKind, audience: Audience) -> list[Period]:
        """Return the periods whose digest is complete (text and document), oldest first."""
        name = digest_path(kind, audience)
        texts, documents = self.modified_times(name, "md"), self.modified_times(name, "json")
        hidden = self._visibility.hidden_keys(name)
        keys = (key for key in texts if key in documents and key not in hidden)
        return self.cached_by_listing(name, (texts, documents, hidden), lambda: parse_periods(kind, keys))

    def periods_by_month(self, kind: PeriodKind, audience: Audience) -> dict[str, list[Period]]:
        """Return those periods grouped by month (days) or year (weeks and months), oldest first."""
        periods = self.list_periods(kind, audience)
        return self.cached_by_listing(
            ("months", kind, audience), self._digest_listings(kind, audience)[:3], lambda: _group_periods(kind, periods)
        )

    def listing_version(self, kind: PeriodKind, audience: Audience) -> Hashable:
        """Return a version token that changes when the list of digests of this kind changes."""
        return self.cached_by_listing(("state", kind, audience), self._digest_listings(kind, audience), object)

    def _digest_listings(self, kind: PeriodKind, audience: Audience) -> tuple[object, ...]:
        """Return the listings of texts, documents, hidden keys, and of the insights that show whether one is empty."""
        name = digest_path(kind, audience)
        insights = (self.modified_times(path, "json") for path in self._insight_paths(kind, audience))
        return (
            self.modified_times(name, "md"),
            self.modified_times(name, "json"),
            self._visibility.hidden_keys(name),
            *insights,
        )

    def find_latest(self, kind: PeriodKind, audience: Audience) -> Period | None:
        """Return the newest period with a digest."""
        return next(reversed(self.list_periods(kind, audience)), None)

    def load_card(self, period: Period, audience: Audience) -> DigestCard | None:
        """Return the card of a digest; None when it is missing or cannot be read."""
        name = digest_path(period.kind, audience)
        stamp = self.modified_times(name, "json").get(period.key)
        if stamp is None or period.key in self._visibility.hidden_keys(name):
            return None
        with self._lock:
            cached = self._cards.get((name, period.key))
        if cached and cached[0] == stamp:
            return cached[1]
        try:
            # Not cached as a document: a list of three years would evict the digests that people read.
            manifest = self.storage.read_document(name, period.key, ProductManifest)
        except StorageError:
            return None
        # Only a quiet digest can be empty, and its insight is small.
        insight = self.load_insight(period, audience) if manifest.is_quiet else None
        card = DigestCard(
            period=period, title=manifest.title, headline=manifest.description, words=manifest.words,
            is_quiet=manifest.is_quiet, is_empty=insight is not None and not insight.records,
            edition=manifest.edition, modified=stamp[0],
        )  # fmt: skip
        with self._lock:
            self._cards[name, period.key] = (stamp, card)
        return card

    def load_markdown(self, period: Period, audience: Audience) -> str | None:
        """Return the text of a digest, exactly as it was written."""
        return self.cached_read(digest_path(period.kind, audience), period.key, "md", self.storage.read_text)

    def load_text(self, period: Period, audience: Audience, part: str) -> str | None:
        """Return the text of a product, or of the first edition, exactly as it was written."""
        suffix = get_suffix(Product(part)) if part in set(Product) else "md"
        return self.cached_read(digest_path(period.kind, audience, part), period.key, suffix, self.storage.read_text)

    def page_version(self, period: Period, audience: Audience) -> tuple[Hashable, ...]:
        """Return when the parts of a digest's page were written: its text, its document, its insight."""
        names = (digest_path(period.kind, audience), *self._insight_paths(period.kind, audience))
        listings = [self.modified_times(names[0], "md"), *(self.modified_times(name, "json") for name in names)]
        return (period, audience, *(listing.get(period.key) for listing in listings))

    def load_insight(self, period: Period, audience: Audience) -> Insight | None:
        """Return the insight that a digest was made from; without a digest, the newest insight of the period.

        A published digest does not change when facts change later, and neither does its evidence.
        """
        for name in self._insight_paths(period.kind, audience):
            if insight := self.load_document(name, period.key, Insight):
                return insight
        return None

    def load_evidence_index(self, period: Period, audience: Audience) -> EvidenceIndex | None:
        """Return the evidence of each sentence of a digest; None without an insight."""
        insight = self.load_insight(period, audience)
        return EvidenceIndex(insight, self.load_manifest(period, audience)) if insight else None

    def _insight_paths(self, kind: PeriodKind, audience: Audience) -> tuple[str, str]:
        return digest_path(kind, audience, INSIGHT_PART), insights_path(kind, audience)

    def load_metrics(self, period: Period, audience: Audience) -> Metrics | None:
        """Return the metrics of a period."""
        return self.load_document(metrics_path(period.kind, audience), period.key, Metrics)

    def load_lookback(self, period: Period, audience: Audience) -> Lookback | None:
        """Return the comparison of a period with earlier ones."""
        return self.load_document(metrics_path(period.kind, audience, TRENDS_TABLE), period.key, Lookback)

    def periods_with_metrics(self, kind: PeriodKind, audience: Audience) -> list[Period]:
        """Return the periods that have metrics, oldest first."""
        name = metrics_path(kind, audience)
        listing, hidden = self.modified_times(name, "json"), self._visibility.hidden_keys(name)
        keys = (key for key in listing if key not in hidden)
        return self.cached_by_listing(name, (listing, hidden), lambda: parse_periods(kind, keys))

    def load_manifest(
        self, period: Period, audience: Audience, product: Product = Product.DIGEST
    ) -> ProductManifest | None:
        """Return the manifest of a product."""
        return self.load_document(digest_path(period.kind, audience, product), period.key, ProductManifest)

    def load_picture(self, period: Period, audience: Audience, picture: PictureFile) -> bytes | None:
        """Return the bytes of a picture."""
        name = digest_path(period.kind, audience, picture.name)
        return self.cached_read(name, period.key, picture.suffix, self.storage.read_bytes)

    def list_file_urls(self, period: Period, audience: Audience) -> dict[str, str]:
        """Return the URLs of the files that a digest names, by file name: its pictures and its first edition."""
        manifest = self.load_manifest(period, audience)
        if manifest is None:
            return {}
        page = digest_url(period)
        urls = {picture.file: f"{page}/pictures/{picture.name}.{picture.suffix}" for picture in manifest.pictures}
        if manifest.first_edition:
            urls[manifest.first_edition] = f"{page}/texts/{FIRST_EDITION_PART}"
        return urls

    def load_table(self, period: Period, audience: Audience, schema: MetricTableSpec) -> pl.DataFrame | None:
        """Return a table of a period's metrics; None when it is missing."""
        name = metrics_path(period.kind, audience, schema.suffix)

        def read(name: str, key: str, _: FileSuffix) -> pl.DataFrame:
            return self.storage.read_table(name, key, schema)

        return self.cached_read(name, period.key, "parquet", read)


def parse_periods(kind: PeriodKind, keys: Iterable[str]) -> list[Period]:
    """Return the periods of store keys, oldest first; stray files are skipped."""
    periods = []
    for key in keys:
        try:
            periods.append(Period(kind, date.fromisoformat(key)))
        except (ValueError, PeriodError):
            continue
    return sorted(periods)


def _group_periods(kind: PeriodKind, periods: Iterable[Period]) -> dict[str, list[Period]]:
    groups: dict[str, list[Period]] = {}
    for period in periods:
        groups.setdefault(period.label[: 7 if kind is PeriodKind.DAILY else 4], []).append(period)
    return groups
