"""Build NOTES rows of lines that changes add to changelogs and fragments, and of READMEs. Pure.

The text of every note is cleaned here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import takewhile
from pathlib import PurePosixPath
from typing import Any

from resources.git.notes.places import is_changelog, is_note_path
from resources.git.notes.read import AddedLines, ReadmeVersion
from sparky_assets.raw.git_rows import to_instant
from sparky_assets.raw.notes.fragments import read_yaml_entry
from sparky_assets.text.changelogs.cutting import MAX_NOTE_LENGTH, trim_blank_lines
from sparky_assets.text.changelogs.headings import (
    VERSION_IN_HEADING,
    HeadingReader,
    find_heading_path,
    find_headings,
    is_unreleased,
    iterate_headings,
)
from sparky_assets.text.changelogs.sections import MAX_LINES
from sparky_assets.text.redact import EMAIL_PATTERN
from sparky_assets.text.references import find_references

MAX_README_LENGTH = 4_000
"""Characters of a README that are stored: it says what a repository is at its beginning."""

MAX_ADDED_LINES = 60
"""Lines that a change adds to a changelog at one place. More of them are a release or a moved file."""

_FRAGMENT_NAME = re.compile(
    r"\.(feature|bugfix|doc|docs|removal|misc|deprecation|breaking|fix|security|change|change[ds]|added|removed|fixed"
    r"|deprecated|enhancement|improvement|performance|perf)\b",
    re.IGNORECASE,
)

_IGNORED_FRAGMENTS = re.compile(r"readme|template|\.git|config\.|_template|index\.", re.IGNORECASE)


def build_change_rows(additions: Sequence[AddedLines], shared_values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the rows of lines that changes added.

    Lines of a commit that makes a release are none, and neither are those that say again what they replace: a change
    that fills the entries of others at another column has written none of them.
    """
    release_files = {(addition.sha, addition.path) for addition in additions if _adds_version(addition)}
    for addition in additions:
        is_own = (addition.sha, addition.path) not in release_files and not addition.is_reworded
        if is_own and (row := _build_change_row(addition, shared_values)):
            yield row


def _build_change_row(addition: AddedLines, shared_values: Mapping[str, Any]) -> dict[str, Any] | None:
    in_changelog = is_changelog(addition.path)
    name = PurePosixPath(addition.path).name
    is_fragment = is_note_path(addition.path) and not _IGNORED_FRAGMENTS.search(name) and addition.first_line == 1
    if not in_changelog and not is_fragment:
        return None
    lines, skipped = _strip_front_matter(list(addition.lines)) if not in_changelog else (list(addition.lines), 0)
    lines, blank = trim_blank_lines(lines)
    skipped += blank
    if len(lines) > MAX_ADDED_LINES:
        return None
    text = "\n".join(lines)
    entry = read_yaml_entry(text) if is_fragment and name.endswith((".yaml", ".yml")) else None
    text = entry.text if entry else text
    has_prose = any(line.strip() for line in _drop_headings(lines))
    if not has_prose or len(text.split()) < 3:
        return None
    first = addition.first_line + skipped
    path: tuple[str, ...] = ()
    if in_changelog and addition.file_text is not None:
        headings, line_count = _read_file(addition.file_text)
        if not _is_in_newest_section(headings, line_count, addition):
            return None
        path = find_heading_path(headings, first)
    elif entry:
        path = (entry.kind,) if entry.kind else ()
    elif match := _FRAGMENT_NAME.search(name):
        path = (match[1].lower(),)
    values = {
        **shared_values,
        "kind": "change", "tag": None, "sha": addition.sha, "at": to_instant(addition.committed_at),
        "path": addition.path, "blob": addition.blob, "line_from": first, "line_to": first + len(lines) - 1,
        "heading_path": list(path),
    }  # fmt: skip
    return add_note_text(values, text)


def build_readme_row(readme: ReadmeVersion, shared_values: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the row of a README, with its beginning; None for an empty one."""
    text = readme.file.text[:MAX_README_LENGTH]
    if not text.strip():
        return None
    values = {
        **shared_values,
        "kind": "readme", "tag": None, "sha": readme.sha, "at": to_instant(readme.committed_at),
        "path": readme.file.path, "blob": readme.file.blob, "line_from": 1, "line_to": text.count("\n") + 1,
        "heading_path": [],
    }  # fmt: skip
    return add_note_text(values, text)


def _adds_version(addition: AddedLines) -> bool:
    """Return whether lines hold the heading of a version: then the commit makes a release, or moves its notes."""
    if not is_changelog(addition.path):
        return False
    headings = iterate_headings(list(addition.lines[:MAX_LINES]))
    return any(VERSION_IN_HEADING.search(heading.text) and not is_unreleased(heading) for heading in headings)


@lru_cache(maxsize=2)
def _read_file(text: str) -> tuple[HeadingReader, int]:
    """Return the headings and the number of the lines of a changelog, to which a commit mostly adds at many places."""
    lines = text.split("\n")[:MAX_LINES]
    return HeadingReader(lines), len(lines)


def _is_in_newest_section(headings: HeadingReader, line_count: int, addition: AddedLines) -> bool:
    """Return whether added lines are news: new lines in the newest section of a changelog.

    Lines that replace others are a correction, but in a section that is not released. Without sections every line is.
    """
    sections = (heading for heading in headings if is_unreleased(heading) or VERSION_IN_HEADING.search(heading.text))
    newest = next(sections, None)
    if newest is None:
        return addition.removed_lines == 0
    # Lines behind the added ones are not read: a section may be long.
    before = takewhile(lambda other: other.first_line < addition.first_line, sections)
    ends = any(other.style == newest.style and other.level <= newest.level for other in before)
    is_inside = newest.first_line < addition.first_line <= line_count and not ends
    return is_inside and (addition.removed_lines == 0 or is_unreleased(newest))


def _drop_headings(lines: list[str]) -> list[str]:
    heading_lines = {
        number for heading in find_headings(lines) for number in range(heading.first_line, heading.next_line)
    }
    return [line for number, line in enumerate(lines) if number not in heading_lines]


def _strip_front_matter(lines: list[str]) -> tuple[list[str], int]:
    """Return the lines of a fragment behind its front matter, and how many were left out."""
    if lines and lines[0].strip() == "---":
        for number, line in enumerate(lines[1:60], start=1):
            if line.strip() == "---":
                return lines[number + 1 :], number + 1
    return lines, 0


def clean_note_text(text: str) -> str:
    """Return a note as it is stored: at most `MAX_NOTE_LENGTH` characters, without addresses, line by line."""
    # Addresses go line by line, so that the numbers of lines stay right.
    return "\n".join(_remove_emails(line) for line in text[:MAX_NOTE_LENGTH].split("\n"))


def add_note_text(values: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Return the columns of a row with a text, clean, and the references in it."""
    clean = clean_note_text(text)
    return {**values, "text": clean, "references": list(find_references(clean))}


def _remove_emails(line: str) -> str:
    while "@" in line and (shorter := EMAIL_PATTERN.sub("", line)) != line:
        line = shorter
    return line
