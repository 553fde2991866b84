"""Where repositories keep notes of releases: paths of changelogs, news fragments and files of one version. Pure.

Which lines are the notes of a version is decided in `sparky_assets/text/changelogs/sections.py`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from resources.git.log import names_other_package, names_package, read_package, spell_version

MAX_FILE_BYTES = 8_000_000
"""Bytes of a changelog that is read: traefik's had 1.1 million in 2026, after eleven years."""

MAX_FILES_PER_TAG = 6

NOTE_FILE_PATTERN = re.compile(
    r"(?:docs?/(?:(?:en|source|en/docs|content)/)?)?"
    r"(?:(?:00-)?(?:change-?log|changes|news|history|releases?[-_ ]?notes|releases|whats?-?new))"
    r"(?:\.(?:md|markdown|rst|txt|rdoc|adoc|asciidoc|org|\d{1,3}))?",
    re.IGNORECASE,
)
"""Changelogs at the root, in `docs/`, and in the folder of its sources; `docs/CHANGELOG.4` is that of a series."""

VERSION_FOLDER_PATTERN = re.compile(
    r"(?i)(?:docs?/(?:source/)?|\.changeset/)?(?:releases?[-_ ]?notes|releases?|change-?logs?|whats?-?new|news|history)"
)
"""Folders with a file of notes for each version: `release notes/v1.3.0.md`, `docs/releases/5.0.1.txt`."""

DOCUMENT_FOLDERS = (
    ("docs", "doc", ".changeset"), ("docs/source", "doc/source", "docs/en", "doc/en", "docs/content"),
    ("docs/en/docs",),
)  # fmt: skip
"""Folders that may hold changelogs, the outer ones first: rclone has `docs/content/changelog.md`."""

_VERSION_FILE = re.compile(r"(?P<stem>[^/]+)\.(?:md|markdown|rst|txt|rdoc|adoc|asciidoc)", re.IGNORECASE)

NAMED_VERSION_FILE = re.compile(r"(?i)(?:docs?/)?(?:change-?log|changes|releases?[-_ ]?notes|whats?-?new)[-_. ]v?\d")
"""A file of notes for one version beside others: `docs/Changelog-1.6.0.md`."""

FRAGMENT_FOLDERS = (
    "**/newsfragments/*", "**/news_fragments/*", ".changeset/*.md", "changelog.d/**", "changelogs/unreleased/**",
    "changelogs/fragments/**", ".changes/**", "changes/*.*", "docs/changes/**", "doc/changes/**", "news/*.*",
    "releasenotes/notes/*", "doc/whatsnew/fragments/**", "changelog/*.*.rst", "changelog/*.*.md",
    "changelog/unreleased/**", "changelog/next-release/*", ".changelog/*", ".chloggen/*", "upcoming/**",
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
    for glob in ("docs/*", "doc/*", *FRAGMENT_FOLDERS)
    for parent in _list_parents(glob.removeprefix("**/").rpartition("/")[0])
)
"""Folders that hold changelogs or fragments, and those above them; of `**/newsfragments` the one at the root."""

_DEEP_NOTE_FOLDERS = tuple(glob.removesuffix("**") for glob in FRAGMENT_FOLDERS if glob.endswith("/**"))

_FRAGMENT_PATTERN = re.compile("|".join(map(_translate_glob, FRAGMENT_FOLDERS)), re.IGNORECASE)

CHANGELOG_GLOBS = tuple(
    f"{folder}{name}*"
    for folder in ("", "docs/", "doc/")
    for name in ("changelog", "change-log", "changes", "news", "history", "release", "00-release", "whatsnew")
)

PACKAGE_CHANGELOG_GLOB = "**/change*log.*"

_PACKAGE_CHANGELOG = re.compile(r"(?:[^/\0]+/){1,4}change-?log\.(?:md|markdown|rst|txt)", re.IGNORECASE)
"""The changelog of a package: `packages/pier-map/CHANGELOG.md`."""

