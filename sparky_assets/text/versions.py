"""Version tags: which tags are releases, what version a tag names, whether it is a pre-release, which one came before.

The raw tables and the ranking of releases share these rules. Two copies disagreed: `v1.2.0-canary.1` and `v1.2.0_beta2`
were pre-releases in the raw rows and headlines in digests. docs/metrics.md has them in words.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

from packaging.version import InvalidVersion, Version

from resources.git.log import MAVEN_ROOT_MODULES
from sparky_assets.text.words import short_name

MAX_TAG_LENGTH = 200
"""Characters of a tag that can be a release; a longer one was made by a machine for a machine."""

VERSION_PATTERN = re.compile(
    r"(?P<number>(?P<first>\d+)\.(?P<second>\d+)(?:\.(?P<third>\d+))?(?:\.\d+)*)(?P<suffix>\S*)"
)
"""The version in a tag: `1.53.0` in `tokio-1.53.0`, `2.1.3` in `web/v2.1.3`. The suffix is what follows the numbers."""

_VERSION_FORMS = (
    # 1.2, 2025.11.12, n7.1, go1.25.4
    re.compile(r"(?<![\d.])(?P<number>\d+(?:\.\d+)+)(?P<suffix>\S*)"),
    # REL_17_3, curl-8_11_0, V_9_9_P1
    re.compile(r"(?<![\d.])(?P<number>\d+(?:_\d+)+)(?P<suffix>\S*)"),
    # 2025-11-12, VER-2-13-3
    re.compile(r"(?<![\d-])(?P<number>\d+(?:-\d+){2})(?P<suffix>(?!\d)\S*)"),
    # v4, r30, b6432, 20251112, 2025b, jdk-25+36, REL_17_BETA1, release-12
    re.compile(
        r"(?<![A-Za-z0-9])(?:[vVrRnNbB]|(?:[A-Za-z]{1,20}[-_])?(?:rel|release|ver|version)[-_]?v?)(?P<number>\d+)"
        r"(?P<suffix>(?:[-_.+]\S*)?)$",
        re.IGNORECASE,
    ),
    re.compile(r"^(?:[A-Za-z]{1,20}[-_])?(?P<number>(?:19|20)\d{6}|(?:19|20)\d\d(?=[a-z]$))(?P<suffix>\S*)$"),
    re.compile(r"^(?:[A-Za-z]{1,20}[-_])?(?P<number>\d{1,4})(?P<suffix>\+\d+)$"),
    re.compile(r"(?<=@)v?(?P<number>\d+)(?P<suffix>(?:[-+]\S*)?)$"),
)
"""Forms of a version in a tag, the more telling first."""

_SUFFIX_PATTERN = re.compile(r"[0-9A-Za-z.+~_-]*")

_WORD_PATTERN = re.compile(r"[A-Za-z]+")

_IDENTIFIER_PATTERN = re.compile(r"\d+|[A-Za-z]+")

_SEMVER_PRE_RELEASE = re.compile(r"-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*")

NO_RELEASE_WORDS = frozenset((
    "after", "archive", "archived", "backup", "bak", "base", "before", "bookmark", "branch", "broken", "build", "ci",
    "checkpoint", "copy", "debug", "demo", "deploy", "deployed", "deployment", "draft", "end", "experiment", "issue",
    "merge", "old", "orig", "original", "poc", "pr", "prior", "remove", "revert", "rollback", "save", "saved",
    "sprint", "stage", "staging", "start", "state", "temp", "test", "testing", "ticket", "tmp", "todo", "trash",
    "until", "wip",
))  # fmt: skip
"""Words before a version that say that a tag marks a place and no release: `backup-before-2.0`."""

_STAGE_RANKS = {
    "dev": 0, "develop": 0, "development": 0, "nightly": 0, "snapshot": 0, "canary": 0, "edge": 0, "unstable": 0,
    "insiders": 0, "insider": 0, "experimental": 0, "a": 1, "alpha": 1, "ea": 1, "eap": 1, "m": 2, "milestone": 2,
    "b": 3, "beta": 3, "pre": 4, "preview": 4, "prerelease": 4, "next": 4, "c": 5, "rc": 5, "cr": 5,
}  # fmt: skip
"""Words of a pre-release, in the order in which a version passes through them."""

_FINAL_WORDS = frozenset((
    "alpine", "amd", "arm", "armhf", "bookworm", "bullseye", "centos", "cuda", "darwin", "debian", "final", "fix",
    "fips", "ga", "gnu", "hotfix", "ios", "java", "jdk", "jre", "linux", "lts", "mac", "macos", "musl", "p", "patch",
    "pl", "post", "rel", "release", "rhel", "security", "sp", "stable", "ubuntu", "win", "windows", "x", "xenial",
))  # fmt: skip
"""Words behind three numbers and a hyphen that name a platform or a repair, where SemVer sees a pre-release."""

_UNFINISHED_PREFIX = re.compile(
    r"(?i)(?:^|[/_.-])(?:nightly|canary|snapshot|insiders?|edge|unstable|alpha|beta|dev|preview|rc)[/_.-]?v?$"
)

_UNFINISHED_NAME = re.compile(r"(?i)(?:.{0,100}[/@_.-])?(?:nightly|canary|insiders?|snapshot|unstable)")


def names_stage(suffix: str) -> bool:
    """Return whether what follows the numbers of a version names a stage before its release: `-rc.1`, not `-deno`."""
    return any(word.lower() in _STAGE_RANKS for word in _WORD_PATTERN.findall(suffix))


@dataclass(frozen=True)
class ReleaseTag:
    """A tag that names a version.

    Attributes:
        name: the tag.
        package: what stands before the version, in lower case and without `v`: `@acme/pier-map`, empty for the whole
            repository.
        numbers: the numbers of the version.
        is_pre_release: whether the version comes before its release.
        order: compares versions of one package; the later is larger.
    """

    name: str
    package: str
    numbers: tuple[int, ...]
    is_pre_release: bool
    order: tuple[tuple[int, ...], int, tuple[tuple[int, int, str], ...]]


@dataclass(frozen=True)
class ReleaseTagRule:
    """Which tags are releases: every tag with a version, or those that the settings name.

    Attributes:
        included: glob patterns (`v*`); empty for the built-in rule.
        excluded: glob patterns of tags that are never releases.
    """

    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def is_release(self, tag: str) -> bool:
        """Return whether a tag is a release."""
        if len(tag) > MAX_TAG_LENGTH or any(fnmatchcase(tag, pattern) for pattern in self.excluded):
            return False
        if self.included:
            return any(fnmatchcase(tag, pattern) for pattern in self.included)
        return parse_release_tag(tag) is not None


_NO_PACKAGE_WORDS = frozenset(
    ("parent", "rel", "release", "releases", "stable", "tag", "tags", "ver", "version", "versions")
)


def read_version(tag: str) -> str:
    """Return the version in a tag: `v1.2.0`, `pier-v1.2.0` and `pier-1_2_0` give `1.2.0`; the tag if it names none."""
    match = _find_version(tag)
    return match["number"].replace("_", ".") + tag[match.end("number") :] if match else tag


def read_version_numbers(version: str) -> tuple[int, ...]:
    """Return the first four numbers in a version, which order those of one project."""
    return tuple(int(number) for number in re.findall(r"\d{1,9}", version)[:4])


_GENERIC_NAMES = frozenset((
    "api", "app", "backend", "cli", "client", "core", "docs", "frontend", "lib", "main", "monorepo", "next", "platform",
    "sdk", "server", "tools", "web", "website",
))  # fmt: skip
"""Names of repositories that say nothing without their owner."""


_MODULE_TAG = re.compile(r"(?:[\w.-]{1,100}/){1,9}v\d[\w.+-]{0,60}")


def names_go_module(tag: str) -> bool:
    """Return whether a tag is the version of a Go module in a folder of its repository: `client/pkg/v3.7.1`."""
    return bool(_MODULE_TAG.fullmatch(tag))


def find_repository_name(repository: str) -> str:
    """Return a repository's name without its owner, unless the name says nothing by itself: `vuejs/core`.

    Args:
        repository: the repository with its owner.
    """
    name = short_name(repository)
    return repository if name.lower() in _GENERIC_NAMES else name


def find_package_name(tag: str, repository: str) -> str:
    """Return the package that a tag of a repository of several names, as it is written; else the repository's name.

    `axum-extra-v0.12.3` is a release of axum-extra, `@acme/pier@1.2.0` one of @acme/pier; `v1.2.0` and `REL_17_3` name
    no package.

    Args:
        tag: the tag.
        repository: the repository with its owner.
    """
    release = parse_release_tag(tag)
    package = tag[: len(release.package)] if release else ""
    own_name = re.sub(r"[\W_]", "", short_name(repository)).lower()
    is_name = bool(re.search(r"[A-Za-z]{2}", package)) and package.lower() not in _NO_PACKAGE_WORDS
    # actix-web is released as `web-v4.15.0`.
    is_name = is_name and not short_name(repository).lower().endswith((f"-{package.lower()}", f"_{package.lower()}"))
    if is_name and re.sub(r"[\W_]", "", package).lower() != own_name:
        return package
    return find_repository_name(repository)


_MAVEN_PARENT = re.compile(
    rf"(?<=[A-Za-z\d])(?<!nightly)(?<!daily)(?<!weekly)(?<!snapshot)-(?:{'|'.join(MAVEN_ROOT_MODULES)})-$"
)
"""The module of a project that Maven names its tags after: `harbour-build-3.27.7`."""
MIN_MAVEN_NUMBERS = 3


_LINE_SUFFIX = re.compile(r"(?i)(?:\.x){1,2}(?:[-_.](?:branch|eol|end|maint\w{0,12}))?|[-_.](?:branch|eol)")
"""What is behind the numbers of a line of versions, which is no release: flask-sqlalchemy has a tag `3.0.x`."""

_BUILD_SUFFIX = re.compile(r"(?i)-(?:experimental|nightly|canary|snapshot|insiders?|pr|dev|commit|sha)\b.")


_DEVELOPMENT_START = re.compile(r"[._-]?dev\.?0?", re.IGNORECASE)
"""What marks the commit from which on a version is developed, and no release: pytest's `8.5.0.dev0`."""


