"""Sections of changelogs: what a changelog or another document says about a version.

Reading files belongs to `resources/git/notes/read.py`, building rows to `sparky_assets/raw/notes.py`. Pure.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from typing import NamedTuple

from resources.git.log import names_other_package, read_package, spell_version
from resources.git.notes.places import (
    is_package_changelog,
    is_package_folder,
    is_version_document,
    is_version_file,
)
from sparky_assets.text.changelogs.headings import (
    DAY_PATTERN,
    LEVELLED_STYLES,
    MAX_TITLE_LENGTH,
    VERSION_IN_HEADING,
    VERSION_TITLE,
    NoteHeading,
    find_headings,
    is_unreleased,
    iterate_headings,
)
from sparky_assets.text.versions import VERSION_PATTERN, names_stage

MAX_NOTE_LENGTH = 40_000
"""Characters of a note that are stored."""

MAX_LINES = 40_000

_DATE_LINE = re.compile(
    r"(?i)[>*_:\s]{0,6}(?:release(?:d|[- ]date)?|published|date)[*_:\s]{1,6}(?:on\s+)?"
    rf"(?:\d{{4}}-\d\d-\d\d|{DAY_PATTERN})\Z"
)
"""A line at the beginning of a section that is the day of the release alone."""

_DATE_TAG = re.compile(r"v?(?P<year>20\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)")
"""A release that is called by its day: `20260616`."""

_FROM_VERSION = re.compile(r"changes? (?:from|between) \S{1,30} (?:to|and) ", re.IGNORECASE)

_GUIDE = re.compile(r"\b(?:guide|migrat\w+|upgrad\w+|breaking|highlights)\b", re.IGNORECASE)
"""A word of a heading about a version that is not the heading of the version itself."""

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


def find_file_section(
    path: str, text: str, tag: str, repository_name: str = "", tagged_at: int = 0
) -> NoteSection | None:
    """Return what a file says about the version of a tag: the whole file if it is about that alone, else a section.

    Args:
        path: the path of the file.
        text: its text at the tag.
        tag: the tag.
        repository_name: `owner/name`.
        tagged_at: when it was tagged, in seconds since 1970.
    """
    whole = _cut_version_file(text, tag) if is_version_file(path, tag, repository_name) else None
    section = whole or find_version_section(text, tag)
    if section is None and _SINGLE_FILE.search(path):
        section = _cut_titled_file(text, tag)
    if section is None and not names_other_package(tag, repository_name):
        section = _find_unreleased_section(text, tag)
    is_other = names_other_package(tag, repository_name) and not is_package_folder(path.rpartition("/")[0], tag)
    return None if section and is_other and _is_of_other_time(text, section, tag, tagged_at) else section


_NO_TITLE_WORD = re.compile(
    r"(?i)\b(?:(?<!leading )to|from|since|before|after|until|upgrad\w*|migrat\w*|install\w*|requires?"
    r"|support\w*|deprecated|removed|added|guide|how|using|like)\b"
)
"""A word before a version in a heading that is no title of that version: `Upgrading to 2.0`."""

_AFTER_VERSION = re.compile(
    r"(?i)[\])`*>?:.]{0,6}\s*(?:$|[-–—:(,/|@\[<]|release[ds]?\b|notes\b|change\w*|unreleased\b|lts\b|final\b|yanked\b"
    rf"|{DAY_PATTERN})"
)
"""What may follow a version in its title."""

_LINK_TEXT = re.compile(r"\[([^\[\]\n]{1,200})\](?:\([^()\s]{0,500}\))?")

MAX_TITLE_WORDS = 5
"""Words before a version in its title."""


def find_document_section(
    path: str, text: str, tag: str, repository_name: str = "", tagged_at: int = 0
) -> NoteSection | None:
    """Return what a document that may be about changes says about the version of a tag; None if it has no title of it.

    Stricter than `find_file_section`: the place of the document says little, so the heading must be that version.

    Args:
        path: the path of the document.
        text: its text.
        tag: the tag.
        repository_name: `owner/name`.
        tagged_at: when it was tagged, in seconds since 1970.
    """
    lines = text.split("\n")[:MAX_LINES]
    headings = find_headings(lines)
    is_other = names_other_package(tag, repository_name) and not is_package_folder(path.rpartition("/")[0], tag)
    if is_version_document(path, tag, repository_name) and (whole := _cut_version_file(text, tag)):
        return whole
    for version in _list_spellings(tag):
        for number, heading in enumerate(headings):
            if _is_title_of(heading.text, version) and (section := _cut_section(lines, headings, number, version)):
                section = _add_guide(lines, headings, number, section, version)
                is_old = is_package_changelog(path) and _is_of_other_time(text, section, tag, tagged_at)
                return None if is_old or (is_other and not _names_package(section, tag)) else section
    return None


def _is_title_of(heading: str, version: str) -> bool:
    """Return whether a heading is the title of a version, with its day or name at most."""
    title = _drop_older_version(_LINK_TEXT.sub(r"\1", heading))
    match = _make_version_pattern(version).search(title)
    if match is None:
        return False
    before = title[: match.start()]
    is_title = len(before.split()) <= MAX_TITLE_WORDS and not VERSION_IN_HEADING.search(before)
    return is_title and not _NO_TITLE_WORD.search(before) and bool(_AFTER_VERSION.match(title, match.end()))


def _find_unreleased_section(text: str, tag: str) -> NoteSection | None:
    """Return the section of what is not released, at a tag whose version has none and is the next behind the newest.

    jest renames `main` to the version in the commit after the tag. A section that is left over from long ago is before
    a version that is not the one before the tag.
    """
    spellings = _list_spellings(tag)
    numbers = _read_numbers(spellings[0]) if spellings else None
    lines = text.split("\n")[:MAX_LINES]
    headings = find_headings(lines) if numbers else []
    number = next((index for index, heading in enumerate(headings) if is_unreleased(heading)), None)
    older = next((heading for heading in headings if VERSION_TITLE.match(heading.text)), None)
    if numbers is None or number is None or older is None or older.first_line < headings[number].first_line:
        return None
    before = VERSION_IN_HEADING.search(older.text)
    if _TEMPLATE_HEADING.search(headings[number].text):
        return None
    if before is None or not _is_next_version(_read_numbers(before[0].lstrip("vV")), numbers):
        return None
    return _cut_section(lines, headings, number, spellings[0])


_TEMPLATE_HEADING = re.compile(r"(?i)\d\.x\.x\b|\byyyy\b|\btemplate\b")
"""The heading of what is to be filled in at a release: jaeger has `next release v1.x.x / v2.x.x (yyyy-mm-dd)`."""


def _read_numbers(version: str) -> tuple[int, ...] | None:
    """Return the three numbers of a final version; None for another one."""
    numbers = version.split(".")
    is_final = len(numbers) in {2, 3} and all(number.isdigit() and len(number) < 7 for number in numbers)
    return (*(int(number) for number in numbers), 0)[:3] if is_final else None


def _is_next_version(older: tuple[int, ...] | None, version: tuple[int, ...]) -> bool:
    """Return whether a version raises one number of another by one, and sets those behind it to nought."""
    if older is None:
        return False
    place = next((place for place in range(3) if older[place] != version[place]), 3)
    return place < 3 and version[place] == older[place] + 1 and not any(version[place + 1 :])


_ISO_DATE = re.compile(r"\b20\d\d-\d\d-\d\d\b")

MAX_NEWER_VERSIONS = 3
"""Headings of versions up to that of a section without a date that is one of the newest."""

MAX_NOTED_DAYS = 31
"""Days between the date in the heading of a version and its tag."""


def _is_of_other_time(text: str, section: NoteSection, tag: str, tagged_at: int) -> bool:
    """Return whether a section of a changelog for all packages is old, and does not name the package of a tag.

    It is old if its date is far from the tag, or if several versions are before it. ripgrep has a section for 0.4.0 of
    2017, and the tag `grep-0.4.0` of a package of 2025.
    """
    heading = " ".join(section.heading_path)
    if _names_package(section, tag):
        return False
    noted = _ISO_DATE.search(heading)
    if noted is None:
        before = iterate_headings(text.split("\n")[: section.line_from])
        return sum(bool(VERSION_TITLE.match(other.text)) for other in before) > MAX_NEWER_VERSIONS
    try:
        day = datetime.fromisoformat(noted[0]).replace(tzinfo=UTC)
    except ValueError:
        return False
    return abs(day.timestamp() - tagged_at) > timedelta(days=MAX_NOTED_DAYS).total_seconds()


def _names_package(section: NoteSection, tag: str) -> bool:
    """Return whether the headings of a section name the package of a tag: clippy's `Rust 1.91` of `rust-1.91.0`."""
    package = read_package(tag).rpartition("/")[2].casefold()
    return bool(package) and package in " ".join(section.heading_path).casefold()


