"""The order in which later stages choose stories. Documented, deterministic, no model.

Work comes in this order, each rule deciding only what those before it left equal:

1. people's work before dependency updates and the work of bots,
2. releases, merged pull requests, issues, commits that no pull request brought,
3. security, features, speed and fixes before the other themes,
4. larger changes first, up to 1,000 lines, since beyond that it is generated or moved code; a merge is as large as
   the commits that it brought,
5. the earlier first, then by key, so that equals never change places.

It orders pieces of work and never people.
"""

from datetime import datetime
from typing import Any

from sparky_assets.metrics.changes import Theme

KINDS = ("release", "pull_request", "issue", "commit")
LOUD = (Theme.SECURITY, Theme.FEATURE, Theme.PERFORMANCE, Theme.FIX)
MOST_LINES = 1000


def impact_key(
    *, kind: str, theme: Theme, is_bot: bool, changed_lines: int | None, at: datetime, key: str
) -> tuple[Any, ...]:
    """What to sort a piece of work by; the smallest comes first."""
    return (
        theme is Theme.DEPENDENCIES or is_bot,
        KINDS.index(kind),
        theme not in LOUD,
        -min(changed_lines or 0, MOST_LINES),
        at,
        key,
    )
