"""A rolling update of readers behind a proxy to another release loses no request."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import httpx
import pytest

from sparky_assets.settings.schema import Settings
from tests.cli.command_line import settings_file
from tests.docs.pages import ROOT
from tests.fakes.git_servers import free_port
from tests.fakes.proxy import HAPROXY, Proxy, proxy_before

pytestmark = pytest.mark.slow


PAGES = ("/", "/week/2025-W46", "/archive/week", "/api/v1/digests", "/feeds")


NEXT_RELEASE = "ok, of the next release\n"


def build_next_release(folder: Path) -> Path:
    """Return a copy of the code that answers `/healthz` otherwise, as the image of another release holds it."""
    for name in ("sparky_assets", "resources", "schedules", "templates", "config"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    page = folder / "sparky_assets/reader/status/prometheus.py"
    text = page.read_text()
    assert text.count('"ok\\n"') == 1
    page.write_text(text.replace('"ok\\n"', repr(NEXT_RELEASE)))
    return folder


class Replica:
    """A reader as a separate process, with a port that its successor takes over."""

    def __init__(self, file: Path) -> None:
        self.file, self.port = file, free_port()
        self.process = self._started(ROOT)

    def _started(self, release: Path) -> "subprocess.Popen[str]":
        # It drains until the second signal, so that the test does not depend on how fast the proxy is.
        options = ["--config", str(self.file), "serve", "--port", str(self.port), "--drain", "600"]
        command = [sys.executable, "-c", "from sparky_assets.cli import main; main()", *options]
        variables = {**os.environ, "PYTHONPATH": str(release)}
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=release, env=variables)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait(self) -> None:
        """Wait until it listens."""
        assert self.process.stdout
        assert self.process.stdout.readline().strip() == f"{self.address}/"

    def ask_to_leave(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def replace(self, proxy: Proxy, name: str, release: Path) -> None:
        """Replace it as a cluster does: signal, removal from the proxy, exit; then start one of another release."""
        self.ask_to_leave()
        proxy.wait_until(name, "DOWN")
        self.ask_to_leave()
        assert self.process.wait(120) == 0
        self.process.communicate()
        self.process = self._started(release)
        self.wait()
        proxy.wait_until(name, "UP")


@pytest.fixture
def replicas(printed: Settings, tmp_path: Path) -> Iterator[tuple[Replica, Replica]]:
    file = settings_file(tmp_path, [], f'[storage]\nroot = "{printed.store_root}"\n')
    pair = Replica(file), Replica(file)
    try:
        for one in pair:
            one.wait()
        yield pair
    finally:
        for one in pair:
            one.process.kill()
            one.process.communicate()


@contextmanager
def people_reading(address: str, seen: Counter[tuple[str, str]]) -> Iterator[None]:
    """Send requests with kept and with new connections; count the answers by outcome and replica."""
    enough = threading.Event()

    def read(*, keeps: bool) -> None:
        headers = {} if keeps else {"connection": "close"}
        with httpx.Client(base_url=address, headers=headers, timeout=300) as client:
            for page in cycle(PAGES):
                if enough.is_set():
                    return
                try:
                    answer = client.get(page)
                    seen[str(answer.status_code), answer.headers.get("x-served-by", "the proxy")] += 1
                except httpx.HTTPError as error:
                    seen[repr(error), "nobody"] += 1

    readers = [threading.Thread(target=read, kwargs={"keeps": keeps}) for keeps in (True, True, False)]
    for one in readers:
        one.start()
    try:
        yield
    finally:
        enough.set()
        for one in readers:
            one.join()


@pytest.mark.skipif(not Path(HAPROXY).exists(), reason="no haproxy: apt-get install haproxy")
def test_rolling_update_to_another_release_answers_every_request(
    replicas: tuple[Replica, Replica], tmp_path: Path
) -> None:
    release = build_next_release(tmp_path / "next")
    names = dict(zip(("one", "two"), replicas, strict=True))
    seen: Counter[tuple[str, str]] = Counter()
    with proxy_before({name: replica.port for name, replica in names.items()}, tmp_path) as proxy:
        for name in names:
            proxy.wait_until(name, "UP")
        first = {replica.process.pid for replica in replicas}
        with people_reading(f"http://127.0.0.1:{proxy.port}", seen):
            for name, replica in names.items():
                replica.replace(proxy, name, release)
    assert seen.keys() == {("200", "one"), ("200", "two")}, seen
    assert not first & {replica.process.pid for replica in replicas}
    assert {httpx.get(f"{replica.address}/healthz").text for replica in replicas} == {NEXT_RELEASE}


def test_draining_reader_answers_and_closes_its_connections(replicas: tuple[Replica, Replica]) -> None:
    leaving, _ = replicas
    with httpx.Client(base_url=leaving.address, timeout=60) as client:
        assert client.get("/readyz").status_code == 200
        assert "connection" not in client.get("/healthz").headers
        leaving.ask_to_leave()
        while (ready := client.get("/readyz")).status_code == 200:
            pass  # a signal takes a moment
        assert (ready.status_code, ready.text) == (503, "leaving\n")
        page = client.get("/week/2025-W46")
        assert (page.status_code, page.headers["connection"]) == (200, "close")
        assert client.get("/healthz").status_code == 200
    leaving.ask_to_leave()
    assert leaving.process.wait(120) == 0
