"""Write the excerpt of a digest into README.md: the beginning of a week of the sample organisation of `sparky demo`.

`python -m tools.excerpt` runs the graph over that history and writes the marked block. The organisation does not exist,
so the addresses of links are left out; every other character is as in the digest.
"""

import re
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from sparky_assets.cli.demo import unpack_sample
from tests.factories.sample_repository import run_job, settings_for, store_of

PAGE = Path("README.md")
BLOCK = re.compile(r"(?<=<!-- made: excerpt -->\n).*?(?=<!-- end -->)", re.DOTALL)
WEEK, LAST_DAY = "2026-10-26", "2026-11-01"
NOW = "2026-11-02T06:00:00+00:00"
SECTIONS = 2
"""Sections that are shown below the opening: what to do, and the first story."""


def main() -> None:
    """Write the block."""
    PAGE.write_text(page(PAGE.read_text()))


def page(text: str) -> str:
    """Return the page with the block as the code generates it now."""
    with tempfile.TemporaryDirectory() as folder:
        markdown = build_weekly_digest(Path(folder))
    shown = re.sub(r"\n{2,}(?=- )", "\n", "\n\n".join(excerpt(markdown)))  # items of a list are one group
    quoted = "\n".join(f"> {line}".rstrip() for line in shown.splitlines())
    return BLOCK.sub(lambda _: f"\n{quoted}\n\n", text)


def build_weekly_digest(folder: Path) -> str:
    """Return the Markdown of the week, built by the graph in an empty folder."""
    repositories = [Path(path) for path in unpack_sample(folder)]
    settings = settings_for(folder / "home", repositories, periods={"start": date(2026, 9, 7)})
    collected = run_job(settings, "collect", "2026-10-12", LAST_DAY, now=NOW)
    stages = [f"weekly/{stage}" for stage in ("metrics", "insights", "digest")]
    made = run_job(settings, "weekly", WEEK, now=NOW, selection=stages)
    assert collected.success and made.success
    return store_of(settings).read_text("digests/weekly", WEEK)


def excerpt(markdown: str) -> Iterator[str]:
    """Yield the opening and the first sections of a digest, without front matter, pictures and addresses of links."""
    _, _, body = markdown.split("---\n", 2)
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", re.sub(r"^!\[.*\n", "", body, flags=re.MULTILINE))
    opening, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    yield opening.strip().replace("# ", "### ", 1)
    for section in sections[:SECTIONS]:
        name, _, rest = section.partition("\n")
        yield f"#### {name}\n\n{rest.strip()}"
    yield "…"


if __name__ == "__main__":
    main()
