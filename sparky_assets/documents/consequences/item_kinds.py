"""What an item of notes is by its section or label, and by its words where these do not say it. Pure."""

import re

from sparky_assets.documents.consequences.announced import (
    KIND_BY_SECTION,
    find_lead_kind,
    is_behind_news,
    is_behind_steps,
)
from sparky_assets.documents.consequences.items import find_ending, is_major_change
from sparky_assets.documents.consequences.sentences import find_sign
from sparky_assets.documents.consequences.verbs import (
    ADDING_ITEM,
    DESCRIBING_ITEM,
    FIXING_ITEM,
    MAX_ITEM_LENGTH,
    REMOVING_ITEM,
    plain_item,
)
from sparky_assets.documents.models import ConsequenceKind, NoteItem, ParsedDocument
from sparky_assets.documents.states import hide_names
from sparky_assets.text.upgrades import NOT_MISSED, removes_own_tool

_CHORE_ITEM = re.compile(
    r"(?i)(?:update|bump) (?:the )?(?:ci\b|readme|docs?\b|documentation|changelog|dockerfile|@types/|pre-commit"
    r"|ubuntu baseline|lock ?file|engines\b.{0,20}package\.json|dev dep|github actions?|workflows?|tests?\b)"
)
"""An item of a commit's message below its footer: `Update CI matrix` below `BREAKING CHANGES` breaks nothing."""

_REMOVED_CHORE = re.compile(
    rf"(?i)(?:[\w./-]{{1,30}}: )?remove[sd]? (?:(?:an?|the|some|old|all) )*(?:{NOT_MISSED}|workarounds?|hacks?)\b"
    r"(?! (?:\S{1,40} ){0,2}(?:features?|flags?|options?|settings?|commands?)\b)"
    r"|(?i:drop|remove|stop)[sped]* testing\b|(?:removed? )?(?:the )?code coverage\b"
)
"""An item below `Removed` about the project's own code: `Remove workaround for an old platform`."""

_SOFT_HEADING = re.compile(r"(?i)behaviou?r|\blogic\b")
"""A heading below which items also add something: `Behavior adaptations`, `Logic changes`."""

_GIVEN_NOW = re.compile(
    r"(?i)\b(?:is|are) now (?:also )?available\b|\bnow (?:also )?(?:supports?|includes?)\b|\bshould not break\b"
)
"""What an item below such a heading says that there is more of."""

_ADDED_SUPPORT = re.compile(r"(?i)\badd(?:s|ed)? (?:\w+ )?support\b")

_NEW_AND_REMOVED = re.compile(
    r"(?i)\b(?:new|add\w*)\b.{1,20}\b(?:remov|dropp)\w*|\b(?:remov|dropp)\w*\b.{1,20}\b(?:new|add\w*)\b"
)
"""A heading below which items add something too: `New and removed platforms`."""

_DEPRECATION_WARNING = re.compile(r"(?i)(?:add|emit|raise|issue|show)\w* (?:an? )?deprecation warnings?\b|deprecate ")

_ASKS_NOTHING = re.compile(
    r"(?i)\W*(?:look at|see|read|check(?: out)?|refer to|consult)\b"
    r"|.{0,200}\bcontinues? to (?:function|work)(?: normally| as before| unchanged)\b"
)
"""An item of a guide that points elsewhere, or says that all is as before."""

_NO_GUIDE_ITEM = re.compile(
    r"(?i)(?:at this point\b|step \d+\b"
    r"|[A-Za-z][\w.+-]{1,20} v?\d[\w.]*(?: (?:and (?:above|newer|later)|\(.{1,30}\)|v?\d\S{0,10})){0,3}"
    r"\W*\Z)"
)
"""An item of a guide that is a step to any version, or one of the versions that a project runs on: `CPython 3.8`."""

