"""The rows of the box as a product has room for them, and how many items a short text lists. Pure."""

from collections.abc import Sequence

from sparky_assets.stories.models import BoxRow, ReleaseNote, StorySentence
from sparky_assets.stories.printing.edition import EditionList
from sparky_assets.stories.printing.phrasing import PhraseFragment, build_fragment, lower_first
from sparky_assets.stories.printing.sentences import name_mark

UPGRADE_SECTION = "sections.before_you_upgrade"
ACTION_MARKS = frozenset({"Security", "Upgrade", "Fixed since"})
MIN_ROWS_AT_ONCE, MAX_ROWS_AT_ONCE, MAX_WORDS_AT_ONCE = 2, 5, 60
"""Rows of the box in front of what a release brings, and their words."""
MAX_SECOND_WORDS = 16
"""Words of what is said behind the first sentence of a row, where there are several rows."""


def shorten_rows(rows: Sequence[BoxRow]) -> list[BoxRow]:
    """Return rows without what is said behind their first sentences, from the last on, until a reader takes them in."""
    shortened = list(rows)
    if len(rows) > MIN_ROWS_AT_ONCE:
        shortened = [row.model_copy(update={"sentences": _drop_long(row.sentences)}) for row in rows]
    for number in range(len(rows) - 1, -1, -1):
        if _count_words(shortened[:MAX_ROWS_AT_ONCE]) <= MAX_WORDS_AT_ONCE:
            break
        shortened[number] = rows[number].model_copy(update={"sentences": rows[number].sentences[:1]})
    return shortened


def _drop_long(sentences: Sequence[StorySentence]) -> tuple[StorySentence, ...]:
    """Return the first sentence of a row and those behind it that are short."""
    short = (sentence for sentence in sentences[1:] if len(sentence.text.split()) <= MAX_SECOND_WORDS)
    return (*sentences[:1], *short)


def _count_words(rows: Sequence[BoxRow]) -> int:
    return sum(len(sentence.text.split()) for row in rows for sentence in row.sentences)


def count_rows_at_once(rows: Sequence[BoxRow]) -> int:
    """Return how many rows come in front of what a release brings: by their words, and few."""
    fitting = (size for size in range(MAX_ROWS_AT_ONCE, MIN_ROWS_AT_ONCE, -1))
    return next((size for size in fitting if _count_words(rows[:size]) <= MAX_WORDS_AT_ONCE), MIN_ROWS_AT_ONCE)


def trim_lists(lists: Sequence[EditionList], limit: int | None) -> tuple[EditionList, ...]:
    """Return lists with so many items in all, the first ones; None keeps all of them."""
    if limit is None:
        return tuple(lists)
    trimmed: list[EditionList] = []
    for own in lists:
        room = limit - sum(len(before.items) for before in trimmed)
        if room > 0:
            trimmed.append(own.model_copy(update={"items": own.items[:room]}))
    return tuple(trimmed)


def list_pages(row: BoxRow) -> set[str | None]:
    """Return the keys of the records that a row links to."""
    return {part.evidence for sentence in row.sentences for part in sentence.parts if part.url}


def name_further_rows(label: str, row: BoxRow) -> PhraseFragment:
    """Return the label of one row for several: `Also breaking in 2.0`."""
    if row.mark == "Compatibility" and label == row.mark:
        return build_fragment("marks.also_compatibility")
    if row.name is not None and row.label == label:
        small: PhraseFragment | str = lower_first(PhraseFragment(row.name.phrase, row.name.parts))
    else:
        name = name_mark(label, row.mark)
        small = f"{name[:1].lower()}{name[1:]}" if isinstance(name, str) else lower_first(name)
    return build_fragment("marks.also", label=small)


def drop_release(row: BoxRow, lead: ReleaseNote) -> BoxRow:
    """Return a row without the sentence that it is in the release which the text is about."""
    own = [
        sentence
        for sentence in row.sentences
        if sentence.template != "R-WITH" or {part.evidence for part in sentence.parts if part.url} != {lead.key}
    ]
    return row.model_copy(update={"sentences": tuple(own)})


def choose_box_title(rows: Sequence[BoxRow]) -> str:
    """Return the key of the name of the box."""
    if any(row.mark in ACTION_MARKS for row in rows):
        return "sections.action_needed"
    return "sections.blocked" if all(row.mark == "Blocked" for row in rows) else UPGRADE_SECTION
