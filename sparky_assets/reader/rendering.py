"""A digest's Markdown as HTML whose sentences know what they stand on. Pure, and safe: no HTML of the text comes alive.

The page shows the published bytes, not a second rendering of the same facts; each sentence is found in them by its
words (`reading.py`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from markdown_it.token import Token

from sparky_assets.digests.escaping import BREAK
from sparky_assets.digests.pages import Addresses, html_of_tokens, tamed, tamed_inline, tokens_of
from sparky_assets.reader.reading import Reading, Span

UNSEEN = {ord(BREAK): None, ord("`"): None}
"""What sentences are compared without: our invisible mark, and ticks, which are code in one text and not in another."""
_PICTURE = re.compile(r"<img [^>]*>")
FRAMES = {
    "bullet_list_open": "<ul>", "bullet_list_close": "</ul>", "ordered_list_open": "<ol>",
    "ordered_list_close": "</ol>", "blockquote_open": "<blockquote>", "blockquote_close": "</blockquote>",
}  # fmt: skip


@dataclass(frozen=True)
class Sentence:
    """A stretch of HTML and the key of what it stands on; None where it is no sentence of ours (a label)."""

    html: str
    key: str | None = None


@dataclass(frozen=True)
class Block:
    """A part of a page: a heading, a paragraph, an item of a list, a table, or anything else as finished HTML."""

    kind: str
    """`h1` to `h6`, `p`, `li`, `table`, or `html`."""
    sentences: tuple[Sentence, ...] = ()
    html: str = ""
    anchor: str = ""
    rows: tuple[tuple[Sentence, ...], ...] = ()
    """Of a table: its cells, the head first."""
    sides: tuple[str, ...] = ()
    """Of a table: how each column is aligned, as a class."""

    @property
    def is_heading(self) -> bool:
        """Whether it names what follows."""
        return self.kind[:1] == "h" and self.kind[1:].isdigit()

    @property
    def is_picture(self) -> bool:
        """Whether it is nothing but a picture."""
        return len(self.sentences) == 1 and bool(_PICTURE.fullmatch(self.sentences[0].html))

    @property
    def all_sentences(self) -> tuple[Sentence, ...]:
        """Those of its cells too."""
        return (*self.sentences, *(cell for row in self.rows for cell in row))

    @property
    def text(self) -> str:
        """Its words without markup, for a table of contents."""
        return re.sub(r"<[^>]*>", "", "".join(one.html for one in self.sentences))


def blocks_of(markdown: str, reading: Reading | None = None, address: Addresses = lambda _: None) -> list[Block]:
    """The blocks of a text; `reading` knows what it may say, `address` where the files that it names are shown.

    A picture without an address is left out, and so is a link that leads anywhere but to the web.
    """
    return list(_Blocks(reading or Reading(()), address).of(tokens_of(markdown)))


@dataclass
class _Blocks:
    reading: Reading
    address: Addresses
    heading: str = ""
    """The words of the last heading: a repository, or a section."""

    def of(self, tokens: Sequence[Token]) -> Iterator[Block]:
        number = 0
        while number < len(tokens):
            token = tokens[number]
            end = number + 1
            if token.type in {"heading_open", "paragraph_open"}:
                end = number + 3
                yield self._words(token, tokens[number + 1], is_item=_is_item(tokens, number))
            elif token.type in FRAMES:
                yield Block("html", html=FRAMES[token.type])
            elif token.type == "table_open":
                end = _end_of(tokens, number)
                yield self._table(tokens[number:end])
            elif token.type not in {"list_item_open", "list_item_close"}:
                end = _end_of(tokens, number)
                yield Block("html", html=html_of_tokens([tamed(one, self.address) for one in tokens[number:end]]))
            number = end

    def _words(self, token: Token, inline: Token, *, is_item: bool) -> Block:
        found = self._sentences(inline)
        if token.type == "heading_open":
            self.heading = _visible(inline.children or [])
            return Block(token.tag, found, anchor=slug(inline.content))
        return Block("li" if is_item else "p", found)

    def _table(self, tokens: Sequence[Token]) -> Block:
        rows: list[list[Sentence]] = []
        sides: list[str] = []
        for number, token in enumerate(tokens):
            if token.type == "tr_open":
                rows.append([])
            elif token.type in {"th_open", "td_open"}:
                if token.type == "th_open":
                    sides.append(str(token.attrs.get("style", "")).partition(":")[2])
                children = tamed_inline(tokens[number + 1].children or [], self.address)
                # The first cell names a row of numbers.
                key = self.reading.row(_visible(children)) if not rows[-1] else None
                rows[-1].append(Sentence(html_of_tokens(children, inline=True), key))
        return Block("table", rows=tuple(map(tuple, rows)), sides=tuple(sides))

    def _sentences(self, inline: Token) -> tuple[Sentence, ...]:
        children = tamed_inline(inline.children or [], self.address)
        parts = _cut(children, self.reading.spans(_visible(children), self.heading))
        return tuple(Sentence(html_of_tokens(part, inline=True), key) for key, part in parts)


def _is_item(tokens: Sequence[Token], number: int) -> bool:
    return number > 0 and tokens[number - 1].type == "list_item_open"


def _end_of(tokens: Sequence[Token], start: int) -> int:
    """One behind the token that closes what `start` opens."""
    depth = 0
    for number in range(start, len(tokens)):
        depth += tokens[number].nesting
        if depth <= 0:
            return number + 1
    return len(tokens)


def _cut(children: Sequence[Token], spans: Sequence[Span]) -> list[tuple[str | None, list[Token]]]:
    """Inline tokens cut where sentences begin; one that begins inside of a link or emphasis takes all of that."""
    parts: list[tuple[str | None, list[Token]]] = [(spans[0].key, [])]
    wanted, seen = list(spans[1:]), 0
    for unit in _units(children):
        end = seen + len(_visible(unit))
        begun = [span for span in wanted if span.start < end]
        wanted = wanted[len(begun) :]
        if unit[0].type == "text":
            cuts = [_raw_offset(unit[0].content, span.start - seen) for span in begun]
            for span, (start, stop) in zip([None, *begun], pairwise([0, *cuts, None]), strict=True):
                if span:
                    parts.append((span.key, []))
                parts[-1][1].append(replace(unit[0], content=unit[0].content[start:stop]))
        else:
            if begun:
                parts.append((begun[0].key, []))
            parts[-1][1].extend(unit)
        seen = end
    return parts


def _units(children: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """What is not cut: a link or emphasis with all that is in it, or a token alone."""
    number = 0
    while number < len(children):
        end = _end_of(children, number)
        yield children[number:end]
        number = end


def _raw_offset(content: str, offset: int) -> int:
    """Where the character at `offset` of the visible text stands in the raw one, which holds more."""
    seen = 0
    for raw, char in enumerate(content):
        if ord(char) not in UNSEEN:
            if seen == offset:
                return raw
            seen += 1
    return len(content)


def _visible(children: Sequence[Token]) -> str:
    return "".join(_text_of(child) for child in children)


def _text_of(child: Token) -> str:
    if child.type in {"text", "code_inline", "text_special"}:
        return child.content.translate(UNSEEN)
    return " " if child.type in {"softbreak", "hardbreak"} else ""


def slug(text: str) -> str:
    """A heading as an anchor: letters and digits with dashes between."""
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).lower()).strip("-")[:60] or "part"
