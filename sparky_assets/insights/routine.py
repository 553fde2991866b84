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

MOST_PACKAGES = 8
"""Words behind `release` that may all be packages; more are a sentence."""
_PACKAGE = re.compile(r"[\w.@/-]+")


def is_chore(item: Evidence) -> bool:
    """Whether a change does nothing but publish: `Release 2.0`, in axum also `Release axum and axum-core`."""
    title = headline(item.title)
    return bool(CHORE.match(title)) or _releases_packages(title.lower(), short(item.repository).lower())


def _releases_packages(title: str, own: str) -> bool:
    # Word by word: as one pattern, a title of `release`, 45 letters and `!` took ten seconds, a longer one hours.
    first, *words = title.replace(",", " ").split() or [""]
    packages = [word for word in words[:MOST_PACKAGES] if word != "and"]
    if first != "release" or not packages or len(words) > MOST_PACKAGES:
        return False
    return all(word.startswith(own) and _PACKAGE.fullmatch(word) for word in packages)


def is_routine(item: Evidence) -> bool:
    """Whether a change updates dependencies, is a bot's or only publishes."""
    return item.is_bot or item.theme is Theme.DEPENDENCIES or is_chore(item)
