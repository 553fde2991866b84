"""The first words of a paper about a release: what is new, what to do, and no word that says nothing."""

from datetime import date

import pytest

from sparky_assets.documents.models import Quotation, SourceText
from sparky_assets.documents.parse import parse_document
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.stories.printing.headline import EditionFacts
from sparky_assets.stories.printing.layout import build_edition
from sparky_assets.stories.printing.products.limits import DIGEST_LIMITS
from sparky_assets.stories.printing.releases.headline import build_headline
from sparky_assets.stories.printing.releases.introductions import list_introducing
from sparky_assets.stories.printing.releases.item_quotes import end_early, trim_references
from tests.stories.test_patch_lines import build
from tests.stories.test_release_lists import list_items, make_release, write_edition

FEATURES = "## Features\n\n- Draw maps at night\n- Add `--tide` to print tides\n- Sell tickets in every harbour\n"
FIXES = "\n## Fixes\n\n- Keep the colour of a pier\n- Crash on maps of the sea\n"


def make_headline(text: str) -> str:
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text)
    return build_headline(make_release("2.0.0", 11), parse_document(source)).text


def quote_whole(text: str) -> tuple[Quotation, str]:
    """Return the first sentence of notes without its references, and what remains of it at an early end."""
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text)
    document = parse_document(source)
    sentence = document.sentences[0]
    quoted = Quotation(source="notes", start=sentence.start, end=sentence.end, text=sentence.text)
    return trim_references(document, quoted), end_early(document, trim_references(document, quoted)).text


def test_headline_names_several_features_within_its_words() -> None:
    headline = make_headline(FEATURES)
    assert headline == "tool 2.0.0 is out: Draw maps at night; add --tide to print tides"
    many = "".join(f"- Add a map of the {place} and of its piers\n" for place in ("sea", "river", "moon"))
    assert len(make_headline(f"## Features\n\n{many}").split()) <= 20


def test_headline_names_no_item_that_is_a_row_of_names() -> None:
    names = ", ".join(f"`map_of_the_harbour_build::MapBuilder{letter}`" for letter in "ABCDE")
    text = f"## Features\n\n- Add {names}.\n- Add a lamp to the pier\n"
    assert make_headline(text) == "tool 2.0.0 is out: Add a lamp to the pier"


def test_headline_counts_what_breaks_behind_what_is_new() -> None:
    text = f"{FEATURES}\n## Breaking changes\n\n- Maps need a key\n- Ink needs a lamp\n"
    assert make_headline(text).endswith("; two breaking changes")


def test_sentences_of_a_written_list_lead_in_the_order_of_their_author() -> None:
    items = [
        "PEP-634 Pattern Matching is implemented. (#1)",
        "Changes were made for Python 3.15. (#2, #3, #4)",
        "Declared types of lamps are now used. (#5, #6, #7)",
        "Type inference is better for maps. (#8, #9, #10)",
        "C arrays may now have enums, and lamps are faster. (#11)",
        "More code is shared by piers. (#12, #13)",
    ]
    text = "## Features added\n\n" + "".join(f"* {item}\n" for item in items)
    assert make_headline(text).startswith("tool 2.0.0 is out: PEP-634 Pattern Matching is implemented")


def test_headline_ends_within_no_brackets() -> None:
    text = "## Features\n\n- Support `map(night)`, deprecate map(fn, { forward: true }) for piers\n- Draw maps\n"
    assert "{ forward;" not in make_headline(text) and not make_headline(text).endswith("{ forward")


def test_area_with_braces_and_a_colon_in_a_name_end_no_headline() -> None:
    text = "## Features\n\n- [maps/{night,day}] Draw the tides of piers\n- support for bool: attributes of maps\n"
    assert make_headline(text) == "tool 2.0.0 is out: Draw the tides of piers; support for bool: attributes of maps"


@pytest.mark.parametrize(
    ("prose", "named"),
    [
        ("Tool 2 merges [lamps](https://acme.dev/lamps) into the core package.", "Tool 2 merges lamps into the core"),
        ("This release has many lamps for the core package.", "is out: one fix"),
    ],
)
def test_headline_without_an_item_names_what_notes_say_first(prose: str, named: str) -> None:
    text = f"{prose}\n\n## Fixes\n\n- {'Lamps of the pier that are on a map of the sea and of all harbours ' * 2}\n"
    assert named in make_headline(text)


