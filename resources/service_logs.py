"""Logs of the long-lived programs, for people: what happened and what comes next, each once.

Dagster logs each evaluation of each sensor, a traceback of 70 lines for each query while its database is away, JSON for
each run that waits, and, after the first of these tracebacks, every line twice.
"""

import json
import logging
import re
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

import structlog

from resources.history_database import describe_connection_error, is_connection_failure

OUTAGE_INTERVAL_SECONDS = 60.0
"""While the database is away, each program says so once in this time."""

MAX_CAUSES = 20
"""So many errors that were raised from each other are looked at."""

TIME_FORMAT = "%Y-%m-%d %H:%M:%S"

SILENT_PATTERN = re.compile(
    r"Checking for new runs for (?:sensor|schedule): "
    r"|Checking for new runs for the following schedules: "
    r"|Sensor \w+ skipped"
    r"|Evaluating schedule `\w+` at "
    r"|Collected \d+ runs for monitoring"
    r"|Checking run [0-9a-f-]{36}$"
    r"|\w+ has no partition set, so not trying to catch up"
    r"|Priority sorting and checking tag concurrency"
    r"|No run requests returned for \w+, skipping"
    r"|No cursor for event type "
    r"|Instance is configured with the following daemons: "
    r"|Retrieved \d+ queued runs, checking limits"
)
"""Messages of Dagster that tell neither what happened nor what comes next."""

SCHEDULE_SKIP_PATTERN = re.compile(r"Schedule (\w+) skipped: (.*)", re.DOTALL)
BLOCKED_RUN_PATTERN = re.compile(r"Run ([0-9a-f-]+) is blocked by global concurrency limits: (\{.*\})", re.DOTALL)
CONNECTION_PATTERN = re.compile(
    r"psycopg2\.(?:OperationalError|InterfaceError)|DagsterPostgresException|Retrying failed database connection"
    r"|database connection was closed|No such file or directory\s+Is the server running"
)
CODE_SERVER_PATTERN = re.compile(
    r"DagsterUserCodeUnreachableError|Could not reach user code server|Unable to reach the user code server"
)
CODE_SERVER_ERROR_NAMES = frozenset(
    {"DagsterUserCodeUnreachableError", "_InactiveRpcError", "_MultiThreadedRendezvous"}
)
CODE_SERVER_LINE = "the code server does not answer; schedules and sensors go on when it is back"
CONNECTION_REASON_PATTERN = re.compile(r"\(?psycopg2\.\w+\)?:? ([^\n]{1,400})")


