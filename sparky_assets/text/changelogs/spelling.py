"""How changelogs spell the version of a tag: `1.0-rc.1`, `1.0rc1`, and for the first of a series `1.0`. Pure."""

import re

from resources.git.log import spell_version
from sparky_assets.text.versions import VERSION_PATTERN, names_stage

_DATE_TAG = re.compile(r"v?(?P<year>20\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)")
"""A release that is called by its day: `20260616`."""

_FROM_VERSION = re.compile(r"changes? (?:from|between) \S{1,30} (?:to|and) ", re.IGNORECASE)


def read_numbers(version: str) -> tuple[int, ...] | None:
    """Return the three numbers of a final version; None for another one."""
    numbers = version.split(".")
    is_final = len(numbers) in {2, 3} and all(number.isdigit() and len(number) < 7 for number in numbers)
    return (*(int(number) for number in numbers), 0)[:3] if is_final else None


def is_next_version(older: tuple[int, ...] | None, version: tuple[int, ...]) -> bool:
    """Return whether a version raises one number of another by one, and sets those behind it to nought."""
    if older is None:
        return False
    place = next((place for place in range(3) if older[place] != version[place]), 3)
    return place < 3 and version[place] == older[place] + 1 and not any(version[place + 1 :])


def names_release(tag: str) -> bool:
    """Return whether a tag names a version, or the day of a release."""
    return bool(VERSION_PATTERN.search(spell_version(tag)) or _DATE_TAG.fullmatch(tag))


def names_version(text: str, tag: str) -> bool:
    """Return whether a text names the version of a tag, in any of its spellings."""
    return any(make_version_pattern(version).search(text) for version in list_spellings(tag))


def make_version_pattern(version: str) -> re.Pattern[str]:
    """Return a pattern that finds a version, and none that begins with it: `1.2` is not in `1.2.1` or `1.2-rc1`."""
    return re.compile(rf"(?<![\w.])v?{re.escape(version)}(?![\w+]|\.\d|-\w)", re.IGNORECASE)


def drop_older_version(heading: str) -> str:
    """Return a heading from the newer of two versions on: `CHANGES FROM 3.6b TO 3.7` is that of 3.7."""
    return heading[match.end() :] if (match := _FROM_VERSION.match(heading)) else heading


def list_spellings(tag: str) -> list[str]:
    """Return the spellings under which a changelog may name the version of a tag, the most exact first."""
    if dated := _DATE_TAG.fullmatch(tag):
        return [tag, "-".join(dated.group("year", "month", "day"))]
    match = VERSION_PATTERN.search(spell_version(tag))
    if not match:
        return []
    spellings = [match[0]]
    if match["suffix"]:
        # `1.0-rc.1`, `1.0rc1` and `1.0 RC1` are one version.
        suffix = re.sub(r"[-._]", "", match["suffix"])
        spellings += [match["number"] + suffix, f"{match['number']}-{suffix}", f"{match['number']} {suffix}"]
        # `v7.0.0-ember-source` is 7.0.0 of a package, `v18.0.0-deno` that for a platform.
        if re.fullmatch(r"(?:-[a-z]{2,20}){1,4}", match["suffix"]) and not names_stage(match["suffix"]):
            spellings.append(match["number"])
    elif match["number"].endswith(".0") and match["number"].count(".") > 1:
        spellings.append(match["number"].removesuffix(".0"))
    return list(dict.fromkeys(spellings))
