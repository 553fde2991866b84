"""Build NOTES rows of areas: what a repository itself calls the folders that its commits changed.

The names are those of sections and headings in CODEOWNERS, of the manifest in a folder (Cargo.toml, pyproject.toml,
package.json, go.mod), and the first heading of its README. A folder that CODEOWNERS gives owners is named by itself.
They are read at the last commit of each day in UTC, so that a long window names what a short one does.
"""

import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import polars as pl

from resources.git.log import GitCommit
from resources.git.notes.area_files import CODEOWNERS_PATHS, AreaFile, AreaFileReader
from resources.git.repository import GitRepository
from sparky_assets.raw.git_rows import to_instant
from sparky_assets.raw.tables import NOTES
from sparky_assets.text.clean import clean_title
from sparky_assets.text.paths import is_noise_path, is_test_path

AREA_KIND = "area"

MAX_AREA_DEPTH = 5
"""Folders above a file that may name it."""

MAX_AREA_LENGTH, MAX_AREA_WORDS = 40, 4
"""Characters and words of a name; more of them are a sentence."""

BARE_NAMES = frozenset(
    """
    src source sources lib libs library crates packages package apps app application cmd pkg internal components modules
    module services plugins core main java kotlin python rust js ts go include projects project root workspace monorepo
    common shared util utils helpers helper misc test tests testing docs doc documentation examples example samples demo
    scripts script tools tool tooling assets static public resources vendor build dist bin config configs types api
    readme overview introduction installation install usage features about contents todo license changelog contributing
    development contribution default everything other others owners codeowners general global all files code repository
    """.split()  # noqa: SIM905
)
"""Names that every repository has: they name no part of one."""

_README_NAMES = frozenset({"readme.md", "readme.rst"})

_HEADING = re.compile(r" {0,3}#\s+(?P<text>\S.{0,200})")
_UNDERLINE = re.compile(r"[=\-~*#^]{3,200}\s*")
_IMAGE = re.compile(r"!\[[^\]\n]{0,200}\]\([^)\n]{0,400}\)|<[^>\n]{0,400}>|:[a-z_]{2,30}:")
_LINK = re.compile(r"\[(?P<text>[^\[\]\n]{0,200})\](?:\([^)\n]{0,400}\)|\[[^\]\n]{0,200}\])?")
_HEADING_END = re.compile(r"\s+[-–—|]\s.*|:\s.*")
_NAME = re.compile(r"[A-Za-z][\w.+/&' -]*[\w+]")
_VERSION_FOLDER = re.compile(r"v\d+")
_TOML_TABLE = re.compile(r"(?m)^\[")

_TOML_NAME = re.compile(r"(?m)^name[ \t]*=[ \t]*\"([\w@./-]+)\"[ \t\r]*$", re.ASCII)

MAX_HEADING_LINES = 40
"""Lines of a README in which its first heading is looked for."""

_SECTION = re.compile(r"\^?\[(?P<name>[^\]\n]{2,60})\](?:\[\d+\])?(?:\s|$)")
_COMMENT = re.compile(r"#+\s*(?P<name>[A-Z][A-Za-z/& -]{2,38}?)\s*:?\s*#*\s*")
_FOLDER_RULE = re.compile(r"/?(?P<folder>[^*?\[\]!#\s]+?)(?P<end>/\*{0,2}|/\*\*/\*)?")


