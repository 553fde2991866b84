"""Whether two texts say the same: titles, sentences and rows."""

import pytest

from sparky_assets.documents.similarity import covers_text, repeats_title, shares_words, tells_same


@pytest.mark.parametrize(
    ("text", "title", "repeats"),
    [
        ("Adds a cache for queries.", "Add cache for queries", True),
        ("Add cache for queries of night maps on the pier", "Add cache for queries", True),
        ("Add cache for queries of night maps on the pier of the old harbour", "Add cache for queries", False),
        ("Drop support for Ruby EOL 3.1", "Drop support for Ruby 3.1", True),
        ("Gems need a key where Ruby 3.1 is installed", "Drop support for Ruby 3.1", False),
        ("Users wait less for maps", "Add cache for queries", False),
    ],
)
def test_sentence_repeats_a_title_if_it_says_no_more(text: str, title: str, *, repeats: bool) -> None:
    assert repeats_title(text, title) is repeats


@pytest.mark.parametrize(
    ("text", "other", "covers"),
    [
        ("Support for Python 3.9 was dropped, since its maps are old", "Drop support for Python 3.9", True),
        ("Support for Python 3.8 was dropped, since its maps are old", "Drop support for Python 3.9", False),
        ("The `night` map of the pier is gone", "Remove the map of the pier", False),
        ("The `night` map of the old pier is gone", "Old map of the pier", True),
        ("The `night` map of the old pier is gone", "Remove `day` of the old pier map", False),
    ],
)
def test_text_covers_another_with_all_its_words_names_and_numbers(text: str, other: str, *, covers: bool) -> None:
    assert covers_text(text, other) is covers


def test_texts_share_words_from_half_of_the_shorter_one() -> None:
    assert shares_words("Remove the night map of piers", "The map of the night was too dark for most ships")
    assert not shares_words("Remove the night map of piers", "Tickets cost more on the boat")


@pytest.mark.parametrize(
    ("text", "other", "is_same"),
    [
        ("The `Lamp` method was deprecated in 1.x and removed in 2.0.", "Removes deprecated map methods", False),
        ("The `Lamp` method was deprecated in 1.x and removed in 2.0.", "`Lamp` is gone", True),
        ("The night map of the pier was removed", "Removes the night map", True),
        ('Removed support for the "day" key of `Lamp`', 'Removed support for the "night" key of `Lamp`', False),
        ("Remove `Lamp::day()` in favor of `Lamp::noon()`", "Remove `Map::day()` in favor of `Map::noon()`", False),
    ],
)
def test_texts_tell_the_same_by_more_than_words_of_any_removal(text: str, other: str, *, is_same: bool) -> None:
    assert tells_same(text, other) is is_same
