"""Who did it, by what GitHub knows: accounts, their renamings, and the addresses that commits show them to use. Pure.

`people.py` makes a person of a name and an address; this joins those persons by the account that GitHub names. A sweep
learns as it goes, so rows carry provisional persons until `joined` replaces them at its end.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl
from pydantic import BaseModel

from sparky_assets.raw.github_models import Account, Actor, GitActor
from sparky_assets.raw.models import PERSON
from sparky_assets.raw.people import CO_AUTHOR, People, Person

GHOST = Person("ghost", "ghost", "ghost", is_bot=False)
"""Whom GitHub shows where an account was deleted."""
NOREPLY_ID = re.compile(r"(\d+)\+[^@]+@users\.noreply\.github\.com", re.IGNORECASE)
MAILMAP_LINE = re.compile(r"^([^<#]*)<([^>]*)>(?:([^<#]*)<([^>]*)>)?")

Mailmap = Mapping[tuple[str, str], tuple[str, str]]
"""(name as committed or "", address in lower case) → (proper name or "", proper address)."""


class Register(BaseModel):
    """What earlier sweeps learned: the key of each account, and the other keys that its owner went by.

    An account's key is the first login that was seen, so that a renaming does not make two people of one.
    """

    accounts: dict[str, str] = {}
    aliases: dict[str, str] = {}


class Identities:
    """Turns GitHub's actors and git's identities into persons, and learns which are the same."""

    def __init__(self, people: People, register: Register) -> None:
        self.register = register.model_copy(deep=True)
        self._people = people
        self._persons: dict[str, Person] = {}
        self._told: set[str] = set()
        self._numbered: dict[str, set[str]] = {}
        self._owners = {key: account for account, key in self.register.accounts.items()}

    def actor(self, actor: Actor | None) -> dict[str, Any]:
        """Whoever did something on GitHub."""
        if actor is None:
            return GHOST.as_row()
        login = actor.login
        if actor.typename == "Bot" and not login.endswith("[bot]"):
            login += "[bot]"  # GraphQL leaves it out; REST and commits do not
        return self._account(actor.database_id, login, actor.name, is_bot=actor.typename == "Bot").as_row()

    def account(self, account: Account | None) -> dict[str, Any]:
        """Whoever published a release."""
        if account is None:
            return GHOST.as_row()
        return self._account(account.database_id, account.login, account.name).as_row()

    def git(self, actor: GitActor | None, mailmap: Mailmap) -> Person:
        """Author or committer of a commit."""
        name, email = _mapped(actor.name or "", actor.email or "", mailmap) if actor else ("", "")
        spelled = self._people.from_git(name, email)
        if actor and actor.user:
            person = self._account(actor.user.database_id, actor.user.login, actor.user.name or name)
            if email:
                self._same(spelled.key, person.key)
            return person
        if numbered := NOREPLY_ID.fullmatch(email):
            if key := self.register.accounts.get(numbered[1]):
                return replace(spelled, key=key)
            # The account may come later in this sweep; a second sweep of the day must not find another person.
            self._numbered.setdefault(numbered[1], set()).add(spelled.key)
        self._persons.setdefault(spelled.key, spelled)
        return spelled

    def co_authors(self, message: str, mailmap: Mailmap, author: str) -> list[dict[str, Any]]:
        """The people that trailers of a message name, without its author, each once."""
        found = {}
        for name, email in CO_AUTHOR.findall(message):
            person = self.git(GitActor(name=name.strip(), email=email.strip(), user=None), mailmap)
            found[person.key] = person
        return [person.as_row() for key, person in found.items() if key != author]

    def joined(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A frame with every provisional person replaced by the one that all of this sweep's rows share."""
        final = {key: self._final(key) for key in {*self._persons, *self.register.aliases}}
        rows = [person.as_row() for person in final.values() if person]
        table = pl.DataFrame(
            {"_key": [key for key, person in final.items() if person], "_person": rows},
            schema={"_key": pl.String(), "_person": PERSON},
        )
        for name, kind in frame.schema.items():
            if kind == PERSON:
                joined = frame.select(pl.col(name).struct.field("key").alias("_key")).join(
                    table, on="_key", how="left", maintain_order="left"
                )
                frame = frame.with_columns(
                    pl.when(joined["_person"].struct.field("key").is_not_null())
                    .then(joined["_person"])
                    .otherwise(pl.col(name))
                    .alias(name)
                )
            elif kind == pl.List(PERSON):
                frame = self._joined_lists(frame, name, final)
        return frame

    def _joined_lists(self, frame: pl.DataFrame, name: str, final: Mapping[str, Person | None]) -> pl.DataFrame:
        """The frame with the lists of persons in one column replaced; few rows have any."""
        numbered = frame.select(pl.int_range(pl.len()).alias("_row"), pl.col(name))
        some = numbered.filter(pl.col(name).list.len() > 0)
        values = [self._joined_list(one, final) for one in some[name].to_list()]
        better = some.select("_row").with_columns(pl.Series("_list", values, dtype=frame.schema[name]))
        found = numbered.select("_row").join(better, on="_row", how="left", maintain_order="left")["_list"]
        return frame.with_columns(pl.coalesce(found, pl.col(name)).alias(name))

    def _joined_list(self, rows: list[dict[str, Any]] | None, final: Mapping[str, Person | None]) -> Any:
        if not rows:
            return rows
        persons = [(known.as_row() if (known := final.get(row["key"])) else row) for row in rows]
        return list({row["key"]: row for row in persons}.values())

    def _final(self, key: str) -> Person | None:
        passed = set()
        while key not in self._owners and key not in passed and key in self.register.aliases:
            passed.add(key)
            key = self.register.aliases[key]
        return self._persons.get(key)

    def _same(self, spelled: str, key: str) -> None:
        """Learn that who is spelled so goes by another key; the key of an account is never given away."""
        if spelled != key and spelled not in self._owners:
            self.register.aliases[spelled] = key

    def _account(self, number: int | None, login: str, name: str | None, *, is_bot: bool = False) -> Person:
        person = self._people.from_login(login, name, is_bot=is_bot)
        if number is None:
            key = self.register.aliases.get(person.key, person.key)
        else:
            key = self._key_of(str(number), person.key)
        self._same(person.key, key)
        person = replace(person, key=key)
        if name or key not in self._told:  # what GitHub says of an account goes before how git spells it
            self._persons[key] = person
            self._told.add(key)
        return person

    def _key_of(self, account: str, login: str) -> str:
        if known := self.register.accounts.get(account):
            return known
        # A login that was given up can be taken by somebody else; the key stays with the first.
        key = login if self._owners.setdefault(login, account) == account else f"{login}#{account}"
        self._owners[key] = account
        self.register.accounts[account] = key
        for spelled in self._numbered.pop(account, ()):
            self._same(spelled, key)
        return key


def parse_mailmap(text: str) -> Mailmap:
    """Read a .mailmap: `Proper Name <proper@address> Committed Name <committed@address>`, with parts left out."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for line in text.splitlines():
        if match := MAILMAP_LINE.match(line.strip()):
            name, proper, old_name, old = ((part or "").strip() for part in match.groups())
            key = (old_name.lower(), old.lower()) if old else ("", proper.lower())
            if key[1]:
                found[key] = (name, proper)
    return found


def _mapped(name: str, email: str, mailmap: Mailmap) -> tuple[str, str]:
    address = email.strip().lower()
    if (entry := mailmap.get((name.strip().lower(), address)) or mailmap.get(("", address))) is None:
        return name.strip(), email.strip()
    return entry[0] or name.strip(), entry[1] or email.strip()
