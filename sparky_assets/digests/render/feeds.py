"""Atom (RFC 4287) and JSON Feed 1.1 with whole texts, for every place where digests are read. Pure.

The same edition has the same id and the same bytes in the feed of a destination and in the reader's; only its address
and those of its pictures differ, for they are what they are called there.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urljoin, urlsplit
from xml.etree import ElementTree

from sparky_assets.digests.models import ProductManifest
from sparky_assets.digests.render.front_matter import AUTHOR
from sparky_assets.digests.render.html import FileResolver, render_html
from sparky_assets.digests.titles import Language

ATOM_NAMESPACE = "http://www.w3.org/2005/Atom"


TAG_URI_PREFIX = "tag:sparky,2025:"


UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class FeedInfo:
    """What is true of a whole feed; an address is empty where none is known."""

    organisation: str
    title: str
    id: str
    home_url: str = ""
    """The address of the site that it belongs to."""
    feed_url: str = ""
    """Its own address."""
    language: Language = "en"


@dataclass(frozen=True)
class FeedEntry:
    """One page: what is known of it, where it lies (relative to the site), its address, and its text."""

    manifest: ProductManifest
    path: str
    url: str
    markdown: str
    resolve_file: FileResolver | None = None
    """Where its pictures are shown; beside the page, unless told otherwise."""

    def format_id(self, organisation: str) -> str:
        """An id that stays, whatever address the page moves to (RFC 4151), and that no other organisation has."""
        one = self.manifest
        return f"{format_tag_uri(organisation)}/{one.period.kind.value}/{one.period.label}/{one.product}/{one.audience}"

    @property
    def updated(self) -> str:
        """The end of its period, which is when it could first be written; a correction is told by its hash."""
        end = self.manifest.period.end
        return _format_utc(datetime(end.year, end.month, end.day, tzinfo=UTC))

    @property
    def html(self) -> str:
        """Its text."""
        return render_html(self.markdown, self.resolve_file or self._resolve_beside_page)

    def _resolve_beside_page(self, file: str) -> str | None:
        if urlsplit(file).netloc:
            return None  # elsewhere, and so nothing that was published with it
        return urljoin(self.url, file) if self.url else file


def format_tag_uri(organisation: str) -> str:
    """What the ids of an organisation begin with."""
    return f"{TAG_URI_PREFIX}{quote(organisation, safe='')}"


def sort_newest_first(entries: Sequence[FeedEntry]) -> list[FeedEntry]:
    """In the order of feeds, archives and lists, in whatever order they came."""
    key = lambda entry: (entry.manifest.period.end, entry.manifest.period.start, entry.path)  # noqa: E731
    return sorted(entries, key=key, reverse=True)


def render_atom(feed: FeedInfo, entries: Sequence[FeedEntry]) -> str:
    """An Atom document."""
    ElementTree.register_namespace("", ATOM_NAMESPACE)
    root = ElementTree.Element(f"{{{ATOM_NAMESPACE}}}feed", {"xml:lang": feed.language})
    _add_element(root, "title", feed.title)
    _add_element(root, "id", feed.id)
    _add_element(root, "updated", max((one.updated for one in entries), default=_format_utc(UNIX_EPOCH)))
    _add_element(_add_element(root, "author"), "name", AUTHOR)
    if feed.feed_url:
        _add_element(root, "link", rel="self", href=feed.feed_url)
    if feed.home_url:
        _add_element(root, "link", rel="alternate", href=feed.home_url)
    for one in entries:
        entry = _add_element(root, "entry")
        _add_element(entry, "title", one.manifest.title)
        _add_element(entry, "id", one.format_id(feed.organisation))
        _add_element(entry, "updated", one.updated)
        _add_element(entry, "link", rel="alternate", href=one.url or one.path)
        _add_element(entry, "summary", one.manifest.description)
        for name in one.manifest.tags:
            _add_element(entry, "category", term=name)
        _add_element(entry, "content", one.html, type="html")
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def render_json_feed(feed: FeedInfo, entries: Sequence[FeedEntry]) -> str:
    """A JSON Feed."""
    addresses = {"home_page_url": feed.home_url, "feed_url": feed.feed_url}
    return format_json(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed.title,
            "language": feed.language,
            **{name: address for name, address in addresses.items() if address},
            "items": [
                {
                    "id": one.format_id(feed.organisation),
                    "url": one.url or one.path,
                    "title": one.manifest.title,
                    "summary": one.manifest.description,
                    "content_html": one.html,
                    "date_published": one.updated,
                    "tags": list(one.manifest.tags),
                    "authors": [{"name": AUTHOR}],
                }
                for one in entries
            ],
        }
    )


def format_json(value: object) -> str:
    """JSON as files of a site have it."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _format_utc(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _add_element(
    parent: ElementTree.Element, name: str, text: str | None = None, **attributes: str
) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, f"{{{ATOM_NAMESPACE}}}{name}", attributes)
    # XML knows no control characters, escaped or not.
    element.text = None if text is None else "".join(char for char in text if char.isprintable() or char in "\n\t")
    return element
