"""Texts that say nothing of their own: only a version, or only where the notes of a release are.

Every pattern is bounded: the texts are other people's.
"""

import re

MAX_POINTER_LENGTH = 1_000
"""Characters of a text that says only where the notes are."""

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)

_MARKDOWN_LINK = re.compile(r"!?\[([^\[\]]{0,300})\]\([^()\s]{0,1000}\)")

_ADDRESS = re.compile(r"<?https?://\S+")

_PLACE = (
    r"(?:change-?\s?logs?|changes|history|news|release[- ]?notes|releases|what's new|diff|comparison)(?:\.\w{2,4})?"
)

_PLACE_FIRST = re.compile(rf"(?:(?:full|complete|detailed|all|the)\W{{1,4}}){{0,2}}{_PLACE}\b", re.IGNORECASE)
"""`Full Changelog: v1.0...v1.1` says no more if only versions follow."""

_POINTER = re.compile(
    r"(?:please )?(?:see|read|check|view|refer to|consult|find|for (?:the |a |more |full |further |all )*"
    r"(?:list|details|information|changes|notes|change-?log|release notes))\b.{0,200}",
    re.IGNORECASE,
)
"""`See CHANGELOG.md for details`, `For more details, read the release notes`. The line must name a place too."""

MAX_POINTER_LINE = 200
"""Characters of a line, without its addresses, that says only where the notes are."""


def says_only_version(subject: str) -> bool:
    """Return whether a line says no more than that there is a version."""
    words = {"release", "version", "tag", "bump", "to", "the", "prepare", "cut", "new", "for", "chore", "v"}
    tokens = (token.strip(".,:;()[]#!`*'\"").casefold() for token in subject[:300].split())
    return all(token in words or any(char.isdigit() for char in token) or not token for token in tokens)


def points_elsewhere(text: str) -> bool:
    """Return whether the text of a release is empty or only says where its notes are."""
    if len(text) > MAX_POINTER_LENGTH:
        return False
    lines = _COMMENT.sub("", text).split("\n")
    return all(_is_pointer(line) for line in lines if line.strip() and not line.lstrip().startswith("#"))


def _is_pointer(line: str) -> bool:
    words = _ADDRESS.sub("", _MARKDOWN_LINK.sub(r"\1", line)).strip(" \t\r*_`-+>:.|!()[]")
    if len(words) > MAX_POINTER_LINE:
        return False
    place = _PLACE_FIRST.match(words)
    if says_only_version(words[place.end() :] if place else words):
        return True
    return bool(_POINTER.fullmatch(words) and re.search(rf"\b{_PLACE}\b", words, re.IGNORECASE))