def find_version_section(text: str, tag: str) -> NoteSection | None:
    """Return the section of a changelog whose heading holds the version of a tag; None without one or without text."""
    lines = text.split("\n")[:MAX_LINES]
    headings = find_headings(lines)
    for version in _list_spellings(tag):
        pattern = _make_version_pattern(version)
        named = [number for number, other in enumerate(headings) if pattern.search(_drop_older_version(other.text))]
        # A guide to a version may be before its own section.
        for number in sorted(named, key=lambda number: not _is_title_of(headings[number].text, version)):
            if section := _cut_section(lines, headings, number, version):
                return _add_guide(lines, headings, number, section, version)
    return None


_GUIDED_VERSION = re.compile(r"(?<![\w.])v?(\d{1,4}(?:\.\d{1,4}){0,2})(?:\.x)?(?![\w.])", re.IGNORECASE)
_GUIDE_TITLE = re.compile(r"(?i).*\b(?:upgrad\w*|updat\w*|migrat\w*|to|changes)\b|\W*v?\d")


def find_guide_section(text: str, tag: str) -> NoteSection | None:
    """Return the section of a guide on how to come to the first version of a series; None without one.

    The last version of its heading is the one that it is about: `Upgrading from 5.x to 6.0`. Of 6.0.0 it may be `6`.

    Args:
        text: the text of the guide.
        tag: the tag.
    """
    spellings = _list_spellings(tag)
    numbers = _read_numbers(spellings[0]) if spellings else None
    if numbers is None or numbers[2]:
        return None
    lines = text.split("\n")[:MAX_LINES]
    headings = find_headings(lines)
    for number, heading in enumerate(headings):
        named = _GUIDED_VERSION.findall(heading.text)
        if not named or not _GUIDE_TITLE.match(heading.text):
            continue
        parts = [int(part) for part in named[-1].split(".")]
        is_own = tuple(parts) == numbers[: len(parts)] and not any(numbers[len(parts) :])
        beside = (other for other in headings if other is not heading and other.level == heading.level)
        # A file about one version alone is prose with a table of contents, examples and where to get help.
        is_listed = heading.level > 1 or any(_GUIDED_VERSION.search(other.text) for other in beside)
        if is_own and is_listed and (section := _cut_section(lines, headings, number, spellings[0])):
            return section
    return None


