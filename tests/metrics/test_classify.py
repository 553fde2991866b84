"""Classification: the theme of a change, for one title and for a frame, and the language of a file."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.metrics.classify import (
    THEME_BY_LABEL,
    ChangeTheme,
    build_language_expression,
    build_theme_expression,
    classify_change,
    parse_conventional_type,
)
from tests.strategies.organisation import LABELS, SUBJECTS

WORDS = st.sampled_from(
    ["feat", "fix", "docs", "(core)", "!", ":", " ", "bump", "from", "to", "v1", "update", "dependencies", "CVE-1-2",
     "Crash", "tests/", "readme", "speed up", "ci", "extract", "add", "src/gc", "[pre-commit.ci]", "é", "ß", "(deps)"]
)  # fmt: skip
titles = st.sampled_from(SUBJECTS) | st.lists(WORDS, max_size=6).map("".join) | st.text(max_size=20)


@given(titles, st.booleans(), st.lists(st.sampled_from(LABELS), max_size=3))
def test_one_title_and_a_frame_of_titles_give_equal_themes(title: str, is_bot: bool, labels: list[str]) -> None:
    frame = pl.DataFrame(
        {"title": [title], "is_bot": [is_bot], "labels": [labels]}, schema_overrides={"labels": pl.List(pl.String)}
    )
    found = frame.select(build_theme_expression("title", labels=pl.col("labels"))).item()
    assert found == classify_change(title, labels=labels, is_bot=is_bot)


@pytest.mark.parametrize(
    ("title", "paths", "labels", "theme"),
    [
        ("feat(api)!: drop v1", (), (), ChangeTheme.FEATURE),
        ("chore(deps): bump ink", (), (), ChangeTheme.DEPENDENCIES),
        ("Bump ink from 1.0 to 1.1", (), ("bug",), ChangeTheme.DEPENDENCIES),
        ("fix: typo", ("README.md",), (), ChangeTheme.FIX),
        ("Say how", ("docs/a.png", "README.md"), (), ChangeTheme.DOCS),
        ("Say how", ("docs/a.png", "src/a.py"), (), ChangeTheme.OTHER),
        ("Something", (), ("kind/bug",), ChangeTheme.FIX),
        ("Handle it", (), ("good first issue",), ChangeTheme.FIX),
        ("src/gc: speed up the sweep", (), (), ChangeTheme.PERFORMANCE),
    ],
)
def test_theme_comes_from_declared_type_files_labels_or_words(
    title: str, paths: tuple[str, ...], labels: tuple[str, ...], theme: ChangeTheme
) -> None:
    assert classify_change(title, paths, labels) is theme


def test_only_known_types_are_types() -> None:
    assert parse_conventional_type("feat: x") == "feat"
    assert parse_conventional_type("FIX(a)!: x") == "fix"
    assert parse_conventional_type("note: x") is parse_conventional_type("feat:x") is None


def test_every_label_has_a_theme() -> None:
    assert all(classify_change("unclear", labels=[label]) is theme for label, theme in THEME_BY_LABEL.items())


@pytest.mark.parametrize(
    ("path", "language"),
    [("a/b.py", "Python"), ("A.RS", "Rust"), ("x/Makefile", "Makefile"), ("CMakeLists.txt", "CMake"),
     ("Dockerfile", "Dockerfile"), (".gitignore", "Other"), ("LICENSE", "Other"), ("a.b.tsx", "TypeScript")],
)  # fmt: skip
def test_language_comes_from_name_or_extension(path: str, language: str) -> None:
    assert pl.select(build_language_expression(pl.lit(path))).item() == language
