"""Items of notes that have further paragraphs, labels behind numbers, and groups of items below an item."""

import pytest

from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.models import Consequence, NoteItem, ParsedDocument, SourceText
from sparky_assets.documents.note_kinds import is_internal
from sparky_assets.documents.notes import list_note_items
from sparky_assets.documents.parse import parse_document
from sparky_assets.documents.quotes import quote
from sparky_assets.stories.printing.releases.item_quotes import quote_item
from sparky_assets.stories.printing.releases.weights import drop_overview, list_news, stands_alone


def parse(text: str) -> ParsedDocument:
    return parse_document(SourceText(key="k", kind="release_notes", repository="acme/tool", text=text, title="v2"))


def list_items(text: str) -> list[NoteItem]:
    return list(list_note_items(parse(text)))


def list_stated(text: str) -> list[tuple[str, str, str]]:
    return [(item.kind, item.label, get_text(item)) for item in find_consequences(parse(text))]


def get_text(consequence: Consequence) -> str:
    return consequence.statement.text if consequence.statement else ""


PARAGRAPHS = """\
### Backwards-incompatible Changes

- The tide map is now sorted by time.

  Previously, the map was sorted by height alone.

  Now, only entries of one pier are sorted by height.
  [#12](https://github.com/acme/tool/issues/12)
- The old harbour is closed to ships. (#13)
"""


def test_further_paragraphs_of_an_item_belong_to_it() -> None:
    first, second = list_items(PARAGRAPHS)
    assert (len(first.sentences), first.references[0], second.references[0]) == (4, "#12", "#13")
    assert [text for _, _, text in list_stated(PARAGRAPHS)] == [
        "The tide map is now sorted by time.",
        "The old harbour is closed to ships.",
    ]
    assert find_consequences(parse(PARAGRAPHS))[0].action is None  # what is so now is nothing to do


def test_paragraph_below_a_nested_list_belongs_to_the_outer_item() -> None:
    text = (
        "Security\n--------\n\nThe issues are severe.\n\n- Limits of the gate were bypassed:\n\n  1. When open.\n"
        "  2. When closed.\n\n  See `GHSA-mf9v-mfxr-j63j <https://x.example/a>`__ for more.\n\n- Another leak.\n"
    )
    assert list_stated(text)[0] == ("security", "GHSA-mf9v-mfxr-j63j", "Limits of the gate were bypassed:")
    assert not any("severe" in stated for _, _, stated in list_stated(text))


def test_numbers_below_a_group_are_none_of_the_item_above_it() -> None:
    text = "## New\n\n* Add a lamp #1\n* Performance improvements\n  * #2\n    #3\n* Add a map\n  * #4\n"
    items = {item.text: item.references for item in list_items(text)}
    assert items == {"Add a lamp #1": ("#1",), "Add a map": ("#4",)}


def test_label_behind_the_sha_of_an_item_is_its_label() -> None:
    sha = "f9e54f43a5e497cdfa179338b431093245cb787b"
    text = f"* [`f9e54f4`](https://github.com/acme/tool/commit/{sha}) feat!: estimate the tide (#20) (Ada Lovelace)\n"
    (item,) = list_items(text)
    assert (item.kind, item.label) == ("breaking", "feat")
    assert list_stated(text)[0][0] == "breaking"


GROUPS = """\
* Features
  * Add a gauge ([#1])
* Breaking changes
  * Update minimum Ruby version to 3.0 ([#2])
  * Rename callback hooks ([#3])

| Old name | New name |
|----------|----------|
| on_boot  | at_boot  |

* Docs
  * Remove the old guide ([#4])
* Read the gauge twice
  * Also at night ([#5])
"""


