"""Which text gives the old and the new name of something that users write: a setting, an option, code. Pure."""

import re

from sparky_assets.documents.consequences.verbs import BARE_CODE, KIND_OF_CODE, LEAD_IN, plain_item

RENAMED_LABEL = "Renamed"
"""The label of a removal whose name lives on as another one."""

SAYS_RENAMED = "says renamed"
"""The reason of such a removal that a sentence states by its words."""

_NAME = r"(?:`[^`\n]{2,60}`|(?<![\w-])--?[a-z][\w-]{1,40}|\b[A-Z][A-Z\d]{1,30}_[A-Z\d_]{1,40}\b)"

_RENAME = re.compile(
    rf"\b[Rr]enam(?:e[sd]?|ing)\b[^.\n]{{0,60}}?{_NAME}[^.\n]{{0,60}}?(?:\b(?:to|as)\b|->|→)\s[^.\n]{{0,30}}?{_NAME}"
    rf"|{_NAME}[^.\n]{{0,40}} (?:has been|have been|was|were|is|are)(?: now)? renamed (?:to|as) [^.\n]{{0,30}}?{_NAME}"
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
    return bool(_RENAME.search(text[:500]) and _SETTING.search(text[:500]))


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
