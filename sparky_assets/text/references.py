"""References in a text: issues and pull requests, and ids of security advisories. Every pattern is bounded."""

import re

MAX_REFERENCES = 500

_REFERENCE = re.compile(
    r"(?<![\w/.#-])(?:(?P<repository>[\w-]{1,39}/[\w.-]{1,100}))?#(?P<number>[1-9]\d{0,8})\b"
    r"|https?://[\w.-]{1,100}/(?P<path>[\w-]{1,39}/[\w.-]{1,100})/(?:pull|issues)/(?P<item>[1-9]\d{0,8})\b"
    r"|:(?:pull|pr|issue|gh|ghpull|ghissue|pull-request):`#?(?P<role>[1-9]\d{0,8})`"
)
"""The last form is a role of Sphinx, as notes in reStructuredText have it: ``:pull:`1194` ``."""

_ADVISORY = re.compile(r"\bCVE-\d{4}-\d{4,7}\b|\bGHSA(?:-[23456789cfghjmpqrvwx]{4}){3}\b", re.IGNORECASE)

_COMMIT_SHA = re.compile(r"(?<![\w/])[0-9a-f]{40}(?!\w)")


def find_commit_shas(text: str) -> tuple[str, ...]:
    """Return the whole shas that a text names, each once, in order."""
    return tuple(dict.fromkeys(_COMMIT_SHA.findall(text)))[:MAX_REFERENCES]


def find_references(text: str) -> tuple[str, ...]:
    """Return the issues and pull requests that a text names, each once, in order: `#12`, `owner/name#12`."""
    references: dict[str, None] = {}
    for match in _REFERENCE.finditer(text):
        number = match["number"] or match["item"] or match["role"]
        references[f"{match['repository'] or match['path'] or ''}#{number}"] = None
        if len(references) >= MAX_REFERENCES:
            break
    return tuple(references)


_ISSUES = re.compile(
    r":(?:issue|ghissue):`#?[1-9]\d{0,8}`|/issues/[1-9]\d{0,8}\b"
    r"|\bissues?:?\s{1,3}#[1-9]\d{0,8}(?:(?:,\s{0,3}|\s{1,3}and\s{1,3})#\d{1,9}){0,9}\b",
    re.IGNORECASE,
)


def names_issue(text: str, number: int) -> bool:
    """Return whether a text calls a number an issue: ``:issue:`12` ``, `issues #9 and #12`, `/issues/12`."""
    return any(str(number) in re.findall(r"\d+", match[0]) for match in _ISSUES.finditer(text))


def find_advisories(text: str) -> tuple[str, ...]:
    """Return the CVE and GHSA ids that a text names, each once, in order."""
    ids = (match[0] for match in _ADVISORY.finditer(text))
    return tuple(dict.fromkeys(name.upper() if name[:3].upper() == "CVE" else name for name in ids))[:MAX_REFERENCES]
