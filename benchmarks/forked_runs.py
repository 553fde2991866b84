"""Fork the soak's runs from a process that has loaded the code, instead of loading it for each run.

Dagster's code server spawns a process for each run, and Sparky's code takes 3.5 s of processor time to load: in 60 days
that was six minutes, half of the total. Each run still has its own process, which is killed and stopped like any other;
only its start differs from the product's. A file `sitecustomize.py` in the soak's folder calls `fork_runs` in each
Python.
"""

import multiprocessing
from pathlib import Path
from typing import Any

STARTUP_FILE = "sitecustomize.py"
STARTUP_TEXT = "from benchmarks.forked_runs import fork_runs\n\nfork_runs()\n"


def write_startup_file(folder: Path) -> str:
    """Write the file that each Python reads at its start; return the PYTHONPATH that finds it and this module."""
    folder.mkdir(exist_ok=True)
    (folder / STARTUP_FILE).write_text(STARTUP_TEXT)
    return f"{folder}:{Path(__file__).resolve().parents[1]}"


def fork_runs() -> None:
    """Replace spawned processes by processes that are forked from a server with the code loaded."""
    get_context: Any = multiprocessing.get_context

    def get_forking_context(method: str | None = None) -> Any:
        if method != "spawn":
            return get_context(method)
        context = get_context("forkserver")
        context.set_forkserver_preload(["dagster._grpc.utils", "sparky_assets.definitions"])
        return context

    multiprocessing.get_context = get_forking_context
