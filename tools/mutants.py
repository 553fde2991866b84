"""Run mutants in one process: `just mutants`. mutmut writes them and finds the tests that reach them.

mutmut tests each mutant in a fork. polars' threads do not survive a fork, and importing everything in each is most of
its time. Each mutated function selects its version at each call, so that one process with one import can test them all,
one after the other.
"""

import contextlib
import difflib
import functools
import gc
import inspect
import io
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import FrameType

import pytest

FOLDER = Path("mutants")
STATS = "mutmut-stats.json"
SECONDS = 120
"""A mutant may cause an endless loop; a timeout counts as detected."""


class Endless(BaseException):
    """A test took too long."""


def main() -> None:
    """Run the mutants whose name contains a given word (none: all); write them first where code has changed."""
    words = sys.argv[1:]
    os.environ["CI"] = "1"  # hypothesis tries the same examples each time, so that two runs count the same
    if not _are_current():
        _write()
    os.chdir(FOLDER)
    sys.path[:0] = [str(Path.cwd())]
    signal.signal(signal.SIGALRM, _ring)
    stats = json.loads(Path(STATS).read_text())
    count: Counter[str] = Counter()
    reached: set[str] = set()
    chosen = (name for name in mutants() if not words or any(word in name for word in words))
    for function, names in itertools.groupby(chosen, key=_function):
        tests = stats["tests_by_mangled_function_name"].get(function, [])
        tests.sort(key=stats["duration_by_test"].get)
        # Tests that fail anyway would detect every mutant.
        if tests and not pass_with("", tests):
            sys.exit(f"the tests of {function} fail without a mutant")
        reached.update(tests)
        here: Counter[str] = Counter()
        for name in names:
            outcome = "untested" if not tests else "survived" if pass_with(name, tests) else "killed"
            here[outcome] += 1
            if outcome != "killed":
                print(f"{outcome} {name}", *_change(name), sep="\n    ")
        print(f"{function}: {_format_counts(here)}", flush=True)
        count += here
    if reached and not pass_with("", sorted(reached)):
        sys.exit("a mutant left something behind that makes tests fail without it: judge fewer at a time")
    print(_format_counts(count) or "no mutant has such a name")


def _are_current() -> bool:
    """Return whether no source of the mutants changed since they were written."""
    if not (FOLDER / STATS).exists():
        return False
    made_of = tomllib.loads(Path("pyproject.toml").read_text())["tool"]["mutmut"]
    folders = [*made_of["source_paths"], *made_of["also_copy"]]
    files = (file for folder in folders for file in Path(folder).rglob("*") if file.suffix != ".pyc" and file.is_file())
    newest = max(file.stat().st_mtime for file in (*files, Path("pyproject.toml")))
    return newest < (FOLDER / STATS).stat().st_mtime


def _write() -> None:
    """Let mutmut write all mutants and find the tests that reach them."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    begun = time.time()
    # It always writes all mutants and finds their tests first. No mutant has this name.
    done = subprocess.run([sys.executable, "-m", "mutmut", "run", "none"], check=False, capture_output=True, text=True)
    if not (FOLDER / STATS).exists():
        sys.exit(f"mutmut wrote no mutants:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    os.utime(FOLDER / STATS, (begun, begun))  # what was edited meanwhile is newer


def mutants() -> Iterator[str]:
    """Return the names of all mutants."""
    for file in sorted(Path.cwd().rglob("*.py.meta")):
        yield from json.loads(file.read_text())["exit_code_by_key"]


def pass_with(mutant: str, tests: list[str]) -> bool:
    """Return whether tests pass with a mutant of a function; "" is the original."""
    os.environ["MUTANT_UNDER_TEST"] = mutant
    _forget()
    signal.alarm(SECONDS if mutant else 0)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            return pytest.main(["-x", "-q", "--tb=no", "-W", "ignore", "-p", "no:cacheprovider", *tests]) == 0
    except Endless:
        return False
    finally:
        signal.alarm(0)
        os.environ["MUTANT_UNDER_TEST"] = ""


def _function(mutant: str) -> str:
    return mutant.rpartition("__mutmut_")[0]


def _format_counts(count: Counter[str]) -> str:
    return ", ".join(f"{number} {outcome}" for outcome, number in count.most_common())


def _change(mutant: str) -> Iterator[str]:
    """Return the lines that a mutant removes and adds."""
    module, _, version = mutant.rpartition(".")
    function = _function(version)
    versions = vars(import_module(module))[f"mutants_{function}__mutmut"]
    before, after = (
        inspect.getsource(versions[key]).replace(versions[key].__name__, function).splitlines()
        for key in ("_mutmut_orig", version)
    )
    yield from (f"{line[0]} {line[2:].strip()}" for line in difflib.ndiff(before, after) if line[0] in "-+")


def _forget() -> None:
    """Clear all caches: a result of one version must not reach the next."""
    for one in gc.get_objects():
        if isinstance(one, functools._lru_cache_wrapper) and one.__module__.startswith(("sparky_assets", "resources")):
            one.cache_clear()


def _ring(number: int, frame: FrameType | None) -> None:
    raise Endless(time.ctime())


if __name__ == "__main__":
    main()
