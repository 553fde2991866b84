"""Signals of a change: what its message says, read in one pass over the raw text.

Ranking a month of 3,000 repositories needs them of every change, so no Markdown is parsed here; the documents of the
changes that are printed are parsed by `sparky_assets/documents`. Nothing read here is ever printed.
"""

import re
from dataclasses import dataclass

from sparky_assets.text.clean import strip_comments
from sparky_assets.text.references import find_security_ids
from sparky_assets.text.upgrades import BLOCKED, NOT_MISSED, tells_hole

MAX_SIGNAL_CHARACTERS = 6000
"""Characters of a message that are read."""

MAX_STATE_WORDS = 9

_HEADING = re.compile(r"^ {0,3}(?:#{1,6}[ \t]+(?P<marked>[^\n]{1,120})|\*\*(?P<bold>[^\n*]{1,80})\*\*:?)[ \t]*$")

_FENCE = re.compile(r"^ {0,3}(?:```|~~~)")

_DETAILS = re.compile(r"<details\b.*?(?:</details>|\Z)", re.DOTALL | re.IGNORECASE)

_TRAILER = re.compile(r"^(?:[A-Z][A-Za-z]{1,20}-)+(?:by|to|for|id|from|cc|with):", re.IGNORECASE)

_BREAKING_FOOTER = re.compile(r"^BREAKING[ -]CHANGES?\b", re.MULTILINE)

_BREAKING_WORDS = re.compile(
    r"\b(?:this|these|it) (?:is|are|may be|might be|will be) (?:a )?(?:potentially )?breaking"
    r"|\bbreaking[- ]change\b(?!s? ?(?::|=|\?|-)? ?(?:no|none|n/a|false)\b)|\bbreaks? (?:backward|existing|compat)"
    r"|\bbackwards?[- ]incompatible|\bincompatible change",
    re.IGNORECASE,
)

_NEGATED = re.compile(
    r"\b(?:no|not|non|isn't|without|any|avoid\w*|prevent\w*|fix(?:e[sd])?|fixing|revert\w*|undo\w*|aren't)\W+(?:\w+\W+){0,3}$",
    re.IGNORECASE,
)
"""Words in front of “breaking change” behind which nothing breaks: “fix a breaking change” mends one."""

_NOTHING = re.compile(
    r"^\W*(?:none|no|n/?a|nothing|not? applicable|no (?:user[- ]facing )?changes?|tbd|todo|-|nope|nil"
    r"|there (?:are|is) no .{0,40}|no user.{0,40}|none (?:that|i|really|expected|other|visible|hopefully).{0,60}"
    r"|should(?:n't| not) be any.{0,40}|internal(?: only| change| refactor\w*)?"
    r"|same as .{0,30}|bug ?fix(?:es)?|\s*)\W*$",
    re.IGNORECASE | re.DOTALL,
)

_BEHAVIOR = r"behaviou?rs?"
_KEEPS_BEHAVIOR = re.compile(
    r"\b(?:no|without|zero) (?:intended |intentional |observable )?"
    r"(?:behaviou?r(?:al)?|functional|user[- ](?:visible|facing)|runtime) (?:change|impact|effect)"
    rf"|\b{_BEHAVIOR} (?:is|are|was|stays?|remains?|left|kept) (?:completely |entirely |otherwise )?"
    r"(?:unchanged|the same|identical|as is)"
    r"|\b(?:leaves?|leaving|keep(?:s|ing)?|preserv\w+) (?:the |all |its |existing |current |observable ){0,3}"
    rf"{_BEHAVIOR} (?:unchanged|intact|identical|as is)"
    rf"|\b(?:keep(?:s|ing)?|preserv(?:e|es|ing)) (?:the |all ){{0,2}}(?:existing|current|previous) {_BEHAVIOR}\b"
    rf"|\b{_BEHAVIOR}[- ](?:preserving|neutral|identical)\b"
    r"|\b(?:pure(?:ly)?(?: a| an)?(?: mechanical)?|mechanical|just a|only a|internal) refactor(?:ing)?\b",
    re.IGNORECASE,
)
"""An author says that users see no difference."""

_NOT_FOR_NOTES = re.compile(
    r"\bignore[- ]for[- ]release\b"
    r"|\bno (?:changelog|release notes?|news fragment)(?: entry)? (?:is )?(?:needed|necessary|required)\b",
    re.IGNORECASE,
)
"""An author says that a change is nothing for the notes of a release."""

_USER_SECTION = re.compile(
    r"user[- ]?(?:facing|visible)|release[- ]?notes?|changelog|impact|migration|upgrad|breaking|what'?s new|behaviou?r",
    re.IGNORECASE,
)

