"""Try a model: one constrained question for `sparky doctor`, and a labelled set for `sparky model-check`.

`labelled.json` holds ids, titles and single sentences of public changes, with the sentences, groups and order that a
human editor would choose. The rules answer the same questions, so that a model is measured beside what it replaces.
"""

import hashlib
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

from resources.checks import CheckResult
from resources.errors import ModelError, StorageError, UnusableAnswerError
from resources.llm.base import CompletionRequest, CompletionResult, LanguageModel, ModelInfo
from resources.storage import Storage
from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import SourceText
from sparky_assets.insights.llm.answers import (
    SAME_ANSWER,
    RefusedAnswerError,
    are_constant,
    read_group_answer,
    read_lead_answer,
    read_quote_answer,
    read_rank_answer,
    split_answers,
)
from sparky_assets.insights.llm.prompts import (
    NO_SENTENCE,
    PROMPT_VERSION,
    build_group_question,
    build_lead_question,
    build_quote_question,
    build_rank_question,
    combine_questions,
)
from sparky_assets.insights.llm.prose import (
    build_counterexamples,
    build_entail_question,
    judge_sentence,
    read_entail_answer,
)
from sparky_assets.insights.llm.session import MAX_COMBINED_QUESTIONS
from sparky_assets.store import MODEL_CHECKS_PATH, StoredModel
from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.grouping.cluster import group_changes
from sparky_assets.stories.grouping.edges import find_edges
from sparky_assets.stories.models import Change
from sparky_assets.stories.noise import classify_noise
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.rank import rank_changes
from sparky_assets.stories.signals import read_signals
from sparky_assets.stories.titles.parts import normalize_title

LABELLED_SET = Path(__file__).with_name("labelled.json")

CLAIMS = Path(__file__).with_name("claims.json")

MIN_TRUE_SHARE, MAX_FALSE_SHARE = 0.6, 0.01
"""The bar for marked sentences."""

TRIAL_TIMEOUT_SECONDS = 120.0


@dataclass
class TaskScore:
    """Agreement with the labels of one task: points of the model and of the rules, out of as many as were asked."""

    asked: int = 0
    model: float = 0.0
    rules: float = 0.0
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
    cases: list[dict[str, Any]] = json.loads(LABELLED_SET.read_text("utf-8"))["cases"]
    return cases


def evaluate_model(model: LanguageModel, timeout_seconds: float) -> dict[str, TaskScore]:
    """Return the agreement of a model with the labelled set, by task; a failed call counts as no agreement.

    Answers that a run would refuse are refused here too, also those that are the same whatever is asked.
    """
    scores: dict[str, TaskScore] = {}
    answers: dict[str, list[Hashable]] = defaultdict(list)
    prepared: dict[str, list[LabelledQuestion]] = defaultdict(list)
    for case in load_cases():
        prepared[case["task"]].append(prepare_question(case))
    for task, questions in prepared.items():
        scores[task] = score = TaskScore(asked=len(questions), rules=sum(question.rules for question in questions))
        texts = _ask_questions(model, task, [question.request for question in questions], timeout_seconds, score)
        for question, text in zip(questions, texts, strict=True):
            if text is None:
                continue
            try:
                answer = question.read(text)
            except RefusedAnswerError as error:
                score.refused += 1
                score.reasons.append(str(error))
                continue
            answers[task].append(json.dumps(answer))
            score.model += question.judge(answer)
    for task, given in answers.items():
        if task == "quote" and are_constant(given):
            scores[task].model = 0.0
            scores[task].refused += len(given)
            scores[task].reasons.append(SAME_ANSWER)
    return scores


def _ask_questions(
    model: LanguageModel, task: str, requests: Sequence[CompletionRequest], timeout_seconds: float, score: TaskScore
) -> Iterator[str | None]:
    """Yield the answer to each question, asked as runs ask it: several in one call, or alone where that fails."""
    size = 1 if task == "rank" else MAX_COMBINED_QUESTIONS
    for start in range(0, len(requests), size):
        batch = requests[start : start + size]
        texts: list[str] = []
        if len(batch) > 1:
            with suppress(ModelError, RefusedAnswerError):
                completion = model.complete(combine_questions(batch), timeout_seconds)
                _add_cost(score, completion)
                texts = split_answers(completion.text, len(batch))
        yield from texts or (_ask_alone(model, request, timeout_seconds, score) for request in batch)


