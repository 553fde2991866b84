"""The order in which later stages choose stories. Documented, deterministic, no model.

Work comes in this order, each rule deciding only what those before it left equal:

1. people's work before dependency updates and the work of bots,
2. releases and security fixes before all other work,
3. releases, merged pull requests, issues, commits that no pull request brought,
4. features, speed and fixes before the other themes,
5. larger changes first, up to 1,000 lines, since beyond that it is generated or moved code; a merge is as large as
   the commits that it brought,
6. the earlier first, then by key, so that equals never change places.

It orders pieces of work and never people.
"""

from datetime import datetime
from typing import Any

from sparky_assets.metrics.classify import ChangeTheme

IMPACT_KINDS = ("release", "pull_request", "issue", "commit")


HIGHLIGHT_THEMES = (ChangeTheme.SECURITY, ChangeTheme.FEATURE, ChangeTheme.PERFORMANCE, ChangeTheme.FIX)


MAX_IMPACT_LINES = 1000


def is_urgent(kind: str, theme: ChangeTheme) -> bool:
    """Whether it is told before the other work of people."""
    return kind == "release" or theme is ChangeTheme.SECURITY


def compute_impact_key(
    *, kind: str, theme: ChangeTheme, is_bot: bool, changed_lines: int | None, at: datetime, key: str
) -> tuple[Any, ...]:
    """What to sort a piece of work by; the smallest comes first."""
    return (
        theme is ChangeTheme.DEPENDENCIES or is_bot,
        not is_urgent(kind, theme),
        IMPACT_KINDS.index(kind),
        theme not in HIGHLIGHT_THEMES,
        -min(changed_lines or 0, MAX_IMPACT_LINES),
        at,
        key,
    )
