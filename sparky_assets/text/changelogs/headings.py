"""Headings of changelogs in Markdown, reStructuredText, RDoc, Org, Sphinx directives, Debian or plain text. Pure."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

MAX_TITLE_LENGTH = 80
"""Characters of the first line of a file that names the version."""

_ATX_HEADING = re.compile(r" {0,3}(#{1,6})\s+(\S.{0,300})")

_EQUALS_HEADING = re.compile(r"(={1,6})[ \t]+((?=[^\n]{0,300}\w)[^\s=].{0,300})")
"""A heading of RDoc or AsciiDoc: `== 1.2.3 / 2024-01-01`."""

_ORG_HEADING = re.compile(r"(\*{1,6})[ \t]+(\S.{0,300})")
_ORG_MARK = re.compile(r"#\+[A-Za-z_]{3,20}:|[^\n]{0,40}-\*-[^\n]{0,60}\b(?:mode:[ \t]*)?[Oo]rg\b|\*{2,6} (?!.*\*\*)\S")
"""A line that only files of Org mode have: a keyword, the mode that Emacs is to use, or a heading with two stars."""
MAX_ORG_LINES = 20
"""Lines at the beginning of a file within which one of Org mode has such a line."""

_UNDERLINE = re.compile(r"([=\-~^\"'*+#:.])\1{2,200}\s*\Z")

_FENCE = re.compile(r"\s{0,8}(```|~~~)")

DAY_PATTERN = (
    r"(?=.{4,40}\Z)(?:(?:\d{1,4}(?:st|nd|rd|th)?|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri"
    r"|sat|sun)[a-z]{0,7})[ ,./-]{0,3}){2,6}"
)
"""A day as people write it: `Tue September 16 2025`, `07 Oct 2025`."""

_FRAME = re.compile(r"([!_%&@$/])\1{9,200}\s*")

_DAY_LINE = re.compile(DAY_PATTERN, re.IGNORECASE)

_PLAIN_VERSION = re.compile(
    r"(?:changes? (?:from|between) \S{1,30} (?:to|and) |"
    r"(?:changes|news|what'?s new|release notes) (?:in|for|with|of)\s+(?:[\w.-]{1,40}\s+){0,2}|"
    r"(?:version|release|[\w.-]{1,40})\s+)?"
    r"(?:[\w.-]{1,30}-)?v?\d+\.\d[\w.+-]{0,30}"
    rf"(?:\s{{0,9}}(?:[:(/,\-–—\[].{{0,120}})?|\s+released\b.{{0,60}}|\s+\d{{4}}-\d\d-\d\d\b.{{0,60}}|\s+{DAY_PATTERN})\Z",
    re.IGNORECASE,
)
"""A line of a plain text file that is the heading of a version: `1.2.3 (2024-01-01)`, `Changes with pier 2.0`."""

_DAY_AND_VERSION = re.compile(
    r"(?P<day>\d{1,2}/\d{1,2}/\d{2,4}|\d{4}[-/]\d\d[-/]\d\d)\s{1,9}(?P<version>v?\d+\.\d[\w.+-]{0,30})\s*\Z"
)
"""A line with the day in front of the version, as in libvips: `17/12/25 8.18.0`."""

_STRONG_VERSION = re.compile(
    r"(?i)\*\*\s?(?P<title>(?:[a-z][\w.-]{0,30}\s)?v?\d+\.\d[\w.+-]{0,30}|unreleased)\s?\*\*"
    r"(?P<rest>\s{0,3}(?:[:(,\-–—].{0,80})?)\Z"
)
"""A line in bold type that is the heading of a version: `**3.7.5** (Sept 19, 2024)`."""

_DEBIAN_ENTRY = re.compile(r"[a-z0-9][a-z0-9.+-]{1,40} \((?P<version>\d[^()\s]{0,40})\) [^\n]{1,60}; ?urgency=\w+\s*\Z")
"""The heading of an entry of a changelog of Debian: `pier (2.1.0) stable; urgency=medium`."""

_RELEASE_ROLE = re.compile(r"[-*] {1,3}:release:`(?P<version>\d[^\s`<]{0,40})(?: <[^>`\n]{0,40}>)?`\s*\Z")
"""An item of a list that is followed by the changes of a version: "- :release:`2.1.0 <2025-11-12>`"."""

_LISTED_VERSION = re.compile(r"[-*] {1,3}(?P<title>v?\d+\.\d+[\w.-]{0,20}(?: \([^()\n]{4,40}\))?)\s*\Z")
"""An item of a list that is a version alone, above an inner list of what it changes: Twig's `* 3.0.0 (2019-11-15)`."""

_INNER_ITEM = re.compile(r"[ \t]{1,8}[-*+] ")
_INNER_LINE = re.compile(r"[ \t]{1,8}\S")

