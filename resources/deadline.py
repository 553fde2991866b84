"""A deadline for every whole answer over HTTP: from the request to the last byte of the body.

The timeouts of httpx are for one read. A server that sends a byte every two seconds, in the headers or in the body,
keeps each of them and never ends. Here a timer shuts the connection down.
"""

import socket
import threading
from collections.abc import Iterator
from typing import Any
from weakref import WeakSet

import httpx

ANSWER_SECONDS_EXTENSION = "answer_seconds"
"""Extension of a request that replaces the deadline of its client: seconds, or None for no deadline."""


class AnswerTimeout(httpx.ReadTimeout):
    """The deadline of a whole answer passed."""


class DeadlineClient(httpx.Client):
    """An httpx client that gives up an answer that is not complete after `answer_seconds`.

    It serves one request at a time: when a deadline passes, all connections of the client are shut down. The next
    request opens a new one.
    """

    def __init__(self, answer_seconds: float | None, **options: Any) -> None:
        super().__init__(**options)
        self._answer_seconds = answer_seconds
        self._sockets: WeakSet[socket.socket] = WeakSet()

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request.

        Raises:
            AnswerTimeout: the deadline passed; while a streamed body is read, its iterator raises it.
        """
        seconds = request.extensions.get(ANSWER_SECONDS_EXTENSION, self._answer_seconds)
        request.extensions = {**request.extensions, "trace": self._trace}
        if seconds is None:
            return super().send(request, **options)
        deadline = _AnswerDeadline(seconds, self._shut_down)
        is_streamed = bool(options.pop("stream", False))
        try:
            response = super().send(request, stream=True, **options)
        except httpx.TransportError as error:
            deadline.cancel()
            raise deadline.explain(error) from error
        except BaseException:
            deadline.cancel()
            raise
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = _DeadlineStream(response.stream, deadline)
        if not is_streamed:
            try:
                response.read()
            finally:
                response.close()
        return response

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        # A connection is used for several requests, so its socket is remembered when it is opened.
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            connection = info["return_value"].get_extra_info("socket")
            if isinstance(connection, socket.socket):
                self._sockets.add(connection)

    def _shut_down(self) -> None:
        for connection in tuple(self._sockets):
            try:
                # Not `close`: another thread reads from it, and the number of a closed file is used again.
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


class _AnswerDeadline:
    """The timer of one answer."""

    def __init__(self, seconds: float, shut_down: Any) -> None:
        self._seconds = seconds
        self._shut_down = shut_down
        self._has_passed = False
        self._timer = threading.Timer(seconds, self._pass)
        self._timer.daemon = True
        self._timer.start()

    def cancel(self) -> None:
        """Stop the timer."""
        self._timer.cancel()

    def explain(self, error: httpx.TransportError) -> httpx.TransportError:
        """Return the error of a read, or the timeout that is its cause."""
        if not self._has_passed:
            return error
        return AnswerTimeout(f"no whole answer in {self._seconds:.0f} s")

    def require_in_time(self) -> None:
        """Raise if the deadline passed: a body without a length ends without an error when it is cut.

        Raises:
            AnswerTimeout: the deadline passed.
        """
        if self._has_passed:
            raise AnswerTimeout(f"no whole answer in {self._seconds:.0f} s")

    def _pass(self) -> None:
        self._has_passed = True
        self._shut_down()


class _DeadlineStream(httpx.SyncByteStream):
    """The body of a response, until it ends or its deadline passes."""

    def __init__(self, stream: httpx.SyncByteStream, deadline: _AnswerDeadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._stream
        except httpx.TransportError as error:
            raise self._deadline.explain(error) from error
        self._deadline.require_in_time()

    def close(self) -> None:
        """Close the body and stop the timer."""
        self._deadline.cancel()
        self._stream.close()
