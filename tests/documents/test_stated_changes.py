"""What items of notes state below any heading, read on many releases: what is one, and what only sounds like one."""

import pytest

from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.models import SourceText
from sparky_assets.documents.parse import parse_document


def read_item(heading: str, item: str) -> list[tuple[str, str]]:
    """Return kind and label of each consequence of notes with one item."""
    text = f"## {heading}\n\n- {item}\n" if heading else f"- {item}\n"
    document = parse_document(
        SourceText(key="notes:o/r@1", kind="release_notes", repository="o/r", text=text, title="v1")
    )
    return [(consequence.kind, consequence.label) for consequence in find_consequences(document)]


@pytest.mark.parametrize(
    ("heading", "item", "kind"),
    [
        ("Updated", "Maps to require Xcode 16.0 and the Swift 6 compiler.", "new_minimum"),
        ("Changed", "Require `lamp>=1.0.0` (#3).", "new_minimum"),
        ("Lifecycle", "testmap now requires R 4.1.", "new_minimum"),
        ("Removed", "Remove `MapTestCase::draw()`, use `MapTestCase::paint()` instead", "removed"),
        ("", "This release removes all lamps that were deprecated in 20.x.", "removed"),
        ("Enhancements", "⚠️ New default values (cf. [guide](https://pier.example))", "breaking"),
        ("Enhancements", "⚠️ No lamps by default (cf. [guide](https://pier.example))", "breaking"),
        ("Core", "Only support for Ruby v3 and Rails v7", "new_minimum"),
        ("Lifecycle", "`test_maps(night)`, deprecated in 3.0.0 has now been removed.", "removed"),
        ("Enhancements", "[mix.exs] Require decimal v3", "new_minimum"),
        ("Changes", "**Fast Parser**: Require `lamp_c >= 0.6.5`. Drop the last markers.", "new_minimum"),
        ("Pull Requests", "maps: Require unordered-containers >= 0.2.21 by @a", "new_minimum"),
        ("Ecosystem", "Require Julia 1.10 and add maps v3 support", "new_minimum"),
        ("", "The minimum supported `rustc` is now 1.80.", "new_minimum"),
        ("Changed", "The minimal supported Rust version is now 1.86.0", "new_minimum"),
        ("Changes", "Minimum required rust version has been increased to 1.90.0.", "new_minimum"),
        ("Details", "Change #49: Update dependencies and require Go 1.23 or newer", "new_minimum"),
        ("Build process", "build: update Lamp minimum Go version to 1.21", "new_minimum"),
        ("What's Changed", "Update Python version requirement to 3.9 (#9)", "new_minimum"),
        ("Changes", "windows: bump minimum to Vista (from XP)", "new_minimum"),
        ("Core changes", "[Raise minimum recommended Python version to 3.11](https://x.example/c) by a", "new_minimum"),
        ("", "LAMP now requires [sqlite-utils 4.0](https://x.example) or higher.", "new_minimum"),
        ("", "The official Windows binaries will soon require Windows 10 or later.", "new_minimum"),
        ("", "Support `lamp` 1.9. The minimum Dart SDK is now `3.4.0`.", "new_minimum"),
        ("", "BC Break: the exit code is always 0 or 1 (#12)", "breaking"),
        ("", "Feature / BC break: Add a `Loop` as first argument of `Lamp` (#12)", "breaking"),
        ("", "BC Break / Security: Disabled the fallback to source (#12)", "breaking"),
        ("", "BC Warning: The handler uses another API", "breaking"),
        ("Format Changes", "**Format-Breaking:** Remote byte strings (#5)", "breaking"),
        ("Features", "_(cli)_ **[deprecation]** Hide the constructor (#16)", "deprecated"),
        ("Features", "Extract a normalizer; `Lamp.normalize_path` is now a deprecated alias", "deprecated"),
        ("Pull Requests", "Mark 9.4.8 as deprecated by @a", "deprecated"),
        ("Core changes", "[Deprecate `make_dir` in favor of `make_dirs`](https://x.example) by a", "deprecated"),
        ("Changed", "Forbid duplicate groups (#4 by casey)", "now_error"),
        ("Changed", "Raise an error instead of silently ignoring a name that is no dependency", "now_error"),
        ("Changed", "`void` types now generate a (recoverable) error during parsing.", "now_error"),
        ("Features", "`rescue_from` raises `ArgumentError` when mixed instead of dropping the classes", "now_error"),
        ("Bug fixes", "Dropped support for old versions of Python. Python 3.9 is the oldest.", "breaking"),
        ("Other rule changes", "Do not run `no-unused-imports` rule by default", "changed_default"),
        ("", "Cross-module rename enabled by default", "changed_default"),
        ("Changed", "Use distinct `LAMP_LOG` env variable instead of the default `RUST_LOG` one", "compatibility"),
        ("Build tool", "The `lamp retire` command now accepts three flags instead of arguments.", "compatibility"),
        ("Changed API", "`lamp_draw()` now returns `void` (was `bool`).", "compatibility"),
        ("Changed", "**`Event::Exit` now contain `ExitStatus` instead of `i32`**", "compatibility"),
        ("Changes", "Turn `M-m` into a prefix; `lamp-all` thus moves from `M-m` to `M-m a`.", "compatibility"),
        ("Changed API", "`lamp_draw_darken()` renamed to `lamp_stem_darken()`.", "removed"),
        ("Anomalies", "The `A` associated type has been renamed to `Lamp` where applicable.", "removed"),
        ("", "The functions draw_lamp() and dim_lamp() have been replaced by draw() and dim()", "removed"),
        ("", "**mildly breaking change** `Lamp.format` now floors its outputs", "breaking"),
        ("", "Breaking Bugfix: [Validate the names of lamps](https://x.example/pull/7)", "breaking"),
        ("", "The minimum required version of :pypi:`lampfile` is now 0.9.0.", "new_minimum"),
        ("Support", "Django 4.2 is now the minimum supported version.", "new_minimum"),
        ("", "Linux: now requires a kernel version of 3.2 or later", "new_minimum"),
        ("", "`Lamp` is now entirely deprecated.", "deprecated"),
        ("", "The `lamp cloud a.js` positional form has been fully removed, use `lamp run`.", "removed"),
        ("Changed", "The `LampName` enum does not exist anymore, use `Lamp::name()`.", "breaking"),
        ("Changed", "The `old` flag is now `lamps` and defaults to `False`.", "removed"),
        ("", "`nbLamps` becomes `nbWorkers`", "removed"),
        ("", "Special `*` path segment behavior removed", "removed"),
        ("", "`lamp.body` is no longer always initialized", "breaking"),
        ("Misc", "The `LampMain` target is no longer built by default", "changed_default"),
        ("Features", "`lamps.map` Remove deprecated template syntax", "removed"),
        ("", "`Lamp::reset()` now requires a void return type.", "compatibility"),
        ("", "The ``lamp`` command is moved to the ``daphne`` package.", "compatibility"),
        ("", "The arguments of `Lamp` changed to contain `Bulb $bulb` instead of `array $bulb`", "compatibility"),
        ("", "IMPORTANT: The default `depth` level for parsing is now `32` (previously `9`)", "changed_default"),
        ("", "Remove the experimental `lamp-uring` crate feature.", "removed"),
        ("", "`for` and `lamp` are now mutually exclusive", "compatibility"),
        ("", "`lamp_inline` now enforces `strict_args!`", "now_error"),
        ("", "`lamp check` will now raise a `NotFound` exception, if the file is missing.", "now_error"),
        ("", "``lamp --command`` will now return a non-zero status if parsing failed", "now_error"),
        ("CLI", "Require [lamp] ~> 1.0.", "new_minimum"),
        ("Changed", "No longer source `~/.zshenv` on macOS", "compatibility"),
        ("Build tool", "The `hex` command now uses the flag `--user` instead of the flag `--to`.", "compatibility"),
        ("Scripting", "The `path` field was renamed to `source` **(Minor breaking change)**", "breaking"),
        ("Linters", "`lint`: to 1.15 (⚠️ Breaking change: checks moved from `a` to `b`)", "breaking"),
        ("Changed", "Receive: *breaking :warning:* lamps now use consistent hashing", "breaking"),
        ("", "BREAKING/dependencies: bumped version requirement of [`lamp` to `>=2.0`](https://x.example)", "breaking"),
        ("", "[Non-API] Breaking: Bump `lamp` dependency to 2.0", "breaking"),
        ("Features", "`with_lamp()` has been unconditionally deprecated", "deprecated"),
        ("Linters", "`lamp`: deprecated and replaced by `lamp_v5`", "deprecated"),
        ("Minor Changes", "chore: deprecate `lamp.rimraf` in favour of `node:fs` (#1)", "deprecated"),
        ("Core changes", "[Deprecate `lamp_number`](https://x.example/c) ([#7](https://x.example)) by a", "deprecated"),
        ("", "refactor: remove deprecated `lamp.language` (#20)", "removed"),
        ("", "`local_lamp()`, deprecated in 3.0.0, is now defunct.", "removed"),
        ("", "We have also removed various `Lamp`-to-`Bulb` APIs from the public API", "removed"),
        ("", "**Important**: Remove `iosX64` and `macosX64` targets.", "removed"),
        ("Build", "minimum node.js versions now `^20.19.0 || ^22.12.0`", "new_minimum"),
        ("", "The deprecated `lamp()` is no longer reexported from maps (#61).", "breaking"),
        ("", "This release includes binary incompatible changes of `lamp-control`.", "compatibility"),
        ("", "Moved LampTarget into the new nuget-package Lamp.Targets.", "compatibility"),
        ("Features", "lamp is now ESM first", "compatibility"),
        ("", "DRAFT API change: lamp_wait returns EAGAIN", "compatibility"),
        ("Features", ":class:`lamp.Lock` will now raise :exc:`lamp.Broken` when it would stall.", "now_error"),
        ("", "The decoder now rejects non-ASCII digits in numbers", "now_error"),
        ("Minor Changes", "add lamp and pier methods, deprecate old imperative methods", "deprecated"),
        ("SPEC Changes", "Request environment keys must now be strings.", "compatibility"),
        ("Compatibility", "`env` feature is now required for environment variables", "compatibility"),
        ("", "Fix parsing of numbers. This breaking change affects instances of `Lamp`.", "breaking"),
        ("Changed", "Scopes with a `root` route will no longer match it for requests with a slash.", "compatibility"),
        ("Core", "core: rename option lamp.color.ssl to lamp.color.tls", "removed"),
        ("API changes", "lamp_device () deprecated and replaced by lamp_proxy ().", "deprecated"),
        ("Enhancements", "`site.lamps` is now a Collection instead of an Array (#4)", "compatibility"),
        ("Features", "reject `lamp.exclude` as unsupported in #1431", "now_error"),
        ("Features", "warn on the old `lamp` table, and error on renamed config fields", "now_error"),
        ("", "[CHANGE] Lamps are parsed anew. The Protobuf format is no longer supported.", "breaking"),
        ("", "The most important change is that spaces don't wrap by default anymore.", "breaking"),
        ("", "Move ``lamp.asbytes``. This change is backwards incompatible if you used it.", "breaking"),
        ("Misc", "Reject extra arguments to `--groups` (#36)", "now_error"),
        ("", "`Lamp.fetchall()` returns empty list instead of tuple (#1115).", "compatibility"),
        ("Changed", "All handlers uses keyword arguments instead of an options hash.", "compatibility"),
        ("", "``LampResolver`` has been deleted.", "removed"),
        ("", "[CHANGE] api: Refactor `Names` method to return `model.Names` instead of `[]string`.", "compatibility"),
        ("Changed", "Changed parameters for `finalizeLamps()` to allow a reference", "compatibility"),
        ("", "[Change] Require `lamp-rdkafka` `>= 0.28.0`, which exposes lamps", "new_minimum"),
        ("Removed", "Remove unused which-lamp feature", "removed"),
        ("", "All parameters to ``Lamp`` except ``app`` are keyword-only.", "compatibility"),
        ("", "``Lamp`` is renamed from ``BaseLamp``.", "removed"),
        ("", "Creating ``Lamp`` objects manually is no longer a public API. Use ``db.lamp``.", "breaking"),
        ("", "``LAMP_RECORDS`` is disabled by default, and is not enabled by ``app.debug``.", "changed_default"),
        ("", "removed legacy implementation of `LampMachine` from the package", "removed"),
        ("", "If your application overrides any of them, make sure to review your custom lamps.", "compatibility"),
        ("Breaking changes", "Read the paths of lamps from `a` instead of `b`", "breaking"),
        ("Breaking changes", "Check every key of a lamp when it is read", "breaking"),
        ("", "Dropped support for Centos 7 as this platform is no longer supported by ghc", "breaking"),
        ("Features", "Collapse branches; keyword renamed `errors:` → `exceptions:`", "removed"),
        ("API Changes", "Replace ``random_lobster`` with ``random_lobster_graph`` (#8)", "removed"),
        ("Changes", "Consolidate the options (`a-select` and friends) into a single `b-select`", "removed"),
        ("Changes", "The result options become a family: `use-maps` -> `map-display`", "removed"),
        ("", "Removed the `fmt_detail` namespace (#4)", "removed"),
        ("", "Removed the `fmt::say` function.", "removed"),
        ("General", "Vertex outputs are always allowed. Removed `StageError::Input` and `Features::X`.", "removed"),
        ("General", "The `trace` feature has been temporarily removed.", "removed"),
        ("", "[CHANGE] Discovery/Hetzner: Drop the `__meta_datacenter` label for targets.", "removed"),
        ("Other", "CICD: Stop building for x86_64-pc-windows-gnu which fails", "removed"),
        ("", "Dropped binaries for Debian 9", "removed"),
        ("Changed", "MSRV bumped from 1.64 to 1.65 ([#684])", "new_minimum"),
        ("Other changes", "Disable default GSSAPI preferential connection in the package", "changed_default"),
        ("", "`RNN` and `GRU` no longer store the state, it has to be passed to the layer.", "compatibility"),
        ("Changes", "Deprecate `ensure-op-supported`; support is now checked by the senders.", "deprecated"),
        ("", "`default_reporter()` is no longer exported; use `reporter()` instead (#23).", "breaking"),
        ("", "[CHANGE] **BREAKING CHANGE** Recent queries fail when an instance is lagging. [#6](https://x.test)",
         "breaking"),
        ("", "The old names of the fields now error unless `minimum-version` is set.", "now_error"),
        ("", "Archives now resolve symlinks by default.", "changed_default"),
        ("Metal", "Removed the `link` Cargo feature.", "removed"),
        ("Features", "Drop `Enumerable` from `Errors` and remove its public `#each`", "removed"),
        ("Refactor", "**(backend)** remove legacy LAMP environment variables by @a", "removed"),
        ("Features", "Add lists. The `genres` field is a list while the singular `genre` field has been removed.",
         "removed"),
        ("", "The following names are now private (`_`-prefixed).", "removed"),
        ("Minor Changes", "A project's file can no longer choose where the credentials are.", "breaking"),
    ],
)  # fmt: skip
def test_item_of_notes_states_what_its_words_say(heading: str, item: str, kind: str) -> None:
    assert [stated for stated, _ in read_item(heading, item)] == [kind]


