"""Find what was taken back within a period, so that it is announced nowhere as done. Pure.

A revert names what it undoes by the SHA of a commit (`This reverts commit …`), by a number (`Reverts acme/tool#10`) or
by the quoted title. A revert of a revert, and `Reapply "…"`, put the change back in place. So each change is in place
unless a later repair that is itself in place undid it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sparky_assets.insights.models import Evidence, Insight
from sparky_assets.text.subjects import parse_subject

MAX_REVERT_DEPTH = 20
"""Levels of `Revert "Revert "…""` that are read in a title."""

ANNOUNCING_SECTIONS = frozenset({"change", "highlight", "credit"})

_REPAIR_WORD = re.compile(r"revert|re-?apply|⏪", re.IGNORECASE)

_REVERT_TITLE = re.compile(r"^(?P<word>revert|reapply|re-apply|revert of)\b\s*:?\s*(?P<rest>\S.*)$", re.IGNORECASE)

_QUOTED = re.compile(r"^[\"“'](?P<title>.*)[\"”'](?P<rest>[^\"”']*)$")

_REVERTED_SHA = re.compile(r"\bThis reverts (?:commit|changeset) ([0-9a-f]{7,40})\b", re.IGNORECASE)

_REVERTED_NUMBER = re.compile(r"\bReverts (?:[\w.-]{1,100}/[\w.-]{1,100})?[#!](\d{1,9})\b")

_SHA_IN_KEY = re.compile(r"@([0-9a-f]{7,40})$")


@dataclass(frozen=True)
class RevertCandidate:
    """A change as far as reverts need it; `shas` are those of its commits, as many as are known."""

    key: str
    repository: str
    title: str
    body: str
    at: datetime
    shas: tuple[str, ...] = ()
    number: int | None = None


def find_taken_back(records: Iterable[RevertCandidate], targets: Mapping[str, str] | None = None) -> frozenset[str]:
    """Return the keys of the changes that a period must not announce as done.

    These are the changes that are not in place at its end, and each revert of a change of the same period: together
    they left nothing new. A revert of something older stays, since it is news.

    Args:
        records: The changes of the period, in any order.
        targets: What is known of them besides: the key of a revert -> the key of what it undoes.
    """
    ordered = sorted(records, key=lambda record: (record.at, record.key))
    undone_by = _link_repairs(ordered, targets or {})
    in_place: dict[str, bool] = {}
    # From the last to the first: whether a repair is in place decides about the change before it.
    for record in reversed(ordered):
        in_place[record.key] = not any(in_place.get(repair, True) for repair in undone_by.get(record.key, ()))
    repairs = {repair for keys in undone_by.values() for repair in keys}
    return frozenset(repairs | {key for key, is_there in in_place.items() if not is_there})


def find_taken_back_claims(insight: Insight) -> frozenset[str]:
    """Return the ids of the claims whose changes the period took back; a claim with another change stays."""
    changes = [item for item in insight.evidence if item.state in {"merged", "pushed"}]
    targets = dict(_list_known_targets(insight))
    # Only repositories with a repair are read: this is asked for each attempt to fill a text.
    repositories = {item.repository for item in changes if item.key in targets or _may_be_repair(item)}
    records = [build_change_record(item) for item in changes if item.repository in repositories]
    taken_back = find_taken_back(records, targets)
    claims = (claim for claim in insight.claims if claim.section in ANNOUNCING_SECTIONS and claim.evidence)
    return frozenset(claim.id for claim in claims if taken_back.issuperset(claim.evidence))


def build_change_record(item: Evidence) -> RevertCandidate:
    """Return the record of a piece of evidence."""
    sha = _SHA_IN_KEY.search(item.key) if item.kind == "commit" else None
    number = item.reference.lstrip("#!")
    return RevertCandidate(
        key=item.key,
        repository=item.repository,
        title=item.title,
        body=item.excerpt,
        at=item.at,
        shas=(sha[1],) if sha else (),
        number=int(number) if item.kind == "pull_request" and number.isdecimal() else None,
    )


def _may_be_repair(item: Evidence) -> bool:
    return bool(_REPAIR_WORD.search(item.title) or _REPAIR_WORD.search(item.excerpt))


def _list_known_targets(insight: Insight) -> Iterator[tuple[str, str]]:
    """Yield what the claims about reverts know from raw rows: a revert and the change that it undoes."""
    for claim in insight.claims:
        if claim.section == "risk" and claim.id.startswith("risk/revert:") and len(claim.evidence) == 2:
            yield claim.evidence[0], claim.evidence[1]


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
            or _find_by_body(record, by_sha, by_number)
            or _find_by_title(record, title, by_title)
        )
        if target in keys and keys[target] < keys[record.key]:
            undone_by.setdefault(target, []).append(record.key)
        by_title.setdefault((record.repository, title), []).append(record.key)
    return undone_by


def _find_by_body(
    record: RevertCandidate,
    by_sha: Mapping[tuple[str, str], str],
    by_number: Mapping[tuple[str, int], str],
) -> str | None:
    if sha := _REVERTED_SHA.search(record.body):
        target = by_sha.get((record.repository, sha[1][:7].lower()))
        if target:
            return target
    number = _REVERTED_NUMBER.search(record.body)
    return by_number.get((record.repository, int(number[1]))) if number else None


def _find_by_title(record: RevertCandidate, title: str, by_title: Mapping[tuple[str, str], list[str]]) -> str | None:
    """Return the last earlier change that the title of a revert quotes."""
    if not title.startswith("revert:"):
        return None
    earlier = by_title.get((record.repository, title.removeprefix("revert:")))
    return earlier[-1] if earlier else None


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
    return "revert:" * levels + " ".join(rest.casefold().split()).rstrip(" .")
