"""Pages of digests: the front page, a digest, the archive, search, signing in."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sparky_assets.audience import Audience
from sparky_assets.digests.products import Product
from sparky_assets.periods import Period, PeriodError, PeriodKind, containing, parse
from sparky_assets.reader.access import COOKIE
from sparky_assets.reader.answering import HTML, Reader, answer, audience_of, reader_of
from sparky_assets.reader.editions import claims_shown, grounds, local_time, sections
from sparky_assets.reader.words import page_of

HITS_A_PAGE = 20
BESIDE, LOOKED_BACK = 6, 30
"""Earlier digests named beside the front page, and how many are looked at for such in which something happened."""
PICTURES = {"svg": "image/svg+xml", "png": "image/png"}
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""An SVG opened by itself may style itself and do nothing else."""


def page(
    request: Request, template: str, values: Mapping[str, Any], *, status: int = 200, modified: datetime | None = None
) -> Response:
    """A page with what every page shows: masthead, navigation, who reads."""
    reader, audience = reader_of(request), audience_of(request)
    shared: dict[str, Any] = {
        "organisation": organisation(reader, audience),
        "is_public": audience is Audience.PUBLIC,
        "takes_token": reader.door.takes_token,
        "path": request.url.path,
        "kinds": list(PeriodKind),
        "query": "",
    }
    body = reader.views.render(template, {**shared, **values})
    return answer(request, body, HTML, status=status, modified=modified)


def organisation(reader: Reader, audience: Audience) -> str:
    """Whose newspaper it is: the setting, else what the newest digest calls it."""
    if reader.settings.organisation.name:
        return reader.settings.organisation.name
    for kind in PeriodKind:
        period = reader.library.latest(kind, audience)
        card = reader.library.card(period, audience) if period else None
        if card and ": " in card.title:
            return card.title.partition(": ")[0]
    return "Engineering"


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


def _is_empty(reader: Reader, audience: Audience, period: Period) -> bool:
    card = reader.library.card(period, audience)
    return card is None or card.is_empty


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


def _digest(request: Request, period: Period, *, is_front: bool = False) -> Response:
    reader, audience = reader_of(request), audience_of(request)
    library = reader.library
    markdown, rendered = library.markdown(period, audience), library.rendered(period, audience)
    card = library.card(period, audience)
    if markdown is None or rendered is None or card is None:
        raise HTTPException(404, f"There is no digest of the {period}.")
    insight = library.insight(period, audience)
    pictures = {one.file: f"{page_of(period)}/pictures/{one.name}.{one.suffix}" for one in rendered.pictures}
    title, found = sections(markdown, insight, pictures)
    shown = claims_shown(found)
    before, after = neighbours(library.periods(period.kind, audience), period)
    values = {
        "period": period,
        "rendered": rendered,
        "title": title,
        "sections": found,
        "grounds": {claim: ground for claim, ground in grounds(insight).items() if claim in shown},
        "insight": insight,
        "at": lambda moment: local_time(moment, reader.settings.organisation.timezone),
        "before": before,
        "after": after,
        "is_front": is_front,
        "beside": _beside(reader, audience, period) if is_front else [],
        "products": _products(reader, audience, period),
    }
    return page(request, "digest.html.j2", values, modified=card.modified)


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


def product(request: Request) -> Response:
    """Another text of a period (a blog post, a mail) as plain text, to be copied."""
    reader, audience, period = reader_of(request), audience_of(request), asked_period(request)
    try:
        chosen = Product(request.path_params["product"])
    except ValueError:
        raise HTTPException(404, "There is no such text.") from None
    library = reader.library
    text = library.text(period, audience, chosen)
    if text is None:
        raise HTTPException(404, f"There is no such text of the {period}.")
    # Text, never HTML: the mail's own page is made for mail clients, not for this origin.
    return answer(request, text, "text/plain; charset=utf-8")


def picture(request: Request) -> Response:
    """A picture that a digest of this audience names; nothing else is looked for."""
    reader, audience, period = reader_of(request), audience_of(request), asked_period(request)
    asked = request.path_params["file"]
    rendered = reader.library.rendered(period, audience)
    for one in rendered.pictures if rendered else ():
        if f"{one.name}.{one.suffix}" == asked and one.suffix in PICTURES:
            data = reader.library.picture(period, audience, one)
            if data is not None:
                kind = PICTURES[one.suffix]
                return answer(request, data, kind, headers={"content-security-policy": PICTURE_POLICY})
    raise HTTPException(404, "There is no such picture.")


