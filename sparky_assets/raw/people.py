"""Make a `Person` from the name and address in git or the login on GitHub, without keeping an e-mail address.

Two spellings of one human get the same key when they share a login (on GitHub, or read from a noreply address) or an
e-mail address. Accounts that GitHub joins by their id belong to `github/identities.py`.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from sparky_assets.text.clean import strip_invisible

# The login of an enterprise-managed user has an underscore: octocat_acme.
NOREPLY_PATTERN = re.compile(
    r"(?:\d+\+)?([A-Za-z0-9][A-Za-z0-9_-]*(?:\[bot\])?)@users\.noreply\.github\.com", re.IGNORECASE
)

# One quantifier per stretch of text, so that a line of a million blanks is read once; \r because web editors write it.
CO_AUTHOR_PATTERN = re.compile(r"^co-authored-by:([^<\n]*)<([^>\n]*)>[ \t\r]*$", re.IGNORECASE | re.MULTILINE)

UNATTENDED_ADDRESS_PATTERN = re.compile(r"(?:no-?reply|do-?not-?reply)@")
"""An address without a mailbox belongs to no person: `Claude <noreply@anthropic.com>`, GitHub's own web commits."""

_ADDRESS_DOMAIN_PATTERN = re.compile(r"(?<=\S)@\S+")

MAX_NAME_LENGTH = 80


@dataclass(frozen=True)
class Person:
    """One account or human. `key` joins rows, `name` is displayed, `login` is the GitHub account or None."""

    key: str
    name: str
    login: str | None
    is_bot: bool

    def to_row(self) -> dict[str, Any]:
        """Return the value of a PERSON column."""
        return asdict(self)


class PersonFactory:
    """Make persons from names and addresses.

    Args:
        salt: secret of this deployment, so that its hashes cannot be compared with those of another.
        bots: names of bots as the settings list them; `*` matches any text.
    """

    def __init__(self, salt: bytes, bots: Iterable[str]) -> None:
        self.salt = salt
        self._bot_pattern = re.compile(
            "|".join(re.escape(pattern).replace(r"\*", ".*") for pattern in bots) or r"(?!)", re.IGNORECASE
        )
        self.from_git = lru_cache(maxsize=100_000)(self._from_git)

    def from_login(self, login: str, name: str | None = None, *, is_bot: bool = False) -> Person:
        """Return the person behind a GitHub account."""
        display_name = clean_name(name or "") or clean_name(login)
        is_bot = is_bot or self.is_bot_name(login) or self.is_bot_name(display_name)
        return Person(login.lower(), display_name, login, is_bot)

    def _from_git(self, name: str, email: str) -> Person:
        """Return the person behind a name and address as git holds them (after .mailmap)."""
        display_name = clean_name(name)
        if noreply := NOREPLY_PATTERN.fullmatch(email.strip()):
            return self.from_login(noreply[1], display_name or noreply[1])
        address = email.strip().lower() or display_name.lower()
        key = hashlib.sha256(self.salt + address.encode(errors="replace")).hexdigest()[:16]
        is_bot = self.is_bot_name(display_name) or bool(UNATTENDED_ADDRESS_PATTERN.match(address))
        return Person(key, display_name or "unknown", None, is_bot)

    def find_co_authors(self, message: str) -> Iterator[Person]:
        """Yield the people in the `Co-authored-by:` trailers of a message, each once."""
        seen_keys = set()
        for name, email in CO_AUTHOR_PATTERN.findall(message):
            person = self.from_git(name.strip(), email.strip())
            if person.key not in seen_keys:
                seen_keys.add(person.key)
                yield person

    def is_bot_name(self, name: str) -> bool:
        """Return True if the settings list this name as a bot."""
        return bool(self._bot_pattern.fullmatch(name))


def clean_name(name: str) -> str:
    """Return a name for display: one line, no control, invisible or half characters, never an e-mail address.

    A name without a letter or digit (a tick, three dots) identifies no person and becomes an empty text.
    """
    local_part = _ADDRESS_DOMAIN_PATTERN.sub("", strip_invisible(name))
    display_name = " ".join(local_part.split())[:MAX_NAME_LENGTH].rstrip()
    return display_name if any(char.isalnum() for char in display_name) else ""
