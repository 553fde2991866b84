"""What is worth a look: what was undone, what waits, and numbers that left their usual range for the worse. Pure.

Facts and records only; that something is a risk is for readers to say.
"""

import re
from collections.abc import Iterator
from itertools import islice

import polars as pl

from sparky_assets.insights.comparisons import usual_range
from sparky_assets.insights.evidence import commit_evidence, pull_request_evidence, urls_of
from sparky_assets.insights.found import Found, found, number, of_one_audience
from sparky_assets.insights.models import Evidence
from sparky_assets.insights.ranking import merged_once
from sparky_assets.insights.sentences import joined, short
from sparky_assets.insights.text import headline
from sparky_assets.metrics.chains import REVERT, REVERTS_COMMIT, marked_repairs, repair_chains
from sparky_assets.metrics.models import WHOLE, Fact, Metrics
from sparky_assets.metrics.trends import LookingBack, Trend
from sparky_assets.periods import PeriodKind
from sparky_assets.raw.window import RawWindow

RISKS = {PeriodKind.DAILY: 3, PeriodKind.WEEKLY: 6, PeriodKind.MONTHLY: 10}
LONG_CHAIN = 3
NAMED = 4
STALE_REPOSITORIES = 3
WORSE = {
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
UNITS = {"hours": " hours", "percent": " %"}
_QUOTED = re.compile(r'revert(?:\([^)]*\))?!?:? "?(?P<what>[^"].*?)"?', re.IGNORECASE)


def find_risks(raw: RawWindow, metrics: Metrics, back: LookingBack | None) -> Iterator[Found]:
    """Numbers first, for they stand for many; then chains of repairs, then what was reverted."""
    most = RISKS[metrics.period.kind]
    numbers = [*(_worse(metrics, back) if back else ()), *(_stale(back) if back else ())]
    undone = list(islice(_undone(raw, metrics.period.kind), most))
    room = max(most - len(undone), most // 2)
    yield from [*numbers[:room], *undone][:most]


def _worse(metrics: Metrics, back: LookingBack) -> Iterator[Found]:
    own = {fact.metric: fact for fact in metrics.facts if fact.scope == WHOLE}
    trends = {trend.metric: trend for trend in back.trends}
    for metric, (side, label) in WORSE.items():
        trend = trends.get(metric)
        if trend and trend.standing == side and metric in own:
            yield _outside(trend, own[metric], side, label, f"metrics/{back.period.kind.value}_trends")


def _outside(trend: Trend, fact: Fact, side: str, label: str, source: str) -> Found:
    low, high = usual_range(trend, source)
    unit = UNITS.get(fact.unit, "")
    text = f"{label}: {fact.value:,}{unit}, {side} the usual {low.value:,} to {high.value:,}{unit}."
    return found("risk", f"trend:{trend.metric}", text, facts=(fact, low, high))


def _stale(back: LookingBack) -> Iterator[Found]:
    """Pull requests that wait, of the whole and of the repositories where most do; two weeks is `STALE_AFTER`."""
    facts = {fact.key: fact for fact in back.facts}
    stale = [fact for fact in back.facts if fact.metric == "pull_requests_stale" and fact.value]
    stale.sort(key=lambda fact: (fact.scope != WHOLE, -fact.value, fact.scope))
    for fact in stale[: 1 + STALE_REPOSITORIES] if len(stale) > 2 else stale[-1:]:
        waiting = facts[f"pull_requests_open@{fact.scope}"]
        repository = None if fact.scope == WHOLE else fact.scope.removeprefix("repository:")
        where = f"{short(repository)}: " if repository else ""
        have = "has" if fact.value == 1 else "have"
        pull_requests = "pull request" if waiting.value == 1 else "pull requests"
        text = f"{where}{fact.value:,} of {waiting.value:,} open {pull_requests} {have} seen no event for two weeks."
        yield found("risk", f"stale:{fact.scope}", text, facts=(fact, waiting), repository=repository)


def _undone(raw: RawWindow, kind: PeriodKind) -> Iterator[Found]:
    narrow = raw.commits.select("repository", "sha", "subject", "body", "is_merge", at="committed_at")
    own = narrow.filter(~pl.col("is_merge"))
    marked = marked_repairs(own)
    if marked.is_empty():
        return
    chains = sorted(
        (sorted(chain) for chain in repair_chains(own, marked) if len(chain) >= LONG_CHAIN),
        key=lambda chain: (-len(chain), chain),
    )
    most = RISKS[kind]
    reverts = (
        own.filter(pl.col("subject").str.contains(REVERT))
        .with_columns(target=pl.col("body").str.extract(REVERTS_COMMIT, 1).str.slice(0, 7))
        .sort("at", "repository", "sha")
        .head(most * 4)
    )
    shown = {sha for chain in chains[: most // 2] for _, sha in chain}
    wanted = {*shown, *reverts["sha"]}
    targets = own.filter(pl.col("sha").str.slice(0, 7).is_in(reverts["target"].drop_nulls().implode()))
    by_sha = _evidence_of(raw, [*wanted, *targets["sha"]])
    for chain in chains[: most // 2]:
        yield _chain(chain, by_sha)
    for row in reverts.filter(~pl.col("sha").is_in(sorted(shown))).iter_rows(named=True):
        target = next(
            (
                by_sha[key]
                for key in sorted(by_sha)
                if row["target"] and key[0] == row["repository"] and key[1].startswith(row["target"])
            ),
            None,
        )
        yield _revert(by_sha[row["repository"], row["sha"]], target, kind)


def _evidence_of(raw: RawWindow, shas: list[str]) -> dict[tuple[str, str], Evidence]:
    """What is told of commits: the pull request that one merged where there is one, else the commit."""
    urls = urls_of(raw)
    here = raw.commits.filter(pl.col("sha").is_in(shas))
    merged = merged_once(raw).filter(pl.col("commit").is_in(shas))
    told = {(row["repository"], row["sha"]): commit_evidence(row, urls) for row in here.iter_rows(named=True)}
    for row in merged.iter_rows(named=True):
        if (key := (row["repository"], row["commit"])) in told:
            told[key] = pull_request_evidence(row, urls)
    return told


def _chain(chain: list[tuple[str, str]], by_sha: dict[tuple[str, str], Evidence]) -> Found:
    items = sorted((by_sha[key] for key in chain), key=lambda item: (item.at, item.key))
    shown = of_one_audience(list({item.key: item for item in items}.values()))[:NAMED]
    repository = chain[0][0]
    fact = number("repair_chain", f"chain:{repository}@{chain[0][1]}", len(chain), "raw/commits")
    titles = joined([f"“{headline(item.title)}”" for item in shown])
    text = f"{short(repository)}: {fact.value:,} commits undo or mend one another, among them {titles}."
    return found("risk", fact.scope, text, evidence=shown, facts=(fact,), repository=repository)


def _revert(item: Evidence, target: Evidence | None, kind: PeriodKind) -> Found:
    title = headline(item.title)
    quoted = _QUOTED.fullmatch(item.title) or _QUOTED.fullmatch(title)
    by = f", by {item.author}" if item.author and not item.is_bot else ""
    cited = [item]
    if target and target.key != item.key and target.at <= item.at and target.visibility == item.visibility:
        cited.append(target)
        what = headline(target.title)
        text = f"“{what}” was reverted in the {kind.noun} in which it had landed{by}."
    elif quoted:
        text = f"“{headline(quoted['what'])}” was reverted{by}."
    else:
        text = f"A revert landed: {title}{by}."
    return found("risk", f"revert:{item.key}", text, evidence=cited, repository=item.repository)
