"""Collecting a month of one repository from git, against raw `git log --numstat` of that month.

    uv run python -m benchmarks.git_month /path/to/clone...

Claim: at most 3 times `git log`, and 2.5 times a month in which one line changes a day. The month is the 31 days up to
the clone's newest commit. Collecting is all that the stage does, once in a process that has read nothing: commits,
notes, releases, repairs, and 31 stored days. Processor seconds of the process and of git are compared, elapsed ones are
beside them. All three are measured in turn, and the least of the rounds counts: on a machine that others use, the same
work takes up to twice the processor time. So the start of the process and the 31 stored days, which do not depend on
the repository, are no constant, but a measured month; 2.5 of it were 1.5 s on the quiet machine. Python's compiled
modules are kept between the rounds, as they are where Sparky is installed.

Without a path it makes a repository of 6,000 commits in a year, one in six of them a fix, about the median of 282
repositories. Fixes cost most: git is asked whose lines they change.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.git_log import made_repository
from resources.git.command import build_command
from resources.git.log import LOG_FORMAT, find_latest_activity
from resources.git.repository import open_repository
from sparky_assets.orchestration.resources import build_resources
from sparky_assets.periods import PeriodKind, TimeWindow, periods_between
from sparky_assets.raw.collect import collect_git
from sparky_assets.raw.people import PersonFactory
from sparky_assets.raw.stored_days import store_days
from sparky_assets.settings.load import load_settings

DAYS = 31
ROUNDS = 3
MAX_RATIO, MAX_EXTRA_RATIO = 3, 2.5

MADE_TYPES = ("fix", "feat", "docs", "refactor", "perf", "feat")


@dataclass
class Duration:
    """Elapsed and processor seconds; the latter of this process and of the children that ended."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0


def main() -> int:
    """Print a line for each repository; 1 if one took longer than is claimed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", type=Path, nargs="*")
    parser.add_argument("--one", action="store_true", help="collect once, and print the durations as JSON")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(collect_month(given.paths[0])))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        quiet = make_quiet_repository(Path(folder))
        return max([compare(path, quiet) for path in given.paths or [made_repository(Path(folder), MADE_TYPES)]])


def make_quiet_repository(folder: Path) -> Path:
    """Return a repository in which one line changes on each day of a month."""
    path = folder / "quiet"
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(path)], check=True)
    start = int(time.time()) - DAYS * 86400
    stream = []
    for day in range(DAYS):
        who = f"Ada <ada@example.com> {start + day * 86400} +0000"
        stream.append(f"commit refs/heads/main\nauthor {who}\ncommitter {who}\ndata 6\nChange\n")
        stream.append(f"M 100644 inline pier.txt\ndata {len(str(day))}\n{day}\n")
    subprocess.run(["git", "-C", str(path), "fast-import", "--quiet"], input="".join(stream).encode(), check=True)
    return path


def compare(path: Path, quiet: Path) -> int:
    """Print how long git and Sparky take for the month of a repository; 1 if it is longer than claimed.

    Args:
        path: the repository.
        quiet: the repository with a line a day.
    """
    window = find_month(path)
    repository = open_repository(path)
    dates = (f"--since-as-filter=@{int(window.start.timestamp())}", f"--until=@{int(window.end.timestamp()) - 1}")
    command = build_command(
        repository.git_dir, "log", "-z", "--numstat", "-M", LOG_FORMAT, *dates, *repository.refs, "--"
    )
    raw, least, ours = [], [], []
    commits = 0
    for _ in range(ROUNDS):
        with measure() as git_log:
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        raw.append(git_log)
        least.append(Duration(*collect_in_process(quiet)[:2]))
        seconds, cpu_seconds, commits = collect_in_process(path)
        ours.append(Duration(seconds, cpu_seconds))
    log_cpu, least_cpu, cpu = (min(duration.cpu_seconds for duration in durations) for durations in (raw, least, ours))
    log_seconds, seconds = (min(duration.seconds for duration in durations) for durations in (raw, ours))
    limit = MAX_RATIO * log_cpu + MAX_EXTRA_RATIO * least_cpu
    print(
        f"{repository.name}, {window.start:%Y-%m-%d} and {DAYS} days: {commits} commits; processor time: git log "
        f"{log_cpu:.2f} s, a line a day {least_cpu:.2f} s, sparky {cpu:.2f} s (at most {limit:.2f}); elapsed: "
        f"{log_seconds:.2f} and {seconds:.2f} s{'' if cpu <= limit else '   NOT HELD'}",
        flush=True,
    )
    return int(cpu > limit)


def collect_in_process(path: Path) -> tuple[float, float, int]:
    """Return elapsed and processor seconds, and the number of commits, of a month collected by a new process."""
    program = [sys.executable, "-m", "benchmarks.git_month", "--one", str(path)]
    collected = json.loads(subprocess.run(program, check=True, capture_output=True, text=True).stdout)
    return collected["seconds"], collected["cpu_seconds"], collected["commits"]


def find_month(path: Path) -> TimeWindow:
    """Return the 31 days in UTC up to the newest commit of a repository."""
    latest = find_latest_activity(open_repository(path), datetime.now(UTC))
    if latest is None:
        raise SystemExit(f"{path} has no commits")
    end = latest.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return TimeWindow(end - timedelta(days=DAYS), end, "UTC")


def collect_month(path: Path) -> dict[str, float]:
    """Return the durations of collecting the month and storing its days, and the number of its commits."""
    window = find_month(path)
    days = periods_between(PeriodKind.DAILY, window.start.date(), (window.end - timedelta(days=1)).date())
    with tempfile.TemporaryDirectory() as home:
        settings = load_settings(None, {"home": Path(home), "sources": {"git": {"repositories": [str(path)]}}})
        resources = build_resources(settings)
        with measure() as duration:
            collected = collect_git(resources["git"], window, PersonFactory(b"", ()), allow_partial=False)
            store_days(collected, resources["storage"], days, "UTC", datetime.now(UTC))
    return {**vars(duration), "commits": collected.tables["commits"].height}


@contextmanager
def measure() -> Iterator[Duration]:
    """Measure what is inside; the durations are there after it."""
    duration = Duration()
    started, cpu_started = time.perf_counter(), _read_cpu_seconds()
    yield duration
    duration.seconds, duration.cpu_seconds = time.perf_counter() - started, _read_cpu_seconds() - cpu_started


def _read_cpu_seconds() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


if __name__ == "__main__":
    sys.exit(main())