_VERSION_OPTION = re.compile(r"\s+:version:\s+(\S{1,40})")
_VERSION_ARGUMENT = re.compile(r"\.\. changelog::[ \t]+(v?\d[\w.+-]{0,39})[ \t]*\Z")
"""The version of a directive `.. changelog::` of Sphinx, which is a heading: an option, in litestar the argument."""

_DATED_ENTRY = re.compile(r"(?P<date>\d{4}-\d{2}-\d{2})\s{2,9}[A-Z][^\n]{1,120}\Z")
"""The heading of an entry of a ChangeLog of GNU: the day, then the name of a person, which is not kept."""

VERSION_TITLE = re.compile(
    r"(?:[\[(]?(?:\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}[-/]\d{1,2}[-/]\d{2,4}|[A-Z][a-z]{2,8}\.? \d{1,2},? \d{4}"
    r"|\d{1,2}\.? [A-Z][a-z]{2,8}\.? \d{4})[\])]?[\s,:–—-]{1,20})?"
    r"(?:\d?[A-Za-z][\w.'’-]{0,30}\s+){0,5}[\[`]?(?:[A-Za-z][\w.]{0,30}-)?v?\d+\.\d"
)
"""A heading that begins with a version, behind a day and a project's name at most: bokeh's `2024-07-04  3.5:`.

The name may begin with a digit: `0MQ version 4.3.0`."""

VERSION_IN_HEADING = re.compile(r"(?<![\w.])v?\d+\.\d+[\w.+-]{0,30}", re.IGNORECASE)

_UNRELEASED = re.compile(
    r"\b(?:unreleased|not yet released|upcoming|next(?: release| version)?|in development|development|master|main|head"
    r"|tbd|dev|xx)\b|\?\?",
    re.IGNORECASE,
)

MAX_OPTION_LINES = 6
"""Lines of options of a directive."""

LEVELLED_STYLES = frozenset({"#", "=#"})
"""Styles of headings whose marks say their level."""


class NoteHeading(NamedTuple):
    """A heading of a changelog: its level and style, its text, its first line and the first line behind it, from 0."""

    level: int
    style: str
    text: str
    first_line: int
    next_line: int


def find_headings(lines: list[str]) -> list[NoteHeading]:
    """Return the headings of a changelog in Markdown, reStructuredText or plain text."""
    return list(iterate_headings(lines))


def iterate_headings(lines: list[str]) -> Iterator[NoteHeading]:
    """Yield the headings of a changelog. Lines behind the last one that is asked for are not read.

    What is added to a changelog is mostly at its top, and some have 10,000 lines.
    """
    levels: dict[str, int] = {}
    in_fence = False
    is_org = any(_ORG_MARK.match(line) for line in lines[:MAX_ORG_LINES])
    number = 0
    while number < len(lines):
        line = lines[number]
        if _FENCE.match(line):
            in_fence = not in_fence
        heading = None
        if is_org and (match := _ORG_HEADING.match(line)):
            heading = NoteHeading(len(match[1]), "#", match[2].strip(), number, number + 1)
        elif not in_fence:
            heading = _read_heading(lines, number, levels)
        if heading:
            yield heading
            number = heading.next_line
        else:
            number += 1


class HeadingReader:
    """The headings of a changelog, each read when it is first asked for."""

    def __init__(self, lines: list[str]) -> None:
        self._read: list[NoteHeading] = []
        self._rest = iterate_headings(lines)

    def __iter__(self) -> Iterator[NoteHeading]:
        number = 0
        while number < len(self._read) or self._read_next():
            yield self._read[number]
            number += 1

    def _read_next(self) -> bool:
        heading = next(self._rest, None)
        self._read += [heading] if heading else []
        return heading is not None


def find_heading_path(headings: Iterable[NoteHeading], line: int) -> tuple[str, ...]:
    """Return the headings above a line (from 1), the outermost first."""
    path: list[NoteHeading] = []
    for heading in headings:
        if heading.first_line >= line - 1:
            break
        while path and path[-1].level >= heading.level:
            path.pop()
        path.append(heading)
    return tuple(heading.text for heading in path)


def _read_heading(lines: list[str], number: int, levels: dict[str, int]) -> NoteHeading | None:
    line = lines[number]
    if match := _ATX_HEADING.match(line):
        return NoteHeading(len(match[1]), "#", match[2].strip().strip("#").strip(), number, number + 1)
    if match := _EQUALS_HEADING.match(line):
        return NoteHeading(len(match[1]), "=#", match[2].strip().rstrip("=").strip(), number, number + 1)
    if marked := _read_underlined(lines, number, levels) or _read_listed_version(lines, number, levels):
        return marked
    if line.startswith(".. changelog::"):
        return _read_directive(lines, number)
    if released := _RELEASE_ROLE.match(line):
        return NoteHeading(1, "directive", released["version"], number, number + 1)
    before = lines[number - 1] if number else ""
    # A target or directive of reStructuredText is none: `.. _release-2.16.0:` stands above scrapy's heading of 2.16.0.
    # expat has a frame of `!` above its newest version.
    is_alone = not line.startswith(".. ") and (not before.strip() or bool(_FRAME.fullmatch(before)))
    return _read_line(line, number, levels) if is_alone or _is_between_items(lines, number, levels) else None


