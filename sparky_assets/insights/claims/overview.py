"""Claims by rules: the headline, releases, changes, repositories and credits, and the insight that holds them.

Templates over evidence and facts write every sentence; titles are quoted verbatim. `assemble` adds the other sections.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sparky_assets.insights.claims.releases import build_release_claim, build_release_headline, sort_by_version
from sparky_assets.insights.claims.themes import merge_similar_titles
from sparky_assets.insights.evidence import EvidenceSet
from sparky_assets.insights.models import Claim, Evidence, Insight
from sparky_assets.metrics.classify import ChangeTheme
from sparky_assets.metrics.models import SCOPE_ALL, Fact, Metrics
from sparky_assets.periods import PeriodKind
from sparky_assets.text.clean import display_title
from sparky_assets.text.words import join_words, pluralize

MAX_CHANGES = {PeriodKind.DAILY: 60, PeriodKind.WEEKLY: 300, PeriodKind.MONTHLY: 600}


MAX_RELEASES = {PeriodKind.DAILY: 10, PeriodKind.WEEKLY: 30, PeriodKind.MONTHLY: 60}


MAX_PEOPLE_CREDITED = {PeriodKind.DAILY: 8, PeriodKind.WEEKLY: 20, PeriodKind.MONTHLY: 40}
"""Upper limits of what a digest can select from; its word budget decides how much it prints."""


MAX_TITLES_PER_PERSON = 2


DISCUSSION_NOUNS = {
    "pull_requests_opened": "opened pull request",
    "reviews": "review",
    "issues_opened": "opened issue",
    "issues_closed": "closed issue",
}
"""Activity without code, as a noun in the singular."""


def build_insight_by_rules(
    metrics: Metrics,
    evidence_set: EvidenceSet,
    organisation: str,
    notes: Sequence[str] = (),
) -> Insight:
    """Build the insight of one period from its facts and its evidence in impact order.

    Args:
        notes: about the sources, for readers.
    """
    kind = metrics.period.kind
    evidence = evidence_set.items
    releases = sort_by_version(evidence)[: MAX_RELEASES[kind]]
    changes = spread_over_repositories(list_changes(evidence), MAX_CHANGES[kind])
    change_claims = [build_change_claim(item) for item in changes]
    change_claims, series_facts = merge_similar_titles(change_claims, {item.key: item for item in changes})
    counts = _build_coverage_facts(evidence_set.record_count, len(releases) + len(changes))
    facts = {fact.key: fact for fact in (*metrics.facts, *counts, *series_facts)}
    claims = (
        _build_headline(facts)
        + list(build_release_headline(releases))
        + [build_release_claim(item) for item in releases]
        + change_claims
        + [_build_repository_claim(name, facts) for name in sorted({item.repository for item in evidence})]
        + list(_build_credits(changes, MAX_PEOPLE_CREDITED[kind]))
    )
    cited = {key for claim in claims for key in claim.evidence}
    stated = {key for claim in claims for key in claim.facts}
    return Insight(
        period=metrics.period,
        window=metrics.window,
        mode="rules",
        organisation=organisation,
        claims=tuple(claims),
        evidence=tuple(item for item in evidence if item.key in cited),
        # A fact that no claim cites and no table prints must not justify a number in the text.
        facts=tuple(facts[key] for key in sorted(facts) if facts[key].scope == SCOPE_ALL or key in stated),
        unreadable=metrics.unreadable,
        notes=tuple(notes),
        records=evidence_set.record_count,
    )


def list_changes(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Return merged or pushed work, without releases, issues and open pull requests."""
    return [item for item in evidence if item.state in {"merged", "pushed"}]


def spread_over_repositories(changes: Sequence[Evidence], limit: int) -> list[Evidence]:
    """Return `limit` changes in impact order, with at least one of each repository while the limit allows it."""
    first_of_each = list({item.repository: item for item in reversed(changes)}.values())[:limit]
    selected_keys = {item.key for item in first_of_each}
    for item in changes:
        if len(selected_keys) >= limit:
            break
        selected_keys.add(item.key)
    return [item for item in changes if item.key in selected_keys]


def _build_coverage_facts(records: int, reported: int) -> Iterator[Fact]:
    """Yield how many records there are and how many are reported, for the footer."""
    sources = ("raw/commits", "raw/pull_requests", "raw/releases")
    yield Fact(metric="changes", scope=SCOPE_ALL, value=records, unit="count", sources=sources)
    yield Fact(metric="changes_told", scope=SCOPE_ALL, value=reported, unit="count", sources=sources)


