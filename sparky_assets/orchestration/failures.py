"""The one place that turns an error into a `dagster.Failure`, and decides whether trying again can help.

Resources raise their own small error types. Each says by its class whether it may pass by itself (`TransientError`) or
needs a person (`ResourceError`). Assets wrap their body in `dagster_failures(...)`; nothing else builds a Failure.

`failure_cause` says in one sentence why a run failed: the failure's own words, or the failed check's first example.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import dagster as dg
from dagster import DagsterEventType

from resources.errors import ResourceError, TransientError
from sparky_assets.errors import DataError
from sparky_assets.periods import PeriodError

RETRY_TAG = "dagster/retry_on_asset_or_op_failure"


def request_run_retry() -> None:
    """Tag the current run for a retry if its pod was evicted, that is, if no person terminated it in Dagster.

    Dagster sees a failed step, and config/dagster-postgres.yaml leaves the retry of steps to the assets. A person who
    terminates a run sets its status to CANCELING first. Outside of a Kubernetes Job, SIGTERM comes from a person or
    from the end of the whole service, so nothing is retried.
    """
    if "DAGSTER_RUN_JOB_NAME" not in os.environ:  # set by the launcher of Jobs
        return
    context = dg.AssetExecutionContext.get()
    run = context.instance.get_run_by_id(context.run_id)
    if run and run.status is not dg.DagsterRunStatus.CANCELING:
        context.instance.add_run_tags(context.run_id, {RETRY_TAG: "true"})


@contextmanager
def dagster_failures(subject: str) -> Iterator[None]:
    """Turn every error into a Failure that names `subject`, what was being made.

    An unknown error is a defect in Sparky and would come again after another sweep or push, so it is not retried.
    Dagster shows its traceback below the Failure, as its cause.

    Raises:
        dagster.Failure: retried by the asset's RetryPolicy only when the cause is transient.
    """
    try:
        yield
    except dg.Failure:
        raise
    except TransientError as error:
        raise dg.Failure(f"{subject}: {error}", allow_retries=True) from error
    except (ResourceError, DataError, PeriodError) as error:
        raise dg.Failure(f"{subject}: {error}", allow_retries=False) from error
    except (dg.DagsterExecutionInterruptedError, KeyboardInterrupt) as interruption:
        # Dagster's retry policies count a SIGTERM as a failure like any other and begin the step again: a run that was
        # ended worked on until it was killed a minute later, and left its run CANCELING and its pool slot taken.
        request_run_retry()
        raise dg.Failure(f"{subject}: stopped from outside.", allow_retries=False) from interruption
    except Exception as error:
        message = f"{subject}: {type(error).__name__}: {error}. This is unexpected; the run's log has its traceback."
        raise dg.Failure(message, allow_retries=False) from error


CAUSE_EVENT_TYPES = {
    DagsterEventType.STEP_FAILURE,
    DagsterEventType.ASSET_CHECK_EVALUATION,
    DagsterEventType.RUN_FAILURE,
}


UNKNOWN_CAUSE = "the run failed without naming a cause; see it in the UI: sparky ui"


def find_first_cause(events: Iterable[dg.DagsterEvent]) -> str:
    """Return the first cause that the events of a run name, in their order."""
    last_word = UNKNOWN_CAUSE
    for event in events:
        if event.event_type is DagsterEventType.STEP_FAILURE:
            return _get_step_cause(event)
        if event.event_type is DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            if not check.passed and check.severity is dg.AssetCheckSeverity.ERROR:
                example = check.metadata.get("examples")
                shown = str(example.value) if example else "see it in the UI"
                return f"the check {check.check_name} of {check.asset_key.to_user_string()} failed: {shown}"
        if event.event_type is DagsterEventType.RUN_FAILURE and event.message:
            last_word = event.message
    return last_word


def failure_cause(instance: dg.DagsterInstance, run_id: str) -> str:
    """Return the first cause of a run of the history."""
    entries = instance.all_logs(run_id, of_type=CAUSE_EVENT_TYPES)
    return find_first_cause(entry.dagster_event for entry in entries if entry.dagster_event)


def _get_step_cause(event: dg.DagsterEvent) -> str:
    data = event.step_failure_data
    if data.user_failure_data and data.user_failure_data.description:
        return data.user_failure_data.description
    if data.error is None:
        return UNKNOWN_CAUSE
    innermost = data.error
    while innermost.cause:
        innermost = innermost.cause
    return f"{event.step_key}: {innermost.message.strip()}"