@dataclass
class LogRules:
    """What is printed of each message. `is_supervised`: another program tells that the database is away."""

    is_supervised: bool = False
    now: Callable[[], float] = time.monotonic
    _skip_reasons: dict[str, str] = field(default_factory=dict)
    _last_printed: dict[str, float] = field(default_factory=dict)
    """When an outage was printed last, by what is away."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def rewrite(self, message: str, error: BaseException | None = None) -> str | None:
        """Return the text to print; None for nothing."""
        if is_connection_failure(error) or CONNECTION_PATTERN.search(message):
            return self.describe_outage(message if CONNECTION_PATTERN.search(message) else str(error))
        if CODE_SERVER_PATTERN.search(message) or is_code_server_failure(error):
            # A killed code server was 980 lines: a traceback of each schedule and sensor, twice.
            return CODE_SERVER_LINE if self._is_due("code server") else None
        if SILENT_PATTERN.match(message):
            return None
        if match := SCHEDULE_SKIP_PATTERN.match(message):
            return self._describe_skip(match[1], match[2])
        if match := BLOCKED_RUN_PATTERN.match(message):
            return _describe_blocked_run(match[1], match[2])
        return message

    def describe_outage(self, text: str) -> str | None:
        """Return one line about a lost database; None when one was printed within the last minute."""
        if self.is_supervised:
            return None
        if not self._is_due("database"):
            return None
        match = CONNECTION_REASON_PATTERN.search(text)
        return f"the database of Dagster's history is away: {describe_connection_error(match[1] if match else text)}"

    def _is_due(self, outage: str) -> bool:
        """Return whether an outage is printed now, and note it."""
        with self._lock:
            now, last = self.now(), self._last_printed.get(outage)
            if last is not None and now - last < OUTAGE_INTERVAL_SECONDS:
                return False
            self._last_printed[outage] = now
            return True

    def _describe_skip(self, schedule: str, reason: str) -> str | None:
        """A schedule says what it waits for when that changed, not each hour."""
        with self._lock:
            if self._skip_reasons.get(schedule) == reason:
                return None
            self._skip_reasons[schedule] = reason
        return f"schedule {schedule}: {' '.join(reason.split())}"


def is_code_server_failure(error: BaseException | None) -> bool:
    """Return whether an error, or one that it was raised from, says that the code server cannot be reached."""
    seen = 0
    while error is not None and seen < MAX_CAUSES:
        if type(error).__name__ in CODE_SERVER_ERROR_NAMES:
            return True
        error, seen = error.__cause__ or error.__context__, seen + 1
    return False


class ServiceLogger(logging.Logger):
    """A logger that asks the rules before its handlers see a record."""

    rules = LogRules()

    def handle(self, record: logging.LogRecord) -> None:
        """Hand a record on as the rules rewrite it, or not at all."""
        error = record.exc_info[1] if record.exc_info else None
        message = record.getMessage()
        text = self.rules.rewrite(message, error)
        if text is None:
            return
        if text != message:
            record.msg, record.args, record.exc_info, record.exc_text = text, (), None, None
        super().handle(record)


class RootHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """Prints what is logged by no named logger.

    It also keeps `logging.warning` from adding a handler to the root, which would print every line of Dagster twice.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record of the root logger as the rules rewrite it; others have handlers of their own."""
        if record.name != "root":
            return
        text = ServiceLogger.rules.rewrite(record.getMessage(), record.exc_info[1] if record.exc_info else None)
        if text is not None:
            sys.stderr.write(f"{time.strftime(TIME_FORMAT)} {record.levelname} {text}\n")


def install_log_rules(*, is_supervised: bool) -> None:
    """Make all loggers that are created from now on follow the rules. Call it before Dagster is imported."""
    ServiceLogger.rules = LogRules(is_supervised=is_supervised)
    # Dagster configures structlog where it is not configured yet, and structlog then sets a logger class of its own.
    structlog.configure(logger_factory=structlog.stdlib.LoggerFactory())
    logging.setLoggerClass(ServiceLogger)
    logging.getLogger().addHandler(RootHandler())
    sys.excepthook = _print_uncaught
    threading.excepthook = lambda failure: _print_uncaught(
        failure.exc_type, failure.exc_value or failure.exc_type(), failure.exc_traceback
    )


def _print_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not is_connection_failure(error):
        sys.__excepthook__(kind, error, trace)
        return
    if line := ServiceLogger.rules.describe_outage(str(error.__cause__ or error)):
        sys.stderr.write(f"{line}\n")


RECORD_PATTERN = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} - [\w.-]+ - (?:(INFO) - |(?=[A-Z]+ - ))")
"""What Dagster writes before a message: the supervisor says time and program itself."""

STEP_FAILURE_PATTERN = re.compile(r"ERROR - (\w+) - ([0-9a-f-]{36}) - \d+ - (\w+) - STEP_FAILURE - ")
RUN_FAILURE_PATTERN = re.compile(r"ERROR - (\w+) - ([0-9a-f-]{36}) - (?:\d+ - )?RUN_FAILURE - (.*)")
SKIPPED_STEP_PATTERN = re.compile(r"ERROR - \w+ - [0-9a-f-]{36} - \w+ - Dependencies for step ")
FAILURE_LINE_PATTERN = re.compile(r"^[\w.]+(?:Error|Exception|Failure|Interrupt): (.*)")


@dataclass
class RunOutputFilter:
    """Shortens what runs print: one line for a failed step, with its reason, instead of 40 for each of two records.

    The whole traceback stays in the history of the run. Lines come one after the other, as a pipe gives them.
    """

    _failing: str = ""
    """The beginning of the line about a failed step whose reason has not come yet."""
    _is_dropping: bool = False
    _reported_runs: set[str] = field(default_factory=set)

    def shorten(self, line: str) -> str | None:
        """Return the line to print for a line of the program; None for nothing."""
        record = RECORD_PATTERN.match(line)
        if record is None:
            return self._continue_record(line)
        text = line[record.end() :]
        self._failing, self._is_dropping = "", False
        if match := STEP_FAILURE_PATTERN.match(text):
            self._reported_runs.add(match[2])
            self._failing = f"run {match[2][:8]} of {match[1]} failed at {match[3]}"
            return None
        if match := RUN_FAILURE_PATTERN.match(text):
            self._is_dropping = True
            is_reported = match[2] in self._reported_runs
            self._reported_runs.discard(match[2])
            return None if is_reported else f"run {match[2][:8]} of {match[1]} failed: {match[3]}"
        if SKIPPED_STEP_PATTERN.match(text):
            self._is_dropping = True
            return None
        return text

    def _continue_record(self, line: str) -> str | None:
        if self._failing:
            match = FAILURE_LINE_PATTERN.match(line)
            if match is None:
                return None
            text, self._failing, self._is_dropping = f"{self._failing}: {match[1]}", "", True
            return text
        return None if self._is_dropping else line


def _describe_blocked_run(run_id: str, document: str) -> str:
    """`run 1a2b3c4d waits for a free slot of the pool llm`: Dagster logs JSON with the pools as its keys."""
    try:
        details = json.loads(document)
    except ValueError:
        details = {}
    pools = ", ".join(sorted(details)) if isinstance(details, dict) else ""
    return f"run {run_id[:8]} waits for a free slot" + (f" of the pool {pools}" if pools else "")
