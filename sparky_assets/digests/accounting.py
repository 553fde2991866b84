"""Read visible text by what it may say (`known.py`): blocks, headings, cells of tables and links, whatever the form.

A text is read from left to right. At each place must begin a sentence that we know, a reference that the sentence
before stands on, or a name that we know; between them there is nothing but punctuation. So a word behind a claim is
found, a number taken out of a title is found, and the right reference behind the wrong sentence is found.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sparky_assets.digests.verify.allowed_content import AllowedContent, continues_word, normalize
from sparky_assets.numbers import find_numbers

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
