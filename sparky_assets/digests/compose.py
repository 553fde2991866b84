"""From an insight to a finished text: select, lay out, render, count, and once more where a template made it longer."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sparky_assets.digests.budget import get_word_budget
from sparky_assets.digests.chapters import BULLETS_PER_GROUP
from sparky_assets.digests.layout import LayoutOptions, build_digest
from sparky_assets.digests.limits import check_post_length
from sparky_assets.digests.models import Digest
from sparky_assets.digests.products import get_suffix
from sparky_assets.digests.render.front_matter import FrontMatterFlavor
from sparky_assets.digests.render.templates import render_digest
from sparky_assets.digests.selection import ClaimSelection, select_claims
from sparky_assets.insights.models import Insight
from sparky_assets.text.words import count_prose_words

MAX_ATTEMPTS = 8


EXTRA_WORDS_PER_ATTEMPT = 10
"""Words that are asked for beyond what was too much or too little: sentences are not cut to measure."""


@dataclass(frozen=True)
class RenderedProduct:
    """A finished text and how it came about."""

    text: str
    digest: Digest
    word_count: int
    is_quiet: bool


def render_within_budget(
    insight: Insight, options: LayoutOptions, folders: Sequence[Path], flavour: FrontMatterFlavor
) -> RenderedProduct:
    """The text of a product, within its range of words as far as the period has something to tell."""
    kind = insight.period.kind
    budget = get_word_budget(options.product, kind)
    aim, tried, spelt = budget.target_words, set[int](), 0

    def attempt(chosen: ClaimSelection, *, is_short: bool = False) -> RenderedProduct:
        digest = build_digest(insight, chosen, options, is_short=is_short, bullets_per_group=BULLETS_PER_GROUP[spelt])
        text = render_digest(digest, folders, flavour)
        is_quiet = bool(digest.quiet) or insight.claims[0].section == "quiet"
        return RenderedProduct(text, digest, count_prose_words(text, get_suffix(options.product)), is_quiet)

    while True:
        chosen = select_claims(insight, kind, aim)
        composed = attempt(chosen)
        tried.add(aim)
        if composed.word_count > budget.max_words:
            aim -= composed.word_count - budget.max_words + EXTRA_WORDS_PER_ATTEMPT
        elif list(check_post_length(composed.text, options.product)):
            aim -= EXTRA_WORDS_PER_ATTEMPT
        elif composed.word_count < budget.min_words and chosen.omitted_count:
            aim += budget.min_words - composed.word_count + EXTRA_WORDS_PER_ATTEMPT
        elif composed.word_count < budget.min_words and spelt + 1 < len(BULLETS_PER_GROUP):
            spelt += 1
            tried.clear()
            continue
        else:
            break
        if aim in tried or len(tried) > MAX_ATTEMPTS or aim <= 0:
            break
    return attempt(chosen, is_short=True) if composed.word_count < budget.min_words else composed
