"""Build changes from raw rows: what landed on the default branches, each once. Pure.

A change is a merged pull request, or a commit that no pull request and no merge brought. A commit that two
repositories hold with the same sha (a fork, a mirror, a history that was taken in) is one change, in the repository
whose name sorts first.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from sys import intern
from typing import Any

import polars as pl

from sparky_assets.insights.evidence import RepositoryUrls, build_commit_url, build_pull_request_url
from sparky_assets.raw.commit_graph import commits_by_pull_request
from sparky_assets.raw.joining import names_assistant
from sparky_assets.raw.window import RawWindow
from sparky_assets.stories.branches import NO_BRANCH, BranchSize, find_first_messages, measure_branches
from sparky_assets.stories.models import Change
from sparky_assets.stories.noise import classify_noise
from sparky_assets.stories.signals import ChangeSignals, read_signals
from sparky_assets.stories.titles.parts import find_needed_scope, normalize_title
from sparky_assets.text.clean import clean_title, strip_comments_and_code, strip_invisible
from sparky_assets.text.paths import is_noise_path
from sparky_assets.text.reverts import MAX_MESSAGE_LENGTH, list_reverted_shas, parse_reverted

MAX_CHANGE_PATHS = 200
"""Paths of a change that are kept: a larger one moves or generates files, and its paths say nothing."""

MIN_NEW_FILE_LINES = 4
"""Lines that a path must gain to count as new, where no status says it: one line is rarely a file."""

MAX_REFERENCES = 30
"""Numbers that are read from a message; more of them are a list of everything, for example of a release."""

_REFERENCE = re.compile(
    r"(?<![\w/&#])(?:(?P<repository>[A-Za-z0-9][\w.-]{0,60}/[\w.-]{1,80}))?[#!](?P<number>\d{1,7})\b"
)

_REFERENCE_URL = re.compile(
    r"https?://[\w.:-]{1,80}/(?P<repository>[\w.-]{1,60}/[\w.-]{1,80})/(?:-/)?(?:pull|issues|pulls|merge_requests)/(?P<number>\d{1,7})\b"
)

_CLOSING_WORDS = re.compile(
    r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b:?[ \t]*(?:issue[ \t]+)?"
    r"(?=(?:[\w.-]{1,60}/[\w.-]{1,80})?#\d|https?://)",
    re.IGNORECASE,
)

_MAX_CLOSING_TAIL = 200

_CHERRY_PICK = re.compile(r"\(cherry picked from commit (?P<sha>[0-9a-f]{7,40})\)")

_BREAKING_LABEL = re.compile(r"\bbreak(?:s|ing)\b", re.IGNORECASE)


@dataclass(frozen=True)
class ChangeRecord:
    """A change with its message and signals. They are needed to group and rank, and are not stored with the change."""

    change: Change
    message: str
    signals: ChangeSignals
    named_elsewhere: tuple[tuple[str, int], ...] = ()
    """Repository and number of pull requests and issues of other repositories that its message names."""
    named_shas: tuple[str, ...] = ()
    """Shas, whole or shortened, that it takes back or was picked from."""
    size: int = 0
    """Changed lines without generated, vendored and lock files."""
    repaired: tuple[str, ...] = ()
    """Shas of the changes whose lines it mostly changes, if it is a fix; as git blames them."""
    asked: int = 0
    """Reactions to it, and reactions to and comments on the issues of the period that it closes; 0 from git alone."""


FIRST_TIME_ASSOCIATIONS = {"first_timer", "first_time_contributor"}
"""GitHub's words for the author of a first contribution."""


def index_by_number(changes: Iterable[Change]) -> dict[tuple[str, str], Change]:
    """Return the changes that have a number, by repository and number."""
    return {(change.repository, str(change.number)): change for change in changes if change.number is not None}


def find_named_changes(
    numbered: Mapping[tuple[str, str], Change], repository: str, references: Iterable[str]
) -> Iterator[Change]:
    """Yield the changes of a repository that the references of its notes name: `#12`, `owner/name#12`.

    Args:
        numbered: changes by repository and number.
        repository: the repository whose notes they are.
        references: the references, in order.
    """
    keys = ((repository, reference.rpartition("#")[2]) for reference in references)
    return (numbered[key] for key in keys if key in numbered)


