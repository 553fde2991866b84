"""The reader as an ASGI application: routes, middleware, error handlers, and draining before shutdown.

What a page or operation shows belongs to the module of its handler.
"""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from resources.checks import CheckResult
from resources.clock import Clock
from resources.errors import StorageError
from resources.storage import Storage
from sparky_assets.errors import DataError
from sparky_assets.reader.api import openapi
from sparky_assets.reader.api.operations import (
    API_PREFIX,
    ApiError,
    build_problem_response,
    describe_invalid_parameter,
    router,
)
from sparky_assets.reader.auth import (
    SECURITY_HEADERS,
    SESSION_COOKIE,
    AccessMiddleware,
    AccessPolicy,
    allowed_hosts,
    check_exposure,
)
from sparky_assets.reader.library import DigestLibrary
from sparky_assets.reader.pages import common as pages
from sparky_assets.reader.pages import digests as archive_pages
from sparky_assets.reader.pages import digests as digest_pages
from sparky_assets.reader.pages import digests as feeds
from sparky_assets.reader.pages import evidence as evidence_pages
from sparky_assets.reader.pages import statistics as statistics_pages
from sparky_assets.reader.pages import status as status_pages
from sparky_assets.reader.pages import stories as story_pages
from sparky_assets.reader.responses import (
    IMMUTABLE_CACHE_CONTROL,
    ReaderContext,
    SiteTemplates,
    conditional_response,
    get_reader,
)
from sparky_assets.reader.search import DigestSearch
from sparky_assets.reader.status import prometheus as machines
from sparky_assets.reader.status.dagster_history import DagsterHistory, HealthPoller
from sparky_assets.reader.status.snapshot import StatusService
from sparky_assets.settings.load import find_shipped_folder
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience
from sparky_assets.text.phrases import PhraseTable, load_phrases, load_shipped_phrases

if TYPE_CHECKING:
    from sparky_assets.reader.mcp import McpEndpoint

GZIP_LEVEL = 5
"""A month of 94 kB becomes 12 kB; level 9 takes twice as long for 5 % less."""

MAX_HISTORY_WAIT_SECONDS = 3.0

SEARCH_DELAY_SECONDS = 1.0
"""Time after the start in which the first pages are read without other work beside them."""

log = logging.getLogger(__name__)


def build_app(
    settings: Settings,
    clock: Clock | None = None,
    dagster_home: Path | None = None,
    instance: dg.DagsterInstance | None = None,
    check_health: Callable[[], Iterable[CheckResult]] | None = None,
) -> Starlette:
    """Build the reader over the store that the settings name.

    Args:
        dagster_home: the home whose run history is shown; None without a history.
        instance: an open Dagster instance, instead of `dagster_home`.
        check_health: checks the language model and GitHub.

    Raises:
        DataError: when strangers could read internal editions.
    """
    check_exposure(settings.reader)
    reader = _build_reader(
        settings, clock or Clock(), DagsterHistory(dagster_home, instance), HealthPoller(check_health)
    )
    assistants = _open_assistants_endpoint(reader) if settings.reader.mcp else None
    app = FastAPI(
        openapi_url=None,  # served by ourselves, with an ETag
        routes=[*(assistants.routes if assistants else ()), *_build_routes(reader)],
        middleware=[
            # Pages hold no secret that compression could leak; Starlette does not compress event streams.
            Middleware(GZipMiddleware, minimum_size=1000, compresslevel=GZIP_LEVEL),
            Middleware(AccessMiddleware, policy=reader.access_policy, denied_app=_deny_access),
            Middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts(settings.reader), www_redirect=False),
        ],
        exception_handlers={
            HTTPException: _handle_http_error,
            ApiError: _handle_api_error,
            RequestValidationError: _handle_api_error,
            StorageError: _handle_storage_error,
            Exception: _handle_unexpected_error,
        },
        lifespan=_run_lifespan,
    )
    app.include_router(router)
    for route in app.routes:
        if isinstance(route, APIRoute):
            route.methods = {*(route.methods or ()), "HEAD"}  # other than Starlette, FastAPI leaves it out
    app.state.reader, app.state.assistants = reader, assistants
    return app


