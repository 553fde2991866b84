"""Pull requests that were not merged, and issues: opened, closed or opened again in the window. Pure.

Each is told once, by what last became of it. Git alone knows none of them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from sparky_assets.insights.claims.drafts import ClaimDraft, make_claim, with_people
from sparky_assets.insights.evidence import (
    DRAFT_EVENTS,
    RepositoryUrls,
    build_issue_evidence,
    build_pull_request_evidence,
    get_repository_urls,
)
from sparky_assets.insights.models import Evidence
from sparky_assets.periods import PeriodKind
from sparky_assets.raw.window import RawWindow
from sparky_assets.text.clean import clean_title, display_title
from sparky_assets.text.words import join_words

MAX_REVIEWS = {PeriodKind.DAILY: 5, PeriodKind.WEEKLY: 10, PeriodKind.MONTHLY: 15}


MAX_ISSUES = {PeriodKind.DAILY: 5, PeriodKind.WEEKLY: 10, PeriodKind.MONTHLY: 15}


MAX_REVIEWERS_NAMED = 4


CLOSE_REASONS = {"not_planned": " as not planned", "duplicate": " as a duplicate"}


def find_unmerged_pull_requests(window: RawWindow, kind: PeriodKind) -> Iterator[ClaimDraft]:
    """Pull requests whose last event of the window leaves them open or closed without merging."""
    merged = window.pull_requests.filter(pl.col("event") == "merged")
    events = window.pull_requests.filter(~pl.col("event").is_in(DRAFT_EVENTS))
    open_or_closed = events.join(merged, on=["repository", "number"], how="anti")
    rows = _sort_events(_keep_last_events(open_or_closed), "is_draft", -pl.col("insertions").fill_null(0))
    urls = get_repository_urls(window)
    told = rows.head(MAX_REVIEWS[kind])
    reviewed = window.reviews.filter(pl.col("number").is_in(told["number"].implode()))
    for row in told.iter_rows(named=True):
        yield from _build_unmerged_claims(row, urls, reviewed)


def find_issues(window: RawWindow, kind: PeriodKind, excluded_keys: set[str]) -> Iterator[ClaimDraft]:
    """Issues by what last became of them, but for those in `told`: a pull request that closed them told them."""
    closed_first = pl.col("event") != "closed"
    rows = _sort_events(
        _keep_last_events(window.issues),
        closed_first,
        pl.col("state_reason").is_in(list(CLOSE_REASONS)).fill_null(False),
    )
    urls = get_repository_urls(window)
    items = ((row, build_issue_evidence(row, urls)) for row in rows.head(4 * MAX_ISSUES[kind]).iter_rows(named=True))
    untold = [(row, item) for row, item in items if item.key not in excluded_keys]
    yield from (_build_issue_claim(row, item) for row, item in untold[: MAX_ISSUES[kind]])


def find_reviewers(review_rows: pl.DataFrame, item: Evidence, number: int, author: str | None) -> list[str]:
    """The people who reviewed a pull request, in the order in which they first did; not its author.

    `reviewed` are rows of raw/reviews; a month has 300,000, so that callers cut them down once.
    """
    reviews = review_rows.filter(
        pl.col("repository") == item.repository, pl.col("number") == number, pl.col("visibility") == item.visibility
    ).sort("submitted_at", "id")
    people = (one for one in reviews["author"].to_list() if one and one["key"] != author)
    return list(dict.fromkeys(name for one in people if (name := display_name(one))))[:MAX_REVIEWERS_NAMED]


def display_name(person: Mapping[str, Any] | None) -> str | None:
    """The name of a person as it may be printed; None of bots and of nobody."""
    if not person or person["is_bot"]:
        return None
    return clean_title(person["name"] or "") or None


def _keep_last_events(events: pl.DataFrame) -> pl.DataFrame:
    # Of two events at one instant the closing is the later: nothing is closed before it is opened.
    ordered = events.sort("at", pl.col("event") == "closed", maintain_order=True)
    return ordered.unique(["repository", "number"], keep="last", maintain_order=True)


def _sort_events(rows: pl.DataFrame, *by: str | pl.Expr) -> pl.DataFrame:
    by_a_bot = pl.col("author").struct.field("is_bot").fill_null(False)
    return rows.sort(by_a_bot, *by, "at", "repository", "number")


def _build_unmerged_claims(
    row: dict[str, Any], urls: RepositoryUrls, review_rows: pl.DataFrame
) -> Iterator[ClaimDraft]:
    item = build_pull_request_evidence(row, urls)
    person = display_name(row["author"] if row["event"] == "opened" else row["actor"])
    how = {"closed": "closed without merging", "reopened": "opened again"}.get(row["event"], "opened")
    draft = " as a draft" if how == "opened" and row["is_draft"] else ""
    text = f"{display_title(item.title)}: {how}{f' by {person}' if person else ''}{draft}."
    claim = make_claim("review", item.key, text, evidence=(with_people(item, person),), repository=item.repository)
    yield claim
    if read := find_reviewers(review_rows, item, row["number"], (row["author"] or {}).get("key")):
        told = f"Reviewed by {join_words(read)}."
        yield make_claim(
            "detail",
            f"reviewed:{item.key}",
            told,
            evidence=(with_people(item, *read),),
            repository=item.repository,
            about=claim.claim.id,
        )


def _build_issue_claim(row: dict[str, Any], item: Evidence) -> ClaimDraft:
    title = display_title(item.title)
    person = display_name(row["author"] if row["event"] == "opened" else row["actor"])
    by = f" by {person}" if person else ""
    how = {"opened": "opened", "reopened": "opened again"}.get(row["event"], "closed")
    why = CLOSE_REASONS.get(row["state_reason"] or "", "") if row["event"] == "closed" else ""
    text = f"{title}: {how}{by}{why}."
    return make_claim("issue", item.key, text, evidence=(with_people(item, person),), repository=item.repository)
