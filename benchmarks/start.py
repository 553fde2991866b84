"""Processor and wall time of commands from start to exit, against `import dagster`.

    uv run python -m benchmarks.start [HOME PERIOD]

HOME is a home with a store, for example `.sparky/demo/ferryline` after `sparky demo`, and PERIOD a week in it: then the
commands that read the store are measured too, and with the settings in HOME (`sparky.toml`) a run that changes nothing,
of the newest day, week and month. Claims: `import sparky_assets.definitions` takes at most 1.4 times as long as
`import dagster`, `--version` 0.15 s, `status`, `stories`, `evidence` and `preview` 1.0 s, a run that changes nothing
3 s, of processor time on a quiet core; the wall time is printed beside it.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from statistics import median

from resources.storage import Storage
from sparky_assets.cli.exit_codes import ExitCode
from sparky_assets.periods import Period, PeriodKind

ROUNDS = 3
MAIN = "from sparky_assets.cli import main; main()"


def main() -> None:
    """Print the median of each command, and its ratio to `import dagster`."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "SPARKY_HOME": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        programs = {
            "import dagster": ("import dagster",),
            "import definitions": ("import sparky_assets.definitions",),
            "build definitions": ("from sparky_assets.definitions import defs; defs()",),
            "--version": (MAIN, "--version"),
            "--help": (MAIN, "--help"),
        }
        if len(sys.argv) > 2:
            environment["SPARKY_STORAGE__ROOT"] = str(Path(sys.argv[1]).absolute() / "store")
            programs["status"] = (MAIN, "status", "--local")
            programs |= {name: (MAIN, name, "week", sys.argv[2]) for name in ("stories", "evidence", "preview")}
        times = {name: measure([sys.executable, "-c", *code], environment) for name, code in programs.items()}
        settings_file = Path(sys.argv[1]).absolute() / "sparky.toml" if len(sys.argv) > 2 else None
        if settings_file and settings_file.exists():
            # In the home itself: with another one the salt would differ, and everything would be made again.
            options = [sys.executable, "-c", MAIN, "--config", str(settings_file), "run"]
            own_environment = {name: value for name, value in environment.items() if not name.startswith("SPARKY_")}
            for kind, period in list_periods():
                times[f"run {kind}, unchanged"] = measure([*options, kind, period], own_environment)
        for name, (processor, wall) in times.items():
            ratio = processor / times["import dagster"][0]
            print(f"{name}: {processor:.2f} s, {ratio:.2f} of `import dagster`; {wall:.2f} s of wall time")


def list_periods() -> list[tuple[str, str]]:
    """Return the noun and the label of the newest period of each kind in the home."""
    storage = Storage(root=str(Path(sys.argv[1]).absolute() / "store"))
    keys = {kind: storage.list_keys(f"insights/{kind.value}", "json") for kind in PeriodKind}
    return [(kind.noun, Period(kind, date.fromisoformat(found[-1])).label) for kind, found in keys.items() if found]


def measure(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Return the medians over the rounds of the processor seconds (user and system) and wall seconds of a command."""
    run_command(command, environment)  # writes the bytecode, and makes what has changed
    processor, wall = [], []
    for _ in range(ROUNDS):
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        run_command(command, environment)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        wall.append(time.perf_counter() - started)
        processor.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return median(processor), median(wall)


def run_command(command: list[str], environment: dict[str, str]) -> None:
    """Run a command to its end.

    Raises:
        SystemExit: it failed, so that its time says nothing. `status` may find a period that is missing.
    """
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode not in {ExitCode.DONE, ExitCode.OUT_OF_DATE}:
        raise SystemExit(f"{' '.join(command[2:])}: exit code {ended.returncode}: {ended.stderr[-500:]}")


if __name__ == "__main__":
    main()