def _ask_alone(
    model: LanguageModel, request: CompletionRequest, timeout_seconds: float, score: TaskScore
) -> str | None:
    """Return the answer to a question; None, counted with the reason, where there is none.

    An answer that is cut or has no text is the model's own, as a refused one is; a call that failed says nothing of it.
    """
    try:
        completion = model.complete(request, timeout_seconds)
    except ModelError as error:
        if isinstance(error, UnusableAnswerError):
            score.refused += 1
        else:
            score.failed += 1
        score.reasons.append(str(error))
        return None
    _add_cost(score, completion)
    return completion.text


def _add_cost(score: TaskScore, completion: CompletionResult) -> None:
    score.seconds += completion.seconds
    score.tokens += completion.prompt_tokens + completion.answer_tokens


@dataclass(frozen=True)
class LabelledQuestion:
    """A question of the set: how its answer is read and scored from 0 to 1, and the score of the rules."""

    request: CompletionRequest
    read: Callable[[str], Any]
    judge: Callable[[Any], float]
    rules: float


def prepare_question(case: Mapping[str, Any]) -> LabelledQuestion:
    """Return the question of a case of the set."""
    if case["task"] == "quote":
        return _prepare_quote(case)
    records = [_make_record(place, item["title"], item["paths"]) for place, item in enumerate(case["changes"])]
    changes = [record.change for record in records]
    places = {change.key: place for place, change in enumerate(changes)}
    if case["task"] == "group":
        parts = [
            [places[record.change.key] for record in members]
            for members, _ in group_changes(records, find_edges(records))
        ]
        return LabelledQuestion(
            build_group_question(changes),
            lambda text: read_group_answer(text, len(changes)),
            lambda groups: score_partition(groups, case["groups"]),
            score_partition(parts, case["groups"]),
        )
    stories = [{"title": change.title} for change in changes]
    build, read = (
        (build_rank_question, read_rank_answer) if case["task"] == "rank" else (build_lead_question, read_lead_answer)
    )
    order = [places[ranked.record.change.key] for ranked in rank_changes(records, find_edges(records))]
    return LabelledQuestion(
        build(stories),
        lambda text: read(text, len(stories)),
        lambda answer: score_order(answer, case["first"], case["last"]),
        score_order(order, case["first"], case["last"]),
    )


def _prepare_quote(case: Mapping[str, Any]) -> LabelledQuestion:
    change, candidates = _build_quote_case(case)
    texts = [quoted.text for _, _, quoted in candidates]

    def judge(places: Sequence[int | None]) -> float:
        what, why, action = (None if place is None else texts[place] for place in places)
        return _score_printed(case, {text for text in (what, why) if text}, {action} if action else set())

    return LabelledQuestion(
        build_quote_question(change, candidates),
        lambda text: read_quote_answer(text, len(texts)),
        judge,
        _score_rules(case, change),
    )


def _score_rules(case: Mapping[str, Any], change: Change) -> float:
    chooser = QuotationChooser(_build_library(case))
    printed = {
        quoted.text for sentence in chooser.tell(change, 2) for part in sentence.parts if (quoted := part.quotation)
    }
    action = chooser.tell_action(change)
    return _score_printed(
        case, printed, {part.quotation.text for part in action.parts if part.quotation} if action else set()
    )


def _score_printed(case: Mapping[str, Any], printed: set[str], actions: set[str]) -> float:
    """Return the share of what, why and what to do that is printed as a reader needs it: in any place."""
    is_right = [
        case["what"] in printed,
        case["why"] in printed if case["why"] != NO_SENTENCE else True,
        case["do"] in actions | printed if case["do"] != NO_SENTENCE else not actions,
    ]
    return sum(is_right) / len(is_right)


def _build_library(case: Mapping[str, Any]) -> DocumentLibrary:
    source = SourceText(
        key="message:sample/app@0",
        kind="message",
        repository="sample/app",
        text="\n\n".join(case["sentences"]),
        title=case["title"],
    )
    return DocumentLibrary({source.key: source})


def _build_quote_case(case: Mapping[str, Any]) -> tuple[Change, list[Any]]:
    change = _make_record(0, case["title"], ()).change
    candidates = QuotationChooser(_build_library(case)).list_candidates(change)
    return change, sorted(candidates, key=lambda item: item[1].number)


def _make_record(number: int, raw_title: str, paths: Sequence[str]) -> ChangeRecord:
    parts, signals = normalize_title(raw_title), read_signals(raw_title, "")
    change = Change(
        key=f"commit:sample/app@{number}",
        repository="sample/app",
        number=None,
        sha=str(number),
        url=None,
        raw_title=raw_title,
        title=parts.title,
        type=parts.type,
        scope=parts.scope,
        is_marked_breaking=parts.breaking,
        landed_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number),
        sources=(f"message:sample/app@{number}",),
        paths=tuple(paths),
        noise=classify_noise(
            parts.title,
            parts.type,
            paths,
            scope=parts.scope,
            is_bot=False,
            is_marked_breaking=parts.breaking,
            has_effect=signals.has_effect,
            message="",
        ),
    )
    return ChangeRecord(change, "", signals)


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


