"""Find which releases of a window contain its changes, from the commit graph of the window alone. Pure.

A release contains a change if the change is an ancestor of the commit of its tag. A commit between the two landed after
the change and before the tag, so that the window holds it whenever it holds both ends. A tag on a commit that the
window does not hold is of a release branch, or of an earlier commit: it holds a copy of a change if one of its commits
names the same pull request, was picked from it, or is the same patch, and of other changes of its repository nothing is
said then. Of a repository with a release whose commits are unknown nothing is said at all.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from sparky_assets.raw.commit_graph import list_ancestors
from sparky_assets.raw.window import RawWindow
from sparky_assets.stories.models import Change, ReleaseNote

MAX_RELEASES_PER_REPOSITORY = 60
"""With more releases in a window, one release says little, and following each of them takes long."""


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
        contents = [
            (release.tag, list_ancestors(commit, parents), frozenset[str]())
            if commit in parents
            else (release.tag, frozenset[str](), _add_merges(named_by_release.get(release.key, frozenset()), brought))
            for release, commit in ordered
        ]
        for change in changes_by_repository[repository]:
            names = {change.sha, f"#{change.number}"} if not change.reverts else set[str]()
            holding = tuple(tag for tag, shas, named in contents if change.sha in shas or names & named)
            if holding:
                tags[change.key] = holding
            if holding_copies := tuple(tag for tag, _, named in contents if names & named):
                copies[change.key] = holding_copies
    return ReleaseContainment(tags, frozenset(complete), _find_fixed(releases, named_by_release), copies)


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