def test_item_that_is_a_heading_gives_its_kind_to_those_nested_in_it() -> None:
    items = {item.text: item for item in list_items(GROUPS)}
    assert "Breaking changes" not in items
    assert items["Add a gauge ([#1])"].kind == "features"
    assert items["Rename callback hooks ([#3])"].heading == "Breaking changes"
    assert items["Remove the old guide ([#4])"].heading == "Docs"
    assert items["Read the gauge twice"].kind == items["Also at night ([#5])"].kind == "other"
    assert [text for kind, _, text in list_stated(GROUPS) if kind == "breaking"] == [
        "Update minimum Ruby version to 3.0 ([#2])",
        "Rename callback hooks ([#3])",
    ]


def test_item_that_leads_on_and_those_nested_in_it_are_marked() -> None:
    lead = "New features and improvements for the map of `tides`:"
    document = parse(f"## New\n\n- {lead}\n\n  - Support for tides\n  - Add rivers\n- A lamp\n  - Bright\n")
    assert [(item.text, item.leads_on, item.is_nested) for item in list_note_items(document)] == [
        (lead, True, False), ("Support for tides", False, True), ("Add rivers", False, True),
        ("A lamp", False, False), ("Bright", False, False),
    ]  # fmt: skip


@pytest.mark.parametrize("scope", ["**http1:**", "http1", "HTTP reader:", "HTTP reader"])
def test_items_below_a_component_have_it_as_their_scope(scope: str) -> None:
    text = f"## Bug Fixes\n\n* {scope}\n  * discard the length (#4124)\n  * flush maps (#4018)\n* Draw a line\n"
    assert [(item.scope, item.is_nested, item.kind) for item in list_items(text)] == [
        (scope.strip("*:"), False, "fixes"), (scope.strip("*:"), False, "fixes"), ("", False, "fixes"),
    ]  # fmt: skip


