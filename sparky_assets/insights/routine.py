"""Which changes are routine: told by their titles in a line with others, and no highlight whoever chooses. Pure."""

import re

from sparky_assets.insights.models import Evidence
from sparky_assets.insights.sentences import short
from sparky_assets.insights.text import headline
from sparky_assets.metrics.changes import Theme

CHORE = re.compile(
    r"(?i)^(?:[\w./()*-]+: +)?(?:(?:release|version|prepare|start|begin|bump (?:version|and release|to))\b.*\d"
    r"|v?\d+(?:\.\d+)+\S*$)"
)
"""Titles of changes that do nothing but publish, whatever area they name: the release itself is told."""


def is_chore(item: Evidence) -> bool:
    """Whether a change does nothing but publish: `Release 2.0`, in axum also `Release axum and axum-core`."""
    title = headline(item.title)
    released = re.fullmatch(r"(?i)release ((?:[\w.@/-]+,? ?){1,8})", title)
    own, words = short(item.repository).lower(), released[1].lower().replace(",", " ").split() if released else []
    packages = [word for word in words if word != "and"]
    return bool(CHORE.match(title)) or (bool(packages) and all(word.startswith(own) for word in packages))


def is_routine(item: Evidence) -> bool:
    """Whether a change updates dependencies, is a bot's or only publishes."""
    return item.is_bot or item.theme is Theme.DEPENDENCIES or is_chore(item)
