"""What items of a version that may break things say to work in another way, without a word that it breaks. Pure.

A project raises the first number of its version for what is not as before, and the second one before 1.0: `Parameters
are keyword-only.`, `Plugins must have a name.` Where notes mark what breaks, their other items break nothing.
"""

import re
from collections.abc import Sequence

from sparky_assets.documents.consequences.announced import CHANGE_LABEL, MARKED_TITLE
from sparky_assets.documents.consequences.changed_names import changes_type
from sparky_assets.documents.consequences.sentences import find_sign
from sparky_assets.documents.consequences.verbs import ADDING_ITEM, DESCRIBING_ITEM, FIXING_ITEM, plain_item
from sparky_assets.documents.consequences.written import INTERFACE, OWN_HEADING, are_written
from sparky_assets.documents.models import ConsequenceKind, NoteItem, ParsedDocument
from sparky_assets.documents.note_kinds import is_internal, is_revert
from sparky_assets.text.upgrades import NOT_MISSED
from sparky_assets.text.versions import parse_release_tag

_MAJOR_DEFAULT = re.compile(
    r"(?i)(?!.*\b(?:option|opt[- ]in|configur|allow|supports|rather than)).{3,160}\bby default\b(?:\W|\Z)"
)
_OTHER_IN_MAJOR = re.compile(
    r"(?i).{0,120}\bnow (?:returns?|requires?|throws?|raises?|rejects?|expects?|refuses?|fails?|emits?|must)\b"
    r"|(?:return|raise|throw|emit|yield|require|reject)s?\b.{1,160}\binstead of\b"
    r"|moved? (?:\w+ ){0,3}`.{1,120}\b(?:from\b.{1,80}\bto|(?:in)?to)\b"
    r"|requires? (?!no\b)\w|strongly type\b|.{0,80}\bnow needs?\b"
    r"|makes? .{1,80}\b(?:private|final|protected|read-?only|mandatory|required|abstract|internal)\b"
    r"|change[sd]? .{1,80}\bfrom\b.{1,80}\bto\b|(?:reorganize|convert|turn)[sd]? .{0,60}`.{1,60}\b(?:in)?to\b"
    r"|.{3,160}\b(?:is|are|was|were|has|have)(?: been)? (?:changed|rewritten|reworked|redesigned|restructured|replaced"
    r"|updated to be|converted|split|merged|moved|renamed)\b|.{3,120}\bare now \w+ed as\b"
    r"|.{3,80}\brequires? (?:an? |the )(?!new\b)\w"
    r"|makes? .{1,80}\b(?:an? )(?:interface|trait|enum)\W*(?:\Z|[(\[#])"
    r"|.{0,40}`[^`\n]{2,60}`(?: \w+){0,3} no longer "
    r"(?!needs?\b|requires?\b|crash|block|fail|leak|hang|panic|deadlock|flicker|lose|swallow|break|error|ignore)"
)
"""How an item below `Changed` of a major version says that something works in another way."""


def find_major_change(document: ParsedDocument, item: NoteItem) -> ConsequenceKind | None:
    """Return what an item below `Changed` of a major version changes for users; None for other items.

    A project raises the first number of its version for what it changes there; in other versions it is mostly internal.
    """
    name = (item.label or item.heading).strip(" :")
    if not CHANGE_LABEL.fullmatch(name.removesuffix("s")) or not _is_major(document.source.title):
        return None
    if item.kind == "removed":
        return None  # what its section says does not hold: ``Code coverage by default``
    first = plain_item(document.sentences[item.sentences[0]].text)
    if ADDING_ITEM.match(first) or DESCRIBING_ITEM.match(first):
        return None
    if _MAJOR_DEFAULT.match(first):
        return "changed_default"
    return "compatibility" if _OTHER_IN_MAJOR.match(first) or changes_type(first) else None


MAX_VERSION_NUMBER = 1900
"""First number of a version; larger ones are years, and say nothing about what breaks."""


