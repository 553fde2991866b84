"""Which failures are retried: only those that may pass without a person."""

import dagster as dg
import pytest

from resources.errors import StorageError, TransientError
from sparky_assets.orchestration.failures import dagster_failures


def attempts(error: BaseException) -> int:
    """Return how often an asset with a retry policy starts when its body ends like this."""
    begun = []

    @dg.asset(retry_policy=dg.RetryPolicy(max_retries=2))
    def body() -> None:
        begun.append(1)
        with dagster_failures("the body"):
            raise error

    assert not dg.materialize([body], raise_on_error=False).success
    return len(begun)


def test_transient_failure_is_retried() -> None:
    assert attempts(TransientError("the network is gone")) == 3


def test_failure_that_needs_a_person_is_not_retried() -> None:
    assert attempts(StorageError("the disk is full")) == 1


def test_unexpected_error_is_not_retried() -> None:
    assert attempts(ZeroDivisionError("a fault of ours")) == 1


@pytest.mark.parametrize("error", [dg.DagsterExecutionInterruptedError(), KeyboardInterrupt()])
def test_interrupted_run_is_not_restarted(error: BaseException) -> None:
    assert attempts(error) == 1
