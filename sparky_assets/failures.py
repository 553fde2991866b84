"""The one place that turns an error into a `dagster.Failure`, and decides whether trying again can help.

Resources raise their own small error types. Each says by its class whether it may pass by itself (`TransientError`) or
needs a person (`ResourceError`). Assets wrap their body in `failures_of(...)`; nothing else builds a Failure.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from resources.errors import ResourceError, TransientError
from sparky_assets.errors import DataError
from sparky_assets.periods import PeriodError


@contextmanager
def failures_of(what: str) -> Iterator[None]:
    """Turn every error into a Failure that names `what` was being made.

    An error that we do not know is a fault of ours: it would come again, after another sweep or push. Dagster shows its
    traceback below the Failure, as its cause.

    Raises:
        dagster.Failure: retried by the asset's RetryPolicy only when the cause is transient.
    """
    try:
        yield
    except dg.Failure:
        raise
    except TransientError as error:
        raise dg.Failure(f"{what}: {error}", allow_retries=True) from error
    except (ResourceError, DataError, PeriodError) as error:
        raise dg.Failure(f"{what}: {error}", allow_retries=False) from error
    except (dg.DagsterExecutionInterruptedError, KeyboardInterrupt) as interruption:
        # Dagster's retry policies count a SIGTERM as a failure like any other and begin the step again: a run that was
        # ended worked on until it was killed a minute later, and left its run CANCELING and its pool slot taken.
        raise dg.Failure(f"{what}: stopped from outside.", allow_retries=False) from interruption
    except Exception as error:
        told = f"{what}: {type(error).__name__}: {error}. This is unexpected; the run's log has its traceback."
        raise dg.Failure(told, allow_retries=False) from error
