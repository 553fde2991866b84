"""Pre-publish checks of the final bytes: unchanged, grounded, without secrets, and visible to their readers.

Stage 4 verified each text already. It is verified again here because a file, or the visibility of a repository, may
have changed since. The checks are pure and return the problems that they find.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sparky_assets.digests.context import non_public_names
from sparky_assets.digests.verify.verify import find_ungrounded
from sparky_assets.insights.models import Insight
from sparky_assets.publications.stored_products import ProductText
from sparky_assets.store import Audience
from sparky_assets.text.redact import (
    EMAIL_PATTERN,
    blank_metadata,
    find_hidden_names,
    find_leaks,
    find_mentions,
    redact_secrets,
)


@dataclass(frozen=True)
class CheckContext:
    """What a text is checked against: its insight, the insight's hash, and the visibility of repositories now."""

    insight: Insight
    insight_sha256: str
    visibility: Mapping[str, str]
    """Empty for the internal audience, which may read everything."""


def find_non_public(insight: Insight, visibility: Mapping[str, str]) -> Iterator[str]:
    """Yield a problem for each repository that an insight cites and that is not public now.

    A repository that is no longer listed is a problem: it may be private or deleted.
    """
    names = {evidence.repository for evidence in insight.evidence}
    names |= {claim.repository for claim in insight.claims if claim.repository}
    names |= {fact.scope for fact in insight.facts if fact.scope in visibility}
    for name in sorted(names):
        value = visibility.get(name)
        if value is None:
            yield f"{name} is no longer in the list of repositories, so it is unknown whether it is public"
        elif value != Audience.PUBLIC.value:
            yield f"{name} is {value} now"


def check_text(product_text: ProductText, context: CheckContext, audience: Audience) -> Iterator[str]:
    """Yield each reason why a text may not be published for an audience."""
    manifest = product_text.manifest
    if not product_text.is_unchanged:
        yield "the text was changed after it was rendered; make the digest again"
    if manifest.audience is not audience:
        yield f"it was made for the {manifest.audience} audience and would go to the {audience} one"
    if manifest.insight_sha256 != context.insight_sha256:
        yield "it was made from other facts than the store holds; make the digest again"
    else:
        # An ungrounded passage may be a secret, and problems are written to logs: redact it.
        passages = find_ungrounded(product_text.text, manifest, context.insight, product_text.picture_prefix)
        yield from (EMAIL_PATTERN.sub("[address]", redact_secrets(passage)) for passage in passages)
    yield from find_leaks(product_text.text)
    if not product_text.text.lstrip().startswith("<"):  # in HTML an @ begins a rule of a style sheet
        yield from find_mentions(blank_metadata(product_text.text))
    if audience is Audience.PUBLIC:
        yield from find_non_public(context.insight, context.visibility)
        yield from find_hidden_names(product_text.text, non_public_names(context.visibility))


def check_picture(
    data: bytes, expected_sha256: str, sha256: str, audience: Audience, visibility: Mapping[str, str]
) -> Iterator[str]:
    """Yield each reason why a picture may not be published; the text in an SVG is checked too."""
    if sha256 != expected_sha256:
        yield "the picture was changed after it was drawn; make the digest again"
    if data.lstrip()[:1] == b"<":
        text = data.decode(errors="replace")
        yield from find_leaks(text)
        if audience is Audience.PUBLIC:
            yield from find_hidden_names(text, non_public_names(visibility))
