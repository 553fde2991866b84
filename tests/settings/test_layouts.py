"""Layouts: presets, user templates, and no path that leaves the folder."""

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.errors import GitError
from resources.files import find_case_twin, find_path_collisions, find_path_problem
from resources.git.objects import check_relative_path
from sparky_assets.periods import Period, PeriodKind, period_of_day
from sparky_assets.settings.fields import check_relative_folder
from sparky_assets.settings.layouts import (
    LAYOUT_PRESETS,
    build_page_path,
    build_picture_path,
    find_template_problem,
    is_unique_per_period,
    join_inside_folder,
)
from tests.strategies.calendar import days, kinds

WEEK = Period(PeriodKind.WEEKLY, date(2025, 11, 10))
FILE = "2025-W46-activity.svg"


@pytest.mark.parametrize(
    ("preset", "page", "blog_post", "picture"),
    [
        ("quartz", "b/2025/11/week-2025-46.md", "b/2025/11/week-2025-46-blog-post.md", f"b/2025/11/{FILE}"),
        ("mkdocs", "b/2025/11/week-2025-46.md", "b/2025/11/week-2025-46-blog-post.md", f"b/2025/11/{FILE}"),
        (
            "hugo",
            "b/2025/11/week-2025-46/index.md",
            "b/2025/11/week-2025-46-blog-post/index.md",
            f"b/2025/11/week-2025-46/{FILE}",
        ),
        (
            "jekyll",
            "b/_posts/2025-11-16-week-2025-46.md",
            "b/_posts/2025-11-16-week-2025-46-blog-post.md",
            f"b/assets/sparky/{FILE}",
        ),
        ("plain", "b/weekly/2025-W46.md", "b/weekly/2025-W46-blog-post.md", f"b/weekly/{FILE}"),
    ],
)
def test_each_preset_has_the_paths_of_its_site_builder(preset: str, page: str, blog_post: str, picture: str) -> None:
    layout = LAYOUT_PRESETS[preset]
    assert build_page_path(layout, WEEK, "b") == page
    assert build_page_path(layout, WEEK, "b", "blog_post") == blog_post
    assert build_picture_path(layout, WEEK, "b", page, FILE) == picture


def test_text_to_paste_is_a_separate_file_with_its_suffix() -> None:
    assert build_page_path(LAYOUT_PRESETS["quartz"], WEEK, "b", "x", "txt") == "b/2025/11/week-2025-46-x.txt"
    assert build_page_path(LAYOUT_PRESETS["hugo"], WEEK, "b", "x", "txt") == "b/2025/11/week-2025-46-x.txt"


@given(st.sampled_from(sorted(LAYOUT_PRESETS)), kinds, days, st.sampled_from(["digest", "x", "blog_post"]))
def test_every_path_of_every_preset_is_below_its_folder(preset: str, kind: PeriodKind, day: date, part: str) -> None:
    period = period_of_day(kind, day)
    for folder in ("", ".", "a/b", "/a/"):
        path = build_page_path(LAYOUT_PRESETS[preset], period, folder, "" if part == "digest" else part)
        assert find_path_problem(path) is None
        assert path.startswith(f"{folder.strip('/.')}/" if folder.strip("/.") else "")


@pytest.mark.parametrize(
    ("problem", "paths"),
    [
        ("leaves the folder", ["../x", "a/../../x", "/x"]),
        ("is not a plain path", ["a//x", "a/./x", "", "x" * 300]),
        ("is reserved by git", [".git/config", "a/.GIT/hooks", "a/git~1/x", ".git./x"]),
        ("has a character that some file systems refuse", ["a\nb", "a\\b", "a:b", "a/b ", "a/b.", "a\0b"]),
    ],
)
def test_path_that_some_system_rejects_is_refused_with_the_reason(problem: str, paths: list[str]) -> None:
    assert {find_path_problem(path) for path in paths} == {problem}


@pytest.mark.parametrize("path", ["../x", "a//x", ".git/x", "a:b", "a/b.", "x" * 300])
def test_path_rule_is_the_same_for_git_and_layouts(path: str) -> None:
    with pytest.raises(GitError, match=re.escape(str(find_path_problem(path)))):
        check_relative_path(path, "docs")


@pytest.mark.parametrize("folder", ["a:b", "a/b.", "a/git~1", "x" * 300, "../x"])
def test_folder_of_a_destination_follows_the_path_rule(folder: str) -> None:
    with pytest.raises(ValueError, match="must be a folder inside the repository"):
        check_relative_folder(folder)
    assert [check_relative_folder(text) for text in ("", ".", "./a", "a/b/")] == ["", ".", "./a", "a/b/"]


def test_name_that_differs_only_in_case_or_accents_is_a_twin() -> None:
    assert find_case_twin("a.md", ["a.md", "b.md"]) is None
    assert find_case_twin("a.md", ["a.md", "A.md"]) == "A.md"
    assert find_case_twin("\u00e9", ["e\u0301"]) == "e\u0301"


def test_path_that_leaves_its_folder_is_never_built() -> None:
    with pytest.raises(ValueError, match="leaves the folder"):
        join_inside_folder("content", "../../etc/passwd")


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{year}/{key}.md", None),
        ("{yaer}/{key}.md", "unknown field {yaer}"),
        ("{key.__class__}.md", "unknown field"),
        ("{key!r}.md", "unknown field"),
        ("{key:>300}.md", "unknown field"),
        ("../{key}.md", "leaves the folder"),
        ("/etc/{key}.md", "leaves the folder"),
        (".git/{key}.md", "is reserved by git"),
        ("{key}.html", "must end in .md"),
        ("{key", "expected '}'"),
    ],
)
def test_template_is_checked_before_anything_is_written(template: str, problem: str | None) -> None:
    found = find_template_problem(template)
    assert (found is None) if problem is None else (found is not None and problem in found), found


def test_picture_needs_its_file() -> None:
    assert find_template_problem("{year}/{file}", is_picture=True) is None
    assert find_template_problem("{year}/picture", is_picture=True) == "needs {file}, or all pictures would be one"


@given(kinds, days, st.sampled_from(["{key}", "{label}", "{year}-{month}", "{year}", "{week_year}{week}", "{date}"]))
def test_template_that_claims_distinct_periods_has_distinct_paths(kind: PeriodKind, day: date, stem: str) -> None:
    if is_unique_per_period(f"{stem}.md", kind):
        period = period_of_day(kind, day)
        assert period.next().start - period.start >= timedelta(days=1)
        pages: dict[str, Any] = {kind.value: f"{stem}.md"}
        layout = replace(LAYOUT_PRESETS["plain"], **pages)
        assert build_page_path(layout, period, "") != build_page_path(layout, period.next(), "")


def test_paths_that_differ_only_in_case_are_found() -> None:
    assert find_path_collisions(["a/b.md", "a/c.md"]) == []
    assert find_path_collisions(["A/b.md", "a/c.md"]) == [("A", "a")]
    assert find_path_collisions(["a/B.md", "a/b.md"]) == [("a/B.md", "a/b.md")]
    assert find_path_collisions(["a/\u00e9.md", "a/e\u0301.md"]) != []
