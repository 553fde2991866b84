"""Blocks of a text: kinds, levels and exact spans, broken fences, tables and limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.documents.blocks import MAX_BLOCKS, MAX_PARSED_LENGTH, TextBlock, read_blocks


def show(text: str) -> list[tuple[str, str]]:
    """Return kind and text of each block; its lines are joined by `|`."""
    return [(block.kind, "|".join(text[start:end] for start, end in block.segments)) for block in read_blocks(text)]


def read_only_block(text: str) -> TextBlock:
    (block,) = read_blocks(text)
    return block


def test_blocks_have_kinds_and_lines_without_marks() -> None:
    text = "# Notes\n\nTabs are read.\nSpaces too.\n\n- one\n- two\n\n> quoted\n"
    assert show(text) == [
        ("heading", "Notes"), ("paragraph", "Tabs are read.|Spaces too."), ("item", "one"), ("item", "two"),
        ("paragraph", "quoted"),
    ]  # fmt: skip
    assert [block.is_quoted for block in read_blocks(text)] == [False, False, False, False, True]


@pytest.mark.parametrize(
    ("text", "level", "title"),
    [
        ("## Fixes", 2, "Fixes"),
        ("Fixes\n=====", 1, "Fixes"),
        ("**Fixes**", 7, "Fixes"),
        ("__Fixes__:", 7, "Fixes"),
        ("Bug fixes:", 7, "Bug fixes"),
        ("=== Bug fixes", 3, "Bug fixes"),
        ("== Bug fixes ==", 2, "Bug fixes"),
        ("Fixes\n~~~~~", 1, "Fixes"),
        ("Fixes\r\n^^^^^\r\n", 1, "Fixes"),
    ],
)
def test_heading_has_a_level_and_a_title(text: str, level: int, title: str) -> None:
    block = read_only_block(text)
    assert (block.kind, block.level, block.text) == ("heading", level, title)


def test_marks_of_restructuredtext_are_headings_of_several_levels() -> None:
    text = 'Fixes\n~~~~~\n\n- Tabs\n\nOld fixes\n"""""""""\n\n- Spaces\n\nNews\n~~~~\n\n- Maps\n'
    blocks = read_blocks(text)
    assert [(block.level, block.text) for block in blocks if block.kind == "heading"] == [
        (1, "Fixes"), (2, "Old fixes"), (1, "News"),
    ]  # fmt: skip
    assert [text[block.start : block.end] for block in blocks if block.kind == "item"] == ["Tabs", "Spaces", "Maps"]


def test_tildes_shorter_than_the_line_above_begin_code() -> None:
    blocks = read_blocks("For example:\n~~~\nread map\n~~~\n\nDone now.\n")
    assert [block.kind for block in blocks] == ["heading", "fence", "paragraph"]


def test_two_lines_over_a_line_of_hyphens_are_prose() -> None:
    assert show("Tabs are read.\nSpaces too.\n---\n") == [("paragraph", "Tabs are read.|Spaces too.")]


def test_label_of_many_words_is_a_paragraph() -> None:
    assert read_only_block("The nine words of this line are no label:").kind == "paragraph"


def test_item_knows_its_depth_and_its_checkbox() -> None:
    blocks = read_blocks("- [x] done\n  - nested\n")
    assert [(block.kind, block.level, block.is_checkbox) for block in blocks] == [("item", 1, True), ("item", 2, False)]


def test_list_of_plain_text_with_other_marks_has_items() -> None:
    text = "It includes:\n\n o lib: drop moons\n   and stars [8]\n o docs: fix\n"
    assert show(text)[1:] == [("item", "lib: drop moons|and stars [8]"), ("item", "docs: fix")]
    assert show("• one\n• two") == [("item", "one"), ("item", "two")]
    assert show("Wrapped at\no one place alone") == [("paragraph", "Wrapped at|o one place alone")]


def test_directives_of_changes_are_items_without_their_options() -> None:
    text = (
        "    .. change::\n        :tags: bug\n        :tickets: 12\n\n        A lamp\n        burns.\n\n"
        "        .. seealso:: lamps\n\n    .. change::\n\n        Moons rise.\n\nThe end\n"
    )
    assert show(text) == [
        ("item", "A lamp|burns."), ("item", ".. seealso:: lamps"), ("item", "Moons rise."), ("paragraph", "The end"),
    ]  # fmt: skip


def test_title_of_an_admonition_is_an_item() -> None:
    text = (
        ".. admonition:: Lamps are\n    removed.\n    :class: tip\n\n    They burned.\n\n"
        ".. admonition:: Moons rise.\n\n   At night.\n\nThe end\n"
    )
    assert show(text) == [
        ("item", "Lamps are|removed."), ("item", "Moons rise."), ("item", "At night."), ("paragraph", "The end"),
    ]  # fmt: skip


def test_title_of_a_part_that_opens_is_a_heading() -> None:
    text = (
        "- Moons rise.\n\n.. dropdown:: Other changes\n    :open:\n\n  - Lamps burn.\n\n.. rubric:: Tides\n\nThe end\n"
    )
    assert show(text) == [
        ("item", "Moons rise."), ("heading", "Other changes"), ("item", "Lamps burn."), ("heading", "Tides"),
        ("paragraph", "The end"),
    ]  # fmt: skip


