"""Answers that a browser or client keeps until they change: ETag, Last-Modified, 304. And what a handler works with."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from resources.runtime import Clock
from sparky_assets.reader.auth import AccessPolicy
from sparky_assets.reader.library import DigestLibrary
from sparky_assets.reader.responses import SiteTemplates
from sparky_assets.reader.search import DigestSearch
from sparky_assets.reader.status.snapshot import StatusService
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience

IMMUTABLE_CACHE_CONTROL = "public, max-age=31536000, immutable"


HTML_MEDIA_TYPE = "text/html; charset=utf-8"


@dataclass(frozen=True)
class ReaderContext:
    """Everything that handlers share; made once by `app.build_app`."""

    settings: Settings
    library: DigestLibrary
    templates: SiteTemplates
    access_policy: AccessPolicy
    search: DigestSearch
    status: StatusService
    clock: Clock


def get_reader(request: Request) -> ReaderContext:
    """What the application was built with."""
    reader: ReaderContext = request.app.state.reader
    return reader


def get_audience(request: Request) -> Audience:
    """Whose editions this request may see; the guard put it there."""
    audience: Audience = request.scope["state"]["audience"]
    return audience


def conditional_response(
    request: Request,
    body: bytes | str,
    media_type: str,
    *,
    status: int = 200,
    modified: datetime | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer with its ETag, or 304 where the caller holds these very bytes."""
    data = body.encode() if isinstance(body, str) else body
    # Weak: compressed or not, what is read is the same.
    known = {"etag": f'W/"{hashlib.sha256(data).hexdigest()[:32]}"', **(headers or {})}
    if modified:
        known["last-modified"] = format_datetime(modified, usegmt=True)
    if status == 200 and _is_not_modified(request, known["etag"], modified):
        return Response(status_code=304, headers=known)
    return Response(data, status_code=status, media_type=media_type, headers=known)


def conditional_json_response(request: Request, value: Any, *, modified: datetime | None = None) -> Response:
    """JSON with sorted keys, so that equal values are equal bytes and keep their ETag."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return conditional_response(request, text, "application/json", modified=modified)


def _is_not_modified(request: Request, etag: str, modified: datetime | None) -> bool:
    if given := request.headers.get("if-none-match"):
        # Where both are given, the tag decides (RFC 9110, 13.2.2).
        held = {one.strip().removeprefix("W/") for one in given.split(",")}
        return given.strip() == "*" or etag.removeprefix("W/") in held
    if modified and (since := request.headers.get("if-modified-since")):
        try:
            return modified.replace(microsecond=0) <= parsedate_to_datetime(since)
        except (ValueError, TypeError, OverflowError):
            return False
    return False