_VENDORED_FOLDER = re.compile(r"(?:^|/)(?:node_modules|vendor|vendored|third[-_]?party|testdata|tests?|fixtures)/")

MAX_PACKAGE_DEPTH = 4
"""Folders above the changelog of a package."""


class ListedFile(NamedTuple):
    """An entry of a tree: its path, its sha, its size in bytes, and whether it is a file and no link or folder."""

    path: str
    blob: str
    size: int
    is_file: bool


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
    if not VERSION_FOLDER_PATTERN.fullmatch(folder) and not NAMED_VERSION_FILE.match(path):
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


def is_package_folder(folder: str, tag: str, *, is_exact: bool = False) -> bool:
    """Return whether a folder has the name of the package that a tag names, and may hold its changelog.

    The tags of actix's folder `actix-http` are `http-v3.13.0`, those of loki's `helm/loki` `helm-loki-7.2.0`. Where
    vite has a folder `vite`, its tags are not those of `create-vite`: exact names come first.
    """
    if not may_hold_packages(folder):
        return False
    name = folder.rpartition("/")[2]
    names = "|".join(re.escape(part) for part in (name, "" if is_exact else name.partition("-")[2]) if part)
    before = "[/@]" if is_exact else "[/@_-]"
    return re.search(rf"(?i)(?:^|{before})(?:{names})[-@/_]v?\d[^/@]*$", spell_version(tag)) is not None


def may_hold_packages(folder: str) -> bool:
    """Return whether a folder is looked at for packages: one that is not deep, and holds neither tests nor copies."""
    return bool(folder) and folder.count("/") < MAX_PACKAGE_DEPTH and not _VENDORED_FOLDER.search(f"{folder}/")


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


_VERSION_FRAGMENT = re.compile(
    r"(?i)(?:docs?/)?(?:\.?changes|changelog(?:\.d)?|news|newsfragments)/v?(?P<version>\d+(?:\.\d+)*)"
    r"(?:[-_ ]\d{4}-\d\d-\d\d)?/[^/\0]{1,100}\.toml"
)
"""A news fragment in the folder of a version: `changes/22.0_2025-03-15/4671.toml`."""

MAX_VERSION_FRAGMENTS = 200


def is_version_fragment(path: str, tag: str) -> bool:
    """Return whether a file is a news fragment in the folder of the version that a tag names."""
    match = _VERSION_FRAGMENT.fullmatch(path)
    if match is None:  # first, since every path of the tree of a tag is asked about
        return False
    wanted = re.search(r"\d+(?:\.\d+)*.*", spell_version(tag))
    return wanted is not None and match["version"].removesuffix(".0") == wanted[0].removesuffix(".0")


# --- Documents in other places

MAX_DOCUMENTS = 200
"""Documents of a commit that are searched for a version because their paths speak of changes."""

MAX_DOCUMENTS_READ = 10
"""Documents with the version, beside changelogs of packages, that are read for one tag."""

MAX_PACKAGES = 30
"""Packages of a repository whose changelogs are read for one tag."""

_TEXT_FILE = re.compile(
    r"(?P<stem>[^/]+)\.(?:md|mdx|markdown|rst|txt|rdoc|adoc|asciidoc|typ|textile|org)", re.IGNORECASE
)

_SIDE_FOLDER = re.compile(
    r"(?i)(?:^|/)(?:\.(?!change)[^/]*|node_modules|vendor\w*|third[-_]?party|external|deps|subprojects|tests?|testdata"
    r"|testing|specs?|fixtures|examples?|samples?|demos?|templates?|snapshots?|bench\w*|i18n|locales?|translations?"
    r"|(?:cn|de|es|fr|it|ja|jp|ko|kr|pl|pt|ru|tr|uk|vi|zh)(?:[-_][a-z]{2,4})?)/"
)
"""Folders whose documents are copies, data of tests, examples or translations."""

