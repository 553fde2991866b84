"""Who did it: one `Person` from what git or GitHub says, without keeping an e-mail address.

Two spellings of one human meet when they share a login (given, or read from a noreply address) or an e-mail address.
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


# One quantifier a stretch of text, so that a line of a million blanks is read once; \r because web editors write it.
CO_AUTHOR_PATTERN = re.compile(r"^co-authored-by:([^<\n]*)<([^>\n]*)>[ \t\r]*$", re.IGNORECASE | re.MULTILINE)


UNATTENDED_ADDRESS_PATTERN = re.compile(r"(?:no-?reply|do-?not-?reply)@")
"""An address that nobody answers at is no person's: `Claude <noreply@anthropic.com>`, GitHub's own web commits."""


MAX_NAME_LENGTH = 80


@dataclass(frozen=True)
class Person:
    """One account or human. `key` joins; `name` is shown; `login` is the GitHub account where it is known."""

    key: str
    name: str
    login: str | None
    is_bot: bool

    def to_row(self) -> dict[str, Any]:
        """The value of a PERSON column."""
        return asdict(self)


class PersonFactory:
    """Turns names and addresses into persons. `salt` keeps the hashes of this deployment to itself."""

    def __init__(self, salt: bytes, bots: Iterable[str]) -> None:
        self.salt = salt
        self._bot_pattern = re.compile(
            "|".join(re.escape(pattern).replace(r"\*", ".*") for pattern in bots) or r"(?!)", re.IGNORECASE
        )
        self.from_git = lru_cache(maxsize=100_000)(self._from_git)

    def from_login(self, login: str, name: str | None = None, *, is_bot: bool = False) -> Person:
        """The person behind a GitHub account."""
        shown = clean_name(name or "") or clean_name(login)
        return Person(login.lower(), shown, login, is_bot or self.is_bot_name(login) or self.is_bot_name(shown))

    def _from_git(self, name: str, email: str) -> Person:
        """The person behind a name and address as git holds them (after .mailmap)."""
        shown = clean_name(name)
        if noreply := NOREPLY_PATTERN.fullmatch(email.strip()):
            return self.from_login(noreply[1], shown or noreply[1])
        address = email.strip().lower() or shown.lower()
        key = hashlib.sha256(self.salt + address.encode(errors="replace")).hexdigest()[:16]
        return Person(
            key, shown or "unknown", None, self.is_bot_name(shown) or bool(UNATTENDED_ADDRESS_PATTERN.match(address))
        )

    def find_co_authors(self, message: str) -> Iterator[Person]:
        """The people that `Co-authored-by:` trailers of a message name, each once."""
        seen = set()
        for name, email in CO_AUTHOR_PATTERN.findall(message):
            person = self.from_git(name.strip(), email.strip())
            if person.key not in seen:
                seen.add(person.key)
                yield person

    def is_bot_name(self, name: str) -> bool:
        """Whether the settings call an account of this name a bot."""
        return bool(self._bot_pattern.fullmatch(name))


def clean_name(name: str) -> str:
    """A name fit to be shown: one line, no control, invisible or half characters, never an e-mail address.

    A name without a letter or digit (a tick, three dots) names nobody and gives an empty text.
    """
    local = re.sub(r"(?<=\S)@\S+", "", strip_invisible(name))
    shown = " ".join(local.split())[:MAX_NAME_LENGTH].rstrip()
    return shown if any(char.isalnum() for char in shown) else ""
