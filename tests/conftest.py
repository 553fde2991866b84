"""What every test shares: no setting of the machine reaches a test, and no test is judged by how long it took."""

import gc
import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from tests.factories import sample_repository
from tests.factories.git_repositories import ISOLATED
from tests.needs import REFUSE_SKIPS_VARIABLE, find_unexpected_skips

# Tests start some hundred interpreters. Without bytecode each of them compiles Dagster and the product: 2 to 5 s of
# processor time instead of 1 to 2 s. Containers often set this variable.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A deadline would make a busy machine a failing one. CI tries the same examples each time, so that a red run is one's
# own doing; at a desk hypothesis looks for new ones.
settings.register_profile("sparky", deadline=None, max_examples=100, derandomize=bool(os.environ.get("CI")))
settings.load_profile("sparky")


def pytest_xdist_auto_num_workers() -> int:
    """How many processes `-n auto` means; a worker and what it starts hold up to 1 GiB."""
    return min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the slow tests first: one that starts last keeps one processor busy while the others wait."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Leave what the imports made out of garbage collections, which otherwise walk over it thousands of times."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a test that is skipped for want of a program fails the run."""
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
    """The shared history of `tests/factories/sample_repository.py`, to be read only."""
    return sample_repository.build(tmp_path_factory.mktemp("shared") / "newsroom")
