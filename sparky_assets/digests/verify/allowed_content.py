"""What a text may contain, and the verification of visible text against it. Pure.

This is the only definition of allowed sentences, names, numbers and links; `markdown.py` and `mail.py` apply it to each
format. `list_allowed_sentences` also gives the evidence of each sentence, for pages that show it.

A text is read from left to right. At each position there must be an allowed sentence or an allowed name; between them
there may be only punctuation. This finds a word added to a sentence and a number taken from a title.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from markdown_it.common.normalize_url import normalizeLink

from sparky_assets.digests.footer import numbers_table
from sparky_assets.digests.models import ProductManifest
from sparky_assets.insights.models import Insight
from sparky_assets.stories.printing.phrasing import find_foreign_words, list_own_words
from sparky_assets.stories.printing.verify import find_problems
from sparky_assets.text.escape import ZERO_WIDTH_SPACE, encode_url
from sparky_assets.text.words import find_numbers, short_name

MAX_LABEL_WORDS = 5
"""Words of a bold line that counts as a label and not as a sentence: `With thanks to`."""

MAX_QUOTED_LENGTH = 160
"""Characters of a text that a message quotes."""

_PREFIX_LENGTH = 8
"""Characters that `PrefixIndex` looks texts up by."""

SentenceSource = Literal["story", "edition", "template"]


@dataclass(frozen=True)
class AllowedSentence:
    """A sentence that a product may contain.

    Attributes:
        key: Unique in the product: `story:12`, `own:3`.
        source: A story, the edition, whose sentences are about the text itself, or the owner of the templates.
        text: The sentence as it was written, not normalized.
        evidence: Keys of the evidence and source texts that it rests on.
        own_words: Words in it that the owner of the phrases wrote.
    """

    key: str
    source: SentenceSource
    text: str
    evidence: tuple[str, ...] = ()
    own_words: tuple[str, ...] = ()


def list_allowed_sentences(insight: Insight, manifest: ProductManifest) -> Iterator[AllowedSentence]:
    """Yield every sentence that a product of an insight may contain, each key once.

    A sentence of a story whose parts are not what they rest on is not among them, and neither is one with other words
    than those of the phrase that it names.
    """
    problems = find_problems(manifest.sentences, (), insight.stories)
    for number, sentence in enumerate(manifest.sentences):
        if number not in problems and not any(find_foreign_words(sentence, manifest.phrases)):
            keys = dict.fromkeys(part.evidence for part in sentence.parts if part.evidence)
            own_words = list_own_words(sentence, manifest.phrases)
            yield AllowedSentence(f"story:{number}", "story", sentence.text, tuple(keys), own_words)
    lines = (*manifest.statements, *manifest.corrections, manifest.title, manifest.description)
    for number, line in enumerate(lines, 1):
        yield AllowedSentence(f"own:{number}", "edition", line)
    for number, text in enumerate(manifest.own_words, 1):
        yield AllowedSentence(f"template:{number}", "template", text)


@dataclass(frozen=True)
class LocatedProblem:
    """A problem of a text, and the lines that it is in: the first, counted from 0, and the one behind the last."""

    message: str
    start: int
    end: int


@dataclass(frozen=True)
class AllowedContent:
    """Everything that a product of an insight may contain, normalized for comparison."""

    manifest: ProductManifest
    insight: Insight

    @cached_property
    def sentences(self) -> set[str]:
        """Each sentence without its full stop."""
        # Without the full stop of names too: a week with thanks to "Julian V." was refused for it.
        texts = (
            normalize(sentence.text).rstrip(".") for sentence in list_allowed_sentences(self.insight, self.manifest)
        )
        return {text for text in texts if _has_letters(text)}

    @cached_property
    def examples(self) -> set[str]:
        """The code blocks."""
        problems = find_problems((), self.manifest.examples, self.insight.stories)
        return {
            "\n".join(example.lines).strip()
            for number, example in enumerate(self.manifest.examples)
            if number not in problems
        }

    @cached_property
    def labels(self) -> list[str]:
        """Names that may appear alone, the longest first: repositories, releases, rows, headings and the period."""
        names = {name for item in self.insight.evidence for name in (item.repository, short_name(item.repository))}
        names |= {item.reference for item in self.insight.evidence if item.kind == "release"}
        # A title of nothing but signs is no sentence; the reference behind it is still allowed.
        names |= {item.reference for item in self.insight.evidence if not _has_letters(item.title)}
        return sorted({normalize(name) for name in (*names, *self.manifest.labels)} - {""}, key=len, reverse=True)

    @cached_property
    def numbers(self) -> set[str]:
        """Numbers that a table may show."""
        values = [value for row in numbers_table(self.insight) for value in (row.value, row.before)]
        return {number for value in values for number in find_numbers(value)}

    @cached_property
    def link_labels(self) -> dict[str, set[str]]:
        """The labels that a link to each address may have. An empty set allows every sentence and name."""
        labels_by_url: dict[str, set[str]] = {normalize_url(url): set() for url in self.manifest.addresses}
        for sentence in self.manifest.sentences:
            for part in sentence.parts:
                if part.url:
                    labels_by_url.setdefault(normalize_url(part.url), set()).add(normalize(part.text).rstrip("."))
        return labels_by_url

    @cached_property
    def sentence_index(self) -> "PrefixIndex":
        """Index of the sentences, to find them in a text."""
        return PrefixIndex(self.sentences)


class PrefixIndex:
    """Index of texts by their first characters, to find the longest one at a position of another text."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts_by_prefix: dict[str, list[str]] = {}
        for text in sorted(texts, key=len, reverse=True):
            self._texts_by_prefix.setdefault(text[:_PREFIX_LENGTH], []).append(text)

    def find_longest(self, text: str, position: int) -> str:
        """Return the longest indexed text that begins at a position and ends with a whole word; empty if none does."""
        for length in range(_PREFIX_LENGTH, 0, -1):
            for candidate in self._texts_by_prefix.get(text[position : position + length], ()):
                is_match = text.startswith(candidate, position)
                if is_match and not continues_word(text, position + len(candidate), candidate):
                    return candidate
        return ""


