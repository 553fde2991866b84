"""The door: what must hold of the final bytes before they leave. Pure; each gives the problems it found.

Who may see what now: a repository made private since its day was collected closes the door to the world.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from resources.storage import Storage
from sparky_assets.digests.verify.verify import find_ungrounded
from sparky_assets.errors import DataError
from sparky_assets.insights.models import Insight
from sparky_assets.publications.stored_products import ProductText
from sparky_assets.raw.tables import REPOSITORIES
from sparky_assets.store import Audience
from sparky_assets.text.redact import EMAIL_PATTERN, find_hidden_names, find_leaks, find_mentions, redact_secrets


def load_visibility(storage: Storage) -> Mapping[str, str]:
    """Each repository of the newest list that was collected, and who may see it.

    Raises:
        DataError: when no list was ever collected.
    """
    days = storage.list_keys(REPOSITORIES.path)
    if not days:
        raise DataError("the store holds no list of repositories, so that nobody knows what is public. Collect a day.")
    newest = storage.read_table(REPOSITORIES.path, days[-1], REPOSITORIES)
    return {str(name): str(seen or "private") for name, seen in newest.select("repository", "visibility").iter_rows()}


def non_public_names(visibility: Mapping[str, str]) -> frozenset[str]:
    """The repositories that the world may not see."""
    return frozenset(name for name, seen in visibility.items() if seen != Audience.PUBLIC.value)


def find_non_public(insight: Insight, visibility: Mapping[str, str]) -> Iterator[str]:
    """Each repository that a text stands on and that is not public now; one that is gone is not."""
    cited = {item.repository for item in insight.evidence} | {
        one.repository for one in insight.claims if one.repository
    }
    cited |= {fact.scope for fact in insight.facts if fact.scope in visibility}
    for name in sorted(cited):
        seen = visibility.get(name)
        if seen is None:
            yield f"{name} is no longer in the list of repositories, so that nobody knows whether it is public"
        elif seen != Audience.PUBLIC.value:
            yield f"{name} is {seen} now"


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