@pytest.mark.parametrize(
    ("prose", "is_quoted"),
    [
        ("At least **70 pull requests** were merged this release cycle, since maps were wrong.", False),
        ("This release fixes wrong maps, with dozens of small patches, because lamps failed.", False),
        ("This release fixes wrong maps of 12 piers, because lamps failed.", True),
    ],
)
def test_prose_that_only_counts_contributions_is_not_quoted(prose: str, is_quoted: bool) -> None:
    text = f"{prose}\n\n## Added\n\n- Draw maps at night\n- Add a bell for fog\n"
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text)
    assert bool(list_introducing(parse_document(source))) is is_quoted


def test_headline_names_no_message_of_an_error() -> None:
    message = (
        "* ```Error: `map` is a corrupt pier, ...```  signals code that makes\n  wrong maps of the piers at night."
    )
    text = f"## Breaking changes\n\n{message}\n\n* Ink needs a lamp\n* Piers need a key\n"
    assert make_headline(text) == "tool 2.0.0 is out: Ink needs a lamp and two more breaking changes"


def test_headline_names_prose_on_breaks_before_a_fix() -> None:
    prose = "The night maps have been removed as they were not nearly as good as the others are by day and at noon."
    text = f"### Breaking\n\n{prose}\n\n* Fix a slow map\n* Ink needs a lamp\n\n### Added\n\n* Add a bell\n"
    assert (
        make_headline(text) == "tool 2.0.0 is out: The night maps have been removed; add a bell; two breaking changes"
    )
    listed = (
        "### Breaking\n\n* Fix a slow map\n* Bump ink to 2\n* Ink needs a lamp\n\n### Removed\n\n* Remove the bell\n"
    )
    assert make_headline(listed).startswith("tool 2.0.0 is out: Ink needs a lamp")


def test_headline_names_what_verbs_call_new_where_no_break_is_short() -> None:
    long = "Open a lamp for each of the outer piers of a harbour and close it on the last of their returns in the night"
    text = f"- Add a map of the tide\n- Add a bell for fog\n\n## Breaking changes\n\n- {long}.\n"
    assert make_headline(text) == "tool 2.0.0 is out: Add a map of the tide; one breaking change"


def test_headline_names_what_is_new_behind_counts_of_fixes_of_holes() -> None:
    text = f"{FEATURES}\n## Security\n\n- Fix CVE-2026-12345 in maps\n\n## Breaking changes\n\n- Maps need a key\n"
    assert make_headline(text) == ("tool 2.0.0 is out: one CVE fix and one breaking change; Draw maps at night")


