"""Parse a source text into a document: sections, numbered sentences with scores and roles, examples, references.

Every span points into the text as it is stored. Nothing here raises on a strange text, and a text costs linear time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sparky_assets.documents.blocks import MAX_PARSED_LENGTH, MAX_PARSED_NOTES_LENGTH, TextBlock, read_blocks
from sparky_assets.documents.models import (
    CodeExample,
    DocumentSection,
    DocumentSentence,
    ParsedDocument,
    Quotation,
    SectionKind,
    SentenceContext,
    SourceText,
)
from sparky_assets.documents.scores.points import judge_sentence
from sparky_assets.documents.sections import (
    ENTRY_KINDS,
    classify_entry,
    classify_heading,
    find_comments,
    find_foreign_parts,
    find_prose_entries,
    is_entry_heading,
    is_highlights_heading,
    is_inside,
    says_change,
)
from sparky_assets.documents.sentences import split_sentences
from sparky_assets.documents.similarity import repeats_title
from sparky_assets.raw.tables import MAX_BODY_LENGTH
from sparky_assets.text.references import find_advisories, find_references
from sparky_assets.text.subjects import BREAKS_NOTHING, parse_subject

MAX_SENTENCES = 1_000
MAX_CODE_LINE = 300
"""Characters before a paragraph in which the end of a block of code is looked for."""
MAX_REPEATED_TITLES = 2
"""Sentences at the beginning of a message that may be its title again, as in a squash of several commits."""
MAX_EXAMPLES = 40
MAX_EXAMPLE_LINES = 10

_TITLED = re.compile(r"(?i)issue:? #\d{1,7}: (?:[^\s#]{1,60} ){2,}[^\s#]")
"""An item with the number and title of an issue, which is no trailer: `Issue #607: Lamps are off by default now`."""
_TRAILER_LINE = re.compile(
    r"(?:[A-Z][A-Za-z]{1,30}(?:-[A-Za-z]{1,30}){1,4}|Cc|CC|Fixes|Closes|Bug|Link|Refs?|Change-Id"
    r"|See-Also|Tested|Reviewed"
    r"|Resolves|Issue|Reported|PR-URL|Co-Authored-By|(?:Merge-)?Request|Type|Signed)\s{0,2}(?::|#)\s*\S"
)

_CLOSING_SENTENCE = re.compile(
    r"(?:Fixes|Closes|Resolves)\s{1,2}#\d{1,7}\b,?(?: (?!and\b)[a-z][\w'’-]*){4}", re.IGNORECASE
)
"""The beginning of a sentence that names an issue first: `Fixes #12, the flicker in the table of`."""

_DIRECTIVE = re.compile(r"\.\. [\w:-]{2,40}::")
"""The line that begins an admonition of reStructuredText: `.. caution::`."""

_ANCHOR = re.compile(r"<a (?:name|id)=[^<>\n]{1,120}></a>\s*(?=\S)", re.IGNORECASE)
"""A place for links in front of the words of a heading: `<a name="day-maps"></a> Day maps`."""

_LINK_DEFINITION = re.compile(r"\[[^\]\n]{1,120}\]: <?(?:https?://\S+|[#./]\S*)(?=\s|\Z)(?:.*\]: \S+)?\Z", re.DOTALL)
"""A line that gives the address of a link elsewhere: `[3.0.0]: https://…`."""

_FOOTER = re.compile(
    r"(BREAKING[ -]CHANGES?|DEPRECATED|Deprecated|Breaking)\s{0,3}:(?![a-z]{2,10}:`)"
    rf"(?![ \t]{{0,3}}{BREAKS_NOTHING})\s{{0,3}}",
    re.MULTILINE,
)
"""A footer of a message: not the role of reStructuredText in ``Deprecated :class:`Bulb` ``."""

_CHANGESET_LEAD = re.compile(
    r"(?:\[(?:#\d+|`[0-9a-f]{7,40}`)\]\([^)\s]{1,300}\)\s+){0,2}"
    r"Thanks (?:(?:, | and )?(?:\[@[\w-]{1,40}\]\([^)\s]{1,300}\)|@[\w-]{1,40})){1,9}! - (?=\S)"
)
"""What a changeset puts in front of an item: its pull request, its commit, and thanks to its author."""

_SQUASH_ITEM = re.compile(r"(?:\A|(?<=\n\n))\* (?=\S)|(?<=\r\n\r\n)\* (?=\S)")

_GENERATED = re.compile(
    r"\bGenerated (?:with|by)\b|🤖|^Co-authored-by:|^(?:Dependabot will|You can trigger|Bumps? \[)"
    r"|\bnoreply@|^\(?cherry picked from commit",
    re.IGNORECASE | re.MULTILINE,
)

_PREFIX = re.compile(r"[a-z]{2,10}(?:\([^()\n]{1,40}\))?!?: \S")

_TEMPLATE_QUESTION = re.compile(
    r"^(?:what|why|how|does|do|did|is|are|have|has|which|where|when|who|any|should|can|please"
    r"|if (?:yes|no|applicable|so)"
    r"|describe|explain|provide|list|add|include|note|briefly|delete|remove)\b.{0,200}\?\)?:?$",
    re.IGNORECASE | re.DOTALL,
)


def fold_space(text: str) -> str:
    """Return a text with every run of white space as one space, without space at its ends."""
    return " ".join(text.split())


def parse_document(source: SourceText) -> ParsedDocument:
    """Parse a source text."""
    is_notes = source.kind == "release_notes"
    blocks = read_blocks(source.text, is_notes=is_notes)
    entries = find_prose_entries(blocks, source.text) if is_notes else frozenset()
    builder = _DocumentBuilder(source, entries)
    for block in blocks:
        builder.add_block(block)
    return builder.build()


@dataclass
class _DocumentBuilder:
    """Collects the parts of a document while its blocks are read in order."""

    source: SourceText
    entry_headings: frozenset[int] = frozenset()
    """Offsets of the headings that tell one change each, by what is below them."""
    sections: list[DocumentSection] = field(default_factory=list)
    sentences: list[DocumentSentence] = field(default_factory=list)
    examples: list[CodeExample] = field(default_factory=list)
    breaking: list[Quotation] = field(default_factory=list)
    parents: list[tuple[int, SectionKind]] = field(default_factory=list)

    _entry: int | None = None
    """Index of the section of the entry of notes that is being read."""
    _entry_level: int | None = None
    _highlights_level: int | None = None
    """Level of the heading about highlights that is being read: each heading below it tells one change."""

    def __post_init__(self) -> None:
        is_notes = self.source.kind == "release_notes"
        self.max_length = MAX_PARSED_NOTES_LENGTH if is_notes else MAX_PARSED_LENGTH
        self.text = self.source.text[: self.max_length]
        self.comments = find_comments(self.text)
        self.foreign = find_foreign_parts(self.text)
        self.later_blocks = _find_later_squash_blocks(self.text) if self.source.kind == "message" else []
        self.label_list = -1
        self._open_section("other", "", 0)

    def add_block(self, block: TextBlock) -> None:
        """Add a block of the text. Blocks come in the order of the text."""
        while self.later_blocks and block.start >= self.later_blocks[0]:
            self.later_blocks.pop(0)
            self._open_section("skipped", "a later commit of the squash", block.start)
            self.parents = [(0, "skipped")]
        if is_inside(block.start, block.end, self.comments):
            segments = tuple(part for part in block.segments if not is_inside(*part, self.comments))
            if not segments or block.kind == "heading":
                return
            block = TextBlock(block.kind, segments, block.level, block.text, block.is_quoted, block.is_checkbox)
        if block.kind == "heading":
            self._add_heading(block)
        elif block.kind == "fence":
            self._add_example(block)
        else:
            self._add_prose(block)

    def build(self) -> ParsedDocument:
        """Return the document of all blocks that were added."""
        self._close_section(len(self.source.text))
        searched_text = self.text
        return ParsedDocument(
            source=self.source,
            sections=tuple(self.sections),
            sentences=tuple(self.sentences),
            examples=tuple(self.examples),
            references=find_references(searched_text),
            advisories=find_advisories(searched_text),
            breaking=tuple(self.breaking),
        )

    @property
    def section(self) -> DocumentSection:
        """The section that is being read."""
        return self.sections[-1]

    def _open_section(
        self, kind: SectionKind, heading: str, start: int, entry: int | None = None, level: int = 0
    ) -> None:
        self._close_section(start)
        section = DocumentSection(kind=kind, heading=heading, start=start, end=start, entry=entry, level=level)
        self.sections.append(section)

    def _close_section(self, end: int) -> None:
        if self.sections:
            self.sections[-1] = self.sections[-1].model_copy(update={"end": max(end, self.sections[-1].start)})

    def _add_heading(self, block: TextBlock) -> None:
        anchor = _ANCHOR.match(block.text)
        block = replace(block, text=block.text[anchor.end() :]) if anchor else block
        heading = fold_space(block.text).strip("*_` ")[:200]
        kind = own_kind = classify_heading(heading)
        follows_label = bool(self.parents) and self.parents[-1][0] == 7
        while self.parents and self.parents[-1][0] >= block.level:
            self.parents.pop()
        parent = self.parents[-1][1] if self.parents else "other"
        if parent == "skipped" or kind == "other":
            kind = parent
        if block.level < 7 and self.source.kind == "release_notes":
            if self._entry_level is not None and block.level <= self._entry_level:
                self._entry_level = self._entry = None
            if self._highlights_level is not None and block.level <= self._highlights_level:
                self._highlights_level = None
            is_highlight = self._highlights_level is not None
            if self._highlights_level is None and is_highlights_heading(heading):
                self._highlights_level = block.level
            is_entry = block.start in self.entry_headings or is_highlight or is_entry_heading(heading, parent, kind)
            if self._entry is None and is_entry:
                self._entry_level, self._entry = block.level, len(self.sections)
                kind = parent if parent in ENTRY_KINDS and not (is_highlight and own_kind != "other") else kind
                if block.start in self.entry_headings and not is_highlight:
                    kind = classify_entry(heading, own_kind, parent)
        ends_label = follows_label and self.source.kind == "release_notes"
        is_form = self.source.kind == "issue"
        if block.level == 7 and kind == "other" and not ends_label and not is_form:
            # A label like `Example:` in front of a list says nothing about the kind of what follows. In notes whose
            # headings are labels it ends the list before it: packaging 26.3 has `Behavior adaptations:` after
            # `Features:`, and its two items were counted as features. In a form each question ends an answer.
            return
        if block.level < 7 or kind != "other":
            self.parents.append((block.level, kind))
        self._open_section(kind, heading, block.start, self._entry, block.level)
        if self._entry == len(self.sections) - 1 and kind != "skipped":
            self._add_entry_heading(block)

    def _add_entry_heading(self, block: TextBlock) -> None:
        """Add the heading of an entry as a sentence, where it says what the entry is about."""
        start = self.text.find(block.text, block.start, block.end)
        if start >= 0 and says_change(block.text, self.section.kind):
            end = start + len(block.text)
            self._add_sentence(replace(block, kind="item"), start, end, "", opens_block=True, is_heading=True)

    def _add_example(self, block: TextBlock) -> None:
        if len(self.examples) >= MAX_EXAMPLES or block.is_quoted or is_inside(block.start, block.end, self.foreign):
            return
        if self.section.kind == "skipped":
            return
        spans = block.segments[:MAX_EXAMPLE_LINES]
        self.examples.append(
            CodeExample(
                language=block.text,
                lines=tuple(self.text[start:end] for start, end in spans),
                source=self.source.key,
                start=spans[0][0],
                end=spans[-1][1],
                section=len(self.sections) - 1,
            )
        )

    def _add_prose(self, block: TextBlock) -> None:
        own_segments = block.segments
        start, end = own_segments[0]
        if block.kind == "item" and (lead := _CHANGESET_LEAD.match(self.text, start, end)):
            own_segments = ((lead.end(), end), *own_segments[1:])
        for kind, segments in _split_footers(self.text, own_segments, is_item=block.kind == "item"):
            if kind == "text":
                self._add_sentences(block, segments, "")
            elif kind == "trailer":
                self._add_sentences(block, segments, "trailer")
            else:
                self._add_footer(block, segments, "deprecated" if kind == "deprecated" else "breaking")

    def _add_footer(self, block: TextBlock, segments: tuple[tuple[int, int], ...], kind: SectionKind) -> None:
        start, end = segments[0]
        match = _FOOTER.match(self.text, start, end)
        first = match.end() if match else start
        lines = ((first, end), *segments[1:]) if first < end else segments[1:]
        if not lines:
            return
        before = self.section
        self._open_section(kind, self.text[start:first].strip(" :"), start)
        self._add_breaking(lines[0][0], lines[-1][1])
        self._add_sentences(block, lines, "")
        if self.source.kind == "release_notes":
            # It is about the item that it explains; the next one is below the heading again.
            self._open_section(before.kind, before.heading, lines[-1][1], before.entry)

    def _add_breaking(self, start: int, end: int) -> None:
        self.breaking.append(
            Quotation(source=self.source.key, start=start, end=end, text=fold_space(self.text[start:end]))
        )

    def _add_sentences(self, block: TextBlock, segments: tuple[tuple[int, int], ...], skip_reason: str) -> None:
        prose, offset = _blank_leaders(self.text, segments)
        for number, (start, end) in enumerate(split_sentences(prose)):
            if len(self.sentences) >= MAX_SENTENCES:
                return
            self._add_sentence(block, offset + start, offset + end, skip_reason, opens_block=number == 0)

    def _add_sentence(
        self, block: TextBlock, start: int, end: int, skip_reason: str, *, opens_block: bool, is_heading: bool = False
    ) -> None:
        text = fold_space(self.text[start:end])
        reason = skip_reason or self._find_skip_reason(block, start, end, text)
        if opens_block and block.kind == "paragraph" and text[:1].islower() and self._follows_code(start):
            # `already gets no map, so …` is the rest of a sentence whose middle is code.
            reason = reason or "goes on behind an example"
        is_list_item = block.kind in {"item", "cell"}
        follows_title = not is_list_item and self._follows_title()
        opens_section = bool(self.section.heading) and not (
            self.sentences and self.sentences[-1].section == len(self.sections) - 1
        )
        context = SentenceContext(
            self.section.kind,
            opens_block,
            is_list_item,
            self.source.title,
            reason,
            follows_title=follows_title,
            opens_section=opens_section,
        )
        judgement = judge_sentence(text, context)
        self.sentences.append(
            DocumentSentence(
                number=len(self.sentences),
                start=start,
                end=end,
                text=text,
                section=len(self.sections) - 1,
                is_list_item=is_list_item,
                is_cell=block.kind == "cell",
                is_heading=is_heading,
                opens_block=opens_block,
                continues_item=block.continues_item,
                score=judgement.score,
                reasons=judgement.reasons,
                roles=judgement.roles,
                is_quotable=judgement.is_quotable,
            )
        )
        if self.section.kind == "breaking" and judgement.is_quotable and not self._is_in_breaking(start):
            self._add_breaking(start, end)

    def _follows_title(self) -> bool:
        """Return whether a message has said nothing yet but its title, once or twice."""
        is_beginning = self.source.kind == "message" and len(self.sentences) <= MAX_REPEATED_TITLES
        return is_beginning and all(repeats_title(sentence.text, self.source.title) for sentence in self.sentences)

    def _follows_code(self, start: int) -> bool:
        """Return whether the line before an offset is the end of a block of code, if it is not too far away."""
        line = self.text[max(0, start - MAX_CODE_LINE) : start].rstrip().rpartition("\n")[2]
        return line.startswith(("    ", "\t", "```", "~~~"))

    def _is_in_breaking(self, start: int) -> bool:
        return any(quotation.start <= start < quotation.end for quotation in self.breaking[-1:])

    def _is_commit_title(self, text: str) -> bool:
        """Return whether an item of a message is the title of a commit: GitHub lists those of a squash."""
        is_prefixed = self.source.kind == "message" and _PREFIX.match(text)
        return bool(is_prefixed) and bool(parse_subject(text).type)

    def _find_skip_reason(self, block: TextBlock, start: int, end: int, text: str) -> str:
        is_quotation = block.is_quoted and ("\n" in self.text[start:end] or not self._is_alert(block))
        is_last = end >= self.max_length - 1 or (end == len(self.source.text) and _is_cut_off(self.source))
        reasons = (
            (is_inside(start, end, self.foreign), "details or a bot's summary"),
            (block.is_checkbox, "checklist"),
            (block.kind == "item" and self._is_commit_title(text), "title of a commit"),
            (is_quotation, "quoted text"),
            (is_last, "cut off"),
            (_DIRECTIVE.match(text), "directive"),
            (_LINK_DEFINITION.match(text), "link definition"),
            (_GENERATED.search(text), "generated line"),
            (_TEMPLATE_QUESTION.match(text), "question of a form"),
        )
        return next((reason for is_true, reason in reasons if is_true), "")

    def _is_alert(self, block: TextBlock) -> bool:
        """Return whether a quotation is an alert of GitHub (`> [!NOTE]`): then it is the author's own text."""
        first = self.text[block.segments[0][0] : block.segments[0][1]]
        return first.startswith("[!")


