"""Take the names of people who do not want to be named out of raw rows. Their work stays, as nobody's. Pure.

A person is found by a name or login in any row, public or not, and with that by every spelling that shares its key.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from sparky_assets.raw.tables import PERSON_TYPE

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
