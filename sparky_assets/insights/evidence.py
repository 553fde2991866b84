"""What may be cited of a window, most telling first: releases, merged pull requests, commits outside of them."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from sparky_assets.insights.links import commit_url, pull_request_url, release_url
from sparky_assets.insights.models import Evidence, Theme
from sparky_assets.insights.text import clean_title
from sparky_assets.insights.themes import theme_of
from sparky_assets.raw.window import RawWindow

_KIND_ORDER = {"release": 0, "pull_request": 1, "commit": 2}
_LOUD = (Theme.SECURITY, Theme.FEATURE, Theme.PERFORMANCE, Theme.FIX)
"""Themes that come before the others whatever their size."""


def gather_evidence(raw: RawWindow) -> tuple[Evidence, ...]:
    """All evidence of a window in impact order. A squash commit and its pull request are told once."""
    urls = dict(raw.repositories.select("repository", "url").iter_rows())
    commits = {(row["repository"], row["sha"]): row for row in raw.commits.iter_rows(named=True)}
    pull_requests = list(_pull_requests(raw, commits, urls))
    told = set(raw.pull_requests.filter(pl.col("event") == "merged").select("repository", "commit").iter_rows())
    # Commits that a merge commit brought are told by its pull request too.
    told |= _merged_side(told, commits)
    singles = (
        _commit(row, urls) for key, row in commits.items() if key not in told and not row["is_merge"] and row["subject"]
    )
    releases = (_release(row, urls) for row in raw.releases.iter_rows(named=True))
    return tuple(sorted((*pull_requests, *singles, *releases), key=impact))


def impact(item: Evidence) -> tuple[int, ...] | tuple[Any, ...]:
    """Sort key: kind, people before bots, loud themes, dependency bumps last, larger changes, then time and key."""
    return (
        item.theme is Theme.DEPENDENCIES or item.is_bot,
        _KIND_ORDER[item.kind],
        item.theme not in _LOUD,
        -min(item.changed_lines or 0, 1000),
        item.at,
        item.key,
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


def _merged_side(told: set[tuple[Any, ...]], commits: dict[tuple[str, str], dict[str, Any]]) -> set[tuple[str, str]]:
    """The commits reachable from the second parents of told merges, as far as the window holds them."""
    reached: set[tuple[str, str]] = set()
    mainline = _first_parents(commits)
    for repository, sha in told:
        row = commits.get((repository, sha))
        waiting = list(row["parents"][1:]) if row else []
        while waiting:
            key = (repository, waiting.pop())
            if key in commits and key not in reached and key not in mainline:
                reached.add(key)
                waiting.extend(commits[key]["parents"])
    return reached


def _first_parents(commits: dict[tuple[str, str], dict[str, Any]]) -> set[tuple[str, str]]:
    """The commits on the main line: those that no other commit of the window has as a later parent, and their line."""
    children = {(repository, parent) for (repository, _), row in commits.items() for parent in row["parents"]}
    line: set[tuple[str, str]] = set()
    for tip in commits.keys() - children:
        at: tuple[str, str] | None = tip
        while at in commits and at not in line:
            line.add(at)
            parents = commits[at]["parents"]
            at = (at[0], parents[0]) if parents else None
    return line
