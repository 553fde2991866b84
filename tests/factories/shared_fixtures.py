"""Data that the workers of pytest-xdist build once and share."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from sparky_assets.settings.schema import Settings


def build_once(tmp_path_factory: pytest.TempPathFactory, name: str, build: Callable[[Path], Settings]) -> Settings:
    """Return the settings of a store that the first worker builds and the others wait for; tests only read it.

    A store takes 5 to 19 s, and the tests of one module are spread over the workers.

    Args:
        tmp_path_factory: pytest's.
        name: the name of the folder, the same in all workers.
        build: fills a new folder and returns the settings over it.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return build(tmp_path_factory.mktemp(name))
    shared = tmp_path_factory.getbasetemp().parent / f"{name}.pickle"
    with FileLock(f"{shared}.lock"):
        if not shared.exists():
            shared.write_bytes(pickle.dumps(build(tmp_path_factory.mktemp(name))))
    settings = pickle.loads(shared.read_bytes())
    assert isinstance(settings, Settings)
    return settings
