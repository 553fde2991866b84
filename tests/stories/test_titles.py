"""Titles: what comes off, what stays, and the past tense only where it is certain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.stories.titles.forms import shorten_title
from sparky_assets.stories.titles.parts import NormalizedTitle, normalize_title, split_area
from sparky_assets.stories.titles.verbs import to_past
from sparky_assets.text.clean import clean_title, display_title
from sparky_assets.text.subjects import parse_subject
from tests.text.test_subjects import SUBJECTS


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("feat(parser)!: add `x` (#12)", NormalizedTitle("feat", "parser", True, (), "Add `x`")),
        ("refactor(test)!: pass a map", NormalizedTitle("refactor", "test", False, (), "Pass a map")),
        ("test(cli)!: drop a map", NormalizedTitle("test", "cli", False, (), "Drop a map")),
        ("RED-129256, Fix TOUCH from script", NormalizedTitle("", "", False, ("RED-129256",), "Fix TOUCH from script")),
        ("MOD-7645: Return commands (#1)", NormalizedTitle("", "", False, ("MOD-7645",), "Return commands")),
        ("HFE - Fix key by the hash (#13539)", NormalizedTitle("", "", False, ("HFE",), "Fix key by the hash")),
        ("feat: LoRA Training (WS-06) (#7)", NormalizedTitle("feat", "", False, ("WS-06",), "LoRA Training")),
        ("Quote the reference: .", NormalizedTitle("", "", False, (), "Quote the reference:")),
        ("Bump a few versions. [skip ci]", NormalizedTitle("", "", False, (), "Bump a few versions")),
        ("SHA-256 sums are checked", NormalizedTitle("", "", False, (), "SHA-256 sums are checked")),
        ("✨ Add a map (#2)", NormalizedTitle("feat", "", False, (), "Add a map")),
        ("tests: cover `x`", NormalizedTitle("test", "", False, (), "Cover `x`")),
        ("Read the log (fixes acme/tool#9)", NormalizedTitle("", "", False, (), "Read the log")),
        ("catalog_views table, closes #2495", NormalizedTitle("", "", False, (), "catalog_views table")),
    ],
)
def test_known_forms_of_titles_return_their_parts(raw: str, expected: NormalizedTitle) -> None:
    assert normalize_title(raw) == expected


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("Fix #4653 If guard explosion in case statement (#4884)", "Fix If guard explosion in case statement"),
        ("Fix #12 by adding a lamp", "Fix #12 by adding a lamp"),
        ("Fixes #12 - draw the map", "Draw the map"),
        ("Fix #12 (GUI: keep the map (of piers))", "GUI: keep the map (of piers)"),
        ("Refs #12: using the map at night", "Using the map at night"),
        ("[2/n] Keep the map", "Keep the map"),
        ("[map][pier][gull-lamp] Fix the order", "Fix the order"),
        ("[all maps] Fix the order", "Fix the order"),
        ("Partial fix for #12 the map by night", "The map by night"),
        ("Partial fix for #12: the map at night", "The map at night"),
        ("Resolves #3437 draw the map only once (PR #4789)", "Draw the map only once"),
        ("Closes gh-12: draw the map", "Draw the map"),
        ("Resolves #12 by adding a lamp", "Resolves #12 by adding a lamp"),
        ("[Fix #15501] Draw the map (#7)", "Draw the map"),
        ("[Closes #1, #2]: draw the map", "Draw the map"),
        ("Fix #12 and #13", "Fix #12 and #13"),
        ("Merge commit from fork", "A fix from a security advisory"),
        ("Merge commit from fork (#7)", "A fix from a security advisory"),
        ("Merge commit from forks of the river", "Merge commit from forks of the river"),
        ("[REMOVED] JSONP callback in monitoring", "Removed: JSONP callback in monitoring"),
        ("[Deprecated]: The old map", "Deprecated: The old map"),
        ("[PR #12/07ed41bc backport][3.14] Draw the map (#13)", "Draw the map"),
        ("[Backport 2.x] Draw the map", "Draw the map"),
        ("[backport] maps", "[backport] maps"),
        ("KTOR-6700 & KTOR-5836 Draw the map (#5054)", "Draw the map"),
    ],
)
def test_number_behind_a_verb_and_title_of_github_are_no_title(raw: str, title: str) -> None:
    assert normalize_title(raw).title == title


UNSEPARATED_IDS = {"HHH-18000 Fix the cache", "Fix GH-12345: crash in opcache"}
"""Subjects whose ids of a tracker a title drops and the title of evidence keeps."""


@pytest.mark.parametrize("subject", [subject for subject, _ in SUBJECTS if subject not in UNSEPARATED_IDS])
def test_title_in_a_story_is_the_title_of_its_evidence(subject: str) -> None:
    """A story also drops an emoji in front, a tracker id that no separator marks, and an area in brackets."""
    title = display_title(clean_title(subject))
    if area := normalize_title(subject).scope:
        title = title.removeprefix(f"[{area}] ")
    emoji = parse_subject(clean_title(subject)).gitmoji
    assert normalize_title(subject).title.casefold() == (title.removeprefix(emoji).strip() or title).casefold()


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Add the option to build Redis with modules", "added the option to build Redis with modules"),
        ("Fix TOUCH command from script in no-touch mode", "fixed TOUCH command from script in no-touch mode"),
        ("Support cooldown for new versions", "added support for cooldown for new versions"),
        ("Adds `x` to `y`", "added `x` to `y`"),
        ("Clean up the parser", "cleaned up the parser"),
        ("Tighten workflow permissions", "tightened workflow permissions"),
        ("Migrate from pip to uv", "migrated from pip to uv"),
        ("Add a cache and remove the pool", "added a cache and removed the pool"),
        ("Supporting filtering on `gist list`", "added support for filtering on `gist list`"),
        ("Dropping Python 3.9", "dropped Python 3.9"),
        ("Adding a column takes a minute", None),
        ("Removing a key crashes the server", None),
        ("Testing on Windows", None),
        ("Return an error instead of panicking", None),
        ("Avoid N-1 calls", None),
        ("Make sure of it", None),
        ("Fix for asyncio.iscoroutinefunction warning", None),
        ("Update: rewrite", None),
        ("Release notes for 0.31.1", None),
        ("LoRA Training Framework", None),
        ("Fix/stor return type", None),
        ("Raise InvalidTag for malformed tags", None),
        ("Restore tide marks if the dial is lit", None),
        ("Restore parallel tides concurrently", None),
        ("Skip the lamps when the harbour is dark", None),
        ("Validate the tides before printing", None),
        ("Restore support for the old lamps", "restored support for the old lamps"),
        ("Fix the lamp when the harbour is dark", "fixed the lamp when the harbour is dark"),
        ("Add a lamp that is lit before dawn", "added a lamp that is lit before dawn"),
        ("Improve lamps if the harbour is dark", "improved lamps if the harbour is dark"),
        ("Enable and version the store of lamps", None),  # dune: `enabled and version the rev_store cache`
        ("Fix lamps, shorten the logic of macros", None),  # curl: `fixed default targets, shorten macro logic`
        ("Enable lamps and cache the map", "enabled lamps and cached the map"),
        ("Fix typos in the map and on the pier", "fixed typos in the map and on the pier"),
    ],
)
def test_title_is_in_the_past_only_where_it_is_certain(title: str, expected: str | None) -> None:
    assert to_past(title) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        (
            "Optimize SSCAN in case of listpack or intset encoding: avoid the usage of intermediate list",
            "Optimize SSCAN in case of listpack or intset encoding",
        ),
        (
            "Add --project flag to uv entrypoint for GitHub Actions compatibility",
            "Add --project flag to uv entrypoint",
        ),
        ("Avoid cluster.nodes load corruption due to shard-id generation", None),
        ("Keep the virtual-environment hint for an interpreter and never print it twice", None),
        ("Short title for it", None),
        ("Add a pointer of the pier to the context that is passed into lamps", None),
        (
            "Read the map of the pier and of the lamps to print it in the dark",
            "Read the map of the pier and of the lamps",
        ),
    ],
)
def test_long_title_ends_only_where_nothing_is_lost(title: str, expected: str | None) -> None:
    assert shorten_title(title) == (expected or title)


@given(st.text(max_size=200))
def test_any_text_gives_one_line(raw: str) -> None:
    title = normalize_title(raw).title
    assert "\n" not in title
    assert title == title.strip()


@given(st.from_regex(r"[A-Za-z`#:(),.\- ]{0,120}", fullmatch=True))
def test_shortened_title_is_a_start_of_the_title(title: str) -> None:
    assert title.startswith(shorten_title(title))


@given(
    st.sampled_from(["Add", "Fix", "Implement", "Remove", "Replace"]),
    st.from_regex(r"[a-z0-9_`#:,.\-]{1,20}", fullmatch=True),
)
def test_object_of_a_past_verb_stays_verbatim(verb: str, rest: str) -> None:
    past = to_past(f"{verb} {rest}")
    assert past is None or past.split(" ", 1)[1] == rest


@pytest.mark.parametrize(
    ("title", "area", "rest"),
    [
        ("admin: Remove host checking for UDS", "admin", "Remove host checking for UDS"),
        ("builtin/gc: add an option for maps", "builtin/gc", "Add an option for maps"),
        ("jv_setpath: fix leak", "", "jv_setpath: fix leak"),
        ("Note: remove the old map later", "", "Note: remove the old map later"),
        ("admin: the host check of sockets", "", "admin: the host check of sockets"),
    ],
)
def test_area_in_front_of_a_sentence_is_split_off(title: str, area: str, rest: str) -> None:
    assert split_area(title) == (area, rest)


@pytest.mark.parametrize(
    ("raw", "scope", "title"),
    [
        ("[web] replay marked flows (#7)", "web", "Replay marked flows"),
        ("[backport] Add maps", "", "[backport] Add maps"),
        ("[web] maps", "", "[web] maps"),
        ("feat(map): [web] Add maps", "map", "[web] Add maps"),
    ],
)
def test_area_in_brackets_is_the_scope_of_a_title(raw: str, scope: str, title: str) -> None:
    parts = normalize_title(raw)
    assert (parts.scope, parts.title) == (scope, title)


@pytest.mark.parametrize(
    "tail", [" (close #6832)", ", fixes #3 and #4", " (Resolves acme/tool#12)", " - closed #9", " (#5)"]
)
def test_numbers_that_a_title_closes_are_taken_off(tail: str) -> None:
    assert normalize_title(f"Remove host checking{tail}").title == "Remove host checking"


def test_title_that_is_only_a_closing_number_stays() -> None:
    assert normalize_title("Fixes #12").title == "Fixes #12"


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("- added a map of piers", "Added a map of piers"),
        ("(v2) Pier maps v2", "Pier maps v2"),
        ("[fixup #12] Draw the map of piers", "Draw the map of piers"),
        ("(v2)", "(v2)"),
        ("--quiet draws no map", "--quiet draws no map"),
    ],
)
def test_mark_in_front_of_a_title_is_no_word_of_it(raw: str, title: str) -> None:
    assert normalize_title(raw).title == title


@pytest.mark.parametrize(
    ("title", "scope"),
    [
        ("[Donation Pages] Add top and recent donors", "Donation Pages"),
        ("[TX Engine] Fix the mapping of items", "TX Engine"),
        ("[V4 API] Add a list of maps", "V4 API"),
        ("[BREAKING CHANGE] Remove the old list of maps", ""),
        ("[Do Not Merge] Try the list of maps", ""),
        ("[A Map Of The Harbour] Draw the list of maps", ""),
    ],
)
def test_area_of_several_words_in_brackets_is_no_part_of_the_title(title: str, scope: str) -> None:
    """hackclub/hcb: “hcb: [Donation Pages] Add Top & Recent donors sections” was half of a headline."""
    normalized = normalize_title(title)
    assert normalized.scope == scope
    assert normalized.title.startswith("[") is not bool(scope)
