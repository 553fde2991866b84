"""Releases in words, the weightiest first: what a reader remembers a period by. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from sparky_assets.insights.found import of_one_audience
from sparky_assets.insights.models import Claim, Evidence
from sparky_assets.insights.sentences import joined, short
from sparky_assets.insights.text import headline

NAMED = 4
"""Releases that the second sentence of a digest names."""
MAJOR, MINOR, PATCH, EARLY = range(4)
_VERSION = re.compile(r"\d+(?:\.\d+)+\S*")
_PARTS = re.compile(r"(?P<first>\d+)\.(?P<second>\d+)(?:\.(?P<third>\d+))?(?P<rest>\S*)")
_EARLY = re.compile(r"(?i)^[.-]?(?:a|b|c|rc|alpha|beta|pre|preview|dev|nightly|snapshot)\b|^[.-]?(?:a|b|c|rc|dev)\d")


def weight_of(tag: str) -> int:
    """Whether a tag says a major, minor or patch version, or one before its time; what says no version is a patch."""
    parts = _PARTS.search(tag)
    if not parts:
        return PATCH
    if _EARLY.match(parts["rest"]):
        return EARLY
    if int(parts["third"] or 0):
        return PATCH
    return MINOR if int(parts["second"]) else MAJOR


def by_weight(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The releases of some evidence: major versions first, of equals those of the busiest repository, the latest first.

    A repository's own come before those of its packages: `tracing-opentelemetry-0.15.0` is not tracing.
    """
    busy = Counter(item.repository for item in evidence)
    releases = [item for item in evidence if item.kind == "release"]
    latest = sorted(releases, key=lambda item: item.at, reverse=True)
    return sorted(latest, key=lambda item: (not is_own(item), weight_of(item.reference), -busy[item.repository]))


def is_own(item: Evidence) -> bool:
    """Whether a tag names the repository, or nothing but a version, and not one package of many in it."""
    return bool(re.match(rf"(?:{re.escape(short(item.repository))}[-/@ ]?)?v?\d", item.reference, re.IGNORECASE))


def release_claim(item: Evidence) -> Claim:
    """A release by its name, and by its title where that says more."""
    # "v2.10.0 was released: Release 2.10.0" says it twice, and so does "tokio tokio-1.53.1".
    version = _VERSION.search(item.reference)
    says_more = (version[0] if version else item.reference) not in item.title
    named = f": {headline(item.title)}" if says_more else ""
    return Claim(
        id=f"release/{item.key}",
        section="release",
        repository=item.repository,
        text=f"{name_of(item)} was released{named}.",
        evidence=(item.key,),
    )


def name_of(item: Evidence) -> str:
    """`flask 2.0.0`, `tokio-1.53.1`."""
    name = short(item.repository)
    return item.reference if item.reference.lower().startswith(name.lower()) else f"{name} {item.reference}"


def name_releases(releases: Sequence[Evidence]) -> Iterator[Claim]:
    """The weightiest releases by name, one of each repository: the week of Flask 2.0 must begin with Flask 2.0.

    Args:
        releases: in the order of `by_weight`.
    """
    first_of_each = {item.repository: item for item in reversed(releases)}
    shown = of_one_audience([item for item in releases if first_of_each[item.repository] is item])[:NAMED]
    if not shown:
        return
    said = joined([name_of(item) for item in shown])
    yield Claim(
        id="headline/releases",
        section="headline",
        repository=None,
        text=f"Released: {said}." if len(shown) == len(releases) else f"Among the releases: {said}.",
        evidence=tuple(item.key for item in shown),
    )
