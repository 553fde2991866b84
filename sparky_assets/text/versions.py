"""Version tags: find the version in a tag and decide whether it is a pre-release.

The raw tables and the ranking of releases share this rule. Two copies disagreed: `v1.2.0-canary.1` and `v1.2.0_beta2`
were pre-releases in the raw rows and headlines in digests.
"""

import re

from packaging.version import InvalidVersion, Version

VERSION_PATTERN = re.compile(
    r"(?P<number>(?P<first>\d+)\.(?P<second>\d+)(?:\.(?P<third>\d+))?(?:\.\d+)*)(?P<suffix>\S*)"
)
"""The version in a tag: `1.53.0` in `tokio-1.53.0`, `2.1.3` in `web/v2.1.3`. The suffix is what follows the numbers."""

_PRE_RELEASE_WORD = r"(?:a|alpha|b|beta|c|rc|dev|pre|preview|nightly|canary|snapshot)"

_PRE_RELEASE_SUFFIX = re.compile(rf"(?i)^[._-]?{_PRE_RELEASE_WORD}(?![a-z])|[._-]{_PRE_RELEASE_WORD}[._-]?\d*$")
"""For tags that PEP 440 does not know: the word begins the suffix (`-beta.2.1`) or ends it (`-20240501-canary`)."""


def is_pre_release(tag: str) -> bool:
    """Return whether a tag names a version before its release; False where it names no version.

    PEP 440 decides what it can parse (`2.0.0rc5`, `1.0.dev0`, `1.2.0_beta2`), a pattern all other tags. Build metadata
    behind a `+` says nothing about the release.
    """
    match = VERSION_PATTERN.search(tag)
    if not match:
        return False
    public, _, _ = match[0].partition("+")
    try:
        return Version(public).is_prerelease
    except InvalidVersion:
        return bool(_PRE_RELEASE_SUFFIX.search(public.removeprefix(match["number"])))
