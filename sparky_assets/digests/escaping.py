"""Make text safe where it will stand: in Markdown, HTML, plain text, front matter. Nothing of it comes alive."""

import json
import re
from html import escape as escape_html

from sparky_assets.digests.models import Item, Link

BREAK = "\u200b"
"""A zero-width space: keeps `@name` from pinging, `#12` from linking and a bare address from becoming a link."""

_CODE = re.compile(r"(`[^`]+`)")
_SPECIAL = re.compile(r"([\\`*_\[\]<>|~])")
_BACKSLASHED = r"\\\1"
_SIGIL = re.compile(r"(@|#|GH-|\bwww\.|://)(?=[\w/])")
_BLOCK_START = re.compile(r"^(\d+)([.)])|^([-+#=])")


def escape(text: str) -> str:
    """Text as Markdown that shows exactly it: no markup, mention, cross-reference or link comes alive.

    `code` between single backticks stays code, which is inert.
    """
    parts = _CODE.split(" ".join(text.replace(BREAK, "").split()))
    # Every second part is code. An open tick without its end is prose: what follows it must not come alive.
    escaped = "".join(part if number % 2 else _escape_prose(part) for number, part in enumerate(parts))
    return _BLOCK_START.sub(lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", escaped)


def _escape_prose(text: str) -> str:
    # The break first: a backslash put before an underscore would hide `@_name` from it.
    inert = inert_text(text.replace("&", "&amp;"))
    return _SPECIAL.sub(_BACKSLASHED, inert)


def inert_text(text: str) -> str:
    """Plain text that pings nobody and links nowhere, where a network would find mentions and tags in it."""
    return _SIGIL.sub(rf"\1{BREAK}", text)


def link(target: Link) -> str:
    """A reference as Markdown: a link, or code where there is no page."""
    if target.url is None:
        return f"`{target.label.replace('`', '')}`"
    return f"[{_SPECIAL.sub(_BACKSLASHED, target.label)}]({target.url})"


def sentence(item: Item) -> str:
    """An item as Markdown: the repository where needed, the sentence, its references, and what else is known."""
    told = f"{escape(item.text.rstrip('.'))}{_references(item)}."
    if not item.text:
        told = f"{', '.join(link(target) for target in item.links)}."
    if item.place:
        name = link(item.place) if item.place.url else escape(item.place.label)
        told = f"**{name}**: {told}"
    return " ".join([told, *(sentence(detail) for detail in item.details)])


def plain_sentence(item: Item) -> str:
    """An item as plain text, without its references."""
    place = f"{item.place.label}: " if item.place else ""
    told = item.text or f"{', '.join(target.label for target in item.links)}."
    return inert_text(" ".join([f"{place}{told}", *(detail.text for detail in item.details)])).replace("`", "")


def page_of(item: Item) -> str:
    """The first page that an item stands on; empty where it has none."""
    return next((target.url for target in item.links if target.url), "")


def html_sentence(item: Item) -> str:
    """An item as HTML with links, every word of it escaped."""
    links = ", ".join(_html_link(target) for target in item.links)
    place = f"<strong>{_html_link(item.place)}</strong>: " if item.place else ""
    bare = html_text(item.text.rstrip("."))
    told = f"{place}{bare}{f' ({links})' if links and bare else links}."
    return " ".join([told, *(html_sentence(detail) for detail in item.details)])


def html_text(text: str) -> str:
    """Text as HTML that shows it; `code` between single backticks becomes code."""
    parts = _CODE.split(" ".join(text.split()))
    return "".join(
        f"<code>{escape_html(part[1:-1])}</code>" if number % 2 else escape_html(inert_text(part))
        for number, part in enumerate(parts)
    )


def quoted(text: str) -> str:
    """A string as a YAML (and JSON) scalar for front matter, on one line."""
    written = json.dumps(" ".join(text.split()), ensure_ascii=False)
    # YAML refuses most unprintable characters as they are; beyond 0xFFFF it takes them, and JSON's escape means two.
    return "".join(char if char.isprintable() or ord(char) > 0xFFFF else json.dumps(char)[1:-1] for char in written)


def _references(item: Item) -> str:
    return f" ({', '.join(link(target) for target in item.links)})" if item.links else ""


def _html_link(target: Link) -> str:
    label = escape_html(inert_text(target.label))
    return f'<a href="{escape_html(target.url)}">{label}</a>' if target.url else f"<code>{label}</code>"
