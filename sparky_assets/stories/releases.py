"""Build the releases of a window from raw rows, each with its version and the versions of its line. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sparky_assets.documents.models import SourceText
from sparky_assets.insights.evidence import RepositoryUrls, build_release_url, get_repository_urls
from sparky_assets.raw.notes.contents import LAST_RELEASE_KIND
from sparky_assets.raw.window import RawWindow
from sparky_assets.stories.models import ReleaseNote
from sparky_assets.text.clean import clean_title
from sparky_assets.text.references import points_elsewhere
from sparky_assets.text.versions import (
    find_package_name,
    is_pre_release,
    names_go_module,
    parse_release_tag,
    read_version,
)
from sparky_assets.text.words import short_name


def build_releases(window: RawWindow, urls: RepositoryUrls | None = None) -> tuple[ReleaseNote, ...]:
    """Return the releases of a window, the earlier first.

    A tag of a Go module (`client/v3.7.1`) at the commit of `v3.7.1` is none: etcd has ten for each of its releases.
    Nor is a second tag of one version at one commit: Miniflux has `2.3.3` and `v2.3.3`, dart-sass `sass_api/17.6.0` and
    `sass-api-17.6.0`.
    The date is its own unless the row was derived from a tag without a tagger: such a tag has the date of its commit.
    """
    repository_urls = get_repository_urls(window) if urls is None else urls
    releases = []
    last_releases = {
        (repository, tag): (references[0], datetime.fromisoformat(text))
        for repository, tag, references, text in window.notes.filter(kind=LAST_RELEASE_KIND)
        .select("repository", "tag", "references", "text")
        .iter_rows()
    }
    rows = window.releases.sort("published_at", "repository", "tag").rows(named=True)
    whole = {(row["repository"], row["commit"]) for row in rows if "/" not in row["tag"]}
    tagged: set[tuple[str, str, str]] = set()
    for row in rows:
        repository, tag = row["repository"], clean_title(row["tag"])
        if (repository, row["commit"]) in whole and names_go_module(row["tag"]):
            continue
        spelling = re.sub(r"[-_.]+", "-", find_package_name(tag, repository).casefold())
        version = (repository, row["commit"] or row["tag"], f"{spelling} {read_version(tag) or tag}")
        if version in tagged:
            continue
        tagged.add(version)
        last_tag, last_at = last_releases.get((repository, row["tag"]), (None, None))
        releases.append(
            ReleaseNote(
                key=f"release:{repository}@{row['tag']}",
                repository=repository,
                tag=tag,
                version=read_version(tag),
                title=clean_title(row["title"] or "") or tag,
                url=build_release_url(repository_urls.get(repository), row["tag"]),
                published_at=row["published_at"],
                is_prerelease=bool(row["is_prerelease"]) or is_pre_release(row["tag"]),
                # A row from a tag has the first line of its message as title: an annotated tag has its own date.
                has_own_date=not row["is_derived"] or row["title"] is not None,
                previous_tag=row.get("previous_tag"),
                last_tag=last_tag,
                last_at=last_at,
                commit_count=row.get("commit_count"),
                person_count=row.get("person_count"),
                source=f"notes:{repository}@{row['tag']}",
                visibility=row["visibility"],
            )
        )
    return name_lines(releases)


MAX_DAYS_BETWEEN_BUILDS = 14
"""Days between two numbers without notes up to which they are builds: `systemd 257` follows 256 after half a year."""


MAX_BUILD_COMMITS = 30
"""Commits between two numbers without notes below which they are builds."""


def drop_builds(releases: Sequence[ReleaseNote], sources: Mapping[str, SourceText]) -> tuple[ReleaseNote, ...]:
    """Return the releases without the builds of a project that numbers each of its deployments.

    alphagov/frontend had eleven tags from `v1622` to `v1632` in a week, one for each merge. Such a number is no
    version: it says nothing to a reader, and `1632` is no major one. What has notes is a release.

    Args:
        releases: the releases of a period.
        sources: the source texts by key.
    """
    numbered = Counter(own.repository for own in releases if own.version.isdigit())

    def is_build(release: ReleaseNote) -> bool:
        if not release.version.isdigit() or (release.source and release.source in sources):
            return False
        since = release.published_at - release.last_at if release.last_at else None
        is_soon = since is not None and since.days < MAX_DAYS_BETWEEN_BUILDS
        is_next = read_version(release.previous_tag or "").isdigit() and release.commit_count is not None
        is_soon |= is_next and (release.commit_count or 0) < MAX_BUILD_COMMITS
        return is_soon or numbered[release.repository] > 1

    return tuple(release for release in releases if not is_build(release))


def drop_repeated_notes(releases: Sequence[ReleaseNote], sources: Mapping[str, SourceText]) -> tuple[ReleaseNote, ...]:
    """Return the releases; those of packages whose notes are those of another release of the repository without them.

    pandoc's changelog has one section for `3.10`, which its tags `3.10` and `pandoc-cli-3.10` both find. The notes are
    of the package with the name of the repository, else of the first one. What only says where the notes are is none.

    Args:
        releases: the releases of a period.
        sources: the source texts by key.
    """

    def rank(release: ReleaseNote) -> tuple[bool, datetime, str]:
        return release.project != short_name(release.repository), release.published_at, release.key

    texts = {own.key: sources[own.source].text for own in releases if own.source and own.source in sources}
    owners: dict[tuple[str, str], str] = {}
    for release in sorted(releases, key=rank):
        if release.key in texts:
            owners.setdefault((release.repository, texts[release.key]), release.project)

    def has_own(release: ReleaseNote) -> bool:
        text = texts.get(release.key)
        return text is None or (owners[release.repository, text] == release.project and not points_elsewhere(text))

    return tuple(own if has_own(own) else own.model_copy(update={"source": None}) for own in releases)


def name_lines(releases: Sequence[ReleaseNote]) -> tuple[ReleaseNote, ...]:
    """Return releases, each with the versions of its line.

    A line holds the final releases of one minor version of a package, or the pre-releases of one version.
    """
    lines: dict[tuple[object, ...], list[tuple[Any, str, str]]] = defaultdict(list)
    for release in releases:
        tag = parse_release_tag(release.tag)
        if tag and len(tag.numbers) > 2:
            numbers = tag.numbers if release.is_prerelease else tag.numbers[:2]
            line = (release.repository, tag.package, release.is_prerelease, numbers)
            lines[line].append((tag.order, release.version, release.key))
    several = [sorted(own) for own in lines.values() if len(own) > 1]
    named = {key: tuple(version for _, version, _ in own) for own in several for _, _, key in own}
    return tuple(release.model_copy(update={"line": named.get(release.key, ())}) for release in releases)