@pytest.mark.parametrize(
    ("heading", "item"),
    [
        ("Breaking changes", "None."),
        ("Breaking changes", "_None_"),
        ("Maps", "Readers now support proxies by default."),
        ("Improved documentation", "Configuration documentation has been removed from the readme."),
        ("API changes", "Fixed issue 333 - Added the device back (was removed in 3.0)."),
        ("", "The imports are kept since setuptools vendors it where the old one was removed."),
        ("", "Fixed #3018 - fix backward-incompatible change in the mechanism"),
        ("Breaking changes", "There are no breaking changes in this release."),
        ("Deprecations", "No deprecations"),
        ("What's Changed", "Removed --dist=loadscope from smoke tests (#1)"),
        ("What's Changed", "Remove deprecated args from redis get_connection call (#1)"),
        ("Performance", "Remove deprecated function `lamp.install()` in favor of `lamp.new_loop()`"),
        ("Bug Fixes", "**helm:** remove deprecated --client flag from helm version command"),
        ("Fixes", "DEPRECATE: fix minor release number typo"),
        ("", "Deprecated commands with empty help no longer render a stray space."),
        ("Bug fixes", "Revert the removal of the folder when a .py file is removed."),
        ("", "unix: remove UV__SIGNAL_EVENT dispatch from uv__io_cb"),
        ("", "test: make `thread_priority` robust against system default nice levels"),
        ("Misc", "Update minimum required Git version checks"),
        ("Changed", "Maps now have an engine to decide by flow rather than by syntax."),
        ("Changed", "The converter now supports binary formats rather than text alone."),
        ("Added", "Python 3.14 has a backwards-incompatible change to loggers, which maps now follow"),
        ("Changed", "`lamp.dev.traceback()` now throws a more helpful error when Rich is missing."),
        ("Upgrade embedded wheels", "setuptools to `83.0.0`"),
        ("Enhancements", "Explicit lists have been deprecated for a while, but still exist."),
        ("Behavior adaptations", "Add `select` function in (#1092)"),
        ("Behavior adaptations", "Document `select()` in (#1153)"),
        ("Fixed", "A frame can no longer crash the decoder."),
        ("Documentation", "Removed the `old` page from the guide"),
        ("Misc", "AmigaOS: increase minimum stack size for tool_main"),
        ("Features", "Require 2 approvals before a release"),
        ("", "Removed `lamp_test` from tests"),
        ("", "Removed redundant `copy` calls"),
        ("", "The content of a file can be a string and no longer has to be a real file."),
        ("", "New apps use `:content`, since `:entity` has been deprecated by Rack."),
        ("", "Removed a `dbg!` statement from the driver"),
        ("Features", "Renamed ``_Result`` to ``Result``, and exported it."),
        ("Changed", "[CHANGE] API: the status now correctly shows empty values instead of none"),
        ("Minor Changes", "The `prefix` setting now accepts `=`: new ones are saved with it instead of none"),
        ("Changes", "old major versions now supported for 12 months instead of one version"),
        ("Bug fixes", "runtests: drop Python 2 support remains"),
        ("", "CURLINFO_TLS_PTR.md: remove CURLINFO_TLS_SESSION text"),
        ("Bugfixes", "`common.tls` Set default minimum TLS version explicitly"),
        ("New features", "With `move: yes`, the archive is now removed after a successful import."),
        ("Features", "Loading is faster and some unnecessary copies have been removed."),
        ("Features", "The default size of lamps in ``iterdraw()`` is now configurable with ``size``."),
        ("", "Temporary files for fetched maps that fail validation are now removed."),
        ("", "This release has new lamps (without ABI breakage as usual)"),
        ("What's Changed", "Bump lamp requirement to <6 to support v5.3 (#2329)"),
        ("", "Old lamps are now properly removed when maps are replaced."),
        ("", "To make a `lamp` you can now write `[#lamp(400)]` instead of `[#map(400)]`."),
        ("", "Read lamps. It doesn't crash on piers anymore."),
        ("", "Read lamps. This is not backwards incompatible."),
        ("", "``lamp move`` reads an item that has been deleted from disk."),
        ("", "Notification when a paste buffer is deleted."),
        ("", "Support for Python 3.14. Python 3.14 has a backwards-incompatible change to loggers."),
        ("", "Do not pin package tzdata anymore (#2274)"),
        ("", "Hebrew numbering does not add Geresh anymore"),
        ("Changes", "`lamp` skips files that are removed between two readings"),
        ("Removed", "[Maps 5.2 release notes](/releases/5.2)"),
        ("Deprecated", "Many thanks to all who draw maps"),
        ("Features", "Change the handling of lamps to remove use of oil to support night maps"),
        ("Features", "You can set a `worn` attribute on lamps to indicate that they are deprecated."),
        ("Breaking changes", "Please read [the changes of lamps](https://x.example) as well."),
        ("Removed", "Remove unused function"),
        ("Removed", "Removed a superfluous function"),
        ("", "lamp: rename variable `form` to `fmt`"),
        ("", "Rename get_lamp_time to get_lamp_in_time and move to util.c"),
        ("Stable style", "Lines where comments before `# fmt: off` were incorrectly removed are kept"),
        ("", "Updated the `lamps` data to use a new API, because the old one is defunct."),
        ("Compiler", "Checks are normalized so `(a - b) % 8 === 0` becomes `a % 8 === 0` for maps"),
    ],
)
def test_item_of_notes_that_only_sounds_like_a_change_states_nothing(heading: str, item: str) -> None:
    assert read_item(heading, item) == []


