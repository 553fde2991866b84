"""Coverage of each package, from the data that the tests left: what docs/quality.md tells. `just coverage` calls it."""

import sys
from collections import Counter
from pathlib import Path

from coverage import Coverage


def main() -> None:
    """Print a line for each package: lines and branches that were run, of how many."""
    coverage = Coverage(data_file=sys.argv[1] if len(sys.argv) > 1 else ".coverage")
    coverage.load()
    run: Counter[str] = Counter()
    there: Counter[str] = Counter()
    for name in coverage.get_data().measured_files():
        numbers = coverage._analyze(name).numbers
        done, all_of_it = numbers.ratio_covered
        for package in (str(Path(name).relative_to(Path.cwd()).parent), "all"):
            run[package] += done
            there[package] += all_of_it
    for package in sorted(there):
        print(f"{100 * run[package] / there[package]:5.1f} %  {package}")


if __name__ == "__main__":
    main()
