"""Take texts apart into comparable words: identifiers split, endings off. English, deterministic, no dictionary."""

import re
from functools import lru_cache

_LETTER_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


_CAMEL_BOUNDARY = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


_VOWEL = re.compile(r"[aeiouy]")


def split_words(text: str) -> list[str]:
    """The words of a text in lower case, apostrophes out."""
    return [match[0].lower().replace("'", "").replace("’", "") for match in _LETTER_WORD.finditer(text)]


def stem_words(text: str) -> list[str]:
    """The stems of the words of a text."""
    return [stem_word(word) for word in split_words(text)]


def find_stems(text: str) -> set[str]:
    """Every stem that a text vouches for: its words, and the parts of its identifiers (`readConfig`, `num_ctx`)."""
    parts = " ".join(_CAMEL_BOUNDARY.sub(" ", word) for word in re.split(r"[\W_]+", text))
    return {*stem_words(text), *stem_words(text.replace("-", "")), *stem_words(parts)}


@lru_cache(maxsize=50_000)
def stem_word(word: str) -> str:
    """A word without its grammatical ending: `added`, `adding`, `adds` are `add`; `dependencies` is `dependency`."""
    if len(word) <= 3:
        return word
    for ending, instead, least in (("ies", "y", 3), ("ied", "y", 3), ("sses", "ss", 2)):
        if word.endswith(ending) and len(word) - len(ending) >= least - 1:
            return word[: -len(ending)] + instead
    for ending in ("ing", "ed", "es", "s"):
        base = word[: -len(ending)]
        if word.endswith(ending) and len(base) >= 3 and _VOWEL.search(base) and not word.endswith("ss"):
            return _strip_doubled_letter(base)
    return _strip_doubled_letter(word)


def _strip_doubled_letter(base: str) -> str:
    # `dropped` and `drop`, `removed` and `remove` have to meet.
    if len(base) > 3 and base[-1] == base[-2] and base[-1] not in "aeiosl":
        return base[:-1]
    return base[:-1] if len(base) > 3 and base.endswith("e") else base
