"""Let a model word: one sentence a claim, which passes every gate or is replaced by a template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field, ValidationError

from resources.language_model import Question
from sparky_assets.insights.gates import SENTENCE
from sparky_assets.insights.models import Evidence, Failure
from sparky_assets.insights.prompts import PHRASE, conversation
from sparky_assets.insights.select import MOST_CITED, cited_once, cites_schema, list_schema
from sparky_assets.metrics.models import Model

MOST_CLAIMS = 6
TOKENS_A_CLAIM = 110
LONGEST_TEXT = 400
"""Of what is read at all; the gates allow 222."""


class Worded(Model):
    """One claim as the model returns it. `cites` comes first: what it stands on is fixed before a word is written."""

    cites: tuple[str, ...] = Field(min_length=1, max_length=MOST_CITED)
    text: str = Field(max_length=LONGEST_TEXT)


class Claims(Model):
    """The whole answer."""

    claims: tuple[Worded, ...] = Field(min_length=1, max_length=MOST_CLAIMS)


@dataclass(frozen=True)
class Draft:
    """A sentence of a model that nobody has judged yet."""

    text: str
    cited: tuple[Evidence, ...]


def phrase_question(
    ids: Mapping[str, Evidence], *, plain: bool = False, refused: Sequence[Failure] = (), seed: int = 7
) -> Question:
    """Ask for sentences about these. `plain`: without the pattern, for servers that refuse one."""
    most = min(MOST_CLAIMS, len(ids))
    text: dict[str, Any] = {"type": "string", "maxLength": 222} if plain else {"type": "string", "pattern": SENTENCE}
    schema = list_schema("claims", {"cites": cites_schema(ids), "text": text}, most)
    messages = conversation(PHRASE, ids, bodies=True, refused=refused, most=most)
    return Question(messages, schema, answer_tokens=20 + most * TOKENS_A_CLAIM, seed=seed)


def read_drafts(text: str, ids: Mapping[str, Evidence]) -> list[Draft] | None:
    """The drafts in the model's order; None where the answer is not what was asked for (G1).

    What an earlier draft cites is told: a later one loses it, and falls when nothing is left.
    """
    try:
        claims = Claims.model_validate_json(text).claims
    except ValidationError:
        return None
    drafts: list[Draft] = []
    told: set[str] = set()
    for claim in claims:
        cited = cited_once(claim.cites, ids)
        if cited is None:
            return None
        if fresh := tuple(item for item in cited if item.key not in told):
            told |= {item.key for item in fresh}
            drafts.append(Draft(claim.text, fresh))
    return drafts
