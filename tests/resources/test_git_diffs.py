"""Telling runs of changed lines, from real git repositories and from hostile patches."""

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from resources.git.diffs.read import MAX_RECORD_BYTES, ChangedRun, parse_runs, read_diffs, split_records
from resources.git.repository import open_repository
from tests.factories.git_repositories import History, at, partial_clone

SINCE, UNTIL = datetime(2025, 11, 10, tzinfo=UTC), datetime(2025, 11, 17, tzinfo=UTC)


def make_history() -> History:
    history = History()
    start: dict[str | bytes, str | bytes | None] = {
        "a.py": "DEFAULT_LIMIT = 5\n",
        "Cargo.toml": '[package]\nrust-version = "1.90"\n',
        "docs/a.md": "# A\n",
    }
    history.commit("Begin", at("2025-11-01"), start)
    history.commit(
        "Raise", at("2025-11-12"),
        {
            "a.py": "DEFAULT_LIMIT = 9\n", "Cargo.toml": '[package]\nrust-version = "1.91"\n',
            "docs/a.md": "# A\n\nThe limit is nine.\n", "b.py": 'x = option("--y", help="Read the tabs of a list")\n',
            "node_modules/c.py": "DEFAULT_SIZE = 1\n",
        },
    )  # fmt: skip
    return history


def read_runs(path: Path) -> list[ChangedRun]:
    return list(read_diffs(open_repository(path), SINCE, UNTIL))


def test_telling_runs_of_a_window_are_read(tmp_path: Path) -> None:
    runs = {run.kind: run for run in read_runs(make_history().at_path(tmp_path / "r"))}
    assert (runs["code"].removed, runs["code"].added) == (("DEFAULT_LIMIT = 5",), ("DEFAULT_LIMIT = 9",))
    assert (runs["manifest"].path, runs["manifest"].first_line) == ("Cargo.toml", 2)
    assert (runs["documentation"].added, runs["documentation"].first_line) == (("", "The limit is nine."), 2)
    assert runs["help_text"].added == ("Read the tabs of a list",)
    assert len(runs) == 4


def test_help_text_over_several_literals_is_left_out(tmp_path: Path) -> None:
    """robotoff: “Whether to run the tasks asynchronously in the worker queue or to run” is half a sentence."""
    history = History()
    history.commit("Begin", at("2025-11-01"), {"a.py": "x = 1\n"})
    half = 'y = option(\n    help="Whether to run the tasks later or to run "\n    "them now",\n)\n'
    whole = 'z = option(\n    help="Read the tabs of a long list",\n)\n'
    history.commit("Add", at("2025-11-12"), {"b.py": half, "c.py": whole})
    assert [run.added for run in read_runs(history.at_path(tmp_path / "r"))] == [("Read the tabs of a long list",)]


def test_lines_of_a_merge_belong_to_the_merge(tmp_path: Path) -> None:
    history = History()
    base = history.commit("Begin", at("2025-11-01"), {"a.py": "DEFAULT_LIMIT = 5\n"})
    side = history.commit("Raise", at("2025-11-11"), {"a.py": "DEFAULT_LIMIT = 9\n"}, branch="side", parents=[base])
    history.commit("Merge", at("2025-11-12"), {"a.py": "DEFAULT_LIMIT = 9\n"}, parents=[base, side])
    (run,) = read_runs(history.at_path(tmp_path / "r"))
    assert run.committed_at == int(at("2025-11-12").timestamp())


def test_partial_clone_has_no_runs(tmp_path: Path) -> None:
    source = make_history().at_path(tmp_path / "r")
    assert read_runs(partial_clone(source, tmp_path / "p")) == []


def test_long_record_is_cut_and_the_next_one_is_read() -> None:
    data = b"\0\1first" + b"x" * (3 * MAX_RECORD_BYTES) + b"\0\1second"
    for size in (1 << 20, MAX_RECORD_BYTES - 6, 7 * MAX_RECORD_BYTES):
        chunks = [data[start : start + size] for start in range(0, len(data), size)]
        records = list(split_records(chunks))
        assert records[-1] == "second"
        assert all(len(record) <= MAX_RECORD_BYTES for record in records)


@given(st.text(max_size=300))
def test_any_diff_is_parsed(text: str) -> None:
    diff = f"diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n{text}"
    for run in parse_runs("a" * 40, 1, diff):
        assert run.path


def test_added_test_is_read_and_a_changed_one_is_not(tmp_path: Path) -> None:
    old = "def test_a():\n    assert a() == 1\n"
    history = History()
    history.commit("Begin", at("2025-11-01"), {"tests/test_a.py": old})
    added = f"{old}\n\ndef test_b():\n    assert b() == 2\n"
    history.commit("Add", at("2025-11-12"), {"tests/test_a.py": added})
    history.commit("Alter", at("2025-11-13"), {"tests/test_a.py": added.replace("def test_b():\n    assert b()", "x")})
    (run,) = read_runs(history.at_path(tmp_path / "r"))
    assert (run.kind, run.first_line) == ("test", 3)
    assert run.added == ("", "", "def test_b():", "    assert b() == 2")
