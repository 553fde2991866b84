"""Pages of digests: the front page, one digest with its pictures and texts, the archive, search and feeds.

Reading the store belongs to `library.py`, matching sentences with their evidence to `annotate.py`. The entries of feeds
are those that destinations publish.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sparky_assets.digests.models import FIRST_EDITION_PART, Product
from sparky_assets.digests.render.feeds import FeedEntry, FeedInfo, format_tag_uri, render_atom, render_json_feed
from sparky_assets.periods import Period, PeriodKind, period_of_day
from sparky_assets.reader.annotate import HtmlBlock, build_blocks
from sparky_assets.reader.formatting import digest_url
from sparky_assets.reader.library import DigestCard
from sparky_assets.reader.pages.common import (
    find_organisation,
    frame_version,
    kind_from_path,
    period_from_path,
    previous_and_next,
    render_html,
    render_page,
)
from sparky_assets.reader.pages.stories import list_running_stories
from sparky_assets.reader.responses import (
    HTML_MEDIA_TYPE,
    ReaderContext,
    conditional_response,
    get_audience,
    get_reader,
)
from sparky_assets.store import Audience

DATELINE_HTML = re.compile(r"\s*<em>[^<]*</em>\s*")


@dataclass
class PageSection:
    """A heading and what follows it."""

    heading: HtmlBlock | None
    parts: list[HtmlBlock] = field(default_factory=list)
    groups: list["PageSection"] = field(default_factory=list)

    @property
    def is_story(self) -> bool:
        """Whether the heading is that of a story, which links to its change; `People` or `Also` link to nothing."""
        return self.heading is not None and any("<a " in sentence.html for sentence in self.heading.sentences)


def split_sections(blocks: Sequence[HtmlBlock]) -> list[PageSection]:
    """Return a digest in parts: second headings, with third headings as groups below them. Its title is left out."""
    sections = [PageSection(None)]
    has_title = False
    for block in blocks:
        if block.kind == "h1" and not has_title:
            has_title = True
        elif block.kind in {"h1", "h2"}:
            sections.append(PageSection(block))
        elif block.kind == "h3":
            sections[-1].groups.append(PageSection(block))
        else:
            last = sections[-1].groups[-1] if sections[-1].groups else sections[-1]
            last.parts.append(block)
    _make_anchors_unique(sections)
    return sections


def leave_out_dateline(blocks: Sequence[HtmlBlock]) -> Sequence[HtmlBlock]:
    """Return the blocks without the line of organisation and dates below the title: the head of the page has both."""
    first = blocks[1] if len(blocks) > 1 and blocks[0].kind == "h1" else None
    is_dateline = first and len(first.sentences) == 1 and DATELINE_HTML.fullmatch(first.sentences[0].html)
    return [blocks[0], *blocks[2:]] if is_dateline else blocks


def list_shown_keys(blocks: Sequence[HtmlBlock]) -> list[str]:
    """Return the keys of the sentences of a text in order, each once. Headings have no evidence."""
    keys = (sentence.key for block in blocks if not block.is_heading for sentence in block.all_sentences)
    return list(dict.fromkeys(key for key in keys if key))


def format_local_time(at: datetime, timezone: str) -> str:
    """`2025-11-12 14:05` where the organisation lives."""
    return f"{at.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}"


def _make_anchors_unique(sections: Sequence[PageSection]) -> None:
    """Two repositories may have one anchor; the second gets a number."""
    seen: dict[str, int] = {}
    for section in _walk_sections(sections):
        if section.heading:
            anchor = section.heading.anchor
            seen[anchor] = seen.get(anchor, 0) + 1
            if seen[anchor] > 1:
                section.heading = replace(section.heading, anchor=f"{anchor}-{seen[anchor]}")


def _walk_sections(sections: Sequence[PageSection]) -> Iterator[PageSection]:
    for section in sections:
        yield section
        yield from _walk_sections(section.groups)


MAX_EARLIER_DIGESTS, MAX_EXAMINED_DIGESTS = 6, 30
"""Earlier digests named beside the front page, and how many are looked at for such in which something happened."""


MAX_RUNNING_STORIES = 6
"""Stories of earlier periods that the page of a digest names beside its text."""


PICTURE_MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""An SVG opened by itself may style itself and do nothing else."""


def show_front_page(request: Request) -> Response:
    """The newest digest in which something happened; of several that end together the shortest period."""
    reader, audience = get_reader(request), get_audience(request)
    newest = [latest for kind in PeriodKind if (latest := reader.library.find_latest(kind, audience))]
    if not newest:
        return render_page(request, "empty.html.j2", {})
    # sorted keeps equals in their order, and kinds come from short to long.
    newest.sort(key=lambda period: period.end, reverse=True)
    telling = (period for period in newest if not _is_empty_digest(reader, audience, period))
    return _render_digest(request, next(telling, newest[0]), is_front=True)


