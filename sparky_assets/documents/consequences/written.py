"""What items of notes that people write for users take away, without a heading or label that says it. Pure.

In a list of commits most removals and renames are of a project's own code; who writes notes leaves these out.
"""

import re
from collections.abc import Sequence

from sparky_assets.documents.consequences.changed_names import find_changed_name, says_renamed
from sparky_assets.documents.consequences.verbs import BARE_CODE, FIXING_ITEM, LEAD_IN, plain_item
from sparky_assets.documents.models import ConsequenceKind, NoteItem
from sparky_assets.documents.note_kinds import is_internal, is_revert
from sparky_assets.text.upgrades import NOT_MISSED

_COMMIT_ITEM = re.compile(
    r".*(?:\bby \[?@[\w-]+\S* in \S+"
    r"|\(?\[?[`(]?[0-9a-f]{7,40}[`)]?\]?(?:\([^()\s]*\))?\)?(?: [\w .@'-]{1,40}\)?)?)\W*\Z"
    r"|(?:[a-z][\w./,{}+-]{1,30}(?:\([^()\n]*\))?!?: ){1,2}[a-z]",
    re.DOTALL,
)
"""An item that is the title of a commit or pull request: `lamp: move the cache`, `… by @ada in https://…`."""

MAX_COMMIT_SHARE = 0.4
"""Share of such items up to which notes are written by people, for users."""


def are_written(items: Sequence[NoteItem]) -> bool:
    """Return whether notes are written for users, and are not the titles of all commits."""
    return sum(bool(_COMMIT_ITEM.match(item.text)) for item in items) <= MAX_COMMIT_SHARE * len(items)


OWN_HEADING = re.compile(
    r"(?i)\b(?:maintenance|refactor\w*|clean\w*|quality|internals?|builds?|chores?|housekeeping|tasks?|docs?|documentation"
    r"|tests?|testing|ci|infrastructure|develop\w*|packaging|dependenc\w*|security|fix\w*|bugs?|bugfix\w*|misc\w*"
    r"|performance|examples?|style|formatt\w+)\b"
)
"""A heading below which items are about the project itself, or mend what was wrong."""
_OLD = r"(?:deprecated|legacy|obsolete|experimental|outdated|long-deprecated|old)"
INTERFACE = (
    r"(?:arguments?|options?|flags?|parameters?|params?|(?:sub)?commands?|methods?|functions?|macros?|class(?:es)?"
    r"|traits?|modules?|features?|engines?|plugins?|apis?|settings?|modes?|targets?|formats?|backends?|drivers?|helpers?"
    r"|alias(?:es)?|namespaces?|endpoints?|propert(?:y|ies)|attributes?|constants?|keywords?|syntax|interfaces?|types?"
    r"|structs?|enums?|fields?|adapters?|providers?|hooks?|callbacks?|rules?|linters?|templates?|themes?|charts?"
    r"|tags?|filters?|operators?|directives?|selectors?|implementations?|packages?|artifacts?|crates?|gems?|integrations?"
    r"|servers?|pages?|views?|tabs?|dashboards?|screens?)"
)
_OF_NO_USE = (
    rf"(?:{NOT_MISSED}|extra\w*|internal|private|stale|temporary|invalid|broken|wrong|incorrect|trailing|leading|remaining"
    r"|last|spurious|hard-?coded)"
)
_ENDS_OBJECT = (
    rf"(?: (?:{_OLD} )?(?:\w+ )?{INTERFACE}\b)?(?=\W*\Z|[.,;:)\]\"](?:\s|\Z)|,? \(| \[| -| –"
    r"| (?:on|of) (?:the )?(?-i:[A-Z`])|,? (?:and|or|in favou?r|as|which|that|since|because|due|use|instead"
    r"|after|with|without|for|altogether|entirely"
    r"|completely)\b| from (?:the )?(?:[\w`]+ ){0,3}(?:core|class|dashboard|ui|sidebar|menu)\b)"
)
"""What may be behind a name of code that is removed itself: not ``Remove the `None` check``."""
_PLAIN_REMOVAL = re.compile(
    rf"{LEAD_IN}(?i:remove[sd]?|dropp?(?:s|ed)?|delete[sd]?|retire[sd]?|discontinue[sd]?) "
    rf"(?!(?:\w+ )?{_OF_NO_USE}\b|.{{0,40}}\bsupport\b)"
    rf"(?:(?:the|all|an?|{_OLD}|{INTERFACE})[ ,]+){{0,4}}"
    rf"(?:{BARE_CODE}(?:(?:,| and|, and| or) {BARE_CODE}){{0,9}}{_ENDS_OBJECT}"
    rf"|{_OLD} (?:(?!from\b|of\b|in\b|for\b)[\w`.:'-]+ ){{0,3}}?{INTERFACE}\b|(?:possibility|ability) to\b)"
    r"(?!.{0,80}\b(?:dependenc\w*|usages?|calls?|checks?|hacks?|workarounds?|logic|code|requirements?|need|restrictions?"
    r"|limits?|limitations?|warnings?|errors?|messages?|tests?|docs?|documentation|comments?|imports?|casts?|ci"
    r"|annotations?|readme|examples?|devdependenc\w*|lifetimes?|allocations?|cop(?:y|ies|ying)|repo|repository)\b)"
)
_PLAIN_MOVE = re.compile(
    rf"{LEAD_IN}(?i:move[sd]?) (?:(?:the|old|all|deprecated|existing) ){{0,2}}"
    rf"{BARE_CODE}(?:,? (?:and )?{BARE_CODE}){{0,4}}"
    r"(?! back\b)[^.;]{0,60}"
    rf"(?<!back )\b(?:to|into) (?:(?:the|an?|its own|new|separate|own) ){{0,3}}(?!internal)"
    rf"(?:{BARE_CODE}|[\w.-]* ?"
    r"(?:packages?|crates?|gems?|modules?|namespaces?|nuget-package|library|repository|class|extension)\b)"
)
_PLAIN_REFUSAL = re.compile(
    rf"{LEAD_IN}(?i:reject|disallow|forbid|prohibit|refuse)(?:s|ed|den)? "
    r"(?!.*\b(?:panic|crash|hang|overflow|instead of (?:a )?\w+ing))"
)


def find_plain_change(item: NoteItem) -> ConsequenceKind | None:
    """Return what an item of written notes takes away by its verb and a name of code; None for other items."""
    is_open = item.kind in {"other", "what", "features", "user_facing", "summary"}
    if FIXING_ITEM.match(item.text) or re.match(r"(?i)bug ?fix", item.text):
        return None
    if not is_open or OWN_HEADING.search(item.heading) or is_internal(item) or item.is_nested or is_revert(item):
        return None
    text = plain_item(item.text)
    if _PLAIN_REMOVAL.match(text) or says_renamed(text, has_bare_names=True):
        return "removed"
    if named := find_changed_name(text):
        return named
    if _PLAIN_MOVE.match(text):
        return "compatibility"
    return "now_error" if item.kind in {"other", "what"} and _PLAIN_REFUSAL.match(text) else None
