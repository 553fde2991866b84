"""The table of phrases: what an owner may write into it, and what a message says about a fault."""

import ast
import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.errors import DataError
from sparky_assets.settings.load import find_shipped_folder
from sparky_assets.text.phrases import (
    NUMBER_GROUP,
    PHRASES_FILE,
    comment_out_phrases,
    find_key_line,
    load_phrases,
    load_shipped_phrases,
    parse_phrases,
)

SHIPPED = find_shipped_folder("templates")
ROOT = SHIPPED.parent
SHIPPED_TEXT = (SHIPPED / PHRASES_FILE).read_text()


def find_fault(text: str) -> str:
    with pytest.raises(DataError) as caught:
        parse_phrases(text, "mine/phrases.toml")
    return str(caught.value)


def test_table_of_an_owner_holds_only_what_differs() -> None:
    table = parse_phrases('[sections]\nalso = "Besides"\nnew = "New"\n', "mine")
    assert table.own == {"sections.also": "Besides"}
    assert table.name("sections.also") == "Besides"
    assert table.name("sections.people") == "People"


def test_phrase_of_two_forms_is_overridden_by_dotted_key() -> None:
    table = parse_phrases('[counts]\nfix.other = "{number} repairs"\n', "mine")
    assert table.own == {"counts.fix.other": "{number} repairs"}


def test_folder_without_a_table_has_the_shipped_phrases(tmp_path: Path) -> None:
    assert load_phrases([tmp_path, SHIPPED]) is load_shipped_phrases()
    assert load_phrases([SHIPPED]) is load_shipped_phrases()


def test_shipped_table_is_a_table_of_an_owner_that_changes_nothing() -> None:
    assert parse_phrases(SHIPPED_TEXT, "mine").own == {}


def test_copied_table_changes_nothing_and_names_every_phrase() -> None:
    copied = comment_out_phrases(SHIPPED_TEXT)
    assert parse_phrases(copied, "mine").own == {}
    assert parse_phrases(re.sub(r"(?m)^# (?=[\w.]+ = )", "", copied), "mine").own == {}


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('in = "Shipped."', "lacks the placeholder {releases}. It takes {releases}."),
        ('in = "In {release}."', "has the unknown placeholder {release}. It takes {releases}."),
        ('in = "In {releases} and {releases}."', "has a placeholder twice. It takes {releases}."),
        ('in = "In {releases"', "has a brace that is not closed or not opened (expected '}' before end of string)."),
        ('in = "In {releases.__class__}."', "has a placeholder that is more than a name. It takes {releases}."),
        ('in = "In {releases[0]}."', "has a placeholder that is more than a name."),
        ('in = "In {releases!r}."', "has a placeholder that is more than a name."),
        ('in = "In {releases:>9}."', "has a placeholder that is more than a name."),
        ('in = "In {{releases}}."', "has a brace that is not of a placeholder. It takes {releases}."),
        ('in = "In {}."', "has a placeholder that is more than a name."),
        ('unreleased = "In {releases}."', "has the unknown placeholder {releases}. It takes no placeholder."),
        ("in = 3", "must be a text between quotation marks."),
        ('in = ""', "is empty"),
        ('in = " In {releases}."', "begins or ends with a space"),
        ('in = "In\\n{releases}."', "holds a line break or another sign that is not printed"),
        ('in = "In \\u202e{releases}."', "holds a line break or another sign that is not printed"),
        ('in = "In **{releases}**."', "holds markup, code or an address (**); a phrase is plain text"),
        ('in = "In <b>{releases}</b>."', "holds markup, code or an address (<b); a phrase is plain text"),
        ('in = "In [{releases}](https://x.example)."', "holds markup, code or an address"),
        ('in = "Ask ada@example.org about {releases}."', "holds markup, code or an address (a@e)"),
        ('in = "In !{releases}."', "holds markup, code or an address (!); a phrase is plain text"),
        ('in = "They said “great” of {releases}."', "holds “ ”, which only mark what is quoted exactly"),
    ],
)
def test_fault_names_file_line_key_and_what_is_right(line: str, fault: str) -> None:
    message = find_fault(f'[sections]\nalso = "Besides"\n\n[releases]\n{line}\n')
    key = line.partition(" ")[0]
    assert message.startswith(f"mine/phrases.toml, line 5: releases.{key}: {fault}")
    assert "\n" not in message