def _is_major(tag: str) -> bool:
    """Return whether a tag names the first release of a major version: `v3.0.0`."""
    release = parse_release_tag(tag)
    numbers = release.numbers if release else ()
    return len(numbers) > 1 and 0 < numbers[0] < MAX_VERSION_NUMBER and not any(numbers[1:])


def _is_first_of_series(tag: str) -> bool:
    """Return whether a tag names the first release of a series before 1.0: `0.38.0`."""
    release = parse_release_tag(tag)
    numbers = release.numbers if release else ()
    return len(numbers) > 2 and numbers[0] == 0 < numbers[1] and not any(numbers[2:])


def list_unmarked(document: ParsedDocument, items: Sequence[NoteItem]) -> frozenset[int]:
    """Return where the items begin that may break things without a mark, in a version that may break things.

    Where notes have a section or labels for what breaks, these are the items below `Adapter changes` alone: ecto has
    such a heading beside its incompatible changes. Of the titles of commits some have a `!`, and say nothing of what
    people write above them. Lists of titles say mostly what changed inside.
    """
    tag = document.source.title
    if not (_is_major(tag) or _is_first_of_series(tag)):
        return frozenset()
    by_section: dict[int, list[NoteItem]] = {}
    for item in items:
        by_section.setdefault(item.section, []).append(item)
    written = [item for own in by_section.values() if are_written(own) for item in own]
    is_marked = any(item.kind == "breaking" and not MARKED_TITLE.match(item.text) for item in items)
    return frozenset(
        item.start for item in written if not is_marked or _AREA_CHANGES.fullmatch(item.heading.strip(" :"))
    )


_AREA_CHANGES = re.compile(
    r"(?i)(?!(?:bug\w*|docs?|documentation|internals?|tests?|testing|build|ci|dependency|dependencies|security|new|minor"
    r"|small|performance|packaging|ui|cosmetic|related|recent|all|full|misc\w*|other|significant|notable|general|core|user"
    r"|api|behaviou?r\w*|major|main|key|highlighted|breaking)\b)[\w`./-]{2,30}(?: [\w`./-]{2,30})? changes"
)
"""A heading over what changes in one part: `Adapter changes`, `Configuration file changes`."""

