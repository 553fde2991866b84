"""Details: further sentences about one change, from its raw rows and from its description. Pure.

A detail is a sentence of its own or nothing: nothing that the claim already says, that is unknown, or that is the same
for nearly all changes.

One detail quotes the author's reason for a change: one sentence of the description. A description is untrusted and
unchecked, so only the first sentence of a text by a person is quoted, as a whole. It has no digit (numbers are counted
by Sparky), address, mention or markup, and is neither a question of a form nor a repetition of the title. Beside titles
this is the only text of others that is printed, always in quotation marks.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from sparky_assets.insights.claims.drafts import ClaimDraft, count_fact, make_claim, with_people
from sparky_assets.insights.claims.open_work import display_name, find_reviewers
from sparky_assets.insights.claims.word_lists import GLUE_WORDS
from sparky_assets.insights.evidence import build_issue_evidence, get_repository_urls
from sparky_assets.insights.models import Claim, Evidence, Insight
from sparky_assets.metrics.classify import ChangeTheme
from sparky_assets.metrics.models import Fact
from sparky_assets.raw.window import RawWindow
from sparky_assets.text.clean import display_title
from sparky_assets.text.words import join_words, pluralize, stem_word, stem_words

DETAILED_SECTIONS = {"highlight", "change"}
"""Sections whose claims get details, if the claim is about one change."""


MAX_FOLDERS_NAMED, MAX_CO_AUTHORS_NAMED, MAX_ISSUES_NAMED = 3, 3, 3


HOURS_PER_DAY = 24


CLOSING_REFERENCE = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):? +#(\d{1,9})\b", re.IGNORECASE)
"""GitHub's own words for closing an issue from a pull request."""


_PLAIN_FOLDER = re.compile(r"[A-Za-z][A-Za-z_-]{0,40}(?:/[A-Za-z][A-Za-z_-]{0,40})?")
"""Folders that a sentence may print. A path is untrusted text, and its digits are no facts."""


MIN_QUOTED_WORDS, MAX_QUOTED_WORDS = 7, 42


_FIRST_SENTENCE = re.compile(r"(?P<words>[A-Z][^“”\"]*?[a-z)’'])\.(?=\s+[A-Z(]|$)")


_NOT_QUOTABLE = re.compile(
    r"\b(?:previous|preceding|next|last) (?:commit|patch|step)|\b(?:this|the) series\b|\d|[@#<>{}\\|*_=~^\[\]…!?]|://|www\.|--|\b(?:e\.g|i\.e|etc|vs|cf|resp)$|\b(?:PR|TODO|LGTM)\b",
    re.I,
)


_FORM_QUESTION = re.compile(
    r"(?i)^(?:summary|description|motivation|solution|overview|what|why|how|context|background|changes?|problem|fix(?:es)?"
    r"|checklist|type of change|related|please|thank|hi|hello|sorry|note|see|this pr template)\b[^a-z]{0,3}(?=[A-Z]|$)"
)


_DEPENDENT_OPENING = re.compile(
    r"(?i)^(?:first of all|this is now|now|also|then|previously|therefore|hence|so|but|and)\b"
)
"""Beginnings that refer to an earlier sentence, which is not quoted."""


_FORM_HEADING = re.compile(
    r"^(?:Summary|Description|Motivation|Overview|Context|Background|Problem|What|Why):? +(?=[A-Z])"
)


_FIRST_PERSON = re.compile(r"\b(?:I|I'm|I've|my|me)\b")


_STATEMENT = re.compile(
    r"(?i)\b(?:is|are|was|were|be|been|has|have|had|does|do|did|can|cannot|could|will|would|should|may|might|must|need|needs"
    r"|because|when|if|so|since|that|which|allows|lets|makes|means|ensures|causes|helps|leads)\b|\w['’](?:ve|re|s|t|ll)\b"
    r"|^(?:the|a|an|this|these|those|it|every|each|all|some|any|most|many|two|our|we|there|users|people)\b"
)
"""Words that make a sentence; "Test for multipart POST same file twice" is only a second title."""


_GLUE_STEMS = {stem_word(word) for word in GLUE_WORDS}


MIN_NEW_STEMS = 3
"""Stems that a quotation must add to its title, so that it does not repeat the title."""


PeopleDetail = tuple[str, str, Sequence[str | None]]
"""The name of a detail, its sentence, and the people in it."""


@dataclass(frozen=True)
class DetailRows:
    """The raw rows behind the reported changes, and the issues that they closed.

    Attributes:
        changes: rows of raw/pull_requests or raw/commits by evidence key.
        commits: rows of raw/commits by repository and SHA.
        issues: by repository and number.
    """

    changes: Mapping[str, dict[str, Any]]
    commits: Mapping[tuple[str, str], dict[str, Any]]
    issues: Mapping[tuple[str, int], Evidence]