def test_item_below_important_changes_is_one_unless_it_adds_or_fixes() -> None:
    heading = "Important changes"

    assert read_item(heading, "The recommended version of maps is another one") == [("compatibility", "")]
    assert read_item(heading, "**The minimum *recommended* Python version has been raised to 3.11**") == [
        ("new_minimum", "")
    ]
    assert read_item(heading, "Add a map of the harbour") == []
    assert read_item(heading, "Fixed a leak of lamps") == []


def test_item_below_deprecations_that_ends_something_now_is_no_deprecation() -> None:
    heading = "Deprecations and Removals"

    assert read_item(heading, "Constraints no longer affect isolated builds.") == [("compatibility", "")]
    assert read_item(heading, "Synced with maps including removal of dry_run support") == [("removed", "")]
    assert read_item(heading, "Mutating a scope now raises, after being deprecated since 0.27.0.") == [
        ("now_error", "")
    ]
    assert read_item(heading, "Compiler.spawn is deprecated in favor of Compiler.call.") == [("deprecated", "")]


def test_items_of_the_next_group_are_not_below_an_item() -> None:
    text = (
        "## Important changes\n\n- **The minimum versions of lamps have been raised.**\n- Security\n"
        "    - [CVE-2026-50019] A leak of cookies was closed\n"
    )
    document = parse_document(
        SourceText(key="notes:o/r@1", kind="release_notes", repository="o/r", text=text, title="v1")
    )

    assert [consequence.kind for consequence in find_consequences(document)] == ["new_minimum", "security"]


