"""Take the pictures of README and docs: `just screenshots` writes docs/pictures/.

`sparky demo` writes the newspaper of its sample organisation. Then `sparky serve` and Dagster's webserver run over it,
and a headless Chromium takes the pictures. It takes a minute or two. The sample is fixed, so the pictures do not depend
on the day on which they are taken.
"""

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from sparky_assets.cli.demo import HOME_SETTINGS_FILE
from sparky_assets.cli.serve import build_dagster_environment
from sparky_assets.settings.load import load_settings

FOLDER = Path("docs/pictures")
MOST_BYTES = 200_000
COLOURS = 128
WEEK = "2026-W44"
LINEAGE = "assets/weekly/publication?view=lineage&lineageScope=upstream&lineageDepth=4"


def main() -> None:
    """Write the sample newspaper, start both servers, take the pictures."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("no Chromium on this machine; apt-get install chromium")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        config = write_newspaper(Path(made))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        sparky = [sys.executable, "-c", "from sparky_assets.cli import main; main()", "--config", str(config)]
        with _started([*sparky, "serve", "--port", "0"], r"(http://127\.0\.0\.1:\d+/)") as reader:
            take(browser, "reader", f"{reader}week/{WEEK}")
            take(browser, "evidence", f"{reader}week/{WEEK}", _press_a_mark)
            take(browser, "statistics", f"{reader}statistics/week/{WEEK}")
        interface = [sys.executable, "-m", "dagster_webserver", "-m", "sparky_assets.definitions", "-p", "0"]
        environment = build_dagster_environment(load_settings(str(config), None), str(config))
        with _started([*interface, "--read-only"], r"Serving .* on (http://127\.0\.0\.1:\d+)", environment) as dagster:
            take(browser, "graph", f"{dagster}/{LINEAGE}", _see_the_graph, width=1600)


def write_newspaper(folder: Path) -> Path:
    """Write the sample newspaper in a folder; return its settings file."""
    command = [sys.executable, "-c", "from sparky_assets.cli import main; main()", "demo", "--home", str(folder)]
    subprocess.run(command, check=True)
    return folder / HOME_SETTINGS_FILE


def take(
    browser: Browser, name: str, address: str, prepare: Callable[[Page], None] | None = None, width: int = 1200
) -> None:
    """Take one picture, with the fewest colors that look the same, no larger than a page may load."""
    page = browser.new_page(viewport={"width": width, "height": 860 * width // 1200})
    page.goto(address)
    page.wait_for_load_state("networkidle")
    if prepare:
        prepare(page)
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    file = FOLDER / f"{name}.png"
    shot.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    size = file.stat().st_size
    if size > MOST_BYTES:
        raise SystemExit(f"{file} has {size:,} bytes; {MOST_BYTES:,} are allowed")
    page.close()


def _press_a_mark(page: Page) -> None:
    """Open a sentence with its records and numbers."""
    page.locator("h2", has_text="Action needed").first.evaluate("heading => heading.scrollIntoView()")
    page.locator(".claim", has_text="The notes say").first.locator("button.why").click()
    page.wait_for_timeout(500)


def _see_the_graph(page: Page) -> None:
    """Wait until Dagster has drawn its graph, which has no sign when it is done."""
    page.get_by_text("social_posts").first.wait_for(timeout=60_000)
    page.wait_for_timeout(4_000)


@contextmanager
def _started(command: list[str], said: str, environment: dict[str, str] | None = None) -> Iterator[str]:
    """Run a server that prints its address; stop it at the end."""
    server = subprocess.Popen(
        command, env=environment or dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert server.stdout
        lines = iter(server.stdout.readline, "")
        yield next(found[1] for line in lines if (found := re.search(said, line)))
    finally:
        server.terminate()
        server.wait(30)


if __name__ == "__main__":
    main()
