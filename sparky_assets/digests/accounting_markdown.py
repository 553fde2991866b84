"""Account for a Markdown page: its blocks as CommonMark reads them, its links and pictures, and what may not be there.

What stands at its head, and what search engines read of it: `accounting_data.py`.
"""

from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from sparky_assets.digests.accounting import Reading, foreign_links, is_label, unknown_cell, unknown_heading
from sparky_assets.digests.accounting_data import in_structured_data
from sparky_assets.digests.known import Known, plain

FENCES = {"fence", "code_block"}


def in_markdown(body: str, known: Known, pictures_at: str) -> Iterator[str]:
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    for number, token in enumerate(tokens):
        if token.type == "html_block":
            yield from in_structured_data(token.content.strip(), known)
        if token.type in FENCES:
            yield f"code that no template has: {token.content.strip()[:80]}"
        if token.type == "inline":
            yield from _inline(token, tokens[number - 1].type, known, pictures_at)


def _inline(token: Token, opened: str, known: Known, pictures_at: str) -> Iterator[str]:
    children = token.children or []
    for child in children:
        if child.type == "html_inline":
            yield f"html inline: {child.content[:80]}"
        if child.type == "image":
            yield from _picture(child, known, pictures_at)
    yield from foreign_links(list(_links(children)), known)
    text = "".join(_visible(children))
    if opened == "heading_open":
        yield from unknown_heading(text, known)
    elif opened in {"td_open", "th_open"}:
        yield from unknown_cell(text, known)
    elif not _is_bold_label(children):
        yield from Reading(known).unknown(text)


def _picture(child: Token, known: Known, pictures_at: str) -> Iterator[str]:
    source = str(child.attrs.get("src"))
    ours = {f"{pictures_at}{one.file}": plain(one.alt) for one in known.rendered.pictures}
    if source not in ours:
        yield f"image: {child.content[:80]}"
    elif plain("".join(_visible(child.children or []))) != ours[source]:
        yield f"the picture {source} says what it does not show: {child.content[:80]}"


def _links(children: list[Token]) -> Iterator[tuple[str, str]]:
    open_at: int | None = None
    for number, child in enumerate(children):
        if child.type == "link_open":
            open_at = number
        elif child.type == "link_close" and open_at is not None:
            yield str(children[open_at].attrs.get("href")), "".join(_visible(children[open_at:number]))
            open_at = None


def _visible(children: list[Token]) -> Iterator[str]:
    for child in children:
        if child.type in {"text", "code_inline", "text_special"}:
            yield child.content
        elif child.type in {"softbreak", "hardbreak"}:
            yield " "


def _is_bold_label(children: list[Token]) -> bool:
    kinds = [child.type for child in children if child.type != "text" or child.content]
    return kinds == ["strong_open", "text", "strong_close"] and is_label(plain("".join(_visible(children))))
