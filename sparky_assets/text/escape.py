"""Make text safe where it will stand: in Markdown, HTML, plain text, front matter. Nothing of it comes alive."""

import json
import re
from html import escape as escape_html

ZERO_WIDTH_SPACE = "\u200b"
"""A zero-width space: keeps `@name` from pinging, `#12` from linking and a bare address from becoming a link."""

_CODE_SPAN = re.compile(r"(`[^`]+`)")


_MARKDOWN_SPECIAL = re.compile(r"([\\`*_\[\]<>|~])")


_BACKSLASH_REPLACEMENT = r"\\\1"


_MENTION_SIGIL = re.compile(r"(@|#|GH-|\bwww\.|://)(?=[\w/])")


_BLOCK_START = re.compile(r"^(\d+)([.)])|^([-+#=])")


def escape_markdown(text: str) -> str:
    """Text as Markdown that shows exactly it: no markup, mention, cross-reference or link comes alive.

    `code` between single backticks stays code, which is inert.
    """
    parts = _CODE_SPAN.split(" ".join(text.replace(ZERO_WIDTH_SPACE, "").split()))
    # Every second part is code. An open tick without its end is prose: what follows it must not come alive.
    escaped = "".join(part if number % 2 else _escape_prose(part) for number, part in enumerate(parts))
    return _BLOCK_START.sub(lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", escaped)


def _escape_prose(text: str) -> str:
    # The break first: a backslash put before an underscore would hide `@_name` from it.
    inert = neutralize_mentions(text.replace("&", "&amp;"))
    return _MARKDOWN_SPECIAL.sub(_BACKSLASH_REPLACEMENT, inert)


def neutralize_mentions(text: str) -> str:
    """Plain text that pings nobody and links nowhere, where a network would find mentions and tags in it."""
    return _MENTION_SIGIL.sub(rf"\1{ZERO_WIDTH_SPACE}", text)


def format_html_text(text: str) -> str:
    """Text as HTML that shows it; `code` between single backticks becomes code."""
    parts = _CODE_SPAN.split(" ".join(text.split()))
    return "".join(
        f"<code>{escape_html(part[1:-1])}</code>" if number % 2 else escape_html(neutralize_mentions(part))
        for number, part in enumerate(parts)
    )


def quote_yaml(text: str) -> str:
    """A string as a YAML (and JSON) scalar for front matter, on one line."""
    written = json.dumps(" ".join(text.split()), ensure_ascii=False)
    # YAML refuses most unprintable characters as they are; beyond 0xFFFF it takes them, and JSON's escape means two.
    return "".join(char if char.isprintable() or ord(char) > 0xFFFF else json.dumps(char)[1:-1] for char in written)
