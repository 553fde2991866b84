"""Clean untrusted text: bodies and titles before they are cited, any text before a model reads it.

A cleaned body is context for a model. Only `reasons.py` prints parts of it: a number or name in a body never reaches a
digest by itself. Escaping for Markdown or HTML belongs in `escape.py`, patterns of secrets in `redact.py`.
"""

import re
import unicodedata

from sparky_assets.metrics.classify import split_conventional_prefix
from sparky_assets.text.redact import redact_emails, redact_secrets

MAX_EXCERPT_LENGTH = 240


MAX_BODY_LENGTH = 20_000
"""Characters of a body that are read; hostile bodies of 100 kB were measured."""

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
"""Blocks that Cursor, Greptile and CodeRabbit add to bodies: a model's text ("Confidence 4/5") is no evidence."""


_FENCE = re.compile(r"^ {0,3}(```|~~~).*?(?:^ {0,3}\1|\Z)", re.DOTALL | re.MULTILINE)


_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,300}>")


_IMAGE = re.compile(r"!\[[^\]\n]{0,300}\]\([^)\n]{0,600}\)")


_LINK = re.compile(r"\[([^\]\n]{1,300})\]\([^)\n]{0,600}\)")


_WEB_ADDRESS = re.compile(r"\b(?:[a-z][a-z0-9+.-]{1,15}://|www\.)\S+", re.IGNORECASE)


_TRAILER = re.compile(r"^(?:[A-Z][A-Za-z]+-)+(?:by|to|for|id|from|cc):.*$|^Closes? #.*$", re.MULTILINE | re.IGNORECASE)


_LINE_MARK = re.compile(r"^\s{0,8}(?:[#>*+|-]+|\d+[.)])\s*(?:\[[ xX]\]\s*)?", re.MULTILINE)


_CHAT_MARK = re.compile(r"\[/?(?:INST|SYS|AVAILABLE_TOOLS|TOOL_CALLS)\]|<<\s*/?SYS\s*>>|\b(?:BOS|EOS)\b", re.IGNORECASE)


INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
"""Unicode categories of characters that no reader sees. `Cn` too: one U+FFFF in a committer's name is not valid XML,
and every feed that named the committer was broken by it."""


def clean_body(body: str) -> str:
    """Return the prose of a body in at most 240 characters, without bot summaries, code, markup, URLs and secrets."""
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
    """Remove control, invisible, direction and private characters; whitespace of every kind becomes a space."""
    spaced = "".join(" " if char.isspace() else char for char in text)
    return "".join(char for char in spaced if unicodedata.category(char) not in INVISIBLE_CATEGORIES)


def contains_invisible(text: str) -> bool:
    """Return whether a text has a control or invisible character; a line break or tab counts too."""
    return any(unicodedata.category(char) in INVISIBLE_CATEGORIES for char in text)


def sanitize_for_prompt(text: str) -> str:
    """Return a text as one line that cannot open a chat turn, a tag or a URL in a prompt.

    A model reads `<|im_start|>` in a title as the real control token (1 token instead of 12), so that a title could
    pose as the product.
    """
    plain = strip_invisible(unicodedata.normalize("NFKC", redact_secrets(redact_emails(text))))
    plain = _CHAT_MARK.sub(" ", _WEB_ADDRESS.sub(" ", plain))
    for sign, harmless in (("<", "‹"), (">", "›"), ("`", "'"), ("|", "/"), ("{", "("), ("}", ")"), ("@", " ")):
        plain = plain.replace(sign, harmless)
    return " ".join(plain.split())


MAX_TITLE_LENGTH = 160


_REPEATED_TICKS, _CODE_SPAN = re.compile(r"`{2,}"), re.compile(r"` ?([^`]*[^` ]) ?`")
"""Markdown shows "``` x ```" as "x". The stored title must equal the shown one, or a check cannot find it."""


TRAILING_NUMBER_PATTERN = r"\s*\((?:#|!)\d+\)$"


_TRAILING_NUMBER = re.compile(TRAILING_NUMBER_PATTERN)


def clean_title(text: str) -> str:
    """Return a title as one visible line of at most 160 characters, without e-mail addresses and secrets."""
    shown = redact_secrets(redact_emails(strip_invisible(text)))
    line = _CODE_SPAN.sub(r"`\1`", _REPEATED_TICKS.sub("`", " ".join(shown.split())))
    return line if len(line) <= MAX_TITLE_LENGTH else line[: MAX_TITLE_LENGTH - 1].rstrip() + "…"


def display_title(title: str) -> str:
    """Return a title for use in a sentence: without its conventional-commit prefix and its trailing number."""
    bare = _TRAILING_NUMBER.sub("", title)
    declared_type, rest = split_conventional_prefix(bare)
    if declared_type:
        bare = rest[0].upper() + rest[1:]
    return bare.rstrip(" .") or title