def test_renamed_name_is_labelled_renamed() -> None:
    assert read_item("Changed API", "`lamp_a()` renamed to `lamp_b()`.") == [("removed", "Renamed")]


def test_items_below_a_lower_case_group_are_of_its_kind() -> None:
    text = "* breaking changes\n  * Drop support for Ruby 2.7\n  * Change a label\n\n* enhancements\n  * Add maps\n"
    document = parse_document(
        SourceText(key="notes:o/r@1", kind="release_notes", repository="o/r", text=text, title="v1")
    )

    assert [consequence.kind for consequence in find_consequences(document)] == ["breaking", "breaking"]


def test_items_below_a_paragraph_about_breaking_changes_break() -> None:
    text = (
        "This release includes two **breaking changes**:\n\n- The layers have been revised.\n"
        "- Maps export their own gradient.\n\nOther highlights include:\n\n- Maps of tides.\n\n"
        "The following functions have been removed:\n\n- `lamp()`\n"
    )
    document = parse_document(
        SourceText(key="notes:o/r@1", kind="release_notes", repository="o/r", text=text, title="v1")
    )

    assert [consequence.kind for consequence in find_consequences(document)] == ["breaking", "breaking", "removed"]


def test_heading_of_an_entry_says_what_it_changes() -> None:
    text = (
        "## Tool 2.0\n\n### Enable `--strict` by Default\n\nPer the rules, maps are read strictly.\n\n"
        "### Remove Special Casing of Old Stubs\n\nThe tool used to bundle stubs.\n\n"
        "### New Behavior for `--allow`\n\nThe option behaves like another one.\n\n"
        "### Parallel Reading\n\nMaps are read in parallel.\n\n"
        "### Prevent Assignment to None\n\nMaps could be none. However, this was a hole and has now been removed.\n"
    )
    document = parse_document(
        SourceText(key="notes:o/r@1", kind="release_notes", repository="o/r", text=text, title="v1")
    )

    assert [consequence.kind for consequence in find_consequences(document)] == [
        "changed_default", "removed", "compatibility",
    ]  # fmt: skip


