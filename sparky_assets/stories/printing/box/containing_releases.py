"""Which releases fix an earlier release, and which contain the changes of rows of the box. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

from sparky_assets.documents.models import ParsedDocument
from sparky_assets.documents.notes import list_note_items
from sparky_assets.stories.models import BoxRow, Change, ReleaseNote
from sparky_assets.stories.printing.box.marks import NO_RELEASE_TEMPLATE
from sparky_assets.stories.printing.phrasing import PhraseValue, tell
from sparky_assets.stories.printing.sentences import join_parts, limit_parts, name_release

MAX_FIXED_RELEASES = 3

_PATCH_VERSION = re.compile(r"(?P<line>\d{1,9}\.\d{1,9})\.(?P<patch>\d{1,9})")

_FIX_WORD = re.compile(r"\b(?:bug ?)?fix(?:es|ed)?\b", re.IGNORECASE)


def build_fixed_row(
    releases: Sequence[ReleaseNote], changes: Sequence[Change], documents: Mapping[str, ParsedDocument]
) -> BoxRow | None:
    """Return a row of the releases that the next patch of the same version fixed within the period; None without any.

    A release counts as fixed if the next final release of its repository raises only the patch number, and the title or
    the list of its notes says that it fixes something and names no feature, or if people changed nothing else for it
    than fixes.

    Args:
        releases: the releases of the period.
        changes: the changes of the period, with the releases that contain them.
        documents: their notes by the key of the source text.
    """
    pairs: list[tuple[ReleaseNote, ReleaseNote]] = []
    by_project: dict[tuple[str, str], list[ReleaseNote]] = {}
    for release in sorted(releases, key=lambda release: (release.published_at, release.key)):
        if not release.is_prerelease:
            by_project.setdefault((release.repository, release.project), []).append(release)
    for own_releases in by_project.values():
        for earlier, later in pairwise(own_releases):
            document = documents.get(later.source or "")
            if later.previous_tag not in {None, earlier.tag} or not _is_next_patch(earlier, later):
                continue
            if _says_fix(later, document) or _holds_only_fixes(earlier, later, changes):
                pairs.append((earlier, later))
    if not pairs:
        return None
    parts: list[PhraseValue] = []
    for earlier, later in pairs[:MAX_FIXED_RELEASES]:
        part = name_release(later)
        text = f"{name_release(earlier).text} by {later.version or later.tag}"
        parts.append(part.model_copy(update={"text": text}))
    fixed = tell("B-MARK", "box.fixed_since", releases=limit_parts(parts, len(pairs)))
    return BoxRow(mark="Fixed since", label="Fixed since", sentences=(fixed,))


def _is_next_patch(earlier: ReleaseNote, later: ReleaseNote) -> bool:
    """Return whether a version is the next but for its last number: `2.1.1` after `2.1.0`."""
    versions = [_PATCH_VERSION.fullmatch(release.version) for release in (earlier, later)]
    if versions[0] is None or versions[1] is None:
        return False
    is_same_line = versions[0]["line"] == versions[1]["line"]
    return is_same_line and int(versions[1]["patch"]) == int(versions[0]["patch"]) + 1


def _says_fix(release: ReleaseNote, document: ParsedDocument | None) -> bool:
    """Return whether the title or the list of the notes of a release says that it fixes something, and nothing new."""
    if _FIX_WORD.search(release.title):
        return True
    kinds = {item.kind for item in list_note_items(document)} if document else set()
    return "fixes" in kinds and "features" not in kinds


def _holds_only_fixes(earlier: ReleaseNote, later: ReleaseNote, changes: Sequence[Change]) -> bool:
    """Return whether all changes by people between two releases are fixes; False where none is known."""
    added = [
        change
        for change in changes
        if change.repository == later.repository
        and later.tag in change.releases
        and earlier.tag not in change.releases
        and not change.is_bot
        and change.noise is None
    ]
    return bool(added) and all(change.type == "fix" for change in added)


def tell_containment(
    rows: Sequence[BoxRow],
    changes: Sequence[Change],
    releases: Sequence[ReleaseNote],
    known_repositories: Collection[str],
    fixed_in: Mapping[tuple[str, str], Sequence[str]] = MappingProxyType({}),
) -> tuple[BoxRow, ...]:
    """Return the rows with the releases that contain their changes, as far as a reader must know them.

    Rows of advisories name the releases with the fix, or say that none has it yet: those whose commits name the
    advisory, since redis fixes one on each release branch. Other rows say it if the change is not in the release of
    the period: packaging's week of 26.3 warned of a removal that was merged four days later. Nothing is said where
    only some of the changes of a row are in a release.

    Args:
        rows: the rows of the box.
        changes: the changes of the period.
        releases: its releases.
        known_repositories: repositories of which it is known which release contains which change. For other ones only
            the releases that do contain a change are named.
        fixed_in: tags of the releases whose commits name an advisory, by repository and id.
    """
    by_key = {change.key: change for change in changes}
    by_tag = {(release.repository, release.tag): release for release in releases}
    described = []
    for row in rows:
        members = [by_key[key] for key in row.changes if key in by_key]
        if row.mark == "Security" and (holding := _find_fixing(row, releases, fixed_in)):
            links = [name_release(release) for release in holding]
            sentence = tell("R-WITH", "releases.fix_in", releases=join_parts(links))
            others = [kept for kept in row.sentences if kept.template != "B-WHERE" or members]
            described.append(row.model_copy(update={"sentences": (*others, sentence)}))
            continue
        is_known = all(change.repository in known_repositories for change in members)
        if members and (row.mark != "Security" or row.label == row.mark):
            described.append(_tell_place(row, members, releases, is_known=is_known))
            continue
        if not members or not is_known:
            described.append(row)
            continue
        holding = [by_tag[change.repository, change.releases[0]] for change in members if change.releases]
        if not holding:
            sentence = tell(NO_RELEASE_TEMPLATE, "releases.unreleased")
        elif len(holding) == len(members):
            links = [name_release(release) for release in {release.key: release for release in holding}.values()]
            sentence = tell("R-WITH", "releases.in", releases=join_parts(links))
        else:
            described.append(row)
            continue
        described.append(row.model_copy(update={"sentences": (*row.sentences, sentence)}))
    return tuple(described)


def _find_fixing(
    row: BoxRow, releases: Sequence[ReleaseNote], fixed_in: Mapping[tuple[str, str], Sequence[str]]
) -> list[ReleaseNote]:
    """Return the releases whose commits name the advisory of a row, the earliest first."""
    return [
        release
        for release in sorted(releases, key=lambda release: (release.published_at, release.tag))
        if release.tag in fixed_in.get((release.repository, row.label), ())
    ][:MAX_FIXED_RELEASES]


def _tell_place(row: BoxRow, members: Sequence[Change], releases: Sequence[ReleaseNote], *, is_known: bool) -> BoxRow:
    """Return a row with where its changes are, where the latest final release of their repository may mislead.

    If none is in a release, it is not in the latest; if all are in other releases of the period, it is in those:
    fastify's week of 5.12.0 warned of what the first alpha of 6.0.0 breaks.

    Args:
        row: the row.
        members: its changes.
        releases: the releases of the period.
        is_known: whether it is known which releases contain the changes; else nothing is said about those that do not.
    """
    here = [release for release in releases if release.repository == members[0].repository]
    own = [release for release in here if not release.is_prerelease]
    if not own or len({change.repository for change in members}) > 1:
        return row
    latest = max(own, key=lambda release: (release.published_at, release.key))
    if all(latest.tag in change.releases for change in members):
        return row  # a patch of an older line may have it too
    firsts = {change.releases[0] if change.releases else "" for change in members}
    holding = [release for release in here if release.tag in firsts]
    if "" not in firsts and len(holding) == len(firsts) and latest not in holding:
        versions = {release.version or release.tag for release in holding}
        if row.name and versions.issubset(row.name.text.split()):
            return row  # `Breaking in 3.30.0` says it
        links = [name_release(release) for release in holding]
        sentence = tell("R-WITH", "releases.in", releases=join_parts(links))
        return row.model_copy(update={"sentences": (*row.sentences, sentence)})
    if firsts != {""} or not is_known:
        return row
    sentence = tell("R-NOTIN", "releases.not_in", release=name_release(latest))
    return row.model_copy(update={"sentences": (*row.sentences, sentence)})
