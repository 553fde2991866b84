"""Logs of the long-lived programs: each message once, no traceback for an unreachable database, no JSON."""

import json
import logging
import subprocess
import sys

import grpc
import pytest
from dagster._core.errors import DagsterUserCodeUnreachableError
from hypothesis import given
from hypothesis import strategies as st

from resources.service_logs import CODE_SERVER_LINE, OUTAGE_INTERVAL_SECONDS, LogRules, RunOutputFilter

OUTAGE = (
    "Caught error:\nsqlalchemy.exc.OperationalError: (psycopg2.OperationalError) connection to server at "
    '"127.0.0.1", port 5432 failed: Connection refused\n\tIs the server running on that host?\n\nStack Trace:\n'
    + '  File "base.py", line 149, in __init__\n'
    * 70
)


@pytest.mark.parametrize(
    "message",
    [
        "Checking for new runs for sensor: heartbeat",
        "Sensor heartbeat skipped: alive",
        "No run requests returned for events, skipping",
        "Evaluating schedule `daily` at 2025-11-12 00:10:00 +0100",
        "Checking run 0d0d8a5e-6f0a-4b0c-9d53-2f5a5f1f6c11",
        "Collected 2 runs for monitoring",
    ],
)
def test_message_without_news_is_not_printed(message: str) -> None:
    assert LogRules().rewrite(message) is None


@given(st.text(max_size=200))
def test_message_that_no_rule_names_is_printed_as_it_is(text: str) -> None:
    message = f"Launched run of {text}"
    assert LogRules().rewrite(message) in {message, None} or "away" in str(LogRules().rewrite(message))


def test_outage_is_one_line_a_minute_and_names_the_reason() -> None:
    now = [0.0]
    rules = LogRules(now=lambda: now[0])
    lines = []
    for second in range(180):
        now[0] = float(second)
        lines += [line for line in [rules.rewrite(OUTAGE)] if line]
    assert len(lines) == 180 / OUTAGE_INTERVAL_SECONDS
    assert set(lines) == {"the database of Dagster's history is away: Connection refused"}


def test_outage_under_a_supervisor_is_left_to_it() -> None:
    assert LogRules(is_supervised=True).rewrite(OUTAGE) is None


def test_schedule_that_waits_for_the_same_says_so_once() -> None:
    rules = LogRules()
    said = [rules.rewrite(f"Schedule weekly skipped: 2025-W46 waits for {day}") for day in ("Tue", "Tue", "Wed")]
    assert said == [
        "schedule weekly: 2025-W46 waits for Tue",
        None,
        "schedule weekly: 2025-W46 waits for Wed",
    ]


@pytest.mark.parametrize(
    ("document", "shown"),
    [
        (json.dumps({"llm": {"granularity": "op", "slot_count": 1}}), " of the pool llm"),
        ("{}", ""),
        ("{torn", None),
    ],
)
def test_blocked_run_names_its_pool_without_json(document: str, shown: str | None) -> None:
    message = f"Run 0d0d8a5e-6f0a is blocked by global concurrency limits: {document}"
    said = LogRules().rewrite(message)
    assert said == (message if shown is None else f"run 0d0d8a5e waits for a free slot{shown}")


def raise_unreachable() -> None:
    """Call a code server that does not run, as Dagster's daemon does."""
    with grpc.insecure_channel("127.0.0.1:9") as channel:
        try:
            channel.unary_unary("/api.DagsterApi/Ping")(b"", timeout=20)
        except grpc.RpcError as cause:
            message = "Unable to reach the user code server for schedule weekly."
            raise DagsterUserCodeUnreachableError(message) from cause


