"""The four measures of delivery once more, in plain Python: how often, how soon, how broken, how long."""

import re
from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from itertools import pairwise

from tests.metrics.oracle_counting import Facts, Row, decimal, durations, share, whole_seconds


def dora(all_releases: Sequence[Row], commits: Sequence[Row]) -> Facts:
    """The four measures of delivery, of each repository and of all."""
    found: Facts = {}
    by_repository: dict[str, list[tuple[datetime, list[Row]]]] = {}
    releases = [row for row in all_releases if not row["is_prerelease"]]
    for release in sorted(releases, key=lambda row: (row["repository"], row["published_at"], row["tag"])):
        name = release["repository"]
        graph = {row["sha"]: row for row in commits if row["repository"] == name}
        shipped = by_repository.setdefault(name, [])
        held = {row["sha"] for _, rows in shipped for row in rows}
        new, waiting = {}, {release["commit"]} & graph.keys()
        while waiting:
            sha = waiting.pop()
            new[sha] = graph[sha]
            waiting |= (set(graph[sha]["parents"]) & graph.keys()) - new.keys()
        shipped.append((release["published_at"], [row for sha, row in new.items() if sha not in held]))
    scopes = {f"repository:{name}": [rows] for name, rows in by_repository.items()}
    if by_repository:
        scopes["all"] = list(by_repository.values())
    for scope, lists in scopes.items():
        count = sum(len(shipped) for shipped in lists)
        found[f"deployment_frequency@{scope}"] = decimal(Fraction(7 * count, 7), "0.01")
        waits = [
            max(0, whole_seconds(at - row["landed_at"]))
            for shipped in lists for at, rows in shipped for row in rows if not row["is_merge"]
        ]  # fmt: skip
        found |= durations("lead_time_for_changes", scope, waits)
        pairs = [pair for shipped in lists for pair in pairwise(shipped)]
        repaired = [
            whole_seconds(after[0] - before[0]) for before, after in pairs
            if any(not row["is_merge"] and re.match(r"(hotfix|rollback|revert)\b|Revert \"", row["subject"], re.I)
                   for row in after[1])
        ]  # fmt: skip
        if pairs:
            found[f"change_failure_rate@{scope}"] = share(len(repaired), len(pairs))
        found |= durations("time_to_restore", scope, repaired)
    return found