_CODE = (
    r"(?:`[^`\n]{2,60}`|\[`[^`\n]{2,60}`\](?:\([^)\s]{0,200}\))?|:\w+:`[^`\n]{2,60}`|\w+(?:[.:]+\w+)*\(\)"
    r"|--[a-z][\w-]+)"
)
_CODES = rf"(?:the |all |calls to )?(?:new )?{_CODE}(?:(?:,| and|, and| or) {_CODE}){{0,3}}"
_AREA = r"\A(?:\[[\w. :/-]{1,40}\]:? |[\w./-]{1,20}: )?"
_WRONG = (
    r"(?:need|requir|crash|segfault|fail|hang|leak|panic|deadlock|loop|corrupt|block|flicker|los[et]|swallow|br(?:ea|o)k"
    r"|error|warn|ignor|necessary|strip|confus|interfer|conflict|mangl|overwrit|truncat|trigger|caus|throw|rais|clear"
    r"|duplicat|unset|depend|recommend|question|seem|spam|insecure|clobber|print|show|display|log|emit|forc|impos"
    r"|restrict|limit|an issue)"
)
"""Words for what was wrong, or of no use to users."""
_ENDED = re.compile(
    r"(?i)(?!.{0,160}\b(?:if|when|because|since|that|which|once|warnings?)\b[^,]{0,80}"
    r"(?:\bno longer\b|n['’]t\b|\bnot\b))"
    rf".{{0,160}}?(?:\bno longer (?!\w+ (?:invalid|extra|wrong|incorrect)\b|(?:\w+ ){{0,2}}{_WRONG}"
    r"|us(?:e|ed|es|ing)\b)\w+(?!.{0,80}\btwice\b)"
    rf"|\b(?:does|do|is|are|can|will)(?: ?not|n['’]t) (?!(?:\w+ ){{0,2}}{_WRONG})\w[^.;]{{0,80}} any ?more\b)"
)
_DUTY = re.compile(
    r"(?i)it is (?:not|no longer) possible to (?!.*\b(?:fix\w*|bug)\b)"
    r"|(?!.{0,120}\b(?:if|when|that|which|where)\b.{0,80}\bmust\b)[^.;]{3,120}(?<!you )\bmust (?:now |also |all )?"
    r"(?:not |only )?(?:be|have|use|implement|provide|return|include|start|match|contain|specify|pass|call|set|inherit"
    r"|extend|accept|take|end|follow|declare|define|opt)\b"
    rf"|(?!.{{0,120}}\b(?:if|when|that|which|where|fix\w*)\b)[^.;,]{{0,60}}{_CODE}[^.;,]{{0,40}}"
    r" (?:cannot|can ?not|can['’]t) (?:any ?more |now )?(?:be|have|use)\b"
    r"|.{0,200}\b(?:keyword|positional)[- ]only\b|.{0,80}\b(?:accepts? only|only accepts?)\b"
    r"|.{0,80}\b(?:are|is|be|made .{1,100}) (?:\w+ )?(?:more strict|stricter)\b"
    r"|made .{1,100} (?:final|abstract|sealed|private|internal)\W*\Z"
    rf"|{_AREA}(?:made {_CODE} not \w+[ai]ble\b|disabled? [^.;]{{3,60}} (?:for|of) {_CODE})"
    rf"|{_AREA}moved? [^.;]{{0,60}}{_CODE}[^.;]{{0,20}} (?:in)?to {_CODE}"
    r"|.{0,80}\b(?:made|(?:is|are) now) (?:private|mandatory|required|read-?only|non[- ]exhaustive|immutable)\b"
)
_REFUSED = re.compile(
    r"(?i).{0,160}\bnow (?:always |only |also )?(?:rejects?|refuses?|raises?|throws?|fails?|errors?|disallows?|forbids?"
    r"|den(?:y|ies)|traps?)\b(?! (?:a |an )?(?:more|better|proper|clear|helpful))"
)
_OTHER = re.compile(
    rf"(?i).{{0,160}}\bnow (?:always |only |also )?(?:requires?|expects?|enforces?|ignores?|drops?)\b"
    rf"|{_AREA}(?:change[sd]?|convert(?:s|ed)?|switch(?:es|ed)?) (?:the )?(?:[\w-]+ ){{0,3}}{_CODE}[^.;]{{0,60}} "
    r"(?:to|into)\b"
    rf"|{_AREA}{_CODES}(?: [\w-]+){{0,2}} (?:(?:is|are|has been|have been|was|were) )?(?:both |now )?"
    r"(?:moved (?:in)?to|split into|merged into)\b"
    rf"|(?:the )?(?:{_CODES}|(?:[\w-]+ ){{0,2}}API)(?: [\w-]+){{0,2}} (?:has|have) been (?:\w+ly )?"
    r"(?:transformed|redesigned|reworked|overhauled|restructured)\b"
    rf"|{_AREA}changed (?!.*\b(?:internal|tests?|docs?)\b)[^.;]{{3,80}} to (?:instead |always |not |now )?"
    r"(?:return|match|be|require|raise|throw|respect|behave|set|expect|accept)\b"
    r"|.{3,100}\bnow (?:with|uses?|via|through) .{1,100}\b(?:instead of|rather than)\b"
    rf"|{_AREA}changed? (?:the )?(?:[\w-]+ ){{1,4}}(?:structs?|types?|traits?|functions?|methods?|enums?|class(?:es)?"
    r"|fields?|signatures?|arguments?|formats?) (?:in)?to "
    rf"|{_AREA}add(?:ed)? (?:an? )?(?:new )?(?:required|lifetime|generic|type) parameters? (?:on|to|for) (?:the )?"
    rf"{_CODE}"
    r"|.{0,120}\b(?:parameter|argument|return|native) types? (?:have|has) been added\b"
    r"|.{0,120}\bnow (?:returns?|emits?|yields?|produces?|gives?) .{1,120}\b(?:instead of|rather than)\b"
    r"|.{0,40}\b(?:signatures?|type|interface|structure|format|behaviou?r|meaning|semantics|order) (?:of|for) .{1,120}"
    r"\b(?:has|have|was|were) (?:all |been |now )*changed\b"
)
_NEW_PARAMETER = re.compile(
    r"(?i)add(?:ed)? (?:an? )?(?:new )?(?:required|lifetime|generic|type) parameters?\b"
    rf"|add(?:ed)? .{{1,60}} (?:methods?|members?) to (?:the )?{_CODE} (?:interface|trait|protocol)\b"
)
"""An item that adds what everybody who uses a name, or implements it, has to write."""
_OTHER_NAME = re.compile(
    rf"(?i){_AREA}(?:replaced? (?!.{{0,20}}\b(?:internal|unmaintained)\b|`\w+!`"
    r"|.{0,120}`[^`]{1,40}` (?:for|in|when|where)\b)"
    rf"(?:the )?(?:[\w-]+ ){{0,3}}{_CODE}(?: [\w-]+){{0,3}} "
    r"(?:with|by|in favou?r of) "
    rf"(?:the )?(?:[\w-]+ ){{0,3}}{_CODE}"
    rf"|{_CODES}(?: [\w-]+){{0,2}}(?: {_CODE})? (?:(?:is|are|has been|have been|was|were|got) )?(?:both |now )?"
    r"(?:replaced (?:by|with)|renamed (?:\w+ )?to)\b"
    rf"|{_CODE} (?:is|are) now (?:called |named )?{_CODE}\W*\Z|{_CODES}(?: [\w-]+){{0,2}} (?:is|are) gone\b)"
)
_WORSE = re.compile(
    r"(?i)\b(?:crash\w*|segfault\w*|panic\w*|leak\w*|deadlock\w*|hangs?|faster|optimi[sz]\w*|perf\w*|tests?|docs"
    r"|documentation|readme|bump\w*|internally|correctly|properly|codebase|code base"
    r"|build (?:backend|system)|under the hood)\b|\binto/from\b"
)
_SPAN = re.compile(r"`[^`\n]{1,80}`")
_MENDED_HEADING = re.compile(
    r"(?i)\b(?:known issues|features?|enhanc\w*|improve\w*|new|added|authors|credits|thanks)\b"
)

