"""Render a digest's Markdown as HTML, with each sentence linked to its evidence. Pure; HTML in the text stays inert.

The page shows the published bytes, not a second rendering of the same facts. Sentences are found in them by their
words. A text is read from left to right with the rules of the pre-publish checks (`digests/verify`): at each position
begins the longest matching sentence, a reference of the sentence before, or text that belongs to no sentence.
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
    """A sentence that a text may contain: the key of its evidence, its words, the references shown with it."""

    key: str
    text: str
    labels: tuple[str, ...] = ()
    """References behind the sentence. They tell sentences with the same words apart."""
    repository: str = ""
    """The repository of the sentence. Two repositories may have the same figures under their own headings."""
    parent_key: str | None = None
    """The key of the sentence that this one adds to: `Merged by Ada.` occurs often."""


@dataclass(frozen=True)
class SentenceSpan:
    """Visible text from `start` to the next span; the key is None for text that is no known sentence."""

    start: int
    key: str | None


class SentenceMatcher:
    """Finds known sentences in a text, and known row names in tables of numbers."""

    def __init__(self, patterns: Sequence[SentencePattern], rows: Sequence[SentencePattern] = ()) -> None:
        self._patterns_by_words: dict[str, list[SentencePattern]] = {}
        for pattern in patterns:
            words = normalize(pattern.text).rstrip(".")
            if any(map(str.isalnum, words)):
                self._patterns_by_words.setdefault(words, []).append(pattern)
        self._prefix_index = PrefixIndex(self._patterns_by_words)
        self._row_keys = {row.text: row.key for row in rows}

    def find_row_key(self, name: str) -> str | None:
        """Return the key of a row by its name."""
        return self._row_keys.get(normalize(name))

    def find_spans(self, text: str, heading: str = "") -> list[SentenceSpan]:
        """Return the spans of a whole text under a heading: sentences, and the text between them."""
        spans: list[SentenceSpan] = []
        labels: Sequence[str] = ()
        position = 0
        parent_key = ""
        while position < len(text):
            words = self._prefix_index.find_longest(text, position)
            label = match_label(text, position, labels)
            if len(words) > len(label):
                chosen = self._choose_pattern(words, text[position + len(words) :], heading, parent_key)
                parent_key = parent_key if chosen.parent_key else chosen.key
                # Equal sentences of one repository are merged, with the references of both behind them.
                equals = [item for item in self._patterns_by_words[words] if item.repository == chosen.repository]
                labels = sorted({label for item in equals for label in item.labels}, key=len, reverse=True)
                spans.append(SentenceSpan(position, chosen.key))
                position += len(words)
            elif label:
                position += len(label)
            elif text[position].isalnum():
                labels = ()
                if not spans or spans[-1].key is not None:
                    spans.append(SentenceSpan(position, None))
                position = _find_word_end(text, position)
            else:
                position += 1
        # A bracket or quotation mark before the first word belongs to it.
        return [SentenceSpan(0, spans[0].key), *spans[1:]] if spans else [SentenceSpan(0, None)]

    def _choose_pattern(self, words: str, following_text: str, heading: str, parent_key: str) -> SentencePattern:
        """Choose among sentences with the same words.

        In this order: the one that adds to the sentence before, the one of the repository in the heading, the one whose
        references follow.
        """

        def rate(pattern: SentencePattern) -> tuple[bool, bool, bool]:
            is_addition = pattern.parent_key == parent_key
            is_under_heading = bool(pattern.repository) and pattern.repository == heading
            has_labels = bool(pattern.labels) and all(label in following_text for label in pattern.labels)
            return is_addition, is_under_heading, has_labels

        return max(self._patterns_by_words[words], key=rate)


def _find_word_end(text: str, position: int) -> int:
    while position < len(text) and text[position].isalnum():
        position += 1
    return position


IGNORED_CHARACTERS = {ord(ZERO_WIDTH_SPACE): None, ord("`"): None}
"""Ignored when sentences are compared: the invisible mark, and backticks, which only some texts have."""

_IMAGE_PATTERN = re.compile(r"<img [^>]*>")

CONTAINER_TAGS = {
    "bullet_list_open": "<ul>", "bullet_list_close": "</ul>", "ordered_list_open": "<ol>",
    "ordered_list_close": "</ol>", "blockquote_open": "<blockquote>", "blockquote_close": "</blockquote>",
}  # fmt: skip


@dataclass(frozen=True)
class HtmlSentence:
    """A piece of HTML and the key of its evidence; None when it is no known sentence (a label)."""

    html: str
    key: str | None = None


@dataclass(frozen=True)
class HtmlBlock:
    """A block of a page: a heading, paragraph, list item, table, or any other content as finished HTML."""

    kind: str
    """`h1` to `h6`, `p`, `li`, `table`, or `html`."""
    sentences: tuple[HtmlSentence, ...] = ()
    html: str = ""
    anchor: str = ""
    rows: tuple[tuple[HtmlSentence, ...], ...] = ()
    """The cells of a table, the head first."""
    sides: tuple[str, ...] = ()
    """The CSS class that aligns each column of a table."""

    @property
    def is_heading(self) -> bool:
        """Whether this is a heading."""
        return self.kind[:1] == "h" and self.kind[1:].isdigit()

    @property
    def is_picture(self) -> bool:
        """Whether this is a single picture."""
        return len(self.sentences) == 1 and bool(_IMAGE_PATTERN.fullmatch(self.sentences[0].html))

    @property
    def all_sentences(self) -> tuple[HtmlSentence, ...]:
        """All sentences, those of table cells too."""
        return (*self.sentences, *(cell for row in self.rows for cell in row))

    @property
    def text(self) -> str:
        """The words without markup, for a table of contents."""
        return re.sub(r"<[^>]*>", "", "".join(sentence.html for sentence in self.sentences))


def build_blocks(
    markdown: str, matcher: SentenceMatcher | None = None, find_url: FileResolver = lambda _: None
) -> list[HtmlBlock]:
    """Return the HTML blocks of a text.

    A picture without a URL is left out, and so is a link that does not lead to the web.

    Args:
        matcher: finds the sentences; without it no block has evidence.
        find_url: returns the URL of a file that the text names, or None.
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
                    "html", html=render_tokens([sanitize_token(inner, self.find_url) for inner in tokens[number:end]])
                )
            number = end

    def _build_text_block(self, token: Token, inline: Token, *, is_item: bool) -> HtmlBlock:
        sentences = self._split_sentences(inline)
        if token.type == "heading_open":
            self.heading = _get_visible_text(inline.children or [])
            return HtmlBlock(token.tag, sentences, anchor=make_anchor(inline.content))
        return HtmlBlock("li" if is_item else "p", sentences)

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
    """Return the index after the token that closes the one at `start`."""
    depth = 0
    for number in range(start, len(tokens)):
        depth += tokens[number].nesting
        if depth <= 0:
            return number + 1
    return len(tokens)


def _cut_at_spans(children: Sequence[Token], spans: Sequence[SentenceSpan]) -> list[tuple[str | None, list[Token]]]:
    """Cut inline tokens where sentences begin; a sentence that begins inside a link or emphasis gets all of it."""
    parts: list[tuple[str | None, list[Token]]] = [(spans[0].key, [])]
    pending = list(spans[1:])
    seen = 0
    for unit in _split_units(children):
        end = seen + len(_get_visible_text(unit))
        begun = [span for span in pending if span.start < end]
        pending = pending[len(begun) :]
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
    """Yield the units that are never cut: a link or emphasis with its content, or a single token."""
    number = 0
    while number < len(children):
        end = _find_end(children, number)
        yield children[number:end]
        number = end


def _find_raw_offset(content: str, offset: int) -> int:
    """Return the index in the raw text of the character at `offset` of the visible text."""
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
    """Return the anchor of a heading: letters and digits with dashes between them."""
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).lower()).strip("-")[:60] or "part"
