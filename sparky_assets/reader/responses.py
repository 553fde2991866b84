"""Jinja2 for the pages: every value is escaped unless our own code made the HTML; a folder of the user's goes first.

Answers that a browser or client keeps until they change: ETag, Last-Modified, 304. And what a handler works with.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from resources.runtime import Clock
from sparky_assets.digests.titles import format_period
from sparky_assets.reader import formatting as words
from sparky_assets.reader.auth import AccessPolicy
from sparky_assets.reader.library import DigestLibrary
from sparky_assets.reader.search import DigestSearch
from sparky_assets.reader.status.snapshot import StatusService
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience
from sparky_assets.text.words import MONTH_NAMES

STATIC_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class StaticFile:
    """A file of the site: its bytes, and an address that changes with them."""

    name: str
    data: bytes
    media_type: str

    @property
    def url(self) -> str:
        """Where pages find it; may be kept for ever."""
        return f"/static/{hashlib.sha256(self.data).hexdigest()[:12]}/{self.name}"


class SiteTemplates:
    """Templates and the few files beside them, read once."""

    def __init__(self, folders: Sequence[Path]) -> None:
        site = [folder / "site" for folder in folders]
        self._environment = Environment(
            loader=ChoiceLoader([FileSystemLoader(folder) for folder in site]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.static_files = {one.url: one for one in _load_static_files(site).values()}
        urls = {one.name: one.url for one in self.static_files.values()}
        self._environment.globals.update(static=urls, months=MONTH_NAMES, page_of=words.digest_url)
        self._environment.globals.update(page_of_repository=words.repository_url)
        self._environment.globals.update(
            page_of_person=words.person_url, named=words.metric_label, spoken=format_period
        )
        self._environment.filters.update(safe_html=Markup, ticks=render_code_spans, last_word=words.split_last_word)
        self._environment.filters["number"] = lambda value: f"{value:,}"

    def render(self, name: str, values: Mapping[str, Any]) -> str:
        """A page by the name of its template."""
        return self._environment.get_template(name).render(values)


def render_code_spans(text: str) -> Markup:
    """A plain text as HTML, in which words between backticks are code, as its author meant them."""
    parts = re.split(r"`([^`]+)`", text)
    return Markup().join(Markup("<code>{}</code>").format(part) if number % 2 else part
                         for number, part in enumerate(parts))  # fmt: skip


def _load_static_files(site_folders: Sequence[Path]) -> dict[str, StaticFile]:
    """The files that may be asked for, by name: nothing is ever looked up by an address that came from outside."""
    found: dict[str, StaticFile] = {}
    for folder in reversed(site_folders):
        for path in sorted((folder / "static").glob("*")):
            if path.suffix in STATIC_MEDIA_TYPES:
                data = path.read_bytes()
                if path.suffix == ".css":
                    continue
                found[path.name] = StaticFile(path.name, data, STATIC_MEDIA_TYPES[path.suffix])
    addresses = {one.name: one.url for one in found.values()}
    for folder in reversed(site_folders):
        for path in sorted((folder / "static").glob("*.css")):
            text = path.read_text(encoding="utf-8")
            for name, url in addresses.items():
                text = text.replace(f'url("{name}")', f'url("{url}")')
            found[path.name] = StaticFile(path.name, text.encode(), STATIC_MEDIA_TYPES[".css"])
    return found


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