_SKIPPED_SECTION = re.compile(
    r"test|check ?list|tasks?$|todo|after submitting|verification|how (?:was|has|to) .*test|reviewer|screenshots?"
    r"|type of change|deliverable|timeline|additional|next steps|automat",
    re.IGNORECASE,
)

_FAILURE = re.compile(
    r"\b(?:crash\w*|corrupt\w*|panic\w*|cannot|can't|silently|wrong(?:ly)?|ignored|incorrect\w*|broken|fail(?:s|ed|ing)?"
    r"|hang(?:s|ed)?|leak\w*|regression|deadlock\w*|lost|error(?:s|ed)?|missing|unexpected\w*|never)\b",
    re.IGNORECASE,
)

_EFFECT = re.compile(
    r"\b(?:now|no longer|can (?:be|now|use)|you can|users? can|adds?|added|allows?|lets you|introduc\w+|enables?"
    r"|supports?|previously|before(?: this)?|used to|instead of|so that|currently|will now"
    r"|new (?:command|flag|option))\b",
    re.IGNORECASE,
)

_FIGURE = re.compile(
    r"\b\d[\d.,]* ?(?:%|x|×|percent|times|ms|µs|us|ns|s|sec(?:onds?)?|[KMG]i?B)"
    r"(?=.{0,80}\b(?:faster|slower|improv\w+|reduc\w+|speed\w*|less|fewer|smaller|saves?|gain|drop\w*|increase\w*))"
    r"|\b(?:faster|improv\w+|reduc\w+|speed\w*|saves?|smaller|increase\w*).{0,80}?\b\d[\d.,]* ?(?:%|x|×|percent|times)",
    re.IGNORECASE,
)

_DIGIT = re.compile(r"\d")

_BLOCKED = re.compile(
    rf"{BLOCKED}|\bcannot be (?:built|released|deployed)\b|\bknown failures?\b"
    r"|\bdelayed until\b|\bdoes not (?:build|compile)\b|\bbroken dependenc",
    re.IGNORECASE | re.MULTILINE,
)

_CHANGED_DEFAULT = re.compile(
    r"\bby default\b|\bdefaults? (?:to|is|value|was|are|changed)\b|\bdeprecat\w+"
    r"|\bminimum (?:supported )?(?:version|rust)|\bMSRV\b|\bdrop(?:s|ped)? support\b"
    r"|\brequires? (?:at least )?(?:python|node|rust|go|java|php|ruby) ?\d",
    re.IGNORECASE,
)

_REMOVED = re.compile(
    rf"^(?:remove|removes|removed|drop|drops|delete|deletes) (?!.*\b(?:{NOT_MISSED}"
    r"|todo|comment|warning|test|old|legacy|workaround|clone|unwrap|dependency|dependencies|dep|deps)\b)",
    re.IGNORECASE,
)

_NO_LONGER = re.compile(r"\bno longer\b|\bdisallow|\bnow (?:an )?errors?\b|\bremoved\b", re.IGNORECASE)


# One of these words is in every match of the pattern of the same name. Looking for them is twenty times faster than the
# pattern, which begins at every word.
_BREAKING_HINTS = ("break", "incompatib")
_KEEPING_HINTS = ("behavio", "refactor", "functional", "visible", "facing", "runtime")
_BLOCKED_HINTS = ("blocked", "cannot be", "known fail", "delayed until", "does not", "broken dep")
_HOLE_HINTS = (
    "bypass", "attack", "unauth", "malicious", "privileg", "trusted", "remote", "leak", "disclos", "allow",
    "permit", "lead", "prevent",
)  # fmt: skip
_DEFAULT_HINTS = ("default", "deprecat", "minimum", "msrv", "drop", "require")


@dataclass(frozen=True)
class ChangeSignals:
    """What a title and message say about a change, as flags and counts."""

    security_ids: tuple[str, ...] = ()
    is_breaking: bool = False
    """The message says that it breaks something, or its section of breaking changes is not empty."""
    is_removal: bool = False
    is_blocked: bool = False
    has_figure: bool = False
    changes_default: bool = False
    tells_hole: bool = False
    """The message says what a hole let people do. Only a fix closes one."""
    user_section_words: int = 0
    """Words under headings for users, 0 if there are none or they say "None"."""
    keeps_behavior: bool = False
    """The message says that what users see stays as it is."""
    denies_effect: bool = False
    """A section for users says that there is nothing for them."""
    prose_words: int = 0
    """Words of prose outside skipped sections, code and quoted notes of others."""
    section_count: int = 0
    effect_count: int = 0
    failure_count: int = 0
    code_blocks: int = 0

    @property
    def has_effect(self) -> bool:
        """Whether the message says what users notice."""
        return not self.denies_effect and (self.user_section_words > 0 or self.effect_count + self.failure_count > 1)


