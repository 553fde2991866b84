"""Pages of digests: the front page, one digest, its pictures and its other texts."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sparky_assets.digests.products import FIRST_EDITION_PART, Product
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.reader.annotate import build_blocks
from sparky_assets.reader.answering import (
    HTML_MEDIA_TYPE,
    ReaderContext,
    conditional_response,
    get_audience,
    get_reader,
)
from sparky_assets.reader.editions import format_local_time, list_shown_keys, split_sections
from sparky_assets.reader.formatting import digest_url
from sparky_assets.reader.library import DigestCard
from sparky_assets.reader.pages.common import (
    find_organisation,
    kind_from_path,
    period_from_path,
    previous_and_next,
    render_html,
    render_page,
)
from sparky_assets.store import Audience

MAX_EARLIER_DIGESTS, MAX_EXAMINED_DIGESTS = 6, 30
"""Earlier digests named beside the front page, and how many are looked at for such in which something happened."""


PICTURE_MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""An SVG opened by itself may style itself and do nothing else."""


def show_front_page(request: Request) -> Response:
    """The newest digest in which something happened; of several that end together the shortest period."""
    reader, audience = get_reader(request), get_audience(request)
    newest = [found for kind in PeriodKind if (found := reader.library.find_latest(kind, audience))]
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
    """A picture that a digest of this audience names; nothing else is looked for."""
    reader, audience, period = get_reader(request), get_audience(request), period_from_path(request)
    asked = request.path_params["file"]
    known_of = reader.library.load_manifest(period, audience)
    for one in known_of.pictures if known_of else ():
        if f"{one.name}.{one.suffix}" == asked and one.suffix in PICTURE_MEDIA_TYPES:
            data = reader.library.load_picture(period, audience, one)
            if data is not None:
                kind = PICTURE_MEDIA_TYPES[one.suffix]
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
    key = (library.page_version(period, audience), before, after, tuple(beside), tuple(products), request.url.path,
           find_organisation(reader, audience))  # fmt: skip
    body = library.cached_page(
        key, lambda: render_html(request, "digest.html.j2", values | _build_text_values(reader, card, audience))
    )
    return conditional_response(request, body, HTML_MEDIA_TYPE, modified=card.modified)


def _build_text_values(reader: ReaderContext, card: DigestCard, audience: Audience) -> dict[str, Any]:
    """A digest's sections and what their sentences stand on."""
    period, library = card.period, reader.library
    grounds = library.load_evidence_index(period, audience)
    blocks = build_blocks(
        library.load_markdown(period, audience) or "",
        grounds.matcher if grounds else None,
        library.list_file_urls(period, audience).get,
    )
    return {
        "rendered": library.load_manifest(period, audience),
        "sections": split_sections(blocks),
        "grounds": {key: grounds.find_evidence(key) for key in list_shown_keys(blocks)} if grounds else {},
        "at": lambda moment: format_local_time(moment, reader.settings.organisation.timezone),
    }


def _list_other_digests(reader: ReaderContext, audience: Audience, current: Period) -> list[Any]:
    """What the front page names beside its digest: the newest of the other kinds, then earlier ones of its own."""
    found = [reader.library.find_latest(kind, audience) for kind in PeriodKind if kind is not current.kind]
    earlier = [period for period in reader.library.list_periods(current.kind, audience) if period < current][
        :-MAX_EXAMINED_DIGESTS:-1
    ]
    telling = [period for period in earlier if not _is_empty_digest(reader, audience, period)] or earlier
    cards = [
        reader.library.load_card(period, audience) for period in (*found, *telling[:MAX_EARLIER_DIGESTS]) if period
    ]
    return [card for card in cards if card]


def _list_products(reader: ReaderContext, audience: Audience, period: Period) -> list[Product]:
    """The other texts of a period that are there."""
    return [
        product
        for product in Product
        if product is not Product.DIGEST and reader.library.load_manifest(period, audience, product)
    ]


def _is_empty_digest(reader: ReaderContext, audience: Audience, period: Period) -> bool:
    card = reader.library.load_card(period, audience)
    return card is None or card.is_empty
