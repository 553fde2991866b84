"""Jinja2 for the pages: every value is escaped unless our own code made the HTML; a folder of the user's goes first."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sparky_assets.digests.dates import MONTH_NAMES, format_period
from sparky_assets.reader import formatting as words

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
