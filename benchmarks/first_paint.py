"""Time to the first paint of the reader's pages in Chromium, from a new reader and an empty cache.

    uv run python -m benchmarks.first_paint HOME [--rounds 5]

HOME is a home with digests, for example `.sparky/demo/ferryline` after `sparky demo`. Each round starts a reader and a
browser, so the front page is the first page that the reader makes. The browser's cache is emptied before each page.
Times are wall times of the browser's own clock, from the start of the navigation: first paint, first contentful paint,
and the first byte of the answer. A page of one word shows what the browser itself takes. Claim: the first paint of each
page comes within 200 ms, of the median round.
"""

import argparse
import time
from pathlib import Path
from statistics import median

from benchmarks.chromium import Page, browser
from benchmarks.reader import list_home_pages, serving_file

CLAIM_MS = 200.0
READ_TIMES = """(() => {
    const paints = {};
    for (const entry of performance.getEntriesByType("paint")) paints[entry.name] = entry.startTime;
    const navigation = performance.getEntriesByType("navigation")[0];
    return [location.pathname, paints["first-paint"], paints["first-contentful-paint"], navigation.responseStart];
})()"""


def main() -> None:
    """Print the median and the worst first paint of each page."""
    parser = argparse.ArgumentParser(description="First paint of the reader's pages from an empty cache.")
    parser.add_argument("home", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    # The first page of a new browser waits for the browser's own processes; people have theirs open.
    pages = {"a page of one word": "/healthz", **list_home_pages(given.home)}
    times: dict[str, list[tuple[float, float, float]]] = {name: [] for name in pages}
    for _ in range(given.rounds):
        with browser() as page, serving_file(given.home / "sparky.toml") as (port, _):
            page.ask("Network.enable")
            for name, path in pages.items():
                page.ask("Network.clearBrowserCache")
                times[name].append(measure_paint(page, f"http://127.0.0.1:{port}", path))
    for name, rounds in times.items():
        paints = [paint for paint, _, _ in rounds]
        contents, bytes_ = (median(column) for column in list(zip(*rounds, strict=True))[1:])
        print(
            f"{name}: first paint {median(paints):.0f} ms (worst {max(paints):.0f}), ratio to {CLAIM_MS:.0f} ms "
            f"{median(paints) / CLAIM_MS:.2f} (claim: under 1); first contentful paint {contents:.0f} ms, "
            f"first byte {bytes_:.0f} ms"
        )


def measure_paint(page: Page, site: str, path: str) -> tuple[float, float, float]:
    """Return the milliseconds to first paint, first contentful paint and first byte of a page."""
    page.open(site + path)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if (found := page.run(READ_TIMES)) and found[0] == path and found[2]:
            return float(found[1]), float(found[2]), float(found[3])
        time.sleep(0.02)
    raise TimeoutError(f"{path}: nothing was painted")


if __name__ == "__main__":
    main()
