"""Rows of documented code: which commit brought what a change of documents alone names, and when nothing is said."""

from pathlib import Path

import pytest

from resources.git.diffs.origins import CodeName
from resources.git.log import read_commits
from resources.git.repository import open_repository
from sparky_assets.raw.notes.documented import build_documented_rows
from tests.factories.git_repositories import History, at

SINCE, UNTIL = at("2025-11-01"), at("2025-12-01")
CODE = 'parser.add_argument("--dry-runs")\nprint(parser.parse_args().dry_runs)\n'
LANDED = "2025-06-01T00:00:00+00:00"
PAGE = "# Docks\n"


def list_documented(history: History, folder: Path) -> list[tuple[str, list[str], str]]:
    repository = open_repository(history.at_path(folder / "repository", bare=True))
    rows = build_documented_rows(repository, list(read_commits(repository, SINCE, UNTIL)), "public").to_dicts()
    return [(row["path"], row["heading_path"], f"{row['text']} {row['references'][1:]}") for row in rows]


def make_history(
    code: str = CODE, *, page: str = f"{PAGE}Use `--dry-runs` first.\n", before: str = "x = 1\n", old_page: str = PAGE
) -> History:
    history = History()
    history.commit("Begin", at("2025-05-01"), {"a.py": before, "docs/docks.md": old_page, "docs/a.md": "Docks.\n"})
    history.commit("Add a dry run (#7)", at("2025-06-01"), {"a.py": f"{before}{code}"})
    history.commit("Describe docks (#8)", at("2025-11-12"), {"docs/docks.md": page})
    return history


def test_flag_of_documents_names_the_commit_that_brought_its_code(tmp_path: Path) -> None:
    (row,) = list_documented(make_history(), tmp_path)
    assert row == ("docs/docks.md", ["--dry-runs", LANDED], "Add a dry run ['#7']")


def test_file_of_documents_names_the_commit_that_added_it(tmp_path: Path) -> None:
    history = History()
    history.commit("Begin", at("2025-05-01"), {"docs/docks.md": PAGE})
    history.commit("Add docks", at("2025-06-01"), {"src/docks.py": CODE})
    history.commit("Describe docks", at("2025-11-12"), {"docs/docks.md": f"{PAGE}See `src/docks.py`.\n"})
    (row,) = list_documented(history, tmp_path)
    assert row == ("docs/docks.md", ["src/docks.py", LANDED], "Add docks []")


@pytest.mark.parametrize(
    "history",
    [
        make_history(before="dryRuns = False\n"),
        make_history(code="import dry_runs\ndry_runs = 5\n", page=f"{PAGE}Use `dry_runs` first.\n"),
        make_history(code='run(["git", "--dry-runs"])\n'),
        make_history(code="# dry-runs is missing\n"),
        make_history(page=f"{PAGE}Use --dry-runs first.\n"),
        make_history(old_page=f"{PAGE}Try `--dry-runs`.\n"),
        make_history(code='add("--dry-runs")\nadd("--verbose")\n', page=f"{PAGE}Use `--verbose` first.\n"),
    ],
    ids=[
        "other spelling before",
        "imported",
        "another program",
        "comment",
        "no code span",
        "documented before",
        "one word",
    ],
)
def test_code_whose_origin_is_not_sure_has_no_row(history: History, tmp_path: Path) -> None:
    assert list_documented(history, tmp_path) == []


def test_names_of_two_commits_have_no_row(tmp_path: Path) -> None:
    history = make_history(page=PAGE)
    history.commit("Add a wet run (#9)", at("2025-07-01"), {"b.py": CODE.replace("dry", "wet")})
    history.commit("Describe runs", at("2025-11-13"), {"docs/docks.md": f"{PAGE}Use `--dry-runs` or `--wet-runs`.\n"})
    assert list_documented(history, tmp_path) == []


def test_name_that_was_taken_back_and_added_again_has_no_row(tmp_path: Path) -> None:
    history = make_history(page=PAGE)
    history.commit("Remove it", at("2025-07-01"), {"a.py": "x = 1\n"})
    history.commit("Add it again", at("2025-08-01"), {"a.py": f"x = 1\n{CODE}"})
    history.commit("Describe runs", at("2025-11-13"), {"docs/docks.md": f"{PAGE}Use `--dry-runs`.\n"})
    assert list_documented(history, tmp_path) == []


def test_change_of_code_and_documents_has_no_row(tmp_path: Path) -> None:
    history = make_history(page=PAGE)
    page = f"{PAGE}Use `--dry-runs`.\n"
    history.commit("Describe runs", at("2025-11-13"), {"docs/docks.md": page, "b.py": "y = 1\n"})
    assert list_documented(history, tmp_path) == []


def test_name_has_one_pattern_in_all_spellings() -> None:
    patterns = {CodeName.parse(written) for written in ("dry_runs", "--dry-runs", "dryRuns", "DRY_RUNS")}
    assert len(patterns) == 1 and None not in patterns


@pytest.mark.parametrize("written", ["verbose", "a_b", "--help"])
def test_name_of_one_word_or_few_letters_is_none(written: str) -> None:
    assert CodeName.parse(written) is None


def test_variable_of_another_program_has_no_row(tmp_path: Path) -> None:
    page = f"{PAGE}It reads `BASH_VERSION`.\n"
    assert list_documented(make_history(code='read("BASH_VERSION")\n', page=page), tmp_path) == []