def find_details(insight: Insight, window: RawWindow) -> Iterator[ClaimDraft]:
    """Yield the details of every claim about one change. In a claim about several, "it" would be ambiguous."""
    evidence = {item.key: item for item in insight.evidence}
    claims = [claim for claim in insight.claims if claim.section in DETAILED_SECTIONS and len(claim.evidence) == 1]
    items = [evidence[claim.evidence[0]] for claim in claims]
    rows = _find_rows(items, window)
    numbers = [row["number"] for row in rows.changes.values() if "number" in row]
    reviews = window.reviews.filter(pl.col("number").is_in(numbers))
    for claim, item in zip(claims, items, strict=True):
        row = rows.changes[item.key]
        commit = row if item.kind == "commit" else rows.commits.get((item.repository, row["commit"] or ""), {})
        if item.advisory:
            yield _make_detail("advisory", claim, item, f"It addresses the security advisory {item.advisory}.")
        people = (
            _describe_pull_request_people(item, row, reviews)
            if item.kind == "pull_request"
            else _describe_commit_people(row)
        )
        for name, text, names in people:
            yield _make_detail(name, claim, with_people(item, *names), text)
        for text, facts in _describe_size(item, row, commit):
            yield _make_detail("size", claim, item, text, facts)
        for text, facts in _describe_time_open(item, row):
            yield _make_detail("time", claim, item, text, facts)
        yield from _build_closed_issue_claims(claim, item, row, rows)


def _make_detail(name: str, claim: Claim, item: Evidence, text: str, facts: Sequence[Fact] = ()) -> ClaimDraft:
    return make_claim("detail", f"{name}:{item.key}", text, evidence=(item,), facts=facts, repository=item.repository,
                 about=claim.id)  # fmt: skip


def _find_rows(items: Sequence[Evidence], window: RawWindow) -> DetailRows:
    pulls = {(item.repository, int(item.reference[1:])) for item in items if item.kind == "pull_request"}
    shas = {(item.repository, item.key.rpartition("@")[2]) for item in items if item.kind == "commit"}
    merged = window.pull_requests.filter(pl.col("event") == "merged", pl.col("number").is_in([n for _, n in pulls]))
    changes = {
        f"pr:{row['repository']}#{row['number']}": row
        for row in reversed(list(merged.iter_rows(named=True)))  # of two merged events the first counts, as in evidence
        if (row["repository"], row["number"]) in pulls
    }
    wanted = shas | {(row["repository"], row["commit"]) for row in changes.values()}
    candidates = window.commits.filter(pl.col("sha").is_in([sha for _, sha in wanted if sha]))
    rows_by_commit = {(row["repository"], row["sha"]): row for row in candidates.iter_rows(named=True)}
    commits = {key: row for key, row in rows_by_commit.items() if key in wanted}
    changes |= {f"commit:{repository}@{sha}": commits[repository, sha] for repository, sha in shas}
    return DetailRows(changes, commits, _find_closed_issues(changes.values(), window))


def _find_closed_issues(rows: Iterable[dict[str, Any]], window: RawWindow) -> dict[tuple[str, int], Evidence]:
    """Return the issues that were closed in the window and that a reported change says it closes."""
    wanted = {(row["repository"], number) for row in rows for number in _parse_closed_numbers(row)}
    closed = window.issues.filter(pl.col("event") == "closed", pl.col("number").is_in([number for _, number in wanted]))
    urls = get_repository_urls(window)
    last_closed = {(row["repository"], row["number"]): row for row in closed.sort("at").iter_rows(named=True)}
    return {key: build_issue_evidence(row, urls) for key, row in last_closed.items() if key in wanted}


def _parse_closed_numbers(row: Mapping[str, Any]) -> list[int]:
    return [int(number) for number in dict.fromkeys(CLOSING_REFERENCE.findall(row["body"] or ""))]


def _describe_pull_request_people(
    item: Evidence, row: Mapping[str, Any], review_rows: pl.DataFrame
) -> Iterator[PeopleDetail]:
    author = (row["author"] or {}).get("key")
    reviewers = find_reviewers(review_rows, item, row["number"], author)
    merger = display_name(row["actor"]) if row["actor"] and row["actor"]["key"] != author else None
    # A pull request derived from git counts its committer as merger; without a known author that is no news.
    has_merger = bool(merger and item.author and merger != item.author)
    if reviewers and has_merger:
        yield "people", f"Reviewed by {join_words(reviewers)}; merged by {merger}.", [*reviewers, merger]
    elif reviewers:
        yield "people", f"Reviewed by {join_words(reviewers)}.", reviewers
    elif has_merger:
        yield "people", f"Merged by {merger}.", [merger]


def _describe_commit_people(row: Mapping[str, Any]) -> Iterator[PeopleDetail]:
    names = filter(None, map(display_name, row["co_authors"] or ()))
    co_authors = list(dict.fromkeys(names))[:MAX_CO_AUTHORS_NAMED]
    if co_authors:
        yield "together", f"Written together with {join_words(co_authors)}.", co_authors
    committer, author = display_name(row["committer"]), display_name(row["author"])
    if committer and author and row["committer"]["key"] != row["author"]["key"] and committer != author:
        yield "people", f"Committed by {committer}.", [committer]


