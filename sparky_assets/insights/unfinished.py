"""Pull requests that were not merged, and issues: opened, closed or opened again in the window. Pure.

Each is told once, by what last became of it. Git alone knows none of them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from sparky_assets.insights.evidence import OF_DRAFTS, Urls, issue_evidence, pull_request_evidence, urls_of
from sparky_assets.insights.found import Found, found, naming
from sparky_assets.insights.models import Evidence
from sparky_assets.insights.sentences import joined
from sparky_assets.insights.text import clean_title, headline
from sparky_assets.periods import PeriodKind
from sparky_assets.raw.window import RawWindow

REVIEWS = {PeriodKind.DAILY: 5, PeriodKind.WEEKLY: 10, PeriodKind.MONTHLY: 15}
ISSUES = {PeriodKind.DAILY: 5, PeriodKind.WEEKLY: 10, PeriodKind.MONTHLY: 15}
REVIEWERS_NAMED = 4
WHY = {"not_planned": " as not planned", "duplicate": " as a duplicate"}


def find_unmerged(raw: RawWindow, kind: PeriodKind) -> Iterator[Found]:
    """Pull requests whose last event of the window leaves them open or closed without merging."""
    merged = raw.pull_requests.filter(pl.col("event") == "merged")
    events = raw.pull_requests.filter(~pl.col("event").is_in(OF_DRAFTS))
    open_or_closed = events.join(merged, on=["repository", "number"], how="anti")
    rows = _ranked(_last_of_each(open_or_closed), "is_draft", -pl.col("insertions").fill_null(0))
    urls = urls_of(raw)
    told = rows.head(REVIEWS[kind])
    reviewed = raw.reviews.filter(pl.col("number").is_in(told["number"].implode()))
    for row in told.iter_rows(named=True):
        yield from _unmerged(row, urls, reviewed)


def find_issues(raw: RawWindow, kind: PeriodKind, told: set[str]) -> Iterator[Found]:
    """Issues by what last became of them, but for those in `told`: a pull request that closed them told them."""
    closed_first = pl.col("event") != "closed"
    rows = _ranked(_last_of_each(raw.issues), closed_first, pl.col("state_reason").is_in(list(WHY)).fill_null(False))
    urls = urls_of(raw)
    items = ((row, issue_evidence(row, urls)) for row in rows.head(4 * ISSUES[kind]).iter_rows(named=True))
    untold = [(row, item) for row, item in items if item.key not in told]
    yield from (_issue(row, item) for row, item in untold[: ISSUES[kind]])


def reviewers(reviewed: pl.DataFrame, item: Evidence, number: int, author: str | None) -> list[str]:
    """The people who reviewed a pull request, in the order in which they first did; not its author.

    `reviewed` are rows of raw/reviews; a month has 300,000, so that callers cut them down once.
    """
    reviews = reviewed.filter(
        pl.col("repository") == item.repository, pl.col("number") == number, pl.col("visibility") == item.visibility
    ).sort("submitted_at", "id")
    people = (one for one in reviews["author"].to_list() if one and one["key"] != author)
    return list(dict.fromkeys(name for one in people if (name := name_of(one))))[:REVIEWERS_NAMED]


def name_of(person: Mapping[str, Any] | None) -> str | None:
    """The name of a person as it may be printed; None of bots and of nobody."""
    if not person or person["is_bot"]:
        return None
    return clean_title(person["name"] or "") or None


def _last_of_each(events: pl.DataFrame) -> pl.DataFrame:
    # Of two events at one instant the closing is the later: nothing is closed before it is opened.
    ordered = events.sort("at", pl.col("event") == "closed", maintain_order=True)
    return ordered.unique(["repository", "number"], keep="last", maintain_order=True)


def _ranked(rows: pl.DataFrame, *by: str | pl.Expr) -> pl.DataFrame:
    by_a_bot = pl.col("author").struct.field("is_bot").fill_null(False)
    return rows.sort(by_a_bot, *by, "at", "repository", "number")


def _unmerged(row: dict[str, Any], urls: Urls, reviewed: pl.DataFrame) -> Iterator[Found]:
    item = pull_request_evidence(row, urls)
    person = name_of(row["author"] if row["event"] == "opened" else row["actor"])
    how = {"closed": "closed without merging", "reopened": "opened again"}.get(row["event"], "opened")
    draft = " as a draft" if how == "opened" and row["is_draft"] else ""
    text = f"{headline(item.title)}: {how}{f' by {person}' if person else ''}{draft}."
    claim = found("review", item.key, text, evidence=(naming(item, person),), repository=item.repository)
    yield claim
    if read := reviewers(reviewed, item, row["number"], (row["author"] or {}).get("key")):
        told = f"Reviewed by {joined(read)}."
        yield found("detail", f"reviewed:{item.key}", told, evidence=(naming(item, *read),), repository=item.repository,
                    about=claim.claim.id)  # fmt: skip


def _issue(row: dict[str, Any], item: Evidence) -> Found:
    title = headline(item.title)
    person = name_of(row["author"] if row["event"] == "opened" else row["actor"])
    by = f" by {person}" if person else ""
    how = {"opened": "opened", "reopened": "opened again"}.get(row["event"], "closed")
    why = WHY.get(row["state_reason"] or "", "") if row["event"] == "closed" else ""
    text = f"{title}: {how}{by}{why}."
    return found("issue", item.key, text, evidence=(naming(item, person),), repository=item.repository)