def read_signals(title: str, body: str) -> ChangeSignals:
    """Return the signals of a change.

    Args:
        title: its title.
        body: its message without the title; of any size and any content.
    """
    text = _DETAILS.sub(" ", strip_comments(body[:MAX_SIGNAL_CHARACTERS].replace("\r\n", "\n")))
    sections, code_blocks = _split_sections(text)
    user_words, denies_effect, prose = 0, False, []
    for heading, section in sections:
        if _SKIPPED_SECTION.search(heading) and not _USER_SECTION.search(heading):
            continue
        if _USER_SECTION.search(heading):
            if _NOTHING.match(section):
                denies_effect = True
                continue
            user_words += len(section.split())
        prose.append(section)
    spoken = "\n".join(prose)
    denies_effect = denies_effect or bool(_NOT_FOR_NOTES.search(spoken))
    headings = "\n".join(heading for heading, _ in sections)
    lower = f"{title}\n{headings}\n{spoken}".lower()
    return ChangeSignals(
        security_ids=find_security_ids(f"{title}\n{spoken}"),
        is_breaking=_mentions(lower, _BREAKING_HINTS) and _says_breaking(title, spoken, sections),
        is_removal=bool(_REMOVED.search(title) or _NO_LONGER.search(title)),
        is_blocked=_mentions(lower, _BLOCKED_HINTS) and (bool(_BLOCKED.search(title)) or _has_blocked_line(spoken)),
        has_figure=any(_FIGURE.search(line) for line in spoken.split("\n") if _DIGIT.search(line)),
        changes_default=_mentions(lower, _DEFAULT_HINTS)
        and bool(_CHANGED_DEFAULT.search(title) or _CHANGED_DEFAULT.search(spoken)),
        tells_hole=_mentions(lower, _HOLE_HINTS) and tells_hole(spoken),
        user_section_words=user_words,
        keeps_behavior=_mentions(lower, _KEEPING_HINTS) and bool(_KEEPS_BEHAVIOR.search(spoken)),
        denies_effect=denies_effect and not user_words,
        prose_words=len(spoken.split()),
        section_count=sum(1 for heading, section in sections if heading and not _NOTHING.match(section)),
        effect_count=_count_lines(_EFFECT, spoken),
        failure_count=_count_lines(_FAILURE, f"{title}\n{spoken}"),
        code_blocks=code_blocks,
    )


def _mentions(lower: str, hints: tuple[str, ...]) -> bool:
    return any(hint in lower for hint in hints)


def _split_sections(text: str) -> tuple[list[tuple[str, str]], int]:
    """Return (heading, prose) of each section, and the number of fenced blocks; code is no prose."""
    sections: list[tuple[str, list[str]]] = [("", [])]
    in_fence, code_blocks = False, 0
    for line in text.split("\n"):
        if _FENCE.match(line):
            in_fence = not in_fence
            code_blocks += in_fence
            continue
        if in_fence or _TRAILER.match(line):
            continue
        if len(line) < 200 and (match := _HEADING.match(line)):
            sections.append((match["marked"] or match["bold"], []))
        else:
            sections[-1][1].append(line)
    return [(heading, "\n".join(lines).strip()) for heading, lines in sections], code_blocks


def _has_blocked_line(spoken: str) -> bool:
    """Return True for a short line of its own, as reports of a state have it; prose mentions blocks in passing."""
    if not _BLOCKED.search(spoken):
        return False
    return any(_BLOCKED.search(line) for line in spoken.split("\n") if len(line.split()) <= MAX_STATE_WORDS)


def _says_breaking(title: str, spoken: str, sections: list[tuple[str, str]]) -> bool:
    if _BREAKING_FOOTER.search(spoken):
        return True
    if any("breaking" in heading.lower() and section and not _NOTHING.match(section) for heading, section in sections):
        return True
    for text in (title, spoken):
        for match in _BREAKING_WORDS.finditer(text):
            if not _NEGATED.search(text[max(0, match.start() - 40) : match.start()]):
                return True
    return False


def _count_lines(pattern: re.Pattern[str], text: str) -> int:
    """Return the number of lines with a match. Searching from match to match is faster than searching each line."""
    count, position = 0, 0
    while match := pattern.search(text, position):
        count += 1
        line_end = text.find("\n", match.end())
        if line_end < 0:
            break
        position = line_end + 1
    return count
