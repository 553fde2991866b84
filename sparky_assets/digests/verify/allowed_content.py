"""What a text may say: the sentences, names, numbers and addresses that the store holds, as they are found in a text.

How a text is read by them: `accounting.py`.

Read visible text by what it may say (`known.py`): blocks, headings, cells of tables and links, whatever the form.

A text is read from left to right. At each place must begin a sentence that we know, a reference that the sentence
before stands on, or a name that we know; between them there is nothing but punctuation. So a word behind a claim is
found, a number taken out of a title is found, and the right reference behind the wrong sentence is found.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sparky_assets.digests.footer import numbers_table
from sparky_assets.digests.models import ProductManifest
from sparky_assets.digests.titles import format_brief_title
from sparky_assets.insights.models import Insight
from sparky_assets.text.escape import ZERO_WIDTH_SPACE
from sparky_assets.text.words import find_numbers, short_name

_PREFIX_LENGTH = 8
"""Characters by which a text is looked up."""


@dataclass(frozen=True)
class AllowedContent:
    """Everything that a product of an insight may hold."""

    manifest: ProductManifest
    insight: Insight

    @cached_property
    def sentences(self) -> dict[str, Counter[str]]:
        """Each sentence without its full stop, with the references that it stands on.

        How often each: `#12` of one repository and `#12` of another can stand behind one sentence.
        """
        found: dict[str, Counter[str]] = {}
        for claim in self.insight.claims:
            cited = self.insight.get_cited_evidence(claim)
            spoken = normalize(claim.text).rstrip(".")
            # With its place before it as well: else another sentence that begins with a place could take it.
            for text in (spoken, f"{short_name(claim.repository)}: {spoken}" if claim.repository else spoken):
                found[text] = found.get(text, Counter()) | Counter(normalize(one.reference) for one in cited)
            if claim.section in {"change", "highlight"}:
                brief = normalize(format_brief_title(cited[0])).rstrip(".")
                # Likewise with its place: "anvil: That" of nobody's name took the reference of Ada's "anvil: That".
                for text in (brief, f"{short_name(claim.repository)}: {brief}" if claim.repository else brief):
                    found[text] = found.get(text, Counter()) | Counter([normalize(cited[0].reference)])
            if claim.section == "credit" and cited[0].author:
                # Without its full stop, as it is written: a week of Julian V. was held back for it.
                author = normalize(cited[0].author).rstrip(".")
                # One line thanks a person for everything, whatever claims it was credited in.
                found[author] = found.get(author, Counter()) + Counter(normalize(one.reference) for one in cited)
        own = (*self.manifest.statements, *self.manifest.corrections, self.manifest.title, self.manifest.description)
        for line in own:
            found.setdefault(normalize(line).rstrip("."), Counter())
        # A title of nothing but a bracket would be found in front of every reference.
        return {text: labels for text, labels in found.items() if any(char.isalnum() for char in text)}

    @cached_property
    def labels(self) -> list[str]:
        """Names that stand alone: of repositories, rows, sections and the period; the longest first."""
        names = {name for item in self.insight.evidence for name in (item.repository, short_name(item.repository))}
        names |= {item.reference for item in self.insight.evidence if item.kind == "release"}
        # A title of nothing but signs is no sentence to be found; the reference behind it still is one of ours.
        names |= {item.reference for item in self.insight.evidence if not any(map(str.isalnum, item.title))}
        return sorted({normalize(one) for one in (*names, *self.manifest.labels)} - {""}, key=len, reverse=True)

    @cached_property
    def numbers(self) -> set[str]:
        """Numbers that a table may show."""
        rows = [text for row in numbers_table(self.insight) for text in (row.value, row.before)]
        return {figure for text in rows for figure in find_numbers(text)}

    @cached_property
    def link_labels(self) -> dict[str, set[str]]:
        """Each address with the words that a link to it may show; none given: any that the text may hold."""
        found: dict[str, set[str]] = {url: set() for url in self.manifest.addresses}
        for item in self.insight.evidence:
            if item.url:
                found.setdefault(item.url, set()).add(normalize(item.reference))
        return found

    @cached_property
    def sentence_index(self) -> "PrefixIndex":
        """Finds the sentences in a text."""
        return PrefixIndex(self.sentences)


class PrefixIndex:
    """Texts by how they begin, to be found where a text is read."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts_by_prefix: dict[str, list[str]] = {}
        for text in sorted(texts, key=len, reverse=True):
            self._texts_by_prefix.setdefault(text[:_PREFIX_LENGTH], []).append(text)

    def find_longest(self, text: str, position: int) -> str:
        """The longest of them that begins here and ends at the end of a word; empty where none does."""
        for length in range(_PREFIX_LENGTH, 0, -1):
            for one in self._texts_by_prefix.get(text[position : position + length], ()):
                if text.startswith(one, position) and not continues_word(text, position + len(one), one):
                    return one
        return ""


