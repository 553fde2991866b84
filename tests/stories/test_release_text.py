"""Text about a release from its notes: the headline, and features in the words of their authors."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from resources.git.log import GitTag
from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import ParsedDocument, Quotation, SourceText
from sparky_assets.documents.note_kinds import is_internal
from sparky_assets.documents.notes import list_note_items
from sparky_assets.documents.parse import parse_document
from sparky_assets.documents.states import tells_past_state
from sparky_assets.stories.assemble import build_period_stories
from sparky_assets.stories.changes import index_by_number
from sparky_assets.stories.grouping.stories import build_stories
from sparky_assets.stories.models import Change, PeriodStories, ReleaseNote
from sparky_assets.stories.printing.box.rows import build_box
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.releases.contents import tell_contained
from sparky_assets.stories.printing.releases.counts import count_note_items
from sparky_assets.stories.printing.releases.headline import build_headline
from sparky_assets.stories.printing.releases.item_quotes import quote_item, trim_references
from sparky_assets.stories.printing.releases.items import list_release_items
from sparky_assets.stories.printing.releases.layout import list_other_releases
from sparky_assets.stories.printing.releases.noted import find_note_items
from sparky_assets.stories.printing.releases.summary import tell_release
from sparky_assets.stories.printing.sentences import name_release, simplify_quotation
from sparky_assets.stories.printing.verify import find_problems
from sparky_assets.stories.releases import build_releases
from sparky_assets.stories.titles.parts import normalize_title, split_area
from tests.stories.record_helpers import make_record
from tests.strategies.git_history import WEEK, RepositoryLog, World, commit

RELEASE = ReleaseNote(
    key="release:acme/tool@2.1", repository="acme/tool", tag="2.1", version="2.1", title="2.1",
    url="https://github.com/acme/tool/releases/tag/2.1", published_at=datetime(2026, 3, 9, tzinfo=UTC),
    is_prerelease=False,
)  # fmt: skip


def headline_of(*features: str) -> str:
    text = "Breaking changes:\n\n* Remove the old map.\n\nFeatures:\n\n" + "".join(f"* {text}\n" for text in features)
    source = SourceText(key="k", kind="release_notes", repository="acme/tool", text=text)
    return build_headline(RELEASE, parse_document(source)).text


def test_first_release_for_months_names_the_one_before_it() -> None:
    chooser = QuotationChooser(DocumentLibrary({}))
    last = RELEASE.model_copy(update={"last_tag": "v2.0", "last_at": datetime(2024, 12, 1, tzinfo=UTC)})
    assert tell_release(last, chooser, "UTC")[0].text == (
        "tool 2.1 is out, the first release since 2.0 of December 1, 2024."
    )
    dated = last.model_copy(update={"has_own_date": True})
    assert tell_release(dated, chooser, "UTC")[0].text == (
        "tool 2.1 was released on Monday, March 9, the first release since 2.0 of December 1, 2024."
    )
    recent = last.model_copy(update={"last_at": datetime(2025, 6, 1, tzinfo=UTC)})
    assert tell_release(recent, chooser, "UTC")[0].text == "tool 2.1 is out."


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("First stable release!", ["Its notes say: “First stable release!”"]),  # bubbletea 1.0.0
        ("First stable release!\n\nIt draws every map of the harbour now.", []),
    ],
)
def test_notes_of_one_line_are_quoted(text: str, quoted: list[str]) -> None:
    source = SourceText(key="k", kind="release_notes", repository="acme/tool", text=text)
    chooser = QuotationChooser(DocumentLibrary({"k": source}))
    sentences = tell_release(RELEASE.model_copy(update={"source": "k"}), chooser, "UTC")
    assert [own.text for own in sentences if "stable" in own.text] == quoted
    assert build_headline(RELEASE, parse_document(source)).text.endswith(": First stable release") is bool(quoted)


@pytest.mark.parametrize(("is_annotated", "has_date"), [(True, True), (False, False)])
def test_annotated_tag_has_a_date_of_its_own(*, is_annotated: bool, has_date: bool) -> None:
    own = commit(1, "Draw the map")
    tag = GitTag("v1.0", own.sha, "Ada", "ada@example.com", own.committed_at, "First stable release!", is_annotated)
    window = World(WEEK, (RepositoryLog("acme/tool", None, "ok", (own,), (tag,)),)).raw()
    assert [release.has_own_date for release in build_releases(window)] == [has_date]


@pytest.mark.parametrize(
    ("noted", "printed"),
    [
        ("2026-03-08", "tool 2.1 was released on Sunday, March 8."),
        ("2026-03-11", "tool 2.1 was released on Wednesday, March 11."),
        ("2026-03-05", "tool 2.1 is out."),
        ("2026-03-30", "tool 2.1 is out."),
    ],
)
def test_release_is_not_older_than_its_commit(noted: str, printed: str) -> None:
    """The notes of open-prices 1.100.0 have March 20, and the tagged commit is of the 24th."""
    text = f"## 2.1 ({noted})\n\n- Add night maps of the harbour\n"
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text, heading=f"2.1 ({noted})")
    release = RELEASE.model_copy(update={"source": "notes"})
    sentences = tell_release(release, QuotationChooser(DocumentLibrary({"notes": source})), "UTC")
    assert sentences[0].text == printed


def test_items_below_a_technical_heading_are_for_the_project() -> None:
    document = make_document("### Features\n\n- Add maps\n\n### Technical\n\n- Remove the old action of labels\n")
    assert [is_internal(item) for item in list_note_items(document)] == [False, True]


def test_headline_names_the_first_short_feature() -> None:
    long = "Add a public `Range` API that holds the versions that a set of specifiers accepts. (#1)"
    assert (
        headline_of(long, "Sell tickets at night. (#2)")
        == "tool 2.1 is out: Add a public Range API; Sell tickets at night; one breaking change"
    )


def test_headline_counts_features_that_are_too_long_to_name() -> None:
    long = "Add ranges of all the versions of all packages a set of specifiers accepts as a public API. (#1)"
    assert headline_of(long, "PEP 808: accept it. (#2)") == "tool 2.1 is out: Remove the old map; two new features"


@pytest.mark.parametrize(
    ("breaking", "headline"),
    [
        (
            "* Drop support for Python 3.8.\n* Rename all the flags.\n",
            "Drop support for Python 3.8; one more breaking change",
        ),
        ("* Drop support for Python 3.8.\n", "Drop support for Python 3.8; one removal"),
        ("* Drop it.\n* Rename flags.\n", "Remove the old map; two breaking changes"),
    ],
)
def test_headline_of_two_kinds_of_consequences_names_the_first(breaking: str, headline: str) -> None:
    text = f"Breaking changes:\n\n{breaking}\nRemoved:\n\n* Remove the old map.\n"
    source = SourceText(key="k", kind="release_notes", repository="acme/tool", text=text)
    assert build_headline(RELEASE, parse_document(source)).text == f"tool 2.1 is out: {headline}"


def test_headline_names_a_breaking_change_before_an_addition_by_verb() -> None:
    document = make_document("* Drop support for Python 3.8.\n* Add a public method to the map.\n")
    assert build_headline(RELEASE, document).text == "tool 2.1 is out: Drop support for Python 3.8"


def test_headline_of_an_advisory_and_a_break_names_the_break_without_news() -> None:
    text = "Security:\n\n* Fix CVE-2026-12345 in maps.\n\nBreaking changes:\n\n* Drop support for Python 3.8.\n"
    source = SourceText(key="k", kind="release_notes", repository="acme/tool", text=text)
    headline = build_headline(RELEASE, parse_document(source)).text
    assert headline == "tool 2.1 is out: Drop support for Python 3.8; one CVE fix"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Use [`draw`](https://x.y/draw) and [the map](https://x.y/map)", "Use `draw` and the map"),
        ("The code `[a](b)` stays, `\\d+` too", "The code `[a](b)` stays, `\\d+` too"),
        ("The sign &raquo; of maps&nbsp;at night, not `&amp;` &zwj;", "The sign » of maps at night, not `&amp;` &zwj;"),
        ("Rule [insecure-url-scheme] and [`Map`] of [the pier][p]", "Rule [insecure-url-scheme] and `Map` of the pier"),
        ("[night-maps] Draw `a` in [tool-map]", "[night-maps] Draw `a` in [tool-map]"),  # sea-orm
        ("In :pr:`11220` and :ticket:`#976`, :issue:`x y`", "In #11220 and #976, `x y`"),  # pytest, psycopg
        (
            ":rfc:`9110#section-5.5`, :RFC:`9112`, :cve:`2026-3644`, :pep:`8`",
            "RFC 9110 Section 5.5, RFC 9112, CVE-2026-3644, PEP 8",
        ),  # aiohttp
        ("Keep a[no-x], [moon] and [x: y] in `[no-x]`", "Keep a[no-x], [moon] and [x: y] in `[no-x]`"),
        ("See xref:maps.adoc#night[night maps] and `+map(*)+`", "See night maps and `map(*)`"),
        ("Print (`:heavy_mark:` & `:x:`) as they are", "Print (`:heavy_mark:` & `:x:`) as they are"),
        ("A tilde (\\`~1.2.\\*\\`) matches 1\\.2", "A tilde (`~1.2.*`) matches 1.2"),
        (
            "Call `~Map.draw()` of |map.piers|, not `|a|` or `~/maps`",
            "Call `draw()` of map.piers, not `|a|` or `~/maps`",
        ),
        ("Use `^0.16.0` or `~0.16.0`.", "Use `^0.16.0` or `~0.16.0`."),  # esbuild
        ("Map.__len__ and __repr__ of __Maps__, [a-m-z]", "Map.__len__ and __repr__ of Maps, [a-m-z]"),
        ("Call draw(*maps, **lamps) and **dock** now", "Call draw(*maps, **lamps) and dock now"),
        ("See :ref:`night maps<maps-night>` at night", "See `night maps` at night"),
    ],
)
def test_quotation_shows_no_markup_of_its_source(text: str, shown: str) -> None:
    assert simplify_quotation(text) == shown


@pytest.mark.parametrize(
    "item",
    [
        "include prereleases in ranges, see #8 (@ada)",
        "include prereleases in ranges, see PR #8 (@ada)",
        "include prereleases in ranges, see issue #7 and PR #8 (@ada)",
        "(CVE-2024-31449) include prereleases in ranges (#8)",
        "[`9c8692a`](https://x.y/commit/9c8692a) [#8](https://x.y/pull/8) include prereleases in ranges (#8) (@ada)",
        "include prereleases in ranges ([#8](https://x.y/issues/8)) ([9c8692a](https://x.y/commit/9c8692a))",
        "include prereleases in ranges ([#8](https://x.y/pull/8) by [ada](https://x.y/ada))",
        "feat: include prereleases in ranges (https://x.y/acme/tool/pull/5133)",
        "include prereleases in ranges [#6878, Ada O'Neill]",
        "(#8) include prereleases in ranges",
        "include prereleases in ranges by @ada and @bob-2 in https://x.y/acme/tool/pull/8",
        "include prereleases in ranges ([#8](https://x.y/issues/8)) by [ada](https://x.y/ada)",
        "include prereleases in ranges in https://x.y/acme/tool/pull/8",
        "[BC] include prereleases in ranges (#8)",
        "include prereleases in ranges (#8) ([540fff91](https://x.y/commit/5), closes [#9](https://x.y/issues/9))",
        "🐛 include prereleases in ranges PR [#8](https://x.y/pull/8) by [@ada](https://x.y/ada).",
        "include prereleases in ranges ([#38e7651](https://x.y/commit/38e7651))",
        "feat: include prereleases in ranges (https://x.y/a/b/pull/5, https://x.y/a/b/pull/6 and https://x.y/a/b/pull/7)",
        "include prereleases in ranges (#8) (ada lovelace)",
        "include prereleases in ranges ([#8](https://x.y/issues/8)) [ada](https://x.y/ada))",
        "include prereleases in ranges (#8 ([9c8692a](https://x.y/commit/9c8692a))",
        "include prereleases in ranges [#8](https://x.y/pull/8) [@[a-bot[bot]](https://x.y/apps/a)](https://x.y/apps/a)",
        "include prereleases in ranges GHSA-6jcg-q3wp-x2f4 CVE-PENDING",
        "include prereleases in ranges (reported by Ada Lovelace in issue 8).",
        "include prereleases in ranges, a regression from #8.",
        "include prereleases in ranges — thanks @ada!",
        "[GHSA-527g-3w9m-29hv](https://x.y/GHSA-527g-3w9m-29hv): include prereleases in ranges reported by @ada",
        "[[#8]]: include prereleases in ranges [[@ada]]",
        "Fix #8: include prereleases in ranges",
        "[[CVE-2026-55404](https://x.y/CVE)] include prereleases in ranges",
        "- fix(ranges): include prereleases in ranges",
        "[include prereleases in ranges](https://x.y/commit/9c8692a) ([#8](https://x.y/8)) by [ada](https://x.y/ada)",
        "include prereleases in ranges (:pr:`8`, :pr:`9`) `Ada Lovelace`_",
        "include prereleases in ranges - [#8](https://x.y/pull/8), by @ada\n  Those of last year are old.",
        "include prereleases in ranges (#8, #9)\n  When one is old, it is left out.",
        "**include prereleases in ranges**: the range of a version ended before it (#8)",
    ],
)
def test_item_is_quoted_without_its_commit_and_number(item: str) -> None:
    text = f"### Bug Fixes\n\n* {item}\n"
    document = parse_document(SourceText(key="k", kind="release_notes", repository="acme/tool", text=text))
    quoted = quote_item(document, document.sentences[0])
    assert quoted is not None and quoted.text == "include prereleases in ranges"


@pytest.mark.parametrize(
    "item",
    [
        "keep the map (Windows)",
        "keep the map (without ``@classmethod``)",
        "fix a regression from #8",
        "keep the maps of [the city](https://x.y/city)",
        "support a module of @acme/tool",
        "change `show` to `list` (from the map)",
        "keep the map, and so on (`map.toml`)",
    ],
)
def test_words_of_an_item_that_are_no_credit_are_quoted(item: str) -> None:
    document = parse_document(SourceText(key="k", kind="release_notes", repository="acme/tool", text=f"* {item}\n"))
    quoted = quote_item(document, document.sentences[0])
    assert quoted is not None and quoted.text == item


def test_names_in_brackets_are_credit_where_most_items_end_with_them() -> None:
    items = [
        "Draw the map (Ada Lovelace)",
        "Sell tickets (Bob Moss, ada)",
        "Run on ships (Windows)",
        "Ring bells (moss)",
    ]

    def quote_all(lines: list[str]) -> list[str]:
        document = make_document("".join(f"* {line}\n" for line in lines))
        quotations = [quote_item(document, sentence) for sentence in document.sentences]
        return [quoted.text for quoted in quotations if quoted]

    assert quote_all(items) == ["Draw the map", "Sell tickets", "Run on ships (Windows)", "Ring bells"]
    others = ["Draw at noon", "Sell more", "Run on time", "Ring bells twice"]
    assert quote_all([items[0], *others]) == [items[0], *others]


@pytest.mark.parametrize(
    ("item", "shown"),
    [
        ("**map:** fix the scale (#8)", "**map:** fix the scale"),
        ("**map:** keep the scale where the city grows at night (#8)", "keep the scale where the city grows at night"),
        ("**fixed:** keep the scale (#8)", "keep the scale"),
    ],
)
def test_short_item_is_quoted_with_its_component(item: str, shown: str) -> None:
    document = make_document(f"### Bug Fixes\n\n* {item}\n")
    quoted = quote_item(document, document.sentences[0])
    assert quoted is not None and quoted.text == shown


def test_quotation_shows_restructuredtext_as_its_documentation_does() -> None:
    text = (
        "Add :class:`~acme.maps.Range` and :meth:`Map.draw() <acme.maps.Map.draw>`, see :mod:`acme.maps` and ``x * y``."
    )
    assert simplify_quotation(text) == "Add `Range` and `Map.draw()`, see `acme.maps` and `x * y`."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{func}`echo` takes a path.", "`echo` takes a path."),
        ("Payloads are {ref}`condensed <logging-condense>` now.", "Payloads are `condensed` now."),
        ("Use {py:class}`~acme.maps.Range` and {meth}`!draw`.", "Use `Range` and `draw`."),
        ("The value ${name}`x` and `{func}` stay.", "The value ${name}`x` and `{func}` stay."),
    ],
)
def test_quotation_shows_references_of_myst_as_its_documentation_does(text: str, shown: str) -> None:
    assert simplify_quotation(text) == shown


def make_document(text: str) -> ParsedDocument:
    return parse_document(SourceText(key="k", kind="release_notes", repository="acme/tool", text=text))


def test_headline_of_a_patch_names_its_worst_fix() -> None:
    items = (
        "**changed:** Sell tickets at night",
        "**fixed:** Wrong fares at noon",
        "**fixed:** Crash of empty timetables",
    )
    text = "".join(f"* {item}\n" for item in items)
    assert build_headline(RELEASE, make_document(text)).text == "tool 2.1 is out: Crash of empty timetables"


def test_headline_names_a_fix_below_a_heading_that_says_nothing() -> None:
    text = "### Output\n\n- Do not print twice\n- Fix crash on empty maps (#12)\n"
    document = make_document(text)
    assert build_headline(RELEASE, document).text == "tool 2.1 is out: Fix crash on empty maps"
    assert count_note_items(document) == [], "a verb is no ground for a count in print"


def test_headline_of_notes_without_headings_names_their_first_short_item() -> None:
    text = "- Faster maps for night ferries\n    - Night queries are up to 16x faster\n- Draw the lamps of a pier\n"
    headline = build_headline(RELEASE, make_document(text)).text
    assert headline.startswith("tool 2.1 is out: Faster maps for night ferries; Night queries are up to 16x faster")


def test_contents_of_a_longer_release_are_examples() -> None:
    changes = [make_record(number, f"Add map {number}").change for number in (1, 2, 3, 4)]
    assert tell_contained(RELEASE, changes).text == "In it: Add map 1, Add map 2, Add map 3, and one more change."
    longer = RELEASE.model_copy(update={"commit_count": 74})
    assert tell_contained(longer, changes).text == "Among its changes: Add map 1, Add map 2, and Add map 3."
    assert tell_contained(longer, changes, has_list=True).text == "Among its changes: Add map 1 and Add map 2."


@pytest.mark.parametrize(
    ("tag", "name"),
    [("tool-v2.1", "acme tool 2.1"), ("map-extra-v2.1", "map-extra 2.1"), ("@acme/pier@2.1", "@acme/pier 2.1")],
)
def test_release_of_a_package_has_the_name_of_the_package(tag: str, name: str) -> None:
    release = RELEASE.model_copy(update={"tag": tag, "version": "2.1"})
    assert name_release(release).text == name.removeprefix("acme ")


def test_headline_names_fixes_of_holes_before_what_is_new() -> None:
    """litestar 2.20.0 closed two holes, and its headline began with an option."""
    text = (
        "### Security\n\n- Fix path traversal in names of maps\n- Fix XSS in titles of maps\n\n"
        "### Features\n\n- Add night maps of all harbours\n"
    )
    headline = build_headline(RELEASE, make_document(text)).text
    assert headline == "tool 2.1 is out: two security fixes; add night maps of all harbours"


def test_update_of_libraries_speaks_for_no_notes() -> None:
    """sinon 22.0.0: “Among what its notes list: “Update Ruby gems (Carl-Erik Kopseng)””."""
    link = "- [`ed911df5`](https://example.org/commit/ed911df50d2967d52f9ca341f1f15c8b4def8878)\n  "
    text = f"{link}Update Ruby gems (Ada Low)\n{link}fix: correct the lamp (Bob Day)\n{link}Turn it (Ada Low)\n"
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text)
    release = RELEASE.model_copy(update={"source": "notes"})
    sentences = tell_release(release, QuotationChooser(DocumentLibrary({"notes": source})), "UTC")
    assert not any("Ruby gems" in sentence.text for sentence in sentences)


def test_notes_warn_of_an_upgrade_that_cannot_wait() -> None:
    text = "The parser of maps was hardened. Users should upgrade to the latest version as soon as possible.\n"
    library = DocumentLibrary(
        {"notes": SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text)}
    )
    release = RELEASE.model_copy(update={"source": "notes"})
    sentences = tell_release(release, QuotationChooser(library), "UTC")
    assert any("warn: “Users should upgrade" in sentence.text for sentence in sentences)


@pytest.mark.parametrize(
    ("item", "added"),
    [
        (
            "Support for Pier 4.\n\n  Pier 4 changed `lamp.light()`, which now always returns a dark lamp.\n"
            "  It mainly affects `map.draw()`.\n  [#7](https://example.org/7)",
            "Pier 4 changed `lamp.light()`, which now always returns a dark lamp. It mainly affects `map.draw()`.",
        ),
        (
            "Add night maps.\n  They are dark.\n  Previously, a map that was drawn at night had no roads at all.",
            "Previously, a map that was drawn at night had no roads at all.",
        ),
        ("Add night maps.\n  If something is missing that you need, open an issue.", None),
        ("Add night maps.\n  Contact the authors of the list to get help with maps in the dark.", None),
        ("Add night maps.\n  In the example above, the maps can omit their roads because of the night.", None),
        ("Add night maps.\n  Fixed a bug that caused a failure of maps without any roads.", None),
        ("Add night maps.\n  However, users of a lamp must light it now.", None),
        ("Add night maps.\n  They are drawn because users asked for them.", None),
        ("Add night maps.", None),
    ],
)
def test_further_words_of_the_item_in_the_headline_are_quoted(item: str, added: str | None) -> None:
    """The headline has all of the first sentence of structlog 25.4.0, and nothing said what Python 3.14 breaks."""
    text = f"### Added\n\n- {item}\n\n- `map.trace` now handles groups of errors.\n"
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text)
    release = RELEASE.model_copy(update={"source": "notes"})
    sentences = tell_release(release, QuotationChooser(DocumentLibrary({"notes": source})), "UTC")
    found = [sentence.text for sentence in sentences if sentence.template == "R-MORE"]
    assert found == ([f"Its notes add: “{added}”"] if added else [])


def test_further_words_of_an_item_are_not_said_away_from_its_headline() -> None:
    text = "### Added\n\n- Add night maps.\n  Previously, a map that was drawn at night had no roads at all.\n"
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text)
    release = RELEASE.model_copy(update={"source": "notes"})
    sentences = tell_release(release, QuotationChooser(DocumentLibrary({"notes": source})), "UTC")
    stories = PeriodStories(releases=(release,), release_sentences={release.key: sentences})
    (item,) = list_other_releases(stories, None, 3, frozenset(), ())
    assert not any("no roads" in sentence.text for sentence in item.sentences)


def test_item_that_urges_to_upgrade_is_a_row_of_the_box() -> None:
    text = "- Harden the parser of maps. Users should upgrade to the latest version as soon as possible.\n- Mend it\n"
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text)
    chooser = QuotationChooser(DocumentLibrary({"notes": source}))
    release = RELEASE.model_copy(update={"source": "notes"})
    sentences = tell_release(release, chooser, "UTC")
    assert not any("warn:" in sentence.text for sentence in sentences)
    (row,) = build_box([release], [], chooser)
    assert (row.mark, row.label) == ("Upgrade", "Upgrade")
    assert row.sentences[-1].text == "What to do: “Users should upgrade to the latest version as soon as possible.”"


def test_change_is_quoted_from_the_notes_that_name_it() -> None:
    text = "- Fix bug where night maps were split when the city had a river (#5)\n- Add river maps (#6)\n"
    library = DocumentLibrary(
        {"notes": SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text)}
    )
    changes = [make_record(5, "Fix #4 night explosion").change, make_record(6, "Add river maps").change]
    release = RELEASE.model_copy(update={"source": "notes"})
    chooser = QuotationChooser(library, None, find_note_items(changes, [release], library))
    (sentence,) = chooser.tell(changes[0], 2)
    assert sentence.text == "The notes say: “Fix bug where night maps were split when the city had a river”."
    assert chooser.tell(changes[1], 2) == [], "an item that repeats the title says nothing new"


def test_notes_that_call_an_item_an_enhancement_list_no_feature() -> None:
    text = "* [FEATURE] ui: Add night maps. #1\n* [ENHANCEMENT] Add a ruler. #2\n* [ENHANCEMENT] Add a scale. #3\n"
    document = make_document(text)
    assert count_note_items(document) == [(1, "feature"), (2, "improvement")]
    assert build_headline(RELEASE, document).text == "tool 2.1 is out: Add night maps; two improvements"


def test_headline_separates_a_feature_that_holds_an_and() -> None:
    text = "Breaking changes:\n\n* Drop the old map.\n\nFeatures:\n\n* sell tickets and draw maps\n"
    assert (
        build_headline(RELEASE, make_document(text)).text
        == "tool 2.1 is out: Sell tickets and draw maps; one breaking change"
    )


@pytest.mark.parametrize(
    "item",
    [
        "keep the map ([#8](https://x.y/8)) ([02421cd](https://x.y/c)), closes [#9](https://x.y/9) [#5](https://x.y)",
        "[BUGFIX] keep the map #8",
        "[BUG #8](https://x.y/8): keep the map",
        "keep the map\n  -- by :user:`ada` and :user:`bob`.",
        "keep the map -- by `ada`.",
    ],
)
def test_item_is_quoted_without_its_label_and_what_it_closes(item: str) -> None:
    document = make_document(f"### Bug Fixes\n\n* {item}\n")
    quoted = quote_item(document, document.sentences[0])
    assert quoted is not None and quoted.text == "keep the map"


def test_sentence_about_what_something_is_used_for_is_no_earlier_state() -> None:
    text = "This can be used to obtain the maps that the printer itself would normally draw at night."
    assert not tells_past_state(text)
    assert tells_past_state("The printer used to draw the maps of the city at noon.")
    (sentence,) = parse_document(SourceText(key="k", kind="message", repository="acme/tool", text=text)).sentences
    assert "fault" not in sentence.roles


def test_sentence_about_an_effect_is_no_state_before_the_change() -> None:
    text = "This makes it possible to check which night maps are ignored by the printer of the city."
    source = SourceText(
        key="message:acme/tool@1", kind="message", repository="acme/tool", text=text, title="Night maps"
    )
    change = make_record(1, "Add night maps", sources=("message:acme/tool@1",)).change
    (sentence,) = QuotationChooser(DocumentLibrary({source.key: source})).tell(change, 1)
    assert sentence.text.startswith("The message says: “This makes")


def test_sentence_about_handling_a_failure_is_no_earlier_state() -> None:
    text = "When a printer panics and the others shut down, we indicate as such and stop everything in the city."
    source = SourceText(key="message:acme/tool@1", kind="message", repository="acme/tool", text=text, title="Maps")
    change = make_record(1, "Print maps in parallel", sources=("message:acme/tool@1",)).change
    sentences = QuotationChooser(DocumentLibrary({source.key: source})).tell(change, 2)
    assert not [sentence.text for sentence in sentences if sentence.text.startswith(("Before:", "What went wrong:"))]


@pytest.mark.parametrize(
    ("notes", "page"),
    [
        ("* ``OldMap`` is deprecated. :issue:`12`\n", "issues/12"),
        ("* ``OldMap`` is deprecated. :pr:`12`\n", "pull/12"),
        ("* `OldMap` is deprecated, see issues #9 and #12.\n", "issues/9"),
        ("* `OldMap` is deprecated. (#12)\n", "pull/12"),
        ("* `OldMap` is deprecated ([#12](https://github.com/acme/tool/issues/12)).\n", "issues/12"),
    ],
)
def test_number_that_notes_call_an_issue_is_linked_as_one(notes: str, page: str) -> None:
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=f"Changes:\n\n{notes}")
    release = RELEASE.model_copy(update={"source": "notes"})
    (row,) = build_box([release], [], QuotationChooser(DocumentLibrary({"notes": source})))
    stories = PeriodStories(releases=(release,), box_rows=(row,), sources=(source,))
    assert [part.url for part in row.sentences[0].parts if part.url] == [f"https://github.com/acme/tool/{page}"]
    assert find_problems(row.sentences, (), stories) == {}


def test_quotation_printed_with_markup_by_an_earlier_version_is_exact() -> None:
    """Regression: a period lost four sentences when it was made again by a version that prints roles as code."""
    source = SourceText(
        key="notes",
        kind="release_notes",
        repository="acme/tool",
        text="Changes:\n\n* {func}`draw_map` is deprecated.\n",
    )
    release = RELEASE.model_copy(update={"source": "notes"})
    (row,) = build_box([release], [], QuotationChooser(DocumentLibrary({"notes": source})))
    stories = PeriodStories(releases=(release,), box_rows=(row,), sources=(source,))
    (now,) = row.sentences
    assert "“`draw_map` is deprecated.”" in now.text
    for shown, is_exact in (("{func}`draw_map` is deprecated.", True), ("`draw_map` is not deprecated.", False)):
        parts = [part.model_copy(update={"text": f"“{shown}”"}) if part.quotation else part for part in now.parts]
        earlier = now.model_copy(update={"parts": tuple(parts)})
        assert (find_problems((earlier,), (), stories) == {}) is is_exact


def _quote_from_notes(text: str) -> list[str]:
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text)
    release = RELEASE.model_copy(update={"source": "notes"})
    sentences = tell_release(release, QuotationChooser(DocumentLibrary({"notes": source})), "UTC")
    return [sentence.text for sentence in sentences if sentence.has_quotation]


def test_notes_that_say_what_this_release_is_are_quoted_for_it() -> None:
    said = "This release is the first to provide initial support for night trains, although not all of them stop yet."
    assert _quote_from_notes(
        f"### What's Changed\n\n{said}\n\n#### Fixes\n\n* Fix missing `max_length` check on lazy validation\n"
    ) == [f"Its notes say: “{said}”"]


def test_fix_beside_listed_features_is_not_quoted_for_a_release() -> None:
    quoted = _quote_from_notes(
        "#### New Features\n\n* Add maps of the harbor\n* Add a table of all night ferries\n\n"
        "#### Fixes\n\n* Fix missing `max_length` check that crashes on lazy validation\n"
    )
    assert quoted == ["The notes name as new: “Add a table of all night ferries”."]


def test_feature_of_the_headline_is_not_quoted_again() -> None:
    text = "Features:\n\n* Sell tickets at night\n* Draw maps of the harbor\n"
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text)
    release = RELEASE.model_copy(update={"source": "notes"})
    assert "Sell tickets at night" in build_headline(release, parse_document(source)).text
    sentences = tell_release(release, QuotationChooser(DocumentLibrary({"notes": source})), "UTC")
    assert [sentence.text for sentence in sentences if sentence.has_quotation] == [
        "The notes name as new: “Draw maps of the harbor”."
    ]


def test_words_that_notes_and_message_share_are_quoted_once() -> None:
    words = "The printer now gives up after three attempts within ten seconds, instead of waiting for ever."
    texts = {
        "notes": SourceText(key="notes", kind="release_notes", repository="acme/tool", text=f"- {words} (#5)\n"),
        "message": SourceText(key="message", kind="message", repository="acme/tool", text=words, title="Retry less"),
    }
    change = make_record(5, "Retry less", sources=("message",)).change
    release = RELEASE.model_copy(update={"source": "notes"})
    library = DocumentLibrary(texts)
    chooser = QuotationChooser(library, None, find_note_items([change], [release], library))
    assert len(chooser.tell(change, 2)) == 1


def test_example_beside_a_quotation_of_notes_keeps_the_text_it_is_from() -> None:
    texts = {
        "notes": SourceText(
            key="notes", kind="release_notes", repository="acme/tool",
            text="You can now give maps back, so that you pay once.\n\n- `map refund ID` returns a fare (#5)\n",
        ),
        "message": SourceText(
            key="message", kind="message", repository="acme/tool", title="Refund a map",
            text="## Usage\n\nClerks run it:\n\n```console\n$ map refund 8F2K\n```\n",
        ),
    }  # fmt: skip
    record = make_record(5, "Refund a map", sources=("message",))
    release = RELEASE.model_copy(update={"source": "notes"})
    stories = build_period_stories([record], build_stories([record]), [release], DocumentLibrary(texts), "UTC")
    (story,) = stories.stories
    assert story.example is not None and story.example.source == "message"
    assert {source.key for source in stories.sources} == {"notes", "message"}


@pytest.mark.parametrize("unit", ["closes #1,,,, ", "(#1) ", "by @a, ", "fixes [#1](x),, ", "[[[#1 ,", "#1 "])
def test_hostile_references_cost_no_time(unit: str) -> None:
    text = f"keep the map {unit * 400}x"
    started = time.process_time()
    trim_references(make_document(text), Quotation(source="k", start=0, end=len(text), text=text))
    for title in (f"Keep {unit * 60}x", f"{unit * 60}: x"):
        split_area(normalize_title(title).title)
    assert time.process_time() - started < 2


def test_highlights_of_notes_are_not_counted_as_features() -> None:
    text = "### Highlights\n\n- Fix fares at noon (#1)\n- Add maps (#2)\n\n### New features\n\n- Sell tickets (#3)\n"
    assert count_note_items(make_document(text)) == [(1, "feature")]


def test_item_that_notes_list_twice_is_counted_once() -> None:
    below = "- **breaking:** Drop the old map. It was slow.\n- **added:** Sell tickets\n"
    hidden = "- **breaking:** Remove `Rail` impl for `Query` ([#3088])\n"
    text = f"## since rc.1\n\n<details>\n\n{hidden}\n</details>\n\n## full changelog\n\n{below}\n## rc.1\n\n{below}"
    assert count_note_items(make_document(text)) == [(2, "breaking"), (1, "feature")]


HEADED_NOTES = """tool 2.1 is here.