_CHANGES_HEADING = re.compile(
    r"(?i)(?:(?:misc\w*|other|significant|notable|general|behaviou?r\w*|api|core|user[- ]facing|important|internal)\W+)"
    r"{0,2}(?:chang(?:e|ed|es)(?: (?:since|in|from) v?\d[\w.]*)?|behaviou?rs?)"
)
"""A heading below which a project lists what is not as before, and not what is new."""
_STATED_NOW = re.compile(
    rf"(?i){_AREA}{_CODES}(?: [\w-]+){{0,2}} (?:will |is |are )?(?<!can )now (?!be\b|also|correct|proper|support|includ"
    r"|allow|accept|offer|has\b|have\b|available|handle|works?|show|display|print|list|report|warn|log|uses? less"
    r"|faster|part|implement|deprecated|possible|detect|preserv|respect|reflect|contain|consider|can|able|runs?|compil|provid"
    r"|automatic|optional|documented|stable|generat|cached|more|better|configurable|exposed|calls?)[a-z]+"
    r"|\AAll (?:[\w`-]+ ){1,4}(?:(?:are|is|have|must) )?now (?!available|support|implement|importable)"
    r"|.{3,160}\bwill (?:now |always )?be \w+ed (?:as|with) "
    rf"|{_AREA}(?:returns? .{{0,40}}`.{{1,60}}\b(?:from|instead)|enforces? |split `|narrow\w* )"
    r"|(?:stop|end)(?:s|ped|ed)? (?:publish|ship|support|provid|build|bundl|export|accept)\w*"
)
_OTHER_FOR_AREA = re.compile(
    r"(?i)(?:.{3,160}\bnow (?!also|support|allow|possible|available|can\b|correct|proper|faster|better|more)[a-z]+"
    r"|.{3,200}\bshould (?!not (?:affect|matter|notice)|(?:also|still|work)\b)[a-z]+|.{3,160}\bno longer\b)"
)
"""What an item below `Adapter changes` says of that part."""
_BESIDE_MARKED = re.compile(
    rf"(?i){_CODES}(?: [\w-]+){{0,2}} (?:(?:is|are|will) no longer|no longer) "
    rf"(?!(?:\w+ ){{0,2}}{_WRONG}|deprecated|experimental|(?:in )?beta|needed|necessary|used\b)\w+"
    rf"|{_CODES}(?: [\w-]+){{0,2}} now (?:always )?(?:fails?|errors?|raises?|throws?|rejects?|refuses?|disallows?)\b"
    r"(?! (?:a |an )?(?:more|better|proper|clear|helpful|nicer|informative))"
)
"""What an item says of code outright, in a version whose notes mark what breaks elsewhere: ```draw()` now fails …``."""


