"""Find which changes the releases of a window contain, and what they bring from before it. Pure.

The first comes from the commit graph of the window alone.

A release contains a change if the change is an ancestor of the commit of its tag. A commit between the two landed after
the change and before the tag, so that the window holds it whenever it holds both ends. A tag on a commit that the
window does not hold is of a release branch, or of an earlier commit: it holds a copy of a change if one of its commits
names the same pull request, was picked from it, or is the same patch. Nothing is known then of the other changes of its
repository, and nothing at all of a repository with a release whose commits are unknown.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from sparky_assets.insights.evidence import RepositoryUrls, get_repository_urls
from sparky_assets.raw.commit_graph import list_ancestors
from sparky_assets.raw.notes.contents import BREAKING_KIND, LANDING_KIND
from sparky_assets.raw.window import RawWindow
from sparky_assets.stories.changes import build_plain_record
from sparky_assets.stories.models import Change, ReleasedChange, ReleaseNote
from sparky_assets.stories.rank import rank_record
from sparky_assets.text.subjects import CHORE_TYPES

MAX_RELEASES_PER_REPOSITORY = 60
"""With more releases in a window, one release says little, and following each of them takes long."""

MAX_TWINS = 6
"""More commits of one instant with one subject are written by a program, and no copies of each other."""

BRINGING_NOISE = frozenset({"merge", "wip", "version_bump"})
"""Noise of merges whose titles say nothing: `next`, `Release 2.0`. What they bring has titles of its own."""

_ABOUT_DOCUMENTS = re.compile(
    r"(?i)\b(?:readme|documentation|logo|security policy|badges?|sponsors?(?:hip)?)\b"
    r"|\b(?:list|projects) (?:of|using) \w+|^docs?\b|^(?:update|edit) [\w./-]+\.\w{1,5}$"
    r"|\b(?:doc|code) comments?\b|\b(?:examples?|tutorials?) in\b|\blinks? (?:to|in)\b"
)
"""Titles about documents, and of a file alone. The paths of commits from before the period are not known."""
_HOUSEKEEPING_TYPES = CHORE_TYPES | {"docs"}
_BREAKING_FOOTER = re.compile(r"^BREAKING[ -]CHANGES?: *\S", re.MULTILINE | re.IGNORECASE)

_DROPS = re.compile(r"\b(?:drop|remove|end)\w* (?:the )?support\b|^(?:require|drop|bump minimum)\b", re.IGNORECASE)
"""Titles of changes that take a platform or a version away."""


@dataclass(frozen=True)
class ReleaseContainment:
    """Which releases contain which changes.

    Attributes:
        tags: key of a change -> tags of the releases that contain it, final ones first, then the earliest first.
        known_repositories: repositories with a release for all of whose releases this is known.
        fixed_in: repository and id of an advisory -> tags of the releases whose commits name it, the earliest first.
        copies: key of a change -> those of its tags that hold a copy of it, on a release branch, in the same order.
    """

    tags: Mapping[str, tuple[str, ...]]
    known_repositories: frozenset[str]
    fixed_in: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    copies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def find_containment(
    window: RawWindow, changes: Sequence[Change], releases: Sequence[ReleaseNote]
) -> ReleaseContainment:
    """Return which releases of a window contain its changes.

    A repository that releases several packages is left out: its tags do not say which changes a package holds.

    Args:
        window: the raw rows, with the commits of releases.
        changes: the changes of the window.
        releases: its releases.
    """
    commit_by_release = {
        f"release:{repository}@{tag}": commit
        for repository, tag, commit in window.releases.select("repository", "tag", "commit").iter_rows()
    }
    by_repository: dict[str, list[ReleaseNote]] = defaultdict(list)
    for release in releases:
        by_repository[release.repository].append(release)
    changes_by_repository: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        changes_by_repository[change.repository].append(change)
    named_by_release = _read_named(window)
    tags: dict[str, tuple[str, ...]] = {}
    copies: dict[str, tuple[str, ...]] = {}
    complete: set[str] = set()
    for repository, own_releases in sorted(by_repository.items()):
        if len(own_releases) > MAX_RELEASES_PER_REPOSITORY or _has_several_packages(own_releases):
            continue
        rows = window.commits.filter(pl.col("repository") == repository)
        parents: dict[str, Sequence[str]] = {sha: shas or () for sha, shas in rows.select("sha", "parents").iter_rows()}
        brought = _list_brought(rows)
        twins = _find_twins(rows)
        commits = [commit_by_release.get(release.key) for release in own_releases]
        if all(commit in parents for commit in commits):
            complete.add(repository)
        elif not all(
            commit in parents or release.key in named_by_release
            for release, commit in zip(own_releases, commits, strict=True)
        ):
            continue
        ordered = sorted(
            zip(own_releases, commits, strict=True),
            key=lambda pair: (pair[0].is_prerelease, pair[0].published_at, pair[0].tag),
        )
        # A release branch that was merged later is in the window, and holds copies nevertheless.
        contents = []
        for release, commit in ordered:
            ancestors = list_ancestors(commit, parents) if commit in parents else frozenset[str]()
            copied = frozenset(twin for sha in ancestors for twin in twins.get(sha, ()))
            named = named_by_release.get(release.key, frozenset()) | copied
            contents.append((release.tag, ancestors, _add_merges(named, brought)))
        for change in changes_by_repository[repository]:
            names = {change.sha, f"#{change.number}"} if not change.reverts else set[str]()
            holding = tuple(tag for tag, shas, named in contents if change.sha in shas or names & named)
            if holding:
                tags[change.key] = holding
            if holding_copies := tuple(
                tag for tag, shas, named in contents if change.sha not in shas and names & named
            ):
                copies[change.key] = holding_copies
    return ReleaseContainment(tags, frozenset(complete), _find_fixed(releases, named_by_release), copies)


def _find_twins(commits: pl.DataFrame) -> dict[str, frozenset[str]]:
    """Return the copies of each commit of a repository within a window: the same author, instant and subject.

    restic picks fixes for a branch, tags its release there, and merges it: its commits are then in the window beside
    those that they were picked from.
    """
    shas_by_key: dict[tuple[str, object, str], list[str]] = defaultdict(list)
    columns = ("sha", "subject", "authored_at", "author", "is_merge")
    for sha, subject, authored_at, author, is_merge in commits.select(columns).iter_rows():
        if not is_merge and subject and authored_at is not None and author:
            shas_by_key[subject, authored_at, author["key"]].append(sha)
    groups = (frozenset(shas) for shas in shas_by_key.values() if 1 < len(shas) <= MAX_TWINS)
    return {sha: group for group in groups for sha in group}


def read_released_changes(
    window: RawWindow, changes: Sequence[Change], releases: Sequence[ReleaseNote], urls: RepositoryUrls | None = None
) -> tuple[ReleasedChange, ...]:
    """Return the changes that releases bring and that no change of the window is.

    A commit is said to be in the first final release of the window that holds it, else in the first pre-release. Those
    that their authors marked as breaking come first: those with something to do, then those that drop the support of
    something, then the newest. The others, which are known of releases without notes, follow by their rank.

    Args:
        window: the raw rows.
        changes: the changes of the window.
        releases: its releases.
        urls: the pages of repositories; by default those of the window.
    """
    addresses = get_repository_urls(window) if urls is None else urls
    known = {(change.repository, change.sha) for change in changes if change.noise not in BRINGING_NOISE}
    landings = window.commits.select("repository", "sha", "landed_by").iter_rows()
    known |= {(repository, sha) for repository, sha, landing in landings if (repository, landing) in known}
    by_key = {release.key: release for release in releases}
    found: dict[tuple[str, str], tuple[ReleasedChange, bool]] = {}
    rows = [
        (by_key[key], row)
        for row in window.notes.filter(pl.col("kind").is_in([BREAKING_KIND, LANDING_KIND])).iter_rows(named=True)
        if (key := f"release:{row['repository']}@{row['tag']}") in by_key
    ]
    rows.sort(
        key=lambda pair: (
            pair[0].is_prerelease,
            pair[0].published_at,
            pair[0].tag,
            pair[1]["kind"],
            pair[1]["line_from"],
        )
    )
    for release, row in rows:
        repository, sha = row["repository"], row["sha"]
        subject, _, body = row["text"].partition("\n")
        if (repository, sha) in known or (repository, sha) in found or not subject:
            continue
        record = build_plain_record(
            repository,
            sha,
            subject,
            body.strip(),
            landed_at=row["at"],
            urls=addresses,
            visibility=row["visibility"],
        )
        is_marked = row["kind"] == BREAKING_KIND
        if not is_marked and _is_housekeeping(record.change):
            continue
        rank = (0, 0) if is_marked else rank_record(record)
        item = ReleasedChange(release=release.key, change=record.change, is_marked=is_marked, rank=rank)
        found[repository, sha] = item, is_marked and bool(_BREAKING_FOOTER.search(body))
    places = {release.key: number for number, (release, _) in enumerate(rows)}
    ordered = sorted(
        found.values(),
        key=lambda pair: (
            places[pair[0].release],
            not pair[0].is_marked,
            pair[0].rank,
            not pair[1],
            not _DROPS.search(pair[0].change.title),
        ),
    )
    return tuple(_name_scopes([released for released, _ in ordered]))


def _is_housekeeping(change: Change) -> bool:
    """Return whether a commit of a release is nothing for its users by its title and type."""
    is_chore = change.type in _HOUSEKEEPING_TYPES and not _DROPS.search(change.title)
    return bool(change.noise or is_chore or _ABOUT_DOCUMENTS.search(change.title))


def _name_scopes(items: Sequence[ReleasedChange]) -> Iterator[ReleasedChange]:
    """Yield the changes; of those whose titles are equal, each with its scope as area."""
    titles = Counter(item.change.title.casefold() for item in items)
    for item in items:
        is_shared = bool(item.change.scope) and titles[item.change.title.casefold()] > 1
        area = {"area": item.change.scope} if is_shared else {}
        yield item.model_copy(update={"change": item.change.model_copy(update=area)}) if area else item


def _list_brought(commits: pl.DataFrame) -> dict[str, frozenset[str]]:
    """Return the commits that each merge brought, without merges, by the sha of the merge."""
    brought: dict[str, set[str]] = defaultdict(set)
    rows = commits.filter(~pl.col("is_merge").fill_null(value=False)).select("sha", "landed_by")
    for sha, landing in rows.iter_rows():
        if landing and landing != sha:
            brought[landing].add(sha)
    return {landing: frozenset(shas) for landing, shas in brought.items()}


def _add_merges(named: frozenset[str], brought: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return what a release names, with the merges of which it holds a copy of every commit."""
    return named | {landing for landing, shas in brought.items() if shas <= named}


def _read_named(window: RawWindow) -> dict[str, frozenset[str]]:
    """Return what the commits of each release name, by the key of the release."""
    rows = window.notes.filter(kind="contents").select("repository", "tag", "references")
    return {f"release:{repository}@{tag}": frozenset(names or ()) for repository, tag, names in rows.iter_rows()}


def _find_fixed(
    releases: Sequence[ReleaseNote], named_by_release: Mapping[str, frozenset[str]]
) -> dict[tuple[str, str], tuple[str, ...]]:
    fixed: dict[tuple[str, str], tuple[str, ...]] = {}
    for release in sorted(releases, key=lambda release: (release.published_at, release.tag)):
        for name in sorted(named_by_release.get(release.key, ())):
            if name.startswith(("CVE-", "GHSA-")):
                fixed[release.repository, name] = (*fixed.get((release.repository, name), ()), release.tag)
    return fixed


def _has_several_packages(releases: Sequence[ReleaseNote]) -> bool:
    """Return whether the tags of a repository have different words in front of their versions."""
    return len({release.tag.removesuffix(release.version).removesuffix("v") for release in releases}) > 1
