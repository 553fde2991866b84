"""Consequences of a change and the required actions, from documents, titles and labels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.documents.consequences.changed_names import names_rename, says_renamed
from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.consequences.titles import find_marks
from sparky_assets.documents.models import ParsedDocument, SourceKind, SourceText
from sparky_assets.documents.notes import list_note_items
from sparky_assets.documents.parse import parse_document
from sparky_assets.text.upgrades import find_major_version

NOTES = """\
## Security

- CVE-2024-23337: Fix signed integer overflow in `write`. (#3)
  - The fix for this issue now limits the maximum size of arrays.

## Changes

- Use code point index for `indices/1`. (#3065)
  - This is a breaking change. Use `utf8bytelength/0` to get byte index.
- Add `trim/0` to the parser. (#3056)

## Potentially breaking changes

- #12272 `GETRANGE` returns an empty bulk when the end index is out of range

## Removed

- The command `pow10` and its alias. (#9)
"""


def parse(text: str, title: str = "", kind: SourceKind = "release_notes") -> ParsedDocument:
    return parse_document(SourceText(key="notes:o/r@1", kind=kind, repository="o/r", text=text, title=title))


def test_notes_give_each_consequence_with_what_to_do() -> None:
    consequences = find_consequences(parse(NOTES))
    kinds = [(item.kind, item.label, item.references) for item in consequences]
    assert kinds == [
        ("security", "CVE-2024-23337", ("#3",)),
        ("breaking", "", ("#3065",)),
        ("potentially_breaking", "", ("#12272",)),
        ("removed", "", ("#9",)),
    ]
    assert consequences[1].action is not None
    assert consequences[1].action.text == "Use `utf8bytelength/0` to get byte index."
    assert all(item.statement and item.statement.text for item in consequences)


def test_action_that_leads_on_to_steps_is_the_first_step() -> None:
    notes = (
        "## Breaking changes\n\n- Removed `map.bool`. If you use it, you must migrate like so:\n"
        "  - Change `map.bool` to `map.types.bool`.\n"
    )
    (consequence,) = find_consequences(parse(notes))
    assert consequence.action
    assert consequence.action.text == "Change `map.bool` to `map.types.bool`."


def test_items_of_notes_name_their_changes() -> None:
    items = list_note_items(parse(NOTES))
    assert ("Removed", ("#9",)) in [(item.heading, item.references) for item in items]
    assert all(NOTES[item.start : item.end].split() == item.text.split() for item in items)


def test_notes_in_restructuredtext_name_their_changes_by_roles() -> None:
    text = (
        "Features:\n\n* Add ``limit``. (:issue:`1220`)\n\nOther:\n\n* Drop support for Python 3.8.\n  (:pull:`1157`)\n"
    )
    document = parse(text)
    assert [item.references for item in list_note_items(document)] == [("#1220",), ("#1157",)]
    assert [sentence.text for sentence in document.sentences if sentence.is_quotable] == [
        "Add ``limit``.",
        "Drop support for Python 3.8.",
    ]
    assert [(item.kind, item.references) for item in find_consequences(document)] == [("breaking", ("#1157",))]


def test_footer_of_a_message_is_breaking() -> None:
    (item,) = find_consequences(parse("Text here.\n\nBREAKING CHANGE: clients must call `/v2`\n", kind="message"))
    assert (item.kind, item.reason) == ("breaking", "footer")
    assert item.statement is not None
    assert item.statement.text == "clients must call `/v2`"


@pytest.mark.parametrize(
    ("title", "labels", "is_marked", "kinds"),
    [
        ("Add x", (), True, ["breaking"]),
        ("Submodules are no longer implicitly imported", (), False, ["breaking"]),
        ("Delete deprecated stdlib copy", (), False, ["removed"]),
        ("Bump checkout from 6 to 7", (), False, ["major_version"]),
        ("Bump pip from 24.1 to 25.0", (), False, ["major_version"]),
        ("Bump image from 2024.1 to 2025.2", (), False, []),
        ("Bump x from 1.2.0 to 1.3.0", (), False, []),
        ("Fix CVE-2024-1234", ("security", "semver-major"), False, ["security", "breaking"]),
        ("Add x", ("bug",), False, []),
        ("Removed: JSONP callback in monitoring", (), False, ["removed"]),
        ("Removed: unused lamps", (), False, []),
        ("Removed: superfluous lamps", (), False, []),
        ("Fix the security issue where a reader saw all maps", (), False, ["security"]),
        ("Fix a potential vulnerability of the lock", (), False, ["security"]),
        ("Add security notes to the readme", (), False, []),
    ],
)
def test_mark_of_a_title_or_label_is_a_consequence(
    title: str, labels: tuple[str, ...], is_marked: bool, kinds: list[str]
) -> None:
    document = parse("", title, "message")
    found = find_consequences(document, labels=labels, is_marked_breaking=is_marked)
    assert [item.kind for item in found] == kinds


DEPRECATION_REMOVALS = """\
Deprecation removals
~~~~~~~~~~~~~~~~~~~~

-   The following functions, deprecated in 2.13.0, are removed, you should
    import them from ``maps.url`` instead:

{functions}
    (:issue:`7487`)

-   ``tool.InitSpider``, deprecated in 2.13.0, is removed. You should upgrade the
    affected spiders.

Deprecations
~~~~~~~~~~~~

-   ``tool.Chain`` is deprecated.
"""


def test_removals_of_what_was_deprecated_are_removals() -> None:
    functions = "".join(f"    - ``tool.utils.read_map_{number}()``\n\n" for number in range(13))
    found = find_consequences(parse(DEPRECATION_REMOVALS.format(functions=functions)))
    assert [(item.kind, item.statement.text.split(",")[0] if item.statement else "") for item in found] == [
        ("removed", "The following functions"),
        ("removed", "``tool.InitSpider``"),
        ("deprecated", "``tool.Chain`` is deprecated."),
    ]


def test_only_the_first_sentence_of_an_item_says_what_breaks() -> None:
    text = (
        "### Minor Changes\n\n- The map no longer accepts old keys.\n\n### Patch Changes\n\n"
        "- Draw the map. It kept a key that the pier no longer allowed.\n- The lamp no longer works at noon.\n"
    )
    found = find_consequences(parse(text))
    assert [item.statement.text for item in found if item.statement] == ["The map no longer accepts old keys."]


def test_year_crosses_no_major_version() -> None:
    assert find_major_version("Update image from 2024.1 to 2025.1") is None
    assert find_major_version("Update image from v1.9.1-rc to v2") == ("1", "2")


@given(st.text(alphabet=st.sampled_from("#-* BREAKING CHANGE:\n`.1xX"), max_size=200), st.text(max_size=60))
def test_consequences_of_any_text_are_exact_spans(text: str, title: str) -> None:
    for item in find_consequences(parse(text, title)):
        if item.statement:
            assert " ".join(text[item.statement.start : item.statement.end].split()) == item.statement.text


def test_fix_of_an_advisory_says_what_it_changes_and_names_its_commit() -> None:
    sha = "de21386681c0df0104a99d9d09db23a9b2a78b1e"
    text = (
        f"## Security fixes\n\n- CVE-2024-23337: Fix overflow of maps.\n  @ada {sha}\n"
        "  - The fix for this issue now limits the size of maps to 5.\n"
    )
    (consequence,) = find_consequences(parse(text))
    assert (consequence.label, consequence.references) == ("CVE-2024-23337", (sha,))
    assert consequence.limit is not None
    assert consequence.limit.text == "The fix for this issue now limits the size of maps to 5."


@pytest.mark.parametrize(
    ("text", "title", "kind"),
    [
        ("`map sort` now reports an error for lists without keys.", "Fix map sort", "now_error"),
        ("The default scale of maps is now 5 instead of 1.", "Draw maps", "changed_default"),
        ("The release of night maps is blocked until the new ink arrives.", "Try night maps", "blocked"),
        ("When naming a map from its file, the suffixes `_map` and `_m` are removed.", "Name maps", "changed_default"),
        ("The suffixes `_map` and `_m` are removed.", "Name maps", "removed"),
        ("", "Deprecate `map old` and add `map new`", "deprecated"),
    ],
)
def test_consequence_is_read_from_a_sentence_or_title(text: str, title: str, kind: str) -> None:
    kinds = {consequence.kind for consequence in find_consequences(parse(text, kind="message"), title=title)}
    assert kinds == {kind}


def test_release_that_requires_a_version_raises_a_minimum() -> None:
    notes = parse("This release now requires Erlang/OTP 25+\n\n- Draw maps\n", kind="release_notes")
    assert [consequence.kind for consequence in find_consequences(notes)] == ["new_minimum"]


def test_paragraph_that_says_what_a_release_breaks_states_it() -> None:
    notes = parse("As such, it comes with breaking changes, mostly around the move to traits.\n", kind="release_notes")
    assert [consequence.kind for consequence in find_consequences(notes)] == ["breaking"]


def test_break_of_an_item_that_adds_is_stated_by_its_own_sentence() -> None:
    notes = parse("- Add a flag for lamps. This is a breaking change: the old flag is a no-op.\n", kind="release_notes")
    (consequence,) = find_consequences(notes)
    assert consequence.statement and consequence.statement.text.startswith("This is a breaking change")


@pytest.mark.parametrize(
    "title", ["Add support for PHP 8.4", "PHP 8.4 support, dictionary refactoring", "Fix Python 3.14"]
)
def test_message_of_a_change_for_a_platform_deprecates_nothing_of_its_own(title: str) -> None:
    message = "Calling a new LampMethod with a single argument is deprecated."
    assert find_consequences(parse(message, kind="message", title=title)) == []
    assert find_consequences(parse(message, kind="message", title="Dim lamps"))


def test_heading_about_compatibility_alone_breaks_nothing() -> None:
    assert find_consequences(parse("## Compatibility\n\n- Works in kitty and xterm.\n", kind="message")) == []


def test_item_that_removes_something_below_a_label_is_a_removal() -> None:
    text = (
        "* [CHANGE] The flag `--x` has been removed. It was deprecated in v1. #1\n* [CHANGE] Remove `y_alerts`. #2\n"
        "* [CHANGE] Add `group-key`. #3\n* [ENHANCEMENT] Remove unused scripts. #4\n"
        "* [CHANGE] Remove broken login support. #5\n"
    )
    consequences = find_consequences(parse(text))
    assert [(item.kind, item.references) for item in consequences] == [("removed", ("#1",)), ("removed", ("#2",))]


def test_item_of_notes_that_deprecates_something_is_a_deprecation() -> None:
    text = "- **changed:** Deprecate the `Host` and `Scheme` extractors ([#1])\n- **fixed:** Keep the map ([#2])\n"
    assert [item.kind for item in find_consequences(parse(text))] == ["deprecated"]


def test_next_item_of_notes_is_no_advice_about_the_one_before() -> None:
    text = (
        "- Drop support for Python 3.7 and 3.8.\n- Use `flit_core` instead of `setuptools` as build backend.\n"
        "- Drop support for old maps. Use `draw` instead.\n"
    )
    actions = [item.action.text if item.action else "" for item in find_consequences(parse(text))]
    assert actions == ["", "Use `draw` instead."]


@pytest.mark.parametrize(
    "said",
    [
        "Will throw a `RangeError`: the status must be less than 1000.",
        "OpenSSL requires that sessions only be used with one `CTX`, so this contract is now enforced.",
    ],
)
def test_effect_of_a_change_is_no_advice(said: str) -> None:
    (found,) = find_consequences(parse(f"### Breaking changes\n\n- `status()` accepts only integers. {said}\n"))
    assert found.action is None


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("Rename `--raw-sources` to `--raw`", True),
        ("`MAP_DEBUG` has been renamed to `MAP_TRACE`.", True),
        ("The option `color` was renamed to `colors`.", True),
        ("Rename `provides_extras` to `provides_extra`", False),
        ("Rename the flag parser", False),
        ("Rename `Workspace.root` to `Workspace.install_path`", False),
        ("rename " * 200 + "`--a`" * 100, False),
    ],
)
def test_rename_counts_if_users_write_the_name(text: str, is_named: bool) -> None:
    assert names_rename(text) == is_named
    kinds = [item.label for item in find_consequences(parse("", title=text[:200]))]
    assert ("Renamed" in kinds) == is_named


def test_removed_flag_of_notes_is_a_removal_below_any_heading() -> None:
    notes = "## Other\n\n- Removed the `--fast` flag (#3)\n- Removed a conflict of `--a` and `--b` (#4)\n"
    notes += "- Renamed `--map` to `--maps` (#5)\n"
    found = [(item.kind, item.label, item.references) for item in find_consequences(parse(notes))]
    assert found == [("removed", "", ("#3",)), ("removed", "Renamed", ("#5",))]


@pytest.mark.parametrize(
    "title",
    [
        "Remove uses of `Option<MarkerTree>`",
        "Remove `pub` on some command internals",
        "Remove `Option<bool>` for x",
        "Remove `Serialize` implementations from some settings",
        "Remove `Option` from the marker",
        "Remove mention of site_url being required option",
        "The tool no longer needs an install workaround",
        "lamp: sort dependencies that are no longer pinned",
        "Remove the etc folder from the build - it is no longer a separate package",
    ],
)
def test_title_about_code_is_no_removal(title: str) -> None:
    assert find_consequences(parse("", title=title)) == []


def test_condition_of_a_removal_is_no_removal() -> None:
    notes = "## Changes\n\n- Reinstall the package when its editable label is removed (#3)\n"
    assert find_consequences(parse(notes)) == []


@pytest.mark.parametrize(("item", "references"), [
    ('Revert "feat(ci): build lanterns in CI (#12)" (#20)', ("#20",)),
    ('Build "lanterns" (#12)', ("#12",)),
])  # fmt: skip
def test_item_of_a_revert_names_its_own_change_alone(item: str, references: tuple[str, ...]) -> None:
    assert list_note_items(parse(f"## Deprecations\n\n- {item}\n"))[0].references == references


GUIDE = """## 0.5 Migration Guide

The 0.5 release contains several breaking changes. Lamps need to be moved.

See the entries below for a list of everything.

The following is a summary of the changes:

### Major additions

- Added a lamp for the pier.
  [#1](https://github.com/acme/tool/pull/1)

### Config changes

- Unknown fields are now an error.
  [#2](https://github.com/acme/tool/pull/2)
- Removed `curly`, use `smart` instead. [#3](https://github.com/acme/tool/pull/3)
- Removed the `pier` field. This was never used.
- `smart` is now `true` by default.
- Added the `tide` field for lamps.
- The lamp is 3 m high.
"""


def test_guide_to_a_migration_says_what_each_item_does() -> None:
    found = find_consequences(parse(GUIDE))
    assert [(item.kind, item.statement.text) for item in found if item.statement] == [
        ("compatibility", "Lamps need to be moved."),
        ("now_error", "Unknown fields are now an error."),
        ("removed", "Removed `curly`, use `smart` instead."),
        ("removed", "Removed the `pier` field."),
        ("changed_default", "`smart` is now `true` by default."),
        ("compatibility", "The lamp is 3 m high."),
    ]
    assert [item.action.text if item.action else None for item in found] == [
        None, None, None, None, None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(("title", "kinds"), [
    ("images: Deprecate the old lamp", ["deprecated"]),
    ("page: Add IsBranch and deprecate IsNode", ["deprecated"]),
    ("config: Remove deprecated baseUrl setting", ["removed"]),
    ("Show a warning of what is deprecated", []),
])  # fmt: skip
def test_title_with_an_area_states_what_it_takes_away(title: str, kinds: list[str]) -> None:
    assert [mark.kind for mark in find_marks(title, (), is_marked_breaking=False)] == kinds


def test_item_below_another_that_takes_something_away_is_its_own() -> None:
    text = "## Breaking changes\n\n- The command line was rewritten\n    - Quoting is handled differently.\n"
    text += "    - The `:rsort` command has been removed. Use the reverse flag instead: `:sort --reverse`\n"
    found = find_consequences(parse(text))
    assert [(item.statement.text, item.action.text if item.action else None) for item in found if item.statement] == [
        ("The command line was rewritten", None),
        ("The `:rsort` command has been removed.", "Use the reverse flag instead: `:sort --reverse`"),
    ]


def test_title_about_what_is_no_longer_needed_breaks_nothing() -> None:
    assert [mark.kind for mark in find_marks("Remove no longer needed bits", (), is_marked_breaking=False)] == []
    assert [mark.kind for mark in find_marks("`get` no longer reads tabs", (), is_marked_breaking=False)] == [
        "breaking"
    ]


def test_paragraph_about_deprecations_that_deprecates_nothing_is_none() -> None:
    text = (
        "**Deprecations**:\n\nWe are working towards a simpler interface.\n\nThe following cases are deprecated...\n\n"
    )
    text += "* The `cert` argument is now deprecated.\n\n**Also included**:\n\n"
    text += "* The deprecated `app` argument has now been removed.\n"
    found = find_consequences(parse(text))
    assert [(item.kind, item.statement.text) for item in found if item.statement] == [
        ("deprecated", "The `cert` argument is now deprecated."),
        ("removed", "The deprecated `app` argument has now been removed."),
    ]


@pytest.mark.parametrize(
    ("text", "in_any_notes", "in_written_notes"),
    [
        ("Rename `lamp_map` to `lamp_index`", True, True),
        ("The keyword `lit` is now renamed to `bright`", True, True),
        ("Rename LampMap to LampIndex", False, True),
        ("**Changed:** Renamed lamp::map to lamp::index", False, True),
        ("Rename the branch `master` to `main`", False, False),
        ("Rename `HISTORY.md` to `CHANGELOG.md`", False, False),
        ("Rename the lamps", False, False),
    ],
)
def test_renames_without_marks_count_in_written_notes(text: str, in_any_notes: bool, in_written_notes: bool) -> None:
    assert (says_renamed(text), says_renamed(text, has_bare_names=True)) == (in_any_notes, in_written_notes)
