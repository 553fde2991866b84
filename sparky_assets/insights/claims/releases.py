"""Claims about releases: their order, the headline, their contents and who published them. Pure.

The module also decides which changes are routine: those share a line with others and are never highlights.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from sparky_assets.insights.claims.drafts import ClaimDraft, count_fact, make_claim, select_same_visibility, with_people
from sparky_assets.insights.claims.open_work import display_name
from sparky_assets.insights.models import Claim, Evidence, Insight
from sparky_assets.metrics.classify import ChangeTheme
from sparky_assets.metrics.models import Fact
from sparky_assets.raw.window import RawWindow
from sparky_assets.text.clean import display_title
from sparky_assets.text.versions import VERSION_PATTERN, is_pre_release
from sparky_assets.text.words import join_words, pluralize, short_name

MAJOR, MINOR, PATCH, PRE_RELEASE = range(4)

MAX_RELEASES_NAMED = 4
"""Releases that the second sentence of a digest names."""

MAX_CHANGES_NAMED = 3

MAX_PACKAGES = 8
"""Words after `release` that may all be packages; a longer title is a sentence."""

CHORE_TITLE = re.compile(
    r"(?i)^(?:[\w./()*-]+: +)?(?:(?:release|version|prepare|start|begin|bump (?:version|and release|to))\b.*\d"
    r"|v?\d+(?:\.\d+)+\S*$)"
)
"""Titles of changes that only publish, in any area. The release itself is reported instead."""

_PACKAGE_NAME = re.compile(r"[\w.@/-]+")

ParentsBySha = Mapping[str, Sequence[str]]


def version_rank(tag: str) -> int:
    """Return MAJOR, MINOR, PATCH or PRE_RELEASE; a tag without a version is a PATCH."""
    if is_pre_release(tag):
        return PRE_RELEASE
    version = VERSION_PATTERN.search(tag)
    if not version:
        return PATCH
    if int(version["third"] or 0):
        return PATCH
    return MINOR if int(version["second"]) else MAJOR


def sort_by_version(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Return the releases: major versions first, then those of the busiest repository, then the latest.

    Releases of a repository come before those of its packages: `tracing-opentelemetry-0.15.0` is not tracing.
    """
    busy = Counter(item.repository for item in evidence)
    releases = [item for item in evidence if item.kind == "release"]
    latest = sorted(releases, key=lambda item: item.at, reverse=True)
    return sorted(
        latest, key=lambda item: (not is_repository_tag(item), version_rank(item.reference), -busy[item.repository])
    )


def is_repository_tag(item: Evidence) -> bool:
    """Return whether a tag names the repository or only a version, and not one of several packages."""
    return bool(re.match(rf"(?:{re.escape(short_name(item.repository))}[-/@ ]?)?v?\d", item.reference, re.IGNORECASE))


def build_release_claim(item: Evidence) -> Claim:
    """Return a release by its name, with its title where that adds something."""
    # "v2.10.0 was released: Release 2.10.0" repeats the version, and so does "tokio tokio-1.53.1".
    version = VERSION_PATTERN.search(item.reference)
    adds_something = (version[0] if version else item.reference) not in item.title
    title = f": {display_title(item.title)}" if adds_something else ""
    return Claim(
        id=f"release/{item.key}",
        section="release",
        repository=item.repository,
        text=f"{release_label(item)} was released{title}.",
        evidence=(item.key,),
    )


def release_label(item: Evidence) -> str:
    """Return the release as readers know it: `flask 2.0.0`, `tokio-1.53.1`."""
    name = short_name(item.repository)
    return item.reference if item.reference.lower().startswith(name.lower()) else f"{name} {item.reference}"


def build_release_headline(releases: Sequence[Evidence]) -> Iterator[Claim]:
    """Yield a headline with the top releases, one of each repository: the week of Flask 2.0 must begin with Flask 2.0.

    Args:
        releases: in the order of `sort_by_version`.
    """
    first_of_each = {item.repository: item for item in reversed(releases)}
    shown = select_same_visibility([item for item in releases if first_of_each[item.repository] is item])[
        :MAX_RELEASES_NAMED
    ]
    if not shown:
        return
    labels = join_words([release_label(item) for item in shown])
    yield Claim(
        id="headline/releases",
        section="headline",
        repository=None,
        text=f"Released: {labels}." if len(shown) == len(releases) else f"Among the releases: {labels}.",
        evidence=tuple(item.key for item in shown),
    )


def is_chore(item: Evidence) -> bool:
    """Return whether a change only publishes: `Release 2.0`, in axum also `Release axum and axum-core`."""
    title = display_title(item.title)
    return bool(CHORE_TITLE.match(title)) or _is_package_release(title.lower(), short_name(item.repository).lower())


def _is_package_release(title: str, repository_name: str) -> bool:
    # Word by word: with one pattern, a title of `release`, 45 letters and `!` took ten seconds, a longer title hours.
    first, *words = title.replace(",", " ").split() or [""]
    packages = [word for word in words[:MAX_PACKAGES] if word != "and"]
    if first != "release" or not packages or len(words) > MAX_PACKAGES:
        return False
    return all(word.startswith(repository_name) and _PACKAGE_NAME.fullmatch(word) for word in packages)


