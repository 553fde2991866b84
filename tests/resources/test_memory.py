"""The pause of Python's search for reference cycles."""

import gc

import pytest

from resources.memory import pause_cycle_search


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
