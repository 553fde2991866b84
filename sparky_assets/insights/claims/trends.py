"""What is worth a look: what was undone, what waits, and numbers that left their usual range for the worse. Pure.

Facts and records only; that something is a risk is for readers to say.

What changed against earlier periods: numbers of the whole beside the period before and beside what is usual. Pure.

A day is compared with what is usual on its weekday only: that a Monday has more than the Sunday before is no news.

Numbers for tables: those of the period before, and those that only looking back can tell. Pure.
"""

import math
import re
from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import islice

import polars as pl

from sparky_assets.insights.claims.drafts import ClaimDraft, count_fact, make_claim, same_visibility
from sparky_assets.insights.evidence import build_commit_evidence, build_pull_request_evidence, get_repository_urls
from sparky_assets.insights.models import Evidence
from sparky_assets.insights.ranking import first_merge_events
from sparky_assets.metrics.catalog import METRICS_BY_NAME
from sparky_assets.metrics.delivery import REVERT_PATTERN, REVERTED_COMMIT_PATTERN, build_repair_chains, find_repairs
from sparky_assets.metrics.models import SCOPE_ALL, Fact, Metrics, MetricValue
from sparky_assets.metrics.trends import Lookback, MetricTrend
from sparky_assets.periods import PeriodKind
from sparky_assets.raw.window import RawWindow
from sparky_assets.store import TRENDS_TABLE, metrics_path
from sparky_assets.text.clean import display_title
from sparky_assets.text.words import WEEKDAY_NAMES, join_words, pluralize, short_name

MAX_COMPARISONS = {PeriodKind.DAILY: 3, PeriodKind.WEEKLY: 5, PeriodKind.MONTHLY: 6}


MIN_MOVE_SIGMAS = 1.0
"""88 commits after 87 is no change: counts of independent events differ by the root of their sum."""


COMPARED_METRICS = {
    "commits": ("commit", "commits"),
    "people": ("person who committed", "people who committed"),
    "active_repositories": ("active repository", "active repositories"),
    "pull_requests_opened": ("opened pull request", "opened pull requests"),
    "pull_requests_merged": ("merged pull request", "merged pull requests"),
    "reviews": ("review", "reviews"),
    "issues_opened": ("opened issue", "opened issues"),
    "issues_closed": ("closed issue", "closed issues"),
    "releases": ("release", "releases"),
}
"""Counts that readers ask for, as one and as many are called; in this order where they stand out alike."""


def compare_periods(metrics: Metrics, lookback: Lookback) -> Iterator[ClaimDraft]:
    """What stands out of the usual first, then what moved most since the period before."""
    kind = metrics.period.kind
    trends = {trend.metric: trend for trend in lookback.trends}
    telling = [trends[name] for name in COMPARED_METRICS if name in trends and _is_notable(trends[name], kind)]
    telling.sort(key=lambda trend: (trend.standing not in {"above", "below"}, -_compute_move(trend)))
    own = {fact.key: fact for fact in metrics.facts}
    for trend in telling[: MAX_COMPARISONS[kind]]:
        yield _build_comparison(trend, own[f"{trend.metric}@{SCOPE_ALL}"], kind, lookback)


def build_usual_range(trend: MetricTrend, *sources: str) -> tuple[Fact, Fact]:
    """The bounds of what is usual, rounded inwards to whole counts: a count above the range is above them still."""
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
    """How far a count moved since the period before, in units of what chance alone moves counts of this size by."""
    if trend.previous is None or trend.previous == trend.value:
        return 0.0
    now, before = float(trend.value), float(trend.previous)
    return abs(now - before) / math.sqrt(now + before)


def _build_comparison(trend: MetricTrend, fact: Fact, kind: PeriodKind, lookback: Lookback) -> ClaimDraft:
    source = metrics_path(kind, table=TRENDS_TABLE)
    facts = [fact]
    text = pluralize(trend.value, *COMPARED_METRICS[trend.metric])
    if trend.previous is not None and kind is not PeriodKind.DAILY:
        before = count_fact(trend.metric, f"period:{lookback.period.previous().label}", trend.previous, source)
        facts.append(before)
        text += f", after {before.value:,} in the {kind.noun} before"
    if trend.standing in {"above", "below"}:
        low, high = build_usual_range(trend, source)
        facts += [low, high]
        when = f" on {_format_weekday(lookback)}" if kind is PeriodKind.DAILY else ""
        text += f"; {low.value:,} to {high.value:,} are usual{when}"
    return make_claim("comparison", trend.metric, f"{text}.", facts=facts)


