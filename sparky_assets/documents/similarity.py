"""Whether two texts say the same: a sentence and the title beside it, two rows, an item and its change. Pure.

`repeats_title`: the text says no more than the title, so that it is not printed beside it. `covers_text`: the text says
all that another one says, and maybe more, so that the other one is not printed. `shares_words`: both may say the same.
`tells_same`: both are about one change, in other words.
"""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import islice

from sparky_assets.text.words import find_stems

MIN_REPEATED_SHARE = 0.8
"""Share of the stems of a sentence that are in the title, from which it says no more than the title."""
MIN_SAME_SHARE = 0.75
"""Share of all words of two texts that are in both, from which they say the same: `Drop support for Ruby EOL 3.1`."""
MAX_ADDED_WORDS = 4
"""Words that a sentence adds to the title that it begins with, up to which it says no more."""
MIN_COVERED_WORDS = 3
"""Stems, names and numbers of a text that another one has by more than chance."""
MAX_COMPARED_LENGTH = 2000
"""Characters of a text that are compared."""

_COMMON_STEMS = frozenset(
    {
        "a", "add", "all", "also", "an", "and", "any", "are", "as", "at", "be", "by", "can", "chang", "do", "doe",
        "does", "fix", "for", "from", "has", "hav", "have", "if", "improv", "in", "into", "is", "it", "mak", "mor",
        "new", "no", "not", "now", "of", "on", "or", "out", "per", "remov", "so", "support", "than", "that", "the",
        "then", "this", "to", "up", "updat", "use", "via", "was", "when", "with",
    }
)  # fmt: skip
"""Stems that say nothing about the subject of a text."""

_WORD = re.compile(r"\w[\w.+-]*\w|\w")

_EXACT_WORD = re.compile(r"`[^`]+`|[\w.+-]*\d[\w+-]*")
"""A name of code, a version or a number: two texts that differ in one say different things."""


def find_content_stems(text: str) -> frozenset[str]:
    """Return the stems of a text without those that say nothing about its subject."""
    return _find_content_stems(text[:MAX_COMPARED_LENGTH])


@lru_cache(maxsize=5_000)
def _find_content_stems(text: str) -> frozenset[str]:
    # The sentences of a document are compared with the same title, and again for each role.
    return frozenset(stem for stem in find_stems(text) if stem not in _COMMON_STEMS and len(stem) > 1)


def repeats_title(text: str, title: str) -> bool:
    """Return whether a sentence says no more than the title.

    Most of its words are words of the title, it begins with the whole title and adds a few words, or both have hardly
    another word.
    """
    stems, title_stems = find_content_stems(text), find_content_stems(title)
    if bool(stems) and len(stems & title_stems) >= MIN_REPEATED_SHARE * len(stems):
        return True
    begins_with_title = len(title.split()) > 2 and text.casefold().startswith(title.casefold())
    if begins_with_title and len(stems - title_stems) <= MAX_ADDED_WORDS:
        return True
    words, title_words = _find_words(text), _find_words(title)
    return len(words & title_words) >= MIN_SAME_SHARE * max(len(words | title_words), 1)


@lru_cache(maxsize=5_000)
def _find_words(text: str) -> frozenset[str]:
    return frozenset(map(str.casefold, _WORD.findall(text[:MAX_COMPARED_LENGTH])))


def covers_text(text: str, other: str) -> bool:
    """Return whether a text has all words of another one, and its names of code, versions and numbers."""
    stems, names = find_content_stems(other), _find_exact_words(other)
    return (
        len(stems) + len(names) >= MIN_COVERED_WORDS
        and stems <= find_content_stems(text)
        and names <= _find_exact_words(text)
    )


def _find_exact_words(text: str) -> frozenset[str]:
    return frozenset(word.strip("`") for word in _EXACT_WORD.findall(text))


_REMOVES_NAME = re.compile(
    r"(?:Remov(?:ed?|es)|Drop(?:s|ped)?) (?:(?:support for|the|deprecated|old|unused) ){0,3}(?P<first>`[^`]+`)"
    r"(?: [a-z-]+){0,3}\.?\Z"
    r"|(?:(?:[Tt]he|deprecated|old|temporary) ){0,3}(?P<second>`[^`]+`)(?: [a-z-]+){0,5} (?:has|have|is|are|was|were)"
    r" (?:been )?(?:\w+ )?(?:removed|dropped|no longer supported)\b(?! (?:when|if|for|from) )"
)


def find_removed_name(text: str) -> str:
    """Return the name that a text takes away as a whole: `day` of “Removed `day` map”; empty if it does not."""
    match = _REMOVES_NAME.match(text)
    return str(match["first"] or match["second"]) if match else ""


