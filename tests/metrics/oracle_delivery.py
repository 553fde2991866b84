"""The four delivery metrics in plain Python: frequency, lead time, failure rate and recovery time."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

from sparky_assets.metrics.classify import classify_change
from tests.metrics.oracle_counting import Facts, Row, decimal, durations, share, whole_seconds

HOTFIXES = ("hotfix: brake", "rollback of the oauth login")
TAKING_BACK = ('Revert "feat: add a wheel"', "revert: that")
TITLES = {'Revert "feat: add a wheel"': "feat: add a wheel", "revert: that": "that"}


class Shipped(NamedTuple):
    """A release, its commits, and whether they all belong to it."""

    tag: str
    at: datetime
    commits: list[Row]
    is_whole: bool

    @property
    def package(self) -> str:
        return "pkg-a" if self.tag.startswith("pkg-a@") else ""

    @property
    def version(self) -> list[int]:
        return [int(number) for number in self.tag.removeprefix("pkg-a@").lstrip("v").split(".")]

    def mends(self, before: "Shipped") -> bool:
        own = [row for row in self.commits if not row["is_merge"]]
        if any(row["subject"] in HOTFIXES for row in own):
            return True
        for row in own:
            if row["subject"] in TAKING_BACK:
                named = re.search("This reverts commit ([0-9a-f]+)", row["body"])
                here = any(named and other["sha"] == named[1] for other in own)
                if not here and TITLES[row["subject"]] not in {other["subject"] for other in own}:
                    return True
        is_patch = len(self.version) == 3 and self.version[:2] == before.version[:2]
        is_fix = any(classify_change(row["subject"]).value in {"fix", "security"} for row in own)
        return is_patch and is_fix and self.at - before.at <= timedelta(days=1)


def dora(all_releases: Sequence[Row], commits: Sequence[Row]) -> Facts:
    """Return the four delivery metrics of each repository and of all."""
    found: Facts = {}
    by_repository: dict[str, list[Shipped]] = {}
    releases = [row for row in all_releases if not row["is_prerelease"]]
    for release in sorted(releases, key=lambda row: (row["repository"], row["published_at"], row["tag"])):
        name = release["repository"]
        graph = {row["sha"]: row for row in commits if row["repository"] == name}
        shipped = by_repository.setdefault(name, [])
        held = {row["sha"] for earlier in shipped for row in earlier.commits}
        new: dict[str, Row] = {}
        waiting = {release["commit"]} & graph.keys() - held
        is_whole = release["commit"] in graph
        while waiting:
            sha = waiting.pop()
            new[sha] = graph[sha]
            is_whole &= set(graph[sha]["parents"]) <= graph.keys()
            waiting |= (set(graph[sha]["parents"]) & graph.keys()) - new.keys() - held
        shipped.append(Shipped(release["tag"], release["published_at"], list(new.values()), is_whole))
    scopes = {f"repository:{name}": [rows] for name, rows in by_repository.items()}
    if by_repository:
        scopes["all"] = list(by_repository.values())
    for scope, lists in scopes.items():
        count = sum(len(shipped) for shipped in lists)
        found[f"deployment_frequency@{scope}"] = decimal(Fraction(7 * count, 7), "0.01")
        waits = [
            max(0, whole_seconds(one.at - row["committed_at"]))
            for shipped in lists for one in shipped if one.is_whole for row in one.commits if not row["is_merge"]
        ]  # fmt: skip
        found |= durations("lead_time_for_changes", scope, waits)
        pairs = []
        for shipped in lists:
            for number, one in enumerate(shipped):
                lower = [other for other in shipped[:number]
                         if other.package == one.package and other.version < one.version]  # fmt: skip
                if lower:
                    pairs.append((max(lower, key=lambda other: (other.version, other.at)), one))
        repaired = [whole_seconds(after.at - before.at) for before, after in pairs if after.mends(before)]
        if pairs:
            found[f"change_failure_rate@{scope}"] = share(len(repaired), len(pairs))
        found |= durations("time_to_restore", scope, repaired)
    return found