@pytest.mark.parametrize(
    ("items", "headline"),
    [
        # The second item is a part of the first one, which the third is not.
        ("- Add `map.scale` to draw\n- Add `map.scale-minimum` to limit it\n- Add `tide.hour` to print\n",
         "Add map.scale to draw; add tide.hour to print"),
        # What was there before is less than what is new.
        ("- Allow more colours of ink\n- Add a lamp to the pier\n",
         "Add a lamp to the pier; allow more colours of ink"),
        # A name of code limits nothing.
        ("- Add `--draw-all` and `--draw-none` options that override `Disabled` in all of the files of a harbour\n",
         "Add --draw-all and --draw-none options"),
        # A bracket before a noun is left out, and support is named with what it is for.
        ("- `old-lamp` detects usages of insecure (i.e. plaintext) protocols when making requests of a harbour\n"
         "- Lamps now have experimental support for reading tides of all harbours, meaning both piers and the moons\n",
         "old-lamp detects usages of insecure protocols"),
        # What is shown is a part of what happened: Pkg.jl was headed by “status now shows”.
        ("- `tide` now shows when other lamps of the piers are loaded than those that a harbour expects to find\n"
         "- Add a map of the moon\n", "Add a map of the moon"),
        # A link that notes define below them is its words.
        ("- Support the [Tide Tables][tides] of 2026\n\n[tides]: https://example.org\n",
         "Support the Tide Tables of 2026"),
        # An area in brackets is left out, and one of a few words before a colon where a verb follows.
        ("- [map draw] Add a flag for night lamps\n- Tools, `map tide`: Add a scale of tides\n",
         "Add a flag for night lamps; add a scale of tides"),
        # The name and version of the release are said already.
        ("- tool 2.0.0 introduces a map of the moon\n", "Introduces a map of the moon"),
        # What is for developers alone, and what counts or asks for contributions, is no news.
        ("- Total issues resolved: **3**\n- Add the harbour to the test matrix\n- Your contribution here.\n"
         "- Document the `--tide` option\n- Add a map of the moon\n", "Add a map of the moon"),
        # What a bracket holds is needed by the word in front of it, so that another item is named.
        ("- Draw the lamps of harbours in preview for (`LAMP`)\n- Introduced a new function (`tide()`)\n"
         "- Add a map of the moon\n", "Add a map of the moon"),
        # What the headline is about is not said again.
        ("- This release adds maps for moons and suns, and draws the tides of all harbours at night\n",
         "Adds maps for moons and suns"),
        # The verb of a subject is not cut off.
        ("- Detection of tides as many for drawing all of the lamps of a pier is now part of `map.draw()`\n"
         "- Add a map of the moon\n", "Add a map of the moon"),
        # People, what was so before, and what is for developers are no news.
        ("- Previously, the map of tides was drawn by hand on paper\n- Skip tests of piers at night\n"
         "- (@ada) Add a moon at noon\n- 4ebb8b1ce Add lamps at night\n", "Add lamps at night; add a moon at noon"),
        # `vs.` ends no sentence, and what a phrase in front of the subject is about comes behind it.
        ("- Add automatic lamp vs. pier maps\n- As part of a larger change of all the lamps, `map` gained a key for "
         "notes on all of the moons\n", "Add automatic lamp vs. pier maps"),
        # A condition belongs to a verb that ends the beginning.
        ("- Harbour maps of the moon now warn when distances of lamps are used in the middle of a night\n"
         "- Maps of moons are now easier to draw with its new and rather large pencil for all of us\n"
         "- Added `--tide` which allows the lamps to print automatically and then tell everyone about it\n",
         "Added --tide"),
    ],
)  # fmt: skip
def test_headline_names_the_item_that_weighs_most(items: str, headline: str) -> None:
    assert make_headline(f"## Features\n\n{items}") == f"tool 2.0.0 is out: {headline}"


def test_headline_names_no_housekeeping_in_front_of_its_author() -> None:
    text = "## Features\n\n- Draw maps at night (#1)\n\n## Other\n\n- Add Winget Releaser workflow, see #2 (@ada)\n"
    assert make_headline(text) == "tool 2.0.0 is out: Draw maps at night"


def test_headline_names_no_person_of_a_list() -> None:
    notes = "## Added\n\n- Add a map of the moon\n\n## Contributors\n\n- Ada Grace Lovelace\n- Bob Van Stone\n"
    assert make_headline(notes) == "tool 2.0.0 is out: Add a map of the moon"


def test_headline_names_a_longer_item_before_it_only_counts() -> None:
    notes = "## Fixes\n\n- Draw the lamps of the harbour at night where a pier has no name yet\n"
    assert make_headline(notes) == (
        "tool 2.0.0 is out: Draw the lamps of the harbour at night where a pier has no name yet"
    )
    notes = "## Breaking changes\n\n- A pier without any name now raises `HarbourError` in the maps of all moons\n"
    assert make_headline(notes) == (
        "tool 2.0.0 is out: A pier without any name now raises HarbourError in the maps of all moons"
    )


