"""Ask for marked sentences of the first stories of a period, each with its second pass.

Off by default (`language_model.prose`). What passes is stored apart from the stories, so that only the digest's page,
which has a place for it, can print it.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from sparky_assets.insights.llm.answers import RefusedAnswerError
from sparky_assets.insights.llm.prose import (
    build_counterexamples,
    build_entail_question,
    build_write_question,
    read_entail_answer,
    read_written_answer,
)
from sparky_assets.insights.llm.session import ModelSession
from sparky_assets.insights.llm.tasks import ModelEditor, TaskCount, ask_question
from sparky_assets.insights.models import MarkedSentence
from sparky_assets.periods import PeriodKind
from sparky_assets.stories.choices import StoryChoices

PROSE_TASK = "prose"

MAX_MARKED_STORIES = {PeriodKind.DAILY: 1, PeriodKind.WEEKLY: 6, PeriodKind.MONTHLY: 8}
"""Stories that have a section of their own."""

NOT_ENTAILED = "the second pass does not find it in the quotations"
COUNTEREXAMPLE_PASSED = "the second pass agrees to the opposite or to swapped roles"


def write_marked_sentences(
    editor: ModelEditor, choices: StoryChoices, model_name: str, count: TaskCount
) -> tuple[MarkedSentence, ...]:
    """Return the sentences that passed, at most one a story; `count` grows with what was asked and used.

    A story whose change has no sentence that may be quoted is left out: its title alone is no ground for a sentence.
    """
    heads = editor.list_quoted_heads(choices, MAX_MARKED_STORIES[editor.kind])
    stories = [(group.id, head.title, sentences) for group, head, sentences in heads if sentences]
    with ThreadPoolExecutor(max_workers=editor.parallel_calls, thread_name_prefix="model") as threads:
        written = list(threads.map(partial(_write_sentence, editor.session, model_name), stories))
    count.asked += len(stories)
    sentences = tuple(sentence for sentence in written if sentence)
    count.used += len(sentences)
    return sentences


def _write_sentence(
    session: ModelSession, model_name: str, story: tuple[str, str, Sequence[str]]
) -> MarkedSentence | None:
    name, title, sentences = story
    records = (title, *sentences)
    written = ask_question(
        session,
        TaskCount(),
        PROSE_TASK,
        build_write_question(title, sentences),
        lambda text: read_written_answer(text, records),
    )
    if written is None:
        return None
    sentence, cited = written
    quotations = tuple(records[place] for place in cited)
    if not is_entailed(session, sentence, quotations):
        return None
    return MarkedSentence(story=name, text=sentence, model=model_name, quotations=quotations)


def is_entailed(session: ModelSession, sentence: str, quotations: Sequence[str]) -> bool:
    """Return whether the model finds a sentence in quotations, and neither of its two counterexamples."""
    claims = (sentence, *build_counterexamples(sentence))
    for claim, expected in zip(claims, (True, False, False), strict=True):

        def read(text: str, expected: bool = expected) -> bool:
            if read_entail_answer(text) is not expected:
                raise RefusedAnswerError(NOT_ENTAILED if expected else COUNTEREXAMPLE_PASSED)
            return True

        question = build_entail_question(quotations, claim)
        if not ask_question(session, TaskCount(), PROSE_TASK, question, read):
            return False
    return True
