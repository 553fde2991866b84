"""Blocks of a text by markdown-it-py: headings, paragraphs, list items, cells and fences, each with its span.

Only the block rules run, so that every block is lines of the stored text. Plain messages, text files and
reStructuredText go the same way: their paragraphs and lists are those of Markdown. A release's notes in plain text
mark headings by lines of `=` or `-`, which Markdown knows too. reStructuredText has more such marks, which are shown to
the parser as `-`: for Markdown a line of `~` opens code, and scrapy's notes were read as that up to the next heading.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import zip_longest
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

from sparky_assets.documents.other_markup import (
    ASIDE_MARK,
    mark_admonitions,
    mark_asides,
    mark_bullets,
    mark_changes,
    mark_listings,
    mark_other_underlines,
    mark_shouted_parts,
    mark_titled_parts,
    move_to_margin,
)

MAX_PARSED_LENGTH = 40_000
"""Characters of a text that are parsed. Bodies of 100 kB and more were measured, and their beginning is enough."""

MAX_PARSED_NOTES_LENGTH = 120_000
"""Characters of notes and guides that are parsed: doctrine has 53,000 on DBAL 3."""

MAX_BLOCKS = 8_000

MAX_OPEN_FENCES = 8
"""Fences without an end behind which reading goes on."""

MAX_FENCE_LINES = 300

_LINE_END = re.compile(r"\r\n|\n|\r")

_FENCE_END = re.compile(r"[\s>]*(?:`{3,}|~{3,})\s*\Z")
_CODE_END = re.compile(r"[\s>]*(?:`{3,}|~{3,}|-{4,}|\.{4,})\s*\Z")
"""The last line of code, in AsciiDoc too."""

MAX_LABEL_WORDS, MAX_QUESTION_WORDS = 8, 12
"""Words of a bold line that is a heading: alone, and as a question of a form over its answer."""

_RULE_LINE = re.compile(r"[=\-~*_^#\s]{3,}\Z")

_BOLD_HEADING = re.compile(
    r"(?:[\u2600-\u27bf\U0001f300-\U0001faff]\ufe0f? {0,2})?(?:\*\*|__)([^*_\n]{1,100})(?:\*\*|__)\s{0,3}:?\Z"
)

_LABEL_HEADING = re.compile(r"[A-Z][\w'’/ &-]{1,60}:\Z")

_KNOWN_LABEL = re.compile(
    r"(?:Motivation|Modifications?|Results?|Problem|Solution|Background|Context|Summary|Description|Root cause|Cause"
    r"|Impact|Rationale|Approach|Changes|Test plan|Testing|Fix|Why|What|How|Repro|Reproduction|Validation|Verification)"
    r":?\Z"
)
"""A line that names the part of a message below it, also without an empty line between them."""

_CHECKBOX = re.compile(r"\[[ xX]\]\s")

_LIST_NUMBER = re.compile(r"(?:\d{1,3}[.)]|\([a-z\d]{1,2}\))\s+")

_ITEM_ROLE = re.compile(r":(?:bug|feature|support)(?:\s\w{1,12})?:`[^`\n]{1,20}`\s+")
"""What Sphinx replaces by the kind and the number of a change: ":bug:`12` A lamp burns"."""

_EQUALS_HEADING = re.compile(r"(={1,6})[ \t]+([^\s=][^\n]{0,100}?)(?:[ \t]+=+)?\Z")
"""A heading of RDoc or AsciiDoc: `=== Breaking changes`."""

_ORG_HEADING = re.compile(r"(\*{2,6})[ \t]+((?!.*\*\*)\S[^\n]{0,100})\Z")
"""A heading of Org mode: `*** Breaking changes`."""

_LIST_TOKENS = {"bullet_list_open", "ordered_list_open", "bullet_list_close", "ordered_list_close"}

BlockKind = Literal["heading", "paragraph", "item", "cell", "fence"]


_CODE_BELOW = re.compile(r"[ \t]*\r?\n(?:[ \t]*\r?\n)?(?:[ \t]*(?:```|~~~)|(?: {4}|\t)[ \t]*\S)")


def is_above_code(text: str, end: int) -> bool:
    """Return whether a fence, or indented lines, begin on the line below a place in a text, or below a blank one."""
    return bool(_CODE_BELOW.match(text, end))


@dataclass(frozen=True)
class TextBlock:
    """A block of a text.

    Attributes:
        kind: heading, paragraph, list item, table cell or fenced code.
        segments: spans of its lines in the text, without the marks before them.
        level: level of a heading (7 for a label), depth of a list item.
        text: text of a heading, language of a fence.
        is_quoted: True in a block quotation.
        is_checkbox: True for an item of a checklist.
        is_open: True for a fence that nothing closes.
        continues_item: True for a further paragraph of a list item.
    """

    kind: BlockKind
    segments: tuple[tuple[int, int], ...]
    level: int = 0
    text: str = ""
    is_quoted: bool = False
    is_checkbox: bool = False
    is_open: bool = False
    continues_item: bool = False

    @property
    def start(self) -> int:
        """Offset of its first character."""
        return self.segments[0][0]

    @property
    def end(self) -> int:
        """Offset behind its last character."""
        return self.segments[-1][1]


class _LineIndex:
    """The lines of a text with their offsets, from an offset on."""

    def __init__(self, text: str, offset: int = 0) -> None:
        self.text = text
        self.spans: list[tuple[int, int]] = []
        start = offset
        for match in _LINE_END.finditer(text, offset):
            self.spans.append((start, match.start()))
            start = match.end()
        self.spans.append((start, len(text)))

    def locate(self, token: Token) -> list[tuple[int, int]]:
        """Return the spans of the lines of an inline token; empty if a line is not in the text as it is printed."""
        first, last = token.map or (0, 0)
        segments: list[tuple[int, int]] = []
        for number, line in zip(range(first, last), token.content.split("\n"), strict=False):
            if number >= len(self.spans):
                return []
            start, end = self.spans[number]
            content = line.strip()
            if not content:
                continue
            shown = self.text[start:end].replace("\0", "\ufffd")
            position = shown.find(content)
            if position < 0 and content.startswith(ASIDE_MARK):
                position = shown.find(f"-{content[1:]}")
            if position < 0:
                return []
            segments.append((start + position, start + position + len(content)))
        return segments


@cache
def _make_parser() -> MarkdownIt:
    """Return the parser of all texts. Making one takes a millisecond, longer than a short text; it keeps no state."""
    parser = MarkdownIt("commonmark").enable("table").disable(["reference"])
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def read_blocks(text: str, *, is_notes: bool = False) -> list[TextBlock]:
    """Return the blocks of the characters of a text that are parsed.

    Args:
        text: the text.
        is_notes: whether it is the notes of a release, of which plain lines may be a list of changes.
    """
    blocks = _parse_blocks(text[: MAX_PARSED_NOTES_LENGTH if is_notes else MAX_PARSED_LENGTH])
    return list(_split_plain_lists(text, blocks)) if is_notes else blocks


_SHORTLOG_AUTHOR = re.compile(r"[^\n:]{2,60} \(\d{1,4}\):\Z")
"""The line above the commits of a person, as `git shortlog` prints them: `Ada Moss (3):`."""

_LABELLED_CHANGE = re.compile(r"(?:[A-Za-z][\w+./-]{0,20}(?: [a-z]{1,12})?|#\d{1,7}) {0,4}: {1,4}\S")
"""A line that begins with the component, kind or number of a change: `perf: faster maps`, `#12: faster maps`."""

_PART_NAME = re.compile(r"[A-Z][\w&/-]{2,30}\.?(?:,? [\w&/-]{1,30}){0,3}")
"""A line over a list that names its kind without a mark: `API changes`."""

_CHANGE_VERB = re.compile(
    r"(?:add|allow|avoid|bump|change|correct|deprecate|disable|drop|enable|ensure|expose|fix|handle|implement|improve"
    r"|introduce|make|move|prevent|refactor|remove|rename|replace|return|support|switch|update|upgrade|use)"
    r"(?:s|d|es|ed|ped)?\b",
    re.IGNORECASE,
)
"""The verb that a change begins with in notes of one line a change, without marks: `Adds a lamp`."""

MIN_LABELLED_LINES = 3
"""Labelled lines of a paragraph that are a list."""


def _split_plain_lists(text: str, blocks: list[TextBlock]) -> Iterator[TextBlock]:
    """Yield the blocks of notes where lines without marks are items, and a name above a list is a label.

    zstd writes a change a line behind its kind; OpenVPN has the log by authors; Mbed TLS writes `Features` over a list.
    """
    for block, following in zip_longest(blocks, blocks[1:]):
        if block.kind != "paragraph" or block.is_quoted:
            yield block
            continue
        lines = [text[start:end] for start, end in block.segments]
        is_over_list = following is not None and following.kind == "item" and not following.continues_item
        if len(lines) == 1 and is_over_list and _PART_NAME.fullmatch(lines[0]):
            yield replace(block, kind="heading", level=7, text=lines[0])
        elif len(lines) > 1 and _SHORTLOG_AUTHOR.match(lines[0]):
            yield from (replace(block, kind="item", segments=(segment,)) for segment in block.segments[1:])
        elif _is_list_of_changes(lines):
            yield from (replace(block, kind="item", segments=(segment,)) for segment in block.segments)
        else:
            yield from _split_labelled_lines(block, lines)


def _is_list_of_changes(lines: list[str]) -> bool:
    """Return whether each line of a paragraph is a change: all begin with a capital or code, and most with a verb."""
    if len(lines) < MIN_LABELLED_LINES or not all(line[:1].isupper() or line.startswith("`") for line in lines):
        return False
    return sum(bool(_CHANGE_VERB.match(line)) for line in lines) * 2 > len(lines)


def _split_labelled_lines(block: TextBlock, lines: list[str]) -> Iterator[TextBlock]:
    """Yield the labelled lines of a paragraph as items, with the lines that go on; the paragraph if it has too few."""
    starts = [number for number, line in enumerate(lines) if _LABELLED_CHANGE.match(line)]
    if len(starts) < MIN_LABELLED_LINES or starts[0] > 0 or len(starts) * 2 < len(lines):
        yield block
        return
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield replace(block, kind="item", segments=block.segments[start:end])


def _parse_blocks(text: str) -> list[TextBlock]:
    shown = mark_shouted_parts(mark_titled_parts(mark_admonitions(mark_changes(mark_listings(text)))))
    shown, levels = mark_other_underlines(move_to_margin(shown))
    parser = _make_parser()
    blocks: list[TextBlock] = []
    offset = 0
    for _ in range(MAX_OPEN_FENCES):
        lines = _LineIndex(text, offset)
        open_fence = None
        for block in _walk_tokens(parser.parse(mark_asides(mark_bullets(shown[offset:]))), lines):
            if block.is_open:
                open_fence = block
                break
            level = levels.get(block.start) if block.kind == "heading" else None
            blocks.append(replace(block, level=level) if level else block)
            if len(blocks) >= MAX_BLOCKS:
                return blocks
        if open_fence is None:
            return blocks
        closed_fence, offset = _close_fence(lines, open_fence)
        if closed_fence:
            blocks.append(closed_fence)
    return blocks


def _walk_tokens(tokens: list[Token], lines: _LineIndex) -> Iterator[TextBlock]:
    quotes = lists = 0
    begins_item = True
    cell_positions: dict[int, int] = {}
    row: tuple[int, int] = (0, 0)
    for number, token in enumerate(tokens):
        if token.type == "blockquote_open":
            quotes += 1
        elif token.type == "blockquote_close":
            quotes -= 1
        elif token.type in _LIST_TOKENS:
            lists += token.nesting
        elif token.type == "list_item_open":
            begins_item = True
        elif token.type == "tr_open":
            row = (token.map or [0, 0])[0], (token.map or [0, 0])[1]
        elif token.type == "fence":
            if block := _make_fence(token, lines, is_quoted=quotes > 0):
                yield block
        elif token.type == "inline" and token.content.strip():
            opening = tokens[number - 1].type
            if opening in {"td_open", "th_open"}:
                if opening == "td_open" and (block := _make_cell(token, lines, row[0], cell_positions)):
                    yield block
                continue
            segments = tuple(lines.locate(token))
            if segments:
                level = int(tokens[number - 1].tag[1:]) if opening == "heading_open" else 0
                is_setext = level > 0 and tokens[number - 1].markup in {"=", "-"}
                made = _make_blocks(lines.text, segments, level, lists, is_setext=is_setext, is_quoted=quotes > 0)
                yield from made if begins_item else map(_mark_continuing, made)
                begins_item = False


def _mark_continuing(block: TextBlock) -> TextBlock:
    """Return a block that is not the first of its list item."""
    return replace(block, continues_item=True) if block.kind == "item" else block


def _make_blocks(
    text: str, segments: tuple[tuple[int, int], ...], level: int, lists: int, *, is_setext: bool, is_quoted: bool
) -> Iterator[TextBlock]:
    if level and lists and not is_setext:
        return  # it is about the item, and what follows the item is not below it
    if level:
        titles = [text[start:end] for start, end in segments if not _RULE_LINE.match(text[start:end])]
        # A paragraph over a line of hyphens is a heading for Markdown, and prose for its author.
        is_prose = is_setext and (len(titles) > 1 or sum(map(len, titles)) > 100)
        if titles and not is_prose:
            yield TextBlock("heading", segments, level, titles[0], is_quoted)
        if not is_prose:
            return
    first = text[segments[0][0] : segments[0][1]]
    match = _EQUALS_HEADING.match(first) or _ORG_HEADING.match(first)
    if not lists and not is_quoted and match:
        yield TextBlock("heading", segments[:1], len(match[1]), match[2], is_quoted)
        segments = segments[1:]
        if not segments:
            return
        first = text[segments[0][0] : segments[0][1]]
    if lists:
        is_checkbox = bool(_CHECKBOX.match(first))
        yield TextBlock("item", _skip_mark(_ITEM_ROLE, text, segments), lists, "", is_quoted, is_checkbox)
        return
    match = _BOLD_HEADING.match(first) or _KNOWN_LABEL.match(first)
    match = match or (_LABEL_HEADING.match(first) if len(segments) == 1 else None)
    if match:
        label = match[1] if match.re is _BOLD_HEADING else first.rstrip(":")
        # A bold line is a heading over the lines below it too: `**Describe the bug**`, then the answer.
        if len(label.split()) <= (MAX_LABEL_WORDS if len(segments) == 1 else MAX_QUESTION_WORDS):
            yield TextBlock("heading", segments[:1], 7, label, is_quoted)
            segments = segments[1:]
    if segments:
        yield TextBlock("paragraph", _skip_mark(_LIST_NUMBER, text, segments), 0, "", is_quoted)


def _skip_mark(mark: re.Pattern[str], text: str, segments: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """Return segments without a mark at the beginning of the first one, if anything follows it."""
    start, end = segments[0]
    match = mark.match(text, start, end)
    return ((match.end(), end), *segments[1:]) if match and match.end() < end else segments


def _make_fence(token: Token, lines: _LineIndex, *, is_quoted: bool) -> TextBlock | None:
    first, last = token.map or (0, 0)
    count = len(token.content.split("\n")) - 1
    spans = lines.spans[first + 1 : min(last, first + 1 + count)]
    if not spans or not token.content.strip():
        return None
    words = token.info.split()
    last_line = lines.spans[min(last, len(lines.spans)) - 1]
    is_open = first + 1 + count >= last or not _CODE_END.match(lines.text[slice(*last_line)])
    return TextBlock("fence", tuple(spans), 0, words[0][:30] if words else "", is_quoted, is_open=is_open)


def _close_fence(lines: _LineIndex, fence: TextBlock) -> tuple[TextBlock | None, int]:
    """Return a fence that ends at the next closing mark, and the offset behind it.

    Wrapping a message at 72 breaks the indentation of fences in list items: a line at the margin ends the item, and the
    closing mark then opens a fence that holds the rest of the message. Without any mark, the lines are prose.
    """
    following = [span for span in lines.spans if span[0] >= fence.start][:MAX_FENCE_LINES]
    for number, (start, end) in enumerate(following):
        if _FENCE_END.match(lines.text[start:end]):
            spans = tuple(following[:number])
            block = TextBlock("fence", spans, 0, fence.text, fence.is_quoted) if spans else None
            return block, min(end + 1, len(lines.text))
    return None, fence.start


def _make_cell(token: Token, lines: _LineIndex, line: int, positions: dict[int, int]) -> TextBlock | None:
    if line >= len(lines.spans):
        return None
    start, end = lines.spans[line]
    content = token.content.strip()
    position = lines.text.find(content, positions.get(line, start), end)
    if position < 0:  # an escaped bar is printed without its backslash
        return None
    positions[line] = position + len(content)
    return TextBlock("cell", ((position, position + len(content)),))
