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

from sparky_assets.raw.github.responses import GitActor, GitHubAccount, GitHubActor
from sparky_assets.raw.people import CO_AUTHOR_PATTERN, Person, PersonFactory
from sparky_assets.raw.tables import PERSON_TYPE

GHOST_PERSON = Person("ghost", "ghost", "ghost", is_bot=False)
"""Whom GitHub shows where an account was deleted."""


NUMBERED_NOREPLY_PATTERN = re.compile(r"(\d+)\+[^@]+@users\.noreply\.github\.com", re.IGNORECASE)


MAILMAP_LINE_PATTERN = re.compile(r"^([^<#]*)<([^>]*)>(?:([^<#]*)<([^>]*)>)?")

Mailmap = Mapping[tuple[str, str], tuple[str, str]]
"""(name as committed or "", address in lower case) → (proper name or "", proper address)."""


class IdentityRegistry(BaseModel):
    """What earlier sweeps learned: the key of each account, and the other keys that its owner went by.

    An account's key is the first login that was seen, so that a renaming does not make two people of one.
    """

    accounts: dict[str, str] = {}
    aliases: dict[str, str] = {}


class IdentityResolver:
    """Turns GitHub's actors and git's identities into persons, and learns which are the same."""

    def __init__(self, people: PersonFactory, registry: IdentityRegistry) -> None:
        self.registry = registry.model_copy(deep=True)
        self._people = people
        self._persons: dict[str, Person] = {}
        self._named_keys: set[str] = set()
        self._keys_by_account: dict[str, set[str]] = {}
        self._account_by_key = {key: account for account, key in self.registry.accounts.items()}

    def resolve_actor(self, actor: GitHubActor | None) -> dict[str, Any]:
        """Whoever did something on GitHub."""
        if actor is None:
            return GHOST_PERSON.to_row()
        login = actor.login
        if actor.typename == "Bot" and not login.endswith("[bot]"):
            login += "[bot]"  # GraphQL leaves it out; REST and commits do not
        return self._resolve_login(actor.database_id, login, actor.name, is_bot=actor.typename == "Bot").to_row()

    def resolve_account(self, account: GitHubAccount | None) -> dict[str, Any]:
        """Whoever published a release."""
        if account is None:
            return GHOST_PERSON.to_row()
        return self._resolve_login(account.database_id, account.login, account.name).to_row()

    def resolve_git_actor(self, actor: GitActor | None, mailmap: Mailmap) -> Person:
        """Author or committer of a commit."""
        name, email = _apply_mailmap(actor.name or "", actor.email or "", mailmap) if actor else ("", "")
        spelled = self._people.from_git(name, email)
        if actor and actor.user:
            person = self._resolve_login(actor.user.database_id, actor.user.login, actor.user.name or name)
            if email:
                self._add_alias(spelled.key, person.key)
            return person
        if numbered := NUMBERED_NOREPLY_PATTERN.fullmatch(email):
            if key := self.registry.accounts.get(numbered[1]):
                return replace(spelled, key=key)
            # The account may come later in this sweep; a second sweep of the day must not find another person.
            self._keys_by_account.setdefault(numbered[1], set()).add(spelled.key)
        self._persons.setdefault(spelled.key, spelled)
        return spelled

    def resolve_co_authors(self, message: str, mailmap: Mailmap, author_key: str) -> list[dict[str, Any]]:
        """The people that trailers of a message name, without its author, each once."""
        found = {}
        for name, email in CO_AUTHOR_PATTERN.findall(message):
            person = self.resolve_git_actor(GitActor(name=name.strip(), email=email.strip(), user=None), mailmap)
            found[person.key] = person
        return [person.to_row() for key, person in found.items() if key != author_key]

    def replace_persons(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A frame with every provisional person replaced by the one that all of this sweep's rows share."""
        final = {key: self._find_final_person(key) for key in {*self._persons, *self.registry.aliases}}
        rows = [person.to_row() for person in final.values() if person]
        table = pl.DataFrame(
            {"_key": [key for key, person in final.items() if person], "_person": rows},
            schema={"_key": pl.String(), "_person": PERSON_TYPE},
        )
        for name, kind in frame.schema.items():
            if kind == PERSON_TYPE:
                joined = frame.select(pl.col(name).struct.field("key").alias("_key")).join(
                    table, on="_key", how="left", maintain_order="left"
                )
                frame = frame.with_columns(
                    pl.when(joined["_person"].struct.field("key").is_not_null())
                    .then(joined["_person"])
                    .otherwise(pl.col(name))
                    .alias(name)
                )
            elif kind == pl.List(PERSON_TYPE):
                frame = self._replace_person_lists(frame, name, final)
        return frame

    def _replace_person_lists(
        self, frame: pl.DataFrame, name: str, person_by_key: Mapping[str, Person | None]
    ) -> pl.DataFrame:
        """The frame with the lists of persons in one column replaced; few rows have any."""
        numbered = frame.select(pl.int_range(pl.len()).alias("_row"), pl.col(name))
        some = numbered.filter(pl.col(name).list.len() > 0)
        values = [self._replace_person_list(one, person_by_key) for one in some[name].to_list()]
        better = some.select("_row").with_columns(pl.Series("_list", values, dtype=frame.schema[name]))
        found = numbered.select("_row").join(better, on="_row", how="left", maintain_order="left")["_list"]
        return frame.with_columns(pl.coalesce(found, pl.col(name)).alias(name))

    def _replace_person_list(
        self, rows: list[dict[str, Any]] | None, person_by_key: Mapping[str, Person | None]
    ) -> Any:
        if not rows:
            return rows
        persons = [(known.to_row() if (known := person_by_key.get(row["key"])) else row) for row in rows]
        return list({row["key"]: row for row in persons}.values())

    def _find_final_person(self, key: str) -> Person | None:
        passed = set()
        while key not in self._account_by_key and key not in passed and key in self.registry.aliases:
            passed.add(key)
            key = self.registry.aliases[key]
        return self._persons.get(key)

    def _add_alias(self, alias: str, key: str) -> None:
        """Learn that who is spelled so goes by another key; the key of an account is never given away."""
        if alias != key and alias not in self._account_by_key:
            self.registry.aliases[alias] = key

    def _resolve_login(self, account_id: int | None, login: str, name: str | None, *, is_bot: bool = False) -> Person:
        person = self._people.from_login(login, name, is_bot=is_bot)
        if account_id is None:
            key = self.registry.aliases.get(person.key, person.key)
        else:
            key = self._get_account_key(str(account_id), person.key)
        self._add_alias(person.key, key)
        person = replace(person, key=key)
        if name or key not in self._named_keys:  # what GitHub says of an account goes before how git spells it
            self._persons[key] = person
            self._named_keys.add(key)
        return person

    def _get_account_key(self, account_id: str, login: str) -> str:
        if known := self.registry.accounts.get(account_id):
            return known
        # A login that was given up can be taken by somebody else; the key stays with the first.
        key = login if self._account_by_key.setdefault(login, account_id) == account_id else f"{login}#{account_id}"
        self._account_by_key[key] = account_id
        self.registry.accounts[account_id] = key
        for spelled in self._keys_by_account.pop(account_id, ()):
            self._add_alias(spelled, key)
        return key


def parse_mailmap(text: str) -> Mailmap:
    """Read a .mailmap: `Proper Name <proper@address> Committed Name <committed@address>`, with parts left out."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for line in text.splitlines():
        if match := MAILMAP_LINE_PATTERN.match(line.strip()):
            name, proper, old_name, old = ((part or "").strip() for part in match.groups())
            key = (old_name.lower(), old.lower()) if old else ("", proper.lower())
            if key[1]:
                found[key] = (name, proper)
    return found


def _apply_mailmap(name: str, email: str, mailmap: Mailmap) -> tuple[str, str]:
    address = email.strip().lower()
    if (entry := mailmap.get((name.strip().lower(), address)) or mailmap.get(("", address))) is None:
        return name.strip(), email.strip()
    return entry[0] or name.strip(), entry[1] or email.strip()
