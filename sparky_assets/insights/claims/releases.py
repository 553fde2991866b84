"""Releases in words, the weightiest first: what a reader remembers a period by. Pure.

What a release holds of the window's work, by the commit graph; and who published it. Pure.

Which changes are routine: told by their titles in a line with others, and no highlight whoever chooses. Pure.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from sparky_assets.insights.claims.drafts import ClaimDraft, count_fact, make_claim, same_visibility, with_people
from sparky_assets.insights.claims.open_work import display_name
from sparky_assets.insights.models import Claim, Evidence, Insight
from sparky_assets.metrics.classify import ChangeTheme
from sparky_assets.metrics.models import Fact
from sparky_assets.raw.window import RawWindow
from sparky_assets.text.clean import display_title
from sparky_assets.text.words import join_words, pluralize, short_name

MAX_RELEASES_NAMED = 4
"""Releases that the second sentence of a digest names."""


MAJOR, MINOR, PATCH, PRE_RELEASE = range(4)


_VERSION = re.compile(r"\d+(?:\.\d+)+\S*")


_VERSION_PARTS = re.compile(r"(?P<first>\d+)\.(?P<second>\d+)(?:\.(?P<third>\d+))?(?P<rest>\S*)")


_PRE_RELEASE_SUFFIX = re.compile(
    r"(?i)^[.-]?(?:a|b|c|rc|alpha|beta|pre|preview|dev|nightly|snapshot)\b|^[.-]?(?:a|b|c|rc|dev)\d"
)


def version_rank(tag: str) -> int:
    """Whether a tag says a major, minor or patch version, or one before its time; what says no version is a patch."""
    parts = _VERSION_PARTS.search(tag)
    if not parts:
        return PATCH
    if _PRE_RELEASE_SUFFIX.match(parts["rest"]):
        return PRE_RELEASE
    if int(parts["third"] or 0):
        return PATCH
    return MINOR if int(parts["second"]) else MAJOR


def sort_by_version(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The releases of some evidence: major versions first, of equals those of the busiest repository, the latest first.

    A repository's own come before those of its packages: `tracing-opentelemetry-0.15.0` is not tracing.
    """
    busy = Counter(item.repository for item in evidence)
    releases = [item for item in evidence if item.kind == "release"]
    latest = sorted(releases, key=lambda item: item.at, reverse=True)
    return sorted(
        latest, key=lambda item: (not is_repository_tag(item), version_rank(item.reference), -busy[item.repository])
    )


def is_repository_tag(item: Evidence) -> bool:
    """Whether a tag names the repository, or nothing but a version, and not one package of many in it."""
    return bool(re.match(rf"(?:{re.escape(short_name(item.repository))}[-/@ ]?)?v?\d", item.reference, re.IGNORECASE))


def build_release_claim(item: Evidence) -> Claim:
    """A release by its name, and by its title where that says more."""
    # "v2.10.0 was released: Release 2.10.0" says it twice, and so does "tokio tokio-1.53.1".
    version = _VERSION.search(item.reference)
    says_more = (version[0] if version else item.reference) not in item.title
    named = f": {display_title(item.title)}" if says_more else ""
    return Claim(
        id=f"release/{item.key}",
        section="release",
        repository=item.repository,
        text=f"{release_label(item)} was released{named}.",
        evidence=(item.key,),
    )


def release_label(item: Evidence) -> str:
    """`flask 2.0.0`, `tokio-1.53.1`."""
    name = short_name(item.repository)
    return item.reference if item.reference.lower().startswith(name.lower()) else f"{name} {item.reference}"


def build_release_headline(releases: Sequence[Evidence]) -> Iterator[Claim]:
    """The weightiest releases by name, one of each repository: the week of Flask 2.0 must begin with Flask 2.0.

    Args:
        releases: in the order of `by_weight`.
    """
    first_of_each = {item.repository: item for item in reversed(releases)}
    shown = same_visibility([item for item in releases if first_of_each[item.repository] is item])[:MAX_RELEASES_NAMED]
    if not shown:
        return
    said = join_words([release_label(item) for item in shown])
    yield Claim(
        id="headline/releases",
        section="headline",
        repository=None,
        text=f"Released: {said}." if len(shown) == len(releases) else f"Among the releases: {said}.",
        evidence=tuple(item.key for item in shown),
    )


CHORE_TITLE = re.compile(
    r"(?i)^(?:[\w./()*-]+: +)?(?:(?:release|version|prepare|start|begin|bump (?:version|and release|to))\b.*\d"
    r"|v?\d+(?:\.\d+)+\S*$)"
)
"""Titles of changes that do nothing but publish, whatever area they name: the release itself is told."""

MAX_PACKAGES = 8
"""Words behind `release` that may all be packages; more are a sentence."""


_PACKAGE_NAME = re.compile(r"[\w.@/-]+")


