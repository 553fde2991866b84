"""Print the share of each package's lines and branches that the tests ran, from coverage's JSON report.

`python -m tools.coverage_by_package REPORT` has exit code 1 below the minimum of docs/quality.md: 85 % in total, 90 %
of each stage.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

IN_ALL, A_STAGE = 85.0, 90.0
STAGES = ("raw", "metrics", "insights", "digests", "publications")


def main() -> None:
    """Print a line for each package; return 1 if a minimum is missed."""
    shares = by_package(json.loads(Path(sys.argv[1]).read_text()))
    for name, share in shares.items():
        sys.stdout.write(
            f"{share:5.1f} %  {name}{'' if share >= asked(name) else f'   less than {asked(name):.0f} %'}\n"
        )
    raise SystemExit(any(share < asked(name) for name, share in shares.items()))


def by_package(report: Mapping[str, Any]) -> dict[str, float]:
    """Return the percentage of lines and branches that were run: `all`, then each package by name."""
    counted: dict[str, tuple[int, int]] = {}
    for file, found in report["files"].items():
        parts = Path(file).parts
        name = "/".join(parts[:2]) if len(parts) > 2 and parts[0] == "sparky_assets" else parts[0]
        summary = found["summary"]
        ran = summary["covered_lines"] + summary.get("covered_branches", 0)
        there = summary["num_statements"] + summary.get("num_branches", 0)
        for key in ("all", name):
            before = counted.get(key, (0, 0))
            counted[key] = (before[0] + ran, before[1] + there)
    return {name: 100 * ran / there if there else 100.0 for name, (ran, there) in sorted(counted.items())}


def asked(name: str) -> float:
    """Return the minimum for a package; None if docs/quality.md sets none."""
    return IN_ALL if name == "all" else A_STAGE if name.rpartition("/")[2] in STAGES else 0.0


if __name__ == "__main__":
    main()
