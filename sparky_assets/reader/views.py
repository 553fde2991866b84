"""Jinja2 for the pages: every value is escaped unless our own code made the HTML; a folder of the user's goes first."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sparky_assets.digests.dates import MONTHS, spoken
from sparky_assets.reader import words

TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".woff2": "font/woff2",
         ".svg": "image/svg+xml"}  # fmt: skip


@dataclass(frozen=True)
class Static:
    """A file of the site: its bytes, and an address that changes with them."""

    name: str
    data: bytes
    media_type: str

    @property
    def url(self) -> str:
        """Where pages find it; may be kept for ever."""
        return f"/static/{hashlib.sha256(self.data).hexdigest()[:12]}/{self.name}"


class Views:
    """Templates and the few files beside them, read once."""

    def __init__(self, folders: Sequence[Path]) -> None:
        site = [folder / "site" for folder in folders]
        self._templates = Environment(
            loader=ChoiceLoader([FileSystemLoader(folder) for folder in site]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.static = {one.url: one for one in _static(site).values()}
        urls = {one.name: one.url for one in self.static.values()}
        self._templates.globals.update(static=urls, months=MONTHS, page_of=words.page_of)
        self._templates.globals.update(page_of_repository=words.page_of_repository)
        self._templates.globals.update(page_of_person=words.page_of_person, named=words.named, spoken=spoken)
        self._templates.filters.update(safe_html=Markup, ticks=ticks, last_word=words.last_word)
        self._templates.filters["number"] = lambda value: f"{value:,}"

    def render(self, name: str, values: Mapping[str, Any]) -> str:
        """A page by the name of its template."""
        return self._templates.get_template(name).render(values)


def ticks(text: str) -> Markup:
    """A plain text as HTML, in which words between backticks are code, as its author meant them."""
    parts = re.split(r"`([^`]+)`", text)
    return Markup().join(Markup("<code>{}</code>").format(part) if number % 2 else part
                         for number, part in enumerate(parts))  # fmt: skip


def _static(site: Sequence[Path]) -> dict[str, Static]:
    """The files that may be asked for, by name: nothing is ever looked up by an address that came from outside."""
    found: dict[str, Static] = {}
    for folder in reversed(site):
        for path in sorted((folder / "static").glob("*")):
            if path.suffix in TYPES:
                data = path.read_bytes()
                if path.suffix == ".css":
                    continue
                found[path.name] = Static(path.name, data, TYPES[path.suffix])
    addresses = {one.name: one.url for one in found.values()}
    for folder in reversed(site):
        for path in sorted((folder / "static").glob("*.css")):
            text = path.read_text(encoding="utf-8")
            for name, url in addresses.items():
                text = text.replace(f'url("{name}")', f'url("{url}")')
            found[path.name] = Static(path.name, text.encode(), TYPES[".css"])
    return found
