"""Account for a Markdown page: its blocks as CommonMark reads them, its links and pictures, and what may not be there.

What stands at its head, and what search engines read of it: `accounting_data.py`.

Account for what programs read of a page: its front matter, and the structured data that search engines look for.

Nothing in them may say what the page does not.
"""

import datetime
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from sparky_assets.digests.render.front_matter import FLAVOR_VALUES, SCHEMA_ORG_TERMS
from sparky_assets.digests.verify.allowed_content import (
    AllowedContent,
    BlockVerifier,
    find_unknown_links,
    is_label,
    normalize,
    verify_cell,
    verify_heading,
)
from sparky_assets.text.words import FRONT_MATTER_BLOCK

JSON_LD_SCRIPT = re.compile(r'<script type="application/ld\+json">(.*)</script>', re.DOTALL)


def verify_front_matter(text: str, allowed: AllowedContent) -> Iterator[str]:
    head = FRONT_MATTER_BLOCK.match(text)
    if head is None:
        return
    try:
        values = yaml.safe_load(head[0].removeprefix("---\n").removesuffix("---\n"))
    except yaml.YAMLError as error:
        yield f"front matter that is no YAML: {error}"
        return
    yield from (
        f"the front matter says what we do not: {leaf}"
        for leaf in _walk_leaves(values)
        if not _is_allowed_value(leaf, allowed)
    )


def verify_structured_data(html: str, allowed: AllowedContent) -> Iterator[str]:
    """Raw HTML may be one thing only: what search engines read, and nothing in it that the page does not say."""
    found = JSON_LD_SCRIPT.fullmatch(html)
    if found is None:
        yield f"HTML: {html[:80]}"
        return
    try:
        values = json.loads(found[1])
    except ValueError:
        yield f"HTML: {html[:80]}"
        return
    rendered = allowed.manifest
    yield from (
        f"the structured data says what we do not: {leaf}"
        for leaf in _walk_leaves(values)
        if leaf not in {*SCHEMA_ORG_TERMS, str(rendered.date)}
        and not _is_allowed_value(leaf, allowed)
        and normalize(str(leaf)) not in allowed.labels
    )


def _is_allowed_value(value: Any, allowed: AllowedContent) -> bool:
    rendered = allowed.manifest
    if isinstance(value, datetime.date):
        return (value.date() if isinstance(value, datetime.datetime) else value) == rendered.date
    if isinstance(value, str):
        ours = {rendered.title, rendered.description, rendered.url, ", ".join(rendered.tags), *rendered.tags}
        ours |= {*rendered.statements, *FLAVOR_VALUES, *rendered.addresses, *(one.file for one in rendered.pictures)}
        ours |= {f"{rendered.url.rpartition('/')[0]}/{one.file}" for one in rendered.pictures}
        return value in ours
    return value is None or isinstance(value, bool)


def _walk_leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _walk_leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk_leaves(inner)
    else:
        yield value


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