def names_release(tag: str) -> bool:
    """Return whether a tag names a version, or the day of a release."""
    return bool(VERSION_PATTERN.search(spell_version(tag)) or _DATE_TAG.fullmatch(tag))


def names_version(text: str, tag: str) -> bool:
    """Return whether a text names the version of a tag, in any of its spellings."""
    return any(_make_version_pattern(version).search(text) for version in _list_spellings(tag))


def _make_version_pattern(version: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.])v?{re.escape(version)}(?![\w+]|\.\d|-\w)", re.IGNORECASE)


def _add_guide(
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


_SINGLE_FILE = re.compile(r"(?i)release[-_]?notes(?:\.(?:md|txt|rst))?$")
"""The name of a file that may hold the notes of the latest version alone."""


def _cut_titled_file(text: str, tag: str) -> NoteSection | None:
    """Return the text below the first line, if that names the version of a tag; None if it does not.

    curl writes `curl and libcurl 8.16.0`, and the notes of no other version into its file.
    """
    lines = text.replace("\r\n", "\n").split("\n")[:MAX_LINES]
    first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    title = lines[first].strip() if first < len(lines) else ""
    names_version = any(_make_version_pattern(version).search(title) for version in _list_spellings(tag))
    if not names_version or len(title) > MAX_TITLE_LENGTH:
        return None
    own_lines, blank = trim_blank_lines(lines[first + 1 :])
    own_text = "\n".join(own_lines).rstrip()[:MAX_NOTE_LENGTH]
    line_from = first + blank + 2
    return NoteSection(line_from, line_from + own_text.count("\n"), (title,), own_text) if own_text else None


def _drop_older_version(heading: str) -> str:
    """Return a heading from the newer of two versions on: `CHANGES FROM 3.6b TO 3.7` is that of 3.7."""
    return heading[match.end() :] if (match := _FROM_VERSION.match(heading)) else heading


def _cut_section(lines: list[str], headings: list[NoteHeading], number: int, version: str) -> NoteSection | None:
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
    above: list[NoteHeading] = []
    for other in headings[:number] if heading.style in LEVELLED_STYLES else ():
        above = [parent for parent in above if parent.level < other.level] + [other]
    titles = [
        parent.text for parent in above if parent.level < heading.level and not VERSION_IN_HEADING.search(parent.text)
    ]
    first = _skip_to_breaking(lines, headings, first, last)
    text = "\n".join(line.rstrip("\r") for line in lines[first:last])[:MAX_NOTE_LENGTH]
    return NoteSection(first + 1, first + 1 + text.count("\n"), (*titles, heading.text), text)


_BREAKING_TITLE = re.compile(r"(?i)\W*(?:breaking|(?:backwards?[- ])?incompatib\w*|deprecat\w*|removed|removals?)\b")


def _skip_to_breaking(lines: list[str], headings: list[NoteHeading], first: int, last: int) -> int:
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


def _is_pre_release_of(other: NoteHeading, version: str) -> bool:
    stage = re.search(rf"(?<![\w.])v?{re.escape(version)}([-.]?[a-z][\w.]*)", other.text, re.IGNORECASE)
    return stage is not None and names_stage(stage[1])


def _list_ending(headings: list[NoteHeading], number: int, version: str) -> Iterator[NoteHeading]:
    """Yield the headings that may end the section of a heading, by its index."""
    for index in range(number + 1, len(headings)):
        if _is_misplaced(headings, number, index):
            continue
        other = headings[index]
        ends = _ends_section(headings[number], other) or _is_older_version(headings[number], other, version)
        if ends and not _is_guide_to(other.text, version):
            yield other


_BARE_VERSION = re.compile(r"(?:[A-Za-z][\w.'’-]{0,30}\s)?[\[`]?v?\d+\.\d")
"""A heading that is a version, behind a name of one word at most: not `Fixes since 0.12.0`."""


def _is_older_version(heading: NoteHeading, other: NoteHeading, version: str) -> bool:
    """Return whether a heading below that of a version is the title of an older one.

    reqwest has `# v0.13.0`, and `## v0.12.28` behind its notes.
    """
    if heading.style not in LEVELLED_STYLES or other.style != heading.style or not _BARE_VERSION.match(other.text):
        return False
    found = VERSION_IN_HEADING.search(other.text)
    numbers, own = (_read_numbers(name) if name else None for name in (found and found[0].lstrip("vV"), version))
    return numbers is not None and own is not None and numbers < own


def _trim_lines(lines: list[str], first: int, last: int) -> tuple[int, int]:
    """Return a range of lines without blank ones, days, targets of reStructuredText and signatures at its ends."""
    while first < last and (not lines[first].strip() or _DATE_LINE.match(lines[first].rstrip("* \r"))):
        first += 1
    while last > first and (not lines[last - 1].strip() or lines[last - 1].startswith((".. _", " -- "))):
        last -= 1
    return first, last


def _cut_version_file(text: str, tag: str) -> NoteSection | None:
    """Return the whole text of a file about one version, below its title; None if it has sections of several."""
    lines = text.replace("\r\n", "\n").split("\n")[:MAX_LINES]
    first, title = 0, tuple[str, ...]()
    headings = find_headings(lines)
    if _has_other_versions(headings, tag):
        return None
    if headings and not any(line.strip() for line in lines[: headings[0].first_line]):
        first, title = headings[0].next_line, (headings[0].text,)
    own_lines, blank = trim_blank_lines(lines[first:])
    first += blank
    text = "\n".join(own_lines).rstrip()[:MAX_NOTE_LENGTH]
    return NoteSection(first + 1, first + 1 + text.count("\n"), title, text) if text else None


def _has_other_versions(headings: list[NoteHeading], tag: str) -> bool:
    """Return whether a title of the version of a tag has one of another version beside it.

    pylint's `whatsnew/4/4.0/index.rst` also holds the patches of 4.0.
    """
    titles: dict[tuple[str, int], set[bool]] = {}
    for heading in headings:
        version = VERSION_IN_HEADING.search(heading.text)
        if version and _is_title_of(heading.text, version[0].lstrip("vV")):
            titles.setdefault((heading.style, heading.level), set()).add(names_version(heading.text, tag))
    return any(len(kinds) > 1 for kinds in titles.values())


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


def _list_spellings(tag: str) -> list[str]:
    """Return the spellings under which a changelog may name the version of a tag, the most exact first."""
    if dated := _DATE_TAG.fullmatch(tag):
        return [tag, "-".join(dated.group("year", "month", "day"))]
    match = VERSION_PATTERN.search(spell_version(tag))
    if not match:
        return []
    spellings = [match[0]]
    if match["suffix"]:
        # `1.0-rc.1`, `1.0rc1` and `1.0 RC1` are one version.
        suffix = re.sub(r"[-._]", "", match["suffix"])
        spellings += [match["number"] + suffix, f"{match['number']}-{suffix}", f"{match['number']} {suffix}"]
        # `v7.0.0-ember-source` is 7.0.0 of a package, `v18.0.0-deno` that for a platform.
        if re.fullmatch(r"(?:-[a-z]{2,20}){1,4}", match["suffix"]) and not names_stage(match["suffix"]):
            spellings.append(match["number"])
    elif match["number"].endswith(".0") and match["number"].count(".") > 1:
        spellings.append(match["number"].removesuffix(".0"))
    return list(dict.fromkeys(spellings))


def trim_blank_lines(lines: Sequence[str]) -> tuple[list[str], int]:
    """Return lines without the blank ones at both ends, and how many were dropped at the beginning."""
    said = [number for number, line in enumerate(lines) if line.strip()]
    return (list(lines[said[0] : said[-1] + 1]), said[0]) if said else ([], len(lines))
