"""From asking a model down to rules: what a model may contribute to one period, rung by rung, sentence by sentence.

phrase (worded, all gates passed) → once more with the failures named → select (its ids, our words) → rules. A rung that
fails takes only its own sentence down. The step over all repositories reads evidence again, never a model's words: a
peer's second model invented the version numbers that its first had dropped.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from resources.errors import PromptTooLongError, SchemaRefusedError
from resources.llm.base import CompletionRequest
from sparky_assets.insights.llm.daily_reuse import DailyAnswerReuse, ModelStory
from sparky_assets.insights.llm.gates import GATE_VERSION, CandidateSentence, check_gates, compute_support
from sparky_assets.insights.llm.prompts import (
    PROMPT_VERSION,
    DraftSentence,
    assign_short_ids,
    build_phrase_question,
    build_select_question,
    parse_drafts,
    parse_picks,
)
from sparky_assets.insights.llm.session import ModelSession, NotAnsweredError
from sparky_assets.insights.models import Evidence, GateFailure, InsightMode, ModelWording
from sparky_assets.periods import PeriodKind

MAX_REPOSITORIES_ASKED = {PeriodKind.DAILY: 12, PeriodKind.WEEKLY: 40, PeriodKind.MONTHLY: 60}
"""Repositories that a model reads, the most telling first; the others are told by rules."""


MAX_HIGHLIGHTS = {PeriodKind.DAILY: 0, PeriodKind.WEEKLY: 5, PeriodKind.MONTHLY: 8}
"""None in a daily: it is as short as a list of highlights."""


MAX_RECORDS_PER_QUESTION = 40


MIN_RECORDS_TO_SELECT = 3
"""With fewer records there is nothing to choose, and no call is made for it."""


MAX_SPLITS = 2


@dataclass
class ModelOutput:
    """What a model contributed: what to tell of each repository in which order, and what of the whole comes first."""

    mode: InsightMode
    stories_by_repository: dict[str, list[ModelStory]] = field(default_factory=dict)
    highlight_keys: list[str] = field(default_factory=list)
    degraded: list[str] = field(default_factory=list)

    @property
    def stories_by_key(self) -> dict[str, ModelStory]:
        """The stories by the key of each evidence that they stand on."""
        return {
            item.key: told for stories in self.stories_by_repository.values() for told in stories for item in told.cited
        }


def ask_per_repository(
    evidence: Sequence[Evidence],
    kind: PeriodKind,
    mode: InsightMode,
    session: ModelSession,
    *,
    parallel_calls: int,
    timezone: str = "UTC",
) -> ModelOutput:
    """Let the model read the busiest repositories one by one; `evidence` is in impact order.

    What was answered about days is not asked again about their week or month; `timezone` says where days begin.
    """
    by_repository: dict[str, list[Evidence]] = {}
    for item in evidence:
        if item.state in {"merged", "pushed"}:  # all others are told by rules, as they are named
            by_repository.setdefault(item.repository, []).append(item)
    least = _get_min_records(mode)
    by_days = _build_daily_reuse(mode, session, timezone) if kind is not PeriodKind.DAILY else None
    worth = [name for name, items in by_repository.items() if len(items) >= least]
    read = worth[: MAX_REPOSITORIES_ASKED[kind]]
    choice = ModelOutput(mode)
    with ThreadPoolExecutor(max_workers=parallel_calls, thread_name_prefix="model") as threads:
        stories = threads.map(
            lambda name: _ask_model(by_repository[name][:MAX_RECORDS_PER_QUESTION], mode, session, by_days), read
        )
        choice.stories_by_repository = {name: told for name, told in zip(read, stories, strict=True) if told}
    unread = len(read) - len(choice.stories_by_repository)
    if unread:
        reason = session.fallback_reasons or "a question did not fit"
        choice.degraded.append(f"{unread} of {len(read)} repositories were chosen from by rules: {reason}")
    return choice


def ask_for_highlights(changes: Sequence[Evidence], kind: PeriodKind, session: ModelSession) -> list[str]:
    """The keys of what comes first of everything that will be told, in the model's order; none when it fails."""
    candidates = changes[:MAX_RECORDS_PER_QUESTION]
    if not MAX_HIGHLIGHTS[kind] or len({item.repository for item in candidates}) < 2:
        return []
    most = min(MAX_HIGHLIGHTS[kind], len(changes) // 3)  # of few stories each would be one
    return [item.key for item in _ask_select(candidates, session, across_repositories=True)][:most]


def _get_min_records(mode: InsightMode) -> int:
    return 1 if mode == "phrase" else MIN_RECORDS_TO_SELECT


def _build_daily_reuse(mode: InsightMode, session: ModelSession, timezone: str) -> DailyAnswerReuse:
    question = build_phrase_question if mode == "phrase" else build_select_question
    return DailyAnswerReuse(
        timezone, question, lambda day: _ask_model(day, mode, session), _get_min_records(mode), MAX_RECORDS_PER_QUESTION
    )


def _ask_model(
    items: Sequence[Evidence], mode: InsightMode, session: ModelSession, daily_reuse: DailyAnswerReuse | None = None
) -> list[ModelStory]:
    if daily_reuse:
        daily_reuse.cache_merged_answer(items, daily_reuse.build_question(assign_short_ids(items)), session)
    if mode == "phrase":
        return _ask_phrase(items, session)
    return [ModelStory((item,)) for item in _ask_select(items, session)]


def _require_prompt_fits(question: CompletionRequest, session: ModelSession) -> None:
    # What is answered needs no room: an answer from days stands for a question that never was sent.
    if question.size_bytes > session.max_prompt_bytes(question.max_answer_tokens) and not session.is_answered(question):
        raise PromptTooLongError("larger than the context")


def _ask_select(
    items: Sequence[Evidence], session: ModelSession, *, across_repositories: bool = False, split_depth: int = 0
) -> list[Evidence]:
    ids = assign_short_ids(items)
    question = build_select_question(ids, across_repositories=across_repositories)
    try:
        _require_prompt_fits(question, session)
        picked = parse_picks(session.ask(question), ids)
    except PromptTooLongError as error:
        parts = _split_items(items, error, split_depth)
        return [
            item
            for part in parts
            for item in _ask_select(part, session, across_repositories=across_repositories, split_depth=split_depth + 1)
        ]
    except (NotAnsweredError, SchemaRefusedError):
        return []
    return picked if _record_answer(picked, session) and picked else []


def _ask_phrase(items: Sequence[Evidence], session: ModelSession, *, split_depth: int = 0) -> list[ModelStory]:
    ids = assign_short_ids(items)
    try:
        _require_prompt_fits(build_phrase_question(ids), session)
        drafts = _ask_drafts(ids, session)
    except PromptTooLongError as error:
        return [
            told
            for part in _split_items(items, error, split_depth)
            for told in _ask_phrase(part, session, split_depth=split_depth + 1)
        ]
    except NotAnsweredError:
        return []
    accepted, refused = _apply_gates(drafts, items, [])
    if refused:
        again, refused = _retry_refused(
            refused, items, [told.wording.text for told in accepted if told.wording], session
        )
        accepted += again
    order = {item.key: place for place, draft in enumerate(drafts) for item in draft.cited}
    # A sentence that failed twice still chose its evidence: our words, its ids.
    fallen = [ModelStory((item,), rejected=reasons) for draft, reasons in refused for item in draft.cited]
    return sorted([*accepted, *fallen], key=lambda told: order[told.cited[0].key])


def _ask_drafts(
    evidence_by_id: Mapping[str, Evidence], session: ModelSession, gate_failures: Sequence[GateFailure] = ()
) -> list[DraftSentence]:
    seed = 8 if gate_failures else 7
    try:
        text = session.ask(build_phrase_question(evidence_by_id, gate_failures=gate_failures, seed=seed))
    except SchemaRefusedError:
        try:
            text = session.ask(
                build_phrase_question(evidence_by_id, without_pattern=True, gate_failures=gate_failures, seed=seed)
            )
        except SchemaRefusedError as error:
            raise NotAnsweredError("the server refuses the schema") from error
    drafts = parse_drafts(text, evidence_by_id)
    return drafts if _record_answer(drafts, session) and drafts else []


def _retry_refused(
    refused: Sequence[tuple[DraftSentence, tuple[GateFailure, ...]]],
    items: Sequence[Evidence],
    accepted_texts: list[str],
    session: ModelSession,
) -> tuple[list[ModelStory], list[tuple[DraftSentence, tuple[GateFailure, ...]]]]:
    """One more try for the sentences that failed, with the gates named. It sees their evidence and no old word."""
    ids = assign_short_ids([item for draft, _ in refused for item in draft.cited])
    try:
        drafts = _ask_drafts(ids, session, gate_failures=[reason for _, reasons in refused for reason in reasons])
    except (NotAnsweredError, PromptTooLongError):
        return [], list(refused)
    passed, _ = _apply_gates(drafts, items, accepted_texts)
    told = {item.key for one in passed for item in one.cited}
    left = [
        (DraftSentence(draft.text, rest), reasons)
        for draft, reasons in refused
        if (rest := tuple(item for item in draft.cited if item.key not in told))
    ]
    return passed, left


def _apply_gates(
    drafts: Sequence[DraftSentence], items: Sequence[Evidence], accepted_texts: Sequence[str]
) -> tuple[list[ModelStory], list[tuple[DraftSentence, tuple[GateFailure, ...]]]]:
    accepted: list[ModelStory] = []
    refused = []
    texts = list(accepted_texts)
    for draft in drafts:
        sentence = CandidateSentence(draft.text, draft.cited, items, tuple(texts))
        if reasons := check_gates(sentence):
            refused.append((draft, reasons))
            continue
        texts.append(draft.text)
        wording = ModelWording(
            text=draft.text,
            support=round(compute_support(sentence), 2),
            prompt_version=PROMPT_VERSION,
            gate_version=GATE_VERSION,
        )
        accepted.append(ModelStory(draft.cited, wording))
    return accepted, refused


def _record_answer(answer: object | None, session: ModelSession) -> bool:
    if answer is None:
        session.record_invalid_answer()
        return False
    session.record_valid_answer()
    return True


def _split_items(items: Sequence[Evidence], error: PromptTooLongError, split_depth: int) -> list[Sequence[Evidence]]:
    """The parts that fit by the server's own count, else halves; nothing when splitting does not help."""
    if split_depth >= MAX_SPLITS or len(items) < 2:
        return []
    share = 2
    if error.tokens and error.limit:
        share = max(2, -(-error.tokens * 10 // (error.limit * 7)))  # the rules and the answer take their room each time
    size = -(-len(items) // share)
    return [items[start : start + size] for start in range(0, len(items), size)]
