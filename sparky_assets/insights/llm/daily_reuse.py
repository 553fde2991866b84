"""Answer a question about a week or month from what was answered about its days: only what is new is asked.

The answer that comes together is kept under the whole question, so that days which are answered later change nothing
that was written before.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from resources.llm.base import CompletionRequest
from sparky_assets.insights.llm.prompts import MAX_CITED_IDS, MAX_CLAIMS, MAX_PICKS, assign_short_ids
from sparky_assets.insights.llm.session import ANSWER_UNUSABLE, ModelSession
from sparky_assets.insights.models import Evidence, GateFailure, ModelWording


@dataclass(frozen=True)
class ModelStory:
    """A group of evidence to be told as one, and the model's words for it where they passed."""

    cited: tuple[Evidence, ...]
    wording: ModelWording | None = None
    rejected: tuple[GateFailure, ...] = ()


@dataclass(frozen=True)
class DailyAnswerReuse:
    """How to ask about a day: which days are looked for, how they were asked, and from how many records on."""

    timezone: str
    build_question: Callable[[Mapping[str, Evidence]], CompletionRequest]
    ask_model: Callable[[Sequence[Evidence]], list[ModelStory]]
    min_records: int
    max_records: int

    def cache_merged_answer(
        self, items: Sequence[Evidence], whole_question: CompletionRequest, session: ModelSession
    ) -> None:
        """Keep an answer to the whole question, put together from its days, where any of them was answered."""
        if session.is_answered(whole_question):
            return
        known = [day for day in self._group_by_day(items) if session.is_answered(self._build_day_question(day))]
        if not known or len(known[0]) == len(items):
            return
        covered = {item.key for day in known for item in day}
        rest = [item for item in items if item.key not in covered]
        parts = [*known, *([rest] if len(rest) >= self.min_records else [])]
        told = [self.ask_model(part[: self.max_records]) for part in parts]
        left = (session.fallback_reasons or ANSWER_UNUSABLE) if len(parts) > len(known) and not told[-1] else ""
        if text := merge_answers(told, assign_short_ids(items)):
            session.cache_answer(whole_question, text, left)

    def _group_by_day(self, items: Sequence[Evidence]) -> list[list[Evidence]]:
        zone = ZoneInfo(self.timezone)

        def date_of(item: Evidence) -> str:
            return item.at.astimezone(zone).date().isoformat()

        # Sorting is stable: within a day the impact order stays, as its own question had it.
        days = [list(day) for _, day in groupby(sorted(items, key=date_of), key=date_of)]
        return [day for day in days if len(day) >= self.min_records]

    def _build_day_question(self, day: Sequence[Evidence]) -> CompletionRequest:
        return self.build_question(assign_short_ids(day[: self.max_records]))


def merge_answers(story_groups: Sequence[Sequence[ModelStory]], evidence_by_id: Mapping[str, Evidence]) -> str:
    """One answer in the form that the whole question asks for: what each part put first comes first; "" if nothing."""
    names = {item.key: name for name, item in evidence_by_id.items()}
    place = {key: number for number, key in enumerate(names)}
    ranked = sorted(
        ((number, place[one.cited[0].key], one) for part in story_groups for number, one in enumerate(part)),
        key=lambda entry: entry[:2],
    )
    stories = [one for *_, one in ranked]
    if worded := [one for one in stories if one.wording]:
        claims = [
            {"cites": [names[item.key] for item in one.cited], "text": one.wording.text}
            for one in worded[:MAX_CLAIMS]
            if one.wording
        ]
        return json.dumps({"claims": claims})
    if any(one.rejected for one in stories):
        return ""
    cites = [names[one.cited[0].key] for one in stories][: MAX_PICKS * MAX_CITED_IDS]
    picks = [{"cites": cites[start : start + MAX_CITED_IDS]} for start in range(0, len(cites), MAX_CITED_IDS)]
    return json.dumps({"picks": picks}) if picks else ""
