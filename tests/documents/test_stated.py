"""What items and sentences of notes state by their words: removals, minimums, defaults, and what must be changed."""

import pytest

from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.models import Consequence, ParsedDocument, SourceText
from sparky_assets.documents.notes import list_note_items
from sparky_assets.documents.parse import parse_document


def parse_notes(text: str) -> ParsedDocument:
    return parse_document(SourceText(key="notes:o/r@1", kind="release_notes", repository="o/r", text=text, title="v1"))


def read_notes(text: str) -> list[Consequence]:
    return find_consequences(parse_notes(text))


def list_kinds(text: str) -> list[str]:
    return [consequence.kind for consequence in read_notes(text)]


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ("build: bump minimum required tool to v3.0 (from v1.0)", "new_minimum"),
        ("Update minimum dependency versions to latest feature releases.", "new_minimum"),
        ("Update minimum dependencies (SPEC 0)", "new_minimum"),
        ("Update MSRV to 1.85", "new_minimum"),
        ("plugin/getter: prevent path traversal vulnerability in the file names of plugins", "security"),
        ("Fix stored XSS in the names of maps", "security"),
        ("The minimum supported Rust version is now 1.70.", "new_minimum"),
        ("Require Python 3.10 or newer", "new_minimum"),
        ("The maximum panda version is pinned to ``<2`` until the new types of dates work.", "compatibility"),
        ("Now requires Node.js 20.", "new_minimum"),
        ("tls: make default version be minimum 1.2", "changed_default"),
        ("Makes `'jsx'` the default value for `compressHTML`", "changed_default"),
        ("Change the default log level to `warn`", "changed_default"),
        ("`lamp` is now enabled by default.", "changed_default"),
        ("Python 3.8 is no longer supported.", "breaking"),
        ("Dropped Python 3.8 support", "breaking"),
        ("Remove support for Node 18", "breaking"),
        ("The `moon` attribute is no longer available.", "breaking"),
        ("The `moon` flag was deprecated in v1 and is now removed.", "removed"),
        ("Updated lamp dependency to v3.9+.", "new_minimum"),
        ("[CLEANUP] Remove deprecated bundles of maps", "removed"),
        ("Remove long deprecated code from the wrapper", "removed"),
        ("Default to memoizing all maps, except at night.", "changed_default"),
        ("Use Edition 2024 and MSRV 1.85", "new_minimum"),
        ("**map-plugin:** deprecate the `night` rule", "deprecated"),
        ("**map-plugin:** [night-rule] change its default to true", "changed_default"),
        ("Support: (Valkey 7.2+, Redis 7.2+), Ruby 3.2+, Rails 7.0+", "new_minimum"),
        ("Adjust the default thread priority to -1 for a slice of 50 ms.", "changed_default"),
        ("default `lamp.glow` to `'dim'` for ships", "changed_default"),
        ("*Breaking:* only lone options set the default", "breaking"),
        ("*Breaking*: throw for unsupported options", "breaking"),
        ("**BREAKING** lamps are lit at night", "breaking"),
        ("**Breaking change** Lamps are lit at night", "breaking"),
        ("💥 **Breaking:** lamps are lit at night", "breaking"),
        (":boom: breaking: lamps are lit at night", "breaking"),
        ("Lamps are lit at night (breaking)", "breaking"),
        ("Lamps are lit at night [**breaking**]", "breaking"),
        ("**WARNING** The class of maps has changed from `Map` to `Chart`.", "compatibility"),
    ],
)
def test_item_of_notes_below_any_heading_states_a_consequence(item: str, kind: str) -> None:
    assert list_kinds(f"## Maintenance\n\n- {item}\n- Draw maps.\n") == [kind]
    assert list_kinds(f"# Improvements\n\n* {item} [#12](https://github.com/o/r/pull/12)\n") == [kind]


