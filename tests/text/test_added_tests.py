"""The first short test among added lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.text.added_tests import MAX_TEST_LINES, find_added_test

PYTHON = """def test_count_without_input():
    rows = count("a.csv")
    assert rows == [3, 4]

    assert count("b.csv") == []
"""

RUST = """    #[test]
    fn flag_ends_options() -> Result {
        test()
            .run("echo -- -n hello")
            .expect_value_eq(["-n", "hello"])
    }
"""

SCRIPT = """it('prints all docks', () => {
  expect(print('docks')).toEqual(['a', 'b'])
})
"""

JQ = """
# limit of nothing
[limit(0; 1, 2)]
null
[]
"""


def find(path: str, text: str) -> tuple[str, int, int] | None:
    test = find_added_test(path, text.split("\n"))
    return (test.name, test.first, len(test.lines)) if test else None


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("tests/test_a.py", PYTHON, ("test_count_without_input", 1, 2)),
        ("tests/a.rs", RUST, ("flag_ends_options", 2, 3)),
        ("tests/a.test.js", SCRIPT, ("prints all docks", 1, 1)),
        ("tests/jq.test", JQ, ("", 2, 3)),
    ],
)
def test_first_test_ends_with_its_first_expectation(path: str, text: str, found: tuple[str, int, int]) -> None:
    assert find(path, text) == found


@pytest.mark.parametrize(
    "text",
    [
        PYTHON.replace("def test_", "def make_"),
        PYTHON.replace('"a.csv"', "path")
        .replace("[3, 4]", "expected")
        .replace('    assert count("b.csv") == []\n', ""),
        PYTHON.replace('"a.csv"', f'"{"a" * 100}"'),
        f'@pytest.mark.parametrize("rows", [\n    [1],\n])\n{PYTHON}',
        PYTHON.replace("    assert", "    step()\n" * MAX_TEST_LINES + "    assert"),
        PYTHON.replace("assert rows == [3, 4]", "assert rows == f(3, \n"),
        PYTHON.replace('count("a.csv")', 'count("""a\n    """)'),
    ],
)
def test_test_that_does_not_explain_itself_is_passed_over(text: str) -> None:
    assert find("tests/test_a.py", text) is None


def test_rust_function_without_its_attribute_is_no_test() -> None:
    assert find("tests/a.rs", RUST.replace("#[test]", "#[cfg(unix)]")) is None


def test_case_that_must_fail_or_begins_above_is_passed_over() -> None:
    assert find("tests/jq.test", "%%FAIL\n{(0):1}\njq: error\n") is None
    assert find("tests/jq.test", "a\n\n.b\n{}\nnull\n") == ("", 2, 3)


@given(st.lists(st.text(alphabet="def test_a(): ='\"[](){}\n\t#", max_size=40), max_size=30))
def test_lines_of_a_found_test_are_lines_of_the_diff(lines: list[str]) -> None:
    for path in ("tests/test_a.py", "tests/a.test"):
        if test := find_added_test(path, lines):
            assert test.lines == tuple(lines[test.first : test.first + len(test.lines)])


@pytest.mark.parametrize("line", ["    use crate::lamps::Lamp;", '    assert_eq!(dim(3), 2, "got: {:?}", dim(3));'])
def test_test_with_an_import_or_a_message_is_no_example(line: str) -> None:
    lines = ["#[test]", "fn dims_the_lamp() {", line, '    assert_eq!(name(3), "dim");', "}"]
    assert find_added_test("src/lamps.rs", lines) is None
