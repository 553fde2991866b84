"""Titles as a newspaper prints them: shortened, framed as what they are, in the past tense, or as what was mended."""

import re

from sparky_assets.stories.titles.parts import FILE_PREFIX, NormalizedTitle, normalize_title, split_area
from sparky_assets.stories.titles.verbs import VERBLESS_FAULT, starts_with_verb, to_past
from sparky_assets.text.words import names_code

MAX_SHORT_TITLE_LENGTH = 60
MIN_SHORT_TITLE_WORDS = 4


def shorten_title(title: str) -> str:
    """Return a title of more than 60 characters without its end, where the end limits nothing; else the title."""
    if len(title) <= MAX_SHORT_TITLE_LENGTH:
        return title
    for match in reversed(list(_END.finditer(title))):
        head, rest = title[: match.start()].rstrip(" ,;"), title[match.start() :]
        if len(head) > MAX_SHORT_TITLE_LENGTH or head.count("`") % 2 or _OPEN_END.search(head):
            continue
        if head.count("(") != head.count(")") or head.count('"') % 2 or _ONLY.match(head):
            continue
        needed = MIN_SHORT_TITLE_WORDS + rest.startswith((" for", " to", " when"))
        # `Add a pointer of server to ctx passed into …` says nothing without the place: only a purpose is left out.
        if rest.startswith(" to ") and not starts_with_verb(rest.removeprefix(" to ")):
            continue
        # The words of a frame are none of the title: `Fixed in maps: Show moons`.
        needed += len(frame[0].split()) if (frame := _FRAME.match(head)) else 0
        if len(head.split()) >= needed and not _LIMITS.search(rest):
            return head
    return title


_ONLY = re.compile(r"(?i)(?:[\w./-]{2,30}: )?(?:only|do not|don['’]t|never)\b")
"""How a title begins that says the contrary without its end: `Only draw maps when the lamp burns`."""
_FRAME = re.compile(r"(?:Fixed(?: in [^:]{1,60})?|Docs|Tests): ")
_END = re.compile(r": | \(| (?:as well as|to|for|so|and|when|by|in order to)\b")
_OPEN_END = re.compile(
    r"(?i)\b(?:due|up|for|to|into|than|that|which|when|if|prior|next|according|similar|related|thanks|back|how|able|ready|close|relative|equal|in|on|at|as|of"
    r"|with|from|by|and|or|the|an?|is|are|be|not)$"
)
"""Words that need what follows them: `corruption due` is no end of `corruption due to a missing lock`."""
_LIMITS = re.compile(r"\b(?:not|no|without|only|unless|instead|except|never)\b|n['’]t\b", re.IGNORECASE)


def tell_past(raw_title: str) -> str | None:
    """Return what a person did by the title of a change as it was written, without prefixes and area; else None."""
    return to_past(split_area(normalize_title(raw_title).title)[1])


def frame_title(parts: NormalizedTitle) -> str:
    """Return the title with a frame where it names only a fault, a document or a test: `Fixed: panic in ls`."""
    title = parts.title
    names_fault = parts.type == "fix" and bool(_FAULT_NOUN.match(title))
    if (starts_with_verb(title) and not names_fault) or FILE_PREFIX.match(title):
        return title
    if title.startswith("New "):
        return title  # `fix: New option for late piers` names what is new, and no fault
    where = f" in {parts.scope}" if parts.scope and parts.scope.lower() not in title.lower() else ""
    if parts.type == "fix" or (not parts.type and VERBLESS_FAULT.search(title) and not _TESTS.search(title)):
        return f"Fixed{where}: {_lower_first(title)}"
    if parts.type == "docs":
        return f"Docs: {_lower_first(title)}"
    if parts.type == "test" or (not parts.type and _REGRESSION_TESTS.match(title)):
        return f"Tests: {_lower_first(title)}"
    return title