@pytest.mark.parametrize(
    "item",
    [
        "Raise minimum zoom level of maps",
        "Remove deprecated usage of `numpy.bool`",
        "Write to `stdout`. This does not change the default behavior.",
        "Replace `make` by `just`",
        "Upgraded minimum versions will be done in minor releases",
        "Remove the requirement of a key from `get`",
        "Increase the minimum width of columns",
        "Require a key for `get`",
        "Add `lamp`, which is enabled by default",
        "Add an option to change the default log level",
        "New `moon` command: it is now the default",
        "Fix a crash where the minimum version was wrong",
        "Fix the default value of `moon`",
        "Document that Python 3.8 is no longer supported",
        "Improve the error message if a platform is no longer supported",
        "Make the default lamp brighter",
        "Reading no longer fails with large files",
        "Some internal call overhead in the map was removed.",
        "Support for Node 20",
        "Default error logging has been modified to use `message`",
        "Default links to stable version of documentation",
        "warning: quote the name of the lamp",
        "Say that a change is not breaking (a breaking change needs a major version)",
    ],
)
def test_item_of_notes_that_takes_nothing_away_states_nothing(item: str) -> None:
    assert list_kinds(f"## Changes\n\n- {item}\n- Draw maps.\n") == []


def test_label_in_bold_parentheses_is_the_kind_of_an_item() -> None:
    notes = (
        "## Maps\n\n- **(breaking-change)** Use a class for tiles.\n- **(security)** Escape the names of lamps.\n"
        "- **(performance)** Draw maps in one pass.\n- Add night maps.\n"
    )
    assert list_kinds(notes) == ["breaking", "security"]
    assert [item.kind for item in list_note_items(parse_notes(notes))] == [
        "breaking", "security", "performance", "other",
    ]  # fmt: skip


def test_heading_between_a_changelog_and_its_versions_is_over_none_of_them() -> None:
    source = SourceText(
        key="notes:o/r@1", kind="release_notes", repository="o/r", text="- Add a map of tides.\n", title="v1",
        heading="Changelog > Deprecations > Version 1",
    )  # fmt: skip
    assert find_consequences(parse_document(source)) == []
    within = source.model_copy(update={"heading": "Deprecations > Version 1", "text": "- The map of tides.\n"})
    assert [own.kind for own in find_consequences(parse_document(within))] == ["deprecated"]


def test_statement_of_an_item_that_begins_with_the_past_is_what_is_so_now() -> None:
    notes = (
        "## Breaking changes\n\n"
        "- Previously, lamps could be set by hand. Setting a lamp now raises an error.\n"
        "- Piers were previously open to all. They are only open to boats.\n"
    )
    statements = [own.statement.text for own in read_notes(notes) if own.statement]
    assert statements == ["Setting a lamp now raises an error.", "Piers were previously open to all."]


def test_minimum_below_fixes_is_one() -> None:
    assert list_kinds("## Bugfixes & Small Changes\n\n- Updated lamp dependency to v3.9+.\n- Fixed maps.\n") == [
        "new_minimum"
    ]


@pytest.mark.parametrize("heading", ["Documentation", "Tests", "CI", "Internal"])
def test_minimum_of_what_users_do_not_get_is_none(heading: str) -> None:
    assert list_kinds(f"## {heading}\n\n- Bump minimum required sphinx version to 7.0\n") == []


def test_items_below_changes_of_an_interface_state_what_their_verbs_say() -> None:
    items = (
        "Expire `all_triplets` deprecation", "New draw API", "Save layouts on graphs", "Deprecate `moon`",
        "DEP: Raise an exception for `k_core` with multigraphs", "Drop `night_map`", "Rename `lamp` to `light`",
    )  # fmt: skip
    text = "API Changes\n-----------\n\n" + "".join(f"- {item} (#1).\n" for item in items)
    found = [(item.kind, item.statement.text.split()[0]) for item in read_notes(text) if item.statement]
    assert found == [
        ("removed", "Expire"), ("deprecated", "Deprecate"), ("now_error", "DEP:"), ("removed", "Drop"),
        ("removed", "Rename"),
    ]  # fmt: skip


def test_removal_beside_a_list_of_fixes_is_one_and_a_fix_is_none() -> None:
    text = (
        "This release includes the following changes:\n\n o quic: drop msh3 [8]\n o curl: add --follow [9]\n\n"
        "This release includes the following bugfixes:\n\n o cmake: drop redundant mode [1]\n o lib: remove a lock\n"
        " o DEPRECATE.md: drop support for old maps\n\n"
        "Planned upcoming removals include:\n\n o Builds using VS2008\n o Windows CE support\n\n"
        "This release would not have looked like this without help, code and advice from friends like these.\n"
    )
    found = [(item.kind, item.statement.text) for item in read_notes(text) if item.statement]
    assert found == [
        ("removed", "quic: drop msh3 [8]"), ("deprecated", "Builds using VS2008"), ("deprecated", "Windows CE support"),
    ]  # fmt: skip


