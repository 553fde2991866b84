"""A finished Markdown text as HTML, for feeds, the reader and previews. Raw HTML in it is shown, never obeyed."""

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
"""Where a link may lead: to the web, or to an address to write to."""


FileResolver = Callable[[str], str | None]
"""Where a file that a text names is found; None: it is left out."""


_JSON_LD_SCRIPT = re.compile(r"^<script type=\"application/ld\+json\">.*?</script>\n?", re.DOTALL | re.MULTILINE)


_FILE_NAME = re.compile(r"\w[\w.-]*")
"""A file beside the page: its first edition."""


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
    """The body of a digest as HTML; `address` gives the place where a file is found that it shows or leads to."""
    return render_tokens([sanitize_token(token, resolve_file) for token in parse_body(markdown)])


def extract_body(markdown: str) -> str:
    """A text without its front matter and without what only search engines read."""
    return _JSON_LD_SCRIPT.sub("", FRONT_MATTER_BLOCK.sub("", markdown, count=1))


def parse_body(markdown: str) -> list[Token]:
    """The parsed body of a text."""
    return MARKDOWN_PARSER.parse(extract_body(markdown))


def render_tokens(tokens: Sequence[Token], *, inline: bool = False) -> str:
    """Tokens as HTML; `inline` for those inside of a paragraph."""
    write = _HTML_RENDERER.renderInline if inline else _HTML_RENDERER.render
    return str(write(list(tokens), MARKDOWN_PARSER.options, {}))


def sanitize_token(token: Token, resolve_file: FileResolver) -> Token:
    """A block without what could do harm or lead nowhere."""
    if token.type == "inline":
        return replace(token, children=sanitize_inline(token.children or [], resolve_file))
    # The column's alignment comes as an inline style, which the reader's policy forbids; a class says the same.
    if aligned := _TEXT_ALIGN_STYLE.fullmatch(str(token.attrs.get("style", ""))):
        return replace(token, attrs={"class": aligned[1]})
    return token


def sanitize_inline(children: Sequence[Token], resolve_file: FileResolver) -> list[Token]:
    """Links only to the web and to what `address` knows, and without our word for them; pictures likewise."""
    kept: list[Token] = []
    dropped = 0
    for child in children:
        if child.type == "link_open":
            target = _resolve_link(str(child.attrs.get("href", "")), resolve_file)
            if target is None:
                dropped += 1
                continue
            child = replace(child, attrs={**child.attrs, "href": target, "rel": "nofollow"})  # noqa: PLW2901
        elif child.type == "link_close" and dropped:
            dropped -= 1
            continue
        elif child.type == "image":
            source = resolve_file(str(child.attrs.get("src", "")))
            if source is None:
                continue
            child = replace(child, attrs={**child.attrs, "src": source, "loading": "lazy"})  # noqa: PLW2901
        kept.append(child)
    return kept


def _resolve_link(target: str, resolve_file: FileResolver) -> str | None:
    if _FILE_NAME.fullmatch(target):
        return resolve_file(target)
    return target if urlsplit(target).scheme in ALLOWED_SCHEMES else None


def wrap_html_page(title: str, body: str, language: str = "en") -> str:
    """A whole page around a body; it loads nothing from anywhere."""
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{PAGE_STYLE}</style></head>\n'
        f"<body>\n{body}\n</body></html>\n"
    )
