"""What notes say of names that users write: renamed, gone, obsolete, moved, or of another type. Pure.

Where people write for users the names need no marks: a list of them, or one in the spelling of code, comes before the
word for what they are.
"""

import re

from sparky_assets.documents.consequences.verbs import BARE_CODE, KIND_OF_CODE, LABEL_AND_AREA, LEAD_IN, plain_item
from sparky_assets.documents.models import ConsequenceKind
from sparky_assets.text.upgrades import NOT_MISSED

_NAME = (
    r"(?:``?[^`\n]{2,80}``?|(?<![\w-])--?[a-z][\w-]+|:[a-z]\w+|\b[A-Za-z\d]++(?:_[A-Za-z\d]++)++(?:\(\))?"
    r"|[a-z]+[A-Z]\w*(?:\(\))?|[A-Z][a-z\d]+[A-Z]\w*(?:\(\))?"
    r"|\[[A-Z][\w.]*\](?![(\[])|\w+(?:::\w+)+(?:\(\))?|[A-Z]\w*(?:\.[A-Z]\w*)+|[a-z]\w+\.\w+(?:\.\w+)*(?:\(\))?|\w+\(\)|\*[a-z]\w+\*)"
)
"""A name in the spelling of code."""
_NAMES = rf"{_NAME}(?:(?:,| and|, and|,? or|/) {_NAME}){{0,11}}"
_WORDS = rf"(?:{_NAME}|[a-z]\w+)(?:(?:,| and|, and|,? or) (?:{_NAME}|[a-z]\w+)){{1,11}}"
"""A list of names, of which some are plain words: `format, reqs and symbol_start`."""
_KINDS = (
    rf"(?:{KIND_OF_CODE}|exports?|hooks?|components?|events?|callbacks?|helpers?|handlers?|functors?|backends?|providers?|collectors?|structs?|interfaces?|alias(?:es)?"
    r"|variables?|env vars?|parameters?|params?|plugins?|endpoints?|resources?|config(?:uration)? \w+|cli options?)"
)
_ADJECTIVES = (
    r"(?:(?:the|all|both|an?|old|now|deprecated|long-deprecated|previously deprecated|obsolete|public|experimental"
    r"|legacy|unsafe|\S+-old) ){0,4}"
)
_OF_OWN_CODE = (
    rf"(?!.{{0,120}}\b(?:{NOT_MISSED}|internal\w*|private|tests?|specs?|docs?|documentation|readme|examples?|ci|workflows?"
    r"|benchmarks?|debug|dependenc\w*|devdependenc\w*|usages?|uses of|calls?|checks?|hacks?|workarounds?|comments?"
    r"|imports?|requirements?|non-null\w*|nullable|restrictions?|limits?|limitations?|warnings?|errors?|messages?)\b)"
)
_BEHIND = r"(?=\W*\Z| ?[.,;:(\[]|,? (?:from|in|of|on|and|as|so|since|because|use|in favou?r|to)\b)"

