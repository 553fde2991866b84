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
from sparky_assets.digests.products import FIRST_EDITION, INSIGHT, PictureFile, Product, Rendered, store_name, suffix_of
from sparky_assets.insights.models import Insight
from sparky_assets.metrics.models import Metrics, MetricTable
from sparky_assets.metrics.trends import LookingBack
from sparky_assets.periods import Period, PeriodError, PeriodKind
from sparky_assets.reader.grounds import Grounds
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
        self._derived: dict[Hashable, tuple[tuple[Mapping[str, Stamp], ...], Any]] = {}
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
            found: Mapping[str, Stamp] = self.storage.stamps(name, suffix)
            if known and found == known[1]:
                found = known[1]  # the same object, so that whatever was made from it is known to be good still
            with self._lock:
                self._listings[key] = (self._now(), found)
        finally:
            self._listing.release()
        return found

    def periods(self, kind: PeriodKind, audience: Audience) -> list[Period]:
        """The periods whose digest is there whole (text and document), oldest first."""
        name = store_name(_any_of(kind), audience)
        texts, documents = self.stamps(name, "md"), self.stamps(name, "json")
        return self._derive(
            name, (texts, documents), lambda: periods_of(kind, [key for key in texts if key in documents])
        )

    def drawers(self, kind: PeriodKind, audience: Audience) -> dict[str, list[Period]]:
        """Those periods by month (days) or year (weeks and months), oldest first."""
        there = self.periods(kind, audience)

        def sorted_in() -> dict[str, list[Period]]:
            found: dict[str, list[Period]] = {}
            for period in there:
                found.setdefault(period.label[: 7 if kind is PeriodKind.DAILY else 4], []).append(period)
            return found

        return self._derive(("drawers", kind, audience), self._listings_of(kind, audience)[:2], sorted_in)

    def state(self, kind: PeriodKind, audience: Audience) -> Hashable:
        """Something that is another one whenever a list of digests of this kind would be."""
        return self._derive(("state", kind, audience), self._listings_of(kind, audience), object)

    def _listings_of(self, kind: PeriodKind, audience: Audience) -> tuple[Mapping[str, Stamp], ...]:
        """Texts and documents of digests, and what tells whether one is empty."""
        period = _any_of(kind)
        name = store_name(period, audience)
        insights = (self.stamps(one, "json") for one in self._insights(period, audience))
        return (self.stamps(name, "md"), self.stamps(name, "json"), *insights)

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

    def text(self, period: Period, audience: Audience, part: str) -> str | None:
        """The text of a product, or of the first edition, exactly as it was written."""
        suffix = suffix_of(Product(part)) if part in set(Product) else "md"
        return self.kept(store_name(period, audience, part), period.key, suffix, self.storage.read_text)

    def made_of(self, period: Period, audience: Audience) -> tuple[Hashable, ...]:
        """When the parts of a digest's page were written: its text, its document, its insight."""
        names = (store_name(period, audience), *self._insights(period, audience))
        stamps = [self.stamps(names[0], "md"), *(self.stamps(name, "json") for name in names)]
        return (period, audience, *(one.get(period.key) for one in stamps))

    def insight(self, period: Period, audience: Audience) -> Insight | None:
        """What a digest was made from; where there is no digest, what one would be made from.

        A digest that was published stays as it is although facts changed since, and so does what it stands on.
        """
        found = (self.document(name, period.key, Insight) for name in self._insights(period, audience))
        return next((one for one in found if one), None)

    def grounds(self, period: Period, audience: Audience) -> Grounds | None:
        """What each sentence of a digest stands on."""
        insight = self.insight(period, audience)
        return Grounds(insight, self.rendered(period, audience)) if insight else None

    def _insights(self, period: Period, audience: Audience) -> tuple[str, str]:
        return store_name(period, audience, INSIGHT), f"insights/{shelf(period.kind.value, audience)}"

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
        return self._derive(name, (stamps,), lambda: periods_of(kind, stamps))

    def _derive(self, key: Hashable, listings: tuple[Mapping[str, Stamp], ...], make: Callable[[], Thing]) -> Thing:
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

    def rendered(self, period: Period, audience: Audience, product: Product = Product.DIGEST) -> Rendered | None:
        """What is known of a product beside its text."""
        return self.document(store_name(period, audience, product), period.key, Rendered)

    def picture(self, period: Period, audience: Audience, picture: PictureFile) -> bytes | None:
        """The bytes of a picture."""
        name = store_name(period, audience, picture.name)
        return self.kept(name, period.key, picture.suffix, self.storage.read_bytes)

    def addresses(self, period: Period, audience: Audience) -> dict[str, str]:
        """Where the files that a digest names are shown, by their names: its pictures, its first edition."""
        known_of = self.rendered(period, audience)
        if known_of is None:
            return {}
        found = {one.file: f"{page_of(period)}/pictures/{one.name}.{one.suffix}" for one in known_of.pictures}
        if known_of.first_edition:
            found[known_of.first_edition] = f"{page_of(period)}/texts/{FIRST_EDITION}"
        return found

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