def test_item_below_deprecations_and_removals_is_what_its_words_say() -> None:
    text = "Deprecations and Removals\n-------------------------\n\n- Python 3.8 is no longer supported.\n"
    text += "- The `moon` argument has been removed.\n- Using `sun` is deprecated.\n- Use `lamp` instead of `light`.\n"
    assert list_kinds(text) == ["removed", "removed", "deprecated", "deprecated"]


CHANGESET = """\
### Major Changes

- [#15](https://x.test/15) [`cafec4e`](https://x.test/cafec4e) Thanks [@ada](https://x.test/ada)! - Upgrade to Bulb v8

- 57ead0d: Removes the `moon` package.

  The `moon` package was deprecated in v6.4.5 and is now removed. White space is removed too.

  #### What should I do?

  Use one of:

  - `sun()`
  - `star()`

- 57ead0e: Makes `lamp` the default.

### Minor Changes

- [`cafec4f`](https://x.test/cafec4f) [#16](https://x.test/16) Thanks [@ada](https://x.test/ada), @bob! - Adds `lamp`.
"""


def test_major_change_of_a_changeset_breaks() -> None:
    found = [(item.kind, item.statement.text, item.references) for item in read_notes(CHANGESET) if item.statement]
    assert found == [
        ("breaking", "Upgrade to Bulb v8", ("#15",)),
        ("breaking", "57ead0d: Removes the `moon` package.", ()),
        ("breaking", "57ead0e: Makes `lamp` the default.", ()),
    ]
    assert list_kinds("## Major Changes\n\n- New lamps for all maps\n") == []


def test_thanks_in_front_of_an_item_are_not_its_first_sentence() -> None:
    document = parse_notes(CHANGESET)
    assert not any("Thanks" in sentence.text for sentence in document.sentences)
    assert [sentence.text for sentence in document.sentences][-1] == "Adds `lamp`."


def test_role_behind_a_word_is_no_footer() -> None:
    text = "Deprecations\n------------\n\n- Deprecated :class:`~lamp.Bulb` and ``glow``. Use ``light`` instead.\n\n"
    text += "  *Related issues and pull requests on GitHub:*\n  :issue:`12`.\n"
    assert [item.statement.text for item in read_notes(text) if item.statement] == [
        "Deprecated :class:`~lamp.Bulb` and ``glow``."
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "Selectors of the old engine will not work any more in `element/3`.",
        "Custom implementations of `Lamp.Live.Engine` must implement it accordingly.",
        "If you named your hooks with a dot in the past, you'll need to adjust this for your hooks to work properly.",
        "Generated tests will need to be adjusted when updating to 1.1.",
        "Here is a summary of the changes necessary to upgrade to 1.1:",
    ],
)
def test_sentence_of_notes_that_asks_for_a_change_is_a_consequence(sentence: str) -> None:
    assert list_kinds(f"## Moving to the new engine\n\nThe engine is new. {sentence}\n") in (
        ["compatibility"],
        ["breaking"],
    )


def test_item_of_upgrade_notes_that_only_adds_something_is_none() -> None:
    text = "### Upgrade Notes\n\n- `lamp()` now honors the pier.\n- Added `moon()` for ships.\n"
    assert [item.statement.text for item in read_notes(text) if item.statement] == ["`lamp()` now honors the pier."]


def test_paragraph_that_introduces_breaking_changes_is_none() -> None:
    text = (
        "## Breaking changes\n\nThere are several changes that maintainers may want to be aware of.\n\n"
        "Lamps break.\n\n* **Lamps** should now return `light`.\n"
    )
    found = [(item.statement.text, item.action) for item in read_notes(text) if item.statement]
    assert found == [("Lamps break.", None), ("**Lamps** should now return `light`.", None)]


def test_paragraph_behind_what_was_removed_is_no_removal_of_its_own() -> None:
    text = "## Breaking changes\n\nSupport for Tide 2.9 has been removed.\n\nWe recommend upgrading to Tide 2.10.\n\n"
    text += "## Deprecations\n\nIn Tide 1.3, the `mode` of :py:meth:`map.draw` was deprecated. It is back.\n"
    assert [item.statement.text for item in read_notes(text) if item.statement] == [
        "Support for Tide 2.9 has been removed."
    ]


