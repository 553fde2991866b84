"""Series of one person's changes whose titles begin alike, told as one: eleven lines of one form say nothing. Pure."""

from collections.abc import Mapping, Sequence

from sparky_assets.insights.models import Claim, Evidence
from sparky_assets.insights.text import display_title
from sparky_assets.metrics.classify import ChangeTheme
from sparky_assets.metrics.models import Fact

MIN_SERIES_LENGTH, SERIES_PREFIX_WORDS = 4, 3
"""So many titles whose first words are the same make a series."""


SeriesKey = tuple[str, ...]


def merge_similar_titles(claims: Sequence[Claim], evidence: Mapping[str, Evidence]) -> tuple[list[Claim], list[Fact]]:
    """The claims with each series in the place of its first, and the facts that count the others.

    In February 2022 starlette merged eleven times "Remove routing decorators in …". What a model chose stays apart.

    Args:
        claims: of changes, in the order in which they are offered.
        evidence: by key.
    """
    series: dict[SeriesKey, list[Claim]] = {}
    for claim in claims:
        if key := _get_series_key(claim, evidence):
            series.setdefault(key, []).append(claim)
    long = {ones[0].id: ones for ones in series.values() if len(ones) >= MIN_SERIES_LENGTH}
    folded = {claim.id for ones in long.values() for claim in ones[1:]}
    told: list[Claim] = []
    facts: list[Fact] = []
    for claim in claims:
        if claim.id in long:
            first, fact = _merge_claims(long[claim.id], evidence[claim.evidence[0]])
            told.append(first)
            facts.append(fact)
        elif claim.id not in folded:
            told.append(claim)
    return told, facts


def _get_series_key(claim: Claim, evidence: Mapping[str, Evidence]) -> SeriesKey:
    """Whose work it is, where, and how its title begins; empty where it is no template's sentence about one change."""
    if claim.section != "change" or len(claim.evidence) != 1 or "model" in {claim.origin, claim.chosen_by}:
        return ()
    item = evidence[claim.evidence[0]]
    words = display_title(item.title).lower().split()
    if (
        item.is_bot
        or not item.author
        or item.theme is ChangeTheme.DEPENDENCIES
        or len(words) <= SERIES_PREFIX_WORDS
        or claim.rejected
    ):
        return ()
    return (item.repository, item.visibility, item.author, *words[:SERIES_PREFIX_WORDS])


def _merge_claims(claims: Sequence[Claim], first: Evidence) -> tuple[Claim, Fact]:
    more = Fact(
        metric="changes_alike",
        scope=first.key,
        value=len(claims) - 1,
        unit="count",
        sources=("raw/commits", "raw/pull_requests"),
    )
    update = {
        "text": f"{display_title(first.title)}, and {more.value:,} more that begin alike, by {first.author}.",
        "evidence": tuple(key for claim in claims for key in claim.evidence),
        "facts": (more.key,),
    }
    return claims[0].model_copy(update=update), more
