"""The other releases of a period that the lede of one names: the patch to install, packages, other projects. Pure."""

from collections.abc import Iterable, Sequence

from sparky_assets.stories.models import Change, PeriodStories, ReleaseNote, StorySentence
from sparky_assets.stories.printing.phrasing import PhraseSlot, PhraseValue, build_fragment, tell
from sparky_assets.stories.printing.releases.headline import get_version_weight, is_patch
from sparky_assets.stories.printing.sentences import count, join_parts, limit_parts, name_release, title_link
from sparky_assets.stories.rank import is_fix
from sparky_assets.text.versions import read_version_numbers

MAX_BESIDE = 4
"""Other releases of a project that the lede names."""
MAX_PATCH_CHANGES, MAX_NAMED_PATCH_CHANGES = 4, 2
"""Changes of the patch to install from which it is made for more than one fault, and those that the lede names."""


def tell_other_releases(
    stories: PeriodStories, release: ReleaseNote, of_others: Sequence[ReleaseNote]
) -> StorySentence | None:
    """Return the other releases: the patch to install if one came after the release, then those beside it.

    Args:
        stories: the stories.
        release: the release that leads.
        of_others: releases of other projects that are named too.
    """
    others = list_others_of_project(stories, release)
    if release.is_prerelease:
        return _tell_latest(stories, release, [*others, *of_others])
    latest = find_patch_to_install(stories, release)
    others = [other for other in others if other is not latest and other not in of_others]
    own: list[PhraseValue] = [name_release(other) for other in others]
    if packages := _choose_packages(release, others):
        return _tell_packages(latest, [*packages, *of_others], len(others) + len(of_others))
    if len(others) > MAX_BESIDE:
        number, earliest = count(len(others)), name_release(others[-1])
        own = [build_fragment("releases.many_others", number=number, release=earliest)]
    named = join_parts([*own, *(name_release(other) for other in of_others)])
    if latest is None:
        return tell("S-LIST", "releases.also_out", releases=named) if named else None
    held = _list_only_changes(stories, latest)
    slots: dict[str, PhraseSlot] = {"release": name_release(latest)}
    if held:
        links = [title_link(change) for change in held[:MAX_NAMED_PATCH_CHANGES]]
        slots["titles"] = limit_parts(links, len(held))
    if named:
        slots["releases"] = named
    return tell("S-LIST", f"releases.to_install{'_with' * bool(held)}{'_also' * bool(named)}", **slots)


def _list_only_changes(stories: PeriodStories, release: ReleaseNote) -> list[Change]:
    """Return the few changes that a patch without notes was made for; empty where there are more, or it has notes."""
    sentences = stories.release_sentences.get(release.key, ())
    if any(sentence.has_quotation for sentence in sentences) or release.key in stories.release_items:
        return []
    held = [
        change
        for change in stories.changes
        if change.repository == release.repository
        and change.releases[:1] == (release.tag,)
        and (change.reverts or change.noise is None)
    ]
    # What is taken back was the reason for the patch, then what it mends.
    held.sort(key=lambda change: (not change.reverts, not is_fix(change)))
    return held if len(held) <= MAX_PATCH_CHANGES else []


def _choose_packages(release: ReleaseNote, others: Sequence[ReleaseNote]) -> list[ReleaseNote]:
    """Return the packages with a new version among many other releases, the largest first: patches are counted only."""
    if len(others) <= MAX_BESIDE:
        return []
    packages = [other for other in others if other.project != release.project and not is_patch(other)]
    return sorted(packages, key=get_version_weight, reverse=True)[:MAX_BESIDE]


def _tell_packages(latest: ReleaseNote | None, releases: Sequence[ReleaseNote], number: int) -> StorySentence:
    """Return the first of many other releases by name, behind the patch to install, and how many more there are."""
    named = limit_parts([name_release(other) for other in releases[:MAX_BESIDE]], number)
    if latest is None:
        return tell("S-LIST", "releases.also_out", releases=named)
    return tell("S-LIST", "releases.to_install_also", release=name_release(latest), releases=named)


def find_patch_to_install(stories: PeriodStories, release: ReleaseNote) -> ReleaseNote | None:
    """Return the patch of the period that a reader of a final release installs instead; None without one.

    Where the period has a later version of the project too, it is not said which of both a reader installs.
    """
    others = [] if release.is_prerelease else list_others_of_project(stories, release)
    final = [own for own in (release, *others) if not own.is_prerelease]
    if not release.latest_patch or any(
        read_version_numbers(own.version) > read_version_numbers(release.latest_patch) for own in final
    ):
        return None
    return next((other for other in others if other.line and other.version == release.latest_patch), None)


def _tell_latest(stories: PeriodStories, release: ReleaseNote, others: Sequence[ReleaseNote]) -> StorySentence | None:
    """Return the latest pre-release of the version of one that leads, then the final releases of its project."""
    line = (other for other in stories.releases if other.line == release.line and other.project == release.project)
    latest = next((other for other in line if other.line and other.version == release.latest_patch), None)
    if latest is not None:
        return tell("S-LIST", "releases.latest", release=name_release(latest))
    named = join_parts([name_release(other) for other in others[:MAX_BESIDE]])
    return tell("S-LIST", "releases.also_out", releases=named) if others else None


def list_beside(stories: PeriodStories, release: ReleaseNote) -> list[ReleaseNote]:
    """Return the other final releases of a project in the period that the lede names.

    These are all of few, else packages, or the first of those that it counts; and the patch to install.
    """
    others = list_others_of_project(stories, release)
    latest = find_patch_to_install(stories, release)
    named = [other for other in others if other is not latest]
    if len(named) <= MAX_BESIDE:
        return others
    return [*(_choose_packages(release, named) or named[-1:]), *([latest] if latest else [])]


def list_others_of_project(stories: PeriodStories, release: ReleaseNote) -> list[ReleaseNote]:
    """Return the other final releases of a project in the period, the latest first."""
    others = [
        other
        for other in stories.releases
        if other.repository == release.repository and other.key != release.key and not other.is_prerelease
    ]
    others.sort(key=lambda other: (other.published_at, other.key), reverse=True)
    return others


def list_out_beside(
    stories: PeriodStories, lead: ReleaseNote | None, listed: Sequence[ReleaseNote]
) -> list[ReleaseNote]:
    """Return the latest final releases of other projects that the lede names without a list of their own.

    Args:
        stories: the stories.
        lead: the release that leads.
        listed: releases of other projects with a list, which it names first.
    """
    named = {(release.repository, release.project) for release in listed}
    others = (
        release
        for release in stories.releases
        if not release.is_prerelease
        and (release.repository, release.project) not in named
        and (lead is None or release.repository != lead.repository)
    )
    return find_latest(others)[: max(0, MAX_BESIDE - len(listed))]


def find_latest(releases: Iterable[ReleaseNote]) -> list[ReleaseNote]:
    """Return the latest release of each project, in the order in which the projects had their first ones."""
    ordered = sorted(releases, key=lambda release: (release.published_at, release.key))
    return list({(release.repository, release.project): release for release in ordered}.values())