def test_duty_to_upgrade_something_else_urges_no_upgrade() -> None:
    text = "## News\n\n- Tide 5.6 drops support for Python 3.8. Users still on it must upgrade their Python version.\n"
    (consequence,) = read_notes(text)
    assert (consequence.kind, consequence.action) == ("breaking", consequence.action)


@pytest.mark.parametrize(
    "sentence",
    [
        "To enable this, you need to update your configuration.",
        "If you want to use lamps, you will need to change `mode`.",
        "You must provide a key for the new lamp.",
        "Nothing needs to be updated.",
        "You do not have to change your code.",
        "You no longer need to update the map.",
        "The folder has a folder for each map, therefore you'll need to adjust the path.",
    ],
)
def test_sentence_of_notes_about_a_choice_asks_for_nothing(sentence: str) -> None:
    assert list_kinds(f"## Moving to the new engine\n\nThe engine is new. {sentence}\n") == []


def test_line_that_leads_on_to_steps_is_followed_by_the_first() -> None:
    text = "## Guide\n\nHere are the changes necessary to upgrade to 1.1:\n\n1. Add `lamp` to your list.\n2. Run it.\n"
    (consequence,) = read_notes(text)
    assert consequence.action is not None and consequence.action.text == "Add `lamp` to your list."


def test_heading_with_the_name_of_a_package_says_nothing_about_its_items() -> None:
    source = SourceText(
        key="notes:o/r@1", kind="release_notes", repository="o/r", text="### Patch Changes\n\n- Fixes a lamp.\n",
        heading="@acme/upgrade > 0.7.3",
    )  # fmt: skip
    assert find_consequences(parse_document(source)) == []


@pytest.mark.parametrize(
    "item",
    [
        "[CHANGE] tool: Relative paths are now resolved relative to that file instead of its parent. #12",
        "[CHANGE] Credentials are no longer forwarded to other hosts. #12",
    ],
)
def test_change_of_behaviour_below_changes_is_a_row_of_compatibility(item: str) -> None:
    assert list_kinds(f"- {item}\n- [FEATURE] Lamps are now lit by gas instead of oil. #13\n") == ["compatibility"]
    assert list_kinds("### Changed\n\n- Lamps are now lit by gas rather than oil.\n- Lamps are new.\n") == [
        "compatibility"
    ]


def test_item_below_deleted_is_a_removal() -> None:
    assert list_kinds("### Deleted\n\n- the export of `lamp.mjs`, as it was old\n") == ["removed"]


def test_long_item_that_breaks_something_is_quoted_whole() -> None:
    item = "Maps are drawn " + "of every ship and harbour " * 9 + "at night from now on"
    (consequence,) = read_notes(f"## Breaking changes\n\n- {item}\n")
    assert consequence.statement is not None and consequence.statement.text == item


def test_condition_with_what_to_do_is_the_action() -> None:
    text = (
        "## Deprecations\n\n- The lamps have a package of their own. If you imported `lamp.core` directly, switch to "
    )
    (consequence,) = read_notes(text + "`lamps`.\n")
    assert consequence.action is not None and consequence.action.text.startswith("If you imported")


def test_item_below_features_that_removes_something_is_a_removal() -> None:
    text = "### Features\n\n- **map-plugin:** remove formatting rules\n- remove the need for a key\n- draw maps\n"
    assert [(item.kind, item.statement.text) for item in read_notes(text) if item.statement] == [
        ("removed", "**map-plugin:** remove formatting rules")
    ]
    assert list_kinds(text.replace("Features", "Improvements")) == []


def test_item_below_changes_that_renames_or_replaces_a_name_is_a_removal() -> None:
    text = "### Changes\n\n- Rename fns `Map::draw` -> `sketch`\n- Replace fn `Map::read` with struct `Reader`\n"
    text += "- Rename `lamp_rng` -> `sea_rng`, `Lamp` -> `Sea`\n"
    text += "- Rename the parser to reader\n- The ink is another one. There may be some API breakage when using it.\n"
    assert list_kinds(text) == ["removed", "removed", "removed", "compatibility"]