def _build_headline(facts: dict[str, Fact]) -> list[Claim]:
    active, merged, releases = (
        facts[f"{metric}@{SCOPE_ALL}"] for metric in ("active_repositories", "pull_requests_merged", "releases")
    )
    if not active.value:
        return [_build_quiet_claim(facts)]
    parts, cited_facts = _describe_commits(facts, SCOPE_ALL)
    for fact, noun in ((merged, "merged pull request"), (releases, "release")):
        if fact.value:
            parts.append(pluralize(fact.value, noun))
            cited_facts.append(fact)
    where = "one repository" if active.value == 1 else pluralize(active.value, "repository", "repositories")
    cited_facts.append(active)
    text = f"{join_words(parts)} in {where}."
    keys = tuple(fact.key for fact in cited_facts)
    return [Claim(id="headline", section="headline", repository=None, text=text, facts=keys)]


def _build_quiet_claim(facts: dict[str, Fact]) -> Claim:
    """Report a period without code. Reviews and issues are named: a day with reviews was not idle.

    The word "quiet" is not used: whether that is unusual depends on earlier periods.
    """
    repositories, commits = facts[f"repositories@{SCOPE_ALL}"], facts[f"commits@{SCOPE_ALL}"]
    where = "the repository" if repositories.value == 1 else f"the {repositories.value:,} repositories"
    text = f"No commit, merged pull request or release was recorded in {where} read"
    discussion = [fact for metric in DISCUSSION_NOUNS if (fact := facts.get(f"{metric}@{SCOPE_ALL}")) and fact.value]
    counts = [pluralize(int(fact.value), DISCUSSION_NOUNS[fact.metric]) for fact in discussion]
    were = "was" if sum(int(fact.value) for fact in discussion) == 1 else "were"
    return Claim(
        id="quiet",
        section="quiet",
        repository=None,
        text=f"{text}, but {join_words(counts)} {were}." if counts else f"{text}.",
        facts=(repositories.key, commits.key, *(fact.key for fact in discussion)),
    )


def _describe_commits(facts: dict[str, Fact], scope: str) -> tuple[list[str], list[Fact]]:
    """Return a phrase about who committed how much, and its facts. Bots are counted apart from people."""
    commits, bots, people, merges = (
        facts[f"{metric}@{scope}"] for metric in ("commits", "bot_commits", "people", "merge_commits")
    )
    if not commits.value:
        return ([pluralize(merges.value, "merge commit")], [merges]) if merges.value else ([], [])
    if not people.value:
        by_bots = " by bots" if bots.value == commits.value else ""
        return [f"{pluralize(commits.value, 'commit')}{by_bots}"], [commits]
    by_bots = f" ({bots.value:,} by bots)" if bots.value else ""
    phrase = f"{pluralize(commits.value, 'commit')}{by_bots} from {pluralize(people.value, 'person', 'people')}"
    return [phrase], [commits, people] + ([bots] if bots.value else [])


def build_change_claim(item: Evidence) -> Claim:
    """Return a change by its own title, with its author."""
    by = f", by {item.author}" if item.author else ""
    return Claim(
        id=f"change/{item.key}",
        section="change",
        repository=item.repository,
        text=f"{display_title(item.title)}{by}.",
        evidence=(item.key,),
    )


def _build_repository_claim(name: str, facts: dict[str, Fact]) -> Claim:
    scope = f"repository:{name}"
    parts, cited_facts = _describe_commits(facts, scope)
    merged, releases = (facts[f"{metric}@{scope}"] for metric in ("pull_requests_merged", "releases"))
    # Absent where the source does not list files or count lines.
    files, added, deleted = (facts.get(f"{metric}@{scope}") for metric in ("changed_files", "insertions", "deletions"))
    if parts and files and added and deleted and files.value:
        cited_facts += [files, added, deleted]
        parts[0] += f" touched {pluralize(files.value, 'file')} (+{added.value:,} −{deleted.value:,} lines)"
    for fact, noun in ((merged, "merged pull request"), (releases, "release")):
        if fact.value:
            cited_facts.append(fact)
            parts.append(pluralize(fact.value, noun))
    return Claim(
        id=f"repository/{name}",
        section="repository",
        repository=name,
        text=f"{'; '.join(parts)}.",
        facts=tuple(fact.key for fact in cited_facts),
    )


def _build_credits(changes: Sequence[Evidence], limit: int) -> Iterator[Claim]:
    """Yield credits for people, in the impact order of their first change. People are never counted or ranked.

    Public and private work of one person get separate credits: no audience may read a sentence about both.
    """
    by_author: dict[tuple[str, str], list[Evidence]] = defaultdict(list)
    for item in changes:
        if item.author and not item.is_bot and item.theme is not ChangeTheme.DEPENDENCIES:
            by_author[item.author, item.visibility].append(item)
    for (author, _), items in list(by_author.items())[:limit]:
        shown = items[:MAX_TITLES_PER_PERSON]
        text = f"{author} for {join_words([f'“{display_title(item.title)}”' for item in shown])}."
        yield Claim(
            id=f"credit/{shown[0].key}",
            section="credit",
            repository=None,
            text=text,
            evidence=tuple(item.key for item in shown),
        )
