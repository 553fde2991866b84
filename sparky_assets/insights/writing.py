"""Write an insight with what a model contributed: its order and its accepted sentences; all other words are templates.

Names, numbers and references are added here by code: no model ever reads or writes them.
"""

from collections.abc import Iterator, Sequence

from sparky_assets.insights.asking import Asking
from sparky_assets.insights.days import Told
from sparky_assets.insights.evidence import Gathered
from sparky_assets.insights.gates import GATE_VERSION
from sparky_assets.insights.ladder import Choice, read_repositories, read_the_whole
from sparky_assets.insights.models import Claim, Evidence, Insight, Mode, Writer
from sparky_assets.insights.prompts import PROMPT_VERSION
from sparky_assets.insights.routine import is_routine
from sparky_assets.insights.rules import (
    CHANGES_TOLD,
    Chosen,
    change_claim,
    changes_of,
    spread,
    write_by_rules,
)
from sparky_assets.insights.sentences import joined, short
from sparky_assets.metrics.models import Metrics

AUTHORS_NAMED = 3
SELECT_UP_TO_BILLIONS = 3.0
"""Up to this size `auto` lets a model choose only. Of 1.5 B models' short summaries 15.8 % held an invention."""


def mode_for(wanted: str, billions: float | None) -> Mode:
    """The mode in force: what is set, or for `auto` what the model's size is good for; unknown sizes only choose."""
    if wanted in {"select", "phrase"}:
        return "select" if wanted == "select" else "phrase"
    return "phrase" if billions is not None and billions > SELECT_UP_TO_BILLIONS else "select"


def write_with_a_model(
    metrics: Metrics,
    gathered: Gathered,
    organisation: str,
    notes: Sequence[str],
    *,
    mode: Mode,
    asking: Asking,
    parallel: int = 1,
) -> Insight:
    """An insight of one period, chosen and perhaps worded by a model, grounded as one by rules is."""
    kind = metrics.period.kind
    choice = read_repositories(gathered.items, kind, mode, asking, parallel=parallel, timezone=metrics.window.timezone)
    changes = changes_to_tell(gathered.items, CHANGES_TOLD[kind], choice)
    choice.highlights = read_the_whole([item for item in changes if not is_routine(item)], kind, asking)
    if asking.why and not choice.degraded:
        choice.degraded.append(f"less was left to the model than it may do: {asking.why}")
    identity = asking.identity
    writer = Writer(
        model=identity.model, digest=identity.digest, prompt_version=PROMPT_VERSION, gate_version=GATE_VERSION
    )
    if not choice.stories and not choice.highlights:
        by_rules = write_by_rules(metrics, gathered, organisation, notes)
        return by_rules.model_copy(update={"degraded": tuple(choice.degraded)})
    claims = tuple(_claims(changes, choice))
    chosen = Chosen(changes, claims, mode, writer, tuple(choice.degraded))
    return write_by_rules(metrics, gathered, organisation, notes, chosen)


def changes_to_tell(evidence: Sequence[Evidence], limit: int, choice: Choice) -> list[Evidence]:
    """What is told: of each repository something, what the model chose before what it left, never more than `limit`.

    A sentence about several changes brings all of them. Within a repository the model's order counts.
    """
    picked = choice.chosen
    changes = changes_of(evidence)
    ranked = sorted(changes, key=lambda item: item.key not in picked)
    told = {item.key for item in spread(ranked, limit)}
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


def _claims(changes: Sequence[Evidence], choice: Choice) -> Iterator[Claim]:
    """Highlights first, then the others; what a highlight tells is not told again."""
    picked = choice.chosen
    stories = list({story.cited[0].key: story for item in changes for story in [_story(item, picked)]}.values())
    leading = {key: place for place, key in enumerate(choice.highlights)}
    told = {item.key: story for story in stories for item in story.cited}
    first = list({told[key].cited[0].key: told[key] for key in leading if key in told}.values())
    ahead = {story.cited[0].key for story in first}
    yield from (_highlight(_claim(story, picked)) for story in first)
    yield from (_claim(story, picked) for story in stories if story.cited[0].key not in ahead)


def _story(item: Evidence, picked: dict[str, Told]) -> Told:
    """The sentence about a change together with others, or the change alone."""
    story = picked.get(item.key)
    if story and story.wording:
        return story
    return Told((item,), rejected=story.rejected if story else ())


def _claim(story: Told, picked: dict[str, Told]) -> Claim:
    item = story.cited[0]
    by_template = change_claim(item)
    chosen_by = "model" if item.key in picked else "template"
    if story.wording is None:
        return by_template.model_copy(update={"chosen_by": chosen_by, "rejected": story.rejected})
    authors = list(dict.fromkeys(one.author for one in story.cited if one.author and not one.is_bot))
    by = f", by {joined(authors)}" if authors and len(authors) <= AUTHORS_NAMED else ""
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


def _highlight(claim: Claim) -> Claim:
    return claim.model_copy(
        update={
            "section": "highlight",
            "text": f"{short(claim.repository or '')}: {claim.text}",
            "chosen_by": "model",
        }
    )
