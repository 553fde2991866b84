"""Escape text for Markdown, HTML, plain text and front matter: no markup, mention or link in it takes effect.

Removing parts of a text belongs in `clean.py`.
"""

import json
import re
from html import escape as escape_html
from urllib.parse import quote, urlsplit, urlunsplit

ZERO_WIDTH_SPACE = "\u200b"
"""Keeps `@name` from notifying, `#12` from linking and a bare URL from becoming a link."""

_CODE_SPAN = re.compile(r"((?<!`)`(?![\s`])[^`]*(?<!\s)`(?!`))")
"""Code between single backticks; in a run of them, as of a fence that a sentence names, each is a sign of its own.

Code has no space at its ends: Markdown drops those of ``return `a to `b` and`` between the words, where an author left
out a backtick, and the text would be another one.
"""


_MARKDOWN_SPECIAL = re.compile(r"([\\`*_\[\]>|~])")


_BACKSLASH_REPLACEMENT = r"\\\1"


_ENTITIES = str.maketrans({"<": "&lt;", "{": "&#123;", "$": "&#36;"})
"""Signs that a site builder reads before, or instead of, Markdown, so that a backslash does not stop it: tags, the
templates of Jekyll, Hugo and dev.to (`{{`, `{%`), the attributes of kramdown (`{:`), and formulas in Quartz (`$`)."""


_TEMPLATE_OPENING = re.compile(r"\{(?=[{%#])")
"""The start of a template expression, which takes effect in code too."""


_DOUBLED_SIGN = re.compile(r"([=%])(?=\1)")
"""`==marked==` and `%%comment%%` of Quartz, which shows the first in yellow and drops the second, also in code."""


_MENTION_SIGIL = re.compile(r"(@|#|GH-|\bwww\.|://)(?=[\w/])|(<)(?=[!@#])")


_BLOCK_START = re.compile(r"^(\d+)([.)])|^([-+#=])")


_HEADING_END = re.compile(r"(?<=\s)#(?=#*$)")
"""Signs at the end of a heading that Markdown takes for its closing sequence and drops."""


def escape_markdown(text: str) -> str:
    """Escape a text so that Markdown shows exactly it, without markup, mention, cross-reference, template or link.

    `code` between single backticks stays code, which is inert but for templates.
    """
    parts = _CODE_SPAN.split(" ".join(text.replace(ZERO_WIDTH_SPACE, "").split()))
    # Every second part is code. A backtick without a closing one is prose, and what follows it is escaped.
    escaped = "".join(_escape_code(part) if number % 2 else _escape_prose(part) for number, part in enumerate(parts))
    escaped = _HEADING_END.sub(r"\\#", escaped)
    return _BLOCK_START.sub(lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", escaped)


def _escape_prose(text: str) -> str:
    # Mentions first: a backslash before an underscore would hide `@_name` from the pattern.
    return _escape_signs(neutralize_mentions(text))


def _escape_signs(text: str) -> str:
    spaced = _DOUBLED_SIGN.sub(rf"\1{ZERO_WIDTH_SPACE}", text.replace("&", "&amp;"))
    return _MARKDOWN_SPECIAL.sub(_BACKSLASH_REPLACEMENT, spaced).translate(_ENTITIES)


def _escape_code(text: str) -> str:
    return _DOUBLED_SIGN.sub(rf"\1{ZERO_WIDTH_SPACE}", _TEMPLATE_OPENING.sub(f"{{{ZERO_WIDTH_SPACE}", text))


def neutralize_mentions(text: str) -> str:
    """Break mentions, tags and URLs in plain text, so that a network notifies no one and links nothing."""
    return _MENTION_SIGIL.sub(_break_sigil, text)


def _break_sigil(match: re.Match[str]) -> str:
    return f"{match[0]}{ZERO_WIDTH_SPACE}"


def format_html_text(text: str) -> str:
    """Escape a text for HTML; `code` between single backticks becomes a code element."""
    parts = _CODE_SPAN.split(" ".join(text.split()))
    return "".join(
        f"<code>{escape_html(part[1:-1])}</code>" if number % 2 else escape_html(neutralize_mentions(part))
        for number, part in enumerate(parts)
    )


_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def encode_url(url: str) -> str:
    """Return an address in ASCII that no format reads as anything else: percent-encoded, its host in Punycode.

    What is percent-encoded stays, so that encoding twice changes nothing. A text is returned as it is where it is no
    address with a host.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return _quote(url, "/:?#")
    if not host:
        return _quote(url, "/:?#")
    address = f"[{host}]" if ":" in host else ".".join(map(_encode_label, host.split(".")))
    authority = address if port is None else f"{address}:{port}"
    return urlunsplit((parts.scheme, authority, _quote(parts.path, "/:"), _quote(parts.query, "/:?=&"),
                       _quote(parts.fragment, "/:?=&")))  # fmt: skip


def _encode_label(label: str) -> str:
    # Not by the codec `idna` of Python: it is of 2003 and turns ß into ss, which is another host.
    return _quote(label, "") if label.isascii() else f"xn--{label.encode('punycode', 'replace').decode('ascii')}"


def _quote(text: str, safe: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", text), safe=f"%+,;!{safe}", errors="replace")


def quote_yaml(text: str) -> str:
    """Quote a text as a YAML (and JSON) scalar for front matter, on one line."""
    written = json.dumps(" ".join(text.split()), ensure_ascii=False)
    # YAML refuses most unprintable characters. It accepts those beyond 0xFFFF, which JSON would escape as two.
    printable = "".join(
        char if char.isprintable() or ord(char) > 0xFFFF else json.dumps(char)[1:-1] for char in written
    )
    return escape_template_openings(printable)


def escape_template_openings(text: str) -> str:
    """Write the start of each template expression in the strings of a JSON or YAML text as an escape.

    Jekyll, Hugo and dev.to expand `{{` and `{%` anywhere on a page. Both formats read the same strings.
    """
    return _TEMPLATE_OPENING.sub(r"\\u007b", text)