def test_unknown_phrase_names_the_nearest_one() -> None:
    assert find_fault('[sections]\nalsoo = "Besides"\n') == (
        "mine/phrases.toml, line 2: unknown phrase sections.alsoo. Did you mean sections.also?"
    )
    assert find_fault('[section]\nalso = "Besides"\n').startswith("mine/phrases.toml, line 1: unknown phrase section. ")


def test_text_in_the_place_of_a_group_names_its_keys() -> None:
    message = find_fault('[counts]\nfix = "{number} repairs"\n')
    assert message.startswith("mine/phrases.toml, line 2: counts.fix: is a group")
    assert "counts.fix.one, counts.fix.other" in message


@pytest.mark.parametrize("text", ["three", "not two but Three", "4", "12 or so"])
def test_word_of_another_number_is_refused(text: str) -> None:
    assert "which is another number" in find_fault(f'[numbers]\n2 = "{text}"\n')


@pytest.mark.parametrize("text", ["a pair of", "2", "both"])
def test_other_word_of_a_number_is_taken(text: str) -> None:
    assert parse_phrases(f'[numbers]\n2 = "{text}"\n', "mine").own == {"numbers.2": text}


def test_every_fault_has_a_line_of_its_own() -> None:
    message = find_fault('[sections]\nalso = 1\npeople = ""\n')
    assert [line.partition(": ")[0] for line in message.splitlines()] == [
        "mine/phrases.toml, line 2",
        "mine/phrases.toml, line 3",
    ]


def test_table_that_is_no_toml_names_the_line() -> None:
    assert "line 1" in find_fault("[sections\n")


def test_key_is_found_in_tables_quoted_and_dotted() -> None:
    text = '[a]\n"b" = 1\nc.d = 2\n[a.e]\nf = 3\n'
    assert [find_key_line(text, path) for path in (["a", "b"], ["a", "c", "d"], ["a", "e", "f"], ["x"])] == [2, 3, 5, 0]


@given(
    st.sampled_from(sorted(load_shipped_phrases().frames)),
    st.text(alphabet=string.printable + "“”é\u202e", max_size=60),
)
def test_any_text_is_taken_or_refused_with_its_line(key: str, text: str) -> None:
    escaped = "".join(f"\\U{ord(character):08x}" for character in text)
    quoted_key = ".".join(f'"{part}"' for part in key.split("."))
    try:
        table = parse_phrases(f'{quoted_key} = "{escaped}"\n', "mine")
    except DataError as error:
        assert str(error).startswith(f"mine, line 1: {key}: ")
    else:
        assert table.frames[key].text == text
        assert set(table.frames[key].placeholders) == set(load_shipped_phrases().frames[key].placeholders)


def list_key_patterns(file: Path) -> set[str]:
    """Return a pattern for each string constant and f-string of a module that may be the key of a phrase."""
    patterns = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            patterns.add(re.escape(node.value))
        elif isinstance(node, ast.JoinedStr):
            values = [value.value if isinstance(value, ast.Constant) else None for value in node.values]
            patterns.add("".join(r"[\w.]+" if value is None else re.escape(str(value)) for value in values))
    # `{kind}.{part}` would be every key.
    return {pattern for pattern in patterns if re.search(r"[a-z]{2}", pattern.replace(r"[\w.]+", ""))}


def test_every_phrase_is_used() -> None:
    patterns = set().union(*(list_key_patterns(file) for file in (ROOT / "sparky_assets").rglob("*.py")))
    is_known = re.compile("|".join(sorted(patterns))).fullmatch
    templates = "".join(file.read_text() for file in SHIPPED.rglob("*.j2"))
    forms = {key: re.sub(r"(?<=\w)(?<!^quiet)\.(?:one|other)$", "", key) for key in load_shipped_phrases().frames}
    unused = [key for key, whole in forms.items() if not (is_known(key) or is_known(whole) or whole in templates)]
    assert [key for key in unused if not key.startswith(f"{NUMBER_GROUP}.")] == []
