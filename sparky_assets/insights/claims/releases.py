"""Releases in words, the weightiest first: what a reader remembers a period by. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from sparky_assets.insights.claims.drafts import same_visibility
from sparky_assets.insights.models import Claim, Evidence
from sparky_assets.insights.sentences import join_words, short_name
from sparky_assets.insights.text import display_title

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