def test_label_of_a_feature_below_breaking_changes_is_no_feature() -> None:
    text = "## ⛔ Breaking Changes\n\n* Feat(es): promote the gates to beta (#3)\n* Update CI matrix to 22\n"
    document = parse_document(
        SourceText(key="notes:o/r@1", kind="release_notes", repository="o/r", text=text, title="v1")
    )

    assert [consequence.kind for consequence in find_consequences(document)] == ["breaking"]


def test_paragraph_that_announces_deprecations_is_none() -> None:
    text = (
        "## Deprecations\n\nThis release introduces deprecation warnings for several features that have been "
        "soft-deprecated.\n\n"
        "* The `lamp` option is deprecated\n"
    )
    document = parse_document(
        SourceText(key="notes:o/r@1", kind="release_notes", repository="o/r", text=text, title="v1")
    )

    assert len(find_consequences(document)) == 1


def read_notes(text: str) -> list[tuple[str, str]]:
    document = parse_document(
        SourceText(key="notes:o/r@1", kind="release_notes", repository="o/r", text=text, title="v1")
    )
    return [
        (consequence.kind, consequence.statement.text if consequence.statement else "")
        for consequence in find_consequences(document)
    ]


def test_entry_about_a_removal_states_it_and_not_its_background() -> None:
    text = (
        "# 12.3\n\n## Other changes\n\n### Removed the night wheels\n\n"
        "The harbour 3.13 added a night mode, and the tool added its wheels. Now that 3.14 has an official one, "
        "the tool has removed wheels of the first mode.\n\n"
        "### Wheels of the beta\n\nWheels are built for the beta too.\n"
    )

    assert read_notes(text) == [
        ("removed", "Now that 3.14 has an official one, the tool has removed wheels of the first mode.")
    ]


