"""Who may read: everybody inside, or the whole world. What the world may not see is taken out before anything counts.

A public edition is not an internal one with words blacked out: its numbers, sentences and pictures are made from
public rows alone (`RawWindow.seen_by`), so that no total can tell of a private repository.
"""

from enum import StrEnum


class Audience(StrEnum):
    """Who reads an edition."""

    INTERNAL = "internal"
    PUBLIC = "public"


def build_store_prefix(kind: str, audience: Audience) -> str:
    """Where a kind of period lies in each stage of the store: `daily`, and `daily_public` for the world."""
    return kind if audience is Audience.INTERNAL else f"{kind}_{audience.value}"
