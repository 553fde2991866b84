"""Fallback order of a model's contributions to one period.

1. phrase: the model writes a sentence, which must pass all gates.
2. retry: the model writes it once more; the prompt names the failures.
3. select: the model's choice of evidence, with a template's words.
4. rules: no model.

If one step fails, only that sentence falls back. The question about all repositories reads evidence again and never a
model's words: in another product, a second model invented the version numbers that the first had dropped.
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
"""Repositories that a model reads, in impact order; rules cover the others."""


MAX_HIGHLIGHTS = {PeriodKind.DAILY: 0, PeriodKind.WEEKLY: 5, PeriodKind.MONTHLY: 8}
"""None in a daily digest: it is as short as a list of highlights."""


MAX_RECORDS_PER_QUESTION = 40


MIN_RECORDS_TO_SELECT = 3
"""With fewer records there is nothing to choose, so no call is made."""


MAX_SPLITS = 2

RefusedDraft = tuple[DraftSentence, tuple[GateFailure, ...]]
"""A sentence of a model, and the reasons why it may not be published."""


@dataclass
class ModelOutput:
    """A model's contributions: the stories of each repository in its order, and the keys of the highlights."""

    mode: InsightMode
    stories_by_repository: dict[str, list[ModelStory]] = field(default_factory=dict)
    highlight_keys: list[str] = field(default_factory=list)
    degraded: list[str] = field(default_factory=list)

    @property
    def stories_by_key(self) -> dict[str, ModelStory]:
        """The stories by the key of each evidence that they cite."""
        stories = [story for group in self.stories_by_repository.values() for story in group]
        return {item.key: story for story in stories for item in story.cited}


def ask_per_repository(
    evidence: Sequence[Evidence],
    kind: PeriodKind,
    mode: InsightMode,
    session: ModelSession,
    *,
    parallel_calls: int,
    timezone: str = "UTC",
) -> ModelOutput:
    """Ask the model about the busiest repositories, one question each.

    Weeks and months reuse the answers about their days.

    Args:
        evidence: in impact order.
        parallel_calls: number of questions at a time.
        timezone: where days begin.
    """
    by_repository: dict[str, list[Evidence]] = {}
    for item in evidence:
        if item.state in {"merged", "pushed"}:  # rules name everything else
            by_repository.setdefault(item.repository, []).append(item)
    min_records = _get_min_records(mode)
    daily_reuse = _build_daily_reuse(mode, session, timezone) if kind is not PeriodKind.DAILY else None
    candidates = [name for name, items in by_repository.items() if len(items) >= min_records]
    names = candidates[: MAX_REPOSITORIES_ASKED[kind]]
    output = ModelOutput(mode)
    with ThreadPoolExecutor(max_workers=parallel_calls, thread_name_prefix="model") as threads:
        stories = threads.map(
            lambda name: _ask_model(by_repository[name][:MAX_RECORDS_PER_QUESTION], mode, session, daily_reuse), names
        )
        output.stories_by_repository = {name: group for name, group in zip(names, stories, strict=True) if group}
    unanswered = len(names) - len(output.stories_by_repository)
    if unanswered:
        reason = session.fallback_reasons or "a question did not fit"
        output.degraded.append(f"rules chose for {unanswered} of {len(names)} repositories: {reason}")
    return output


def ask_for_highlights(changes: Sequence[Evidence], kind: PeriodKind, session: ModelSession) -> list[str]:
    """Return the evidence keys of the highlights in the model's order; none when the model fails."""
    candidates = changes[:MAX_RECORDS_PER_QUESTION]
    if not MAX_HIGHLIGHTS[kind] or len({item.repository for item in candidates}) < 2:
        return []
    limit = min(MAX_HIGHLIGHTS[kind], len(changes) // 3)  # of a few stories, not every one is a highlight
    return [item.key for item in _ask_select(candidates, session, across_repositories=True)][:limit]


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
    # An answered question may be any size: an answer merged from days belongs to a question that was never sent.
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
            story
            for part in _split_items(items, error, split_depth)
            for story in _ask_phrase(part, session, split_depth=split_depth + 1)
        ]
    except NotAnsweredError:
        return []
    accepted, refused = _apply_gates(drafts, items, [])
    if refused:
        accepted_texts = [story.wording.text for story in accepted if story.wording]
        retried, refused = _retry_refused(refused, items, accepted_texts, session)
        accepted += retried
    position = {item.key: number for number, draft in enumerate(drafts) for item in draft.cited}
    # A sentence that failed twice still counts as a choice of its evidence; a template writes the words.
    by_template = [ModelStory((item,), rejected=reasons) for draft, reasons in refused for item in draft.cited]
    return sorted([*accepted, *by_template], key=lambda story: position[story.cited[0].key])


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
    refused: Sequence[RefusedDraft],
    items: Sequence[Evidence],
    accepted_texts: list[str],
    session: ModelSession,
) -> tuple[list[ModelStory], list[RefusedDraft]]:
    """Ask once more for the sentences that failed, naming the gates. The prompt holds their evidence and no old text.

    Return the stories that passed, and the drafts whose evidence still has no sentence.
    """
    ids = assign_short_ids([item for draft, _ in refused for item in draft.cited])
    try:
        drafts = _ask_drafts(ids, session, gate_failures=[reason for _, reasons in refused for reason in reasons])
    except (NotAnsweredError, PromptTooLongError):
        return [], list(refused)
    passed, _ = _apply_gates(drafts, items, accepted_texts)
    passed_keys = {item.key for story in passed for item in story.cited}
    still_refused = []
    for draft, reasons in refused:
        if rest := tuple(item for item in draft.cited if item.key not in passed_keys):
            still_refused.append((DraftSentence(draft.text, rest), reasons))
    return passed, still_refused


def _apply_gates(
    drafts: Sequence[DraftSentence], items: Sequence[Evidence], accepted_texts: Sequence[str]
) -> tuple[list[ModelStory], list[RefusedDraft]]:
    accepted: list[ModelStory] = []
    refused: list[RefusedDraft] = []
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
    """Tell the session whether an answer was usable, and return it: None means that it was not."""
    if answer is None:
        session.record_invalid_answer()
        return False
    session.record_valid_answer()
    return True


def _split_items(items: Sequence[Evidence], error: PromptTooLongError, split_depth: int) -> list[Sequence[Evidence]]:
    """Return parts that fit by the server's own count, else halves; nothing when splitting does not help."""
    if split_depth >= MAX_SPLITS or len(items) < 2:
        return []
    part_count = 2
    if error.tokens and error.limit:
        # Each part repeats the instructions and reserves an answer, so only 70 % of the limit is for records.
        part_count = max(2, -(-error.tokens * 10 // (error.limit * 7)))
    size = -(-len(items) // part_count)
    return [items[start : start + size] for start in range(0, len(items), size)]
