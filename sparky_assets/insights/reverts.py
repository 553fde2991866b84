"""Reverts: what a change takes back, and which changes of a period are not in place at its end. Pure.

A revert names what it undoes by the SHA of a commit (`This reverts commit …`), by a number (`Reverts acme/tool#10`) or
by the quoted title. A revert of a revert, and `Reapply "…"`, put the change back in place. So each change is in place
unless a later repair that is itself in place undid it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sparky_assets.stories.models import Change
from sparky_assets.text.subjects import parse_subject

MAX_REVERT_DEPTH = 20
"""Levels of `Revert "Revert "…""` that are read in a title."""

MAX_MESSAGE_LENGTH = 8000
"""Characters of a message that are searched for what it reverts."""

_REVERT_TITLE = re.compile(r"^(?P<word>revert|reapply|re-apply|revert of)\b\s*:?\s*(?P<rest>\S.*)$", re.IGNORECASE)

_QUOTED = re.compile(r"^[\"“'](?P<title>.*)[\"”'](?P<rest>[^\"”']*)$")

_ANY_REVERT_TITLE = re.compile(r"^reverts?\b[:\s]*[\"“']?(?P<title>.*?)[\"”']?\s*(?:\([#!]\d+\))?$", re.IGNORECASE)

_REVERTED_SHA = re.compile(r"\b(?:this )?reverts? (?:commit |changeset )?(?P<sha>[0-9a-f]{7,40})\b", re.IGNORECASE)

_REVERTED_NUMBER = re.compile(r"\breverts? (?:[\w.-]{1,100}/[\w.-]{1,100})?[#!](?P<number>\d{1,9})\b", re.IGNORECASE)

_NUMBER_IN_QUOTES = re.compile(r"\([#!](?P<number>\d{1,9})\)[\"”']\s*(?:\([#!]\d{1,9}\))?$")
"""The number of the change whose title is quoted: `Revert "Sell tickets (#10)" (#11)`. In a title with two pairs of
quotes it belongs to the inner one, and says nothing about the change that is reverted."""

_REVERT_MARK = "revert:"
"""Prefix of a normalized title, once for each level of reverting."""


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


def parse_reverted(repository: str, raw_title: str, message: str) -> str | None:
    """Return what a change takes back: the key of a pull request, a sha, or `title:` and a title; None for nothing."""
    text, title = message[:MAX_MESSAGE_LENGTH], raw_title.strip()[:300]
    if not _mentions_revert(text) and not _mentions_revert(title):
        return None
    match = _ANY_REVERT_TITLE.match(title)
    if number := _REVERTED_NUMBER.search(text) or (match and _NUMBER_IN_QUOTES.search(title)):
        return f"pr:{repository}#{number['number']}"
    if sha := _REVERTED_SHA.search(text):
        return sha["sha"]
    return f"title:{match['title']}" if match and match["title"] else None


def list_reverted_shas(message: str) -> list[str]:
    """Return the shas of the commits that a message says it reverts."""
    text = message[:MAX_MESSAGE_LENGTH]
    return [match["sha"] for match in _REVERTED_SHA.finditer(text)] if _mentions_revert(text) else []


def _mentions_revert(text: str) -> bool:
    """Return whether a text holds the word that all patterns need: looking for it is much faster."""
    return "revert" in text.lower()


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
    return bool(record.reverts) or _normalize_title(record.title).startswith(_REVERT_MARK)


def _link_repairs(ordered: Sequence[RevertCandidate], targets: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the repairs of each change: what undoes it, or what undoes the revert of it."""
    keys = {record.key: number for number, record in enumerate(ordered)}
    by_sha = {(record.repository, sha[:7]): record.key for record in ordered for sha in record.shas}
    by_number = {(record.repository, record.number): record.key for record in ordered if record.number is not None}
    by_title: dict[tuple[str, str], list[str]] = {}
    undone_by: dict[str, list[str]] = {}
    for record in ordered:
        title = _normalize_title(record.title)
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
        earlier = by_title.get((record.repository, _normalize_title(reference.removeprefix("title:"))))
        return earlier[-1] if earlier else None
    repository, _, number = reference.removeprefix("pr:").rpartition("#")
    if repository == record.repository and number.isdecimal():
        return by_number.get((repository, int(number)))
    return by_sha.get((record.repository, reference[:7].lower())) if reference else None


def _find_by_title(record: RevertCandidate, title: str, by_title: Mapping[tuple[str, str], list[str]]) -> str | None:
    """Return the last earlier change that the title of a revert quotes."""
    if not title.startswith(_REVERT_MARK):
        return None
    earlier = by_title.get((record.repository, title.removeprefix(_REVERT_MARK)))
    return earlier[-1] if earlier else None


@lru_cache(maxsize=100_000)
def _normalize_title(title: str) -> str:
    """Return a title for comparison, with `revert:` in front for each level: `revert:revert:sell day tickets`.

    `Reapply "x"` is what `Revert "Revert "x""` was before git 2.43.
    """
    levels = 0
    rest = title
    for _ in range(MAX_REVERT_DEPTH):
        subject = parse_subject(rest)
        match = _REVERT_TITLE.match(subject.title)
        quoted = _QUOTED.match(match["rest"].strip()) if match else None
        if match and quoted:
            levels += 2 if match["word"].lower().startswith("re-") or match["word"].lower() == "reapply" else 1
            rest = quoted["title"]
        elif subject.type == "revert":
            levels += 1
            rest = subject.title
        else:
            rest = subject.title
            break
    return _REVERT_MARK * levels + " ".join(rest.casefold().split()).rstrip(" .")
