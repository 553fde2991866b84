"""Parts of a title: its type, scope and area, the numbers around it, and the title itself.

`normalize_title` takes off what is no title; `split_area` parts a title from the area that it names first.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from sparky_assets.stories.titles.verbs import CODE_WORD, starts_with_verb
from sparky_assets.text.clean import clean_title
from sparky_assets.text.subjects import is_tracker_id, parse_subject

MAX_CACHED_TITLES = 20_000
"""Titles whose parts are kept: products and checks ask 635 times for those of a week of 12 changes."""


class NormalizedTitle(NamedTuple):
    """A title, and what was taken off in front of it and behind it."""

    type: str
    scope: str
    breaking: bool
    trackers: tuple[str, ...]
    title: str


_ADVISORY_MERGE = re.compile(r"merge commit from fork\b.{0,12}", re.IGNORECASE)
"""The title that GitHub gives to the merge of the private fork of a security advisory. It names no advisory."""
_ADVISORY_TITLE = "A fix from a security advisory"
_FIXED_NUMBER = re.compile(
    r"^(?P<verb>fix(?:e[sd])?) #\d{1,7}(?:[:,]| [-–])? (?!(?:by|via|with|using|in|on|when|and|for|again)\b)(?=\S+ \S)",
    re.IGNORECASE,
)
"""The issue that a title names behind its verb: `Fix #4653 If guard explosion in case statement`."""
_CLOSED_NUMBER = re.compile(
    r"^(?:close[sd]?|resolve[sd]?|ref(?:s|erences)?|issue|see) (?:#|gh-)\d{1,7}"
    r"(?:(?::| [-–]) |,? (?!(?:by|via|with|using|in|on|when|and|for|again)\b))(?=\S+ \S)",
    re.IGNORECASE,
)
"""The issue that a title closes, behind a verb that is none of the title: `Resolves #3437 draw maps only once`."""
_NUMBERED_FIX = re.compile(
    r"^(?P<verb>(?:partial(?:ly)? )?(?:fix(?:e[sd]|ing)?|ref(?:s|erences)?|closes?|resolves?)(?P<for> for)?)"
    r" (?:#|gh-)\d{1,7}(?:(?:(?::| [-–]) |(?(for) |(?!)))(?P<title>\S+ \S.*)"
    r"| \((?P<inner>[^()]*(?:\([^()]*\)[^()]*)*)\))$",
    re.IGNORECASE,
)
"""A title behind the number of its issue: `Fix #1234: maps crash`, `Fixed #12 (GUI: keep the map)`."""
_FIXED_TRACKER = re.compile(
    r"^(?P<verb>fix(?:e[sd])?) (?P<id>[A-Z][A-Z0-9]{1,9}-\d{1,6}):?\.? (?=[A-Z`]\S* \S+ \S)", re.IGNORECASE
)
"""The issue of a tracker that a title names behind its verb: `Fix KTOR-9760 Digest Auth: the address is empty`."""
_LABEL_TYPES = {
    "enh": "feat", "bug": "fix", "doc": "docs", "maint": "chore", "tst": "test", "bld": "build", "sty": "style",
    "enhancement": "feat", "performance": "perf", "bug fix": "fix", "ref": "refactor", "dev": "chore", "bench": "test",
}  # fmt: skip
_LABEL = re.compile(
    rf"(?P<label>{'|'.join(_LABEL_TYPES)})(?:\((?P<scope>[\w,./ -]{{1,40}})\))?: +(?=\S+ \S)", re.IGNORECASE
)
"""What NumPy and others put in front of a title for a type: `ENH: add the laplacian`, `bug: abort the installer`."""
_LOUD_LABEL_TYPES = {
    "FIX": "fix", "BUG": "fix", "FEAT": "feat", "ENH": "feat", "DOC": "docs", "DOCS": "docs", "TST": "test",
    "TEST": "test", "CI": "ci", "MNT": "chore", "MAINT": "chore", "CLN": "chore", "STY": "style", "BLD": "build",
    "PERF": "perf",
}  # fmt: skip
_LABELS = "|".join((*_LOUD_LABEL_TYPES, "DEV", "BENCH"))
_JOINED_LABELS = re.compile(rf"(?P<labels>(?:{_LABELS})(?:(?:/|, ?)(?:{_LABELS})){{1,3}}): ?(?=\S+ \S)")
"""Several types in front of a title: `DOC/TST: finish the maps`."""
_LOUD_LABEL = re.compile(rf"(?P<label>{'|'.join(_LOUD_LABEL_TYPES)}) (?=[A-Z`]\S* \S+ \S)")
"""A type in capitals in front of a title that begins with a capital too: `FEAT Add the laplacian`."""
_BRACKETED_ISSUES = re.compile(
    r"^\[(?:fix(?:e[sd])?|close[sd]?|resolve[sd]?|ref)s?:? (?:#\d{1,7}(?:, ?| )?){1,9}\]:?\s+", re.I
)
"""The issues that a title names first: `[Fix #15501] Draw the map`."""
_LEADING_NUMBER = re.compile(
    r"^(?:#\d{2,7}[:,-]? +(?=\S+ \S)|(?:(?!19|20)\d{4}|\d{5,6}):? +(?-i:(?=[A-Z]\S* \S+ \S))"
    r"|\[\d{1,2}/(?:\d{1,2}|n)\]:? +(?=\S+ \S))",
    re.IGNORECASE,
)
"""The issue that a title names first, or its place in a series: `#13002 Improve the logging`, `[2/n] Keep maps`.

