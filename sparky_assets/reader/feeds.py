"""Feeds of the newest digests for the reader's audience: the entries are those that destinations publish."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from sparky_assets.audience import Audience
from sparky_assets.digests.feeds import Entry, Feed, atom, json_feed, tag
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.reader.answering import Reader, answer, audience_of, reader_of
from sparky_assets.reader.pages import asked_kind, organisation, page
from sparky_assets.reader.words import page_of

ENTRIES = 20
FORMS = {
    "atom": (atom, "application/atom+xml; charset=utf-8"),
    "json": (json_feed, "application/feed+json; charset=utf-8"),
}


def feed(request: Request) -> Response:
    """`/feeds/week.atom` and its like."""
    reader, audience, kind = reader_of(request), audience_of(request), asked_kind(request)
    form = request.path_params["form"]
    if form not in FORMS:
        raise HTTPException(404, "Feeds end in .atom or .json.")
    write, media_type = FORMS[form]
    site = str(request.base_url).rstrip("/")
    periods = reader.library.periods(kind, audience)[::-1][:ENTRIES]
    entries = [entry for period in periods if (entry := _entry(reader, period, audience, site))]
    cards = [reader.library.card(entry.rendered.period, audience) for entry in entries]
    modified = max((card.modified for card in cards if card), default=None)
    known = _feed(organisation(reader, audience), kind, audience, site, form)
    return answer(request, write(known, entries), media_type, modified=modified)


def feeds(request: Request) -> Response:
    """The list of feeds."""
    return page(request, "feeds.html.j2", {})


def _feed(organisation: str, kind: PeriodKind, audience: Audience, site: str, form: str) -> Feed:
    return Feed(
        organisation,
        title=f"{organisation}: every {kind.noun}",
        id=f"{tag(organisation)}/{kind.value}/{audience}",
        home=f"{site}/",
        own=f"{site}/feeds/{kind.noun}.{form}",
    )


def _entry(reader: Reader, period: Period, audience: Audience, site: str) -> Entry | None:
    rendered, markdown = reader.library.rendered(period, audience), reader.library.markdown(period, audience)
    if rendered is None or markdown is None:
        return None
    files = reader.library.addresses(period, audience)
    addresses = {name: f"{site}{path}" for name, path in files.items()}
    return Entry(rendered, page_of(period), f"{site}{page_of(period)}", markdown, addresses.get)
