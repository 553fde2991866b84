"""Parse the subject of a commit or the title of a pull request into its parts.

The forms are those of public repositories: conventional commits (`feat(api)!: …`), types in brackets (`[feat] …`),
gitmoji as characters or shortcodes (`:sparkles: …`), ids of a tracker (`FER-124 feat: …`, `[ABC-1] …`), numbers of pull
requests (`… (#12)`), issues (`…, closes #13`) and marks for a CI (`… [skip ci]`). The title is always a part of the
subject: nothing is cut out of its middle.
"""

import re
from dataclasses import dataclass
from typing import Final

import emoji

CONVENTIONAL_TYPES: Final = frozenset({
    "feat", "feature", "fix", "bugfix", "hotfix", "revert", "perf", "refactor", "style", "docs", "doc", "test",
    "tests", "build", "ci", "chore", "security", "deps", "release", "wip", "improvement", "enhancement",
})  # fmt: skip
"""Types that are a prefix. Any other word before a colon is an area (`builtin/gc: …`) and stays in the title."""

_BRACKETED_WORDS = {
    "fixed": "fix", "fixes": "fix", "added": "feat", "new": "feat", "documented": "docs", "improved": "", "improve": "",
    "changed": "", "change": "", "updated": "", "update": "",
}  # fmt: skip
"""Words in brackets that say what a type says, as a changelog has them: `[FIXED] Lost lock`. Some name no type."""

GITMOJI_TYPES: Final = {
    "✨": "feat", "💥": "feat", "🚸": "feat", "♿": "feat", "💄": "feat", "🌐": "feat", "📈": "feat", "🔊": "feat",
    "🚩": "feat", "🐛": "fix", "🚑": "fix", "🩹": "fix", "🥅": "fix", "🔇": "fix", "👽": "fix", "🔒": "security",
    "🔐": "security", "🛂": "security", "⚡": "perf", "📝": "docs", "💡": "docs", "✏": "docs", "📄": "docs",
    "♻": "refactor", "🎨": "refactor", "🔥": "refactor", "🚚": "refactor", "🏗": "refactor", "⚰": "refactor",
    "🏷": "refactor",
    "🗑": "refactor", "🚨": "style", "✅": "test", "🧪": "test", "🤡": "test", "📸": "test", "💚": "ci", "👷": "ci",
    "📦": "build", "🔨": "build", "🧱": "build", "⬆": "deps", "⬇": "deps", "📌": "deps", "➕": "deps", "➖": "deps",
    "🔖": "chore", "🔧": "chore", "🙈": "chore", "🔀": "chore", "🚧": "chore", "🎉": "chore", "🚀": "chore",
    "👥": "chore", "⏪": "revert",
}  # fmt: skip
"""Emoji of gitmoji.dev, without variation selectors -> the conventional type of the same meaning."""

BREAKING_GITMOJI: Final = "💥"

TRAILING_NUMBER_PATTERN: Final = r"\s*\((?:#|!)\d+\)$"
"""The number of a pull request or merge request that a forge adds; also read by polars."""

CHORE_TYPES: Final = frozenset({"chore", "build", "ci", "style", "test"})
"""Types of changes that are for the people of a project and not for its users."""

_REPAIR_TYPES = frozenset({"fix", "bugfix", "hotfix"})

_REPAIR_WORD = re.compile(
    r"(?:fix|repair|correct|hotfix|follow[- ]?up|address|restore|regression|revert)", re.IGNORECASE
)

_VARIATION_SELECTOR = "\ufe0f"

_CODE_SPAN = re.compile(r"(`[^`]*`)")
_SHORTCODE = re.compile(r"(?<![\w:]):[A-Za-z0-9_+-]{1,60}:(?![\w:])")

