"""Which lines of a guide on how to come to new versions are about the version of a tag. Pure.

Which files are guides is decided in `resources/git/notes/guides.py`.
"""

import re

from resources.git.notes.guides import is_short_for, leads_to
from sparky_assets.text.changelogs.cutting import (
    MAX_NOTE_LENGTH,
    NoteSection,
    cut_section,
    skip_to_breaking,
    trim_blank_lines,
)
from sparky_assets.text.changelogs.headings import NoteHeading, find_headings
from sparky_assets.text.changelogs.sections import MAX_LINES
from sparky_assets.text.changelogs.spelling import is_next_version, list_spellings, read_numbers


def is_first_of_series(tag: str) -> bool:
    """Return whether a tag names the first version of a series, to which guides lead: `v6.0.0`, `6.1`, `0.12.0`."""
    spellings = list_spellings(tag)
    numbers = read_numbers(spellings[0]) if spellings else None
    return numbers is not None and not numbers[2]


_GUIDED_VERSION = re.compile(r"(?<![\w.])v?(\d{1,4}(?:\.\d{1,4}){0,2})(?:\.x)?(?![\w.])", re.IGNORECASE)

_GUIDE_TITLE = re.compile(r"(?i).*\b(?:upgrad\w*|updat\w*|migrat\w*|to|changes)\b|.*\d\S* ?(?:->|→) ?v?\d|\W*v?\d")


_NAMED_VERSION = re.compile(
    r"(?i)(?!(?:python|php|ruby|node(?:\.?js)?|java|go|rust|typescript|django|rails|react|vue|android|ios|kotlin|swift)\b)"
    r"[a-z][\w.-]{1,30} v?\d{1,4}(?:\.\d{1,4}){0,2}(?:\.x)?\W*"
)
"""The name of a project with its version: `Pier 2.0`; the version of a language is what it needs."""

_FRONT_MATTER = re.compile(r"---\r?\n(?:[^\n]{0,500}\n){0,60}?---\r?\n")


def _begins_series(tag: str) -> bool:
    """Return whether a tag names the first version of a major series: `v2.0.0`, or `0.3.0` before 1.0."""
    numbers = read_numbers(list_spellings(tag)[0])
    return numbers is not None and not any(numbers[1 if numbers[0] else 2 :])


def _links_to(notes: str, path: str) -> bool:
    """Return whether notes have a link to the page of a guide, in the repository or on a site made of it."""
    stem = re.escape(path.rpartition("/")[2].rpartition(".")[0])
    return bool(re.search(rf"[/(]{stem}(?:\.\w{{2,8}})?/?(?:#[^\s)>]*)?[\s)>\]`]", f"{notes} ", re.IGNORECASE))


def find_guide_text(path: str, text: str, tag: str, notes: str = "") -> NoteSection | None:
    """Return what a guide says on how to come to the first version of a series: its section, or the whole guide.

    A guide is about one version alone if its path or its title names that, or the notes of the first version of a major
    series link to it, and no other title of it names one.

    Args:
        path: the path of the guide.
        text: its text.
        tag: the tag.
        notes: the notes of the version.
    """
    if not is_first_of_series(tag):
        return None
    lines = text.split("\n")[:MAX_LINES]
    headings = find_headings(lines)
    is_whole = leads_to(path, tag) and _is_about_one(headings, tag)
    if section := None if is_whole else _cut_version(lines, headings, tag):
        return section
    front = _FRONT_MATTER.match(text)
    first = front[0].count("\n") if front else 0
    headings = [heading for heading in headings if heading.first_line >= first]
    first_heading = headings[0] if headings else None
    title = first_heading if first_heading and (first_heading.level == 1 or _names_first(first_heading, tag)) else None
    is_named = _names_in_front_matter(front[0], tag) if front else False
    is_named = is_named or leads_to(path, tag)
    is_named = is_named or (_begins_series(tag) and (_links_to(notes, path) or _leads_in_opening(lines, first, tag)))
    if not is_named and not (title and title.level == 1 and _names_first(title, tag)):
        return None
    outer = [heading for heading in headings if heading is not title and heading.level <= 2]
    if any(_GUIDED_VERSION.fullmatch(heading.text) or _names_other(heading, tag) for heading in outer):
        return None
    if title and not any(line.strip() for line in lines[first : title.first_line]):
        first = title.next_line
    # graphql-dotnet's guide to 8.0 has 43,000 characters about what is new in front of what breaks.
    first = skip_to_breaking(lines, headings, first, len(lines))
    own_lines, blank = trim_blank_lines(lines[first:])
    own_text = "\n".join(line.rstrip("\r") for line in own_lines).rstrip()[:MAX_NOTE_LENGTH]
    path_of_headings = (title.text,) if title else ()
    line_from = first + blank + 1
    return NoteSection(line_from, line_from + own_text.count("\n"), path_of_headings, own_text) if own_text else None


