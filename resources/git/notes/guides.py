"""Which documents are guides on how to come to a new version, by their paths: `UPGRADING.md`, `migrate-to-10.0.md`.

Which lines of a guide are about a version is decided in `sparky_assets/text/changelogs/guides.py`.
"""

import re
from collections.abc import Iterable

from resources.git.log import spell_version
from resources.git.notes.places import may_hold_documents

MAX_GUIDES = 4
"""Guides that are read for one tag."""

MAX_GUIDE_DEPTH = 5
"""Folders above a guide."""

_EXTENSION = r"\.(?:md|mdx|markdown|rst|txt|adoc)"
_VERB = r"(?:upgrad(?:e|ing)|updating|migrat(?:e|ion|ing)|whats[-_]?new)"
_BREAKS = (
    r"(?:breaking[-_ ]?changes?|(?:bc[-_ ]?)?breaks?|api[-_ ]changes"
    r"|(?:backwards?[-_ ])?incompatib\w{2,8}[-_ ]?changes?)"
)

_NUMBER = r"(?:v(?:ersion)?)?[-_. ]?\d(?:[\d.x_-]*[\dx])?+"
_MORE = (
    r"(?:[-_. ]?(?:guides?|notes|instructions|(?:from|to|and)(?:[-_ ][a-z]{2,20}){0,3}(?=[-_. ]?v?\d)|(?:from|to|and)"
    rf"|[a-z]{{2,20}}(?=[-_. ]v?\d)|{_NUMBER}))*+"
)
"""Words behind the verb: `-guide-from-2-to-3`, `_to_pier3`."""

_FRONT = rf"(?:(?:\d\d-|[a-z][\w+]{{1,30}}[-_ ])?{_NUMBER}[-_. ](?:api[-_ ])?)?"
"""Words in front of the verb: `2.0-`, `Pier 2.0 `, `06-v4-`, `7.0-API-`."""

_GUIDE_FILE = re.compile(rf"(?i)(?:docs?/)?{_FRONT}(?:{_VERB}|{_BREAKS}){_MORE}{_EXTENSION}")

_DEEP_GUIDE = re.compile(
    rf"(?i)(?:[\w.-]{{1,40}}/){{0,2}}(?:docs?\d?|documentation|guides?|website|site|www|book|content)/"
    rf"(?:[^/\0]{{1,60}}/){{0,{MAX_GUIDE_DEPTH}}}"
    rf"(?:{_FRONT}(?:{_VERB}|{_BREAKS}){_MORE}"
    rf"|(?:{_VERB}|{_BREAKS})(?:[-_ ](?:guides?|notes))?/[\w. -]{{1,60}}){_EXTENSION}"
)
"""A guide in a folder of documents: `docs/use/migrate-to-10.0.0.md`, `src/docs/breaks.adoc`."""

_OF_BREAKS = re.compile(rf"(?i)(?:^|/)(?:{_NUMBER}[-_. ])?{_BREAKS}{_MORE}(?:/[^/]*|{_EXTENSION})\Z")

_VERSION = re.compile(r"(?<![\d.])\d{1,4}(?:[._-]\d{1,4}){0,2}(?![\d])")
_OLD_VERSION = re.compile(r"(?i)(?:\A\d{1,3}[-_. ](?=[a-z])|\bfrom[-_. ]?v?[\d.x]+)")


def is_guide(path: str) -> bool:
    """Return whether a document says what to change for new versions, by its name: `UPGRADING.md`, `UPGRADE-7.1.md`."""
    is_deep = bool(_DEEP_GUIDE.fullmatch(path)) and may_hold_documents(path.rpartition("/")[0])
    return is_deep or bool(_GUIDE_FILE.fullmatch(path))


def is_guide_to_breaks(path: str) -> bool:
    """Return whether the path of a guide says that it is about what breaks alone: `docs/breaking-changes.md`."""
    return bool(_OF_BREAKS.search(path))


def read_guided_version(path: str) -> tuple[int, ...]:
    """Return the version to which a guide leads by its path, as many numbers as that has; empty without one.

    The last one of its name is meant, and not what it comes from: `migrating-v6-to-v7.md`. Else a folder names it.
    """
    for part in reversed(path.rpartition(".")[0].split("/")):
        if named := _VERSION.findall(_OLD_VERSION.sub(" ", part.replace("_", "-"))):
            return tuple(int(number) for number in re.split(r"[.-]", named[-1]))
    return ()


def leads_to(path: str, tag: str) -> bool:
    """Return whether the path of a guide names the version of a tag: of `v7.0.0` it may be `7`."""
    wanted = re.search(r"\d+(?:\.\d+)*", spell_version(tag))
    numbers = tuple(map(int, wanted[0].split("."))) if wanted and len(wanted[0]) < 30 else ()
    return is_short_for(read_guided_version(path), numbers)


def is_short_for(named: tuple[int, ...], numbers: tuple[int, ...]) -> bool:
    """Return whether the numbers that a guide names are those of a version without its zeros: `7` of 7.0.0."""
    return bool(named) and numbers[: len(named)] == named and not any(numbers[len(named) :])


def list_guides(paths: Iterable[str], tag: str) -> list[str]:
    """Return the guides that may be about the version of a tag: their paths name it, or no version; the former first.

    One in a folder of documents without the version may be about another product: it has to be a guide by its name.
    """
    guides = [path for path in paths if is_guide(path) and (leads_to(path, tag) or not read_guided_version(path))]
    guides.sort(key=lambda path: (not leads_to(path, tag), path.count("/"), path))
    return guides[:MAX_GUIDES]