@pytest.mark.parametrize(
    ("item", "headline"),
    [
        (
            "300 threads of the harbour eat up lots of memory",
            "; fixed: 300 threads of the harbour eat up lots of memory",
        ),
        ("Slow lamps in the list of piers", "; fixed: Slow lamps in the list of piers"),
        ("Maps with invalid names now raise an error", ": Maps with invalid names now raise an error"),
        ("Bulbs of the pier no longer burn at noon", ": Bulbs of the pier no longer burn at noon"),
        ("Lamps of the pier do not crash maps anymore", ": Lamps of the pier do not crash maps anymore"),
        ("Keep the colour of a pier at night", ": Keep the colour of a pier at night"),
    ],
)
def test_headline_frames_the_fault_of_a_fix(item: str, headline: str) -> None:
    assert make_headline(f"## Fixes\n\n- {item}\n- Keep lamps\n") == f"tool 2.0.0 is out{headline}"


def test_headline_that_begins_with_code_begins_small() -> None:
    assert make_headline("## Added\n\n- `import` now reads tides\n- `print` now draws maps of the moon\n") == (
        "tool 2.0.0 is out: import now reads tides; print now draws maps of the moon"
    )


def test_headline_does_not_end_before_the_object_of_its_verb() -> None:
    item = "All of the maps and their many tidal elements now conform to `TidalHarbourMap` of the port"
    assert make_headline(f"## Added\n\n- {item}\n").startswith(f"tool 2.0.0 is out: {item.replace('`', '')}")


@pytest.mark.parametrize(
    ("item", "beginning"),
    [
        ("This is a breaking change, as maps of the harbour now need a key in front of their names", "This is"),
        ("This option is now deprecated, please use the bulb instead", "This option"),
        ("If you are already a user of the lamp, note that its bulbs have changed in size and in colour", "If you"),
        ("Piers now have a supported mechanism for maps of the harbour that are drawn by night", "mechanism;"),
        ("Objects of the map may now be passed to the methods of the pier that read it at night", "passed;"),
        ("Add config option to limit bulbs that the lamp of the pier may have in each of its rooms", "option;"),
    ],
)
def test_headline_names_no_beginning_that_says_nothing(item: str, beginning: str) -> None:
    headline = make_headline(f"## Features\n\n- {item}\n- Draw the map of the moon\n")
    assert beginning not in f"{headline};"


def test_headline_is_no_subject_without_its_verb() -> None:
    items = (
        "- A new `harbour.night` setting controls which of the maps of the harbour are printed after ten at night\n"
        "- The index of all piers (used by maps and by tickets) records who built each pier of the harbour\n"
        "- Print a map of the moon\n"
    )
    assert make_headline(f"## Features\n\n{items}") == "tool 2.0.0 is out: Print a map of the moon"


def test_headline_names_a_sentence_where_nothing_is_shorter() -> None:
    item = "While drawing a map, the printer now shows how far it is after two minutes"
    assert make_headline(f"## Added\n\n- {item}.\n{FIXES}") == f"tool 2.0.0 is out: {item}; two fixes"


def test_headline_of_notes_without_headings_names_what_comes_first() -> None:
    text = "- Keep the time of a lamp in the index\n- Flush the map\n- Add an example to the harbour\n"
    assert make_headline(text).startswith("tool 2.0.0 is out: Keep the time of a lamp in the index; ")


def test_headline_names_no_thing_that_was_only_renamed() -> None:
    renamed = "- Renamed `map.old` to `map.new`, the old name remains as an alias\n"
    long = "Maps of every harbour at this coast of ours need a key in the file of their harbour master at night"
    text = f"{FEATURES}\n## Breaking changes\n\n- {long}\n\n## Removed\n\n{renamed}"
    assert "enamed" not in make_headline(text)


def test_highlights_lead_whatever_their_verb() -> None:
    text = "## Highlights\n\n- Maps are drawn at night\n- Tides are printed\n\n## Map\n\n- Add a lamp to the pier\n"
    assert make_headline(text) == "tool 2.0.0 is out: Maps are drawn at night; Tides are printed"


def test_lede_counts_nothing_that_a_list_shows() -> None:
    edition = write_edition({"2.0.0": FEATURES + FIXES})
    assert [sentence.text for sentence in edition.lede] == ["tool 2.0.0 is out."]


