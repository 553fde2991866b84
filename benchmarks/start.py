"""Processor time of commands from start to exit, against `import dagster`.

    uv run python -m benchmarks.start [HOME PERIOD]

HOME is a home with a store, for example `.sparky/demo/ferryline` after `sparky demo`, and PERIOD a week in it: then the
commands that read the store are measured too, and with the settings in HOME (`sparky.toml`) a run that changes nothing.
Claims: `import sparky_assets.definitions` takes at most 1.4 times as long as `import dagster`, `--version` 0.15 s,
`status`, `stories`, `evidence` and `preview` 1.0 s, a run that changes nothing 3 s, on a quiet core.
"""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

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
            settings_file = Path(sys.argv[1]) / "sparky.toml"
            if settings_file.exists():  # measure_median runs it once before, which makes what has changed
                programs["run, unchanged"] = (
                    MAIN,
                    "--config",
                    str(settings_file.absolute()),
                    "run",
                    "week",
                    sys.argv[2],
                )
        seconds = {name: measure_median([sys.executable, "-c", *code], environment) for name, code in programs.items()}
        for name, taken in seconds.items():
            print(f"{name}: {taken:.2f} s, {taken / seconds['import dagster']:.2f} of `import dagster`")


def measure_median(command: list[str], environment: dict[str, str]) -> float:
    """Return the median of the processor seconds (user and system) of a command over the rounds."""
    subprocess.run(command, env=environment, capture_output=True, check=False)  # writes the bytecode
    taken = []
    for _ in range(ROUNDS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, env=environment, capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return sorted(taken)[ROUNDS // 2]


if __name__ == "__main__":
    main()
