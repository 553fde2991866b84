"""Noise: changes that are never a story by themselves, by their class (EDITORIAL.md, page 3).

They count, are in the full list of changes, and may be members of a story. A change that is marked as breaking or
names a security id is never noise.
"""

import re
from collections.abc import Callable, Sequence

from sparky_assets.stories.models import NoiseClass
from sparky_assets.stories.noise_titles import TITLE_PATTERNS
from sparky_assets.text.paths import (
    is_changelog_path,
    is_ci_path,
    is_lock_file,
    is_manifest,
    is_noise_path,
    is_test_path,
    is_tooling_path,
    is_user_path,
)
from sparky_assets.text.references import find_security_ids
from sparky_assets.text.upgrades import NOT_MISSED, removes_own_tool

NOISE_CLASS_BY_TYPE: dict[str, NoiseClass] = {
    "style": "formatting", "lint": "formatting", "format": "formatting", "ci": "ci", "test": "tests", "tests": "tests",
    "deps": "dependency", "wip": "wip", "typo": "typo", "release": "version_bump",
}  # fmt: skip

NOISE_CLASS_BY_SCOPE: dict[str, NoiseClass] = {
    "ci": "ci", "gha": "ci", "workflows": "ci", "dependabot": "ci", "labeler": "ci", "release-drafter": "ci",
    "bench": "tests", "benchmark": "tests", "benchmarks": "tests", "e2e": "tests", "readme": "changelog",
    "sponsors": "changelog", "docs": "changelog", "website": "changelog",
}  # fmt: skip
"""Scopes of what a project builds, tests and presents itself with: `feat(ci): retry merges of pull requests`."""

_DEPENDENCY_TITLE = dict(TITLE_PATTERNS)["dependency"]

_BRANCH_MERGE = re.compile(
    r"(?i)merged? (?!commit\b|pull\b).{1,60} (?:in)?to (?:main|master|trunk|develop\w*|release\S*)$"
)
"""The merge of a branch into another, by its title."""

PATH_RULES: tuple[tuple[NoiseClass, Callable[[str], bool]], ...] = (
    ("lock_file", is_lock_file),
    ("generated", is_noise_path),
    ("changelog", is_changelog_path),
    ("ci", is_ci_path),
    ("tests", is_test_path),
    ("ci", is_tooling_path),
)
"""Class and rule that all paths of the change must meet; the first that holds decides."""

_REFACTORING_TITLE = re.compile(
    r"^(?!.{0,60}\bcommands? (?:to|into|under|as) )"
    r"(?:refactor|clean ?up|tidy|restructure|reorgani[sz]e|dedup|deduplicate|extract|inline|simplify|rearrange|reuse|"
    r"modulari[sz]e|split up|factor out|consolidate|untangle|unify|"
    rf"(?:remove|drop|delete) (?:\w+ ){{0,2}}(?:{NOT_MISSED})|"
    r"use (?:workspace|self::)|internal)\w*\b",
    re.IGNORECASE,
)

_CODE_ALONE = re.compile(
    r"(?:some |minor |major )?"
    r"(?:clean(?:ed|s|ing)?[- ]?up|tid(?:y|ied|ies)(?: up)?|refactor\w*|reorgani[sz]e[sd]?|restructure[sd]?)"
    r" (?:the |our |some |all |old )?(?:code|code ?base|repo(?:sitory)?|project|source(?:s| code)?)\b(?! \w+)",
    re.IGNORECASE,
)
"""Work on code that names nothing else, whatever its message says of details: `Clean up code (removes 3700 LOC)`."""

_UPDATE_TITLE = re.compile(r"(?:\S{1,30}: )?(?:bump|upgrade|update|downgrade)\b", re.IGNORECASE)

_REASONED_UPDATE = re.compile(
    r"(?:bump|upgrade|update|switch|migrate)[sd]?(?: to)? @?[\w./-]{2,60}(?: to)? v?\d+(?:\.0){0,2} "
    r"(?:for|to (?:get|fix|support|allow|enable|use|improve)|because) (?!(?:the )?(?:ci|tests?|docs|release)\b)\S+ \S",
    re.IGNORECASE,
)
"""A major version of a dependency that a person took, and what for: `Update Immer to v11 for better performance`."""

_PLATFORM_UPDATE = re.compile(
    r"(?:bump|upgrad|updat|mov|migrat|switch)(?:e[sd]?|s|ed|ing)?(?: to)? (?:the )?"
    r"(?:ruby|rails|ruby on rails|python|django|node(?:\.?js)?|react|vue|angular|svelte|next(?:\.?js)?|typescript|php"
    r"|laravel|symfony|java|jdk|spring(?: boot)?|scala|kotlin|swift|elixir|phoenix|erlang|otp|\.net|dotnet"
    r"|postgres(?:ql)?|mysql|mariadb|mongodb|redis|valkey|elasticsearch|opensearch|kafka|rabbitmq|kubernetes)"
    r"(?: (?:from )?(?:version |v)?\d[\w.]{0,12})?(?: to)?(?: (?:the )?version)? v?\d{1,2}(?:\.0){0,2}\.?",
    re.IGNORECASE,
)
"""A new major version of the language, framework or database of an application: `Update Ruby to version 4`."""

