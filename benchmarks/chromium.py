"""Drive a headless Chromium over its own protocol: open a page, wait for words, click them, take a picture."""

import base64
import itertools
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Page:
    """One tab."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection, self._ids = connection, itertools.count(1)
        self.ask("Page.enable")
        self.ask("Runtime.enable")

    def ask(self, method: str, **parameters: Any) -> Any:
        number = next(self._ids)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._connection.recv(timeout=120))
            if answer.get("id") == number:
                return answer.get("result", {})

    def open(self, url: str) -> None:
        self.ask("Page.navigate", url=url)

    def run(self, script: str) -> Any:
        return self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)["result"].get(
            "value"
        )

    def text(self) -> str:
        return str(self.run("document.body ? document.body.innerText : ''") or "")

    def wait_for(self, words: str, seconds: float = 60) -> float:
        """Return the seconds until the words are on the page."""
        began = time.monotonic()
        while words.lower() not in self.text().lower():
            if time.monotonic() - began > seconds:
                raise TimeoutError(f"{words!r} did not appear; the page says: {self.text()[:600]}")
            time.sleep(0.1)
        return time.monotonic() - began

    def click(self, words: str, kind: str = "button, a, [role=button], [role=menuitem]") -> None:
        """Click the smallest clickable element with exactly these words."""
        script = f"""(() => {{
            const all = [...document.querySelectorAll({json.dumps(kind)})];
            const hit = all.filter(one => one.innerText.trim().toLowerCase().startsWith({json.dumps(words.lower())}))
                           .sort((a, b) => a.innerText.length - b.innerText.length)[0];
            if (!hit) return false; hit.click(); return true;
        }})()"""
        deadline = time.monotonic() + 30
        while not self.run(script):
            if time.monotonic() > deadline:
                raise TimeoutError(f"nothing to click says {words!r}; the page says: {self.text()[:600]}")
            time.sleep(0.2)

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))


@contextmanager
def browser(width: int = 1500, height: int = 1000) -> Iterator[Page]:
    """Start a fresh Chromium with one tab."""
    if CHROMIUM is None:
        raise SystemExit("no chromium here")
    with tempfile.TemporaryDirectory(prefix="sparky-chromium-", ignore_cleanup_errors=True) as profile:
        arguments = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--no-first-run", f"--window-size={width},{height}", f"--user-data-dir={profile}",
                     "--remote-debugging-port=0", "about:blank"]  # fmt: skip
        process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            port_file = Path(profile) / "DevToolsActivePort"
            deadline = time.monotonic() + 60
            while not (port_file.exists() and port_file.read_text().count("\n")):
                if time.monotonic() > deadline:
                    raise TimeoutError("Chromium did not start")
                time.sleep(0.1)
            port = port_file.read_text().splitlines()[0]
            import urllib.request

            tabs = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json"))
            address = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
            with connect(address, max_size=64 << 20) as connection:
                yield Page(connection)
        finally:
            process.terminate()
            process.wait()