def build_landed_records(window: RawWindow, urls: RepositoryUrls) -> list[ChangeRecord]:
    """Return the changes of a window as the rows of pull requests and commits have them, in no order.

    Args:
        window: the rows of a period.
        urls: the pages of repositories.
    """
    files_by_sha, brought = _collect_files(window)
    records = [*_build_pull_request_records(window, urls, files_by_sha, brought)]
    known_shas = {record.change.sha for record in records}
    return [*records, *_build_commit_records(window, urls, brought, known_shas)]


def _collect_files(window: RawWindow) -> tuple[dict[tuple[str, str], list[dict[str, Any]]], pl.DataFrame]:
    """Return the files of each pull request's commits by (repository, merging sha), and which commit each brought."""
    brought = commits_by_pull_request(window)
    files: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    rows = window.commits.select("repository", "sha", "files").join(
        brought, on=["repository", "sha"], how="inner", maintain_order="left"
    )
    for repository, commit, commit_files in rows.select("repository", "commit", "files").iter_rows():
        files[repository, commit].extend(commit_files or ())
    return files, brought


def _build_pull_request_records(
    window: RawWindow,
    urls: RepositoryUrls,
    files_by_sha: Mapping[tuple[str, str], list[dict[str, Any]]],
    brought: pl.DataFrame,
) -> Iterable[ChangeRecord]:
    # Rows hold whole texts, and each operation on them copies these: what is kept is found by the keys.
    keys = window.pull_requests.select("event", "at", "repository", "number").with_row_index()
    keys = keys.filter(pl.col("event") == "merged").sort("at", "repository", "number")
    keys = keys.unique(["repository", "number"], keep="first", maintain_order=True)
    merged = window.pull_requests[keys["index"]]
    columns = ["repository", "sha", "body", "landed_at", "is_first_contribution", "is_merge", "co_authors"]
    commits = window.commits.select(column for column in columns if column in window.commits.columns)
    merged = merged.join(
        commits.rename({name: f"commit_{name}" for name in commits.columns if name not in {"repository", "sha"}}),
        left_on=["repository", "commit"],
        right_on=["repository", "sha"],
        how="left",
        maintain_order="left",
    )
    first_messages = find_first_messages(window, brought)
    branches = measure_branches(window, brought)
    seen: set[str] = set()
    for row in merged.iter_rows(named=True):
        repository, sha = row["repository"], row["commit"] or ""
        # A history that was taken in brings the merge commits of another repository with the same shas.
        if sha and sha in seen:
            continue
        seen.add(sha)
        title = row["title"] or f"Pull request {row['number']}"
        message = row["body"] or row.get("commit_body") or ""
        sources = (f"body:{repository}#{row['number']}", *((f"message:{repository}@{sha}",) if sha else ()))
        if message.strip() in {"", title.strip()} and (first := first_messages.get((repository, sha))):
            sources, message = (*sources, f"message:{repository}@{first[0]}"), first[1]
        yield _build_record(
            row,
            key=f"pr:{repository}#{row['number']}",
            number=row["number"],
            sha=sha,
            url=build_pull_request_url(urls.get(repository), row["number"]),
            raw_title=title,
            message=message,
            landed_at=row.get("commit_landed_at") or row["at"],
            files=files_by_sha.get((repository, sha), ()),
            labels=row["labels"] or (),
            is_first=bool(row.get("commit_is_first_contribution"))
            or row.get("author_association") in FIRST_TIME_ASSOCIATIONS,
            sources=sources,
            co_authors=row.get("commit_co_authors") or (),
            trailers=row.get("commit_body") or "",
            branch=branches.get((repository, sha), NO_BRANCH),
        )