_CONVENTIONAL = re.compile(r"(?P<type>[A-Za-z]{2,12})(?: ?\((?P<scope>[^()]{1,80})\))?(?P<breaking>!)? ?:\s+(?=\S)")
_BRACKETED_TYPE = re.compile(
    r"\[(?P<type>[A-Za-z]{2,12})(?:[(/:] ?(?P<scope>[^()\]\[]{1,80})\)?)?(?P<breaking>!)?\]!?:?\s+(?=\S)"
)
_ASSISTANT = re.compile(r"(?i)\[?(?:claude(?:[- ]code)?|copilot|codex|aider|devin)(?:\]:?|:)\s+(?=\S+ \S)")
"""The assistant that wrote a change, which is no area of it: `claude: Fix the scale of maps`."""
_LINE = r"v?\d{1,3}\.(?:\d{1,3}|x)(?:\.(?:\d{1,3}|x))?"
_LINE_MARK = re.compile(
    rf"(?:\({_LINE}\)|\[(?:(?:release|stable|branch)[-/ ])?{_LINE}\]|release-{_LINE}:"
    r"|\[(?i:PR #\d{1,9}(?:/[0-9a-f]{7,40})? back-?port|back-?port[ :/][^\]\[]{1,30}|[\w./-]{1,20} back-?port)\])"
    r":?\s*(?=\S+ \S)"
)
"""The release line of a change in front of its title: `(2.14) Keep the lock`, `[PR #12 backport][3.7] Read it`."""
_TRACKER_ID = r"[A-Z][A-Z0-9_]{1,9}-\d{1,7}"
_BRACKETED_IDS = re.compile(rf"[\[(](?P<ids>{_TRACKER_ID}(?:[,; ]+{_TRACKER_ID}){{0,5}})[\])]:?\s*(?:-\s+)?(?=\S)")
_SEPARATED_IDS = re.compile(rf"(?P<ids>{_TRACKER_ID}(?:[,; ]+{_TRACKER_ID}){{0,5}})(?:\s*:|\s+[-–|])\s+(?=\S)")
_LEADING_IDS = re.compile(rf"(?P<ids>{_TRACKER_ID})\s+(?=\S)")
_TRAILING_IDS = re.compile(rf"\s*[\[(](?P<ids>{_TRACKER_ID})[\])]$")
_ANY_ID = re.compile(_TRACKER_ID)

_NO_TRACKERS = frozenset({
    "UTF", "SHA", "ISO", "RFC", "CVE", "CWE", "PEP", "AES", "RSA", "MD", "TLS", "SSL", "HTTP", "HTTPS", "IEEE",
    "BIP", "EIP", "ERC", "ECMA", "ES", "GPT", "GB", "KB", "MB", "IPV", "COVID", "PHP", "JDK", "PY", "X86",
    "ARM", "CP", "WINDOWS", "LATIN", "BASE", "INT", "UINT", "FLOAT", "GHSA", "PKCS", "ED", "MIT", "GPL", "LGPL",
    "AGPL", "BSD", "APACHE", "CC",
})  # fmt: skip
"""Names of standards and the like that look like a project of a tracker: `UTF-8`, `SHA-256`."""

_FORGE_PREFIX = re.compile(
    r"(?:Merged PR |[Pp]ull request #|[Mm]erge(?:d)? pull request #|PR #)(?P<number>\d{1,9}):\s+(?=\S)"
)
_PULL_NUMBERS = re.compile(r"\s*\((?:(?i:PR|pull request|MR) )?(?P<numbers>[#!]\d{1,9}(?:,\s*[#!]\d{1,9}){0,9})\)$")
_ISSUE_REFERENCE = r"(?:[\w./-]{0,80}[#!]|GH-)\d{1,9}"
_CLOSED_ISSUES = re.compile(
    r"[\s,;.:(\[–-]*\b(?:to )?(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?|refs?|see|part of|related to)"
    rf":?\s+\(?(?P<issues>{_ISSUE_REFERENCE}(?:\s*(?:,|and|&)\s*{_ISSUE_REFERENCE}){{0,9}})\)?[)\].]*$",
    re.IGNORECASE,
)
"""Numbers behind a title that say which issues it closes: `(close #12)`, `, fixes #3 and #4`."""
_ISSUE_NUMBER = re.compile(r"(?:[#!]|GH-)(\d{1,9})", re.IGNORECASE)
_ISSUE_CLAUSE = re.compile(
    r"\w[\"'`)\]]*\s*[,;.:–-]+\s*(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?|refs?|see):?\s*$", re.IGNORECASE
)
"""A clause of its own that says which issue is closed, unlike the end of a title: `Bug fix (#123)`, `Crash fixed (#9)`.
A number in brackets behind a title is that of the pull request: a forge adds it."""
_CI_MARK = (
    r"(?:\[(?:skip[ -](?:ci|actions|netlify|travis|azurepipelines|appveyor|github)"
    r"|(?:ci|actions|netlify|travis)[ -]skip|no[ -]ci)\]|\*\*\*NO_CI\*\*\*|skip-checks: ?true)"
)
_LEADING_CI_MARK = re.compile(rf"{_CI_MARK}:?\s*", re.IGNORECASE)
_TRAILING_CI_MARK = re.compile(rf"\s*{_CI_MARK}$", re.IGNORECASE)
BREAKS_NOTHING: Final = r"(?i:none|no|n/?a|nothing)(?=[,;.:(]|[ \t]*$)"
"""What authors write in a footer of a change that breaks nothing: `BREAKING CHANGE: nothing, all are optional`."""
_BREAKING_FOOTER = re.compile(
    rf"^BREAKING[ -]CHANGE(?:\([^()\n]{{1,40}}\))?:(?![ \t]{{0,4}}{BREAKS_NOTHING})", re.MULTILINE
)

