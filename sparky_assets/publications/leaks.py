"""What no text may carry outside: secrets, e-mail addresses, names that would ping somebody. By line. Pure."""

import re
from collections.abc import Iterator

from sparky_assets.raw.git_rows import EMAIL_PATTERN
from sparky_assets.text.redact import SECRET_PATTERNS

_MENTION_PATTERN = re.compile(r"(?<![\w/`.@-])@[A-Za-z0-9_][A-Za-z0-9_-]*")


_BROADCAST_PATTERN = re.compile(r"<[!@#](?:\w|subteam)")


_CODE_SPAN_PATTERN = re.compile(r"(`+)[^`]*?\1")


_LINK_TARGET_PATTERN = re.compile(r"\]\([^)\s]*\)|<?https?://\S+")


_LEAK_PATTERNS = {name: re.compile(pattern) for name, pattern in SECRET_PATTERNS.items()}


def find_leaks(text: str) -> Iterator[str]:
    """Each secret and e-mail address, by line. What it is is said, what it says is not."""
    for number, line in enumerate(text.splitlines(), start=1):
        for name, pattern in _LEAK_PATTERNS.items():
            if pattern.search(line):
                yield f"line {number} holds what looks like a {name}"
        if EMAIL_PATTERN.search(line):
            yield f"line {number} holds an e-mail address"


def find_mentions(text: str) -> Iterator[str]:
    """Each name that would ping its owner, by line. In code and in an address nothing pings."""
    for number, line in enumerate(text.splitlines(), start=1):
        prose = _LINK_TARGET_PATTERN.sub(" ", _CODE_SPAN_PATTERN.sub(" ", line))
        found = _MENTION_PATTERN.search(prose) or _BROADCAST_PATTERN.search(prose)
        if found:
            yield f"line {number} would ping {found[0][:40]}"


def find_hidden_names(text: str, hidden_names: frozenset[str]) -> Iterator[str]:
    """Each line that names a repository that its readers may not know of."""
    if not hidden_names:
        return
    folded = {name.casefold(): name for name in hidden_names}
    any_of = re.compile("|".join(rf"(?<![\w.-]){re.escape(name)}(?![\w-])" for name in sorted(folded)))
    for number, line in enumerate(text.splitlines(), start=1):
        for found in sorted({match[0] for match in any_of.finditer(line.casefold().replace("\\", ""))}):
            yield f"line {number} names {folded[found]}, which is not public now"
