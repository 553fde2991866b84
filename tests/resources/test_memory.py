"""The pause of Python's search for reference cycles, and memory that is given back."""

import ctypes
import gc
import resource
from pathlib import Path

import pytest

from resources.memory import pause_cycle_search, return_freed_memory


@pause_cycle_search()
def is_searching() -> bool:
    return gc.isenabled()


def test_cycle_search_is_paused_within_a_function_alone() -> None:
    assert not is_searching() and gc.isenabled()
    assert not is_searching() and gc.isenabled()  # a second call of the same decorated function too


def test_cycle_search_goes_on_after_an_error() -> None:
    with pytest.raises(ValueError, match="no story"), pause_cycle_search():
        raise ValueError("no story")
    assert gc.isenabled()


def test_cycle_search_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with pause_cycle_search():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="only glibc keeps what was freed")
def test_freed_memory_between_used_blocks_is_given_back() -> None:
    library = ctypes.CDLL(None)
    library.malloc.restype = ctypes.c_void_p
    library.free.argtypes = [ctypes.c_void_p]
    blocks = [(library.malloc(20_000), library.malloc(40)) for _ in range(2_000)]
    for block, _ in blocks:
        ctypes.memset(block, 1, 20_000)
    for block, _ in blocks:
        library.free(block)
    before = read_resident_bytes()
    return_freed_memory()
    assert before - read_resident_bytes() > 20_000_000
    for _, small in blocks:
        library.free(small)


def read_resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
