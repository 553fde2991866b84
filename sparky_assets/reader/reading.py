"""Where the sentences of a text begin, and which each is. Pure.

A text is read from left to right, as the door before publishing reads it (`digests/accounting.py`): at each place may
begin a sentence that is known, the longest first, or a reference of the one before; any other word is nobody's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sparky_assets.digests.accounting import first_at
from sparky_assets.digests.known import Beginnings, plain


@dataclass(frozen=True)
class Known:
    """A sentence that a text may hold: the key of what it stands on, its words, the references shown with it."""

    key: str
    text: str
    labels: tuple[str, ...] = ()
    """Where two sentences have the same words, these tell which is meant: they stand behind it."""
    place: str = ""
    """The repository of which it is said: two may have the same figures, and stand under their own headings."""
    about: str | None = None
    """The key of the sentence that it adds to: `Merged by Ada.` is said of many."""


@dataclass(frozen=True)
class Span:
    """A stretch of visible text up to the next; the key is None where nothing is known of it."""

    start: int
    key: str | None


class Reading:
    """Knows sentences, and the names of rows in tables of numbers; finds them."""

    def __init__(self, known: Sequence[Known], rows: Sequence[Known] = ()) -> None:
        self._known: dict[str, list[Known]] = {}
        for one in known:
            words = plain(one.text).rstrip(".")
            if any(map(str.isalnum, words)):
                self._known.setdefault(words, []).append(one)
        self._beginnings = Beginnings(self._known)
        self._rows = {one.text: one.key for one in rows}

    def row(self, name: str) -> str | None:
        """The key of a row by its name."""
        return self._rows.get(plain(name))

    def spans(self, text: str, heading: str = "") -> list[Span]:
        """The whole text under a heading: sentences, and what stands between them."""
        found: list[Span] = []
        labels: Sequence[str] = ()
        place, told = 0, ""
        while place < len(text):
            words, label = self._beginnings.longest_at(text, place), first_at(text, place, labels)
            if len(words) > len(label):
                said = self._meant(words, text[place + len(words) :], heading, told)
                told = told if said.about else said.key
                # Twins in one repository stand once, with the references of both behind them.
                twins = (one for one in self._known[words] if one.place == said.place)
                labels = sorted({label for one in twins for label in one.labels}, key=len, reverse=True)
                found.append(Span(place, said.key))
                place += len(words)
            elif label:
                place += len(label)
            elif text[place].isalnum():
                labels = ()
                if not found or found[-1].key is not None:
                    found.append(Span(place, None))
                place = _end_of_word(text, place)
            else:
                place += 1
        # What stands before the first word, a bracket or a quotation mark, belongs to it.
        return [Span(0, found[0].key), *found[1:]] if found else [Span(0, None)]

    def _meant(self, words: str, behind: str, heading: str, told: str) -> Known:
        """Which of those with the same words: what adds to the sentence before, whose references follow, whose place
        the heading names."""

        def fits(one: Known) -> tuple[bool, bool, bool]:
            has_labels = bool(one.labels) and all(label in behind for label in one.labels)
            return one.about == told, bool(one.place) and one.place == heading, has_labels

        return max(self._known[words], key=fits)


def _end_of_word(text: str, place: int) -> int:
    while place < len(text) and text[place].isalnum():
        place += 1
    return place