def find_change_beside(document: ParsedDocument, item: NoteItem) -> ConsequenceKind | None:
    """Return what an item beside the marked ones of a major version says outright of code; None for other items."""
    tag = document.source.title
    is_open = item.kind in {"other", "what", "summary", "user_facing", "features"} and not item.is_nested
    if not is_open or not (_is_major(tag) or _is_first_of_series(tag)) or OWN_HEADING.search(item.heading):
        return None
    first = plain_item(document.sentences[item.sentences[0]].text)
    if not _BESIDE_MARKED.match(first) or find_sign(first):
        return None  # what its sentence says outright is more exact
    if _WORSE.search(_SPAN.sub("``", first)) or is_internal(item) or is_revert(item):
        return None
    return "now_error" if _REFUSED.match(first) else "compatibility"


def gives_other_name(text: str) -> bool:
    """Return whether an item says that a name of code is another one: ```draw()` is replaced by `paint()```."""
    return bool(_OTHER_NAME.match(text))


_HAS_CHANGED = re.compile(
    r"(?i)(?!.*\b(?:not|never|internal\w*|docs?|documentation|tests?)\b)(?:the |how )?[^.;,:]{3,100}"
    r"(?<!what )\b(?:has|have) changed\b(?! the way we)|chang(?:e|es|ed) (?:in|of|to) (?:the )?behaviou?r\b"
)
"""`The handling of conflicts has changed.`"""
_REMOVAL = re.compile(
    rf"(?i){_AREA}remove[sd]? (?!.{{0,20}}\b(?:{NOT_MISSED})\b)"
    # `Removed dependency on `<memory>`` takes nothing from those who use it.
    r"(?!(?:the |all |an? )?(?:\w+ )?(?:dependenc\w+|dependence|reliance|usages?|uses?|need|requirements?|references?)"
    r" (?:on|of|to|for)\b)"
    rf"(?:the )?(?:[\w-]+ ){{0,2}}{_CODE}"
    r"(?! (?:check|usage|call|hack|import|dependenc|workaround|(?:\w+ )?(?:bound|limit|restrict|requirement)))"
    rf"|{_CODES}[^.;]{{0,80}}\bremoved from (?:the )?{_CODE}"
    rf"|{_AREA}remove[sd]? (?!.{{0,60}}\b(?:{NOT_MISSED}|internal|private|tests?)\b)(?:the |all )?"
    rf"(?:[\w.'\"/-]+ ){{1,3}}{INTERFACE}"
    r"(?=\W*(?:\Z|[(\[#]))"
    rf"|{_AREA}remove[sd]? (?:most|all) (?:(?:of )?the )?(?:[\w-]+ ){{0,2}}{INTERFACE}\b"
    r"(?!.*\b(?:internal|private|tests?)\b)"
    rf"|{_AREA}(?:removed?|dropp?(?:ed)?) (?!\S*\.(?:md|rst|txt|json|ya?ml|toml|lock|py|js|ts|rb|sh|cfg|ini)\b)"
    r"[a-z]\w*(?:\.[A-Za-z_]\w*){1,4}(?:\(\))?(?=\W*(?:\Z|[(\[#,]))"
)
_REFUSAL = re.compile(
    rf"(?i){_AREA}(?:start(?:ed|s)? (?:enforcing|rejecting|requiring) |throws?\b"
    r"|raises?\b(?! the\b| an? (?:\w+ )?(?:helpful|better|clear\w*))"
    r"|disallow\w* |forbid\w* |(?:do|does)(?: not|n['’]t) allow |rejects? )"
)


