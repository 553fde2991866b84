"""What the titles of the changes of a story share: a run of words, a name, or the word that they are about. Pure."""

import re
from collections import Counter
from collections.abc import Sequence

from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.grouping.edge_reasons import list_name_families, may_be_printed
from sparky_assets.stories.models import Change, StoryEdge
from sparky_assets.stories.rank import FOLLOWING_WORDS, is_fix
from sparky_assets.stories.titles.parts import capitalize_title
from sparky_assets.stories.titles.verbs import to_past
from sparky_assets.stories.titles.words import (
    VERB_MARK,
    analyze_title,
    canonicalize_word,
    find_families,
    find_last_words,
    find_plain_words,
)

MIN_NAMED_TITLES = 3
"""Titles that share one identifier from which it is the heading of their story."""

MAX_VERB_RUN = 2
"""Words from which a shared run with a verb in front says what was done to something."""

MIN_SUBJECT_CHANGES = 3
"""Changes of one person from which the word that their titles share heads their story."""

EDGE_WORDS = frozenset(
    {"a", "an", "and", "as", "at", "by", "for", "from", "if", "in", "into", "is", "not", "of", "on", "or", "the", "to"}
    | {"when", "with", "that", "so", "via", "per", "be", "are", "its", "-", "–", "—", "|", "&", "+"}
)
"""Words with which no heading begins or ends: `ElementHandle.BoundingBox to`."""

_WHEN_WORDS = frozenset({"after", "at", "before", "by", "during", "if", "on", "once", "until", "when", "while"})
"""Words behind which the end of a title says when or how something is done."""
_QUOTED_NAME = re.compile(r"(?<!\w)['‘“\"](\w[\w-]*)['’”\"](?!\w)")


def find_shared_words(titles: Sequence[str]) -> str:
    """Return the longest run of at least two words that all titles hold, as the first title writes it, else one name.

    Names in code marks and in quotation marks are the same names; code marks are printed if a title has them.
    """
    distinct = sorted(dict.fromkeys(titles), key=lambda title: bool(_QUOTED_NAME.search(title)))
    if len(distinct) < 2:
        return ""
    words = distinct[0].split()
    others = [f" {' '.join(_mark_names(title).lower().split())} " for title in distinct[1:]]
    for size in range(len(words), 1, -1):
        for start in range(len(words) - size + 1):
            run = words[start : start + size]
            if not EDGE_WORDS.isdisjoint({run[0].lower(), run[-1].lower()}) or run[-2].endswith(":"):
                continue
            if size <= MAX_VERB_RUN and to_past(" ".join((*run, "…"))) is not None:
                continue  # `Updated power` is the beginning of a title that does not end there
            if start and words[start - 1].lower() in _WHEN_WORDS and start + size == len(words):
                continue  # `on first access` says when, and not what
            is_shared = all(f" {_mark_names(' '.join(run)).lower()} " in other for other in others)
            if is_shared and max(map(len, run)) > 3 and _says_something(" ".join(run)):
                return _close_code(" ".join(run))
    return _find_shared_name(distinct)


def _find_shared_name(titles: Sequence[str]) -> str:
    """Return the only identifier that three titles or more share, as most of them write it; else nothing."""
    if len(titles) < MIN_NAMED_TITLES:
        return ""
    shared = frozenset.intersection(*(analyze_title(title).identifiers for title in titles))
    spellings = Counter(
        word for title in titles for word in title.split() if len(shared) == 1 and word.strip("`").lower() in shared
    )
    return max(spellings, key=lambda word: (spellings[word], word), default="")


def find_subject(members: Sequence[ChangeRecord], edges: Sequence[StoryEdge]) -> str:
    """Return the word that the titles of one person's changes share, as most of them write it; else nothing.

    Changes of which one follows another are printed one after the other, and a plural is no word in front of a noun.
    """
    printed = [record.change for record in members if may_be_printed(record)]
    if family := _find_family(printed):
        return family
    people = {change.author_key for change in printed}
    if len({change.title for change in printed}) < MIN_SUBJECT_CHANGES or len(people) != 1 or None in people:
        return ""
    if sum(is_fix(change) for change in printed) not in {0, len(printed)}:
        return ""
    if any(word in edge.reason for edge in edges for word in (" names ", " takes back ", *FOLLOWING_WORDS)):
        return ""
    written = [find_plain_words(change.title) for change in printed]
    nouns = {word for change in printed for word in find_last_words(change.title)}
    # A word that always comes before another one may be an adjective: `false positives`, `false negatives`.
    shared = nouns.intersection(*written)
    spellings = Counter(words[word] for words in written for word in sorted(shared))
    spelling = max(spellings, key=lambda word: (spellings[word], word), default="")
    is_plural = spelling.endswith("s") and not spelling.endswith(("ss", "us", "is"))
    return "" if is_plural else spelling


def _find_family(changes: Sequence[Change]) -> str:
    """Return the beginning of the names that most changes of one person are about, as a pattern: `getBy*`.

    Of titles that begin with one verb it is that: `Defer …`.
    """
    families = list_name_families(changes).items()
    for (_, person, family), own in sorted(families, key=lambda item: (-len(item[1]), item[0])):
        if 2 * len(own) > len(changes) and all(change.author_key == person for change in changes):
            if family.endswith(VERB_MARK):
                return capitalize_title(family)
            spellings = Counter(find_families(change.title)[family][0] for change in own)
            return f"{max(spellings, key=lambda start: (spellings[start], start))}*"
    return ""


_IDLE_RUNS = frozenset({"make sure", "makes sure", "made sure", "no longer", "get rid", "take care", "clean up"})
"""Words that titles share by chance: three that begin with `Make sure` are about three things (gleam)."""


def _says_something(words: str) -> bool:
    if words.casefold() in _IDLE_RUNS:
        return False
    analyzed = analyze_title(words)
    return words.count("(") == words.count(")") and bool(analyzed.telling - _FAULTS or analyzed.identifiers)


_FAULTS = frozenset(map(canonicalize_word, ("crash", "deadlock", "false", "hang", "incorrect", "leak", "negative",
                                             "overflow", "panic", "positive", "race", "regression")))  # fmt: skip
"""Words of faults: three titles that share `Fix a crash` are about three things."""


def _mark_names(title: str) -> str:
    """Return a title with code marks around the names in quotation marks."""
    return _QUOTED_NAME.sub(r"`\1`", title)


def _close_code(text: str) -> str:
    """Return a part of a title with whole code marks: titles may differ behind `uv workspace`, within their code."""
    if text.count("`") % 2 == 0:
        return text
    before = text[: text.rindex("`")]
    return f"{text}`" if not before or before.endswith((" ", "(")) else text.replace("`", "")