@lru_cache(maxsize=20_000)
def parse_release_tag(tag: str) -> ReleaseTag | None:
    """Parse a tag by the built-in rule; None where it names no version or marks a place (`backup-before-2.0`)."""
    match = _find_version(tag)
    if match is None or not _SUFFIX_PATTERN.fullmatch(match["suffix"]):
        return None
    prefix = tag[: match.start("number")]
    numbers = tuple(int(number) for number in re.split(r"[._-]", match["number"]))
    if len(numbers) >= MIN_MAVEN_NUMBERS:
        prefix = _MAVEN_PARENT.sub("-", prefix)
    # The name of a package may be any word: `deploy@1.2.0` is a release of the package `deploy`.
    if "@" not in prefix[1:] and NO_RELEASE_WORDS & {word.lower() for word in _WORD_PATTERN.findall(prefix)}:
        return None
    suffix = match["suffix"].partition("+")[0]
    if _DEVELOPMENT_START.fullmatch(suffix) or _LINE_SUFFIX.fullmatch(suffix):
        return None
    is_pre = is_pre_release(tag)
    if not any(numbers) and is_pre and _BUILD_SUFFIX.match(suffix):
        return None  # `0.0.0-experimental-078ef8de9` is a build of a commit
    stripped = list(numbers)
    while len(stripped) > 1 and stripped[-1] == 0:
        stripped.pop()
    identifiers = tuple(_rank_identifier(text) for text in _IDENTIFIER_PATTERN.findall(suffix))
    package = re.sub(r"(?i)(?:^|(?<=[/@_.-]))(?:v|rel|release|ver|version)?[/@_.-]*$", "", prefix).rstrip("/@_.-")
    return ReleaseTag(tag, package.lower(), numbers, is_pre, (tuple(stripped), 0 if is_pre else 1, identifiers))


