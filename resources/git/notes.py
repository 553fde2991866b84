"""Read release notes from a repository: changelogs at a tag, messages of tags, and lines that changes add to them.

The files in which it names its parts are read here too: CODEOWNERS, and manifests and READMEs of folders. Costs are
bounded: only the paths of changelogs and news fragments are read, files over 1 MB are skipped, and a window has a
largest number of tags and of files. Which lines are the notes of a version, and which name a part has, is decided in
`sparky_assets/raw`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from resources.errors import GitError
from resources.git.command import decode_text, run_git
from resources.git.log import (
    GitCommit,
    GitTag,
    list_line_commits,
    names_other_package,
    names_package,
    spell_version,
)
from resources.git.patches import parse_hunks
from resources.git.repository import GitRepository
from resources.git.streams import stream_git

MAX_FILE_BYTES = 8_000_000
"""Bytes of a changelog that is read: traefik's had 1.1 million in 2026, after eleven years."""

MAX_TEXT_LENGTH = 1_000_000
"""Characters that are kept of a file, whole lines from its start: changelogs have the newest version first."""

MAX_TAGS = 300
"""Tags of a window whose notes are read, the newest first."""

MAX_FILES_PER_TAG = 6

MAX_ADDITIONS = 2_000
"""Runs of added lines of a window."""

MAX_CHANGED_FILES = 500
"""Files of a window that are read for the headings above added lines."""

NOTE_FILE_PATTERN = re.compile(
    r"(?:docs?/(?:(?:en|source|en/docs|content)/)?)?"
    r"(?:(?:00-)?(?:change-?log|changes|news|history|releases?[-_ ]?notes|releases|whats?-?new))"
    r"(?:\.(?:md|markdown|rst|txt|rdoc|adoc|asciidoc))?",
    re.IGNORECASE,
)
"""Changelogs at the root, in `docs/`, and in the folder of its sources."""

VERSION_FOLDER_PATTERN = re.compile(
    r"(?i)(?:docs?/(?:source/)?|\.changeset/)?(?:releases?[-_ ]?notes|releases?|change-?logs?|whats?-?new|news|history)"
)
"""Folders with a file of notes for each version: `release notes/v1.3.0.md`, `docs/releases/5.0.1.txt`."""

_DOCUMENT_FOLDERS = (
    ("docs", "doc", ".changeset"), ("docs/source", "doc/source", "docs/en", "doc/en", "docs/content"),
    ("docs/en/docs",),
)  # fmt: skip
"""Folders that may hold changelogs, the outer ones first: rclone has `docs/content/changelog.md`."""

_VERSION_FILE = re.compile(r"(?P<stem>[^/]+)\.(?:md|markdown|rst|txt|rdoc|adoc|asciidoc)", re.IGNORECASE)

_NAMED_VERSION_FILE = re.compile(r"(?i)(?:docs?/)?(?:change-?log|changes|releases?[-_ ]?notes|whats?-?new)[-_. ]v?\d")
"""A file of notes for one version beside others: `docs/Changelog-1.6.0.md`."""

_FRAGMENT_FOLDERS = (
    "**/newsfragments/*", "**/news_fragments/*", ".changeset/*.md", "changelog.d/**", "changelogs/unreleased/**",
    "changelogs/fragments/**", ".changes/**", "changes/*.*", "docs/changes/**", "news/*.*", "releasenotes/notes/*",
    "doc/whatsnew/fragments/**", "changelog/*.*.rst", "changelog/*.*.md", "changelog/unreleased/**",
    "changelog/next-release/*", ".changelog/*", "upcoming/**",
)  # fmt: skip
"""Folders of news fragments: towncrier, changesets, scriv, reno, GitLab, Ansible, go-changelog."""

_GLOB_PART = re.compile(r"(\*\*/|\*\*|\*)")


def _translate_glob(glob: str) -> str:
    """Return a glob of git as a regular expression: `*` holds no slash, `**/` is any folder, also none."""
    wildcards = {"**/": r"(?:[^\0]*/)?", "**": r"[^\0]+", "*": r"[^/\0]*"}
    return "".join(wildcards.get(part, re.escape(part)) for part in _GLOB_PART.split(glob))


def _list_parents(folder: str) -> Iterator[str]:
    """Yield a folder and all above it."""
    parts = folder.split("/")
    return ("/".join(parts[:count]) for count in range(1, len(parts) + 1))