_GONE = re.compile(
    rf"{LEAD_IN}(?i:remove[sd]?|drop(?:s|ped)?|delete[sd]?|removing|dropping) {_OF_OWN_CODE}{_ADJECTIVES}"
    rf"(?:{_NAMES} (?:[\w-]+ )?{_KINDS}{_BEHIND}"
    rf"|{_WORDS} {_KINDS} from (?:the )?(?:{_NAME}|[A-Z]\w+)"
    rf"|[a-z]\w+ {_KINDS} from (?:the )?(?:{_NAME}|[A-Z]\w+)(?=\W*\Z|[.,;(\[])"
    rf"|{_NAMES} (?:in favou?r of|so|as it|since it|\(use|use)\b|{_NAMES}[,;] use\b)"
)
"""`Removed write and write_chunk methods from Acme::Message.`, `Dropped `logger=` config setting.`"""
_GONE_BEHIND = re.compile(
    rf"{LEAD_IN}(?:(?i:the|both|all) )?{_NAMES}(?: (?:[a-z]+ )?{_KINDS})? (?:has|have) been (?:\w+ly )?"
    r"(?:deleted|dropped)\b(?!.{0,40}\b(?:when|if)\b)"
)
_RENAMED_KIND = re.compile(
    rf"{LEAD_IN}(?i:rename[sd]?) (?:the )?[\w-]+ (?P<kind>{_KINDS}) (?:in)?to [\w-]+(?: (?P=kind))(?=\W*\Z| ?[.,;(\[])"
)
"""`Rename day backend to night backend`."""
_NO_MORE = re.compile(rf"{LEAD_IN}(?i:(?:there (?:is|are) )?no more) {_NAMES}(?: (?:[a-z]+ )?{_KINDS})?{_BEHIND}")
_DISABLED = re.compile(
    rf"{LEAD_IN}(?!(?i:it|this|that|they|if|when)\b).{{3,160}}\b(?:has|have) been disabled (?:on|for|in|by default)\b"
)
_BEHAVES = re.compile(
    rf"{LEAD_IN}(?:(?i:the) )?{_NAME}(?: [a-z]+)? (?i:behaviou?r|semantics) (?:has|have) (?:been )?changed\b"
)
_DEPRECATED_CODE = re.compile(
    rf"(?i){LABEL_AND_AREA}(?:remove[sd]?|drop(?:s|ped)?|delete[sd]?) (?:(?:the|all|any|most|old|previously) ){{0,3}}"
    r"(?:code|functions|methods|features?|functionality|apis?|classes|options|things|everything|stuff)"
    r"(?: that (?:was|were|had been|has been|have been))? (?:previously |marked )?(?:as )?deprecated\b"
)
_OBSOLETE = re.compile(
    rf"{LEAD_IN}(?:(?i:the|using|setting) )?(?:[^.;,]{{0,60}}?{_NAME}[^.;,]{{0,60}}|{_NAMES}(?: [\w-]+){{0,3}}) "
    r"(?:is|are|has been|have been) (?:now )?(?:marked (?:as )?)?(?:obsolete|superseded)\b"
)
_NO_PRONOUN = r"(?!(?i:it|this|that|they)\b)"
_MOVED = re.compile(
    rf"{LEAD_IN}{_NO_PRONOUN}[^.;,:]{{2,80}} (?:has|have) (?:all )?been (?:moved|migrated|extracted|split(?: out)?)"
    r" (?:in)?to (?:(?:the|an?|its|their|one's) )?(?:`[^`\n]{2,60}`|(?:own|separate|new|different|dedicated)\b)"
    r"(?: [\w.-]+){0,2} ?(?:packages?|repo(?:sitor(?:y|ies))?|gems?|crates?|modules?|distributions?|plugins?"
    r"|namespaces?|extensions?|library|libraries|artifacts?|projects?)\b"
    rf"|{LEAD_IN}(?i:moved?) {_NAMES} (?:[a-z]+ )?{_KINDS} from {_NAME} to {_NAME}"
)
_RENAMED = re.compile(
    rf"{LEAD_IN}(?:\w+ and )?(?i:rename[sd]?) (?!.{{0,60}}\b(?:branch|internal\w*|private|tests?|docs?|readme|local)\b)"
    r"(?!.{0,80}\.(?:md|rst|txt|adoc|[ch])\b|`{1,2}_)(?:the )?"
    rf"(?:{_NAMES} (?:[a-z]+ )?{_KINDS}|{_WORDS} {_KINDS}"
    r"|(?:``?[^`\n]{2,80}``?|\w+(?:::\w+)+|[a-z]\w+\.\w[\w.]*|\[[A-Z][\w.]*\]))"
    rf"(?: (?:in|of|from) [\w:.`]+)? (?:to|into|->|→|=>|as) (?:{_NAME}|{_WORDS}|[a-z]\w+(?=\W*\Z))"
)
_TYPE = re.compile(
    r"(?:The |Function )?"
    rf"{_NAME} (?:argument|parameter|field|return (?:type|value)) (?:to|of|for|in) [^.;]{{2,80}}"
    r"(?:is|are) now (?:of type |an? )?`"
    rf"|(?i:change[sd]?) (?:the )?(?:function |method |return |type )?(?:signatures?|types?) of (?:the )?{_NAME}"
    rf"|(?i:marked?) {_NAMES} as (?:an? )?`?(?:unsafe|final|sealed|private|abstract|#\[non_exhaustive\])"
    rf"|(?i:restrict(?:ed|s)?) {_NAME} to [A-Z]"
    r"|(?:All |Most |Many |The )?[^.;]{3,60} are now (?:marked (?:as )?)?"
    r"(?:`#\[non_exhaustive\]`|(?:protected|final|sealed)\b)"
    rf"|(?:The )?{_NAME} (?:[a-z]+ )?{_KINDS} changed (?:to (?:accept|take|return|require|expect|be)|from)\b"
    rf"|(?:The )?{_NAME} constructor (?:changed|now)\b"
    r"|[^.;]{3,80} (?:is|are) now represented (?:using|by|as|with) "
    rf"|{_NAMES}[^.;]{{0,40}} returns? (?!to\b)[^.;]{{1,120}}\binstead of\b"
)
"""What an item of a version that may break things says of a type or signature."""


def find_changed_name(text: str) -> ConsequenceKind | None:
    """Return what an item says of names that users write; None for other items.

    Args:
        text: the item, as `plain_item` gives it.
    """
    removals = (_GONE, _GONE_BEHIND, _NO_MORE, _DEPRECATED_CODE, _RENAMED, _RENAMED_KIND)
    if any(pattern.match(text) for pattern in removals):
        return "removed"
    if _OBSOLETE.match(text):
        return "deprecated"
    is_other = any(pattern.match(text) for pattern in (_MOVED, _DISABLED, _BEHAVES))
    return "compatibility" if is_other else None


def renames_names(text: str) -> bool:
    """Return whether an item gives names of code, with or without marks, another name."""
    return bool(_RENAMED.match(text) or _RENAMED_KIND.match(text))


def changes_type(text: str) -> bool:
    """Return whether an item says that a name has another type or signature, or can be used in fewer ways."""
    return bool(_TYPE.match(text))


