"""The raw days of a period as one thing to compute from, and the one place that knows which days it lacks.

Take the names of people who do not want to be named out of raw rows. Their work stays, as nobody's. Pure.

A person is found by a name or login in any row, public or not, and with that by every spelling that shares its key.
"""

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from resources.storage import Storage
from sparky_assets.errors import DataError
from sparky_assets.periods import Period, consecutive_ranges
from sparky_assets.raw.tables import (
    COMMITS,
    EVENT_TABLES,
    ISSUES,
    OPEN_ITEMS,
    PERSON_TYPE,
    PULL_REQUESTS,
    RELEASES,
    REPOSITORIES,
    REVIEWS,
    TABLES,
    TableSpec,
)
from sparky_assets.store import Audience

ANONYMOUS_PERSON = {"key": "ghost", "name": None, "login": None, "is_bot": False}
"""Nobody in particular: credited like a deleted account, counted as no person, told without a name."""


ANONYMOUS_NAME = "someone"


TEXT_COLUMNS = ("subject", "title", "body", "head")
"""Columns in which people write of others."""


@dataclass(frozen=True)
class OptOutFilter:
    """Whom to leave out: the keys, and every name and login that is theirs."""

    keys: tuple[str, ...]
    spellings: tuple[str, ...]

    @classmethod
    def from_rows(cls, frames: Iterable[pl.DataFrame], opt_out: Sequence[str]) -> "OptOutFilter":
        """Everybody in the frames whom `opt_out` names, by name or login in any case."""
        given = [one.strip().lower() for one in opt_out]
        # With and without the sign: `@ada` is how a login is written, and git names may begin with it.
        wanted = pl.Series([*given, *(one.removeprefix("@") for one in given)], dtype=pl.String).unique()
        people = pl.concat([_list_people(frame) for frame in frames]).unique()
        is_wanted = pl.any_horizontal(
            pl.col(name).str.to_lowercase().is_in(wanted.implode()) for name in ("key", "name", "login")
        )
        keys = people.filter(is_wanted.fill_null(value=False), pl.col("key") != ANONYMOUS_PERSON["key"])["key"].unique()
        theirs = people.filter(pl.col("key").is_in(keys.implode()))
        spellings = pl.concat([wanted, theirs["name"], theirs["login"]]).drop_nulls().unique()
        # The longest first: of "Ada Lovelace" nothing must stay when "Ada" is a spelling too.
        ordered = sorted((one for one in spellings if len(one) > 1), key=lambda one: (-len(one), one))
        return cls(tuple(keys.sort()), tuple(ordered))

    def apply(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A frame of raw rows without them."""
        return frame.with_columns(self._mask_column(name, kind) for name, kind in frame.schema.items())

    def _mask_column(self, name: str, dtype: pl.DataType) -> pl.Expr:
        column, nobody = pl.col(name), pl.lit(ANONYMOUS_PERSON, dtype=PERSON_TYPE)
        keys = list(self.keys)
        if dtype == PERSON_TYPE:
            return pl.when(column.struct.field("key").is_in(keys)).then(nobody).otherwise(column).alias(name)
        if dtype == pl.List(PERSON_TYPE):
            one = pl.element()
            return column.list.eval(pl.when(one.struct.field("key").is_in(keys)).then(nobody).otherwise(one))
        if name in TEXT_COLUMNS and self.spellings:
            return column.str.replace_all(_build_pattern(self.spellings), ANONYMOUS_NAME)
        return column


def _build_pattern(spellings: Sequence[str]) -> str:
    def whole(text: str) -> str:
        before, after = (r"\b" if _is_word_character(end) else "" for end in (text[0], text[-1]))
        return before + pl.escape_regex(text) + after

    return f"(?i)@?(?:{'|'.join(map(whole, spellings))})"


def _is_word_character(char: str) -> bool:
    """Whether polars' `\\b` takes it for part of a word: no fraction, though Python calls that alphanumeric."""
    return char == "_" or unicodedata.category(char)[0] == "L" or unicodedata.category(char) == "Nd"


def _list_people(frame: pl.DataFrame) -> pl.DataFrame:
    """Everybody that a frame names: key, name, login."""
    found = [pl.DataFrame(schema=dict.fromkeys(("key", "name", "login"), pl.String()))]
    columns: Mapping[str, pl.DataType] = frame.schema
    for name, kind in columns.items():
        if kind in {PERSON_TYPE, pl.List(PERSON_TYPE)}:
            persons = frame.select(pl.col(name).explode() if kind != PERSON_TYPE else pl.col(name)).to_series()
            found.append(pl.DataFrame({part: persons.struct.field(part) for part in ("key", "name", "login")}).unique())
    return pl.concat(found).filter(pl.col("key").is_not_null())


@dataclass(frozen=True)
class RawWindow:
    """Every raw row of a period. Repositories and what is open are those of its latest day."""

    repositories: pl.DataFrame
    commits: pl.DataFrame
    pull_requests: pl.DataFrame
    reviews: pl.DataFrame
    issues: pl.DataFrame
    releases: pl.DataFrame
    open_items: pl.DataFrame

    def for_audience(self, audience: Audience, opt_out: Sequence[str]) -> "RawWindow":
        """The rows that an audience may see: all, or those of repositories that are public by the newest list as well.

        A row keeps the visibility it was collected with; a repository made private since is public in old rows and
        private in the list. The stricter of both counts. Whom `opt_out` names (`people.opt_out`) the world
        sees nameless.
        """
        if audience is Audience.INTERNAL:
            return self
        is_public = pl.col("visibility") == Audience.PUBLIC.value
        repositories = self.repositories.filter(is_public)
        seen = is_public & pl.col("repository").is_in(repositories["repository"].implode())
        events = {table.asset: getattr(self, table.asset) for table in EVENT_TABLES}
        shown = {name: frame.filter(seen) for name, frame in events.items()}
        if opt_out:
            withheld = OptOutFilter.from_rows(events.values(), opt_out)
            shown = {name: withheld.apply(frame) for name, frame in shown.items()}
        return RawWindow(repositories=repositories, **shown)


def find_missing_days(storage: Storage, days: Sequence[Period]) -> list[date]:
    """The days that were not collected whole: one of their tables is not in the store."""
    keys = [day.key for day in days]
    missing = {key for table in TABLES for key in storage.find_missing(table.path, keys)}
    return [day.start for day in days if day.key in missing]


def read_window(storage: Storage, period: Period, excluded_days: Collection[date] = ()) -> RawWindow:
    """Read the raw days of a period; `without` are days that it does without, which the text then has to say.

    Raises:
        DataError: when days are missing; it names them and the command that collects them.
    """
    read_days = [day for day in period.days if day.start not in excluded_days]
    if missing := find_missing_days(storage, read_days or period.days):
        runs = [f"{first}..{last}" if first != last else f"{first}" for first, last in consecutive_ranges(missing)]
        raise DataError(
            f"{period} lacks {len(missing)} of its {len(period.days)} days: {', '.join(runs)}. "
            f"Collect them: sparky backfill {missing[0]}..{missing[-1]}"
        )
    keys = [day.key for day in read_days]
    last = period.days[-1].key

    def read(table: TableSpec) -> pl.DataFrame:
        return storage.read_tables(table.path, keys, table)

    return RawWindow(
        repositories=read(REPOSITORIES).unique("repository", keep="last").sort("repository"),
        commits=read(COMMITS),
        pull_requests=read(PULL_REQUESTS),
        reviews=read(REVIEWS),
        issues=read(ISSUES),
        releases=read(RELEASES),
        open_items=storage.read_table(OPEN_ITEMS.path, last, OPEN_ITEMS) if last in keys else OPEN_ITEMS.make_empty(),
    )