_AREA = re.compile(r"^[\w./*+-]{2,30}: +(?=\S)")
"""The area that a title names first: `ignore: refactor is_hidden`."""

_CI_TITLE = re.compile(
    r"(?:.{0,60}\brelease (?:script|check-?list|process|workflow|automation)s?\b|(?:migrat|switch|mov|us)\w* .{0,60}"
    r"\b(?:codecov|coveralls|circle-?ci|travis|appveyor|dependabot|renovate|github actions)\b|\[release check-?list\]"
    r"|(?:reduce|group|limit|configure|tune|enable|disable|set up)\w* .{0,40}\b(?:dependabot|renovate)\b)"
    r"|(?:bump|updat|upgrad|pin)\w* (?:the )?(?:ci|(?:github )?actions?|workflows?)\b"
    r"(?:(?! to (?:allow|support)).){0,40}$"
    r"|(?:fix|update|bump|pin|set|correct)\w* .{0,60} (?:for|in|on) (?:the )?ci$"
    r"|\.(?:git(?:ignore|attributes)|editorconfig|mailmap)\b.{0,80}$"
    r"|(?:add|update|fix|remove)\w* .{0,40}\b(?:releaser?|publishing) workflows?$"
    r"|.{0,80} (?:from|in|to) (?:the )?ci config(?:uration)?$|opt-?in (?:for|to) (?:\w+ )?mfa requirement\b.{0,20}$"
    r"|.{0,80}\bworkflow_dispatch\b.{0,40}$|(?:add|enable|use|allow)\w* workflow dispatch\b.{0,40}$"
    r"|(?:add|fix|update|remove)\w* (?:\w+ ){1,3}(?:to|in|for) cargo[- ](?:deb|dist|release)$"
    r"|.{0,80} (?:on|in|of|for) (?:gha|github actions)$|use .{1,60} (?:to|for) (?:releas|publish)(?:e|es|ing)?$"
    r"|.{0,80} to (?:fix|unbreak|repair|satisfy|please) (?:the )?ci(?: tests?| builds?)?$"
    r"|(?:add|cache|use|move)\w* .{0,60} (?:to|by|used (?:in|on)) (?:the )?(?:(?:github|gitlab) )?(?:actions )?ci$"
    r"|(?:fix|repair|unbreak)\w* (?:the )?builds?(?: that .{1,80})?$"
    r"|(?:sync|update|fix|add|remove)\w* \.(?:github|gitlab|circleci|ci)/\S+$"
    r"|.{1,60} for ci(?: testing| builds?| runs?)?$"
    r"|(?:add|use|enable|set)\w* .{1,60} (?:for|in|on) (?:the )?ci (?:and|or) (?:\w+ )?(?:workflows?|builds?|jobs?)$"
    r"|(?:fix|repair|unbreak|restore|stabili[sz]e)\w* (?:the |our |\w+ )?ci"
    r"(?: (?:by|with|for|on|after|again|tests?)\b.{0,80})?$"
    r"|.{0,60}\bpermissions?\b.{0,40}\bjobs?\b.{0,20}\bworkflows?$"
    r"|(?:add|create|introduce)\w* (?:\w+ ){0,2}workflow (?:to|for) .{1,80}$"
    r"|(?:fix|repair|unbreak)\w* (?:\w+ ){0,3}ci (?:failures?|errors?|builds?|runs?|jobs?)$"
    r"|.{0,40}\b(?:artifacts?|snapshots?|jars?|maven|bom) signing\b.{0,40}$|.{0,60}\bsigning (?:for|of) \S{1,40}-bom$"
    r"|.{0,60}\b(?:gpg|signing) keys? (?:from|in|for) (?:the )?(?:env|gradle|maven|ci|build)\w*.{0,40}$"
    r"|.{0,60}\bfor (?:gpg|signing) keys?$"
    r"|.{0,60}\b(?:pr|pull request|issue) templates?$|^(?:\[ci\]|ci|\.?github actions?|workflows?)(?!\w)",
    re.IGNORECASE,
)

_REVERTED = re.compile(r"(?i:reverts?(?:ed)?:? )[\"'“](?P<title>.{3,300})[\"'”]\.?")
"""What takes back housekeeping is housekeeping too."""

_BOT_UPDATE = re.compile(r"\b(?:bump|updat|upgrad|pin|lock file|autoupdate|rollup)", re.IGNORECASE)


_PACKAGE_UPDATE = re.compile(
    r"(?i)update (?=[\w-]*[./@])(?!\S*\.(?:md|rst|txt|adoc|json|ya?ml|toml|lock|common|js|ts|py|sh|html|csv)\b)"
    r"[\w@./-]{4,80}$"
)
"""The update of a package without its version: `Update com.android.tools.build`, but not `Update README.md`."""


def is_branch_merge(title: str) -> bool:
    """Return whether a change is the merge of a branch into another, which holds the ids of all that it brings."""
    return bool(_BRANCH_MERGE.match(title)) and not find_security_ids(title)