RENAMED_LABEL = "Renamed"
"""The label of a removal whose name lives on as another one."""

SAYS_RENAMED = "says renamed"
"""The reason of such a removal that a sentence states by its words."""

_FLAG = r"(?:`[^`\n]{2,60}`|(?<![\w-])--?[a-z][\w-]{1,40}|\b[A-Z][A-Z\d]{1,30}_[A-Z\d_]{1,40}\b)"

_OLD_AND_NEW = re.compile(
    rf"\b[Rr]enam(?:e[sd]?|ing)\b[^.\n]{{0,60}}?{_FLAG}[^.\n]{{0,60}}?(?:\b(?:to|as)\b|->|→)\s[^.\n]{{0,30}}?{_FLAG}"
    rf"|{_FLAG}[^.\n]{{0,40}} (?:has been|have been|was|were|is|are)(?: now)? renamed (?:to|as) [^.\n]{{0,30}}?{_FLAG}"
)
"""A sentence that gives the old and the new name."""

_SETTING = re.compile(
    r"(?<![\w-])--[a-z][\w-]+|\b[A-Z][A-Z\d]{1,30}_[A-Z\d_]{2,40}\b"
    r"|(?i:\b(?:flags?|(?:command[- ]line )?options?|settings?|environment variables?|env vars?|(?:sub)?commands?"
    r"|config(?:uration)?(?: keys?| options?| file)?)\b)"
)
"""What users write: a flag, an environment variable, or the word for it."""

_RENAMED_CODE = re.compile(
    r"\brename[sd]? (?:\w+ ){0,2}`(?!_)[^`\n]{1,60}` (?:->|→|to|as) `[^`\n]{1,60}`"
    rf"|`[^`\n]{{1,60}}` (?:{KIND_OF_CODE} )?(?:(?:is|are|was|were|has been|have been) )?(?:now )?(?:renamed|replaced)"
    rf" (?:to|as|by|with) (?:the )?(?:(?:new )?{KIND_OF_CODE} )?`[^`\n]{{1,60}}`"
    r"|\brename[sd]? (?:\w+ ){0,2}[\w-]+\.[\w.-]+ to [\w-]+\."
    r"(?!(?:c|h|cc|cpp|py|rs|go|js|ts|md|rst|txt|yml|yaml)\b)[\w.-]+"
    r"|`[^`\n]{1,60}` (?:is|was|has been) renamed from `[^`\n]{1,60}`"
    rf"|{KIND_OF_CODE} (?:has|have) been renamed (?:to|as) `[^`\n]{{1,60}}`"
    r"|\A[^.;]{3,80} (?:(?:has|have) been|were|was) renamed (?:and \w+ )?(?:in)?to\b"
    rf"|`[^`\n]{{1,60}}` {KIND_OF_CODE} (?:is|are) now `[^`\n]{{1,60}}`"
    rf"|`[\w./:-]{{2,60}}` (?:becomes?|became) `[\w./:-]{{2,60}}`"
    r"|\b\w+\(\)(?:,? and \w+\(\))? (?:has|have) been (?:renamed|replaced) (?:to|by|with) \w+\(\)",
    re.IGNORECASE,
)
_BARE_RENAME = re.compile(
    rf"{LEAD_IN}(?i:rename[sd]?|renaming) "
    rf"(?:[\w.'-]+ ){{0,3}}{BARE_CODE}(?: [\w.'-]+){{0,3}} (?:in)?(?:to|as|->|→) (?:the )?(?:\w+ )?{BARE_CODE}"
)
_SIGNATURE = re.compile(r"(?i)(?:the )?(?:signatures?|types?|formats?) of\b")
"""What an item begins with that says how a name is called now: ``The signature of `draw()` is now `draw(map)```."""
_RENAMED_OWN = re.compile(
    r"(?i)\brenam(?:ed?|es|ing)\b .{0,30}(?:\bbranch\b|\.(?:md|rst|txt|rdoc|adoc)\b)"
    r"|\brenamed? (?:the )?(?:(?:local|internal|private|static) )*(?<!environment )variables?\b"
)
"""A branch, document or variable of the project itself: ``Rename `History.md` to `CHANGELOG.md```."""


def names_rename(text: str) -> bool:
    """Return whether a text gives the old and the new name of a flag, setting or environment variable."""
    return bool(_OLD_AND_NEW.search(text[:500]) and _SETTING.search(text[:500]))


def says_renamed(text: str, *, has_bare_names: bool = False) -> bool:
    """Return whether an item says that a name of code is another one: `keyword renamed `a` → `b``.

    Args:
        text: the item.
        has_bare_names: whether names without marks count: `Rename LampMap to LampIndex`. In the titles of commits most
            of these are of a project's own code.
    """
    plain = plain_item(text)
    is_rename = bool(_RENAMED_CODE.search(plain)) or (has_bare_names and bool(_BARE_RENAME.match(plain)))
    return is_rename and not _RENAMED_OWN.search(plain) and not _SIGNATURE.match(plain)
