"""Subjects of commits from public repositories, and the parts that Sparky reads in them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.text.clean import clean_title, display_title
from sparky_assets.text.subjects import CONVENTIONAL_TYPES, GITMOJI_TYPES, parse_subject, replace_shortcodes

SUBJECTS: tuple[tuple[str, dict[str, Any]], ...] = (
    # Conventional commits: angular, vue, kubernetes-sigs, semantic-release
    (
        "feat(router): add paramsInheritanceStrategy (#12345)",
        {"type": "feat", "scope": "router", "title": "add paramsInheritanceStrategy", "pull_requests": (12345,)},
    ),
    (
        "fix(compiler-cli): remove a duplicate check",
        {"type": "fix", "scope": "compiler-cli", "title": "remove a duplicate check"},
    ),
    (
        "feat(api)!: answer with JSON only",
        {"type": "feat", "scope": "api", "is_breaking": True, "title": "answer with JSON only"},
    ),
    (
        "refactor!: drop support for Node 6",
        {"type": "refactor", "is_breaking": True, "title": "drop support for Node 6"},
    ),
    (
        "chore(release): v1.2.3 [skip ci]",
        {"type": "chore", "scope": "release", "title": "v1.2.3", "ci_marks": ("[skip ci]",)},
    ),
    ("docs: correct spelling of CHANGELOG", {"type": "docs", "title": "correct spelling of CHANGELOG"}),
    ("perf(core): skip work (#99) (#101)", {"type": "perf", "title": "skip work", "pull_requests": (101, 99)}),
    ("Feat: Upper case type", {"type": "feat", "title": "Upper case type"}),
    ("fix (parser): space before the scope", {"type": "fix", "scope": "parser", "title": "space before the scope"}),
    (
        "feat(pier.map.kubernetes, harbour.map.kubernetes): add zoom",
        {"type": "feat", "scope": "pier.map.kubernetes, harbour.map.kubernetes", "title": "add zoom"},
    ),
    ("feat(pier-map): add zoom", {"type": "feat", "scope": "pier-map", "title": "add zoom"}),
    (
        "build(deps): bump lodash from 4.17.20 to 4.17.21 (#88)",
        {"type": "build", "scope": "deps", "pull_requests": (88,)},
    ),
    ("revert: feat(router): add x", {"type": "revert", "title": "feat(router): add x"}),
    ("feat:without a space", {"type": "", "title": "feat:without a space"}),
    ("note: nothing declared", {"type": "", "title": "note: nothing declared"}),
    # Areas, which are no types: linux, git, go, php, ffmpeg
    ("net: phy: marvell: fix the LED", {"type": "", "title": "net: phy: marvell: fix the LED"}),
    ("builtin/gc: move maintenance", {"type": "", "title": "builtin/gc: move maintenance"}),
    ("cmd/compile: inline more", {"type": "", "title": "cmd/compile: inline more"}),
    ("avcodec/h264: check the size", {"type": "", "title": "avcodec/h264: check the size"}),
    ("Fix GH-12345: crash in opcache", {"type": "", "title": "Fix GH-12345: crash in opcache"}),
    # Types in brackets: flutter, pytorch, llvm, angular-cn
    ("[feat] Print tickets", {"type": "feat", "title": "Print tickets"}),
    ("[Fix]: Stop the crash", {"type": "fix", "title": "Stop the crash"}),
    ("[feat(api)] Print tickets", {"type": "feat", "scope": "api", "title": "Print tickets"}),
    ("[Docs] Fix a link (#7)", {"type": "docs", "title": "Fix a link", "pull_requests": (7,)}),
    ("[flutter_tools] fix the build", {"type": "", "title": "[flutter_tools] fix the build"}),
    ("[X86] Fold a shuffle", {"type": "", "title": "[X86] Fold a shuffle"}),
    ("[inductor] Speed up (#120)", {"type": "", "title": "[inductor] Speed up", "pull_requests": (120,)}),
    # Gitmoji: gitmoji-cli, fastapi, typer
    ("✨ feat: Sell day tickets", {"type": "feat", "gitmoji": "✨", "title": "Sell day tickets"}),
    ("🐛 fix(seats): Count them once", {"type": "fix", "scope": "seats", "gitmoji": "🐛", "title": "Count them once"}),
    (":sparkles: Add a map", {"type": "feat", "gitmoji": "✨", "title": ":sparkles: Add a map"}),
    ("✨ Add a map", {"type": "feat", "gitmoji": "✨", "title": "✨ Add a map"}),
    (":bug: fix: Read the last line", {"type": "fix", "gitmoji": "🐛", "title": "Read the last line"}),
    ("feat: ✨ sell tickets", {"type": "feat", "gitmoji": "✨", "title": "sell tickets"}),
    ("📝 Update release notes", {"type": "docs", "gitmoji": "📝"}),
    ("⬆️ Bump ruff from 0.1 to 0.2 (#10)", {"type": "deps", "gitmoji": "⬆️", "pull_requests": (10,)}),
    ("♻️ Refactor the store", {"type": "refactor", "gitmoji": "♻️"}),
    ("💥 Drop Python 3.8", {"type": "feat", "gitmoji": "💥", "is_breaking": True}),
    ("🔒️ Update an escape", {"type": "security", "gitmoji": "🔒️"}),
    ("⏪ Revert the map", {"type": "revert", "gitmoji": "⏪"}),
    ("🧑\u200d💻 Improve the shell", {"type": "", "gitmoji": "🧑\u200d💻", "title": "🧑\u200d💻 Improve the shell"}),
    (":nosuchcode: stays", {"type": "", "gitmoji": "", "title": ":nosuchcode: stays"}),
    # Trackers: apache (KAFKA, SPARK, LUCENE), atlassian, hibernate
    ("(2.15) Sell tickets at night", {"title": "Sell tickets at night"}),
    ("[PR #12/0a1b2c3d backport][3.15] Sell tickets", {"title": "Sell tickets"}),
    ("[release-1.2] fix: sell tickets", {"type": "fix", "title": "sell tickets"}),
    ("(2.15) Tickets", {"title": "(2.15) Tickets"}),
    ("[v2] Sell tickets", {"title": "[v2] Sell tickets"}),
    ("breaking: require the pass", {"title": "require the pass", "is_breaking": True}),
    ("FER-124 feat: sell tickets", {"type": "feat", "tracker_ids": ("FER-124",), "title": "sell tickets"}),
    (
        "KAFKA-12345: Fix the flaky test (#678)",
        {"tracker_ids": ("KAFKA-12345",), "title": "Fix the flaky test", "pull_requests": (678,)},
    ),
    ("[SPARK-42] Support a thing", {"tracker_ids": ("SPARK-42",), "title": "Support a thing"}),
    ("[SPARK-42][SQL] Support a thing", {"tracker_ids": ("SPARK-42",), "title": "[SQL] Support a thing"}),
    ("feat: [ABC-1] sell tickets", {"type": "feat", "tracker_ids": ("ABC-1",), "title": "sell tickets"}),
    ("HHH-18000 - Fix the cache", {"tracker_ids": ("HHH-18000",), "title": "Fix the cache"}),
    ("HHH-18000 Fix the cache", {"tracker_ids": (), "title": "HHH-18000 Fix the cache"}),
    ("(FER-1, FER-2) Sell tickets", {"tracker_ids": ("FER-1", "FER-2"), "title": "Sell tickets"}),
    ("UTF-8: read names", {"tracker_ids": (), "title": "UTF-8: read names"}),
    ("CVE-2025-49014: check the length", {"tracker_ids": (), "title": "CVE-2025-49014: check the length"}),
    # Forges
    (
        "Merged PR 1234: feat(booking): Sell return tickets",
        {"type": "feat", "scope": "booking", "title": "Sell return tickets", "pull_requests": (1234,)},
    ),
    ("Pull request #42: Sell return tickets", {"title": "Sell return tickets", "pull_requests": (42,)}),
    ("Merge branch 'main' into f", {"type": "", "title": "Merge branch 'main' into f"}),
    ("Sell tickets (!17)", {"title": "Sell tickets", "pull_requests": (17,)}),
    # Words in brackets, and lines of releases
    ("[FIXED] Lost lock of the gangway", {"type": "fix", "title": "Lost lock of the gangway"}),
    ("(2.14) [FIXED] Lost lock", {"type": "fix", "title": "Lost lock"}),
    ("(v1.2.x) [ADDED] Second lock", {"type": "feat", "title": "Second lock"}),
    ("[IMPROVED] Locks of the gangway", {"type": "", "title": "Locks of the gangway"}),
    ("[release-3.7] Mend the lock", {"title": "Mend the lock"}),
    ("[v7.2] Mend the lock", {"title": "Mend the lock"}),
    ("release-3.5: Mend the lock", {"title": "Mend the lock"}),
    ("(2.14) Locks of the gangway", {"type": "", "title": "Locks of the gangway"}),
    ("[web] Add a lock", {"type": "", "title": "[web] Add a lock"}),
    # Issues and marks
    (
        "fix: Close the gangway, closes (#13)",
        {"type": "fix", "title": "Close the gangway", "pull_requests": (), "issues": (13,)},
    ),
    ("Bug fix (#123)", {"title": "Bug fix", "pull_requests": (123,), "issues": ()}),
    ("Crash is fixed (#9)", {"title": "Crash is fixed", "pull_requests": (9,), "issues": ()}),
    ("Mend the pier; closes (#13)", {"title": "Mend the pier", "pull_requests": (), "issues": (13,)}),
    (".FIXED (#1)", {"title": ".FIXED", "pull_requests": (1,), "issues": ()}),
    (".REF (#1)", {"title": ".REF", "pull_requests": (1,), "issues": ()}),
    ("Fix the pier. Fixes #9", {"title": "Fix the pier", "issues": (9,)}),
    ("Fix the pier, fixes #3 and GH-4", {"title": "Fix the pier", "issues": (3, 4)}),
    ("Read the log (fixes acme/tool#9) (#12)", {"title": "Read the log", "issues": (9,), "pull_requests": (12,)}),
    ("Exit only once (should fix #6707)", {"title": "Exit only once (should fix #6707)", "issues": ()}),
    ("Sell tickets (#12, #13)", {"title": "Sell tickets", "pull_requests": (12, 13)}),
    ("feat: Training (WS-06) (#7)", {"title": "Training", "tracker_ids": ("WS-06",), "pull_requests": (7,)}),
    ("Read names (UTF-8)", {"title": "Read names (UTF-8)", "tracker_ids": ()}),
    ("WIP: sell tickets", {"title": "sell tickets", "type": "wip"}),
    ("[ci skip] Update the index", {"title": "Update the index", "ci_marks": ("[ci skip]",)}),
    ("Update docs ***NO_CI***", {"title": "Update docs", "ci_marks": ("***NO_CI***",)}),
    (
        'Revert "feat: Sell day tickets (#10)" (#11)',
        {"type": "", "title": 'Revert "feat: Sell day tickets (#10)"', "pull_requests": (11,)},
    ),
    ("(#12)", {"title": "(#12)", "pull_requests": ()}),
    ("wip", {"title": "wip", "type": ""}),
    ("", {"title": "", "type": ""}),
)


def test_corpus_of_subjects_is_large_enough() -> None:
    assert len(SUBJECTS) >= 60


@pytest.mark.parametrize(("subject", "parts"), SUBJECTS)
def test_public_subject_is_read_part_by_part(subject: str, parts: dict[str, Any]) -> None:
    parsed = parse_subject(subject)
    assert {name: getattr(parsed, name) for name in parts} == parts


def test_footer_of_the_body_says_that_it_breaks() -> None:
    assert parse_subject("feat: x", "More.\n\nBREAKING CHANGE: the old form is gone").is_breaking
    assert parse_subject("feat: x", "BREAKING-CHANGE: gone").is_breaking
    assert parse_subject("feat: x", "BREAKING CHANGE: no longer reads maps").is_breaking
    assert not parse_subject("feat: x", "BREAKING CHANGE: nothing, all have default values").is_breaking
    assert not parse_subject("feat: x", "This is no BREAKING CHANGE: at all").is_breaking


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("chore(release): v1.2.3 [skip ci]", "v1.2.3"),
        ("✨ feat: sell day tickets", "Sell day tickets"),
        ("FER-124 feat: sell day tickets", "Sell day tickets"),
        ("[feat] print tickets", "Print tickets"),
        ("fix: Close the gangway, closes (#13)", "Close the gangway"),
        ("🧑\u200d💻 Improve the shell", "🧑\u200d💻 Improve the shell"),
    ],
)
def test_shown_title_drops_prefixes_and_marks(title: str, shown: str) -> None:
    assert display_title(title) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (":sparkles: Add a map", "✨ Add a map"),
        ("Say :tada: and `:tada:`", "Say 🎉 and `:tada:`"),
        ("std:o:x and 12:30:45", "std:o:x and 12:30:45"),
        ("a::b::c :100:", "a::b::c 💯"),
        (":unknown_code:", ":unknown_code:"),
    ],
)
def test_shortcode_becomes_its_character_outside_of_code(text: str, shown: str) -> None:
    assert replace_shortcodes(text) == shown
    assert clean_title(text) == shown


def test_each_gitmoji_has_a_conventional_type() -> None:
    assert set(GITMOJI_TYPES.values()) <= CONVENTIONAL_TYPES
    assert all("\ufe0f" not in character for character in GITMOJI_TYPES)


PIECES = st.sampled_from(
    [
        "feat",
        "fix",
        "(",
        ")",
        "[",
        "]",
        "!",
        ":",
        " ",
        "#12",
        "FER-1",
        "✨",
        ":bug:",
        "[skip ci]",
        "closes",
        "x",
        "-",
        ",",
    ]
)


@given(st.lists(PIECES, max_size=20).map("".join))
def test_title_is_a_part_of_its_subject_and_never_empty(subject: str) -> None:
    line = " ".join(subject.split())
    parsed = parse_subject(subject)
    assert parsed.title in line
    assert bool(parsed.title) is bool(line)


@pytest.mark.parametrize("subject", ["(#1)" * 5_000, "A-1 " * 5_000, "[" * 20_000, "fixes " * 4_000, "✨" * 9_000])
def test_hostile_subject_is_read_in_bounded_time(subject: str) -> None:
    assert parse_subject(subject).title
