"""Points of a change within its place in the order: a sum over a short table, each entry with its reason in words.

`benchmarks/stories.py` fits the table on what the editors of Nushell's release notes chose and prints how near the
order comes to theirs. Sizes are capped: a change of 5,000 lines is no larger than one of 20.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.models import Change
from sparky_assets.text.paths import is_changelog_path, is_test_path, is_user_path
from sparky_assets.text.subjects import CHORE_TYPES

MIN_SIZE_LINES = 20
MIN_BRANCH_COMMITS, MIN_LONG_BRANCH_COMMITS = 40, 100
"""Commits of one merge from which it is the work of weeks: ghostty's new terminal state came in one of 430."""

ADDING_TYPES = frozenset({"feat", "feature"})


_ADDS = re.compile(
    r"^(?:add|adds|added|supports?|(?:full|initial|basic|experimental|preliminary) support|introduce|implement|allow"
    r"|enable|expose|new)\b",
    re.IGNORECASE,
)

_RENAMES = re.compile(r"^(?:rename|deprecate)", re.IGNORECASE)

_SPEED = re.compile(r"\b(?:perf|faster|speed|optimi\w+|performance)\b", re.IGNORECASE)

_FAILURE_WORD = re.compile(r"\b(?:panic|crash|hang|overflow|corrupt|data loss|deadlock)", re.IGNORECASE)

_PROSE_TITLE = re.compile(
    r"\b(?:docs?|readme|document\w*|comments?|examples?|description|search terms)\b", re.IGNORECASE
)

_BUILD_TITLE = re.compile(
    r"\b(?:tests?|ci|build|nix|toolchain|rustc?|benchmark\w*|release|publish|workflow|crates?|internals?)\b",
    re.IGNORECASE,
)

_INNER_TITLE = re.compile(
    r"::|\w\(\)|\b[a-z]+_\w+|\w\.(?:rs|py|go|[jt]sx?|c|cc|cpp|h|rb|php|java|kt|exs?|swift)\b"
    r"|(?i:\b(?:macros?|derive|clones?|refactor\w*|structs?|traits?|modules?|lints?|helpers?|boilerplate|dedup\w*|internally)\b"
    r"|^(?:[\w./-]{2,30}: )?(?:migrate|consolidate|centrali[sz]e|unify|extract|factor out|modernize|reuse)\b)"
)

_RESTRUCTURES = re.compile(
    r"^(?:[\w./-]{2,30}: )?(?:factor(?:ed|s)? out|untangle|dedup\w*|consolidate|extract|inline)\b"
    r"|^(?:[\w./-]{2,30}: )?make \S+(?: \S+){0,3} (?:reusable|private|generic|static|const|internal)$"
    r"|^(?:[\w./-]{2,30}: )?(?:migrate|generali[sz]e|move|convert|replace calls|rewrite|split|unify)\b"
    r".*(?:\b[a-z]+_[a-z]\w*|\w\.(?:rs|py|go|[jt]sx?|c|cc|cpp|h|rb|php|java|kt|exs?|swift)\b|\w\(\))",
    re.IGNORECASE,
)
"""What is done to code alone: `factor out the linking of variables`, `Migrate matching.py to permitted_ids`."""

_SAMPLE_PATH = re.compile(r"(?:^|/)(?:examples?|samples?|demos?|benches|benchmarks?)/", re.IGNORECASE)

_TEST_TITLE = re.compile(
    r"^(?:[\w./-]{2,30}: )?"
    r"(?:gate|mark|move|split|rename|deflake|stabili[sz]e|un-?ignore|re-?enable|relax|disable)[sd]?\b.{0,60}\btests?\b",
    re.IGNORECASE,
)
"""What is done to tests alone, also to those that are beside the code: `gate rejection test behind feature`."""

_COMMAND_TITLE = re.compile(r"`[a-z][a-z -]{0,40}`|(?:^|\W)--?[a-z]|\$[a-z]+")

_PACKAGING_PATH = re.compile(r"(?i)docker|\.nix$|(?:^|/)(?:wix|snap|scripts?|toolkit\w*|\.devcontainer)/|citation")


@lru_cache(maxsize=200_000)
def _is_packaging_path(path: str) -> bool:
    return bool(_PACKAGING_PATH.search(path))


def names_inner_code(title: str) -> bool:
    """Return whether a title names code that users do not meet: `make is_ancestor() async`."""
    return bool(_INNER_TITLE.search(title))


