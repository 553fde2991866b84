"""Draw the sequence diagrams of docs/architecture.md from the steps below.

`python -m tools.sequence_diagrams` writes docs/sequence-*.svg; a test compares them with what this module draws, and
checks that every module that a step names exists.
"""

from dataclasses import dataclass
from html import escape
from pathlib import Path

FOLDER = Path("docs")
COLUMN_WIDTH, STEP_HEIGHT, TOP, LEFT = 170, 44, 64, 90
BOX_WIDTH, BOX_HEIGHT = 150, 28
STYLE = "text{font:12px sans-serif;fill:#222}.b{font-weight:bold}.m{fill:#666;font-size:11px}"


@dataclass(frozen=True)
class SequenceDiagram:
    """Participants from left to right, and the steps between them from top to bottom.

    Attributes:
        name: part of the file name.
        title: what a screen reader says.
        participants: pairs of a name and the module or service behind it.
        steps: triples of the numbers of two participants and what passes; equal numbers are work inside one.
    """

    name: str
    title: str
    participants: tuple[tuple[str, str], ...]
    steps: tuple[tuple[int, int, str], ...]


PULL_REQUEST_TYPES = (
    ("sparky_assets/raw/github/responses.py", "GitHubPullRequest", "GitHub's answer, validated"),
    ("sparky_assets/raw/github/items.py", "LoadedItem", "with all pages of its reviews and events"),
    ("sparky_assets/raw/github/rows.py", "RowBuffer", "its rows, each in the table of its day"),
    ("sparky_assets/raw/window.py", "RawWindow", "the rows of a period and an audience"),
    ("sparky_assets/stories/models.py", "Change", "what was done, where, by whom"),
    ("sparky_assets/stories/changes.py", "ChangeRecord", "with its message and signals"),
    ("sparky_assets/stories/rank.py", "RankedChange", "with its place and points"),
    ("sparky_assets/stories/models.py", "StoryGroup", "with the changes of the same story"),
    ("sparky_assets/stories/models.py", "Story", "headline and sentences"),
    ("sparky_assets/stories/models.py", "StorySentence", "slots and quoted spans, each with its source"),
    ("sparky_assets/stories/models.py", "PeriodStories", "all stories of a period, as they are stored"),
    ("sparky_assets/stories/printing/edition.py", "EditionContent", "what one kind of text prints"),
    ("sparky_assets/digests/models.py", "Digest", "what a template gets"),
    ("sparky_assets/digests/compose.py", "RenderedProduct", "the text of a product, verified"),
)
"""The types that hold a merged pull request between GitHub's answer and the printed sentence, in order."""


DIAGRAMS = (
    SequenceDiagram(
        "pull-request",
        "The way of a merged pull request from GitHub to a commit in the docs repository",
        (
            ("GitHub", "GraphQL API"),
            ("Collect", "raw/github/collect.py"),
            ("Store", "resources/storage.py"),
            ("Count", "metrics/compute.py"),
            ("Stories", "stories/assemble.py"),
            ("Write", "digests/compose.py"),
            ("Publish", "publications/publish.py"),
        ),
        (
            (1, 0, "ids of items updated in the window"),
            (0, 1, "the pull request, its reviews and events"),
            (1, 2, "rows of its day: raw/pull_requests"),
            (2, 3, "raw days of the period"),
            (3, 2, "facts: metrics/daily"),
            (2, 4, "raw rows and facts"),
            (4, 4, "changes, groups, order, sentences"),
            (4, 2, "stories with their documents: insights/daily"),
            (2, 5, "stories"),
            (5, 5, "lay out, render, verify"),
            (5, 2, "Markdown and manifest: digests/daily"),
            (2, 6, "texts; checks run again"),
            (6, 2, "ledger: publications/daily"),
        ),
    ),
    SequenceDiagram(
        "setting",
        "The way of a setting from the file to the asset that uses it",
        (
            ("Operator", "sparky.toml, SPARKY_*"),
            ("Load", "settings/load.py"),
            ("Schema", "settings/schema.py"),
            ("Definitions", "definitions.py"),
            ("Asset", "metrics/assets.py"),
        ),
        (
            (0, 1, "file, environment, secret files"),
            (1, 2, "merged values"),
            (2, 2, "types and limits; unknown names refused"),
            (2, 1, "Settings, immutable"),
            (1, 3, "build_defs(settings)"),
            (3, 4, "settings.calendar, settings.people"),
            (4, 4, "materialize a partition"),
        ),
    ),
    SequenceDiagram(
        "reader-request",
        "The way of a request to the reader",
        (
            ("Browser", "GET /week/2025-W46"),
            ("Middleware", "reader/auth.py"),
            ("Page", "reader/pages/digests.py"),
            ("Library", "reader/library.py"),
            ("Cache", "reader/cached_store.py"),
            ("Store", "resources/storage.py"),
        ),
        (
            (0, 1, "request with cookie or token"),
            (1, 1, "audience: internal or public"),
            (1, 2, "allowed request"),
            (2, 3, "digest of a period"),
            (3, 4, "Markdown, insight, manifest"),
            (4, 5, "only what changed since"),
            (5, 4, "bytes"),
            (4, 3, "documents; hidden periods left out"),
            (3, 2, "sentences with evidence"),
            (2, 0, "HTML with ETag, or 304"),
        ),
    ),
)


