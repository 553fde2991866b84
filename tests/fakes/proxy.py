"""A real haproxy on loopback before some servers: it asks each for /readyz and never retries a request."""

import csv
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.fakes.git_servers import free_port

HAPROXY = shutil.which("haproxy") or "/usr/sbin/haproxy"
SETTINGS = """
defaults
    mode http
    retries 0
    timeout connect 30s
    timeout client 300s
    timeout server 300s
    timeout check 60s # else a busy machine that takes longer than `inter` counts as down
frontend all
    bind 127.0.0.1:{port}
    default_backend replicas
frontend about
    bind 127.0.0.1:{about}
    stats enable
    stats uri /
backend replicas
    http-response set-header x-served-by %s
    option httpchk
    http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host localhost
    http-check expect status 200
    default-server check inter 100 fall 1 rise 1
"""


@dataclass(frozen=True)
class Proxy:
    """The port of the proxy, and its view of its servers."""

    port: int
    about: int

    def wait_until(self, name: str, state: str) -> None:
        """Wait until the proxy sees a server as `UP` or `DOWN`."""
        deadline = time.monotonic() + 120
        while (found := self._states().get(name)) != state:
            assert time.monotonic() < deadline, f"{name} is {found}, not {state}"
            time.sleep(0.02)

    def _states(self) -> Mapping[str, str]:
        try:
            told = httpx.get(f"http://127.0.0.1:{self.about}/;csv", timeout=60).text.removeprefix("# ")
        except httpx.ConnectError:  # it does not listen yet
            return {}
        rows = csv.DictReader(told.splitlines())
        return {row["svname"]: row["status"].split()[0] for row in rows if row["pxname"] == "replicas"}


@contextmanager
def proxy_before(ports: Mapping[str, int], folder: Path) -> Iterator[Proxy]:
    """Run haproxy before servers of these names on these ports."""
    proxy = Proxy(free_port(), free_port())
    servers = "".join(f"    server {name} 127.0.0.1:{port}\n" for name, port in ports.items())
    (folder / "haproxy.cfg").write_text(SETTINGS.format(port=proxy.port, about=proxy.about) + servers)
    process = subprocess.Popen([HAPROXY, "-f", str(folder / "haproxy.cfg")], stderr=subprocess.DEVNULL)
    try:
        yield proxy
    finally:
        process.kill()  # a signal that arrives during the start is lost
        process.wait()
