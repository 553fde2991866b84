"""Verify mails, as HTML and as plain text, and posts, which are plain text too. Pure.

HTML may contain only the elements and attributes of the shipped templates, and nothing that loads from the network.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from sparky_assets.digests.verify.allowed_content import (
    AllowedContent,
    BlockVerifier,
    LocatedProblem,
    find_unknown_links,
    is_label,
    normalize,
    normalize_url,
    verify_cell,
    verify_heading,
    verify_numbers,
)

ALLOWED_HTML_TAGS = frozenset(
    {"html", "head", "meta", "title", "body", "div", "h1", "h2", "p", "ul", "li", "a", "strong", "em", "code", "table",
     "tr", "td", "hr", "br"}
)  # fmt: skip


ALLOWED_HTML_ATTRIBUTES = frozenset({"href", "style", "lang", "charset", "name", "content"})

BLOCK_TAGS = ALLOWED_HTML_TAGS - {"a", "strong", "em", "code", "meta"}


_NUMBERS_ROW = re.compile(r"(?P<label>\D+): (?P<values>[\d.,]+(?: \w+)?(?: \([\d.,]+(?: \w+)?\))?)")
"""A row of the table of numbers in plain text: `Commits: 13 (12)`."""


LINKED_URL = re.compile(r"https?://[A-Za-z0-9][^\s<>\"]*[^\s<>\".,;:)]")
"""An address that mail programs turn into a link. Addresses in titles have a zero-width space after `://`."""


def locate_text_problems(text: str, allowed: AllowedContent) -> Iterator[LocatedProblem]:
    """Yield the problems of a plain text with their lines."""
    headings = {label.upper() for label in allowed.labels}
    for number, line in enumerate(text.split("\n")):
        for message in _verify_line(line, headings, allowed):
            yield LocatedProblem(message, number, number + 1)


def _verify_line(line: str, headings: set[str], allowed: AllowedContent) -> Iterator[str]:
    links = [match[0] for match in LINKED_URL.finditer(line)]
    yield from (f"a link that no evidence has: {url}" for url in links if normalize_url(url) not in allowed.link_labels)
    words = normalize(LINKED_URL.sub(" ", line))
    if words in headings or (is_label(words) and (words.isupper() or words.endswith(":"))):
        return
    if not any(BlockVerifier(allowed).verify(words)):
        return  # `From Ada: 1234567.` is a sentence, and looks like a row of numbers
    if row := _NUMBERS_ROW.fullmatch(words):
        yield from verify_numbers(row["values"], words, allowed)
        words = row["label"]
    yield from BlockVerifier(allowed).verify(words)


def locate_html_problems(text: str, allowed: AllowedContent) -> Iterator[LocatedProblem]:
    """Yield the problems of an HTML mail with the lines of their elements."""
    parser = _MailBlockParser()
    parser.feed(text)
    parser.close()
    yield from parser.problems
    for line, link in parser.links:
        yield from (LocatedProblem(message, line, line + 1) for message in find_unknown_links([link], allowed))
    for start, end, tag, block in parser.blocks:
        verify_block = {"h2": verify_heading, "td": verify_cell}.get(tag, _verify_prose)
        yield from (LocatedProblem(message, start, end) for message in verify_block(block, allowed))


def _verify_prose(text: str, allowed: AllowedContent) -> Iterator[str]:
    yield from BlockVerifier(allowed).verify(text)


class _MailBlockParser(HTMLParser):
    """Collects the texts of block elements, the links, and elements that are not allowed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[tuple[int, int, str, str]] = []
        """First line, the line behind the last, element and text of each block."""
        self.links: list[tuple[int, tuple[str, str]]] = []
        """Line, and address with label, of each link."""
        self.problems: list[LocatedProblem] = []
        self._block_tag, self._block_text, self._block_line = "", "", 0
        self._open_link: list[str] | None = None

    def _add_problem(self, message: str) -> None:
        line = self.getpos()[0]
        self.problems.append(LocatedProblem(message, line - 1, line))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALLOWED_HTML_TAGS or any(name not in ALLOWED_HTML_ATTRIBUTES for name, _ in attrs):
            self._add_problem(f"HTML: <{tag} {' '.join(name for name, _ in attrs)}>")
        values = [(value or "").lower() for _, value in attrs]
        if any("url(" in value or "expression(" in value for value in values):
            self._add_problem(f"HTML: <{tag}> loads something")
        if tag in BLOCK_TAGS:
            self._close_block()
            self._block_tag, self._block_line = tag, self.getpos()[0] - 1
        if tag == "a":
            self._open_link = [dict(attrs).get("href") or "", ""]

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._open_link:
            self.links.append((self.getpos()[0] - 1, (self._open_link[0], self._open_link[1])))
            self._open_link = None
        if tag in BLOCK_TAGS:
            self._close_block()

    def handle_data(self, data: str) -> None:
        self._block_text += data
        if self._open_link:
            self._open_link[1] += data

    def handle_comment(self, data: str) -> None:
        self._add_problem(f"HTML: a comment: {data[:80]}")

    def _close_block(self) -> None:
        if self._block_text.strip():
            self.blocks.append((self._block_line, self.getpos()[0], self._block_tag, self._block_text))
        self._block_tag, self._block_text, self._block_line = "", "", self.getpos()[0] - 1