def is_pre_release(tag: str) -> bool:
    """Return whether a tag names a version before its release; False where it names no version.

    Three numbers and a hyphen are read by SemVer, other versions by PEP 440 (`2.0.0rc5`, `1.0.dev0`), and what neither
    knows by its words (`REL_17_BETA1`, `5.0.0.M1`). A tag that is only a name (`nightly`) is one by that name. Build
    metadata behind a `+` says nothing about the release.
    """
    if len(tag) > MAX_TAG_LENGTH:
        return False
    match = _find_version(tag)
    if match is None:
        return bool(_UNFINISHED_NAME.fullmatch(tag))
    prefix = tag[: match.start("number")]
    if not prefix.endswith("@") and _UNFINISHED_PREFIX.search(prefix):
        return True
    return _is_pre_release_suffix(match["number"], match["suffix"].partition("+")[0])


def _is_pre_release_suffix(number: str, suffix: str) -> bool:
    if re.fullmatch("[a-z]", suffix):
        return False  # a letter without a number counts patches: tmux 3.5a, OpenSSL 1.1.1w, tzdata 2025b
    words = [word.lower() for word in _WORD_PATTERN.findall(suffix)]
    if any(word in _STAGE_RANKS for word in words if len(word) > 1):
        return True
    if number.count(".") == 2 and _SEMVER_PRE_RELEASE.fullmatch(suffix):
        return not words or not _FINAL_WORDS.issuperset(words)
    try:
        return Version(number.replace("_", ".").replace("-", ".") + suffix).is_prerelease
    except InvalidVersion:
        return bool(re.search(r"(?i)[._-](?:m|a|b|c)\d{1,3}(?![0-9A-Za-z])", suffix))


