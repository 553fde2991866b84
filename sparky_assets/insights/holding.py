"""What a release holds of the window's work, by the commit graph; and who published it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from sparky_assets.insights.claims.drafts import ClaimDraft, count_fact, make_claim, with_people
from sparky_assets.insights.claims.open_work import display_name
from sparky_assets.insights.claims.releases import is_repository_tag
from sparky_assets.insights.models import Claim, Evidence, Insight
from sparky_assets.insights.routine import is_routine
from sparky_assets.insights.sentences import join_words, pluralize
from sparky_assets.insights.text import display_title
from sparky_assets.metrics.models import Fact
from sparky_assets.raw.window import RawWindow

MAX_CHANGES_NAMED = 3


ParentsBySha = Mapping[str, Sequence[str]]


def find_release_contents(insight: Insight, evidence: Sequence[Evidence], window: RawWindow) -> Iterator[ClaimDraft]:
    """Two details of each release told: what of the window's work it holds first, and how it was published."""
    releases = [claim for claim in insight.claims if claim.section == "release"]
    rows = {f"release:{row['repository']}@{row['tag']}": row for row in window.releases.iter_rows(named=True)}
    merged = _find_merge_commits(window)
    by_repository: dict[str, list[Claim]] = {}
    for claim in releases:
        by_repository.setdefault(claim.repository or "", []).append(claim)
    for repository, claims in by_repository.items():
        parents = _get_parents(window, repository)
        changes = [item for item in evidence if item.repository == repository and item.state in {"merged", "pushed"}]
        shas = {item.key: merged.get(item.key, item.key.rpartition("@")[2]) for item in changes}
        published = window.releases.filter(pl.col("repository") == repository).sort("published_at", "tag")
        held_before: set[str] = set()
        held: dict[str, set[str]] = {}
        for row in published.iter_rows(named=True):
            reached = _find_reached_commits(row["commit"], parents, held_before)
            held[row["tag"]] = reached
            held_before |= reached
        for claim in claims:
            item = next(one for one in insight.evidence if one.key == claim.evidence[0])
            row = rows[item.key]
            yield from _build_contents_claims(
                claim, item, [one for one in changes if shas[one.key] in held[row["tag"]]]
            )
            yield from _build_publication_claims(claim, item, row)


def _build_contents_claims(claim: Claim, item: Evidence, changes: Sequence[Evidence]) -> Iterator[ClaimDraft]:
    changes = [one for one in changes if one.visibility == item.visibility]
    # "It holds Release 2.0.0" says nothing, and a bump of a tool is not what a reader looks for.
    named = [one for one in changes if not is_routine(one)][:MAX_CHANGES_NAMED]
    # What the graph of a repository of many packages holds says little of one of them.
    if not named or not is_repository_tag(item):
        return
    titles = join_words([f"“{display_title(one.title)}”" for one in named])
    facts: tuple[Fact, ...] = ()
    text = f"It holds {titles}."
    if len(changes) > len(named):
        fact = count_fact("changes_held", item.key, len(changes), "raw/releases", "raw/commits", "raw/pull_requests")
        text, facts = f"It holds {pluralize(fact.value, 'change')}, among them {titles}.", (fact,)
    yield make_claim(
        "detail",
        f"holds:{item.key}",
        text,
        evidence=(item, *named),
        facts=facts,
        repository=item.repository,
        about=claim.id,
    )


def _build_publication_claims(claim: Claim, item: Evidence, row: Mapping[str, Any]) -> Iterator[ClaimDraft]:
    author = display_name(row["author"])
    if author or row["is_prerelease"]:
        text = f"Published{f' by {author}' if author else ''}{' as a pre-release' if row['is_prerelease'] else ''}."
        yield make_claim("detail", f"published:{item.key}", text, evidence=(with_people(item, author),),
                    repository=item.repository, about=claim.id)  # fmt: skip


def _find_merge_commits(window: RawWindow) -> dict[str, str]:
    merged = window.pull_requests.filter(pl.col("event") == "merged", pl.col("commit").is_not_null())
    rows = merged.select("repository", "number", "commit").iter_rows()
    return {f"pr:{repository}#{number}": commit for repository, number, commit in rows}


def _get_parents(window: RawWindow, repository: str) -> ParentsBySha:
    here = window.commits.filter(pl.col("repository") == repository).select("sha", "parents")
    return dict(here.iter_rows())


def _find_reached_commits(tip: str | None, parents: ParentsBySha, excluded: set[str]) -> set[str]:
    """The commits of the window that a release holds and no earlier release of the window did."""
    reached: set[str] = set()
    waiting = [tip] if tip else []
    while waiting:
        sha = waiting.pop()
        if sha in parents and sha not in excluded and sha not in reached:
            reached.add(sha)
            waiting.extend(parents[sha] or ())
    return reached
