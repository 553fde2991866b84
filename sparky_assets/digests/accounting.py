"""Read visible text by what it may say (`known.py`): blocks, headings, cells of tables and links, whatever the form.

A text is read from left to right. At each place must begin a sentence that we know, a reference that the sentence
before stands on, or a name that we know; between them there is nothing but punctuation. So a word behind a claim is
found, a number taken out of a title is found, and the right reference behind the wrong sentence is found.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sparky_assets.digests.known import Known, goes_on, plain
from sparky_assets.numbers import numbers_in

SHOWN = 160
"""Characters of a text that a message quotes."""
LONGEST_LABEL = 5
"""Words of a heading in bold that is no sentence: `With thanks to`."""


@dataclass
class Reading:
    """Reads one block of visible text."""

    known: Known
    references: Counter[str] = field(default_factory=Counter)

    def unknown(self, text: str) -> Iterator[str]:
        """The first thing in a block that the store does not hold, if there is one."""
        text = plain(text)
        place = 0
        while place < len(text):
            step = self._step(text, place)
            if not step:
                yield f"no claim says: {text[place : place + SHOWN]}"
                return
            place += step

    def _step(self, text: str, place: int) -> int:
        found = self.known.beginnings.longest_at(text, place)
        label = first_at(text, place, sorted(+self.references, key=len, reverse=True))
        # As long as each other where a commit's title is its own short id: behind a sentence it is the reference.
        if label and len(label) >= len(found):
            self.references[label] -= 1
            return len(label)
        if found:
            self.references = self.known.sentences[found].copy()
            return len(found)
        return len(first_at(text, place, self.known.labels)) or (0 if text[place].isalnum() else 1)


def first_at(text: str, place: int, labels: Sequence[str]) -> str:
    """The first of some labels that begins here and ends at the end of a word; empty where none does."""
    there = (one for one in labels if one and text.startswith(one, place))
    return next((one for one in there if not goes_on(text, place + len(one), one)), "")


def is_label(text: str) -> bool:
    """Whether words in bold or alone on a line are a heading: a few words, no digit, no full stop."""
    words = text.split()
    return (
        bool(text)
        and 0 < len(words) <= LONGEST_LABEL
        and not any(char.isdigit() for char in text)
        and text[-1] not in ".!?"
    )


def unknown_heading(text: str, known: Known) -> Iterator[str]:
    """A heading may hold words of its template, but no number that we do not know."""
    if not any(char.isdigit() for char in plain(text)):
        return
    yield from Reading(known).unknown(text)


def unknown_cell(text: str, known: Known) -> Iterator[str]:
    shown = plain(text)
    if shown in known.labels or shown in known.sentences:
        return
    yield from (
        f"the number {one} is not in the store: {shown[:160]}" for one in numbers_in(shown) if one not in known.figures
    )
    if re.search(r"\w{4}", shown) and not is_label(shown):
        yield f"no claim says: {shown[:160]}"


def foreign_links(links: Sequence[tuple[str, str]], known: Known) -> Iterator[str]:
    """Links (address, words) that were not built from ids, or that show the reference of something else."""
    names = set(known.labels)
    for url, words in links:
        shown = plain(words)
        if url not in known.addresses:
            yield f"a link that no evidence has: {url}"
        elif (labels := known.addresses[url]) and shown not in labels | names | known.sentences.keys():
            yield f"a link to {url} that says {shown[:80]}"
