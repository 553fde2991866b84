"""Join the people of a window, and credit the work of coding assistants to people. Pure.

Rows keep the people that their source named. When they are read, accounts and addresses with the same full name become
one person, with one spelling of the name; accounts of no person (a deleted account, GitHub's own) lose the name. The
work of a coding assistant goes to the person who wrote with it, else to the one who merged it, else to the committer;
the assistant stays among the co-authors. The result depends only on the rows of the window, so that a second run
changes nothing.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from sparky_assets.raw.accounts import ASSISTANT_TRAILER_PATTERN
from sparky_assets.raw.people import ASSISTANT_KEY_PREFIX, GHOST_KEY, UNNAMED_PERSON
from sparky_assets.raw.tables import COMMITS, PERSON_TYPE, PULL_REQUESTS

ANONYMOUS_PERSON = {"key": GHOST_KEY, "name": None, "login": None, "is_bot": False}
"""Somebody without a name: a deleted account, a person who opted out. Counted as no person."""

PLACEHOLDER_NAMES = frozenset(
    {
        "your name", "unknown author", "unknown user", "first last", "firstname lastname", "full name", "user name",
        "test user", "root user", "github user", "no name", "not committed yet", "no author", "anonymous user",
        "john doe", "jane doe", "ubuntu user", "default user", "system administrator",
    }
)  # fmt: skip
"""Full names that many machines share. They join no two people."""

MIN_NAME_WORDS = 2

MIN_NAME_LETTERS = 5
"""Fewer letters in a name ("A B") are no full name."""

_HANDLE = re.compile(r"(?=.*[\d_-]|.*[a-z][A-Z])[A-Za-z\d_-]{5,39}")
"""A name that people give themselves as an account, `zibet27`; `Michael` may be anybody."""

_SPACES = re.compile(r"\s+")

_ASSISTANT_TRAILER = re.compile(ASSISTANT_TRAILER_PATTERN)

PersonRow = dict[str, Any]
"""The value of a PERSON column."""


@dataclass(frozen=True)
class _Spelling:
    """One way in which rows spell a person, and how many rows do."""

    key: str
    name: str
    login: str | None
    is_bot: bool
    count: int


def normalize_full_name(name: str | None) -> str | None:
    """Return a full name for comparison, or None where a name does not identify a person: one word, a placeholder."""
    if not name:
        return None
    folded = _SPACES.sub(" ", unicodedata.normalize("NFKC", name).casefold()).strip()
    words = [word for word in folded.split(" ") if any(char.isalpha() for char in word)]
    letters = sum(char.isalpha() for char in folded)
    if len(words) < MIN_NAME_WORDS or letters < MIN_NAME_LETTERS or folded in PLACEHOLDER_NAMES:
        return None
    return folded


def build_person_map(frames: Iterable[pl.DataFrame], *, join_names: bool = True) -> dict[str, PersonRow]:
    """Return the person of each key in the frames. Bots and assistants keep their key and name.

    Args:
        frames: raw rows.
        join_names: take keys with the same full name for one person.
    """
    spellings = _count_spellings(frames)
    bot_keys = {spelling.key for spelling in spellings if spelling.is_bot}
    people = [spelling for spelling in spellings if spelling.key not in bot_keys and spelling.key != GHOST_KEY]
    groups = KeyGroups()
    first_key_by_name: dict[str, str] = {}
    shared_keys = _find_shared_keys(people)
    for spelling in people:
        groups.add(spelling.key)
        has_name = join_names and spelling.key not in shared_keys
        full_name = normalize_full_name(spelling.name) if has_name else None
        account = spelling.login or (spelling.name if join_names and _HANDLE.fullmatch(spelling.name) else None)
        for mark in filter(None, (full_name, account and f"@{account.lower()}")):
            groups.join(first_key_by_name.setdefault(mark, spelling.key), spelling.key)
    spellings_by_root: dict[str, list[_Spelling]] = defaultdict(list)
    for spelling in people:
        spellings_by_root[groups.find_root(spelling.key)].append(spelling)
    persons: dict[str, PersonRow] = {GHOST_KEY: ANONYMOUS_PERSON}
    for group in spellings_by_root.values():
        # The names beside a shared account are those of others: it is called by its login.
        named = [replace(own, name=own.login or own.name) if own.key in shared_keys else own for own in group]
        person = _build_joined_person(named)
        persons |= {spelling.key: person for spelling in group}
    return persons


def _find_shared_keys(spellings: Iterable[_Spelling]) -> set[str]:
    """Return the keys of accounts that rows spell with full names of which two have no word in common.

    A job that commits for others writes their names beside the account that started it: the formatter of starlight
    made one person of ten, and credited Felix with what Franco wrote.
    """
    words_by_key: dict[str, list[set[str]]] = defaultdict(list)
    for spelling in spellings:
        if spelling.login and (full_name := normalize_full_name(spelling.name)):
            words_by_key[spelling.key].append(set(full_name.split()))
    return {key for key, names in words_by_key.items() if any(names[0].isdisjoint(other) for other in names[1:])}


class KeyGroups:
    """Sets of keys that belong to one person (union-find)."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}

    def add(self, key: str) -> None:
        """Add a key by itself, unless it is known."""
        self._parents.setdefault(key, key)

    def find_root(self, key: str) -> str:
        """Return the key that names the set of a key."""
        while self._parents[key] != key:
            self._parents[key] = self._parents[self._parents[key]]
            key = self._parents[key]
        return key

    def join(self, left: str, right: str) -> None:
        """Make one set of the sets of two keys."""
        self.add(left)
        self.add(right)
        roots = sorted((self.find_root(left), self.find_root(right)))
        self._parents[roots[1]] = roots[0]