def _build_commit_records(
    window: RawWindow, urls: RepositoryUrls, brought: pl.DataFrame, known_shas: set[str]
) -> Iterable[ChangeRecord]:
    keys = window.commits.select("repository", "sha", "is_merge", "subject", "committed_at").with_row_index()
    keys = keys.filter(~pl.col("is_merge"), pl.col("subject").fill_null("") != "")
    keys = keys.join(brought, on=["repository", "sha"], how="anti").sort("committed_at", "repository", "sha")
    for row in window.commits[keys["index"]].iter_rows(named=True):
        repository, sha = row["repository"], row["sha"]
        if sha in known_shas:
            continue
        known_shas.add(sha)
        yield _build_record(
            row,
            key=f"commit:{repository}@{sha}",
            number=None,
            sha=sha,
            url=build_commit_url(urls.get(repository), sha),
            raw_title=row["subject"],
            message=row["body"] or "",
            landed_at=row.get("landed_at") or row["committed_at"],
            files=row["files"] or (),
            labels=(),
            is_first=bool(row.get("is_first_contribution")),
            sources=(f"message:{repository}@{sha}",),
            co_authors=row["co_authors"] or (),
        )


def build_plain_record(
    repository: str, sha: str, subject: str, message: str, *, landed_at: datetime, urls: RepositoryUrls, visibility: str
) -> ChangeRecord:
    """Return a commit of which only the message is known as a change.

    Args:
        repository: `owner/name`.
        sha: that of the commit.
        subject: the first line of its message.
        message: what follows it.
        landed_at: an instant at which it was there.
        urls: the pages of repositories.
        visibility: who may see the repository.
    """
    row = {
        "repository": repository, "author": None, "insertions": None, "deletions": None, "visibility": visibility,
    }  # fmt: skip
    return _build_record(
        row,
        key=f"commit:{repository}@{sha}",
        number=None,
        sha=sha,
        url=build_commit_url(urls.get(repository), sha),
        raw_title=subject,
        message=message,
        landed_at=landed_at,
        files=(),
        labels=(),
        is_first=False,
        sources=(f"message:{repository}@{sha}",),
        co_authors=(),
    )


def _build_record(
    row: Mapping[str, Any],
    *,
    key: str,
    number: int | None,
    sha: str,
    url: str | None,
    raw_title: str,
    message: str,
    landed_at: Any,
    files: Sequence[Mapping[str, Any]],
    labels: Sequence[str],
    is_first: bool,
    sources: tuple[str, ...],
    co_authors: Iterable[Mapping[str, Any]],
    trailers: str = "",
    branch: BranchSize = NO_BRANCH,
) -> ChangeRecord:
    # Names are interned: rows repeat them, and each of 92,000 changes held copies of its own.
    author = row["author"] or {}
    name = _clean_short_text(author.get("name") or "") or None
    is_bot = bool(author.get("is_bot"))
    parts = normalize_title(raw_title)
    signals = read_signals(parts.title, message)
    # GitHub names the paths of a pull request, and no files of its commits.
    paths = list(dict.fromkeys(file["path"] for file in files if file.get("path"))) or list(row.get("paths") or ())
    is_breaking = parts.breaking or any(_BREAKING_LABEL.search(label) for label in labels)
    shown = f"{raw_title}\n{strip_comments_and_code(message)}"
    own, elsewhere = _find_references(row["repository"], shown, number, is_bot=is_bot)
    reverts = parse_reverted(row["repository"], raw_title, message)
    picked = (match["sha"] for match in _CHERRY_PICK.finditer(message[:MAX_MESSAGE_LENGTH]))
    shas = (*list_reverted_shas(message), *picked)
    noise = classify_noise(
        parts.title,
        parts.type,
        paths,
        scope=parts.scope,
        is_bot=is_bot,
        is_marked_breaking=is_breaking,
        has_effect=signals.has_effect,
        message=message,
    )
    change = Change(
        key=key,
        repository=intern(row["repository"]),
        number=number,
        sha=sha,
        url=url,
        raw_title=strip_invisible(raw_title)[:300].strip(),
        title=parts.title,
        type=parts.type,
        scope=parts.scope,
        area=find_needed_scope(parts),
        is_marked_breaking=is_breaking,
        trackers=parts.trackers,
        author=name,
        author_key=intern(author.get("key") or ""),
        is_bot=is_bot,
        names_assistant=names_assistant([author, *co_authors], f"{message}\n{trailers}"),
        # Who publishes a release is no newcomer, whatever name the tool of the release gave the commit.
        is_first_contribution=is_first and noise != "version_bump",
        landed_at=landed_at,
        paths=tuple(paths[:MAX_CHANGE_PATHS]),
        new_paths=tuple(_find_new_paths(files))[:MAX_CHANGE_PATHS],
        insertions=_sum_lines(files, "insertions", row),
        deletions=_sum_lines(files, "deletions", row),
        labels=tuple(map(_clean_short_text, labels)),
        milestone=_clean_short_text(row.get("milestone") or ""),
        references=own,
        closes=tuple(
            dict.fromkeys(
                (
                    *_find_closed(row["repository"], shown, is_bot=is_bot),
                    *_list_closing_issues(row),
                )
            )
        ),
        reactions=row.get("reactions") or 0,
        comments=row.get("comments") or 0,
        reverts=reverts,
        sources=sources,
        branch_commits=branch[0],
        branch_began_at=branch[1],
        visibility=intern(row["visibility"]),
        noise=noise,
    )  # fmt: skip
    size = sum(
        (file["insertions"] or 0) + (file["deletions"] or 0) for file in files if not is_noise_path(file["path"] or "")
    )
    return ChangeRecord(change, message, signals, elsewhere, shas, size)


