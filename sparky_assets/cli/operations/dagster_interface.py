"""Dagster's interface behind the reader's address: the same port, the same hosts, and the reader's credential.

Dagster's own server asks for no login. Here a request for `/dagster` needs what an internal edition needs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sparky_assets.reader.auth import AccessPolicy, allowed_hosts
from sparky_assets.settings.services import ReaderSettings
from sparky_assets.store import Audience

INTERFACE_PREFIX = "/dagster"


@contextmanager
def open_interface(workspace: Path, *, is_read_only: bool) -> Iterator[ASGIApp]:
    """Open Dagster's interface on the instance of DAGSTER_HOME.

    Args:
        workspace: the file that names the code server.
        is_read_only: whether the interface may start runs and change schedules.
    """
    import dagster as dg
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import WorkspaceFileTarget
    from dagster_webserver.app import create_app_from_workspace_process_context

    target = WorkspaceFileTarget([str(workspace)])
    with (
        dg.DagsterInstance.get() as instance,
        WorkspaceProcessContext(instance, target, version=dg.__version__, read_only=is_read_only) as context,
    ):
        yield create_app_from_workspace_process_context(context, INTERFACE_PREFIX)


class InterfaceRouter:
    """Sends requests below `/dagster` to Dagster's interface, after a check of the caller, and others to the reader."""

    def __init__(self, reader: ASGIApp, interface: ASGIApp, settings: ReaderSettings, policy: AccessPolicy) -> None:
        self._reader = reader
        guard = InterfaceGuard(interface, policy, urlsplit(settings.address).netloc)
        self._guarded_interface = TrustedHostMiddleware(guard, allowed_hosts(settings), www_redirect=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        path = scope.get("path", "")
        is_interface = path == INTERFACE_PREFIX or path.startswith(f"{INTERFACE_PREFIX}/")
        await (self._guarded_interface if is_interface else self._reader)(scope, receive, send)


class InterfaceGuard:
    """Lets callers of the internal audience pass, from pages of this address only."""

    def __init__(self, app: ASGIApp, policy: AccessPolicy, public_host: str = "") -> None:
        self._app, self._policy, self._public_host = app, policy, public_host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 303, 401 or 403."""
        headers = Headers(scope=scope)
        client = scope["client"][0] if scope.get("client") else None
        must_wait = bool(headers.get("authorization")) and self._policy.throttle.seconds_to_wait(client) > 0
        self._policy.count_failure(headers, client)
        is_internal = not must_wait and self._policy.find_audience(headers, client) is Audience.INTERNAL
        if is_internal and is_same_origin(headers, self._public_host):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._refuse(headers)(scope, receive, send)

    def _refuse(self, headers: Headers) -> Response:
        if not is_same_origin(headers, self._public_host):
            return PlainTextResponse("A page of another site may not use Dagster's interface.\n", 403)
        if self._policy.has_token and "text/html" in headers.get("accept", ""):
            return RedirectResponse("/sign-in", 303)
        return PlainTextResponse("Sign in first: /sign-in\n", 401, {"www-authenticate": "Bearer"})


def is_same_origin(headers: Headers, public_host: str = "") -> bool:
    """Return whether a request comes from a page of this host (or of `reader.address`), or from no page at all.

    A browser sends `Origin` with everything that changes something; another site's page could start runs otherwise.
    """
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc in {headers.get("host", ""), public_host} - {""}
