"""Credits beside the authors of changes: reviewers and newcomers. People are never counted or ranked. Pure."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from sparky_assets.insights.claims.drafts import ClaimDraft, make_claim, select_same_visibility, with_people
from sparky_assets.insights.claims.open_work import display_name
from sparky_assets.insights.claims.overview import MAX_PEOPLE_CREDITED, MAX_TITLES_PER_PERSON
from sparky_assets.insights.evidence import build_pull_request_evidence, get_repository_urls
from sparky_assets.insights.models import Evidence
from sparky_assets.metrics.models import SCOPE_ALL
from sparky_assets.metrics.trends import Lookback
from sparky_assets.periods import PeriodKind
from sparky_assets.raw.window import RawWindow
from sparky_assets.text.clean import display_title
from sparky_assets.text.words import join_words, pluralize

MAX_NEWCOMERS_NAMED = 8


def credit_newcomers(evidence: Sequence[Evidence], window: RawWindow, lookback: Lookback) -> Iterator[ClaimDraft]:
    """Yield one sentence about people with their first commit in a repository; it cites the first work of each."""
    new_keys = {person.key for person in lookback.first_time}
    count = next((fact for fact in lookback.facts if fact.key == f"first_time_contributors@{SCOPE_ALL}"), None)
    if not new_keys or count is None:
        return
    author_keys = _find_author_keys(evidence, window)
    first_work: dict[str, Evidence] = {}
    for item in evidence:
        author_key = author_keys.get(item.key)
        if author_key and author_key in new_keys and not item.is_bot and item.author:
            first_work.setdefault(author_key, item)
    if not first_work:
        return
    items = select_same_visibility(list(first_work.values()))[:MAX_NEWCOMERS_NAMED]
    names = join_words(list(dict.fromkeys(item.author or "" for item in items)))
    text = f"{pluralize(count.value, 'person', 'people')} contributed to a repository for the first time"
    among = ": " if len(items) == count.value else ", among them "
    yield make_claim("credit", "newcomers", f"{text}{among}{names}.", evidence=items, facts=(count,))


def credit_reviewers(window: RawWindow, kind: PeriodKind) -> Iterator[ClaimDraft]:
    """Yield a credit for each person who reviewed the work of others whose title the window knows."""
    limit = MAX_PEOPLE_CREDITED[kind]
    if not limit or window.reviews.is_empty():
        return
    last_events = window.pull_requests.sort("at").unique(["repository", "number"], keep="last", maintain_order=True)
    pull_requests = last_events.with_columns(_writer=pl.col("author").struct.field("key"))
    reviewed = (
        window.reviews.select("repository", "number", "submitted_at", "id", reviewer="author", shown="visibility")
        .join(pull_requests, on=["repository", "number"])
        .filter(pl.col("reviewer").struct.field("key") != pl.col("_writer").fill_null(""))
        .filter(~pl.col("reviewer").struct.field("is_bot"), pl.col("shown") == pl.col("visibility"))
        .sort("submitted_at", "id")
        .with_columns(_key=pl.col("reviewer").struct.field("key"))
        .unique(["_key", "repository", "number"], keep="first", maintain_order=True)
        .filter(pl.int_range(pl.len()).over("_key", "visibility") < MAX_TITLES_PER_PERSON)
    )
    urls = get_repository_urls(window)
    items_by_reviewer: dict[tuple[str, str], list[Evidence]] = {}
    for row in reviewed.head(limit * MAX_TITLES_PER_PERSON * 2).iter_rows(named=True):
        if name := display_name(row["reviewer"]):
            items_by_reviewer.setdefault((name, row["visibility"]), []).append(build_pull_request_evidence(row, urls))
    for (name, _), items in list(items_by_reviewer.items())[:limit]:
        shown = [with_people(item, name) for item in items[:MAX_TITLES_PER_PERSON]]
        text = f"{name} for reviewing {join_words([f'“{display_title(item.title)}”' for item in shown])}."
        yield make_claim("credit", f"reviewing:{name}:{shown[0].key}", text, evidence=shown)


def _find_author_keys(evidence: Sequence[Evidence], window: RawWindow) -> Mapping[str, str]:
    """Return the key of the author of each piece of work. Names are no keys: people spell them in several ways."""
    author = pl.col("author").struct.field("key")
    shas = [item.key.rpartition("@")[2] for item in evidence if item.kind == "commit"]
    commits = window.commits.filter(pl.col("sha").is_in(shas)).select("repository", "sha", author)
    merged = window.pull_requests.filter(pl.col("event") == "merged").select("repository", "number", author)
    keys = {f"commit:{repository}@{sha}": key for repository, sha, key in commits.iter_rows()}
    return keys | {f"pr:{repository}#{number}": key for repository, number, key in merged.iter_rows()}