_TELLING_WORDS = frozenset((
    "changes", "changelog", "changelogs", "history", "news", "whatsnew", "release", "releases", "releasenotes",
    "relnotes", "versionhistory",
))  # fmt: skip
"""Words of a path that say that a document is about changes."""

_TELLING_PAIRS = frozenset(
    (("change", "log"), ("rel", "notes"), ("what", "new"), ("whats", "new"), ("version", "history"))
)

_PROCESS_WORDS = frozenset((
    "announcement", "checklist", "contributing", "cycle", "guide", "howto", "how", "instructions", "making", "manager",
    "policy", "procedure", "process", "readme", "releasing", "roadmap", "schedule", "template", "workflow",
))  # fmt: skip
"""Words of the name of a document that say how releases are made, or planned."""

_NAMES_OF_INDEXES = frozenset(("index", "readme", "notes", "release-notes", "changelog", "changes", "_index"))
"""Files whose folder has the name: `releases/1.2.0/index.md`."""

_NUMBERS = re.compile(r"\d+(?:\.\d+)+")


@lru_cache(maxsize=20_000)
def speaks_of_changes(name: str) -> bool:
    """Return whether the name of a file or folder says that it is about changes: `relnotes`, `changelog_20`."""
    # `PendingReleaseNotes.md` has its words in one.
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    words = re.findall(r"[a-z]+", apart.casefold().replace("'", ""))
    return not _TELLING_WORDS.isdisjoint(words) or not _TELLING_PAIRS.isdisjoint(pairwise(words))


def may_hold_documents(folder: str) -> bool:
    """Return whether a folder may hold documents of the repository's own."""
    return folder.count("/") < MAX_DOCUMENT_DEPTH and not _SIDE_FOLDER.search(f"{folder}/")


MAX_DOCUMENT_DEPTH = 6
"""Folders above a document that is searched."""


_LEADING_NAMES = frozenset((
    "blog", "book", "build", "community", "content", "doc", "docs", "documentation", "en", "guide", "guides", "manual",
    "meta", "pages", "project", "reference", "site", "sites", "source", "src", "user", "web", "website", "www",
))  # fmt: skip
"""Names of folders of documents."""


def leads_to_notes(folder: str, repository_name: str = "") -> bool:
    """Return whether a folder may lead to documents about changes, by the last part of its path."""
    name = folder.rpartition("/")[2].casefold()
    is_named = name in _LEADING_NAMES or speaks_of_changes(name) or bool(re.fullmatch(r"v?\d+(?:\.\d+)*", name))
    is_of_repository = len(name) > 2 and name in repository_name.casefold()
    return (is_named or is_of_repository) and may_hold_documents(folder)


_VERSION_LIST = re.compile(r"(?i)VERSIONS?(?:[-_]v?\d+(?:\.[\dx]+)*)?")
"""A file without an extension that lists versions, in a folder of notes: `release-notes/VERSION-2.x`."""


@lru_cache(maxsize=20_000)  # the tags of a window have mostly the same paths
def may_be_notes(path: str) -> bool:
    """Return whether a path that no pattern lists may be that of notes: a document whose path speaks of changes."""
    folder, _, name = path.rpartition("/")
    file = _TEXT_FILE.fullmatch(name)
    stem = file["stem"] if file else name
    is_list = bool(_VERSION_LIST.fullmatch(name)) and speaks_of_changes(folder.rpartition("/")[2])
    if file is None and not is_list and ("." in name or not NOTE_FILE_PATTERN.fullmatch(name)):
        return False
    if _PROCESS_WORDS.intersection(re.findall(r"[a-z]+", stem.casefold())) and stem.casefold() not in _NAMES_OF_INDEXES:
        return False
    return any(map(speaks_of_changes, (stem, *folder.split("/")))) and (not folder or may_hold_documents(folder))


