"""The words of an item of notes: the label and area in front, the verb, names of code. Pure."""

import re

from sparky_assets.documents.note_kinds import LEADING_REFERENCE
from sparky_assets.text.upgrades import NOT_MISSED

MAX_ITEM_LENGTH = 300
"""Characters at the beginning of an item that are searched."""

LABEL_AND_AREA = (
    r"(?:[\[*_]{1,2}[(\w./@, -]{1,40}[)\]*_:]{1,4}\s+){0,2}"
    r"(?!(?:bug ?)?fix\w*)(?:(?:[\w./#@-]{1,30} ){0,2}[\w./#@-]{1,30}: )?"
)
LEAD_IN = (
    r"(?:[*_]{0,2}(?i:important|note|notice|changed?|removed|attention|misc)\b[*_]{0,2}[:!]?[*_]{0,2} )?"
    r"(?:[*_`\[]{0,3}[\w./#@ -]{1,30}[*_`\]]{0,3}: |\[[\w./ -]{1,30}\] )?"
)
"""A word that asks for attention and an area, in front of the verb in notes that people write."""
KIND_OF_CODE = (
    r"(?:(?:associated )?types?|classes|class|functions?|methods?|macros?|options?|flags?|settings?|arguments?"
    r"|parameters?"
    r"|attributes?|propert(?:y|ies)|fields?|commands?|modules?|packages?|traits?|enums?|constants?|keys?|features?|props?"
    r"|tags?|filters?)"
)
BARE_CODE = (
    r"(?:(?:``?|=|~|:\w+:`)(?!_)[^`\n=~]{2,60}(?:``?|=|~)|(?<![\w-])--[a-z][\w-]+|[A-Z][a-z\d]+(?:[A-Z][a-z\d]*)+\w*"
    r"|[A-Z]\w*(?:\\[A-Z]\w*)+(?:::\w+)?(?:\(\))?|\w+(?:::\w+)+|[A-Z]\w*(?:\.[A-Z]\w*)+|\w+\.\w+\(\)"
    r"|\"[a-z][\w.-]{1,40}\")"
)
"""A name of code, with marks or without them: `LampMap`, `lamp::map`, `Lamp.Map`, `lamp.map()`, `--lamp`."""

REMOVING_ITEM = re.compile(
    rf"{LABEL_AND_AREA}(?:remove[sd]?|removal of)\b"
    rf"(?! (?:{NOT_MISSED}|broken|workarounds?|hacks?)\b)"
    r"(?!.{0,100}\bfrom (?:(?:an?|the|some) )?(?:error|warning|log) messages?\b)"
    r"(?!.{0,40}\b(?:errors?|warnings?|restrictions?|limitations?|limits?|bounds?|needs?|requirements?|usages?|uses|mentions?)\b)",
    re.IGNORECASE,
)
"""An item that takes something away; who removes an error or a limit allows more than before."""
FIXING_ITEM = re.compile(r"(?:[\[*_]{1,2}[(\w./@, -]{1,40}[)\]*_:]{1,4}\s+){0,2}(?:[\w-]{1,30}: )?fix", re.IGNORECASE)
_DROPPING_SUPPORT = re.compile(
    rf"{LABEL_AND_AREA}(?:drop(?:s|ped|ping)?|remov(?:e[sd]?|ing)|discontinu(?:e[sd]?|ing)|end(?:s|ed|ing)?)"
    r" (?:\S+ ){0,4}support\b",
    re.IGNORECASE,
)
ADDING_ITEM = re.compile(
    rf"{LABEL_AND_AREA}(?:(?:add|introduc|implement|allow)\w*|(?:new|support(?!:)|fix(?:e[sd])?)\b)", re.IGNORECASE
)
"""An item about what was not there before: its default or minimum is no other one."""
DESCRIBING_ITEM = re.compile(rf"{LABEL_AND_AREA}(?:document|improv|clarif|mention|describ|explain)\w*", re.IGNORECASE)
"""An item about what is written about something, and not about what it does."""
_SLIGHT_BREAK = re.compile(
    r"(?:[\w./-]{1,30}: )?(?:(?:fix(?:e[sd])?|feat|docs?|perf|refactor|chore|patch)(?:\([^()]{0,40}\))?: )?"
    r"(?:fix(?:e[sd])?\b(?!.*\b(?:no longer|now|instead of|rather than|require[sd]?)\b)"
    r"|(?:bump|upgrade|update)[sd]?\b(?!.*\b(?:to require|minimum|MSRV)\b)|test|benchmark|improv\w+ (?:the )?perf"
    r"|add(?:s|ed)? (?:and improve )?(?:\w+ ){0,3}(?:tests?|benchmarks?)|clean ?up|refactor|better|document"
    r"|(?:[\w`-]+ ){1,6}(?:improvements?|fixes)\W*\Z)",
    re.IGNORECASE,
)


