"""The door: what must hold of the final bytes before they leave. Pure; each gives the problems it found."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sparky_assets.audience import Audience
from sparky_assets.digests.checks import unaccounted
from sparky_assets.insights.models import Insight
from sparky_assets.insights.secrets import without_secrets
from sparky_assets.publications.leaks import leaks, mentions, names_in
from sparky_assets.publications.stock import Piece
from sparky_assets.publications.visibility import closed_to_the_world, hidden_now
from sparky_assets.raw.git_history import EMAIL


@dataclass(frozen=True)
class Ground:
    """What the door holds a text against: the insight that it was made from, its hash, and who may see what now."""

    insight: Insight
    insight_sha256: str
    now: Mapping[str, str]


def refusals(piece: Piece, ground: Ground, audience: Audience) -> Iterator[str]:
    """Why a text may not leave: it is not what was checked, is ungrounded, leaks, or its readers may not see it."""
    about = piece.about
    if not piece.is_whole:
        yield "the text was changed after it was rendered; make the digest again"
    if about.audience is not audience:
        yield f"it was made for the {about.audience} and is to go to the {audience}"
    if about.insight_sha256 != ground.insight_sha256:
        yield "it was made from other facts than the store holds; make the digest again"
    else:
        # It repeats what it found, which may be the very secret: a refusal stands in logs.
        found = unaccounted(piece.text, about, ground.insight, piece.pictures_at)
        yield from (EMAIL.sub("[address]", without_secrets(one)) for one in found)
    yield from leaks(piece.text)
    if not piece.text.lstrip().startswith("<"):  # in HTML an @ begins a rule of a style sheet
        yield from mentions(piece.text)
    if audience is Audience.PUBLIC:
        yield from closed_to_the_world(ground.insight, ground.now)
        yield from names_in(piece.text, hidden_now(ground.now))


def picture_refusals(
    data: bytes, sha256_wanted: str, sha256: str, audience: Audience, now: Mapping[str, str]
) -> Iterator[str]:
    """Why a picture may not leave; the words in an SVG are read as well."""
    if sha256 != sha256_wanted:
        yield "the picture was changed after it was drawn; make the digest again"
    if data.lstrip()[:1] == b"<":
        text = data.decode(errors="replace")
        yield from leaks(text)
        if audience is Audience.PUBLIC:
            yield from names_in(text, hidden_now(now))
