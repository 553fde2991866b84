"""What may be cited of a window, most telling first: releases, merged pull requests, commits outside of them."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from sparky_assets.insights.bodies import clean_body
from sparky_assets.insights.links import commit_url, pull_request_url, release_url
from sparky_assets.insights.models import Evidence, Theme
from sparky_assets.insights.text import clean_title
from sparky_assets.metrics.changes import theme_of
from sparky_assets.metrics.impact import impact_key, told_commits
from sparky_assets.raw.window import RawWindow


def gather_evidence(raw: RawWindow) -> tuple[Evidence, ...]:
    """All evidence of a window in impact order. A squash commit and its pull request are told once."""
    urls = dict(raw.repositories.select("repository", "url").iter_rows())
    commits = {(row["repository"], row["sha"]): row for row in raw.commits.iter_rows(named=True)}
    pull_requests = list(_pull_requests(raw, commits, urls))
    told = told_commits(raw, commits)
    singles = (
        _commit(row, urls) for key, row in commits.items() if key not in told and not row["is_merge"] and row["subject"]
    )
    releases = (_release(row, urls) for row in raw.releases.iter_rows(named=True))
    return tuple(sorted((*pull_requests, *singles, *releases), key=impact))


def impact(item: Evidence) -> tuple[Any, ...]:
    """The sort key of evidence, as `metrics/impact.py` documents it."""
    return impact_key(
        kind=item.kind,
        theme=item.theme,
        is_bot=item.is_bot,
        changed_lines=item.changed_lines,
        at=item.at,
        key=item.key,
    )


def _pull_requests(
    raw: RawWindow, commits: dict[tuple[str, str], dict[str, Any]], urls: dict[str, str | None]
) -> Iterator[Evidence]:
    merged = raw.pull_requests.filter(pl.col("event") == "merged").unique(
        ["repository", "number"], keep="first", maintain_order=True
    )
    for row in merged.iter_rows(named=True):
        author = row["author"] or {}
        merged_by = commits.get((row["repository"], row["commit"])) or {}
        paths = [file["path"] for file in merged_by.get("files") or ()]
        is_bot = bool(author.get("is_bot"))
        title = clean_title(row["title"]) or f"Pull request {row['number']}"
        yield Evidence(
            key=f"pr:{row['repository']}#{row['number']}",
            kind="pull_request",
            repository=row["repository"],
            reference=f"#{row['number']}",
            url=pull_request_url(urls.get(row["repository"]), row["number"]),
            title=title,
            author=author.get("name"),
            is_bot=is_bot,
            state="merged",
            at=row["at"],
            theme=theme_of(title, paths, is_bot=is_bot),
            changed_lines=_lines(row),
            visibility=row["visibility"],
            excerpt=clean_body(row["body"] or ""),
        )


def _commit(row: dict[str, Any], urls: dict[str, str | None]) -> Evidence:
    title = clean_title(row["subject"]) or row["sha"][:7]
    paths = [file["path"] for file in row["files"] or ()]
    return Evidence(
        key=f"commit:{row['repository']}@{row['sha']}",
        kind="commit",
        repository=row["repository"],
        reference=row["sha"][:7],
        url=commit_url(urls.get(row["repository"]), row["sha"]),
        title=title,
        author=row["author"]["name"],
        is_bot=row["author"]["is_bot"],
        state="pushed",
        at=row["committed_at"],
        theme=theme_of(title, paths, is_bot=row["author"]["is_bot"]),
        changed_lines=_lines(row),
        visibility=row["visibility"],
        excerpt=clean_body(row["body"] or ""),
    )


def _release(row: dict[str, Any], urls: dict[str, str | None]) -> Evidence:
    return Evidence(
        key=f"release:{row['repository']}@{row['tag']}",
        kind="release",
        repository=row["repository"],
        reference=clean_title(row["tag"]),
        url=release_url(urls.get(row["repository"]), row["tag"]),
        title=clean_title(row["title"]) or clean_title(row["tag"]),
        author=row["author"]["name"] if row["author"] else None,
        is_bot=False,
        state="published",
        at=row["published_at"],
        theme=Theme.FEATURE,
        changed_lines=None,
        visibility=row["visibility"],
    )


def _lines(row: dict[str, Any]) -> int | None:
    return None if row["insertions"] is None else row["insertions"] + row["deletions"]