def build_area_rows(repository: GitRepository, commits: Sequence[GitCommit], visibility: str) -> pl.DataFrame:
    """Return the NOTES rows of the areas that the commits of a window changed: a row a day and folder, at most two.

    A day in the timezone of a store may be a part of two days in UTC: the first and the last commit of a folder have
    a row.
    """
    reader = AreaFileReader(repository)
    days: dict[date, list[GitCommit]] = defaultdict(list)
    for commit in commits:
        if commit.files:
            days[to_instant(commit.landed_at).date()].append(commit)
    touched_by_day: list[dict[str, list[GitCommit]]] = []
    requests: list[tuple[str, list[str]]] = []
    for day in sorted(days):
        ordered = sorted(days[day], key=lambda commit: (commit.landed_at, not commit.is_on_line, commit.sha))
        last = max(ordered, key=lambda commit: (commit.landed_at, commit.is_on_line, commit.sha))
        touched_by_day.append(_index_folders(ordered))
        requests.append((last.landed_by, list(touched_by_day[-1])))
    rows: list[dict[str, Any]] = []
    for touched, files in zip(touched_by_day, reader.read_all(requests), strict=True):
        for folder, name in name_areas(files).items():
            for commit in dict.fromkeys((touched[folder][0], touched[folder][-1])) if folder in touched else ():
                rows.append(
                    {
                        "repository": repository.name, "visibility": visibility, "kind": AREA_KIND, "sha": commit.sha,
                        "at": to_instant(commit.landed_at), "path": folder, "heading_path": [], "text": name,
                        "references": [],
                    }
                )  # fmt: skip
    return pl.DataFrame(rows, schema=dict(NOTES.columns))


def _index_folders(commits: Iterable[GitCommit]) -> dict[str, list[GitCommit]]:
    """Return the commits that changed something in each folder, in their order."""
    touched: dict[str, list[GitCommit]] = defaultdict(list)
    for commit in commits:
        folders = {folder for file in commit.files or () for folder in list_folders(file.path)}
        for folder in folders:
            touched[folder].append(commit)
    return touched


@lru_cache(maxsize=200_000)
def list_folders(path: str) -> tuple[str, ...]:
    """Return the folders of a file, the innermost first; none of tests and of what no person wrote."""
    parts = path.split("/")[:-1]
    if not parts or is_noise_path(path) or is_test_path(path):
        return ()
    return tuple("/".join(parts[:depth]) for depth in range(min(len(parts), MAX_AREA_DEPTH), 0, -1))


def name_areas(files: Iterable[AreaFile]) -> dict[str, str]:
    """Return the name of each folder that the files name: by a section of CODEOWNERS, a heading of several words, a
    manifest, a heading of one word, and as it is called itself where it has owners."""
    manifests: dict[str, str] = {}
    headings: dict[str, str] = {}
    sections: dict[str, str] = {}
    owned: dict[str, str] = {}
    for file in files:
        folder, _, name = file.path.rpartition("/")
        if file.path in CODEOWNERS_PATHS:
            if not sections and not owned:
                sections, owned = parse_code_owners(file.text)
        elif name.lower() in _README_NAMES:
            if heading := read_first_heading(file.text):
                headings.setdefault(folder, heading)
        elif package := read_package_name(name, file.text):
            manifests.setdefault(folder, package)
    phrases = {folder: heading for folder, heading in headings.items() if " " in heading}
    named: dict[str, str] = {}
    for names in (sections, phrases, manifests, headings, owned):
        for folder, name in names.items():
            named.setdefault(folder, name)
    return named


@lru_cache(maxsize=500)
def read_package_name(file_name: str, text: str) -> str:
    """Return the name of the package of a manifest; empty if it has none that says something.

    The days of a month read mostly the same manifests, and parsing a whole one takes a millisecond.
    """
    try:
        name = _PACKAGE_READERS[file_name](text)
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        # Untrusted files: of a manifest that is none there is no name.
        return ""
    # `@acme/pier`: an account in front would be read as a mention.
    return clean_area_name(name.rpartition("/")[2]) if isinstance(name, str) else ""


def _read_cargo(text: str) -> Any:
    return _read_table_name(text, "package") or tomllib.loads(text)["package"]["name"]


def _read_pyproject(text: str) -> Any:
    if name := _read_table_name(text, "project"):
        return name
    document = tomllib.loads(text)
    return document["project"]["name"] if "project" in document else document["tool"]["poetry"]["name"]


def _read_table_name(text: str, table: str) -> Any:
    """Return the name in a table of a manifest in TOML; None where only the whole file says it.

    Parsing one table takes a tenth of the time: a workspace of 70 packages changes all its manifests at each release.
    """
    beginning = re.search(rf"(?m)^\[{table}\][ \t\r]*$", text)
    if beginning is None:
        return None
    end = _TOML_TABLE.search(text, beginning.end())
    section = text[beginning.start() : end.start() if end else None]
    # A parser takes half a millisecond; a text of several lines could hold what looks like the name.
    names = _TOML_NAME.findall(section)
    if len(names) == 1 and not any(quotes in section for quotes in ('"""', "'''")):
        return names[0]
    try:
        return tomllib.loads(section)[table].get("name")
    except (ValueError, RecursionError):
        return None