def _describe_size(
    item: Evidence, row: Mapping[str, Any], commit: Mapping[str, Any]
) -> Iterator[tuple[str, Sequence[Fact]]]:
    """Yield how many files and lines changed, and in which folders if these are few."""
    counts = [row["changed_files"], row["insertions"], row["deletions"]]
    if None in counts or not counts[0]:
        return
    source = "raw/pull_requests" if item.kind == "pull_request" else "raw/commits"
    files, added, deleted = (
        count_fact(metric, item.key, count, source, unit="files" if metric == "changed_files" else "lines")
        for metric, count in zip(("changed_files", "insertions", "deletions"), counts, strict=True)
    )
    folders = _find_folders([file["path"] for file in commit.get("files") or ()])
    where = f" in {join_words(folders)}" if folders else ""
    text = f"It changed {pluralize(files.value, 'file')}{where}"
    yield f"{text} (+{added.value:,} −{deleted.value:,} lines).", (files, added, deleted)


def _find_folders(paths: Sequence[str]) -> list[str]:
    """Return the folders of all files, at most two levels deep; none where they are many or have unusual names."""
    folders = sorted({"/".join(path.split("/")[:-1][:2]) for path in paths})
    return folders if len(folders) <= MAX_FOLDERS_NAMED and all(map(_PLAIN_FOLDER.fullmatch, folders)) else []


def _describe_time_open(item: Evidence, row: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[Fact]]]:
    """Yield how long a pull request was open, in whole hours or days; less than an hour is not reported."""
    opened: datetime | None = row.get("opened_at")
    if item.kind != "pull_request" or opened is None or opened > row["at"]:
        return
    hours = int((row["at"] - opened).total_seconds()) // 3600
    if hours < 1:
        return
    unit, value = ("day", hours // HOURS_PER_DAY) if hours >= 2 * HOURS_PER_DAY else ("hour", hours)
    fact = count_fact(f"{unit}s_open", item.key, value, "raw/pull_requests")
    yield f"It was open for {pluralize(value, unit)}.", (fact,)


def _build_closed_issue_claims(
    claim: Claim, item: Evidence, row: Mapping[str, Any], rows: DetailRows
) -> Iterator[ClaimDraft]:
    closed = [rows.issues.get((item.repository, number)) for number in _parse_closed_numbers(row)]
    same_audience = [issue for issue in closed if issue and issue.visibility == item.visibility]
    issues = [issue for issue in same_audience if issue.key != item.key][:MAX_ISSUES_NAMED]
    if issues:
        titles = join_words([f"{issue.reference}, “{display_title(issue.title)}”" for issue in issues])
        yield make_claim(
            "detail",
            f"closes:{item.key}",
            f"It closed {titles}.",
            evidence=(item, *issues),
            repository=item.repository,
            about=claim.id,
        )


def find_reasons(insight: Insight) -> Iterator[ClaimDraft]:
    """Yield a detail for each reported change whose description begins with a sentence that may be quoted."""
    evidence: Mapping[str, Evidence] = {item.key: item for item in insight.evidence}
    for claim in insight.claims:
        if claim.section in DETAILED_SECTIONS and len(claim.evidence) == 1:
            item = evidence[claim.evidence[0]]
            if words := find_quotation(item):
                yield make_claim(
                    "detail",
                    f"why:{item.key}",
                    f"“{words}”.",
                    evidence=(item,),
                    repository=item.repository,
                    about=claim.id,
                )


def find_quotation(item: Evidence) -> str:
    """Return the sentence of a description that may be quoted, without its full stop; "" where there is none."""
    if item.is_bot or item.theme is ChangeTheme.DEPENDENCIES:
        return ""
    text = _strip_title(item)
    match = _FIRST_SENTENCE.match(text)
    words = match["words"] if match else ""
    fits = MIN_QUOTED_WORDS <= len(words.split()) <= MAX_QUOTED_WORDS and _STATEMENT.search(words)
    if (
        not fits
        or _NOT_QUOTABLE.search(words)
        or _FORM_QUESTION.match(words)
        or _DEPENDENT_OPENING.match(words)
        or _FIRST_PERSON.search(words)
    ):
        return ""
    new_stems = set(stem_words(words)) - set(stem_words(item.title)) - _GLUE_STEMS
    return words if len(new_stems) >= MIN_NEW_STEMS else ""


def _strip_title(item: Evidence) -> str:
    """Return a description without the title, which squashing repeats, and without the first heading of a form."""
    text = item.excerpt
    for title in (item.title, display_title(item.title)):
        if text.lower().startswith(title.lower()):
            text = text[len(title) :].lstrip(" .:-–—")
    return _FORM_HEADING.sub("", text)
