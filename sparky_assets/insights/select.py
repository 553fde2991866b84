"""Let a model choose: it returns ids in an order and nothing else, so that nothing it says can be false.

Themes stay ours. A heading like "Fixed" is a claim, and a model of 1.5 B would be wrong about it too often.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field, ValidationError

from resources.language_model import Question
from sparky_assets.insights.models import Evidence
from sparky_assets.insights.prompts import SELECT, conversation
from sparky_assets.metrics.models import Model

MOST_PICKS = 12
MOST_CITED = 4
TOKENS_A_PICK = 36
"""Four ids with quotes and commas, and the keys around them."""


class Pick(Model):
    """One story, by the ids of this question."""

    cites: tuple[str, ...] = Field(min_length=1, max_length=MOST_CITED)


class Picks(Model):
    """The whole answer."""

    picks: tuple[Pick, ...] = Field(min_length=1, max_length=MOST_PICKS)


def select_question(ids: Mapping[str, Evidence], *, across: bool = False) -> Question:
    """Ask which of these to tell, in which order."""
    most = min(MOST_PICKS, len(ids))
    item = {"cites": cites_schema(ids)}
    return Question(
        conversation(SELECT, ids, across=across),
        list_schema("picks", item, most),
        answer_tokens=20 + most * TOKENS_A_PICK,
    )


def cites_schema(ids: Mapping[str, Evidence]) -> dict[str, Any]:
    """A list of ids of this question; a grammar obeys the enum in every answer (measured)."""
    return {"type": "array", "minItems": 1, "maxItems": MOST_CITED, "items": {"type": "string", "enum": list(ids)}}


def list_schema(name: str, properties: Mapping[str, Any], most: int) -> dict[str, Any]:
    """An object that holds one list of objects. Keys are in alphabetical order: some servers sort them anyway."""
    one = {
        "type": "object",
        "additionalProperties": False,
        "required": sorted(properties),
        "properties": dict(properties),
    }
    many = {"type": "array", "minItems": 1, "maxItems": most, "items": one}
    return {"type": "object", "additionalProperties": False, "required": [name], "properties": {name: many}}


def read_picks(text: str, ids: Mapping[str, Evidence]) -> list[Evidence] | None:
    """The chosen evidence in the model's order, each once; None where the answer is not what was asked for (G1)."""
    try:
        picks = Picks.model_validate_json(text)
    except ValidationError:
        return None
    return cited_once([one for pick in picks.picks for one in pick.cites], ids)


def cited_once(names: Sequence[str], ids: Mapping[str, Evidence]) -> list[Evidence] | None:
    """The evidence of these ids without repetition (a grammar does not enforce it); None where one is unknown."""
    if not set(names) <= ids.keys():
        return None
    return [ids[name] for name in dict.fromkeys(names)]