def archive(request: Request) -> Response:
    """Digests of a kind: days by month, weeks and months by year."""
    reader, audience = reader_of(request), audience_of(request)
    kind = asked_kind(request) if "kind" in request.path_params else PeriodKind.DAILY
    there = reader.library.periods(kind, audience)
    if "kind" not in request.path_params and not there:
        kind = next((one for one in PeriodKind if reader.library.periods(one, audience)), kind)
        there = reader.library.periods(kind, audience)
    shelves: dict[str, list[Period]] = {}
    for period in there:
        shelves.setdefault(_drawer(period), []).append(period)
    asked = request.query_params.get("of", "")
    drawer = asked if asked in shelves else next(reversed(shelves), "")
    cards = [reader.library.card(period, audience) for period in reversed(shelves.get(drawer, []))]
    values = {
        "kind": kind,
        "drawers": list(reversed(shelves)),
        "drawer": drawer,
        "cards": [card for card in cards if card],
        "weeks": _calendar(shelves[drawer]) if drawer and kind is PeriodKind.DAILY else [],
        "count": len(there),
        "empty": {card.period for card in cards if card and card.is_empty},
    }
    return page(request, "archive.html.j2", values)


def _drawer(period: Period) -> str:
    return period.label[:7] if period.kind is PeriodKind.DAILY else period.label[:4]


def _calendar(days: list[Period]) -> list[list[tuple[date | None, Period | None]]]:
    """A month in weeks, Monday first: each day with its digest where there is one."""
    there = {day.start: day for day in days}
    month = containing(PeriodKind.MONTHLY, days[0].start)
    cells: list[tuple[date | None, Period | None]] = [(None, None)] * month.start.weekday()
    cells += [(day.start, there.get(day.start)) for day in month.days]
    cells += [(None, None)] * (-len(cells) % 7)
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]


def search(request: Request) -> Response:
    """Digests that hold all words asked for."""
    reader, audience = reader_of(request), audience_of(request)
    query = request.query_params.get("q", "")[:200]
    wanted = request.query_params.get("kind", "")
    kind = next((one for one in PeriodKind if one.noun == wanted), None)
    number = _whole(request.query_params.get("page", "1"), 1, 500)
    count, hits = reader.search.find(query, audience, kind, HITS_A_PAGE, (number - 1) * HITS_A_PAGE)
    values = {"query": query, "kind": kind, "count": count, "hits": hits, "number": number,
              "pages": -(-count // HITS_A_PAGE)}  # fmt: skip
    return page(request, "search.html.j2", values)


def about(request: Request) -> Response:
    """How the paper is made."""
    return page(request, "about.html.j2", {})


async def sign_in(request: Request) -> Response:
    """The form for the token; the right one is exchanged for a cookie that scripts cannot read."""
    reader = reader_of(request)
    if request.method == "GET" or not reader.door.takes_token:
        return page(request, "sign_in.html.j2", {"failed": False})
    async with request.form(max_files=0, max_fields=4) as form:
        given = form.get("token", "")
    if not isinstance(given, str) or not reader.door.opens_with(given.strip()):
        return page(request, "sign_in.html.j2", {"failed": True}, status=401)
    response = RedirectResponse("/", 303)
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, reader.door.cookie(), max_age=30 * 86_400, httponly=True, secure=secure,
                        samesite="strict")  # fmt: skip
    return response


def asked_kind(request: Request) -> PeriodKind:
    """The kind in the address.

    Raises:
        HTTPException: 404 when it is none.
    """
    try:
        return PeriodKind.from_noun(request.path_params["kind"])
    except PeriodError as error:
        raise HTTPException(404, str(error)) from None


def asked_period(request: Request) -> Period:
    """The period in the address.

    Raises:
        HTTPException: 404 when it is none.
    """
    kind = asked_kind(request)
    try:
        return parse(kind, request.path_params["label"][:40])
    except PeriodError as error:
        raise HTTPException(404, str(error)) from None


def neighbours(periods: list[Period], shown: Period) -> tuple[Period | None, Period | None]:
    """The digests before and after one; quiet gaps are stepped over."""
    before = [period for period in periods if period < shown]
    after = [period for period in periods if period > shown]
    return (before[-1] if before else None, after[0] if after else None)


def _whole(text: str, least: int, most: int) -> int:
    return min(max(int(text), least), most) if text.isascii() and text.isdigit() and len(text) < 9 else least
