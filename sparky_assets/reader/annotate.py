"""A digest's Markdown as HTML whose sentences know what they stand on. Pure, and safe: no HTML of the text comes alive.

The page shows the published bytes, not a second rendering of the same facts; each sentence is found in them by its
words (`reading.py`).

Where the sentences of a text begin, and which each is. Pure.

A text is read from left to right, as the door before publishing reads it (`digests/accounting.py`): at each place may
begin a sentence that is known, the longest first, or a reference of the one before; any other word is nobody's.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from markdown_it.token import Token

from sparky_assets.digests.render.html import FileResolver, parse_body, render_tokens, sanitize_inline, sanitize_token
from sparky_assets.digests.verify.allowed_content import PrefixIndex, match_label, normalize
from sparky_assets.text.escape import ZERO_WIDTH_SPACE


@dataclass(frozen=True)
class SentencePattern:
    """A sentence that a text may hold: the key of what it stands on, its words, the references shown with it."""

    key: str
    text: str
    labels: tuple[str, ...] = ()
    """Where two sentences have the same words, these tell which is meant: they stand behind it."""
    repository: str = ""
    """The repository of which it is said: two may have the same figures, and stand under their own headings."""
    parent_key: str | None = None
    """The key of the sentence that it adds to: `Merged by Ada.` is said of many."""


@dataclass(frozen=True)
class SentenceSpan:
    """A stretch of visible text up to the next; the key is None where nothing is known of it."""

    start: int
    key: str | None


class SentenceMatcher:
    """Knows sentences, and the names of rows in tables of numbers; finds them."""

    def __init__(self, patterns: Sequence[SentencePattern], rows: Sequence[SentencePattern] = ()) -> None:
        self._patterns_by_words: dict[str, list[SentencePattern]] = {}
        for one in patterns:
            words = normalize(one.text).rstrip(".")
            if any(map(str.isalnum, words)):
                self._patterns_by_words.setdefault(words, []).append(one)
        self._prefix_index = PrefixIndex(self._patterns_by_words)
        self._row_keys = {one.text: one.key for one in rows}

    def find_row_key(self, name: str) -> str | None:
        """The key of a row by its name."""
        return self._row_keys.get(normalize(name))

    def find_spans(self, text: str, heading: str = "") -> list[SentenceSpan]:
        """The whole text under a heading: sentences, and what stands between them."""
        found: list[SentenceSpan] = []
        labels: Sequence[str] = ()
        place, told = 0, ""
        while place < len(text):
            words, label = self._prefix_index.find_longest(text, place), match_label(text, place, labels)
            if len(words) > len(label):
                said = self._choose_pattern(words, text[place + len(words) :], heading, told)
                told = told if said.parent_key else said.key
                # Twins in one repository stand once, with the references of both behind them.
                twins = (one for one in self._patterns_by_words[words] if one.repository == said.repository)
                labels = sorted({label for one in twins for label in one.labels}, key=len, reverse=True)
                found.append(SentenceSpan(place, said.key))
                place += len(words)
            elif label:
                place += len(label)
            elif text[place].isalnum():
                labels = ()
                if not found or found[-1].key is not None:
                    found.append(SentenceSpan(place, None))
                place = _find_word_end(text, place)
            else:
                place += 1
        # What stands before the first word, a bracket or a quotation mark, belongs to it.
        return [SentenceSpan(0, found[0].key), *found[1:]] if found else [SentenceSpan(0, None)]

    def _choose_pattern(self, words: str, following_text: str, heading: str, parent_key: str) -> SentencePattern:
        """Which of those with the same words: what adds to the sentence before, whose references follow, whose place
        the heading names."""

        def fits(one: SentencePattern) -> tuple[bool, bool, bool]:
            has_labels = bool(one.labels) and all(label in following_text for label in one.labels)
            return one.parent_key == parent_key, bool(one.repository) and one.repository == heading, has_labels

        return max(self._patterns_by_words[words], key=fits)


def _find_word_end(text: str, position: int) -> int:
    while position < len(text) and text[position].isalnum():
        position += 1
    return position


IGNORED_CHARACTERS = {ord(ZERO_WIDTH_SPACE): None, ord("`"): None}
"""What sentences are compared without: our invisible mark, and ticks, which are code in one text and not in another."""


_IMAGE_PATTERN = re.compile(r"<img [^>]*>")


CONTAINER_TAGS = {
    "bullet_list_open": "<ul>", "bullet_list_close": "</ul>", "ordered_list_open": "<ol>",
    "ordered_list_close": "</ol>", "blockquote_open": "<blockquote>", "blockquote_close": "</blockquote>",
}  # fmt: skip


@dataclass(frozen=True)
class HtmlSentence:
    """A stretch of HTML and the key of what it stands on; None where it is no sentence of ours (a label)."""

    html: str
    key: str | None = None


@dataclass(frozen=True)
class HtmlBlock:
    """A part of a page: a heading, a paragraph, an item of a list, a table, or anything else as finished HTML."""

    kind: str
    """`h1` to `h6`, `p`, `li`, `table`, or `html`."""
    sentences: tuple[HtmlSentence, ...] = ()
    html: str = ""
    anchor: str = ""
    rows: tuple[tuple[HtmlSentence, ...], ...] = ()
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
        return len(self.sentences) == 1 and bool(_IMAGE_PATTERN.fullmatch(self.sentences[0].html))

    @property
    def all_sentences(self) -> tuple[HtmlSentence, ...]:
        """Those of its cells too."""
        return (*self.sentences, *(cell for row in self.rows for cell in row))

    @property
    def text(self) -> str:
        """Its words without markup, for a table of contents."""
        return re.sub(r"<[^>]*>", "", "".join(one.html for one in self.sentences))


def build_blocks(
    markdown: str, matcher: SentenceMatcher | None = None, find_url: FileResolver = lambda _: None
) -> list[HtmlBlock]:
    """The blocks of a text; `reading` knows what it may say, `address` where the files that it names are shown.

    A picture without an address is left out, and so is a link that leads anywhere but to the web.
    """
    return list(_BlockBuilder(matcher or SentenceMatcher(()), find_url).build(parse_body(markdown)))


@dataclass
class _BlockBuilder:
    matcher: SentenceMatcher
    find_url: FileResolver
    heading: str = ""
    """The words of the last heading: a repository, or a section."""

    def build(self, tokens: Sequence[Token]) -> Iterator[HtmlBlock]:
        number = 0
        while number < len(tokens):
            token = tokens[number]
            end = number + 1
            if token.type in {"heading_open", "paragraph_open"}:
                end = number + 3
                yield self._build_text_block(token, tokens[number + 1], is_item=_is_list_item(tokens, number))
            elif token.type in CONTAINER_TAGS:
                yield HtmlBlock("html", html=CONTAINER_TAGS[token.type])
            elif token.type == "table_open":
                end = _find_end(tokens, number)
                yield self._build_table(tokens[number:end])
            elif token.type not in {"list_item_open", "list_item_close"}:
                end = _find_end(tokens, number)
                yield HtmlBlock(
                    "html", html=render_tokens([sanitize_token(one, self.find_url) for one in tokens[number:end]])
                )
            number = end

    def _build_text_block(self, token: Token, inline: Token, *, is_item: bool) -> HtmlBlock:
        found = self._split_sentences(inline)
        if token.type == "heading_open":
            self.heading = _get_visible_text(inline.children or [])
            return HtmlBlock(token.tag, found, anchor=make_anchor(inline.content))
        return HtmlBlock("li" if is_item else "p", found)

    def _build_table(self, tokens: Sequence[Token]) -> HtmlBlock:
        rows: list[list[HtmlSentence]] = []
        sides: list[str] = []
        for number, token in enumerate(tokens):
            if token.type == "tr_open":
                rows.append([])
            elif token.type in {"th_open", "td_open"}:
                if token.type == "th_open":
                    sides.append(str(token.attrs.get("style", "")).partition(":")[2])
                children = sanitize_inline(tokens[number + 1].children or [], self.find_url)
                # The first cell names a row of numbers.
                key = self.matcher.find_row_key(_get_visible_text(children)) if not rows[-1] else None
                rows[-1].append(HtmlSentence(render_tokens(children, inline=True), key))
        return HtmlBlock("table", rows=tuple(map(tuple, rows)), sides=tuple(sides))

    def _split_sentences(self, inline: Token) -> tuple[HtmlSentence, ...]:
        children = sanitize_inline(inline.children or [], self.find_url)
        parts = _cut_at_spans(children, self.matcher.find_spans(_get_visible_text(children), self.heading))
        return tuple(HtmlSentence(render_tokens(part, inline=True), key) for key, part in parts)


def _is_list_item(tokens: Sequence[Token], number: int) -> bool:
    return number > 0 and tokens[number - 1].type == "list_item_open"


def _find_end(tokens: Sequence[Token], start: int) -> int:
    """One behind the token that closes what `start` opens."""
    depth = 0
    for number in range(start, len(tokens)):
        depth += tokens[number].nesting
        if depth <= 0:
            return number + 1
    return len(tokens)


def _cut_at_spans(children: Sequence[Token], spans: Sequence[SentenceSpan]) -> list[tuple[str | None, list[Token]]]:
    """Inline tokens cut where sentences begin; one that begins inside of a link or emphasis takes all of that."""
    parts: list[tuple[str | None, list[Token]]] = [(spans[0].key, [])]
    wanted, seen = list(spans[1:]), 0
    for unit in _split_units(children):
        end = seen + len(_get_visible_text(unit))
        begun = [span for span in wanted if span.start < end]
        wanted = wanted[len(begun) :]
        if unit[0].type == "text":
            cuts = [_find_raw_offset(unit[0].content, span.start - seen) for span in begun]
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


def _split_units(children: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """What is not cut: a link or emphasis with all that is in it, or a token alone."""
    number = 0
    while number < len(children):
        end = _find_end(children, number)
        yield children[number:end]
        number = end


def _find_raw_offset(content: str, offset: int) -> int:
    """Where the character at `offset` of the visible text stands in the raw one, which holds more."""
    seen = 0
    for raw, char in enumerate(content):
        if ord(char) not in IGNORED_CHARACTERS:
            if seen == offset:
                return raw
            seen += 1
    return len(content)


def _get_visible_text(children: Sequence[Token]) -> str:
    return "".join(_get_token_text(child) for child in children)


def _get_token_text(child: Token) -> str:
    if child.type in {"text", "code_inline", "text_special"}:
        return child.content.translate(IGNORED_CHARACTERS)
    return " " if child.type in {"softbreak", "hardbreak"} else ""


def make_anchor(text: str) -> str:
    """A heading as an anchor: letters and digits with dashes between."""
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).lower()).strip("-")[:60] or "part"
