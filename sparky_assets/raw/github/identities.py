"""Resolve the people of a sweep by their GitHub accounts: renames, .mailmap, addresses in commits. Pure.

`raw/people.py` makes a person from a name and an address; this module joins those persons by account. A sweep learns as
it goes, so rows carry provisional persons until `replace_persons` replaces them at its end.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import polars as pl
from pydantic import BaseModel

from sparky_assets.raw.github.responses import GitActor, GitHubAccount, GitHubActor
from sparky_assets.raw.joining import replace_persons
from sparky_assets.raw.people import (
    ASSISTANT_KEY_PREFIX,
    CO_AUTHOR_PATTERN,
    GHOST_KEY,
    GHOST_PERSON,
    Person,
    PersonFactory,
)

NUMBERED_NOREPLY_PATTERN = re.compile(r"(\d+)\+[^@]+@users\.noreply\.github\.com", re.IGNORECASE)

MAILMAP_LINE_PATTERN = re.compile(r"^([^<#]*)<([^>]*)>(?:([^<#]*)<([^>]*)>)?")

Mailmap = Mapping[tuple[str, str], tuple[str, str]]
"""(name as committed or "", address in lower case) → (proper name or "", proper address)."""


class IdentityRegistry(BaseModel):
    """What earlier sweeps learned: the key of each account id, and the key that replaces each alias.

    An account's key is the first login that was seen, so that a rename does not split one person into two.
    """

    accounts: dict[str, str] = {}
    aliases: dict[str, str] = {}


class IdentityResolver:
    """Turn GitHub's actors and git's identities into persons, and learn which are the same."""

    def __init__(self, people: PersonFactory, registry: IdentityRegistry) -> None:
        self.registry = registry.model_copy(deep=True)
        self._people = people
        self._persons: dict[str, Person] = {}
        self._named_keys: set[str] = set()
        self._bot_keys: set[str] = set()
        self._keys_by_account: dict[str, set[str]] = {}
        self._account_by_key = {key: account for account, key in self.registry.accounts.items()}

    def resolve_actor(self, actor: GitHubActor | None) -> dict[str, Any]:
        """Return the person behind a GitHub actor."""
        if actor is None:
            return GHOST_PERSON.to_row()
        login = actor.login
        if actor.typename == "Bot" and not login.endswith("[bot]"):
            login += "[bot]"  # GraphQL leaves it out; REST and commits do not
        return self._resolve_login(actor.database_id, login, actor.name, is_bot=actor.typename == "Bot").to_row()

    def resolve_account(self, account: GitHubAccount | None) -> dict[str, Any]:
        """Return the person behind the account that published a release."""
        if account is None:
            return GHOST_PERSON.to_row()
        return self._resolve_login(account.database_id, account.login, account.name).to_row()

    def resolve_git_actor(self, actor: GitActor | None, mailmap: Mailmap) -> Person:
        """Return the author or committer of a commit."""
        name, email = _apply_mailmap(actor.name or "", actor.email or "", mailmap) if actor else ("", "")
        git_person = self._people.from_git(name, email)
        if git_person.key.startswith(ASSISTANT_KEY_PREFIX):
            return git_person
        if actor and actor.user:
            person = self._resolve_login(actor.user.database_id, actor.user.login, actor.user.name or name)
            # An address that many share (GitHub's own) is the alias of no account.
            if email and GHOST_KEY not in {git_person.key, person.key}:
                self._add_alias(git_person.key, person.key)
            return person
        if git_person.key == GHOST_KEY:
            return git_person
        if numbered := NUMBERED_NOREPLY_PATTERN.fullmatch(email):
            if key := self.registry.accounts.get(numbered[1]):
                return replace(git_person, key=key)
            # The account may appear later in this sweep; a second sweep of the day must find the same person.
            self._keys_by_account.setdefault(numbered[1], set()).add(git_person.key)
        self._persons.setdefault(git_person.key, git_person)
        return git_person

    def resolve_co_authors(self, message: str, mailmap: Mailmap, author_key: str) -> list[dict[str, Any]]:
        """Return the people in the trailers of a message, without its author, each once."""
        people_by_key = {}
        for name, email in CO_AUTHOR_PATTERN.findall(message):
            person = self.resolve_git_actor(GitActor(name=name.strip(), email=email.strip(), user=None), mailmap)
            people_by_key[person.key] = person
        return [person.to_row() for key, person in people_by_key.items() if key != author_key]

    def replace_persons(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return a frame with every provisional person replaced by the final one of this sweep."""
        return replace_persons(frame, dict(self._list_final_rows()))

    def _list_final_rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each key with the row of its final person."""
        for key in {*self._persons, *self.registry.aliases}:
            if person := self._find_final_person(key):
                yield key, person.to_row()

    def _find_final_person(self, key: str) -> Person | None:
        visited = set()
        while key not in self._account_by_key and key not in visited and key in self.registry.aliases:
            visited.add(key)
            key = self.registry.aliases[key]
        return self._persons.get(key)

    def _add_alias(self, alias: str, key: str) -> None:
        """Record that another key replaces an alias. The key of an account is never replaced."""
        if alias != key and alias not in self._account_by_key:
            self.registry.aliases[alias] = key

    def _resolve_login(self, account_id: int | None, login: str, name: str | None, *, is_bot: bool = False) -> Person:
        person = self._people.from_login(login, name, is_bot=is_bot)
        if person.key == GHOST_KEY or person.key.startswith(ASSISTANT_KEY_PREFIX):
            return person
        if account_id is None:
            key = self.registry.aliases.get(person.key, person.key)
        else:
            key = self._get_account_key(str(account_id), person.key)
        self._add_alias(person.key, key)
        person = replace(person, key=key)
        if is_bot:
            self._bot_keys.add(key)
            self._persons[key] = person
        # A release names its author as a user, also where a bot published it: any sighting as a bot wins.
        if key in self._bot_keys:
            return self._persons[key]
        if name or key not in self._named_keys:  # the name on GitHub takes precedence over the one in git
            self._persons[key] = person
            self._named_keys.add(key)
        return person

    def _get_account_key(self, account_id: str, login: str) -> str:
        if existing := self.registry.accounts.get(account_id):
            return existing
        # A login that was given up can be taken by another account; the key stays with the first account.
        key = login if self._account_by_key.setdefault(login, account_id) == account_id else f"{login}#{account_id}"
        self._account_by_key[key] = account_id
        self.registry.accounts[account_id] = key
        for alias in self._keys_by_account.pop(account_id, ()):
            self._add_alias(alias, key)
        return key


def parse_mailmap(text: str) -> Mailmap:
    """Read a .mailmap: `Proper Name <proper@address> Committed Name <committed@address>`; parts may be missing."""
    mailmap: dict[tuple[str, str], tuple[str, str]] = {}
    for line in text.splitlines():
        match = MAILMAP_LINE_PATTERN.match(line.strip())
        if match is None:
            continue
        name, address, committed_name, committed_address = ((part or "").strip() for part in match.groups())
        key = (committed_name.lower(), committed_address.lower()) if committed_address else ("", address.lower())
        if key[1]:
            mailmap[key] = (name, address)
    return mailmap


def _apply_mailmap(name: str, email: str, mailmap: Mailmap) -> tuple[str, str]:
    address = email.strip().lower()
    entry = mailmap.get((name.strip().lower(), address)) or mailmap.get(("", address))
    if entry is None:
        return name.strip(), email.strip()
    return entry[0] or name.strip(), entry[1] or email.strip()
