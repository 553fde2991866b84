"""What is printed about a release from its notes: the headline, and features in the words of their authors."""

from datetime import UTC, datetime

import pytest

from sparky_assets.documents.models import SourceText
from sparky_assets.documents.parse import parse_document
from sparky_assets.stories.models import ReleaseNote
from sparky_assets.stories.printing.box import quote_item
from sparky_assets.stories.printing.release_text import build_headline
from sparky_assets.stories.printing.sentences import simplify_quotation

RELEASE = ReleaseNote(
    key="release:acme/tool@2.1", repository="acme/tool", tag="2.1", version="2.1", title="2.1",
    url="https://github.com/acme/tool/releases/tag/2.1", published_at=datetime(2026, 3, 9, tzinfo=UTC),
    is_prerelease=False,
)  # fmt: skip


def headline_of(*features: str) -> str:
    text = "Breaking changes:\n\n* Remove the old map.\n\nFeatures:\n\n" + "".join(f"* {text}\n" for text in features)
    source = SourceText(key="k", kind="release_notes", repository="acme/tool", text=text)
    return build_headline(RELEASE, parse_document(source))


def test_headline_names_the_first_short_feature() -> None:
    long = "Add a public `Range` API that holds the versions that a set of specifiers accepts. (#1)"
    assert (
        headline_of(long, "Sell tickets at night. (#2)")
        == "tool 2.1 is out: Sell tickets at night and one breaking change"
    )


def test_headline_counts_features_that_are_too_long_to_name() -> None:
    long = "Add a public `Range` API that holds the versions that a set of specifiers accepts. (#1)"
    assert headline_of(long, "PEP 808: accept it. (#2)") == "tool 2.1 is out: one breaking change and two new features"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Use [`draw`](https://x.y/draw) and [the map](https://x.y/map)", "Use `draw` and the map"),
        ("The code `[a](b)` stays, `\\d+` too", "The code `[a](b)` stays, `\\d+` too"),
        ("A tilde (\\`~1.2.\\*\\`) matches 1\\.2", "A tilde (`~1.2.*`) matches 1.2"),
    ],
)
def test_quotation_shows_no_markup_of_its_source(text: str, shown: str) -> None:
    assert simplify_quotation(text) == shown


@pytest.mark.parametrize(
    "item",
    [
        "[`9c8692a`](https://x.y/commit/9c8692a) [#8](https://x.y/pull/8) include prereleases in ranges (#8) (@ada)",
        "include prereleases in ranges ([#8](https://x.y/issues/8)) ([9c8692a](https://x.y/commit/9c8692a))",
    ],
)
def test_item_is_quoted_without_its_commit_and_number(item: str) -> None:
    text = f"### Bug Fixes\n\n* {item}\n"
    document = parse_document(SourceText(key="k", kind="release_notes", repository="acme/tool", text=text))
    quoted = quote_item(document, document.sentences[0])
    assert quoted is not None and quoted.text == "include prereleases in ranges"


def test_quotation_shows_restructuredtext_as_its_documentation_does() -> None:
    text = (
        "Add :class:`~acme.maps.Range` and :meth:`Map.draw() <acme.maps.Map.draw>`, see :mod:`acme.maps` and ``x * y``."
    )
    assert simplify_quotation(text) == "Add `Range` and `Map.draw()`, see `acme.maps` and `x * y`."
