"""A whole organisation through all five stages: seconds and memory of each step, on two cores and 4 GB.

    uv run python -m benchmarks.whole_organisation                                # 3,000 repositories, 31 days
    uv run python -m benchmarks.whole_organisation --repositories 100 --days 14   # a short trial

The fake GitHub runs in a separate process; so does each step, as `sparky` runs it: collect and count the days, then
publish the last day, week and month, each with a commit. Each step runs on 2 cores (taskset); its memory is the peak
that the kernel counted, the sweep of GitHub included. The time without the sweep is what Sparky takes; that of the
sweep is mostly GitHub's. Exit code 1 when a step failed or took more than 800 MB, or when all steps together took
more than 5 minutes without their sweeps.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from benchmarks.github_beside import github_beside
from sparky_assets.periods import Calendar, PeriodKind
from tests.fakes.github import TOKEN
from tests.fakes.github_organisation import make_world
from tests.fakes.github_world import day

END = day("2026-11-01")
"""The first day that is not collected: October is a month of 31 days, the 19th to the 25th its last closed week."""
NOW = END + timedelta(hours=1)
CORES, MAX_SECONDS = 2, 300
MAX_MIB = 763
"""800 MB: what is asked."""
PROGRAM = "from sparky_assets.cli import main; main()"


@dataclass(frozen=True)
class Step:
    """One command, with its costs."""

    name: str
    seconds: float
    cpu_seconds: float
    """Seconds of both cores together: on a busy machine this is more reliable than the elapsed time."""
    mib: float
    code: int
    said: str

    @property
    def collecting(self) -> float:
        """Seconds of the GitHub sweep before a week or month is written, by its own last line."""
        told = re.search(r"\bcollect ([\d,.]+) s\b", self.said)
        return float(told[1].replace(",", "")) if told else 0.0

    @property
    def held(self) -> bool:
        """Return whether the step met its limits."""
        return self.code == 0 and self.mib <= MAX_MIB


def main() -> int:
    """Run every step and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repositories", type=int, default=3000)
    parser.add_argument("--days", type=int, default=31, help="so many last days of October 2026")
    parser.add_argument("--latency", type=float, default=0.1, help="seconds a request to GitHub takes on the way")
    given = parser.parse_args()
    print(f"{given.repositories:,} repositories, {given.days} days; {CORES} cores, at most {MAX_MIB:,} MiB a step")
    world = partial(make_world, given.repositories, NOW, days=given.days + 5)
    with tempfile.TemporaryDirectory() as folder, github_beside(world, given.latency) as address:
        steps = []
        for name, words in _commands(given.days):
            step = _take(name, words, Path(folder), _variables(Path(folder), address, given.days))
            print(
                f"  {step.name:<22} {step.seconds:>8.1f} s {step.cpu_seconds:>8.1f} s of CPU {step.mib:>8.0f} MiB"
                f"{f', {step.collecting:.1f} s of it collecting' if step.collecting else ''}"
                f"{'' if step.held else '   NOT HELD'}",
                flush=True,
            )
            steps.append(step)
            if step.code:
                print(step.said)
                break
        _say_sizes(Path(folder))
    seconds = sum(step.seconds - step.collecting for step in steps)
    cpu_seconds = sum(step.cpu_seconds for step in steps)
    print(
        f"  all steps: {sum(step.seconds for step in steps):.1f} s, {seconds:.1f} s without the sweeps (at most "
        f"{MAX_SECONDS}); {cpu_seconds:.1f} s of CPU with them; peak {max(step.mib for step in steps):.0f} MiB"
    )
    return 0 if seconds <= MAX_SECONDS and all(step.held for step in steps) else 1


def _commands(days: int) -> Iterator[tuple[str, list[str]]]:
    """Return the steps, from an empty home to three commits."""
    last = (END - timedelta(days=1)).date()
    first = last - timedelta(days=days - 1)
    yield "collect and count", ["backfill", f"{first}..{last}", "--until", "metrics"]
    periods = [Calendar("UTC", timedelta(minutes=10)).last_closed(kind, NOW) for kind in PeriodKind]
    for period in periods:
        if period.start >= first:
            yield f"write the {period.kind.noun}", ["run", period.kind.noun, period.label]
    yield "write the day again", ["run", "day", str(last)]


def _variables(folder: Path, address: str, days: int) -> dict[str, str]:
    """Return the settings, as an operator would set them."""
    return {
        "SPARKY_HOME": str(folder / "home"),
        "SPARKY_PERIODS__START": str((END - timedelta(days=days)).date()),
        "SPARKY_SOURCES__SOURCE": "github",
        "SPARKY_SOURCES__GITHUB__API": address,
        "SPARKY_SOURCES__GITHUB__ORGANISATIONS": '["acme"]',
        "SPARKY_SOURCES__GITHUB__TOKEN": TOKEN,
        "POLARS_MAX_THREADS": str(CORES),
    }


def _take(name: str, words: list[str], folder: Path, variables: dict[str, str]) -> Step:
    cores = ",".join(str(core) for core in sorted(os.sched_getaffinity(0))[:CORES])
    command = ["taskset", "-c", cores, sys.executable, "-c", PROGRAM, *words]
    output = folder / "said.txt"
    began = time.monotonic()
    with output.open("w") as said:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **variables}, stdout=said, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu = used.ru_utime + used.ru_stime
    return Step(name, seconds, cpu, used.ru_maxrss / 1024, process.returncode, output.read_text())


def _say_sizes(folder: Path) -> None:
    for name in ("store", "dagster", "publications"):
        size = sum(file.stat().st_size for file in (folder / "home" / name).rglob("*") if file.is_file())
        print(f"  {name}: {size / (1 << 20):.1f} MiB")


if __name__ == "__main__":
    sys.exit(main())
