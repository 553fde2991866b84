"""What a text may contain, and the verification of visible text against it. Pure.

This is the only definition of allowed sentences, names, numbers and links; `markdown.py` and `mail.py` apply it to each
format. `list_allowed_sentences` also gives the claims of each sentence, for pages that show its evidence.

A text is read from left to right. At each position there must be an allowed sentence, a reference of the sentence
before, or an allowed name; between them there may be only punctuation. This finds a word added to a claim, a number
taken from a title, and a reference behind the wrong sentence.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from markdown_it.common.normalize_url import normalizeLink

from sparky_assets.digests.footer import numbers_table
from sparky_assets.digests.models import ProductManifest
from sparky_assets.digests.titles import format_brief_title
from sparky_assets.insights.models import Claim, Insight
from sparky_assets.text.escape import ZERO_WIDTH_SPACE, encode_url
from sparky_assets.text.words import find_numbers, short_name

MAX_LABEL_WORDS = 5
"""Words of a bold line that counts as a label and not as a sentence: `With thanks to`."""

MAX_QUOTED_LENGTH = 160
"""Characters of a text that a message quotes."""

_PREFIX_LENGTH = 8
"""Characters that `PrefixIndex` looks texts up by."""

SentenceSource = Literal["claim", "title", "name", "person", "edition"]


@dataclass(frozen=True)
class AllowedSentence:
    """A sentence or name that a product may contain, and the claims that it comes from.

    Attributes:
        key: Unique in the insight; the id of the claim for the sentence of a claim.
        source: A claim itself, the title of its change, the name of its release, a credited person, or the edition,
            whose sentences are about the text itself and come from no claim.
        text: The sentence as it was written, not normalized.
        references: Labels that may follow it, each as often as it may stand there.
        claims: The claims that it comes from.
        parent_key: The key of the sentence that a detail belongs to.
    """

    key: str
    source: SentenceSource
    text: str
    references: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    parent_key: str | None = None

    @property
    def repository(self) -> str:
        """The repository that it is about; empty if it has several claims or none."""
        return (self.claims[0].repository or "") if len(self.claims) == 1 else ""

    @property
    def wordings(self) -> tuple[str, ...]:
        """The sentence alone, and with the name of its repository in front.

        Both are needed. Without the second, "anvil: That" by an unknown author took the reference of the sentence
        "anvil: That" by Ada.
        """
        if self.source in {"person", "edition"} or not self.repository:
            return (self.text,)
        return (self.text, f"{short_name(self.repository)}: {self.text}")


def list_allowed_sentences(insight: Insight, manifest: ProductManifest | None = None) -> Iterator[AllowedSentence]:
    """Yield every sentence that a product of an insight may contain; claims come first, and each key once.

    Args:
        insight: The insight that the product was made from.
        manifest: The manifest of the product; None leaves out the sentences about the edition itself.
    """
    for claim in insight.claims:
        references = tuple(item.reference for item in insight.get_cited_evidence(claim))
        yield AllowedSentence(claim.id, "claim", claim.text, references, (claim,), claim.about)
    for claim in insight.claims:
        if claim.section in {"change", "highlight", "release"}:
            yield from _list_brief_sentences(insight, claim)
    yield from _list_credited_people(insight)
    if manifest:
        lines = (*manifest.statements, *manifest.corrections, manifest.title, manifest.description)
        for number, line in enumerate(lines, 1):
            yield AllowedSentence(f"own:{number}", "edition", line)


def _list_brief_sentences(insight: Insight, claim: Claim) -> Iterator[AllowedSentence]:
    """Yield the short form of a change or release: its title, or its reference as a name."""
    cited = insight.get_cited_evidence(claim)
    if not cited:
        return
    title, reference = format_brief_title(cited[0]), cited[0].reference
    if claim.section == "release" or not _has_letters(title):
        # A title of nothing but signs cannot be found in a text; the reference behind it can.
        yield AllowedSentence(f"name:{claim.id}", "name", reference, (), (claim,))
    else:
        yield AllowedSentence(f"title:{claim.id}", "title", title, (reference,), (claim,))


def _list_credited_people(insight: Insight) -> Iterator[AllowedSentence]:
    """Yield each credited person once, with the references of all claims: one line thanks a person for everything."""
    credits_by_author: dict[str, list[Claim]] = {}
    for claim in insight.claims:
        author = insight.get_cited_evidence(claim)[0].author if claim.section == "credit" else None
        if author:
            credits_by_author.setdefault(author, []).append(claim)
    for author, claims in credits_by_author.items():
        references = tuple(item.reference for claim in claims for item in insight.get_cited_evidence(claim))
        yield AllowedSentence(f"person:{author}", "person", author, references, tuple(claims))


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
    def sentences(self) -> dict[str, Counter[str]]:
        """Each sentence without its full stop, with the references that may follow it.

        The references are counted: `#12` of one repository and `#12` of another can follow one sentence.
        """
        sentences: dict[str, Counter[str]] = {}
        for sentence in list_allowed_sentences(self.insight, self.manifest):
            if sentence.source == "name":
                continue
            references = Counter(normalize(reference) for reference in sentence.references)
            for wording in sentence.wordings:
                # Without the full stop of names too: a week with thanks to "Julian V." was refused for it.
                text = normalize(wording).rstrip(".")
                earlier = sentences.get(text, Counter())
                sentences[text] = earlier + references if sentence.source == "person" else earlier | references
        # A sentence without letters, such as a title "(", would be found in front of every reference.
        return {text: references for text, references in sentences.items() if _has_letters(text)}

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
        for item in self.insight.evidence:
            if item.url:
                labels_by_url.setdefault(normalize_url(item.url), set()).add(normalize(item.reference))
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


@dataclass
class BlockVerifier:
    """Verifies one block of visible text."""

    allowed: AllowedContent
    references: Counter[str] = field(default_factory=Counter)
    """References that may still follow the last sentence."""

    def verify(self, text: str) -> Iterator[str]:
        """Yield a problem for the first words of a block that are not allowed, if there are any."""
        text = normalize(text)
        position = 0
        while position < len(text):
            length = self._match_length(text, position)
            if not length:
                yield f"no claim says: {text[position : position + MAX_QUOTED_LENGTH]}"
                return
            position += length

    def _match_length(self, text: str, position: int) -> int:
        """Return the length of the allowed content at a position; 0 if there is none."""
        sentence = self.allowed.sentence_index.find_longest(text, position)
        reference = match_label(text, position, sorted(+self.references, key=len, reverse=True))
        # They are equally long if the title of a commit is its own short id. After a sentence it is the reference.
        if reference and len(reference) >= len(sentence):
            self.references[reference] -= 1
            return len(reference)
        if sentence:
            self.references = self.allowed.sentences[sentence].copy()
            return len(sentence)
        name_length = len(match_label(text, position, self.allowed.labels))
        return name_length or (0 if text[position].isalnum() else 1)


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
        yield f"no claim says: {cell[:MAX_QUOTED_LENGTH]}"


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
        if url_labels and label not in url_labels | names | allowed.sentences.keys():
            yield f"a link to {url} has a wrong label: {label[:80]}"


def _has_letters(text: str) -> bool:
    return any(char.isalnum() for char in text)