_LINK_ALONE = re.compile(
    r"\W*(?:\[[^\]\n]{1,200}\]\([^()\s]{1,300}\)|`[^`<\n]{1,200}<https?://[^\s>]{1,300}>`_{0,2})\W*\Z"
)
"""An item of a guide that is a link to an issue or page, in a list of what to read."""

_DEFAULTS_HEADING = re.compile(
    r"(?i)(?:changed|updated|new|other) defaults?(?: values?)?|defaults? (?:value )?changes?"
)
"""A heading over defaults that are other ones: `Updated Defaults`."""
_BOTH_ENDINGS = re.compile(r"(?i)deprecat\w* (?:and|&|/) remov|remov\w* (?:and|&|/) deprecat")


def _read_defaults_heading(item: NoteItem) -> ConsequenceKind | None:
    """Return what an item is below a heading over defaults that are other ones; None below other headings."""
    is_below = bool(_DEFAULTS_HEADING.fullmatch(item.heading.strip(" :")))
    return "changed_default" if is_below and not ADDING_ITEM.match(item.text) else None


def choose_kind(
    document: ParsedDocument, item: NoteItem, heading_kind: ConsequenceKind | None, stated: ConsequenceKind | None
) -> ConsequenceKind | None:
    """Return what an item of notes is: by its section or label, where these say it, else by its words.

    Args:
        document: the notes.
        item: the item.
        heading_kind: the kind that the heading of the whole release gives.
        stated: what the words of the item say.
    """
    section_kind: ConsequenceKind | None = "breaking" if is_major_change(document, item) else None
    lead_kind = find_lead_kind(document, item)
    is_of_section = item.kind in KIND_BY_SECTION and item.kind == document.sections[item.section].kind
    if is_of_section and (is_behind_news(document, item) or is_behind_steps(document, item)):
        return stated
    if lead_kind == "breaking":
        # `The following breaking changes are …:` is nearer to an item than `Deprecated elements removed:` before it.
        section_kind = lead_kind
    own_kind = KIND_BY_SECTION.get(item.kind)
    if own_kind == "security" and document.source.is_guide:
        own_kind = None  # a part of a project: a guide says what changes in it
    kind = section_kind or own_kind or heading_kind or lead_kind or stated
    kind = kind or _read_defaults_heading(item)
    if kind == "compatibility":
        # A guide lists all that changed: what an item does to something says more than its heading.
        return _read_guide_item(item, stated)
    if kind == "breaking" and _SOFT_HEADING.search(item.heading):
        is_addition = ADDING_ITEM.match(item.text) or DESCRIBING_ITEM.match(item.text)
        return None if is_addition or _GIVEN_NOW.search(item.text[:MAX_ITEM_LENGTH]) else kind
    if kind == "breaking" and _CHORE_ITEM.match(item.text):
        return None
    if kind in {"removed", "deprecated"}:
        return _read_ending_item(document, item, kind, stated)
    return kind


def _read_ending_item(
    document: ParsedDocument, item: NoteItem, kind: ConsequenceKind, stated: ConsequenceKind | None
) -> ConsequenceKind | None:
    """Return what an item is whose section is about removals or deprecations; None where it only adds something.

    Args:
        document: the notes.
        item: the item.
        kind: what its section says.
        stated: what its words say.
    """
    if kind == "removed" and (_REMOVED_CHORE.match(item.text) or removes_own_tool(plain_item(item.text))):
        return None
    if kind == "removed" and _NEW_AND_REMOVED.search(item.heading):
        return stated or _find_ending(document, item)
    if kind == "removed" and _DEPRECATION_WARNING.match(item.text):
        return "deprecated"
    if kind == "deprecated" or _BOTH_ENDINGS.search(item.heading):
        # requests has `officially added support for CPython 3.12` there.
        is_addition = _ADDED_SUPPORT.search(document.sentences[item.sentences[0]].text)
        if is_addition:
            return None
        is_open = _BOTH_ENDINGS.search(item.heading) and not _TELLS_DEPRECATION.search(_hide_paths(item.text))
        ended: ConsequenceKind | None = "removed" if _REMOVED_AT_LAST.match(plain_item(item.text)) else None
        return ended or _find_ending(document, item) or ("compatibility" if is_open else kind)
    return kind


