"""What an item or a sentence of notes states by its words alone, below headings that do not say it. Pure.

Verbs say that an item takes something away or raises a minimum; sentences say what readers have to change.
"""

import re

from sparky_assets.documents.models import ConsequenceKind, NoteItem, ParsedDocument
from sparky_assets.documents.notes import LEADING_REFERENCE

MAX_ITEM_LENGTH = 300
"""Characters at the beginning of an item that are searched."""

_LABEL_AND_AREA = r"(?:[\[*_]{1,2}[(\w./@, -]{1,40}[)\]*_:]{1,4}\s+){0,2}(?:[\w-]{1,30}: )?"
REMOVING_ITEM = re.compile(
    rf"{_LABEL_AND_AREA}remove[sd]?\b(?! (?:unused|unneeded|dead|broken))"
    r"(?!.{0,40}\b(?:errors?|warnings?|restrictions?|limitations?|limits?|needs?|requirements?|usages?|uses)\b)",
    re.IGNORECASE,
)
"""An item that takes something away; who removes an error or a limit allows more than before."""
FIXING_ITEM = re.compile(rf"{_LABEL_AND_AREA}fix", re.IGNORECASE)
_DEPRECATING_ITEM = re.compile(rf"{_LABEL_AND_AREA}deprecate[sd]?\b(?!\.\w)", re.IGNORECASE)
_REMOVING_CODE = re.compile(rf"{_LABEL_AND_AREA}remove[sd]?\s+(?:(?:the|deprecated)\s+){{0,2}}`", re.IGNORECASE)
"""``Remove `pow10/0` as it has been deprecated in glibc 2.27`` removes a name of code."""
_REMOVING_DEPRECATED = re.compile(
    rf"{_LABEL_AND_AREA}remove[sd]? (?:\w+ ){{0,2}}deprecated\b"
    r"(?! (?:\S+ ){0,3}(?:use|uses|usages?|calls?|imports?|warnings?|actions?|workflows?|syntax)\b)",
    re.IGNORECASE,
)
"""What is deprecated was for users: not `Remove deprecated usage of a library`."""
_REMOVING_SETTING = re.compile(
    rf"{_LABEL_AND_AREA}remove[sd]?\s+(?:(?:the|all|support for|deprecated|legacy|old|unused)\s+){{0,3}}"
    r"(?:`?(?:\w+ )?--[a-z][\w-]+|(?-i:`?[A-Z][A-Z\d]{1,30}_[A-Z\d_]{2,40})"
    r"|`[^`\n]{2,60}`\s+(?:\w+\s+){0,2}(?:flags?|options?|settings?|environment variables?|(?:sub)?commands?)\b)",
    re.IGNORECASE,
)
"""An item that takes a flag, setting or environment variable away: not `Remove the conflict between --a and --b`."""
_ENDING_ITEM = re.compile(
    rf"{_LABEL_AND_AREA}(?:remove[sd]?|drop(?:s|ped)?|delete[sd]?|expire[sd]?)\b"
    r"(?! (?:\w+ )?(?:unused|unneeded|unnecessary|redundant|dead|duplicate|leftover|extra|extraneous|internal)\b)",
    re.IGNORECASE,
)
_RENAMING_ITEM = re.compile(rf"{_LABEL_AND_AREA}rename[sd]?\b.{{1,80}}(?:\bto\b|->|→)", re.IGNORECASE)
_NAMED_API = re.compile(
    r"(?:\b(?:fns?|functions?|methods?|struct|class|trait|option|type|enum|field|argument|parameter|attribute|property)"
    r"|::|\(\))",
    re.IGNORECASE,
)
_RENAMED_CODE = re.compile(r"\brename[sd]? (?:\w+ ){0,2}`[^`\n]{1,60}` (?:->|→|to|as) `[^`\n]{1,60}`", re.IGNORECASE)
_REPLACING_ITEM = re.compile(rf"{_LABEL_AND_AREA}replace[sd]?\b.{{1,80}}\b(?:with|by)\b", re.IGNORECASE)
_RAISING_ITEM = re.compile(
    rf"{_LABEL_AND_AREA}(?:raise|throw)s?\b (?:an? )?(?:[\w`-]{{1,30}} ){{0,2}}(?:exceptions?|errors?)\b",
    re.IGNORECASE,
)

