"""Clean untrusted text before it is cited: titles, names. Escaping for Markdown happens where Markdown is made."""

import re

from sparky_assets.metrics.classify import THEME_BY_TYPE
from sparky_assets.raw.git_rows import redact_emails
from sparky_assets.text.clean import strip_invisible
from sparky_assets.text.redact import redact_secrets

MAX_TITLE_LENGTH = 160


_CONVENTIONAL_TITLE = re.compile(
    r"(?P<type>[A-Za-z]+)(?:\((?P<scope>[^()]{1,40})\))?(?P<breaking>!)?:\s+(?P<rest>\S.*)"
)


_REPEATED_TICKS, _CODE_SPAN = re.compile(r"`{2,}"), re.compile(r"` ?([^`]*[^` ]) ?`")
"""Markdown shows "``` x ```" as "x": what is shown must be what is stored, or no check could find it again."""


TRAILING_NUMBER_PATTERN = r"\s*\((?:#|!)\d+\)$"


_TRAILING_NUMBER = re.compile(TRAILING_NUMBER_PATTERN)


def clean_title(text: str) -> str:
    """One visible line: no control or invisible characters, no e-mail address or secret, at most 160 characters."""
    shown = redact_secrets(redact_emails(strip_invisible(text)))
    line = _CODE_SPAN.sub(r"`\1`", _REPEATED_TICKS.sub("`", " ".join(shown.split())))
    return line if len(line) <= MAX_TITLE_LENGTH else line[: MAX_TITLE_LENGTH - 1].rstrip() + "…"


def display_title(title: str) -> str:
    """A title as a sentence would show it: without the conventional-commit prefix and the number it ends in."""
    bare = _TRAILING_NUMBER.sub("", title)
    if (match := _CONVENTIONAL_TITLE.fullmatch(bare)) and match["type"].lower() in THEME_BY_TYPE:
        bare = match["rest"]
        bare = bare[0].upper() + bare[1:]
    return bare.rstrip(" .") or title
