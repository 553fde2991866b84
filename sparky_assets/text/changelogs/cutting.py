"""Cut the section of a version out of a changelog: where it begins, and which heading ends it. Pure."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, islice
from typing import NamedTuple

from sparky_assets.text.changelogs.headings import (
    DAY_PATTERN,
    LEVELLED_STYLES,
    VERSION_IN_HEADING,
    VERSION_TITLE,
    NoteHeading,
    is_unreleased,
)
from sparky_assets.text.changelogs.spelling import read_numbers
from sparky_assets.text.versions import names_stage

MAX_NOTE_LENGTH = 120_000
"""Characters of a note that are stored: community.general 13.0.0 has as many, most of them minor changes."""

_DATE_LINE = re.compile(
    r"(?i)[>*_:\s]{0,6}(?:release(?:d|[- ]date)?|published|date)[*_:\s]{1,6}(?:on\s+)?"
    rf"(?:\d{{4}}-\d\d-\d\d|{DAY_PATTERN})\Z"
)
"""A line at the beginning of a section that is the day of the release alone."""

_GUIDE = re.compile(r"\b(?:guide|migrat\w+|upgrad\w+|breaking|highlights)\b", re.IGNORECASE)
"""A word of a heading about a version that is not the heading of the version itself."""

MAX_CANDIDATES = 4
"""Pre-releases of a final version whose sections are read with its own."""

MAX_SECTION_HEADINGS = 60
"""Headings of the same level that the section of a version may hold."""

_SERIES_TITLE = re.compile(
    r"(?i)(?:change ?log|release notes|changes|what'?s new|news)\b[^\d\n]{0,40}\bv?(\d+\.\d+)\s*$"
)
"""The title of a file about a series of versions: `Changelog for v1.1`."""


class NoteSection(NamedTuple):
    """A section of a changelog: lines from 1, the headings above it and its own, and its text."""

    line_from: int
    line_to: int
    heading_path: tuple[str, ...]
    text: str


def add_guide(
    lines: list[str], headings: list[NoteHeading], number: int, section: NoteSection, version: str
) -> NoteSection:
    """Return the section of the first version of a series with the guide to the series that is before it.

    Elixir and Phoenix have `# Changelog for v1.1` with sections on what is new and how to upgrade, then `## v1.1.0`.

    Args:
        lines: the lines of the file.
        headings: its headings.
        number: index of the heading of the version.
        section: its section.
        version: the version.
    """
    parents = [index for index in range(number) if headings[index].level < headings[number].level]
    title = headings[parents[-1]] if parents else None
    series = _SERIES_TITLE.search(title.text) if title else None
    if title is None or series is None or version not in {series[1], f"{series[1]}.0"}:
        return section
    between = headings[parents[-1] + 1 : number]
    # Before the section of another version there is no guide to this one alone.
    if any(VERSION_TITLE.match(other.text) and other.level <= headings[number].level for other in between):
        return section
    first = title.next_line
    while not lines[first].strip():
        first += 1
    text = "\n".join(line.rstrip("\r") for line in lines[first : section.line_to])[:MAX_NOTE_LENGTH]
    return NoteSection(first + 1, first + 1 + text.count("\n"), section.heading_path, text)


def cut_section(lines: list[str], headings: list[NoteHeading], number: int, version: str) -> NoteSection | None:
    """Return the section below a heading, up to the heading that ends it; None for one without text.

    Args:
        lines: the lines of the file.
        headings: its headings.
        number: index of the heading of the version.
        version: the version.
    """
    heading = headings[number]
    ending = next(_list_ending(headings, number, version), None)
    first, last = _trim_lines(lines, heading.next_line, ending.first_line if ending else len(lines))
    if first == last and heading.style in LEVELLED_STYLES:
        # sqlfluff has `## Highlights` directly below `## [4.2.0]`: there only the next version ends the section.
        others = list(islice(_list_ending(headings, number, version), MAX_SECTION_HEADINGS))
        versions = [other for other in others if VERSION_TITLE.match(other.text) or is_unreleased(other)]
        # The notes of gleam's 1.16.0 are those of its pre-releases, below a heading without text.
        final = [other for other in versions if not _is_pre_release_of(other, version)]
        for ending in (next(iter(versions), None), next(iter(final), None)):
            first, last = _trim_lines(lines, heading.next_line, ending.first_line if ending else len(lines))
            if first < last:
                break
    if first == last:
        return None
    last = _find_end_with_pre_releases(lines, headings, number, version, (first, last))
    above: list[NoteHeading] = []
    for other in headings[:number] if heading.style in LEVELLED_STYLES else ():
        above = [parent for parent in above if parent.level < other.level] + [other]
    titles = [
        parent.text for parent in above if parent.level < heading.level and not VERSION_IN_HEADING.search(parent.text)
    ]
    first = skip_to_breaking(lines, headings, first, last)
    text = "\n".join(line.rstrip("\r") for line in lines[first:last])[:MAX_NOTE_LENGTH]
    return NoteSection(first + 1, first + 1 + text.count("\n"), (*titles, heading.text), text)


def _find_end_with_pre_releases(
    lines: list[str], headings: list[NoteHeading], number: int, version: str, span: tuple[int, int]
) -> int:
    """Return the line behind the section of a final version with those of its pre-releases, where these say more.

    gleam 1.18.0 has the fixes since its last candidate below its own heading, and what is new below `v1.18.0-rc1`.
    """
    first, last = span
    others = list(islice(_list_ending(headings, number, version), MAX_CANDIDATES + 1))
    older = next((other for other in others if not _is_pre_release_of(other, version)), None)
    # Of an older series of pre-releases, the last ones change what the first ones brought.
    if not others or older is others[0] or (older is None and len(others) > MAX_CANDIDATES):
        return last
    _, end = _trim_lines(lines, first, older.first_line if older else len(lines))
    size, whole = (sum(map(len, lines[first:stop])) for stop in (last, end))
    return end if whole > 2 * size else last


_BREAKING_TITLE = re.compile(r"(?i)\W*(?:breaking|(?:backwards?[- ])?incompatib\w*|deprecat\w*|removed|removals?)\b")


def skip_to_breaking(lines: list[str], headings: list[NoteHeading], first: int, last: int) -> int:
    """Return the line from which a section is kept: its first, or the heading over what breaks behind its limit.

    community.general 13.0.0 has 120,000 characters of minor changes in front of what breaks.
    """
    offsets = list(accumulate((len(line) + 1 for line in lines[first:last]), initial=0))
    if offsets[-1] <= MAX_NOTE_LENGTH:
        return first
    inside = [heading for heading in headings if first <= heading.first_line < last]
    titles = [heading.first_line for heading in inside if _BREAKING_TITLE.match(heading.text)]
    is_lost = bool(titles) and offsets[titles[0] - first] > MAX_NOTE_LENGTH
    return titles[0] if is_lost else first


def _is_misplaced(headings: list[NoteHeading], number: int, index: int) -> bool:
    """Return whether a heading has the level of the series above a version, names no version, and others follow.

    DRF has `## Features` of 3.16.0 below `## 3.16.x series` and `### 3.16.0`.
    """
    heading, other = headings[number], headings[index]
    if heading.style not in LEVELLED_STYLES or other.style != heading.style or other.level >= heading.level:
        return False
    first = max(0, number - MAX_SECTION_HEADINGS)
    above = [parent for parent in headings[first:number] if parent.level < heading.level]
    is_of_series = bool(above) and above[-1].level == other.level and bool(VERSION_TITLE.match(above[-1].text))
    following = headings[index : index + MAX_SECTION_HEADINGS]
    is_inside = any(VERSION_TITLE.match(later.text) for later in following)
    return is_of_series and is_inside and not VERSION_IN_HEADING.search(other.text) and not is_unreleased(other)


_KIND_TITLE = re.compile(
    r"(?i)\W*(?:(?:breaking|other|notable|api|behaviou?r) )?(?:chang(?:e[sd]?|es)|fix(?:es|ed)?|bug ?fixes|added"
    r"|additions|enhancements?|improvements?|(?:new )?features?|removed|removals?|deprecat(?:ed|ions?)|security"
    r"|performance)\W*"
)
"""A heading that is a kind of change, and no version: it ends no section where versions have its level."""


@lru_cache(maxsize=1_000)
def _is_kind_title(text: str) -> bool:
    return bool(_KIND_TITLE.fullmatch(text))


def _names_kind(headings: list[NoteHeading], number: int, index: int) -> bool:
    """Return whether a heading with the level of a version only names a kind of its changes, and versions follow.

    bandit has `# Changes` of 1.11.0 behind `### Fixes`.
    """
    heading, other = headings[number], headings[index]
    if other.text[:1].isdigit() or not _is_kind_title(other.text) or not VERSION_TITLE.match(heading.text):
        return False
    if heading.style not in LEVELLED_STYLES or (other.style, other.level) != (heading.style, heading.level):
        return False
    following = headings[index + 1 : index + 1 + MAX_SECTION_HEADINGS]
    return any(VERSION_TITLE.match(later.text) for later in following)


def _is_pre_release_of(other: NoteHeading, version: str) -> bool:
    stage = re.search(rf"(?<![\w.])v?{re.escape(version)}([-.]?[a-z][\w.]*)", other.text, re.IGNORECASE)
    return stage is not None and names_stage(stage[1])


def _list_ending(headings: list[NoteHeading], number: int, version: str) -> Iterator[NoteHeading]:
    """Yield the headings that may end the section of a heading, by its index."""
    for index in range(number + 1, len(headings)):
        if _is_misplaced(headings, number, index) or _names_kind(headings, number, index):
            continue
        other = headings[index]
        ends = _ends_section(headings[number], other) or _is_older_version(headings[number], other, version)
        if ends and not _is_guide_to(other.text, version):
            yield other


_BARE_VERSION = re.compile(r"(?P<name>[A-Za-z][\w.'’-]{0,30}\s)?[\[`]?v?\d+\.\d")
"""A heading that is a version, behind a name of one word at most: not `Fixes since 0.12.0`."""
_VERSION_WORDS = frozenset({"version", "release", "v"})
"""Words in front of a version that are no name of a project."""


def _is_older_version(heading: NoteHeading, other: NoteHeading, version: str) -> bool:
    """Return whether a heading below that of a version is the title of an older one.

    reqwest has `# v0.13.0`, and `## v0.12.28` behind its notes. `## Kotlin 1.8` is about what another project has.
    """
    bare = _BARE_VERSION.match(other.text)
    if heading.style not in LEVELLED_STYLES or other.style != heading.style or bare is None:
        return False
    name = (bare["name"] or "").strip().casefold()
    if name and name not in _VERSION_WORDS and name not in heading.text.casefold():
        return False
    found = VERSION_IN_HEADING.search(other.text)
    numbers, own = (read_numbers(name) if name else None for name in (found and found[0].lstrip("vV"), version))
    return numbers is not None and own is not None and numbers < own


def _trim_lines(lines: list[str], first: int, last: int) -> tuple[int, int]:
    """Return a range of lines without blank ones, days, targets of reStructuredText and signatures at its ends."""
    while first < last and (not lines[first].strip() or _DATE_LINE.match(lines[first].rstrip("* \r"))):
        first += 1
    while last > first and (not lines[last - 1].strip() or lines[last - 1].startswith((".. _", " -- "))):
        last -= 1
    return first, last


def _ends_section(heading: NoteHeading, other: NoteHeading) -> bool:
    """Return whether a heading ends the section of a version.

    Underlines say little about levels in text files: redis underlines versions and their subsections with `=`. There
    only a heading with the same mark that begins with a version ends the section.
    """
    if {"dated", "debian", "directive"} & {heading.style, other.style}:
        return heading.style == other.style
    if heading.style == "strong":
        return other.style in {"strong", *LEVELLED_STYLES}
    if LEVELLED_STYLES & {heading.style, other.style}:
        return heading.style == other.style and other.level <= heading.level
    has_same_mark = heading.style.removeprefix("over ") == other.style.removeprefix("over ")
    return has_same_mark and bool(VERSION_TITLE.match(other.text) or is_unreleased(other))


def _is_guide_to(heading: str, version: str) -> bool:
    """Return whether a heading is that of a guide to a version, which belongs to its section.

    mdBook has `0.5 Migration Guide` behind `mdBook 0.5.0`, on the same level.
    """
    named = (found[0].lstrip("vV") for found in VERSION_IN_HEADING.finditer(heading))
    return bool(_GUIDE.search(heading)) and any(version == name or version.startswith(f"{name}.") for name in named)


def trim_blank_lines(lines: Sequence[str]) -> tuple[list[str], int]:
    """Return lines without the blank ones at both ends, and how many were dropped at the beginning."""
    said = [number for number, line in enumerate(lines) if line.strip()]
    return (list(lines[said[0] : said[-1] + 1]), said[0]) if said else ([], len(lines))