def test_component_below_a_kind_is_the_scope_of_its_items() -> None:
    text = "* Security\n    * rc\n        * Ask who lists the maps (#1)\n    * Keep the gate shut\n* Bells\n"
    assert [(item.scope, item.kind, item.heading) for item in list_items(text)] == [
        ("rc", "security", "Security"), ("", "security", "Security"), ("", "other", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "credit",
    [
        "#12 PR by @ada.",
        "Fixed by [Ada Moss](https://github.com/ada) in Pull Request [#12](https://github.com/acme/tool/pull/12).",
        "[#12](https://github.com/acme/tool/pull/12)",
        "Updated by [Ada](https://github.com/a) in Pull Requests [#12](https://github.com/acme/tool/pull/12) and #13.",
        "Fixed by [Ada](https://github.com/ada) and [Bo](https://github.com/bo) in various PRs, see #12.",
    ],
)
def test_item_below_another_that_only_credits_gives_it_its_references(credit: str) -> None:
    items = list_items(f"## Fixed\n\n- Draw the map\n    - {credit}\n- Ring the bell\n")
    assert [item.text for item in items] == ["Draw the map", "Ring the bell"]
    assert items[0].references[0].endswith("#12")


def test_cells_and_lists_of_quoted_text_are_no_items() -> None:
    table = "| Library | Time |\n|---|---|\n| tool (full) | 22.07 |\n"
    text = f"## Added\n\n- Draw maps\n\n{table}\n- Ring bells\n\n  > ## Summary\n  >\n  > - add the bell\n"
    assert [item.text for item in list_items(text)] == ["Draw maps", "Ring bells"]


HEADED_ENTRIES = """\
Security
========

Endless loop in the tide map
^^^^^^^^^^^^^^^^^^^^^^^^^^^^

A negative height draws for ever. This was reported by a reader.

:cve:`2026-55798`: Command injection by a lamp
^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

A lamp is lit by its name.

API changes
===========

Added a height to every tide
^^^^^^^^^^^^^^^^^^^^^^^^^^^^

Every tide has a height.

Python 3.15
^^^^^^^^^^^

The wheels are built for it.

Other changes
=============

The following are small.

* Draw the pier
"""


def test_heading_over_prose_below_a_section_of_changes_is_an_entry() -> None:
    items = list_items(HEADED_ENTRIES)
    assert [(item.kind, item.text) for item in items] == [
        ("security", "Endless loop in the tide map"),
        ("security", ":cve:`2026-55798`: Command injection by a lamp"),
        ("features", "Added a height to every tide"),
        ("other", "The wheels are built for it."),
        ("other", "Draw the pier"),
    ]
    assert [stated for kind, _, stated in list_stated(HEADED_ENTRIES) if kind == "security"] == [
        "Endless loop in the tide map", ":cve:`2026-55798`: Command injection by a lamp",
    ]  # fmt: skip
    assert ("security", "CVE-2026-55798") in [stated[:2] for stated in list_stated(HEADED_ENTRIES)]


def test_heading_that_names_its_change_is_an_entry_of_its_kind() -> None:
    link = "([#12](https://github.com/acme/tool/pull/12) by [@ada](https://github.com/ada))"
    text = f"#### Rail: Fix dropped comments {link}\n\n```text\na\n```\n\n#### Draw all piers {link}\n\nAll of them.\n"
    assert [(item.kind, item.references[0]) for item in list_items(text)] == [("fixes", "#12"), ("other", "#12")]


@pytest.mark.parametrize("heading", ["Installation", "2.0.0 (2026-01-02)", "Thanks to all", "Known issues"])
def test_heading_over_prose_that_names_no_change_is_no_entry(heading: str) -> None:
    assert list_items(f"## {heading}\n\nRun the tool at noon.\n\n## {heading}\n\nRun it again.\n") == []


@pytest.mark.parametrize(
    ("text", "is_noise"),
    [
        ("doc fixes", True), ("Fix tests for the map", True), ("move to dhi image", True), ("Thanks to @ada", True),
        ("@ada for drawing the piers", True), ("docs: update the guide", True), ("Update README.md", True),
        ("Docker image: `acme/tool:2`", True), ("Full Changelog: v1...v2", True),
        ("deps: use tilde notation", True), ("CI: use a cache", True),
        ("Draw documents at night", False), ("Fix test runner hanging at noon", False),
        ("Document symbols of a map", False), ("Build maps in parallel", False), ("Update images at noon", False),
        ("**ci:** bump test matrix to OTP 28.5", True),
        ("(specs) Stop the clock after each map", True), ("(tests) Clean up the dummy harbour", True),
    ],
)  # fmt: skip
def test_item_that_brings_users_nothing_is_internal(text: str, is_noise: bool) -> None:
    (item,) = list_items(f"- {text}\n")
    assert is_internal(item) is is_noise


def test_items_of_changesets_are_features_and_fixes() -> None:
    text = "## 2.1.0\n\n### Minor Changes\n\n- Draw maps\n\n### Patch Changes\n\n- Mend the lock\n- perf: Draw faster\n"
    assert [item.kind for item in list_items(text)] == ["features", "fixes", "performance"]


HIGHLIGHTS = """\
Key Highlights
~~~~~~~~~~~~~~

See the guide for more.

Python 3.9 Minimum Version
--------------------------

Tool drops support for Python 3.8. It is old.

Memory Leak Fixes
-----------------

Two significant leaks of old maps have been fixed in this release:

- Leak of maps

What's Changed
~~~~~~~~~~~~~~

- Draw maps at night
"""


def test_headings_below_highlights_tell_one_change_each() -> None:
    document = parse(HIGHLIGHTS)
    assert [(item.heading, item.kind, item.text) for item in list_note_items(document)] == [
        ("Python 3.9 Minimum Version", "features", "Tool drops support for Python 3.8."),
        ("Memory Leak Fixes", "fixes", "Two significant leaks of old maps have been fixed in this release:"),
        ("What's Changed", "what", "Draw maps at night"),
    ]  # fmt: skip


def test_headings_of_lists_below_highlights_are_headings_of_their_items() -> None:
    text = "## Highlights\n\n### Fixes\n\n- Mend the lock\n- Mend the lamp\n\n### Features\n\n- Draw maps\n"
    assert [(item.kind, item.text) for item in list_note_items(parse(text))] == [
        ("fixes", "Mend the lock"), ("fixes", "Mend the lamp"), ("features", "Draw maps"),
    ]  # fmt: skip


def test_items_below_deprecations_and_removals_are_what_their_verbs_say() -> None:
    text = (
        "## Deprecations and Removals\n\n- Remove support for old wheels. (#1)\n- Deprecate the old setting. (#2)\n"
        "- Bumped the minimum supported version of the gate to 19. (#3)\n- Used a louder warning. (#4)\n"
    )
    assert [kind for kind, _, _ in list_stated(text)] == ["removed", "deprecated", "new_minimum", "compatibility"]


def test_items_of_an_admonition_are_not_of_the_item_above() -> None:
    text = (
        "Security\n--------\n\n- Fixed a leak of the gate. (GHSA-2xpw-w6gg-jr37)\n\n.. caution::\n"
        "  - If you use custom gates, please make sure to update them to the changed API.\n"
    )
    assert [label for _, label, _ in list_stated(text)] == ["GHSA-2xpw-w6gg-jr37", ""]
    assert not any(sentence.is_quotable for sentence in parse(text).sentences if sentence.text.startswith(".."))


@pytest.mark.parametrize(
    "text",
    [
        "## Improvements\n\n- The report is even now. It had a word in front. The prefix has been removed. (#1)\n",
        "## Improvements\n\n- The gate now returns a clearer error message for two keys of a map. (#1)\n",
        "## Improvements\n\n- Apply filters so that warnings are collected before the old hooks are removed. (#1)\n",
    ],
)
def test_sentence_of_an_improvement_states_nothing(text: str) -> None:
    assert list_stated(text) == []


@pytest.mark.parametrize(
    ("heading", "is_noise"),
    [
        ("Docs and tests", True), ("Miscellaneous tasks & CI", True), ("Documentation", True), ("Internals", True),
        ("Expectations and tests", False), ("A fault of Documents that are read by many people", False),
    ],
)  # fmt: skip
def test_heading_that_names_something_for_users_too_is_not_internal(heading: str, is_noise: bool) -> None:
    (item,) = list_items(f"## {heading}\n\n- Draw the map\n")
    assert is_internal(item) is is_noise


def test_entry_whose_heading_names_an_advisory_is_about_security() -> None:
    text = "### CVE-2026-54260: Denial of service by a map\n\nNew.\n\n### CVE-2026-54261: Lamps are lit\n\nNew.\n"
    assert [item.kind for item in list_items(text)] == ["security", "security"]


@pytest.mark.parametrize(
    "text",
    [
        "perf: draw maps faster (#1, @ada)\nlib: new flag for ships\n     of all kinds\napi: no more lamps\n",
        "cli  : draw maps faster\ncli  : new flag for ships\n  of all kinds\nlib  : no more lamps, by @ada\n",
        "Ada Moss (3):\n      draw maps faster\n      new flag for ships of all kinds\n      no more lamps\n",
    ],
)
def test_line_of_plain_notes_with_its_kind_or_author_is_an_item(text: str) -> None:
    items = list_items(text)
    assert len(items) == 3
    assert items[1].text.endswith("new flag for ships of all kinds")


def test_plain_lines_of_a_message_are_no_items() -> None:
    text = "Risk: high\nScope: maps\nOwner: the clerks\n"
    message = parse_document(SourceText(key="k", kind="message", repository="acme/tool", text=text, title="Draw"))
    assert not any(sentence.is_list_item for sentence in message.sentences)


def test_line_above_a_list_names_its_kind_without_a_mark() -> None:
    text = "Features\n   * Draw the map\n   * Ring bells\n\nSecurity\n   * Keep the gate shut\n"
    assert [item.kind for item in list_items(text)] == ["features", "features", "security"]


def test_tags_of_a_directive_say_the_kind_of_its_item() -> None:
    text = (
        ".. changelog::\n    :version: 2.0\n\n    .. change::\n        :tags: bug, maps\n        :tickets: 12\n\n"
        "        The map was drawn twice.\n\n    .. change::\n        :tags: usecase, maps\n\n        The map is red.\n"
    )
    assert [(item.kind, item.text) for item in list_items(text)] == [
        ("fixes", "The map was drawn twice."), ("features", "The map is red."),
    ]  # fmt: skip


def test_title_of_a_directive_is_an_item_of_the_kind_of_its_type() -> None:
    """litestar 2.20.0 closed two holes, and none of its notes was read."""
    text = (
        "    .. change:: Fix ``Harbour`` validation bypass via escapes\n        :type: bugfix\n        :pr: 4597\n\n"
        "        Fix a bug in :class:`~acme.Harbour`, that could allow to bypass the\n        validation.\n\n"
        "    .. change:: Add ``after_night`` option for maps\n        :type: feature\n\n        Maps are drawn.\n\n"
        "    .. change:: Remove the old lamp\n        :type: feature\n        :breaking:\n\n        It is gone.\n"
    )
    assert [(item.kind, " ".join(item.text.split()[:4])) for item in list_items(text)] == [
        ("fixes", "Fix ``Harbour`` validation bypass"), ("features", "Add ``after_night`` option for"),
        ("breaking", "Remove the old lamp"),
    ]  # fmt: skip


def test_list_of_changes_below_prose_is_no_entry() -> None:
    text = (
        "## Safety of maps in harbours\n\nMaps are safe now. This release makes progress:\n\n"
        "- Lock the map (#1)\n- Lock the pier (#2)\n\n## Lamps for all of the ships\n\nLamps are lit.\n"
    )
    assert [item.text for item in list_items(text)][:2] == ["Lock the map (#1)", "Lock the pier (#2)"]


@pytest.mark.parametrize("second", ["-  `Lamp` and `Pier` are now merged", "-   `Lamp` and `Pier` are now merged"])
def test_spaces_behind_a_mark_nest_nothing(second: str) -> None:
    text = f"### Removed\n\n- `lamp::old` is no longer exported. Use `lamp`.\n- `draw` combinator\n{second}\n"
    source = SourceText(key="notes:o/r@1", kind="release_notes", repository="o/r", text=text)
    assert [item.text.split(" ")[0] for item in list_note_items(parse_document(source))] == [
        "`lamp::old`", "`draw`", "`Lamp`",
    ]  # fmt: skip
    assert len(find_consequences(parse_document(source))) == 3


def test_label_above_a_list_leads_on_to_the_items_below_it() -> None:
    directive = ".. change::\n    :tags: changed\n\n    Environmental updates:\n\n"
    text = f"{directive}    * Draws maps at noon\n    * Rings the bell once\n"
    items = list_items(text)
    assert [(item.text, item.leads_on) for item in items if item.leads_on] == [("Environmental updates:", True)]


NAMED_FEATURES = """\
## What's new

### Tide map enhancements

The tide map has been drawn again.

### A lamp for every pier

Each pier can now have a lamp.

### CVE-2026-54262: Improper handling of keys on the pier

A visitor could read the keys of others.

### Other features

* Add a `--night` flag
* Add [](lamp_color) for lamps

## Bug fixes

* Keep the map
"""


def test_heading_over_prose_may_end_with_the_kind_of_its_section() -> None:
    items = list_items(NAMED_FEATURES)
    assert [(item.heading, item.kind) for item in items][:3] == [
        ("Tide map enhancements", "features"),
        ("A lamp for every pier", "features"),
        ("CVE-2026-54262: Improper handling of keys on the pier", "security"),
    ]
    assert [stated[:2] for stated in list_stated(NAMED_FEATURES)] == [("security", "CVE-2026-54262")]


def test_entries_with_headings_are_news_before_a_list_of_others() -> None:
    document = parse(NAMED_FEATURES)
    news = [item.heading for item in list_news(document, list_note_items(document))]
    assert news[:2] == ["A lamp for every pier", "Tide map enhancements"]


def test_item_with_a_link_without_text_is_not_quoted() -> None:
    document = parse(NAMED_FEATURES)
    sentence = next(sentence for sentence in document.sentences if "lamp_color" in sentence.text)
    assert quote(document, sentence) is None


def test_section_about_an_audit_is_not_about_holes() -> None:
    assert list_stated("### Independent security audit\n\n* Document where files are stored\n") == []


def test_kind_with_a_number_is_the_label_of_an_item() -> None:
    items = list_items("## Summary\n\n * Fix #12: Keep the lamp\n * Enh #34: Draw piers\n * Chg #56: Sell maps\n")
    assert [(item.label, item.kind) for item in items] == [("fix", "fixes"), ("enh", "features"), ("chg", "summary")]


def test_fix_that_only_names_a_hole_closes_it() -> None:
    text = "## {}\n\n- **Credential leak in maps**: maps no longer show keys\n"
    assert [kind for kind, _, _ in list_stated(text.format("Bug fixes"))] == ["security"]
    assert "security" not in [kind for kind, _, _ in list_stated(text.format("New features"))]


def test_label_below_breaking_changes_gives_way_to_what_is_nested_in_it() -> None:
    text = (
        "## Breaking changes\n\n- Lamps: (users of oil)\n  - renamed `oilLamp()` to `lamp()`.\n"
        "  - Kept an alias, which is now deprecated.\n  - The output of `lamp()` is now a map.\n- Maps are gone.\n"
    )
    source = SourceText(key="notes:o/r@1", kind="release_notes", repository="o/r", text=text, title="v1")
    said = [found.statement.text for found in find_consequences(parse_document(source)) if found.statement]
    assert said == ["renamed `oilLamp()` to `lamp()`.", "The output of `lamp()` is now a map.", "Maps are gone."]


def test_hyphen_that_closes_an_aside_on_the_next_line_begins_no_item() -> None:
    text = (
        "* Maps that cannot be drawn at night - like those of ``piers``\n  - no longer raise an error.\n* Sell maps\n"
    )
    assert [item.text for item in list_items(text)] == [
        "Maps that cannot be drawn at night - like those of ``piers`` - no longer raise an error.",
        "Sell maps",
    ]


def test_items_below_deprecations_and_removals_are_what_their_words_say() -> None:
    items = (
        "The oil lamp is deprecated.", "The `wick` argument, deprecated since 18.9, has been removed.",
        "Spaces around names of lamps are not kept.",
    )  # fmt: skip
    text = "## Deprecations and removals\n\n" + "".join(f"- {item}\n" for item in items)
    assert [kind for kind, _, _ in list_stated(text)] == ["deprecated", "removed", "compatibility"]


def test_items_below_an_update_of_a_part_speak_for_themselves() -> None:
    text = (
        "### Minor Changes\n\n- 120bf06d: fix!: Remove the `day` field\n- 2a3a1980: update dom-maps\n"
        "  - Improved drawing of piers - @ada\n  - handleLamp syntax for the night - @bob\n"
        "  - support for bool: attributes of maps - @bob\n"
    )
    items = [item for item in list_items(text) if stands_alone(item)]
    document = parse(text)
    quoted = [quote_item(document, document.sentences[item.sentences[0]]) for item in items]
    assert [own.text for own in quoted if own] == [
        "Remove the `day` field", "Improved drawing of piers", "handleLamp syntax for the night",
        "support for bool: attributes of maps",
    ]  # fmt: skip
    assert not any(item.is_nested for item in items)


def test_numbered_list_inside_an_item_is_of_steps() -> None:
    text = (
        "- Add support for lamps (#1)\n\n    To light a lamp:\n\n    1. Buy some oil\n    2. Add it to the lamp\n\n"
        "    Replace the oil at night.\n\n- Draw maps (#2)\n"
    )
    items = list_items(text)
    steps = [item.text for item in items if item.is_step]
    assert steps == ["Buy some oil", "Add it to the lamp"]
    assert [stands_alone(item) for item in items] == [not item.is_step for item in items]
    # What explains an item may say `replace`: the item takes nothing away.
    assert drop_overview(parse(text), items)[0].text.startswith("Add support for lamps (#1)")
