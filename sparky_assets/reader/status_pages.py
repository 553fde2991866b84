"""The pipeline's state as a page, and as events that tell an open page when to look again."""

import asyncio
from collections.abc import AsyncIterator

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from sparky_assets.audience import Audience
from sparky_assets.reader.answering import audience_of, reader_of
from sparky_assets.reader.pages import page
from sparky_assets.reader.status import summary
from sparky_assets.reader.words import ago

MOST_LISTENERS = 200
"""Open status pages at a time; each costs a coroutine and a look that all share."""
HEARTBEAT_SECONDS = 15.0
"""Proxies close what is silent for a minute or so."""
RUNS_SHOWN = 12


def status(request: Request) -> Response:
    """Stages × periods, runs, daemons."""
    reader, audience = reader_of(request), audience_of(request)
    snapshot = reader.status.look(audience)
    values = {
        "snapshot": snapshot,
        "summary": summary(snapshot),
        "runs": snapshot.history.runs[:RUNS_SHOWN],
        "ago": lambda moment: ago(moment, snapshot.at),
        "dagster": reader.settings.reader.dagster_url if audience is Audience.INTERNAL else "",
        "language_model": reader.settings.language_model,
        "source": reader.settings.sources.source,
    }
    return page(request, "status.html.j2", values)


async def events(request: Request) -> Response:
    """Server-sent events: one now, one whenever the state changed. An event names the state; the page fetches it."""
    app = request.app
    listeners: int = getattr(app.state, "listeners", 0)
    if listeners >= MOST_LISTENERS:
        raise HTTPException(503, "Too many status pages are open; reload this one to see news.")
    return StreamingResponse(_told(request), media_type="text/event-stream", headers={"x-accel-buffering": "no"})


async def _told(request: Request) -> AsyncIterator[str]:
    reader, audience, state = reader_of(request), audience_of(request), request.app.state
    pause = min(reader.settings.reader.refresh_seconds, HEARTBEAT_SECONDS)
    state.listeners = getattr(state, "listeners", 0) + 1
    told = request.headers.get("last-event-id", "")
    silent = 0.0
    try:
        yield f"retry: {int(max(pause, 2) * 1000)}\n\n"
        while True:
            snapshot = await asyncio.to_thread(reader.status.look, audience)
            if snapshot.version != told:
                told, silent = snapshot.version, 0.0
                yield f"event: status\nid: {told}\ndata: {summary(snapshot)}\n\n"
            elif silent >= HEARTBEAT_SECONDS:
                silent = 0.0
                yield ": still here\n\n"
            await asyncio.sleep(pause)
            silent += pause
    finally:
        state.listeners -= 1
