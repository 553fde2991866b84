"""Clean what people and bots write below a title, and make any text safe to stand in a prompt.

A body is context for a model. Nothing of it is printed but what `reasons.py` may quote: no number or name in it may
reach a digest by itself.

Clean untrusted text before it is cited: titles, names. Escaping for Markdown happens where Markdown is made.
"""

import re
import unicodedata

from sparky_assets.metrics.classify import THEME_BY_TYPE
from sparky_assets.text.redact import redact_emails, redact_secrets

MAX_EXCERPT_LENGTH = 240


MAX_BODY_LENGTH = 20_000
"""Characters of a body that are looked at; what was measured hostile had 100 kB."""

_BOT_BLOCKS = re.compile(
    r"""
    <!--\ *(?P<name>CURSOR_SUMMARY|greptile_[a-z_]+|coderabbit[a-z_]*|ELLIPSIS_HIDDEN)[^>]{0,200}-->
        .*?(?:<!--\ */\ *(?P=name)[^>]{0,40}-->|<!--\ *end\ of\ auto-generated[^>]{0,200}-->|\Z)
    |<!--\ *This\ is\ an\ auto-generated\ (?:comment|description)[^>]{0,200}-->
        .*?(?:<!--\ *end\ of\ auto-generated[^>]{0,200}-->|\Z)
    |^\#+\ *Summary\ by\ (?:CodeRabbit|Sourcery|Cursor|Copilot).*?(?=^\#|\Z)
    """,
    re.DOTALL | re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
"""What Cursor, Greptile and CodeRabbit write into bodies: a model's words ("Confidence 4/5"), which prove nothing."""


_FENCE = re.compile(r"^ {0,3}(```|~~~).*?(?:^ {0,3}\1|\Z)", re.DOTALL | re.MULTILINE)


_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,300}>")


_IMAGE = re.compile(r"!\[[^\]\n]{0,300}\]\([^)\n]{0,600}\)")


_LINK = re.compile(r"\[([^\]\n]{1,300})\]\([^)\n]{0,600}\)")


_WEB_ADDRESS = re.compile(r"\b(?:[a-z][a-z0-9+.-]{1,15}://|www\.)\S+", re.IGNORECASE)


_TRAILER = re.compile(r"^(?:[A-Z][A-Za-z]+-)+(?:by|to|for|id|from|cc):.*$|^Closes? #.*$", re.MULTILINE | re.IGNORECASE)


_LINE_MARK = re.compile(r"^\s{0,8}(?:[#>*+|-]+|\d+[.)])\s*(?:\[[ xX]\]\s*)?", re.MULTILINE)


_CHAT_MARK = re.compile(r"\[/?(?:INST|SYS|AVAILABLE_TOOLS|TOOL_CALLS)\]|<<\s*/?SYS\s*>>|\b(?:BOS|EOS)\b", re.IGNORECASE)


_INVISIBLE_CATEGORIES = {"Cc", "Cf", "Co", "Cn", "Cs"}
"""Cn too: U+FFFF in a committer's name is not valid XML, and broke every feed that named the committer."""


def clean_body(body: str) -> str:
    """What a body says in at most 240 characters: no bot's summary, code, markup, address, trailer or secret."""
    text = body[:MAX_BODY_LENGTH].replace("\r\n", "\n")
    for pattern in (_BOT_BLOCKS, _COMMENT, _FENCE, _IMAGE):
        text = pattern.sub(" ", text)
    text = _LINK.sub(r"\1", text)
    for pattern in (_TAG, _WEB_ADDRESS, _TRAILER, _LINE_MARK):
        text = pattern.sub(" ", text)
    text = redact_secrets(redact_emails(strip_invisible(text)))
    line = " ".join(text.replace("`", "").replace("**", "").split())
    return line if len(line) <= MAX_EXCERPT_LENGTH else line[: MAX_EXCERPT_LENGTH - 1].rstrip() + "…"


def strip_invisible(text: str) -> str:
    """The text without control, invisible, direction and private characters; blanks of every kind become spaces."""
    spaced = "".join(" " if char.isspace() else char for char in text)
    return "".join(char for char in spaced if unicodedata.category(char) not in _INVISIBLE_CATEGORIES)


def sanitize_for_prompt(text: str) -> str:
    """A text as a model may read it: one line that can neither open a turn, nor a tag, nor an address.

    `<|im_start|>` in a title is read as the real control token (1 token instead of 12): a title could speak as us.
    """
    plain = strip_invisible(unicodedata.normalize("NFKC", redact_secrets(redact_emails(text))))
    plain = _CHAT_MARK.sub(" ", _WEB_ADDRESS.sub(" ", plain))
    for sign, harmless in (("<", "‹"), (">", "›"), ("`", "'"), ("|", "/"), ("{", "("), ("}", ")"), ("@", " ")):
        plain = plain.replace(sign, harmless)
    return " ".join(plain.split())


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
