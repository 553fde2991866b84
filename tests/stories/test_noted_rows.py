"""Rows of the box from notes: references of reStructuredText, and changes that the notes tell in other words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import SourceText
from sparky_assets.documents.parse import parse_document
from sparky_assets.stories.models import BoxRow, Change, ReleaseNote
from sparky_assets.stories.printing.box.rows import build_box
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.releases.item_quotes import quote_item
from sparky_assets.stories.printing.releases.summary import tell_future, tell_release
from sparky_assets.stories.printing.sentences import simplify_quotation
from tests.stories.record_helpers import make_record

RELEASE = ReleaseNote(
    key="release:acme/tool@2.1", repository="acme/tool", tag="2.1", version="2.1", title="2.1",
    url="https://github.com/acme/tool/releases/tag/2.1", published_at=datetime(2026, 3, 9, tzinfo=UTC),
    is_prerelease=False, source="notes",
)  # fmt: skip


def make_chooser(notes: str) -> QuotationChooser:
    sources = [
        SourceText(key="notes", kind="release_notes", repository="acme/tool", text=notes),
        SourceText(key="message", kind="message", repository="acme/tool", text="No ship reads it at night.\n"),
    ]
    return QuotationChooser(DocumentLibrary({source.key: source for source in sources}))


def make_change(number: int, title: str, **values: Any) -> Change:
    return make_record(number, title, releases=("2.1",), sources=("message",), **values).change


def build_rows(notes: str, *changes: Change) -> list[BoxRow]:
    return list(build_box([RELEASE], changes, make_chooser(notes)))


@pytest.mark.parametrize(
    ("item", "quoted"),
    [
        ("Removed the map. (`#3720 <https://github.com/acme/tool/issues/3720>`__)", "Removed the map"),
        ("Removed the map (`GHSA-qccp-gfcp-xxvc <https://x.example/a>`__)", "Removed the map"),
        ("`#14533 <https://github.com/acme/tool/issues/14533>`_: Removed the map.", "Removed the map."),
        ("feat!: drop the old map (#20016) (Ada Lovelace)", "drop the old map"),
        ("Removed the map -- by :user:`ada`.", "Removed the map"),
        ("Removed the map by @ada in `#10 <https://x.test/pull/10>`__", "Removed the map"),
        ("Removed the map of the pier at night - Issue 2686", "Removed the map of the pier at night"),
        ("Removed the map of the pier `(#10) <https://x.test/pull/10>`_", "Removed the map of the pier"),
        ("Removed the map at night [33]", "Removed the map at night"),
        ("Removed the map of &lt;night&gt; (#9)", "Removed the map of &lt;night&gt;"),
        ("Removed the map at night ([[#9](https://x.test/9)](https://x.test/9), #10)", "Removed the map at night"),
        ("Removed it at night ([#1](https://x.test/1), & [#2](https://x.test/2))", "Removed it at night"),
        ("*(map)* Removed it at night by @ada in [#1](https://x.test/1) [**breaking**]", "Removed it at night"),
        ("*Breaking:* removed the map at night", "removed the map at night"),
        ("⚠️ **Breaking Change:** removed the map at night", "removed the map at night"),
        ("Breaking change: Removed the map at night", "Removed the map at night"),
        ("BREAKING CHANGE(maps): Removed the map at night", "Removed the map at night"),
        ("BREAKING(api, maps): Removed the map at night", "Removed the map at night"),
        ("Removed the map at night by @ada in\n  https://github.com/acme/tool/pull/3", "Removed the map at night"),
        ("Removed the map at night (c960657)", "Removed the map at night"),
        ("Limits of the gate were bypassed:", "Limits of the gate were bypassed"),
        ("**Support for night maps** has been added.", "**Support for night maps** has been added."),
        ("**maps:** drop the old map at night", "drop the old map at night"),
        ("**maps** drop the old map at night", "drop the old map at night"),
        ("maps: drop the old map (by hand) at night", "maps: drop the old map (by hand) at night"),
    ],
)
def test_item_is_quoted_without_its_references(item: str, quoted: str) -> None:
    text = f"### Removed\n\n* {item}\n"
    document = parse_document(SourceText(key="k", kind="release_notes", repository="acme/tool", text=text))
    quotation = quote_item(document, document.sentences[0])
    assert quotation is not None
    assert quotation.text == quoted


def test_link_of_restructuredtext_is_shown_as_its_text() -> None:
    text = "Use the `Direct URL syntax <https://x.example/a>`_ of :pep:`658`, `anonymous <https://x.example/b>`__ too."
    assert simplify_quotation(text) == "Use the Direct URL syntax of PEP 658, anonymous too."
    assert simplify_quotation("Use `a < b` and `x <y>`.") == "Use `a < b` and `x <y>`."


def test_change_that_closes_the_issue_of_an_item_has_its_row() -> None:
    change = make_change(9, "Remove support for the old harbour", closes=(7,))
    (row,) = build_rows("### Removed\n\n- Support for the old harbour of the town is gone. (#7)\n", change)
    assert row.changes == (change.key,)
    picked = make_change(9, "Close the old harbour")
    picked = picked.model_copy(update={"raw_title": "Close the old harbour (#7)", "number": None})
    (row,) = build_rows("### Removed\n\n- Support for the old harbour of the town is gone. (#7)\n", picked)
    assert row.changes == (picked.key,)


def test_change_whose_words_an_item_holds_has_no_row_of_its_own() -> None:
    notes = "### Removed\n\n- Remove support for the old names of every harbour. (#7)\n"
    change = make_change(9, "Remove support for old names")
    (row,) = build_rows(notes, change)
    assert row.changes == (change.key,)
    other = make_change(9, "Remove support for old piers")
    assert len(build_rows(notes, other)) == 2


def test_change_whose_fragment_the_notes_repeat_has_no_row_of_its_own() -> None:
    notes = "### Deprecated\n\n- Added a warning to `pier`, please switch to `mole`. (#7)\n"
    entry = "Added a warning to ``pier``, please switch to ``mole``.\n"
    sources = [
        SourceText(key="notes", kind="release_notes", repository="acme/tool", text=notes),
        SourceText(key="entry", kind="change_note", repository="acme/tool", text=entry),
    ]
    chooser = QuotationChooser(DocumentLibrary({source.key: source for source in sources}))
    change = make_record(9, "Deprecate the old pier", releases=("2.1",), sources=("entry",)).change
    (row,) = build_box([RELEASE], [change], chooser)
    assert row.changes == (change.key,)
    other = make_record(9, "Deprecate the old pier", releases=("2.1",)).change
    assert len(build_box([RELEASE], [other], chooser)) == 2


def test_change_that_quotes_a_row_of_the_notes_is_in_that_row() -> None:
    said = "`Lamp` now throws an error for a pier without a name."
    sources = [
        SourceText(
            key="notes", kind="release_notes", repository="acme/tool", text=f"### Changed\n\n- **Breaking:** {said}\n"
        ),
        SourceText(key="entry", kind="change_note", repository="acme/tool", text=f"- **Breaking:** {said}\n"),
    ]
    chooser = QuotationChooser(DocumentLibrary({source.key: source for source in sources}))
    change = make_record(9, "Refuse what has no name", sources=("entry",)).change
    (row,) = build_box([RELEASE], [change], chooser)
    assert row.changes == (change.key,)


def test_statement_that_all_packages_repeat_has_one_row() -> None:
    text = "### Breaking changes\n\n- Needs the new engine\n\n### Removed\n\n- Needs the new engine. ([#3](https://x.test/3))\n"
    names = {"acme/tool": ("lamp@2.0", "2.1"), "acme/map": ("1.0",)}
    releases, sources = [], {}
    for repository, tags in names.items():
        for tag in tags:
            key = f"{repository}@{tag}"
            sources[key] = SourceText(key=key, kind="release_notes", repository=repository, text=text)
            releases.append(
                RELEASE.model_copy(update={"key": key, "repository": repository, "tag": tag, "source": key})
            )
    (row,) = build_box(releases, [], QuotationChooser(DocumentLibrary(sources)))
    assert row.sentences[0].text == "tool and map: “Needs the new engine”."


def test_change_that_notes_of_two_packages_name_has_one_row() -> None:
    notes = {
        "tool@2.0": "- Remove the lamp (#7)\n",
        "map@2.0": "- `tool` - Remove the lamp (#7)\n- Remove the sun (#8)\n",
    }
    releases, sources = [], {}
    for key, items in notes.items():
        text = f"### Removed\n\n{items}"
        sources[key] = SourceText(key=key, kind="release_notes", repository="acme/tool", text=text)
        project = key.partition("@")[0]
        releases.append(RELEASE.model_copy(update={"key": key, "tag": key, "project": project, "source": key}))
    rows = build_box(releases, [], QuotationChooser(DocumentLibrary(sources)))
    texts = [part.text for row in rows for part in row.sentences[0].parts if part.quotation]
    assert texts == ["“Remove the lamp”", "“Remove the sun”"]


def test_package_that_says_something_else_about_a_change_has_its_row() -> None:
    notes = {
        "map@2.0": "- Need engine 17 (#7)\n",
        "lamp@8.0": "- Need pier 7.3 and engine 17 (#7)\n- Draw no stale lamps (#9)\n",
        "gate@3.0": "- Shut at night (#9)\n",
    }
    releases, sources = [], {}
    for key, items in notes.items():
        text = f"### Breaking changes\n\n{items}"
        sources[key] = SourceText(key=key, kind="release_notes", repository="acme/tool", text=text)
        project = key.partition("@")[0]
        releases.append(RELEASE.model_copy(update={"key": key, "tag": key, "project": project, "source": key}))
    rows = build_box(releases, [], QuotationChooser(DocumentLibrary(sources)))
    texts = [part.text for row in rows for part in row.sentences[0].parts if part.quotation]
    assert texts == ["“Need pier 7.3 and engine 17”", "“Draw no stale lamps”", "“Shut at night”"]


def test_row_quotes_the_notes_where_the_title_of_its_change_is_about_more() -> None:
    notes = "### Breaking changes\n\n- `Lamp` enforces paths of piers. (#7)\n"
    (row,) = build_rows(notes, make_change(7, "Add a way to hush warnings to maps"))
    (same,) = build_rows(notes, make_change(7, "Enforce paths of piers in `Lamp`"))
    assert row.changes == same.changes
    assert [part.text for part in row.sentences[0].parts if part.slot == "title"] == [
        "“`Lamp` enforces paths of piers.”"
    ]
    assert [part.text for part in same.sentences[0].parts if part.slot == "title"] == [
        "Enforce paths of piers in `Lamp`"
    ]


def test_fix_of_an_advisory_is_in_the_row_of_notes_with_as_many() -> None:
    fixes = [make_change(number, "Merge commit from fork") for number in (8, 9)]
    named = "### Security\n\n- Limit the depth of maps (GHSA-2xpw-w6gg-jr37)\n"
    both = f"{named}- Limit the width of maps (GHSA-gm62-xv2j-4w53)\n"
    assert [row.label for row in build_rows(both, *fixes)] == ["GHSA-2xpw-w6gg-jr37", "GHSA-gm62-xv2j-4w53"]
    assert [row.label for row in build_rows(named, *fixes)] == ["GHSA-2xpw-w6gg-jr37", "Security", "Security"]


def test_fix_of_a_deprecation_warning_deprecates_nothing() -> None:
    message = SourceText(
        key="message:acme/tool@9", kind="message", repository="acme/tool", text="The old protocol is deprecated.\n"
    )
    chooser = QuotationChooser(DocumentLibrary({message.key: message}))
    change = make_record(9, "Fix the deprecation warnings of the gate", sources=(message.key,)).change
    assert build_box([], [change], chooser) == ()
    other = make_record(9, "Speak the new protocol at the gate", sources=(message.key,)).change
    assert [row.mark for row in build_box([], [other], chooser)] == ["Deprecated"]


def test_feature_that_speaks_of_what_is_not_recommended_is_no_warning() -> None:
    notes = "### New features\n\n- The gate is typed for the (old and not recommended) call of maps too. (#7)\n"
    sentences = tell_release(RELEASE, make_chooser(notes), "UTC")
    assert not any("warn" in sentence.text for sentence in sentences)


def test_future_repeats_no_row_and_begins_with_no_pronoun() -> None:
    notes = (
        "### Deprecated\n\n- `#7 <https://github.com/acme/tool/issues/7>`_: The old map is deprecated and will be "
        "removed in 3.0.\n\n### Changes\n\n- The new map draws at night. This will be removed in 3.0.\n\n"
        "- The old pier is drawn. Note this will be removed in 3.0.\n\n"
        "- If a lamp sets it, all of its values will be enabled at night.\n\n"
        "### Notes\n\nThe old gauge of the harbour will be removed in 3.0 too.\n"
    )
    chooser = make_chooser(notes)
    assert [row.mark for row in build_box([RELEASE], [], chooser)] == ["Deprecated"]
    (sentence,) = tell_future([RELEASE], chooser, 3)
    assert sentence.text == "The notes of tool 2.1 say: “The old gauge of the harbour will be removed in 3.0 too.”"


@pytest.mark.parametrize(
    ("title", "marks"),
    [
        ("Remove Python 3.5 from doc", []),
        ("Drop Node 18 in CI", []),
        ("Remove Python 3.5 from the test matrix", []),
        ("Drop Python 3.5", ["New minimum"]),
        ("Reduce MSRV to 1.70", []),
        ("Require Elixir v1.15 for piers", ["New minimum"]),
        ("require Elixir 1.15+ in new apps", []),  # phoenix
        ("Update build runner to require Zig 0.14.0-dev.2534", ["New minimum"]),  # zls
        ("Set the minimum linux kernel version for build on save to 6.5", ["New minimum"]),
        ("Set minimum_zig_version in build.zig.zon to `0.14.0-dev.2633`", ["New minimum"]),
        ("Raise minimum tested Elixir version to 1.14", []),
        ("No longer test the map directly as it is drawn", []),
    ],
)
def test_title_about_what_a_project_tests_or_writes_is_no_minimum(title: str, marks: list[str]) -> None:
    assert [row.mark for row in build_rows("No harbour.\n", make_change(9, title))] == marks


def test_authors_behind_most_items_are_not_quoted() -> None:
    items = "".join(f"- {verb} the map of the pier by Ada Lovelace\n" for verb in ("Remove", "Drop", "Rename"))
    texts = [part.quotation.text for row in build_rows(f"## Removed\n\n{items}") for sentence in row.sentences
             for part in sentence.parts if part.quotation]  # fmt: skip
    assert texts
    assert not any("Ada" in text for text in texts)
    (row,) = build_rows("## Removed\n\n- The map as it is drawn by Ada Lovelace\n")
    assert "Ada Lovelace" in row.sentences[0].text
    (row,) = build_rows("## Removed\n\n- The map of the pier [Ada Lovelace]\n")
    assert row.sentences[0].text == "tool: “The map of the pier”."


def test_rows_of_two_versions_of_one_project_name_their_version() -> None:
    texts = {"notes": "## Removed\n\n- The old map\n", "next": "## Removed\n\n- The harbour of tides\n"}
    sources = {
        key: SourceText(key=key, kind="release_notes", repository="acme/tool", text=text) for key, text in texts.items()
    }
    chooser = QuotationChooser(DocumentLibrary(sources))
    following = RELEASE.model_copy(
        update={
            "key": "release:acme/tool@3.0.0-alpha.0",
            "tag": "3.0.0-alpha.0",
            "version": "3.0.0-alpha.0",
            "source": "next",
        }
    )
    labels = [row.label for row in build_box([RELEASE, following], [], chooser)]
    assert sorted(labels) == ["Removed", "Removed in 3.0.0-alpha.0"]
    assert [row.label for row in build_box([RELEASE], [], chooser)] == ["Removed"]


def test_notes_are_quoted_by_what_the_release_does() -> None:
    notes = (
        "Thank you to everyone who opens issues. It couldn't be done without you.\n\n"
        "This release starts bundling the maps inside the harbour.\n\n"
        "If your map overrides any of them, make sure to review your custom maps so that they remain compatible.\n"
    )
    sentences = [sentence.text for sentence in tell_release(RELEASE, make_chooser(notes), "UTC")]
    assert "Its notes say: “This release starts bundling the maps inside the harbour.”" in sentences


def test_change_that_says_what_the_notes_say_has_no_row_of_another_mark() -> None:
    change = make_change(9, "Drop support for pipes in the evaluator", message="Drop support for pipes in it.\n")
    rows = build_rows("## Changed\n\n- Drop support for pipes in the evaluator. It was a risk.\n", change)
    assert [(row.label, row.changes) for row in rows] == [("Breaking", (change.key,))]


def test_fix_with_two_numbers_has_one_row() -> None:
    change = make_change(9, "Close the leak of cookies (GHSA-f7j3-774f-rfhj)")
    item = "[CVE-2026-50019] [A leak of cookies](https://x.example/security/advisories/GHSA-f7j3-774f-rfhj)"
    rows = build_rows(f"## Security\n\n- {item}\n", change)
    assert [(row.mark, row.label) for row in rows] == [("Security", "CVE-2026-50019")]


def test_second_item_about_a_change_that_says_more_has_its_own_row() -> None:
    change = make_change(566, "Remove base strings")
    notes = (
        "## API Changes\n\n- Breaking: Removed the `Error::Base` variant. (#566)\n\n"
        "## Format Changes\n\n- Breaking: Encoded lamps are read no more, quoted ones replace them (#566)\n\n"
        "## Highlights\n\n- Breaking: The `Error::Base` variant is removed (#566)\n"
    )
    assert [row.changes for row in build_rows(notes, change)] == [(change.key,), ()]


def test_end_of_support_for_one_version_has_one_row() -> None:
    notes = (
        "## Maintenance\n\n- Removed support for Django 4.2\n\n## Upgrade notes\n\n"
        "Django 4.2 is no longer supported as of this release.\n\nDjango 4.1 is no longer supported either.\n"
    )
    assert len(build_rows(notes)) == 2
    repeated = "## Notable changes\n\n- Drop Python 3.8 support due to End-of-Life\n\n## Maintenance\n\n"
    assert len(build_rows(f"{repeated}- Drop Python 3.8 support due to EOL\n")) == 1
    assert len(build_rows(f"{repeated}- Drop Python 3.9 support due to EOL\n")) == 2


def test_statement_ends_early_only_where_it_still_says_what_changed() -> None:
    notes = (
        "## 1.0\n\nChanges of behavior to be aware of when you build for the first time: archives now resolve "
        "symlinks by default, with a setting that provides four modes of doing so.\n"
    )
    (row,) = build_rows(notes)
    assert "now resolve symlinks by default" in row.sentences[0].text


def test_renamed_names_are_behind_defaults_and_minimums() -> None:
    names = "".join(f"- Renamed the `--lamp-{number}` flag to `--light-{number}`.\n" for number in range(2))
    notes = (
        f"## Changed\n\n{names}- Remove the `--night` flag\n- The map is now disabled by default.\n"
        "- The minimum supported version of Python is now 3.12.\n"
    )
    assert [row.label for row in build_rows(notes)] == [
        "Removed", "Changed default", "New minimum", "Renamed", "Renamed",
    ]  # fmt: skip


def test_footer_that_notes_repeat_stands_behind_the_title_of_its_change() -> None:
    footer = "Pass `key: true` to the definition of a map to open it at night."
    notes = "### BREAKING CHANGES\n\n- Pass `key: true` to their own definition of a map to open it at night.\n"
    sources = [
        SourceText(key="notes", kind="release_notes", repository="acme/tool", text=notes),
        SourceText(key="own", kind="message", repository="acme/tool", text=f"BREAKING CHANGE: {footer}\n"),
    ]
    chooser = QuotationChooser(DocumentLibrary({source.key: source for source in sources}))
    change = make_record(1, "fix!: keys are optional", releases=("2.1",), sources=("own",)).change
    change = change.model_copy(update={"is_marked_breaking": True})
    (row,) = build_box([RELEASE], [change], chooser)
    assert [sentence.text for sentence in row.sentences] == [
        "tool: Keys are optional.",
        "The notes say: “Pass `key: true` to their own definition of a map to open it at night.”",
    ]


def test_same_words_of_two_projects_are_one_row() -> None:
    text = "### Breaking changes\n\n- Drop support for ships\n"
    other = RELEASE.model_copy(update={
        "key": "release:acme/pier@3.0", "repository": "acme/pier", "tag": "3.0", "version": "3.0", "source": "others",
        "url": "https://github.com/acme/pier/releases/tag/3.0",
    })  # fmt: skip
    sources = [
        SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text),
        SourceText(key="others", kind="release_notes", repository="acme/pier", text=text),
    ]
    chooser = QuotationChooser(DocumentLibrary({source.key: source for source in sources}))
    (row,) = build_box([RELEASE, other], [], chooser)
    assert row.sentences[0].text == "tool and pier: “Drop support for ships”."
    assert [part.url for part in row.sentences[0].parts if part.text == "pier"] == [other.url]


def test_versions_of_dependencies_come_behind_what_a_project_breaks() -> None:
    rows = build_rows("### Breaking changes\n\n- deps: lamp@1.0.0\n- Maps need a key\n")
    assert [row.sentences[0].text for row in rows] == ["tool: “Maps need a key”.", "tool: “deps: lamp@1.0.0”."]


def test_holes_that_titles_name_are_rows_of_their_own() -> None:
    changes = [
        make_record(1, "Path traversal in the names of piers", type="fix").change,
        make_record(2, "Signature bypass of old maps", type="fix").change,
        make_record(3, "Path of the traversal", type="feat").change,
    ]
    rows = build_box([], changes, make_chooser(""))
    assert [row.mark for row in rows] == ["Security", "Security"]
    assert len({row.changes for row in rows}) == 2


def test_two_items_about_one_change_of_other_names_are_two_rows() -> None:
    notes = (
        "- **breaking:** `Form` has a new rejection type (#1)\n- **breaking:** `Query` has a new rejection type (#1)\n"
    )
    rows = build_rows(notes, make_change(1, "Rework rejections"))
    texts = [part.text for row in rows for part in row.sentences[0].parts if part.quotation]
    assert texts == ["“`Form` has a new rejection type”", "“`Query` has a new rejection type”"]
