"""Heavy libraries are imported where they are used, so that commands and the code location start fast."""

import subprocess
import sys

import pytest

HEAVY_MODULES = (
    "alembic", "botocore", "dagster_k8s", "jwt", "kubernetes", "matplotlib", "numpy", "prometheus_client", "sqlalchemy",
    "starlette", "uvicorn",
)  # fmt: skip
"""Modules that only some runs need, from 0.1 s (jwt) to 1.7 s (sqlalchemy with alembic)."""


def list_loaded_modules(statement: str) -> set[str]:
    """Return the top-level modules that a new interpreter has loaded after a statement."""
    code = f"{statement}\nimport sys\nprint(*sys.modules, sep='\\n')"
    completed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in completed.stdout.splitlines()}


def test_definitions_load_no_heavy_module() -> None:
    assert list_loaded_modules("import sparky_assets.definitions").isdisjoint(HEAVY_MODULES)


@pytest.mark.parametrize("module", ["dagster", "polars", "httpx", "jinja2", "markdown_it", "git"])
def test_command_line_loads_no_library_of_a_stage(module: str) -> None:
    assert module not in list_loaded_modules("import sparky_assets.cli")