def is_slight_break(text: str) -> bool:
    """Return whether an item below what breaks says what was mended or renewed, and not what users meet.

    Below `Breaking`, sqlx 0.7.0 has prose on what it removes, and in front of it `Fix … performance regression`.
    """
    return bool(_SLIGHT_BREAK.match(plain_item(text)))


UNSEEN_HEADING = re.compile(
    r"(?i)\b(?:docs?|documentation|tests?|testing|ci|internals?|contribut\w+|chores?|examples?)\b"
)
"""A heading about what users of a release do not get."""


def drops_support(text: str) -> bool:
    """Return whether an item begins with the end of support for something."""
    return bool(_DROPPING_SUPPORT.match(plain_item(text)))


_LEAD = re.compile(
    rf"(?:{LEADING_REFERENCE.pattern}|(?i:implemented) \[#\d{{1,7}}\]\([^)\s]*\): "
    r"|(?:\[(?:(?:PR|MR|GH|Issue) )?[^\]\s]{1,40}\]\([^)\s]*\),?:? ?){1,9}:?\s+)+"
)
_COMPONENT = re.compile(r"\A`[\w./@:-]{2,40}`:? (?=[A-Z][a-z]{2,} )")
"""The component that an item names as code before a verb: ```inputs.ping` Remove deprecated option``."""
_FEATURE_TYPE = re.compile(r"\A(?:feat|feature|change)\([\w ./,@-]{1,40}\)!?: (?=\w)")
"""The type and scope of a feature that a commit names: `feat(http): disable compression by default`."""
_ORG_CODE = re.compile(r"(?<!\S)[=~]([\w./:*+-]{2,60})[=~](?=[\s,.:;)]|\Z)")
"""A name of code as Org mode marks it: `=lamp-mode=`, `~lamp-mode~`."""
_OPEN_LINK = re.compile(r"\[(?=[^\]\n]{12,200}\]\()")


def plain_item(text: str) -> str:
    """Return the beginning of an item without numbers, links and emphasis in front of its words.

    Names of code have one mark on each side: reStructuredText has two.
    """
    match = _LEAD.match(text)
    rest = text[match.end() :] if match else drop_reference(text)
    rest = rest[: 2 * MAX_ITEM_LENGTH].replace("``", "`").replace("no-longer ", "no longer ")
    rest = _ORG_CODE.sub(r"`\1`", rest)
    rest = _COMPONENT.sub("", rest, count=1)
    rest = _FEATURE_TYPE.sub("", rest, count=1)
    link = re.match(r"(?:\*{0,2}[\w./-]{1,30}\*{0,2}: )?", rest)
    start = link.end() if link else 0
    if opening := _OPEN_LINK.match(rest, start):
        rest = rest[:start] + rest[opening.end() :]
    if rest.startswith("**") and not re.match(r"\*\*[^*\n]{1,40}(?::\*\*|\*\*:|\*\* )", rest):
        rest = rest[2:]
    return re.sub(r"(?<=\w) \*(\w+)\*(?= )", r" \1", rest)[:MAX_ITEM_LENGTH]


def drop_reference(text: str) -> str:
    """Return the text of an item without the number or sha in front of it."""
    match = LEADING_REFERENCE.match(text)
    return text[match.end() :] if match else text
