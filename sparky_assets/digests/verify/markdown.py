"""Account for a Markdown page: its blocks as CommonMark reads them, its links and pictures, and what may not be there.

What stands at its head, and what search engines read of it: `accounting_data.py`.
"""

from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from sparky_assets.digests.accounting import BlockVerifier, find_unknown_links, is_label, verify_cell, verify_heading
from sparky_assets.digests.accounting_data import verify_structured_data
from sparky_assets.digests.verify.allowed_content import AllowedContent, normalize

CODE_BLOCK_TYPES = {"fence", "code_block"}


def verify_markdown(body: str, allowed: AllowedContent, pictures_folder: str) -> Iterator[str]:
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    for number, token in enumerate(tokens):
        if token.type == "html_block":
            yield from verify_structured_data(token.content.strip(), allowed)
        if token.type in CODE_BLOCK_TYPES:
            yield f"code that no template has: {token.content.strip()[:80]}"
        if token.type == "inline":
            yield from _verify_inline(token, tokens[number - 1].type, allowed, pictures_folder)


def _verify_inline(token: Token, block_type: str, allowed: AllowedContent, pictures_folder: str) -> Iterator[str]:
    children = token.children or []
    for child in children:
        if child.type == "html_inline":
            yield f"html inline: {child.content[:80]}"
        if child.type == "image":
            yield from _verify_picture(child, allowed, pictures_folder)
    yield from find_unknown_links(list(_list_links(children)), allowed)
    text = "".join(_list_visible_texts(children))
    if block_type == "heading_open":
        yield from verify_heading(text, allowed)
    elif block_type in {"td_open", "th_open"}:
        yield from verify_cell(text, allowed)
    elif not _is_bold_label(children):
        yield from BlockVerifier(allowed).verify(text)


def _verify_picture(image: Token, allowed: AllowedContent, pictures_folder: str) -> Iterator[str]:
    source = str(image.attrs.get("src"))
    ours = {f"{pictures_folder}{one.file}": normalize(one.alt) for one in allowed.manifest.pictures}
    if source not in ours:
        yield f"image: {image.content[:80]}"
    elif normalize("".join(_list_visible_texts(image.children or []))) != ours[source]:
        yield f"the picture {source} says what it does not show: {image.content[:80]}"


def _list_links(children: list[Token]) -> Iterator[tuple[str, str]]:
    open_at: int | None = None
    for number, child in enumerate(children):
        if child.type == "link_open":
            open_at = number
        elif child.type == "link_close" and open_at is not None:
            yield str(children[open_at].attrs.get("href")), "".join(_list_visible_texts(children[open_at:number]))
            open_at = None


def _list_visible_texts(children: list[Token]) -> Iterator[str]:
    for child in children:
        if child.type in {"text", "code_inline", "text_special"}:
            yield child.content
        elif child.type in {"softbreak", "hardbreak"}:
            yield " "


def _is_bold_label(children: list[Token]) -> bool:
    kinds = [child.type for child in children if child.type != "text" or child.content]
    return kinds == ["strong_open", "text", "strong_close"] and is_label(
        normalize("".join(_list_visible_texts(children)))
    )