def _count_spellings(frames: Iterable[pl.DataFrame]) -> list[_Spelling]:
    # One lazy query: each step by itself costs 0.1 ms, which is most of a day of few rows.
    parts = [pl.DataFrame(schema={field.name: field.dtype for field in PERSON_TYPE.fields}).lazy()]
    for frame in frames:
        for name, dtype in frame.schema.items():
            if dtype in {PERSON_TYPE, pl.List(PERSON_TYPE)} and frame[name].null_count() < frame.height:
                column = pl.col(name) if dtype == PERSON_TYPE else pl.col(name).explode()
                person = frame.lazy().select(column.alias("person")).filter(pl.col("person").is_not_null())
                parts.append(person.unnest("person"))
    fields = ["key", "name", "login", "is_bot"]
    counted = pl.concat(parts).filter(pl.col("key").is_not_null()).group_by(fields).len().sort(fields).collect()
    return [
        _Spelling(key, name or "", login, bool(is_bot), count)
        for key, name, login, is_bot, count in counted.iter_rows()
    ]


def _build_joined_person(group: list[_Spelling]) -> PersonRow:
    """Return the person of a group: the key and login of an account where there is one, and one spelling of the name.

    A full name in upper and lower case comes before another name, then the one in most rows. Somebody who has no name
    in any row is no person whom one could thank.
    """
    rows_by_name: Counter[str] = Counter()
    rows_by_login: Counter[str] = Counter()
    for spelling in group:
        if spelling.name not in {"", UNNAMED_PERSON}:
            rows_by_name[spelling.name] += spelling.count
        if spelling.login:
            rows_by_login[spelling.login] += spelling.count
    if not rows_by_name:
        return ANONYMOUS_PERSON

    def rank_name(name: str) -> tuple[bool, bool, int, str]:
        is_full = normalize_full_name(name) is not None
        return not is_full, not (name != name.lower() and name != name.upper()), -rows_by_name[name], name

    logins = sorted(rows_by_login, key=lambda login: (-rows_by_login[login], login))
    account_keys = sorted({spelling.key for spelling in group if spelling.login})
    keys = account_keys or sorted({spelling.key for spelling in group})
    name = min(rows_by_name, key=rank_name)
    return {"key": keys[0], "name": name, "login": logins[0] if logins else None, "is_bot": False}


def replace_persons(frame: pl.DataFrame, rows_by_key: Mapping[str, PersonRow]) -> pl.DataFrame:
    """Return a frame whose PERSON columns hold the given persons, found by key; other keys stay as they are."""
    if frame.is_empty():
        return frame
    table = pl.DataFrame(
        {"_key": list(rows_by_key), "_person": list(rows_by_key.values())},
        schema={"_key": pl.String(), "_person": PERSON_TYPE},
    ).with_columns(_known=True)
    for name, dtype in frame.schema.items():
        if dtype == PERSON_TYPE:
            keys = frame.select(pl.col(name).struct.field("key").alias("_key"))
            joined = keys.join(table, on="_key", how="left", maintain_order="left")
            column = pl.when(joined["_known"].fill_null(value=False)).then(joined["_person"])
            frame = frame.with_columns(column.otherwise(pl.col(name)).alias(name))
        elif dtype == pl.List(PERSON_TYPE):
            frame = _replace_person_lists(frame, name, rows_by_key)
    return frame