MAX_PREFIXES: Final = 6
MAX_SUBJECT_LENGTH: Final = 1_000
"""Characters of a subject that are read."""


@dataclass(frozen=True)
class CommitSubject:
    """The parts of a subject.

    Attributes:
        title: What is left when the other parts are gone; never empty where the subject is not.
        type: A conventional type in lower case; from a gitmoji where the subject names none; empty without either.
        scope: The scope as it was written; empty without one.
        is_breaking: Whether the subject or the body says that it breaks something.
        gitmoji: The emoji in front, as a character; empty without one.
        tracker_ids: Ids of a tracker around the title, those behind it first.
        pull_requests: Numbers of the pull requests that brought it, the last one first.
        issues: Numbers of issues that its end says it closes or refers to.
        ci_marks: Marks that tell a CI to skip it.
        has_prefix: Whether something was taken off the front, so that the title may begin with a small letter.
    """

    title: str
    type: str = ""
    scope: str = ""
    is_breaking: bool = False
    gitmoji: str = ""
    tracker_ids: tuple[str, ...] = ()
    pull_requests: tuple[int, ...] = ()
    issues: tuple[int, ...] = ()
    ci_marks: tuple[str, ...] = ()
    has_prefix: bool = False


def replace_shortcodes(text: str) -> str:
    """Replace `:sparkles:` and other names of emoji by the character, outside of code and words."""
    if ":" not in text:
        return text
    parts = _CODE_SPAN.split(text)
    return "".join(part if number % 2 else _SHORTCODE.sub(_find_emoji, part) for number, part in enumerate(parts))


def _find_emoji(match: re.Match[str]) -> str:
    return emoji.emojize(match[0], language="alias")


def is_tracker_id(text: str) -> bool:
    """Return whether a text that looks like the id of a tracker is one, and not the name of a standard."""
    return text.partition("-")[0] not in _NO_TRACKERS


def is_repair(title: str, change_type: str = "") -> bool:
    """Return whether a title says that the change repairs something: by its type, or by its first word."""
    subject = parse_subject(title)
    return (change_type or subject.type) in _REPAIR_TYPES or bool(_REPAIR_WORD.match(subject.title))


def parse_subject(subject: str, body: str = "") -> CommitSubject:
    """Parse a subject; `body` is read for a `BREAKING CHANGE:` footer."""
    line = " ".join(subject[:MAX_SUBJECT_LENGTH].split())
    parser = _SubjectParser(line)
    parser.read_end()
    parser.read_front()
    is_breaking = parser.is_breaking or bool(_BREAKING_FOOTER.search(body))
    kind = parser.type or GITMOJI_TYPES.get(parser.gitmoji.replace(_VARIATION_SELECTOR, ""), "")
    return CommitSubject(
        title=parser.text, type=kind, scope=parser.scope, is_breaking=is_breaking, gitmoji=parser.gitmoji,
        tracker_ids=tuple(parser.tracker_ids), pull_requests=tuple(parser.pull_requests), issues=tuple(parser.issues),
        ci_marks=tuple(parser.ci_marks), has_prefix=parser.has_prefix,
    )  # fmt: skip


