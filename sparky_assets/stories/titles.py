"""Titles without prefix, tracker ids and numbers."""

import re
from typing import NamedTuple

from sparky_assets.text.clean import clean_title


class NormalizedTitle(NamedTuple):
    """A title and what stood before and behind it."""

    type: str
    scope: str
    breaking: bool
    trackers: tuple[str, ...]
    title: str


_PREFIX = re.compile(r"^(?P<type>[A-Za-z]{2,12})(?:\((?P<scope>[^()]{1,40})\))?(?P<breaking>!)?:\s+(?=\S)")
_TYPE_NAMES = """
    feat feature fix bugfix hotfix docs doc test tests ci build chore refactor perf style revert deps security wip
"""

_TYPES = frozenset(_TYPE_NAMES.split())
_TRACKER = re.compile(r"^[\[(]?(?P<id>[A-Z][A-Z0-9]{1,9}(?:-[A-Z]+)?-\d{1,6})[\])]?\s*[:,-]?\s+")
_TRACKER_BEHIND = re.compile(r"\s*[\[(](?P<id>[A-Z][A-Z0-9]{1,9}(?:-[A-Z]+)?-\d{1,6})[\])]\s*$")
_NUMBER = re.compile(r"\s*\((?:#|!)\d+\)\s*$")
_SKIP = re.compile(r"\s*\[(?:skip ci|ci skip)\]\s*", re.IGNORECASE)


def normalize_title(raw: str) -> NormalizedTitle:
    """Return the parts of a title."""
    title = _SKIP.sub(" ", clean_title(raw)).strip()
    kind = scope = ""
    breaking = False
    trackers: list[str] = []
    while True:
        shorter = _NUMBER.sub("", title)
        if match := _TRACKER_BEHIND.search(shorter):
            trackers.append(match["id"])
            shorter = shorter[: match.start()]
        if shorter == title:
            break
        title = shorter
    if (match := _PREFIX.match(title)) and match["type"].lower() in _TYPES:
        kind, scope, breaking = match["type"].lower(), match["scope"] or "", bool(match["breaking"])
        title = title[match.end() :]
    if match := _TRACKER.match(title):
        trackers.append(match["id"])
        title = title[match.end() :]
    if len(title) > 1 and title.endswith(".") and not title.endswith(".."):
        title = title[:-1]
    return NormalizedTitle(kind, scope, breaking, tuple(trackers), title or clean_title(raw))