def _replace_person_lists(frame: pl.DataFrame, name: str, rows_by_key: Mapping[str, PersonRow]) -> pl.DataFrame:
    """Replace the lists of persons in one column. Only rows with a person are visited, because few rows have any."""
    numbered = frame.select(pl.int_range(pl.len()).alias("_row"), pl.col(name))
    non_empty = numbered.filter(pl.col(name).list.len() > 0)
    lists = []
    for rows in non_empty[name].to_list():
        persons = [rows_by_key.get(row["key"], row) for row in rows]
        lists.append(list({person["key"]: person for person in persons}.values()))
    return _put_lists(frame, name, non_empty["_row"], lists)


def _put_lists(frame: pl.DataFrame, name: str, rows: pl.Series, lists: list[list[PersonRow]]) -> pl.DataFrame:
    """Return a frame with other lists of persons in some rows of a column."""
    replaced = pl.DataFrame({"_row": rows}).with_columns(pl.Series("_list", lists, dtype=frame.schema[name]))
    numbered = frame.select(pl.int_range(pl.len()).cast(rows.dtype).alias("_row"))
    column = numbered.join(replaced, on="_row", how="left", maintain_order="left")["_list"]
    return frame.with_columns(pl.coalesce(column, pl.col(name)).alias(name))


def join_people(frames: Mapping[str, pl.DataFrame], *, join_names: bool = True) -> dict[str, pl.DataFrame]:
    """Return raw tables by asset with each person once, and the work of assistants credited to people."""
    persons = build_person_map(frames.values(), join_names=join_names)
    joined = {asset: replace_persons(frame, persons) for asset, frame in frames.items()}
    joined[COMMITS.asset] = _drop_own_co_authors(joined[COMMITS.asset])
    joined[COMMITS.asset] = _forget_doubtful_firsts(frames[COMMITS.asset], joined[COMMITS.asset])
    return credit_assistants(joined)


def _forget_doubtful_firsts(stored: pl.DataFrame, joined: pl.DataFrame) -> pl.DataFrame:
    """Return commits where nothing is known of a first contribution whose author has another name in other rows.

    The history was searched for the name and address of the commit alone. Mat M of hackatime is Mat Manna in another
    repository of hackclub, and Mat Manna had made commits to hackatime for months.
    """
    if "is_first_contribution" not in joined.columns or joined.is_empty():
        return joined
    own, printed = (frame["author"].struct.field("name").str.to_lowercase() for frame in (stored, joined))
    is_doubtful = (own != printed).fill_null(value=False)
    value = pl.when(is_doubtful & joined["is_first_contribution"]).then(None).otherwise(pl.col("is_first_contribution"))
    return joined.with_columns(value.alias("is_first_contribution"))


def _drop_own_co_authors(commits: pl.DataFrame) -> pl.DataFrame:
    """Remove authors from the co-authors of their own commits: a squash merge names its author's other address."""
    numbered = commits.select(pl.int_range(pl.len()).alias("_row"), "co_authors", key=pl.col("author").struct["key"])
    non_empty = numbered.filter(pl.col("co_authors").list.len() > 0)
    lists = [
        [person for person in persons if person["key"] != key]
        for persons, key in non_empty.select("co_authors", "key").iter_rows()
    ]
    return _put_lists(commits, "co_authors", non_empty["_row"], lists)


def is_assistant_key(key: pl.Expr) -> pl.Expr:
    """Return the expression that is true for the key of a coding assistant."""
    return key.str.starts_with(ASSISTANT_KEY_PREFIX).fill_null(value=False)


def names_assistant(people: Iterable[Mapping[str, Any]], message: str) -> bool:
    """Return whether a change names a coding assistant: among the people who wrote it or in a line of its message.

    `build_assistant_expression` is the same rule for a frame.
    """
    keys = (person.get("key") or "" for person in people)
    return any(key.startswith(ASSISTANT_KEY_PREFIX) for key in keys) or bool(_ASSISTANT_TRAILER.search(message))