class _SubjectParser:
    """Takes parts off the end and the front of a line, as long as something is left."""

    def __init__(self, line: str) -> None:
        self.text = line
        self.type = self.scope = self.gitmoji = ""
        self.is_breaking = self.has_prefix = False
        self.tracker_ids: list[str] = []
        self.pull_requests: list[int] = []
        self.issues: list[int] = []
        self.ci_marks: list[str] = []

    def read_end(self) -> None:
        """Take numbers, tracker ids and marks for a CI off the end."""
        for _ in range(MAX_PREFIXES):
            if (mark := _TRAILING_CI_MARK.search(self.text)) and self._cut_end(mark):
                self.ci_marks.append(mark[0].strip())
            elif (numbers := _PULL_NUMBERS.search(self.text)) and not _ISSUE_CLAUSE.search(
                self.text, 0, numbers.start()
            ):
                if not self._cut_end(numbers):
                    return
                self.pull_requests += map(int, re.findall(r"\d+", numbers["numbers"]))
            elif (
                (closed := _CLOSED_ISSUES.search(self.text))
                and self._leaves_no_bracket(closed)
                and self._cut_end(closed)
            ):
                self.issues += map(int, _ISSUE_NUMBER.findall(closed["issues"]))
            elif (ids := _TRAILING_IDS.search(self.text)) and is_tracker_id(ids["ids"]) and self._cut_end(ids):
                self.tracker_ids.append(ids["ids"])
            else:
                return

    def read_front(self) -> None:
        """Take the type, ids, a gitmoji and marks off the front."""
        for _ in range(MAX_PREFIXES):
            if not self._read_prefix():
                return

    def _read_prefix(self) -> bool:
        if (mark := _LEADING_CI_MARK.match(self.text)) and self._cut_front(mark.end()):
            self.ci_marks.append(mark[0].strip(" :"))
            return True
        if (number := _FORGE_PREFIX.match(self.text)) and self._cut_front(number.end()):
            self.pull_requests.append(int(number["number"]))
            return True
        if (line := _LINE_MARK.match(self.text)) and self._cut_front(line.end()):
            return True
        if (assistant := _ASSISTANT.match(self.text)) and self._cut_front(assistant.end()):
            return True
        return self._read_type() or self._read_tracker_ids() or self._read_gitmoji()

    def _read_type(self) -> bool:
        match = _CONVENTIONAL.match(self.text)
        if match is None and (match := _BRACKETED_TYPE.match(self.text)) and match["type"].lower() in _BRACKETED_WORDS:
            if not self.type:
                self.type, self.scope = _BRACKETED_WORDS[match["type"].lower()], (match["scope"] or "").strip()
            return self._cut_front(match.end())
        if match and match["type"].lower() == "breaking":
            self.is_breaking = True
            return self._cut_front(match.end())
        if self.type or match is None or match["type"].lower() not in CONVENTIONAL_TYPES:
            return False
        self.type, self.scope = match["type"].lower(), (match["scope"] or "").strip()
        self.is_breaking |= bool(match["breaking"]) or "]!" in match[0]
        return self._cut_front(match.end())

    def _read_tracker_ids(self) -> bool:
        match = _BRACKETED_IDS.match(self.text) or _SEPARATED_IDS.match(self.text)
        if match is None and (leading := _LEADING_IDS.match(self.text)):
            # Without a separator it may be a word of the title, unless a type follows: `FER-124 feat: …`.
            rest = _CONVENTIONAL.match(self.text, leading.end())
            match = leading if rest and rest["type"].lower() in CONVENTIONAL_TYPES else None
        if match is None:
            return False
        ids = _ANY_ID.findall(match["ids"])
        if not all(map(is_tracker_id, ids)):
            return False
        self.tracker_ids += ids
        return self._cut_front(match.end())

    def _read_gitmoji(self) -> bool:
        """Read an emoji in front; it stays in the title unless a type, which says the same, follows it."""
        if self.gitmoji:
            return False
        code = _SHORTCODE.match(self.text)
        character = _find_emoji(code) if code else ""
        length = code.end() if code and character != code[0] else 0
        if not length and self.text[:16].isascii():
            return False  # the usual case, and looking for an emoji is slow
        if not length:
            first = next(iter(emoji.emoji_list(self.text[:16])), None)
            if first is None or first["match_start"]:
                return False
            # An emoji that needs no variation selector may be written with one.
            after = self.text[first["match_end"] :]
            length = len(self.text) - len(after.removeprefix(_VARIATION_SELECTOR))
            character = self.text[:length]
        self.gitmoji = character
        self.is_breaking |= character == BREAKING_GITMOJI
        rest = self.text[length:].lstrip()
        match = _CONVENTIONAL.match(rest) or _BRACKETED_TYPE.match(rest)
        if self.type or (match and match["type"].lower() in CONVENTIONAL_TYPES):
            return self._cut_front(len(self.text) - len(rest))
        return False

    def _cut_front(self, length: int) -> bool:
        rest = self.text[length:].strip()
        if not rest:
            return False
        self.text, self.has_prefix = rest, True
        return True

    def _leaves_no_bracket(self, match: re.Match[str]) -> bool:
        """Return whether no bracket stays open: `Exit once (should fix #12)` is a title as a whole."""
        rest = self.text[: match.start()]
        return rest.count("(") == rest.count(")")

    def _cut_end(self, match: re.Match[str]) -> bool:
        rest = self.text[: match.start()].rstrip()
        if not rest:
            return False
        self.text = rest
        return True
