"""Evidence: what claims may cite, built from the rows of a window in impact order.

Evidence covers releases, pull requests, issues, and commits without a pull request. URLs are built from ids; no URL is
taken from a text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from sys import intern
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from sparky_assets.insights.models import Evidence
from sparky_assets.insights.ranking import ImpactKey, compute_impact_key, rank_rows
from sparky_assets.metrics.classify import ChangeTheme, classify_change
from sparky_assets.raw.window import RawWindow
from sparky_assets.text.clean import clean_body, clean_title


def build_commit_url(repository_url: str | None, sha: str) -> str | None:
    """Return the page of a commit, None without a repository page."""
    return _build_page_url(repository_url, _get_paths(repository_url).commit, sha)


def build_pull_request_url(repository_url: str | None, number: int) -> str | None:
    """Return the page of a pull (or merge) request; None where the forge has none."""
    return _build_page_url(repository_url, _get_paths(repository_url).pull_request, number)


def build_issue_url(repository_url: str | None, number: int) -> str | None:
    """Return the page of an issue; None where the forge has none."""
    return _build_page_url(repository_url, _get_paths(repository_url).issue, number)


def build_release_url(repository_url: str | None, tag: str) -> str | None:
    """Return the page of a release or of its tag."""
    return _build_page_url(repository_url, _get_paths(repository_url).release, quote(tag, safe=""))


class ForgePaths(NamedTuple):
    """Paths of a forge's pages below the page of a repository; `{}` is the name or number, None where there is none."""

    commit: str
    pull_request: str | None
    issue: str | None
    release: str


FORGE_PATHS: Mapping[str, ForgePaths] = {
    "github": ForgePaths("/commit/{}", "/pull/{}", "/issues/{}", "/releases/tag/{}"),
    "gitlab": ForgePaths("/-/commit/{}", "/-/merge_requests/{}", "/-/issues/{}", "/-/tags/{}"),
    "gitea": ForgePaths("/commit/{}", "/pulls/{}", "/issues/{}", "/releases/tag/{}"),
    "bitbucket": ForgePaths("/commits/{}", "/pull-requests/{}", "/issues/{}", "/commits/tag/{}"),
    "bitbucket_server": ForgePaths("/commits/{}", "/pull-requests/{}", None, "/commits?until=refs%2Ftags%2F{}"),
    "azure": ForgePaths("/commit/{}", "/pullrequest/{}", None, "?version=GT{}"),
    "sourcehut": ForgePaths("/commit/{}", None, None, "/refs/{}"),
}

_FORGE_BY_HOST = (
    ("gitlab", "gitlab"), ("bitbucket", "bitbucket"), ("gitea", "gitea"), ("forgejo", "gitea"), ("codeberg", "gitea"),
    ("git.sr.ht", "sourcehut"),
)  # fmt: skip


@lru_cache(maxsize=10_000)
def find_forge(repository_url: str | None) -> str:
    """Return the forge of a repository's page, by its path and host.

    Unknown hosts get GitHub's form: GitHub Enterprise, Gitea and Forgejo serve or redirect it.
    """
    parts = urlsplit(repository_url or "")
    if re.search(r"/(?:projects|users)/[^/]+/repos/[^/]+$", parts.path):
        return "bitbucket_server"
    if "/_git/" in parts.path:
        return "azure"
    return next((forge for name, forge in _FORGE_BY_HOST if name in (parts.hostname or "")), "github")


def _get_paths(repository_url: str | None) -> ForgePaths:
    return FORGE_PATHS[find_forge(repository_url)]


def _build_page_url(repository_url: str | None, path: str | None, name: str | int) -> str | None:
    return f"{repository_url}{path.format(name)}" if repository_url and path else None


RepositoryUrls = Mapping[str, str | None]


@dataclass(frozen=True)
class EvidenceSet:
    """The finished work of a window in impact order, and the number of records before the selection."""

    items: tuple[Evidence, ...]
    record_count: int


def gather_evidence(window: RawWindow) -> EvidenceSet:
    """Return the evidence of a window's finished work. A squash commit and its pull request are one item."""
    urls = get_repository_urls(window)
    ranked = rank_rows(window)
    items = (
        *(build_pull_request_evidence(row, urls) for row in ranked.pull_requests.iter_rows(named=True)),
        *(build_commit_evidence(row, urls) for row in ranked.commits.iter_rows(named=True)),
        *(_build_release_evidence(row, urls) for row in ranked.releases.iter_rows(named=True)),
    )
    return EvidenceSet(tuple(sorted(items, key=get_evidence_impact_key)), ranked.record_count)


def get_repository_urls(window: RawWindow) -> RepositoryUrls:
    """Return the page of each repository by name, None where it has none."""
    return dict(window.repositories.select("repository", "url").iter_rows())


