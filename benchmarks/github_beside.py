"""The fake GitHub in a process of its own, so that times and memory are those of who asks it."""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.fakes.github import Settings, serving
from tests.fakes.github_world import World


@contextmanager
def github_beside(make: Callable[[], World], latency: float) -> Iterator[str]:
    """Its address; `make` is called in its process, and answers come `latency` seconds late."""
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
