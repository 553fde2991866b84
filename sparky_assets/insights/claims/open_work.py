"""Claims about open work: issues, and pull requests that were not merged. Pure.

Each is reported once, by its last event of the window. Only GitHub knows them; git alone does not.
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
    """Yield pull requests whose last event of the window leaves them open or closed without merging."""
    merged = window.pull_requests.filter(pl.col("event") == "merged")
    events = window.pull_requests.filter(~pl.col("event").is_in(DRAFT_EVENTS))
    open_or_closed = events.join(merged, on=["repository", "number"], how="anti")
    rows = _sort_events(_keep_last_events(open_or_closed), "is_draft", -pl.col("insertions").fill_null(0))
    urls = get_repository_urls(window)
    selected = rows.head(MAX_REVIEWS[kind])
    reviews = window.reviews.filter(pl.col("number").is_in(selected["number"].implode()))
    for row in selected.iter_rows(named=True):
        yield from _build_unmerged_claims(row, urls, reviews)


def find_issues(window: RawWindow, kind: PeriodKind, excluded_keys: set[str]) -> Iterator[ClaimDraft]:
    """Yield issues by their last event, except `excluded_keys`: those that the pull request closing them reports."""
    closed_first = pl.col("event") != "closed"
    rows = _sort_events(
        _keep_last_events(window.issues),
        closed_first,
        pl.col("state_reason").is_in(list(CLOSE_REASONS)).fill_null(False),
    )
    urls = get_repository_urls(window)
    items = ((row, build_issue_evidence(row, urls)) for row in rows.head(4 * MAX_ISSUES[kind]).iter_rows(named=True))
    selected = [(row, item) for row, item in items if item.key not in excluded_keys]
    yield from (_build_issue_claim(row, item) for row, item in selected[: MAX_ISSUES[kind]])


def find_reviewers(review_rows: pl.DataFrame, item: Evidence, number: int, author: str | None) -> list[str]:
    """Return the people who reviewed a pull request, by their first review, without its author.

    Args:
        review_rows: rows of raw/reviews. A month has 300,000, so callers filter them once for many pull requests.
        author: the key of the author.
    """
    reviews = review_rows.filter(
        pl.col("repository") == item.repository, pl.col("number") == number, pl.col("visibility") == item.visibility
    ).sort("submitted_at", "id")
    people = (person for person in reviews["author"].to_list() if person and person["key"] != author)
    names = filter(None, map(display_name, people))
    return list(dict.fromkeys(names))[:MAX_REVIEWERS_NAMED]


def display_name(person: Mapping[str, Any] | None) -> str | None:
    """Return the printable name of a person; None for bots and where no person is known."""
    if not person or person["is_bot"]:
        return None
    return clean_title(person["name"] or "") or None


def _keep_last_events(events: pl.DataFrame) -> pl.DataFrame:
    # Of two events at the same instant the closing is later: nothing is closed before it is opened.
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
    action = {"closed": "closed without merging", "reopened": "reopened"}.get(row["event"], "opened")
    by = f" by {person}" if person else ""
    draft = " as a draft" if action == "opened" and row["is_draft"] else ""
    text = f"{display_title(item.title)}: {action}{by}{draft}."
    claim = make_claim("review", item.key, text, evidence=(with_people(item, person),), repository=item.repository)
    yield claim
    if reviewers := find_reviewers(review_rows, item, row["number"], (row["author"] or {}).get("key")):
        yield make_claim(
            "detail",
            f"reviewed:{item.key}",
            f"Reviewed by {join_words(reviewers)}.",
            evidence=(with_people(item, *reviewers),),
            repository=item.repository,
            about=claim.claim.id,
        )


def _build_issue_claim(row: dict[str, Any], item: Evidence) -> ClaimDraft:
    title = display_title(item.title)
    person = display_name(row["author"] if row["event"] == "opened" else row["actor"])
    by = f" by {person}" if person else ""
    action = row["event"] if row["event"] in {"opened", "reopened"} else "closed"
    reason = CLOSE_REASONS.get(row["state_reason"] or "", "") if row["event"] == "closed" else ""
    text = f"{title}: {action}{by}{reason}."
    return make_claim("issue", item.key, text, evidence=(with_people(item, person),), repository=item.repository)
