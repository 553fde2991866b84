"""Convert a finished Markdown text to safe HTML for feeds, the reader and previews. Raw HTML is shown as text."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from sparky_assets.text.words import FRONT_MATTER_BLOCK

ALLOWED_SCHEMES = {"http", "https", "mailto"}
"""Schemes that a link may have."""


FileResolver = Callable[[str], str | None]
"""Returns the address of a file that a text names, or None to leave out the picture or link."""


_JSON_LD_SCRIPT = re.compile(r"^<script type=\"application/ld\+json\">.*?</script>\n?", re.DOTALL | re.MULTILINE)


_FILE_NAME = re.compile(r"\w[\w.-]*")
"""A link to a file beside the page: its first edition."""


_TEXT_ALIGN_STYLE = re.compile(r"text-align:(left|right|center)")


PAGE_STYLE = (
    "body{max-width:46rem;margin:2rem auto;padding:0 1rem;font:16px/1.55 system-ui,sans-serif;color:#1f2328}"
    "img{max-width:100%;height:auto}table{border-collapse:collapse}td,th{padding:.15rem .8rem .15rem 0}"
    "td.right,th.right{text-align:right}"
    "a{color:#0969da}blockquote{border-left:3px solid #d1d9e0;margin:0;padding-left:1rem}pre{white-space:pre-wrap}"
    "@media(prefers-color-scheme:dark){body{background:#0d1117;color:#f0f6fc}a{color:#4493f8}}"
)


MARKDOWN_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")


_HTML_RENDERER = RendererHTML(MARKDOWN_PARSER)


def render_html(markdown: str, resolve_file: FileResolver = lambda _: None) -> str:
    """Return the body of a text as HTML; `resolve_file` gives the addresses of its pictures and linked files."""
    return render_tokens([sanitize_token(token, resolve_file) for token in parse_body(markdown)])


def extract_body(markdown: str) -> str:
    """Return a text without its front matter and its structured data."""
    return _JSON_LD_SCRIPT.sub("", FRONT_MATTER_BLOCK.sub("", markdown, count=1))


def parse_body(markdown: str) -> list[Token]:
    """Parse the body of a text."""
    return MARKDOWN_PARSER.parse(extract_body(markdown))


def render_tokens(tokens: Sequence[Token], *, inline: bool = False) -> str:
    """Return tokens as HTML; `inline` is True for tokens inside a paragraph."""
    write = _HTML_RENDERER.renderInline if inline else _HTML_RENDERER.render
    return str(write(list(tokens), MARKDOWN_PARSER.options, {}))


def sanitize_token(token: Token, resolve_file: FileResolver) -> Token:
    """Return a block token without unsafe links, unknown pictures and inline styles."""
    if token.type == "inline":
        return replace(token, children=sanitize_inline(token.children or [], resolve_file))
    # Alignment comes as an inline style, which the reader's content security policy forbids. A class replaces it.
    if aligned := _TEXT_ALIGN_STYLE.fullmatch(str(token.attrs.get("style", ""))):
        return replace(token, attrs={"class": aligned[1]})
    return token


def sanitize_inline(children: Sequence[Token], resolve_file: FileResolver) -> list[Token]:
    """Return inline tokens with links only to the web and to known files (as `nofollow`), and with known pictures."""
    sanitized: list[Token] = []
    open_dropped_links = 0
    for child in children:
        if child.type == "link_open":
            target = _resolve_link(str(child.attrs.get("href", "")), resolve_file)
            if target is None:
                open_dropped_links += 1
                continue
            child = replace(child, attrs={**child.attrs, "href": target, "rel": "nofollow"})  # noqa: PLW2901
        elif child.type == "link_close" and open_dropped_links:
            open_dropped_links -= 1
            continue
        elif child.type == "image":
            source = resolve_file(str(child.attrs.get("src", "")))
            if source is None:
                continue
            child = replace(child, attrs={**child.attrs, "src": source, "loading": "lazy"})  # noqa: PLW2901
        sanitized.append(child)
    return sanitized


def _resolve_link(target: str, resolve_file: FileResolver) -> str | None:
    if _FILE_NAME.fullmatch(target):
        return resolve_file(target)
    return target if urlsplit(target).scheme in ALLOWED_SCHEMES else None


def wrap_html_page(title: str, body: str, language: str = "en") -> str:
    """Return a complete HTML page around a body. It loads nothing from the network."""
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{PAGE_STYLE}</style></head>\n'
        f"<body>\n{body}\n</body></html>\n"
    )
