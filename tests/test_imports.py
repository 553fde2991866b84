"""Heavy libraries are imported where they are used, so that commands and the code location start fast."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories import published_store

HEAVY_MODULES = (
    "alembic", "botocore", "dagster_k8s", "jwt", "kubernetes", "matplotlib", "numpy", "prometheus_client", "sqlalchemy",
    "starlette", "uvicorn",
)  # fmt: skip
"""Modules that only some runs need, from 0.1 s (jwt) to 1.7 s (sqlalchemy with alembic)."""

STAGE_MODULES = ("emoji", "git", "httpx", "jinja2", "markdown_it", "polars", "rich")
"""Modules that stages need and that importing the code location does not load; 0.1 to 0.2 s each."""

RUN_COMMAND = """
import sys
from sparky_assets.cli import main
sys.argv = ["sparky", *sys.argv[1:]]
try:
    main()
except SystemExit as ended:
    print("exit code", ended.code, file=sys.stderr)
print(*sys.modules, sep="\\n", file=sys.stderr)
"""

UNUSED_PACKAGES = {"alembic", "dagster", "git", "kubernetes", "matplotlib", "mcp", "sqlalchemy", "starlette"}
"""Packages that no command which reads the store needs."""

MAX_MODULES = {"version": 180, "status": 850, "stories": 910, "evidence": 850, "preview": 970}
"""Maximum number of modules that a command loads. `import dagster` alone loads 870, and a run 1,900."""


def list_loaded_modules(*arguments: str) -> set[str]:
    """Return the modules that a new interpreter has loaded after a statement (`-c`) or a command of Sparky."""
    completed = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)
    return set((completed.stderr or completed.stdout).splitlines())


def list_loaded_packages(statement: str) -> set[str]:
    """Return the top-level modules that a new interpreter has loaded after a statement."""
    modules = list_loaded_modules("-c", f"{statement}\nimport sys\nprint(*sys.modules, sep='\\n')")
    return {name.partition(".")[0] for name in modules}


def test_definitions_load_no_heavy_module() -> None:
    assert list_loaded_packages("import sparky_assets.definitions").isdisjoint(HEAVY_MODULES + STAGE_MODULES)


def test_built_definitions_load_no_heavy_module() -> None:
    statement = "from sparky_assets.definitions import defs; defs()"
    assert list_loaded_packages(statement).isdisjoint(HEAVY_MODULES)


@pytest.mark.parametrize("module", ["dagster", "polars", "httpx", "jinja2", "markdown_it", "git", "pydantic", "rich"])
def test_command_line_loads_no_library_of_a_stage(module: str) -> None:
    assert module not in list_loaded_packages("import sparky_assets.cli")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        ("status",),
        ("status", "--local"),
        ("stories", "week", "2025-W46"),
        ("evidence", "week", "2025-W46"),
        ("preview", "week", "2025-W46"),
    ],
)
def test_command_that_reads_the_store_loads_no_dagster(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPARKY_STORAGE__ROOT", str(published_store.made()))
    modules = list_loaded_modules("-c", RUN_COMMAND, *arguments)
    loaded = sorted(name for name in modules if name.isidentifier() or "." in name)
    assert "sparky_assets.cli" in loaded
    packages = {name.partition(".")[0] for name in loaded}
    assert packages.isdisjoint(UNUSED_PACKAGES)
    if arguments[0] != "status":  # it asks the servers that it reports on
        assert "httpx" not in packages
    assert len(loaded) <= MAX_MODULES[arguments[0].removeprefix("--")], len(loaded)
