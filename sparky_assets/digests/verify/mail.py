"""Account for a mail in both its forms, HTML and plain text, and for posts, which are plain text too.

HTML may hold the few elements that our templates use, and nothing that loads.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from sparky_assets.digests.verify.allowed_content import (
    AllowedContent,
    BlockVerifier,
    find_unknown_links,
    is_label,
    normalize,
    verify_cell,
    verify_heading,
)
from sparky_assets.text.words import find_numbers

ALLOWED_HTML_TAGS = frozenset(
    {"html", "head", "meta", "title", "body", "div", "h1", "h2", "p", "ul", "li", "a", "strong", "em", "code", "table",
     "tr", "td", "hr", "br"}
)  # fmt: skip


BLOCK_TAGS = ALLOWED_HTML_TAGS - {"a", "strong", "em", "code", "meta"}


_NUMBERS_ROW = re.compile(r"(?P<label>\D+): (?P<values>[\d.,]+(?: \w+)?(?: \([\d.,]+(?: \w+)?\))?)")
"""A line of the table of numbers in plain text: `Commits: 13 (12)`."""


LINKED_URL = re.compile(r"https?://[A-Za-z0-9][^\s<>\"]*[^\s<>\".,;:)]")
"""An address that a program would make a link of; our invisible mark behind `://` keeps those of titles from it."""


def verify_text(text: str, allowed: AllowedContent) -> Iterator[str]:
    links = [match[0] for match in LINKED_URL.finditer(text)]
    yield from (f"a link that no evidence has: {url}" for url in links if url not in allowed.link_labels)
    headings = {label.upper() for label in allowed.labels}
    for line in LINKED_URL.sub(" ", text).splitlines():
        bare = normalize(line)
        if bare in headings or (is_label(bare) and (bare.isupper() or bare.endswith(":"))):
            continue
        if row := _NUMBERS_ROW.fullmatch(bare):
            yield from (
                f"the number {one} is not in the store: {bare}"
                for one in find_numbers(row["values"])
                if one not in allowed.numbers
            )
            bare = row["label"]
        yield from BlockVerifier(allowed).verify(bare)


def verify_html(text: str, allowed: AllowedContent) -> Iterator[str]:
    reader = _MailBlockParser()
    reader.feed(text)
    reader.close()
    yield from reader.problems
    yield from find_unknown_links(reader.links, allowed)
    for tag, block in reader.blocks:
        if tag == "h2":
            yield from verify_heading(block, allowed)
        elif tag == "td":
            yield from verify_cell(block, allowed)
        else:
            yield from BlockVerifier(allowed).verify(block)


class _MailBlockParser(HTMLParser):
    """The texts of block elements, the links, and what may not be there."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[tuple[str, str]] = []
        self.links: list[tuple[str, str]] = []
        self.problems: list[str] = []
        self._block_tag, self._block_text = "", ""
        self._open_link: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        allowed = {"href", "style", "lang", "charset", "name", "content"}
        if tag not in ALLOWED_HTML_TAGS or any(name not in allowed for name, _ in attrs):
            self.problems.append(f"HTML: <{tag} {' '.join(name for name, _ in attrs)}>")
        if any("url(" in (value or "").lower() or "expression(" in (value or "").lower() for _, value in attrs):
            self.problems.append(f"HTML: <{tag}> that loads something")
        if tag in BLOCK_TAGS:
            self._close_block()
            self._block_tag = tag
        if tag == "a":
            self._open_link = [dict(attrs).get("href") or "", ""]

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._open_link:
            self.links.append((self._open_link[0], self._open_link[1]))
            self._open_link = None
        if tag in BLOCK_TAGS:
            self._close_block()

    def handle_data(self, data: str) -> None:
        self._block_text += data
        if self._open_link:
            self._open_link[1] += data

    def handle_comment(self, data: str) -> None:
        self.problems.append(f"HTML: a comment: {data[:80]}")

    def _close_block(self) -> None:
        if self._block_text.strip():
            self.blocks.append((self._block_tag, self._block_text))
        self._block_tag, self._block_text = "", ""
