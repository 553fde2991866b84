"""Templates and static files of the site, conditional responses (ETag, Last-Modified, 304), and the handlers' context.

Jinja2 escapes every value except HTML that this package built. Files in a folder of the user's override ours.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from resources.clock import Clock
from sparky_assets.digests.titles import format_period
from sparky_assets.periods import MONTH_NAMES
from sparky_assets.reader import formatting as words
from sparky_assets.reader.auth import AccessPolicy
from sparky_assets.reader.library import DigestLibrary
from sparky_assets.reader.search import DigestSearch
from sparky_assets.reader.status.snapshot import StatusService
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience
from sparky_assets.text.phrases import PhraseTable, load_shipped_phrases

STATIC_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
}
IMMUTABLE_CACHE_CONTROL = "public, max-age=31536000, immutable"
HTML_MEDIA_TYPE = "text/html; charset=utf-8"


@dataclass(frozen=True)
class StaticFile:
    """A file of the site, with a URL that changes with its bytes."""

    name: str
    data: bytes
    media_type: str

    @property
    def url(self) -> str:
        """The URL in pages; browsers may cache it forever."""
        return f"/static/{hashlib.sha256(self.data).hexdigest()[:12]}/{self.name}"


class SiteTemplates:
    """Jinja2 templates and static files of the site, read once."""

    def __init__(self, folders: Sequence[Path]) -> None:
        site = [folder / "site" for folder in folders]
        # Own templates run as the reader's user, so they reach nothing but the values of the page.
        self._environment = ImmutableSandboxedEnvironment(
            loader=ChoiceLoader([FileSystemLoader(folder) for folder in site]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.static_files = {file.url: file for file in _load_static_files(site).values()}
        urls = {file.name: file.url for file in self.static_files.values()}
        self._environment.globals.update(static=urls, months=MONTH_NAMES, page_of=words.digest_url)
        self._environment.globals.update(page_of_repository=words.repository_url)
        self._environment.globals.update(
            page_of_person=words.person_url, named=words.metric_label, spoken=format_period
        )
        self._environment.filters.update(safe_html=Markup, ticks=render_code_spans, last_word=words.split_last_word)
        self._environment.filters["number"] = lambda value: f"{value:,}"

    def compile(self, name: str) -> None:
        """Compile a template without rendering it.

        Raises:
            TemplateError: it is invalid.
        """
        self._environment.get_template(name)

    def render(self, name: str, values: Mapping[str, Any]) -> str:
        """Render the page of a template."""
        return self._environment.get_template(name).render(values)


def render_code_spans(text: str) -> Markup:
    """Return a plain text as HTML, with words between backticks as code."""
    parts = re.split(r"`([^`]+)`", text)
    return Markup().join(Markup("<code>{}</code>").format(part) if number % 2 else part
                         for number, part in enumerate(parts))  # fmt: skip


def _load_static_files(site_folders: Sequence[Path]) -> dict[str, StaticFile]:
    """Load all static files, by name, so that no request ever opens a file by its path."""
    files: dict[str, StaticFile] = {}
    for folder in reversed(site_folders):
        for path in sorted((folder / "static").glob("*")):
            if path.suffix in STATIC_MEDIA_TYPES:
                data = path.read_bytes()
                if path.suffix == ".css":
                    continue
                files[path.name] = StaticFile(path.name, data, STATIC_MEDIA_TYPES[path.suffix])
    urls = {file.name: file.url for file in files.values()}
    for folder in reversed(site_folders):
        for path in sorted((folder / "static").glob("*.css")):
            text = path.read_text(encoding="utf-8")
            for name, url in urls.items():
                text = text.replace(f'url("{name}")', f'url("{url}")')
            files[path.name] = StaticFile(path.name, text.encode(), STATIC_MEDIA_TYPES[".css"])
    return files


@dataclass(frozen=True)
class ReaderContext:
    """Everything that handlers share; built once by `app.build_app`."""

    settings: Settings
    library: DigestLibrary
    templates: SiteTemplates
    access_policy: AccessPolicy
    search: DigestSearch
    status: StatusService
    clock: Clock
    phrases: PhraseTable = field(default_factory=load_shipped_phrases)
    """The phrases that pages of stories are written in."""


def get_reader(request: Request) -> ReaderContext:
    """Return the context that the application was built with."""
    reader: ReaderContext = request.app.state.reader
    return reader


def get_audience(request: Request) -> Audience:
    """Return the audience of a request; AccessMiddleware has set it."""
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
    """Return a response with its ETag, or 304 when the caller already has these bytes."""
    data = body.encode() if isinstance(body, str) else body
    # Weak, because the same body is sent compressed or not.
    response_headers = {"etag": f'W/"{hashlib.sha256(data).hexdigest()[:32]}"', **(headers or {})}
    if modified:
        response_headers["last-modified"] = format_datetime(modified, usegmt=True)
    if status == 200 and _is_not_modified(request, response_headers["etag"], modified):
        return Response(status_code=304, headers=response_headers)
    return Response(data, status_code=status, media_type=media_type, headers=response_headers)


def conditional_json_response(request: Request, value: Any, *, modified: datetime | None = None) -> Response:
    """Return JSON with sorted keys, so that equal values have the same bytes and ETag."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return conditional_response(request, text, "application/json", modified=modified)


def _is_not_modified(request: Request, etag: str, modified: datetime | None) -> bool:
    if header := request.headers.get("if-none-match"):
        # When both headers are sent, the tag decides (RFC 9110, 13.2.2).
        tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
        return header.strip() == "*" or etag.removeprefix("W/") in tags
    if modified and (since := request.headers.get("if-modified-since")):
        try:
            return modified.replace(microsecond=0) <= parsedate_to_datetime(since)
        except (ValueError, TypeError, OverflowError):
            return False
    return False
