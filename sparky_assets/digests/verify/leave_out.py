"""Leave out the sentences of a text that fail a check, so that the rest of it appears. Pure.

A text of a repository is escaped where it stands and fails nothing. What fails all the same (a sentence of a template
that no claim supports, an address in an unexpected form) costs its own sentence and not the paper. The
removed sentences are reported in the footer and in the check's metadata.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from sparky_assets.digests.models import ProductManifest, get_suffix
from sparky_assets.digests.render.templates import check_post_length
from sparky_assets.digests.verify.allowed_content import AllowedContent
from sparky_assets.digests.verify.verify import locate_problems
from sparky_assets.insights.models import Insight
from sparky_assets.text.redact import (
    EMAIL_PATTERN,
    blank_metadata,
    find_hidden_names,
    find_leaks,
    find_mentions,
    redact_secrets,
)
from sparky_assets.text.words import FRONT_MATTER_BLOCK, pluralize

MAX_ROUNDS = 4
"""Times that a text is verified again after sentences were left out of it; the last one leaves out whole lines."""

MAX_PIECES = 24
"""Parts of a line that are tried; a line with more is left out as a whole."""

_SENTENCE_END = re.compile(r"[.!?;][”\"’*_)\]]*\s+")

_LINE_START = re.compile(r"\s*(?:>\s*)*(?:[-*•]\s+)?(?:\*\*[^*]+:\*\*\s+)?")

_HEADING = re.compile(r"(#{2,6}) ")


@dataclass(frozen=True)
class RepairedText:
    """A text without the sentences that failed, and for each of them what was wrong."""

    text: str
    left_out: tuple[str, ...] = ()


def format_left_out_note(count: int) -> str:
    """Return the sentence of the footer about sentences that were left out."""
    verb, pronoun = ("is", "it") if count == 1 else ("are", "they")
    return f"{pluralize(count, 'sentence')} {verb} left out here, because {pronoun} did not pass the check."


def leave_out_failing(
    text: str, manifest: ProductManifest, insight: Insight, hidden_names: frozenset[str] = frozenset()
) -> RepairedText:
    """Return the text without the sentences that fail a check.

    Args:
        text: The rendered text.
        manifest: Its manifest, with what it may contain besides claims.
        insight: The insight that it was made from.
        hidden_names: Repositories that its readers may not know of.
    """
    repair = _Repair(AllowedContent(manifest, insight), hidden_names)
    left_out: list[str] = []
    for number in range(MAX_ROUNDS):
        problems = repair.find_problems(text)
        if not problems:
            break
        left_out += problems.values()
        text = repair.remove(text, problems, whole_lines=number == MAX_ROUNDS - 1)
    if left_out and get_suffix(manifest.product) == "md":
        text = _drop_empty_headings(text)
    shortened = _shorten_post(text, manifest, lambda part: not repair.find_problems(part))
    if shortened != text:
        left_out.append("the post was longer than its network allows")
    return RepairedText(shortened, tuple(left_out))


@dataclass(frozen=True)
class _Repair:
    allowed: AllowedContent
    hidden_names: frozenset[str]

    def find_problems(self, text: str) -> dict[tuple[int, int], str]:
        """Return what is wrong, by the lines that it is in: one message for each range of lines."""
        problems = {(problem.start, problem.end): problem.message for problem in locate_problems(text, self.allowed)}
        for number, line in enumerate(text.split("\n")):
            if message := next(self._find_private(line), None):
                problems.setdefault((number, number + 1), message)
        # The body of a mention is looked for apart: front matter notifies no one.
        is_html = get_suffix(self.allowed.manifest.product) == "html"
        for number, line in enumerate([] if is_html else blank_metadata(text).split("\n")):
            if message := next(find_mentions(line), None):
                problems.setdefault((number, number + 1), message)
        return {lines: _hide_private(message) for lines, message in sorted(problems.items())}

    def _find_private(self, line: str) -> Iterator[str]:
        yield from find_leaks(line)
        yield from find_hidden_names(line, self.hidden_names)

    def remove(self, text: str, problems: Mapping[tuple[int, int], str], *, whole_lines: bool) -> str:
        """Return the text without the failing sentences, or without their lines."""
        lines: list[str | None] = list(text.split("\n"))
        protected = text[: match.end()].count("\n") if (match := FRONT_MATTER_BLOCK.match(text)) else 0
        for start, end in problems:
            for number in range(max(start, protected), min(end, len(lines))):
                line = lines[number]
                lines[number] = None if whole_lines or line is None else self._keep_passing(line)
        return "\n".join(line for line in lines if line is not None)

    def _keep_passing(self, line: str) -> str | None:
        """Return a line without the sentences that fail; None if nothing passes, or if it is no prose."""
        suffix = get_suffix(self.allowed.manifest.product)
        start = match.end() if (match := _LINE_START.match(line)) else 0
        pieces = _split_sentences(line[start:])
        if suffix == "html" or line.lstrip().startswith(("|", "#")) or not 1 < len(pieces) <= MAX_PIECES:
            return None
        remaining: list[str] = []
        position = 0
        while position < len(pieces):
            ends = range(len(pieces), position, -1)
            end = next((end for end in ends if self._passes("".join(pieces[position:end]))), None)
            if end is None:
                position += 1
                continue
            remaining += pieces[position:end]
            position = end
        body = "".join(remaining).rstrip()
        is_whole = body.count("**") % 2 == 0 and any(char.isalnum() for char in body)
        return line[:start] + body if is_whole else None

    def _passes(self, text: str) -> bool:
        return not self.find_problems(text.strip())


def _split_sentences(line: str) -> list[str]:
    ends = [match.end() for match in _SENTENCE_END.finditer(line)]
    bounds = [0, *(end for end in ends if end < len(line)), len(line)]
    return [line[start:end] for start, end in pairwise(bounds)]


def _hide_private(message: str) -> str:
    return EMAIL_PATTERN.sub("[address]", redact_secrets(message))


def _drop_empty_headings(markdown: str) -> str:
    """Return a page without the headings that have nothing below them any more."""
    lines = markdown.split("\n")
    remaining: list[str] = []
    next_level = 1  # of the next line with content: 1 at the end and at a rule, 7 for text
    for line in reversed(lines):
        heading = _HEADING.match(line)
        level = len(heading[1]) if heading else 7
        if heading and next_level <= level:
            continue
        if line.strip():
            next_level = 1 if line.strip() == "---" else level
        remaining.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(reversed(remaining)))


def _shorten_post(text: str, manifest: ProductManifest, passes: Callable[[str], bool]) -> str:
    """Return a post that its network takes: its last lines go first, but not its address and its title.

    Args:
        text: the post, verified.
        manifest: its manifest.
        passes: whether a beginning of the post passes every check: one that ends within a quotation does not.
    """
    if not any(check_post_length(text, manifest.product)):
        return text
    lines = text.rstrip("\n").split("\n")
    removable = [number for number, line in enumerate(lines) if number and line.strip() and line != manifest.url]

    def build(kept_count: int) -> str:
        dropped = set(removable[kept_count:])
        remaining = "\n".join(line for number, line in enumerate(lines) if number not in dropped)
        return re.sub(r"\n{3,}", "\n\n", remaining).rstrip("\n") + "\n"

    shortest = build(0)
    if any(check_post_length(shortest, manifest.product)):
        sentences = _split_sentences(shortest)
        beginnings = ("".join(sentences[:count]).rstrip() + "\n" for count in range(len(sentences) - 1, -1, -1))
        fitting = (part for part in beginnings if not any(check_post_length(part, manifest.product)))
        return next((part for part in fitting if passes(part)), "\n")
    return _find_longest(build, len(removable), manifest)


def _find_longest(build: Callable[[int], str], count: int, manifest: ProductManifest) -> str:
    """Return `build` of the largest number up to `count` whose text has an allowed length, 0 if none has."""
    allowed, refused = 0, count + 1
    while refused - allowed > 1:
        middle = (allowed + refused) // 2
        if any(check_post_length(build(middle), manifest.product)):
            refused = middle
        else:
            allowed = middle
    return build(allowed)
