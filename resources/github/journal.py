"""Store the responses of a sweep on disk, so that a sweep after an interruption does not request them again.

A sweep sends the same queries in the same order as long as it gets the same responses. So a query that was too large is
stored too, but only together with the response that came after it: otherwise a server in trouble would be remembered as
queries that never work. A response with an error is never stored. A sweep that failed for another reason than an
interruption calls `delete`, and is read again. A journal older than half a day is deleted: by then the organisation has
changed too much.
Responses contain e-mail addresses and private titles, so they are encrypted with a key of this deployment.
"""

import base64
import hashlib
import json
import os
import time
import zlib
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from cryptography.fernet import Fernet, InvalidToken

from resources.errors import GitHubQueryTooLargeError, StorageError
from resources.github.client import GraphQLError, GraphQLResponse

MAX_AGE_SECONDS = 12 * 3600


class GraphQLClient(Protocol):
    """A client that runs GraphQL queries."""

    def query(self, name: str, text: str, variables: Mapping[str, Any]) -> GraphQLResponse:
        """Return the response to one query."""
        ...


class ResponseJournal:
    """A client with a journal. Call `delete` once the results of the sweep are stored."""

    def __init__(self, client: GraphQLClient, file: Path, secret: bytes, now: float | None = None) -> None:
        self._client = client
        self._file = file
        self._cipher = Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"journal" + secret).digest()))
        self._positions: dict[str, deque[tuple[int, int]]] = defaultdict(deque)
        self._unconfirmed: list[tuple[str, str]] = []
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            age = (now or time.time()) - file.stat().st_mtime if file.exists() else 0
            if age > MAX_AGE_SECONDS:
                file.unlink()
            self._read_positions()
        except OSError as error:
            raise StorageError(f"{file}: the journal of the sweep cannot be kept: {error}.") from error

    def query(self, name: str, text: str, variables: Mapping[str, Any]) -> GraphQLResponse:
        """Return the response to a query, from the journal if it is there."""
        request = json.dumps([name, text, dict(variables)], sort_keys=True)
        key = hashlib.sha256(request.encode()).hexdigest()
        positions = self._positions.get(key)  # each once: a sweep repeats some queries to get a new response
        if positions and (answer := self._read_response(positions.popleft())) is not None:
            return answer
        try:
            answer = self._client.query(name, text, variables)
        except GitHubQueryTooLargeError as error:
            self._unconfirmed.append((key, str(error)))
            raise
        # Between two runs a person may fix the token, and GitHub what it could not compute.
        if all(fault.type == "NOT_FOUND" for fault in answer.errors):
            for refused_key, reason in self._unconfirmed:
                self._append(refused_key, {"too_heavy": reason})
            self._unconfirmed.clear()
            self._append(key, {"data": answer.data, "faults": [asdict(fault) for fault in answer.errors]})
        return answer

    def delete(self) -> None:
        """Delete the journal."""
        self._file.unlink(missing_ok=True)

    def _read_response(self, position: tuple[int, int]) -> GraphQLResponse | None:
        with self._file.open("rb") as file:
            file.seek(position[0])
            try:
                record = json.loads(zlib.decompress(self._cipher.decrypt(file.read(position[1]))))
            except InvalidToken:  # encrypted with another salt
                return None
        if "too_heavy" in record:
            raise GitHubQueryTooLargeError(record["too_heavy"])
        faults = tuple(
            GraphQLError(fault["type"], fault["message"], tuple(fault["path"])) for fault in record["faults"]
        )
        return GraphQLResponse(record["data"], faults)

    def _append(self, key: str, record: Mapping[str, Any]) -> None:
        data = self._cipher.encrypt(zlib.compress(json.dumps(record).encode(), 1))
        try:
            with open(self._file, "ab", opener=_open_private) as file:
                file.write(f"{key} {len(data)} {zlib.crc32(data)}\n".encode() + data + b"\n")
        except OSError as error:
            raise StorageError(f"{self._file}: the journal of the sweep cannot be written: {error}.") from error

    def _read_positions(self) -> None:
        """Find the complete records, and cut off a partial record at the end of the file."""
        if not self._file.exists():
            return
        complete_bytes = 0
        with self._file.open("rb") as file:
            while line := file.readline():
                parts = line.split()
                if len(parts) != 3 or not (parts[1].isdigit() and parts[2].isdigit()):
                    break
                start, size = file.tell(), int(parts[1])
                data = file.read(size + 1)
                if len(data) != size + 1 or zlib.crc32(data[:-1]) != int(parts[2]):
                    break
                self._positions[parts[0].decode("ascii", "replace")].append((start, size))
                complete_bytes = file.tell()
        if complete_bytes < self._file.stat().st_size:
            with self._file.open("r+b") as file:
                file.truncate(complete_bytes)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
