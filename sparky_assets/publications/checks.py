"""The door: what must hold of the final bytes before they leave. Pure; each gives the problems it found."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sparky_assets.digests.verify.verify import find_ungrounded
from sparky_assets.insights.models import Insight
from sparky_assets.publications.leaks import find_hidden_names, find_leaks, find_mentions
from sparky_assets.publications.stored_products import ProductText
from sparky_assets.publications.visibility import find_non_public, non_public_names
from sparky_assets.raw.git_rows import EMAIL_PATTERN
from sparky_assets.store import Audience
from sparky_assets.text.redact import redact_secrets


@dataclass(frozen=True)
class CheckContext:
    """What the door holds a text against: the insight that it was made from, its hash, and who may see what now."""

    insight: Insight
    insight_sha256: str
    visibility: Mapping[str, str]


def check_text(product_text: ProductText, context: CheckContext, audience: Audience) -> Iterator[str]:
    """Why a text may not leave: it is not what was checked, is ungrounded, leaks, or its readers may not see it."""
    about = product_text.manifest
    if not product_text.is_unchanged:
        yield "the text was changed after it was rendered; make the digest again"
    if about.audience is not audience:
        yield f"it was made for the {about.audience} and is to go to the {audience}"
    if about.insight_sha256 != context.insight_sha256:
        yield "it was made from other facts than the store holds; make the digest again"
    else:
        # It repeats what it found, which may be the very secret: a refusal stands in logs.
        found = find_ungrounded(product_text.text, about, context.insight, product_text.picture_prefix)
        yield from (EMAIL_PATTERN.sub("[address]", redact_secrets(one)) for one in found)
    yield from find_leaks(product_text.text)
    if not product_text.text.lstrip().startswith("<"):  # in HTML an @ begins a rule of a style sheet
        yield from find_mentions(product_text.text)
    if audience is Audience.PUBLIC:
        yield from find_non_public(context.insight, context.visibility)
        yield from find_hidden_names(product_text.text, non_public_names(context.visibility))


def check_picture(
    data: bytes, expected_sha256: str, sha256: str, audience: Audience, visibility: Mapping[str, str]
) -> Iterator[str]:
    """Why a picture may not leave; the words in an SVG are read as well."""
    if sha256 != expected_sha256:
        yield "the picture was changed after it was drawn; make the digest again"
    if data.lstrip()[:1] == b"<":
        text = data.decode(errors="replace")
        yield from find_leaks(text)
        if audience is Audience.PUBLIC:
            yield from find_hidden_names(text, non_public_names(visibility))
