"""A short version of benchmarks/soak.py: two days of the real service, a clock that jumps, a killed run."""

import shutil

import pytest

from benchmarks.simulated_service import COMPILER
from benchmarks.soak import soak
from benchmarks.soak_result import find_repeated


def test_failure_reported_twice_is_found_whatever_its_link() -> None:
    opened = "• daily run of daily/2025-11-12 failed since 2025-11-13 00:11 UTC: no network <http://ui/runs/{}|look>"
    other = opened.replace("11-12", "11-13")
    resolved = "• daily run of daily/2025-11-12 failed: resolved"
    assert find_repeated([opened.format(1), resolved, other.format(2), resolved]) == ()
    assert find_repeated([f"*2 failures*\n{opened.format(1)}\n{other.format(2)}", f"*1*\n{opened.format(3)}"]) == (
        opened.partition(" <")[0][:100],
    )


@pytest.mark.slow
@pytest.mark.skipif(COMPILER is None, reason="no C compiler for the clock: apt-get install gcc libc6-dev")
@pytest.mark.skipif(shutil.which("pgrep") is None, reason="no pgrep: apt-get install procps")
def test_service_publishes_two_days_although_a_run_is_killed(capfd: pytest.CaptureFixture[str]) -> None:
    result = soak(2, faults=("run killed",), fault_every=2)
    said = capfd.readouterr().out + "\n".join(result.lines)
    assert result.is_good, said
    assert "nothing was there to break" not in said
    assert result.due == 2, said
    assert len(result.faults) == 1, said
    assert result.locked == 0, said