def is_version_document(path: str, tag: str, repository_name: str = "") -> bool:
    """Return whether a document is about the version of a tag alone, as `is_version_file`, in any folder.

    The name of a package before the version must be that of the tag: `cabal-install-3.18.1.md`.
    """
    folder, _, name = path.rpartition("/")
    file = _TEXT_FILE.fullmatch(name)
    stem = file["stem"] if file else ""
    if stem.casefold() in _NAMES_OF_INDEXES:
        stem = folder.rpartition("/")[2]
    wanted, own = (re.search(r"\d+(?:\.\d+)+.*", spell_version(text)) for text in (tag, stem))
    if wanted is None or own is None or own[0].casefold().removesuffix(".0") != wanted[0].casefold().removesuffix(".0"):
        return False
    package = read_package(stem)
    if not package or speaks_of_changes(package):
        return not names_other_package(tag, repository_name)
    return package.casefold() == (read_package(tag) or repository_name.rpartition("/")[2]).casefold()


def is_package_changelog(path: str) -> bool:
    """Return whether a file is the changelog of a package, by its name: `activerecord/CHANGELOG.md`."""
    folder, _, name = path.rpartition("/")
    is_at_known_place = NOTE_FILE_PATTERN.fullmatch(path)
    return bool(NOTE_FILE_PATTERN.fullmatch(name)) and may_hold_packages(folder) and not is_at_known_place


_COMMON_PACKAGES = frozenset(
    ("api", "app", "cli", "client", "core", "data", "doc", "lib", "net", "sdk", "server", "web")
)
"""Names of packages with which other names begin: `web` and `website`."""

MIN_PRODUCT_LENGTH = 3
"""Letters of the name of a product in a tag that may be short for that of a folder."""


def is_product_folder(folder: str, tag: str) -> bool:
    """Return whether a folder is of the product that a tag names by a short name: `recursordist` of `rec-5.1.0`."""
    product = read_package(tag).casefold()
    if len(product) < MIN_PRODUCT_LENGTH or product in _COMMON_PACKAGES:
        return False
    return any(part.startswith(product) and part.isalpha() for part in folder.casefold().split("/"))


def is_series_file(name: str, series: str) -> bool:
    """Return whether a file is about a series of versions alone: `5.0.rst`; what is in it says of which product."""
    file = _TEXT_FILE.fullmatch(name)
    return file is not None and bool(series) and file["stem"].casefold().removeprefix("v") == series


def rank_documents(paths: Iterable[str], tag: str, repository_name: str) -> list[str]:
    """Return the documents that may hold the notes of a tag, by their paths, the most telling first.

    What names another full version is about that one. The changelog of a package is for a tag that names the package,
    or none.
    """
    wanted = _NUMBERS.search(spell_version(tag))
    number = wanted[0] if wanted else ""
    series = ".".join(number.split(".")[:2])
    own_name = repository_name.rpartition("/")[2].casefold()
    is_other = names_other_package(tag, repository_name)
    ranked: list[tuple[int, int, int, int, int, str]] = []
    for path in filter(may_be_notes, paths):
        folder, _, name = path.rpartition("/")
        is_own = is_version_document(path, tag, repository_name)
        versions = [version for version in _NUMBERS.findall(path) if version.count(".") > 1]
        if not is_own and any(version.removesuffix(".0") != number.removesuffix(".0") for version in versions):
            continue
        is_known = NOTE_FILE_PATTERN.fullmatch(path)
        is_of_product = is_product_folder(folder, tag) or is_series_file(name, series)
        if is_other and not (is_own or is_known or is_of_product or is_package_folder(folder, tag, is_exact=True)):
            continue
        is_of_series = re.search(rf"(?<![\d.]){re.escape(series)}(?!\d)|\D{series.replace('.', '')}\.\w+$", path)
        place = 0 if is_of_series else 1 if not re.search(r"\d", path) else 2
        # Of the files of several packages for one number, that of the package with the repository's name is meant.
        is_of_repository = is_own and own_name in folder.casefold().split("/")
        depth = path.count("/")
        ranked.append((not is_own, not is_of_repository, place, not speaks_of_changes(name), depth, path))
    return [path for *_, path in sorted(ranked)[:MAX_DOCUMENTS]]
