"""Build the changes of a window with everything that other rows say about them: entries, repairs, attention. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import polars as pl

from resources.memory import pause_cycle_search
from sparky_assets.insights.evidence import (
    RepositoryUrls,
    build_commit_url,
    build_pull_request_url,
    get_repository_urls,
)
from sparky_assets.raw.tables import DOCUMENTED_KIND, REPAIR_KIND
from sparky_assets.raw.window import RawWindow
from sparky_assets.stories.changes import ChangeRecord, build_landed_records
from sparky_assets.stories.models import DocumentedCode
from sparky_assets.stories.signals import read_signals
from sparky_assets.text.reverts import MAX_MESSAGE_LENGTH

MAX_ENTRY_LINES = 40
"""Lines that a change adds to changelogs; more of them are the notes of a release."""


@pause_cycle_search()
def build_change_records(window: RawWindow, urls: RepositoryUrls | None = None) -> tuple[ChangeRecord, ...]:
    """Return the changes of a window with their messages and signals, the earlier first, then by key."""
    repository_urls = get_repository_urls(window) if urls is None else urls
    records = _resolve_reverts(build_landed_records(window, repository_urls), window)
    repaired = _read_repairs(window)
    if repaired:
        records = [
            replace(record, repaired=repaired.get((record.change.repository, record.change.sha), ()))
            for record in records
        ]
    records = _attach_entries(_attach_documented(records, window, repository_urls), window)
    records = _count_attention(records, window)
    ordered = sorted(records, key=lambda record: (record.change.landed_at, record.change.key))
    return tuple(_name_areas(ordered))


_SHA = re.compile(r"\b(?=[0-9a-f]{0,39}[0-9])[0-9a-f]{10,40}\b")
MIN_SHA_LENGTH = 10
"""Digits by which commits are compared: names in messages are rarely shorter, and words of ten such letters rare."""


def _resolve_reverts(records: Sequence[ChangeRecord], window: RawWindow) -> list[ChangeRecord]:
    """Return the records; a revert that names a commit within a merged branch takes back the merge that brought it.

    Cargo reverted `Stabilize the layout` as `Revert "feat: Stablize the layout"`, with the commit of the branch.
    """
    repositories = {record.change.repository for record in records if record.change.reverts}
    if not repositories:
        return list(records)
    landed = {(record.change.repository, record.change.sha) for record in records}
    rows = window.commits.filter(pl.col("repository").is_in(repositories)).select("repository", "sha", "landed_by")
    landings = {
        (repository, sha[:MIN_SHA_LENGTH]): landed_by
        for repository, sha, landed_by in rows.iter_rows()
        if landed_by and landed_by != sha and (repository, landed_by) in landed
    }
    resolved = []
    for record in records:
        change = record.change
        named = _SHA.findall(record.message[:MAX_MESSAGE_LENGTH]) if change.reverts else []
        brought = (landings.get((change.repository, sha[:MIN_SHA_LENGTH])) for sha in named)
        merge = next((sha for sha in brought if sha and sha != change.sha), None)
        own = replace(record, change=change.model_copy(update={"reverts": merge})) if merge else record
        resolved.append(own)
    return resolved


def _count_attention(records: Sequence[ChangeRecord], window: RawWindow) -> list[ChangeRecord]:
    """Return the records with what users said about each. Comments on a change itself are mostly its review."""
    rows = window.issues.select("repository", "number", pl.sum_horizontal("reactions", "comments").alias("count"))
    issues = {(repository, number): count or 0 for repository, number, count in rows.iter_rows()}
    counted = []
    for record in records:
        change = record.change
        asked = change.reactions + sum(issues.get((change.repository, number), 0) for number in change.closes)
        counted.append(replace(record, asked=asked) if asked else record)
    return counted


def _attach_documented(
    records: Sequence[ChangeRecord], window: RawWindow, urls: RepositoryUrls
) -> Sequence[ChangeRecord]:
    """Return the records; the changes of documents alone with the code that they document, where it is known."""
    rows = window.notes.filter(kind=DOCUMENTED_KIND)
    documented: dict[tuple[str, str], DocumentedCode] = {}
    for row in rows.iter_rows(named=True):
        repository, (sha, *numbers), (name, landed_at) = row["repository"], row["references"], row["heading_path"]
        number = int(numbers[0].removeprefix("#")) if numbers else None
        url = build_pull_request_url(urls.get(repository), number) if number else None
        documented[repository, row["sha"]] = DocumentedCode(
            name=name,
            path=row["path"],
            sha=sha,
            title=row["text"],
            url=url or build_commit_url(urls.get(repository), sha),
            landed_at=datetime.fromisoformat(landed_at),
        )
    if not documented:
        return records
    return [
        replace(record, change=record.change.model_copy(update={"documents": code}))
        if (code := documented.get((record.change.repository, record.change.sha)))
        and record.change.holds_documents_only
        else record
        for record in records
    ]


def _attach_entries(records: Sequence[ChangeRecord], window: RawWindow) -> list[ChangeRecord]:
    """Return the records; those that came with a changelog entry with what it says as a section for users.

    An author who writes an entry for users changed something for them, also where the title says `refactor`.
    """
    rows = window.notes.filter(kind="change").select("repository", "sha", "text")
    entries: dict[tuple[str, str], list[str]] = defaultdict(list)
    for repository, sha, text in rows.iter_rows():
        entries[repository, sha] += (text or "").splitlines()
    attached = []
    for record in records:
        change = record.change
        lines = entries.get((change.repository, change.sha), ())
        if 0 < len(lines) <= MAX_ENTRY_LINES and not change.is_bot:
            signals = read_signals(change.title, "\n".join((record.message, "", "## Changelog", *lines)))
            is_told = change.noise == "refactoring" and signals.has_effect
            change = change.model_copy(update={"noise": None}) if is_told else change
            attached.append(replace(record, change=change, signals=signals))
        else:
            attached.append(record)
    return attached


def _read_repairs(window: RawWindow) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the commits whose lines each fix changes, as the commits that landed them, by repository and sha."""
    rows = window.notes.filter(pl.col("kind") == REPAIR_KIND)
    if rows.is_empty():
        return {}
    landed_by = {(repository, sha): landing for repository, sha, landing in
                 window.commits.select("repository", "sha", "landed_by").iter_rows()}  # fmt: skip
    repaired: dict[tuple[str, str], tuple[str, ...]] = {}
    for repository, sha, references in rows.select("repository", "sha", "references").iter_rows():
        landings = (landed_by.get((repository, reference)) or reference for reference in references)
        repaired[repository, sha] = tuple(dict.fromkeys(landing for landing in landings if landing != sha))
    return repaired


def _name_areas(records: Sequence[ChangeRecord]) -> Iterator[ChangeRecord]:
    """Yield the records; of those whose titles differ only in their scope, each with its scope as area.

    `feat(pier-map): add zoom` and `feat(seat-map): add zoom` are two features.
    """
    scopes: dict[tuple[str, str], set[str]] = defaultdict(set)
    for record in records:
        scopes[record.change.repository, record.change.title.casefold()].add(record.change.scope)
    for record in records:
        change = record.change
        if change.scope and len(scopes[change.repository, change.title.casefold()]) > 1:
            yield replace(record, change=change.model_copy(update={"area": change.scope}))
        else:
            yield record


def find_new_repositories(window: RawWindow) -> frozenset[str]:
    """Return the repositories whose history begins in the window: a first commit without a parent and none before it.

    A history that was taken in brings a second commit without a parent; only the earliest commit of the window counts.
    """
    commits = window.commits.sort("committed_at", "repository", "sha")
    earliest = commits.unique("repository", keep="first", maintain_order=True)
    began = earliest.filter(pl.col("parents").list.len().fill_null(1) == 0)
    return frozenset(began["repository"])
