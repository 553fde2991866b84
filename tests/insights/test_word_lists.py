"""Word lists: a word has one meaning, because the checks of themes add and compare the lists."""

from itertools import combinations

from sparky_assets.insights.claims.word_lists import (
    DIRECTION_GROUPS,
    GLUE_WORDS,
    JUDGEMENT_WORDS,
    NEUTRAL_WORDS,
    NUMBER_WORDS,
)

LISTS = {
    "glue": GLUE_WORDS,
    "neutral": NEUTRAL_WORDS,
    "number": NUMBER_WORDS,
    "judgement": JUDGEMENT_WORDS,
    **DIRECTION_GROUPS,
}


def test_word_belongs_to_one_list_only() -> None:
    shared = {(first, second): LISTS[first] & LISTS[second] for first, second in combinations(LISTS, 2)}
    assert {names: words for names, words in shared.items() if words} == {}


def test_words_are_lower_case_and_without_punctuation() -> None:
    assert [word for words in LISTS.values() for word in words if not (word.isalpha() and word.islower())] == []


def test_opposite_directions_are_separate_groups() -> None:
    groups = {word: group for group, words in DIRECTION_GROUPS.items() for word in words}
    opposites = [("add", "remove"), ("fix", "break"), ("allow", "forbid"), ("increase", "decrease"), ("start", "stop")]
    assert [pair for pair in opposites if groups[pair[0]] == groups[pair[1]]] == []
