"""What several repositories share: one change made in each, a dependency moved in them, a word of their titles. Pure.

Only counting and titles: no theme is guessed, and each names examples that can be looked at.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import polars as pl

from sparky_assets.insights.evidence import Urls, commit_evidence, impact, pull_request_evidence, urls_of
from sparky_assets.insights.found import Found, found, number, of_one_audience
from sparky_assets.insights.models import Evidence
from sparky_assets.insights.routine import CHORE
from sparky_assets.insights.sentences import joined, short
from sparky_assets.insights.text import TRAILING_NUMBER, headline
from sparky_assets.insights.vocabulary import DIRECTIONS, JUDGEMENTS, NEUTRAL, NUMBER_WORDS
from sparky_assets.insights.words import stem
from sparky_assets.metrics.changes import DEPENDENCIES
from sparky_assets.metrics.models import Fact, Metrics
from sparky_assets.metrics.topics import WORD
from sparky_assets.periods import PeriodKind
from sparky_assets.raw.window import RawWindow

THEMES = {PeriodKind.DAILY: 2, PeriodKind.WEEKLY: 5, PeriodKind.MONTHLY: 8}
NAMED = 5
LEAST_SAME, LEAST_WORDS = 3, 4
"""Repositories that make a theme: of the same title, of a word."""
EXAMPLES = 2
NAME = r"([A-Za-z0-9@][A-Za-z0-9@/._-]{1,60})"
MOVED = rf"(?i)^(?:[a-z]+(?:\([^)]*\))?!?: +)?(?:bump|update|upgrade) (?:dependency |module |action )?{NAME} "
MOVED_TO = rf"{MOVED}(?:from \S+ )?(?:to|digest to)\b"
"""`Bump ink from 1.0 to 1.1`, `chore(deps): update dependency ink to v2`: how the bots and people write it."""

DIRECTION_WORDS = frozenset().union(*DIRECTIONS.values())
EVERYDAY = {
    "behavior", "cargo", "changelog", "comments", "debug", "documentation", "mention", "messages", "monthly",
    "preserve", "readme", "state", "theme", "usage", "weekly",
}  # fmt: skip
PLAIN = frozenset(map(stem, NEUTRAL | JUDGEMENTS | NUMBER_WORDS | DIRECTION_WORDS | EVERYDAY))
"""Words of any change ("handling"): that titles share them tells nothing."""


def find_themes(raw: RawWindow, metrics: Metrics) -> Iterator[Found]:
    """The same change made in many, then dependencies; words, which say less, get a quarter of the room at most."""
    most = THEMES[metrics.period.kind]
    titles = _titles(raw)
    same = list(islice(_same_titles(titles, raw), -(-most // 2)))
    told = {item.key for one in same for item in one.evidence}
    words = list(islice(_words(titles, raw, metrics, told), most // 4))
    yield from same
    yield from islice(_dependencies(titles, raw), most - len(same) - len(words))
    yield from words


def _titles(raw: RawWindow) -> pl.DataFrame:
    """Titles of merged pull requests and subjects of commits, by their place in the raw tables."""
    # Narrow before it is filtered: each copy of the wide rows of a million commits costs half a second.
    merged = raw.pull_requests.with_row_index("row").select(
        "repository", "row", "title", keep=pl.col("event") == "merged", of=pl.lit("pull_request")
    )
    commits = raw.commits.with_row_index("row").select(
        "repository", "row", title="subject", keep=~pl.col("is_merge"), of=pl.lit("commit")
    )
    columns = ["repository", "row", "title", "of"]
    return pl.concat([frame.filter("keep").select(columns) for frame in (merged, commits)])


def _same_titles(titles: pl.DataFrame, raw: RawWindow) -> Iterator[Found]:
    """Titles that stand word by word in several repositories; what publishes or bumps is no theme."""
    named = titles.with_columns(name=pl.col("title").str.replace(TRAILING_NUMBER, "").str.to_lowercase())
    routine = pl.col("name").str.contains(CHORE.pattern) | pl.col("name").str.contains(DEPENDENCIES)
    work = named.filter(~routine, pl.col("name").str.contains(r"\S+\s+\S+\s+\S"))  # "Fix typo" is no one change
    for name, count in _shared(work.select("repository", "name"), LEAST_SAME).iter_rows():
        examples = _one_of_each(work.filter(pl.col("name") == name), raw, NAMED)
        if len(examples) < LEAST_SAME or examples[0].is_bot:
            continue
        fact = number(
            "repositories_sharing_title", f"title:{examples[0].key}", count, "raw/commits", "raw/pull_requests"
        )
        places = joined([short(item.repository) for item in examples])
        among = ": " if len(examples) == count else ", among them "
        text = f"“{headline(examples[0].title)}” landed in {count:,} repositories{among}{places}."
        yield found("theme", f"title:{examples[0].key}", text, evidence=examples, facts=(fact,))


def _dependencies(titles: pl.DataFrame, raw: RawWindow) -> Iterator[Found]:
    moved = (
        titles.filter(pl.col("title").str.contains(MOVED_TO))
        .with_columns(name=pl.col("title").str.extract(MOVED_TO, 1))
        .filter(pl.col("name").is_not_null())
    )
    shared = _shared(moved.select("repository", "name"), 2)
    for name, count in shared.iter_rows():
        examples = _one_of_each(moved.filter(pl.col("name") == name), raw, NAMED)
        if len(examples) < 2 or not all(name in item.title for item in examples):
            continue
        fact = number("repositories_updating", f"dependency:{name}", count, "raw/commits", "raw/pull_requests")
        places = joined([short(item.repository) for item in examples])
        among = ": " if len(examples) == count else ", among them "
        text = f"{name} was updated in {count:,} repositories{among}{places}."
        yield found("theme", f"dependency:{name}", text, evidence=examples, facts=(fact,))


def _words(titles: pl.DataFrame, raw: RawWindow, metrics: Metrics, told: set[str]) -> Iterator[Found]:
    """The facts of `metrics/topics.py` with two examples each that are not `told` yet."""
    facts = [fact for fact in metrics.facts if fact.metric == "repositories_sharing_word"]
    facts.sort(key=lambda fact: (-fact.value, fact.scope))
    owners = {part for name in raw.repositories["repository"] for part in name.lower().replace("/", "-").split("-")}
    for fact in facts[: THEMES[metrics.period.kind] * 2]:
        word = fact.scope.removeprefix("word:")
        # That acme's repositories say acme is no theme, and neither is `dev0` of a next version.
        names_owner = not owners.isdisjoint(word.replace("_", "-").split("-"))
        if fact.value < LEAST_WORDS or names_owner or stem(word) in PLAIN or any(map(str.isdigit, word)):
            continue
        holds = pl.col("title").str.to_lowercase().str.extract_all(WORD).list.contains(word)
        # Cut down before words are made: of a month of a million titles few hold the word.
        near = titles.filter(pl.col("title").str.to_lowercase().str.contains(word, literal=True))
        # The scope of `feat(macros): …` is counted and not shown.
        found_in = [item for item in _one_of_each(near.filter(holds), raw, NAMED) if word in _shown(item)]
        examples = [item for item in found_in if item.key not in told][:EXAMPLES]
        if len(examples) < EXAMPLES:
            continue
        told = told | {item.key for item in examples}
        yield _word(word, fact, examples)


def _shown(item: Evidence) -> str:
    return headline(item.title).lower()


def _word(word: str, fact: Fact, examples: Sequence[Evidence]) -> Found:
    said = joined([f"“{headline(item.title)}” in {short(item.repository)}" for item in examples])
    text = f"The word “{word}” is in titles of {fact.value:,} repositories, as in {said}."
    return found("theme", fact.scope, text, evidence=examples, facts=(fact,))


def _shared(rows: pl.DataFrame, least: int) -> pl.DataFrame:
    counted = rows.unique().group_by("name").len("count").filter(pl.col("count") >= least)
    return counted.sort(["count", "name"], descending=[True, False]).head(max(THEMES.values()))


def _one_of_each(rows: pl.DataFrame, raw: RawWindow, most: int) -> list[Evidence]:
    """One thing of each repository, a pull request before a commit; all of them for one audience."""
    first = rows.sort(pl.col("of") != "pull_request", "row").unique("repository", keep="first", maintain_order=True)
    urls = urls_of(raw)
    items = sorted((_evidence(row, raw, urls) for row in first.head(most * 4).iter_rows(named=True)), key=impact)
    return of_one_audience(items)[:most] if items else []


def _evidence(place: Mapping[str, object], raw: RawWindow, urls: Urls) -> Evidence:
    if place["of"] == "pull_request":
        return pull_request_evidence(raw.pull_requests.row(int(str(place["row"])), named=True), urls)
    return commit_evidence(raw.commits.row(int(str(place["row"])), named=True), urls)
