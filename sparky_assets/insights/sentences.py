"""How rules say numbers, lists and names: the few phrases that all sections share."""

from collections.abc import Sequence

from sparky_assets.metrics.models import MetricValue


def pluralize(count: MetricValue, singular: str, plural: str | None = None) -> str:
    """`1 commit`, `2 commits`, `1,234 people`."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def join_words(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def short_name(repository: str) -> str:
    """A repository's name without its owner."""
    return repository.rpartition("/")[2]
