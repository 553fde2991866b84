"""Sentences: where prose is cut, and that a span never cuts a word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.documents.sentences import mask_code, split_sentences


def list_sentences(text: str) -> list[str]:
    return [" ".join(text[start:end].split()) for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It fails. It is fixed now.", ["It fails.", "It is fixed now."]),
        ("Use tools, e.g. Git, i.e. a client. See below.", ["Use tools, e.g. Git, i.e. a client.", "See below."]),
        ("Version 2.10.0 is out. It adds `a. B`.", ["Version 2.10.0 is out.", "It adds `a. B`."]),
        ("See https://example.org/a.B?c. Done.", ["See https://example.org/a.B?c.", "Done."]),
        ("Wrapped at\nseventy-two. Next\nline.", ["Wrapped at seventy-two.", "Next line."]),
        ("Really? Yes! `run` works.", ["Really?", "Yes!", "`run` works."]),
        ("Fix #2608\nThe map has no pier.\nSee #2", ["Fix #2608", "The map has no pier.", "See #2"]),
        ("Fixes https://example.org/issues/26\nMaps have it", ["Fixes https://example.org/issues/26", "Maps have it"]),
        ("It wraps at what we\nsee #12 as\na pier.", ["It wraps at what we see #12 as a pier."]),
        ("It was lost (see J. Smith). End", ["It was lost (see J. Smith).", "End"]),
        ("a ... b. c", ["a ... b. c"]),
        ("Support MERGE ... THEN DO NOTHING", ["Support MERGE ... THEN DO NOTHING"]),
        ("It waits... Then it ends.", ["It waits...", "Then it ends."]),
        ("It never held one at all. m025 fills the gap.", ["It never held one at all.", "m025 fills the gap."]),
        ("The name was lost. jv_sort() keeps it.", ["The name was lost.", "jv_sort() keeps it."]),
        ("The rest is kept. get() now reads it.", ["The rest is kept.", "get() now reads it."]),
        ("It reads keys, names, etc. from_file is kept.", ["It reads keys, names, etc. from_file is kept."]),
        ("See the table in fig. a2 of it.", ["See the table in fig. a2 of it."]),
        ("It waits ... m025 fills it.", ["It waits ... m025 fills it."]),
        ("First paragraph\n\nsecond one", ["First paragraph", "second one"]),
        ("Time: 29 seconds\nRisk level: high", ["Time: 29 seconds", "Risk level: high"]),
        ("**Time**: 29 s\n**Speed**: 9 % more", ["**Time**: 29 s", "**Speed**: 9 % more"]),
        ("In short\n✅ Base works\n⚠️ Rest is blocked", ["In short", "✅ Base works", "⚠️ Rest is blocked"]),
        ("It is wrapped before a\nName: that is no list.", ["It is wrapped before a Name: that is no list."]),
        ("", []),
    ],
)
def test_prose_is_cut_at_the_ends_of_sentences(text: str, sentences: list[str]) -> None:
    assert list_sentences(text) == sentences


@given(st.text(alphabet=st.sampled_from("aB1 .!?`\n\t\"')(]…-_e.g。"), max_size=400) | st.text(max_size=200))
def test_spans_never_cut_a_word_and_give_the_text_back(text: str) -> None:
    position = 0
    for start, end in split_sentences(text):
        assert not text[position:start].strip()
        assert start < end
        assert text[start:end] == text[start:end].strip()
        assert not (end < len(text) and text[end - 1].isalnum() and text[end].isalnum())
        position = end
    assert not text[position:].strip()


@given(st.text(alphabet=st.sampled_from("ab`.[](): \nhtps/"), max_size=300))
def test_masked_code_keeps_the_length(text: str) -> None:
    assert len(mask_code(text)) == len(text)
