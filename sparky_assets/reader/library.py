"""What the store holds for one audience, found by listing and kept until it changes. It reads and never writes.

What does not belong here: how anything looks, and who may see it; an audience is given, and its shelf is all that is
ever opened for it.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

import polars as pl
from pydantic import BaseModel

from resources.errors import StorageError
from resources.storage import Storage, Suffix, TableSchema
from sparky_assets.audience import Audience, shelf
from sparky_assets.digests.products import PictureFile, Product, Rendered, store_name, suffix_of
from sparky_assets.insights.models import Insight
from sparky_assets.metrics.models import Metrics, MetricTable
from sparky_assets.metrics.trends import LookingBack
from sparky_assets.periods import Period, PeriodError, PeriodKind
from sparky_assets.reader.words import page_of

KEPT = 400
"""Documents and tables kept in memory; a month's insight is the largest, at some 300 kB."""
KEPT_PAGES = 64
"""Finished pages of digests kept in memory, at most 100 kB each: a month's takes 30 ms to make."""
KEPT_CARDS = 5000
"""Cards kept in memory: a line a digest, so that an archive of years is listed without opening it again."""

Document = TypeVar("Document", bound=BaseModel)
Thing = TypeVar("Thing")
Stamp = tuple[datetime, int]


@dataclass(frozen=True)
class Card:
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