# --- Marked sentences


@dataclass
class ProseRates:
    """True and false sentences of `claims.json`, and how many pass code alone, and code and the second pass."""

    asked: Counter[bool] = field(default_factory=Counter)
    """By truth: how many there are."""
    by_code: Counter[bool] = field(default_factory=Counter)
    by_both: Counter[bool] = field(default_factory=Counter)
    failed: int = 0

    def format_rates(self, passed: Mapping[bool, int]) -> str:
        """Return the shares of true and of false sentences that pass."""
        true, false = (passed[kind] / self.asked[kind] for kind in (True, False))
        return f"{true:.0%} of true and {false:.0%} of false sentences pass"

    @property
    def is_good_enough(self) -> bool:
        """Whether the rates reach the bar: at least 60 % of true and at most 1 % of false sentences."""
        true, false = (self.by_both[kind] / self.asked[kind] for kind in (True, False))
        return true >= MIN_TRUE_SHARE and false <= MAX_FALSE_SHARE


def measure_prose(model: LanguageModel | None, timeout_seconds: float) -> ProseRates:
    """Return how many true and false sentences pass the checks of marked sentences; without a model, code alone."""
    rates = ProseRates()
    for claim in json.loads(CLAIMS.read_text("utf-8"))["claims"]:
        is_true, text, records = claim["is_true"], claim["text"], claim["records"]
        rates.asked[is_true] += 1
        if judge_sentence(text, records):
            continue
        rates.by_code[is_true] += 1
        try:
            rates.by_both[is_true] += model is not None and _is_entailed(model, text, records, timeout_seconds)
        except (ModelError, RefusedAnswerError):
            rates.failed += 1
    return rates


def _is_entailed(model: LanguageModel, sentence: str, records: Sequence[str], timeout_seconds: float) -> bool:
    def ask(claim: str) -> bool:
        return read_entail_answer(model.complete(build_entail_question(records, claim), timeout_seconds).text)

    return ask(sentence) and not any(ask(claim) for claim in build_counterexamples(sentence))


# --- What a check found, for `sparky doctor`


class ModelCheckRecord(StoredModel):
    """The last `sparky model-check` of a model: agreement with the labels, as a share from 0 to 1."""

    digest: str
    prompt_version: str
    model: float
    rules: float
    set_digest: str
    """Hash of the labelled set."""


def summarize_scores(scores: Mapping[str, TaskScore]) -> tuple[float, float]:
    """Return the agreement of model and rules: the mean of their shares in each task, so that no task outweighs."""
    shares = [(score.model / score.asked, score.rules / score.asked) for score in scores.values() if score.asked]
    model, rules = (sum(values) / len(shares) for values in zip(*shares, strict=True))
    return model, rules


def store_check(storage: Storage, info: ModelInfo, scores: Mapping[str, TaskScore]) -> None:
    """Store the result of a check under the name of the model."""
    model, rules = summarize_scores(scores)
    record = ModelCheckRecord(
        digest=info.digest,
        prompt_version=PROMPT_VERSION,
        model=round(model, 4),
        rules=round(rules, 4),
        set_digest=_hash_set(),
    )
    storage.write_document(MODEL_CHECKS_PATH, _hash_name(info.model), record)


def compare_with_rules(storage: Storage, info: ModelInfo) -> CheckResult:
    """Return what the last check of a model said; a warning where rules do as well, or where there was none."""
    label = f"gain by {info.model}"
    key = _hash_name(info.model)
    record = None
    # A damaged record, or one of another version, counts as none.
    with suppress(StorageError):
        record = storage.read_document(MODEL_CHECKS_PATH, key, ModelCheckRecord)
    if record is None or (record.digest, record.prompt_version, record.set_digest) != (
        info.digest,
        PROMPT_VERSION,
        _hash_set(),
    ):
        return CheckResult(label, True, "not measured", ("run sparky model-check to compare it with the rules",))
    detail = f"agreement with the labels {record.model:.0%}, rules {record.rules:.0%}"
    if record.model > record.rules:
        return CheckResult(label, True, detail)
    return CheckResult(label, True, detail, ('rules do as well: language_model.backend = "none" gives the same',))


def _hash_set() -> str:
    return hashlib.sha256(LABELLED_SET.read_bytes()).hexdigest()


def _hash_name(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:32]
