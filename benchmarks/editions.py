"""Write the six reference periods from fetched clones, and compare them with the reference editions.

    uv run python -m benchmarks.editions --clones CLONES --editions EDITIONS --output OUTPUT

A clone is `CLONES/owner+name/repo`. For each edition it prints the headlines of both, and how many box rows, story
headings and quotations of the reference are in Sparky's text too. A box row counts if Sparky's box
holds its link, else its quotation.
"""

import argparse
import re
import subprocess
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from pathlib import Path

import polars as pl

from resources.git.sources import GitSources
from sparky_assets.digests.render.printing import print_all_markdown, print_code_block, print_markdown
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.raw.collect import collect_git
from sparky_assets.raw.merge import split_by_day
from sparky_assets.raw.people import PersonFactory
from sparky_assets.raw.tables import TABLES
from sparky_assets.raw.window import RawWindow
from sparky_assets.stories.assemble import build_window_stories
from sparky_assets.stories.printing.edition import EditionContent
from sparky_assets.stories.printing.headline import EditionFacts
from sparky_assets.stories.printing.layout import build_edition
from sparky_assets.stories.printing.products.limits import DIGEST_LIMITS

BOTS = ["*[bot]", "*Bot", "dependabot*", "renovate*"]

MIN_LIKENESS = 0.6

FIXED_HEADINGS = "Action|Before you|Blocked|Also|What comes|New c|Reported|Worth|People|Under|Across"


@dataclass(frozen=True)
class ReferencePeriod:
    """A period of which there is a reference edition."""

    name: str
    kind: PeriodKind
    start: date
    repositories: tuple[str, ...]
    organisation: str = ""
    reference: str = ""


GCP, LABS = "github-community-projects", "raibid-labs"

GCP_NAMES = ("issue-metrics", "evergreen", "contributors", "stale-repos", "cleanowners")

LABS_NAMES = (
    "dgx-music", "dgx-pixels", "grimware", "obi-mcp", "sparky", "mop", "dgx-spark-mcp", "docs", "workspace",
    "ardour-mcp", "raibid-ci",
)  # fmt: skip

DAY, WEEK, MONTH = PeriodKind.DAILY, PeriodKind.WEEKLY, PeriodKind.MONTHLY

PERIODS = (
    ReferencePeriod("1-redis", WEEK, date(2024, 9, 9), ("redis/redis",), "", "1-redis-week-2024-W37.md"),
    ReferencePeriod("2-jq", DAY, date(2025, 6, 1), ("jqlang/jq",), "", "2-jq-day-2025-06-01.md"),
    ReferencePeriod("3-gcp", WEEK, date(2026, 3, 9), tuple(f"{GCP}/{name}" for name in GCP_NAMES), GCP,
                    "3-github-community-projects-week-2026-W11.md"),
    ReferencePeriod("4-nushell", MONTH, date(2026, 6, 1), ("nushell/nushell",), "", "4-nushell-month-2026-06.md"),
    ReferencePeriod("5a-datasette", DAY, date(2025, 7, 15), ("simonw/datasette",)),
    ReferencePeriod("5b-llm", DAY, date(2025, 11, 14), ("simonw/llm",)),
    ReferencePeriod("5c-datasette", DAY, date(2025, 11, 9), ("simonw/datasette",)),
    ReferencePeriod("5d-llm", DAY, date(2025, 11, 15), ("simonw/llm",)),
    ReferencePeriod("6-raibid", WEEK, date(2025, 11, 10), tuple(f"{LABS}/{name}" for name in LABS_NAMES), LABS,
                    "6-raibid-labs-week-2025-W46.md"),
)  # fmt: skip


