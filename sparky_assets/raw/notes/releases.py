"""Build NOTES rows of releases: their notes, and guides to their version. Pure.

The notes of a release are the section of a changelog at its tag whose heading holds the version; else the message of
the tag or of its commit. Reading files and logs belongs to `resources/git/notes/read.py`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import polars as pl

from resources.git.log import names_other_package
from resources.git.notes.places import is_package_changelog
from resources.git.notes.read import NoteFile, RepositoryNotes, TagNotes
from sparky_assets.raw.git_rows import to_instant
from sparky_assets.raw.notes.changes import add_note_text, build_change_rows, build_readme_row
from sparky_assets.raw.notes.fragments import join_fragments
from sparky_assets.raw.notes.workspaces import find_shared_sections, join_sections
from sparky_assets.raw.tables import NOTES
from sparky_assets.text.changelogs.cutting import NoteSection
from sparky_assets.text.changelogs.guides import find_guide_section, find_guide_text, is_first_of_series
from sparky_assets.text.changelogs.sections import find_document_section, find_file_section
from sparky_assets.text.changelogs.spelling import names_release, names_version
from sparky_assets.text.references import points_elsewhere, says_only_version

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)

_TRAILER = re.compile(r"[A-Z][A-Za-z]{1,30}(?:-[A-Za-z]{1,30}){1,4}:\s")

GUIDE_KIND = "guide"

DocumentFinder = Callable[[TagNotes], Iterator[tuple[NoteFile, ...]]]
"""Yields, for what is at a tag, further documents that may hold its notes: those to try first, then others."""

PackageFinder = Callable[[TagNotes], tuple[NoteFile, ...]]
"""Returns, for what is at a tag, the changelogs of packages that name its version."""

GuideFinder = Callable[[TagNotes], tuple[NoteFile, ...]]
"""Returns, for what is at a tag, the guides that may be about its version."""


def build_note_rows(
    notes: RepositoryNotes,
    repository_name: str,
    visibility: str,
    find_documents: DocumentFinder | None = None,
    find_guides: GuideFinder | None = None,
    *,
    find_packages: PackageFinder | None = None,
) -> pl.DataFrame:
    """Return the NOTES rows of one repository.

    Args:
        notes: what was read.
        repository_name: `owner/name`.
        visibility: who may see the repository.
        find_documents: yields documents in other places, for tags without notes.
        find_guides: returns the guides to the version of a tag.
        find_packages: returns the changelogs of packages that name the version of a tag.
    """
    shared_values = {"repository": repository_name, "visibility": visibility, "first_seen_at": None}
    # The newest ones first: the number of searches is limited.
    rows: list[dict[str, Any]] = []
    for release in reversed(notes.releases):
        row = build_release_note_row(release, shared_values, find_documents)
        guides = list(_find_guides(release, repository_name, row, find_guides)) if find_guides else []
        if row and row["path"] and find_packages:
            tags = [other.tag for other in notes.releases if other.tag != release.tag]
            row = _add_packages(row, release, find_packages(release), tags)
        if row is None and (
            listed := next((own for own in guides if find_guide_section(own[0].text, release.tag)), None)
        ):
            # A guide to several versions is written as notes are.
            row = _begin_release_row(release, shared_values) | _describe_section(*listed)
            guides.remove(listed)
        # `docs/whats_new.md` may be a changelog, or a guide to one version.
        guides = [own for own in guides if row is None or own[0].path != row["path"]]
        guides += list_further_sections(release, repository_name, row)
        rows += [row] if row else []
        rows += [
            _begin_release_row(release, shared_values) | {"kind": GUIDE_KIND} | _describe_section(*guide)
            for guide in guides
        ]
    rows.reverse()
    rows += build_change_rows(notes.additions, shared_values)
    rows += [row for readme in notes.readmes if (row := build_readme_row(readme, shared_values))]
    return pl.DataFrame(rows, schema=dict(NOTES.columns)).unique(NOTES.key_columns, keep="first", maintain_order=True)


def build_release_note_row(
    release: TagNotes, shared_values: Mapping[str, Any], find_documents: DocumentFinder | None = None
) -> dict[str, Any] | None:
    """Return the row of a release: the section of a changelog, else the message of its tag; None without them.

    A section that only says where the notes are gives way to a document or message that says more.

    Args:
        release: what is at the tag.
        shared_values: the columns that all rows of the repository have in common.
        find_documents: yields documents in other places.
    """
    if not names_release(release.tag):
        return None
    values = _begin_release_row(release, shared_values)
    name = shared_values["repository"]
    known = [
        (file, section)
        for file in release.files
        if (section := find_file_section(file.path, file.text, release.tag, name, release.tagged_at))
    ]
    telling = next(((file, section) for file, section in known if not points_elsewhere(section.text)), None)
    if telling:
        return values | _describe_section(*telling)
    message = select_message_notes(release.message, release.tag, is_annotated=release.is_annotated)
    for files in (release.documents, *(find_documents(release) if find_documents else ())):
        # The message of a tag may say more than a changelog that only sums it up.
        if (row := _choose_sections(files, release, name)) and len(row["text"]) >= len(message):
            return values | row
    if message:
        return add_note_text(values, message) | _NO_PLACE
    return values | _describe_section(*known[0]) if known else None


_BREAKING_LINE = re.compile(
    r"(?im)^[ \t]{0,3}(?:#{1,6}[ \t]*|={2,6}[ \t]*|\*\*)?\W{0,4}"
    r"(?:breaking|(?:backwards?[- ])?incompatib\w*|removed|removals?)\b[^\n.]{0,40}$"
)
"""A line that is a heading over what breaks: `Backward Incompatibilities`."""


def list_further_sections(
    release: TagNotes, repository_name: str, row: Mapping[str, Any] | None
) -> list[tuple[NoteFile, NoteSection]]:
    """Return the sections of other changelogs about the first version of a series that list what breaks.

    pyramid has `whatsnew-2.0.rst` about what is new, and in `CHANGES.rst` its incompatibilities.

    Args:
        release: what is at the tag.
        repository_name: `owner/name`.
        row: the row of its notes.
    """
    if row is None or not row["path"] or not is_first_of_series(release.tag):
        return []
    found = [
        (file, section)
        for file in release.files
        if file.path != row["path"]
        and (section := find_file_section(file.path, file.text, release.tag, repository_name, release.tagged_at))
    ]
    return [(file, section) for file, section in found if _BREAKING_LINE.search(section.text)][:1]


def _add_packages(
    row: dict[str, Any], release: TagNotes, files: Sequence[NoteFile], tags: Sequence[str]
) -> dict[str, Any]:
    """Return the row of a release with what the changelogs of packages that share its version say beside its notes.

    Such a text is of no single file, so it has no path.

    Args:
        row: the row, with the section of a file.
        release: what is at the tag.
        files: changelogs of packages.
        tags: the other tags of the window.
    """
    others = [file for file in files if file.path != row["path"]]
    sections = find_shared_sections(others, release, row["repository"], tags)
    name = row["repository"].rpartition("/")[2].casefold()
    own = next((own for own in sections if PurePosixPath(own[0].path).parent.name.casefold() == name), None)
    if own:
        # The package with the name of the repository is what its users install: hledger's root lists its tools.
        main = NoteFile(row["path"], row["blob"] or "", row["text"])
        section = NoteSection(row["line_from"], row["line_to"], tuple(row["heading_path"]), row["text"])
        sections = [*(other for other in sections if other is not own), (main, section)]
        row = add_note_text(row, own[1].text) | {"heading_path": list(own[1].heading_path)}
    text = join_sections(row["text"], sections)
    if text == row["text"] and own is None:
        return row
    return add_note_text(row, text) | _NO_PLACE | {"heading_path": row["heading_path"]}


def _begin_release_row(release: TagNotes, shared_values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **shared_values,
        "kind": "release", "tag": release.tag, "sha": release.sha, "at": to_instant(release.tagged_at),
    }  # fmt: skip


def _find_guides(
    release: TagNotes, repository_name: str, row: Mapping[str, Any] | None, find_guides: GuideFinder
) -> Iterator[tuple[NoteFile, NoteSection]]:
    """Yield what guides say about the version of a release, if it is the first of a series.

    Those to another product than the repository itself are in the folder of its notes or around it: pdns has
    `docs/upgrading.rst` beside `docs/changelog/5.0.rst`.
    """
    if not is_first_of_series(release.tag):
        return
    is_other = names_other_package(release.tag, repository_name)
    notes_path = row["path"] if row else None
    if is_other and not notes_path:
        return
    for file in find_guides(release):
        folder = file.path.rpartition("/")[0]
        if is_other and not (folder and str(notes_path).startswith(f"{folder}/")):
            continue
        if section := find_guide_text(file.path, file.text, release.tag, str(row["text"]) if row else ""):
            yield file, section


_NO_PLACE: dict[str, Any] = {"path": None, "blob": None, "line_from": None, "line_to": None, "heading_path": []}


def _describe_section(file: NoteFile, section: NoteSection) -> dict[str, Any]:
    return {
        **add_note_text({}, section.text),
        "path": file.path, "blob": file.blob, "line_from": section.line_from, "line_to": section.line_to,
        "heading_path": list(section.heading_path),
    }  # fmt: skip


def _choose_sections(files: Sequence[NoteFile], release: TagNotes, repository_name: str) -> dict[str, Any] | None:
    """Return the columns of the first document with a section; of the changelogs of several packages, all of them.

    These are one text, each below the folder of its package as a heading, the longest first. It is of no single file,
    so it has no path.
    """
    if text := join_fragments(files, release.tag):
        return add_note_text({}, text) | _NO_PLACE
    found = [
        (file, section)
        for file in files
        if (section := find_document_section(file.path, file.text, release.tag, repository_name, release.tagged_at))
        and not points_elsewhere(section.text)
        and not _NO_CHANGES.fullmatch(section.text.strip())
    ]
    packages = [(file, section) for file, section in found if is_package_changelog(file.path)]
    is_joined = len(packages) > 1 and is_package_changelog(found[0][0].path)
    if not is_joined or names_other_package(release.tag, repository_name):
        return _describe_section(*found[0]) if found else None
    packages.sort(key=lambda found_in: (-len(found_in[1].text), found_in[0].path))
    texts = [f"## {PurePosixPath(file.path).parent}\n\n{section.text}" for file, section in packages]
    return add_note_text({}, "\n\n".join(texts)) | _NO_PLACE


_NO_CHANGES = re.compile(
    r"(?i)(?:[-*]\s+)?(?:no (?:significant |notable |user-facing )?changes?(?: in this release)?\.?"
    r"|(?:\*\*note:?\*\*:?\s*)?version bump only\b[^\n]{0,100})"
)
"""What a changelog says of a version in which nothing changed."""


def select_message_notes(message: str, tag: str, *, is_annotated: bool) -> str:
    """Return the notes in the message of a tag or commit; empty if it only says that there is a release.

    The first line counts in the message of an annotated tag alone, and only if it says more than the version.
    """
    subject, _, body = message.partition("\n")
    lines = [line.rstrip() for line in body.strip().split("\n") if not _TRAILER.match(line)]
    text = "\n".join(lines).strip()
    prose = [line for line in _COMMENT.sub("", text).split("\n") if line.strip() and not line.startswith("#")]
    is_prose = any(not says_only_version(line) for line in prose) and len(" ".join(prose).split()) >= 4
    if is_annotated and not says_only_version(subject):
        says_more = len(subject.split()) >= 3 and not _only_names_release(subject, tag)
        return f"{subject}\n\n{text}".strip() if is_prose or says_more else ""
    # A lightweight tag may name any commit: its message is about the release only if it names the version. cobra's
    # 1.10.0 is on `Bump pflag to 1.0.8`.
    is_about_release = is_annotated or (names_version(subject, tag) and not _is_squash(subject, text))
    return text if is_prose and is_about_release else ""


MAX_NAME_WORDS = 8
"""Words of a line that names a release by its project and version: `JSON for Modern C++ version 3.0.0`."""
_CLAUSE_BEHIND = re.compile(r"(?:\d\S*?:| [-–—]) ?\S+ \S|\d\S* (?:with|adds?|fix(?:es)?|brings?|that|which) ")
_RELEASE_LABEL = re.compile(
    r"(?i)(?:(?:new|minor|bug ?fix|hot ?fix|maintenance|patch|fix|initial|alpha|beta|released|bower|latest|continuous"
    r"|marking|bumping|the|correct) ){1,4}(?:release|version)\W*"
    r"|.{0,40}\b(?:release candidate|alpha|beta|rc)[ -]?#?\d{0,3}\W*|released [A-Z][a-z]{2,8} \d{1,2}, \d{4}"
    r"|(?:\w+: )?update (?:the )?changelog|points at revision \S+|\w+(?: \w+)* tagging with \S+"
)
"""A line that says what kind of release it is, or what made it: `Bug fix release.`"""


def _only_names_release(subject: str, tag: str) -> bool:
    """Return whether a line names its release and says nothing of it: `Tagged the 1.2.3 release`, `jq release 1.3`."""
    if _RELEASE_LABEL.fullmatch(subject.strip()) or points_elsewhere(subject):
        return True
    is_short = len(subject.split()) <= MAX_NAME_WORDS
    return is_short and names_version(subject, tag) and not _CLAUSE_BEHIND.search(subject)


_NUMBERED_SUBJECT = re.compile(r"\(#\d{1,7}\)\s*$")


def _is_squash(subject: str, body: str) -> bool:
    """Return whether a message lists the commits of a pull request: `* update locks`, `* test clipboard`."""
    lines = [line for line in body.split("\n") if line.strip("- \t")]
    steps = sum(line.startswith("* ") for line in lines)
    return bool(_NUMBERED_SUBJECT.search(subject)) and steps > 1 and 2 * steps > len(lines)
