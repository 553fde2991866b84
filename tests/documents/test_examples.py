"""Examples that came with a change: where they are, and which are about the change."""

import pytest

from sparky_assets.documents.examples import find_added_example, locate_lines
from sparky_assets.documents.models import CodeExample, SourceKind, SourceText
from sparky_assets.documents.parse import parse_document

PAGE = "https://github.com/acme/tool/blob/abc/README.md"
TEXT = "Print all docks:\n\n```bash\ntool docks --all\n```\n"


def make_source(
    text: str = TEXT, path: str = "README.md", kind: SourceKind = "documentation", name: str = ""
) -> SourceText:
    return SourceText(key="note:acme/tool@abc:x", kind=kind, repository="acme/tool", text=text, path=path, heading=name,
                      url=f"{PAGE}#L11-L15", first_line=11)  # fmt: skip


def find(source: SourceText, title: str = "Add the option --all") -> CodeExample | None:
    return find_added_example(parse_document(source), title)


def test_block_of_documentation_with_a_name_of_the_title_is_its_example() -> None:
    source = make_source()
    example = find(source)
    assert example is not None
    assert (example.language, example.lines) == ("bash", ("tool docks --all",))
    assert locate_lines(source, example) == f"{PAGE}#L14-L14"


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("```bash", "```"),
        f"{TEXT}\nIt was:\n\n```bash\ntool list\n```\n".replace("bash", "python"),
        TEXT.replace("--all", "--some"),
        TEXT.replace("tool docks", "step\n" * 8 + "tool docks"),
        TEXT.replace("tool docks", "tool --mail ada@example.com"),
        TEXT.replace("tool docks", f"TOKEN=ghp_{'b2' * 20} tool"),
        TEXT.replace("tool docks", "tool \u202e docks"),
    ],
)
def test_block_that_may_mislead_is_no_example(text: str) -> None:
    assert find(make_source(text)) is None


def test_two_words_of_the_title_make_a_block_its_example() -> None:
    assert find(make_source(), "Print docks of a harbor") is None
    text = TEXT.replace("tool docks --all", "tool print docks")
    assert find(make_source(text), "Print docks of a harbor") is not None


def test_directive_of_restructuredtext_is_read_without_its_indentation() -> None:
    text = "Print all:\n\n.. code-block:: bash\n   :name: all\n\n    tool docks --all\n      | sort\n\nMore.\n"
    source = make_source(text, "docs/cli.rst")
    example = find(source)
    assert example is not None
    assert (example.language, example.lines) == ("bash", ("tool docks --all", "  | sort"))
    assert text[example.start : example.end] == "    tool docks --all\n      | sort"
    assert locate_lines(source, example) == f"{PAGE}#L16-L17"


def test_test_is_about_a_change_by_its_name_too() -> None:
    source = make_source('    assert read("x") == 3', "tests/test_a.py", "test", "test_empty_docks_are_read")
    assert find(source, "Read empty lists of docks") is not None
    assert find(source, "Sort the ledger") is None
