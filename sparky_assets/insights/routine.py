"""Which changes are routine: told by their titles in a line with others, and no highlight whoever chooses. Pure."""

import re

from sparky_assets.insights.models import Evidence
from sparky_assets.insights.sentences import short_name
from sparky_assets.insights.text import display_title
from sparky_assets.metrics.classify import ChangeTheme

CHORE_TITLE = re.compile(
    r"(?i)^(?:[\w./()*-]+: +)?(?:(?:release|version|prepare|start|begin|bump (?:version|and release|to))\b.*\d"
    r"|v?\d+(?:\.\d+)+\S*$)"
)
"""Titles of changes that do nothing but publish, whatever area they name: the release itself is told."""

MAX_PACKAGES = 8
"""Words behind `release` that may all be packages; more are a sentence."""


_PACKAGE_NAME = re.compile(r"[\w.@/-]+")


def is_chore(item: Evidence) -> bool:
    """Whether a change does nothing but publish: `Release 2.0`, in axum also `Release axum and axum-core`."""
    title = display_title(item.title)
    return bool(CHORE_TITLE.match(title)) or _is_package_release(title.lower(), short_name(item.repository).lower())


def _is_package_release(title: str, repository_name: str) -> bool:
    # Word by word: as one pattern, a title of `release`, 45 letters and `!` took ten seconds, a longer one hours.
    first, *words = title.replace(",", " ").split() or [""]
    packages = [word for word in words[:MAX_PACKAGES] if word != "and"]
    if first != "release" or not packages or len(words) > MAX_PACKAGES:
        return False
    return all(word.startswith(repository_name) and _PACKAGE_NAME.fullmatch(word) for word in packages)


def is_routine(item: Evidence) -> bool:
    """Whether a change updates dependencies, is a bot's or only publishes."""
    return item.is_bot or item.theme is ChangeTheme.DEPENDENCIES or is_chore(item)