_CHANGE_HEADING = re.compile(r"(?i)chang(?:e|ed|es)")
"""A label or heading below which notes list what is not as it was: `[CHANGE]`, `Changed`."""
_INTERFACE_HEADING = re.compile(r"(?i)(?:public )?api changes?|.{0,40}\bthe following changes")
"""A heading below which notes list what is not as it was, and no fix or internal change."""
_FEATURE_HEADING = re.compile(r"(?i)\bfeatures?\b")
_UNSEEN_HEADING = re.compile(
    r"(?i)\b(?:docs?|documentation|tests?|testing|ci|internals?|contribut\w+|chores?|examples?)\b"
)
"""A heading about what users of a release do not get."""
ADDING_ITEM = re.compile(
    rf"{_LABEL_AND_AREA}(?:(?:add|introduc|implement|allow)\w*|(?:new|support(?!:)|fix(?:e[sd])?)\b)", re.IGNORECASE
)
"""An item about what was not there before: its default or minimum is no other one."""
DESCRIBING_ITEM = re.compile(rf"{_LABEL_AND_AREA}(?:document|improv|clarif|mention|describ|explain)\w*", re.IGNORECASE)
"""An item about what is written about something, and not about what it does."""

_TOOL = (
    r"(?:python|cpython|pypy|node(?:\.?js)?|npm|ruby|jruby|php|golang|(?-i:Go)|rust(?:c)?|java|jdk|jre|kotlin|scala"
    r"|gradle|maven|django|rails|elixir|erlang|otp|phoenix|cmake|meson|gcc|clang|msvc|c\+\+\d\d|openssl|postgres(?:ql)?"
    r"|mysql|mariadb|sqlite|redis|kubernetes|docker|macos|ios|android|windows|linux|swift|xcode|\.net|glibc|numpy"
    r"|typescript|react|vue|vite|webpack|perl|lua|ghc|ocaml|zig|dart|flutter)"
)
_RAISING = r"(?:bump|raise|increase|require|update|upgrade|set|move|change)(?:e?[sd]|ed)?"
_NEW_MINIMUM = re.compile(
    rf"{_LABEL_AND_AREA}{_RAISING}\b(?=.{{0,120}}\b(?:versions?|required|requirements?|supported|dependenc\w+|msrv"
    rf"|{_TOOL})\b).{{0,40}}\b(?:minimum|minimal|min|msrv)\b"
    rf"|{_LABEL_AND_AREA}{_RAISING}\b.{{0,20}}\b{_TOOL}\b.{{0,30}}(?:\bat least|>=|\bor (?:newer|later|higher))"
    rf"|{_LABEL_AND_AREA}{_RAISING} (?:the )?required {_TOOL}\b"
    rf"|{_LABEL_AND_AREA}(?:now )?requires? (?:at least |a minimum of |the )?{_TOOL}\b.{{0,20}}\d"
    rf"|{_LABEL_AND_AREA}{_RAISING}\b (?:\S{{1,60}} ){{1,4}}(?:dependency |requirement |version )?to v?\d[\d.]*\+"
    rf"|{_LABEL_AND_AREA}(?:supports?|requires?|requirements?): .{{0,80}}\b{_TOOL} v?\d[\d.]*\+"
    rf"|.{{0,80}}\bnow requires? (?:at least |a minimum of )?{_TOOL}\b.{{0,20}}\d"
    r"|.{0,60}\bmsrv (?:to |is |of |= ?)?v?\d|.{0,60}\bminimum (?:[\w.()-]{1,30} ){0,5}(?:is|are) now\b"
    r"|(?:the )?msrv (?:is|was|has been) ",
    re.IGNORECASE,
)
_ENDED_MINIMUM = re.compile(
    rf"{_LABEL_AND_AREA}{_RAISING}\b.{{0,40}}\b(?:minimum|at least|>=|or (?:newer|later))", re.IGNORECASE
)
"""An item below `Deprecations and removals` that raises a minimum."""
_NO_MINIMUM = re.compile(
    r"(?i)\bminimum (?:\w+ )?(?:zoom|width|height|size|length|level|number|distance|value|delay)\b|\bwill be\b"
)
"""A minimum of something else, or one of the future: `Upgraded minimum versions will be in minor releases`."""