@lru_cache(maxsize=20_000)
def _clean_short_text(text: str) -> str:
    """Return a name or label without what no reader sees; a period repeats few of them."""
    return clean_title(text)


def _list_closing_issues(row: Mapping[str, Any]) -> list[int]:
    """Return the numbers of the issues of its repository that GitHub links to a pull request."""
    issues = row.get("closing_issues") or ()
    return [issue["number"] for issue in issues if issue["repository"] == row["repository"]]


def _sum_lines(files: Sequence[Mapping[str, Any]], column: str, row: Mapping[str, Any]) -> int | None:
    if not files:
        value: int | None = row[column]
        return value
    return sum(file[column] or 0 for file in files)


def _find_new_paths(files: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the paths that a change adds.

    Rows without a status do not tell an added file from one that only gained lines: a path counts as new if the first
    commit of the change that touches it removes nothing from it and adds more than a few lines. A caller that needs to
    be surer asks for the path in several repositories.
    """
    first_touch: dict[str, bool] = {}
    for file in files:
        status = file.get("status")
        insertions = file["insertions"] or 0
        is_new = status == "A" if status else not file["deletions"] and insertions >= MIN_NEW_FILE_LINES
        first_touch.setdefault(file["path"], is_new)
    return [path for path, is_new in first_touch.items() if is_new and path]


def _find_references(
    repository: str, text: str, own_number: int | None, *, is_bot: bool
) -> tuple[tuple[int, ...], tuple[tuple[str, int], ...]]:
    """Return the numbers of its repository that a text names, and repository and number of others.

    The text of a bot quotes the notes of other projects, whose numbers mean nothing here: only its title counts.
    """
    searched = text.partition("\n")[0] if is_bot else text[:8000]
    own: dict[int, None] = {}
    elsewhere: dict[tuple[str, int], None] = {}
    for pattern in (_REFERENCE, _REFERENCE_URL):
        for match in pattern.finditer(searched):
            named, number = match["repository"], int(match["number"])
            if named and named.lower() != repository.lower():
                elsewhere[named, number] = None
            elif number != own_number:
                own[number] = None
    return tuple(own)[:MAX_REFERENCES], tuple(elsewhere)[:MAX_REFERENCES]


def _find_closed(repository: str, text: str, *, is_bot: bool) -> tuple[int, ...]:
    """Return the numbers of issues of its repository that a text closes: `Fixes #12, #13`, `closes (#13)`."""
    if is_bot:
        return ()
    closed: dict[int, None] = {}
    for match in _CLOSING_WORDS.finditer(text[:8000]):
        tail = text[match.end() : match.end() + _MAX_CLOSING_TAIL].partition("\n")[0]
        while reference := (_REFERENCE.match(tail) or _REFERENCE_URL.match(tail)):
            named = reference["repository"]
            if not named or named.lower() == repository.lower():
                closed[int(reference["number"])] = None
            joint = re.match(r"(?:\s*,\s*(?:and\s+)?|\s+and\s+)(?=\S)", tail[reference.end() :])
            if not joint:
                break
            tail = tail[reference.end() + joint.end() :]
    return tuple(closed)