def _format_weekday(lookback: Lookback) -> str:
    return f"{WEEKDAY_NAMES[lookback.period.start.weekday()]}s"


def previous_period_facts(lookback: Lookback) -> Iterator[Fact]:
    """Every number of the whole as it was in the period before, under the scope `period:<label>`; then what is open now
    and who is new, under that of the whole."""
    scope = f"period:{lookback.period.previous().label}"
    source = metrics_path(lookback.period.kind, table=TRENDS_TABLE)
    for trend in lookback.trends:
        if trend.previous is not None:
            unit = METRICS_BY_NAME[trend.metric].unit
            yield Fact(metric=trend.metric, scope=scope, value=trend.previous, unit=unit, sources=(source,))
    yield from (fact for fact in lookback.facts if fact.scope == SCOPE_ALL)


MAX_RISKS = {PeriodKind.DAILY: 3, PeriodKind.WEEKLY: 6, PeriodKind.MONTHLY: 10}


MIN_CHAIN_LENGTH = 3


MAX_CHANGES_NAMED = 4


MAX_STALE_REPOSITORIES = 3


WORSE_SIDES = {
    "change_failure_rate": ("above", "Share of releases whose next release repaired something"),
    "reverts": ("above", "Commits that revert another"),
    "review_coverage": ("below", "Share of merged pull requests that another person reviewed"),
    "time_to_first_review_median": ("above", "Median time from opening a pull request to its first review"),
    "time_to_merge_median": ("above", "Median time from opening a pull request to merging it"),
    "time_to_restore_median": ("above", "Median time from a release that failed to the one that repaired it"),
    "issue_time_to_close_median": ("above", "Median time from opening an issue to closing it"),
    "pull_requests_awaiting_review": ("above", "Opened pull requests that nobody else has reviewed"),
}
"""The side on which a number is worse than usual, and what it is called."""


UNIT_SUFFIXES = {"hours": " hours", "percent": " %"}


_QUOTED_TITLE = re.compile(r'revert(?:\([^)]*\))?!?:? "?(?P<what>[^"].*?)"?', re.IGNORECASE)