_TESTS = re.compile(r"(?i)\b(?:regression|crash|leak|failure|overflow|hang)[ -]tests?\b")
"""Tests that the name of a fault is part of: `Regression tests for night maps` fixes nothing."""
_REGRESSION_TESTS = re.compile(r"(?i)(?:[\w-]+ ){0,2}regression tests?\b")

_FAULT_NOUN = re.compile(
    r"(?i)(?:panic|crash|leak|hang|race|overflow|stall|loss)(?:e?s)?\b"
    r"|return (?:types?|values?|codes?) (?:of|in|for|from|on)\b"
    r"|\w+ (?:missing|lost|broken|wrong|failing|failure) (?:after|in|when|if|on|due|during)\b"
    r"|\w+ (?:fails|is|are|was|were|does|doesn['’]t|isn['’]t|panics|crashes|hangs)\b"
)
"""The beginning of a fix that names a fault, though its first word may be a verb: `Panic in the pinned client`."""

FIXED_FRAME = "Fixed: "
"""How the title of a fix begins that names only the fault."""


def _lower_first(title: str) -> str:
    """Return a title with a small first letter, unless its first word is a name or code."""
    first_word = title.partition(" ")[0]
    if first_word[:1].isupper() and first_word.lower() in _COMMON_FIRST_WORDS:
        return title[0].lower() + title[1:]
    return title


_COMMON_FIRST_WORDS_TEXT = """
a an the all another bad broken crash crashes data deadlock duplicate edge empty error errors failing failure false
flaky inaccurate incorrect infinite invalid leak memory missing more nested panic panics possible potential race
regression regressions rejected several should some stale typo typos unexpected unused use wrong wrongly
"""
_COMMON_FIRST_WORDS = frozenset(_COMMON_FIRST_WORDS_TEXT.split())


def name_crash(title: str, *, is_fix: bool) -> str:
    """Return the plural of how a program crashed before a fix, which its title names; empty for other titles.

    Args:
        title: the title as it was written.
        is_fix: whether the change is a fix; else the title must say that it avoids the crash.
    """
    if not is_fix and not _AVOIDS.search(title):
        return ""
    return next((plural for plural, pattern in _CRASHES.items() if pattern.search(title)), "")


_CRASHES = {
    "panics": re.compile(r"\bpanic(?:s|k?ing|k?ed)?\b", re.I),
    "aborts": re.compile(r"\b(?:SIGABRT|abort(?:s|ing|ed)?)\b", re.I),
    "crashes": re.compile(r"\b(?:crash(?:es|ing|ed)?|segfault\w{0,3}|segmentation fault|SIGSEGV)\b", re.I),
}
_AVOIDS = re.compile(r"\b(?:avoid\w{0,3}|prevent\w{0,3}|instead of|no longer|do(?:es)?(?: not|n['’]t))\b", re.I)


def is_vague(title: str) -> bool:
    """Return whether a title names no effect: `Update progress.py`, `Bug fixes`."""
    return bool(_VAGUE_TITLE.fullmatch(title.strip()))


_VAGUE_TITLE = re.compile(
    r"(?i)[\w'’-]+(?:\s[\w'’-]+)?|(?:updat|fix|chang|improv|edit|tweak|modif|refactor)(?:e|es|ed|y|ing)?\s(?:the\s)?\S+\.\w{1,5}"
    r"|(?:some |more |various |misc(?:ellaneous)? |bug ?)*(?:fix|improvement|tweak|change)(?:es|s)?"
    r" (?:before|for|after|in|towards?) (?:the )?v?\d[\d.]*(?: release)?"
)
"""One or two plain words, or a file: they name no effect."""


MAX_LABEL_WORDS = 3
"""Words of a title without a verb that say little by themselves: `Constant condition`."""


def is_label_alone(title: str) -> bool:
    """Return whether a title is a few plain words that do not say what was done: `Try param infer`."""
    words = title.split()
    is_short = len(words) <= MAX_LABEL_WORDS and not names_code(title)
    is_clause = starts_with_verb(title) or not {"a", "an", "the"}.isdisjoint(map(str.casefold, words))
    return is_short and (words[0].casefold() == "try" or not is_clause)