def _open_assistants_endpoint(reader: ReaderContext) -> "McpEndpoint":
    # Imported late: the SDK takes 1.5 s of processor time, and the endpoint is off by default.
    from sparky_assets.reader.mcp import McpEndpoint  # noqa: PLC0415

    return McpEndpoint(reader)


def _build_reader(settings: Settings, clock: Clock, history: DagsterHistory, health: HealthPoller) -> ReaderContext:
    own = [settings.digests.templates] if settings.digests.templates else []
    folders = [*own, find_shipped_folder("templates")]
    library = DigestLibrary(Storage(root=settings.store_root), settings.reader.refresh_seconds)
    return ReaderContext(
        settings=settings,
        library=library,
        templates=SiteTemplates(folders),
        access_policy=AccessPolicy(settings.reader),
        search=DigestSearch(library),
        status=StatusService(settings, library, history, clock, health=health),
        clock=clock,
        phrases=_load_phrases(folders),
    )


def _load_phrases(folders: Sequence[Path]) -> PhraseTable:
    """Return the phrases in force; the shipped ones where those of the owner cannot be used, which runs report."""
    try:
        return load_phrases(folders)
    except DataError as error:
        log.warning("the shipped phrases are used: %s", str(error).partition("\n")[0])
        return load_shipped_phrases()


def _build_routes(reader: ReaderContext) -> list[Route]:
    return [
        Route("/", digest_pages.show_front_page),
        Route("/healthz", machines.check_liveness),
        Route("/readyz", machines.check_readiness),
        Route("/metrics", machines.export_metrics),
        Route("/api", openapi.show_api_page),
        Route(f"{API_PREFIX}/openapi.json", openapi.serve_openapi_document),
        Route("/feeds", feeds.show_feeds),
        Route("/feeds/{kind}.{form}", feeds.serve_feed),
        Route("/about", pages.show_about),
        Route("/statistics", statistics_pages.redirect_to_latest_statistics),
        Route("/statistics/{kind}", statistics_pages.redirect_to_latest_statistics),
        Route("/statistics/{kind}/{label}", statistics_pages.show_period_statistics),
        Route("/repository/{name:path}", statistics_pages.show_repository),
        Route("/person/{key}", statistics_pages.show_person),
        Route("/story/{kind}/{label}/{story:path}", story_pages.show_story),
        Route("/evidence/{kind}/{label}", evidence_pages.show_evidence),
        Route("/archive", archive_pages.show_archive),
        Route("/archive/{kind}", archive_pages.show_archive),
        Route("/search", archive_pages.show_search),
        Route("/sign-in", pages.sign_in, methods=["GET", "POST"]),
        Route("/sign-out", pages.sign_out, methods=["POST"]),
        Route("/status", status_pages.show_status),
        Route("/status/events", status_pages.stream_events),
        Route("/static/{path:path}", _serve_static_file),
        Route("/{kind}", digest_pages.redirect_to_latest_digest),
        Route("/{kind}/{label}", digest_pages.show_digest),
        Route("/{kind}/{label}/pictures/{file}", digest_pages.show_picture),
        Route("/{kind}/{label}/texts/{product}", digest_pages.show_product_text),
    ]


def _serve_static_file(request: Request) -> Response:
    """Serve a static file by its complete URL; no file path is built from the request."""
    file = get_reader(request).templates.static_files.get(request.url.path)
    if file is None:
        raise HTTPException(404, "There is no such file.")
    return conditional_response(request, file.data, file.media_type, headers={"cache-control": IMMUTABLE_CACHE_CONTROL})