_CHANGED_DEFAULT = re.compile(
    rf"{_LABEL_AND_AREA}(?:mak(?:e|es|ing) (?!the default)(?:\S{{1,60}} ){{1,6}}?(?:the )?(?:new )?default\b"
    r"|mak(?:e|es|ing) (?:the )?defaults? (?:\S{1,60} ){0,4}(?:to )?be\b"
    r"|(?:chang|switch)(?:e|es|ed|ing)? (?:the |its )?(?:\S{1,60} ){0,3}defaults?\b"
    r"|(?:adjust|increas|decreas|rais|lower|reduc|bump|set)(?:e|es|ed|s|ing)? (?:\S{1,60} ){0,4}defaults? .{0,60}"
    r"\b(?:to|from)\b"
    r"|defaults? to \S"
    r"|default(?:s|ed)? (?:the )?\S{1,60} (?:\S{1,60} ){0,3}?to (?:[`'\"\d]|(?:true|false|none|null|on|off)\b)"
    r"|(?:enable|disable|use|turn (?:on|off))[sd]? .{1,60} by default\b)"
    r"|.{0,120}\b(?:is|are) now (?:the default|(?:enabled|disabled|on|off|set|used|installed|true|false) by default"
    r"|opt-(?:in|out))\b",
    re.IGNORECASE,
)

_OTHER_BEHAVIOUR = re.compile(
    r"(?i)\b(?:(?:is|are|will) now|now [a-z]+s)\b.{1,250}\b(?:instead of|rather than)\b|\b(?:is|are) no longer\b"
)
"""What an item below `Changed` says of a behaviour that is another one: `Paths are now read from x instead of y`."""

_STOPS_WORKING = re.compile(
    r"(?i)\b(?:will|do|does|can)(?: not|n['’]t) work any ?more\b|\bwon['’]t work any ?more\b|\bwill stop working\b"
)
_CHANGING = (
    r"(?:adjust|updat|chang|migrat|renam|replac|adapt|rewrit|regenerat|rebuil|recompil|reinstall|switch|mov|port)"
)
_CHANGED = (
    r"(?:adjusted|updated|changed|migrated|renamed|replaced|adapted|rewritten|regenerated|rebuilt|recompiled|ported)"
)
_ASKS_FOR_CHANGE = re.compile(
    rf"(?i)\bmust (?:now )?be {_CHANGED}\b"
    r"|\b(?:implementations?|implementers|code|applications?|apps|projects|callers|consumers|subclasses|plugins?"
    r"|extensions?|themes?|scripts|users)\b(?:[^.;]|\.(?=\w)){0,100}?\bmust (?:now )?"
    rf"(?:implement|use|provide|pass|call|set|{_CHANGING}\w*)\b"
    rf"|\byou(?:['’]ll| will| may| might)? (?:also |now )?(?:need|have) to {_CHANGING}\w*\b"
    rf"|\bwill (?:also |now )?(?:need|have) to (?:be {_CHANGED}|{_CHANGING}\w*)\b"
    r"|\b(?:may|might|can|could|will) break (?:existing|your|users?\b|code|some|any|builds?|applications?)"
    r"|\b(?:API|ABI) breakage\b"
    r"|\b(?:changes|steps) (?:that are )?(?:necessary|required|needed) (?:to|for|when) (?:upgrad|updat|migrat)"
)
_OF_BEFORE = re.compile(
    r"(?i)\bif you(?:r| ?['’]?\w+)? \w+|\bexisting\b|\bprevious|\bin the past\b|\bcustom\b|\bupgrad|\bmigrat|\bolder?\b"
    r"|\bbreak(?:age)?\b|\bupdat\w+ (?:to|from)\b|\bbefore\b|\blegacy\b|\bnow\b|\bgenerated\b|\bmust\b"
)
"""A word about what readers have: without it, a sentence says how to use what is new."""
_ASKS_FOR_NOTHING = re.compile(
    r"(?i)^\W*(?:to\b|if you (?:want|wish|would like|prefer|need)\b|in order to\b|optional|nothing\b|no\b)"
    r"|\b(?:not|n['’]t|no longer|never) (?:need|have|required|necessary)\b"
)


