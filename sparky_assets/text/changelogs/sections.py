"""Which section of a changelog or another document is about the version of a tag. Pure.

Reading files belongs to `resources/git/notes/read.py`, building rows to `sparky_assets/raw/notes/releases.py`.
"""

import re
from datetime import UTC, datetime, timedelta

from resources.git.log import names_other_package, read_package
from resources.git.notes.places import (
    MIN_PRODUCT_LENGTH,
    is_package_changelog,
    is_package_folder,
    is_product_folder,
    is_version_document,
    is_version_file,
)
from sparky_assets.text.changelogs.cutting import MAX_NOTE_LENGTH, NoteSection, add_guide, cut_section, trim_blank_lines
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
from sparky_assets.text.changelogs.spelling import (
    drop_older_version,
    is_next_version,
    list_spellings,
    make_version_pattern,
    names_version,
    read_numbers,
)

MAX_LINES = 40_000


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
    r"(?i)[\])`*>?:.]{0,6}\s*(?:$|[-–—:(,/|@\[<]|(?:pending )?release[ds]?\b|notes\b|change\w*"
    rf"|unreleased\b|lts\b|final\b|yanked\b|{DAY_PATTERN})"
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
    folder = path.rpartition("/")[0]
    is_own_folder = is_package_folder(folder, tag) or is_product_folder(folder, tag)
    is_other = names_other_package(tag, repository_name) and not is_own_folder
    if is_version_document(path, tag, repository_name) and (whole := _cut_version_file(text, tag)):
        return whole
    for version in list_spellings(tag):
        for number, heading in enumerate(headings):
            if _is_title_of(heading.text, version) and (section := cut_section(lines, headings, number, version)):
                section = add_guide(lines, headings, number, section, version)
                is_old = is_package_changelog(path) and _is_of_other_time(text, section, tag, tagged_at)
                is_own = not is_other or _names_package(section, tag) or _names_product(section, tag)
                return section if is_own and not is_old else None
    return None if is_other else _find_developed_section(lines, headings, tag)


def _is_title_of(heading: str, version: str) -> bool:
    """Return whether a heading is the title of a version, with its day or name at most."""
    title = drop_older_version(_LINK_TEXT.sub(r"\1", heading))
    match = make_version_pattern(version).search(title)
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
    spellings = list_spellings(tag)
    numbers = read_numbers(spellings[0]) if spellings else None
    lines = text.split("\n")[:MAX_LINES]
    headings = find_headings(lines) if numbers else []
    number = next((index for index, heading in enumerate(headings) if is_unreleased(heading)), None)
    if number is None:
        return _find_developed_section(lines, headings, tag)
    # A heading below it may name the version of a standard: `JSON encoding of the v1.05 specification`.
    level = headings[number].level if number is not None else 0
    titles = (heading for heading in headings if heading.style not in LEVELLED_STYLES or heading.level <= level)
    older = next((heading for heading in titles if VERSION_TITLE.match(heading.text)), None)
    if numbers is None or number is None or older is None or older.first_line < headings[number].first_line:
        return None
    before = VERSION_IN_HEADING.search(older.text)
    if _TEMPLATE_HEADING.search(headings[number].text):
        return None
    if before is None or not is_next_version(read_numbers(before[0].lstrip("vV")), numbers):
        return None
    return cut_section(lines, headings, number, spellings[0])


_DEVELOPED_TITLE = re.compile(
    r"(?i)\W*v?(?P<number>\d+\.\d+(?:\.\d+)?)[ .-]{0,3}(?:alpha|beta|preview|snapshot|dev)[ .-]?[x\d]{0,3}\b"
)


def _find_developed_section(lines: list[str], headings: list[NoteHeading], tag: str) -> NoteSection | None:
    """Return the newest section if its title is that of the version in development: `8.0 Alpha X` at the tag 8.0.0."""
    spellings = list_spellings(tag)
    newest = next((index for index, heading in enumerate(headings) if VERSION_IN_HEADING.search(heading.text)), None)
    match = _DEVELOPED_TITLE.match(headings[newest].text) if newest is not None else None
    if newest is None or match is None or not spellings:
        return None
    numbers = read_numbers(spellings[0])
    return cut_section(lines, headings, newest, spellings[0]) if read_numbers(match["number"]) == numbers else None


_TEMPLATE_HEADING = re.compile(r"(?i)\d\.x\.x\b|\byyyy\b|\btemplate\b")
"""The heading of what is to be filled in at a release: jaeger has `next release v1.x.x / v2.x.x (yyyy-mm-dd)`."""

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


_OF_PRODUCT = re.compile(
    r"(?i)\b(?:release|version) \S{1,30} of (?:the )?(?P<name>(?-i:[A-Z])[\w-]*(?: (?-i:[A-Z])[\w-]*){0,3})"
)
"""How a section begins that names its product: `This is release 5.0.0 of the Authoritative Server.`"""

MAX_PRODUCT_LENGTH = 400
"""Characters at the beginning of a section that may name its product."""


def _names_product(section: NoteSection, tag: str) -> bool:
    """Return whether a section begins with the product that a tag names by a short name: `auth-5.0.0`."""
    product = read_package(tag).casefold()
    match = _OF_PRODUCT.search(" ".join(section.text[:MAX_PRODUCT_LENGTH].split()))
    words = match["name"].casefold().split() if match else []
    return len(product) >= MIN_PRODUCT_LENGTH and any(word.startswith(product) for word in words)


MAX_TRIED_HEADINGS = 200
"""Headings with one version of which the first with text is its section: a file of headings alone is none."""


def find_version_section(text: str, tag: str) -> NoteSection | None:
    """Return the section of a changelog whose heading holds the version of a tag; None without one or without text."""
    lines = text.split("\n")[:MAX_LINES]
    headings = find_headings(lines)
    for version in list_spellings(tag):
        pattern = make_version_pattern(version)
        named = [number for number, other in enumerate(headings) if pattern.search(drop_older_version(other.text))]
        # A guide to a version may be before its own section.
        named.sort(key=lambda number: not _is_title_of(headings[number].text, version))
        for number in named[:MAX_TRIED_HEADINGS]:
            if section := cut_section(lines, headings, number, version):
                return add_guide(lines, headings, number, section, version)
    return None


_SINGLE_FILE = re.compile(r"(?i)release[-_]?notes(?:\.(?:md|txt|rst))?$")
"""The name of a file that may hold the notes of the latest version alone."""


def _cut_titled_file(text: str, tag: str) -> NoteSection | None:
    """Return the text below the first line, if that names the version of a tag; None if it does not.

    curl writes `curl and libcurl 8.16.0`, and the notes of no other version into its file.
    """
    lines = text.replace("\r\n", "\n").split("\n")[:MAX_LINES]
    first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    title = lines[first].strip() if first < len(lines) else ""
    names_version = any(make_version_pattern(version).search(title) for version in list_spellings(tag))
    if not names_version or len(title) > MAX_TITLE_LENGTH:
        return None
    own_lines, blank = trim_blank_lines(lines[first + 1 :])
    own_text = "\n".join(own_lines).rstrip()[:MAX_NOTE_LENGTH]
    line_from = first + blank + 2
    return NoteSection(line_from, line_from + own_text.count("\n"), (title,), own_text) if own_text else None


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
