"""A store that the real pipeline filled, once for all tests of the reader, and the reader over it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from resources.clock import Clock
from sparky_assets.reader.app import build_app
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience
from tests.factories import reader_store, sample_repository
from tests.factories.shared_fixtures import build_once

TOKEN = "correct horse battery staple"


@pytest.fixture(scope="session")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return settings over a store with three days, a week and a month, internal and public; tests only read it."""
    return build_once(tmp_path_factory, "reader", reader_store.print_editions)


@pytest.fixture(scope="session")
def clock() -> Clock:
    return Clock(fixed_time=sample_repository.NOW)


def reading(settings: Settings, clock: Clock | None = None, **reader: Any) -> TestClient:
    """Return a client of the reader with some of its settings changed.

    Without a `with` block the reader does not load its first snapshot. While one request lists a folder, others use the
    old listing: a file that was just written was once not seen at once.
    """
    given = settings.reader.model_copy(update=reader)
    app = build_app(settings.model_copy(update={"reader": given}), clock or Clock(fixed_time=sample_repository.NOW))
    return TestClient(app, base_url="http://localhost", follow_redirects=False)


@pytest.fixture(scope="session")
def inside(printed: Settings) -> Iterator[TestClient]:
    """Return a client on this machine: the internal audience, without a token."""
    with reading(printed) as client:
        yield client


@pytest.fixture(scope="session")
def outside(printed: Settings) -> Iterator[TestClient]:
    """Return a client of the public audience."""
    with reading(printed, audience=Audience.PUBLIC) as client:
        yield client


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"