def draw_diagram(diagram: SequenceDiagram) -> str:
    """Return one diagram as SVG."""
    height = TOP + 30 + STEP_HEIGHT * len(diagram.steps)
    width = LEFT * 2 + COLUMN_WIDTH * (len(diagram.participants) - 1)
    body = [
        line for number, names in enumerate(diagram.participants) for line in _draw_participant(number, names, height)
    ]
    for number, (source, target, text) in enumerate(diagram.steps):
        body += _draw_step(TOP + 30 + STEP_HEIGHT * number, source, target, text)
    arrow = '<marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(diagram.title)}">\n<style>{STYLE}</style>\n'
        f'<defs>{arrow}<path d="M0 0 8 4 0 8z" fill="#444"/></marker></defs>\n'
        '<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _get_x(number: int) -> int:
    return LEFT + number * COLUMN_WIDTH


def _draw_participant(number: int, names: tuple[str, str], height: int) -> list[str]:
    x = _get_x(number)
    name, module = names
    return [
        f'<line x1="{x}" y1="{TOP - 4}" x2="{x}" y2="{height - 6}" stroke="#bbb" stroke-dasharray="4 4"/>',
        f'<rect x="{x - BOX_WIDTH // 2}" y="10" width="{BOX_WIDTH}" height="{BOX_HEIGHT + 14}" rx="4" fill="#e3eef7" '
        'stroke="#555"/>',
        f'<text class="b" x="{x}" y="28" text-anchor="middle">{escape(name)}</text>',
        f'<text class="m" x="{x}" y="44" text-anchor="middle">{escape(module)}</text>',
    ]


def _draw_step(y: int, source: int, target: int, text: str) -> list[str]:
    start, end = _get_x(source), _get_x(target)
    if source == target:
        path = f"M{start} {y}h18v12h-16"
        return [
            f'<path d="{path}" fill="none" stroke="#444" marker-end="url(#a)"/>',
            *_draw_label(start + 24, y + 4, text, "start"),
        ]
    line = f'<line x1="{start}" y1="{y}" x2="{end}" y2="{y}" stroke="#444" marker-end="url(#a)"/>'
    return [line, *_draw_label((start + end) // 2, y - 6, text, "middle")]


def _draw_label(x: int, y: int, text: str, anchor: str) -> list[str]:
    """A label on a white ground, so that it stays readable where it crosses a lifeline."""
    half = len(text) * 3.2
    left = x - half if anchor == "middle" else x
    return [
        f'<rect x="{left - 2:.0f}" y="{y - 11}" width="{2 * half + 4:.0f}" height="15" fill="#fff" opacity="0.85"/>',
        f'<text class="m" x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>',
    ]


def format_types() -> str:
    """Return the types that a pull request passes as a Markdown table."""
    rows = [
        f"| {number} | `{name}` | `{path.removeprefix('sparky_assets/')}` | {text} |"
        for number, (path, name, text) in enumerate(PULL_REQUEST_TYPES, 1)
    ]
    return "\n".join(["| | type | module | holds |", "|---|---|---|---|", *rows])


def main() -> None:
    """Write the diagrams."""
    for diagram in DIAGRAMS:
        (FOLDER / f"sequence-{diagram.name}.svg").write_text(draw_diagram(diagram))


if __name__ == "__main__":
    main()