def shares_words(text: str, other: str) -> bool:
    """Return whether half of the words of the shorter of two texts are in the other: both may say the same."""
    stems, other_stems = find_content_stems(text), find_content_stems(other)
    return 2 * len(stems & other_stems) >= max(1, min(len(stems), len(other_stems)))


MIN_ALIKE_SHARE, MIN_ALIKE_STEMS = 0.6, 4
"""Share of the stems of the shorter of two quotations about one change from which both say the same, and how many."""


def says_alike(text: str, other: str, *, min_stems: int = MIN_ALIKE_STEMS) -> bool:
    """Return whether two quotations about one change say the same: `Added a map of piers` and `Add a map that …`."""
    stems, other_stems = find_content_stems(text), find_content_stems(other)
    shared = len(stems & other_stems)
    return shared >= min_stems and shared >= MIN_ALIKE_SHARE * min(len(stems), len(other_stems))


def score_shared_words(text: str, title: str) -> int:
    """Return the points for words that a sentence shares with a title: at most 2."""
    return min(2, len(find_content_stems(text) & find_content_stems(title)))


def shares_subject(text: str, title: str, paths: Collection[str] = ()) -> bool:
    """Return whether a sentence is about its change: it shares a word with the title or the paths of the change."""
    stems = find_content_stems(text)
    if stems & find_content_stems(title):
        return True
    path_stems: set[str] = set()
    for path in list(paths)[:200]:
        path_stems |= find_content_stems(path)
    return bool(stems & path_stems)


_CODE = re.compile(
    r"`+([^`\n]{2,80})`+|(?<!\w)[\"“](?=[\w.-]*[_a-z])([\w.-]{2,40})[\"”]|(?<![\w`])([A-Za-z]\w*(?:[.:\\/_-]+\w+)+|[a-z]+(?:[A-Z][a-z]+)+|(?:[A-Z][a-z\d]+){2,})"
)

MIN_HALF_SHARE = 0.5
"""Share of the words of the shorter of two texts with a common name of code, from which they are about one change."""

MIN_SHARED_WORDS, MIN_UNNAMED_WORDS = 2, 5
"""Words that two texts without names of code share at least, and those of which each has another name."""

MAX_NAMES = 20
"""Names of code of a text that are compared."""

_NAME_PART = re.compile(r"\w{3,}")


def tells_same(text: str, other: str) -> bool:
    """Return whether two texts are about one change: they say the same, or share half their words.

    If both have names of code, one name is in both, or five words are; else at least two words are.
    """
    names, other_names = find_code_parts(text), find_code_parts(other)
    is_named = _share_name(names, other_names)
    are_apart = _has_own_names(names, other_names)
    if is_named and are_apart:
        return False  # the `day` and the `night` of one `Lamp`
    if not are_apart and (repeats_title(text, other) or repeats_title(other, text)):
        return True
    stems, other_stems = find_content_stems(text), find_content_stems(other)
    shared = stems & other_stems
    needed = 0 if is_named else MIN_UNNAMED_WORDS if names and other_names else MIN_SHARED_WORDS
    is_half = len(shared) >= MIN_HALF_SHARE * min(len(stems), len(other_stems))
    # `The lamp method was deprecated and removed` is not `Removes deprecated map methods`.
    return is_half and len(shared if is_named else shared - _find_general_stems()) >= needed


def _share_name(names: Sequence[frozenset[str]], others: Sequence[frozenset[str]]) -> bool:
    return any(name <= other or other <= name for name in names for other in others)


def _has_own_names(names: Sequence[frozenset[str]], others: Sequence[frozenset[str]]) -> bool:
    """Return whether each of two texts has a name of code that the other one lacks."""
    return any(not _share_name([name], others) for name in names) and any(
        not _share_name([other], names) for other in others
    )


@lru_cache(maxsize=1)
def _find_general_stems() -> frozenset[str]:
    """Return the stems of words that many changes of an interface share."""
    return frozenset(
        find_content_stems(
            "removed removes remove removal deprecated deprecation dropped renamed replaced changed method methods"
            " function functions class classes option options parameter parameters support supported longer default"
            " version"
        )
    )


def names_all(text: str, other: str) -> bool:
    """Return whether a text has each name of code of another one, as code or as words."""
    words = frozenset(map(str.casefold, _NAME_PART.findall(text[:MAX_COMPARED_LENGTH])))
    return all(name <= words for name in find_code_parts(other))


def find_code_parts(text: str) -> list[frozenset[str]]:
    """Return the names of code in a text, each as its parts: `lamp` and `draw` of `Lamp::draw()`."""
    names = islice(
        (match[1] or match[2] or match[3] for match in _CODE.finditer(text[:MAX_COMPARED_LENGTH])), MAX_NAMES
    )
    parts = (frozenset(map(str.casefold, _NAME_PART.findall(name))) for name in names)
    return [own for own in parts if own]
