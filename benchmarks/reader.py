"""Requests per second of the reader with three years of digests, against one month of them in the same run.

    uv run python -m benchmarks.reader            # --seconds 2 --days 120 for a small one
    uv run python -m benchmarks.reader --home .sparky/demo/ferryline    # the pages of a home that is there

Claims: every page is answered at least 500 times a second of processor time, at least half as often as of a store of a
month, and 99 % of requests within 50 ms; a page is under 100 kB as sent, without pictures; the process stays under
512 MiB. The server is a separate process on loopback, with four persistent connections. Of a home that is there the
front page, a story page and the archive are measured, and each page at its first request. Claim: 200 ms for it.
"""

import argparse
import http.client
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.made_digests import made_digests, made_story_id
from resources.storage import Storage
from sparky_assets.insights.models import Insight
from sparky_assets.periods import PeriodKind, parse_period
from sparky_assets.reader.formatting import story_url

LATEST_DAY, LATEST_MONTH = parse_period(PeriodKind.DAILY, "2025-12-31"), parse_period(PeriodKind.MONTHLY, "2025-12")
PAGES = {
    "latest digest": "/",
    "story page": story_url(LATEST_DAY, made_story_id(LATEST_DAY)),
    "story page of a month": story_url(LATEST_MONTH, made_story_id(LATEST_MONTH)),
    "archive": "/archive/day",
    "status": "/status",
    "month's digest": "/month/2025-12",
}
CONNECTIONS = 4
MIB = 2**20


def main() -> None:
    """Measure both sizes, and print rates, latencies, sizes and ratios."""
    parser = argparse.ArgumentParser(description="Requests a second, p99, sizes and memory of the reader.")
    parser.add_argument("--days", type=int, default=3 * 365)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--home", type=Path, help="a home with stories, instead of generated digests")
    given = parser.parse_args()
    if given.home:
        print_home(given.home, given.seconds)
        return
    small, large = measure(31, given.seconds), measure(given.days, given.seconds)
    for name, page in large.pages.items():
        ratio = page.rate / small.pages[name].rate
        print(f"{name}: {page}; ratio to the rate of a store of a month {ratio:.2f} (claim: at least 0.5)")
    print(f"first search over all: {large.first_search:.2f} s")
    print(
        f"peak memory: {large.bytes / MIB:.0f} MiB; ratio to 512 MiB {large.bytes / (512 * MIB):.2f} (claim: under 1)"
    )


def print_home(home: Path, seconds: float) -> None:
    """Print the first request and the rate of each page of a home; rates are those of a second of processor time."""
    with serving_file(home / "sparky.toml") as (port, process):
        for name, path in list_home_pages(home).items():
            started = time.perf_counter()
            fetch(http.client.HTTPConnection("127.0.0.1", port), path)
            first = time.perf_counter() - started
            print(f"{name}: first request {first * 1000:.0f} ms, ratio to 200 ms {first / 0.2:.2f}; "
                  f"{measure_page(port, process.pid, path, seconds)}")  # fmt: skip


@dataclass(frozen=True)
class PageRate:
    """How fast a page is answered: rate of a second of the reader's processor time, wall seconds, bytes as sent."""

    rate: float
    p99: float
    size: int

    def __str__(self) -> str:
        """Return the numbers with their ratios to what is claimed."""
        return (
            f"{self.rate:,.0f} requests a second of processor time, ratio to 500 {self.rate / 500:.2f} (over 1); "
            f"p99 {self.p99 * 1000:.1f} ms, ratio to 50 ms {self.p99 / 0.05:.2f} (under 1); "
            f"{self.size / 1000:.1f} kB, ratio to 100 kB {self.size / 100_000:.2f} (under 1)"
        )


def measure_page(port: int, process_id: int, path: str, seconds: float) -> PageRate:
    """Return how fast a page is answered that was asked for before."""
    before = read_processor_seconds(process_id)
    requests, p99, size = hammer(port, path, seconds)
    return PageRate(requests / (read_processor_seconds(process_id) - before), p99, size)


def list_home_pages(home: Path) -> dict[str, str]:
    """Return the paths of the pages that are measured by name: of the longest kind of period with stories."""
    storage = Storage(root=str(home.absolute() / "store"))
    for kind in reversed(PeriodKind):
        for key in reversed(storage.list_keys(f"insights/{kind.value}", "json")):
            insight = storage.read_document(f"insights/{kind.value}", key, Insight)
            if insight.stories.stories:
                story = story_url(insight.period, insight.stories.stories[0].group.id)
                return {"front page": "/", "story page": story, "archive": f"/archive/{kind.noun}"}
    raise SystemExit(f"{home}: no period has a story")


def read_processor_seconds(process_id: int) -> float:
    """Return the processor seconds that a process has used, in user and system mode."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Measured:
    """Measurements of one store."""

    def __init__(self) -> None:
        self.pages: dict[str, PageRate] = {}
        self.first_search = 0.0
        self.bytes = 0


def measure(days: int, seconds: float) -> Measured:
    """Return rates, latencies and sizes by page with digests of so many days."""
    found = Measured()
    with tempfile.TemporaryDirectory() as folder:
        made_digests(Storage(root=f"{folder}/store"), days)
        with serving(Path(folder)) as (port, process):
            for name, path in PAGES.items():
                fetch(http.client.HTTPConnection("127.0.0.1", port), path)  # warm, as a long-running reader is
                found.pages[name] = measure_page(port, process.pid, path, seconds)
            start = time.perf_counter()
            fetch(http.client.HTTPConnection("127.0.0.1", port), "/search?q=presses")
            found.first_search = time.perf_counter() - start
            status = Path(f"/proc/{process.pid}/status").read_text()
            found.bytes = int(status.partition("VmHWM:")[2].split()[0]) * 1024
    return found


@contextmanager
def serving(folder: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Run `sparky serve` over a home until the block ends."""
    file = folder / "sparky.toml"
    file.write_text(f'home = "{folder}"\n[organisation]\nname = "Acme"\n[periods]\nstart = 2020-01-01\n')
    with serving_file(file) as server:
        yield server


@contextmanager
def serving_file(file: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Run `sparky serve` with a settings file until the block ends."""
    program = str(Path(sys.executable).with_name("sparky"))
    command = [program, "--config", str(file), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        port = int(process.stdout.readline().strip().rstrip("/").rpartition(":")[2])
        yield port, process
        process.terminate()


def hammer(port: int, path: str, seconds: float) -> tuple[int, float, int]:
    """Return the number of requests, the 99th percentile of seconds, and bytes of a page."""
    took: list[float] = []
    sizes: list[int] = []
    end = time.perf_counter() + seconds

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while (start := time.perf_counter()) < end:
            sizes.append(fetch(connection, path))
            took.append(time.perf_counter() - start)

    threads = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(took), sorted(took)[int(len(took) * 0.99)], max(sizes)


def fetch(connection: http.client.HTTPConnection, path: str) -> int:
    """Request a page as browsers do; return its bytes as sent."""
    connection.request("GET", path, headers={"accept-encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{path}: {answer.status}")
    return len(body)


if __name__ == "__main__":
    main()