def build_assistant_expression() -> pl.Expr:
    """Return the expression that is true for the commits that name a coding assistant.

    It reads the columns `key` (of the author), `co_authors` and `body`.
    """
    keys = pl.col("co_authors").list.eval(is_assistant_key(pl.element().struct.field("key")))
    is_written = keys.list.any().fill_null(value=False) | is_assistant_key(pl.col("key"))
    return is_written | pl.col("body").fill_null("").str.contains(ASSISTANT_TRAILER_PATTERN)


def credit_assistants(frames: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return raw tables in which no assistant is an author: its work goes to a person, or has no author.

    For a commit that is the first person among the co-authors, the person who merged it, the committer. For a pull
    request it is the person who merged it. The assistant stays as the last co-author of a commit.
    """
    credited = dict(frames)
    commits, pull_requests = frames[COMMITS.asset], frames[PULL_REQUESTS.asset]
    merged = pull_requests.filter(pl.col("event") == "merged")
    by_assistant = is_assistant_key(pl.col("author").struct.field("key"))
    numbered = commits.with_row_index("_row").filter(by_assistant)
    if numbered.height:
        mergers = {
            (repository, commit): actor
            for repository, commit, actor in merged.select("repository", "commit", "actor").iter_rows()
            if commit
        }
        landed_by = _find_landing_authors(commits, numbered)
        authors: list[PersonRow] = []
        co_authors: list[list[PersonRow]] = []
        for row in numbered.select("repository", "sha", "author", "co_authors", "committer").iter_rows(named=True):
            key = (row["repository"], row["sha"])
            candidates = [*(row["co_authors"] or ()), mergers.get(key), landed_by.get(key), row["committer"]]
            author = next((person for person in candidates if _is_person(person)), None) or ANONYMOUS_PERSON
            others = [person for person in row["co_authors"] or () if person["key"] != author["key"]]
            authors.append(author)
            co_authors.append([*others, row["author"]])
        credited[COMMITS.asset] = _put_persons(
            _put_lists(commits, "co_authors", numbered["_row"], co_authors), "author", numbered["_row"], authors
        )
    for asset, frame in frames.items():
        if asset != COMMITS.asset and {"number", "event", "author"} <= set(frame.columns):
            credited[asset] = _credit_items(frame, merged if asset == PULL_REQUESTS.asset else merged.clear())
    return credited


def _credit_items(items: pl.DataFrame, merged: pl.DataFrame) -> pl.DataFrame:
    """Return pull requests or issues in which the person who merged one of an assistant is its author."""
    numbered = items.with_row_index("_row").filter(is_assistant_key(pl.col("author").struct.field("key")))
    if numbered.is_empty():
        return items
    mergers = {
        (repository, number): actor
        for repository, number, actor in merged.select("repository", "number", "actor").iter_rows()
    }
    keys = numbered.select("repository", "number").iter_rows()
    actors = (mergers.get((repository, number)) for repository, number in keys)
    authors = [actor if actor and _is_person(actor) else ANONYMOUS_PERSON for actor in actors]
    return _put_persons(items, "author", numbered["_row"], authors)


def _find_landing_authors(commits: pl.DataFrame, wanted: pl.DataFrame) -> dict[tuple[str, str], PersonRow]:
    """Return the author of the merge that brought each commit, where rows know it (`landed_by`)."""
    if "landed_by" not in commits.columns:
        return {}
    merges = commits.filter("is_merge").select("repository", "author", landed_by="sha")
    joined = wanted.select("repository", "sha", "landed_by").join(merges, on=["repository", "landed_by"])
    return {
        (repository, sha): author
        for repository, sha, author in joined.select("repository", "sha", "author").iter_rows()
    }


def _is_person(person: PersonRow | None) -> bool:
    return bool(person and person["key"] and person["key"] != GHOST_KEY and not person["is_bot"])


def _put_persons(frame: pl.DataFrame, name: str, rows: pl.Series, persons: list[PersonRow]) -> pl.DataFrame:
    """Return a frame with other persons in some rows of a column."""
    replaced = pl.DataFrame({"_row": rows}).with_columns(
        pl.Series("_person", persons, dtype=PERSON_TYPE), pl.lit(value=True).alias("_known")
    )
    numbered = frame.select(pl.int_range(pl.len()).cast(rows.dtype).alias("_row"))
    joined = numbered.join(replaced, on="_row", how="left", maintain_order="left")
    is_replaced = joined["_known"].fill_null(value=False)
    return frame.with_columns(pl.when(is_replaced).then(joined["_person"]).otherwise(pl.col(name)).alias(name))
