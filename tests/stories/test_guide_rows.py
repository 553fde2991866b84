"""Rows of the box from guides to the versions of releases."""

from datetime import UTC, datetime

import pytest

from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import GUIDE_HEADING, SourceText
from sparky_assets.stories.models import PeriodStories, ReleaseNote
from sparky_assets.stories.printing.box.rows import build_box
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.verify import StoryVerifier
from tests.stories.record_helpers import make_record

RELEASE = ReleaseNote(
    key="release:acme/pier@v3.0.0", repository="acme/pier", tag="v3.0.0", version="3.0.0", title="3.0.0",
    url="https://github.com/acme/pier/releases/tag/v3.0.0", published_at=datetime(2026, 3, 9, tzinfo=UTC),
    is_prerelease=False, source="notes:acme/pier@v3.0.0",
)  # fmt: skip

PAGE = "https://github.com/acme/pier/blob/0a1b/UPGRADING.md#L3-L9"


def make_sources(notes: str, guide: str) -> dict[str, SourceText]:
    sources = [
        SourceText(
            key="notes:acme/pier@v3.0.0", kind="release_notes", repository="acme/pier", text=notes, title="v3.0.0"
        ),
        SourceText(
            key="guide:acme/pier@v3.0.0", kind="release_notes", repository="acme/pier", text=guide, title="v3.0.0",
            heading=f"{GUIDE_HEADING}Upgrading to 3.0", url=PAGE,
        ),
    ]  # fmt: skip
    return {source.key: source for source in sources}


@pytest.mark.parametrize(
    ("notes", "guide", "rows"),
    [
        ("- Draw maps\n", "- `drawMap` has been removed.\n", ["`drawMap` has been removed."]),
        ("### Removed\n\n- `drawMap` of the old pier\n", "- The `drawMap` method of the pier has been removed.\n", []),
        ("### Removed\n\n- Support for gas lamps\n", "- Support for gas lamps has been removed.\n", []),
        ("### Removed\n\n- Support for gas lamps\n", "- Dropped support for oil lamps\n", ["oil"]),
        (
            "### Changed\n\n- Changed the `PierMap` extension to render the map once and share it across all harbors\n",
            "- In `harbor` mode the map is now rendered a single time and that one is shared across every harbor.\n",
            [],
        ),
        ("- Draw maps\n", "- If you draw large maps, we now recommend setting the new `max_maps` option.\n", []),
        (
            "- Draw maps\n",
            "- If you set maps, you must override `drawMap` instead.\n"
            "- If you set maps, you must override `drawPier` instead.\n",
            ["drawMap", "drawPier"],
        ),
    ],
)
def test_guide_adds_rows_that_the_notes_do_not_say(notes: str, guide: str, rows: list[str]) -> None:
    sources = make_sources(notes, guide)
    box = build_box([RELEASE], [], QuotationChooser(DocumentLibrary(sources)))
    quoted = [part for row in box for part in row.sentences[0].parts if part.quotation]
    added = [part for part in quoted if part.quotation and part.quotation.source.startswith("guide:")]
    assert len(added) == len(rows)
    assert all(row in part.text for row, part in zip(rows, added, strict=True))
    assert all(part.url == PAGE for part in added)


def test_guide_adds_no_row_to_one_of_a_change() -> None:
    change = make_record(1, "feat!: drop the `drawMap` method", releases=("v3.0.0",)).change
    sources = make_sources("- Draw maps\n", "- The `drawMap` method was dropped.\n\n")
    marked = change.model_copy(update={"is_marked_breaking": True, "repository": "acme/pier"})
    assert len(build_box([RELEASE], [marked], QuotationChooser(DocumentLibrary(sources)))) == 1


def test_page_of_a_guide_passes_the_check() -> None:
    sources = make_sources("- Draw maps\n", "- `drawMap` has been removed.\n")
    (row,) = build_box([RELEASE], [], QuotationChooser(DocumentLibrary(sources)))
    stories = PeriodStories(releases=(RELEASE,), sources=tuple(sources.values()))
    assert list(StoryVerifier(stories).verify(row.sentences[0])) == []
