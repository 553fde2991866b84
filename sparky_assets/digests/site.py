"""What a destination needs beside its pages: an index, archives by year and month, feeds, a list with hashes. Pure.

Made from everything that is published there, so that the same pages give the same bytes, in whatever order they come.
There is no clock: what is newest is told by the periods. Feeds are Atom (RFC 4287) and JSON Feed 1.1, with full texts.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import groupby
from urllib.parse import urljoin
from xml.etree import ElementTree

from sparky_assets.digests.dates import CALENDARS, Language, shelf_of
from sparky_assets.digests.escaping import escape
from sparky_assets.digests.front_matter import AUTHOR, Flavour, FrontMatter, write_front_matter
from sparky_assets.digests.pages import html_of
from sparky_assets.digests.products import Rendered

ATOM = "http://www.w3.org/2005/Atom"
IN_FEED, IN_INDEX = 50, 20
"""Entries of a feed and links of the index; the archives and `digests.json` hold all."""


@dataclass(frozen=True)
class Site:
    """What is true of a whole destination."""

    title: str
    url: str = ""
    """Its public address; empty where none is known, and then feeds link relatively."""
    language: Language = "en"
    flavour: Flavour = "quartz"


@dataclass(frozen=True)
class SiteEntry:
    """One published page: what is known of it, where it lies (relative to the folder), its address, and its text."""

    rendered: Rendered
    path: str
    url: str
    markdown: str

    @property
    def id(self) -> str:
        """An id that stays, whatever address the page moves to (RFC 4151)."""
        one = self.rendered
        return f"tag:sparky,2025:{one.period.kind.value}/{one.period.label}/{one.product}/{one.audience}"

    @property
    def updated(self) -> str:
        """The end of its period, which is when it could first be written; a correction is told by its hash."""
        end = self.rendered.period.end
        return datetime(end.year, end.month, end.day, tzinfo=UTC).isoformat().replace("+00:00", "Z")

    @property
    def shelf(self) -> tuple[int, int]:
        """The year and month of its archives."""
        day = shelf_of(self.rendered.period)
        return day.year, day.month


def make_site(entries: Sequence[SiteEntry], site: Site) -> dict[str, str]:
    """Every file beside the pages by its path: index.md, archives, feed.xml, feed.json, digests.json."""
    newest = sorted(
        entries, key=lambda one: (one.rendered.period.end, one.rendered.period.start, one.path), reverse=True
    )
    files = {
        "index.md": _index(newest, site),
        "feed.xml": _atom(newest[:IN_FEED], site),
        "feed.json": _json_feed(newest[:IN_FEED], site),
        "digests.json": _list(newest),
    }
    for (year, month), ones in groupby(sorted(newest, key=lambda one: one.shelf, reverse=True), lambda one: one.shelf):
        files[f"{year}/{month:02d}/index.md"] = _month(year, month, list(ones), site)
    for year, ones in groupby(sorted(newest, key=lambda one: one.shelf, reverse=True), lambda one: one.shelf[0]):
        files[f"{year}/index.md"] = _year(year, list(ones), site)
    return files


def _page(title: str, said: str, newest: SiteEntry | None, lines: Sequence[str], site: Site) -> str:
    day = newest.rendered.date if newest else None
    head = write_front_matter(FrontMatter(title=title, description=said, date=day), site.flavour) if day else ""
    return "\n".join([f"{head}# {escape(title)}", "", *lines]).rstrip() + "\n"


def _index(newest: Sequence[SiteEntry], site: Site) -> str:
    years = sorted({one.shelf[0] for one in newest}, reverse=True)
    lines = [_line(one, one.path) for one in newest[:IN_INDEX]] or ["Nothing is published yet."]
    archive = ["", "## Archive", "", *(f"- [{year}]({year}/index.md)" for year in years)] if years else []
    feeds = ["", "[Atom](feed.xml) · [JSON Feed](feed.json) · [All as JSON](digests.json)"]
    return _page(site.title, "The newest digests.", newest[0] if newest else None, [*lines, *archive, *feeds], site)


def _year(year: int, ones: Sequence[SiteEntry], site: Site) -> str:
    lines: list[str] = []
    for (_, month), shelf in groupby(ones, lambda one: one.shelf):
        lines += [f"## [{_month_name(month, site)} {year}]({month:02d}/index.md)", ""]
        lines += [*(_line(one, _relative(one.path, 1)) for one in shelf), ""]
    return _page(f"{site.title}: {year}", f"All digests of {year}.", ones[0], lines, site)


def _month(year: int, month: int, ones: Sequence[SiteEntry], site: Site) -> str:
    when = f"{_month_name(month, site)} {year}"
    lines = [_line(one, _relative(one.path, 2)) for one in ones]
    return _page(f"{site.title}: {when}", f"All digests of {when}.", ones[0], lines, site)


def _line(entry: SiteEntry, target: str) -> str:
    one = entry.rendered
    return f"- [{escape(one.title)}]({target}): {escape(one.description)}"


def _relative(path: str, depth: int) -> str:
    return "../" * depth + path


def _month_name(month: int, site: Site) -> str:
    return CALENDARS[site.language].months[month - 1]


def _html(entry: SiteEntry) -> str:
    return html_of(entry.markdown, lambda file: urljoin(entry.url, file) if entry.url else file)


def _atom(newest: Sequence[SiteEntry], site: Site) -> str:
    ElementTree.register_namespace("", ATOM)
    feed = ElementTree.Element(f"{{{ATOM}}}feed", {"xml:lang": site.language})
    _element(feed, "title", site.title)
    _element(feed, "id", site.url or f"tag:sparky,2025:{site.title}")
    _element(feed, "updated", newest[0].updated if newest else "1970-01-01T00:00:00Z")
    _element(_element(feed, "author"), "name", AUTHOR)
    if site.url:
        _element(feed, "link", rel="self", href=urljoin(site.url, "feed.xml"))
    for one in newest:
        entry = _element(feed, "entry")
        _element(entry, "title", one.rendered.title)
        _element(entry, "id", one.id)
        _element(entry, "updated", one.updated)
        _element(entry, "link", rel="alternate", href=one.url or one.path)
        _element(entry, "summary", one.rendered.description)
        for tag in one.rendered.tags:
            _element(entry, "category", term=tag)
        _element(entry, "content", _html(one), type="html")
    ElementTree.indent(feed)
    text = ElementTree.tostring(feed, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _element(parent: ElementTree.Element, name: str, text: str | None = None, **attributes: str) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    element.text = None if text is None else "".join(char for char in text if char.isprintable() or char in "\n\t")
    return element


def _json_feed(newest: Sequence[SiteEntry], site: Site) -> str:
    address = {"home_page_url": site.url, "feed_url": urljoin(site.url, "feed.json")} if site.url else {}
    return _json(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": site.title,
            "language": site.language,
            **address,
            "items": [
                {
                    "id": one.id,
                    "url": one.url or one.path,
                    "title": one.rendered.title,
                    "summary": one.rendered.description,
                    "content_html": _html(one),
                    "date_published": one.updated,
                    "tags": list(one.rendered.tags),
                    "authors": [{"name": AUTHOR}],
                }
                for one in newest
            ],
        }
    )


def _list(newest: Sequence[SiteEntry]) -> str:
    return _json({"digests": list(_listed(newest))})


def _listed(newest: Sequence[SiteEntry]) -> Iterator[dict[str, object]]:
    for one in newest:
        known = one.rendered
        yield {
            "id": one.id,
            "kind": known.period.kind.value,
            "period": known.period.label,
            "product": str(known.product),
            "title": known.title,
            "description": known.description,
            "path": one.path,
            "url": one.url,
            "words": known.words,
            "is_quiet": known.is_quiet,
            "edition": known.edition,
            "corrections": list(known.corrections),
            "pictures": [picture.file for picture in known.pictures],
            "sha256": sha256(one.markdown.encode()).hexdigest(),
        }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