@pytest.mark.parametrize(("number", "kinds"), [
    ("3", ["removed", "breaking", "breaking"]),
    ("three", ["removed", "breaking", "breaking"]),
    ("14", ["removed"]),
])  # fmt: skip
def test_items_of_the_announced_number_are_the_breaking_changes(number: str, kinds: list[str]) -> None:
    text = (
        f"It contains {number} breaking changes, which a guide explains. It fixes a bug.\n\n"
        "- Removed: GitHub formatter (#1)\n- Changed: `report` to be consistent in what it reads (#2)\n"
        "- Changed: `*-list` rules for nested maps (#3)\n- Added: a map of tides (#4)\n- Fixed: a leak of lamps (#5)\n"
    )

    assert [kind for kind, _ in read_notes(text)] == kinds


def test_titles_with_a_mark_are_not_repeated_beside_their_footers() -> None:
    titles = "- feat!: throw errors for a stale map (#1)\n- **fix(core)!:** replace the old lamps (#2)\n"
    fixes = "\n### Bug Fixes\n\n- **core:** close a leak (#3)\n"
    footers = "\n### BREAKING CHANGES\n\n- Maps that are stale are errors now.\n- The lamps are others.\n"

    assert [text for _, text in read_notes(f"{titles}{fixes}{footers}")] == [
        "Maps that are stale are errors now.", "The lamps are others.",
    ]  # fmt: skip
    assert len(read_notes(f"{titles}{fixes}")) == 2
    # Where their numbers differ, only the title whose words a footer has is left out.
    assert len(read_notes(f"{titles}{fixes}{footers}- A third one has no title of its own.\n")) == 4


