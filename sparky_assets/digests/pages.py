"""A finished Markdown text as HTML, for feeds, the reader and previews. Raw HTML in it is shown, never obeyed."""

import re
from collections.abc import Callable
from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt

from sparky_assets.digests.words import FRONT_MATTER

_SCRIPT = re.compile(r"^<script type=\"application/ld\+json\">.*?</script>\n?", re.DOTALL | re.MULTILINE)
STYLE = (
    "body{max-width:46rem;margin:2rem auto;padding:0 1rem;font:16px/1.55 system-ui,sans-serif;color:#1f2328}"
    "img{max-width:100%;height:auto}table{border-collapse:collapse}td,th{padding:.15rem .8rem .15rem 0}"
    "a{color:#0969da}blockquote{border-left:3px solid #d1d9e0;margin:0;padding-left:1rem}pre{white-space:pre-wrap}"
    "@media(prefers-color-scheme:dark){body{background:#0d1117;color:#f0f6fc}a{color:#4493f8}}"
)


def html_of(markdown: str, picture: Callable[[str], str] = str) -> str:
    """The body of a digest as HTML; `picture` gives the address under which a picture's file is found."""
    body = _SCRIPT.sub("", FRONT_MATTER.sub("", markdown, count=1))
    html = str(_reader().render(body))
    return re.sub(r'(<img src=")([^"]*)"', lambda match: f'{match[1]}{escape(picture(match[2]))}"', html)


def page_of_html(title: str, body: str, language: str = "en") -> str:
    """A whole page around a body; it loads nothing from anywhere."""
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>\n'
        f"<body>\n{body}\n</body></html>\n"
    )


@lru_cache(maxsize=1)
def _reader() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")
