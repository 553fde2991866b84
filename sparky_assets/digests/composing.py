"""From an insight to a finished text: select, lay out, render, count, and once more where a template made it longer."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sparky_assets.digests.budget import budget_of
from sparky_assets.digests.chapters import BULLETS
from sparky_assets.digests.front_matter import Flavour
from sparky_assets.digests.limits import too_long
from sparky_assets.digests.markdown import render
from sparky_assets.digests.models import Digest
from sparky_assets.digests.plan import Setting, lay_out
from sparky_assets.digests.products import suffix_of
from sparky_assets.digests.selection import Selection, select
from sparky_assets.digests.words import count_words
from sparky_assets.insights.models import Insight

TRIES = 8
STEP = 10
"""Words that are asked for beyond what was too much or too little: sentences are not cut to measure."""


@dataclass(frozen=True)
class Composed:
    """A finished text and how it came about."""

    text: str
    digest: Digest
    words: int
    is_quiet: bool


def compose(insight: Insight, setting: Setting, folders: Sequence[Path], flavour: Flavour) -> Composed:
    """The text of a product, within its range of words as far as the period has something to tell."""
    kind = insight.period.kind
    budget = budget_of(setting.product, kind)
    aim, tried, spelt = budget.aim, set[int](), 0

    def attempt(chosen: Selection, *, is_short: bool = False) -> Composed:
        digest = lay_out(insight, chosen, setting, is_short=is_short, bullets=BULLETS[spelt])
        text = render(digest, folders, flavour)
        is_quiet = bool(digest.quiet) or insight.claims[0].section == "quiet"
        return Composed(text, digest, count_words(text, suffix_of(setting.product)), is_quiet)

    while True:
        chosen = select(insight, kind, aim)
        composed = attempt(chosen)
        tried.add(aim)
        if composed.words > budget.most:
            aim -= composed.words - budget.most + STEP
        elif list(too_long(composed.text, setting.product)):
            aim -= STEP
        elif composed.words < budget.least and chosen.left_out:
            aim += budget.least - composed.words + STEP
        elif composed.words < budget.least and spelt + 1 < len(BULLETS):
            spelt += 1
            tried.clear()
            continue
        else:
            break
        if aim in tried or len(tried) > TRIES or aim <= 0:
            break
    return attempt(chosen, is_short=True) if composed.words < budget.least else composed
