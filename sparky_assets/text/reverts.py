"""What the title and message of a revert say it takes back. Pure.

A revert names what it undoes by the SHA of a commit (`This reverts commit …`), by a number (`Reverts acme/tool#10`) or
by the quoted title. `Reapply "…"` is a revert of a revert. Which changes are in place at the end of a period is decided
in `insights/reverts`. Metrics count reverts by their own documented patterns, in `metrics/delivery/repairs.py`.
"""

import re
from functools import lru_cache

from sparky_assets.text.subjects import parse_subject

MAX_REVERT_DEPTH = 20
"""Levels of `Revert "Revert "…""` that are read in a title."""

MAX_MESSAGE_LENGTH = 8000
"""Characters of a message that are searched for what it reverts."""

_REVERT_TITLE = re.compile(r"^(?P<word>revert|reapply|re-apply|revert of)\b\s*:?\s*(?P<rest>\S.*)$", re.IGNORECASE)

_QUOTED = re.compile(r"^[\"“'](?P<title>.*)[\"”'](?P<rest>[^\"”']*)$")

_ANY_REVERT_TITLE = re.compile(r"^reverts?\b[:\s]*[\"“']?(?P<title>.*?)[\"”']?\s*(?:\([#!]\d+\))?$", re.IGNORECASE)

_REVERTED_SHA = re.compile(r"\b(?:this )?reverts? (?:commit |changeset )?(?P<sha>[0-9a-f]{7,40})\b", re.IGNORECASE)

_REVERTED_NUMBER = re.compile(r"\breverts? (?:[\w.-]{1,100}/[\w.-]{1,100})?[#!](?P<number>\d{1,9})\b", re.IGNORECASE)

_NUMBER_IN_QUOTES = re.compile(r"\([#!](?P<number>\d{1,9})\)[\"”']\s*(?:\([#!]\d{1,9}\))?$")
"""The number of the change whose title is quoted: `Revert "Sell tickets (#10)" (#11)`. In a title with two pairs of
quotes it belongs to the inner one, and says nothing about the change that is reverted."""

REVERT_MARK = "revert:"
"""Prefix of a normalized title, once for each level of reverting."""


def parse_reverted(repository: str, raw_title: str, message: str) -> str | None:
    """Return what a change takes back: the key of a pull request, a sha, or `title:` and a title; None for nothing."""
    text, title = message[:MAX_MESSAGE_LENGTH], raw_title.strip()[:300]
    if not _mentions_revert(text) and not _mentions_revert(title):
        return None
    match = _ANY_REVERT_TITLE.match(title)
    if number := _REVERTED_NUMBER.search(text) or (match and _NUMBER_IN_QUOTES.search(title)):
        return f"pr:{repository}#{number['number']}"
    if sha := _REVERTED_SHA.search(text):
        return sha["sha"]
    return f"title:{match['title']}" if match and match["title"] else None


def list_reverted_shas(message: str) -> list[str]:
    """Return the shas of the commits that a message says it reverts."""
    text = message[:MAX_MESSAGE_LENGTH]
    return [match["sha"] for match in _REVERTED_SHA.finditer(text)] if _mentions_revert(text) else []


def _mentions_revert(text: str) -> bool:
    """Return whether a text holds the word that all patterns need: looking for it is much faster."""
    return "revert" in text.lower()


@lru_cache(maxsize=100_000)
def normalize_reverted_title(title: str) -> str:
    """Return a title for comparison, with `revert:` in front for each level: `revert:revert:sell day tickets`.

    `Reapply "x"` is what `Revert "Revert "x""` was before git 2.43.
    """
    levels = 0
    rest = title
    for _ in range(MAX_REVERT_DEPTH):
        subject = parse_subject(rest)
        match = _REVERT_TITLE.match(subject.title)
        quoted = _QUOTED.match(match["rest"].strip()) if match else None
        if match and quoted:
            levels += 2 if match["word"].lower().startswith("re-") or match["word"].lower() == "reapply" else 1
            rest = quoted["title"]
        elif subject.type == "revert":
            levels += 1
            rest = subject.title
        else:
            rest = subject.title
            break
    return REVERT_MARK * levels + " ".join(rest.casefold().split()).rstrip(" .")