def find_stated_kind(document: ParsedDocument, item: NoteItem) -> ConsequenceKind | None:
    """Return what the words of an item of notes say that it does to something; None for other words."""
    text = _drop_reference(item.text)[:MAX_ITEM_LENGTH]
    name = (item.label or item.heading).strip()
    is_code = _REMOVING_CODE.match(text) and re.search(r"(?i)\bdeprecat", text)
    is_change = REMOVING_ITEM.match(text) and _CHANGE_HEADING.fullmatch(name)
    is_deprecated = (
        item.kind != "fixes" and not _UNSEEN_HEADING.search(item.heading) and _REMOVING_DEPRECATED.match(text)
    )
    if is_code or is_change or is_deprecated or _REMOVING_SETTING.match(text):
        return "removed"
    if _DEPRECATING_ITEM.match(text):
        return "deprecated"
    first = _drop_reference(document.sentences[item.sentences[0]].text)[:MAX_ITEM_LENGTH]
    if _UNSEEN_HEADING.search(item.heading) or ADDING_ITEM.match(first) or DESCRIBING_ITEM.match(first):
        return None
    is_minimum = bool(_NEW_MINIMUM.match(first)) and not _NO_MINIMUM.search(first)
    if is_minimum or item.kind == "fixes":
        return "new_minimum" if is_minimum else None
    is_changed = _CHANGE_HEADING.fullmatch(name) and _OTHER_BEHAVIOUR.search(first)
    if is_changed and not _CHANGED_DEFAULT.match(first):
        return "compatibility"
    return "changed_default" if _CHANGED_DEFAULT.match(first) else _find_change(first, item)


def _find_change(text: str, item: NoteItem) -> ConsequenceKind | None:
    """Return what an item does that takes something away from an interface, by its heading; None for other items.

    Below `Changes` items are internal too, but for the name of something that users write.
    """
    heading = item.heading.strip(" :")
    is_interface = bool(_INTERFACE_HEADING.fullmatch(heading))
    is_feature = item.kind == "features" and bool(_FEATURE_HEADING.search(heading))
    names_code = bool(_NAMED_API.search(text) or _RENAMED_CODE.search(text))
    is_change = bool(_CHANGE_HEADING.fullmatch(heading)) and names_code
    if is_feature and REMOVING_ITEM.match(text) and _ENDING_ITEM.match(text):
        return "removed"
    renames = _RENAMING_ITEM.match(text) or (is_change and _REPLACING_ITEM.match(text))
    if (is_interface or is_change) and (_ENDING_ITEM.match(text) or renames):
        return "removed"
    return "now_error" if is_interface and _RAISING_ITEM.match(text) else None


def find_ending(item: NoteItem) -> ConsequenceKind | None:
    """Return what an item below `Deprecations and removals` is; None where its words do not say it."""
    text = _drop_reference(item.text)
    if _ENDING_ITEM.match(text):
        return "removed"
    return "new_minimum" if _ENDED_MINIMUM.search(text) else None


_CHANGESET_HEADING = re.compile(r"(?:Minor|Patch) Changes")
_CHANGESET_ITEM = re.compile(r"[-*] (?:\[#\d+\]\([^)\s]{1,300}\) )?(?:\[`[0-9a-f]{7,40}`\]|[0-9a-f]{7,40}: )")


def is_major_change(document: ParsedDocument, item: NoteItem) -> bool:
    """Return whether an item is a major change of a changeset: its author says that it breaks something.

    Elsewhere `Major changes` are large ones.
    """
    if item.heading != "Major Changes":
        return False
    line_start = document.source.text.rfind("\n", 0, item.start) + 1
    if document.source.text[line_start].isspace():
        return False  # the lists in an item explain it
    is_changeset = bool(_CHANGESET_ITEM.match(document.source.text, line_start))
    return is_changeset or any(_CHANGESET_HEADING.fullmatch(section.heading) for section in document.sections)


def asks_for_change(text: str) -> ConsequenceKind | None:
    """Return the kind of a sentence of notes that says what readers have to change; None for other sentences."""
    if _STOPS_WORKING.search(text):
        return "breaking"
    asks = _ASKS_FOR_CHANGE.search(text) and _OF_BEFORE.search(text)
    return "compatibility" if asks and not _ASKS_FOR_NOTHING.search(text) else None


def _drop_reference(text: str) -> str:
    """Return the text of an item without the number or sha in front of it."""
    match = LEADING_REFERENCE.match(text)
    return text[match.end() :] if match else text
