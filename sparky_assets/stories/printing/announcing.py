"""Tell the title of a change as news: `Add a map` is `New: a map`, `Fix the lock` is `Fixed: the lock`. Pure.

A headline in the imperative reads like a log of commits. Only the verb becomes a label; the rest stays to the letter.
Titles whose verb is not in the table, or that say two things, stay as they are.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sparky_assets.stories.models import Change
from sparky_assets.stories.printing.phrasing import PhraseFragment, PhraseSlot, build_fragment
from sparky_assets.stories.titles.parts import normalize_title, split_area
from sparky_assets.stories.titles.verbs import to_past
from sparky_assets.text.subjects import CHORE_TYPES
from sparky_assets.text.upgrades import NOT_MISSED
from sparky_assets.text.words import names_code

_LABELS: Mapping[str, str] = {
    "added": "new",
    "introduced": "new",
    "implemented": "new",
    "fixed": "fixed",
    "corrected": "fixed",
    "removed": "removed",
    "dropped": "dropped",
    "deleted": "deleted",
    "deprecated": "deprecated",
    "renamed": "renamed",
    "enabled": "enabled",
    "disabled": "disabled",
    "restored": "restored",
    "improved": "improved",
}
"""Label by the past form of a verb, as a key of the phrases: `labels.new`."""

_TAKING_LABELS = frozenset({"removed", "dropped", "deleted"})
"""Labels of what was taken from a project: `Removed from caddy: …`; all others are in one."""

_NOTHING_NEW = re.compile(r"(?:(?:a|an|the|some|more)\s+)?(?:missing|back|tests?|docs?|documentation)\b", re.IGNORECASE)
"""What is added without being new: “Add missing header” is a fix."""

_ENDS_IN_TESTS = re.compile(r"\btests?$", re.IGNORECASE)

_CARRIES_ON = re.compile(r"(?:and|or|&|/|\+)\s|,", re.IGNORECASE)
_TO_PLACE = re.compile(
    r"(?P<text>(?:(?! to | into ).){3,80}) (?P<preposition>to|into) (?P<place>(?:(?! to | into ).){2,60})$"
)
_FROM_PLACE = re.compile(r"(?P<text>(?:(?! from ).){3,80}) (?P<preposition>from) (?P<place>(?:(?! from ).){2,60})$")
_PLACES: Mapping[str, re.Pattern[str]] = {"new": _TO_PLACE, **dict.fromkeys(_TAKING_LABELS, _FROM_PLACE)}
"""Where something was added or removed, by the label: `Add the case to the engines`, not `Add a flag to disable it`."""
_AT_A_TIME = re.compile(r"(?i)\S (?:from|on|when|whenever|if|before|after|during|while|at) ")
"""Behind what is taken from a run of the program and not from the project: `Remove the timer on destruction`."""
_NAMED_PLACE = re.compile(r"(?:the|all|our|each|every|its)\s|[`'\"]|\S*[A-Z_./()-]")
"""A place that is surely one: behind an article, or a name of code."""

_REPOSITORY = re.compile(r"[\w.-]{1,100}/[\w.-]{1,100}")

_NEEDS_PLACE = re.compile(
    r"(?i)\b(?:for|by|when|while|of)\s\S{2,40}ing\b|\b(?:access|similar|prior|due|relative|respect|attention|switch"
    r"|(?:conversion|reference|link|redirect|fallback|migration|connection|mapping|cast|transition|equivalent"
    r"|alternative|exception|shortcut|pointer|bridge|path|route|way)s?|alias(?:es)?)$"
)
"""An end that the place belongs to: `getting access to HTTP headers`, `a conversion to Tide`."""
_GOES_ON = re.compile(r"(?i)\s(?:for|when|if|while|before|after|by|so|that|which|in order)\s")
"""Behind a place that is not the end of a title: `Request for generating commands` is no name of one."""

MIN_NEWS_WORDS = 2
"""Words behind the label: “New: tests” says less than the title."""

_SAID_BY_LABEL = re.compile(r"(?:(?:a|an|the)\s+)?new\s+(?=\S)", re.IGNORECASE)


@dataclass(frozen=True)
class NewsTitle:
    """A title as news: its label, whether that takes something away, and the words of the title behind its verb."""

    label: PhraseFragment
    is_taking: bool
    text: str
    is_placed: bool = False
    """Whether the label names a part of the project: `Added to the engines`."""

    def fill(self, title: PhraseSlot, place: PhraseSlot = ()) -> PhraseFragment:
        """Return the news with a form of its title: `New: a map`, or with a project `New in caddy: a map`."""
        if not place:
            return build_fragment("labels.titled", label=self.label, title=title)
        phrase = "labels.titled_from" if self.is_taking else "labels.titled_in"
        return build_fragment(phrase, label=self.label, place=place, title=title)


def announce_change(change: Change, *, has_place: bool = False) -> NewsTitle | None:
    """Return the title of a change as news; None where that would say something else, or too little.

    Args:
        change: the change.
        has_place: whether the area that a title names first is printed as the place of the news.
    """
    area, title = split_area(normalize_title(change.raw_title).title)
    past = to_past(title)
    # `Add and use a map` is cut in no place.
    if past is None or _CARRIES_ON.match(title.partition(" ")[2]) or (not has_place and (change.area or area)):
        return None
    first, _, rest = title.partition(" ")
    is_support = past.startswith("added support for ") and first.lower().startswith("support")
    verb, _, tail = past.partition(" ")
    if (tail if not is_support else past.removeprefix("added support for ")) != rest:
        return None
    label = "supported" if is_support else _LABELS.get(verb, "")
    is_addition = label in {"new", "supported"}
    is_nothing_new = is_addition and (change.type == "fix" or bool(_NOTHING_NEW.match(rest)))
    if not label or is_nothing_new or (label in _TAKING_LABELS and _is_missed_by_none(change, rest)):
        return None
    if place := _PLACES.get(label):
        parts = place.match(rest)
        if parts and _NAMED_PLACE.match(parts["place"]):
            return _announce_in_place(label, parts)
    text = _SAID_BY_LABEL.sub("", rest, count=1) if label == "new" and _SAID_BY_LABEL.match(rest) else rest
    # One word says what is new if it is a name of code: `magnetic_laplacian_matrix`.
    is_short = len(text.split()) < MIN_NEWS_WORDS and not names_code(text)
    if (
        is_short
        or (label == "new" and _ENDS_IN_TESTS.search(rest))
        or (label in _TAKING_LABELS and _AT_A_TIME.search(rest))
    ):
        return None
    return NewsTitle(build_fragment(f"labels.{label}"), is_taking=label in _TAKING_LABELS, text=text)


def _announce_in_place(label: str, parts: re.Match[str]) -> NewsTitle | None:
    """Return news that names a part of the project: `Added to the engines: …`; None where the part says something else.

    `Added to acme/docs in tool: …` would name two repositories.
    """
    place, text = parts["place"], parts["text"]
    if _REPOSITORY.fullmatch(place) or _NEEDS_PLACE.search(text) or _GOES_ON.search(place):
        return None
    phrase = f"labels.{'added' if label == 'new' else label}_{parts['preposition']}"
    return NewsTitle(build_fragment(phrase, part=place), is_taking=False, text=text, is_placed=True)


_WAS_CODE = re.compile(
    rf"(?i)\b(?:{NOT_MISSED}|no-?ops?|stray|obsolete|hot[- ]path|closures?|allocations?|copies|clones?|overhead"
    r"|workarounds?|hacks?|todos?|warnings?|remnants?|references|imports?|branches|checks?|locks?|casts?|calls?)\b"
)


def _is_missed_by_none(change: Change, text: str) -> bool:
    """Return whether what a change takes away is code that no user meets, or a fault: `Remove hot-path closures`."""
    return change.type in {"fix", "perf", "refactor", *CHORE_TYPES} or bool(_WAS_CODE.search(text))


_ABILITY = re.compile(
    r"(?:allow|support|introduc|enabl|expos|provid|add|implement|let|creat)(?:e|es|s|ed|ing)?\b", re.IGNORECASE
)


def adds_something(change: Change) -> bool:
    """Return whether the title of a change says that there is something new: `Allow …`, `Introducing …`."""
    return bool(_ABILITY.match(split_area(normalize_title(change.raw_title).title)[1]))
