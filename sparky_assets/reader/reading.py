"""Where the sentences of a text begin, and which each is. Pure.

A text is read from left to right, as the door before publishing reads it (`digests/accounting.py`): at each place may
begin a sentence that is known, the longest first, or a reference of the one before; any other word is nobody's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sparky_assets.digests.accounting import match_label
from sparky_assets.digests.verify.allowed_content import PrefixIndex, normalize


@dataclass(frozen=True)
class SentencePattern:
    """A sentence that a text may hold: the key of what it stands on, its words, the references shown with it."""

    key: str
    text: str
    labels: tuple[str, ...] = ()
    """Where two sentences have the same words, these tell which is meant: they stand behind it."""
    repository: str = ""
    """The repository of which it is said: two may have the same figures, and stand under their own headings."""
    parent_key: str | None = None
    """The key of the sentence that it adds to: `Merged by Ada.` is said of many."""


@dataclass(frozen=True)
class SentenceSpan:
    """A stretch of visible text up to the next; the key is None where nothing is known of it."""

    start: int
    key: str | None


class SentenceMatcher:
    """Knows sentences, and the names of rows in tables of numbers; finds them."""

    def __init__(self, patterns: Sequence[SentencePattern], rows: Sequence[SentencePattern] = ()) -> None:
        self._patterns_by_words: dict[str, list[SentencePattern]] = {}
        for one in patterns:
            words = normalize(one.text).rstrip(".")
            if any(map(str.isalnum, words)):
                self._patterns_by_words.setdefault(words, []).append(one)
        self._prefix_index = PrefixIndex(self._patterns_by_words)
        self._row_keys = {one.text: one.key for one in rows}

    def find_row_key(self, name: str) -> str | None:
        """The key of a row by its name."""
        return self._row_keys.get(normalize(name))

    def find_spans(self, text: str, heading: str = "") -> list[SentenceSpan]:
        """The whole text under a heading: sentences, and what stands between them."""
        found: list[SentenceSpan] = []
        labels: Sequence[str] = ()
        place, told = 0, ""
        while place < len(text):
            words, label = self._prefix_index.find_longest(text, place), match_label(text, place, labels)
            if len(words) > len(label):
                said = self._choose_pattern(words, text[place + len(words) :], heading, told)
                told = told if said.parent_key else said.key
                # Twins in one repository stand once, with the references of both behind them.
                twins = (one for one in self._patterns_by_words[words] if one.repository == said.repository)
                labels = sorted({label for one in twins for label in one.labels}, key=len, reverse=True)
                found.append(SentenceSpan(place, said.key))
                place += len(words)
            elif label:
                place += len(label)
            elif text[place].isalnum():
                labels = ()
                if not found or found[-1].key is not None:
                    found.append(SentenceSpan(place, None))
                place = _find_word_end(text, place)
            else:
                place += 1
        # What stands before the first word, a bracket or a quotation mark, belongs to it.
        return [SentenceSpan(0, found[0].key), *found[1:]] if found else [SentenceSpan(0, None)]

    def _choose_pattern(self, words: str, following_text: str, heading: str, parent_key: str) -> SentencePattern:
        """Which of those with the same words: what adds to the sentence before, whose references follow, whose place
        the heading names."""

        def fits(one: SentencePattern) -> tuple[bool, bool, bool]:
            has_labels = bool(one.labels) and all(label in following_text for label in one.labels)
            return one.parent_key == parent_key, bool(one.repository) and one.repository == heading, has_labels

        return max(self._patterns_by_words[words], key=fits)


def _find_word_end(text: str, position: int) -> int:
    while position < len(text) and text[position].isalnum():
        position += 1
    return position
