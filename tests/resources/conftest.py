"""Repositories and a store for the tests of resources."""

from pathlib import Path

import pytest

from resources.storage import Storage
from tests.factories.git_repositories import History, at
from tests.resources.git_log_helpers import awkward


@pytest.fixture(scope="session")
def awkward_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return awkward().at_path(tmp_path_factory.mktemp("awkward") / "repository")


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    story = History()
    story.commit("First", at("2025-11-10T08:00"), {"a.txt": "1\n"})
    story.commit("Second", at("2025-11-11T08:00"), {"a.txt": "2\n"})
    return story.at_path(tmp_path / "origin")


@pytest.fixture
def store(tmp_path: Path) -> Storage:
    return Storage(root=str(tmp_path / "store"))
