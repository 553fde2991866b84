"""Answers of a model: read them, and refuse those that show that the model did not choose. Pure.

A model that answers everything with the first ids looks as if it chose. Such answers are refused and counted, and the
rules choose: an answer that repeats the order of the question, one that is the same whatever was asked, and one that
names an id more than once in more than half of its places.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from sparky_assets.insights.llm.prompts import NO_SENTENCE, make_ids
from sparky_assets.store import StoredModel

MIN_ANSWERS_COMPARED = 4
"""Answers from which on a constant is no coincidence."""

MAX_SAME_SHARE = 0.8
"""Share of the answers that may be equal, letter by letter."""

MIN_ORDERED_ITEMS = 4
"""Items from which on an order that is that of the question is no coincidence."""

MIN_CUT_ITEMS = 6
"""Items from which on groups that only cut the order of the question into pieces are no coincidence: the
records are shown in the order of a hash, so one true pair of six stands side by side in a third of all cases."""

MIN_CUT_GROUPS = 2
"""Groups of two and more that must all be such pieces."""

NOT_IN_FORM = "the answer does not have the form that was asked for"
REPEATS_ITSELF = "more than half of the answer repeats itself"
REPEATS_QUESTION = "the answer repeats the order of the question"
SAME_ANSWER = "the answers are the same whatever is asked"
NO_DIFFERENCE = "the answer makes no difference between the changes"

ShortId = Annotated[str, Field(max_length=12)]


class RefusedAnswerError(Exception):
    """An answer that is not used. The message is the reason, one of a few, so that refusals can be counted."""


class QuoteAnswer(StoredModel):
    """Ids of the sentences that say what changed, why, and what to do; `none` for none."""

    do: ShortId
    what: ShortId
    why: ShortId


class GroupAnswer(StoredModel):
    """Ids of changes by story."""

    groups: tuple[tuple[ShortId, ...], ...]


class RankAnswer(StoredModel):
    """Ids of stories, the most important first."""

    order: tuple[ShortId, ...]


class LeadAnswer(StoredModel):
    """Ids of the story that leads and of the two that follow."""

    lead: ShortId
    next: tuple[ShortId, ShortId]


AnswerT = TypeVar("AnswerT", bound=StoredModel)


def _read(answer_type: type[AnswerT], text: str) -> AnswerT:
    try:
        return answer_type.model_validate_json(text)
    except ValidationError as error:
        raise RefusedAnswerError(NOT_IN_FORM) from error


def split_answers(text: str, count: int) -> list[str]:
    """Return the answers to questions that were combined, each as JSON as if it had been asked alone.

    Raises:
        RefusedAnswerError: there is not one answer to each question.
    """
    try:
        answers = TypeAdapter(dict[str, dict[str, Any]]).validate_json(text)
    except ValidationError as error:
        raise RefusedAnswerError(NOT_IN_FORM) from error
    names = make_ids("Q", count)
    if answers.keys() != set(names):
        raise RefusedAnswerError(NOT_IN_FORM)
    return [json.dumps(answers[name], ensure_ascii=False) for name in names]


def read_quote_answer(text: str, count: int) -> tuple[int | None, int | None, int | None]:
    """Return the positions of the sentences for what, why and what to do.

    Raises:
        RefusedAnswerError: the answer cannot be used.
    """
    answer = _read(QuoteAnswer, text)
    positions: dict[str, int | None] = {name: place for place, name in enumerate(make_ids("S", count))}
    positions[NO_SENTENCE] = None
    chosen = (answer.what, answer.why, answer.do)
    if not set(chosen) <= positions.keys():
        raise RefusedAnswerError(NOT_IN_FORM)
    named = [name for name in chosen if name != NO_SENTENCE]
    if len(named) == len(chosen) and len(set(named)) == 1:
        raise RefusedAnswerError(REPEATS_ITSELF)
    what, why, do = (positions[name] for name in chosen)
    return what, why if why != what else None, do


def read_group_answer(text: str, count: int) -> list[list[int]]:
    """Return the positions of the changes by story; a change that the answer leaves out is in none.

    Raises:
        RefusedAnswerError: the answer cannot be used.
    """
    answer = _read(GroupAnswer, text)
    positions = _index("C", count)
    named = [name for group in answer.groups for name in group]
    _check_ids(named, positions)
    seen: set[str] = set()
    groups: list[list[int]] = []
    for group in answer.groups:
        fresh = [name for name in dict.fromkeys(group) if name not in seen]
        seen.update(fresh)
        if fresh:
            groups.append([positions[name] for name in fresh])
    if count >= MIN_ORDERED_ITEMS and (len(groups) == 1 or len(groups) == count):
        raise RefusedAnswerError(NO_DIFFERENCE)
    large = [group for group in groups if len(group) > 1]
    is_cut = all(group == list(range(group[0], group[-1] + 1)) for group in large)
    if count >= MIN_CUT_ITEMS and len(large) >= MIN_CUT_GROUPS and is_cut:
        raise RefusedAnswerError(REPEATS_QUESTION)
    return groups


def read_rank_answer(text: str, count: int) -> list[int]:
    """Return the positions of the stories in order, each once; stories that the answer leaves out are missing.

    Raises:
        RefusedAnswerError: the answer cannot be used.
    """
    answer = _read(RankAnswer, text)
    positions = _index("R", count)
    _check_ids(answer.order, positions)
    order = [positions[name] for name in dict.fromkeys(answer.order)]
    if len(order) >= MIN_ORDERED_ITEMS and order in (sorted(order), sorted(order, reverse=True)):
        raise RefusedAnswerError(REPEATS_QUESTION)
    return order


def read_lead_answer(text: str, count: int) -> list[int]:
    """Return the positions of the first three stories.

    Raises:
        RefusedAnswerError: the answer cannot be used.
    """
    answer = _read(LeadAnswer, text)
    positions = _index("L", count)
    names = (answer.lead, *answer.next)
    _check_ids(names, positions)
    if len(set(names)) < len(names):
        raise RefusedAnswerError(REPEATS_ITSELF)
    order = [positions[name] for name in names]
    if count >= MIN_ORDERED_ITEMS and order in ([0, 1, 2], [count - 1, count - 2, count - 3]):
        raise RefusedAnswerError(REPEATS_QUESTION)
    return order


def _index(letter: str, count: int) -> dict[str, int]:
    return {name: place for place, name in enumerate(make_ids(letter, count))}


def _check_ids(names: Sequence[str], positions: Mapping[str, int]) -> None:
    if not names or not set(names) <= positions.keys():
        raise RefusedAnswerError(NOT_IN_FORM)
    if len(names) - len(set(names)) > len(names) / 2:
        raise RefusedAnswerError(REPEATS_ITSELF)


def are_constant(answers: Sequence[object]) -> bool:
    """Return whether nearly all of several answers to different questions are the same one."""
    if len(answers) < MIN_ANSWERS_COMPARED:
        return False
    return Counter(answers).most_common(1)[0][1] / len(answers) > MAX_SAME_SHARE