def test_list_leaves_out_what_the_headline_says() -> None:
    more = "- Read the tide of the moon\n- Print the scale of a map\n"
    edition = write_edition({"2.0.0": FEATURES + more + FIXES})
    assert edition.headline.startswith("tool 2.0.0 is out: Draw maps at night; ")
    (new, fixed) = list_items(edition).values()
    assert "“Draw maps at night”." not in new and "“Sell tickets in every harbour”." in new
    assert fixed[0] == "“Crash on maps of the sea”."


def test_list_of_short_items_fills_the_first_screen() -> None:
    places = ("sea", "river", "moon", "tide", "pier", "buoy", "gauge", "lamp", "quay", "lock", "cape", "bay")
    short = "".join(f"- Draw the {place}\n" for place in places)
    (listed,) = list_items(write_edition({"2.0.0": f"## Features\n\n{short}"})).values()
    assert len(listed) == 9
    wordy = "by the light of the lamp that burns at the end of the pier of the old harbour of the town"
    long = "".join(f"- Draw the {place} {wordy}\n" for place in places)
    (listed,) = list_items(write_edition({"2.0.0": f"## Features\n\n{long}"})).values()
    assert len(listed) == 5
    daily = list_items(write_edition({"2.0.0": f"## Features\n\n{short}"}, PeriodKind.DAILY))
    assert [len(own) for own in daily.values()] == [5]


def test_only_fix_beside_what_is_new_is_listed() -> None:
    more = "- Read the tide of the moon\n- Print the scale of a map\n"
    edition = write_edition({"2.0.0": f"{FEATURES}{more}\n## Fixes\n\n- Crash on maps of the sea\n"})
    assert list_items(edition)["Fixed in this release"] == ["“Crash on maps of the sea”."]


def test_list_whose_items_the_headline_says_is_left_out() -> None:
    edition = write_edition({"2.0.0": f"## Features\n\n- Draw maps at night\n- Print the tide\n{FIXES}"})
    assert list(list_items(edition)) == ["Fixed in this release"]


def test_rows_without_room_come_behind_what_is_new() -> None:
    places = ("sea", "river", "moon", "tide", "pier", "buoy", "gauge", "lamp")
    removed = "".join(f"- The map of the {place} is removed from the harbour\n" for place in places)
    edition = write_edition({"2.0.0": f"{FEATURES}\n## Removed\n\n{removed}"})
    assert len(edition.box_rows) == 6
    (further,) = edition.further_rows
    assert (further.label, further.rows) == ("Also removed", 2)
    assert edition.further_title == "Also before you upgrade"
    assert all(sentence in edition.sentences for sentence in further.sentences)
    daily = write_edition({"2.0.0": f"{FEATURES}\n## Removed\n\n{removed}"}, PeriodKind.DAILY)
    assert len(daily.box_rows) == 8 and not daily.further_rows


def test_release_that_a_patch_fixed_is_no_row_where_the_patch_is_named() -> None:
    stories = build([("2.0.0", FEATURES), ("2.0.1", "## Fixed\n\n- Crash on maps of the sea\n")])
    assert [row.label for row in stories.box_rows] == ["Fixed since"]
    facts = EditionFacts(Period(PeriodKind.WEEKLY, date(2026, 3, 9)), "acme/tool", "UTC", 1, 0, 0, 1)
    edition = build_edition(stories, facts, DIGEST_LIMITS[PeriodKind.WEEKLY])
    assert edition.lede[-1].text == "The one to install is tool 2.0.1."
    assert not edition.box_rows


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("- Add a map of the night, which all ships of the harbour can read from afar in every weather\n",
         "Add a map of the night"),
        ("- Draw maps at night; they are not read by ships of the harbour or from afar in weather of the year\n",
         "Draw maps at night; they are not read by ships of the harbour or from afar in weather of the year"),
        ("- Draw maps at night (#12)\n", "Draw maps at night"),
        ("- The harbour now requires lamps of the fifth kind and (piers of 10.13, maps of 11, and gauges of 4)+ too\n",
         "The harbour now requires lamps of the fifth kind and (piers of 10.13, maps of 11, and gauges of 4)+ too"),
        # The verb of the sentence comes behind the bracket.
        ("- Several maps bundled with the harbour (night, tide) had a fault which all of its readers saw on them\n",
         "Several maps bundled with the harbour (night, tide) had a fault which all of its readers saw on them"),
        # Notes wrap their lines.
        ("- Added `LampKey` and `PierKey` classes,\n  which enable static checks of all lamps and piers of a harbour\n",
         "Added `LampKey` and `PierKey` classes"),
        # In front of a colon a word or two are a label.
        ("- NIGHT CHANGE(maps): several maps bundled with the harbour of tides are not read by its ships any more\n",
         "NIGHT CHANGE(maps): several maps bundled with the harbour of tides are not read by its ships any more"),
        # The marks of an item are no words of it.
        ("- [CHANGE] **BREAKING CHANGE** lamp-cli: Support relative times (now, in an hour) for all arguments and use"
         " one form of time in commands\n",
         "lamp-cli: Support relative times (now, in an hour) for all arguments and use one form of time in commands"),
    ],
)  # fmt: skip
def test_item_ends_early_only_where_nothing_limits_it(text: str, shown: str) -> None:
    assert quote_whole(text)[1] == shown