def test_code_server_that_is_away_is_one_line_a_minute() -> None:
    """Regression: a killed one left 980 lines, with tracebacks of each schedule and sensor."""
    clock = [0.0]
    rules = LogRules(now=lambda: clock[0])
    with pytest.raises(DagsterUserCodeUnreachableError) as caught:
        raise_unreachable()
    warning = "context.py:1174: UserWarning: Error loading repository location sparky:dagster._core.errors."
    warning += "DagsterUserCodeUnreachableError: Could not reach user code server. gRPC Error code: UNAVAILABLE"
    lines = [
        rules.rewrite(warning),
        rules.rewrite("Scheduler daemon caught an error for schedule weekly", caught.value),
        rules.rewrite("Sensor tick caught an error", caught.value.__cause__),
    ]
    assert lines == [CODE_SERVER_LINE, None, None]
    clock[0] = OUTAGE_INTERVAL_SECONDS
    assert rules.rewrite(warning) == CODE_SERVER_LINE
    assert rules.rewrite("it broke", ValueError("a defect")) == "it broke"


PROGRAM = """
import logging
from resources.service_logs import install_log_rules
install_log_rules(is_supervised=False)
from dagster._utils.log import configure_loggers
configure_loggers()
late = logging.getLogger("dagster.daemon.late")
late.info("Sensor heartbeat skipped: alive")
logging.warning("of the root")
late.info("Launched 1 runs.")
try:
    raise ValueError("a defect")
except ValueError:
    late.exception("it broke")
"""


def test_loggers_made_after_dagsters_own_configuration_follow_the_rules() -> None:
    """structlog sets its own logger class there, and `logging.warning` used to double every line."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    text = done.stdout + done.stderr
    assert "skipped" not in text
    assert text.count("Launched 1 runs.") == 1
    assert text.count("of the root") == 1
    assert text.count("ValueError: a defect") == 1
    assert logging.getLoggerClass() is logging.Logger


RUN = "bbb65ddc-5a32-430b-a73e-c160fca883ff"
STAMP = "2027-03-01 23:13:02 +0100 - dagster - "
STEP_FAILURE = [
    f'{STAMP}ERROR - daily - {RUN} - 18017 - raw_collect - STEP_FAILURE - Execution of step "raw_collect" failed.',
    "",
    "dagster._core.definitions.events.Failure: collecting 2027-03-01: newsroom: no such path. Give a clone.",
    "",
    "Stack Trace:",
    '  File "execute_plan.py", line 243, in dagster_event_sequence_for_step',
    "    yield from check.generator(step_events)",
    "",
    "The above exception was caused by the following exception:",
    "sparky_assets.errors.DataError: newsroom: no such path. Give a clone.",
    f"{STAMP}ERROR - daily - {RUN} - daily_metrics - Dependencies for step daily_metrics failed: ['raw_collect'].",
    f'{STAMP}ERROR - daily - {RUN} - 18017 - RUN_FAILURE - Execution of run for "daily" failed.',
    "dagster._core.definitions.events.Failure: collecting 2027-03-01: newsroom: no such path. Give a clone.",
    "Stack Trace:",
    '  File "execute_plan.py", line 243, in dagster_event_sequence_for_step',
]


def filtered(lines: list[str]) -> list[str]:
    output_filter = RunOutputFilter()
    return [shown for line in lines if (shown := output_filter.shorten(line)) is not None]


def test_failed_run_is_one_line_with_its_reason() -> None:
    after = f"{STAMP}INFO - Launched 1 runs."
    assert filtered([*STEP_FAILURE, after]) == [
        "run bbb65ddc of daily failed at raw_collect: collecting 2027-03-01: newsroom: no such path. Give a clone.",
        "Launched 1 runs.",
    ]


def test_run_that_failed_at_no_step_says_why() -> None:
    (line,) = filtered([f"{STAMP}ERROR - daily - {RUN} - RUN_FAILURE - the process that ran it was killed"])
    assert line == "run bbb65ddc of daily failed: the process that ran it was killed"


def test_traceback_of_a_defect_is_printed_whole() -> None:
    lines = [f"{STAMP}ERROR - Caught error", "Traceback (most recent call last):", '  File "x.py"', "KeyError: 1"]
    assert filtered(lines) == ["ERROR - Caught error", *lines[1:]]


@given(st.lists(st.text(max_size=60)))
def test_lines_without_a_failure_are_all_printed(lines: list[str]) -> None:
    plain = [line for line in lines if not line.startswith("2")]
    assert filtered(plain) == plain
