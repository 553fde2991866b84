"""A llama.cpp server of our own for one GGUF file, by the wheel of `sparky[local-model]`: one box without Ollama.

The server runs in a process of its own, so that a crash or a shortage of memory in native code costs the model and not
the run. It listens on the loopback address only, with a key that is made for it, and ends with the process that started
it. `python -m resources.llm.local_server MODEL CONTEXT PARALLEL` is that process; it prints its address.
"""

import hashlib
import importlib.util
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from pydantic import SecretStr

from resources.checks import CheckResult
from resources.errors import ModelMissingError, ModelUnavailableError
from resources.llm.base import (
    CompletionRequest,
    CompletionResult,
    LanguageModelFactory,
    ModelInfo,
    ModelPlacement,
)
from resources.llm.openai_compatible import OpenAICompatibleClient

START_TIMEOUT_SECONDS = 600.0
"""Reading a model of 60 GB from a disk takes minutes."""

STOP_TIMEOUT_SECONDS = 10.0
DIGESTED_BYTES = 1 << 20
KEY_VARIABLE = "SPARKY_LOCAL_MODEL_KEY"
ADDRESS_PREFIX = "listening on "


class LocalModelServer:
    """The process of a server. Start it once and close it: several clients may use it."""

    def __init__(self, model_path: Path, context_tokens: int, parallel_calls: int = 1) -> None:
        """Start the server and wait until it has loaded the model.

        Raises:
            ModelMissingError: the file or the wheel is missing.
            ModelUnavailableError: the server ended, or did not load the model in time.
        """
        require_local_model(model_path)
        self.api_key = secrets.token_hex(16)
        # Standard input is a pipe that closes when this process ends, however it ends: the server ends with it.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "resources.llm.local_server", str(model_path), str(context_tokens),
             str(parallel_calls)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {KEY_VARIABLE: self.api_key},
            text=True,
        )  # fmt: skip
        timer = threading.Timer(START_TIMEOUT_SECONDS, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            self.url = self._read_address(model_path)
        finally:
            timer.cancel()
        # llama.cpp logs every request: an unread pipe would stop the server when it is full.
        threading.Thread(target=self._drain, name="llama.cpp log", daemon=True).start()

    def _read_address(self, model_path: Path) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(ADDRESS_PREFIX):
                return line.removeprefix(ADDRESS_PREFIX).strip()
        self.close()
        self._process.stdout.close()
        raise ModelUnavailableError(
            f"{model_path}: llama.cpp did not load it. Is it a whole GGUF file, and does it fit into memory?"
        )

    def _drain(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as log:
            for _ in log:
                pass

    def close(self) -> None:
        """End the server."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def is_running(self) -> bool:
        """Return whether the process has not ended."""
        return self._process.poll() is None


class LocalModelClient:
    """The model of a GGUF file. Its server starts with the first request and is shared by the clients of a process."""

    _servers: ClassVar[dict[tuple[Path, int, int], LocalModelServer]] = {}
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, factory: LanguageModelFactory) -> None:
        """Remember the file of the factory; nothing is started yet."""
        self._factory = factory
        self._path = factory.model_path or Path()
        self._client: OpenAICompatibleClient | None = None
        self._server: LocalModelServer | None = None

    def _connect(self) -> OpenAICompatibleClient:
        """Return a client of the running server; start the server first, or again after it ended."""
        key = (self._path.resolve(), self._factory.context_tokens, self._factory.parallel_calls)
        with self._lock:
            server = self._servers.get(key)
            if server is not None and not server.is_running:
                server.close()
                server = None
            if server is None:
                server = self._servers[key] = LocalModelServer(*key)
            if self._client is None or self._server is not server:
                self._server = server
                address = replace(self._factory, url=server.url, api_key=SecretStr(server.api_key))
                self._client = OpenAICompatibleClient(address, self._path.stem)
            return self._client

    def complete(self, request: CompletionRequest, timeout_seconds: float) -> CompletionResult:
        """Return the answer to a request within `timeout_seconds`."""
        return self._connect().complete(request, timeout_seconds)

    def check_health(self) -> CheckResult:
        """Return whether file and wheel are there; the model is not loaded for it."""
        try:
            require_local_model(self._path)
        except ModelMissingError as error:
            return CheckResult(f"language model {self._path.stem}", False, str(error))
        return CheckResult(
            f"language model {self._path.stem}", True, f"{self._path}, loaded by Sparky when it is needed"
        )

    def identify(self, wait_seconds: float = 0.0) -> ModelInfo:
        """Return the identity of the model: of the file, and of what llama.cpp reads in it."""
        info = self._connect().identify(wait_seconds)
        return replace(info, backend="llamacpp", digest=compute_file_digest(self._path))

    def warm_up(self, timeout_seconds: float) -> None:
        """Load the model; llama.cpp loads it when it starts."""
        self._connect().warm_up(timeout_seconds)

    def get_placement(self) -> ModelPlacement | None:
        """Return None: llama.cpp does not report it."""
        return None

    def close(self) -> None:
        """Forget the client. The server stays for the next period and ends with this process."""
        self._client = None


def require_local_model(path: Path) -> None:
    """Raise ModelMissingError if the file or the wheel is missing."""
    if not path.is_file():
        raise ModelMissingError(f"{path}: no such file. Set language_model.model_path to a GGUF file.")
    if importlib.util.find_spec("xllamacpp") is None:
        raise ModelMissingError("the wheel of llama.cpp is not installed. Try: pip install 'sparky[local-model]'")


def compute_file_digest(path: Path) -> str:
    """Return a hash of size, beginning and end of a file: all of a model of 60 GB would take minutes."""
    size = path.stat().st_size
    with path.open("rb") as file:
        beginning = file.read(DIGESTED_BYTES)
        file.seek(max(0, size - DIGESTED_BYTES))
        end = file.read(DIGESTED_BYTES)
    return hashlib.sha256(str(size).encode() + beginning + end).hexdigest()


def serve(arguments: Sequence[str]) -> None:
    """Run the server until standard input ends, that is, until the process that started it ends."""
    import xllamacpp  # noqa: PLC0415 - an extra, and 100 MB of native code

    model_path, context_tokens, parallel_calls = arguments
    params = xllamacpp.CommonParams()
    params.model.path = model_path
    params.model_alias = {Path(model_path).stem}
    # llama.cpp divides its context among the calls.
    params.n_parallel = int(parallel_calls)
    params.n_ctx = int(context_tokens) * int(parallel_calls)
    params.port = 0
    params.api_keys = [os.environ[KEY_VARIABLE]]
    server = xllamacpp.Server(params)
    sys.stdout.write(f"\n{ADDRESS_PREFIX}{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()
    # The destructor waits for calls in progress; no one reads their answers any more.
    os._exit(0)


if __name__ == "__main__":
    serve(sys.argv[1:])
