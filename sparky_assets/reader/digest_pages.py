"""Pages of digests: the front page, one digest, its pictures and its other texts."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sparky_assets.audience import Audience
from sparky_assets.digests.products import FIRST_EDITION, Product
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.reader.answering import HTML, Reader, answer, audience_of, reader_of
from sparky_assets.reader.editions import keys_shown, local_time, sections
from sparky_assets.reader.library import Card
from sparky_assets.reader.pages import asked_kind, asked_period, neighbours, organisation, page, rendered
from sparky_assets.reader.rendering import blocks_of
from sparky_assets.reader.words import page_of

BESIDE, LOOKED_BACK = 6, 30
"""Earlier digests named beside the front page, and how many are looked at for such in which something happened."""
PICTURES = {"svg": "image/svg+xml", "png": "image/png"}
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""An SVG opened by itself may style itself and do nothing else."""


def front(request: Request) -> Response:
    """The newest digest in which something happened; of several that end together the shortest period."""
    reader, audience = reader_of(request), audience_of(request)
    newest = [found for kind in PeriodKind if (found := reader.library.latest(kind, audience))]
    if not newest:
        return page(request, "empty.html.j2", {})
    # sorted keeps equals in their order, and kinds come from short to long.
    newest.sort(key=lambda period: period.end, reverse=True)
    telling = (period for period in newest if not _is_empty(reader, audience, period))
    return _digest(request, next(telling, newest[0]), is_front=True)


def digest(request: Request) -> Response:
    """One digest by kind and label: `/week/2025-W46`. A date or another spelling leads to the address that counts."""
    period = asked_period(request)
    if page_of(period) != request.url.path:
        return RedirectResponse(page_of(period), 308)
    return _digest(request, period)


def latest(request: Request) -> Response:
    """`/week` leads to the newest week."""
    kind = asked_kind(request)
    period = reader_of(request).library.latest(kind, audience_of(request))
    return RedirectResponse(page_of(period) if period else f"/archive/{kind.noun}", 307)


def product(request: Request) -> Response:
    """Another text of a period (a blog post, a mail, its first edition) as plain text, to be copied."""
    library, audience, period = reader_of(request).library, audience_of(request), asked_period(request)
    asked = request.path_params["product"]
    known_of = library.rendered(period, audience)
    # A first edition that may not be shown any more is kept in the store, and named by nothing.
    is_first = asked == FIRST_EDITION and known_of is not None and known_of.first_edition
    if not is_first and asked not in set(Product):
        raise HTTPException(404, "There is no such text.")
    text = library.text(period, audience, asked)
    if text is None:
        raise HTTPException(404, f"There is no such text of the {period}.")
    # Text, never HTML: the mail's own page is made for mail clients, not for this origin.
    return answer(request, text, "text/plain; charset=utf-8")


def picture(request: Request) -> Response:
    """A picture that a digest of this audience names; nothing else is looked for."""
    reader, audience, period = reader_of(request), audience_of(request), asked_period(request)
    asked = request.path_params["file"]
    known_of = reader.library.rendered(period, audience)
    for one in known_of.pictures if known_of else ():
        if f"{one.name}.{one.suffix}" == asked and one.suffix in PICTURES:
            data = reader.library.picture(period, audience, one)
            if data is not None:
                kind = PICTURES[one.suffix]
                return answer(request, data, kind, headers={"content-security-policy": PICTURE_POLICY})
    raise HTTPException(404, "There is no such picture.")


def _digest(request: Request, period: Period, *, is_front: bool = False) -> Response:
    reader, audience = reader_of(request), audience_of(request)
    library = reader.library
    card = library.card(period, audience)
    if card is None or library.markdown(period, audience) is None:
        raise HTTPException(404, f"There is no digest of the {period}.")
    before, after = neighbours(library.periods(period.kind, audience), period)
    beside = _beside(reader, audience, period) if is_front else []
    products = _products(reader, audience, period)
    values = {"period": period, "before": before, "after": after, "beside": beside,
              "products": products}  # fmt: skip
    # All that the page is made of: whatever of it is written again, the page is made again.
    key = (library.made_of(period, audience), before, after, tuple(beside), tuple(products), request.url.path,
           organisation(reader, audience))  # fmt: skip
    body = library.remembered(
        key, lambda: rendered(request, "digest.html.j2", values | _text_of(reader, card, audience))
    )
    return answer(request, body, HTML, modified=card.modified)


def _text_of(reader: Reader, card: Card, audience: Audience) -> dict[str, Any]:
    """A digest's sections and what their sentences stand on."""
    period, library = card.period, reader.library
    grounds = library.grounds(period, audience)
    blocks = blocks_of(
        library.markdown(period, audience) or "",
        grounds.reading if grounds else None,
        library.addresses(period, audience).get,
    )
    return {
        "rendered": library.rendered(period, audience),
        "sections": sections(blocks),
        "grounds": {key: grounds.of(key) for key in keys_shown(blocks)} if grounds else {},
        "at": lambda moment: local_time(moment, reader.settings.organisation.timezone),
    }


def _beside(reader: Reader, audience: Audience, shown: Period) -> list[Any]:
    """What the front page names beside its digest: the newest of the other kinds, then earlier ones of its own."""
    found = [reader.library.latest(kind, audience) for kind in PeriodKind if kind is not shown.kind]
    earlier = [period for period in reader.library.periods(shown.kind, audience) if period < shown][:-LOOKED_BACK:-1]
    telling = [period for period in earlier if not _is_empty(reader, audience, period)] or earlier
    cards = [reader.library.card(period, audience) for period in (*found, *telling[:BESIDE]) if period]
    return [card for card in cards if card]


def _products(reader: Reader, audience: Audience, period: Period) -> list[Product]:
    """The other texts of a period that are there."""
    return [
        product
        for product in Product
        if product is not Product.DIGEST and reader.library.rendered(period, audience, product)
    ]


def _is_empty(reader: Reader, audience: Audience, period: Period) -> bool:
    card = reader.library.card(period, audience)
    return card is None or card.is_empty
