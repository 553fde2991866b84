"""The application: every address, put together. What an address shows is in the module that its handler comes from."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

import dagster as dg
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from resources.clock import Clock
from resources.errors import StorageError
from resources.storage import Storage
from sparky_assets.audience import Audience
from sparky_assets.health import Health
from sparky_assets.reader import (
    archive_pages,
    digest_pages,
    feeds,
    machines,
    openapi,
    pages,
    statistics_pages,
    status_pages,
)
from sparky_assets.reader.access import HEADERS, Door, Guard, hosts_answered, refuse_open_door
from sparky_assets.reader.answering import FOR_EVER, Reader, answer, reader_of
from sparky_assets.reader.api import OPERATIONS
from sparky_assets.reader.assistants import Assistants
from sparky_assets.reader.history import HistoryDesk
from sparky_assets.reader.library import Library
from sparky_assets.reader.operations import PREFIX, problem
from sparky_assets.reader.search import Search
from sparky_assets.reader.status import StatusDesk
from sparky_assets.reader.views import Views
from sparky_assets.reader.wellbeing import HealthDesk
from sparky_assets.settings import Settings
from sparky_assets.settings_load import shipped

COMPRESSION = 5
"""A month of 94 kB becomes 12 kB; level 9 takes twice as long for 5 % less."""
log = logging.getLogger(__name__)


def build_app(
    settings: Settings,
    clock: Clock | None = None,
    dagster_home: Path | None = None,
    instance: dg.DagsterInstance | None = None,
    ask_health: Callable[[], Iterable[Health]] | None = None,
) -> Starlette:
    """The reader over the store that the settings name; `ask_health` tells of the model and GitHub.

    Raises:
        DataError: when internal editions would be open to strangers.
    """
    refuse_open_door(settings.reader)
    reader = _reader(settings, clock or Clock(), HistoryDesk(dagster_home, instance), HealthDesk(ask_health))
    assistants = Assistants(reader) if settings.reader.mcp else None
    app = Starlette(
        routes=[*(assistants.routes if assistants else ()), *_routes(reader)],
        middleware=[
            # Pages hold no secret that a guess could be compressed against; events are never held back by it.
            Middleware(GZipMiddleware, minimum_size=1000, compresslevel=COMPRESSION),
            Middleware(Guard, door=reader.door, turned_away=_turned_away),
            Middleware(TrustedHostMiddleware, allowed_hosts=hosts_answered(settings.reader), www_redirect=False),
        ],
        exception_handlers={HTTPException: _on_refusal, StorageError: _on_unreadable, Exception: _on_failure},
        lifespan=_lifespan,
    )
    app.state.reader, app.state.assistants = reader, assistants
    return app


def _reader(settings: Settings, clock: Clock, history: HistoryDesk, health: HealthDesk) -> Reader:
    own = [settings.digests.templates] if settings.digests.templates else []
    library = Library(Storage(root=settings.store_root), settings.reader.refresh_seconds)
    return Reader(
        settings=settings,
        library=library,
        views=Views([*own, shipped("templates")]),
        door=Door(settings.reader),
        search=Search(library),
        status=StatusDesk(settings, library, history, clock, health=health),
        clock=clock,
    )


def _routes(reader: Reader) -> list[Route]:
    return [
        Route("/", digest_pages.front),
        Route("/healthz", machines.healthz),
        Route("/readyz", machines.readyz),
        Route("/metrics", machines.prometheus),
        Route("/api", openapi.try_it),
        Route(f"{PREFIX}/openapi.json", openapi.openapi),
        *(operation.route() for operation in OPERATIONS),
        Route("/feeds", feeds.feeds),
        Route("/feeds/{kind}.{form}", feeds.feed),
        Route("/about", pages.about),
        Route("/statistics", statistics_pages.latest),
        Route("/statistics/{kind}", statistics_pages.latest),
        Route("/statistics/{kind}/{label}", statistics_pages.of_period),
        Route("/repository/{name:path}", statistics_pages.repository),
        Route("/person/{key}", statistics_pages.person),
        Route("/archive", archive_pages.archive),
        Route("/archive/{kind}", archive_pages.archive),
        Route("/search", archive_pages.search),
        Route("/sign-in", pages.sign_in, methods=["GET", "POST"]),
        Route("/status", status_pages.status),
        Route("/status/events", status_pages.events),
        Route("/static/{path:path}", _static),
        Route("/{kind}", digest_pages.latest),
        Route("/{kind}/{label}", digest_pages.digest),
        Route("/{kind}/{label}/pictures/{file}", digest_pages.picture),
        Route("/{kind}/{label}/texts/{product}", digest_pages.product),
    ]


def _static(request: Request) -> Response:
    """A file of the site, by its whole address: no path is ever made of what was asked for."""
    found = reader_of(request).views.static.get(request.url.path)
    if found is None:
        raise HTTPException(404, "There is no such file.")
    return answer(request, found.data, found.media_type, headers={"cache-control": FOR_EVER})


async def _turned_away(scope: Scope, receive: Receive, send: Send) -> None:
    """Who may read nothing: machines get a challenge, people the form."""
    request = Request(scope, receive)
    headers = {"www-authenticate": "Bearer"}
    response: Response = PlainTextResponse("Sign in first: /sign-in\n", 401, headers)
    if request.url.path.startswith(PREFIX):
        response = problem(request, 401, "Send the token: `Authorization: Bearer …`.")
    elif "text/html" in request.headers.get("accept", ""):
        response = PlainTextResponse("Sign in first.\n", 303, {"location": "/sign-in"})
    await response(scope, receive, send)


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    """Dagster's history takes seconds to open: begun at once, and waited for by nobody who does not ask for it."""
    first_look = asyncio.create_task(asyncio.to_thread(app.state.reader.status.look, Audience.INTERNAL))
    async with app.state.assistants.running() if app.state.assistants else nullcontext():
        yield
    await asyncio.gather(first_look, return_exceptions=True)


async def _on_refusal(request: Request, error: Exception) -> Response:
    """404 and its like, as a page; for machines as a problem."""
    assert isinstance(error, HTTPException)
    if request.url.path.startswith(PREFIX):
        return problem(request, error.status_code, error.detail)
    values = {"code": error.status_code, "word": error.detail}
    return await asyncio.to_thread(pages.page, request, "refused.html.j2", values, status=error.status_code)


async def _on_unreadable(request: Request, error: Exception) -> Response:
    """A store that is away, or a torn file of it. The log names the file and what to do; callers need not know it."""
    log.error("%s %s: %s", request.method, request.url.path, error)
    return await _on_refusal(request, HTTPException(503, "The store cannot be read at the moment; the log says why."))


async def _on_failure(request: Request, error: Exception) -> Response:
    """What nobody expected: the log has it all, the caller one line."""
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return PlainTextResponse("This page failed; the reader's log says why.\n", 500, HEADERS)
