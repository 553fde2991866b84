"""From asking a model down to rules: what a model may contribute to one period, rung by rung, sentence by sentence.

phrase (worded, all gates passed) → once more with the failures named → select (its ids, our words) → rules. A rung that
fails takes only its own sentence down. The step over all repositories reads evidence again, never a model's words: a
peer's second model invented the version numbers that its first had dropped.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from resources.errors import PromptTooLongError, SchemaRefusedError
from resources.language_model import Question
from sparky_assets.insights.asking import Asking, NotAnsweredError
from sparky_assets.insights.days import ByDays, Told
from sparky_assets.insights.gates import GATE_VERSION, Sentence, failures, support
from sparky_assets.insights.models import Evidence, Failure, Mode, Wording
from sparky_assets.insights.phrase import Draft, phrase_question, read_drafts
from sparky_assets.insights.prompts import PROMPT_VERSION, numbered
from sparky_assets.insights.select import read_picks, select_question
from sparky_assets.periods import PeriodKind

REPOSITORIES_READ = {PeriodKind.DAILY: 12, PeriodKind.WEEKLY: 40, PeriodKind.MONTHLY: 60}
"""Repositories that a model reads, the most telling first; the others are told by rules."""
HIGHLIGHTS = {PeriodKind.DAILY: 0, PeriodKind.WEEKLY: 5, PeriodKind.MONTHLY: 8}
"""None in a daily: it is as short as a list of highlights."""
RECORDS_A_QUESTION = 40
WORTH_CHOOSING = 3
"""With fewer records there is nothing to choose, and no call is made for it."""
SPLITS = 2


@dataclass
class Choice:
    """What a model contributed: what to tell of each repository in which order, and what of the whole comes first."""

    mode: Mode
    stories: dict[str, list[Told]] = field(default_factory=dict)
    highlights: list[str] = field(default_factory=list)
    degraded: list[str] = field(default_factory=list)

    @property
    def chosen(self) -> dict[str, Told]:
        """The stories by the key of each evidence that they stand on."""
        return {item.key: told for stories in self.stories.values() for told in stories for item in told.cited}


def read_repositories(
    evidence: Sequence[Evidence],
    kind: PeriodKind,
    mode: Mode,
    asking: Asking,
    *,
    parallel: int,
    timezone: str = "UTC",
) -> Choice:
    """Let the model read the busiest repositories one by one; `evidence` is in impact order.

    What was answered about days is not asked again about their week or month; `timezone` says where days begin.
    """
    by_repository: dict[str, list[Evidence]] = {}
    for item in evidence:
        if item.state in {"merged", "pushed"}:  # all others are told by rules, as they are named
            by_repository.setdefault(item.repository, []).append(item)
    least = _least(mode)
    by_days = _by_days(mode, asking, timezone) if kind is not PeriodKind.DAILY else None
    worth = [name for name, items in by_repository.items() if len(items) >= least]
    read = worth[: REPOSITORIES_READ[kind]]
    choice = Choice(mode)
    with ThreadPoolExecutor(max_workers=parallel, thread_name_prefix="model") as threads:
        stories = threads.map(lambda name: _read(by_repository[name][:RECORDS_A_QUESTION], mode, asking, by_days), read)
        choice.stories = {name: told for name, told in zip(read, stories, strict=True) if told}
    unread = len(read) - len(choice.stories)
    if unread:
        reason = asking.why or "a question did not fit"
        choice.degraded.append(f"{unread} of {len(read)} repositories were chosen from by rules: {reason}")
    return choice


def read_the_whole(chosen: Sequence[Evidence], kind: PeriodKind, asking: Asking) -> list[str]:
    """The keys of what comes first of everything that will be told, in the model's order; none when it fails."""
    candidates = chosen[:RECORDS_A_QUESTION]
    if not HIGHLIGHTS[kind] or len({item.repository for item in candidates}) < 2:
        return []
    most = min(HIGHLIGHTS[kind], len(chosen) // 3)  # of few stories each would be one
    return [item.key for item in _select(candidates, asking, across=True)][:most]


def _least(mode: Mode) -> int:
    return 1 if mode == "phrase" else WORTH_CHOOSING


def _by_days(mode: Mode, asking: Asking, timezone: str) -> ByDays:
    question = phrase_question if mode == "phrase" else select_question
    return ByDays(timezone, question, lambda day: _read(day, mode, asking), _least(mode), RECORDS_A_QUESTION)


def _read(items: Sequence[Evidence], mode: Mode, asking: Asking, by_days: ByDays | None = None) -> list[Told]:
    if by_days:
        by_days.answer(items, by_days.question(numbered(items)), asking)
    if mode == "phrase":
        return _phrase(items, asking)
    return [Told((item,)) for item in _select(items, asking)]


def _require_room(question: Question, asking: Asking) -> None:
    # What is answered needs no room: an answer from days stands for a question that never was sent.
    if question.size > asking.room(question.answer_tokens) and not asking.knows(question):
        raise PromptTooLongError("larger than the context")


def _select(items: Sequence[Evidence], asking: Asking, *, across: bool = False, splits: int = 0) -> list[Evidence]:
    ids = numbered(items)
    question = select_question(ids, across=across)
    try:
        _require_room(question, asking)
        picked = read_picks(asking.ask(question), ids)
    except PromptTooLongError as error:
        parts = _split(items, error, splits)
        return [item for part in parts for item in _select(part, asking, across=across, splits=splits + 1)]
    except (NotAnsweredError, SchemaRefusedError):
        return []
    return picked if _was_read(picked, asking) and picked else []


def _phrase(items: Sequence[Evidence], asking: Asking, *, splits: int = 0) -> list[Told]:
    ids = numbered(items)
    try:
        _require_room(phrase_question(ids), asking)
        drafts = _drafts(ids, asking)
    except PromptTooLongError as error:
        return [told for part in _split(items, error, splits) for told in _phrase(part, asking, splits=splits + 1)]
    except NotAnsweredError:
        return []
    accepted, refused = _judge(drafts, items, [])
    if refused:
        again, refused = _word_again(refused, items, [told.wording.text for told in accepted if told.wording], asking)
        accepted += again
    order = {item.key: place for place, draft in enumerate(drafts) for item in draft.cited}
    # A sentence that failed twice still chose its evidence: our words, its ids.
    fallen = [Told((item,), rejected=reasons) for draft, reasons in refused for item in draft.cited]
    return sorted([*accepted, *fallen], key=lambda told: order[told.cited[0].key])


def _drafts(ids: Mapping[str, Evidence], asking: Asking, refused: Sequence[Failure] = ()) -> list[Draft]:
    seed = 8 if refused else 7
    try:
        text = asking.ask(phrase_question(ids, refused=refused, seed=seed))
    except SchemaRefusedError:
        try:
            text = asking.ask(phrase_question(ids, plain=True, refused=refused, seed=seed))
        except SchemaRefusedError as error:
            raise NotAnsweredError("the server refuses the schema") from error
    drafts = read_drafts(text, ids)
    return drafts if _was_read(drafts, asking) and drafts else []


def _word_again(
    refused: Sequence[tuple[Draft, tuple[Failure, ...]]], items: Sequence[Evidence], accepted: list[str], asking: Asking
) -> tuple[list[Told], list[tuple[Draft, tuple[Failure, ...]]]]:
    """One more try for the sentences that failed, with the gates named. It sees their evidence and no old word."""
    ids = numbered([item for draft, _ in refused for item in draft.cited])
    try:
        drafts = _drafts(ids, asking, refused=[reason for _, reasons in refused for reason in reasons])
    except (NotAnsweredError, PromptTooLongError):
        return [], list(refused)
    passed, _ = _judge(drafts, items, accepted)
    told = {item.key for one in passed for item in one.cited}
    left = [
        (Draft(draft.text, rest), reasons)
        for draft, reasons in refused
        if (rest := tuple(item for item in draft.cited if item.key not in told))
    ]
    return passed, left


def _judge(
    drafts: Sequence[Draft], items: Sequence[Evidence], before: Sequence[str]
) -> tuple[list[Told], list[tuple[Draft, tuple[Failure, ...]]]]:
    accepted: list[Told] = []
    refused = []
    texts = list(before)
    for draft in drafts:
        sentence = Sentence(draft.text, draft.cited, items, tuple(texts))
        if reasons := failures(sentence):
            refused.append((draft, reasons))
            continue
        texts.append(draft.text)
        wording = Wording(
            text=draft.text,
            support=round(support(sentence), 2),
            prompt_version=PROMPT_VERSION,
            gate_version=GATE_VERSION,
        )
        accepted.append(Told(draft.cited, wording))
    return accepted, refused


def _was_read(answer: object | None, asking: Asking) -> bool:
    if answer is None:
        asking.misread()
        return False
    asking.well_read()
    return True


def _split(items: Sequence[Evidence], error: PromptTooLongError, splits: int) -> list[Sequence[Evidence]]:
    """The parts that fit by the server's own count, else halves; nothing when splitting does not help."""
    if splits >= SPLITS or len(items) < 2:
        return []
    share = 2
    if error.tokens and error.limit:
        share = max(2, -(-error.tokens * 10 // (error.limit * 7)))  # the rules and the answer take their room each time
    size = -(-len(items) // share)
    return [items[start : start + size] for start in range(0, len(items), size)]