def classify_noise(
    title: str,
    change_type: str = "",
    paths: Sequence[str] = (),
    *,
    scope: str = "",
    is_bot: bool = False,
    is_marked_breaking: bool = False,
    has_effect: bool = False,
    message: str = "",
) -> NoiseClass | None:
    """Return the noise class of a change, None for a change that may be a story by itself.

    Args:
        title: the normalized title.
        change_type: its conventional type, else empty.
        paths: all paths that it changes, empty where unknown.
        scope: the scope of its conventional title, else empty.
        is_bot: whether its author is a bot.
        is_marked_breaking: whether it is marked as breaking.
        has_effect: whether its message says what users notice.
        message: its message; only searched for security ids.
    """
    is_secure = find_security_ids(title) or (not is_bot and find_security_ids(message))
    is_platform = _PLATFORM_UPDATE.fullmatch(title) and not (paths and all(map(is_ci_path, paths)))
    is_reasoned = not is_bot and (is_platform or _REASONED_UPDATE.match(title))
    if is_marked_breaking or is_reasoned or (is_secure and not is_branch_merge(title)):
        return None
    if is_bot and _BOT_UPDATE.search(title):
        return _classify_bot_update(title, change_type, scope, paths)
    if (reverted := _REVERTED.fullmatch(title)) and (noise := _classify_by_title(reverted["title"], "")):
        return noise
    if noise := _classify_by_title(title, change_type) or _classify_by_paths(title, paths):
        return noise
    if noise := _classify_by_scope(scope, title, paths):
        return noise
    is_refactoring = change_type == "refactor" or bool(_REFACTORING_TITLE.match(_AREA.sub("", title)))
    is_of_code_alone = bool(_CODE_ALONE.match(_AREA.sub("", title)))
    return "refactoring" if is_of_code_alone or (is_refactoring and not has_effect) else None


DEPENDENCY_SCOPE = re.compile(r"(?i)(?:dev-?)?dep(?:s|endenc(?:y|ies))?(?:[-_/.]\w+)?")


def _classify_by_scope(scope: str, title: str, paths: Sequence[str]) -> NoiseClass | None:
    if DEPENDENCY_SCOPE.fullmatch(scope) and _is_update(title, paths):
        return "dependency"
    return None if any(map(is_user_path, paths)) else NOISE_CLASS_BY_SCOPE.get(scope.casefold())


def _is_update(title: str, paths: Sequence[str]) -> bool:
    """Return whether a change whose scope is the dependencies only takes other versions: `chore(deps): go mod tidy`."""
    return _has_only_manifests(paths) or bool(_UPDATE_TITLE.match(title))


def _has_only_manifests(paths: Sequence[str]) -> bool:
    return bool(paths) and all(is_manifest(path) or is_lock_file(path) for path in paths)


def _classify_bot_update(title: str, change_type: str, scope: str, paths: Sequence[str]) -> NoiseClass:
    """Return "dependency" for an update that names one, or changes only manifests.

    Bots also update documents, translations, lists of plugins, and the version of a project.
    """
    noise = _classify_by_title(title, change_type)
    if noise == "version_bump" and not scope.startswith("deps"):
        return noise
    names_dependency = any(_DEPENDENCY_TITLE.search(text) for text in (title, _AREA.sub("", title)))
    if names_dependency or scope.startswith("deps"):
        return "dependency"
    return noise or ("dependency" if _has_only_manifests(paths) or _PACKAGE_UPDATE.match(title) else "generated")


def _classify_by_title(title: str, change_type: str) -> NoiseClass | None:
    titles = dict.fromkeys((title, _AREA.sub("", title)))
    matched = next((noise for text in titles for noise, pattern in TITLE_PATTERNS if pattern.search(text)), None)
    if matched is None and any(map(removes_own_tool, titles)):
        return "ci"
    return matched or NOISE_CLASS_BY_TYPE.get(change_type)


_VERSION_TITLE = re.compile(r"\bv?\d+\.\d+\.\d+[\w.+-]*$")
"""A title that ends with a version: a commit of manifests and notes alone is the release, whatever it is called."""


def _is_release_path(path: str) -> bool:
    return is_manifest(path) or is_changelog_path(path) or is_noise_path(path)


def _classify_by_paths(title: str, paths: Sequence[str]) -> NoiseClass | None:
    if _VERSION_TITLE.search(title) and paths and all(map(_is_release_path, paths)):
        return "dependency" if _UPDATE_TITLE.match(title) else "version_bump"
    by_paths = next((noise for noise, holds in PATH_RULES if paths and all(holds(path) for path in paths)), None)
    if by_paths is None and paths and any(map(is_manifest, paths)) and _UPDATE_TITLE.match(title):
        by_paths = "dependency" if all(is_manifest(path) or is_noise_path(path) for path in paths) else None
    if (
        by_paths is None
        and any(map(is_test_path, paths))
        and not any(is_user_path(path) or is_manifest(path) for path in paths)
    ):
        by_paths = "tests"  # documents of tests beside them; with a manifest it is about what a package needs
    return by_paths or ("ci" if _CI_TITLE.match(title) else None)
