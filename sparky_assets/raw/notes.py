"""Build NOTES rows: notes of releases, lines that changes add to changelogs and fragments, READMEs. Pure.

The notes of a release are the section of a changelog at its tag whose heading holds the version; else the message of
the tag or of its commit. Reading files and logs belongs to `resources/git/notes/read.py`.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import PurePosixPath
from typing import Any

import polars as pl

from resources.git.log import GitTag, names_other_package
from resources.git.notes.places import is_changelog, is_note_path, is_package_changelog
from resources.git.notes.read import AddedLines, NoteFile, ReadmeVersion, RepositoryNotes, TagNotes
from resources.git.releases import ReleaseCommit, TagContents
from sparky_assets.raw.git_rows import to_instant
from sparky_assets.raw.tables import MAX_BODY_LENGTH, MAX_SUBJECT_LENGTH, NOTES
from sparky_assets.text.changelogs.cutting import MAX_NOTE_LENGTH, NoteSection, trim_blank_lines
from sparky_assets.text.changelogs.guides import find_guide_section, find_guide_text, is_first_of_series
from sparky_assets.text.changelogs.headings import (
    VERSION_IN_HEADING,
    find_heading_path,
    find_headings,
    is_unreleased,
    iterate_headings,
)
from sparky_assets.text.changelogs.sections import (
    MAX_LINES,
    find_document_section,
    find_file_section,
)
from sparky_assets.text.changelogs.spelling import names_release, names_version
from sparky_assets.text.messages import split_message
from sparky_assets.text.redact import EMAIL_PATTERN, redact_emails
from sparky_assets.text.references import find_references, points_elsewhere, says_only_version
from sparky_assets.text.versions import parse_release_tag

MAX_README_LENGTH = 4_000
"""Characters of a README that are stored: it says what a repository is at its beginning."""

MAX_ADDED_LINES = 60
"""Lines that a change adds to a changelog at one place. More of them are a release or a moved file."""


_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)

_TRAILER = re.compile(r"[A-Z][A-Za-z]{1,30}(?:-[A-Za-z]{1,30}){1,4}:\s")

_FRAGMENT_NAME = re.compile(
    r"\.(feature|bugfix|doc|docs|removal|misc|deprecation|breaking|fix|security|change|change[ds]|added|removed|fixed"
    r"|deprecated|enhancement|improvement|performance|perf)\b",
    re.IGNORECASE,
)

_IGNORED_FRAGMENTS = re.compile(r"readme|template|\.git|config\.|_template|index\.", re.IGNORECASE)


LAST_RELEASE_KIND, BREAKING_KIND, LANDING_KIND, GUIDE_KIND = "last_release", "breaking", "landing", "guide"

MAX_COMMIT_TEXTS = 60
"""Commits of a release whose messages are stored; of the others the subject is."""

MAX_LANDING_LENGTH = 2_000
"""Characters of the message of a commit of a release that its author did not mark as breaking."""


DocumentFinder = Callable[[TagNotes], Iterator[tuple[NoteFile, ...]]]
"""Yields, for what is at a tag, further documents that may hold its notes: those to try first, then others."""

GuideFinder = Callable[[TagNotes], tuple[NoteFile, ...]]
"""Returns, for what is at a tag, the guides that may be about its version."""


def build_note_rows(
    notes: RepositoryNotes,
    repository_name: str,
    visibility: str,
    find_documents: DocumentFinder | None = None,
    find_guides: GuideFinder | None = None,
) -> pl.DataFrame:
    """Return the NOTES rows of one repository.

    Args:
        notes: what was read.
        repository_name: `owner/name`.
        visibility: who may see the repository.
        find_documents: yields documents in other places, for tags without notes.
        find_guides: returns the guides to the version of a tag.
    """
    shared_values = {"repository": repository_name, "visibility": visibility, "first_seen_at": None}
    # The newest ones first: the number of searches is limited.
    rows: list[dict[str, Any]] = []
    for release in reversed(notes.releases):
        guides = list(_find_guides(release, repository_name, find_guides)) if find_guides else []
        row = build_release_note_row(release, shared_values, find_documents)
        if row is None and (
            listed := next((own for own in guides if find_guide_section(own[0].text, release.tag)), None)
        ):
            # A guide to several versions is written as notes are.
            row = _begin_release_row(release, shared_values) | _describe_section(*listed)
            guides.remove(listed)
        rows += [row] if row else []
        rows += [
            _begin_release_row(release, shared_values) | {"kind": GUIDE_KIND} | _describe_section(*guide)
            for guide in guides
        ]
    rows.reverse()
    rows += build_change_rows(notes.additions, shared_values)
    rows += [row for readme in notes.readmes if (row := _build_readme_row(readme, shared_values))]
    return pl.DataFrame(rows, schema=dict(NOTES.columns)).unique(NOTES.key_columns, keep="first", maintain_order=True)


def build_change_rows(additions: Sequence[AddedLines], shared_values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the rows of lines that changes added; lines of a commit that makes a release are none."""
    release_files = {(addition.sha, addition.path) for addition in additions if _adds_version(addition)}
    for addition in additions:
        if (addition.sha, addition.path) not in release_files and (row := _build_change_row(addition, shared_values)):
            yield row


