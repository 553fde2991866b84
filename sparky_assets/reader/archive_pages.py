"""Where digests are found again: the archive by day, week and month, and search."""

from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sparky_assets.periods import Period, PeriodKind, period_of_day
from sparky_assets.reader.answering import (
    HTML_MEDIA_TYPE,
    ReaderContext,
    conditional_response,
    get_audience,
    get_reader,
)
from sparky_assets.reader.pages.common import find_organisation, kind_from_path, render_html, render_page
from sparky_assets.store import Audience

HITS_PER_PAGE = 20


def show_archive(request: Request) -> Response:
    """Digests of a kind: days by month, weeks and months by year."""
    reader, audience = get_reader(request), get_audience(request)
    kind = kind_from_path(request) if "kind" in request.path_params else PeriodKind.DAILY
    if "kind" not in request.path_params:
        kind = next((one for one in PeriodKind if reader.library.list_periods(one, audience)), kind)
    drawers = reader.library.periods_by_month(kind, audience)
    asked = request.query_params.get("of", "")
    drawer = asked if asked in drawers else next(reversed(drawers), "")
    key = (
        "archive",
        reader.library.listing_version(kind, audience),
        drawer,
        request.url.path,
        find_organisation(reader, audience),
    )
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
    kind = next((one for one in PeriodKind if one.noun == wanted), None)
    number = _parse_page_number(request.query_params.get("page", "1"), 1, 500)
    count, hits = reader.search.find(query, audience, kind, HITS_PER_PAGE, (number - 1) * HITS_PER_PAGE)
    values = {"query": query, "kind": kind, "count": count, "hits": hits, "number": number,
              "pages": -(-count // HITS_PER_PAGE)}  # fmt: skip
    return render_page(request, "search.html.j2", values)


def _build_month_calendar(days: list[Period]) -> list[list[tuple[date | None, Period | None]]]:
    """A month in weeks, Monday first: each day with its digest where there is one."""
    there = {day.start: day for day in days}
    month = period_of_day(PeriodKind.MONTHLY, days[0].start)
    cells: list[tuple[date | None, Period | None]] = [(None, None)] * month.start.weekday()
    cells += [(day.start, there.get(day.start)) for day in month.days]
    cells += [(None, None)] * (-len(cells) % 7)
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]


def _parse_page_number(text: str, minimum: int, maximum: int) -> int:
    return min(max(int(text), minimum), maximum) if text.isascii() and text.isdigit() and len(text) < 9 else minimum
