"""Feeds of the newest digests for the reader's audience: the entries are those that destinations publish."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from sparky_assets.digests.render.feeds import FeedEntry, FeedInfo, format_tag_uri, render_atom, render_json_feed
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.reader.answering import ReaderContext, conditional_response, get_audience, get_reader
from sparky_assets.reader.formatting import digest_url
from sparky_assets.reader.pages.common import find_organisation, kind_from_path, render_page
from sparky_assets.store import Audience

MAX_FEED_ENTRIES = 20


FEED_FORMATS = {
    "atom": (render_atom, "application/atom+xml; charset=utf-8"),
    "json": (render_json_feed, "application/feed+json; charset=utf-8"),
}


def serve_feed(request: Request) -> Response:
    """`/feeds/week.atom` and its like."""
    reader, audience, kind = get_reader(request), get_audience(request), kind_from_path(request)
    form = request.path_params["form"]
    if form not in FEED_FORMATS:
        raise HTTPException(404, "Feeds end in .atom or .json.")
    write, media_type = FEED_FORMATS[form]
    site = str(request.base_url).rstrip("/")
    periods = reader.library.list_periods(kind, audience)[::-1][:MAX_FEED_ENTRIES]
    entries = [entry for period in periods if (entry := _build_feed_entry(reader, period, audience, site))]
    cards = [reader.library.load_card(entry.manifest.period, audience) for entry in entries]
    modified = max((card.modified for card in cards if card), default=None)
    known = _build_feed(find_organisation(reader, audience), kind, audience, site, form)
    return conditional_response(request, write(known, entries), media_type, modified=modified)


def show_feeds(request: Request) -> Response:
    """The list of feeds."""
    return render_page(request, "feeds.html.j2", {})


def _build_feed(organisation: str, kind: PeriodKind, audience: Audience, site: str, form: str) -> FeedInfo:
    return FeedInfo(
        organisation,
        title=f"{organisation}: every {kind.noun}",
        id=f"{format_tag_uri(organisation)}/{kind.value}/{audience}",
        home_url=f"{site}/",
        feed_url=f"{site}/feeds/{kind.noun}.{form}",
    )


def _build_feed_entry(reader: ReaderContext, period: Period, audience: Audience, site: str) -> FeedEntry | None:
    rendered, markdown = reader.library.load_manifest(period, audience), reader.library.load_markdown(period, audience)
    if rendered is None or markdown is None:
        return None
    files = reader.library.list_file_urls(period, audience)
    addresses = {name: f"{site}{path}" for name, path in files.items()}
    return FeedEntry(rendered, digest_url(period), f"{site}{digest_url(period)}", markdown, addresses.get)
