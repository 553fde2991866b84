"""Claims about trends: comparisons with earlier periods, and risks. Pure.

* Comparisons: counts of the whole period beside the previous period and the usual range. A day is compared only with
  the same weekday: that a Monday has more commits than the Sunday before is no news.
* Risks: reverted work, stale pull requests, and metrics on the worse side of their usual range. They state records and
  facts; readers judge whether something is a risk.

The facts of the previous period, for tables, are also built here.
"""

import math
import re
from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import islice

import polars as pl

from sparky_assets.insights.claims.drafts import ClaimDraft, count_fact, make_claim, select_same_visibility
from sparky_assets.insights.evidence import build_commit_evidence, build_pull_request_evidence, get_repository_urls
from sparky_assets.insights.models import Evidence
from sparky_assets.insights.ranking import find_first_merge_events
from sparky_assets.metrics.catalog import METRICS_BY_NAME
from sparky_assets.metrics.delivery.repairs import REVERTED_COMMIT_PATTERN, build_repair_chains, find_repairs
from sparky_assets.metrics.models import SCOPE_ALL, Fact, Metrics, MetricValue
from sparky_assets.metrics.trends import Lookback, MetricTrend, is_news, is_quiet
from sparky_assets.periods import WEEKDAY_NAMES, PeriodKind
from sparky_assets.raw.window import RawWindow
from sparky_assets.store import TRENDS_TABLE, metrics_path
from sparky_assets.text.clean import display_title
from sparky_assets.text.words import join_words, pluralize, short_name

MAX_COMPARISONS = {PeriodKind.DAILY: 3, PeriodKind.WEEKLY: 5, PeriodKind.MONTHLY: 6}


MIN_MOVE_SIGMAS = 1.0
"""88 commits after 87 is no change: counts of independent events differ by the square root of their sum."""


COMPARED_METRICS = {
    "commits": ("commit", "commits"),
    "people": ("author or co-author", "authors and co-authors"),
    "active_repositories": ("active repository", "active repositories"),
    "pull_requests_opened": ("opened pull request", "opened pull requests"),
    "pull_requests_merged": ("merged pull request", "merged pull requests"),
    "reviews": ("review", "reviews"),
    "issues_opened": ("opened issue", "opened issues"),
    "issues_closed": ("closed issue", "closed issues"),
    "releases": ("release", "releases"),
}
"""Compared counts with their singular and plural, in the order of claims that are equally notable."""


MAX_RISKS = {PeriodKind.DAILY: 3, PeriodKind.WEEKLY: 6, PeriodKind.MONTHLY: 10}


MIN_CHAIN_LENGTH = 3


MAX_CHANGES_NAMED = 4


MAX_STALE_REPOSITORIES = 3


WORSE_SIDES = {
    "change_failure_rate": ("above", "Share of deliveries that failed"),
    "reverts": ("above", "Commits that revert another"),
    "review_coverage": ("below", "Share of merged pull requests that another person reviewed"),
    "time_to_first_review_median": ("above", "Median time from ready for review to the first review"),
    "time_to_merge_median": ("above", "Median time from ready for review to merging"),
    "time_to_restore_median": ("above", "Median time from a release that failed to the one that repaired it"),
    "issue_time_to_first_response_median": ("above", "Median time from opening an issue to the first response"),
    "issue_time_to_close_median": ("above", "Median time from opening an issue to closing it"),
    "pull_requests_awaiting_review": ("above", "Opened pull requests without a review by another person"),
}
"""The side on which a metric is worse than usual, and its name in a sentence."""


UNIT_SUFFIXES = {"hours": " hours", "percent": " %"}


_QUOTED_TITLE = re.compile(r'revert(?:\([^)]*\))?!?:? "?(?P<title>[^"].*?)"?', re.IGNORECASE)


def compare_periods(metrics: Metrics, lookback: Lookback) -> Iterator[ClaimDraft]:
    """Yield counts outside their usual range first, then those that moved most since the previous period."""
    kind = metrics.period.kind
    trends = {trend.metric: trend for trend in lookback.trends}
    notable = [trends[name] for name in COMPARED_METRICS if name in trends and _is_notable(trends[name], kind)]
    notable.sort(key=lambda trend: (trend.standing not in {"above", "below"}, -_compute_move(trend)))
    facts = {fact.key: fact for fact in metrics.facts}
    yield from _describe_assistants(facts)
    if is_quiet(lookback.trends):
        yield _build_quiet_claim(trends["commits"], facts[f"commits@{SCOPE_ALL}"], lookback)
    for trend in notable[: MAX_COMPARISONS[kind]]:
        yield _build_comparison(trend, facts[f"{trend.metric}@{SCOPE_ALL}"], kind, lookback)


