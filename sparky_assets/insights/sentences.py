"""How rules say numbers, lists and names: the few phrases that all sections share."""

from collections.abc import Sequence

from sparky_assets.metrics.models import Number


def counted(number: Number, one: str, many: str | None = None) -> str:
    """`1 commit`, `2 commits`, `1,234 people`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def joined(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def short(repository: str) -> str:
    """A repository's name without its owner."""
    return repository.rpartition("/")[2]
