"""The number of examples of a property whose examples are expensive, and the largest sizes of other tests."""

import os
from typing import Any

from hypothesis import settings

FULL_VARIABLE = "SPARKY_TESTS_FULL"

PLAIN_RUN_SHARE = 3
"""One of so many examples is tried unless the variable is set."""


def limit_examples(max_examples: int, **options: Any) -> settings:
    """Return the settings of a property whose examples take 0.2 s or more of processor time each.

    The plain run tries a third of them, at least five. `SPARKY_TESTS_FULL=1`, which the weekly run in CI sets, tries
    all. Without CI hypothesis takes other examples at each run, so that a week of runs tries more than one full run.
    """
    count = max_examples if os.environ.get(FULL_VARIABLE) else max(5, max_examples // PLAIN_RUN_SHARE)
    return settings(max_examples=min(count, max_examples), **options)


def list_in_full_run(*cases: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Return the cases of a test whose size a benchmark measures too: all in the weekly run, none in any other."""
    return list(cases) if os.environ.get(FULL_VARIABLE) else []