def main() -> None:
    """Write the periods and print what they share with the reference editions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clones", type=Path, required=True)
    parser.add_argument("--editions", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--only", default="", help="beginning of a name, for example 3")
    arguments = parser.parse_args()
    (arguments.output / "clones").mkdir(parents=True, exist_ok=True)
    for reference in PERIODS:
        if not reference.name.startswith(arguments.only):
            continue
        window = read_clones(reference, arguments.clones, arguments.output / "clones")
        if window is None:
            continue
        text = print_edition(write_edition(reference, window))
        (arguments.output / f"{reference.name}.md").write_text(text)
        if reference.reference:
            print_comparison(reference.name, text, (arguments.editions / reference.reference).read_text())
        else:
            print(f"{reference.name}: {text.splitlines()[0]}")


def read_clones(reference: ReferencePeriod, clones: Path, folder: Path) -> RawWindow | None:
    """Return the raw rows of a period from those of its repositories that have a clone; None if none has.

    Args:
        reference: the period.
        clones: the folder of the fetched clones.
        folder: where clones with the address of each repository are made; they borrow the objects of the fetched ones.
    """
    paths = []
    for name in reference.repositories:
        source = clones / name.replace("/", "+") / "repo"
        if not source.is_dir():
            print(f"{reference.name}: no clone of {name}")
            continue
        path = folder / name.replace("/", "+")
        if not path.exists():
            subprocess.run(["git", "clone", "-q", "--bare", "--shared", source, path], check=True)
            url = f"https://github.com/{name}"
            subprocess.run(["git", f"--git-dir={path}", "remote", "set-url", "origin", url], check=True)
        paths.append(str(path))
    if not paths:
        return None
    sources = GitSources(paths, str(folder / "mirrors"), fetch=False, visibility="public")
    period = Period(reference.kind, reference.start)
    people = PersonFactory(b"benchmark", BOTS)
    collected = collect_git(sources, period.window("UTC"), people, allow_partial=True)
    for failure in collected.read_failures:
        print(f"{reference.name}: {failure.name}: {failure.reason}")
    tables = {}
    for table in TABLES:
        days = split_by_day(collected.tables[table.asset], table, period.days, "UTC")
        tables[table.asset] = days[period.days[-1].key] if table.time_column is None else pl.concat(days.values())
    return RawWindow(**tables)


def write_edition(reference: ReferencePeriod, window: RawWindow) -> EditionContent:
    """Return the digest of a period."""
    stories = build_window_stories(window, "UTC")
    people = {change.author_key for change in stories.changes if change.author and not change.is_bot}
    merged = sum(change.number is not None for change in stories.changes)
    place = reference.organisation or reference.repositories[0]
    facts = EditionFacts(
        Period(reference.kind, reference.start), place, "UTC", len(window.repositories), merged,
        len(stories.changes) - merged, len(people),
    )  # fmt: skip
    return build_edition(stories, facts, DIGEST_LIMITS[reference.kind])


def print_edition(content: EditionContent) -> str:
    """Return a digest as plain Markdown, without the templates of a deployment."""
    blocks = [f"# {content.headline}", f"*{content.dateline}*", print_all_markdown(content.lede)]
    blocks += [f"- {print_all_markdown(item.sentences)}" for item in content.brief]
    if content.box_rows:
        blocks += [f"## {content.box_title}"]
        blocks += [f"- {print_all_markdown(row.sentences)}" for row in content.box_rows]
    for story in content.stories:
        blocks += [f"## {print_markdown(story.heading)}", print_all_markdown(story.sentences)]
        if story.example:
            blocks += [print_markdown(story.example_lead)] if story.example_lead else []
            blocks.append(print_code_block(story.example))
        blocks += [f"- {print_all_markdown(item.sentences)}" for item in story.items]
        blocks.append(print_all_markdown(story.closing))
    for own in content.all_lists:
        blocks += [f"## {own.title}", *(f"- {print_all_markdown(item.sentences)}" for item in own.items)]
    if content.also:
        blocks += ["## Also", *(f"- {print_all_markdown(item.sentences)}" for item in content.also)]
    last = [sentence for sentence in (content.more, content.dependencies, *content.coming, *content.people) if sentence]
    blocks += ["## What comes next", print_all_markdown(last), "---"]
    blocks.append(print_markdown(content.counts) if content.counts else "")
    return "\n\n".join(block for block in blocks if block) + "\n"


def print_comparison(name: str, text: str, reference: str) -> None:
    """Print which parts of a reference edition the text has too."""
    digest = reference.split("\n# X post", maxsplit=1)[0].split("\n# Ground", maxsplit=1)[0]
    print(
        f"== {name}: {len(text.split())} words\n   ours:   {text.splitlines()[0]}\n   theirs: {digest.splitlines()[0]}"
    )
    own_box = "\n".join(_list_rows(text))
    for label, wanted in (
        ("box rows", _list_box(digest)),
        ("headings", _list_headings(digest)),
        ("quotations", _list_quotations(digest)),
    ):
        missing = [item for item in wanted if not _has_part(own_box if label == "box rows" else text, item)]
        print(f"   {label}: {len(wanted) - len(missing)} of {len(wanted)}")
        for item in missing[:6] if label != "quotations" else ():
            print(f"     missing: {item[:110]}")


def _list_box(text: str) -> list[str]:
    """Return the key of each row of the box: its first link, else its first quotation, else its words."""
    return [_find_essence(row) for row in _list_rows(text)]


def _list_rows(text: str) -> list[str]:
    pattern = r"\n## (?:Action needed|Before you upgrade|Blocked or broken)\n(.*?)(?=\n## |\n---)"
    match = re.search(pattern, text, re.DOTALL)
    return re.findall(r"^- (.*)$", match[1], re.MULTILINE) if match else []


def _find_essence(row: str) -> str:
    if match := re.search(r"\]\((https?://[^)]+)\)", row):
        return match[1]
    match = re.search(r"“([^”]+)”", row)
    return match[1] if match else row[:60]


def _list_headings(text: str) -> list[str]:
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    return [heading for heading in headings if not re.match(FIXED_HEADINGS, heading)]


def _list_quotations(text: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"“([^”]{15,})”", text)))


def _has_part(text: str, part: str) -> bool:
    plain = _strip_links(part)
    if part in text or plain in text:
        return True
    headings = [_strip_links(heading).lower() for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)]
    return any(plain.lower() in heading or _is_alike(plain.lower(), heading) for heading in headings)


def _is_alike(first: str, second: str) -> bool:
    return SequenceMatcher(None, first, second).ratio() >= MIN_LIKENESS


def _strip_links(text: str) -> str:
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)


if __name__ == "__main__":
    main()
