"""Try a model: one constrained question for `sparky doctor`, and a labelled set for `sparky model-check`.

The labelled set was written for Sparky: changes as people describe them, with the sentences, groups and order that a
human editor would choose. The agreement of the rules with the same labels stands beside that of the model, where the
rules answer such a question.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

from resources.checks import CheckResult
from resources.errors import ModelError
from resources.llm.base import CompletionRequest, CompletionResult, LanguageModel
from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import SourceText
from sparky_assets.insights.llm.answers import (
    RefusedAnswerError,
    read_group_answer,
    read_lead_answer,
    read_quote_answer,
    read_rank_answer,
)
from sparky_assets.insights.llm.prompts import (
    build_group_question,
    build_lead_question,
    build_quote_question,
    build_rank_question,
)
from sparky_assets.stories.models import Change
from sparky_assets.stories.printing.quoting import QuotationChooser

LABELLED_SET = Path(__file__).with_name("labelled.json")

TRIAL_TIMEOUT_SECONDS = 120.0


@dataclass
class TaskScore:
    """Agreement with the labels of one task: points of the model and of the rules, out of as many as were asked."""

    asked: int = 0
    model: float = 0.0
    rules: float | None = None
    """None where the rules do not answer such a question alone: they need the records of a period."""
    refused: int = 0
    failed: int = 0
    seconds: float = 0.0
    tokens: int = 0
    reasons: list[str] = field(default_factory=list)


def try_constrained_question(model: LanguageModel, name: str) -> CheckResult:
    """Ask one question whose answer a grammar forces, and return whether a usable answer came; never raises."""
    case = load_cases()[0]
    change, candidates = _build_quote_case(case)
    question = build_quote_question(change, candidates)
    label = f"trial question to {name}"
    started_at = time.monotonic()
    try:
        model.warm_up(TRIAL_TIMEOUT_SECONDS)
        completion = model.complete(question, TRIAL_TIMEOUT_SECONDS)
        read_quote_answer(completion.text, len(candidates))
    except ModelError as error:
        return CheckResult(label, False, str(error))
    except RefusedAnswerError as error:
        detail = f"{error}: the server does not force the schema, or the model is too small; rules would choose"
        return CheckResult(label, False, detail)
    return CheckResult(label, True, f"answered with ids in {time.monotonic() - started_at:.1f} s")


def load_cases() -> list[dict[str, Any]]:
    """Return the labelled set."""
    cases: list[dict[str, Any]] = json.loads(LABELLED_SET.read_text("utf-8"))
    return cases


def evaluate_model(model: LanguageModel, timeout_seconds: float) -> dict[str, TaskScore]:
    """Return the agreement of a model with the labelled set, by task; a failed call counts as no agreement."""
    scores: dict[str, TaskScore] = {}
    for case in load_cases():
        score = scores.setdefault(case["task"], TaskScore())
        question, judge, rules = _prepare(case)
        score.asked += 1
        if rules is not None:
            score.rules = (score.rules or 0.0) + rules
        try:
            completion = model.complete(question, timeout_seconds)
            _add_cost(score, completion)
            score.model += judge(completion.text)
        except RefusedAnswerError as error:
            score.refused += 1
            score.reasons.append(str(error))
        except ModelError as error:
            score.failed += 1
            score.reasons.append(str(error))
    return scores


def _add_cost(score: TaskScore, completion: CompletionResult) -> None:
    score.seconds += completion.seconds
    score.tokens += completion.prompt_tokens + completion.answer_tokens


def _prepare(case: Mapping[str, Any]) -> tuple[CompletionRequest, Callable[[str], float], float | None]:
    """Return the question of a case, a function that scores an answer from 0 to 1, and the score of the rules."""
    match case["task"]:
        case "quote":
            return _prepare_quote(case)
        case "group":
            changes = [_make_change(number, title) for number, title in enumerate(case["titles"])]
            return (
                build_group_question(changes),
                lambda text: score_partition(read_group_answer(text, len(changes)), case["groups"]),
                None,
            )
    stories = [{"title": title} for title in case["stories"]]
    build, read = (
        (build_rank_question, read_rank_answer) if case["task"] == "rank" else (build_lead_question, read_lead_answer)
    )
    return build(stories), lambda text: score_order(read(text, len(stories)), case["first"], case["last"]), None


def _prepare_quote(case: Mapping[str, Any]) -> tuple[CompletionRequest, Callable[[str], float], float | None]:
    change, candidates = _build_quote_case(case)
    texts = [quoted.text for _, _, quoted in candidates]

    def judge(text: str) -> float:
        chosen = [None if place is None else texts[place] for place in read_quote_answer(text, len(texts))]
        wanted = [None if case[key] == "none" else case[key] for key in ("what", "why", "do")]
        return sum(bool(first == second) for first, second in zip(chosen, wanted, strict=True)) / len(wanted)

    return build_quote_question(change, candidates), judge, _score_rules(case, change)


def _score_rules(case: Mapping[str, Any], change: Change) -> float:
    """Return the share of what, why and what to do that the rules quote: any place in print counts."""
    chooser = QuotationChooser(_build_library(case))
    printed = {
        quoted.text for sentence in chooser.tell(change, 2) for part in sentence.parts if (quoted := part.quotation)
    }
    action = chooser.tell_action(change)
    actions = {part.quotation.text for part in action.parts if part.quotation} if action else set()
    is_right = [
        case["what"] in printed,
        case["why"] in printed if case["why"] != "none" else True,
        case["do"] in actions | printed if case["do"] != "none" else not actions,
    ]
    return sum(is_right) / len(is_right)


def _build_library(case: Mapping[str, Any]) -> DocumentLibrary:
    source = SourceText(
        key="message:sample/app@0", kind="message", repository="sample/app", text=case["text"], title=case["title"]
    )
    return DocumentLibrary({source.key: source})


def _build_quote_case(case: Mapping[str, Any]) -> tuple[Change, list[Any]]:
    change = _make_change(0, case["title"])
    candidates = QuotationChooser(_build_library(case)).list_candidates(change)
    return change, sorted(candidates, key=lambda item: item[1].number)


def _make_change(number: int, title: str) -> Change:
    return Change(
        key=f"commit:sample/app@{number}",
        repository="sample/app",
        number=None,
        sha=str(number),
        url=None,
        raw_title=title,
        title=title,
        landed_at=datetime(2026, 1, 1, tzinfo=UTC),
        sources=(f"message:sample/app@{number}",),
    )


def score_partition(groups: Sequence[Sequence[int]], wanted: Sequence[Sequence[int]]) -> float:
    """Return the share of pairs on which two partitions agree: together or apart."""
    place = {item: number for number, group in enumerate(groups) for item in group}
    wanted_place = {item: number for number, group in enumerate(wanted) for item in group}
    pairs = list(combinations(sorted(wanted_place), 2))

    def is_together(places: Mapping[int, int], first: int, second: int) -> bool:
        return first in places and places.get(first) == places.get(second)

    return sum(is_together(place, *pair) == is_together(wanted_place, *pair) for pair in pairs) / len(pairs)


def score_order(order: Sequence[int], first: Sequence[int], last: Sequence[int]) -> float:
    """Return the share of pairs of an important and an unimportant story that are in the right order."""
    positions = {item: number for number, item in enumerate(order)}
    pairs = [(before, after) for before in first for after in last]
    return sum(positions.get(a, 99) < positions.get(b, 99) for a, b in pairs) / len(pairs)
