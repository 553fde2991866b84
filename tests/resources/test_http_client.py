"""The retry policy: pauses, limits, and no other module that retries by itself."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.http_client import FailedAttempt, RetryPolicy

ROOT = Path(__file__).parents[2]


def run_policy(policy: RetryPolicy, outcomes: list[str | FailedAttempt]) -> str:
    remaining: Iterator[str | FailedAttempt] = iter(outcomes)
    return policy.run(lambda: next(remaining))


def test_pauses_double_up_to_their_maximum() -> None:
    pauses: list[float] = []
    policy = RetryPolicy(1.0, max_pause_seconds=4.0, sleep=pauses.append)
    assert run_policy(policy, [*[FailedAttempt(OSError("busy"))] * 5, "done"]) == "done"
    assert pauses == [1.0, 2.0, 4.0, 4.0, 4.0]


def test_last_counted_attempt_raises_its_error_without_a_pause() -> None:
    pauses: list[float] = []
    policy = RetryPolicy(1.0, 2, sleep=pauses.append)
    with pytest.raises(OSError, match="second"):
        run_policy(policy, [FailedAttempt(OSError("first")), FailedAttempt(OSError("second")), "done"])
    assert pauses == [1.0]


def test_uncounted_pause_keeps_the_attempts_and_reports_itself() -> None:
    pauses: list[float] = []
    reported: list[float] = []
    policy = RetryPolicy(1.0, 2, sleep=pauses.append)
    limit = FailedAttempt(OSError("limit"), 60.0, is_counted=False, sleep=reported.append)
    assert run_policy(policy, [limit, limit, limit, FailedAttempt(OSError("lost")), "done"]) == "done"
    assert (pauses, reported) == ([1.0], [60.0] * 3)


def test_pause_that_would_exceed_the_deadline_is_not_started() -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    policy = RetryPolicy(1.0, max_seconds=4.0, sleep=sleep, clock=lambda: now[0])
    with pytest.raises(OSError, match="busy"):
        run_policy(policy, [FailedAttempt(OSError("busy"))] * 9)
    assert now[0] == 3.0


def test_retry_loops_exist_in_one_module_only() -> None:
    """Regression: the GitHub client, the service client, the model servers and the push had their own loops."""
    allowed = {"http_client.py", "locks.py", "alerts.py"}
    backoff = re.compile(r"2(?:\.0)? ?\*\* ?|random\.uniform|for attempt in range")
    modules = [path for path in (ROOT / "resources").rglob("*.py") if path.name not in allowed]
    assert [
        path.name for path in modules if re.search(r"\bsleep\(", path.read_text()) and backoff.search(path.read_text())
    ] == []


def test_null_sha_is_spelled_once() -> None:
    spellings = [
        path.name for path in (ROOT / "resources").rglob("*.py") if re.search(r"\* 40\b|0{40}", path.read_text())
    ]
    assert spellings == ["objects.py"]