def get_evidence_impact_key(item: Evidence) -> tuple[ImpactKey, str]:
    """Return the sort key of evidence: impact first, then the key, so that equal items never change places."""
    impact = compute_impact_key(
        kind=item.kind, theme=item.theme, is_bot=item.is_bot, changed_lines=item.changed_lines, at=item.at
    )
    return impact, item.key


DRAFT_EVENTS = ("ready_for_review", "converted_to_draft")
"""Events that do not change whether a pull request is open."""


def build_pull_request_evidence(row: dict[str, Any], urls: RepositoryUrls) -> Evidence:
    """Build evidence from a row of raw/pull_requests, whatever its event.

    Ranked rows bring their `theme`; other rows are classified by title, labels and the files of the merge commit.
    """
    author = row["author"] or {}
    paths = [file["path"] for file in row.get("merge_files") or ()]
    is_bot = bool(author.get("is_bot"))
    title = clean_title(row["title"] or "") or f"Pull request {row['number']}"
    return Evidence(
        key=f"pr:{row['repository']}#{row['number']}",
        kind="pull_request",
        repository=intern(row["repository"]),
        reference=f"#{row['number']}",
        url=build_pull_request_url(urls.get(row["repository"]), row["number"]),
        title=title,
        author=_get_author_name(author),
        is_bot=is_bot,
        state="opened" if row["event"] in DRAFT_EVENTS else row["event"],
        at=row["at"],
        theme=_get_ranked_theme(row) or classify_change(title, paths, row["labels"] or (), is_bot=is_bot),
        changed_lines=_count_changed_lines(row),
        visibility=intern(row["visibility"]),
        excerpt=clean_body(row["body"] or ""),
    )


def build_issue_evidence(row: dict[str, Any], urls: RepositoryUrls) -> Evidence:
    """Build evidence from a row of raw/issues."""
    author = row["author"] or {}
    title = clean_title(row["title"] or "") or f"Issue {row['number']}"
    return Evidence(
        key=f"issue:{row['repository']}#{row['number']}",
        kind="issue",
        repository=intern(row["repository"]),
        reference=f"#{row['number']}",
        url=build_issue_url(urls.get(row["repository"]), row["number"]),
        title=title,
        author=_get_author_name(author),
        is_bot=bool(author.get("is_bot")),
        state=row["event"],
        at=row["at"],
        theme=classify_change(title, (), row["labels"] or ()),
        changed_lines=None,
        visibility=intern(row["visibility"]),
    )


def build_commit_evidence(row: dict[str, Any], urls: RepositoryUrls) -> Evidence:
    """Build evidence from a row of raw/commits. Ranked rows bring their `theme`."""
    title = clean_title(row["subject"]) or row["sha"][:7]
    paths = [file["path"] for file in row["files"] or ()]
    return Evidence(
        key=f"commit:{row['repository']}@{row['sha']}",
        kind="commit",
        repository=intern(row["repository"]),
        reference=row["sha"][:7],
        url=build_commit_url(urls.get(row["repository"]), row["sha"]),
        title=title,
        author=_get_author_name(row["author"]),
        is_bot=row["author"]["is_bot"],
        state="pushed",
        at=row["landed_at"],
        theme=_get_ranked_theme(row)
        or classify_change(title, paths, is_bot=row["author"]["is_bot"], advisory=row.get("advisory")),
        changed_lines=_count_changed_lines(row),
        visibility=intern(row["visibility"]),
        advisory=row.get("advisory"),
        excerpt=clean_body(row["body"] or ""),
    )


def _build_release_evidence(row: dict[str, Any], urls: RepositoryUrls) -> Evidence:
    return Evidence(
        key=f"release:{row['repository']}@{row['tag']}",
        kind="release",
        repository=intern(row["repository"]),
        reference=clean_title(row["tag"]),
        url=build_release_url(urls.get(row["repository"]), row["tag"]),
        title=clean_title(row["title"] or "") or clean_title(row["tag"]),
        author=_get_author_name(row["author"] or {}),
        is_bot=False,
        state="published",
        at=row["published_at"],
        theme=ChangeTheme.FEATURE,
        changed_lines=None,
        visibility=intern(row["visibility"]),
    )


def _get_ranked_theme(row: Mapping[str, Any]) -> ChangeTheme | None:
    """Return the theme that `rank_rows` computed for a row; None for rows read from the raw tables directly."""
    theme = row.get("theme")
    return ChangeTheme(theme) if theme else None


def _get_author_name(person: Mapping[str, Any]) -> str | None:
    """Return the cleaned name of a person, or None. A name is cleaned because it can look like a secret.

    It is interned, as names of repositories are: each of 92,000 items held copies of its own.
    """
    return intern(clean_title(person.get("name") or "")) or None


def _count_changed_lines(row: dict[str, Any]) -> int | None:
    """Return the changed lines for ranking: those of the row, or of a merge those that its commits brought."""
    if row["insertions"] is not None:
        return int(row["insertions"] + row["deletions"])
    brought_lines: int | None = row.get("brought_lines")
    return brought_lines