def continues_word(text: str, end: int, matched: str) -> bool:
    """Return whether a word or number goes on after a match: a claim of `10` does not match `10.5` or `100`."""
    rest = text[end : end + 2]
    if not rest or not matched:
        return False
    if matched[-1].isdigit() and len(rest) == 2 and rest[0] in ".,:" and rest[1].isdigit():
        return True
    return matched[-1].isalnum() and (rest[0].isalnum() or rest[0] == "_")


def normalize(text: str) -> str:
    """Return text for comparison: without zero-width spaces and backticks, and with single spaces."""
    return " ".join(text.replace(ZERO_WIDTH_SPACE, "").replace("`", "").split())


def normalize_url(url: str) -> str:
    """Return an address for comparison: percent-encoded, as a parser of Markdown or HTML gives it."""
    return normalizeLink(encode_url(url))


def match_label(text: str, position: int, labels: Sequence[str]) -> str:
    """Return the first label that begins at a position and ends with a whole word; empty if none does."""
    for label in labels:
        is_match = bool(label) and text.startswith(label, position)
        if is_match and not continues_word(text, position + len(label), label):
            return label
    return ""


def is_label(text: str) -> bool:
    """Return whether a bold or separate line is a label: a few words without a digit or a full stop."""
    words = text.split()
    return (
        bool(text)
        and 0 < len(words) <= MAX_LABEL_WORDS
        and not any(char.isdigit() for char in text)
        and text[-1] not in ".!?"
    )


@dataclass(frozen=True)
class BlockVerifier:
    """Verifies one block of visible text."""

    allowed: AllowedContent

    def verify(self, text: str) -> Iterator[str]:
        """Yield a problem for the first words of a block that are not allowed, if there are any."""
        text = normalize(text)
        position = 0
        while position < len(text):
            length = self._match_length(text, position)
            if not length:
                yield f"no record says: {text[position : position + MAX_QUOTED_LENGTH]}"
                return
            position += length

    def _match_length(self, text: str, position: int) -> int:
        """Return the length of the allowed content at a position; 0 if there is none."""
        sentence = self.allowed.sentence_index.find_longest(text, position)
        label_length = len(match_label(text, position, self.allowed.labels))
        return max(len(sentence), label_length) or (0 if text[position].isalnum() else 1)


def verify_heading(text: str, allowed: AllowedContent) -> Iterator[str]:
    """Verify a heading: it may have words of its template, but no unknown number."""
    if any(char.isdigit() for char in normalize(text)):
        yield from BlockVerifier(allowed).verify(text)


def verify_cell(text: str, allowed: AllowedContent) -> Iterator[str]:
    """Verify a table cell: a name, a sentence, known numbers, or a label of the template."""
    cell = normalize(text)
    if cell in allowed.labels or cell in allowed.sentences:
        return
    yield from verify_numbers(cell, cell, allowed)
    if re.search(r"\w{4}", cell) and not is_label(cell):
        yield f"no record says: {cell[:MAX_QUOTED_LENGTH]}"


def verify_numbers(values: str, line: str, allowed: AllowedContent) -> Iterator[str]:
    """Yield a problem for each number of the values that no table may show; messages quote the whole line."""
    for number in find_numbers(values):
        if number not in allowed.numbers:
            yield f"the number {number} is not in the store: {line[:MAX_QUOTED_LENGTH]}"


def find_unknown_links(links: Sequence[tuple[str, str]], allowed: AllowedContent) -> Iterator[str]:
    """Yield a problem for each link (address, label) without evidence, or with the label of other evidence."""
    names = set(allowed.labels)
    for url, words in links:
        label = normalize(words)
        url_labels = allowed.link_labels.get(normalize_url(url))
        if url_labels is None:
            yield f"a link that no evidence has: {url}"
            continue
        if url_labels and label.rstrip(".") not in url_labels | names | allowed.sentences:
            yield f"a link to {url} has a wrong label: {label[:80]}"


def _has_letters(text: str) -> bool:
    return any(char.isalnum() for char in text)