def _split_footers(
    text: str, segments: tuple[tuple[int, int], ...], *, is_item: bool
) -> Iterator[tuple[str, tuple[tuple[int, int], ...]]]:
    """Yield the lines of a block in runs of text, trailers, and each breaking or deprecated footer.

    Args:
        text: the text of the document.
        segments: the spans of the lines.
        is_item: whether they are an item of a list.
    """
    kind = "text"
    run: list[tuple[int, int]] = []
    for start, end in segments:
        line = text[start:end]
        line_kind = kind if kind in {"breaking", "deprecated"} else "text"
        starts_footer = False
        if match := _FOOTER.match(line):
            line_kind, starts_footer = ("deprecated" if match[1].casefold() == "deprecated" else "breaking"), True
        elif _TRAILER_LINE.match(line) and not (_CLOSING_SENTENCE.match(line) or (is_item and _TITLED.match(line))):
            line_kind = "trailer"
        if run and (line_kind != kind or starts_footer):
            yield kind, tuple(run)
            run = []
        kind = line_kind
        run.append((start, end))
    if run:
        yield kind, tuple(run)


def _blank_leaders(text: str, segments: tuple[tuple[int, int], ...]) -> tuple[str, int]:
    """Return the text over all lines with the marks before each line as spaces, and its offset in the text."""
    offset = segments[0][0]
    parts = []
    position = offset
    for start, end in segments:
        parts.append("".join("\n" if char == "\n" else " " for char in text[position:start]))
        parts.append(text[start:end])
        position = end
    return "".join(parts), offset


def _find_later_squash_blocks(text: str) -> list[int]:
    """Return where the second and later commits of a squash begin: only the first speaks for the change."""
    stripped = text.lstrip()
    if not stripped.startswith("* "):
        return []
    starts = [match.start() for match in _SQUASH_ITEM.finditer(text)]
    offset = len(text) - len(stripped)
    return [start for start in starts if start > offset]


def _is_cut_off(source: SourceText) -> bool:
    """Return whether a body was cut at the length that is stored, so that its last sentence may lack its end."""
    return source.kind in {"message", "issue"} and len(source.text) >= MAX_BODY_LENGTH
