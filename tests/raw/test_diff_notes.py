"""Rows of what diffs say: which lines they keep, and of which changes."""

from resources.git.diffs.read import ChangedRun
from sparky_assets.raw.notes.diffs import build_diff_rows

SHA = "a" * 40


def make_run(kind: str, path: str, removed: tuple[str, ...], added: tuple[str, ...], sha: str = SHA) -> ChangedRun:
    return ChangedRun(kind, sha, 1_762_900_000, path, "b" * 40, 7, removed, added)


def list_rows(*runs: ChangedRun) -> list[tuple[str, str, int]]:
    rows = build_diff_rows(runs, "acme/web", "public")
    return [(row["kind"], row["text"], row["line_from"]) for row in rows.to_dicts()]


def test_default_keeps_both_lines() -> None:
    run = make_run("code", "a.py", ("DEFAULT_LIMIT = 5",), ("DEFAULT_LIMIT = 9",))
    assert list_rows(run) == [("default", "-DEFAULT_LIMIT = 5\n+DEFAULT_LIMIT = 9", 7)]


def test_change_of_many_defaults_has_none() -> None:
    runs = [
        make_run("code", f"{name}.py", (f"DEFAULT_{name} = 5",), (f"DEFAULT_{name} = 9",)) for name in ("A", "B", "C")
    ]
    assert list_rows(*runs) == []


def test_minimum_is_found_among_other_lines_of_a_manifest() -> None:
    removed = ('version = "1.0"', 'rust-version = "1.90"')
    run = make_run("manifest", "Cargo.toml", removed, ('version = "1.1"', 'rust-version = "1.91"'))
    assert list_rows(run) == [("minimum", '-rust-version = "1.90"\n+rust-version = "1.91"', 8)]


def test_minimum_that_is_there_twice_is_not_read() -> None:
    lines = ('rust-version = "1.90"', 'rust-version = "1.90"')
    run = make_run("manifest", "Cargo.toml", lines, ('rust-version = "1.91"', 'rust-version = "1.92"'))
    assert list_rows(run) == []


def test_documentation_is_kept_without_empty_lines_around_and_addresses() -> None:
    run = make_run("documentation", "docs/a.md", (), ("", "Ask ada@example.com about the limit of nine.", ""))
    assert list_rows(run) == [("documentation", "Ask  about the limit of nine.", 8)]


def test_help_text_of_a_test_is_left_out() -> None:
    text = ("Read the tabs of a list",)
    runs = [make_run("help_text", path, (), text) for path in ("tests/test_cli.py", "src/cli.py")]
    assert list_rows(*runs) == [("help_text", "Read the tabs of a list", 7)]


def test_first_test_of_a_change_is_kept_with_its_name() -> None:
    lines = ("", "def test_docks():", '    assert read("x") == 3')
    other = ("def test_piers():", '    assert read("y") == 4')
    inner = make_run("test", "src/a.py", (), lines)
    rows = build_diff_rows(
        [inner, *(make_run("test", "tests/test_a.py", (), run) for run in (lines, other))], "a/b", "public"
    )
    (row,) = rows.to_dicts()
    assert (row["kind"], row["text"], row["heading_path"]) == ("test", '    assert read("x") == 3', ["test_docks"])
    assert (row["line_from"], row["line_to"]) == (9, 9)


def test_test_with_an_address_is_left_out() -> None:
    lines = ("def test_docks():", '    assert read("ada@example.com") == 3')
    assert list_rows(make_run("test", "tests/test_a.py", (), lines)) == []
