"""The program that looks for named breaking changes in papers reads changelogs and misses what is not printed."""

from pathlib import Path

import pytest

from benchmarks.breaking import cut_section, is_printed, list_named_changes, main
from tests.factories.git_repositories import History, at

CHANGELOG = """# Changelog

## 2.0.0

### Breaking changes

- `map.scale` takes metres and
  no feet
- Harbours have one pier each

### Fixes

- Lamps are drawn at night
- **BREAKING** Tides begin at noon

## 1.2.0

### Breaking changes

- An older one of the harbour
"""


def make_clone(folder: Path) -> Path:
    history = History()
    history.commit("Release 1.2.0", at("2025-11-03T10:00:00"), {"CHANGELOG.md": "# Changelog\n"})
    history.tag("v1.2.0")
    history.commit("Release 2.0.0", at("2025-11-12T10:00:00"), {"CHANGELOG.md": CHANGELOG})
    history.tag("v2.0.0")
    return history.at_path(folder / "acme+app" / "repo")


def test_named_changes_are_those_below_a_heading_and_with_a_label(tmp_path: Path) -> None:
    assert list_named_changes(make_clone(tmp_path), "v2.0.0") == (
        "`map.scale` takes metres and no feet", "Harbours have one pier each", "**BREAKING** Tides begin at noon",
    )  # fmt: skip


def test_section_with_underlined_headings_ends_at_the_next_version() -> None:
    text = "2.0.0 (2025)\n------------\n\n* One\n\n1.9.0\n-----\n\n* Two\n"
    assert [line for line in cut_section(text, "2.0.0") if line.startswith("*")] == ["* One"]


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("- **Breaking:** “`map.scale` takes metres”", True),
        ("- **Removed:** the old `map.scale`", True),
        ("- New: lamps of the harbour", False),
    ],
)
def test_item_is_printed_by_its_words_or_its_code_name(line: str, is_found: bool) -> None:
    assert is_printed("`map.scale` takes metres and no feet", [line]) is is_found


def test_program_counts_named_changes_in_papers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_clone(tmp_path)
    assert main(["--clones", str(tmp_path)]) == 0
    assert "3 of 3 named breaking changes in 1 papers (100%)" in capsys.readouterr().out