## Deprecations

### A new mode `off` replaces the old option [#8](https://github.com/acme/tool/pull/8)

The option `--no-maps` has been deprecated in favor of the mode `off`. Printers ignored it at night.

You can now use `--mode=off` instead.

- Until spring the option works.
- After it the option fails.

## New features

### Night maps [#9](https://github.com/acme/tool/pull/9), [#10](https://github.com/acme/tool/pull/10)

Maps of the night show the lamps of each harbour in their own colour, and they say when these are lit.

- `draw()` draws the lamps.
- `print()` prints the lamps.

#### Examples

- A map of the harbour.

## Maintenance and internal improvements

- Sorts the lamps (#11)

## Roadmap

### Deprecation of the day map

The day map is shown wrongly at night. It will be removed in spring.

- v2.2: warnings.
- v3.0: removal.
"""


def test_heading_of_notes_that_names_a_change_is_one_entry() -> None:
    document = make_document(HEADED_NOTES)
    assert count_note_items(document) == [(2, "deprecation"), (1, "feature")]
    assert build_headline(RELEASE, document).text == "tool 2.1 is out: Night maps and two deprecations"
    source = document.source.model_copy(update={"key": "notes"})
    release = RELEASE.model_copy(update={"source": "notes"})
    rows = build_box([release], [], QuotationChooser(DocumentLibrary({"notes": source})))
    assert [(row.mark, row.sentences[0].text.split("“")[1][:30]) for row in rows] == [
        ("Deprecated", "The option `--no-maps` has bee"),
        ("Deprecated", "The day map is shown wrongly a"),
    ]


def test_reason_of_a_deprecation_does_not_speak_for_the_release() -> None:
    assert not [text for text in _quote_from_notes(HEADED_NOTES) if "at night" in text]


def test_only_feature_of_two_words_is_named_if_one_is_a_name_of_code() -> None:
    notes = "## Added\n\n- Add `NightMapProtocol`\n"
    assert build_headline(RELEASE, make_document(notes)).text == "tool 2.1 is out: Add NightMapProtocol"
    assert build_headline(RELEASE, make_document("## Added\n\n- Add maps\n")).text == "tool 2.1 is out: one new feature"


# --- What notes list, and what they take away


def list_items(text: str, changes: Sequence[Change] = ()) -> tuple[str, list[str]]:
    """Return the title and the items of the list of a release with these notes."""
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text)
    release = RELEASE.model_copy(update={"source": "notes"})
    chooser = QuotationChooser(DocumentLibrary({"notes": source}))
    listed, _ = list_release_items(release, chooser, index_by_number(changes))
    return (listed.title, [item.sentences[0].text for item in listed.items]) if listed else ("", [])


def test_people_in_square_brackets_are_no_part_of_items() -> None:
    names = ("Ada Lovelace", "Grace Hopper", "Mary Ward")
    text = "## Added\n\n" + "".join(f"- Draw map {number} at night [{name}]\n" for number, name in enumerate(names))
    assert list_items(f"{text}- Draw the sea [Windows]\n")[1] == [
        "“Draw map 0 at night”.", "“Draw map 1 at night”.", "“Draw map 2 at night”.", "“Draw the sea [Windows]”.",
    ]  # fmt: skip


def test_label_of_an_item_in_capitals_is_left_out() -> None:
    text = "## New\n\n- Feat(query): draw maps at night\n- Feature: sell tickets in every harbour\n"
    assert list_items(text)[1] == ["“draw maps at night”.", "“sell tickets in every harbour”."]


def test_new_things_of_notes_are_a_list_without_fixes_and_updates() -> None:
    text = "## Added\n\n- Add night maps (#5)\n- Add river maps (#6 by [ada](https://github.com/ada))\n"
    text += "- Fix the build on Mars\n- Bump ink from 1.0 to 1.1\n\n## Fixed\n\n- Fix rain\n- Fix snow\n"
    assert list_items(text) == ("New in this release", ["“Add night maps”.", "“Add river maps”."])


def test_list_of_a_release_names_it_where_there_are_several_repositories() -> None:
    text = "## Added\n\n- Add night maps\n- Add river maps\n"
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text)
    release = RELEASE.model_copy(update={"source": "notes"})
    chooser = QuotationChooser(DocumentLibrary({"notes": source}))
    listed, _ = list_release_items(release, chooser, {}, has_one_repository=False)
    assert listed is not None and listed.title == "New in tool 2.1"
    assert listed.heading is not None and listed.heading.text == listed.title


def test_heading_of_notes_that_names_what_is_new_is_the_title_of_the_list() -> None:
    assert list_items("## New functions\n\n- Add `night/1` for maps\n- Add `river/2` for maps\n")[0] == "New functions"


def test_fixes_are_the_list_of_a_release_without_features() -> None:
    title, items = list_items("## Bug fixes\n\n- Fix rain on maps\n- Sanitize replaced paths of maps\n")
    assert (title, len(items)) == ("Fixed in this release", 2)


def test_items_below_unknown_headings_are_listed_by_their_verbs_else_all() -> None:
    others = "".join(f"- Draw the lamps of pier {number}\n" for number in range(9))
    text = f"## Stable style\n\n- Fix crash on lonely maps\n- Don't draw rain twice\n{others}"
    assert list_items(text) == ("Fixed in this release", ["“Fix crash on lonely maps”.", "“Don't draw rain twice”."])
    assert list_items("## Style\n\n- Draw all lamps\n- Sort all maps\n")[0] == "From the notes"


def test_items_without_headings_are_listed_as_the_notes_have_them() -> None:
    others = "".join(f"- Lamps of pier {number} are drawn at night\n" for number in range(9))
    title, items = list_items(f"{others}- Fix crash on lonely maps\n- Fix rain on maps\n")
    assert (title, items[0]) == ("From the notes", "“Lamps of pier 0 are drawn at night”.")


def test_only_feature_of_notes_is_listed_before_the_fixes() -> None:
    text = "## Features\n\n- Draw maps at night\n\n## Fixes\n\n" + "".join(
        f"- Keep the colour of pier {number}\n" for number in range(9)
    )
    title, items = list_items(text)
    assert (title, items[:2]) == ("From the notes", ["“Draw maps at night”.", "“Keep the colour of pier 0”."])


def test_all_items_of_short_notes_are_listed_and_fixes_last() -> None:
    text = (
        "## Bug fixes\n\n- Fix rain on maps\n\n## Platforms\n\n- Maps for the moon\n\n## Performance\n\n- Draw faster\n"
    )
    assert list_items(text) == (
        "From the notes", ["“Maps for the moon”.", "“Draw faster”.", "“Fix rain on maps”."],
    )  # fmt: skip


def test_items_that_a_heading_calls_new_are_listed_first() -> None:
    text = "## Added\n\n- Add night maps\n- Draw rivers\n\n## Misc\n\n- Add a lamp to the readme\n"
    assert list_items(text) == ("New in this release", ["“Add night maps”.", "“Draw rivers”."])


def test_one_item_is_no_list_of_a_release() -> None:
    assert list_items("## Added\n\n- Add night maps\n") == ("", [])


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("## Changed\n\n- Remove the `!include` error\n- Remove the limit of ten maps\n", []),
        ("## Changed\n\n- Remove the old map of the town\n", ["removed"]),
        ("- Remove `pow10/0` as it has been deprecated in glibc. Use `exp10/0` instead.\n", ["removed"]),
        ("- Fix warning: a function without a prototype is deprecated in C23.\n", []),
        ("- Harden the parser. Users should upgrade to the latest version as soon as possible.\n", ["upgrade"]),
    ],
)
def test_consequences_of_items_are_what_they_take_from_readers(text: str, kinds: list[str]) -> None:
    assert [consequence.kind for consequence in find_consequences(make_document(text))] == kinds


@pytest.mark.parametrize(
    "what",
    [
        "includes a number of improvements since the last version",
        "comes with significant changes",
        "is big: read also the upgrade notes above",
        "closes much: if you've filed an issue please help me verify and close",
        "needs your help: the sponsorship program keeps maps drawn",
    ],
)
def test_announcement_that_there_are_improvements_is_not_quoted(what: str) -> None:
    text = f"This release {what}.\n\n## Added\n\n- Add night maps\n"
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text)
    release = RELEASE.model_copy(update={"source": "notes"})
    sentences = tell_release(release, QuotationChooser(DocumentLibrary({"notes": source})), "UTC")
    assert not [sentence for sentence in sentences if what in sentence.text]


def test_sentence_about_the_list_of_notes_is_not_quoted() -> None:
    text = "The list below is the set of commits between 0.3 and 1.0.\n\n## Added\n\n- Add night maps\n"
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text)
    release = RELEASE.model_copy(update={"source": "notes"})
    sentences = tell_release(release, QuotationChooser(DocumentLibrary({"notes": source})), "UTC")
    assert not [sentence for sentence in sentences if "The list below" in sentence.text]


def test_emphasis_of_one_star_is_not_shown_and_a_pattern_keeps_its_stars() -> None:
    assert simplify_quotation("takes no *app* parameter, but *config* and *env*.") == (
        "takes no app parameter, but config and env."
    )
    assert simplify_quotation("reads *.py and *.js, 2*3*4 and *args") == "reads *.py and *.js, 2*3*4 and *args"


def test_title_of_a_commit_in_a_squash_is_no_sentence_of_its_message() -> None:
    text = "* fix(types): allow explicit maps in options (#6888)\n\n* Maps are drawn at night now, by every printer.\n"
    document = parse_document(SourceText(key="k", kind="message", repository="acme/tool", text=text))
    assert [sentence.text for sentence in document.sentences if sentence.is_quotable] == [
        "Maps are drawn at night now, by every printer."
    ]


@pytest.mark.parametrize(("heading", "named"), [
    ("New Harbour View System ([#7](https://github.com/acme/tool/pull/7), @ada)", "New Harbour View System"),
    ("New functions", "Views are interactive; add a lamp to the pier"),
    ("New features of this release", "Views are interactive; add a lamp to the pier"),
])  # fmt: skip
def test_heading_that_names_one_new_thing_is_the_headline(heading: str, named: str) -> None:
    text = f"## {heading}\n\n- Views are interactive\n- Add a lamp to the pier\n"
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text)
    assert build_headline(RELEASE, parse_document(source)).text == f"tool 2.1 is out: {named}"


@pytest.mark.parametrize(
    ("item", "named"),
    [
        ("Add `--reference-name` option to give a meaningful name to the reference command (#1)",
         "Add --reference-name option"),
        ("The `--ignore-failure` option now supports a comma-separated list of exit codes to ignore (e.g., 1)",
         "The --ignore-failure option now supports a comma-separated list of exit codes"),
        ("Draw the maps of the harbour at night, which all of the ships of the town can read from afar",
         "Draw the maps of the harbour at night"),
        # What follows limits it, and `Add an option` names nothing: all of it is named where it is not too long.
        ("Add `--reference-name` option to give a meaningful name to the command only if it has none",
         "Add --reference-name option to give a meaningful name to the command only if it has none"),
        ("Add an option to give every single ship of the old harbour of town a name",
         "Add an option to give every single ship of the old harbour of town a name"),
        ("Add an option to give every single ship of the old harbour of the town a new name of its own", ""),
    ],
)  # fmt: skip
def test_headline_names_a_long_item_up_to_what_it_is_for(item: str, named: str) -> None:
    expected = f": {named}" if named else ": one new feature"
    document = make_document(f"### New features\n\n* {item}\n")
    assert build_headline(RELEASE, document).text == f"tool 2.1 is out{expected}"


def test_headline_counts_no_renamed_name_as_a_removal() -> None:
    notes = (
        "- `iter::repeatn` has been renamed to `iter::repeat_n`.\n- Draw maps at night\n- Sell tickets in harbours\n"
    )
    assert "removal" not in build_headline(RELEASE, make_document(notes)).text


def test_heading_of_a_kind_of_things_names_no_new_thing() -> None:
    notes = "### New Features in binary distributions\n\n- 7 new data structures: JSON, time series\n- Maps (#2)\n"
    assert build_headline(RELEASE, make_document(notes)).text.startswith("tool 2.1 is out: 7 new data structures")


def test_items_of_a_guide_to_a_version_are_not_counted() -> None:
    text = "Lamps for all.\n\n- Added a lamp to the pier\n\n## 2.1 Migration Guide\n\n### Settings\n\n"
    text += "- Removed `old`, use `new` instead.\n- Removed `tide`.\n"
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text)
    assert count_note_items(parse_document(source)) == []
    assert [item.kind for item in find_consequences(parse_document(source))] == ["removed", "removed"]


NOTED = "Lamps are brighter than before, so that ships see them.\n\n"
NOTED += "## Added\n\n- Add a lamp to the pier\n- Add a map\n- Add a bell\n"


@pytest.mark.parametrize(("room", "quoted"), [(4, ["Add a map", "Add a bell"]), (3, ["Add a map"]), (2, [])])
def test_features_are_quoted_beside_prose_where_there_is_room(room: int, quoted: list[str]) -> None:
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=NOTED)
    release = RELEASE.model_copy(update={"source": "notes"})
    sentences = tell_release(release, QuotationChooser(DocumentLibrary({"notes": source})), "UTC", room=room)
    features = (sentence for sentence in sentences if sentence.template == "R-ALSO")
    texts = [part.quotation.text for sentence in features for part in sentence.parts if part.quotation]
    assert texts == quoted
    assert sentences[1].template == "R-NOTES"


LANGUAGES = "Features:\n\n- Add a picker\n- Add support for tides\n\nNew languages:\n\n- Ghost\n- Tera\n- Yara\n"


def test_features_come_before_new_things_of_another_kind() -> None:
    title, items = list_items(LANGUAGES)
    assert title == "New in this release"
    assert items[:2] == ["“Add a picker”.", "“Add support for tides”."]
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=LANGUAGES)
    assert count_note_items(parse_document(source)) == [(2, "feature")]


def test_long_breaking_change_is_named_before_a_short_removal() -> None:
    text = (
        "Breaking changes:\n\n- The parsing of the command line has been rewritten and now supports flags and names\n"
    )
    text += "\nUpdated languages:\n\n- Remove deprecated `typst` config\n"
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text)
    headline = build_headline(RELEASE, parse_document(source)).text
    assert headline.startswith("tool 2.1 is out: The parsing of the command line has been rewritten")


def test_item_that_says_what_the_program_does_not_do_is_no_warning() -> None:
    text = "- Do not use two signs in the output, as it is confusing\n- Add a lamp\n- Add a map\n"
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text)
    release = RELEASE.model_copy(update={"source": "notes"})
    sentences = tell_release(release, QuotationChooser(DocumentLibrary({"notes": source})), "UTC")
    assert not [sentence for sentence in sentences if sentence.template == "R-WARN"]


@pytest.mark.parametrize(("item", "headline"), [
    ("Upgrade the lamp to 0.5 which hardens it (GHSA-3wgq-wrwc-vqmv)",
     "tool 2.1 is out with one security fix: Upgrade the lamp to 0.5 which hardens it"),
    ("Fix (CVE-2025-12345)", "tool 2.1 is out: one CVE fix and one fix"),
    ("CVE-2025-12345 Improper folding of split lamp names keeps the ends of all lines.",
     "tool 2.1 is out with one CVE fix: Improper folding of split lamp names keeps the ends of all lines"),
])  # fmt: skip
def test_only_security_fix_of_notes_is_in_the_headline(item: str, headline: str) -> None:
    source = SourceText(
        key="notes",
        kind="release_notes",
        repository="acme/tool",
        text=f"### Security\n\n- {item}\n\n### Fixed\n\n- Rust\n",
    )
    assert build_headline(RELEASE, parse_document(source)).text == headline


def test_author_in_a_reference_of_markdown_is_no_part_of_an_item() -> None:
    text = (
        "## Added\n\n- [#5](https://x.org/pull/5): Add night maps. ([@ada][])\n- Add river maps ([@ada][], [@bob][])\n"
    )
    assert list_items(text)[1] == ["“Add night maps”.", "“Add river maps”."]


def test_headline_names_an_entry_without_the_person_behind_its_heading() -> None:
    link = "([#12](https://github.com/acme/tool/pull/12) by [@ada](https://github.com/ada))"
    document = make_document(f"#### Rail: Add maps of all piers {link}\n\nThey are red.\n")
    assert build_headline(RELEASE, document).text == "tool 2.1 is out: Rail: Add maps of all piers"


@pytest.mark.parametrize(
    ("items", "named"),
    [
        (
            ("Fix an internal error (`lookup`) of two harbours", "Fix maps that hold no pier"),
            "Fix maps that hold no pier",
        ),
        (("Fix some rare bugs", "Fix maps that hold no pier"), "Fix maps that hold no pier"),
        (
            ("Simplifies the script of the lamp slightly", "Fixes maps that hold no pier"),
            "Fixes maps that hold no pier",
        ),
        (("Fix LampTest", "Accept lamps in `lit()` too"), "Accept lamps in lit() too"),
        (("[2.x] Accept lamps in `lit()` too", "[2.x] Fix the pier"), "Accept lamps in lit() too"),
    ],
)
def test_headline_passes_over_items_that_say_nothing(items: tuple[str, ...], named: str) -> None:
    document = make_document("\n".join(f"- {item}" for item in items) + "\n")
    assert build_headline(RELEASE, document).text == f"tool 2.1 is out: {named}"


def test_item_is_quoted_without_the_branch_in_front_of_it() -> None:
    assert list_items("## Added\n\n- [2.x] Add a map of the moon\n- [2.x] Add a map of the sun\n")[1] == [
        "“Add a map of the moon”.", "“Add a map of the sun”.",
    ]  # fmt: skip