_NOTE_FOLDERS = frozenset(
    parent
    for glob in ("docs/*", "doc/*", *_FRAGMENT_FOLDERS)
    for parent in _list_parents(glob.removeprefix("**/").rpartition("/")[0])
)
"""Folders that hold changelogs or fragments, and those above them; of `**/newsfragments` the one at the root."""

_DEEP_NOTE_FOLDERS = tuple(glob.removesuffix("**") for glob in _FRAGMENT_FOLDERS if glob.endswith("/**"))

_FRAGMENT_PATTERN = re.compile("|".join(map(_translate_glob, _FRAGMENT_FOLDERS)), re.IGNORECASE)

_CHANGELOG_GLOBS = tuple(
    f"{folder}{name}*"
    for folder in ("", "docs/", "doc/")
    for name in ("changelog", "change-log", "changes", "news", "history", "release", "00-release", "whatsnew")
)

_PACKAGE_CHANGELOG_GLOB = "**/change*log.*"

_PACKAGE_CHANGELOG = re.compile(r"(?:[^/\0]+/){1,4}change-?log\.(?:md|markdown|rst|txt)", re.IGNORECASE)
"""The changelog of a package: `packages/pier-map/CHANGELOG.md`."""

README_PATTERN = re.compile(r"readme(?:\.(?:md|markdown|rst|txt))?", re.IGNORECASE)

README_DAYS = 31
"""Days after its first commit in which a repository counts as new: its READMEs of that time are read."""

SECONDS_PER_DAY = 86_400

MAX_READMES = 50
"""Changes of the README of a new repository that are read, the newest first."""

_RAW_CHANGE = re.compile(r":\d{6} (?!120000)\d{6} [0-9a-f]+ (?P<blob>[0-9a-f]+) \S+\t(?P<path>.+)")
"""A line of `--raw` for a file that is no symbolic link."""

_VENDORED_FOLDER = re.compile(r"(?:^|/)(?:node_modules|vendor|vendored|third[-_]?party|testdata|tests?|fixtures)/")

MAX_PACKAGE_DEPTH = 4
"""Folders above the changelog of a package."""

