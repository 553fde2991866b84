"""Let a model word: one sentence a claim, which passes every gate or is replaced by a template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field, ValidationError

from resources.llm.base import CompletionRequest
from sparky_assets.insights.llm.gates import SENTENCE_PATTERN
from sparky_assets.insights.llm.prompts import PHRASE_PROMPT, build_messages
from sparky_assets.insights.models import Evidence, GateFailure
from sparky_assets.insights.select import MAX_CITED_IDS, build_cites_schema, build_list_schema, find_cited_evidence
from sparky_assets.metrics.models import StoredModel

MAX_CLAIMS = 6


TOKENS_PER_CLAIM = 110


MAX_TEXT_LENGTH = 400
"""Of what is read at all; the gates allow 222."""


class PhraseClaim(StoredModel):
    """One claim as the model returns it. `cites` comes first: what it stands on is fixed before a word is written."""

    cites: tuple[str, ...] = Field(min_length=1, max_length=MAX_CITED_IDS)
    text: str = Field(max_length=MAX_TEXT_LENGTH)


class PhraseAnswer(StoredModel):
    """The whole answer."""

    claims: tuple[PhraseClaim, ...] = Field(min_length=1, max_length=MAX_CLAIMS)


@dataclass(frozen=True)
class DraftSentence:
    """A sentence of a model that nobody has judged yet."""

    text: str
    cited: tuple[Evidence, ...]


def build_phrase_question(
    evidence_by_id: Mapping[str, Evidence],
    *,
    without_pattern: bool = False,
    gate_failures: Sequence[GateFailure] = (),
    seed: int = 7,
) -> CompletionRequest:
    """Ask for sentences about these. `plain`: without the pattern, for servers that refuse one."""
    most = min(MAX_CLAIMS, len(evidence_by_id))
    text: dict[str, Any] = (
        {"type": "string", "maxLength": 222} if without_pattern else {"type": "string", "pattern": SENTENCE_PATTERN}
    )
    schema = build_list_schema("claims", {"cites": build_cites_schema(evidence_by_id), "text": text}, most)
    messages = build_messages(PHRASE_PROMPT, evidence_by_id, with_bodies=True, gate_failures=gate_failures, most=most)
    return CompletionRequest(messages, schema, max_answer_tokens=20 + most * TOKENS_PER_CLAIM, seed=seed)


def parse_drafts(text: str, evidence_by_id: Mapping[str, Evidence]) -> list[DraftSentence] | None:
    """The drafts in the model's order; None where the answer is not what was asked for (G1).

    What an earlier draft cites is told: a later one loses it, and falls when nothing is left.
    """
    try:
        claims = PhraseAnswer.model_validate_json(text).claims
    except ValidationError:
        return None
    drafts: list[DraftSentence] = []
    told: set[str] = set()
    for claim in claims:
        cited = find_cited_evidence(claim.cites, evidence_by_id)
        if cited is None:
            return None
        if fresh := tuple(item for item in cited if item.key not in told):
            told |= {item.key for item in fresh}
            drafts.append(DraftSentence(claim.text, fresh))
    return drafts
