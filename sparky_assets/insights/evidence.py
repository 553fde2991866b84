"""What may be cited of a window, most telling first: releases, merged pull requests, commits outside of them.

Addresses of commits, pull requests and releases, built from ids, never taken from a text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from sparky_assets.insights.models import Evidence
from sparky_assets.insights.ranking import compute_impact_key, rank_rows
from sparky_assets.metrics.classify import ChangeTheme, classify_change
from sparky_assets.raw.window import RawWindow
from sparky_assets.text.clean import clean_body, clean_title


def build_commit_url(repository_url: str | None, sha: str) -> str | None:
    """The page of a commit."""
    return _build_page_url(
        repository_url, {"github": f"commit/{sha}", "gitlab": f"-/commit/{sha}", "bitbucket": f"commits/{sha}"}
    )


def build_pull_request_url(repository_url: str | None, number: int) -> str | None:
    """The page of a pull (or merge) request."""
    return _build_page_url(
        repository_url,
        {"github": f"pull/{number}", "gitlab": f"-/merge_requests/{number}", "bitbucket": f"pull-requests/{number}"},
    )


def build_issue_url(repository_url: str | None, number: int) -> str | None:
    """The page of an issue."""
    return _build_page_url(
        repository_url, {"github": f"issues/{number}", "gitlab": f"-/issues/{number}", "bitbucket": f"issues/{number}"}
    )


def build_release_url(repository_url: str | None, tag: str) -> str | None:
    """The page of a release, or of its tag."""
    name = quote(tag, safe="")
    return _build_page_url(repository_url, {"github": f"releases/tag/{name}", "gitlab": f"-/tags/{name}"})


def _build_page_url(repository_url: str | None, path_by_host: dict[str, str]) -> str | None:
    if not repository_url:
        return None
    host = urlsplit(repository_url).hostname or ""
    # Unknown hosts get GitHub's form: GitHub Enterprise, Gitea and Forgejo all answer to it or redirect.
    kind = next((name for name in ("gitlab", "bitbucket") if name in host), "github")
    return f"{repository_url}/{path_by_host[kind]}" if kind in path_by_host else None


RepositoryUrls = Mapping[str, str | None]


@dataclass(frozen=True)
class EvidenceSet:
    """What was finished in a window and can be told, in impact order, and how much there is in all."""

    items: tuple[Evidence, ...]
    record_count: int


def gather_evidence(window: RawWindow) -> EvidenceSet:
    """The evidence of a window's finished work. A squash commit and its pull request are told once."""
    urls = get_repository_urls(window)
    work = rank_rows(window)
    items = (
        *(build_pull_request_evidence(row, urls) for row in work.pull_requests.iter_rows(named=True)),
        *(build_commit_evidence(row, urls) for row in work.commits.iter_rows(named=True)),
        *(_build_release_evidence(row, urls) for row in work.releases.iter_rows(named=True)),
    )
    return EvidenceSet(tuple(sorted(items, key=get_evidence_impact_key)), work.record_count)


def get_repository_urls(window: RawWindow) -> RepositoryUrls:
    """The pages of repositories by name."""
    return dict(window.repositories.select("repository", "url").iter_rows())


def get_evidence_impact_key(item: Evidence) -> tuple[Any, ...]:
    """The sort key of evidence, as `metrics/impact.py` documents it."""
    return compute_impact_key(
        kind=item.kind,
        theme=item.theme,
        is_bot=item.is_bot,
        changed_lines=item.changed_lines,
        at=item.at,
        key=item.key,
    )


DRAFT_EVENTS = ("ready_for_review", "converted_to_draft")
"""Events that leave a pull request as open as it was."""


def build_pull_request_evidence(row: dict[str, Any], urls: RepositoryUrls) -> Evidence:
    """A row of raw/pull_requests, whatever happened to it; `merge_files` are known of merged ones."""
    author = row["author"] or {}
    paths = [file["path"] for file in row.get("merge_files") or ()]
    is_bot = bool(author.get("is_bot"))
    title = clean_title(row["title"] or "") or f"Pull request {row['number']}"
    return Evidence(
        key=f"pr:{row['repository']}#{row['number']}",
        kind="pull_request",
        repository=row["repository"],
        reference=f"#{row['number']}",
        url=build_pull_request_url(urls.get(row["repository"]), row["number"]),
        title=title,
        author=_get_author_name(author),
        is_bot=is_bot,
        state="opened" if row["event"] in DRAFT_EVENTS else row["event"],
        at=row["at"],
        theme=classify_change(title, paths, row["labels"] or (), is_bot=is_bot),
        changed_lines=_count_changed_lines(row),
        visibility=row["visibility"],
        excerpt=clean_body(row["body"] or ""),
    )


def build_issue_evidence(row: dict[str, Any], urls: RepositoryUrls) -> Evidence:
    """A row of raw/issues."""
    author = row["author"] or {}
    title = clean_title(row["title"] or "") or f"Issue {row['number']}"
    return Evidence(
        key=f"issue:{row['repository']}#{row['number']}",
        kind="issue",
        repository=row["repository"],
        reference=f"#{row['number']}",
        url=build_issue_url(urls.get(row["repository"]), row["number"]),
        title=title,
        author=_get_author_name(author),
        is_bot=bool(author.get("is_bot")),
        state=row["event"],
        at=row["at"],
        theme=classify_change(title, (), row["labels"] or ()),
        changed_lines=None,
        visibility=row["visibility"],
    )


def build_commit_evidence(row: dict[str, Any], urls: RepositoryUrls) -> Evidence:
    """A row of raw/commits."""
    title = clean_title(row["subject"]) or row["sha"][:7]
    paths = [file["path"] for file in row["files"] or ()]
    return Evidence(
        key=f"commit:{row['repository']}@{row['sha']}",
        kind="commit",
        repository=row["repository"],
        reference=row["sha"][:7],
        url=build_commit_url(urls.get(row["repository"]), row["sha"]),
        title=title,
        author=_get_author_name(row["author"]),
        is_bot=row["author"]["is_bot"],
        state="pushed",
        at=row["committed_at"],
        theme=classify_change(title, paths, is_bot=row["author"]["is_bot"], advisory=row.get("advisory")),
        changed_lines=_count_changed_lines(row),
        visibility=row["visibility"],
        advisory=row.get("advisory"),
        excerpt=clean_body(row["body"] or ""),
    )


def _build_release_evidence(row: dict[str, Any], urls: RepositoryUrls) -> Evidence:
    return Evidence(
        key=f"release:{row['repository']}@{row['tag']}",
        kind="release",
        repository=row["repository"],
        reference=clean_title(row["tag"]),
        url=build_release_url(urls.get(row["repository"]), row["tag"]),
        title=clean_title(row["title"] or "") or clean_title(row["tag"]),
        author=_get_author_name(row["author"] or {}),
        is_bot=False,
        state="published",
        at=row["published_at"],
        theme=ChangeTheme.FEATURE,
        changed_lines=None,
        visibility=row["visibility"],
    )


def _get_author_name(person: Mapping[str, Any]) -> str | None:
    """The name of a person; an account can be called like a secret."""
    return clean_title(person.get("name") or "") or None


def _count_changed_lines(row: dict[str, Any]) -> int | None:
    """Lines changed, for the order; of a merge those that its commits of this window changed."""
    own = None if row["insertions"] is None else row["insertions"] + row["deletions"]
    brought: int | None = row.get("brought_lines")
    return brought if own is None else own
