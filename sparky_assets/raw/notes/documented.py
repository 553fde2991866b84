"""Build NOTES rows of documents: which earlier commit brought the code that a change of documents alone is about.

A row needs a name in a code span of the added lines (`--dry-run`, `read_docks()`, `src/docks.py`) that the document did
not hold before, and that exactly one commit brought to the code. Everything else is left out: a wrong commit is worse
than none.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import polars as pl

from resources.errors import GitError
from resources.git.diffs.hunks import Hunk, parse_hunks
from resources.git.diffs.origins import (
    MAX_CODE_FILES,
    CodeName,
    CodeOrigin,
    find_file_origin,
    find_name_origin,
    list_files_with,
    list_lines_with,
)
from resources.git.diffs.read import is_documentation, read_commit_diffs
from resources.git.log import GitCommit
from resources.git.repository import GitRepository
from sparky_assets.raw.git_rows import to_instant
from sparky_assets.raw.merge_messages import parse_merged_message, read_title
from sparky_assets.raw.tables import DOCUMENTED_KIND, NOTES
from sparky_assets.text.clean import clean_title
from sparky_assets.text.paths import is_changelog_path, is_prose_path, is_tooling_path, is_user_path

MAX_DOCUMENT_CHANGES = 100
"""Changes of documents alone of a window that are looked at, the newest first."""

MAX_NAMES = 10
"""Names of a change that are looked up; a change with more of them is about many things, and about none for sure."""

MAX_DOCUMENT_FILES = 20

MAX_OTHER_DOCUMENTS = 4
"""Other documents that may hold a name before: references are generated from the code, and changed with it."""

MAX_NEWS_SECONDS = 31 * 24 * 3600
"""How much later than the code its documentation is news where another document named it before."""

_SPAN = re.compile(r"(?<!`)(`{1,2})(?!`)([^`\n]{2,120})\1(?!`)")

_FLAG = re.compile(r"--[a-z][a-z0-9]*(?:-[a-z0-9]+)+(?=$|[=\s\[<,])")

_FILE = re.compile(r"[\w.-]{1,60}(?:/[\w.-]{1,60}){1,8}\.[A-Za-z]{1,5}")

_IDENTIFIER = re.compile(
    r"(?:[A-Za-z_]\w{0,40}\.){0,3}([A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+|[a-z][a-z0-9]+(?:[A-Z][a-z0-9]+)+)(?:\(\))?"
)

_COMMENT = re.compile(r"\s*(?://|#(?!\[)|\*|/\*|--\s|;|<!--)|(?i:\b(?:todo|fixme)\b)")


def build_documented_rows(repository: GitRepository, commits: Sequence[GitCommit], visibility: str) -> pl.DataFrame:
    """Return the NOTES rows of the documented code. A partial clone has none: it has no files."""
    rows = [] if repository.is_partial else list(_list_documented(repository, commits, visibility))
    return pl.DataFrame(rows, schema=dict(NOTES.columns))


def _list_documented(
    repository: GitRepository, commits: Sequence[GitCommit], visibility: str
) -> Iterator[dict[str, Any]]:
    changes = find_document_changes(commits)[:MAX_DOCUMENT_CHANGES]
    diffs: dict[str, str] = {}
    # A commit that cannot be read ends the command; the others are then read one by one.
    with suppress(GitError):
        diffs.update(_read_document_diffs(repository, changes))
    for commit in changes:
        try:
            diff = (
                diffs[commit.sha]
                if commit.sha in diffs
                else dict(_read_document_diffs(repository, [commit]))[commit.sha]
            )
            found = _find_documented(repository, commit, diff)
        except (GitError, KeyError):
            continue  # the lines of other changes can still be read
        if found is None:
            continue
        name, path, origin = found
        merged = parse_merged_message(origin.message, is_merge=origin.is_merge)
        title = clean_title(read_title(origin.message, is_merge=origin.is_merge))
        if title:
            yield {
                "repository": repository.name,
                "kind": DOCUMENTED_KIND,
                "sha": commit.sha,
                "at": to_instant(commit.landed_at),
                "path": path,
                "heading_path": [name, to_instant(origin.landed_at).isoformat()],
                "text": title,
                "references": [origin.sha, *([f"#{merged.number}"] if merged else [])],
                "visibility": visibility,
            }


def _read_document_diffs(repository: GitRepository, commits: Sequence[GitCommit]) -> Iterator[tuple[str, str]]:
    return read_commit_diffs(repository, ((commit.sha, commit.parents[0]) for commit in commits), "--full-index")


def find_document_changes(commits: Sequence[GitCommit]) -> list[GitCommit]:
    """Return the commits of the own line that, with the commits that they brought, change documents alone."""
    paths: dict[str, list[str]] = {}
    unknown: set[str] = set()
    for commit in commits:
        if commit.files is None and len(commit.parents) < 2:
            unknown.add(commit.landed_by)
        paths.setdefault(commit.landed_by, []).extend(file.path for file in commit.files or ())
    return [
        commit
        for commit in commits
        if commit.is_on_line
        and commit.parents
        and commit.sha not in unknown
        and paths[commit.landed_by]
        and all(map(is_prose_path, paths[commit.landed_by]))
    ]


def _find_documented(repository: GitRepository, commit: GitCommit, diff: str) -> tuple[str, str, CodeOrigin] | None:
    """Return a name, the document that holds it, and the one commit that brought all names whose origin is known."""
    hunks = list(parse_hunks(diff))
    paths = {hunk.path or hunk.old_path for hunk in hunks}
    if not all(map(is_prose_path, paths)) or len(paths) > MAX_DOCUMENT_FILES:
        return None
    names = find_code_names(hunks)
    # What a document loses and another gets has moved.
    removed = "\n".join(line for hunk in hunks for line in hunk.removed).lower()
    names = {name: path for name, path in names.items() if not _is_in(removed, name)}
    if len(names) > MAX_NAMES:
        return None
    found = [
        (name, path, origin) for name, path in names.items() if (origin := _find_origin(repository, commit, name, path))
    ]
    return found[0] if len({origin.sha for _, _, origin in found}) == 1 else None


def _is_in(text: str, written: str) -> bool:
    name = None if "/" in written else CodeName.parse(written)
    return bool(re.search(name.anywhere if name else re.escape(written.lower()), text))


def find_code_names(hunks: Sequence[Hunk]) -> Mapping[str, str]:
    """Return what code spans of added documentation name, as it is written, each with the first document; in order."""
    names: dict[str, str] = {}
    for hunk in hunks:
        if not is_documentation(hunk.path) or is_changelog_path(hunk.path):
            continue
        for match in (match for line in hunk.added for match in _SPAN.finditer(line)):
            span = match[2].strip()
            if flag := _FLAG.search(span) if span.startswith("-") else None:
                names.setdefault(flag[0], hunk.path)
            elif _FILE.fullmatch(span):
                names.setdefault(span, hunk.path)
            elif (identifier := _IDENTIFIER.fullmatch(span)) and CodeName.parse(identifier[1]):
                names.setdefault(identifier[1], hunk.path)
    return names


def _find_origin(repository: GitRepository, commit: GitCommit, written: str, document: str) -> CodeOrigin | None:
    """Return the commit that brought what a document names for the first time; None if that is not sure."""
    parent, committed_at = commit.parents[0], commit.committed_at
    if _FILE.fullmatch(written):
        documents = list_files_with(repository, parent, re.escape(written))
        if document in documents or not is_user_path(written) or is_tooling_path(written):
            return None
        origin = find_file_origin(repository, parent, committed_at, written)
        return _check_news(origin, commit, written, documents)
    name = CodeName.parse(written)
    if name is None or _is_foreign(written, repository.name):
        return None
    holding = list_files_with(repository, parent, name.anywhere)
    code = [path for path in holding if _is_code(path)]
    if document in holding or not 0 < len(code) <= MAX_CODE_FILES:
        return None
    if not _defines(repository, parent, written, name, code):
        return None

    def defines(repository: GitRepository, commit: str) -> bool:
        brought = [path for path in list_files_with(repository, commit, name.alone) if _is_code(path)]
        return bool(brought) and _defines(repository, commit, written, name, brought)

    origin = find_name_origin(repository, parent, committed_at, name, paths=code, defines=defines)
    return _check_news(origin, commit, written, holding)


def _is_foreign(written: str, repository_name: str) -> bool:
    """Return whether a variable of the environment may be of another program: uv owns `UV_*`, not `BASH_VERSION`."""
    prefix = written.partition("_")[0].lower()
    return (
        written.isupper() and not written.startswith("-") and prefix not in re.split(r"\W|_", repository_name.lower())
    )


def _check_news(
    origin: CodeOrigin | None, commit: GitCommit, written: str, holding: Sequence[str]
) -> CodeOrigin | None:
    """Return the origin; None where other documents held the name, and neither the title nor the date says more.

    A rewrite of a page names much that came long ago and is about none of it.
    """
    others = [path for path in holding if _is_document(path)]
    if origin is None or not others:
        return origin
    is_recent = commit.committed_at - origin.landed_at <= MAX_NEWS_SECONDS
    is_named = _is_in(read_title(commit.message, is_merge=len(commit.parents) > 1).lower(), written)
    return origin if len(others) <= MAX_OTHER_DOCUMENTS and (is_recent or is_named) else None


def _is_document(path: str) -> bool:
    return is_prose_path(path) and not is_changelog_path(path) and "changelog" not in path.lower()


def _is_code(path: str) -> bool:
    return is_user_path(path) and not is_tooling_path(path) and not is_prose_path(path)


def _defines(repository: GitRepository, commit: str, written: str, name: CodeName, paths: Sequence[str]) -> bool:
    """Return whether a line of code names something as definitions do: behind a keyword, as a field, or quoted.

    What is imported anywhere may be of a library; what is only quoted, a key of another program. A flag that no
    variable is named after is passed to another program.
    """
    forms = [
        rf"^\s*(?:pub(?:\(\w+\))? )?{name.anywhere}\??\s*(?::(?!:)|\s=(?!=))",
        r"\b(?:def|fn|func|function|class|struct|enum|type|trait|interface|const|let|var|static)\s+"
        rf"(?:\([^)]{{0,60}}\)\s*)?{name.anywhere}\b",
    ]
    is_flag = written.startswith("--")
    if is_flag or written.isupper():
        forms.append(rf"[\"'](?:--)?{name.anywhere}[\"'=,/ ]")
    definition = re.compile(f"(?i){'|'.join(forms)}")
    imported = re.compile(
        rf"(?i)^\s*(?:pub )?(?:import|use|#?include|from|using|extern)\b.*{name.anywhere}|\brequire\(.*{name.anywhere}"
    )
    lines = list_lines_with(repository, commit, name.alone, paths)
    if any(map(imported.search, lines)) or (is_flag and not any(re.search(name.identifier, line) for line in lines)):
        return False
    return any(definition.search(line) and not _COMMENT.match(line) for line in lines)
