"""Judge mutants in one process: `just mutants`. mutmut writes them and finds which tests reach them.

mutmut judges each mutant in a fork. polars' threads do not survive one, and an import of everything in each is most of
its time. Each mutated function asks at each call which of its versions it is to be, so that one process may try them
all, one after the other, with everything imported once.
"""

import contextlib
import functools
import gc
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

FOLDER = Path("mutants")
SECONDS = 120
"""A mutant may make a loop without end; that counts as seen."""


class Endless(BaseException):
    """A test took too long."""


def main() -> None:
    """Write mutants if they are not there, then judge those whose name holds a word that was given (none: all)."""
    if not FOLDER.exists():
        # Whatever it is asked for, it first writes all and finds their tests. There is no mutant of this name.
        done = subprocess.run(
            [sys.executable, "-m", "mutmut", "run", "none"], check=False, capture_output=True, text=True
        )
        if not (FOLDER / "mutmut-stats.json").exists():
            sys.exit(f"mutmut wrote no mutants:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    words = sys.argv[1:]
    os.chdir(FOLDER)
    sys.path[:0] = [str(Path.cwd())]
    signal.signal(signal.SIGALRM, _ring)
    stats = json.loads(Path("mutmut-stats.json").read_text())
    count: Counter[str] = Counter()
    for name in mutants():
        if not words or any(word in name for word in words):
            tests = stats["tests_by_mangled_function_name"].get(name.rpartition("__mutmut_")[0], [])
            outcome = judged(name, sorted(tests, key=stats["duration_by_test"].get))
            count[outcome] += 1
            if outcome != "killed":
                print(f"{outcome} {name}", flush=True)
    print(", ".join(f"{number} {outcome}" for outcome, number in count.most_common()))


def mutants() -> Iterator[str]:
    """The names of all."""
    for file in sorted(Path.cwd().rglob("*.py.meta")):
        yield from json.loads(file.read_text())["exit_code_by_key"]


def judged(name: str, tests: list[str]) -> str:
    """Whether a test sees a mutant: `killed`, `survived`, or `untested` where none reaches its function."""
    if not tests:
        return "untested"
    os.environ["MUTANT_UNDER_TEST"] = name
    _forget()
    signal.alarm(SECONDS)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            failed = pytest.main(["-x", "-q", "--tb=no", "-W", "ignore", "-p", "no:cacheprovider", *tests])
    except Endless:
        return "killed"
    finally:
        signal.alarm(0)
        os.environ["MUTANT_UNDER_TEST"] = ""
    return "killed" if failed else "survived"


def _forget() -> None:
    """Clear our caches: what one version answered is no answer of the next."""
    for one in gc.get_objects():
        if isinstance(one, functools._lru_cache_wrapper) and one.__module__.startswith(("sparky_assets", "resources")):
            one.cache_clear()


def _ring(number: int, frame: FrameType | None) -> None:
    raise Endless(time.ctime())


if __name__ == "__main__":
    main()
