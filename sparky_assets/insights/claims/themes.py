"""What several repositories share: one change made in each, a dependency moved in them, a word of their titles. Pure.

Only counting and titles: no theme is guessed, and each names examples that can be looked at.

Series of one person's changes whose titles begin alike, told as one: eleven lines of one form say nothing. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import polars as pl

from sparky_assets.insights.claims.drafts import ClaimDraft, count_fact, make_claim, same_visibility
from sparky_assets.insights.claims.releases import CHORE_TITLE
from sparky_assets.insights.evidence import (
    RepositoryUrls,
    build_commit_evidence,
    build_pull_request_evidence,
    get_evidence_impact_key,
    get_repository_urls,
)
from sparky_assets.insights.llm.gates import DIRECTION_GROUPS, JUDGEMENT_WORDS, NEUTRAL_WORDS, NUMBER_WORDS
from sparky_assets.insights.models import Claim, Evidence
from sparky_assets.metrics.classify import DEPENDENCY_PATTERN, ChangeTheme
from sparky_assets.metrics.models import Fact, Metrics
from sparky_assets.metrics.patterns import WORD_PATTERN
from sparky_assets.periods import PeriodKind
from sparky_assets.raw.window import RawWindow
from sparky_assets.text.clean import TRAILING_NUMBER_PATTERN, display_title
from sparky_assets.text.words import join_words, short_name, stem_word

MAX_THEMES = {PeriodKind.DAILY: 2, PeriodKind.WEEKLY: 5, PeriodKind.MONTHLY: 8}


MAX_REPOSITORIES_NAMED = 5


MIN_REPOSITORIES_PER_TITLE, MIN_REPOSITORIES_PER_WORD = 3, 4
"""Repositories that make a theme: of the same title, of a word."""


EXAMPLES_PER_WORD = 2


DEPENDENCY_NAME = r"([A-Za-z0-9@][A-Za-z0-9@/._-]{1,60})"


DEPENDENCY_UPDATE = (
    rf"(?i)^(?:[a-z]+(?:\([^)]*\))?!?: +)?(?:bump|update|upgrade) (?:dependency |module |action )?{DEPENDENCY_NAME} "
)


DEPENDENCY_UPDATE_TO = rf"{DEPENDENCY_UPDATE}(?:from \S+ )?(?:to|digest to)\b"
"""`Bump ink from 1.0 to 1.1`, `chore(deps): update dependency ink to v2`: how the bots and people write it."""

DIRECTION_WORDS = frozenset().union(*DIRECTION_GROUPS.values())


EVERYDAY_WORDS = {
    "behavior", "cargo", "changelog", "comments", "debug", "documentation", "mention", "messages", "monthly",
    "preserve", "readme", "state", "theme", "usage", "weekly",
}  # fmt: skip


COMMON_STEMS = frozenset(
    map(stem_word, NEUTRAL_WORDS | JUDGEMENT_WORDS | NUMBER_WORDS | DIRECTION_WORDS | EVERYDAY_WORDS)
)
"""Words of any change ("handling"): that titles share them tells nothing."""


def find_themes(window: RawWindow, metrics: Metrics) -> Iterator[ClaimDraft]:
    """The same change made in many, then dependencies; words, which say less, get a quarter of the room at most."""
    most = MAX_THEMES[metrics.period.kind]
    titles = _collect_titles(window)
    same = list(islice(_find_same_titles(titles, window), -(-most // 2)))
    told = {item.key for one in same for item in one.evidence}
    words = list(islice(_find_shared_words(titles, window, metrics, told), most // 4))
    yield from same
    yield from islice(_find_dependency_updates(titles, window), most - len(same) - len(words))
    yield from words


def _collect_titles(window: RawWindow) -> pl.DataFrame:
    """Titles of merged pull requests and subjects of commits, by their place in the raw tables."""
    # Narrow before it is filtered: each copy of the wide rows of a million commits costs half a second.
    merged = window.pull_requests.with_row_index("row").select(
        "repository", "row", "title", keep=pl.col("event") == "merged", of=pl.lit("pull_request")
    )
    commits = window.commits.with_row_index("row").select(
        "repository", "row", title="subject", keep=~pl.col("is_merge"), of=pl.lit("commit")
    )
    columns = ["repository", "row", "title", "of"]
    return pl.concat([frame.filter("keep").select(columns) for frame in (merged, commits)])


def _find_same_titles(titles: pl.DataFrame, window: RawWindow) -> Iterator[ClaimDraft]:
    """Titles that stand word by word in several repositories; what publishes or bumps is no theme."""
    named = titles.with_columns(name=pl.col("title").str.replace(TRAILING_NUMBER_PATTERN, "").str.to_lowercase())
    routine = pl.col("name").str.contains(CHORE_TITLE.pattern) | pl.col("name").str.contains(DEPENDENCY_PATTERN)
    work = named.filter(~routine, pl.col("name").str.contains(r"\S+\s+\S+\s+\S"))  # "Fix typo" is no one change
    for name, count in _count_shared(work.select("repository", "name"), MIN_REPOSITORIES_PER_TITLE).iter_rows():
        examples = _find_examples(work.filter(pl.col("name") == name), window, MAX_REPOSITORIES_NAMED)
        if len(examples) < MIN_REPOSITORIES_PER_TITLE or examples[0].is_bot:
            continue
        fact = count_fact(
            "repositories_sharing_title", f"title:{examples[0].key}", count, "raw/commits", "raw/pull_requests"
        )
        places = join_words([short_name(item.repository) for item in examples])
        among = ": " if len(examples) == count else ", among them "
        text = f"“{display_title(examples[0].title)}” landed in {count:,} repositories{among}{places}."
        yield make_claim("theme", f"title:{examples[0].key}", text, evidence=examples, facts=(fact,))


def _find_dependency_updates(titles: pl.DataFrame, window: RawWindow) -> Iterator[ClaimDraft]:
    moved = (
        titles.filter(pl.col("title").str.contains(DEPENDENCY_UPDATE_TO))
        .with_columns(name=pl.col("title").str.extract(DEPENDENCY_UPDATE_TO, 1))
        .filter(pl.col("name").is_not_null())
    )
    shared = _count_shared(moved.select("repository", "name"), 2)
    for name, count in shared.iter_rows():
        examples = _find_examples(moved.filter(pl.col("name") == name), window, MAX_REPOSITORIES_NAMED)
        if len(examples) < 2 or not all(name in item.title for item in examples):
            continue
        fact = count_fact("repositories_updating", f"dependency:{name}", count, "raw/commits", "raw/pull_requests")
        places = join_words([short_name(item.repository) for item in examples])
        among = ": " if len(examples) == count else ", among them "
        text = f"{name} was updated in {count:,} repositories{among}{places}."
        yield make_claim("theme", f"dependency:{name}", text, evidence=examples, facts=(fact,))


def _find_shared_words(
    titles: pl.DataFrame, window: RawWindow, metrics: Metrics, reported_keys: set[str]
) -> Iterator[ClaimDraft]:
    """The facts of `metrics/topics.py` with two examples each that are not `told` yet."""
    facts = [fact for fact in metrics.facts if fact.metric == "repositories_sharing_word"]
    facts.sort(key=lambda fact: (-fact.value, fact.scope))
    owners = {part for name in window.repositories["repository"] for part in name.lower().replace("/", "-").split("-")}
    for fact in facts[: MAX_THEMES[metrics.period.kind] * 2]:
        word = fact.scope.removeprefix("word:")
        # That acme's repositories say acme is no theme, and neither is `dev0` of a next version.
        names_owner = not owners.isdisjoint(word.replace("_", "-").split("-"))
        if (
            fact.value < MIN_REPOSITORIES_PER_WORD
            or names_owner
            or stem_word(word) in COMMON_STEMS
            or any(map(str.isdigit, word))
        ):
            continue
        holds = pl.col("title").str.to_lowercase().str.extract_all(WORD_PATTERN).list.contains(word)
        # Cut down before words are made: of a month of a million titles few hold the word.
        near = titles.filter(pl.col("title").str.to_lowercase().str.contains(word, literal=True))
        # The scope of `feat(macros): …` is counted and not shown.
        found_in = [
            item
            for item in _find_examples(near.filter(holds), window, MAX_REPOSITORIES_NAMED)
            if word in _get_shown_title(item)
        ]
        examples = [item for item in found_in if item.key not in reported_keys][:EXAMPLES_PER_WORD]
        if len(examples) < EXAMPLES_PER_WORD:
            continue
        reported_keys = reported_keys | {item.key for item in examples}
        yield _build_word_theme(word, fact, examples)


def _get_shown_title(item: Evidence) -> str:
    return display_title(item.title).lower()


def _build_word_theme(word: str, fact: Fact, examples: Sequence[Evidence]) -> ClaimDraft:
    said = join_words([f"“{display_title(item.title)}” in {short_name(item.repository)}" for item in examples])
    text = f"The word “{word}” is in titles of {fact.value:,} repositories, as in {said}."
    return make_claim("theme", fact.scope, text, evidence=examples, facts=(fact,))


def _count_shared(rows: pl.DataFrame, min_repositories: int) -> pl.DataFrame:
    counted = rows.unique().group_by("name").len("count").filter(pl.col("count") >= min_repositories)
    return counted.sort(["count", "name"], descending=[True, False]).head(max(MAX_THEMES.values()))


def _find_examples(rows: pl.DataFrame, window: RawWindow, max_examples: int) -> list[Evidence]:
    """One thing of each repository, a pull request before a commit; all of them for one audience."""
    first = rows.sort(pl.col("of") != "pull_request", "row").unique("repository", keep="first", maintain_order=True)
    urls = get_repository_urls(window)
    items = sorted(
        (_build_evidence(row, window, urls) for row in first.head(max_examples * 4).iter_rows(named=True)),
        key=get_evidence_impact_key,
    )
    return same_visibility(items)[:max_examples] if items else []


def _build_evidence(title_row: Mapping[str, object], window: RawWindow, urls: RepositoryUrls) -> Evidence:
    if title_row["of"] == "pull_request":
        return build_pull_request_evidence(window.pull_requests.row(int(str(title_row["row"])), named=True), urls)
    return build_commit_evidence(window.commits.row(int(str(title_row["row"])), named=True), urls)


MIN_SERIES_LENGTH, SERIES_PREFIX_WORDS = 4, 3
"""So many titles whose first words are the same make a series."""


SeriesKey = tuple[str, ...]


def merge_similar_titles(claims: Sequence[Claim], evidence: Mapping[str, Evidence]) -> tuple[list[Claim], list[Fact]]:
    """The claims with each series in the place of its first, and the facts that count the others.

    In February 2022 starlette merged eleven times "Remove routing decorators in …". What a model chose stays apart.

    Args:
        claims: of changes, in the order in which they are offered.
        evidence: by key.
    """
    series: dict[SeriesKey, list[Claim]] = {}
    for claim in claims:
        if key := _get_series_key(claim, evidence):
            series.setdefault(key, []).append(claim)
    long = {ones[0].id: ones for ones in series.values() if len(ones) >= MIN_SERIES_LENGTH}
    folded = {claim.id for ones in long.values() for claim in ones[1:]}
    told: list[Claim] = []
    facts: list[Fact] = []
    for claim in claims:
        if claim.id in long:
            first, fact = _merge_claims(long[claim.id], evidence[claim.evidence[0]])
            told.append(first)
            facts.append(fact)
        elif claim.id not in folded:
            told.append(claim)
    return told, facts


def _get_series_key(claim: Claim, evidence: Mapping[str, Evidence]) -> SeriesKey:
    """Whose work it is, where, and how its title begins; empty where it is no template's sentence about one change."""
    if claim.section != "change" or len(claim.evidence) != 1 or "model" in {claim.origin, claim.chosen_by}:
        return ()
    item = evidence[claim.evidence[0]]
    words = display_title(item.title).lower().split()
    if (
        item.is_bot
        or not item.author
        or item.theme is ChangeTheme.DEPENDENCIES
        or len(words) <= SERIES_PREFIX_WORDS
        or claim.rejected
    ):
        return ()
    return (item.repository, item.visibility, item.author, *words[:SERIES_PREFIX_WORDS])


def _merge_claims(claims: Sequence[Claim], first: Evidence) -> tuple[Claim, Fact]:
    more = Fact(
        metric="changes_alike",
        scope=first.key,
        value=len(claims) - 1,
        unit="count",
        sources=("raw/commits", "raw/pull_requests"),
    )
    update = {
        "text": f"{display_title(first.title)}, and {more.value:,} more that begin alike, by {first.author}.",
        "evidence": tuple(key for claim in claims for key in claim.evidence),
        "facts": (more.key,),
    }
    return claims[0].model_copy(update=update), more
