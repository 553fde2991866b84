"""Write an insight with what a model contributed: its order and its accepted sentences; all other words are templates.

Names, numbers and references are added here by code: no model ever reads or writes them.
"""

from collections.abc import Iterator, Sequence

from sparky_assets.insights.claims.overview import (
    MAX_CHANGES,
    SelectedChanges,
    build_change_claim,
    build_insight_by_rules,
    list_changes,
    spread_over_repositories,
)
from sparky_assets.insights.evidence import EvidenceSet
from sparky_assets.insights.llm.daily_reuse import ModelStory
from sparky_assets.insights.llm.fallback import ModelOutput, ask_for_highlights, ask_per_repository
from sparky_assets.insights.llm.gates import GATE_VERSION
from sparky_assets.insights.llm.prompts import PROMPT_VERSION
from sparky_assets.insights.llm.session import ModelSession
from sparky_assets.insights.models import Claim, Evidence, Insight, InsightMode, WriterInfo
from sparky_assets.insights.routine import is_routine
from sparky_assets.insights.sentences import join_words, short_name
from sparky_assets.metrics.models import Metrics

MAX_AUTHORS_NAMED = 3


MAX_SELECT_ONLY_BILLIONS = 3.0
"""Up to this size `auto` lets a model choose only. Of 1.5 B models' short summaries 15.8 % held an invention."""


def choose_mode(configured_mode: str, billions: float | None) -> InsightMode:
    """The mode in force: what is set, or for `auto` what the model's size is good for; unknown sizes only choose."""
    if configured_mode in {"select", "phrase"}:
        return "select" if configured_mode == "select" else "phrase"
    return "phrase" if billions is not None and billions > MAX_SELECT_ONLY_BILLIONS else "select"


def build_insight_with_model(
    metrics: Metrics,
    evidence_set: EvidenceSet,
    organisation: str,
    notes: Sequence[str],
    *,
    mode: InsightMode,
    session: ModelSession,
    parallel_calls: int = 1,
) -> Insight:
    """An insight of one period, chosen and perhaps worded by a model, grounded as one by rules is."""
    kind = metrics.period.kind
    choice = ask_per_repository(
        evidence_set.items, kind, mode, session, parallel_calls=parallel_calls, timezone=metrics.window.timezone
    )
    changes = select_changes(evidence_set.items, MAX_CHANGES[kind], choice)
    choice.highlight_keys = ask_for_highlights([item for item in changes if not is_routine(item)], kind, session)
    if session.fallback_reasons and not choice.degraded:
        choice.degraded.append(f"less was left to the model than it may do: {session.fallback_reasons}")
    identity = session.model_info
    writer = WriterInfo(
        model=identity.model, digest=identity.digest, prompt_version=PROMPT_VERSION, gate_version=GATE_VERSION
    )
    if not choice.stories_by_repository and not choice.highlight_keys:
        by_rules = build_insight_by_rules(metrics, evidence_set, organisation, notes)
        return by_rules.model_copy(update={"degraded": tuple(choice.degraded)})
    claims = tuple(_build_claims(changes, choice))
    chosen = SelectedChanges(changes, claims, mode, writer, tuple(choice.degraded))
    return build_insight_by_rules(metrics, evidence_set, organisation, notes, chosen)


def select_changes(evidence: Sequence[Evidence], limit: int, model_output: ModelOutput) -> list[Evidence]:
    """What is told: of each repository something, what the model chose before what it left, never more than `limit`.

    A sentence about several changes brings all of them. Within a repository the model's order counts.
    """
    picked = model_output.stories_by_key
    changes = list_changes(evidence)
    ranked = sorted(changes, key=lambda item: item.key not in picked)
    told = {item.key for item in spread_over_repositories(ranked, limit)}
    for key in list(told):
        if (story := picked.get(key)) and story.wording:
            told |= {item.key for item in story.cited}
    model_order = {key: place for place, key in enumerate(picked)}
    impact_order = {item.key: place for place, item in enumerate(changes)}
    kept = [item for item in changes if item.key in told]
    first_of = {item.repository: impact_order[item.key] for item in reversed(kept)}
    return sorted(
        kept,
        key=lambda item: (
            first_of[item.repository],
            model_order.get(item.key, len(changes) + impact_order[item.key]),
        ),
    )


def _build_claims(changes: Sequence[Evidence], model_output: ModelOutput) -> Iterator[Claim]:
    """Highlights first, then the others; what a highlight tells is not told again."""
    picked = model_output.stories_by_key
    stories = list({story.cited[0].key: story for item in changes for story in [_find_story(item, picked)]}.values())
    leading = {key: place for place, key in enumerate(model_output.highlight_keys)}
    told = {item.key: story for story in stories for item in story.cited}
    first = list({told[key].cited[0].key: told[key] for key in leading if key in told}.values())
    ahead = {story.cited[0].key for story in first}
    yield from (_to_highlight(_build_claim(story, picked)) for story in first)
    yield from (_build_claim(story, picked) for story in stories if story.cited[0].key not in ahead)


def _find_story(item: Evidence, stories_by_key: dict[str, ModelStory]) -> ModelStory:
    """The sentence about a change together with others, or the change alone."""
    story = stories_by_key.get(item.key)
    if story and story.wording:
        return story
    return ModelStory((item,), rejected=story.rejected if story else ())


def _build_claim(story: ModelStory, stories_by_key: dict[str, ModelStory]) -> Claim:
    item = story.cited[0]
    by_template = build_change_claim(item)
    chosen_by = "model" if item.key in stories_by_key else "template"
    if story.wording is None:
        return by_template.model_copy(update={"chosen_by": chosen_by, "rejected": story.rejected})
    authors = list(dict.fromkeys(one.author for one in story.cited if one.author and not one.is_bot))
    by = f", by {join_words(authors)}" if authors and len(authors) <= MAX_AUTHORS_NAMED else ""
    return Claim(
        id=by_template.id,
        section="change",
        repository=item.repository,
        text=f"{story.wording.text.rstrip('.')}{by}.",
        evidence=tuple(one.key for one in story.cited),
        origin="model",
        chosen_by="model",
        wording=story.wording,
    )


def _to_highlight(claim: Claim) -> Claim:
    return claim.model_copy(
        update={
            "section": "highlight",
            "text": f"{short_name(claim.repository or '')}: {claim.text}",
            "chosen_by": "model",
        }
    )
