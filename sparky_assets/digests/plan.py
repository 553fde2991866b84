"""Lay out an insight as a digest: which claims go where, and what the footer owes the reader. Pure."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from sparky_assets.digests.dates import spoken
from sparky_assets.digests.models import Digest, Item, Link, RepositoryGroup, Row, ThemeGroup
from sparky_assets.insights.models import Claim, Evidence, Insight, Theme
from sparky_assets.insights.sentences import counted
from sparky_assets.metrics.models import WHOLE
from sparky_assets.periods import PeriodKind

HEADINGS = {
    Theme.SECURITY: "Security", Theme.FEATURE: "New", Theme.FIX: "Fixed", Theme.PERFORMANCE: "Faster",
    Theme.REFACTOR: "Reworked", Theme.DOCS: "Documentation", Theme.TESTS: "Tests", Theme.BUILD: "Build and CI",
    Theme.OTHER: "Also changed", Theme.DEPENDENCIES: "Dependencies",
}  # fmt: skip
NUMBERS = {
    "commits": "Commits", "merge_commits": "Merge commits", "bot_commits": "Commits by bots", "people": "People",
    "active_repositories": "Active repositories", "repositories": "Repositories read",
    "pull_requests_opened": "Pull requests opened", "pull_requests_merged": "Pull requests merged",
    "pull_requests_closed": "Pull requests closed unmerged", "reviews": "Reviews", "issues_opened": "Issues opened",
    "issues_closed": "Issues closed", "releases": "Releases", "changed_files": "Files changed",
    "insertions": "Lines added", "deletions": "Lines deleted", "commits_without_statistics": "Commits not measured",
}  # fmt: skip
ALWAYS_TOLD = {"commits", "repositories"}
"""Numbers that are told even when they are 0; a table of noughts tells a quiet day no better."""

SHOWN = {"headline", "quiet", "highlight", "release", "change", "repository", "credit"}
"""Sections that a digest renders; what it leaves out, its footer does not count."""


def plan_digest(insight: Insight, urls: dict[str, str | None]) -> Digest:
    """The digest of an insight; `urls` are the pages of its repositories by name."""
    by_section: dict[str, list[Claim]] = {}
    for claim in insight.claims:
        by_section.setdefault(claim.section, []).append(claim)
    lead = next(claim for claim in insight.claims if claim.section in {"headline", "quiet"})
    title = f"{insight.organisation or 'Engineering'}: {spoken(insight.period)}"
    return Digest(
        period=insight.period,
        window=insight.window,
        title=title,
        description=lead.text,
        date=insight.period.end - timedelta(days=1),
        tags=(insight.period.kind.value, "engineering", "digest"),
        lead=_item(insight, lead),
        highlights=tuple(_item(insight, claim) for claim in by_section.get("highlight", ())),
        releases=tuple(_item(insight, claim) for claim in by_section.get("release", ())),
        repositories=tuple(_repositories(insight, by_section, urls)),
        people=tuple(_item(insight, claim) for claim in by_section.get("credit", ())),
        numbers=tuple(_numbers(insight)),
        footer=tuple(_footer(insight)),
    )


def _repositories(
    insight: Insight, by_section: dict[str, list[Claim]], urls: dict[str, str | None]
) -> Iterator[RepositoryGroup]:
    intros = {claim.repository: claim for claim in by_section.get("repository", ())}
    changes: dict[str, list[Claim]] = {}
    for claim in by_section.get("change", ()):
        changes.setdefault(claim.repository or "", []).append(claim)
    # The repository of the most telling change comes first: claims arrive in impact order.
    for name in [*changes, *(name for name in intros if name not in changes)]:
        intro = intros.get(name)
        themes = _themes(insight, changes.get(name or "", ()))
        yield RepositoryGroup(
            name=name or "", url=urls.get(name or ""), intro=intro and _item(insight, intro), themes=tuple(themes)
        )


def _themes(insight: Insight, claims: Iterable[Claim]) -> Iterator[ThemeGroup]:
    groups: dict[Theme, list[Item]] = {}
    for claim in claims:
        groups.setdefault(insight.cited(claim)[0].theme, []).append(_item(insight, claim))
    for theme in Theme:
        if theme in groups:
            yield ThemeGroup(heading=HEADINGS[theme], items=tuple(groups[theme]))


def _item(insight: Insight, claim: Claim) -> Item:
    links = () if claim.section == "release" and not _has_page(insight, claim) else insight.cited(claim)
    return Item(claim=claim.id, text=claim.text, links=tuple(_link(item) for item in links))


def _has_page(insight: Insight, claim: Claim) -> bool:
    return any(item.url for item in insight.cited(claim))


def _link(item: Evidence) -> Link:
    return Link(label=item.reference, url=item.url)


def _numbers(insight: Insight) -> Iterator[Row]:
    values = {fact.metric: fact.value for fact in insight.facts if fact.scope == WHOLE}
    for metric, label in NUMBERS.items():
        if metric in values and (values[metric] or metric in ALWAYS_TOLD):
            yield Row(label=label, value=f"{values[metric]:,}")


def _footer(insight: Insight) -> Iterator[str]:
    values = {fact.metric: fact.value for fact in insight.facts if fact.scope == WHOLE}
    noun = {PeriodKind.DAILY: "Day", PeriodKind.WEEKLY: "Week", PeriodKind.MONTHLY: "Month"}[insight.period.kind]
    yield f"{noun} {insight.period.label}: {insight.window}, written after it had closed."
    read = values["repositories"] - len(insight.unreadable)
    yield _read_from(insight.sources, counted(read, "repository", "repositories"))
    if values["changes"] > values["changes_told"]:
        yield f"{values['changes_told']:,} of {values['changes']:,} changes are told; the numbers count all of them."
    if insight.unreadable:
        yield f"Could not be read, and is missing here: {', '.join(insight.unreadable)}."
    yield from (f"{note}." for note in insight.notes)
    yield from _who_wrote(insight)


def _who_wrote(insight: Insight) -> Iterator[str]:
    """What a model had to do with it: which one, what it worded, what it only chose."""
    claims = [claim for claim in insight.claims if claim.section in SHOWN]
    total = counted(len(claims), "sentence")
    worded = sum(claim.origin == "model" for claim in claims)
    chosen = sum(claim.chosen_by == "model" for claim in claims)
    if insight.writer is None or not chosen:
        yield "Every sentence was written by rules from these records; no model took part."
    else:
        digest = f" ({insight.writer.digest[:12]})" if insight.writer.digest else ""
        by = f"the model {insight.writer.model}{digest}"
        if worded:
            yield f"{worded:,} of {total} were worded by {by} and checked word for word, the others by rules."
        else:
            yield f"{chosen:,} of {total} were chosen by {by}; every word was written by rules from these records."
        yield f"It read from {counted(insight.records, 'record')}; numbers, names and links are never a model's."
    yield from (f"{reason[0].upper()}{reason[1:]}." for reason in insight.degraded)


def _read_from(sources: tuple[str, ...], repositories: str) -> str:
    if sources == ("git",):
        return (
            f"Read from the git history of {repositories}; "
            "pull requests and releases are those that merge subjects and version tags tell."
        )
    if sources == ("github",):
        return f"Read from GitHub: {repositories} with commits, pull requests, reviews, issues and releases."
    return f"Read from GitHub and from local clones: {repositories}."
