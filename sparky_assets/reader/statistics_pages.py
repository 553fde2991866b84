"""Pages of numbers: a period, a repository, a person. The same numbers that digests print, with what they stand on."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sparky_assets.audience import Audience
from sparky_assets.metrics.catalogue import METRICS
from sparky_assets.metrics.models import CONTRIBUTIONS, VOLUME, Metrics, Number
from sparky_assets.metrics.trends import LookingBack
from sparky_assets.periods import Period, PeriodKind, containing
from sparky_assets.reader import figures, statistics
from sparky_assets.reader.answering import Reader, audience_of, reader_of
from sparky_assets.reader.pages import asked_kind, asked_period, neighbours, page
from sparky_assets.reader.statistics import Row
from sparky_assets.reader.words import named, page_of_person, page_of_repository, spelled

TILES = ("commits", "people", "pull_requests_merged", "reviews", "issues_closed", "releases", "active_repositories",
         "changed_files")  # fmt: skip
FLOWS = {
    "time_to_first_review": "First review", "time_in_review": "In review", "time_to_merge": "To merge",
    "issue_time_to_close": "Issue to close", "lead_time_for_changes": "Commit to release",
}  # fmt: skip
MOST_BARS, MOST_PICKED, MOST_ROWS = 15, 120, 200


@dataclass(frozen=True)
class Tile:
    """A number of the period, and how it was before."""

    label: str
    value: str
    change: str
    about: str


@dataclass(frozen=True)
class TrendRow:
    """A number against earlier periods, in words."""

    label: str
    about: str
    value: str
    previous: str
    usual: str
    standing: str


def latest(request: Request) -> Response:
    """`/statistics` leads to the newest week that was counted, else month or day; a picked period to its page."""
    reader, audience = reader_of(request), audience_of(request)
    kinds = [PeriodKind.WEEKLY, PeriodKind.MONTHLY, PeriodKind.DAILY]
    if "kind" in request.path_params:
        kinds = [asked_kind(request)]
        if picked := request.query_params.get("period"):
            request.path_params["label"] = picked
            return RedirectResponse(_address(asked_period(request)), 303)
    for kind in kinds:
        if counted := reader.library.counted(kind, audience):
            return RedirectResponse(_address(counted[-1]), 307)
    return page(request, "empty.html.j2", {})


def of_period(request: Request) -> Response:
    """Everything that was counted of a period."""
    reader, audience, period = reader_of(request), audience_of(request), asked_period(request)
    if _address(period) != request.url.path:
        return RedirectResponse(_address(period), 308)
    metrics = reader.library.metrics(period, audience)
    if metrics is None:
        raise HTTPException(404, f"The {period} was not counted.")
    library = reader.library
    back = library.looking_back(period, audience)
    counted = library.counted(period.kind, audience)
    before, after = neighbours(counted, period)
    repositories = statistics.repositories(library, audience, period)
    values = {
        "period": period, "before": before, "after": after, "address": _address,
        "picked": counted[: -MOST_PICKED - 1 : -1],
        "tiles": list(_tiles(metrics, back)),
        "trends": list(_trends(back)),
        "history": _history(reader, audience, period),
        "calendar": _calendar(reader, audience, period),
        "repositories": repositories[:MOST_ROWS], "columns": _telling(repositories, VOLUME)[:7],
        "repository_figure": figures.lengths([(row["repository"], row["commits"] or 0) for row in repositories
                                              if row["commits"]][:MOST_BARS], "Commits by repository"),
        "people": statistics.people(library, audience, period)[:MOST_ROWS * 3],
        "languages": statistics.changes(library, audience, period, "language")[:MOST_BARS],
        "flow": _flow(metrics),
        "absent": metrics.absent,
        "back": back,
        "has_digest": library.card(period, audience) is not None,
    }  # fmt: skip
    return page(request, "statistics.html.j2", values)


def repository(request: Request) -> Response:
    """One repository: its counts week by week, and what digests told of it."""
    reader, audience = reader_of(request), audience_of(request)
    name = request.path_params["name"]
    kind, last = _last(request, reader, audience)
    found = statistics.repository_history(reader.library, audience, name, last) if last else []
    if last is None or not found:
        raise HTTPException(404, f"No {kind.noun} that was counted knows this repository.")
    by_period = {period: row["commits"] for period, row in found}
    counted = [one for one in reader.library.counted(kind, audience) if found[0][0] <= one <= last]
    values = {
        "name": name, "kind": kind, "address": page_of_repository(name), "found": found[::-1],
        "columns": _telling([row for _, row in found], VOLUME)[:8],
        "figure": figures.bars([(one.label, by_period.get(one, 0)) for one in counted],
                               f"Commits in {name} by {kind.noun}"),
        "stories": statistics.stories(reader.library, audience, name, last),
    }  # fmt: skip
    return page(request, "repository.html.j2", values)


def person(request: Request) -> Response:
    """One person: what they are credited with, week by week."""
    reader, audience = reader_of(request), audience_of(request)
    kind, last = _last(request, reader, audience)
    found = statistics.someone(reader.library, audience, request.path_params["key"], last) if last else None
    if found is None:
        raise HTTPException(404, f"No {kind.noun} that was counted knows this person.")
    rows = [row for _, row in found.history]
    values = {"someone": found, "kind": kind, "address": page_of_person(found.key),
              "columns": _telling(rows, CONTRIBUTIONS)[:8]}  # fmt: skip
    return page(request, "person.html.j2", values)


def _last(request: Request, reader: Reader, audience: Audience) -> tuple[PeriodKind, Period | None]:
    """The kind asked for behind the question mark (weeks unless told otherwise), and its newest counted period."""
    wanted = request.query_params.get("by", "")
    kind = next((one for one in PeriodKind if one.noun == wanted), PeriodKind.WEEKLY)
    counted = reader.library.counted(kind, audience)
    return kind, counted[-1] if counted else None


def _address(period: Period) -> str:
    return f"/statistics/{period.kind.noun}/{period.label}"


def _tiles(metrics: Metrics, back: LookingBack | None) -> Any:
    earlier = {trend.metric: trend.previous for trend in back.trends} if back else {}
    for name in TILES:
        value = metrics.find(name)
        if value is not None:
            previous = earlier.get(name)
            change = f"{previous:,} the {metrics.period.kind.noun} before" if previous is not None else ""
            yield Tile(named(name), f"{value:,}", change, METRICS[name].sentence)


def _trends(back: LookingBack | None) -> Any:
    for trend in back.trends if back else ():
        metric = METRICS.get(trend.metric)
        if metric is None:
            continue

        def shown(value: Number | None, unit: Any = metric.unit) -> str:
            return spelled(value, unit) if value is not None else "–"

        usual = f"{shown(trend.usual[0])} to {shown(trend.usual[1])}" if trend.usual else "–"
        yield TrendRow(named(trend.metric), metric.sentence, shown(trend.value), shown(trend.previous), usual,
                       trend.standing or "")  # fmt: skip


def _history(reader: Reader, audience: Audience, period: Period) -> Any:
    points = statistics.history(reader.library, audience, period, "commits")
    pairs = [(point.period.label, point.value) for point in points]
    return {"figure": figures.bars(pairs, f"Commits by {period.kind.noun} up to {period.label}"), "rows": pairs[::-1]}


def _calendar(reader: Reader, audience: Audience, period: Period) -> Any:
    counts = statistics.counts_by_day(reader.library, audience, containing(PeriodKind.WEEKLY, period.days[-1].start)
                                      .days[-1].start)  # fmt: skip
    linked = frozenset(day.start for day in reader.library.periods(PeriodKind.DAILY, audience))
    return {"figure": figures.calendar(counts, linked, "commits"), "rows": figures.month_names(counts)}


def _flow(metrics: Metrics) -> Any:
    rows = []
    for name, words in FLOWS.items():
        median, p90 = metrics.find(f"{name}_median"), metrics.find(f"{name}_p90")
        if median is not None and p90 is not None:
            rows.append((words, Decimal(median), Decimal(p90), int(metrics.value(f"{name}_count"))))
    told = [(words, median, p90) for words, median, p90, _ in rows]
    return {"figure": figures.durations(told, "Durations, median and 90th percentile"), "rows": rows}


def _telling(rows: Sequence[Row], names: Sequence[str]) -> list[str]:
    """Columns in which anything stands."""
    return [name for name in names if any(row[name] for row in rows)]
