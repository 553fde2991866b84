"""Why a run failed, in one sentence: the failure's own words, or the failed check's first example."""

from collections.abc import Iterable

import dagster as dg
from dagster import DagsterEventType

CAUSE_EVENT_TYPES = {
    DagsterEventType.STEP_FAILURE,
    DagsterEventType.ASSET_CHECK_EVALUATION,
    DagsterEventType.RUN_FAILURE,
}


UNKNOWN_CAUSE = "the run failed without naming a cause; see it in the UI: sparky ui"


def find_first_cause(events: Iterable[dg.DagsterEvent]) -> str:
    """The first cause that the events of a run name, in their order."""
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
    """The first cause of a run of the history."""
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