class Library:
    """The shelves of a store. Safe to be used by several threads."""

    def __init__(self, storage: Storage, refresh_seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self.storage = storage
        self._seconds, self._now = refresh_seconds, now
        self._listings: dict[tuple[str, str], tuple[float, Mapping[str, Stamp]]] = {}
        self._kept: OrderedDict[tuple[str, str, str], tuple[Stamp, Any]] = OrderedDict()
        self._periods: dict[str, tuple[Mapping[str, Stamp], list[Period]]] = {}
        self._pages: OrderedDict[tuple[Hashable, ...], str] = OrderedDict()
        self._cards: OrderedDict[tuple[str, str], tuple[Stamp, Card]] = OrderedDict()
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
            found = self.storage.stamps(name, suffix)
            with self._lock:
                self._listings[key] = (self._now(), found)
        finally:
            self._listing.release()
        return found

    def periods(self, kind: PeriodKind, audience: Audience) -> list[Period]:
        """The periods whose digest is there whole (text and document), oldest first."""
        name = store_name(_any_of(kind), audience)
        texts, documents = self.stamps(name, "md"), self.stamps(name, "json")
        return self._listed(kind, f"{name}.md", texts, [key for key in texts if key in documents])

    def latest(self, kind: PeriodKind, audience: Audience) -> Period | None:
        """The newest period with a digest."""
        return next(reversed(self.periods(kind, audience)), None)

    def card(self, period: Period, audience: Audience) -> Card | None:
        """The line of a list for one digest; None where it is not there or cannot be read."""
        name = store_name(period, audience)
        stamp = self.stamps(name, "json").get(period.key)
        if stamp is None:
            return None
        with self._lock:
            known = self._cards.get((name, period.key))
        if known and known[0] == stamp:
            return known[1]
        try:
            # Not kept as a document: a list of three years would push out what people read.
            known_of = self.storage.read_document(name, period.key, Rendered)
        except StorageError:
            return None
        # Only quiet ones are looked into: their insights are small.
        insight = self.insight(period, audience) if known_of.is_quiet else None
        card = Card(
            period=period, title=known_of.title, headline=known_of.description, words=known_of.words,
            is_quiet=known_of.is_quiet, is_empty=insight is not None and not insight.records,
            edition=known_of.edition, modified=stamp[0],
        )  # fmt: skip
        with self._lock:
            self._cards[name, period.key] = (stamp, card)
            while len(self._cards) > KEPT_CARDS:
                self._cards.popitem(last=False)
        return card

    def markdown(self, period: Period, audience: Audience) -> str | None:
        """The text of a digest, exactly as it was written."""
        return self.kept(store_name(period, audience), period.key, "md", self.storage.read_text)

    def text(self, period: Period, audience: Audience, product: Product) -> str | None:
        """The text of any product, exactly as it was written."""

        def read(name: str, key: str, suffix: Suffix) -> str:
            return self.storage.read_text(name, key, suffix)

        return self.kept(store_name(period, audience, product), period.key, suffix_of(product), read)

    def made_of(self, period: Period, audience: Audience) -> tuple[Hashable, ...]:
        """When the parts of a digest's page were written: its text, its document, its insight."""
        name, insights = store_name(period, audience), f"insights/{shelf(period.kind.value, audience)}"
        parts = (self.stamps(name, "md"), self.stamps(name, "json"), self.stamps(insights, "json"))
        return (period, audience, *(part.get(period.key) for part in parts))

    def insight(self, period: Period, audience: Audience) -> Insight | None:
        """What a digest stands on."""
        return self.document(f"insights/{shelf(period.kind.value, audience)}", period.key, Insight)

    def metrics(self, period: Period, audience: Audience) -> Metrics | None:
        """The numbers of a period."""
        return self.document(f"metrics/{shelf(period.kind.value, audience)}", period.key, Metrics)

    def looking_back(self, period: Period, audience: Audience) -> LookingBack | None:
        """A period against earlier ones."""
        return self.document(f"metrics/{shelf(period.kind.value, audience)}_trends", period.key, LookingBack)

    def counted(self, kind: PeriodKind, audience: Audience) -> list[Period]:
        """The periods that have numbers, oldest first."""
        name = f"metrics/{shelf(kind.value, audience)}"
        stamps = self.stamps(name, "json")
        return self._listed(kind, name, stamps, stamps)

    def _listed(self, kind: PeriodKind, name: str, listing: Mapping[str, Stamp], keys: Iterable[str]) -> list[Period]:
        """Keys as periods, made once a listing: a thousand dates are read in 2 ms, on every page."""
        known = self._periods.get(name)
        if known is None or known[0] is not listing:
            known = self._periods[name] = (listing, periods_of(kind, keys))
        return known[1]

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

    def rendered(self, period: Period, audience: Audience, product: Product = Product.DIGEST) -> Rendered | None:
        """What is known of a product beside its text."""
        return self.document(store_name(period, audience, product), period.key, Rendered)

    def picture(self, period: Period, audience: Audience, picture: PictureFile) -> bytes | None:
        """The bytes of a picture."""
        name = store_name(period, audience, picture.name)
        return self.kept(name, period.key, picture.suffix, self.storage.read_bytes)

    def addresses(self, period: Period, audience: Audience) -> dict[str, str]:
        """Where the pictures that a digest names are shown, by the file that its text names."""
        known_of = self.rendered(period, audience)
        found = known_of.pictures if known_of else ()
        return {one.file: f"{page_of(period)}/pictures/{one.name}.{one.suffix}" for one in found}

    def table(self, period: Period, audience: Audience, schema: MetricTable) -> pl.DataFrame | None:
        """A table of a period's metrics; None where it is not there."""
        name = f"metrics/{shelf(period.kind.value, audience)}_{schema.suffix}"

        def read(name: str, key: str, _: Suffix) -> pl.DataFrame:
            return self.storage.read_table(name, key, _as_schema(schema))

        return self.kept(name, period.key, "parquet", read)

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


def periods_of(kind: PeriodKind, keys: Iterable[str]) -> list[Period]:
    """Keys of the store as periods, in order; a stray file is no period."""
    found = []
    for key in keys:
        try:
            found.append(Period(kind, date.fromisoformat(key)))
        except (ValueError, PeriodError):
            continue
    return sorted(found)


def _any_of(kind: PeriodKind) -> Period:
    """Shelves are named after the kind alone."""
    return Period(kind, date(2024, 1, 1))


def _as_schema(table: MetricTable) -> TableSchema:
    return table