def build_contents_rows(
    tags: Iterable[GitTag], contents: Mapping[str, TagContents], repository_name: str, visibility: str
) -> pl.DataFrame:
    """Return a NOTES row for each release whose commits name something: `references` are what they name.

    A fix on a release branch has other commits than the default branch; numbers and advisories are the same.
    """
    rows = [
        {
            "repository": repository_name, "visibility": visibility, "kind": "contents", "tag": tag.name,
            "sha": tag.sha, "at": to_instant(tag.tagged_at), "heading_path": [], "text": "",
            "references": sorted(contents[tag.name].named),
        }
        for tag in tags
        if tag.name in contents and contents[tag.name].named
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=dict(NOTES.columns))


def build_breaking_rows(
    tags: Iterable[GitTag], contents: Mapping[str, TagContents], repository_name: str, visibility: str
) -> pl.DataFrame:
    """Return a NOTES row for each commit of a release that its author marked as breaking, with its message.

    A stable release holds the commits of weeks of pre-releases, which its own period does not.
    """
    known = [(tag, contents[tag.name].breaking) for tag in tags if tag.name in contents]
    return _build_commit_rows(BREAKING_KIND, known, repository_name, visibility, MAX_BODY_LENGTH)


def build_landing_rows(
    tags: Iterable[GitTag],
    contents: Mapping[str, TagContents],
    noted: Collection[str],
    repository_name: str,
    visibility: str,
) -> pl.DataFrame:
    """Return a NOTES row for each commit of a release without notes: what is in it is then known by these alone.

    Args:
        tags: the tags of the repository.
        contents: what its releases hold, by the name of their tags.
        noted: the tags of the releases that have notes.
        repository_name: `owner/name`.
        visibility: who may see the repository.
    """
    known = [
        (tag, tuple(commit for commit in own.landings if commit not in own.breaking))
        for tag in tags
        if (own := contents.get(tag.name)) and tag.name not in noted
    ]
    return _build_commit_rows(LANDING_KIND, known, repository_name, visibility, MAX_LANDING_LENGTH)


def _build_commit_rows(
    kind: str,
    commits: Iterable[tuple[GitTag, Sequence[ReleaseCommit]]],
    repository_name: str,
    visibility: str,
    max_length: int,
) -> pl.DataFrame:
    rows = [
        {
            "repository": repository_name, "visibility": visibility, "kind": kind, "tag": tag.name,
            "sha": commit.sha, "at": to_instant(tag.tagged_at), "line_from": number, "heading_path": [],
            "text": _join_message(commit.subject, commit.body[:max_length] if number <= MAX_COMMIT_TEXTS else ""),
            "references": [],
        }
        for tag, own in commits
        for number, commit in enumerate(own, 1)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=dict(NOTES.columns))