async def _deny_access(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request without a valid credential: machines get 401 with a challenge, browsers the sign-in form."""
    request = Request(scope, receive)
    headers = {"www-authenticate": "Bearer"}
    response: Response = PlainTextResponse("Sign in first: /sign-in\n", 401, headers)
    if request.url.path.startswith(API_PREFIX):
        response = build_problem_response(request, 401, "Send the token: `Authorization: Bearer …`.")
    elif "text/html" in request.headers.get("accept", ""):
        response = PlainTextResponse("Sign in first.\n", 303, {"location": "/sign-in"})
    await response(scope, receive, send)


@asynccontextmanager
async def _run_lifespan(app: Starlette) -> AsyncIterator[None]:
    """Do before the port opens what would make the first reader wait: 0.3 s for templates, a page and its documents.

    Opening Dagster's history takes a second of processor time, in which any other page waits too. A database that does
    not answer delays the start by `MAX_HISTORY_WAIT_SECONDS`.
    """
    first_snapshot = asyncio.create_task(asyncio.to_thread(app.state.reader.status.snapshot, Audience.INTERNAL))
    await asyncio.to_thread(_prepare_front_page, app)
    await asyncio.wait([first_snapshot], timeout=MAX_HISTORY_WAIT_SECONDS)
    stop = threading.Event()
    preparation = asyncio.create_task(_prepare_search(app, stop))
    async with app.state.assistants.run_session() if app.state.assistants else nullcontext():
        yield
    stop.set()
    preparation.cancel()
    await asyncio.gather(first_snapshot, preparation, return_exceptions=True)


async def _prepare_search(app: Starlette, stop: threading.Event) -> None:
    """Fill the search indexes, so that the first search does not wait; who searches sees an error of the store."""
    await asyncio.sleep(SEARCH_DELAY_SECONDS)
    await asyncio.to_thread(app.state.reader.search.prepare, stop)


def _prepare_front_page(app: Starlette) -> None:
    """Make the front page of each audience once, so that what it needs is loaded. An error is shown to who asks."""
    policy: AccessPolicy = app.state.reader.access_policy
    cookie = f"{SESSION_COOKIE}={policy.make_session_cookie()}".encode() if policy.has_token else b""
    callers = {policy.find_audience(Headers(raw=headers), None): headers for headers in ([], [(b"cookie", cookie)])}
    for audience, headers in callers.items():
        if audience:
            scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers, "app": app,
                     "state": {"audience": audience}}  # fmt: skip
            with suppress(Exception):
                digest_pages.show_front_page(Request(scope))


async def _handle_http_error(request: Request, error: Exception) -> Response:
    """Answer 404 and other HTTP errors with a page; under the API prefix with problem+json."""
    assert isinstance(error, HTTPException)
    if request.url.path.startswith(API_PREFIX):
        return build_problem_response(request, error.status_code, error.detail)
    values = {"code": error.status_code, "word": error.detail}
    return await asyncio.to_thread(pages.render_page, request, "refused.html.j2", values, status=error.status_code)


async def _handle_api_error(request: Request, error: Exception) -> Response:
    """Answer a refusal of an operation, or of its parameters, with problem+json."""
    refusal = describe_invalid_parameter(error) if isinstance(error, RequestValidationError) else error
    assert isinstance(refusal, ApiError)
    return build_problem_response(request, refusal.status, refusal.detail)


async def _handle_storage_error(request: Request, error: Exception) -> Response:
    """Answer 503 when the store or one of its files cannot be read. Only the log names the file."""
    log.error("%s %s: %s", request.method, request.url.path, error)
    return await _handle_http_error(
        request, HTTPException(503, "The store cannot be read at the moment. See the reader's log for the reason.")
    )


async def _handle_unexpected_error(request: Request, error: Exception) -> Response:
    """Answer 500: the log has the traceback, the caller one line."""
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return PlainTextResponse("This page failed. See the reader's log for the reason.\n", 500, SECURITY_HEADERS)


class DrainMiddleware:
    """Drains open requests before shutdown.

    A proxy or Service needs a moment to send requests elsewhere. A listener that closes in that moment refuses a
    connection, and a kept-alive connection that ends between two requests resets one. While draining, /readyz is 503,
    everything else is answered as before, and each response closes its connection.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._is_draining = False

    def start_draining(self) -> None:
        """Start to drain."""
        self._is_draining = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._is_draining or scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_last(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["connection"] = "close"
            await send(message)

        draining = PlainTextResponse("leaving\n", 503)
        await (draining if scope["path"] == "/readyz" else self._app)(scope, receive, send_last)
