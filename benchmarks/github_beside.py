"""The fake GitHub in a separate process, so that times and memory are those of the client alone."""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.fakes.github import Settings, serving
from tests.fakes.github_world import World


@contextmanager
def github_beside(make: Callable[[], World], latency: float) -> Iterator[str]:
    """Start it and return its address; `make` runs in its process, and answers are delayed by `latency` seconds."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=_serve, args=(make, latency, there))
    server.start()
    try:
        yield here.recv()
    finally:
        here.send("stop")
        server.join()


def _serve(make: Callable[[], World], latency: float, pipe: Any) -> None:
    with serving(make(), Settings(latency=latency)) as fake:
        pipe.send(fake.address)
        pipe.recv()
