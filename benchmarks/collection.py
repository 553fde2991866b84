"""Collecting from GitHub: requests and points by repositories and days, wall time at 100 ms a request, memory.

    uv run python -m benchmarks.collection            # all but the largest
    uv run python -m benchmarks.collection --all      # with 3000 repositories over 7 and 30 days: some minutes

The fake GitHub runs in a separate process, so that times and memory are those of collecting. Every cell also compares
the collected events with the generated ones. Exit code 1 when a cell exceeds its limit.
"""

import argparse
import multiprocessing
import random
import resource
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from benchmarks.github_beside import github_beside
from sparky_assets.raw.github.landing import KnownHeads
from tests.fakes.github import FakeGitHub, Settings, serving
from tests.fakes.github_collection import collect_at, collect_from
from tests.fakes.github_organisation import make_world
from tests.fakes.github_world import World, day, days_before

TODAY = day("2026-11-20")
NOW = TODAY + timedelta(minutes=10)
LATENCY = 0.1
MOST_MEMORY = 500
BAD_WEATHER_RUNS = 20
BAD_WEATHER_SHARE = 0.3


@dataclass(frozen=True)
class Cell:
    """A generated organisation and a window, with the most requests and points that collecting it may take.

    An everyday run knows the heads that the day before stored, and also finds the commits that landed late.
    """

    repositories: int
    days: int
    days_ago: int
    most_requests: int
    most_points: int
    is_large: bool = False
    is_everyday: bool = False

    @property
    def most_points_with_open(self) -> int:
        """Return the maximum points of a sweep that also lists open items: one for each 50 repositories."""
        return self.most_points + (0 if self.days_ago else ceil(self.repositories / 50))

    @property
    def window(self) -> tuple[datetime, datetime]:
        """Return the start and end of the window."""
        end = days_before(TODAY, self.days_ago)
        return days_before(end, self.days), end

    def world(self) -> World:
        """Return the organisation, the same in every process."""
        return make_world(self.repositories, NOW, days=self.days + self.days_ago + 5)


CELLS = (
    Cell(30, 1, 0, 8, 12),
    Cell(30, 30, 0, 47, 107),
    Cell(30, 1, 30, 11, 20),
    Cell(300, 1, 0, 60, 90),
    Cell(300, 1, 0, 60, 90, is_everyday=True),
    Cell(300, 7, 0, 112, 250),
    Cell(300, 30, 0, 390, 880),
    Cell(300, 1, 30, 73, 169),
    Cell(3000, 1, 0, 300, 760),
    Cell(3000, 7, 0, 1023, 2400, is_large=True),
    Cell(3000, 1, 30, 636, 1588, is_large=True),
    Cell(3000, 30, 0, 3300, 8000, is_large=True),
)


def main() -> int:
    """Measure every cell in a separate process and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="with the cells that take minutes")
    parser.add_argument("--latency", type=float, default=LATENCY, help="seconds a request takes on the way")
    given = parser.parse_args()
    print("  N     days  ago   events  requests (most)   points (most)   wall s   of it waiting   MiB   exact")
    held = [_print(cell, _measured(cell, given.latency)) for cell in CELLS if given.all or not cell.is_large]
    held.append(_survives_bad_weather())
    return 0 if all(held) else 1


def _survives_bad_weather() -> bool:
    """Collect a day of 300 repositories from a server that answers 502 at random, and print how often it was exact."""
    cell = Cell(300, 1, 0, 60, 90)
    start, end = cell.window
    world = cell.world()
    truth = world.truth(start, end)
    exact, requests, answered = 0, 0, 0
    for seed in range(BAD_WEATHER_RUNS):
        rng = random.Random(seed)

        def fail_at_random(fake: FakeGitHub, _: int, rng: random.Random = rng) -> None:
            fake.settings.fault_every = 1 if rng.random() < BAD_WEATHER_SHARE else None

        with serving(world, Settings(before=fail_at_random, faults=("502",))) as fake:
            outcome = collect_from(fake, start, end)
            exact += outcome.events == truth and not outcome.problems
            requests, answered = requests + fake.requests, answered + len(fake.queries)
    print(
        f"  502 at random with p = {BAD_WEATHER_SHARE}: {exact} of {BAD_WEATHER_RUNS} runs exact, "
        f"{requests / BAD_WEATHER_RUNS:.0f} requests a run, {answered / BAD_WEATHER_RUNS:.0f} of them answered"
    )
    return exact == BAD_WEATHER_RUNS


def _print(cell: Cell, found: dict[str, Any]) -> bool:
    requests, points = found["requests"], found["points"]
    print(
        f"  {cell.repositories:<5} {cell.days:>4} {cell.days_ago:>4} {found['events']:>8,} "
        f"{requests:>8,} ({cell.most_requests:>5,}) {points:>8,} ({cell.most_points_with_open:>5,}) "
        f"{found['seconds']:>8.1f} {found['waiting']:>13.1f} "
        f"{found['memory']:>7.0f}   {'yes' if found['exact'] else 'NO'}",
        flush=True,
    )
    fits = requests <= cell.most_requests and points <= cell.most_points_with_open and found["memory"] < MOST_MEMORY
    return fits and bool(found["exact"])


def _measured(cell: Cell, latency: float) -> dict[str, Any]:
    context = multiprocessing.get_context("spawn")
    with github_beside(cell.world, latency) as address:
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_collect, args=(cell, address, there))
        process.start()
        there.close()
        found: dict[str, Any] = here.recv()
        process.join()
    found["waiting"] = found["requests"] * latency
    return found


def _collect(cell: Cell, address: str, pipe: Any) -> None:
    start, end = cell.window
    began = time.monotonic()
    outcome = collect_at(address, "acme", start, end, NOW, known_heads=_find_heads(cell, start))
    seconds = time.monotonic() - began
    # The peak is read before the expected events are built, which are as large as the collected ones.
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    events = outcome.events
    usage = outcome.usage
    world = cell.world()
    still_open = set() if cell.days_ago else world.open_at(end)
    pipe.send(
        {
            "requests": usage.requests, "points": usage.points, "seconds": seconds, "memory": memory,
            "events": len(events), "exact": _drop_late(events, start) == world.truth(start, end)
            and outcome.open_items == still_open,
        }
    )  # fmt: skip


def _find_heads(cell: Cell, start: datetime) -> KnownHeads | None:
    if not cell.is_everyday:
        return None
    stored = {
        repository.id: repository.history(int(start.timestamp()) - 1)
        for repository in cell.world().repositories
        if not repository.parent
    }
    return KnownHeads(until=start, heads={key: commits[0].oid for key, commits in stored.items() if commits})


def _drop_late(events: set[tuple[object, ...]], start: datetime) -> set[tuple[object, ...]]:
    return {event for event in events if int(str(event[-1])) >= int(start.timestamp())}


if __name__ == "__main__":
    sys.exit(main())
