"""Read the raw days of a period as one `RawWindow`, filtered for an audience.

This module also knows which days of a period are missing, and removes the names of people who opted out. Their work
stays in the rows, without a name. A person is matched by a name or login in any row, public or not, and then by every
spelling that shares the same key. Counting belongs to `metrics`.
"""

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from resources.errors import OutdatedTableError
from resources.storage import Storage
from sparky_assets.errors import DataError
from sparky_assets.periods import Period, consecutive_ranges
from sparky_assets.raw.joining import ANONYMOUS_PERSON, build_person_map, join_people
from sparky_assets.raw.tables import (
    CLOSING_ISSUE_TYPE,
    DAMAGED_STATUS,
    DEPLOYMENTS,
    DISCUSSIONS,
    EVENT_TABLES,
    NOTES,
    OPEN_ITEMS,
    PERSON_TYPE,
    REPOSITORIES,
    RESPONSES,
    TABLES,
    TableSpec,
)
from sparky_assets.store import Audience

ANONYMOUS_NAME = "someone"

TEXT_COLUMNS = ("subject", "title", "body", "head", "text")
"""Columns in which people write about others."""

REQUIRED_TABLES = tuple(table for table in TABLES if table not in (RESPONSES, NOTES, DEPLOYMENTS, DISCUSSIONS))
"""Tables without which a day is not collected. Days of earlier versions lack the others."""


