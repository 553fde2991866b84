"""Shared fixtures and hooks: no setting of the machine reaches a test, and no test depends on its duration."""

import gc
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from resources.signals import end_on_termination
from tests.factories.git_repositories import ISOLATED
from tests.needs import REFUSE_SKIPS_VARIABLE, SLOW_VARIABLE, find_unexpected_skips, is_left_out

# Tests start some hundred interpreters. Without bytecode each of them compiles Dagster and the product: 2 to 5 s of
# processor time instead of 1 to 2 s. Containers often set this variable.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A deadline would make a busy machine a failing one. CI tries the same examples each time, so that a red run is
# caused by the change; elsewhere hypothesis looks for new examples.
settings.register_profile("sparky", deadline=None, max_examples=100, derandomize=bool(os.environ.get("CI")))
settings.load_profile("sparky")

# `pytest &` in a script ignores SIGINT, and Dagster then ignores SIGTERM in this process and in all that it starts.
end_on_termination()


def pytest_xdist_auto_num_workers() -> int:
    """Return how many processes `-n auto` means: one more than processors, so that none is idle while a test waits.

    Each process imports and collects everything, some 15 s of processor time. On two processors a third of the suite
    took 317 s of processor time with four processes and 256 s with two. A worker and what it starts hold up to 1 GiB.
    """
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(8, processors + 1, read_memory_gib() // 2))


def read_memory_gib() -> int:
    """Return the memory of this machine in whole GiB; 8 where the system does not say it (Windows)."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**30
    except (AttributeError, ValueError, OSError):
        return 8


def leaves_out_slow_tests(config: pytest.Config) -> bool:
    """Return whether this run leaves out slow tests: no test, file, folder or word was selected."""
    if hasattr(config, "workerinput"):  # a process of `-n` is given paths, so it takes the first one's decision
        return bool(config.workerinput["leaves out slow tests"])
    named = config.args_source is not pytest.Config.ArgsSource.TESTPATHS
    return not (named or os.environ.get(SLOW_VARIABLE) or config.option.markexpr or config.option.keyword)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Pass the decision of the first process to a process of `-n`."""
    node.workerinput["leaves out slow tests"] = leaves_out_slow_tests(node.config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out slow tests unless they were selected, and start with the slow ones.

    A slow test that starts last keeps one processor busy while the others wait.
    """
    if leaves_out_slow_tests(config):
        config.hook.pytest_deselected(items=[item for item in items if is_left_out(item)])
        items[:] = [item for item in items if not is_left_out(item)]
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say which tests this run leaves out."""
    if not leaves_out_slow_tests(config):
        return []
    return [f"slow tests are left out of a run of everything; {SLOW_VARIABLE}=1 runs them too, as CI does"]


def pytest_collection_finish() -> None:
    """Exclude the imported objects from garbage collection, which otherwise scans them thousands of times."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run in CI when a test is skipped because a program is missing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not os.environ.get(REFUSE_SKIPS_VARIABLE) or reporter is None:
        return
    reasons = [str(report.longrepr[2]) for report in reporter.stats.get("skipped", ())]
    for reason in find_unexpected_skips(reasons):
        reporter.write_line(f"\nunexpected skip: {reason}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def without_the_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.upper().startswith("SPARKY_")]:
        monkeypatch.delenv(variable)


@pytest.fixture(autouse=True)
def without_the_git_configuration_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in ISOLATED.items():
        monkeypatch.setenv(variable, value)


@pytest.fixture(scope="session")
def newsroom_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the shared history of `tests/factories/sample_repository.py`; tests only read it."""
    # Imported here: it loads the graph, two to four seconds of processor time, which the runs of pytest that
    # tests start for themselves do not need.
    from tests.factories import sample_repository

    return sample_repository.build(tmp_path_factory.mktemp("shared") / "newsroom")
