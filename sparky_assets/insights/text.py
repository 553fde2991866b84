"""Clean untrusted text before it is cited: titles, names. Escaping for Markdown happens where Markdown is made."""

import re
import unicodedata

from sparky_assets.insights.secrets import without_secrets
from sparky_assets.metrics.changes import BY_TYPE
from sparky_assets.raw.git_history import without_addresses

LONGEST_TITLE = 160
_CONVENTIONAL = re.compile(r"(?P<type>[A-Za-z]+)(?:\((?P<scope>[^()]{1,40})\))?(?P<breaking>!)?:\s+(?P<rest>\S.*)")
_TICKS, _CODE = re.compile(r"`{2,}"), re.compile(r"` ?([^`]*[^` ]) ?`")
"""Markdown shows "``` x ```" as "x": what is shown must be what is stored, or no check could find it again."""
TRAILING_NUMBER = r"\s*\((?:#|!)\d+\)$"
_TRAILING_NUMBER = re.compile(TRAILING_NUMBER)


def clean_title(text: str) -> str:
    """One visible line: no control or invisible characters, no e-mail address or secret, at most 160 characters."""
    spaced = "".join(" " if char.isspace() else char for char in text)
    visible = "".join(char for char in spaced if unicodedata.category(char) not in {"Cc", "Cf", "Co", "Cn", "Cs"})
    line = _CODE.sub(r"`\1`", _TICKS.sub("`", " ".join(without_secrets(without_addresses(visible)).split())))
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "…"


def headline(title: str) -> str:
    """A title as a sentence would show it: without the conventional-commit prefix and the number it ends in."""
    bare = _TRAILING_NUMBER.sub("", title)
    if (match := _CONVENTIONAL.fullmatch(bare)) and match["type"].lower() in BY_TYPE:
        bare = match["rest"]
        bare = bare[0].upper() + bare[1:]
    return bare.rstrip(" .") or title
