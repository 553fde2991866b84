"""Rows of the box that diffs state, from repositories of git to the printed sentence and its verification."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from resources.git.diffs.read import read_diffs
from resources.git.log import read_commits, read_tags
from resources.git.notes.read import read_notes
from resources.git.repository import open_repository
from sparky_assets.raw.notes.diffs import build_diff_rows
from sparky_assets.raw.notes.releases import build_note_rows
from sparky_assets.stories.assemble import build_window_stories
from sparky_assets.stories.models import PeriodStories
from sparky_assets.stories.printing.products.posts import build_x_post
from sparky_assets.stories.printing.verify import find_problems
from tests.factories.git_repositories import History, at
from tests.stories.test_posts import make_edition
from tests.strategies.git_history import WEEK, RepositoryLog, World

URL = "https://github.com/acme/web"


def build_stories(history: History, folder: Path) -> PeriodStories:
    """The stories of the week of 2025-11-10 of a repository."""
    repository = open_repository(history.at_path(folder / "r"), name="acme/web")
    start, end = WEEK.window("UTC").start, WEEK.window("UTC").end
    tags = tuple(read_tags(repository))
    log = RepositoryLog("acme/web", URL, "ok", tuple(read_commits(repository, start, end)), tags)
    notes = build_note_rows(read_notes(repository, list(read_tags(repository)), start, end), "acme/web", "public")
    diffs = build_diff_rows(read_diffs(repository, start, end), "acme/web", "public")
    return build_window_stories(replace(World(WEEK, (log,)).raw(), notes=pl.concat([notes, diffs])), "UTC")


def list_rows(stories: PeriodStories) -> list[tuple[str, str]]:
    return [(row.label, " ".join(sentence.text for sentence in row.sentences)) for row in stories.box_rows]


def make_history(title: str, before: Mapping[str, str], after: Mapping[str, str], *, author_day: str = "12") -> History:
    history = History()
    history.commit("Begin", at("2025-11-01"), dict[str | bytes, str | bytes | None](before.items()))
    history.commit(title, at(f"2025-11-{author_day}"), dict[str | bytes, str | bytes | None](after.items()))
    return history


def test_changed_default_is_printed_as_the_diff_has_it(tmp_path: Path) -> None:
    before, after = (
        {"src/opt.rs": "const S: Status = Status::OptIn;\n"},
        {"src/opt.rs": "const S: Status = Status::OptOut;\n"},
    )
    stories = build_stories(make_history("Make annotations opt out (#5)", before, after), tmp_path)
    assert list_rows(stories) == [
        ("Changed default",
         "web: Make annotations opt out. In `src/opt.rs`, `const S: Status = Status::OptIn;` became "
         "`const S: Status = Status::OptOut;`."),
    ]  # fmt: skip
    (row,) = stories.box_rows
    assert row.changes == ("pr:acme/web#5",)
    assert find_problems(row.sentences, (), stories) == {}


def test_raised_minimum_of_another_change_keeps_its_story(tmp_path: Path) -> None:
    before, after = {"Cargo.toml": 'rust-version = "1.93"\n'}, {"Cargo.toml": 'rust-version = "1.95"\n'}
    stories = build_stories(make_history("Polish the gauge (#5)", before, after), tmp_path)
    assert list_rows(stories) == [
        ("New minimum", "web: `rust-version` in `Cargo.toml` rose from `1.93` to `1.95` with Polish the gauge."),
    ]
    (row,) = stories.box_rows
    assert row.changes == ()
    assert find_problems(row.sentences, (), stories) == {}
    (post,) = [
        sentence.text for sentence in build_x_post(make_edition(row), PeriodStories()) if sentence.template == "B-BRIEF"
    ]
    assert post == "New minimum: `rust-version` `1.95`."


def test_raised_minimum_that_notes_state_is_no_row_of_its_own(tmp_path: Path) -> None:
    notes = "# Changes\n\n## 2.0.0\n\n- Breaking change: The minimum supported Rust version is now 1.95\n"
    history = History()
    history.commit("Begin", at("2025-11-01"), {"Cargo.toml": 'rust-version = "1.93"\n'})
    files: dict[str | bytes, str | bytes | None] = {"Cargo.toml": 'rust-version = "1.95"\n', "CHANGELOG.md": notes}
    history.commit("Set the minimum Rust version (#5)", at("2025-11-12"), files)
    history.tag("v2.0.0")
    stories = build_stories(history, tmp_path)
    assert list_rows(stories) == [
        ("Breaking",
         "acme/web: “The minimum supported Rust version is now 1.95”. "
         "`rust-version` in `Cargo.toml` rose from `1.93` to `1.95`."),
    ]  # fmt: skip
    assert find_problems(stories.box_rows[0].sentences, (), stories) == {}


def test_minimum_that_came_back_within_the_period_is_not_printed(tmp_path: Path) -> None:
    history = make_history("Raise it", {"go.mod": "go 1.21\n"}, {"go.mod": "go 1.22\n"}, author_day="11")
    history.commit("Lower it", at("2025-11-12"), {"go.mod": "go 1.20\n"})
    history.commit("Raise it again", at("2025-11-13"), {"go.mod": "go 1.21\n"})
    assert list_rows(build_stories(history, tmp_path)) == []


@pytest.mark.parametrize(
    "title", ["Fix the documented default of the limit", "test: other limit", "Speed up the gauge"]
)
def test_default_without_a_name_needs_a_title_about_it(title: str, tmp_path: Path) -> None:
    before, after = {"cli.py": "option(\n    default=5,\n)\n"}, {"cli.py": "option(\n    default=9,\n)\n"}
    assert list_rows(build_stories(make_history(title, before, after), tmp_path)) == []


def test_value_that_no_diff_has_is_a_problem(tmp_path: Path) -> None:
    before, after = {"go.mod": "go 1.21\n"}, {"go.mod": "go 1.22\n"}
    stories = build_stories(make_history("Update Go (#5)", before, after), tmp_path)
    (row,) = stories.box_rows
    first, second = row.sentences
    altered = second.model_copy(
        update={
            "parts": tuple(part.model_copy(update={"text": part.text.replace("1.22", "1.23")}) for part in second.parts)
        }
    )
    assert find_problems([first, altered], (), stories) == {1: "code that no diff has: `1.23`"}


def test_entry_of_the_changelog_speaks_for_its_change(tmp_path: Path) -> None:
    old = "# Changelog\n\n## Unreleased\n\n- One\n\n## 1.0\n\n- Old\n"
    new = old.replace("- One\n", "- One\n- Lists with tabs can now be read from every harbor (#5)\n")
    history = make_history("Read tabs (#5)", {"CHANGELOG.md": old}, {"CHANGELOG.md": new, "src/tabs.py": "x = 1\n"})
    (story,) = build_stories(history, tmp_path).stories
    assert story.sentences[0].text == ("Its changelog entry says: “Lists with tabs can now be read from every harbor”.")


def test_help_text_speaks_where_no_message_does(tmp_path: Path) -> None:
    line = 'add_option("--tabs", help="Read the tabs of a list in one go.")\n'
    history = make_history("Add the option --tabs (#5)", {"a.py": "x = 1\n"}, {"a.py": f"x = 1\n{line}"})
    (story,) = build_stories(history, tmp_path).stories
    assert story.sentences[0].text == "Its help text says: “Read the tabs of a list in one go.”"


def test_test_of_a_change_is_its_example_under_its_name(tmp_path: Path) -> None:
    body = "The option `--tabs` now reads the tabs of a list in one go."
    new = {"a.py": "x = 2\n", "tests/test_tabs.py": 'def test_tabs():\n    assert read("--tabs") == 3\n'}
    history = make_history(f"Add the option --tabs (#5)\n\n{body}", {"a.py": "x = 1\n"}, new)
    stories = build_stories(history, tmp_path)
    (story,) = stories.stories
    assert story.example is not None
    assert story.example_lead is not None
    assert story.example_lead.text == "A test that came with it, `test_tabs`:"
    assert story.example.lines == ('    assert read("--tabs") == 3',)
    assert find_problems([story.example_lead], [story.example], stories) == {}
    renamed = next(part for part in story.example_lead.parts if part.url).model_copy(update={"text": "`test_other`"})
    altered = story.example_lead.model_copy(update={"parts": (renamed,)})
    assert find_problems([altered], (), stories) == {0: "not the place of an example: `test_other`"}


def test_block_of_the_readme_is_an_example_with_its_lines(tmp_path: Path) -> None:
    body = "The option `--tabs` now reads the tabs of a list in one go."
    added = "# Tool\n\nRead the tabs of a list, all in one go:\n\n```bash\ntool --tabs\n```\n"
    new = {"a.py": "x = 2\n", "README.md": added}
    history = make_history(f"Add the option --tabs (#5)\n\n{body}", {"a.py": "x = 1\n", "README.md": "# Tool\n"}, new)
    (story,) = build_stories(history, tmp_path).stories
    assert story.example_lead is not None
    assert story.example_lead.text == "From `README.md`:"
    assert str(story.example_lead.parts[1].url).endswith("/README.md#L6-L6")
