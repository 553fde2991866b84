"""What breaks and what to do: from documents, titles, labels, manifests and diffs."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.git.diffs import parse_diff, read_change_diffs, read_manifests
from resources.git.repository import open_repository
from sparky_assets.documents.facts import (
    compare_minimums,
    find_changed_default,
    find_consequences,
    find_major_version,
    is_documents_only,
    list_added_lines,
)
from sparky_assets.documents.models import ParsedDocument, SourceKind, SourceText
from sparky_assets.documents.notes import list_note_items
from sparky_assets.documents.parse import parse_document
from tests.factories.git_repositories import History, at, head

NOTES = """\
## Security

- CVE-2024-23337: Fix signed integer overflow in `write`. (#3)
  - The fix for this issue now limits the maximum size of arrays.

## Changes

- Use code point index for `indices/1`. (#3065)
  - This is a breaking change. Use `utf8bytelength/0` to get byte index.
- Add `trim/0` to the parser. (#3056)

## Potentially breaking changes

- #12272 `GETRANGE` returns an empty bulk when the end index is out of range

## Removed

- The command `pow10` and its alias. (#9)
"""


def parse(text: str, title: str = "", kind: SourceKind = "release_notes") -> ParsedDocument:
    return parse_document(SourceText(key="notes:o/r@1", kind=kind, repository="o/r", text=text, title=title))


def test_notes_give_each_consequence_with_what_to_do() -> None:
    consequences = find_consequences(parse(NOTES))
    kinds = [(item.kind, item.label, item.references) for item in consequences]
    assert kinds == [
        ("security", "CVE-2024-23337", ("#3",)),
        ("breaking", "", ("#3065",)),
        ("potentially_breaking", "", ("#12272",)),
        ("removed", "", ("#9",)),
    ]
    assert consequences[1].action is not None
    assert consequences[1].action.text == "Use `utf8bytelength/0` to get byte index."
    assert all(item.statement and item.statement.text for item in consequences)


def test_items_of_notes_name_their_changes() -> None:
    items = list_note_items(parse(NOTES))
    assert ("Removed", ("#9",)) in [(item.heading, item.references) for item in items]
    assert all(NOTES[item.start : item.end].split() == item.text.split() for item in items)


def test_notes_in_restructuredtext_name_their_changes_by_roles() -> None:
    text = (
        "Features:\n\n* Add ``limit``. (:issue:`1220`)\n\nOther:\n\n* Drop support for Python 3.8.\n  (:pull:`1157`)\n"
    )
    document = parse(text)
    assert [item.references for item in list_note_items(document)] == [("#1220",), ("#1157",)]
    assert [sentence.text for sentence in document.sentences if sentence.is_quotable] == [
        "Add ``limit``.",
        "Drop support for Python 3.8.",
    ]
    assert [(item.kind, item.references) for item in find_consequences(document)] == [("breaking", ("#1157",))]


def test_footer_of_a_message_is_breaking() -> None:
    (item,) = find_consequences(parse("Text here.\n\nBREAKING CHANGE: clients must call `/v2`\n", kind="message"))
    assert (item.kind, item.reason) == ("breaking", "footer")
    assert item.statement is not None
    assert item.statement.text == "clients must call `/v2`"


@pytest.mark.parametrize(
    ("title", "labels", "is_marked", "kinds"),
    [
        ("Add x", (), True, ["breaking"]),
        ("Submodules are no longer implicitly imported", (), False, ["breaking"]),
        ("Delete deprecated stdlib copy", (), False, ["removed"]),
        ("Bump checkout from 6 to 7", (), False, ["major_version"]),
        ("Bump pip from 24.1 to 25.0", (), False, ["major_version"]),
        ("Bump image from 2024.1 to 2025.2", (), False, []),
        ("Bump x from 1.2.0 to 1.3.0", (), False, []),
        ("Fix CVE-2024-1234", ("security", "semver-major"), False, ["security", "breaking"]),
        ("Add x", ("bug",), False, []),
    ],
)
def test_mark_of_a_title_or_label_is_a_consequence(
    title: str, labels: tuple[str, ...], is_marked: bool, kinds: list[str]
) -> None:
    document = parse("", title, "message")
    found = find_consequences(document, labels=labels, is_marked_breaking=is_marked)
    assert [item.kind for item in found] == kinds


def test_year_crosses_no_major_version() -> None:
    assert find_major_version("Update image from 2024.1 to 2025.1") is None
    assert find_major_version("Update image from v1.9.1-rc to v2") == ("1", "2")


@pytest.mark.parametrize(
    ("path", "before", "after", "expected"),
    [
        ("pyproject.toml", 'requires-python = ">=3.9"\n', 'requires-python = ">=3.10,<4"\n', ("3.9", "3.10")),
        ("crates/a/Cargo.toml", 'rust-version = "1.83"\n', 'rust-version = "1.85.0"\n', ("1.83", "1.85.0")),
        (
            "package.json",
            '{"engines": {"node": ">=18"}}',
            '{"engines": {"npm": "9", "node": ">=20.1"}}',
            ("18", "20.1"),
        ),
        ("go.mod", "go 1.21\n", "go 1.22\n", ("1.21", "1.22")),
        ("Dockerfile", "FROM python:3.11-slim\n", "FROM --platform=x python:3.12-slim\n", ("3.11", "3.12")),
    ],
)
def test_raised_minimum_is_found(path: str, before: str, after: str, expected: tuple[str, str]) -> None:
    (item,) = compare_minimums({path: before}, {path: after})
    assert (item.old, item.new, item.path) == (*expected, path)
    assert compare_minimums({path: after}, {path: before}) == []
    assert compare_minimums({path: after}, {path: after}) == []


def test_diffs_of_a_repository_say_what_changed(tmp_path: Path) -> None:
    history = History()
    history.commit("Begin", at("2025-11-10"), {"src/o.rs": "// o\nconst STATUS: Status = Status::OptIn;\n"})
    files: dict[str | bytes, str | bytes | None] = {
        "src/o.rs": "// o\nconst STATUS: Status = Status::OptOut;\n",
        "tests/test_o.rs": "fn opts_out() {\n}\n",
        "docs/o.md": "The option is on.\n",
        "pyproject.toml": "[project]\n",
    }
    history.commit("Opt out", at("2025-11-11"), {k: v for k, v in files.items() if k != "pyproject.toml"})
    history.commit("Project", at("2025-11-12"), {"pyproject.toml": "[project]\n"})
    repository = open_repository(history.at_path(tmp_path / "r"))
    sha = head(tmp_path / "r", "HEAD~1")
    diffs = read_change_diffs(repository, [sha, "f" * 40, "--upload-pack=x"])
    assert list(diffs) == [sha]
    default = find_changed_default(diffs[sha])
    assert default is not None
    assert (default.old, default.new) == (
        "const STATUS: Status = Status::OptIn;",
        "const STATUS: Status = Status::OptOut;",
    )
    assert list(list_added_lines(diffs[sha], of_tests=True)) == [("tests/test_o.rs", 1, ("fn opts_out() {", "}"))]
    assert list(list_added_lines(diffs[sha], of_tests=False)) == [("docs/o.md", 1, ("The option is on.",))]
    assert read_manifests(repository, head(tmp_path / "r")) == {"pyproject.toml": "[project]\n"}


def test_documents_alone_are_recognised() -> None:
    assert is_documents_only(["docs/a.py", "README.md"])
    assert not is_documents_only(["README.md", "src/a.py"])
    assert not is_documents_only([])


@given(st.text(alphabet=st.sampled_from("ab1 \n+-@,/diff gt"), max_size=300))
def test_any_patch_is_parsed(patch: str) -> None:
    for file in parse_diff("diff --git a/x b/x\n--- a/x\n+++ b/x\n" + patch):
        assert file.path


@given(st.text(alphabet=st.sampled_from("#-* BREAKING CHANGE:\n`.1xX"), max_size=200), st.text(max_size=60))
def test_consequences_of_any_text_are_exact_spans(text: str, title: str) -> None:
    for item in find_consequences(parse(text, title)):
        if item.statement:
            assert " ".join(text[item.statement.start : item.statement.end].split()) == item.statement.text
