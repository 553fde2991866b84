"""Make a `Person` from the name and address in git or the login on GitHub, without keeping an e-mail address.

Two spellings of one human get the same key when they share a login (on GitHub, or read from a noreply address) or an
e-mail address. Accounts that GitHub joins by their id belong to `github/identities.py`; people who share a full name
are joined in `joining.py`, when rows are read. What is a bot or a coding assistant is decided in `accounts.py`.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from resources.git.landing import NOREPLY_PATTERN
from sparky_assets.raw.accounts import (
    UNATTENDED_ADDRESS_PATTERN,
    build_name_pattern,
    find_assistant,
    is_known_bot,
    is_placeholder_account,
)
from sparky_assets.settings.schema import AssistantCredit
from sparky_assets.text.clean import strip_invisible

# One quantifier per stretch of text, so that a line of a million blanks is read once; \r because web editors write it.
CO_AUTHOR_PATTERN = re.compile(r"^co-authored-by:([^<\n]*)<([^>\n]*)>[ \t\r]*$", re.IGNORECASE | re.MULTILINE)

_ADDRESS_DOMAIN_PATTERN = re.compile(r"(?<=\S)@\S+")

MAX_NAME_LENGTH = 80

GHOST_KEY = "ghost"
"""Key of what is no person: a deleted account, a missing name, GitHub's own account."""

ASSISTANT_KEY_PREFIX = "assistant:"
"""Begins the key of a coding assistant, which is neither a person nor a bot."""


@dataclass(frozen=True)
class Person:
    """One account or human. `key` joins rows, `name` is displayed, `login` is the GitHub account or None."""

    key: str
    name: str
    login: str | None
    is_bot: bool

    def to_row(self) -> dict[str, Any]:
        """Return the value of a PERSON column."""
        # Not `asdict`, which copies each value: a sweep has ten people an item, and this was a tenth of its time.
        return {"key": self.key, "name": self.name, "login": self.login, "is_bot": self.is_bot}


UNNAMED_PERSON = "unknown"
"""The stored name of somebody whose commits have an address and no name. It is never printed."""

GHOST_PERSON = Person(GHOST_KEY, "ghost", "ghost", is_bot=False)
"""The person that GitHub shows for a deleted account."""

PLACEHOLDER_PERSON = Person(GHOST_KEY, "ghost", None, is_bot=False)
"""GitHub's own account, `web-flow`."""


class PersonFactory:
    """Make persons from names and addresses.

    Args:
        salt: secret of this deployment, so that its hashes cannot be compared with those of another.
        bots: further names of bots, from the settings; `*` matches any text.
        never_bots: names of people whom the lists of bots and assistants would take for one.
        assistants: how coding assistants count.
    """

    def __init__(
        self,
        salt: bytes,
        bots: Iterable[str] = (),
        *,
        never_bots: Iterable[str] = (),
        assistants: AssistantCredit = AssistantCredit.CREDIT,
    ) -> None:
        self.salt = salt
        self._bot_pattern = build_name_pattern(bots)
        self._person_pattern = build_name_pattern(never_bots)
        self._assistants = assistants
        self.from_git = lru_cache(maxsize=100_000)(self._from_git)
        self.from_login = lru_cache(maxsize=100_000)(self._from_login)

    def _from_login(self, login: str, name: str | None = None, *, is_bot: bool = False) -> Person:
        """Return the person behind a GitHub account."""
        if is_placeholder_account(login):
            return PLACEHOLDER_PERSON
        display_name = clean_name(name or "") or clean_name(login)
        if assistant := self._find_assistant(login, None):
            return self._build_assistant(assistant, login.lower(), login)
        is_bot = is_bot or self.is_bot_name(login) or self.is_bot_name(display_name)
        return Person(login.lower(), display_name, login, is_bot)

    def _from_git(self, name: str, email: str) -> Person:
        """Return the person behind a name and address as git holds them (after .mailmap)."""
        display_name = clean_name(name)
        address = email.strip().lower()
        if is_placeholder_account(display_name, address):
            return PLACEHOLDER_PERSON
        if noreply := NOREPLY_PATTERN.fullmatch(email.strip()):
            return self._from_noreply(noreply[1], display_name)
        address = address or display_name.lower()
        key = hashlib.sha256(self.salt + address.encode(errors="replace")).hexdigest()[:16]
        if assistant := self._find_assistant(display_name, email.strip().lower()):
            return self._build_assistant(assistant, key, None)
        is_bot = self.is_bot_name(display_name, address) or bool(UNATTENDED_ADDRESS_PATTERN.match(address))
        return Person(key, display_name or UNNAMED_PERSON, None, is_bot and not self._is_listed_person(display_name))

    def _from_noreply(self, login: str, display_name: str) -> Person:
        """Return the person behind GitHub's noreply address, which holds the login."""
        if assistant := self._find_assistant(display_name, f"{login}@users.noreply.github.com".lower()):
            return self._build_assistant(assistant, login.lower(), login)
        return self.from_login(login, display_name or login)

    def _find_assistant(self, name: str, address: str | None) -> str | None:
        if self._assistants is AssistantCredit.PEOPLE or self._is_listed_person(name):
            return None
        return find_assistant(name, address)

    def _build_assistant(self, assistant: str, key: str, login: str | None) -> Person:
        """Return an assistant as the settings count it: as no person, or as a bot."""
        if self._assistants is AssistantCredit.BOTS:
            return Person(key, assistant, login, is_bot=True)
        # Marked as a bot too, so that no list of people can name it by mistake; its key says what it is.
        return Person(ASSISTANT_KEY_PREFIX + assistant.lower(), assistant, None, is_bot=True)

    def find_co_authors(self, message: str) -> Iterator[Person]:
        """Yield the people in the `Co-authored-by:` trailers of a message, each once."""
        seen_keys = set()
        for name, email in CO_AUTHOR_PATTERN.findall(message):
            person = self.from_git(name.strip(), email.strip())
            if person.key not in seen_keys:
                seen_keys.add(person.key)
                yield person

    def is_bot_name(self, name: str, address: str = "") -> bool:
        """Return True if a name or address is a bot's, by the lists of `accounts.py` and by the settings."""
        is_bot = bool(self._bot_pattern.fullmatch(name)) or is_known_bot(name, address)
        return is_bot and not self._is_listed_person(name)

    def _is_listed_person(self, name: str) -> bool:
        return bool(self._person_pattern.fullmatch(name))


_BRACKETED_ACCOUNT = re.compile(r"(?<=\w)\s{0,9}[(\[<][^()\[\]<>]{0,60}@[^()\[\]<>]{0,100}[)\]>]")
"""An account or address in brackets behind a name: `Ada Lovelace (@ada)`."""


def clean_name(name: str) -> str:
    """Return a name for display: one line, no control, invisible or half characters, never an e-mail address.

    A name without a letter or digit (a tick, three dots) identifies no person and becomes an empty text.
    """
    local_part = _ADDRESS_DOMAIN_PATTERN.sub("", _BRACKETED_ACCOUNT.sub("", strip_invisible(name)))
    display_name = " ".join(local_part.split())[:MAX_NAME_LENGTH].rstrip()
    return display_name if any(char.isalnum() for char in display_name) else ""
