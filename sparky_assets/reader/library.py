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
from resources.storage import Storage, Suffix
from resources.storage_tables import TableSchema
from sparky_assets.audience import Audience, shelf
from sparky_assets.digests.products import FIRST_EDITION, INSIGHT, PictureFile, Product, Rendered, store_name, suffix_of
from sparky_assets.insights.models import Insight
from sparky_assets.metrics.models import Metrics, MetricTable
from sparky_assets.metrics.trends import LookingBack
from sparky_assets.periods import Period, PeriodError, PeriodKind
from sparky_assets.reader.grounds import Grounds
from sparky_assets.reader.shelves import Shelves, Stamp, Thing
from sparky_assets.reader.wall import Wall
from sparky_assets.reader.words import page_of

KEPT_CARDS = 5000
"""Cards kept in memory: a line a digest, so that an archive of years is listed without opening it again."""


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


class Library(Shelves):
    """The shelves of a store, as periods. Safe to be used by several threads."""

    def __init__(self, storage: Storage, refresh_seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(storage, refresh_seconds, now)
        self._cards: OrderedDict[tuple[str, str], tuple[Stamp, Card]] = OrderedDict()
        self._wall = Wall(self)

    def kept(self, name: str, key: str, suffix: Suffix, read: Callable[[str, str, Suffix], Thing]) -> Thing | None:
        """Whatever `read` gives, as every shelf does it; None as well where the world may not read it any more."""
        return None if key in self._wall.closed(name) else super().kept(name, key, suffix, read)

    def periods(self, kind: PeriodKind, audience: Audience) -> list[Period]:
        """The periods whose digest is there whole (text and document), oldest first."""
        name = store_name(_any_of(kind), audience)
        texts, documents, closed = self.stamps(name, "md"), self.stamps(name, "json"), self._wall.closed(name)
        there = (key for key in texts if key in documents and key not in closed)
        return self.derived(name, (texts, documents, closed), lambda: periods_of(kind, there))

    def drawers(self, kind: PeriodKind, audience: Audience) -> dict[str, list[Period]]:
        """Those periods by month (days) or year (weeks and months), oldest first."""
        there = self.periods(kind, audience)

        def sorted_in() -> dict[str, list[Period]]:
            found: dict[str, list[Period]] = {}
            for period in there:
                found.setdefault(period.label[: 7 if kind is PeriodKind.DAILY else 4], []).append(period)
            return found

        return self.derived(("drawers", kind, audience), self._listings_of(kind, audience)[:3], sorted_in)

    def state(self, kind: PeriodKind, audience: Audience) -> Hashable:
        """Something that is another one whenever a list of digests of this kind would be."""
        return self.derived(("state", kind, audience), self._listings_of(kind, audience), object)

    def _listings_of(self, kind: PeriodKind, audience: Audience) -> tuple[object, ...]:
        """Texts and documents of digests, which of them are closed, and what tells whether one is empty."""
        period = _any_of(kind)
        name = store_name(period, audience)
        insights = (self.stamps(one, "json") for one in self._insights(period, audience))
        return (self.stamps(name, "md"), self.stamps(name, "json"), self._wall.closed(name), *insights)

    def latest(self, kind: PeriodKind, audience: Audience) -> Period | None:
        """The newest period with a digest."""
        return next(reversed(self.periods(kind, audience)), None)

    def card(self, period: Period, audience: Audience) -> Card | None:
        """The line of a list for one digest; None where it is not there or cannot be read."""
        name = store_name(period, audience)
        stamp = self.stamps(name, "json").get(period.key)
        if stamp is None or period.key in self._wall.closed(name):
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
        stamps, closed = self.stamps(name, "json"), self._wall.closed(name)
        there = (key for key in stamps if key not in closed)
        return self.derived(name, (stamps, closed), lambda: periods_of(kind, there))

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
