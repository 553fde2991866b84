"""Titles of messages without a blank line below them, and titles that GitHub cut."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.stories.titles.forms import frame_title
from sparky_assets.stories.titles.parts import normalize_title
from sparky_assets.text.clean import clean_title
from sparky_assets.text.messages import split_message


@pytest.mark.parametrize(
    ("message", "title", "body"),
    [
        (
            "Do not count piers that begin with - as optional ones, makes old\nresize-map syntax work.\n",
            "Do not count piers that begin with - as optional ones, makes old resize-map syntax work.",
            "",
        ),
        # The first sentence is the title, and the rest can be quoted.
        (
            "Add a way for floating maps to stay above the harbour (-A) flag. Use by\ndefault for modal maps.\n\nMore.",
            "Add a way for floating maps to stay above the harbour (-A) flag.",
            "Use by\ndefault for modal maps.\n\nMore.",
        ),
        (
            "Use the correct position when combining two maps of a harbour, issue 51 of\nAda Lovelace.\n",
            "Use the correct position when combining two maps of a harbour, issue 51 of Ada Lovelace.",
            "",
        ),
        # `it` begins no sentence behind `but`, and a name goes on behind a name.
        (
            "Add a command for floating maps, currently this is equivalent to draw but\nit will differ in future.\n",
            "Add a command for floating maps, currently this is equivalent to draw but it will differ in future.",
            "",
        ),
        (
            "Keep the position of a map when the harbour is wider than it, from Ada\nLovelace.\n",
            "Keep the position of a map when the harbour is wider than it, from Ada Lovelace.",
            "",
        ),
        ("Draw the map (e.g. at night) with all of its piers, buoys and lights, and\nkeep it.\n",
         "Draw the map (e.g. at night) with all of its piers, buoys and lights, and keep it.", ""),
    ],
)  # fmt: skip
def test_wrapped_title_is_joined_to_the_end_of_its_sentence(message: str, title: str, body: str) -> None:
    assert split_message(message) == (title, body)


@pytest.mark.parametrize(
    "following",
    [
        "",
        "\nand what it is for.",
        "- Draw the pier too",
        "Signed-off-by: Ada",
        "Fixes #12",
        "this was lost in the last release of the harbour.",
        "The night was lost in the last release.",
        "    a block of code",
        "(cherry picked from commit 0123456)",
    ],
)
def test_title_that_its_author_ended_stays_the_first_line(following: str) -> None:
    title = "Draw the night of each of the piers of the harbour that has lights"
    assert split_message(f"{title}\n{following}")[0] == title


@pytest.mark.parametrize("title", ["Draw the night", "Draw the night of the pier that cannot be lit at all."])
def test_title_with_room_for_the_next_word_stays_the_first_line(title: str) -> None:
    assert split_message(f"{title}\nof the harbour and of the two piers that cannot be lit")[0] == title


def test_lines_that_are_a_list_without_marks_are_no_title() -> None:
    message = (
        "use the subdomain of the harbour in the maps\nrename the new test of the harbour and of the maps\nadd a note"
    )
    assert split_message(message)[0] == "use the subdomain of the harbour in the maps"


@pytest.mark.parametrize(
    ("message", "title", "body"),
    [
        (
            "Draw the night of a harbour and handle the lights of the pi… (#12)\n\n…ers (#11)\n\n(cherry picked)",
            "Draw the night of a harbour and handle the lights of the piers (#11) (#12)",
            "(cherry picked)",
        ),
        (
            "Fix an infinite loop of lights at night ... (#12)\n\n... in the middle of a harbour.\n\nMore.",
            "Fix an infinite loop of lights at night in the middle of a harbour. (#12)",
            "More.",
        ),
        (
            "fix(map): light piers that are re… (#12)\n\n* fix(map): light piers that are renamed",
            "fix(map): light piers that are renamed (#12)",
            "* fix(map): light piers that are renamed",
        ),
        (
            "Keep the colour of a pier that was rena… (#12)\n\nThe colour was lost.",
            "Keep the colour of a pier that was rena… (#12)",
            "The colour was lost.",
        ),
    ],
)
def test_cut_title_is_restored_where_the_body_has_the_rest(message: str, title: str, body: str) -> None:
    assert split_message(message) == (title, body)


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("Use the correct pier, GitHub issue 5511 from Ada Lovelace.", "Use the correct pier"),
        ("Use the correct pier. GitHub issue 5511, from Ada Lovelace", "Use the correct pier"),
        ("Use the correct pier, from Ada in GitHub issue 5511.", "Use the correct pier, from Ada"),
        ("Read issue 12", "Read issue 12"),
        ("Support health checks of piers #4853", "Support health checks of piers"),
        ("Follow up of the pier to #4853", "Follow up of the pier to #4853"),
        ("Close the pier in issue 12", "Close the pier in issue 12"),
    ],
)
def test_issue_that_a_title_names_last_is_no_part_of_it(raw: str, title: str) -> None:
    assert normalize_title(raw).title == title


def test_long_title_ends_with_a_whole_word() -> None:
    title = clean_title("Draw the lights of the harbour at night " * 6)
    assert title == "Draw the lights of the harbour at night " * 3 + "Draw the lights of the harbour at night…"


@pytest.mark.parametrize(
    ("raw", "framed"),
    [
        ("Regression tests for the night of a harbour", "Tests: regression tests for the night of a harbour"),
        ("Crash tests of the piers", "Crash tests of the piers"),
        ("Data race of two night maps", "Fixed: data race of two night maps"),
        ("Missing light of a pier at night", "Fixed: missing light of a pier at night"),
        ("Missing docs of a pier at night", "Missing docs of a pier at night"),
        ("Rejected map destroys the one before it", "Fixed: rejected map destroys the one before it"),
        ("Regression of the night maps", "Fixed: regression of the night maps"),
        ("Restore the lamp if it fails, from ada at harbour dot org.", "Restore the lamp if it fails"),  # tmux
        ("Keep lamps lit (reported by ada@harbour.org)", "Keep lamps lit"),
        ("Say which pier a lamp came from", "Say which pier a lamp came from"),
        ("Synopsis ignores the usage of a lamp", "Fixed: Synopsis ignores the usage of a lamp"),  # clap
        ("Lamps ignores in the list", "Lamps ignores in the list"),
    ],
)
def test_title_is_a_fix_where_it_names_a_fault_and_no_tests(raw: str, framed: str) -> None:
    assert frame_title(normalize_title(raw)) == framed


@given(st.text(alphabet="aA.… \n-(#1)", max_size=600))
def test_split_message_loses_no_word(message: str) -> None:
    title, body = split_message(message)
    kept = f"{title} {body}"
    assert all(word.strip(".… ") in kept for word in message.split())
    assert "\n" not in title


@pytest.mark.parametrize("unit", ["a. ", "a, ", "… (#1) ", "the\n", "e.g. A", "a" * 60 + "\n"])
def test_hostile_message_costs_no_time(unit: str) -> None:
    start = time.process_time()
    split_message(unit * (200_000 // len(unit)))
    assert time.process_time() - start < 1
