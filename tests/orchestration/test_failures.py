"""Which failures are tried again: none that somebody asked for."""

import dagster as dg
import pytest

from resources.errors import StorageError, TransientError
from sparky_assets.orchestration.failures import dagster_failures


def attempts(error: BaseException) -> int:
    """How often an asset with a retry policy is begun when its body ends like this."""
    begun = []

    @dg.asset(retry_policy=dg.RetryPolicy(max_retries=2))
    def body() -> None:
        begun.append(1)
        with dagster_failures("the body"):
            raise error

    assert not dg.materialize([body], raise_on_error=False).success
    return len(begun)


def test_what_may_pass_by_itself_is_tried_again() -> None:
    assert attempts(TransientError("the network is gone")) == 3


def test_what_needs_a_person_is_not() -> None:
    assert attempts(StorageError("the disk is full")) == 1


def test_what_nobody_expected_is_not_either() -> None:
    assert attempts(ZeroDivisionError("a fault of ours")) == 1


@pytest.mark.parametrize("error", [dg.DagsterExecutionInterruptedError(), KeyboardInterrupt()])
def test_a_run_that_is_told_to_end_does_not_begin_again(error: BaseException) -> None:
    assert attempts(error) == 1