def test_added_support_below_deprecations_is_none_and_dropped_is_a_removal() -> None:
    text = "**Deprecations**\n\n- Maps has officially added support for CPython 3.12\n"
    text += "- Maps has officially dropped support for CPython 3.7\n- The `sun` option, use `lamp`.\n"
    assert list_kinds(text) == ["removed", "deprecated"]


@pytest.mark.parametrize(
    ("item", "statements"),
    [
        ("Look at the new `maps` for help.", []),
        ("[deprecate old lamps #12](https://pier.example/12)", []),
        ("Programs with lamps continue to function normally.", []),
        ("The pier plans to stop lighting lamps.", ["The pier plans to stop lighting lamps."]),
    ],
)
def test_item_of_upgrade_notes_that_asks_for_nothing_is_none(item: str, statements: list[str]) -> None:
    document = parse_notes(f"## Upgrade notes\n\n- {item}\n")
    assert [found.statement.text for found in find_consequences(document) if found.statement] == statements


def test_sentence_before_says_what_breaks() -> None:
    text = "## Sessions\n\nSessions hold plain data alone. This is a backward-incompatible change.\n"
    found = find_consequences(parse_notes(text))
    assert [(item.kind, item.statement and item.statement.text) for item in found] == [
        ("compatibility", "Sessions hold plain data alone.")
    ]


def test_definition_of_a_link_states_nothing() -> None:
    text = "### Removed\n\n- Remove the lamp.\n\n[3.0.0]: https://x.test/compare/v2.3.2...v3.0.0\n"
    assert [item.statement.text for item in read_notes(text) if item.statement] == ["Remove the lamp."]


def test_footer_in_an_item_of_notes_ends_with_it() -> None:
    text = (
        "### Features\n\n- Draw labels [**breaking**]\n  > BREAKING CHANGE:labels are drawn now\n  >\n"
        "  > Use `map`.\n\n- Draw dashed borders\n\n- Draw bars\n"
    )
    assert [item.statement.text for item in read_notes(text) if item.statement] == ["Draw labels [**breaking**]"]


def test_warning_sign_in_front_of_what_was_taken_marks_a_break() -> None:
    removal = "⚠️ Removes the old ink and the `old-ink` option"
    found = read_notes(f"- 🌟 Adds night maps\n- {removal}\n- ⚠️ Known issues are listed\n")
    assert [(item.kind, item.statement.text) for item in found if item.statement] == [("breaking", removal)]


def test_sentence_about_users_of_the_old_behaviour_is_what_to_do() -> None:
    action = "Users relying on day maps can set `--day` in the settings."
    (found,) = read_notes(f"**Breaking change:** maps are now drawn at night. {action}\n")
    assert found.action is not None
    assert found.action.text == action


def test_deprecation_of_another_project_is_not_stated() -> None:
    assert (
        read_notes("- The `ink` option has been deprecated in Elixir 1.20 in favor of `pen`, which we use now.\n") == []
    )
    (found,) = read_notes("- The `ink` option has been deprecated in favor of `pen`.\n")
    assert found.kind == "deprecated"


@pytest.mark.parametrize(
    "title", ["Remove non-existent `night` option from docs", "Drop the deprecated API from the examples"]
)
def test_title_about_what_documents_say_removes_nothing(title: str) -> None:
    source = SourceText(key="message:o/r@1", kind="message", repository="o/r", text=title, title=title)
    assert find_consequences(parse_document(source)) == []


@pytest.mark.parametrize(
    ("text", "is_minimum"),
    [
        ("Upgrade to Java 17", True),
        ("Require Node 26", True),
        ("Update to Node 26 (Ada Low)", False),
        ("Upgrade to Python 3.14", False),
    ],
)
def test_update_of_what_a_project_is_tested_with_is_no_minimum(text: str, is_minimum: bool) -> None:
    """sinon 22.0.0: “Update to Node 26” changed what its own tests run on, and was called a new minimum."""
    notes = SourceText(
        key="notes:o/r@22.0.0", kind="release_notes", repository="o/r", title="22.0.0", text=f"- {text}\n- Draw it\n"
    )
    kinds = [item.kind for item in find_consequences(parse_document(notes))]
    assert (kinds == ["new_minimum"]) is is_minimum