_CODE_TITLE = re.compile(
    r"(?i)\b(?:helpers?|refactor\w*|boilerplate|dedup\w*|combinators?|accessors?|closures?|abstractions?|guard clauses?"
    r"|import cycles?|call ?sites?|doc ?strings?|moduledocs?|phpdocs?|javadocs?|doc ?blocks?|hot[- ]paths?|no-?ops?"
    r"|(?:try|catch|finally|except|rescue|ensure|if|else) (?:blocks?|branch(?:es)?|clauses?)"
    r"|dead code|code ?gen(?:eration)?|type alias(?:es)?|todos?|comments?)\b"
    r"|^(?:[\w./-]{2,30}: )?(?:make|mark) .{1,60} (?:private|abstract|final|const|inline|static)$"
    r"|^(?:[\w./ -]{2,40}: )?(?:remove|avoid|drop|don['’]t|do not|save|skip|stop|eliminate|elide)\b.{0,40}"
    r"\b(?:allocat(?:e|es|ing|ions?)|clon(?:e|es|ing)|copy(?:ing)?|copies)\b(?! (?:files?|text|links?|urls?)\b)"
    r"|\b(?:raw|for(?:each)?|while) loops?\b|^(?:[\w./-]{2,30}: )?use \S.{1,60} where(?:ver)? (?:possible|appropriate)$"
    r"|\b(?:after|before) each test\b"
)
"""What a title names that no user meets: a helper, a closure, a comment."""


def is_about_code(title: str) -> bool:
    """Return whether a title is about code that no user meets, as far as its words say it: `add a Pid.kill helper`."""
    return bool(_CODE_TITLE.search(title) or _RESTRUCTURES.search(title) or _TEST_TITLE.search(title))


def names_speed(title: str) -> bool:
    """Return whether a title says that something is faster."""
    return bool(_SPEED.search(title))


_NAME = r"(?:[A-Z][\w.+#-]{1,30}|`[^`]{2,40}`)(?: [A-Z][\w.+#-]{1,30})?"
_CHANGES_TOOL = re.compile(
    rf"^(?:[\w./-]{{2,30}}: )?(?:(?i:replaces?d?|swap(?:s|ped)?) {_NAME} (?:with|by|for) {_NAME}"
    rf"|(?i:migrat(?:e[sd]?|ing)|switch(?:e[sd]|ing)?|mov(?:e[sd]?|ing)) from {_NAME} to {_NAME})(?: .{{0,60}})?$"
)
"""The move from one tool to another, each with its name: `Replace Bugsnag with Sentry`."""
MIN_MOVED_PATHS = 15
"""Files of such a move from which it is work on a whole application; with fewer it may be of one test."""


def changes_tool(change: Change) -> bool:
    """Return whether a change moves a whole application from one tool to another: `Replace Bugsnag with Sentry`."""
    return bool(_CHANGES_TOOL.match(change.title)) and sum(map(is_user_path, change.paths)) >= MIN_MOVED_PATHS


MIN_ASKED = 8
"""Reactions and comments from which users asked for a change. The history that points are fitted on has none."""


@dataclass(frozen=True)
class PointRule:
    """An entry of the table."""

    name: str
    points: int
    reason: str
    holds: Callable[[ChangeRecord], bool]


def _title_matches(pattern: re.Pattern[str]) -> Callable[[ChangeRecord], bool]:
    return lambda record: bool(pattern.search(record.change.title))


def _changes_samples(record: ChangeRecord) -> bool:
    """Return whether all that users see of a change are examples."""
    paths = [path for path in record.change.paths if is_user_path(path)]
    return bool(paths) and all(map(_SAMPLE_PATH.search, paths))


def _keeps_behavior(record: ChangeRecord) -> bool:
    """Return whether a message says that users see no difference, of a change whose title says so too.

    A message on a feature or fix says it of a part: `The default behavior stays the same`.
    """
    return record.signals.keeps_behavior and bool(_INNER_TITLE.search(record.change.title))


def adds_entry(record: ChangeRecord) -> bool:
    """Return whether a change of code adds an entry for its users to the changelog."""
    paths = record.change.paths
    return any(map(is_changelog_path, paths)) and any(map(is_user_path, paths))


def _has_branch_of(commits: int, change: Change) -> bool:
    """Return whether a merge brought so many commits that are not about building or tests, by its title."""
    return change.branch_commits >= commits and not _BUILD_TITLE.search(change.title)


def _starts_adding(record: ChangeRecord) -> bool:
    return _ADDS.match(record.change.title) is not None


