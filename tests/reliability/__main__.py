"""Try every fault at every destination, and write docs/reliability.md. The exit code is 1 when one of them fails."""

import sys
import tempfile
from pathlib import Path

from tests.reliability.table import FILE, rows, written


def main() -> None:
    """Try all scenarios and write the page."""
    outcomes = {}
    for row in rows():
        with tempfile.TemporaryDirectory(prefix="sparky-reliability-") as folder:
            outcomes[row.name] = row.try_it(Path(folder))
        print(f"{row.name}: {outcomes[row.name]}", flush=True)
    FILE.write_text(written(outcomes), encoding="utf-8")
    print(f"{len(outcomes)} faults: {FILE}", file=sys.stderr)


if __name__ == "__main__":
    main()
