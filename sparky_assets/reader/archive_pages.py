"""Where digests are found again: the archive by day, week and month, and search."""

from datetime import date

from starlette.requests import Request
from starlette.responses import Response

from sparky_assets.periods import Period, PeriodKind, containing
from sparky_assets.reader.answering import audience_of, reader_of
from sparky_assets.reader.pages import asked_kind, page

HITS_A_PAGE = 20


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


def _whole(text: str, least: int, most: int) -> int:
    return min(max(int(text), least), most) if text.isascii() and text.isdigit() and len(text) < 9 else least
