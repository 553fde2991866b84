"""Escape text for Markdown, HTML, plain text and front matter: no markup, mention or link in it takes effect.

Removing parts of a text belongs in `clean.py`.
"""

import json
import re
from html import escape as escape_html

ZERO_WIDTH_SPACE = "\u200b"
"""Keeps `@name` from notifying, `#12` from linking and a bare URL from becoming a link."""

_CODE_SPAN = re.compile(r"(`[^`]+`)")


_MARKDOWN_SPECIAL = re.compile(r"([\\`*_\[\]<>|~])")


_BACKSLASH_REPLACEMENT = r"\\\1"


_MENTION_SIGIL = re.compile(r"(@|#|GH-|\bwww\.|://)(?=[\w/])")


_BLOCK_START = re.compile(r"^(\d+)([.)])|^([-+#=])")


def escape_markdown(text: str) -> str:
    """Escape a text so that Markdown shows exactly it, without markup, mention, cross-reference or link.

    `code` between single backticks stays code, which is inert.
    """
    parts = _CODE_SPAN.split(" ".join(text.replace(ZERO_WIDTH_SPACE, "").split()))
    # Every second part is code. A backtick without a closing one is prose, and what follows it is escaped.
    escaped = "".join(part if number % 2 else _escape_prose(part) for number, part in enumerate(parts))
    return _BLOCK_START.sub(lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", escaped)


def _escape_prose(text: str) -> str:
    # Mentions first: a backslash before an underscore would hide `@_name` from the pattern.
    inert = neutralize_mentions(text.replace("&", "&amp;"))
    return _MARKDOWN_SPECIAL.sub(_BACKSLASH_REPLACEMENT, inert)


def neutralize_mentions(text: str) -> str:
    """Break mentions, tags and URLs in plain text, so that a network notifies no one and links nothing."""
    return _MENTION_SIGIL.sub(rf"\1{ZERO_WIDTH_SPACE}", text)


def format_html_text(text: str) -> str:
    """Escape a text for HTML; `code` between single backticks becomes a code element."""
    parts = _CODE_SPAN.split(" ".join(text.split()))
    return "".join(
        f"<code>{escape_html(part[1:-1])}</code>" if number % 2 else escape_html(neutralize_mentions(part))
        for number, part in enumerate(parts)
    )


def quote_yaml(text: str) -> str:
    """Quote a text as a YAML (and JSON) scalar for front matter, on one line."""
    written = json.dumps(" ".join(text.split()), ensure_ascii=False)
    # YAML refuses most unprintable characters. It accepts those beyond 0xFFFF, which JSON would escape as two.
    return "".join(char if char.isprintable() or ord(char) > 0xFFFF else json.dumps(char)[1:-1] for char in written)
