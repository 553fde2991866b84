"""The four tasks of a model: quote, group, rank and lead. Each answer is judged, and the rules choose where it fails.

The tasks run in this order: groups change what the stories are, an order counts among these stories, and sentences are
chosen for the stories that will be printed with some. A question about a change holds nothing of its period, so the
cached answers about days serve their weeks and months.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from resources.errors import PromptTooLongError, SchemaRefusedError
from resources.llm.base import CompletionRequest
from sparky_assets.documents.models import DocumentSentence, ParsedDocument, Quotation
from sparky_assets.insights.llm.answers import (
    NOT_IN_FORM,
    SAME_ANSWER,
    RefusedAnswerError,
    are_constant,
    read_group_answer,
    read_lead_answer,
    read_quote_answer,
    read_rank_answer,
)
from sparky_assets.insights.llm.prompts import (
    MAX_SHOWN_SENTENCES,
    build_group_question,
    build_lead_question,
    build_quote_question,
    build_rank_question,
    describe_story,
    order_for_question,
)
from sparky_assets.insights.llm.session import ModelSession, NotAnsweredError
from sparky_assets.periods import PeriodKind
from sparky_assets.stories.assemble import StoryMaterial
from sparky_assets.stories.choices import (
    MAX_RANKED_STORIES,
    MIN_SHOWN_STORIES,
    QuoteChoice,
    SentencePlace,
    StoryChoices,
    is_news,
    judge_parts,
)
from sparky_assets.stories.models import Change, StoryGroup
from sparky_assets.stories.printing.quoting.choose import QuotationChooser

ModelTask = Literal["quote", "group", "rank", "lead"]

ALL_TASKS: tuple[ModelTask, ...] = ("quote", "group", "rank", "lead")

MAX_QUOTED_STORIES = {PeriodKind.DAILY: 4, PeriodKind.WEEKLY: 12, PeriodKind.MONTHLY: 18}
"""Stories for which a model chooses sentences: those with a section, and the first ones of the list below."""

MAX_GROUPED_REPOSITORIES = {PeriodKind.DAILY: 1, PeriodKind.WEEKLY: 4, PeriodKind.MONTHLY: 8}

MAX_GROUPED_CHANGES = 24
"""Changes of one question about groups. Of a larger part of a repository the first stories are asked about."""

MIN_CHOICES = 2
"""With fewer sentences or groups there is nothing to choose, so no call is made."""

MIN_RANKED_STORIES = 4
MAX_LEAD_CANDIDATES = MIN_SHOWN_STORIES
MAX_STORY_SENTENCES_SHOWN = 2

CandidateSentence = tuple[ParsedDocument, DocumentSentence, Quotation]
Answer = TypeVar("Answer")


@dataclass
class TaskCount:
    """Questions of one task, and the answers that were used."""

    asked: int = 0
    used: int = 0


def ask_question(
    session: ModelSession, count: TaskCount, task: str, question: CompletionRequest, read: Callable[[str], Answer]
) -> Answer | None:
    """Return the answer as `read` returns it; None, counted with the reason, where there is none to use.

    Args:
        count: the questions and used answers of the task, which grow.
        task: its name in the counts of refusals.
        read: returns the answer, or raises RefusedAnswerError with the reason.
    """
    count.asked += 1
    try:
        if question.size_bytes > session.max_prompt_bytes(question.max_answer_tokens):
            raise PromptTooLongError("larger than the context")
        answer = read(session.ask(question))
    except RefusedAnswerError as error:
        session.record_refused_answer(task, str(error), has_wrong_form=str(error) == NOT_IN_FORM)
        return None
    except PromptTooLongError:
        session.usage.fallbacks["a question did not fit"] += 1
        return None
    except SchemaRefusedError:
        session.usage.fallbacks["the server refuses the schema"] += 1
        return None
    except NotAnsweredError:
        return None
    session.record_valid_answer()
    count.used += 1
    return answer


@dataclass
class ModelEditor:
    """Runs the four tasks over the material of one period.

    Attributes:
        tasks: the tasks that the model is given.
        parallel_calls: questions at a time.
        counts: what came of each task.
    """

    material: StoryMaterial
    kind: PeriodKind
    session: ModelSession
    tasks: Sequence[ModelTask] = ALL_TASKS
    parallel_calls: int = 1
    counts: dict[ModelTask, TaskCount] = field(default_factory=lambda: defaultdict(TaskCount))

    def __post_init__(self) -> None:
        """Index the changes."""
        self._changes = {record.change.key: record.change for record in self.material.records}
        self._chooser = QuotationChooser(self.material.library)

    def choose(self) -> StoryChoices:
        """Return the model's choices; empty ones where it gave none that may be used."""
        choices = StoryChoices()
        if "group" in self.tasks:
            choices = replace(choices, parts=self._choose_parts(self.material.build_groups()))
        if "rank" in self.tasks:
            choices = replace(choices, order=self._choose_order(self.material.build_groups(choices)))
        self.session.ask_together(self._list_last_questions(self.material.build_groups(choices)), self.parallel_calls)
        if "lead" in self.tasks:
            choices = replace(choices, lead=self._choose_lead(self.material.build_groups(choices)))
        if "quote" in self.tasks:
            choices = replace(choices, quotes=self._choose_quotes(self.material.build_groups(choices)))
        return choices

    def _ask(self, task: ModelTask, question: CompletionRequest, read: Callable[[str], Answer]) -> Answer | None:
        return ask_question(self.session, self.counts[task], task, question, read)

    def _list_last_questions(self, groups: Sequence[StoryGroup]) -> list[CompletionRequest]:
        """Return the questions for the lead and for the quotations of every story that may then be among the first."""
        questions: list[CompletionRequest] = []
        if "lead" in self.tasks and (candidates := self._list_lead_candidates(groups)):
            questions.append(self._build_lead_question(candidates))
        if "quote" in self.tasks:
            limit = max(MAX_QUOTED_STORIES[self.kind], MAX_LEAD_CANDIDATES)
            questions += [build_quote_question(*item) for item in self._list_quoted_changes(groups, limit)]
        return questions

    # --- Group

    def _choose_parts(self, groups: Sequence[StoryGroup]) -> tuple[tuple[str, ...], ...]:
        questions = self._collect_grouped_changes(groups)[: MAX_GROUPED_REPOSITORIES[self.kind]]
        self.session.ask_together(
            [build_group_question(self._list_grouped_changes(question)) for question in questions], self.parallel_calls
        )
        with ThreadPoolExecutor(max_workers=self.parallel_calls, thread_name_prefix="model") as threads:
            return tuple(part for parts in threads.map(self._ask_parts, questions) for part in parts)

    def _collect_grouped_changes(self, groups: Sequence[StoryGroup]) -> list[list[StoryGroup]]:
        """Return the groups of each repository that edges connect, those of the most important story first."""
        group_by_change = {key: group for group in groups if is_news(group) for key in group.changes}
        neighbors: dict[str, set[str]] = defaultdict(set)
        for edge in self.material.edges:
            first, second = group_by_change.get(edge.first), group_by_change.get(edge.second)
            if first and second and len({*first.repositories, *second.repositories}) == 1:
                neighbors[first.id].add(second.id)
                neighbors[second.id].add(first.id)
        collected: list[list[StoryGroup]] = []
        seen: set[str] = set()
        news = [group for group in groups if is_news(group) and group.id in neighbors]
        for group in news:
            if group.id in seen:
                continue
            connected: list[StoryGroup] = []
            size = 0
            for other in news:
                is_connected = other is group or any(other.id in neighbors[member.id] for member in connected)
                if other.id in seen or not is_connected or size + len(other.changes) > MAX_GROUPED_CHANGES:
                    continue
                connected.append(other)
                size += len(other.changes)
            seen |= {other.id for other in connected}
            if size > MIN_CHOICES:
                collected.append(connected)
        return collected

    def _list_grouped_changes(self, groups: Sequence[StoryGroup]) -> list[Change]:
        keys = order_for_question(key for group in groups for key in group.changes)
        return [self._changes[key] for key in keys]

    def _ask_parts(self, groups: Sequence[StoryGroup]) -> list[tuple[str, ...]]:
        changes = self._list_grouped_changes(groups)
        keys = [change.key for change in changes]

        def read(text: str) -> list[tuple[str, ...]]:
            parts = [tuple(keys[place] for place in part) for part in read_group_answer(text, len(keys))]
            named = {key for part in parts for key in part}
            # Changes that the answer leaves out stay together as the rules have them.
            rest = [tuple(key for key in group.changes if key not in named) for group in groups]
            parts += [part for part in rest if part]
            titles = {change.key: change.title for change in changes}
            if reason := judge_parts([group.changes for group in groups], self.material.edges, parts, titles):
                raise RefusedAnswerError(reason)
            return parts

        return self._ask("group", build_group_question(changes), read) or []

    # --- Rank and lead

    def _choose_order(self, groups: Sequence[StoryGroup]) -> tuple[str, ...]:
        news = [group for group in groups if is_news(group)][:MAX_RANKED_STORIES]
        if len(news) < MIN_RANKED_STORIES or not any(count > 1 for count in _count_places(news).values()):
            return ()
        by_id = {group.id: group for group in news}
        ids = order_for_question(by_id)
        question = build_rank_question([self._describe(by_id[name], 0) for name in ids])
        order = self._ask("rank", question, lambda text: read_rank_answer(text, len(ids)))
        return tuple(ids[place] for place in order or ())

    @staticmethod
    def _list_lead_candidates(groups: Sequence[StoryGroup]) -> dict[str, StoryGroup]:
        """Return the stories that may lead by id, in the order of the question; empty if there is nothing to choose."""
        news = [group for group in groups if is_news(group)]
        candidates = [group for group in news if group.rank[0] == news[0].rank[0]][:MAX_LEAD_CANDIDATES]
        by_id = {group.id: group for group in candidates}
        return {name: by_id[name] for name in order_for_question(by_id)} if len(by_id) >= MIN_RANKED_STORIES else {}

    def _build_lead_question(self, candidates: Mapping[str, StoryGroup]) -> CompletionRequest:
        return build_lead_question([self._describe(group, MAX_STORY_SENTENCES_SHOWN) for group in candidates.values()])

    def _choose_lead(self, groups: Sequence[StoryGroup]) -> tuple[str, ...]:
        candidates = self._list_lead_candidates(groups)
        if not candidates:
            return ()
        ids = list(candidates)
        question = self._build_lead_question(candidates)
        lead = self._ask("lead", question, lambda text: read_lead_answer(text, len(ids)))
        return tuple(ids[place] for place in lead or ())

    def _describe(self, group: StoryGroup, max_sentences: int) -> dict[str, str]:
        head = self._get_head(group)
        sentences = self._chooser.list_candidates(head)[:max_sentences] if max_sentences else []
        return describe_story(head, len(group.changes), [quoted.text for _, _, quoted in sentences])

    def list_quoted_heads(self, choices: StoryChoices, limit: int) -> list[tuple[StoryGroup, Change, list[str]]]:
        """Return the first stories with their most important change and the sentences that may be quoted about it."""
        groups = [group for group in self.material.build_groups(choices) if is_news(group)][:limit]
        heads = [(group, self._get_head(group)) for group in groups]
        return [(group, head, [quoted.text for _, _, quoted in self._collect_sentences(head)]) for group, head in heads]

    def _get_head(self, group: StoryGroup) -> Change:
        return self._changes[group.head if group.head in self._changes else group.changes[0]]

    # --- Quote

    def _choose_quotes(self, groups: Sequence[StoryGroup]) -> dict[str, QuoteChoice]:
        questions = self._list_quoted_changes(groups, MAX_QUOTED_STORIES[self.kind])
        with ThreadPoolExecutor(max_workers=self.parallel_calls, thread_name_prefix="model") as threads:
            answers = list(threads.map(lambda question: self._ask_quotes(*question), questions))
        answered = [answer for answer in answers if answer]
        if are_constant([places for places, _ in answered]):
            self.session.record_refused_answer("quote", SAME_ANSWER, has_wrong_form=False)
            self.counts["quote"].used = 0
            return {}
        return {head.key: answer[1] for (head, _), answer in zip(questions, answers, strict=True) if answer}

    def _list_quoted_changes(
        self, groups: Sequence[StoryGroup], limit: int
    ) -> list[tuple[Change, list[CandidateSentence]]]:
        """Return the heads of the first stories with their sentences, where there are several to choose from."""
        heads = [self._get_head(group) for group in groups if is_news(group)][:limit]
        items = [(head, self._collect_sentences(head)) for head in heads]
        return [(head, sentences) for head, sentences in items if len(sentences) >= MIN_CHOICES]

    def _collect_sentences(self, change: Change) -> list[CandidateSentence]:
        """Return the best sentences about a change in the order in which they were written."""
        candidates = self._chooser.list_candidates(change)[:MAX_SHOWN_SENTENCES]
        documents = list(dict.fromkeys(document.source.key for document, _, _ in candidates))
        return sorted(candidates, key=lambda item: (documents.index(item[0].source.key), item[1].number))

    def _ask_quotes(
        self, change: Change, sentences: Sequence[CandidateSentence]
    ) -> tuple[tuple[int | None, int | None, int | None], QuoteChoice] | None:
        """Return the positions of the chosen sentences and their places; None where the rules choose."""
        question = build_quote_question(change, sentences)
        places = self._ask("quote", question, lambda text: read_quote_answer(text, len(sentences)))
        if places is None:
            return None

        def find_place(number: int | None) -> SentencePlace | None:
            return None if number is None else (sentences[number][0].source.key, sentences[number][1].start)

        what, why, action = map(find_place, places)
        return places, QuoteChoice(what, why, action)


def _count_places(groups: Sequence[StoryGroup]) -> Counter[float]:
    return Counter(group.rank[0] for group in groups)