def test_file_that_is_better_than_before_is_no_other_behaviour() -> None:
    better = "The `map.xml` file is more reproducible and no longer changes on every build, but once a day instead."
    ended = "The `map.xml` file no longer lists old piers: they have to be added by hand instead."

    assert read_item("Other changes", better) == []
    assert read_item("Other changes", ended) == [("compatibility", "")]


def test_deprecation_that_documents_mention_is_none() -> None:
    text = "The new docs mention that `Lamp` is deprecated and should not be used, and explain the reasons."  # Catch2
    source = SourceText(key="message", kind="message", repository="o/r", text=text, title="Update the docs of lamps")
    assert find_consequences(parse_document(source)) == []


def test_name_that_was_deprecated_and_removed_is_removed() -> None:
    assert read_item("Notes", "The `Lamp` wrapper has been deprecated and removed.") == [("removed", "")]


@pytest.mark.parametrize(
    "item",
    [
        "Reintroduced `map.NightWarning` which was removed by accident in maps `8.4`.",  # pytest
        "maps: restored `draw`, which was removed in 8.3.",
        "Bring back the `draw` option that was removed in 2.0",
        "Revert the removal of `draw`, which was removed in 2.0",
        "The old map of piers is undeprecated",  # doctrine
    ],
)
def test_item_that_brings_something_back_removes_nothing(item: str) -> None:
    assert read_item("Bug fixes", item) == read_item("Changed", item) == []
    assert read_item("Bug fixes", "`draw` was removed.") == [("removed", "")]


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ("The `map-piers` is no longer a hard dependency on Windows.", "compatibility"),  # twisted
        ("maps.python.deprecate helper function will now always strip spaces of lamps.", "compatibility"),
        ("``maps.draw()`` no longer validates the types of piers", "compatibility"),
        ("``maps.draw`` is no longer exported by piers", "removed"),
        ("maps.piers was removed.", "removed"),
        ("maps.python.lamp has been deprecated.", "deprecated"),
    ],
)
def test_item_below_deprecations_and_removals_is_what_its_words_say(item: str, kind: str) -> None:
    assert read_item("Deprecations and Removals", item) == [(kind, "")]


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ("Removed `lamp` for old piers", "removed"),
        ("Removed dependency on `<lamp>` for old piers when possible", None),  # fmt
        ("Removed all uses of `lamp` by piers", None),
        ("Removed the need for `lamp` at night", None),
    ],
)
def test_end_of_a_dependency_takes_nothing_from_those_who_upgrade(item: str, kind: str | None) -> None:
    text = f"- {item}\n- Added `pier`\n"
    source = SourceText(key="notes:o/r@1", kind="release_notes", repository="o/r", text=text, title="11.0.0")
    kinds = [consequence.kind for consequence in find_consequences(parse_document(source))]
    assert kinds == [kind] * bool(kind)


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ("No fuzzy links by default.", "changed_default"),
        ("`map.read` now returns a list", "compatibility"),
        ("Return a list instead of a map from `read`", "compatibility"),
        ("Moved `read` and `write` from properties to methods", "compatibility"),
        ("`map.read` no longer copies its piers", "compatibility"),
        ("`map.read` no longer crashes at night", None),
        ("Allow lamps to be off by default", None),
        ("Use the public `piers` instead of a private function", None),
        ("Require the lamp loader to be a `callable`", "compatibility"),
        ("Change the order of `Lamp` from rows to columns", "compatibility"),
        ("Make `Lamp::emit()` private, use `Lamp::send()`", "compatibility"),
    ],
)
def test_item_below_changed_of_a_major_version_is_a_consequence(item: str, kind: str | None) -> None:
    def read(tag: str) -> list[str]:
        text = f"## Changed\n\n- {item}\n"
        source = SourceText(key="notes:o/r@1", kind="release_notes", repository="o/r", text=text, title=tag)
        return [consequence.kind for consequence in find_consequences(parse_document(source))]

    assert read("v15.0.0") == [kind] * bool(kind)
    assert read("v15.1.0") == []


