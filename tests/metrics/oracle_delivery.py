"""The four delivery metrics in plain Python: frequency, lead time, failure rate and recovery time."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

from sparky_assets.metrics.classify import classify_change
from sparky_assets.periods import TimeWindow
from tests.metrics.oracle_counting import Facts, Row, decimal, share, statistics, whole_seconds

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


def failures(deployments: Sequence[Row]) -> list[tuple[Row, Row | None]]:
    """Return each deployment to production that failed, with what repaired it."""
    found: list[tuple[Row, Row | None]] = []
    for number, one in enumerate(deployments):
        later = [row for row in deployments[number + 1 :] if row["environment"] == one["environment"]]
        success = next((row for row in later if row["state"] == "success"), None)
        if one["state"] != "success":
            found.append((one, success))
        elif success and success["commit"] != one["commit"]:
            before = [row for row in deployments[:number] if row["environment"] == one["environment"]]
            if any(row["state"] == "success" and row["commit"] == success["commit"] for row in before):
                found.append((one, success))
    return found


def checks(commits: Sequence[Row], repositories: Sequence[Row], window: TimeWindow) -> Facts:
    """Return how long default branches were red, from one finished commit to the next."""
    found: Facts = {}
    total = [0, 0, 0, 0]
    is_known = False
    for repository in repositories:
        name = repository["repository"]
        line = [row for row in commits if row["repository"] == name and row["landed_by"] == row["sha"]]
        finished = sorted(
            (row["landed_at"], row["sha"], row["ci_state"] != "success")
            for row in line if row["ci_state"] in {"success", "failure", "error"}
        )  # fmt: skip
        red, turns, began = 0, 0, window.start
        for number, (at, _, is_red) in enumerate(finished):
            until = finished[number + 1][0] if number + 1 < len(finished) else window.end
            if is_red and (number == 0 or not finished[number - 1][2]):
                turns, began = turns + 1, at
            if is_red and (number + 1 == len(finished) or not finished[number + 1][2]):
                red += whole_seconds(until - began)  # a fraction of a second is dropped once in each spell
        head, state = repository.get("head_at"), repository.get("head_ci_state")
        if not line and head and head < window.start and state in {"success", "failure", "error"}:
            is_known = True
            red = 0 if state == "success" else whole_seconds(window.end - window.start)
        is_known |= bool(finished)
        if finished or red:
            found |= red_facts(f"repository:{name}", [red, turns, len(finished), sum(one[2] for one in finished)])
        total = [
            a + b for a, b in zip(total, [red, turns, len(finished), sum(one[2] for one in finished)], strict=True)
        ]
    return found | red_facts("all", total) if is_known else found


def red_facts(scope: str, numbers: list[int]) -> Facts:
    red, turns, finished, failed = numbers
    found: Facts = {
        f"default_branch_red_hours@{scope}": decimal(Fraction(red, 3600), "0.01"),
        f"default_branch_red_count@{scope}": turns,
    }
    return found | ({f"check_failure_rate@{scope}": share(failed, finished)} if finished else {})


def dora(all_releases: Sequence[Row], commits: Sequence[Row], all_deployments: Sequence[Row]) -> Facts:
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
    deployed: dict[str, list[Row]] = {}
    for row in sorted(all_deployments, key=lambda row: (row["at"], row["id"])):
        if row["is_production"]:
            deployed.setdefault(row["repository"], []).append(row)
    names = by_repository.keys() | deployed.keys()
    scopes = {f"repository:{name}": [name] for name in names} | ({"all": list(names)} if names else {})
    for scope, members in scopes.items():
        lists = [by_repository[name] for name in members if name in by_repository]
        deployments = [deployed[name] for name in members if name in deployed]
        count = sum(len(by_repository[name]) for name in members if name in by_repository and name not in deployed)
        count += sum(row["state"] == "success" for rows in deployments for row in rows)
        found[f"deployment_frequency@{scope}"] = decimal(Fraction(7 * count, 7), "0.01")
        waits = [
            max(0, whole_seconds(one.at - row["committed_at"]))
            for shipped in lists for one in shipped if one.is_whole for row in one.commits if not row["is_merge"]
        ]  # fmt: skip
        found |= statistics("lead_time_for_changes", scope, waits)
        pairs = []
        lists = [by_repository[name] for name in members if name in by_repository and name not in deployed]
        for shipped in lists:
            for number, one in enumerate(shipped):
                lower = [other for other in shipped[:number]
                         if other.package == one.package and other.version < one.version]  # fmt: skip
                if lower:
                    pairs.append((max(lower, key=lambda other: (other.version, other.at)), one))
        repaired = [whole_seconds(after.at - before.at) for before, after in pairs if after.mends(before)]
        failed = [pair for rows in deployments for pair in failures(rows)]
        judged = len(pairs) + sum(map(len, deployments))
        if judged:
            found[f"change_failure_rate@{scope}"] = share(len(repaired) + len(failed), judged)
        repaired += [whole_seconds(after["at"] - before["at"]) for before, after in failed if after]
        found |= statistics("time_to_restore", scope, repaired)
    return found
