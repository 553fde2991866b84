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

from sparky_assets.digests.dates import Language
from sparky_assets.digests.front_matter import AUTHOR
from sparky_assets.digests.pages import Addresses, html_of
from sparky_assets.digests.products import Rendered

ATOM = "http://www.w3.org/2005/Atom"
TAG = "tag:sparky,2025:"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Feed:
    """What is true of a whole feed; an address is empty where none is known."""

    organisation: str
    title: str
    id: str
    home: str = ""
    """The address of the site that it belongs to."""
    own: str = ""
    """Its own address."""
    language: Language = "en"


@dataclass(frozen=True)
class Entry:
    """One page: what is known of it, where it lies (relative to the site), its address, and its text."""

    rendered: Rendered
    path: str
    url: str
    markdown: str
    address: Addresses | None = None
    """Where its pictures are shown; beside the page, unless told otherwise."""

    def id(self, organisation: str) -> str:
        """An id that stays, whatever address the page moves to (RFC 4151), and that no other organisation has."""
        one = self.rendered
        return f"{tag(organisation)}/{one.period.kind.value}/{one.period.label}/{one.product}/{one.audience}"

    @property
    def updated(self) -> str:
        """The end of its period, which is when it could first be written; a correction is told by its hash."""
        end = self.rendered.period.end
        return _utc(datetime(end.year, end.month, end.day, tzinfo=UTC))

    @property
    def html(self) -> str:
        """Its text."""
        return html_of(self.markdown, self.address or self._beside)

    def _beside(self, file: str) -> str | None:
        if urlsplit(file).netloc:
            return None  # elsewhere, and so nothing that was published with it
        return urljoin(self.url, file) if self.url else file


def tag(organisation: str) -> str:
    """What the ids of an organisation begin with."""
    return f"{TAG}{quote(organisation, safe='')}"


def newest_first(entries: Sequence[Entry]) -> list[Entry]:
    """In the order of feeds, archives and lists, in whatever order they came."""
    key = lambda one: (one.rendered.period.end, one.rendered.period.start, one.path)  # noqa: E731
    return sorted(entries, key=key, reverse=True)


def atom(feed: Feed, entries: Sequence[Entry]) -> str:
    """An Atom document."""
    ElementTree.register_namespace("", ATOM)
    root = ElementTree.Element(f"{{{ATOM}}}feed", {"xml:lang": feed.language})
    _element(root, "title", feed.title)
    _element(root, "id", feed.id)
    _element(root, "updated", max((one.updated for one in entries), default=_utc(NEVER)))
    _element(_element(root, "author"), "name", AUTHOR)
    if feed.own:
        _element(root, "link", rel="self", href=feed.own)
    if feed.home:
        _element(root, "link", rel="alternate", href=feed.home)
    for one in entries:
        entry = _element(root, "entry")
        _element(entry, "title", one.rendered.title)
        _element(entry, "id", one.id(feed.organisation))
        _element(entry, "updated", one.updated)
        _element(entry, "link", rel="alternate", href=one.url or one.path)
        _element(entry, "summary", one.rendered.description)
        for name in one.rendered.tags:
            _element(entry, "category", term=name)
        _element(entry, "content", one.html, type="html")
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def json_feed(feed: Feed, entries: Sequence[Entry]) -> str:
    """A JSON Feed."""
    addresses = {"home_page_url": feed.home, "feed_url": feed.own}
    return as_json(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed.title,
            "language": feed.language,
            **{name: address for name, address in addresses.items() if address},
            "items": [
                {
                    "id": one.id(feed.organisation),
                    "url": one.url or one.path,
                    "title": one.rendered.title,
                    "summary": one.rendered.description,
                    "content_html": one.html,
                    "date_published": one.updated,
                    "tags": list(one.rendered.tags),
                    "authors": [{"name": AUTHOR}],
                }
                for one in entries
            ],
        }
    )


def as_json(value: object) -> str:
    """JSON as files of a site have it."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _utc(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _element(parent: ElementTree.Element, name: str, text: str | None = None, **attributes: str) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    # XML knows no control characters, escaped or not.
    element.text = None if text is None else "".join(char for char in text if char.isprintable() or char in "\n\t")
    return element