MAX_OPENING_LINES = 20
"""Lines at the beginning of a guide that say to which version it leads."""
_OPENING = re.compile(
    r"(?i)\b(?:migrat|upgrad|mov|updat)\w*\b[^.]{0,80}\bfrom (?:[a-z][\w.-]{0,30} )?v?\d{1,4}(?:\.\d{1,4}){0,2}(?:\.x)?"
    r" to (?:[a-z][\w.-]{0,30} )?v?(?P<version>\d{1,4}(?:\.\d{1,4}){0,2})(?![\d])"
)


def _leads_in_opening(lines: list[str], first: int, tag: str) -> bool:
    """Return whether the first lines of a guide say that it leads to a version: `migrate from Pier V1 to Pier V2`."""
    named = _OPENING.search(" ".join(lines[first : first + MAX_OPENING_LINES]))
    numbers = tuple(int(number) for number in named["version"].split(".")) if named else ()
    return is_short_for(numbers, read_numbers(list_spellings(tag)[0]) or ())


_FRONT_TITLE = re.compile(r"^title:[ \t]{0,4}[\"']?(?P<title>[^\n]{1,120})", re.MULTILINE)


def _names_in_front_matter(front: str, tag: str) -> bool:
    """Return whether the title in the front matter of a page leads to a version: `title: What's new in v3`."""
    match = _FRONT_TITLE.search(front)
    named = _GUIDED_VERSION.findall(match["title"]) if match else ()
    numbers = tuple(int(number) for number in named[-1].split(".")) if named else ()
    return is_short_for(numbers, read_numbers(list_spellings(tag)[0]) or ())


def _read_guided_numbers(heading: NoteHeading) -> tuple[int, ...]:
    """Return the numbers of the version to which a heading leads, the last that it names; empty without one."""
    is_title = _GUIDE_TITLE.match(heading.text) or _NAMED_VERSION.fullmatch(heading.text)
    named = _GUIDED_VERSION.findall(heading.text) if is_title else ()
    return tuple(int(number) for number in named[-1].split(".")) if named else ()


def _names_first(heading: NoteHeading, tag: str) -> bool:
    """Return whether a heading leads to the first version of a series: `Upgrading from 5.x to 6` to 6.0.0.

    `Migrating from Vitest 0.34.6` leads to the one behind that, which is 1.0.0.
    """
    numbers = read_numbers(list_spellings(tag)[0])
    from_alone = _FROM_ALONE.fullmatch(heading.text.strip())
    if from_alone and numbers:
        older = tuple(int(number) for number in from_alone["version"].split("."))
        return is_next_version((*older, 0, 0)[:3], numbers)
    return is_short_for(_read_guided_numbers(heading), numbers or ())


_FROM_ALONE = re.compile(
    r"(?i)(?:migrat|upgrad)\w+ from (?:[a-z][\w.-]{0,30} )?v?(?P<version>\d{1,4}(?:\.\d{1,4}){0,2})(?:\.x)?"
)
"""A heading that names the version alone from which readers come."""
_OTHER_GUIDE = re.compile(r"(?i)\W*(?:upgrad|updat|migrat|changes)\w*\b.{0,40}\bv?\d")


def _names_other(heading: NoteHeading, tag: str) -> bool:
    """Return whether a heading is that of the guide to another version."""
    return bool(_OTHER_GUIDE.match(heading.text)) and not _names_first(heading, tag)


def _is_about_one(headings: list[NoteHeading], tag: str) -> bool:
    """Return whether the first heading of a guide leads to a version, and no other one to another version.

    winston's `UPGRADE-3.0.md` also has `Migrating filters to formats in winston@3`, one of its many parts.
    """
    named = [heading for heading in headings if _read_guided_numbers(heading)]
    return bool(named) and named[0] is headings[0] and all(_names_first(heading, tag) for heading in named)


def find_guide_section(text: str, tag: str) -> NoteSection | None:
    """Return the section of a guide on how to come to the first version of a series; None without one.

    The last version of its heading is the one that it is about: `Upgrading from 5.x to 6.0`. Of 6.0.0 it may be `6`.

    Args:
        text: the text of the guide.
        tag: the tag.
    """
    if not is_first_of_series(tag):
        return None
    lines = text.split("\n")[:MAX_LINES]
    return _cut_version(lines, find_headings(lines), tag)


def _cut_version(lines: list[str], headings: list[NoteHeading], tag: str) -> NoteSection | None:
    """Return the section below the heading that leads to a version; None without one, and for a file about it alone."""
    for number, heading in enumerate(headings):
        if not _names_first(heading, tag):
            continue
        beside = (other for other in headings if other is not heading and other.level == heading.level)
        # A file about one version alone is prose with a table of contents, examples and where to get help.
        is_listed = heading.level > 1 or any(_GUIDED_VERSION.search(other.text) for other in beside)
        if is_listed and (section := cut_section(lines, headings, number, list_spellings(tag)[0])):
            return section
    return None
