"""What the store holds for one audience, found by listing and kept until it changes. It reads and never writes.

What does not belong here: how anything looks, and who may see it; an audience is given, and its shelf is all that is
ever opened for it.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

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
"""Cards kept in memory: a line a digest, so that an archive of years is listed without opening it again."""


@dataclass(frozen=True)
class DigestCard:
    """What a list shows of a digest."""

    period: Period
    title: str
    headline: str
    words: int
    is_quiet: bool
    is_empty: bool
    """Whether nothing at all was recorded; a quiet period has a few things to tell."""
    edition: int
    modified: datetime


class DigestLibrary(CachedStore):
    """The shelves of a store, as periods. Safe to be used by several threads."""

    def __init__(self, storage: Storage, refresh_seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(storage, refresh_seconds, now)
        self._cards: OrderedDict[tuple[str, str], tuple[FileStamp, DigestCard]] = OrderedDict()
        self._visibility = VisibilityFilter(self)

    def cached_read(
        self, name: str, key: str, suffix: FileSuffix, read: Callable[[str, str, FileSuffix], CachedValue]
    ) -> CachedValue | None:
        """Whatever `read` gives, as every shelf does it; None as well where the world may not read it any more."""
        return None if key in self._visibility.hidden_keys(name) else super().cached_read(name, key, suffix, read)

    def list_periods(self, kind: PeriodKind, audience: Audience) -> list[Period]:
        """The periods whose digest is there whole (text and document), oldest first."""
        name = digest_path(kind, audience)
        texts, documents, closed = (
            self.modified_times(name, "md"),
            self.modified_times(name, "json"),
            self._visibility.hidden_keys(name),
        )
        there = (key for key in texts if key in documents and key not in closed)
        return self.cached_by_listing(name, (texts, documents, closed), lambda: parse_periods(kind, there))

    def periods_by_month(self, kind: PeriodKind, audience: Audience) -> dict[str, list[Period]]:
        """Those periods by month (days) or year (weeks and months), oldest first."""
        there = self.list_periods(kind, audience)

        def sorted_in() -> dict[str, list[Period]]:
            found: dict[str, list[Period]] = {}
            for period in there:
                found.setdefault(period.label[: 7 if kind is PeriodKind.DAILY else 4], []).append(period)
            return found

        return self.cached_by_listing(("drawers", kind, audience), self._digest_listings(kind, audience)[:3], sorted_in)

    def listing_version(self, kind: PeriodKind, audience: Audience) -> Hashable:
        """Something that is another one whenever a list of digests of this kind would be."""
        return self.cached_by_listing(("state", kind, audience), self._digest_listings(kind, audience), object)

    def _digest_listings(self, kind: PeriodKind, audience: Audience) -> tuple[object, ...]:
        """Texts and documents of digests, which of them are closed, and what tells whether one is empty."""
        name = digest_path(kind, audience)
        insights = (self.modified_times(path, "json") for path in self._insight_paths(kind, audience))
        return (
            self.modified_times(name, "md"),
            self.modified_times(name, "json"),
            self._visibility.hidden_keys(name),
            *insights,
        )

    def find_latest(self, kind: PeriodKind, audience: Audience) -> Period | None:
        """The newest period with a digest."""
        return next(reversed(self.list_periods(kind, audience)), None)

    def load_card(self, period: Period, audience: Audience) -> DigestCard | None:
        """The line of a list for one digest; None where it is not there or cannot be read."""
        name = digest_path(period.kind, audience)
        stamp = self.modified_times(name, "json").get(period.key)
        if stamp is None or period.key in self._visibility.hidden_keys(name):
            return None
        with self._lock:
            known = self._cards.get((name, period.key))
        if known and known[0] == stamp:
            return known[1]
        try:
            # Not kept as a document: a list of three years would push out what people read.
            known_of = self.storage.read_document(name, period.key, ProductManifest)
        except StorageError:
            return None
        # Only quiet ones are looked into: their insights are small.
        insight = self.load_insight(period, audience) if known_of.is_quiet else None
        card = DigestCard(
            period=period, title=known_of.title, headline=known_of.description, words=known_of.words,
            is_quiet=known_of.is_quiet, is_empty=insight is not None and not insight.records,
            edition=known_of.edition, modified=stamp[0],
        )  # fmt: skip
        with self._lock:
            self._cards[name, period.key] = (stamp, card)
            while len(self._cards) > MAX_CACHED_CARDS:
                self._cards.popitem(last=False)
        return card

    def load_markdown(self, period: Period, audience: Audience) -> str | None:
        """The text of a digest, exactly as it was written."""
        return self.cached_read(digest_path(period.kind, audience), period.key, "md", self.storage.read_text)

    def load_text(self, period: Period, audience: Audience, part: str) -> str | None:
        """The text of a product, or of the first edition, exactly as it was written."""
        suffix = get_suffix(Product(part)) if part in set(Product) else "md"
        return self.cached_read(digest_path(period.kind, audience, part), period.key, suffix, self.storage.read_text)

    def page_version(self, period: Period, audience: Audience) -> tuple[Hashable, ...]:
        """When the parts of a digest's page were written: its text, its document, its insight."""
        names = (digest_path(period.kind, audience), *self._insight_paths(period.kind, audience))
        stamps = [self.modified_times(names[0], "md"), *(self.modified_times(name, "json") for name in names)]
        return (period, audience, *(one.get(period.key) for one in stamps))

    def load_insight(self, period: Period, audience: Audience) -> Insight | None:
        """What a digest was made from; where there is no digest, what one would be made from.

        A digest that was published stays as it is although facts changed since, and so does what it stands on.
        """
        found = (self.load_document(name, period.key, Insight) for name in self._insight_paths(period.kind, audience))
        return next((one for one in found if one), None)

    def load_evidence_index(self, period: Period, audience: Audience) -> EvidenceIndex | None:
        """What each sentence of a digest stands on."""
        insight = self.load_insight(period, audience)
        return EvidenceIndex(insight, self.load_manifest(period, audience)) if insight else None

    def _insight_paths(self, kind: PeriodKind, audience: Audience) -> tuple[str, str]:
        return digest_path(kind, audience, INSIGHT_PART), insights_path(kind, audience)

    def load_metrics(self, period: Period, audience: Audience) -> Metrics | None:
        """The numbers of a period."""
        return self.load_document(metrics_path(period.kind, audience), period.key, Metrics)

    def load_lookback(self, period: Period, audience: Audience) -> Lookback | None:
        """A period against earlier ones."""
        return self.load_document(metrics_path(period.kind, audience, TRENDS_TABLE), period.key, Lookback)

    def periods_with_metrics(self, kind: PeriodKind, audience: Audience) -> list[Period]:
        """The periods that have numbers, oldest first."""
        name = metrics_path(kind, audience)
        stamps, closed = self.modified_times(name, "json"), self._visibility.hidden_keys(name)
        there = (key for key in stamps if key not in closed)
        return self.cached_by_listing(name, (stamps, closed), lambda: parse_periods(kind, there))

    def load_manifest(
        self, period: Period, audience: Audience, product: Product = Product.DIGEST
    ) -> ProductManifest | None:
        """What is known of a product beside its text."""
        return self.load_document(digest_path(period.kind, audience, product), period.key, ProductManifest)

    def load_picture(self, period: Period, audience: Audience, picture: PictureFile) -> bytes | None:
        """The bytes of a picture."""
        name = digest_path(period.kind, audience, picture.name)
        return self.cached_read(name, period.key, picture.suffix, self.storage.read_bytes)

    def list_file_urls(self, period: Period, audience: Audience) -> dict[str, str]:
        """Where the files that a digest names are shown, by their names: its pictures, its first edition."""
        known_of = self.load_manifest(period, audience)
        if known_of is None:
            return {}
        found = {one.file: f"{digest_url(period)}/pictures/{one.name}.{one.suffix}" for one in known_of.pictures}
        if known_of.first_edition:
            found[known_of.first_edition] = f"{digest_url(period)}/texts/{FIRST_EDITION_PART}"
        return found

    def load_table(self, period: Period, audience: Audience, schema: MetricTableSpec) -> pl.DataFrame | None:
        """A table of a period's metrics; None where it is not there."""
        name = metrics_path(period.kind, audience, schema.suffix)

        def read(name: str, key: str, _: FileSuffix) -> pl.DataFrame:
            return self.storage.read_table(name, key, schema)

        return self.cached_read(name, period.key, "parquet", read)


def parse_periods(kind: PeriodKind, keys: Iterable[str]) -> list[Period]:
    """Keys of the store as periods, in order; a stray file is no period."""
    found = []
    for key in keys:
        try:
            found.append(Period(kind, date.fromisoformat(key)))
        except (ValueError, PeriodError):
            continue
    return sorted(found)
