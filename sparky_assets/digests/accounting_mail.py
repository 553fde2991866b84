"""Account for a mail in both its forms, HTML and plain text, and for posts, which are plain text too.

HTML may hold the few elements that our templates use, and nothing that loads.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from sparky_assets.digests.accounting import Reading, foreign_links, is_label, unknown_cell, unknown_heading
from sparky_assets.digests.known import Known, plain
from sparky_assets.numbers import numbers_in

HTML_TAGS = frozenset(
    {"html", "head", "meta", "title", "body", "div", "h1", "h2", "p", "ul", "li", "a", "strong", "em", "code", "table",
     "tr", "td", "hr", "br"}
)  # fmt: skip
BLOCK_TAGS = HTML_TAGS - {"a", "strong", "em", "code", "meta"}
_ROW = re.compile(r"(?P<label>\D+): (?P<values>[\d.,]+(?: \w+)?(?: \([\d.,]+(?: \w+)?\))?)")
"""A line of the table of numbers in plain text: `Commits: 13 (12)`."""
ADDRESS = re.compile(r"https?://[A-Za-z0-9][^\s<>\"]*[^\s<>\".,;:)]")
"""An address that a program would make a link of; our invisible mark behind `://` keeps those of titles from it."""


def in_plain_text(text: str, known: Known) -> Iterator[str]:
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


def in_html(text: str, known: Known) -> Iterator[str]:
    reader = _Blocks()
    reader.feed(text)
    reader.close()
    yield from reader.foreign
    yield from foreign_links(reader.links, known)
    for tag, block in reader.blocks:
        if tag == "h2":
            yield from unknown_heading(block, known)
        elif tag == "td":
            yield from unknown_cell(block, known)
        else:
            yield from Reading(known).unknown(block)


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