@dataclass(frozen=True)
class OptOutFilter:
    """The people who opted out: their keys, and all their names and logins, the longest first."""

    keys: tuple[str, ...]
    spellings: tuple[str, ...]

    @classmethod
    def from_rows(
        cls, frames: Iterable[pl.DataFrame], opt_out: Sequence[str], *, join_names: bool = True
    ) -> "OptOutFilter":
        """Find the people in the frames whose name or login is in `opt_out`, in any case, with all their accounts."""
        frames = list(frames)
        entries = [entry.strip() for entry in opt_out]
        # With and without the sign: a login is written as `@ada`, and git names may begin with it.
        names = pl.Series([*entries, *(entry.removeprefix("@") for entry in entries)], dtype=pl.String)
        # Polars lowers both sides: Python 3.11 knows fewer capitals (Unicode 14), and a name with one was printed.
        names = names.str.to_lowercase().unique()
        people = pl.concat([_list_people(frame) for frame in frames]).unique()
        is_named = pl.any_horizontal(
            pl.col(column).str.to_lowercase().is_in(names.implode()) for column in ("key", "name", "login")
        )
        is_person = pl.col("key") != ANONYMOUS_PERSON["key"]
        named_keys = people.filter(is_named.fill_null(value=False), is_person)["key"].unique()
        keys = _add_joined_keys(named_keys, frames, join_names=join_names)
        opted_out = people.filter(pl.col("key").is_in(keys.implode()))
        spellings = pl.concat([names, opted_out["name"], opted_out["login"]]).drop_nulls().unique()
        # The longest first: nothing of "Ada Lovelace" may remain when "Ada" is a spelling too.
        ordered = sorted((text for text in spellings if len(text) > 1), key=lambda text: (-len(text), text))
        return cls(tuple(keys.sort()), tuple(ordered))

    def apply(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return a frame of raw rows without the names of these people."""
        return frame.with_columns(self._mask_column(name, kind) for name, kind in frame.schema.items())

    def _mask_column(self, name: str, dtype: pl.DataType) -> pl.Expr:
        column = pl.col(name)
        anonymous = pl.lit(ANONYMOUS_PERSON, dtype=PERSON_TYPE)
        keys = list(self.keys)
        if dtype == PERSON_TYPE:
            return pl.when(column.struct.field("key").is_in(keys)).then(anonymous).otherwise(column).alias(name)
        if dtype == pl.List(PERSON_TYPE):
            person = pl.element()
            return column.list.eval(pl.when(person.struct.field("key").is_in(keys)).then(anonymous).otherwise(person))
        if dtype == pl.List(CLOSING_ISSUE_TYPE) and self.spellings:
            texts = (self._mask_text(pl.element().struct.field(text)) for text in ("title", "body"))
            return column.list.eval(pl.element().struct.with_fields(*texts))
        return self._mask_text(column) if name in TEXT_COLUMNS and self.spellings else column

    def _mask_text(self, column: pl.Expr) -> pl.Expr:
        return column.str.replace_all(_build_pattern(self.spellings), ANONYMOUS_NAME)


def _add_joined_keys(keys: pl.Series, frames: Iterable[pl.DataFrame], *, join_names: bool) -> pl.Series:
    """Return the keys with those of the same people's other accounts and addresses."""
    person_map = build_person_map(frames, join_names=join_names)
    joined_keys = {person_map[key]["key"] for key in keys if key in person_map}
    others = [key for key, person in person_map.items() if person["key"] in joined_keys]
    return pl.concat([keys, pl.Series(others, dtype=pl.String)]).unique()


def _build_pattern(spellings: Sequence[str]) -> str:
    alternatives = "|".join(_match_whole_words(text) for text in spellings)
    return f"(?i)@?(?:{alternatives})"


def _match_whole_words(text: str) -> str:
    before = r"\b" if _is_word_character(text[0]) else ""
    after = r"\b" if _is_word_character(text[-1]) else ""
    return before + pl.escape_regex(text) + after


def _is_word_character(char: str) -> bool:
    """Return True if polars' `\\b` counts it to a word. A fraction is not, but Python calls it alphanumeric."""
    return char == "_" or unicodedata.category(char)[0] == "L" or unicodedata.category(char) == "Nd"


def _list_people(frame: pl.DataFrame) -> pl.DataFrame:
    """Return key, name and login of all people in a frame."""
    fields = ("key", "name", "login")
    people = [pl.DataFrame(schema=dict.fromkeys(fields, pl.String()))]
    columns: Mapping[str, pl.DataType] = frame.schema
    for name, dtype in columns.items():
        if dtype in {PERSON_TYPE, pl.List(PERSON_TYPE)}:
            persons = frame.select(pl.col(name) if dtype == PERSON_TYPE else pl.col(name).explode()).to_series()
            people.append(pl.DataFrame({field: persons.struct.field(field) for field in fields}).unique())
    return pl.concat(people).filter(pl.col("key").is_not_null())


@dataclass(frozen=True)
class RawWindow:
    """All raw rows of a period. `repositories` and `open_items` are those of its latest day."""

    repositories: pl.DataFrame
    commits: pl.DataFrame
    pull_requests: pl.DataFrame
    reviews: pl.DataFrame
    issues: pl.DataFrame
    releases: pl.DataFrame
    open_items: pl.DataFrame
    notes: pl.DataFrame = field(default_factory=NOTES.make_empty)
    deployments: pl.DataFrame = field(default_factory=DEPLOYMENTS.make_empty)
    discussions: pl.DataFrame = field(default_factory=DISCUSSIONS.make_empty)
    responses: pl.DataFrame | None = None
    """None if one of the days lacks them, because an earlier version of Sparky collected it."""

    @property
    def events(self) -> dict[str, pl.DataFrame]:
        """The tables of events that the window has, by asset."""
        frames = {table.asset: getattr(self, table.asset) for table in EVENT_TABLES}
        return {asset: frame for asset, frame in frames.items() if frame is not None}

    def for_audience(self, audience: Audience, opt_out: Sequence[str], *, join_names: bool = True) -> "RawWindow":
        """Return the rows that an audience may see.

        The internal audience sees all rows. The public sees the rows of repositories that are public in the row and in
        the newest list: a row keeps the visibility it was collected with, so a repository that was made private later
        is still public in its old rows. The public sees people in `opt_out` (`people.opt_out`) without a name.
        """
        if audience is Audience.INTERNAL:
            return self
        is_public = pl.col("visibility") == Audience.PUBLIC.value
        repositories = self.repositories.filter(is_public)
        is_visible = is_public & pl.col("repository").is_in(repositories["repository"].implode())
        visible = {name: frame.filter(is_visible) for name, frame in self.events.items()}
        if opt_out:
            opt_out_filter = OptOutFilter.from_rows(self.events.values(), opt_out, join_names=join_names)
            visible = {name: opt_out_filter.apply(frame) for name, frame in visible.items()}
        return RawWindow(repositories=repositories, **visible)

    def join_people(self, *, join_names: bool = True) -> "RawWindow":
        """Return the rows with each person once and the work of coding assistants credited to people."""
        return replace(self, **join_people(self.events, join_names=join_names))


def find_missing_days(storage: Storage, days: Sequence[Period]) -> list[date]:
    """Return the days that were not fully collected: at least one of their tables is missing in the store."""
    keys = [day.key for day in days]
    missing = {key for table in REQUIRED_TABLES for key in storage.find_missing(table.path, keys)}
    return [day.start for day in days if day.key in missing]


def read_newest_repositories(storage: Storage) -> pl.DataFrame | None:
    """Return the newest list of repositories that was collected; None when there is none.

    Raises:
        OutdatedTableError: when an earlier version of Sparky wrote it.
    """
    keys = storage.list_keys(REPOSITORIES.path)
    return storage.read_table(REPOSITORIES.path, keys[-1], REPOSITORIES) if keys else None


def read_window(storage: Storage, period: Period, excluded_days: Collection[date] = ()) -> RawWindow:
    """Read the raw days of a period.

    Args:
        storage: the store.
        period: a day, week or month.
        excluded_days: days to leave out. A text about the period has to name them.

    Raises:
        DataError: when days are missing. The message names them and the command that collects them.
    """
    read_days = [day for day in period.days if day.start not in excluded_days]
    if missing := find_missing_days(storage, read_days or period.days):
        runs = [f"{first}..{last}" if first != last else f"{first}" for first, last in consecutive_ranges(missing)]
        raise DataError(
            f"{period} lacks {len(missing)} of its {len(period.days)} days: {', '.join(runs)}. "
            f"Collect them: sparky backfill {missing[0]}..{missing[-1]}"
        )
    keys = [day.key for day in read_days]
    try:
        return _read_days(storage, period, keys)
    except OutdatedTableError as error:
        raise DataError(
            f"{error} Some days of {period} were collected by an earlier version, which counted otherwise. "
            f"Collect them again: sparky backfill {read_days[0].key}..{read_days[-1].key} --until collect --force"
        ) from error


def _hide_closed_repositories(raw_window: RawWindow, storage: Storage) -> RawWindow:
    """Return the window with the visibility of now of repositories that are not public any more.

    Their stored days say what they were. Without this, an old period could be made again only with what is private now.
    """
    newest = read_newest_repositories(storage)
    if newest is None:
        return raw_window
    # A repository that could not be listed has no id, and its row says private without knowing.
    is_unknown = pl.col("status").is_in(["missing", "unreadable"]) & pl.col("id").is_null()
    closed = newest.filter(pl.col("visibility") != Audience.PUBLIC.value, ~is_unknown.fill_null(value=False))
    ids = closed["id"].drop_nulls().implode()
    is_closed = pl.col("repository").is_in(closed["repository"].implode()) | pl.col("id").is_in(ids)
    visibility = pl.when(is_closed.fill_null(value=False)).then(pl.lit("private")).otherwise(pl.col("visibility"))
    return replace(raw_window, repositories=raw_window.repositories.with_columns(visibility=visibility))


def _read_days(storage: Storage, period: Period, keys: Sequence[str]) -> RawWindow:
    events = {}
    states = (REPOSITORIES, OPEN_ITEMS)
    for table in TABLES:
        if table in states:
            continue
        stored_keys = _list_stored_keys(storage, table, keys)
        # A part of the first responses would count as all of them.
        if table is not RESPONSES or len(stored_keys) == len(keys):
            events[table.asset] = storage.read_tables(table.path, stored_keys, table)
    repositories = storage.read_tables(REPOSITORIES.path, keys, REPOSITORIES)
    renames = find_renames(repositories)
    if renames:
        repositories = repositories.with_columns(pl.col("repository").replace(renames))
        keys_by_table = {table.asset: table.key_columns for table in TABLES}
        events = {name: _rename_rows(frame, renames, keys_by_table[name]) for name, frame in events.items()}
    last_key = period.days[-1].key
    open_items = OPEN_ITEMS.make_empty()
    if last_key in keys:
        open_items = storage.read_table(OPEN_ITEMS.path, last_key, OPEN_ITEMS)
    return RawWindow(
        repositories=_keep_damage(repositories).unique("repository", keep="last").sort("repository"),
        open_items=open_items,
        **events,
    )


def _keep_damage(repositories: pl.DataFrame) -> pl.DataFrame:
    """Return REPOSITORIES rows in which one that lacked objects on a day of the window does so on its newest, too.

    The changes of that day are still without their lines or notes.
    """
    damaged = repositories.filter(status=DAMAGED_STATUS).unique("repository", keep="last")
    if damaged.is_empty():
        return repositories
    is_damaged = pl.col("repository").is_in(damaged["repository"].implode()) & (pl.col("status") != "unreadable")
    notes = damaged.select("repository", pl.col("note").alias("_note"))
    return (
        repositories.join(notes, on="repository", how="left", maintain_order="left")
        .with_columns(
            pl.when(is_damaged).then(pl.lit(DAMAGED_STATUS)).otherwise("status").alias("status"),
            pl.when(is_damaged).then("_note").otherwise("note").alias("note"),
        )
        .select(repositories.columns)
    )


def find_renames(repositories: pl.DataFrame) -> dict[str, str]:
    """Return the earlier names of repositories that were renamed in a window, each with the newest name.

    A stored day keeps the names of its time, and one repository with two names would be counted and named twice.
    GitHub's id survives a renaming. A name that another repository took afterwards is left alone: its rows may be of
    either.

    Args:
        repositories: rows of the table `repositories`, in the order of their days.
    """
    named = repositories.filter(pl.col("id").is_not_null()).select("id", "repository")
    newest = named.group_by("id", maintain_order=True).agg(newest=pl.col("repository").last())
    taken_again = named.unique().group_by("repository").len().filter(pl.col("len") > 1)["repository"].implode()
    earlier = named.unique().join(newest, on="id").filter(pl.col("repository") != pl.col("newest"))
    return dict(earlier.filter(~pl.col("repository").is_in(taken_again)).select("repository", "newest").iter_rows())


def _rename_rows(frame: pl.DataFrame, renames: Mapping[str, str], key_columns: Sequence[str]) -> pl.DataFrame:
    """Return rows under the newest names; one that was stored under both names is there once."""
    renamed = frame.with_columns(pl.col("repository").replace(dict(renames)))
    return renamed.unique(list(key_columns), keep="last", maintain_order=True)


def _list_stored_keys(storage: Storage, table: TableSpec, keys: Sequence[str]) -> list[str]:
    if table in REQUIRED_TABLES:
        return list(keys)
    missing = set(storage.find_missing(table.path, keys))
    return [key for key in keys if key not in missing]


def read_audience_window(
    storage: Storage,
    period: Period,
    audience: Audience,
    opt_out: Sequence[str] = (),
    excluded_days: Collection[date] = (),
    *,
    join_names: bool = True,
) -> RawWindow:
    """Read the raw days of a period with the rows that an audience may see.

    Each stage reads for itself, because stages are separate runs. This is the only way in which they may read.

    Args:
        storage: the store.
        period: a day, week or month.
        audience: who will read the result.
        opt_out: names and logins of people whom the public must not see (`people.opt_out`).
        excluded_days: days to leave out. A text about the period has to name them.
        join_names: take accounts and addresses with the same full name for one person (`people.join_names`).

    Raises:
        DataError: when days are missing.
    """
    raw_window = read_window(storage, period, excluded_days)
    if audience is Audience.PUBLIC:
        raw_window = _hide_closed_repositories(raw_window, storage)
    window = raw_window.for_audience(audience, opt_out, join_names=join_names)
    # Joined over what the audience sees: a private row may not change a public name.
    return window.join_people(join_names=join_names)