def _build_quiet_claim(trend: MetricTrend, fact: Fact, lookback: Lookback) -> ClaimDraft:
    """Say that a period was quiet, with the number that shows it."""
    kind = lookback.period.kind
    source = metrics_path(kind, table=TRENDS_TABLE)
    middle = trend.median or Decimal(0)
    value: MetricValue = int(middle) if middle == int(middle) else middle
    median = count_fact("commits_median", "usual", value, source)
    periods = count_fact("trailing_periods", "usual", len(trend.periods), source)
    nouns = _format_weekday(lookback) if kind is PeriodKind.DAILY else f"{kind.noun}s"
    text = (
        f"It was a quiet {kind.noun}: {pluralize(trend.value, 'commit')}, where the median of the {periods.value:,} "
        f"{nouns} before is {median.value:,}."
    )
    return make_claim("comparison", "quiet", text, facts=(fact, median, periods))


def _describe_assistants(facts: Mapping[str, Fact]) -> Iterator[ClaimDraft]:
    """Yield how many commits name a coding assistant, if any does."""
    assisted, commits = facts.get(f"assisted_commits@{SCOPE_ALL}"), facts.get(f"commits@{SCOPE_ALL}")
    if assisted and commits and assisted.value:
        name = "names" if assisted.value == 1 else "name"
        text = f"{assisted.value:,} of {pluralize(commits.value, 'commit')} {name} a coding assistant."
        yield make_claim("comparison", "assistants", text, facts=(assisted, commits))


def build_usual_range(trend: MetricTrend, *sources: str) -> tuple[Fact, Fact]:
    """Return the bounds of the usual range, of counts rounded inwards: a count above the range stays above them."""
    low, high = trend.usual or (Decimal(0), Decimal(0))
    bounds: tuple[MetricValue, MetricValue] = low, high
    if isinstance(trend.value, int):
        bounds = int(low.to_integral_value(ROUND_CEILING)), int(high.to_integral_value(ROUND_FLOOR))
    first, last = (
        count_fact(f"{trend.metric}_{end}", "usual", bound, *sources)
        for end, bound in zip(("from", "to"), bounds, strict=True)
    )
    return first, last


def _is_notable(trend: MetricTrend, kind: PeriodKind) -> bool:
    return trend.standing in {"above", "below"} or (
        kind is not PeriodKind.DAILY and _compute_move(trend) >= MIN_MOVE_SIGMAS
    )


def _compute_move(trend: MetricTrend) -> float:
    """Return how far a count moved since the previous period, in standard deviations of random counts of that size."""
    if trend.previous is None or trend.previous == trend.value:
        return 0.0
    current = float(trend.value)
    previous = float(trend.previous)
    return abs(current - previous) / math.sqrt(current + previous)


def _build_comparison(trend: MetricTrend, fact: Fact, kind: PeriodKind, lookback: Lookback) -> ClaimDraft:
    source = metrics_path(kind, table=TRENDS_TABLE)
    facts = [fact]
    text = pluralize(trend.value, *COMPARED_METRICS[trend.metric])
    if is_news(trend.value, trend.previous) and trend.previous is not None and kind is not PeriodKind.DAILY:
        previous = count_fact(trend.metric, f"period:{lookback.period.previous().label}", trend.previous, source)
        facts.append(previous)
        text += f", after {previous.value:,} in the {kind.noun} before"
    if trend.standing in {"above", "below"}:
        low, high = build_usual_range(trend, source)
        facts += [low, high]
        when = f" on {_format_weekday(lookback)}" if kind is PeriodKind.DAILY else ""
        text += f"; {low.value:,} to {high.value:,} are usual{when}"
    return make_claim("comparison", trend.metric, f"{text}.", facts=facts)


def _format_weekday(lookback: Lookback) -> str:
    return f"{WEEKDAY_NAMES[lookback.period.start.weekday()]}s"