Twisted writes numbers alone, `12225 Optimize …`; four digits that may be a year are none.
"""
_BARE_NUMBER = re.compile(
    r"(?i)(?<!\bissue)(?<!\bpr)(?<!\bto)(?<!\bof)(?<!\bin)(?<!\bfor)(?<!\bfrom)(?<!\bwith)(?<!\bby)(?<!\band)(?<!\bsee)"
    r"(?<!\bbug)(?<!\bafter)(?<!\bsince)(?<!\bavoid)(?<!\bprevent)(?<!\baround)(?<!\brevert)(?<!\bper)(?<!\blike)"
    r"(?<![,&:+]) #\d{2,7}$"
)
"""A number behind a title without brackets: `Support health checks #4853`."""
_TRAILING_ISSUES = re.compile(
    r"(?:[,.;] +|(?= in GitHub))(?: ?in )?(?:Git(?:Hub|Lab) )?(?:issue|bug|pr|ticket)s? #?\d{1,7}"
    r"(?:,? (?:and )?#?\d{1,7}){0,5}(?:,? (?:from|by|reported by) [^,;:()]{2,60})?\.?$",
    re.IGNORECASE,
)
"""The issues that a title names last, and who reported them: `…, GitHub issue 5511 from Ada Lovelace`."""
_TRAILING_ORIGIN = re.compile(
    r"(?i)(?<=\S)\s{1,3}[(\[](?:cherry[- ]?pick|back-?port)(?:ed)?\b(?! to the)[^()\[\]]{0,60}[)\]]$"
)
"""Where a change was taken from, behind its title: `(cherry-picked from #4805)`, `[backport 2.1]`."""
_NUMBER_SCOPE = re.compile(r"(?:(?:gh|issues?|pr|bug)[- ]?)?#?\d{1,7}", re.IGNORECASE)
_LEFT_REFERENCE = re.compile(
    r"[.,;]? (?:(?:resolves|closes|fixes|refs):? ?…|(?:resolves|closes|fixes|refs):)$", re.IGNORECASE
)
"""What is left of a reference where a title was cut: `Remove the map. Resolves:…`."""
_OPEN_CLAUSE = re.compile(
    r"[,;:] (?:[^,;:]{1,60} )?(?:and|are|because|but|by|from|is|mostly|of|or|than|the|which|with)$", re.IGNORECASE
)
"""A last clause that does not end, as where a name was an address: `Require five letters, issue 12 from`."""
_LOOSE_END = re.compile(r"(?<![.,;:])(?:[.,;]|(?<=\w\w):)$|(?<=\w)\.\.$")
"""A stop, or what was left over where a title was cut: `Draw the map,`. Three dots stay."""
_REPORTER_LOST = re.compile(
    r"(?i)(?:[,(]\s?(?:thanks to|(?:\w+ed )?(?:from|by))|\s(?:reported|requested|suggested|spotted|prompted) by)\W*$"
)
"""What is left of who asked for a change, where it was an address: `Restore umask if bind fails, from` (tmux)."""
MIN_REST_WORDS = 3
_BRACKETED_END = re.compile(r"\[(?P<word>removed|deprecated|dropped)\]:?\s+(?=\S)", re.IGNORECASE)
"""A word in brackets that says what became of something: `[REMOVED] The old map`. No conventional type does."""
_TYPE_NAMES = {"feature": "feat", "bugfix": "fix", "hotfix": "fix", "doc": "docs", "tests": "test"}
_LEADING_TRACKER = re.compile(r"^(?:& )?(?P<id>[A-Z][A-Z0-9]{1,9}(?:-[A-Z]+)?-\d{1,6})\s*[:,.-]?\s+(?=\S)")
"""A tracker id without a separator: in a subject alone it may be a word of the title, so `parse_subject` leaves it."""
_BACKPORT = re.compile(
    r"\[(?:PR #?\d+(?:/[0-9a-f]{6,40})? )?backport(?: to)?(?: [\w./-]{1,30})?\]:?\s*(?:\[v?\d+(?:\.[\dx]+)*\]:?\s*)?",
    re.IGNORECASE,
)
"""What a bot puts in front of the title of a backport: `[PR #12/07ed41bc backport][3.14] Draw the map`."""
_LEADING_MARK = re.compile(
    r"^(?:[-*•] |\(v?\d+(?:\.\d+)*(?:\.x)?\) |\[fix-?up[^\]\n]{0,30}\]:? ?)(?=[\w`]\S* \S)", re.IGNORECASE
)
"""What is no word of a title in front of it: the mark of a list item, `(v2)`, `[fixup #12]`."""
_SERIES = re.compile(r"^(?P<id>[A-Z]{2,6}) - (?=\S)")
"""A series of changes in front of a title: `HFE - fix key ref`."""


@lru_cache(maxsize=MAX_CACHED_TITLES)
def normalize_title(raw: str) -> NormalizedTitle:
    """Return the parts of a title. The title is never empty: if nothing is left, the raw title stays."""
    # A tool that escapes line ends puts the whole message into the first line.
    cleaned = clean_title(raw.partition(r"\n\n")[0] or raw)
    subject = parse_subject(_LEADING_MARK.sub("", cleaned))
    title, trackers = subject.title, list(subject.tracker_ids)
    if (match := _BACKPORT.match(title)) and len(title[match.end() :].split()) >= MIN_REST_WORDS:
        title = title[match.end() :]
    if subject.gitmoji and title.startswith(subject.gitmoji):
        title = title.removeprefix(subject.gitmoji).strip() or title
    while (match := _LEADING_TRACKER.match(title)) and is_tracker_id(match["id"]):
        trackers.append(match["id"])
        title = title[match.end() :]
    if match := _SERIES.match(title):
        trackers.append(match["id"])
        title = title[match.end() :]
    if match := _BRACKETED_END.match(title):
        title = f"{match['word'].capitalize()}: {title[match.end() :]}"
    # `fix(#12): …` names an issue where others name a part.
    scope = "" if _NUMBER_SCOPE.fullmatch(subject.scope) else subject.scope
    if match := _BRACKETED_KIND.match(title):
        title = title[match.end() :]
    scope, title = _split_bracketed_area(scope, _TRAILING_ORIGIN.sub("", title))
    change_type = _TYPE_NAMES.get(subject.type, subject.type)
    if match := _NUMBERED_FIX.match(title):
        title = match["title"] or match["inner"]
        change_type = change_type or ("fix" if "fix" in match["verb"].lower() else "")
    title = _CLOSED_NUMBER.sub("", _FIXED_NUMBER.sub(r"\g<verb> ", title))
    if (match := _FIXED_TRACKER.match(title)) and is_tracker_id(match["id"]):
        trackers.append(match["id"])
        title = f"{match['verb']} {title[match.end() :]}"
    title = _LEADING_NUMBER.sub("", _BRACKETED_ISSUES.sub("", title))
    title = _cut_end(title, _TRAILING_ISSUES.search(title) or _BARE_NUMBER.search(title))
    title = _cut_end(title, _LEFT_REFERENCE.search(title) or _OPEN_CLAUSE.search(title))
    if _ADVISORY_MERGE.fullmatch(title):
        title = _ADVISORY_TITLE
    title = _REPORTER_LOST.sub("", title).rstrip()
    if (match := _LOOSE_END.search(title)) and match.start() > 1:
        title = title[: match.start()].rstrip()
    if not change_type:
        change_type, scope, title = _split_label(scope, title)
    # `test(cli)!: privatize the printer` breaks nothing of a user.
    is_breaking = subject.is_breaking and _NOT_FOR_USERS.isdisjoint((change_type, scope.casefold()))
    return NormalizedTitle(change_type, scope, is_breaking, tuple(trackers), capitalize_title(title) or cleaned)


def _cut_end(title: str, match: re.Match[str] | None) -> str:
    """Return a title up to a match, if enough words stand before it."""
    return title[: match.start()] if match and len(title[: match.start()].split()) >= MIN_REST_WORDS else title


_USER_TYPES = frozenset({"feat", "fix", "perf"})
"""Types of changes that users meet, whatever else a change is."""


def _split_label(scope: str, title: str) -> tuple[str, str, str]:
    """Return the type that a label in front of a title names, its scope, and the rest of it; without one no type."""
    if match := _LABEL.match(title):
        return _LABEL_TYPES[match["label"].lower()], match["scope"] or scope, title[match.end() :]
    if match := _JOINED_LABELS.match(title):
        types = [_LOUD_LABEL_TYPES.get(label, "chore") for label in re.split(r"/|, ?", match["labels"])]
        return next((own for own in types if own in _USER_TYPES), types[0]), scope, title[match.end() :]
    if match := _LOUD_LABEL.match(title):
        return _LOUD_LABEL_TYPES[match["label"]], scope, title[match.end() :]
    return "", scope, title


def _split_bracketed_area(scope: str, title: str) -> tuple[str, str]:
    """Return the scope of a title and the rest of it, where it names an area in brackets first.

    `fix(plugin): [no-maps] keep it` is about the rule `no-maps` of the plugin, so that this stays in the title.
    """
    if (several := _BRACKETED_AREAS.match(title)) and not scope:
        return ", ".join(re.findall(r"\[([^\]]+)\]", several["areas"])), title[several.end() :]
    match = _BRACKETED_AREA.match(title)
    if match is None or match["area"].lower() in _NO_AREAS or " " not in title[match.end() :]:
        return scope, title
    rest = title[match.end() :]
    is_rule = "-" in match["area"]
    if not scope or (is_rule and not starts_with_verb(rest)):
        return match["area"], rest
    return scope, f"{match['area']}: {rest}" if is_rule else title


_NOT_FOR_USERS = frozenset(("test", "tests", "ci", "doc", "docs", "style"))
"""Types and scopes of changes that users do not meet."""


def is_advisory_merge(raw_title: str) -> bool:
    """Return whether a title is the one that GitHub gives to a fix from the private fork of a security advisory."""
    return bool(_ADVISORY_MERGE.fullmatch(parse_subject(clean_title(raw_title)).title))


def capitalize_title(title: str) -> str:
    """Return a title with a capital first letter, unless its first word is code: `jv_sort`, `camelCase`."""
    first_word = title.partition(" ")[0]
    if not first_word or not first_word[0].islower() or CODE_WORD.search(first_word):
        return title
    return title[0].upper() + title[1:]


def split_area(title: str) -> tuple[str, str]:
    """Return the area that a title names first, and the rest: `admin: Remove host checking` gives both.

    The area is empty where the word before the colon is none, or the rest does not begin with a verb or is too short
    to be understood without it (`jv_setpath: fix leak`).
    """
    match = _AREA.match(title)
    if match is None or match["area"].lower() in _NO_AREAS:
        return "", title
    rest = title[match.end() :]
    # `import: add maps` is about a command, and `Update: Add maps` says two times what was done.
    if starts_with_verb(match["area"]) and not (match["area"].islower() and rest[:1].islower()):
        return "", title
    if len(rest.split()) < MIN_AREA_REST_WORDS or not starts_with_verb(rest):
        return "", title
    return match["area"], capitalize_title(rest)


MIN_AREA_REST_WORDS = 4
_AREA = re.compile(r"(?P<area>[A-Za-z][\w./*+-]{1,30}(?:, ?[A-Za-z][\w./*+-]{1,30}){0,2}):\s+(?=\S)")
_BRACKETED_AREAS = re.compile(
    r"(?P<areas>(?:\[[A-Za-z][\w./+:-]{1,40}\] ?){2,6}|\[[a-z][a-z-]{1,20} [a-z][a-z-]{1,20}\]"
    r"|\[(?!(?i:[^\]]*\b(?:breaking|bug|fix\w*|feature|wip|not|draft|release|backport\w*|security|deprecat\w*|rfc|review"
    r"|merge|hotfix|urgent|work|revert\w*|please|request|version|skip|only|needs|change)\b))"
    r"[A-Z][\w-]{1,20}(?: [A-Za-z&][\w-]{0,20}){1,2}\])"
    r":? *(?=[A-Z`]\S* \S)"
)
"""Areas that a title names in brackets first, several or in two words: `[combobox][select] Fix the order of maps`."""
_BRACKETED_AREA = re.compile(r"\[(?P<area>[A-Za-z][\w./+:-]{1,40})\]:?\s+(?=\S)")
"""An area in brackets, which says what a scope says: `[web] Add a token header`."""
_BRACKETED_KIND = re.compile(r"\[(?:clean-?up|misc|minor|chore|nit|trivial)\]:?\s+(?=\S+ \S)", re.IGNORECASE)
"""A kind of work in brackets, which says nothing of what a title is about: `[cleanup] Remove RTSP support`."""
_NO_AREAS = frozenset(
    {"wip", "draft", "rfc", "todo", "note", "nit", "minor", "misc", "breaking", "warning"}
    | {"backport", "bot", "auto", "main", "master", "security", "release", "bug", "feature", "fix", "performance"}
    | {"perf", "enhancement", "chore", "deps", "deps-dev", "dev", "ci", "lint", "change", "docs", "cleanup"}
)


FILE_PREFIX = re.compile(r"[\w@./{},-]{2,60}: ")
"""The file or command that a title names first: `jv_setpath: fix leak`."""


def begins_with_area(title: str) -> bool:
    """Return whether a title names a file, command or area first: `jv_setpath: fix leak`."""
    return bool(FILE_PREFIX.match(title) or split_area(title)[0])


def find_needed_scope(parts: NormalizedTitle) -> str:
    """Return the scope of a title that says little without it; else nothing.

    `Add extractor` is one of many until its scope `ie/zoom` says for what. A scope that is a path or a dotted name is
    the part that a title is about; a plain word mostly says what a title says too.
    """
    scope, title = parts.scope, parts.title
    if not scope or scope.lower() in _NO_AREAS or begins_with_area(title) or _names_part(title, scope):
        return ""
    words = title.split()
    is_short = len(words) <= MAX_BARE_WORDS and not any(CODE_WORD.search(word) for word in words)
    return scope if is_short or _COMPOUND_SCOPE.fullmatch(scope) else ""


MAX_BARE_WORDS = 3
"""Words of a title up to which its scope is printed too."""
_COMPOUND_SCOPE = re.compile(r"[A-Za-z][\w-]*(?:[./:][\w-]+){1,3}")


def _names_part(title: str, scope: str) -> bool:
    """Return whether a title holds the last name of a scope: `Fix zoom login` of `ie/zoom`."""
    return re.split(r"[./:]", scope.lower())[-1] in title.lower()
