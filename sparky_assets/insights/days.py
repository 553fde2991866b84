"""Answer a question about a week or month from what was answered about its days: only what is new is asked.

The answer that comes together is kept under the whole question, so that days which are answered later change nothing
that was written before.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from resources.language_model import Question
from sparky_assets.insights.asking import UNUSABLE, Asking
from sparky_assets.insights.models import Evidence, Failure, Wording
from sparky_assets.insights.phrase import MOST_CLAIMS
from sparky_assets.insights.prompts import numbered
from sparky_assets.insights.select import MOST_CITED, MOST_PICKS


@dataclass(frozen=True)
class Told:
    """A group of evidence to be told as one, and the model's words for it where they passed."""

    cited: tuple[Evidence, ...]
    wording: Wording | None = None
    rejected: tuple[Failure, ...] = ()


@dataclass(frozen=True)
class ByDays:
    """How to ask about a day: which days are looked for, how they were asked, and from how many records on."""

    timezone: str
    question: Callable[[Mapping[str, Evidence]], Question]
    read: Callable[[Sequence[Evidence]], list[Told]]
    least: int
    most: int

    def answer(self, items: Sequence[Evidence], whole: Question, asking: Asking) -> None:
        """Keep an answer to the whole question, put together from its days, where any of them was answered."""
        if asking.knows(whole):
            return
        known = [day for day in self._days(items) if asking.knows(self._asked(day))]
        if not known or len(known[0]) == len(items):
            return
        covered = {item.key for day in known for item in day}
        rest = [item for item in items if item.key not in covered]
        parts = [*known, *([rest] if len(rest) >= self.least else [])]
        told = [self.read(part[: self.most]) for part in parts]
        left = (asking.why or UNUSABLE) if len(parts) > len(known) and not told[-1] else ""
        if text := put_together(told, numbered(items)):
            asking.keep(whole, text, left)

    def _days(self, items: Sequence[Evidence]) -> list[list[Evidence]]:
        zone = ZoneInfo(self.timezone)

        def date_of(item: Evidence) -> str:
            return item.at.astimezone(zone).date().isoformat()

        # Sorting is stable: within a day the impact order stays, as its own question had it.
        days = [list(day) for _, day in groupby(sorted(items, key=date_of), key=date_of)]
        return [day for day in days if len(day) >= self.least]

    def _asked(self, day: Sequence[Evidence]) -> Question:
        return self.question(numbered(day[: self.most]))


def put_together(told: Sequence[Sequence[Told]], ids: Mapping[str, Evidence]) -> str:
    """One answer in the form that the whole question asks for: what each part put first comes first; "" if nothing."""
    names = {item.key: name for name, item in ids.items()}
    place = {key: number for number, key in enumerate(names)}
    ranked = sorted(
        ((number, place[one.cited[0].key], one) for part in told for number, one in enumerate(part)),
        key=lambda entry: entry[:2],
    )
    stories = [one for *_, one in ranked]
    if worded := [one for one in stories if one.wording]:
        claims = [
            {"cites": [names[item.key] for item in one.cited], "text": one.wording.text}
            for one in worded[:MOST_CLAIMS]
            if one.wording
        ]
        return json.dumps({"claims": claims})
    if any(one.rejected for one in stories):
        return ""
    cites = [names[one.cited[0].key] for one in stories][: MOST_PICKS * MOST_CITED]
    picks = [{"cites": cites[start : start + MOST_CITED]} for start in range(0, len(cites), MOST_CITED)]
    return json.dumps({"picks": picks}) if picks else ""