def build_previous_facts(lookback: Lookback) -> Iterator[Fact]:
    """Yield the facts of the previous period under the scope `period:<label>`, then those of the lookback.

    Facts of the lookback (open work, newcomers) have the scope of the whole period.
    """
    scope = f"period:{lookback.period.previous().label}"
    source = metrics_path(lookback.period.kind, table=TRENDS_TABLE)
    for trend in lookback.trends:
        if trend.previous is not None:
            unit = METRICS_BY_NAME[trend.metric].unit
            yield Fact(metric=trend.metric, scope=scope, value=trend.previous, unit=unit, sources=(source,))
    yield from (fact for fact in lookback.facts if fact.scope == SCOPE_ALL)


def find_risks(window: RawWindow, metrics: Metrics, lookback: Lookback | None) -> Iterator[ClaimDraft]:
    """Yield metrics first, which summarise much, then chains of repairs, then single reverts."""
    limit = MAX_RISKS[metrics.period.kind]
    metric_risks = [
        *(_find_worse_metrics(metrics, lookback) if lookback else ()),
        *(_find_stale_pull_requests(lookback) if lookback else ()),
    ]
    reverts = list(islice(_find_reverted_work(window, metrics.period.kind), limit))
    metric_limit = max(limit - len(reverts), limit // 2)
    yield from [*metric_risks[:metric_limit], *reverts][:limit]


def _find_worse_metrics(metrics: Metrics, lookback: Lookback) -> Iterator[ClaimDraft]:
    facts = {fact.metric: fact for fact in metrics.facts if fact.scope == SCOPE_ALL}
    trends = {trend.metric: trend for trend in lookback.trends}
    for metric, (side, _) in WORSE_SIDES.items():
        trend = trends.get(metric)
        if trend and trend.standing == side and metric in facts:
            count = facts.get(metric.removesuffix("_median") + "_count")
            source = metrics_path(lookback.period.kind, table=TRENDS_TABLE)
            yield _build_trend_risk(trend, facts[metric], count, source)


def _build_trend_risk(trend: MetricTrend, fact: Fact, count: Fact | None, source: str) -> ClaimDraft:
    side, label = WORSE_SIDES[trend.metric]
    low, high = build_usual_range(trend, source)
    unit = UNIT_SUFFIXES.get(fact.unit, "")
    number = f" (n {count.value:,})" if count else ""
    text = f"{label}: {fact.value:,}{unit}{number}, {side} the usual {low.value:,} to {high.value:,}{unit}."
    cited = (fact, low, high) if count is None else (fact, count, low, high)
    return make_claim("risk", f"trend:{trend.metric}", text, facts=cited)


def _find_stale_pull_requests(lookback: Lookback) -> Iterator[ClaimDraft]:
    """Yield stale pull requests, of all repositories and of those with most of them. Two weeks is `STALE_AFTER`."""
    facts = {fact.key: fact for fact in lookback.facts}
    stale = [fact for fact in lookback.facts if fact.metric == "pull_requests_stale" and fact.value]
    stale.sort(key=lambda fact: (fact.scope != SCOPE_ALL, -fact.value, fact.scope))
    for fact in stale[: 1 + MAX_STALE_REPOSITORIES] if len(stale) > 2 else stale[-1:]:
        open_now = facts[f"pull_requests_open@{fact.scope}"]
        repository = None if fact.scope == SCOPE_ALL else fact.scope.removeprefix("repository:")
        where = f"{short_name(repository)}: " if repository else ""
        have = "has" if fact.value == 1 else "have"
        pull_requests = "pull request" if open_now.value == 1 else "pull requests"
        text = f"{where}{fact.value:,} of {open_now.value:,} open {pull_requests} {have} had no activity for two weeks."
        yield make_claim("risk", f"stale:{fact.scope}", text, facts=(fact, open_now), repository=repository)


def _find_reverted_work(window: RawWindow, kind: PeriodKind) -> Iterator[ClaimDraft]:
    """Yield chains of repairs, longest first, then reverts outside these chains."""
    columns = window.commits.select("repository", "sha", "subject", "body", "is_merge", at="landed_at")
    commits = columns.filter(~pl.col("is_merge"))
    repairs = find_repairs(commits)
    if repairs.is_empty():
        return
    long_chains = [sorted(chain) for chain in build_repair_chains(commits, repairs) if len(chain) >= MIN_CHAIN_LENGTH]
    limit = MAX_RISKS[kind]
    chains = sorted(long_chains, key=lambda chain: (-len(chain), chain))[: limit // 2]
    taken_back = repairs.filter("reapplied_commits")["target"].drop_nulls().str.slice(0, 7)
    is_standing = pl.col("sha").str.slice(0, 7).is_in(taken_back.implode()).not_()
    reverts = (
        commits.join(repairs.filter("reverts").select("repository", "sha"), on=["repository", "sha"], how="semi")
        .filter(is_standing)
        .with_columns(target=pl.col("body").str.extract(REVERTED_COMMIT_PATTERN, 1).str.slice(0, 7))
        .sort("at", "repository", "sha")
        .head(limit * 4)
    )
    chain_shas = {sha for chain in chains for _, sha in chain}
    targets = commits.filter(pl.col("sha").str.slice(0, 7).is_in(reverts["target"].drop_nulls().implode()))
    by_sha = _build_evidence_by_sha(window, [*chain_shas, *reverts["sha"], *targets["sha"]])
    for chain in chains:
        yield _build_chain_risk(chain, by_sha)
    for row in reverts.filter(~pl.col("sha").is_in(sorted(chain_shas))).iter_rows(named=True):
        target = _find_by_short_sha(by_sha, row["repository"], row["target"])
        yield _build_revert_risk(by_sha[row["repository"], row["sha"]], target, kind)


def _find_by_short_sha(
    by_sha: dict[tuple[str, str], Evidence], repository: str, short_sha: str | None
) -> Evidence | None:
    """Return the evidence of the first commit whose SHA begins so, or None."""
    if not short_sha:
        return None
    matches = sorted(key for key in by_sha if key[0] == repository and key[1].startswith(short_sha))
    return by_sha[matches[0]] if matches else None


def _build_evidence_by_sha(window: RawWindow, shas: list[str]) -> dict[tuple[str, str], Evidence]:
    """Return the evidence of commits by repository and SHA: the pull request that a commit merged, else the commit."""
    urls = get_repository_urls(window)
    commits = window.commits.filter(pl.col("sha").is_in(shas)).iter_rows(named=True)
    merged = find_first_merge_events(window).filter(pl.col("commit").is_in(shas))
    by_sha = {(row["repository"], row["sha"]): build_commit_evidence(row, urls) for row in commits}
    for row in merged.iter_rows(named=True):
        key = (row["repository"], row["commit"])
        if key in by_sha:
            by_sha[key] = build_pull_request_evidence(row, urls)
    return by_sha


def _build_chain_risk(chain: list[tuple[str, str]], by_sha: dict[tuple[str, str], Evidence]) -> ClaimDraft:
    items = sorted((by_sha[key] for key in chain), key=lambda item: (item.at, item.key))
    shown = select_same_visibility(list({item.key: item for item in items}.values()))[:MAX_CHANGES_NAMED]
    repository = chain[0][0]
    fact = count_fact("repair_chain", f"chain:{repository}@{chain[0][1]}", len(chain), "raw/commits")
    titles = join_words([f"“{display_title(item.title)}”" for item in shown])
    text = f"{short_name(repository)}: {fact.value:,} commits revert or fix one another, among them {titles}."
    return make_claim("risk", fact.scope, text, evidence=shown, facts=(fact,), repository=repository)


def _build_revert_risk(item: Evidence, target: Evidence | None, kind: PeriodKind) -> ClaimDraft:
    title = display_title(item.title)
    quoted = _QUOTED_TITLE.fullmatch(item.title) or _QUOTED_TITLE.fullmatch(title)
    by = f" by {item.author}" if item.author and not item.is_bot else ""
    cited = [item]
    if target and target.key != item.key and target.at <= item.at and target.visibility == item.visibility:
        cited.append(target)
        when = "on the same day" if kind is PeriodKind.DAILY else f"in the same {kind.noun}"
        text = f"“{display_title(target.title)}” was reverted{by} {when}."
    elif quoted:
        text = f"“{display_title(quoted['title'])}” was reverted{by}."
    else:
        text = f"A change was reverted{by}: {title}."
    return make_claim("risk", f"revert:{item.key}", text, evidence=cited, repository=item.repository)