def _join_message(subject: str, body: str) -> str:
    title, rest = split_message(f"{subject}\n{body}")
    return redact_emails(f"{title[:MAX_SUBJECT_LENGTH]}\n\n{rest}".strip())


def build_last_release_rows(
    tags: Iterable[GitTag], released: Collection[str], repository_name: str, visibility: str
) -> pl.DataFrame:
    """Return a NOTES row for each release with the one of its package before it in time, whose date is the text.

    A lightweight tag has the date of its commit, and is not named. A final version is compared with final ones only.

    Args:
        tags: all tags of the repository that are releases.
        released: the names of those that get a row.
        repository_name: `owner/name`.
        visibility: who may see the repository.
    """
    versions = [(tag, version) for tag in tags if (version := parse_release_tag(tag.name))]
    rows = []
    for tag, version in versions:
        if tag.name not in released:
            continue
        earlier = [
            other
            for other, other_version in versions
            if other_version.package == version.package
            and (version.is_pre_release or not other_version.is_pre_release)
            and other.tagged_at <= tag.tagged_at
            and other.sha != tag.sha
        ]
        last = max(earlier, key=lambda other: (other.tagged_at, other.name), default=None)
        if last and last.is_annotated:
            rows.append(
                {
                    "repository": repository_name, "visibility": visibility, "kind": LAST_RELEASE_KIND,
                    "tag": tag.name, "sha": tag.sha, "at": to_instant(tag.tagged_at), "heading_path": [],
                    "text": to_instant(last.tagged_at).isoformat(), "references": [last.name],
                }
            )  # fmt: skip
    return pl.DataFrame(rows, schema=dict(NOTES.columns))


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
        return _add_text(values, message) | _NO_PLACE
    return values | _describe_section(*known[0]) if known else None


def _begin_release_row(release: TagNotes, shared_values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **shared_values,
        "kind": "release", "tag": release.tag, "sha": release.sha, "at": to_instant(release.tagged_at),
    }  # fmt: skip


def _find_guides(
    release: TagNotes, repository_name: str, find_guides: GuideFinder
) -> Iterator[tuple[NoteFile, NoteSection]]:
    """Yield what guides say about the version of a release, if it is the first of a series."""
    if not is_first_of_series(release.tag) or names_other_package(release.tag, repository_name):
        return
    for file in find_guides(release):
        if section := find_guide_text(file.path, file.text, release.tag):
            yield file, section


_NO_PLACE: dict[str, Any] = {"path": None, "blob": None, "line_from": None, "line_to": None, "heading_path": []}


def _describe_section(file: NoteFile, section: NoteSection) -> dict[str, Any]:
    return {
        **_add_text({}, section.text),
        "path": file.path, "blob": file.blob, "line_from": section.line_from, "line_to": section.line_to,
        "heading_path": list(section.heading_path),
    }  # fmt: skip


def _choose_sections(files: Sequence[NoteFile], release: TagNotes, repository_name: str) -> dict[str, Any] | None:
    """Return the columns of the first document with a section; of the changelogs of several packages, all of them.

    These are one text, each below the folder of its package as a heading, the longest first. It is of no single file,
    so it has no path.
    """
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
    return _add_text({}, "\n\n".join(texts)) | _NO_PLACE


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
        return f"{subject}\n\n{text}".strip() if is_prose or len(subject.split()) >= 4 else ""
    # A lightweight tag may name any commit: its message is about the release only if it names the version. cobra's
    # 1.10.0 is on `Bump pflag to 1.0.8`.
    is_about_release = is_annotated or (names_version(subject, tag) and not _is_squash(subject, text))
    return text if is_prose and is_about_release else ""


_NUMBERED_SUBJECT = re.compile(r"\(#\d{1,7}\)\s*$")


