"""Read a finished text again, as a reader's program would, and account for every sentence, number and address.

One function for all products: Markdown is parsed as Markdown, HTML as HTML, plain text by its lines. It is run where a
text is made, and once more on the bytes that leave.
"""

import datetime
import json
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from sparky_assets.digests.accounting import Known, Reading, foreign_links, is_label, plain
from sparky_assets.digests.budget import BUDGETS
from sparky_assets.digests.front_matter import OWN_WORDS
from sparky_assets.digests.limits import too_long
from sparky_assets.digests.products import Rendered, suffix_of
from sparky_assets.digests.structured_data import SCHEMA_WORDS
from sparky_assets.digests.words import FRONT_MATTER
from sparky_assets.insights.models import Insight
from sparky_assets.numbers import numbers_in

FENCES = {"fence", "code_block"}
SCRIPT = re.compile(r'<script type="application/ld\+json">(.*)</script>', re.DOTALL)
HTML_TAGS = frozenset(
    {"html", "head", "meta", "title", "body", "div", "h1", "h2", "p", "ul", "li", "a", "strong", "em", "code", "table",
     "tr", "td", "hr", "br"}
)  # fmt: skip
BLOCK_TAGS = HTML_TAGS - {"a", "strong", "em", "code", "meta"}
_ROW = re.compile(r"(?P<label>\D+): (?P<values>[\d.,]+(?: \w+)?(?: \([\d.,]+(?: \w+)?\))?)")
"""A line of the table of numbers in plain text: `Commits: 13 (12)`."""
ADDRESS = re.compile(r"https?://[A-Za-z0-9][^\s<>\"]*[^\s<>\".,;:)]")
"""An address that a program would make a link of; our invisible mark behind `://` keeps those of titles from it."""


def unaccounted(text: str, rendered: Rendered, insight: Insight, pictures_at: str = "") -> Iterator[str]:
    """What a text holds that the store does not: each with the words it stands in.

    * a sentence that is no claim and nothing that the text says of itself (`Rendered.statements`),
    * a number that is no fact, no part of cited evidence and no date of the period,
    * a link that was not built from ids, a picture that is not ours, HTML, a block of code.

    `pictures_at` is the folder, relative to the page, into which a layout moved the pictures: `assets/`.
    """
    known = Known(rendered, insight)
    match suffix_of(rendered.product):
        case "html":
            yield from _in_html(text, known)
        case "txt":
            yield from _in_plain_text(text, known)
        case _:
            yield from _in_front_matter(text, known)
            yield from _in_markdown(FRONT_MATTER.sub("", text, count=1), known, pictures_at)


def out_of_range(text: str, rendered: Rendered) -> Iterator[str]:
    """Why a text has not the length that its product promises: too long, or short without being quiet."""
    budget = BUDGETS.get((rendered.product, rendered.period.kind))
    if budget and rendered.words > budget.most:
        noun = rendered.period.kind.noun
        yield f"{rendered.words} words, {budget.most} are the most for a {rendered.product} of a {noun}"
    if budget and rendered.words < budget.least and not rendered.is_quiet:
        yield (
            f"{rendered.words} words, {budget.least} are the least for a {rendered.product} of a "
            f"{rendered.period.kind.noun} in which more happened than it tells"
        )
    yield from too_long(text, rendered.product)


def _in_markdown(body: str, known: Known, pictures_at: str) -> Iterator[str]:
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    for number, token in enumerate(tokens):
        if token.type == "html_block":
            yield from _structured(token.content.strip(), known)
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
        yield from _unknown_heading(text, known)
    elif opened in {"td_open", "th_open"}:
        yield from _unknown_cell(text, known)
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


def _unknown_heading(text: str, known: Known) -> Iterator[str]:
    """A heading may hold words of its template, but no number that we do not know."""
    if not any(char.isdigit() for char in plain(text)):
        return
    yield from Reading(known).unknown(text)


def _unknown_cell(text: str, known: Known) -> Iterator[str]:
    shown = plain(text)
    if shown in known.labels or shown in known.sentences:
        return
    yield from (
        f"the number {one} is not in the store: {shown[:160]}" for one in numbers_in(shown) if one not in known.figures
    )
    if re.search(r"\w{4}", shown) and not is_label(shown):
        yield f"no claim says: {shown[:160]}"