def is_chore(item: Evidence) -> bool:
    """Whether a change does nothing but publish: `Release 2.0`, in axum also `Release axum and axum-core`."""
    title = display_title(item.title)
    return bool(CHORE_TITLE.match(title)) or _is_package_release(title.lower(), short_name(item.repository).lower())


def _is_package_release(title: str, repository_name: str) -> bool:
    # Word by word: as one pattern, a title of `release`, 45 letters and `!` took ten seconds, a longer one hours.
    first, *words = title.replace(",", " ").split() or [""]
    packages = [word for word in words[:MAX_PACKAGES] if word != "and"]
    if first != "release" or not packages or len(words) > MAX_PACKAGES:
        return False
    return all(word.startswith(repository_name) and _PACKAGE_NAME.fullmatch(word) for word in packages)


def is_routine(item: Evidence) -> bool:
    """Whether a change updates dependencies, is a bot's or only publishes."""
    return item.is_bot or item.theme is ChangeTheme.DEPENDENCIES or is_chore(item)


MAX_CHANGES_NAMED = 3


ParentsBySha = Mapping[str, Sequence[str]]


def find_release_contents(insight: Insight, evidence: Sequence[Evidence], window: RawWindow) -> Iterator[ClaimDraft]:
    """Two details of each release told: what of the window's work it holds first, and how it was published."""
    releases = [claim for claim in insight.claims if claim.section == "release"]
    rows = {f"release:{row['repository']}@{row['tag']}": row for row in window.releases.iter_rows(named=True)}
    merged = _find_merge_commits(window)
    by_repository: dict[str, list[Claim]] = {}
    for claim in releases:
        by_repository.setdefault(claim.repository or "", []).append(claim)
    for repository, claims in by_repository.items():
        parents = _get_parents(window, repository)
        changes = [item for item in evidence if item.repository == repository and item.state in {"merged", "pushed"}]
        shas = {item.key: merged.get(item.key, item.key.rpartition("@")[2]) for item in changes}
        published = window.releases.filter(pl.col("repository") == repository).sort("published_at", "tag")
        held_before: set[str] = set()
        held: dict[str, set[str]] = {}
        for row in published.iter_rows(named=True):
            reached = _find_reached_commits(row["commit"], parents, held_before)
            held[row["tag"]] = reached
            held_before |= reached
        for claim in claims:
            item = next(one for one in insight.evidence if one.key == claim.evidence[0])
            row = rows[item.key]
            yield from _build_contents_claims(
                claim, item, [one for one in changes if shas[one.key] in held[row["tag"]]]
            )
            yield from _build_publication_claims(claim, item, row)


def _build_contents_claims(claim: Claim, item: Evidence, changes: Sequence[Evidence]) -> Iterator[ClaimDraft]:
    changes = [one for one in changes if one.visibility == item.visibility]
    # "It holds Release 2.0.0" says nothing, and a bump of a tool is not what a reader looks for.
    named = [one for one in changes if not is_routine(one)][:MAX_CHANGES_NAMED]
    # What the graph of a repository of many packages holds says little of one of them.
    if not named or not is_repository_tag(item):
        return
    titles = join_words([f"“{display_title(one.title)}”" for one in named])
    facts: tuple[Fact, ...] = ()
    text = f"It holds {titles}."
    if len(changes) > len(named):
        fact = count_fact("changes_held", item.key, len(changes), "raw/releases", "raw/commits", "raw/pull_requests")
        text, facts = f"It holds {pluralize(fact.value, 'change')}, among them {titles}.", (fact,)
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
        text = f"Published{f' by {author}' if author else ''}{' as a pre-release' if row['is_prerelease'] else ''}."
        yield make_claim("detail", f"published:{item.key}", text, evidence=(with_people(item, author),),
                    repository=item.repository, about=claim.id)  # fmt: skip


def _find_merge_commits(window: RawWindow) -> dict[str, str]:
    merged = window.pull_requests.filter(pl.col("event") == "merged", pl.col("commit").is_not_null())
    rows = merged.select("repository", "number", "commit").iter_rows()
    return {f"pr:{repository}#{number}": commit for repository, number, commit in rows}


def _get_parents(window: RawWindow, repository: str) -> ParentsBySha:
    here = window.commits.filter(pl.col("repository") == repository).select("sha", "parents")
    return dict(here.iter_rows())


def _find_reached_commits(tip: str | None, parents: ParentsBySha, excluded: set[str]) -> set[str]:
    """The commits of the window that a release holds and no earlier release of the window did."""
    reached: set[str] = set()
    waiting = [tip] if tip else []
    while waiting:
        sha = waiting.pop()
        if sha in parents and sha not in excluded and sha not in reached:
            reached.add(sha)
            waiting.extend(parents[sha] or ())
    return reached
