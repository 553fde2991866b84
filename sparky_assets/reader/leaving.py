"""How a reader leaves without losing a request: /readyz says so while everything else is answered as before.

A proxy or Service needs a moment to send its requests elsewhere. A closed listener in that moment is a refused
connection; a kept connection that ends between two requests is a reset one.
"""

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class DrainMiddleware:
    """The reader, and after `begin` a reader that asks everybody to go elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._is_draining = False

    def start_draining(self) -> None:
        """From now on /readyz is 503, and each answer ends its connection."""
        self._is_draining = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._is_draining or scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_last(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["connection"] = "close"
            await send(message)

        gone = PlainTextResponse("leaving\n", 503)
        await (gone if scope["path"] == "/readyz" else self._app)(scope, receive, send_last)
