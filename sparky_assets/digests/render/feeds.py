"""Feeds with full texts: Atom (RFC 4287) and JSON Feed 1.1, for destinations and for the reader. Pure.

An edition has the same id and text in both; only the addresses of its page and pictures differ.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from urllib.parse import quote, urljoin, urlsplit
from xml.etree import ElementTree

from sparky_assets.digests.models import ProductManifest
from sparky_assets.digests.render.front_matter import AUTHOR
from sparky_assets.digests.render.html import FileResolver, render_html
from sparky_assets.digests.titles import Language

ATOM_NAMESPACE = "http://www.w3.org/2005/Atom"
TAG_URI_PREFIX = "tag:sparky,2025:"
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 does not allow, not even escaped. A joiner inside an emoji is allowed."""

UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class FeedInfo:
    """Metadata of a feed; addresses are empty if unknown."""

    organisation: str
    title: str
    id: str
    home_url: str = ""
    """Address of the site that the feed belongs to."""
    feed_url: str = ""
    """Address of the feed itself."""
    language: Language = "en"


@dataclass(frozen=True)
class FeedEntry:
    """A page in a feed: its manifest, its path below the site, its address, and its Markdown."""

    manifest: ProductManifest
    path: str
    url: str
    markdown: str
    resolve_file: FileResolver | None = None
    """Finds the addresses of its pictures; by default they are beside the page."""

    def format_id(self, organisation: str) -> str:
        """Return a tag URI (RFC 4151): it stays when the page moves, and is unique to the organisation."""
        period, product, audience = self.manifest.period, self.manifest.product, self.manifest.audience
        return f"{format_tag_uri(organisation)}/{period.kind.value}/{period.label}/{product}/{audience}"

    @property
    def updated(self) -> str:
        """End of its period, the first moment when it can be written. A correction does not change it."""
        end = self.manifest.period.end
        return _format_utc(datetime(end.year, end.month, end.day, tzinfo=UTC))

    @cached_property
    def html(self) -> str:
        """Its text as HTML; both feeds of a site print it."""
        if self.resolve_file is None:
            return _render_published_html(self.markdown, self.url)
        return render_html(self.markdown, self.resolve_file)


@lru_cache(maxsize=128)
def _render_published_html(markdown: str, url: str) -> str:
    """Return the text of a published page as HTML. A backfill renders the same newest pages at each publication."""

    def resolve_beside_page(file: str) -> str | None:
        if urlsplit(file).netloc:
            return None  # on another site, so it was not published with the page
        return urljoin(url, file) if url else file

    return render_html(markdown, resolve_beside_page)


def format_tag_uri(organisation: str) -> str:
    """Return the prefix of all ids of an organisation."""
    return f"{TAG_URI_PREFIX}{quote(organisation, safe='')}"


def sort_newest_first(entries: Sequence[FeedEntry]) -> list[FeedEntry]:
    """Sort entries for feeds, archives and lists: by the end of the period, its start, and the path."""
    return sorted(
        entries,
        key=lambda entry: (entry.manifest.period.end, entry.manifest.period.start, entry.path),
        reverse=True,
    )


def render_atom(feed: FeedInfo, entries: Sequence[FeedEntry]) -> str:
    """Return an Atom document."""
    ElementTree.register_namespace("", ATOM_NAMESPACE)
    root = ElementTree.Element(f"{{{ATOM_NAMESPACE}}}feed", {"xml:lang": feed.language})
    _add_element(root, "title", feed.title)
    _add_element(root, "id", feed.id)
    _add_element(root, "updated", max((entry.updated for entry in entries), default=_format_utc(UNIX_EPOCH)))
    _add_element(_add_element(root, "author"), "name", AUTHOR)
    if feed.feed_url:
        _add_element(root, "link", rel="self", href=feed.feed_url)
    if feed.home_url:
        _add_element(root, "link", rel="alternate", href=feed.home_url)
    for entry in entries:
        element = _add_element(root, "entry")
        _add_element(element, "title", entry.manifest.title)
        _add_element(element, "id", entry.format_id(feed.organisation))
        _add_element(element, "updated", entry.updated)
        _add_element(element, "link", rel="alternate", href=entry.url or entry.path)
        _add_element(element, "summary", entry.manifest.description)
        for tag in entry.manifest.tags:
            _add_element(element, "category", term=tag)
        _add_element(element, "content", entry.html, type="html")
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def render_json_feed(feed: FeedInfo, entries: Sequence[FeedEntry]) -> str:
    """Return a JSON Feed document."""
    addresses = {"home_page_url": feed.home_url, "feed_url": feed.feed_url}
    return format_json(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed.title,
            "language": feed.language,
            **{name: address for name, address in addresses.items() if address},
            "items": [
                {
                    "id": entry.format_id(feed.organisation),
                    "url": entry.url or entry.path,
                    "title": entry.manifest.title,
                    "summary": entry.manifest.description,
                    "content_html": entry.html,
                    "date_published": entry.updated,
                    "tags": list(entry.manifest.tags),
                    "authors": [{"name": AUTHOR}],
                }
                for entry in entries
            ],
        }
    )


def format_json(value: object) -> str:
    """Format JSON for the files of a site: indented, with sorted keys, so that the bytes are stable."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _format_utc(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _add_element(
    parent: ElementTree.Element, name: str, text: str | None = None, **attributes: str
) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, f"{{{ATOM_NAMESPACE}}}{name}", attributes)
    element.text = None if text is None else _NOT_IN_XML.sub("", text)
    return element
