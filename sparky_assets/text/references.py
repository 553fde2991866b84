"""References in a text: issues, pull requests and advisories; and texts that only refer to notes elsewhere.

Every pattern is bounded: the texts are other people's.
"""

import re

from sparky_assets.text.paths import is_manifest

MAX_REFERENCES = 500

_REFERENCE = re.compile(
    r"(?<![\w/.#&-])(?:(?P<repository>[\w-]{1,39}/[\w.-]{1,100}))?#(?P<number>[1-9]\d{0,8})\b"
    r"|https?://[\w.-]{1,100}/(?P<path>[\w-]{1,39}/[\w.-]{1,100})/(?:pull|issues)/(?P<item>[1-9]\d{0,8})\b"
    r"|:(?:pull|pr|issue|gh|ghpull|ghissue|pull-request):`#?(?P<role>[1-9]\d{0,8})`"
)
"""The last form is a role of Sphinx, as notes in reStructuredText have it: ``:pull:`1194` ``."""

_CVE_NUMBER = r"\d{4}-\d{4,7}"

_GHSA_PART = r"[23456789cfghjmpqrvwx]{4}"
"""The characters are all that GitHub uses."""

GHSA_ID = rf"GHSA(?:-{_GHSA_PART}){{3}}"

ADVISORY_ID = rf"(?:CVE-{_CVE_NUMBER}|{GHSA_ID})"
"""The id of an advisory as a part of other patterns: `CVE-2024-51999`, `GHSA-2g68-c3qc-8985`."""

_ADVISORY = re.compile(
    rf"\b(?P<cve>CVE-{_CVE_NUMBER})\b|\b(?P<ghsa>{GHSA_ID})\b"
    rf"|:cve:`(?P<cve_role>{_CVE_NUMBER})`|:ghsa:`(?P<ghsa_role>{_GHSA_PART}(?:-{_GHSA_PART}){{2}})`",
    re.IGNORECASE,
)
"""The last two are roles of Sphinx, whose texts lack the beginning: ``:cve:`2024-56326` `` is in Jinja's notes."""

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
    """Return the CVE and GHSA ids that a text is about, each once, in order.

    What has to do with the fix of another one is not about it: `a crash on builds with the CVE-2026-3644 patch`. Nor is
    what completes one, where it has an id of its own: `this completes the fix for GHSA-… (GHSA-…)`.
    """
    matches = [match for match in _ADVISORY.finditer(text) if not _is_fix_elsewhere(text, match)]
    own = [match for match in matches if not _COMPLETED.search(text[max(0, match.start() - 60) : match.start()])]
    return tuple(dict.fromkeys(map(_spell_advisory, own or matches)))[:MAX_REFERENCES]


_COMPLETED = re.compile(
    r"(?i)\b(?:complet\w{1,4}|extend(?:s|ing)?|incomplete|earlier|previous|prior|original|follow[- ]?ups? (?:to|on|of))"
    r"\s(?:\w{1,12}\s){0,4}\Z"
)
"""The words in front of an advisory that was fixed before."""

_FIX_BEFORE = re.compile(r"(?i)\b(?:with|since|after|by|from|due to|because of|in|of) the\s{1,3}\Z")
_FIX_BEHIND = re.compile(r"(?i)\s{1,3}(?:security )?(?:patch|fix|mitigation|backport)\b")
_FOLLOWS = re.compile(
    r"(?i)\b(?:since|after|before)\s{1,3}\[?\Z"
    r"|\b(?:from|in|by|of|to)\s{1,3}\[?#\d{1,7}\b(?:(?!CVE-|GHSA-)[^.;\n]){0,100}\band\s{1,3}\[?\Z"
)
"""What is in front of an advisory that an earlier change fixed: `goes on from #12 (`map`) and GHSA-…`."""
MAX_LED_LENGTH = 140
"""Characters before an advisory in which an earlier change is named."""
MAX_FIX_WORDS = 20
"""Characters before an advisory in which `because of the` stands."""


def _is_fix_elsewhere(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - MAX_LED_LENGTH) : match.start()]
    if _FOLLOWS.search(before):
        return True
    start = max(0, match.start() - MAX_FIX_WORDS)
    return bool(_FIX_BEHIND.match(text, match.end()) and _FIX_BEFORE.search(text[start : match.start()]))


def _spell_advisory(match: re.Match[str]) -> str:
    if match["cve"] or match["cve_role"]:
        return (match["cve"] or f"CVE-{match['cve_role']}").upper()
    return match["ghsa"] or f"GHSA-{match['ghsa_role']}"


_SECURITY_ID = re.compile(rf"\b(?:{ADVISORY_ID}|RUSTSEC-\d{{4}}-\d{{4}})\b", re.IGNORECASE)
_SECURITY_HINTS = ("cve-", "ghsa-", "rustsec-")
"""One of these is in every security id; looking for them is twenty times faster than the pattern."""


def find_security_ids(text: str) -> tuple[str, ...]:
    """Return all security ids that a text names, also those of advisories that others fixed, in capitals and sorted."""
    lower = text.lower()
    if not any(hint in lower for hint in _SECURITY_HINTS):
        return ()
    return tuple(sorted({match[0].upper() for match in _SECURITY_ID.finditer(text)}))


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

_LINE_LABEL = re.compile(
    r"(?:release )?date\b\W*(?:[A-Z][a-z]{2,8}\.? \d{1,2},? \d{4}|\d{1,2} [A-Z][a-z]{2,8} \d{4}|tb[ad]\b)?\W*"
    r"|(?:milestones?|(?:(?:nuget|npm|pypi|docker|maven) )?(?:packages?|images?)|downloads?"
    r"|(?:full )?list of commits|commits|compare|assets|checksums)\b\W*",
    re.IGNORECASE,
)
"""What is in front of links alone: `Milestone: v1.2`, `NuGet Packages:`, `Date: TBA`."""

MAX_POINTER_LINE = 200
"""Characters of a line, without its addresses, that says only where the notes are."""


def says_only_version(subject: str) -> bool:
    """Return whether a line says no more than that there is a version: `Update version for the next release (v1.2)`."""
    words = {"release", "version", "tag", "bump", "to", "the", "prepare", "cut", "new", "for", "chore", "v"}
    words |= {"update", "set", "next", "in", "all", "add", "adds", "create", "publish", "on", "pypi", "npm", "stable"}
    words |= {"→", "->", "=>", "–", "-", "from"}  # `Bump version: 0.3.14 → 0.4.0`
    words |= {"maven-release-plugin", "copy"}  # `[maven-release-plugin] copy for tag pier-1.2.0`
    words |= {"bumping", "releasing", "tagging", "major", "minor", "patch"}
    tokens = [token.strip(".,:;()[]#!`*'\"").casefold() for token in subject[:300].split()]
    others = [
        token
        for token in tokens
        if token and token not in words and not any(char.isdigit() for char in token) and not is_manifest(token)
    ]
    # `Bumping pier-map to minor version 1.2.0` names its project.
    names_project = tokens[:1] in (["bump"], ["bumping"], ["release"], ["releasing"], ["tag"], ["tagging"])
    return not others or (len(others) == 1 and "-" in others[0] and names_project)


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
    place = _PLACE_FIRST.match(words) or _LINE_LABEL.match(words)
    if says_only_version(words[place.end() :] if place else words):
        return True
    return bool(_POINTER.fullmatch(words) and re.search(rf"\b{_PLACE}\b", words, re.IGNORECASE))
