"""Check templates: render each with a sample that has every kind of sentence, and verify the text."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from sparky_assets.digests.compose import DigestOptions, ProductInputs, build_manifest, render_within_limits
from sparky_assets.digests.editions import Edition
from sparky_assets.digests.models import PictureFile, Product, list_products
from sparky_assets.digests.verify.verify import find_ungrounded
from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import SourceText
from sparky_assets.errors import DataError
from sparky_assets.insights.models import Insight
from sparky_assets.metrics.models import SCOPE_ALL, Fact
from sparky_assets.periods import PeriodKind, period_of_day
from sparky_assets.store import Audience
from sparky_assets.stories.assemble import build_period_stories
from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.models import Change, ReleaseNote, StoryGroup
from sparky_assets.stories.signals import read_signals
from sparky_assets.stories.titles.parts import normalize_title
from sparky_assets.text.phrases import load_phrases

SAMPLE_PAGE_URL = "https://blog.example.org/2025/11/page"
MIN_LOCATED_CHARACTERS = 6
"""Characters of a problem that are looked for in the owner's templates; fewer would be found anywhere."""

SAMPLE_DAY = date(2025, 11, 12)
SAMPLE_TIME = datetime(2025, 11, 12, 12, tzinfo=UTC)
SAMPLE_NOTES = """Tool 1.2 reads compressed files.

### Breaking changes

- The old format is refused (#5). Use `tool convert` to read it.

### Features

- Compressed files are read.

The option `--old` will be removed in the next release.
"""
SAMPLE_BODY = """## What changes

You can now add `x` for all tools with one command, because the option is read from the settings.

```console
$ tool add x
```

BREAKING CHANGE: call `tool add --all` instead of `tool add`.
"""
SAMPLE_FAULT = "Previously, y failed with an error when a file was empty, so that nothing was written."
SAMPLE_PICTURES = tuple(
    PictureFile(name=name, suffix="svg", file=f"sample-{name}.svg", alt=f"The {name} of a sample.", sha256="")
    for name in ("activity", "repositories", "flow", "calendar", "featured")
)


def build_sample(kind: PeriodKind) -> Insight:
    """Build an insight with stories of every shape, and with markup wherever a real one can have it."""
    period = period_of_day(kind, SAMPLE_DAY)
    changes = (
        _make_change(5, "feat!: add `x` for *all*", "Ada", "acme/tool"),
        _make_change(6, "fix: stop y from <b>failing</b>", "Bob", "acme/web"),
        _make_change(7, "Document z", "Ada", "acme/tool"),
    )
    notes = SourceText(key="notes:acme/tool@v1.2.0", kind="release_notes", repository="acme/tool", text=SAMPLE_NOTES)
    messages = (
        SourceText(key="body:acme/tool#5", kind="message", repository="acme/tool", text=SAMPLE_BODY, title="Add x"),
        SourceText(key="body:acme/web#6", kind="message", repository="acme/web", text=SAMPLE_FAULT, title="Stop y"),
    )
    library = DocumentLibrary({source.key: source for source in (notes, *messages)})
    release = ReleaseNote(
        key="release:acme/tool@v1.2.0", repository="acme/tool", tag="v1.2.0", version="1.2.0", title="v1.2.0",
        url="https://github.com/acme/tool/releases/tag/v1.2.0", published_at=SAMPLE_TIME, is_prerelease=False,
        has_own_date=True, source=notes.key,
    )  # fmt: skip
    records = [ChangeRecord(change, "", read_signals(change.title, "")) for change in changes]
    groups = [
        StoryGroup(id=str(change.number), kind="feature", head=change.key, changes=(change.key,),
                   repositories=(change.repository,), people=(change.author or "",))
        for change in changes
    ]  # fmt: skip
    values = {"commits": 2, "people": 1, "repositories": 2, "changes": 4, "releases": 1}
    facts = [
        Fact(metric=name, scope=SCOPE_ALL, value=value, unit="count", sources=()) for name, value in values.items()
    ]
    return Insight(
        period=period, window=period.window("UTC"), mode="rules", organisation="Acme", claims=(), evidence=(),
        facts=tuple(facts), unreadable=("acme/gone",), notes=("acme/web is a shallow clone",), records=4,
        stories=build_period_stories(records, groups, [release], library, "UTC"),
    )  # fmt: skip


def check_templates(folders: Sequence[Path]) -> Iterator[str]:
    """Yield the problems of phrases and templates: faults with file and line, and sentences that no record has."""
    try:
        load_phrases(folders)
    except DataError as error:
        yield str(error)
        return
    for kind in PeriodKind:
        for product in list_products(kind):
            yield from _check_template(product, build_sample(kind), folders)


def _check_template(product: Product, insight: Insight, folders: Sequence[Path]) -> Iterator[str]:
    urls: dict[str, str | None] = {"acme/tool": "https://github.com/acme/tool", "acme/web": None}
    edition = Edition(insight, 2, ("Commits: 2 (1 in the first edition).",), "page-first-edition.md")
    options = DigestOptions(
        product,
        Audience.INTERNAL,
        SAMPLE_PICTURES,
        page_url=SAMPLE_PAGE_URL,
        corrections=edition.corrections,
        first_edition_file=edition.first_edition_file,
    )
    try:
        rendered = render_within_limits(insight, options, folders, "quartz")
    except DataError as error:
        yield f"{product} of a {insight.period.kind.noun}: {error}"
        return
    manifest = build_manifest(rendered, ProductInputs(insight, "", urls), edition)
    for problem in find_ungrounded(rendered.text, manifest, insight):
        location = _find_template_line(problem.partition(": ")[2], folders[:-1])
        yield f"{location or f'{product} of a {insight.period.kind.noun}'}: {problem}"


def _find_template_line(quoted: str, own_folders: Sequence[Path]) -> str:
    """Return the file and line of a template of the owner that begins a quoted text; empty if none has it."""
    start = quoted[:MIN_LOCATED_CHARACTERS]
    if len(start) < MIN_LOCATED_CHARACTERS:
        return ""
    for folder in own_folders:
        for file in sorted(folder.rglob("*.j2")):
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                if start in line:
                    return f"{file}, line {number}"
    return ""


def _make_change(number: int, title: str, author: str, repository: str) -> Change:
    parts = normalize_title(title)
    return Change(
        key=f"pr:{repository}#{number}", repository=repository, number=number, sha=f"{number}" * 40,
        url=f"https://github.com/{repository}/pull/{number}", raw_title=title, title=parts.title, type=parts.type,
        is_marked_breaking=parts.breaking, author=author, author_key=author, landed_at=SAMPLE_TIME,
        is_first_contribution=author == "Bob", sources=(f"body:{repository}#{number}",),
    )  # fmt: skip