def test_item_keeps_the_advisory_that_its_words_lead_to() -> None:
    text = "- Upgrade the maps to 2.0 to solve CVE-2025-22869 #5997 (@ada)\n- Draw maps at night (@ada)\n"
    assert quote_whole(text)[1] == "Upgrade the maps to 2.0 to solve CVE-2025-22869"


def test_subject_before_a_bracket_is_no_headline() -> None:
    text = "## Breaking changes\n\n- Requests made while fetching (of lamps, piers) now validate the key of a map\n"
    assert make_headline(text) == "tool 2.0.0 is out: one breaking change"


def test_headline_names_entries_beside_a_removal() -> None:
    text = (
        "## What to know\n\n### Old lamps removed\n\nLamps of 2024 have been dropped.\n\n"
        "### Daemon mode\n\nYou can now run maps as a daemon.\n\n"
        "### Links in files\n\nMaps now follow links of files.\n"
    )
    assert make_headline(text) == "tool 2.0.0 is out: Daemon mode; links in files; one removal"


def test_platform_below_packaging_is_news_in_front_of_what_was_added() -> None:
    packaging = (
        "## Packaging\n\n- Support the new PEP 803 ABI of harbours.\n- Support Python 3.15.\n- Pin the ruler of tests\n"
    )
    headline = make_headline(f"{packaging}\n{FEATURES}")
    assert headline.startswith("tool 2.0.0 is out: Support the new PEP 803 ABI of harbours; support Python 3.15")


@pytest.mark.parametrize("item", ["Python 3.12 is now supported", "CPython 3.14 is now fully supported"])
def test_platform_that_is_supported_now_leads_the_headline(item: str) -> None:
    others = "## Map\n\n- `draw_map` now supports lamps\n- `draw_pier` now supports bulbs\n"
    assert make_headline(f"## General changes\n\n- {item}.\n\n{others}").startswith(f"tool 2.0.0 is out: {item}")


def test_names_are_enough_of_changes_where_there_is_no_room_for_more() -> None:
    long = "is now configured in another part of the harbour, which has to be drawn before all others are"
    changed = "".join(f"- `lamp.day{number}` {long}\n- `day` number {number} {long}\n" for number in range(60))
    edition = write_edition({"2.0.0": f"{FEATURES}\n## Upgrade notes\n\n{changed}"})
    last = edition.further_rows[-1].sentences[0].text
    assert "; “`lamp.day30`”; " in last
    assert "“`day`”" not in last


def test_removal_without_a_line_of_its_own_is_its_name_and_no_other_row() -> None:
    removed = "".join(f"- Remove the map of pier {number}\n" for number in range(60))
    long = "have been removed from all harbours of the sea and of the river after five years"
    names = f"- The `Map::draw()` and `Map::drop()` methods {long}\n- `Map::drop()` and its helpers {long}\n"
    edition = write_edition({"2.0.0": f"{FEATURES}\n## Removed\n\n{removed}{names}"})
    last = edition.further_rows[-1].sentences[0].text
    assert last.endswith("pier 59”; “`Map::draw()` and `Map::drop()`”.")