CODEOWNERS_PATHS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where GitHub and GitLab look for it."""

AREA_FILE_NAMES = ("Cargo.toml", "pyproject.toml", "package.json", "go.mod", "README.md", "README.rst", "Readme.md")

MAX_AREA_FILE_BYTES = 200_000

MAX_AREA_FOLDERS = 300
"""Folders that are looked at in one commit, the outermost first."""

_BLOB = re.compile(rb"(?P<sha>[0-9a-f]{40,64}) blob (?P<size>\d{1,12})")


class ListedFile(NamedTuple):
    """An entry of a tree: its path, its sha, its size in bytes, and whether it is a file and no link or folder."""

    path: str
    blob: str
    size: int
    is_file: bool


@dataclass(frozen=True)
class NoteFile:
    """A changelog or fragment as it is stored in git."""

    path: str
    blob: str
    text: str


@dataclass(frozen=True)
class TagNotes:
    """What a repository says about a tag: its changelogs there, and the message of the tag or its commit."""

    tag: str
    sha: str
    tagged_at: int
    files: tuple[NoteFile, ...]
    message: str
    is_annotated: bool


@dataclass(frozen=True)
class AddedLines:
    """Adjacent lines that a commit added to a changelog or as a fragment.

    Attributes:
        first_line: number of the first line in the new file, from 1.
        removed_lines: lines that they replace.
        file_text: the whole new file; None if it was not read.
    """

    sha: str
    committed_at: int
    path: str
    blob: str
    first_line: int
    lines: tuple[str, ...]
    removed_lines: int
    file_text: str | None = None


@dataclass(frozen=True)
class ReadmeVersion:
    """The README of a new repository as a commit left it."""

    sha: str
    committed_at: int
    file: NoteFile


@dataclass(frozen=True)
class RepositoryNotes:
    """All notes of a window of one repository. The READMEs are those of a new one, the newest first."""

    releases: tuple[TagNotes, ...] = ()
    additions: tuple[AddedLines, ...] = ()
    readmes: tuple[ReadmeVersion, ...] = ()


@dataclass
class _BlobReader:
    """Reads files of a repository, each once."""

    repository: GitRepository
    texts: dict[str, str] = field(default_factory=dict)

    def read(self, blob: str) -> str:
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
    that were read: notes are no reason to lose its commits.

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
    reader = _BlobReader(repository)
    window_tags = [tag for tag in tags if since.timestamp() <= tag.tagged_at < until.timestamp()]
    newest_tags = sorted(window_tags, key=lambda tag: (tag.tagged_at, tag.name))[-MAX_TAGS:]
    releases = []
    for tag in newest_tags:
        with suppress(GitError):
            releases.append(_read_tag(reader, tag))
    additions: tuple[AddedLines, ...] = ()
    with suppress(GitError):
        shas = list_line_commits(repository, since, until) if line_shas is None else line_shas
        additions = tuple(_read_additions(reader, shas, commits))
    readmes: tuple[ReadmeVersion, ...] = ()
    with suppress(GitError):
        readmes = tuple(_read_readmes(reader, since, until))
    return RepositoryNotes(tuple(releases), additions, readmes)


def is_changelog(path: str) -> bool:
    """Return whether a file is a changelog: at the root, in `docs/`, or of a package."""
    is_of_package = bool(_PACKAGE_CHANGELOG.fullmatch(path)) and not _VENDORED_FOLDER.search(path)
    return is_of_package or bool(NOTE_FILE_PATTERN.fullmatch(path))


def is_note_path(path: str) -> bool:
    """Return whether a file is a changelog, or in a folder of news fragments."""
    return is_changelog(path) or bool(_FRAGMENT_PATTERN.fullmatch(path))


def may_hold_notes(folder: str) -> bool:
    """Return whether changelogs or fragments are in a folder or below it, as far as its name from the root says it."""
    name = folder.casefold()
    return name in _NOTE_FOLDERS or f"{name}/".startswith(_DEEP_NOTE_FOLDERS)


def parse_additions(patch: str) -> Iterator[AddedLines]:
    """Parse the output of `git log -p -U0` whose records begin with NUL, sha, time and NUL."""
    for record in patch.split("\0\1")[1:]:
        header, _, diff = record.partition("\0")
        sha, _, committed_at = header.partition(" ")
        for hunk in parse_hunks(diff) if committed_at.strip().isdigit() else ():
            if hunk.added and hunk.path:
                place = (hunk.path, hunk.blob, hunk.first_line)
                yield AddedLines(sha, int(committed_at), *place, hunk.added, hunk.removed_count)


def _read_tag(reader: _BlobReader, tag: GitTag) -> TagNotes:
    git_dir = reader.repository.git_dir
    listing = run_git(git_dir, "ls-tree", "-l", "-z", tag.sha)
    for names in _DOCUMENT_FOLDERS:
        folders = [f"{name}/" for name in names if f"\t{name}\0" in listing]
        if folders:
            listing += run_git(git_dir, "ls-tree", "-l", "-z", tag.sha, *folders)
    entries = list(_parse_listing(listing))
    name, root_files, own_files = reader.repository.name, select_note_files(entries), list[tuple[str, str]]()
    if not names_other_package(tag.name, name):
        own_files += _find_version_files(git_dir, tag, name, entries)
    if package_tag := find_package_tag(tag.name, name, [*own_files, *root_files]):
        own_paths = _find_package_notes(run_git(git_dir, "ls-tree", "-r", "--name-only", "-z", tag.sha), package_tag)
        listed = run_git(git_dir, "ls-tree", "-l", "-z", tag.sha, *own_paths) if own_paths else ""
        own_entries = {file.path: file for file in _parse_listing(listed)}
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
    files = [entry for entry in entries if _NAMED_VERSION_FILE.match(entry.path)]
    if folders:
        files += _parse_listing(run_git(git_dir, "--literal-pathspecs", "ls-tree", "-l", "-z", tag.sha, *folders))
    return [
        (file.path, file.blob)
        for file in files
        if file.is_file and file.size <= MAX_FILE_BYTES and is_version_file(file.path, tag.name, repository_name)
    ][:MAX_FILES_PER_TAG]


def is_version_file(path: str, tag: str, repository_name: str = "") -> bool:
    """Return whether a file holds the notes of the version that a tag names, and of no other: `5.0.1.txt` of `v5.0.1`.

    `2.0.0-rc1.md` is about another version than `v2.0.0`; words behind the version (`2.0.0-notes.rst`) are none. A tag
    of a package is about another version than the file of that number, unless the package has the repository's name.
    """
    folder, _, name = path.rpartition("/")
    file = _VERSION_FILE.fullmatch(name)
    version = re.search(r"\d+(?:\.\d+)+.*", spell_version(tag))
    stem = file["stem"].replace("!", "/") if file else ""  # `@acme!pier@1.4.0.md` is about another package
    is_other = any(names_other_package(name, repository_name) for name in (tag, *([stem] if "@" in stem else [])))
    if file is None or version is None or is_other:
        return False
    if not VERSION_FOLDER_PATTERN.fullmatch(folder) and not _NAMED_VERSION_FILE.match(path):
        return False
    wanted = version[0].casefold()
    spellings = {wanted, wanted.removesuffix(".0") if wanted.count(".") > 1 else wanted}
    own = re.search(r"\d+(?:\.\d+)+.*", spell_version(file["stem"]))
    return own is not None and re.sub(r"[-_. ](?:release|notes|release[-_]notes)$", "", own[0].casefold()) in spellings


def find_package_tag(tag: str, repository_name: str, own_files: Iterable[tuple[str, str]]) -> str | None:
    """Return the tag whose package has a folder with notes of this version; None where no folder is looked for.

    Where neither the root nor `docs/` has a changelog, that of the package with the repository's name is for a tag
    without a package: vite has `packages/vite/CHANGELOG.md`, and `docs/releases.md` about how it makes releases.

    Args:
        tag: the tag.
        repository_name: `owner/name`.
        own_files: path and blob of the files of notes at the root and in `docs/`.
    """
    if names_package(tag):
        return tag
    has_changelog = any(not _RELEASES_FILE.fullmatch(path) for path, _ in own_files)
    return None if has_changelog else f"{repository_name.rpartition('/')[2]}@{spell_version(tag)}"


_RELEASES_FILE = re.compile(r"(?i)(?:[^/]+/){0,2}releases(?:\.\w{2,8})?")
"""A file of this name holds notes, or says how releases are made."""


def _find_package_notes(listing: str, tag: str) -> list[str]:
    """Return the changelogs of the package that a tag names: those in a folder with its name.

    Args:
        listing: all paths at the tag, each ended by NUL.
        tag: the tag.
    """
    paths = []
    for path in listing.split("\0"):
        folder, _, name = path.rpartition("/")
        if NOTE_FILE_PATTERN.fullmatch(name) and is_package_folder(folder, tag):
            paths.append(path)
    return sorted(paths, key=lambda path: (path.count("/"), path))[:MAX_FILES_PER_TAG]


def is_package_folder(folder: str, tag: str) -> bool:
    """Return whether a folder has the name of the package that a tag names, and may hold its changelog."""
    if not may_hold_packages(folder):
        return False
    package = re.escape(folder.rpartition("/")[2])
    return re.search(rf"(?i)(?:^|[/@]){package}[-@/_]v?\d[^/@]*$", spell_version(tag)) is not None


def may_hold_packages(folder: str) -> bool:
    """Return whether a folder is looked at for packages: one that is not deep, and holds neither tests nor copies."""
    return bool(folder) and folder.count("/") < MAX_PACKAGE_DEPTH and not _VENDORED_FOLDER.search(f"{folder}/")


def _parse_listing(listing: str) -> Iterator[ListedFile]:
    """Parse the output of `git ls-tree -l -z`."""
    for entry in listing.split("\0"):
        details, _, path = entry.partition("\t")
        fields = details.split()
        if len(fields) == 4:
            size = int(fields[3]) if fields[3].isdigit() else 0
            yield ListedFile(path, fields[2], size, fields[1] == "blob" and fields[0] != "120000")


def select_note_files(
    files: Iterable[ListedFile], wanted: Sequence[str] = (), max_bytes: int = MAX_FILE_BYTES
) -> list[tuple[str, str]]:
    """Return path and blob of the changelogs in a listing of a tree.

    Args:
        files: the entries of the tree, with their paths from the root.
        wanted: paths that are changelogs beside those at the root and in `docs/`.
        max_bytes: larger files are left out.
    """
    selected = []
    for file in files:
        is_notes = file.path in wanted or NOTE_FILE_PATTERN.fullmatch(file.path)
        if file.is_file and is_notes and file.size <= max_bytes:
            selected.append((file.path, file.blob))
    return selected[:MAX_FILES_PER_TAG]


def _read_readmes(reader: _BlobReader, since: datetime, until: datetime) -> Iterator[ReadmeVersion]:
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


def _read_additions(
    reader: _BlobReader, line_shas: Sequence[str], commits: Iterable[GitCommit]
) -> Iterator[AddedLines]:
    repository = reader.repository
    paths = [f":(icase,glob){pattern}" for pattern in (*_CHANGELOG_GLOBS, _PACKAGE_CHANGELOG_GLOB, *_FRAGMENT_FOLDERS)]
    # The files of a merge are not listed: what it brought is its difference from its first parent.
    without_notes = {
        commit.sha
        for commit in commits
        if commit.files is not None
        and len(commit.parents) < 2
        and not any(is_note_path(file.path) for file in commit.files)
    }
    shas = [sha for sha in line_shas if sha not in without_notes]
    if not shas:  # without one git would read its HEAD
        return
    arguments = [
        "-c", f"core.bigFileThreshold={MAX_FILE_BYTES}", "log", "--no-walk=unsorted", "--stdin", "--first-parent", "-m",
        "-p", "-U0", "--no-color", "--no-ext-diff", "--no-textconv", "--full-index", "--diff-filter=AM", "--no-renames",
        "--src-prefix=a/", "--dst-prefix=b/", "--format=%x00%x01%H %ct%x00", "--", *paths,
    ]  # fmt: skip
    patch = decode_text(b"".join(stream_git(repository.git_dir, repository.name, arguments, shas)))
    for number, addition in enumerate(parse_additions(patch)):
        if number >= MAX_ADDITIONS or addition.sha in repository.shallow_commits:
            continue
        if addition.blob in reader.texts or len(reader.texts) < MAX_CHANGED_FILES:
            text = reader.read(addition.blob)
            yield AddedLines(**{**vars(addition), "file_text": text})
        else:
            yield addition


# --- Files that name the parts of a repository


@dataclass(frozen=True)
class AreaFile:
    """A file that may name a part of a repository."""

    path: str
    text: str


def _list_area_paths(folders: Sequence[str]) -> list[str]:
    """Return the paths of CODEOWNERS, and of the manifests and READMEs that folders may have."""
    paths = [*CODEOWNERS_PATHS]
    ordered = sorted({folder for folder in folders if folder}, key=lambda folder: (folder.count("/"), folder))
    paths += [f"{folder}/{name}" for folder in ordered[:MAX_AREA_FOLDERS] for name in AREA_FILE_NAMES]
    # git reads one path a line.
    return [path for path in paths if "\n" not in path]


@dataclass
class AreaFileReader:
    """Reads the files of one repository; what two commits have in common is read once."""

    repository: GitRepository
    _texts: dict[str, str] = field(default_factory=dict)

    def read(self, commit: str, folders: Sequence[str]) -> tuple[AreaFile, ...]:
        """Return CODEOWNERS, and the manifests and READMEs of folders, as far as a commit has them.

        A partial clone has none, because its files are not there; neither has a commit that git cannot read.

        Args:
            commit: the commit.
            folders: the folders, without a slash at their ends.
        """
        return self.read_all([(commit, folders)])[0]

    def read_all(self, requests: Sequence[tuple[str, Sequence[str]]]) -> list[tuple[AreaFile, ...]]:
        """Return the files of several commits, each with its folders, by two commands for all of them."""
        if self.repository.is_partial or not requests:
            return [() for _ in requests]
        paths = [(commit, path) for commit, folders in requests for path in _list_area_paths(folders)]
        try:
            blobs = dict(self._find_blobs(paths))
            self._load([sha for sha in dict.fromkeys(blobs.values()) if sha not in self._texts])
        except GitError:
            # Where one commit or file cannot be read, the others still can.
            return [()] if len(requests) == 1 else [self.read(*request) for request in requests]
        return [
            tuple(
                AreaFile(path, self._texts[sha])
                for path in _list_area_paths(folders)
                if (sha := blobs.get((commit, path))) in self._texts
            )
            for commit, folders in requests
        ]

    def _find_blobs(self, paths: Sequence[tuple[str, str]]) -> Iterator[tuple[tuple[str, str], str]]:
        """Yield commit and path, and the blob, of the files that are there and not too large."""
        arguments = ["cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)"]
        printed = self._run(arguments, [f"{commit}:{path}" for commit, path in paths])
        for place, line in zip(paths, printed.split(b"\n"), strict=False):
            match = _BLOB.fullmatch(line)
            if match and int(match["size"]) <= MAX_AREA_FILE_BYTES:
                yield place, match["sha"].decode()

    def _load(self, blobs: Sequence[str]) -> None:
        printed = self._run(["cat-file", "--batch"], blobs) if blobs else b""
        position = 0
        for sha in blobs:
            end = printed.find(b"\n", position)
            match = _BLOB.fullmatch(printed[position:end]) if end >= 0 else None
            if match is None:
                return
            start = end + 1
            position = start + int(match["size"]) + 1
            self._texts[sha] = decode_text(printed[start : position - 1])

    def _run(self, arguments: list[str], lines: Sequence[str]) -> bytes:
        return b"".join(stream_git(self.repository.git_dir, self.repository.name, arguments, lines))