_TELLS_DEPRECATION = re.compile(r"(?i)deprecat|\b(?:will (?:be|no)|next|future|legacy|instead|remov\w+|drop\w*)\b")
"""Words of an item below `Deprecations and removals` that is one of both."""
_NOT_THERE = re.compile(
    r"(?i)\bno longer (?:\w+ly |be |been |an? |the )?(?:support\w*|available|provid\w+|ship\w*|includ\w+|export\w*"
    r"|expos\w+|accept\w*|possible|present|part|built|distribut\w+|install\w*|publish\w*|exists?|recogni\w+|allow\w*|works?"
    r"|defin\w+|offer\w*|public|usable)\b"
)
"""What is no longer there: ``draw` is no longer exported`."""
_DOTTED = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){1,8}(?!\w)")


def _hide_paths(text: str) -> str:
    """Return a text without names such as `twisted.python.deprecate`, whose words say nothing."""
    return _DOTTED.sub("it", hide_names(text))


_REMOVED_AT_LAST = re.compile(r"(?i)removed (?:the )?(?:deprecated|previously deprecated)\b")
"""An item below `Deprecations` that is the end of one: `Removed deprecated argument of `lamp``."""
_ENDED_AT_LAST = re.compile(
    r"(?i)\bdeprecated (?:since|in|for|as of)\b.{0,80}"
    r"\b(?:has|have|was|were|is|are) (?:been )?(?:now )?(?:removed|dropped)\b"
)
"""What a deprecation came to: `…, deprecated since 18.9.0, has been removed`."""
_DEPRECATED_IS_GONE = re.compile(
    r"(?i)(?:support for )?(?:the |all )?deprecated [^.;]{2,120} (?:has|have|was|were) (?:been )?(?:removed|dropped)\b"
)
"""`The deprecated syntax has been removed` is the end of one."""


def _read_guide_item(item: NoteItem, stated: ConsequenceKind | None) -> ConsequenceKind | None:
    """Return what an item of a guide does to something, as its heading does not say it; None if it only adds something.

    Args:
        item: the item.
        stated: what its verb says.
    """
    if _LINK_ALONE.match(item.text) or _NO_GUIDE_ITEM.match(item.text):
        return None
    is_ended = bool(re.search(r"(?i)\bno longer\b", item.text[:MAX_ITEM_LENGTH]))
    if (
        stated is None
        and not is_ended
        and any(pattern.match(item.text) for pattern in (ADDING_ITEM, FIXING_ITEM, _ASKS_NOTHING))
    ):
        return None
    return stated or ("removed" if REMOVING_ITEM.match(item.text) else find_sign(item.text)) or "compatibility"


def _find_ending(document: ParsedDocument, item: NoteItem) -> ConsequenceKind | None:
    """Return what an item below `Deprecations and removals` is; None where its words do not say it."""
    first = _hide_paths(document.sentences[item.sentences[0]].text)
    if re.search(r"(?i)\bnow (?:raise|throw|error|fail|assert)s?\b", first):
        return "now_error"
    if _ENDED_AT_LAST.search(first) or _DEPRECATED_IS_GONE.match(first):
        return "removed"
    if re.search(r"(?i)\bdeprecat|\bwill (?!no longer\b)|\bnext\b|\bfuture\b", first):
        return None
    if re.search(r"(?i)\bremov(?:al|ed)\b", first) or _NOT_THERE.search(first):
        return "removed"
    if re.search(r"(?i)\bno longer\b", first):
        return "compatibility"  # `The map is no longer a hard dependency`, `draw() no longer validates its input`
    sign = find_sign(first)
    return find_ending(item) or ("removed" if sign in {"removed", "breaking"} else sign)