def continues_word(text: str, end: int, matched: str) -> bool:
    """Whether a word or a number goes on behind what was found: a claim of `10` is not in `10.5` or `100`."""
    rest = text[end : end + 2]
    if not rest or not matched:
        return False
    if matched[-1].isdigit() and len(rest) == 2 and rest[0] in ".,:" and rest[1].isdigit():
        return True
    return matched[-1].isalnum() and (rest[0].isalnum() or rest[0] == "_")


def normalize(text: str) -> str:
    """Text as it is compared: without our invisible mark and the ticks of code, with single spaces."""
    return " ".join(text.replace(ZERO_WIDTH_SPACE, "").replace("`", "").split())


MAX_QUOTED_LENGTH = 160
"""Characters of a text that a message quotes."""


MAX_LABEL_WORDS = 5
"""Words of a heading in bold that is no sentence: `With thanks to`."""


@dataclass
class BlockVerifier:
    """Reads one block of visible text."""

    allowed: AllowedContent
    references: Counter[str] = field(default_factory=Counter)

    def verify(self, text: str) -> Iterator[str]:
        """The first thing in a block that the store does not hold, if there is one."""
        text = normalize(text)
        place = 0
        while place < len(text):
            step = self._match_length(text, place)
            if not step:
                yield f"no claim says: {text[place : place + MAX_QUOTED_LENGTH]}"
                return
            place += step

    def _match_length(self, text: str, position: int) -> int:
        found = self.allowed.sentence_index.find_longest(text, position)
        label = match_label(text, position, sorted(+self.references, key=len, reverse=True))
        # As long as each other where a commit's title is its own short id: behind a sentence it is the reference.
        if label and len(label) >= len(found):
            self.references[label] -= 1
            return len(label)
        if found:
            self.references = self.allowed.sentences[found].copy()
            return len(found)
        return len(match_label(text, position, self.allowed.labels)) or (0 if text[position].isalnum() else 1)


def match_label(text: str, position: int, labels: Sequence[str]) -> str:
    """The first of some labels that begins here and ends at the end of a word; empty where none does."""
    there = (one for one in labels if one and text.startswith(one, position))
    return next((one for one in there if not continues_word(text, position + len(one), one)), "")


def is_label(text: str) -> bool:
    """Whether words in bold or alone on a line are a heading: a few words, no digit, no full stop."""
    words = text.split()
    return (
        bool(text)
        and 0 < len(words) <= MAX_LABEL_WORDS
        and not any(char.isdigit() for char in text)
        and text[-1] not in ".!?"
    )


def verify_heading(text: str, allowed: AllowedContent) -> Iterator[str]:
    """A heading may hold words of its template, but no number that we do not know."""
    if not any(char.isdigit() for char in normalize(text)):
        return
    yield from BlockVerifier(allowed).verify(text)


def verify_cell(text: str, allowed: AllowedContent) -> Iterator[str]:
    shown = normalize(text)
    if shown in allowed.labels or shown in allowed.sentences:
        return
    yield from (
        f"the number {one} is not in the store: {shown[:160]}"
        for one in find_numbers(shown)
        if one not in allowed.numbers
    )
    if re.search(r"\w{4}", shown) and not is_label(shown):
        yield f"no claim says: {shown[:160]}"


def find_unknown_links(links: Sequence[tuple[str, str]], allowed: AllowedContent) -> Iterator[str]:
    """Links (address, words) that were not built from ids, or that show the reference of something else."""
    names = set(allowed.labels)
    for url, words in links:
        shown = normalize(words)
        if url not in allowed.link_labels:
            yield f"a link that no evidence has: {url}"
        elif (labels := allowed.link_labels[url]) and shown not in labels | names | allowed.sentences.keys():
            yield f"a link to {url} that says {shown[:80]}"
