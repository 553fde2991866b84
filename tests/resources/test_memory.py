"""The pause of Python's search for reference cycles, and memory that is given back."""

import ctypes
import gc
import os
import resource
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

from resources.memory import pause_cycle_search, return_freed_frames, return_freed_memory


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
    # Small blocks would be taken from holes elsewhere, and the large ones would be one block at the end of the heap.
    blocks = [(library.malloc(20_000), library.malloc(4_000)) for _ in range(2_000)]
    for block, _ in blocks:
        ctypes.memset(block, 1, 20_000)
    for block, _ in blocks:
        library.free(block)
    before = read_resident_bytes()
    return_freed_memory()
    assert before - read_resident_bytes() > 20_000_000
    for _, small in blocks:
        library.free(small)


class Ring:
    """Something that refers to itself."""

    def __init__(self) -> None:
        self.own = self


def test_reference_cycles_are_freed_where_that_is_asked() -> None:
    with pause_cycle_search():
        ring = weakref.ref(Ring())
        return_freed_memory()
        assert ring() is not None
        return_freed_memory(with_cycles=True)
        assert ring() is None


MEASURE_FREED_FRAME = """
import sparky_assets, os, polars
def read_resident_bytes():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGESIZE")
before = read_resident_bytes()
frame = polars.DataFrame({"number": range(3_000_000)}).with_columns(text=polars.col("number").cast(polars.String))
held = read_resident_bytes() - before
del frame
print(held, read_resident_bytes() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_freed_frame_is_given_back_at_once() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "_RJEM_MALLOC_CONF"}
    command = [sys.executable, "-c", MEASURE_FREED_FRAME]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    held, left = map(int, done.stdout.split())
    assert held > 60_000_000
    assert left < held / 2


def test_options_of_the_operator_for_the_allocator_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_RJEM_MALLOC_CONF", "narenas:2")
    return_freed_frames()
    assert os.environ["_RJEM_MALLOC_CONF"] == "narenas:2"


def read_resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