def find_risks(window: RawWindow, metrics: Metrics, lookback: Lookback | None) -> Iterator[ClaimDraft]:
    """Numbers first, for they stand for many; then chains of repairs, then what was reverted."""
    most = MAX_RISKS[metrics.period.kind]
    numbers = [
        *(_find_worse_numbers(metrics, lookback) if lookback else ()),
        *(_find_stale_pull_requests(lookback) if lookback else ()),
    ]
    undone = list(islice(_find_reverted_work(window, metrics.period.kind), most))
    room = max(most - len(undone), most // 2)
    yield from [*numbers[:room], *undone][:most]


def _find_worse_numbers(metrics: Metrics, lookback: Lookback) -> Iterator[ClaimDraft]:
    own = {fact.metric: fact for fact in metrics.facts if fact.scope == SCOPE_ALL}
    trends = {trend.metric: trend for trend in lookback.trends}
    for metric, (side, label) in WORSE_SIDES.items():
        trend = trends.get(metric)
        if trend and trend.standing == side and metric in own:
            yield _build_trend_risk(
                trend, own[metric], side, label, metrics_path(lookback.period.kind, table=TRENDS_TABLE)
            )


def _build_trend_risk(trend: MetricTrend, fact: Fact, side: str, label: str, source: str) -> ClaimDraft:
    low, high = build_usual_range(trend, source)
    unit = UNIT_SUFFIXES.get(fact.unit, "")
    text = f"{label}: {fact.value:,}{unit}, {side} the usual {low.value:,} to {high.value:,}{unit}."
    return make_claim("risk", f"trend:{trend.metric}", text, facts=(fact, low, high))


def _find_stale_pull_requests(lookback: Lookback) -> Iterator[ClaimDraft]:
    """Pull requests that wait, of the whole and of the repositories where most do; two weeks is `STALE_AFTER`."""
    facts = {fact.key: fact for fact in lookback.facts}
    stale = [fact for fact in lookback.facts if fact.metric == "pull_requests_stale" and fact.value]
    stale.sort(key=lambda fact: (fact.scope != SCOPE_ALL, -fact.value, fact.scope))
    for fact in stale[: 1 + MAX_STALE_REPOSITORIES] if len(stale) > 2 else stale[-1:]:
        waiting = facts[f"pull_requests_open@{fact.scope}"]
        repository = None if fact.scope == SCOPE_ALL else fact.scope.removeprefix("repository:")
        where = f"{short_name(repository)}: " if repository else ""
        have = "has" if fact.value == 1 else "have"
        pull_requests = "pull request" if waiting.value == 1 else "pull requests"
        text = f"{where}{fact.value:,} of {waiting.value:,} open {pull_requests} {have} seen no event for two weeks."
        yield make_claim("risk", f"stale:{fact.scope}", text, facts=(fact, waiting), repository=repository)


def _find_reverted_work(window: RawWindow, kind: PeriodKind) -> Iterator[ClaimDraft]:
    narrow = window.commits.select("repository", "sha", "subject", "body", "is_merge", at="committed_at")
    own = narrow.filter(~pl.col("is_merge"))
    marked = find_repairs(own)
    if marked.is_empty():
        return
    chains = sorted(
        (sorted(chain) for chain in build_repair_chains(own, marked) if len(chain) >= MIN_CHAIN_LENGTH),
        key=lambda chain: (-len(chain), chain),
    )
    most = MAX_RISKS[kind]
    reverts = (
        own.filter(pl.col("subject").str.contains(REVERT_PATTERN))
        .with_columns(target=pl.col("body").str.extract(REVERTED_COMMIT_PATTERN, 1).str.slice(0, 7))
        .sort("at", "repository", "sha")
        .head(most * 4)
    )
    shown = {sha for chain in chains[: most // 2] for _, sha in chain}
    wanted = {*shown, *reverts["sha"]}
    targets = own.filter(pl.col("sha").str.slice(0, 7).is_in(reverts["target"].drop_nulls().implode()))
    by_sha = _build_evidence_by_sha(window, [*wanted, *targets["sha"]])
    for chain in chains[: most // 2]:
        yield _build_chain_risk(chain, by_sha)
    for row in reverts.filter(~pl.col("sha").is_in(sorted(shown))).iter_rows(named=True):
        target = next(
            (
                by_sha[key]
                for key in sorted(by_sha)
                if row["target"] and key[0] == row["repository"] and key[1].startswith(row["target"])
            ),
            None,
        )
        yield _build_revert_risk(by_sha[row["repository"], row["sha"]], target, kind)


def _build_evidence_by_sha(window: RawWindow, shas: list[str]) -> dict[tuple[str, str], Evidence]:
    """What is told of commits: the pull request that one merged where there is one, else the commit."""
    urls = get_repository_urls(window)
    here = window.commits.filter(pl.col("sha").is_in(shas))
    merged = first_merge_events(window).filter(pl.col("commit").is_in(shas))
    told = {(row["repository"], row["sha"]): build_commit_evidence(row, urls) for row in here.iter_rows(named=True)}
    for row in merged.iter_rows(named=True):
        if (key := (row["repository"], row["commit"])) in told:
            told[key] = build_pull_request_evidence(row, urls)
    return told


def _build_chain_risk(chain: list[tuple[str, str]], by_sha: dict[tuple[str, str], Evidence]) -> ClaimDraft:
    items = sorted((by_sha[key] for key in chain), key=lambda item: (item.at, item.key))
    shown = same_visibility(list({item.key: item for item in items}.values()))[:MAX_CHANGES_NAMED]
    repository = chain[0][0]
    fact = count_fact("repair_chain", f"chain:{repository}@{chain[0][1]}", len(chain), "raw/commits")
    titles = join_words([f"“{display_title(item.title)}”" for item in shown])
    text = f"{short_name(repository)}: {fact.value:,} commits undo or mend one another, among them {titles}."
    return make_claim("risk", fact.scope, text, evidence=shown, facts=(fact,), repository=repository)


def _build_revert_risk(item: Evidence, target: Evidence | None, kind: PeriodKind) -> ClaimDraft:
    title = display_title(item.title)
    quoted = _QUOTED_TITLE.fullmatch(item.title) or _QUOTED_TITLE.fullmatch(title)
    by = f", by {item.author}" if item.author and not item.is_bot else ""
    cited = [item]
    if target and target.key != item.key and target.at <= item.at and target.visibility == item.visibility:
        cited.append(target)
        what = display_title(target.title)
        text = f"“{what}” was reverted in the {kind.noun} in which it had landed{by}."
    elif quoted:
        text = f"“{display_title(quoted['what'])}” was reverted{by}."
    else:
        text = f"A revert landed: {title}{by}."
    return make_claim("risk", f"revert:{item.key}", text, evidence=cited, repository=item.repository)