def find_alias_tags(tags: Iterable[tuple[str, str]]) -> set[str]:
    """Return the tags that repeat a version of the same commit: `v4` and `v4.2` beside `v4.2.1`, `4.2.1` beside that.

    A version 0 repeats another major version of its package.

    Args:
        tags: names and the commits that they point to.
    """
    by_target: dict[tuple[str, str], list[ReleaseTag]] = {}
    for name, sha in tags:
        if release := parse_release_tag(name):
            by_target.setdefault((sha, release.package), []).append(release)
    return {
        short.name
        for releases in by_target.values()
        for short in releases
        for long in releases
        if _is_alias(short, long)
    }


MIN_BUILD_NUMBER = 100
"""The number of a build, and no major version, if a tag of the same commit names a version of several numbers."""


def _is_alias(short: ReleaseTag, long: ReleaseTag) -> bool:
    if short.order == long.order and len(short.name) < len(long.name) and long.name.endswith(short.name):
        return True  # `4.2.1` beside `v4.2.1`; `v4.2` beside `v4.2.0` is the beginning of it
    if short.numbers[0] == 0 < long.numbers[0] and not (short.is_pre_release or long.is_pre_release):
        return True  # Go takes no tag of a program as a library: Prometheus tags 3.13.1 as `v0.313.1` for it
    if len(short.numbers) == 1 and short.numbers[0] >= MIN_BUILD_NUMBER > long.numbers[0] and len(long.numbers) > 1:
        return True  # Serilog's builds tag the commit of `v4.0.1` as `v2217` too
    is_shorter = len(short.numbers) < len(long.numbers) and long.numbers[: len(short.numbers)] == short.numbers
    return is_shorter and not (short.is_pre_release or long.is_pre_release)


def list_earlier_releases(tag: str, others: Iterable[str]) -> list[str]:
    """Return the releases of the same package with a lower version, the highest first.

    A final version is compared with final versions only, as release notes do; a pre-release with both.
    """
    release = parse_release_tag(tag)
    if release is None:
        return []
    earlier = [
        other
        for name in others
        if (other := parse_release_tag(name))
        and other.package == release.package
        and other.order < release.order
        and (release.is_pre_release or not other.is_pre_release)
    ]
    return [other.name for other in sorted(earlier, key=lambda other: (other.order, other.name), reverse=True)]


def _find_version(tag: str) -> re.Match[str] | None:
    """Return the version in a tag as a match with `number` and `suffix`.

    It stands behind the last `@` (`@acme/pier2.0@1.4.0`), else in the last part of a path if that has a number.
    """
    if len(tag) > MAX_TAG_LENGTH:
        return None
    start = tag.rfind("@") if "@" in tag[1:] else tag.rfind("/")
    start = start if start > 0 and any(char.isdigit() for char in tag[start:]) else -1
    for pattern in _VERSION_FORMS:
        # With the sign itself: `core@3` is a version only behind an `@`.
        if match := pattern.search(tag, max(0, start)) or pattern.search(tag, start + 1):
            return match
    return None


def _rank_identifier(text: str) -> tuple[int, int, str]:
    if text.isdigit():
        return (0, int(text), "")
    return (1, _STAGE_RANKS.get(text.lower(), 3), text.lower())
