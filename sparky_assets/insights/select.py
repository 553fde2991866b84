"""Let a model choose: it returns ids in an order and nothing else, so that nothing it says can be false.

Themes stay ours. A heading like "Fixed" is a claim, and a model of 1.5 B would be wrong about it too often.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field, ValidationError

from resources.llm.base import CompletionRequest
from sparky_assets.insights.llm.prompts import SELECT_PROMPT, build_messages
from sparky_assets.insights.models import Evidence
from sparky_assets.metrics.models import StoredModel

MAX_PICKS = 12


MAX_CITED_IDS = 4


TOKENS_PER_PICK = 36
"""Four ids with quotes and commas, and the keys around them."""


class SelectPick(StoredModel):
    """One story, by the ids of this question."""

    cites: tuple[str, ...] = Field(min_length=1, max_length=MAX_CITED_IDS)


class SelectAnswer(StoredModel):
    """The whole answer."""

    picks: tuple[SelectPick, ...] = Field(min_length=1, max_length=MAX_PICKS)


def build_select_question(
    evidence_by_id: Mapping[str, Evidence], *, across_repositories: bool = False
) -> CompletionRequest:
    """Ask which of these to tell, in which order."""
    most = min(MAX_PICKS, len(evidence_by_id))
    item = {"cites": build_cites_schema(evidence_by_id)}
    return CompletionRequest(
        build_messages(SELECT_PROMPT, evidence_by_id, across_repositories=across_repositories),
        build_list_schema("picks", item, most),
        max_answer_tokens=20 + most * TOKENS_PER_PICK,
    )


def build_cites_schema(evidence_by_id: Mapping[str, Evidence]) -> dict[str, Any]:
    """A list of ids of this question; a grammar obeys the enum in every answer (measured)."""
    return {
        "type": "array",
        "minItems": 1,
        "maxItems": MAX_CITED_IDS,
        "items": {"type": "string", "enum": list(evidence_by_id)},
    }


def build_list_schema(name: str, properties: Mapping[str, Any], max_items: int) -> dict[str, Any]:
    """An object that holds one list of objects. Keys are in alphabetical order: some servers sort them anyway."""
    one = {
        "type": "object",
        "additionalProperties": False,
        "required": sorted(properties),
        "properties": dict(properties),
    }
    many = {"type": "array", "minItems": 1, "maxItems": max_items, "items": one}
    return {"type": "object", "additionalProperties": False, "required": [name], "properties": {name: many}}


def parse_picks(text: str, evidence_by_id: Mapping[str, Evidence]) -> list[Evidence] | None:
    """The chosen evidence in the model's order, each once; None where the answer is not what was asked for (G1)."""
    try:
        picks = SelectAnswer.model_validate_json(text)
    except ValidationError:
        return None
    return find_cited_evidence([one for pick in picks.picks for one in pick.cites], evidence_by_id)


def find_cited_evidence(short_ids: Sequence[str], evidence_by_id: Mapping[str, Evidence]) -> list[Evidence] | None:
    """The evidence of these ids without repetition (a grammar does not enforce it); None where one is unknown."""
    if not set(short_ids) <= evidence_by_id.keys():
        return None
    return [evidence_by_id[name] for name in dict.fromkeys(short_ids)]
