"""Feeds of the newest digests: Atom and JSON Feed for each kind of period, whole texts, for the reader's audience."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree as Xml

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from sparky_assets.digests.dates import spoken
from sparky_assets.reader.answering import answer, audience_of, reader_of
from sparky_assets.reader.library import Card
from sparky_assets.reader.pages import asked_kind, organisation, page
from sparky_assets.reader.rendering import html_of
from sparky_assets.reader.words import page_of

ENTRIES = 20
ATOM = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True)
class Entry:
    """One digest in a feed."""

    card: Card
    ended: datetime
    """When its period ended: what feed readers sort by, and the same however often it is written."""
    html: str


def feed(request: Request) -> Response:
    """`/feeds/week.atom` and its like."""
    reader, audience, kind = reader_of(request), audience_of(request), asked_kind(request)
    form = request.path_params["form"]
    if form not in {"atom", "json"}:
        raise HTTPException(404, "Feeds end in .atom or .json.")
    zone = reader.settings.organisation.timezone
    entries = []
    for period in reader.library.periods(kind, audience)[::-1][:ENTRIES]:
        card, markdown = reader.library.card(period, audience), reader.library.markdown(period, audience)
        if card and markdown:
            # Pictures have addresses of this site, which a feed reader may not be let in to.
            entries.append(Entry(card, period.window(zone).end, html_of(markdown)))
    title = f"{organisation(reader, audience)}: every {kind.noun}"
    base = str(request.base_url).rstrip("/")
    modified = max((entry.card.modified for entry in entries), default=None)
    if form == "atom":
        body = atom(title, base, f"/feeds/{kind.noun}.atom", entries)
        return answer(request, body, "application/atom+xml; charset=utf-8", modified=modified)
    return answer(request, json_feed(title, base, f"/feeds/{kind.noun}.json", entries),
                  "application/feed+json; charset=utf-8", modified=modified)  # fmt: skip


def feeds(request: Request) -> Response:
    """The list of feeds."""
    return page(request, "feeds.html.j2", {})


def atom(title: str, base: str, own: str, entries: Sequence[Entry]) -> bytes:
    """An Atom document (RFC 4287)."""
    Xml.register_namespace("", ATOM)
    root = Xml.Element(f"{{{ATOM}}}feed")
    _add(root, "title", title)
    _add(root, "id", base + own)
    newest = max((entry.ended for entry in entries), default=datetime(1970, 1, 1, tzinfo=UTC))
    _add(root, "updated", newest.isoformat())
    _add(root, "link", rel="self", href=base + own)
    _add(root, "link", rel="alternate", href=base + "/")
    _add(_add(root, "author"), "name", "Sparky")
    for entry in entries:
        one = _add(root, "entry")
        _add(one, "title", spoken(entry.card.period))
        _add(one, "id", base + page_of(entry.card.period))
        _add(one, "link", rel="alternate", href=base + page_of(entry.card.period))
        _add(one, "updated", entry.ended.isoformat())
        _add(one, "summary", entry.card.headline)
        _add(one, "content", entry.html, type="html")
    return bytes(Xml.tostring(root, encoding="utf-8", xml_declaration=True))


def json_feed(title: str, base: str, own: str, entries: Sequence[Entry]) -> str:
    """A JSON Feed 1.1."""
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": title,
            "home_page_url": base + "/",
            "feed_url": base + own,
            "items": [
                {
                    "id": base + page_of(entry.card.period), "url": base + page_of(entry.card.period),
                    "title": spoken(entry.card.period), "summary": entry.card.headline, "content_html": entry.html,
                    "date_published": entry.ended.isoformat(),
                }
                for entry in entries
            ],
        },
        ensure_ascii=False,
    )  # fmt: skip


def _add(parent: Xml.Element, name: str, text: str = "", **attributes: str) -> Xml.Element:
    child = Xml.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    if text:
        # XML knows no control characters, escaped or not.
        child.text = "".join(char for char in text if char in "\t\n\r" or ord(char) >= 32)
    return child
