"""Reverts of a period: which of its changes are not in place at its end. Pure.

What a revert takes back is read in `text/reverts`. A revert of a revert, and `Reapply "…"`, put the change back in
place. So each change is in place unless a later repair that is itself in place undid it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sparky_assets.stories.models import Change
from sparky_assets.text.reverts import REVERT_MARK, normalize_reverted_title


@dataclass(frozen=True)
class RevertCandidate:
    """A change as far as reverts need it.

    Attributes:
        shas: Those of its commits, as many as are known.
        reverts: What it takes back, as `parse_reverted` returns it.
    """

    key: str
    repository: str
    title: str
    at: datetime
    shas: tuple[str, ...] = ()
    number: int | None = None
    reverts: str | None = None


def find_taken_back_changes(changes: Iterable[Change]) -> frozenset[str]:
    """Return the keys of the changes that a period must not announce as done: `find_taken_back` of its changes."""
    return find_taken_back(map(_make_candidate, changes))


def find_reverted_chains(changes: Iterable[Change]) -> dict[str, tuple[Change, ...]]:
    """Return the changes that are not in place at the end, by key: each with its repairs, the earlier first.

    The last one of a chain took the change back for good. Repairs have no chain of their own.

    Args:
        changes: the changes of a period, in any order.
    """
    by_key = {change.key: change for change in changes}
    undone_by = _link_repairs(_select_revertible(map(_make_candidate, by_key.values()), {}), {})
    repairs = {repair for keys in undone_by.values() for repair in keys}
    chains: dict[str, tuple[Change, ...]] = {}
    for root in undone_by.keys() - repairs:
        keys = [root]
        while following := undone_by.get(keys[-1]):
            keys.append(following[-1])
        # After an even number of repairs the change is in place, as any other.
        if len(keys) % 2 == 0:
            chains[root] = tuple(by_key[key] for key in keys)
    return chains


def _make_candidate(change: Change) -> RevertCandidate:
    return RevertCandidate(
        change.key, change.repository, change.raw_title, change.landed_at, (change.sha,), change.number, change.reverts
    )


def find_taken_back(records: Iterable[RevertCandidate], targets: Mapping[str, str] | None = None) -> frozenset[str]:
    """Return the keys of the changes that a period must not announce as done.

    These are the changes that are not in place at its end, and each revert of a change of the same period: together
    they left nothing new. A revert of something older stays, since it is news.

    Args:
        records: The changes of the period, in any order.
        targets: What is known of them besides: the key of a revert -> the key of what it undoes.
    """
    ordered = _select_revertible(records, targets or {})
    undone_by = _link_repairs(ordered, targets or {})
    in_place: dict[str, bool] = {}
    # From the last to the first: whether a repair is in place decides about the change before it.
    for record in reversed(ordered):
        in_place[record.key] = not any(in_place.get(repair, True) for repair in undone_by.get(record.key, ()))
    repairs = {repair for keys in undone_by.values() for repair in keys}
    return frozenset(repairs | {key for key, is_there in in_place.items() if not is_there})


def _select_revertible(records: Iterable[RevertCandidate], targets: Mapping[str, str]) -> list[RevertCandidate]:
    """Return the changes of the repositories in which anything is taken back, in the order in which they landed.

    That is a few of 3,000 repositories, and each product asks again.
    """
    records = list(records)
    named = {*targets, *targets.values()}
    repositories = {record.repository for record in records if record.key in named or _is_revert(record)}
    chosen = [record for record in records if record.repository in repositories]
    return sorted(chosen, key=lambda record: (record.at, record.key))


def _is_revert(record: RevertCandidate) -> bool:
    return bool(record.reverts) or normalize_reverted_title(record.title).startswith(REVERT_MARK)


def _link_repairs(ordered: Sequence[RevertCandidate], targets: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the repairs of each change: what undoes it, or what undoes the revert of it."""
    keys = {record.key: number for number, record in enumerate(ordered)}
    by_sha = {(record.repository, sha[:7]): record.key for record in ordered for sha in record.shas}
    by_number = {(record.repository, record.number): record.key for record in ordered if record.number is not None}
    by_title: dict[tuple[str, str], list[str]] = {}
    undone_by: dict[str, list[str]] = {}
    for record in ordered:
        title = normalize_reverted_title(record.title)
        target = (
            targets.get(record.key)
            or _find_by_reference(record, by_sha, by_number, by_title)
            or _find_by_title(record, title, by_title)
        )
        if target in keys and keys[target] < keys[record.key]:
            undone_by.setdefault(target, []).append(record.key)
        by_title.setdefault((record.repository, title), []).append(record.key)
    return undone_by


def _find_by_reference(
    record: RevertCandidate,
    by_sha: Mapping[tuple[str, str], str],
    by_number: Mapping[tuple[str, int], str],
    by_title: Mapping[tuple[str, str], Sequence[str]],
) -> str | None:
    """Return the key of the change that the parsed reference of a revert names."""
    reference = record.reverts or ""
    if reference.startswith("title:"):
        earlier = by_title.get((record.repository, normalize_reverted_title(reference.removeprefix("title:"))))
        return earlier[-1] if earlier else None
    repository, _, number = reference.removeprefix("pr:").rpartition("#")
    if repository == record.repository and number.isdecimal():
        return by_number.get((repository, int(number)))
    return by_sha.get((record.repository, reference[:7].lower())) if reference else None


def _find_by_title(record: RevertCandidate, title: str, by_title: Mapping[tuple[str, str], list[str]]) -> str | None:
    """Return the last earlier change that the title of a revert quotes."""
    if not title.startswith(REVERT_MARK):
        return None
    earlier = by_title.get((record.repository, title.removeprefix(REVERT_MARK)))
    return earlier[-1] if earlier else None