@pytest.mark.parametrize(
    ("item", "kinds"),
    [
        ("Soft-deprecate `lamp!` in favor of `light!`", ["deprecated"]),
        ("Add `light!` and deprecate `lamp!`", ["deprecated"]),
        ("Introduce `light!`, deprecate `lamp!`", ["deprecated"]),
        ("Add `light!`, which deprecates nothing", []),
        ("Remove `Clone` bounds from `lamp!`", []),
        ("Remove the `Clone` function from `lamp!`", ["removed"]),
        ("Switch from lamp to light, as `map.lamp` no longer works and is abandoned.", []),
        ("As of this version `map.lamp` no longer works.", ["breaking"]),
    ],
)
def test_item_below_changed_is_read_by_its_verbs(item: str, kinds: list[str]) -> None:
    assert [kind for kind, _ in read_item("Changed", item)] == kinds


@pytest.mark.parametrize(
    ("item", "kinds"),
    [
        ("Security: pinned all GitHub actions to commit IDs", []),
        ("Security: fix typo in threat model of lamps", []),  # nvm
        ("Security: suppress false positive for GO-2026-5932", []),
        ("Security: escape names of maps", ["security"]),
        ("Security: update the lockfile for CVE-2026-41066", ["security"]),
    ],
)
def test_security_of_the_own_process_is_no_fix_for_users(item: str, kinds: list[str]) -> None:
    assert [kind for kind, _ in read_item("Misc", item)] == kinds


def test_item_that_leads_on_to_removals_is_none_itself() -> None:
    text = (
        "### Removed\n\n- The following items were deprecated in release 2 and are now removed.\n"
        "- Writer\\ColorMap (no longer needed).\n- Reader::load (no replacement).\n"
    )
    source = SourceText(key="notes:o/r@1", kind="release_notes", repository="o/r", text=text, title="v3.0.0")
    stated = [found.statement.text for found in find_consequences(parse_document(source)) if found.statement]
    assert [text.split(" ")[0] for text in stated] == ["Writer\\ColorMap", "Reader::load"]


def test_title_of_a_step_states_nothing() -> None:
    text = (
        "* The `onPaint` callback was removed (#980)\n\n    It was not great in practice.\n\n"
        "### Upgrade guide for existing code:\n\n* Paint (a.k.a. draw):\n\n    Previously the first map was drawn "
        "differently than the others.\n\n* Watch with `onPaint`:\n\n    The `onPaint` function has now been removed.\n"
    )
    source = SourceText(key="notes:o/r@1", kind="release_notes", repository="o/r", text=text, title="v0.17.0")
    stated = [found.statement.text for found in find_consequences(parse_document(source)) if found.statement]
    assert stated[0].startswith("The `onPaint` callback was removed")
    assert not any(text.startswith(("Paint", "Watch", "Previously")) for text in stated)
