"""Find the first short test that a diff adds: what goes in, and what is expected to come out.

A test is printed as the example of its change, so that it must explain itself: it is short, whole, and holds a literal.
Tests that need a fixture above them say nothing by themselves, and are passed over.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

MAX_TEST_LINES = 8
"""Lines of a test that is printed, from its first to that of its first expectation."""

MAX_LINE_LENGTH = 100

MAX_HEADERS = 20
"""Tests of a run of added lines that are looked at."""

MAX_STATEMENT_LINES = 5

MAX_DECORATOR_LINES = 60

_PARAMETERS = re.compile(r"parametri[sz]e|#\[(?:\w+::)?(?:case|values|test_case)\b|\.each\b")

_HEADERS = (
    re.compile(r"\s*(?:async )?def (?P<name>test_\w+)\("),
    re.compile(r"\s*(?:pub )?(?:async )?fn (?P<name>\w+)\(\)"),
    re.compile(r"\s*(?:it|test)\(\s*(?P<quote>['\"`])(?P<name>[^'\"`]{5,120})(?P=quote)"),
    re.compile(r"\s*func (?P<name>Test\w+)\("),
)

_RUST_TEST = re.compile(r"\s*#\[(?:\w+::)?(?:test|rstest|nu_test)\b")

_RUST_HEADER = _HEADERS[1]

_EXPECTATION = re.compile(
    r"\s*assert\b.{1,200}(?:==| in | is )|\bassert(?:_eq)?!\s*\(|\.assert\w*[Ee]quals?\(|\bassert\.\w*[Ee]qual\w*\("
    r"|\bexpect\(.{0,200}\)\.(?:to|not)\w*|\.expect_\w+\(|\.to(?:Equal|Be|StrictEqual)\("
)

_LITERAL = re.compile(r"\"[^\"\n]+\"|'[^'\n]+'|`[^`\n]+`|(?<![\w.])\d+(?![\w.]*\()")

_TRIPLE_QUOTE = re.compile(r"\"\"\"|'''|\br#*\"")

_SETUP = re.compile(r"^\s*(?:use \w+(?:::\w+)+|import \w|from \S+ import )|\{:\?\}", re.MULTILINE)
"""What a test needs and does not show: an import, and a message for who reads that it failed."""

_JQ_TEST = re.compile(r"(?:^|/)[\w.-]+\.test$")
"""Files of jq: a program, its input and its outputs, each in a line, and an empty line between two tests."""


class AddedTest(NamedTuple):
    """A test: its name, which may be empty, the number of its first line among the lines, and its lines."""

    name: str
    first: int
    lines: tuple[str, ...]


def find_added_test(path: str, lines: Sequence[str]) -> AddedTest | None:
    """Return the first test among added lines that can be printed; None if there is none.

    Args:
        path: the file.
        lines: adjacent lines that a change adds.
    """
    if _JQ_TEST.search(path):
        return _find_case(lines)
    headers = [(number, match) for number, line in enumerate(lines) if (match := _match_header(lines, number, line))]
    for position, (number, match) in enumerate(headers[:MAX_HEADERS]):
        end = headers[position + 1][0] if position + 1 < len(headers) else len(lines)
        if test := _cut_test(lines, number + 1, end):
            first, last = test
            return AddedTest(match["name"], first, tuple(lines[first : last + 1]))
    return None


def _match_header(lines: Sequence[str], number: int, line: str) -> re.Match[str] | None:
    for pattern in _HEADERS:
        match = pattern.match(line)
        if match and (pattern is not _RUST_HEADER or any(map(_RUST_TEST.match, lines[max(0, number - 3) : number]))):
            return None if _has_parameters(lines, number) else match
    return None


def _has_parameters(lines: Sequence[str], number: int) -> bool:
    """Return whether a test gets its values from the lines above it: `@pytest.mark.parametrize`, `#[case]`."""
    for line in reversed(lines[max(0, number - MAX_DECORATOR_LINES) : number]):
        if not line.strip():
            return False
        if _PARAMETERS.search(line):
            return True
    return False


def _cut_test(lines: Sequence[str], first: int, end: int) -> tuple[int, int] | None:
    """Return the first and last line of the body of a test up to its first expectation; None if it is no example."""
    while first < end and not lines[first].strip():
        first += 1
    # A header over several lines has arguments, which are fixtures.
    if first >= end or lines[first - 1].rstrip()[-1:] not in {":", "{", "(", ">"}:
        return None
    indent = _count_indent(lines[first])
    for number in range(first, min(end, first + MAX_TEST_LINES)):
        line = lines[number]
        if line.strip() and _count_indent(line) < indent:
            return None
        if _EXPECTATION.search(line):
            last = _find_statement_end(lines, first, number, end)
            body = lines[first : last + 1] if last is not None else []
            return (first, first + len(body) - 1) if _is_example(body) else None
    return None


def _find_statement_end(lines: Sequence[str], first: int, number: int, end: int) -> int | None:
    """Return the line at which the brackets that were opened since the first line are closed; None if none is."""
    for last in range(number, min(end, number + MAX_STATEMENT_LINES)):
        text = re.sub(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", "", "\n".join(lines[first : last + 1]))
        if sum(text.count(sign) for sign in "([{") == sum(text.count(sign) for sign in ")]}"):
            return last
    return None


def _is_example(body: Sequence[str]) -> bool:
    text = "\n".join(body)
    return (
        0 < len(body) <= MAX_TEST_LINES
        and all(len(line) <= MAX_LINE_LENGTH for line in body)
        and not _TRIPLE_QUOTE.search(text)
        and not _SETUP.search(text)
        and bool(_LITERAL.search(text))
    )


def _find_case(lines: Sequence[str]) -> AddedTest | None:
    case: list[str] = []
    first = 0
    for number, line in enumerate([*lines, ""]):
        if line.strip() and not line.startswith("#"):
            first = number if not case else first
            case.append(line)
            continue
        is_whole = first == 0 or not lines[first - 1].strip() or lines[first - 1].startswith("#")
        if case and case[0].startswith("%"):  # `%%FAIL`: a program that must fail, and the message
            case = []
        if 3 <= len(case) <= MAX_TEST_LINES and is_whole and all(len(own) <= MAX_LINE_LENGTH for own in case):
            return AddedTest("", first, tuple(case))
        case = []
    return None


def _count_indent(line: str) -> int:
    return len(line) - len(line.lstrip())
