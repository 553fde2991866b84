"""Verify a Markdown page: its blocks, links and pictures, its front matter, and its structured data. Pure.

The page is parsed as CommonMark with tables. Front matter and structured data may only repeat what the page says.
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
    LocatedProblem,
    find_unknown_links,
    is_label,
    normalize,
    verify_cell,
    verify_heading,
)
from sparky_assets.text.words import FRONT_MATTER_BLOCK

JSON_LD_SCRIPT = re.compile(r'<script type="application/ld\+json">(.*)</script>', re.DOTALL)


def verify_front_matter(text: str, allowed: AllowedContent) -> Iterator[str]:
    """Yield the problems of a page's front matter; none if it has no front matter."""
    head = FRONT_MATTER_BLOCK.match(text)
    if head is None:
        return
    try:
        values = yaml.safe_load(head[0].removeprefix("---\n").removesuffix("---\n"))
    except yaml.YAMLError as error:
        yield f"the front matter is not valid YAML: {error}"
        return
    for value in _walk_leaves(values):
        if not _is_allowed_value(value, allowed):
            yield f"the front matter has a value that is not in the store: {value}"


def verify_structured_data(html: str, allowed: AllowedContent) -> Iterator[str]:
    """Yield the problems of a raw HTML block: the only one allowed is JSON-LD with values of the page."""
    script = JSON_LD_SCRIPT.fullmatch(html)
    if script is None:
        yield f"HTML: {html[:80]}"
        return
    try:
        values = json.loads(script[1])
    except ValueError:
        yield f"HTML: {html[:80]}"
        return
    constants = {*SCHEMA_ORG_TERMS, str(allowed.manifest.date)}
    for value in _walk_leaves(values):
        is_known = value in constants or normalize(str(value)) in allowed.labels
        if not is_known and not _is_allowed_value(value, allowed):
            yield f"the structured data has a value that is not in the store: {value}"


def _is_allowed_value(value: Any, allowed: AllowedContent) -> bool:
    manifest = allowed.manifest
    if isinstance(value, datetime.date):
        return (value.date() if isinstance(value, datetime.datetime) else value) == manifest.date
    if isinstance(value, str):
        page_folder = manifest.url.rpartition("/")[0]
        files = [picture.file for picture in manifest.pictures]
        return value in {
            manifest.title, manifest.description, manifest.url, ", ".join(manifest.tags), *manifest.tags,
            *manifest.statements, *manifest.addresses, *FLAVOR_VALUES,
            *files, *(f"{page_folder}/{file}" for file in files),
        }  # fmt: skip
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


def locate_markdown_problems(body: str, allowed: AllowedContent, pictures_folder: str) -> Iterator[LocatedProblem]:
    """Yield the problems of a page's body with the lines of their blocks."""
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    for number, token in enumerate(tokens):
        start, end = token.map or (0, 0)
        block_type = tokens[number - 1].type
        for message in _verify_token(token, block_type, allowed, pictures_folder):
            yield LocatedProblem(message, start, end)


def _verify_token(token: Token, block_type: str, allowed: AllowedContent, pictures_folder: str) -> Iterator[str]:
    if token.type == "html_block":
        yield from verify_structured_data(token.content.strip(), allowed)
    if token.type in CODE_BLOCK_TYPES and token.content.strip() not in allowed.examples:
        yield f"a code block that no record has: {token.content.strip()[:80]}"
    if token.type == "inline":
        yield from _verify_inline(token, block_type, allowed, pictures_folder)


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
    alt_texts = {f"{pictures_folder}{picture.file}": normalize(picture.alt) for picture in allowed.manifest.pictures}
    if source not in alt_texts:
        yield f"image: {image.content[:80]}"
    elif normalize("".join(_list_visible_texts(image.children or []))) != alt_texts[source]:
        yield f"the picture {source} has a wrong alt text: {image.content[:80]}"


def _list_links(children: list[Token]) -> Iterator[tuple[str, str]]:
    """Yield the address and the visible label of each link."""
    start: int | None = None
    for position, child in enumerate(children):
        if child.type == "link_open":
            start = position
        elif child.type == "link_close" and start is not None:
            yield str(children[start].attrs.get("href")), "".join(_list_visible_texts(children[start:position]))
            start = None


def _list_visible_texts(children: list[Token]) -> Iterator[str]:
    for child in children:
        if child.type in {"text", "code_inline", "text_special"}:
            yield child.content
        elif child.type in {"softbreak", "hardbreak"}:
            yield " "


def _is_bold_label(children: list[Token]) -> bool:
    types = [child.type for child in children if child.type != "text" or child.content]
    text = normalize("".join(_list_visible_texts(children)))
    return types == ["strong_open", "text", "strong_close"] and is_label(text)
