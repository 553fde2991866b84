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
    """What the door holds a text against: the insight with the hash of its bytes, and who may see what now."""

    insight: Insight
    insight_sha256: str
    now: Mapping[str, str]
    was_published: bool = False
    """Whether the period was published before: then its text may be of facts that the store has replaced since."""


def refusals(piece: Piece, ground: Ground, audience: Audience) -> Iterator[str]:
    """Why a text may not leave: it is not what was checked, is ungrounded, leaks, or its readers may not see it."""
    about = piece.about
    if not piece.is_whole:
        yield "the text was changed after it was rendered; make the digest again"
    if about.audience is not audience:
        yield f"it was made for the {about.audience} and is to go to the {audience}"
    if about.insight_sha256 in {"", ground.insight_sha256}:
        # It repeats what it found, which may be the very secret: a refusal stands in logs.
        found = unaccounted(piece.text, about, ground.insight, piece.pictures_at)
        yield from (EMAIL.sub("[address]", without_secrets(one)) for one in found)
    elif ground.was_published:
        yield from about.problems  # a published text that may not be corrected: judged by the facts of its day
    else:
        yield "the facts changed after it was written; make the digest again"
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
        text = data.decode("utf-8", "replace")
        yield from leaks(text)
        if audience is Audience.PUBLIC:
            yield from names_in(text, hidden_now(now))
