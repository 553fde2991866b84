"""Invisible characters in titles and names: those that change what a reader sees stay, all others go."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.text.clean import clean_title, contains_invisible, strip_invisible

RAINBOW, SCOTLAND = "🏳\ufe0f\u200d🌈", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"


@pytest.mark.parametrize(
    "text",
    [
        "🧑\u200d💻 Improve the shell",
        f"{RAINBOW} and {SCOTLAND}",
        "👩🏽\u200d🚀 and 👨\u200d👩\u200d👧\u200d👦 and ❤\ufe0f\u200d🔥",
        "می\u200cخواهم کتاب\u200cها را",
        "क्\u200dष and क्\u200cष",
        "ශ්\u200dරී ලංකා",
    ],
)
def test_joiner_that_changes_what_is_seen_stays(text: str) -> None:
    assert strip_invisible(text) == text
    assert clean_title(text) == text
    assert not contains_invisible(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("zero\u200bwidth\u200djoiner\ufeff", "zerowidthjoiner"),
        ("a\u200cb", "ab"),
        ("\u200d", ""),
        ("🧑\u200d", "🧑"),
        ("\u200d💻", "💻"),
        ("tag\U000e0041\U000e0042 letters", "tag letters"),
        ("🏴\U000e0061\U000e0062\U000e007f", "🏴"),
        ("pass\u200dword=hunter2hunter2", "password=hunter2hunter2"),
        ("می\u200c", "می"),
        ("\u202eabc\u202c \u2066x\u2069", "abc x"),
    ],
)
def test_lonely_or_hiding_character_goes(text: str, shown: str) -> None:
    assert strip_invisible(text) == shown
    assert contains_invisible(text)


INVISIBLE = st.text(alphabet="a1 \u200b\u200c\u200d\u202e\ufeff\ufe0f\U000e0061\U000e007f🏴🧑💻مخक्", max_size=30)


@given(INVISIBLE)
def test_stripping_twice_is_stripping_once(text: str) -> None:
    once = strip_invisible(text)
    assert strip_invisible(once) == once
    assert not contains_invisible(once)
    left = {char for char in once if unicodedata.category(char) == "Cf"}
    assert left <= {"\u200c", "\u200d", *map(chr, range(0xE0020, 0xE0080))}
