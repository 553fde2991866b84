"""What no text may carry outside: secrets, e-mail addresses, names that would ping somebody. By line. Pure."""

import re
from collections.abc import Iterator

from sparky_assets.insights.secrets import SECRETS
from sparky_assets.raw.git_history import EMAIL

_MENTION = re.compile(r"(?<![\w/`.@-])@[A-Za-z0-9_][A-Za-z0-9_-]*")
_BROADCAST = re.compile(r"<[!@#](?:\w|subteam)")
_CODE = re.compile(r"(`+)[^`]*?\1")
_ADDRESS = re.compile(r"\]\([^)\s]*\)|<?https?://\S+")
_PATTERNS = {name: re.compile(pattern) for name, pattern in SECRETS.items()}


def leaks(text: str) -> Iterator[str]:
    """Each secret and e-mail address, by line. What it is is said, what it says is not."""
    for number, line in enumerate(text.splitlines(), start=1):
        for name, pattern in _PATTERNS.items():
            if pattern.search(line):
                yield f"line {number} holds what looks like a {name}"
        if EMAIL.search(line):
            yield f"line {number} holds an e-mail address"


def mentions(text: str) -> Iterator[str]:
    """Each name that would ping its owner, by line. In code and in an address nothing pings."""
    for number, line in enumerate(text.splitlines(), start=1):
        prose = _ADDRESS.sub(" ", _CODE.sub(" ", line))
        found = _MENTION.search(prose) or _BROADCAST.search(prose)
        if found:
            yield f"line {number} would ping {found[0][:40]}"


def names_in(text: str, hidden: frozenset[str]) -> Iterator[str]:
    """Each line that names a repository that its readers may not know of."""
    if not hidden:
        return
    folded = {name.casefold(): name for name in hidden}
    any_of = re.compile("|".join(rf"(?<![\w.-]){re.escape(name)}(?![\w-])" for name in sorted(folded)))
    for number, line in enumerate(text.splitlines(), start=1):
        for found in sorted({match[0] for match in any_of.finditer(line.casefold().replace("\\", ""))}):
            yield f"line {number} names {folded[found]}, which is not public now"