def show_digest(request: Request) -> Response:
    """One digest by kind and label: `/week/2025-W46`. A date or another spelling leads to the address that counts."""
    period = period_from_path(request)
    if digest_url(period) != request.url.path:
        return RedirectResponse(digest_url(period), 308)
    return _render_digest(request, period)


def redirect_to_latest_digest(request: Request) -> Response:
    """`/week` leads to the newest week."""
    kind = kind_from_path(request)
    period = get_reader(request).library.find_latest(kind, get_audience(request))
    return RedirectResponse(digest_url(period) if period else f"/archive/{kind.noun}", 307)


def show_product_text(request: Request) -> Response:
    """Another text of a period (a blog post, a mail, its first edition) as plain text, to be copied."""
    library, audience, period = get_reader(request).library, get_audience(request), period_from_path(request)
    asked = request.path_params["product"]
    known_of = library.load_manifest(period, audience)
    # A first edition that may not be shown any more is kept in the store, and named by nothing.
    is_first = asked == FIRST_EDITION_PART and known_of is not None and known_of.first_edition
    if not is_first and asked not in set(Product):
        raise HTTPException(404, "There is no such text.")
    text = library.load_text(period, audience, asked)
    if text is None:
        raise HTTPException(404, f"There is no such text of the {period}.")
    # Text, never HTML: the mail's own page is made for mail clients, not for this origin.
    return conditional_response(request, text, "text/plain; charset=utf-8")


def show_picture(request: Request) -> Response:
    """Serve a picture that a digest of this audience names; any other name is a 404."""
    reader, audience, period = get_reader(request), get_audience(request), period_from_path(request)
    file_name = request.path_params["file"]
    manifest = reader.library.load_manifest(period, audience)
    for picture in manifest.pictures if manifest else ():
        if f"{picture.name}.{picture.suffix}" == file_name and picture.suffix in PICTURE_MEDIA_TYPES:
            data = reader.library.load_picture(period, audience, picture)
            if data is not None:
                kind = PICTURE_MEDIA_TYPES[picture.suffix]
                return conditional_response(request, data, kind, headers={"content-security-policy": PICTURE_POLICY})
    raise HTTPException(404, "There is no such picture.")


def _render_digest(request: Request, period: Period, *, is_front: bool = False) -> Response:
    reader, audience = get_reader(request), get_audience(request)
    library = reader.library
    card = library.load_card(period, audience)
    if card is None or library.load_markdown(period, audience) is None:
        raise HTTPException(404, f"There is no digest of the {period}.")
    before, after = previous_and_next(library.list_periods(period.kind, audience), period)
    beside = _list_other_digests(reader, audience, period) if is_front else []
    products = _list_products(reader, audience, period)
    values = {"period": period, "before": before, "after": after, "beside": beside,
              "products": products}  # fmt: skip
    # All that the page is made of: whatever of it is written again, the page is made again.
    key = (
        library.page_version(period, audience),
        before,
        after,
        tuple(beside),
        tuple(products),
        frame_version(request),
    )
    body = library.cached_page(
        key, lambda: render_html(request, "digest.html.j2", values | _build_text_values(reader, card, audience))
    )
    return conditional_response(request, body, HTML_MEDIA_TYPE, modified=card.modified)


def _build_text_values(reader: ReaderContext, card: DigestCard, audience: Audience) -> dict[str, Any]:
    """Return the sections of a digest, and the evidence of their sentences."""
    period, library = card.period, reader.library
    grounds = library.load_evidence_index(period, audience)
    blocks = leave_out_dateline(
        build_blocks(
            library.load_markdown(period, audience) or "",
            grounds.matcher if grounds else None,
            library.list_file_urls(period, audience).get,
        )
    )
    return {
        "rendered": library.load_manifest(period, audience),
        "sections": split_sections(blocks),
        "running": list_running_stories(library, audience, period, reader.phrases)[:MAX_RUNNING_STORIES],
        "grounds": {key: grounds.find_evidence(key) for key in list_shown_keys(blocks)} if grounds else {},
        "at": lambda moment: format_local_time(moment, reader.settings.organisation.timezone),
    }


