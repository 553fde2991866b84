"""Claims about work with something in common: themes of several repositories, and series of similar changes. Pure.

A theme is the same change, the same dependency update or the same word in titles. It comes from counting alone, and
each claim names examples. A series is several changes of one person whose titles begin alike. It takes one line.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import polars as pl

from sparky_assets.insights.claims.drafts import ClaimDraft, count_fact, make_claim, select_same_visibility
from sparky_assets.insights.claims.releases import CHORE_TITLE
from sparky_assets.insights.claims.word_lists import DIRECTION_GROUPS, JUDGEMENT_WORDS, NEUTRAL_WORDS, NUMBER_WORDS
from sparky_assets.insights.evidence import (
    RepositoryUrls,
    build_commit_evidence,
    build_pull_request_evidence,
    get_evidence_impact_key,
    get_repository_urls,
)
from sparky_assets.insights.models import Claim, Evidence
from sparky_assets.metrics.classify import DEPENDENCY_PATTERN, ChangeTheme
from sparky_assets.metrics.models import Fact, Metrics
from sparky_assets.metrics.patterns import WORD_PATTERN
from sparky_assets.periods import PeriodKind
from sparky_assets.raw.window import RawWindow
from sparky_assets.text.clean import display_title
from sparky_assets.text.subjects import TRAILING_NUMBER_PATTERN
from sparky_assets.text.words import join_words, short_name, stem_word

MAX_THEMES = {PeriodKind.DAILY: 2, PeriodKind.WEEKLY: 5, PeriodKind.MONTHLY: 8}


MAX_REPOSITORIES_NAMED = 5


MIN_REPOSITORIES_PER_TITLE, MIN_REPOSITORIES_PER_WORD = 3, 4
"""Repositories that are needed for a theme, by the same title or by a word."""


EXAMPLES_PER_WORD = 2


DEPENDENCY_NAME = r"([A-Za-z0-9@][A-Za-z0-9@/._-]{1,60})"


DEPENDENCY_UPDATE = (
    rf"(?i)^(?:[a-z]+(?:\([^)]*\))?!?: +)?(?:bump|update|upgrade) (?:dependency |module |action )?{DEPENDENCY_NAME} "
)


DEPENDENCY_UPDATE_TO = rf"{DEPENDENCY_UPDATE}(?:from \S+ )?(?:to|digest to)\b"
"""`Bump ink from 1.0 to 1.1`, `chore(deps): update dependency ink to v2`: as bots and people write it."""


DIRECTION_WORDS = frozenset().union(*DIRECTION_GROUPS.values())


EVERYDAY_WORDS = {
    "behavior", "cargo", "changelog", "comments", "debug", "documentation", "mention", "messages", "monthly",
    "preserve", "readme", "state", "theme", "usage", "weekly",
}  # fmt: skip


COMMON_STEMS = frozenset(
    map(stem_word, NEUTRAL_WORDS | JUDGEMENT_WORDS | NUMBER_WORDS | DIRECTION_WORDS | EVERYDAY_WORDS)
)
"""Words of any change ("handling"). Titles that share them have nothing in common."""


def find_themes(window: RawWindow, metrics: Metrics) -> Iterator[ClaimDraft]:
    """Yield same changes first, then dependency updates, then shared words.

    Words say least, so they get at most a quarter of the claims.
    """
    limit = MAX_THEMES[metrics.period.kind]
    titles = _collect_titles(window)
    same_titles = list(islice(_find_same_titles(titles, window), -(-limit // 2)))
    reported_keys = {item.key for draft in same_titles for item in draft.evidence}
    shared_words = list(islice(_find_shared_words(titles, window, metrics, reported_keys), limit // 4))
    yield from same_titles
    yield from islice(_find_dependency_updates(titles, window), limit - len(same_titles) - len(shared_words))
    yield from shared_words


def _collect_titles(window: RawWindow) -> pl.DataFrame:
    """Return titles of merged pull requests and subjects of commits, with their row in the raw tables."""
    # Select columns before filtering: each copy of the wide rows of a million commits costs half a second.
    merged = window.pull_requests.with_row_index("row").select(
        "repository", "row", "title", is_work=pl.col("event") == "merged", kind=pl.lit("pull_request")
    )
    commits = window.commits.with_row_index("row").select(
        "repository", "row", title="subject", is_work=~pl.col("is_merge"), kind=pl.lit("commit")
    )
    columns = ["repository", "row", "title", "kind"]
    return pl.concat([frame.filter("is_work").select(columns) for frame in (merged, commits)])


def _find_same_titles(titles: pl.DataFrame, window: RawWindow) -> Iterator[ClaimDraft]:
    """Yield titles that occur literally in several repositories, except releases and dependency updates."""
    named = titles.with_columns(name=pl.col("title").str.replace(TRAILING_NUMBER_PATTERN, "").str.to_lowercase())
    routine = pl.col("name").str.contains(CHORE_TITLE.pattern) | pl.col("name").str.contains(DEPENDENCY_PATTERN)
    work = named.filter(
        ~routine, pl.col("name").str.contains(r"\S+\s+\S+\s+\S")
    )  # two words, as in "Fix typo", may be different changes
    reported: set[str] = set()
    for name, count in _count_shared(work.select("repository", "name"), MIN_REPOSITORIES_PER_TITLE).iter_rows():
        examples = _find_examples(work.filter(pl.col("name") == name), window, MAX_REPOSITORIES_NAMED)
        # A pull request that was merged again under another title is one example.
        if len(examples) < MIN_REPOSITORIES_PER_TITLE or examples[0].is_bot or examples[0].key in reported:
            continue
        reported.add(examples[0].key)
        fact = count_fact(
            "repositories_sharing_title", f"title:{examples[0].key}", count, "raw/commits", "raw/pull_requests"
        )
        names = join_words([short_name(item.repository) for item in examples])
        among = ": " if len(examples) == count else ", among them "
        text = f"The change “{display_title(examples[0].title)}” was made in {count:,} repositories{among}{names}."
        yield make_claim("theme", f"title:{examples[0].key}", text, evidence=examples, facts=(fact,))


def _find_dependency_updates(titles: pl.DataFrame, window: RawWindow) -> Iterator[ClaimDraft]:
    updates = (
        titles.filter(pl.col("title").str.contains(DEPENDENCY_UPDATE_TO))
        .with_columns(name=pl.col("title").str.extract(DEPENDENCY_UPDATE_TO, 1))
        .filter(pl.col("name").is_not_null())
    )
    shared = _count_shared(updates.select("repository", "name"), 2)
    for name, count in shared.iter_rows():
        examples = _find_examples(updates.filter(pl.col("name") == name), window, MAX_REPOSITORIES_NAMED)
        if len(examples) < 2 or not all(name in item.title for item in examples):
            continue
        fact = count_fact("repositories_updating", f"dependency:{name}", count, "raw/commits", "raw/pull_requests")
        names = join_words([short_name(item.repository) for item in examples])
        among = ": " if len(examples) == count else ", among them "
        text = f"{name} was updated in {count:,} repositories{among}{names}."
        yield make_claim("theme", f"dependency:{name}", text, evidence=examples, facts=(fact,))


def _find_shared_words(
    titles: pl.DataFrame, window: RawWindow, metrics: Metrics, reported_keys: set[str]
) -> Iterator[ClaimDraft]:
    """Yield words shared by titles of several repositories, with two examples each that no other theme reports."""
    facts = [fact for fact in metrics.facts if fact.metric == "repositories_sharing_word"]
    facts.sort(key=lambda fact: (-fact.value, fact.scope))
    owners = {part for name in window.repositories["repository"] for part in name.lower().replace("/", "-").split("-")}
    for fact in facts[: MAX_THEMES[metrics.period.kind] * 2]:
        word = fact.scope.removeprefix("word:")
        # The name of the owner is no theme, and neither is `dev0` of a next version.
        names_owner = not owners.isdisjoint(word.replace("_", "-").split("-"))
        if (
            fact.value < MIN_REPOSITORIES_PER_WORD
            or names_owner
            or stem_word(word) in COMMON_STEMS
            or any(map(str.isdigit, word))
        ):
            continue
        has_word = pl.col("title").str.to_lowercase().str.extract_all(WORD_PATTERN).list.contains(word)
        # A cheap filter before splitting into words: of a month of a million titles few contain the word.
        candidates = titles.filter(pl.col("title").str.to_lowercase().str.contains(word, literal=True))
        # The scope of `feat(macros): …` is counted but not shown.
        matches = [
            item
            for item in _find_examples(candidates.filter(has_word), window, MAX_REPOSITORIES_NAMED)
            if word in _get_shown_title(item)
        ]
        examples = [item for item in matches if item.key not in reported_keys][:EXAMPLES_PER_WORD]
        if len(examples) < EXAMPLES_PER_WORD:
            continue
        reported_keys = reported_keys | {item.key for item in examples}
        yield _build_word_theme(word, fact, examples)


def _get_shown_title(item: Evidence) -> str:
    return display_title(item.title).lower()


def _build_word_theme(word: str, fact: Fact, examples: Sequence[Evidence]) -> ClaimDraft:
    titles = join_words([f"“{display_title(item.title)}” in {short_name(item.repository)}" for item in examples])
    text = f"Titles in {fact.value:,} repositories mention “{word}”, for example {titles}."
    return make_claim("theme", fact.scope, text, evidence=examples, facts=(fact,))


def _count_shared(rows: pl.DataFrame, min_repositories: int) -> pl.DataFrame:
    counted = rows.unique().group_by("name").len("count").filter(pl.col("count") >= min_repositories)
    return counted.sort(["count", "name"], descending=[True, False]).head(max(MAX_THEMES.values()))


def _find_examples(rows: pl.DataFrame, window: RawWindow, max_examples: int) -> list[Evidence]:
    """Return one item of each repository, a pull request before a commit, all of the same visibility."""
    first = rows.sort(pl.col("kind") != "pull_request", "row").unique("repository", keep="first", maintain_order=True)
    urls = get_repository_urls(window)
    items = sorted(
        (_build_evidence(row, window, urls) for row in first.head(max_examples * 4).iter_rows(named=True)),
        key=get_evidence_impact_key,
    )
    return select_same_visibility(items)[:max_examples] if items else []


def _build_evidence(title_row: Mapping[str, object], window: RawWindow, urls: RepositoryUrls) -> Evidence:
    if title_row["kind"] == "pull_request":
        return build_pull_request_evidence(window.pull_requests.row(int(str(title_row["row"])), named=True), urls)
    return build_commit_evidence(window.commits.row(int(str(title_row["row"])), named=True), urls)


MIN_SERIES_LENGTH, SERIES_PREFIX_WORDS = 4, 3
"""A series needs four titles that have the first three words in common."""


SeriesKey = tuple[str, ...]


def merge_similar_titles(claims: Sequence[Claim], evidence: Mapping[str, Evidence]) -> tuple[list[Claim], list[Fact]]:
    """Merge each series into its first claim; return the claims, and the facts that count the others.

    In February 2022 starlette merged "Remove routing decorators in …" eleven times. Claims that a model chose are never
    merged.

    Args:
        claims: of changes, in order.
        evidence: by key.
    """
    series: dict[SeriesKey, list[Claim]] = {}
    for claim in claims:
        if key := _get_series_key(claim, evidence):
            series.setdefault(key, []).append(claim)
    series_by_first = {members[0].id: members for members in series.values() if len(members) >= MIN_SERIES_LENGTH}
    merged_ids = {claim.id for members in series_by_first.values() for claim in members[1:]}
    result: list[Claim] = []
    facts: list[Fact] = []
    for claim in claims:
        if claim.id in series_by_first:
            merged, fact = _merge_claims(series_by_first[claim.id], evidence[claim.evidence[0]])
            result.append(merged)
            facts.append(fact)
        elif claim.id not in merged_ids:
            result.append(claim)
    return result, facts


def _get_series_key(claim: Claim, evidence: Mapping[str, Evidence]) -> SeriesKey:
    """Return repository, visibility, author and first words of a change; empty for a claim that cannot be merged."""
    if claim.section != "change" or len(claim.evidence) != 1:
        return ()
    item = evidence[claim.evidence[0]]
    words = display_title(item.title).lower().split()
    if item.is_bot or not item.author or item.theme is ChangeTheme.DEPENDENCIES or len(words) <= SERIES_PREFIX_WORDS:
        return ()
    return (item.repository, item.visibility, item.author, *words[:SERIES_PREFIX_WORDS])


def _merge_claims(claims: Sequence[Claim], first: Evidence) -> tuple[Claim, Fact]:
    others = Fact(
        metric="changes_alike",
        scope=first.key,
        value=len(claims) - 1,
        unit="count",
        sources=("raw/commits", "raw/pull_requests"),
    )
    update = {
        "text": f"{display_title(first.title)}, and {others.value:,} similar changes, by {first.author}.",
        "evidence": tuple(key for claim in claims for key in claim.evidence),
        "facts": (others.key,),
    }
    return claims[0].model_copy(update=update), others
