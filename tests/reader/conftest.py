"""A store that the real pipeline filled, once for all tests of the reader, and the reader over it."""

import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from starlette.testclient import TestClient

from resources.clock import Clock
from sparky_assets.reader.app import build_app
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience
from tests.factories import reader_store, sample_repository

TOKEN = "correct horse battery staple"


@pytest.fixture(scope="session")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings over a store with three days, a week and a month, internal and public; to be read only.

    The workers of pytest-xdist share one: making it takes 8 s of processor time.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return reader_store.print_editions(tmp_path_factory.mktemp("reader"))
    shared = tmp_path_factory.getbasetemp().parent / "reader.pickle"
    with FileLock(f"{shared}.lock"):
        if not shared.exists():
            settings = reader_store.print_editions(tmp_path_factory.mktemp("reader"))
            shared.write_bytes(pickle.dumps(settings))
    settings = pickle.loads(shared.read_bytes())
    assert isinstance(settings, Settings)
    return settings


@pytest.fixture(scope="session")
def clock() -> Clock:
    return Clock(fixed_time=sample_repository.NOW)


def reading(settings: Settings, clock: Clock | None = None, **reader: Any) -> TestClient:
    """A client of the reader with some of its settings changed.

    Outside of a `with` the reader's first look at everything is not taken. While one request lists a folder anew,
    others go on with what is known: beside that look a file that was just written was once not seen at once.
    """
    given = settings.reader.model_copy(update=reader)
    app = build_app(settings.model_copy(update={"reader": given}), clock or Clock(fixed_time=sample_repository.NOW))
    return TestClient(app, base_url="http://localhost", follow_redirects=False)


@pytest.fixture(scope="session")
def inside(printed: Settings) -> Iterator[TestClient]:
    """Somebody at the machine itself: the internal audience, without a token."""
    with reading(printed) as client:
        yield client


@pytest.fixture(scope="session")
def outside(printed: Settings) -> Iterator[TestClient]:
    """Anybody of the world: the public audience."""
    with reading(printed, audience=Audience.PUBLIC) as client:
        yield client


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"