def _read_go_module(text: str) -> str:
    match = re.search(r"(?m)^module\s+(\S{1,200})", text)
    parts = match[1].strip('"').split("/") if match else [""]
    return parts[-2] if len(parts) > 1 and _VERSION_FOLDER.fullmatch(parts[-1]) else parts[-1]


_PACKAGE_READERS = {
    "Cargo.toml": _read_cargo,
    "pyproject.toml": _read_pyproject,
    "package.json": lambda text: json.loads(text)["name"],
    "go.mod": _read_go_module,
}


def read_first_heading(text: str) -> str:
    """Return the first heading of a README as a name; empty if it is a sentence or says nothing."""
    lines = text.split("\n")[:MAX_HEADING_LINES]
    for number, line in enumerate(lines):
        if line.lstrip().startswith("```"):
            return ""
        match = _HEADING.fullmatch(line.rstrip())
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if match or (line.strip() and not _UNDERLINE.fullmatch(line) and _UNDERLINE.fullmatch(following)):
            heading = match["text"].rstrip("# ") if match else line.strip()
            plain = _LINK.sub(lambda link: link["text"], _IMAGE.sub(" ", heading[:300])).replace("`", "")
            return clean_area_name(_HEADING_END.sub("", " ".join(plain.split())).rpartition("@")[2].rpartition("/")[2])
    return ""


@lru_cache(maxsize=100_000)
def clean_area_name(name: str) -> str:
    """Return a name as it is stored; empty if it is long, no name, or one that every repository has."""
    clean = " ".join(clean_title(name).split()).strip("*_ ")
    words = clean.lower().split()
    if len(clean) > MAX_AREA_LENGTH or len(words) > MAX_AREA_WORDS or not _NAME.fullmatch(clean):
        return ""
    return "" if all(word in BARE_NAMES or not word.strip("&./-") for word in words) else clean


def parse_code_owners(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the folders below each section or heading with its name, and those that have owners with their own name.

    A heading is a comment of a few words above rules, behind a blank line. Of two rules for a folder the later holds.
    """
    sections: dict[str, str] = {}
    owned: dict[str, str] = {}
    heading, is_after_blank = "", True
    for line in text.split("\n"):
        stripped = line.strip()
        if not stripped:
            heading, is_after_blank = "" if not _is_section(heading) else heading, True
            continue
        if match := _SECTION.match(stripped):
            heading = f"[{clean_area_name(match['name'])}"
        elif stripped.startswith("#"):
            comment = _COMMENT.fullmatch(stripped)
            if not _is_section(heading):
                heading = clean_area_name(comment["name"]) if comment and is_after_blank else ""
        elif folder := _read_owned_folder(stripped.split()[0]):
            sections.pop(folder, None)
            if name := heading.removeprefix("["):
                sections[folder] = name
            if own := clean_area_name(folder.rpartition("/")[2]):
                owned[folder] = own
        is_after_blank = False
    return sections, owned


def _is_section(heading: str) -> bool:
    """Return whether a heading is a section, which only another one ends."""
    return heading.startswith("[")


def _read_owned_folder(rule: str) -> str:
    """Return the folder that a rule of CODEOWNERS is about; empty for files and patterns."""
    match = _FOLDER_RULE.fullmatch(rule)
    if match is None:
        return ""
    folder = match["folder"].strip("/")
    # Without a slash at its end a rule may name a file.
    return folder if match["end"] or "." not in folder.rpartition("/")[2] else ""


def read_area_names(rows: pl.DataFrame) -> Mapping[tuple[str, str], str]:
    """Return the name of each folder of each repository, as the latest NOTES rows have it."""
    areas = rows.filter(pl.col("kind") == AREA_KIND).sort("at")
    return {(repository, path): text for repository, path, text in
            areas.select("repository", "path", "text").iter_rows()}  # fmt: skip