def _in_front_matter(text: str, known: Known) -> Iterator[str]:
    head = FRONT_MATTER.match(text)
    if head is None:
        return
    try:
        values = yaml.safe_load(head[0].removeprefix("---\n").removesuffix("---\n"))
    except yaml.YAMLError as error:
        yield f"front matter that is no YAML: {error}"
        return
    yield from (
        f"the front matter says what we do not: {leaf}" for leaf in _leaves(values) if not _is_ours(leaf, known)
    )


def _is_ours(leaf: Any, known: Known) -> bool:
    rendered = known.rendered
    if isinstance(leaf, datetime.date):
        return (leaf.date() if isinstance(leaf, datetime.datetime) else leaf) == rendered.date
    if isinstance(leaf, str):
        ours = {rendered.title, rendered.description, rendered.url, ", ".join(rendered.tags), *rendered.tags}
        ours |= {*rendered.statements, *OWN_WORDS, *rendered.addresses, *(one.file for one in rendered.pictures)}
        ours |= {f"{rendered.url.rpartition('/')[0]}/{one.file}" for one in rendered.pictures}
        return leaf in ours
    return leaf is None or isinstance(leaf, bool)


def _structured(html: str, known: Known) -> Iterator[str]:
    """Raw HTML may be one thing only: what search engines read, and nothing in it that the page does not say."""
    found = SCRIPT.fullmatch(html)
    if found is None:
        yield f"HTML: {html[:80]}"
        return
    try:
        values = json.loads(found[1])
    except ValueError:
        yield f"HTML: {html[:80]}"
        return
    rendered = known.rendered
    yield from (
        f"the structured data says what we do not: {leaf}"
        for leaf in _leaves(values)
        if leaf not in {*SCHEMA_WORDS, str(rendered.date)}
        and not _is_ours(leaf, known)
        and plain(str(leaf)) not in known.labels
    )


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value


def _in_plain_text(text: str, known: Known) -> Iterator[str]:
    links = [match[0] for match in ADDRESS.finditer(text)]
    yield from (f"a link that no evidence has: {url}" for url in links if url not in known.addresses)
    headings = {label.upper() for label in known.labels}
    for line in ADDRESS.sub(" ", text).splitlines():
        bare = plain(line)
        if bare in headings or (is_label(bare) and (bare.isupper() or bare.endswith(":"))):
            continue
        if row := _ROW.fullmatch(bare):
            yield from (
                f"the number {one} is not in the store: {bare}"
                for one in numbers_in(row["values"])
                if one not in known.figures
            )
            bare = row["label"]
        yield from Reading(known).unknown(bare)


class _Blocks(HTMLParser):
    """The texts of block elements, the links, and what may not be there."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[tuple[str, str]] = []
        self.links: list[tuple[str, str]] = []
        self.foreign: list[str] = []
        self._tag, self._text = "", ""
        self._link: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        allowed = {"href", "style", "lang", "charset", "name", "content"}
        if tag not in HTML_TAGS or any(name not in allowed for name, _ in attrs):
            self.foreign.append(f"HTML: <{tag} {' '.join(name for name, _ in attrs)}>")
        if any("url(" in (value or "").lower() or "expression(" in (value or "").lower() for _, value in attrs):
            self.foreign.append(f"HTML: <{tag}> that loads something")
        if tag in BLOCK_TAGS:
            self._close()
            self._tag = tag
        if tag == "a":
            self._link = [dict(attrs).get("href") or "", ""]

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._link:
            self.links.append((self._link[0], self._link[1]))
            self._link = None
        if tag in BLOCK_TAGS:
            self._close()

    def handle_data(self, data: str) -> None:
        self._text += data
        if self._link:
            self._link[1] += data

    def handle_comment(self, data: str) -> None:
        self.foreign.append(f"HTML: a comment: {data[:80]}")

    def _close(self) -> None:
        if self._text.strip():
            self.blocks.append((self._tag, self._text))
        self._tag, self._text = "", ""


def _in_html(text: str, known: Known) -> Iterator[str]:
    reader = _Blocks()
    reader.feed(text)
    reader.close()
    yield from reader.foreign
    yield from foreign_links(reader.links, known)
    for tag, block in reader.blocks:
        if tag == "h2":
            yield from _unknown_heading(block, known)
        elif tag == "td":
            yield from _unknown_cell(block, known)
        else:
            yield from Reading(known).unknown(block)