def test_lines_that_begin_with_verbs_are_items_of_notes() -> None:
    lines = "Drops support for old lamps.\nAdd moons (#1)\nSerbian tides (#2)\nRemoves deprecated piers\n"
    assert [block.kind for block in read_blocks(lines, is_notes=True)] == ["item"] * 4
    assert [block.kind for block in read_blocks(lines)] == ["paragraph"]
    prose = "Add moons where the sea is\nand remove lamps. Use tides of\nAll harbours.\n"
    assert [block.kind for block in read_blocks(prose, is_notes=True)] == ["paragraph"]
    capitals = (
        "  NEW PARTS\n    * Make moons large\n      and round\n    * Rise of a moon\n  OTHER PARTS\n    * Lamps\n"
    )
    assert [block.kind for block in read_blocks(capitals, is_notes=True)] == ["heading", "item", "item"] * 1 + [
        "heading",
        "item",
    ]
    numbered = "#18: Make moons large\n#19: Rise of a moon\n (reported by Ada)\n#20: Lamps\n"
    assert [block.kind for block in read_blocks(numbered, is_notes=True)] == ["item"] * 3
    names = "Ada Moss\nBo Li\nAdd Lee\n"
    assert [block.kind for block in read_blocks(names, is_notes=True)] == ["paragraph"]


def test_list_that_is_wholly_indented_is_no_code() -> None:
    text = "\n    web modules:\n\n    *) Bugfix: a lamp\n       burns.\n\n    *) Feature: moons.\n"
    assert show(text) == [("paragraph", "web modules:"), ("item", "Bugfix: a lamp|burns."), ("item", "Feature: moons.")]
    assert show("    a = 1\n    b = 2\n") == []


def test_kind_of_an_item_in_a_role_is_skipped() -> None:
    assert show("- :bug:`-` A lamp\n  burns.\n- :feature:`7`\n") == [
        ("item", "A lamp|burns."),
        ("item", ":feature:`7`"),
    ]


def test_number_in_front_of_a_paragraph_is_skipped() -> None:
    assert show("(a) Tabs are read.") == [("paragraph", "Tabs are read.")]


def test_fence_has_its_language_and_its_lines() -> None:
    text = "```nu extra\nexport use sub\nls\n```\n"
    block = read_only_block(text)
    assert (block.kind, block.text, block.is_open) == ("fence", "nu", False)
    assert show(text) == [("fence", "export use sub|ls")]


def test_empty_fence_is_no_block() -> None:
    assert read_blocks("```\n```\n") == []


def test_text_after_a_fence_that_never_ends_is_still_read() -> None:
    text = "Before.\n\n```\nno end\n\n# Heading\n"
    assert ("paragraph", "Before.") in show(text)
    assert ("heading", "Heading") in show(text)


def test_cells_of_rows_are_blocks_and_headers_are_not() -> None:
    assert show("| a | b |\n|---|---|\n| x | x |\n") == [("cell", "x"), ("cell", "x")]
    first, second = read_blocks("| a | b |\n|---|---|\n| x | x |\n")
    assert first.end < second.start


def test_windows_line_ends_give_the_same_blocks() -> None:
    text = "# Notes\n\nTabs are read.\nSpaces too.\n"
    assert show(text.replace("\n", "\r\n")) == show(text)


def test_text_behind_the_limit_is_not_read() -> None:
    assert [kind for kind, _ in show("x" * (MAX_PARSED_LENGTH - 2) + "\n\n# Behind")] == ["paragraph"]
    assert len(read_blocks("- a\n" * (MAX_BLOCKS + 50))) == MAX_BLOCKS


@given(st.text(st.sampled_from("abo \n#`~-*>|[]x1.\t:_=\0•)"), max_size=120))
def test_spans_of_any_text_are_in_the_text_and_in_order(text: str) -> None:
    for block in read_blocks(text):
        ends = [offset for segment in block.segments for offset in segment]
        assert ends == sorted(ends)
        assert 0 <= block.start <= block.end <= len(text)
        assert all("\n" not in text[start:end] for start, end in block.segments)


@given(
    st.lists(
        st.sampled_from(
            ["    .. change::", ".. admonition:: g", "        :tags: a", "        b", "    *) c", "  d", "", "    - e"]
        )
    )
)
def test_spans_of_moved_lines_are_those_of_the_text(lines: list[str]) -> None:
    text = "\n".join(lines)
    for block in read_blocks(text):
        for start, end in block.segments:
            assert text[start:end] == text[start:end].strip()
            assert start in {0, *(offset for offset in range(len(text)) if text[:offset].endswith((" ", "\n")))}


def test_last_line_of_code_over_its_fence_is_no_heading() -> None:
    text = "```ruby\ndef x\nend\n```\n\nTabs are read.\n\n```ruby\ny\nend\n```\n"
    assert [kind for kind, _ in show(text)] == ["fence", "paragraph", "fence"]