def _is_between_items(lines: list[str], number: int, levels: dict[str, int]) -> bool:
    """Return whether a line has items that are further in around it, as each version of hlint after the first."""
    before, following = lines[max(0, number - 1)], lines[number + 1] if number + 1 < len(lines) else ""
    return "plain" in levels and bool(_INNER_LINE.match(before) and _INNER_LINE.match(following))


def _read_listed_version(lines: list[str], number: int, levels: dict[str, int]) -> NoteHeading | None:
    """Return the heading that an item of a list is: a version alone, with an inner list behind it."""
    match = _LISTED_VERSION.match(lines[number])
    following = [line for line in lines[number + 1 : number + 4] if line.strip()][:2]
    # redis-py has the line `BACKWARDS INCOMPATIBLE CHANGES` in front of the inner list.
    is_above_list = any(map(_INNER_ITEM.match, following)) and all(map(_INNER_LINE.match, following))
    if match is None or not is_above_list:
        return None
    return NoteHeading(levels.setdefault("listed", len(levels) + 1), "listed", match["title"], number, number + 1)


def _read_underlined(lines: list[str], number: int, levels: dict[str, int]) -> NoteHeading | None:
    """Return the heading whose line, overline or day at most is between a line and its underline."""
    line, following, third = (*lines[number : number + 3], "", "", "")[:3]
    overline, under, last = _UNDERLINE.match(line), _UNDERLINE.match(following), _UNDERLINE.match(third)
    style, title, count = "", "", 0
    if overline and following.strip() and last and last[1] == overline[1]:
        style, title, count = f"over {overline[1]}", following.strip(), 3
    elif last and _is_dated_title(line, following):
        style, title, count = last[1], f"{line.strip()} ({following.strip()})", 3
    elif under and line.strip() and not overline and not line.startswith((" ", "\t", "-", "*", "|")):
        is_long = len(following.strip()) >= len(line.strip()) // 2
        style, title, count = under[1], line.strip() if is_long else "", 2
    if not title:
        return None
    return NoteHeading(levels.setdefault(style, len(levels) + 1), style, title[:300], number, number + count)


def _is_dated_title(line: str, following: str) -> bool:
    """Return whether a line is the title of a version and the next one its day, as in NEWS files of GNOME."""
    is_title = len(line) < MAX_TITLE_LENGTH and bool(VERSION_TITLE.match(line))
    return is_title and bool(_DAY_LINE.fullmatch(following.strip()))


def _read_line(line: str, number: int, levels: dict[str, int]) -> NoteHeading | None:
    """Return the heading that a line without marks is: a version, or the day and the author of an entry."""
    if dated := _DATED_ENTRY.match(line):
        return NoteHeading(1, "dated", dated["date"], number, number + 1)
    if debian := _DEBIAN_ENTRY.match(line):
        return NoteHeading(1, "debian", debian["version"], number, number + 1)
    if strong := _STRONG_VERSION.match(line) if len(line) <= 160 else None:
        return NoteHeading(1, "strong", f"{strong['title']}{strong['rest']}".strip(), number, number + 1)
    if day_first := _DAY_AND_VERSION.match(line) if len(line) <= MAX_TITLE_LENGTH else None:
        title = f"{day_first['version']} ({day_first['day']})"
        return NoteHeading(levels.setdefault("plain", len(levels) + 1), "plain", title, number, number + 1)
    if len(line) <= 160 and _PLAIN_VERSION.match(line):
        return NoteHeading(levels.setdefault("plain", len(levels) + 1), "plain", line.strip(), number, number + 1)
    return None


def _read_directive(lines: list[str], number: int) -> NoteHeading | None:
    """Return the heading that a directive `.. changelog::` with a version is, with its options."""
    last = number + 1
    while last < len(lines) and last <= number + MAX_OPTION_LINES and lines[last].lstrip().startswith(":"):
        last += 1
    version = _VERSION_ARGUMENT.match(lines[number])
    version = version or next((own for line in lines[number + 1 : last] if (own := _VERSION_OPTION.match(line))), None)
    return NoteHeading(1, "directive", version[1], number, last) if version else None


def is_unreleased(heading: NoteHeading) -> bool:
    return bool(_UNRELEASED.search(heading.text))
