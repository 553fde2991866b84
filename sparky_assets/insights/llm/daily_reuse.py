"""Reuse the answers about days for a question about their week or month, and ask only about the other days.

The merged answer is cached under the question about the whole period, so days that are answered later do not change
what was written before.
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
    """Evidence that one sentence reports, and the model's words for it where they passed the gates."""

    cited: tuple[Evidence, ...]
    wording: ModelWording | None = None
    rejected: tuple[GateFailure, ...] = ()


@dataclass(frozen=True)
class DailyAnswerReuse:
    """Build the questions about days in the same form as a daily run does.

    Attributes:
        timezone: where days begin.
        min_records: records below which a day is not asked about.
        max_records: records of one question.
    """

    timezone: str
    build_question: Callable[[Mapping[str, Evidence]], CompletionRequest]
    ask_model: Callable[[Sequence[Evidence]], list[ModelStory]]
    min_records: int
    max_records: int

    def cache_merged_answer(
        self, items: Sequence[Evidence], whole_question: CompletionRequest, session: ModelSession
    ) -> None:
        """Cache an answer to the whole question, merged from its days, if any of them was answered."""
        if session.is_answered(whole_question):
            return
        days = [day for day in self._group_by_day(items) if session.is_answered(self._build_day_question(day))]
        if not days or len(days[0]) == len(items):
            return
        covered = {item.key for day in days for item in day}
        rest = [item for item in items if item.key not in covered]
        story_groups = [self.ask_model(day[: self.max_records]) for day in days]
        missing_reason = ""
        if len(rest) >= self.min_records:
            rest_stories = self.ask_model(rest[: self.max_records])
            story_groups.append(rest_stories)
            if not rest_stories:
                missing_reason = session.fallback_reasons or ANSWER_UNUSABLE
        if text := merge_answers(story_groups, assign_short_ids(items)):
            session.cache_answer(whole_question, text, missing_reason)

    def _group_by_day(self, items: Sequence[Evidence]) -> list[list[Evidence]]:
        zone = ZoneInfo(self.timezone)

        def get_date(item: Evidence) -> str:
            return item.at.astimezone(zone).date().isoformat()

        # Sorting is stable: within a day the impact order remains, as in the question of that day.
        days = [list(day) for _, day in groupby(sorted(items, key=get_date), key=get_date)]
        return [day for day in days if len(day) >= self.min_records]

    def _build_day_question(self, day: Sequence[Evidence]) -> CompletionRequest:
        return self.build_question(assign_short_ids(day[: self.max_records]))


def merge_answers(story_groups: Sequence[Sequence[ModelStory]], evidence_by_id: Mapping[str, Evidence]) -> str:
    """Merge the stories of several questions into one answer in the form of the whole question.

    Stories are ordered by their position in their own group, then by impact. Return "" if nothing is usable.
    """
    ids = {item.key: short_id for short_id, item in evidence_by_id.items()}
    impact_order = {key: position for position, key in enumerate(ids)}
    ranked = sorted(
        (
            (position, impact_order[story.cited[0].key], story)
            for group in story_groups
            for position, story in enumerate(group)
        ),
        key=lambda entry: entry[:2],
    )
    stories = [story for *_, story in ranked]
    claims = [
        {"cites": [ids[item.key] for item in story.cited], "text": story.wording.text}
        for story in stories
        if story.wording
    ]
    if claims:
        return json.dumps({"claims": claims[:MAX_CLAIMS]})
    if any(story.rejected for story in stories):
        return ""
    cites = [ids[story.cited[0].key] for story in stories][: MAX_PICKS * MAX_CITED_IDS]
    picks = [{"cites": cites[start : start + MAX_CITED_IDS]} for start in range(0, len(cites), MAX_CITED_IDS)]
    return json.dumps({"picks": picks}) if picks else ""
