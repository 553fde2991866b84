"""Join what the changelogs of packages that share one version say about a release. Pure.

A workspace has one tag for packages with a changelog each: what `pier-lamp/CHANGELOG.md` says of 2.1.0 is as new to
those who take the version as what `CHANGELOG.md` says. egui 0.36.0 renamed an option of its test kit there alone.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from resources.git.log import names_other_package
from resources.git.notes.places import is_package_changelog, is_package_folder
from resources.git.notes.read import NoteFile, TagNotes
from sparky_assets.text.changelogs.cutting import MAX_NOTE_LENGTH, NoteSection
from sparky_assets.text.changelogs.headings import VERSION_TITLE, is_unreleased, iterate_headings
from sparky_assets.text.changelogs.sections import find_document_section
from sparky_assets.text.changelogs.spelling import list_spellings

MIN_SHARING_PACKAGES = 2
"""Packages whose newest version is that of a tag, from which on they share its version."""

_ITEM = re.compile(r"[ \t]{0,3}[-*+][ \t]")

_NOTHING_NEW = re.compile(
    r"(?i)[-*\s]*(?:nothing new|no (?:significant |notable |user-facing )?changes?(?: in this release)?|none"
    r"|version bump only\b[^\n]{0,100})[.\s]*"
)
"""What a changelog says of a version in which its package did not change."""


def find_shared_sections(
    files: Iterable[NoteFile], release: TagNotes, repository_name: str, tags: Iterable[str]
) -> list[tuple[NoteFile, NoteSection]]:
    """Return the sections about the version of a tag in changelogs of packages that share it, in their order.

    Args:
        files: documents at the tag.
        release: what is at the tag.
        repository_name: `owner/name`.
        tags: other tags. A package that has one of its own for this version says there what is new.
    """
    if names_other_package(release.tag, repository_name):
        return []
    spellings = set(list_spellings(release.tag))
    twins = [
        tag for tag in tags if names_other_package(tag, repository_name) and spellings.intersection(list_spellings(tag))
    ]
    sharing: list[tuple[NoteFile, NoteSection]] = []
    for file in files:
        if not is_package_changelog(file.path):
            continue
        section = find_document_section(file.path, file.text, release.tag, repository_name, release.tagged_at)
        if section and _is_newest(file.text, section):
            sharing.append((file, section))
    if len(sharing) < MIN_SHARING_PACKAGES:
        return []
    return [own for own in sharing if not _has_own_tag(own[0], twins)]


def _is_newest(text: str, section: NoteSection) -> bool:
    """Return whether no version is above a section: an old one of that number is of another time."""
    before = list(iterate_headings(text.split("\n")[: section.line_from - 1]))
    # The last of them is the heading of the section itself.
    return not any(VERSION_TITLE.match(other.text) and not is_unreleased(other) for other in before[:-1])


def _has_own_tag(file: NoteFile, tags: Sequence[str]) -> bool:
    folder = file.path.rpartition("/")[0]
    return any(is_package_folder(folder, tag, is_exact=True) for tag in tags)


def join_sections(text: str, sections: Sequence[tuple[NoteFile, NoteSection]]) -> str:
    """Return notes with what packages say beside them, each below its folder as a heading; the notes if nothing is new.

    Args:
        text: the notes.
        sections: the changelogs of packages, each with its section.
    """
    seen = {line.strip() for line in text.split("\n")}
    parts = [text]
    for file, section in sections:
        further = _drop_repeated(section.text, seen)
        if not further or _NOTHING_NEW.fullmatch(further):
            continue
        seen.update(line.strip() for line in further.split("\n"))
        parts.append(f"## {PurePosixPath(file.path).parent.name}\n\n{_lower_headings(further)}")
    return "\n\n".join(parts)[:MAX_NOTE_LENGTH]


def _drop_repeated(text: str, seen: set[str]) -> str:
    """Return a section without the items whose first line is in other notes, and without headings over nothing."""
    kept: list[str] = []
    heading = ""
    is_repeated = False
    for line in text.split("\n"):
        if line.startswith("#"):
            heading, is_repeated = line, False
            continue
        if _ITEM.match(line):
            is_repeated = line.strip() in seen
        elif line.strip() and not line[0].isspace():
            is_repeated = False
        if is_repeated:
            continue
        if heading and not line.strip():
            continue
        if heading:
            kept += ["", heading, ""]
            heading = ""
        kept.append(line)
    return "\n".join(kept).strip()


def _lower_headings(text: str) -> str:
    """Return a section with its headings in Markdown below that of its package."""
    return re.sub(r"(?m)^(#{1,2}) ", "### ", text)
