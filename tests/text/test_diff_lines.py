"""Pairs of lines of a diff: which are another default or a higher minimum, and which are not for sure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.text.diff_lines import find_changed_default, find_raised_minimum


@pytest.mark.parametrize(
    ("path", "old", "new", "has_name"),
    [
        ("llm/cli.py", 'DEFAULT_MODEL = "gpt-3"', 'DEFAULT_MODEL = "gpt-4"', True),
        ("src/lib.rs", "    const STATUS: Status = Status::OptIn;", "    const STATUS: Status = Status::OptOut;", True),
        ("src/main.rs", "const DEFAULT_PORT: u16 = 80;", "const DEFAULT_PORT: u16 = 8080;", True),
        ("web/app.ts", "  defaultLimit: number = 5,", "  defaultLimit: number = 50,", True),
        ("a/cli.py", '    default="openai",', '    default="prompt",', False),
        ("cmd/main.go", "const DefaultTimeout = 5 * time.Second", "const DefaultTimeout = 9 * time.Second", True),
        ("src/cli.rs", '#[arg(long, default_value = "10")]', '#[arg(long, default_value = "20")]', False),
        ("a/cli.py", '@click.option("--limit", default=10)', '@click.option("--limit", default=20)', True),
    ],
)
def test_one_value_behind_a_default_is_another_default(path: str, old: str, new: str, has_name: bool) -> None:
    changed = find_changed_default(path, old, new)
    assert changed is not None
    assert (changed.old, changed.new, changed.has_name) == (old.strip(), new.strip(), has_name)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("tests/test_cli.py", "DEFAULT_LIMIT = 5", "DEFAULT_LIMIT = 6"),
        ("docs/conf.md", "DEFAULT_LIMIT = 5", "DEFAULT_LIMIT = 6"),
        ("examples/app.py", "DEFAULT_LIMIT = 5", "DEFAULT_LIMIT = 6"),
        ("node_modules/a.js", "DEFAULT_LIMIT = 5", "DEFAULT_LIMIT = 6"),
        ("a.py", "limit = 5", "limit = 6"),
        ("a.py", "# DEFAULT_LIMIT = 5", "# DEFAULT_LIMIT = 6"),
        ("a.py", "DEFAULT_LIMIT = 5", "DEFAULT_LIMIT = None or 6"),
        ("a.py", "DEFAULT_LIMIT = 5", "DEFAULT_SIZE = 6"),
        ("a.py", "default=False,", "default=None,"),
        ("a.py", "DEFAULT_NAME = 'web'", 'DEFAULT_NAME = "web"'),
        ("a.js", "default: return 5;", "default: return 6;"),
        ("a.py", "default_limit(size, 5)", "default_limit(size, 6)"),
        ("a.py", "x = compute(default, 5)", "x = compute(default, 6)"),
        ("a.py", "DEFAULT_TOKEN = 'a'", "DEFAULT_TOKEN = 'ghp_" + "a1" * 20 + "'"),
        ("a.py", "DEFAULT_MAIL = 'a'", "DEFAULT_MAIL = 'ada@example.com'"),
        ("a.py", "DEFAULT_TICK = 'a'", "DEFAULT_TICK = '`b`'"),
        ("a.py", 'default_deps = project.get_section("deps")', 'default_deps = project.pipfile.get_section("deps")'),
        ("a.py", "default_limits = read(self.project.limits)", "default_limits = read(self.project.file.limits)"),
    ],
)
def test_pair_that_may_mean_something_else_says_nothing(path: str, old: str, new: str) -> None:
    assert find_changed_default(path, old, new) is None


@pytest.mark.parametrize(
    ("path", "old", "new", "key", "values"),
    [
        ("pyproject.toml", 'requires-python = ">=3.8"', 'requires-python = ">=3.10"', "requires-python",
         (">=3.8", ">=3.10")),
        ("Cargo.toml", 'rust-version = "1.93.1"', 'rust-version = "1.95.0"', "rust-version", ("1.93.1", "1.95.0")),
        ("package.json", '    "node": ">=16 || ^14.2"', '    "node": "^18.2 || >=20"', "node",
         (">=16 || ^14.2", "^18.2 || >=20")),
        ("go.mod", "go 1.21", "go 1.22.3", "go", ("1.21", "1.22.3")),
        ("Dockerfile", "FROM python:3.11-slim", "FROM python:3.12-slim", "FROM python", ("3.11-slim", "3.12-slim")),
        ("mix.exs", '      elixir: "~> 1.14",', '      elixir: "~> 1.15",', "elixir", ("~> 1.14", "~> 1.15")),
        ("Package.swift", "// swift-tools-version:5.7", "// swift-tools-version: 5.9", "swift-tools-version",
         ("5.7", "5.9")),
        ("pubspec.yaml", "  sdk: '>=2.17.0 <4.0.0'", "  sdk: ^3.4.0", "sdk", (">=2.17.0 <4.0.0", "^3.4.0")),
        ("pom.xml", "    <java.version>11</java.version>", "    <java.version>17</java.version>", "java.version",
         ("11", "17")),
        ("setup.py", '    python_requires=">=3.7,<4",', '    python_requires=">=3.8,<4",', "python_requires",
         (">=3.7,<4", ">=3.8,<4")),
    ],
)  # fmt: skip
def test_manifest_raises_a_minimum(path: str, old: str, new: str, key: str, values: tuple[str, str]) -> None:
    raised = find_raised_minimum(path, old, new)
    assert raised is not None
    assert (raised.key, (raised.old, raised.new)) == (key, values)
    assert find_raised_minimum(path, new, old) is None
    assert find_raised_minimum(f"tests/{path}", old, new) is None


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("go.mod", "go 1.22.3", "go 1.22.5"),
        ("package.json", '    "node": "18.1.0"', '    "node": "20.1.0"'),
        ("package.json", '    "yarn": "^1.22.0"', '    "yarn": "^2.0.0"'),
        ("Dockerfile", "FROM python:3-slim", "FROM python:3.13-slim"),
        ("Dockerfile", "FROM acme/web:1", "FROM acme/web:2"),
        ("ui/Dockerfile", "FROM node:14", "FROM node:22"),
        ("pyproject.toml", 'requires-python = ">=3.8"', 'requires-python = "<4"'),
        ("Cargo.toml", 'rust-version = "1.90"', 'rust-version = "latest"'),
        ("integration_test/mix.exs", '  elixir: "~> 1.15",', '  elixir: "~> 1.17",'),
        ("notes.toml", 'rust-version = "1.90"', 'rust-version = "1.91"'),
    ],
)
def test_line_that_raises_no_minimum_for_sure_says_nothing(path: str, old: str, new: str) -> None:
    assert find_raised_minimum(path, old, new) is None


@given(st.text(max_size=150), st.text(max_size=150))
def test_any_pair_of_lines_is_read(old: str, new: str) -> None:
    find_raised_minimum("pyproject.toml", old, new)
    changed = find_changed_default("a.py", old, new)
    assert changed is None or changed.new == new.strip()