def _list_other_digests(reader: ReaderContext, audience: Audience, current: Period) -> list[Any]:
    """What the front page names beside its digest: the newest of the other kinds, then earlier ones of its own."""
    latest = [reader.library.find_latest(kind, audience) for kind in PeriodKind if kind is not current.kind]
    periods = reader.library.list_periods(current.kind, audience)
    end = bisect_left(periods, current)
    earlier = periods[max(0, end - MAX_EXAMINED_DIGESTS) : end][::-1]
    telling = (period for period in earlier if not _is_empty_digest(reader, audience, period))
    shown = list(islice(telling, MAX_EARLIER_DIGESTS)) or earlier[:MAX_EARLIER_DIGESTS]
    cards = [reader.library.load_card(period, audience) for period in (*latest, *shown) if period]
    return [card for card in cards if card]


def _list_products(reader: ReaderContext, audience: Audience, period: Period) -> list[Product]:
    """Return the other texts of a period that are there."""
    return [
        product
        for product in Product
        if product is not Product.DIGEST and reader.library.load_manifest(period, audience, product)
    ]


def _is_empty_digest(reader: ReaderContext, audience: Audience, period: Period) -> bool:
    card = reader.library.load_card(period, audience)
    return card is None or card.is_empty


HITS_PER_PAGE = 20


def show_archive(request: Request) -> Response:
    """Digests of a kind: days by month, weeks and months by year."""
    reader, audience = get_reader(request), get_audience(request)
    kind = kind_from_path(request) if "kind" in request.path_params else PeriodKind.DAILY
    if "kind" not in request.path_params:
        kind = next((other for other in PeriodKind if reader.library.list_periods(other, audience)), kind)
    drawers = reader.library.periods_by_month(kind, audience)
    asked = request.query_params.get("of", "")
    drawer = asked if asked in drawers else next(reversed(drawers), "")
    key = ("archive", reader.library.listing_version(kind, audience), drawer, frame_version(request))
    body = reader.library.cached_page(
        key, lambda: render_html(request, "archive.html.j2", _build_archive_values(reader, audience, kind, drawer))
    )
    return conditional_response(request, body, HTML_MEDIA_TYPE)


def _build_archive_values(reader: ReaderContext, audience: Audience, kind: PeriodKind, group: str) -> dict[str, Any]:
    drawers = reader.library.periods_by_month(kind, audience)
    periods = drawers.get(group, [])
    cards = [card for period in reversed(periods) if (card := reader.library.load_card(period, audience))]
    return {
        "kind": kind,
        "drawers": list(reversed(drawers)),
        "drawer": group,
        "cards": cards,
        "weeks": _build_month_calendar(periods) if periods and kind is PeriodKind.DAILY else [],
        "count": len(reader.library.list_periods(kind, audience)),
        "empty": {card.period for card in cards if card.is_empty},
    }


def show_search(request: Request) -> Response:
    """Digests that hold all words asked for."""
    reader, audience = get_reader(request), get_audience(request)
    query = request.query_params.get("q", "")[:200]
    wanted = request.query_params.get("kind", "")
    kind = next((candidate for candidate in PeriodKind if candidate.noun == wanted), None)
    number = _parse_page_number(request.query_params.get("page", "1"), 1, 500)
    count, hits = reader.search.find(query, audience, kind, HITS_PER_PAGE, (number - 1) * HITS_PER_PAGE)
    values = {"query": query, "kind": kind, "count": count, "hits": hits, "number": number,
              "pages": -(-count // HITS_PER_PAGE)}  # fmt: skip
    return render_page(request, "search.html.j2", values)


def _build_month_calendar(days: list[Period]) -> list[list[tuple[date | None, Period | None]]]:
    """Return a month in weeks, Monday first: each day with its digest where there is one."""
    day_by_date = {day.start: day for day in days}
    month = period_of_day(PeriodKind.MONTHLY, days[0].start)
    cells: list[tuple[date | None, Period | None]] = [(None, None)] * month.start.weekday()
    cells += [(day.start, day_by_date.get(day.start)) for day in month.days]
    cells += [(None, None)] * (-len(cells) % 7)
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]


def _parse_page_number(text: str, minimum: int, maximum: int) -> int:
    return min(max(int(text), minimum), maximum) if text.isascii() and text.isdigit() and len(text) < 9 else minimum


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
    site = reader.settings.reader.address or str(request.base_url).rstrip("/")
    periods = reader.library.list_periods(kind, audience)[::-1][:MAX_FEED_ENTRIES]
    entries = [entry for period in periods if (entry := _build_feed_entry(reader, period, audience, site))]
    cards = [reader.library.load_card(entry.manifest.period, audience) for entry in entries]
    modified = max((card.modified for card in cards if card), default=None)
    feed = _build_feed(find_organisation(reader, audience), kind, audience, site, form)
    return conditional_response(request, write(feed, entries), media_type, modified=modified)


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
