"""Where digests are found again: the archive by day, week and month, and search."""

from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sparky_assets.audience import Audience
from sparky_assets.periods import Period, PeriodKind, containing
from sparky_assets.reader.answering import HTML, Reader, answer, audience_of, reader_of
from sparky_assets.reader.pages import asked_kind, organisation, page, rendered

HITS_A_PAGE = 20


def archive(request: Request) -> Response:
    """Digests of a kind: days by month, weeks and months by year."""
    reader, audience = reader_of(request), audience_of(request)
    kind = asked_kind(request) if "kind" in request.path_params else PeriodKind.DAILY
    if "kind" not in request.path_params:
        kind = next((one for one in PeriodKind if reader.library.periods(one, audience)), kind)
    drawers = reader.library.drawers(kind, audience)
    asked = request.query_params.get("of", "")
    drawer = asked if asked in drawers else next(reversed(drawers), "")
    key = ("archive", reader.library.state(kind, audience), drawer, request.url.path, organisation(reader, audience))
    body = reader.library.remembered(
        key, lambda: rendered(request, "archive.html.j2", _shown(reader, audience, kind, drawer))
    )
    return answer(request, body, HTML)


def _shown(reader: Reader, audience: Audience, kind: PeriodKind, drawer: str) -> dict[str, Any]:
    drawers = reader.library.drawers(kind, audience)
    periods = drawers.get(drawer, [])
    cards = [card for period in reversed(periods) if (card := reader.library.card(period, audience))]
    return {
        "kind": kind,
        "drawers": list(reversed(drawers)),
        "drawer": drawer,
        "cards": cards,
        "weeks": _calendar(periods) if periods and kind is PeriodKind.DAILY else [],
        "count": len(reader.library.periods(kind, audience)),
        "empty": {card.period for card in cards if card.is_empty},
    }


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


def _calendar(days: list[Period]) -> list[list[tuple[date | None, Period | None]]]:
    """A month in weeks, Monday first: each day with its digest where there is one."""
    there = {day.start: day for day in days}
    month = containing(PeriodKind.MONTHLY, days[0].start)
    cells: list[tuple[date | None, Period | None]] = [(None, None)] * month.start.weekday()
    cells += [(day.start, there.get(day.start)) for day in month.days]
    cells += [(None, None)] * (-len(cells) % 7)
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]


def _whole(text: str, least: int, most: int) -> int:
    return min(max(int(text), least), most) if text.isascii() and text.isdigit() and len(text) < 9 else least
