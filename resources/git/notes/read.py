"""Read release notes from a repository: changelogs at a tag, messages of tags, and lines that changes add to them.

Costs are bounded: only the paths of changelogs and news fragments are read, files over 8 MB are skipped, and a window
has a largest number of tags and of files. Which lines are the notes of a version is decided in `sparky_assets/raw`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from resources.errors import GitError
from resources.git.command import decode_text, is_missing_object, run_git
from resources.git.diffs.hunks import are_reworded, parse_hunks
from resources.git.log import GitCommit, GitTag, list_line_commits, names_other_package
from resources.git.notes.places import (
    CHANGELOG_GLOBS,
    DOCUMENT_FOLDERS,
    FRAGMENT_FOLDERS,
    MAX_FILE_BYTES,
    MAX_FILES_PER_TAG,
    NAMED_VERSION_FILE,
    NOTE_FILE_PATTERN,
    PACKAGE_CHANGELOG_GLOB,
    VERSION_FOLDER_PATTERN,
    ListedFile,
    find_package_tag,
    is_note_path,
    is_package_folder,
    is_version_file,
    select_note_files,
)
from resources.git.repository import GitRepository, list_paths, list_tree
from resources.git.streams import MAX_GAPS, stream_git

MAX_TEXT_LENGTH = 1_000_000
"""Characters that are kept of a file, whole lines from its start: changelogs have the newest version first."""

MAX_TAGS = 300
"""Tags of a window whose notes are read, the newest first."""

MAX_ADDITIONS = 2_000
"""Runs of added lines of a window."""

MAX_CHANGED_FILES = 500
"""Files of a window that are read for the headings above added lines."""

README_PATTERN = re.compile(r"readme(?:\.(?:md|markdown|rst|txt))?", re.IGNORECASE)

README_DAYS = 31
"""Days after its first commit in which a repository counts as new: its READMEs of that time are read."""

SECONDS_PER_DAY = 86_400

MAX_READMES = 50
"""Changes of the README of a new repository that are read, the newest first."""

_RAW_CHANGE = re.compile(r":\d{6} (?!120000)\d{6} [0-9a-f]+ (?P<blob>[0-9a-f]+) \S+\t(?P<path>.+)")
"""A line of `--raw` for a file that is no symbolic link."""


@dataclass(frozen=True)
class NoteFile:
    """A changelog or fragment as it is stored in git."""

    path: str
    blob: str
    text: str


@dataclass(frozen=True)
class TagNotes:
    """What a repository says about a tag: its changelogs there, and the message of the tag or its commit.

    `documents` are files in other places, in which a section is looked for if `files` have none.
    """

    tag: str
    sha: str
    tagged_at: int
    files: tuple[NoteFile, ...]
    message: str
    is_annotated: bool
    documents: tuple[NoteFile, ...] = ()


@dataclass(frozen=True)
class AddedLines:
    """Adjacent lines that a commit added to a changelog or as a fragment.

    Attributes:
        first_line: number of the first line in the new file, from 1.
        removed_lines: lines that they replace.
        file_text: the whole new file; None if it was not read.
        is_reworded: whether they say again what they replace.
    """

    sha: str
    committed_at: int
    path: str
    blob: str
    first_line: int
    lines: tuple[str, ...]
    removed_lines: int
    file_text: str | None = None
    is_reworded: bool = False


@dataclass(frozen=True)
class ReadmeVersion:
    """The README of a new repository as a commit left it."""

    sha: str
    committed_at: int
    file: NoteFile


@dataclass(frozen=True)
class RepositoryNotes:
    """All notes of a window of one repository. The READMEs are those of a new one, the newest first.

    `unread` names the tags, commits and READMEs of which the repository lacks objects.
    """

    releases: tuple[TagNotes, ...] = ()
    additions: tuple[AddedLines, ...] = ()
    readmes: tuple[ReadmeVersion, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass
class BlobReader:
    """Reads files of a repository, each once."""

    repository: GitRepository
    texts: dict[str, str] = field(default_factory=dict)

    def read(self, blob: str) -> str:
        """Return the text of a file, up to `MAX_TEXT_LENGTH`."""
        if blob not in self.texts:
            text = run_git(self.repository.git_dir, "cat-file", "blob", blob)
            end = len(text) if len(text) <= MAX_TEXT_LENGTH else text.rfind("\n", 0, MAX_TEXT_LENGTH) + 1
            self.texts[blob] = text[:end]
        return self.texts[blob]


def read_notes(
    repository: GitRepository,
    tags: Sequence[GitTag],
    since: datetime,
    until: datetime,
    commits: Iterable[GitCommit] = (),
    *,
    line_shas: Sequence[str] | None = None,
) -> RepositoryNotes:
    """Return the notes of the tags and changes of `[since, until)`.

    A partial clone has none, because its files are not there. A repository that git cannot read to the end has those
    that can be read: notes are no reason to lose its commits.

    Args:
        repository: the clone or mirror.
        tags: all its tags.
        since: the start of the window.
        until: the end of the window, which does not belong to it.
        commits: commits of the window that were read before. The diffs of those that touch no notes are not read.
        line_shas: what `list_line_commits` returns for the window, where it is known.
    """
    if repository.is_partial or not repository.refs:
        return RepositoryNotes()
    reader = BlobReader(repository)
    window_tags = [tag for tag in tags if since.timestamp() <= tag.tagged_at < until.timestamp()]
    newest_tags = sorted(window_tags, key=lambda tag: (tag.tagged_at, tag.name))[-MAX_TAGS:]
    unread: list[str] = []
    releases: list[TagNotes] = []
    for tag in newest_tags:
        with _note_missing(tag.name, unread):
            releases.append(_read_tag(reader, tag))
    additions: list[AddedLines] = []
    with suppress(GitError):
        shas = list_line_commits(repository, since, until) if line_shas is None else line_shas
        shas = _select_note_commits(shas, commits)
        try:
            additions += _read_additions(reader, shas)
        except GitError as error:
            # The lines of the other commits can still be read.
            for sha in shas[:MAX_GAPS] if is_missing_object(error) else ():
                with _note_missing(sha, unread):
                    additions += _read_additions(reader, [sha])
            unread += shas[MAX_GAPS:]
    readmes: tuple[ReadmeVersion, ...] = ()
    with _note_missing("README", unread):
        readmes = tuple(_read_readmes(reader, since, until))
    return RepositoryNotes(tuple(releases), tuple(additions), readmes, tuple(unread))


@contextmanager
def _note_missing(name: str, unread: list[str]) -> Iterator[None]:
    """Leave out what git cannot read, and add its name to `unread` if the repository lacks an object of it."""
    try:
        yield
    except GitError as error:
        unread += [name] if is_missing_object(error) else []


def _select_note_commits(line_shas: Sequence[str], commits: Iterable[GitCommit]) -> list[str]:
    """Return the commits that may touch notes.

    The files of a merge are not listed: what it brought is its difference from its first parent.
    """
    without_notes = {
        commit.sha
        for commit in commits
        if commit.files is not None
        and len(commit.parents) < 2
        and not any(is_note_path(file.path) for file in commit.files)
    }
    return [sha for sha in line_shas if sha not in without_notes]


def parse_additions(patch: str) -> Iterator[AddedLines]:
    """Parse the output of `git log -p -U0` whose records begin with NUL, sha, time and NUL."""
    for record in patch.split("\0\1")[1:]:
        header, _, diff = record.partition("\0")
        sha, _, committed_at = header.partition(" ")
        for hunk in parse_hunks(diff) if committed_at.strip().isdigit() else ():
            if hunk.added and hunk.path:
                place = (hunk.path, hunk.blob, hunk.first_line)
                is_reworded = are_reworded(hunk.removed, hunk.added)
                yield AddedLines(
                    sha, int(committed_at), *place, hunk.added, hunk.removed_count, is_reworded=is_reworded
                )


def _read_tag(reader: BlobReader, tag: GitTag) -> TagNotes:
    git_dir = reader.repository.git_dir
    listing = list_tree(git_dir, tag.sha)
    for names in DOCUMENT_FOLDERS:
        folders = [f"{name}/" for name in names if f"\t{name}\0" in listing]
        if folders:
            listing += list_tree(git_dir, tag.sha, *folders)
    entries = list(parse_listing(listing))
    name, root_files, own_files = reader.repository.name, select_note_files(entries), list[tuple[str, str]]()
    if not names_other_package(tag.name, name):
        own_files += _find_version_files(git_dir, tag, name, entries)
    if package_tag := find_package_tag(tag.name, name, [*own_files, *root_files]):
        own_paths = _find_package_notes(list_paths(git_dir, tag.sha), package_tag)
        listed = list_tree(git_dir, tag.sha, *own_paths) if own_paths else ""
        own_entries = {file.path: file for file in parse_listing(listed)}
        by_depth = [own_entries[path] for path in own_paths if path in own_entries]
        own_files += select_note_files(by_depth, own_paths)
    selected = [*own_files, *root_files][:MAX_FILES_PER_TAG]
    files = tuple(NoteFile(path, blob, reader.read(blob)) for path, blob in selected)
    fields = ("objecttype", "contents:subject", "contents:body")
    reference = f"refs/tags/{tag.name}"
    printed = run_git(git_dir, "for-each-ref", f"--format={'%00'.join(f'%({name})' for name in fields)}", reference)
    kind, subject, body = (*printed.split("\0"), "", "", "")[:3]
    return TagNotes(tag.name, tag.sha, tag.tagged_at, files, f"{subject}\n\n{body}".strip(), kind == "tag")


def _find_version_files(
    git_dir: Path, tag: GitTag, repository_name: str, entries: Sequence[ListedFile]
) -> list[tuple[str, str]]:
    """Return path and blob of the files that a repository has for the version of a tag alone.

    Args:
        git_dir: the repository.
        tag: the tag.
        repository_name: `owner/name`.
        entries: the entries of the root and of `docs/` at the tag.
    """
    # A link or submodule of such a name has no files below it.
    folders = [
        f"{entry.path}/" for entry in entries if not entry.is_file and VERSION_FOLDER_PATTERN.fullmatch(entry.path)
    ]
    files = [entry for entry in entries if NAMED_VERSION_FILE.match(entry.path)]
    if folders:
        files += parse_listing(list_tree(git_dir, tag.sha, *folders))
    return [
        (file.path, file.blob)
        for file in files
        if file.is_file and file.size <= MAX_FILE_BYTES and is_version_file(file.path, tag.name, repository_name)
    ][:MAX_FILES_PER_TAG]


def _find_package_notes(listed: Iterable[str], tag: str) -> list[str]:
    """Return the changelogs of the package that a tag names: those in a folder with its name.

    Args:
        listed: all paths at the tag.
        tag: the tag.
    """
    paths, exact_paths = list[str](), list[str]()
    for path in listed:
        folder, _, name = path.rpartition("/")
        if NOTE_FILE_PATTERN.fullmatch(name) and is_package_folder(folder, tag):
            paths.append(path)
            exact_paths += [path] if is_package_folder(folder, tag, is_exact=True) else []
    return sorted(exact_paths or paths, key=lambda path: (path.count("/"), path))[:MAX_FILES_PER_TAG]


def parse_listing(listing: str) -> Iterator[ListedFile]:
    """Parse the output of `git ls-tree -l -z`."""
    for entry in listing.split("\0"):
        details, _, path = entry.partition("\t")
        fields = details.split()
        if len(fields) == 4:
            size = int(fields[3]) if fields[3].isdigit() else 0
            yield ListedFile(path, fields[2], size, fields[1] == "blob" and fields[0] != "120000")


def _read_readmes(reader: BlobReader, since: datetime, until: datetime) -> Iterator[ReadmeVersion]:
    """Yield the README at the root after each commit of the window that changed it, if the repository is new."""
    repository = reader.repository
    start = max(0, int(since.timestamp()))
    # The history of an old repository is not walked: one commit of before says that it is old.
    oldest = f"--until=@{max(0, start - README_DAYS * SECONDS_PER_DAY)} +0000"
    if repository.shallow_commits or run_git(repository.git_dir, "rev-list", "-1", oldest, *repository.refs, "--"):
        return
    roots = run_git(repository.git_dir, "log", "--max-parents=0", "--format=%ct", *repository.refs, "--").split()
    first = min((int(instant) for instant in roots if instant.isdigit()), default=0)
    end = min(int(until.timestamp()), first + README_DAYS * SECONDS_PER_DAY)
    listing = run_git(
        repository.git_dir, "log", "--first-parent", "-m", "--raw", "--no-abbrev", "--no-renames", "--no-color",
        "--diff-filter=AM", f"--max-count={MAX_READMES}", "--format=%x00%H %ct",
        f"--since-as-filter=@{start} +0000", f"--until=@{end - 1} +0000", *repository.refs, "--",
        ":(icase,glob)readme*",
    )  # fmt: skip
    for record in listing.split("\0")[1:]:
        header, *changes = record.strip().split("\n")
        sha, _, committed_at = header.partition(" ")
        for change in changes:
            match = _RAW_CHANGE.fullmatch(change)
            if match and README_PATTERN.fullmatch(match["path"]):
                yield ReadmeVersion(
                    sha, int(committed_at), NoteFile(match["path"], match["blob"], reader.read(match["blob"]))
                )


def _read_additions(reader: BlobReader, shas: Sequence[str]) -> list[AddedLines]:
    repository = reader.repository
    paths = [f":(icase,glob){pattern}" for pattern in (*CHANGELOG_GLOBS, PACKAGE_CHANGELOG_GLOB, *FRAGMENT_FOLDERS)]
    if not shas:  # without one git would read its HEAD
        return []
    arguments = [
        "-c", f"core.bigFileThreshold={MAX_FILE_BYTES}", "log", "--no-walk=unsorted", "--stdin", "--first-parent", "-m",
        "-p", "-U0", "--no-color", "--no-ext-diff", "--no-textconv", "--full-index", "--diff-filter=AM", "--no-renames",
        "--src-prefix=a/", "--dst-prefix=b/", "--format=%x00%x01%H %ct%x00", "--", *paths,
    ]  # fmt: skip
    patch = decode_text(b"".join(stream_git(repository.git_dir, repository.name, arguments, shas)))
    additions: list[AddedLines] = []
    for addition in islice(parse_additions(patch), MAX_ADDITIONS):
        if addition.sha in repository.shallow_commits:
            continue
        has_text = addition.blob in reader.texts or len(reader.texts) < MAX_CHANGED_FILES
        additions.append(replace(addition, file_text=reader.read(addition.blob)) if has_text else addition)
    return additions