def is_routine(item: Evidence) -> bool:
    """Return whether a change updates dependencies, was made by a bot, or only publishes."""
    return item.is_bot or item.theme is ChangeTheme.DEPENDENCIES or is_chore(item)


def find_release_contents(insight: Insight, evidence: Sequence[Evidence], window: RawWindow) -> Iterator[ClaimDraft]:
    """Yield two details of each release: the changes that it is the first to include, and who published it."""
    evidence_by_key = {item.key: item for item in insight.evidence}
    rows = {f"release:{row['repository']}@{row['tag']}": row for row in window.releases.iter_rows(named=True)}
    merge_commits = _find_merge_commits(window)
    claims_by_repository: dict[str, list[Claim]] = {}
    for claim in insight.claims:
        if claim.section == "release":
            claims_by_repository.setdefault(claim.repository or "", []).append(claim)
    for repository, claims in claims_by_repository.items():
        changes = [item for item in evidence if item.repository == repository and item.state in {"merged", "pushed"}]
        shas = {item.key: merge_commits.get(item.key, item.key.rpartition("@")[2]) for item in changes}
        commits_by_tag = _find_commits_by_tag(window, repository)
        for claim in claims:
            item = evidence_by_key[claim.evidence[0]]
            row = rows[item.key]
            included = [change for change in changes if shas[change.key] in commits_by_tag[row["tag"]]]
            yield from _build_contents_claims(claim, item, included, row["commit_count"])
            yield from _build_publication_claims(claim, item, row)


def _find_commits_by_tag(window: RawWindow, repository: str) -> dict[str, set[str]]:
    """Return the commits of the window that each release is the first to include, by tag."""
    rows = window.commits.filter(pl.col("repository") == repository).select("sha", "parents").iter_rows()
    parents: ParentsBySha = dict(rows)
    published = window.releases.filter(pl.col("repository") == repository).sort("published_at", "tag")
    released: set[str] = set()
    commits_by_tag: dict[str, set[str]] = {}
    for row in published.iter_rows(named=True):
        commits_by_tag[row["tag"]] = _find_reached_commits(row["commit"], parents, released)
        released |= commits_by_tag[row["tag"]]
    return commits_by_tag


def _build_contents_claims(
    claim: Claim, item: Evidence, changes: Sequence[Evidence], commit_count: int | None
) -> Iterator[ClaimDraft]:
    changes = [change for change in changes if change.visibility == item.visibility]
    # Routine work is counted and not named: readers do not look for "Release 2.0.0" or a bump of a tool.
    named = [change for change in changes if not is_routine(change)][:MAX_CHANGES_NAMED]
    # In a repository of many packages the commit graph says little about one package.
    if not named or not is_repository_tag(item):
        return
    titles = join_words([f"“{display_title(change.title)}”" for change in named])
    facts: tuple[Fact, ...] = ()
    text = f"It includes {titles}."
    # The changes of the window are not those of the release: a number is printed only where git counted all of them.
    if commit_count is not None and commit_count > len(named):
        fact = count_fact("commits_since_previous_release", item.key, commit_count, "raw/releases")
        facts = (fact,)
        text = f"It includes {pluralize(fact.value, 'commit')} since the previous release, among them {titles}."
    elif len(changes) > len(named):
        text = f"Among its changes {'is' if len(named) == 1 else 'are'} {titles}."
    yield make_claim(
        "detail",
        f"holds:{item.key}",
        text,
        evidence=(item, *named),
        facts=facts,
        repository=item.repository,
        about=claim.id,
    )


def _build_publication_claims(claim: Claim, item: Evidence, row: Mapping[str, Any]) -> Iterator[ClaimDraft]:
    author = display_name(row["author"])
    if author or row["is_prerelease"]:
        by = f" by {author}" if author else ""
        text = f"Published{by}{' as a pre-release' if row['is_prerelease'] else ''}."
        yield make_claim("detail", f"published:{item.key}", text, evidence=(with_people(item, author),),
                    repository=item.repository, about=claim.id)  # fmt: skip


def _find_merge_commits(window: RawWindow) -> dict[str, str]:
    """Return the merge commit of each merged pull request by evidence key."""
    merged = window.pull_requests.filter(pl.col("event") == "merged", pl.col("commit").is_not_null())
    rows = merged.select("repository", "number", "commit").iter_rows()
    return {f"pr:{repository}#{number}": commit for repository, number, commit in rows}


def _find_reached_commits(tip: str | None, parents: ParentsBySha, excluded: set[str]) -> set[str]:
    """Return the commits of the window that a tip reaches, without the excluded commits and what only they reach."""
    reached: set[str] = set()
    pending = [tip] if tip else []
    while pending:
        sha = pending.pop()
        if sha in parents and sha not in excluded and sha not in reached:
            reached.add(sha)
            pending.extend(parents[sha] or ())
    return reached
