"""Write claims without a model: sentences from templates over evidence and facts. Every word is ours or verbatim."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sparky_assets.insights.evidence import Gathered
from sparky_assets.insights.models import Claim, Evidence, Insight, Mode, Writer
from sparky_assets.insights.releases import by_weight, name_releases, release_claim
from sparky_assets.insights.sentences import counted, joined
from sparky_assets.insights.series import fold_series
from sparky_assets.insights.text import headline
from sparky_assets.metrics.changes import Theme
from sparky_assets.metrics.models import WHOLE, Fact, Metrics
from sparky_assets.periods import PeriodKind

CHANGES_TOLD = {PeriodKind.DAILY: 60, PeriodKind.WEEKLY: 300, PeriodKind.MONTHLY: 600}
RELEASES_TOLD = {PeriodKind.DAILY: 10, PeriodKind.WEEKLY: 30, PeriodKind.MONTHLY: 60}
PEOPLE_CREDITED = {PeriodKind.DAILY: 8, PeriodKind.WEEKLY: 20, PeriodKind.MONTHLY: 40}
"""These are what there is to choose from: how much of it is told, the word budget of a digest decides."""
TITLES_A_PERSON = 2
DISCUSSION = {
    "pull_requests_opened": "opened pull request",
    "reviews": "review",
    "issues_opened": "opened issue",
    "issues_closed": "closed issue",
}
"""What may have happened while no code moved, as one of it is called."""


@dataclass(frozen=True)
class Chosen:
    """The changes that somebody else chose to tell, in order, and the claims that tell them."""

    changes: Sequence[Evidence]
    claims: Sequence[Claim]
    mode: Mode
    writer: Writer
    degraded: tuple[str, ...] = ()


def write_by_rules(
    metrics: Metrics,
    gathered: Gathered,
    organisation: str,
    notes: Sequence[str] = (),
    chosen: Chosen | None = None,
) -> Insight:
    """An insight of one period from its facts and its evidence in impact order; `chosen` stands for our own choice."""
    kind = metrics.period.kind
    evidence = gathered.items
    releases = by_weight(evidence)[: RELEASES_TOLD[kind]]
    changes = list(chosen.changes) if chosen else spread(changes_of(evidence), CHANGES_TOLD[kind])
    told = list(chosen.claims) if chosen else [change_claim(item) for item in changes]
    told, alike = fold_series(told, {item.key: item for item in changes})
    counts = _telling(gathered.records, len(releases) + len(changes))
    facts = {fact.key: fact for fact in (*metrics.facts, *counts, *alike)}
    written = (
        _headline(facts)
        + list(name_releases(releases))
        + [release_claim(item) for item in releases]
        + told
        + [_repository(name, facts) for name in sorted({item.repository for item in evidence})]
        + list(_credits(changes, PEOPLE_CREDITED[kind]))
    )
    cited = {key for claim in written for key in claim.evidence}
    stated = {key for claim in written for key in claim.facts}
    return Insight(
        period=metrics.period,
        window=metrics.window,
        mode=chosen.mode if chosen else "rules",
        writer=chosen.writer if chosen else None,
        degraded=chosen.degraded if chosen else (),
        organisation=organisation,
        claims=tuple(written),
        evidence=tuple(item for item in evidence if item.key in cited),
        # What no claim cites and no table of the whole prints must not vouch for a number in the text.
        facts=tuple(facts[key] for key in sorted(facts) if facts[key].scope == WHOLE or key in stated),
        unreadable=metrics.unreadable,
        notes=tuple(notes),
        records=gathered.records,
    )


def changes_of(evidence: Sequence[Evidence]) -> list[Evidence]:
    """What was merged or pushed; releases, issues and what is still open are told apart."""
    return [item for item in evidence if item.state in {"merged", "pushed"}]


def spread(changes: Sequence[Evidence], limit: int) -> list[Evidence]:
    """The first `limit` changes, but at least one of each repository while there is room; in impact order."""
    first_of_each = list({item.repository: item for item in reversed(changes)}.values())[:limit]
    chosen = {item.key for item in first_of_each}
    for item in changes:
        if len(chosen) >= limit:
            break
        chosen.add(item.key)
    return [item for item in changes if item.key in chosen]


def _telling(records: int, told: int) -> Iterator[Fact]:
    """How much of what happened is told: the figures of the footer."""
    sources = ("raw/commits", "raw/pull_requests", "raw/releases")
    yield Fact(metric="changes", scope=WHOLE, value=records, unit="count", sources=sources)
    yield Fact(metric="changes_told", scope=WHOLE, value=told, unit="count", sources=sources)


def _headline(facts: dict[str, Fact]) -> list[Claim]:
    active, merged, releases = (
        facts[f"{metric}@{WHOLE}"] for metric in ("active_repositories", "pull_requests_merged", "releases")
    )
    if not active.value:
        read, commits = facts[f"repositories@{WHOLE}"], facts[f"commits@{WHOLE}"]
        places = "the repository" if read.value == 1 else f"the {read.value:,} repositories"
        text = f"It was quiet: no commit, merged pull request or release was recorded in {places} read"
        # Sources that know of discussion tell it: a day of reviews without a commit is no day of nothing.
        talk = [fact for metric in DISCUSSION if (fact := facts.get(f"{metric}@{WHOLE}")) and fact.value]
        said = joined([counted(int(fact.value), DISCUSSION[fact.metric]) for fact in talk]) if talk else ""
        return [
            Claim(
                id="quiet",
                section="quiet",
                repository=None,
                text=f"{text}; {said} all the same." if said else f"{text}.",
                facts=(read.key, commits.key, *(fact.key for fact in talk)),
            )
        ]
    parts, used = _commits(facts, WHOLE)
    for fact, noun in ((merged, "merged pull request"), (releases, "release")):
        if fact.value:
            parts.append(counted(fact.value, noun))
            used.append(fact)
    where = "one repository" if active.value == 1 else counted(active.value, "repository", "repositories")
    used.append(active)
    text = f"{joined(parts)} in {where}."
    return [Claim(id="headline", section="headline", repository=None, text=text, facts=tuple(f.key for f in used))]


def _commits(facts: dict[str, Fact], scope: str) -> tuple[list[str], list[Fact]]:
    """Who committed how much, as a phrase, and the facts in it. Bots are told apart: they are no people."""
    commits, bots, people, merges = (
        facts[f"{metric}@{scope}"] for metric in ("commits", "bot_commits", "people", "merge_commits")
    )
    if not commits.value:
        return ([counted(merges.value, "merge commit")], [merges]) if merges.value else ([], [])
    if not people.value:
        return [f"{counted(commits.value, 'commit')} by bots"], [commits]
    by_bots = f" ({bots.value:,} by bots)" if bots.value else ""
    phrase = f"{counted(commits.value, 'commit')}{by_bots} from {counted(people.value, 'person', 'people')}"
    return [phrase], [commits, people] + ([bots] if bots.value else [])


def change_claim(item: Evidence) -> Claim:
    """A change by its own title, with who made it."""
    by = f", by {item.author}" if item.author else ""
    return Claim(
        id=f"change/{item.key}",
        section="change",
        repository=item.repository,
        text=f"{headline(item.title)}{by}.",
        evidence=(item.key,),
    )


def _repository(name: str, facts: dict[str, Fact]) -> Claim:
    scope = f"repository:{name}"
    parts, used = _commits(facts, scope)
    merged, releases = (facts[f"{metric}@{scope}"] for metric in ("pull_requests_merged", "releases"))
    # Absent where the source does not name files or count lines.
    files, added, deleted = (facts.get(f"{metric}@{scope}") for metric in ("changed_files", "insertions", "deletions"))
    if parts and files and added and deleted and files.value:
        used += [files, added, deleted]
        parts[0] += f" touched {counted(files.value, 'file')} (+{added.value:,} −{deleted.value:,} lines)"
    for fact, noun in ((merged, "merged pull request"), (releases, "release")):
        if fact.value:
            used.append(fact)
            parts.append(counted(fact.value, noun))
    return Claim(
        id=f"repository/{name}",
        section="repository",
        repository=name,
        text=f"{'; '.join(parts)}.",
        facts=tuple(fact.key for fact in used),
    )


def _credits(changes: Sequence[Evidence], limit: int) -> Iterator[Claim]:
    """People for what they did, in the order of their most telling change; nobody is counted or ranked.

    Who worked in public and in private is credited for each apart: a sentence that names both could be shown to nobody.
    """
    by_author: dict[tuple[str, str], list[Evidence]] = defaultdict(list)
    for item in changes:
        if item.author and not item.is_bot and item.theme is not Theme.DEPENDENCIES:
            by_author[item.author, item.visibility].append(item)
    for (author, _), items in list(by_author.items())[:limit]:
        told = items[:TITLES_A_PERSON]
        text = f"{author} for {joined([f'“{headline(item.title)}”' for item in told])}."
        yield Claim(
            id=f"credit/{told[0].key}",
            section="credit",
            repository=None,
            text=text,
            evidence=tuple(item.key for item in told),
        )
