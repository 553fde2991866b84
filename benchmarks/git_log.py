"""Reading one year of a large repository's commits, against raw `git log` that prints the same fields.

    uv run python -m benchmarks.git_log /path/to/large/clone

Claim: at least 0.8 of the speed of `git log`. Without a path it makes a repository of 6,000 commits in a year.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from resources.git.command import build_command
from resources.git.log import LOG_FORMAT, find_latest_activity, read_commits
from resources.git.repository import open_repository

ROUNDS = 3
COMMITS_MADE = 6_000
LINES = 150
MESSAGE = "What was wrong, why it was wrong, and what this does about it, told over a few lines as people do.\n" * 4
"""About the size of a commit in git's own repository: two files of 150 lines among 900, and a long message."""


def main() -> None:
    """Measure both in turn, and print the ratio of the best times with and without statistics."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else made_repository(Path(folder))
        repository = open_repository(path)
        latest = find_latest_activity(repository, datetime.now(UTC))
        if latest is None:
            raise SystemExit(f"{path} has no commits")
        until, since = latest + timedelta(seconds=1), latest - timedelta(days=365)
        for what, options in (("with statistics", ("--numstat", "-M")), ("without statistics", ())):
            bare = repository if options else repository.__class__(**{**vars(repository), "is_partial": True})
            window = (f"--since-as-filter=@{int(since.timestamp())}", f"--until=@{int(until.timestamp()) - 1}")
            raw_command = build_command(
                repository.git_dir, "log", "-z", *options, LOG_FORMAT, *window, *repository.refs, "--"
            )
            raw, ours, count = [], [], 0
            for _ in range(ROUNDS):
                started = time.perf_counter()
                subprocess.run(raw_command, stdout=subprocess.DEVNULL, check=True)
                raw.append(time.perf_counter() - started)
                started = time.perf_counter()
                count = sum(1 for _ in read_commits(bare, since, until))
                ours.append(time.perf_counter() - started)
            ratio = min(raw) / min(ours)
            print(f"{what}: {count} commits, git log {min(raw):.2f} s, sparky {min(ours):.2f} s, ratio {ratio:.2f}")


def made_repository(folder: Path, types: Sequence[str] = ("fix",)) -> Path:
    """Return a repository of many small commits within a year, made in seconds by fast-import.

    Args:
        folder: the folder that it is made in.
        types: the types of the commits, in turn.
    """
    path = folder / "made"
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(path)], check=True)
    start = int(time.time()) - 360 * 86400
    every = 360 * 86400 // COMMITS_MADE
    stream = []
    for number in range(COMMITS_MADE):
        who = f"Person {number % 40} <person{number % 40}@example.com> {start + number * every} +0000"
        text = f"{types[number % len(types)]}(area{number % 9}): change number {number} (#{number})\n\n" + MESSAGE
        stream.append(f"commit refs/heads/main\nauthor {who}\ncommitter {who}\ndata {len(text)}\n{text}")
        for file in (number % 900, (number * 7 + 1) % 900):
            body = "".join(f"line {line} of file {file}\n" for line in range(LINES)) + f"changed by {number}\n" * 5
            stream.append(f"M 100644 inline src/{file % 30}/part{file % 7}/file{file}.txt\ndata {len(body)}\n{body}\n")
    subprocess.run(["git", "-C", str(path), "fast-import", "--quiet"], input="".join(stream).encode(), check=True)
    return path


if __name__ == "__main__":
    main()
