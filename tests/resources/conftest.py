"""Repositories that several tests of git read."""

from pathlib import Path

import pytest

from tests.resources.reading_log import awkward


@pytest.fixture(scope="session")
def awkward_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return awkward().at_path(tmp_path_factory.mktemp("awkward") / "repository")
