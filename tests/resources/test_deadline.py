"""A whole answer has a deadline, even if single bytes reset the timeouts of httpx."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest

from resources.deadline import ANSWER_SECONDS_EXTENSION, AnswerTimeout, DeadlineClient

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n"


@contextmanager
def serve_pieces(pieces: list[bytes], pause_seconds: float) -> Iterator[str]:
    """Serve an answer in pieces, with a pause before each; the last connection attempt is served likewise."""
    server = socket.create_server(("127.0.0.1", 0))

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while connection.recv(65536):
                for piece in pieces:
                    time.sleep(pause_seconds)
                    connection.sendall(piece)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=answer, args=(server.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
    finally:
        server.close()


DRIPPING = {
    "headers": [bytes([byte]) for byte in HEAD + b"x-long: " + b"y" * 200],
    "body": [HEAD + b"content-length: 200\r\n\r\n", *([b"y"] * 200)],
    "body without a length": [HEAD + b"connection: close\r\n\r\n", *([b"y"] * 200)],
    "chunks": [HEAD + b"transfer-encoding: chunked\r\n\r\n", *([b"1\r\ny\r\n"] * 200)],
}


@pytest.mark.parametrize("kind", DRIPPING)
@pytest.mark.parametrize("is_streamed", [False, True])
def test_answer_that_drips_ends_at_its_deadline(kind: str, is_streamed: bool) -> None:
    with serve_pieces(DRIPPING[kind], 0.1) as address, DeadlineClient(0.5, timeout=5.0) as client:
        start = time.monotonic()
        with pytest.raises(AnswerTimeout, match="no whole answer"):
            if is_streamed:
                with client.stream("GET", address) as response:
                    list(response.iter_bytes())
            else:
                client.get(address)
        assert time.monotonic() - start < 3


def test_connection_that_is_used_again_has_a_deadline_too() -> None:
    pieces = [HEAD + b"content-length: 3\r\n\r\n", b"abc"]
    with serve_pieces(pieces, 0.2) as address, DeadlineClient(5.0, timeout=5.0) as client:
        assert client.get(address).text == "abc"
        with pytest.raises(AnswerTimeout):
            client.get(address, extensions={ANSWER_SECONDS_EXTENSION: 0.1})
        assert client.get(address).text == "abc"


def test_answer_in_time_is_whole_and_leaves_no_timer() -> None:
    before = threading.active_count()
    pieces = [HEAD + b"content-length: 3\r\n\r\n", b"abc"]
    with serve_pieces(pieces, 0.0) as address, DeadlineClient(60.0, timeout=5.0) as client:
        assert client.get(address).text == "abc"
        with client.stream("GET", address) as response:
            assert response.read() == b"abc"
        time.sleep(0.2)
        assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
    assert threading.active_count() <= before + 3


def test_lost_connection_before_the_deadline_is_no_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"
    with DeadlineClient(5.0, timeout=5.0) as client, pytest.raises(httpx.ConnectError):
        client.get(address)