def _is_squash(subject: str, body: str) -> bool:
    """Return whether a message lists the commits of a pull request: `* update locks`, `* test clipboard`."""
    lines = [line for line in body.split("\n") if line.strip("- \t")]
    steps = sum(line.startswith("* ") for line in lines)
    return bool(_NUMBERED_SUBJECT.search(subject)) and steps > 1 and 2 * steps > len(lines)


def _build_change_row(addition: AddedLines, shared_values: Mapping[str, Any]) -> dict[str, Any] | None:
    in_changelog = is_changelog(addition.path)
    name = PurePosixPath(addition.path).name
    is_fragment = is_note_path(addition.path) and not _IGNORED_FRAGMENTS.search(name) and addition.first_line == 1
    if not in_changelog and not is_fragment:
        return None
    lines, skipped = _strip_front_matter(list(addition.lines)) if not in_changelog else (list(addition.lines), 0)
    lines, blank = trim_blank_lines(lines)
    skipped += blank
    text = "\n".join(lines)
    has_prose = any(line.strip() for line in _drop_headings(lines))
    if not has_prose or len(lines) > MAX_ADDED_LINES or len(text.split()) < 3:
        return None
    first = addition.first_line + skipped
    path: tuple[str, ...] = ()
    if in_changelog and addition.file_text is not None:
        file_lines = addition.file_text.split("\n")[:MAX_LINES]
        if not _is_in_newest_section(file_lines, addition):
            return None
        path = find_heading_path(file_lines, first)
    elif match := _FRAGMENT_NAME.search(name):
        path = (match[1].lower(),)
    values = {
        **shared_values,
        "kind": "change", "tag": None, "sha": addition.sha, "at": to_instant(addition.committed_at),
        "path": addition.path, "blob": addition.blob, "line_from": first, "line_to": first + len(lines) - 1,
        "heading_path": list(path),
    }  # fmt: skip
    return _add_text(values, text)


def _build_readme_row(readme: ReadmeVersion, shared_values: Mapping[str, Any]) -> dict[str, Any] | None:
    text = readme.file.text[:MAX_README_LENGTH]
    if not text.strip():
        return None
    values = {
        **shared_values,
        "kind": "readme", "tag": None, "sha": readme.sha, "at": to_instant(readme.committed_at),
        "path": readme.file.path, "blob": readme.file.blob, "line_from": 1, "line_to": text.count("\n") + 1,
        "heading_path": [],
    }  # fmt: skip
    return _add_text(values, text)


def _adds_version(addition: AddedLines) -> bool:
    """Return whether lines hold the heading of a version: then the commit makes a release, or moves its notes."""
    if not is_changelog(addition.path):
        return False
    headings = iterate_headings(list(addition.lines[:MAX_LINES]))
    return any(VERSION_IN_HEADING.search(heading.text) and not is_unreleased(heading) for heading in headings)


def _is_in_newest_section(file_lines: list[str], addition: AddedLines) -> bool:
    """Return whether added lines are news: new lines in the newest section of a changelog.

    Lines that replace others are a correction, but in a section that is not released. Without sections every line is.
    """
    headings = iterate_headings(file_lines)
    sections = (heading for heading in headings if is_unreleased(heading) or VERSION_IN_HEADING.search(heading.text))
    newest = next(sections, None)
    if newest is None:
        return addition.removed_lines == 0
    # Lines behind the added ones are not read: a section may be long.
    before = takewhile(lambda other: other.first_line < addition.first_line, sections)
    ends = any(other.style == newest.style and other.level <= newest.level for other in before)
    is_inside = newest.first_line < addition.first_line <= len(file_lines) and not ends
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


def _add_text(values: Mapping[str, Any], text: str) -> dict[str, Any]:
    clean = clean_note_text(text)
    return {**values, "text": clean, "references": list(find_references(clean))}


def _remove_emails(line: str) -> str:
    while "@" in line and (shorter := EMAIL_PATTERN.sub("", line)) != line:
        line = shorter
    return line