POINT_RULES: tuple[PointRule, ...] = (
    PointRule("noise", -4, "housekeeping", lambda record: record.change.noise is not None),
    PointRule("bot", -3, "from a bot", lambda record: record.change.is_bot),
    PointRule("breaking", 5, "it says that it breaks something", lambda record: record.signals.is_breaking),
    PointRule("long_message", 3, "its message explains much", lambda record: record.signals.prose_words >= 200),
    PointRule("message", 1, "its message explains it", lambda record: record.signals.prose_words >= 100),
    PointRule("examples", 1, "its message has three examples", lambda record: record.signals.code_blocks >= 3),
    PointRule("figure", 2, "its message has a figure", lambda record: record.signals.has_figure),
    PointRule("for_users", 1, "a section for users", lambda record: record.signals.user_section_words >= 12),
    PointRule("long_for_users", 1, "a long section for users", lambda r: r.signals.user_section_words >= 100),
    PointRule("sections", 1, "its message has four sections", lambda record: record.signals.section_count >= 4),
    PointRule("effects", 1, "sentences about its effect", lambda record: record.signals.effect_count >= 2),
    PointRule("denies", -1, "its message says that users see nothing", lambda record: record.signals.denies_effect),
    PointRule("unchanged", -3, "its message says that nothing changes", _keeps_behavior),
    PointRule("default", 1, "a default, minimum or deprecation", lambda record: record.signals.changes_default),
    PointRule("renames", 2, "a rename or deprecation", _title_matches(_RENAMES)),
    PointRule("removal", 1, "it takes something away", lambda record: record.signals.is_removal),
    PointRule("closes", 1, "it closes an issue", lambda record: bool(record.change.closes)),
    PointRule("asked", 1, "users asked for it", lambda record: record.asked >= MIN_ASKED),
    PointRule("tests", 2, "it comes with tests", lambda record: any(map(is_test_path, record.change.paths))),
    PointRule("entry", 2, "it comes with an entry of the changelog", adds_entry),
    PointRule("adds", 1, "a new ability", lambda r: r.change.type in ADDING_TYPES or _starts_adding(r)),
    PointRule("speed", 2, "performance", _title_matches(_SPEED)),
    PointRule("failure", 2, "a failure that users felt", _title_matches(_FAILURE_WORD)),
    PointRule("command", 2, "its title names what users type", _title_matches(_COMMAND_TITLE)),
    PointRule("inner", -1, "its title names code", _title_matches(_INNER_TITLE)),
    PointRule("prose", -1, "documentation", _title_matches(_PROSE_TITLE)),
    PointRule("chore", -3, "a chore by its own type", lambda record: record.change.type in CHORE_TYPES),
    PointRule("building", -1, "tests or building", _title_matches(_BUILD_TITLE)),
    PointRule(
        "testing", -4, "a change of tests by its title",
        lambda record: record.change.type not in ADDING_TYPES and bool(_TEST_TITLE.match(record.change.title)),
    ),
    PointRule("samples", -3, "examples alone", _changes_samples),
    PointRule("restructures", -2, "its title says how code is divided", _title_matches(_RESTRUCTURES)),
    PointRule("packaging", -1, "packaging", lambda record: any(map(_is_packaging_path, record.change.paths))),
    PointRule("new_file", 1, "new files for users", lambda record: any(map(is_user_path, record.change.new_paths))),
    PointRule("branch", 3, "a branch of many commits", lambda r: _has_branch_of(MIN_BRANCH_COMMITS, r.change)),
    PointRule("long_branch", 3, "a long branch", lambda r: _has_branch_of(MIN_LONG_BRANCH_COMMITS, r.change)),
    PointRule("changes_tool", 5, "a move from one tool to another", lambda record: changes_tool(record.change)),
    PointRule("size", 1, "more than a few lines", lambda record: record.size >= MIN_SIZE_LINES),
    PointRule(
        "no_user_path", -3, "nothing outside tests, docs and CI",
        lambda record: bool(record.change.paths) and not any(map(is_user_path, record.change.paths)),
    ),
)  # fmt: skip

TAKEN_BACK_POINTS, FOLLOW_UP_POINTS = -4, -1
"""A change that is taken back within the period, and a follow-up of another change of the period."""


@dataclass(frozen=True)
class ChangePoints:
    """The points of a change, with the rules that hold."""

    points: int
    rules: tuple[PointRule, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it has these points, the heaviest first."""
        ordered = sorted(self.rules, key=lambda rule: (-abs(rule.points), rule.name))
        return tuple(f"{rule.reason} {rule.points:+d}" for rule in ordered)


def compute_points(record: ChangeRecord) -> ChangePoints:
    """Return the points of a change by itself."""
    rules = tuple(rule for rule in POINT_RULES if rule.holds(record))
    return ChangePoints(sum(rule.points for rule in rules), rules)