_MINIMUM_LINE = re.compile(
    r"(?i)(?:the )?(?:"
    r"(?:minimum|minimal) (?:supported |required )?(?:[\w.]+ ){0,2}(?:versions?|platforms?)(?: \w+){0,2}"
    r"|(?:[\w.]+ ){1,2}versions? required): .*\d"
)
"""A line of what a version needs: `Minimum supported Xcode version: 26.0.`"""


_PLATFORM_STEP = re.compile(
    r"(?i)(?:upgrade|move|bump|update|migrate|switch)(?:e?d|s)?(?: \w+)? to (?:java|jdk|\.net|scala|swift)"
    r" v?\d[\d.]*\W*(?:[(\[#].*)?\Z"
)
"""A step of what a library is compiled for, which its users need too. `Update to Node 26` may be of its own tests."""
_ENDED_DEPENDENCY = re.compile(
    rf"(?i)(?:remove[sd]?|drop(?:s|ped)?) (?!.{{0,20}}\b(?:{NOT_MISSED})\b)[\w`./ -]{{2,40}} as (?:an? )?dependency\b"
)


def _find_platform(item: NoteItem, first: str) -> ConsequenceKind | None:
    """Return what an item of a version that may break things says of what it runs on: `Upgraded to Java 17`."""
    if item.kind == "fixes" or item.is_nested:
        return None
    if _ENDED_DEPENDENCY.match(first):
        return "removed"
    return "new_minimum" if _PLATFORM_STEP.match(first) and not is_internal(item) else None


def find_unmarked_change(document: ParsedDocument, item: NoteItem) -> ConsequenceKind | None:
    """Return what an item of a release that may break things says to be in another way; None for other items.

    Below headings about changes an item may say it in more ways: elsewhere these are features too.
    """
    heading = (item.label or item.heading).strip(" :")
    is_of_area = bool(_AREA_CHANGES.fullmatch(heading))
    is_change = bool(_CHANGES_HEADING.fullmatch(heading)) or is_of_area
    is_open = item.kind in {"other", "what", "summary", "user_facing"} and not item.is_nested and not is_revert(item)
    is_seen = is_change or not (OWN_HEADING.search(item.heading) or _MENDED_HEADING.search(item.heading))
    first = plain_item(document.sentences[item.sentences[0]].text)
    if platform := _find_platform(item, first):
        return platform
    is_about_words = (
        (ADDING_ITEM.match(first) and not _NEW_PARAMETER.match(first))
        or DESCRIBING_ITEM.match(first)
        or FIXING_ITEM.match(first)
    )
    if not is_open or not is_seen or is_internal(item) or is_about_words or _WORSE.search(_SPAN.sub("``", first)):
        return None
    if find_sign(first):
        return None  # what its sentence says outright is more exact
    by_words: tuple[tuple[object, ConsequenceKind], ...] = (
        (_MINIMUM_LINE.match(first), "new_minimum"),
        (_REFUSED.match(first) or ((is_change or not heading) and _REFUSAL.match(first)), "now_error"),
        (is_change and _MAJOR_DEFAULT.match(first), "changed_default"),
        (_OTHER_NAME.match(first) or ((is_change or not heading) and _REMOVAL.match(first)), "removed"),
        (_ENDED.match(first) or _DUTY.match(first) or _OTHER.match(first), "compatibility"),
        (is_change and _STATED_NOW.match(first), "compatibility"),
        ((is_of_area or item.label == "changed") and _OTHER_FOR_AREA.match(first), "compatibility"),
        (_HAS_CHANGED.match(first) or _NEW_PARAMETER.match(first) or changes_type(first), "compatibility"),
    )
    return next((kind for is_said, kind in by_words if is_said), None)
