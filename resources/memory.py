"""Python's search for reference cycles, which long pure computations can do without."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def pause_cycle_search() -> Iterator[None]:
    """Keep Python from searching for reference cycles within a block or a decorated function.

    The search visits all live objects again and again: it took a fifth of the time in which the stories of 60,000
    changes are built, whose objects have no cycles. Memory without cycles is freed as always.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
