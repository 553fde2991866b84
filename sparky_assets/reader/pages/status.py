"""The pipeline's state as a page, and as events that tell an open page when to look again."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from sparky_assets.reader.formatting import format_age
from sparky_assets.reader.pages.common import frame_version, render_html
from sparky_assets.reader.responses import (
    HTML_MEDIA_TYPE,
    ReaderContext,
    conditional_response,
    get_audience,
    get_reader,
)
from sparky_assets.reader.status.snapshot import StatusSnapshot, summarize_status
from sparky_assets.store import Audience

MAX_LISTENERS = 200
"""Open status pages at a time; each costs a coroutine and a look that all share."""


HEARTBEAT_SECONDS = 15.0
"""Proxies close what is silent for a minute or so."""


MAX_SHOWN_RUNS = 12


def show_status(request: Request) -> Response:
    """Stages × periods, runs, daemons."""
    reader, audience = get_reader(request), get_audience(request)
    snapshot = reader.status.snapshot(audience)
    key = ("status", snapshot.version, snapshot.at, frame_version(request))
    body = reader.library.cached_page(
        key, lambda: render_html(request, "status.html.j2", _build_values(reader, snapshot, audience))
    )
    return conditional_response(request, body, HTML_MEDIA_TYPE)


def _build_values(reader: ReaderContext, snapshot: StatusSnapshot, audience: Audience) -> dict[str, Any]:
    return {
        "snapshot": snapshot,
        "summary": summarize_status(snapshot),
        "runs": snapshot.history.runs[:MAX_SHOWN_RUNS],
        "ago": lambda moment: format_age(moment, snapshot.at),
        "dagster": reader.settings.reader.dagster_url if audience is Audience.INTERNAL else "",
        "language_model": reader.settings.language_model,
        "source": reader.settings.sources.source,
    }


async def stream_events(request: Request) -> Response:
    """Server-sent events: one now, one whenever the state changed. An event names the state; the page fetches it."""
    app = request.app
    listeners: int = getattr(app.state, "listeners", 0)
    if listeners >= MAX_LISTENERS:
        raise HTTPException(503, "Too many status pages are open; reload this one to see news.")
    return StreamingResponse(
        _generate_events(request), media_type="text/event-stream", headers={"x-accel-buffering": "no"}
    )


async def _generate_events(request: Request) -> AsyncIterator[str]:
    reader, audience, state = get_reader(request), get_audience(request), request.app.state
    pause = min(reader.settings.reader.refresh_seconds, HEARTBEAT_SECONDS)
    state.listeners = getattr(state, "listeners", 0) + 1
    sent_version = request.headers.get("last-event-id", "")
    silent = 0.0
    try:
        yield f"retry: {int(max(pause, 2) * 1000)}\n\n"
        while True:
            snapshot = await asyncio.to_thread(reader.status.snapshot, audience)
            if snapshot.version != sent_version:
                sent_version, silent = snapshot.version, 0.0
                yield f"event: status\nid: {sent_version}\ndata: {summarize_status(snapshot)}\n\n"
            elif silent >= HEARTBEAT_SECONDS:
                silent = 0.0
                yield ": still here\n\n"
            await asyncio.sleep(pause)
            silent += pause
    finally:
        state.listeners -= 1
