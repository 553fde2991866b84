"""What a sentence states by its words: a removal, a changed default, a new error, or nothing. Pure."""

import re

from sparky_assets.documents.consequences.verbs import (
    ADDING_ITEM,
    DESCRIBING_ITEM,
    FIXING_ITEM,
    UNSEEN_HEADING,
    drops_support,
)
from sparky_assets.documents.models import ConsequenceKind, DocumentSentence, NoteItem, SectionKind
from sparky_assets.documents.note_kinds import is_revert
from sparky_assets.text.upgrades import BLOCKED, NOT_MISSED

MAX_STATED_WORDS = 70
"""Words of the first sentence of an item that breaks something, where no sentence of it is short enough to quote."""

SAYS_BREAKING = "says that it breaks"
"""The reason of a consequence whose text says outright that it breaks something."""
SAYS_INCOMPATIBLE = "says not compatible"
_FULLY = (
    r"(?:(?!incorrect|accidental|wrong|mistaken|erroneous|unintentional|improper|proper|correct|silent|automatic|previous|original)"
    r"[a-z]{3,15}ly ){0,2}"
)
"""Adverbs between `is` and `removed`: `has been fully removed`, and not `were incorrectly removed`."""

_SENTENCE_SIGNS: tuple[tuple[re.Pattern[str], ConsequenceKind, str], ...] = (
    (re.compile(r"(?i)(?<!whether )(?<!if )\bthis (?:is (?:technically )?a )?breaking change\b"
                r"(?! (?:is|was) (?:reverted|undone|gone))"
                r"|\bbreaking changes?,? (?:mostly|mainly|primarily|largely) (?:around|about|in|of|to)\b"),
     "breaking", SAYS_BREAKING),
    (re.compile(r"(?i)\bdeprecated\b[^.;]{0,60}\b(?:and|but) (?:is|are|has been|have been) (?:now )?removed\b"
                r"|\b(?:has|have) been deprecated and (?:now )?removed\b"
                r"|(?<!will )\bremoves? (?:all|every\w*) [^.;]{0,60}\bdeprecated\b"),
     "removed", "says removed"),
    (re.compile(r"(?i)\b(?:is|are|was|were|(?:has|have) (?:all |both |also )?been) (?:now )?(?:an? )?"
                rf"(?<!that they are )(?<!that it is ){_FULLY}(?:soft[- ])?deprecated\b"
                r"(?! (?:for|from|since|by)\b)"
                r"|\bwill (?:be )?deprecate"),
     "deprecated", "says deprecated"),
    (re.compile(r"(?i)\bno longer (?:(?:has|have)(?! to\b)|supports?|accepts?|allows?|works?|includes?|provides?"
                r"|implicitly|automatically|always"
                r"|(?:an? |part of the )?(?:public|official)|exists?\b(?= in\b|\W*\Z|[,;])"
                r"|supported|available|accepted|allowed|(?:re-?)?export(?:s|ed)?|exposed?s?"
                r"|persisted|maintained|inherits?|ship(?:s|ped)?|bundle[sd]?"
                r"|possible to|permitted|published|compatible)\b"
                r"|(?<=[\w`] )(?:does|do|is|are)(?: not|n['’]t)"
                r" (?:supported|available|allowed|exist|\w+ [^.;,]{0,40}by default) any ?more\b"
                r"|\bno longer \w+ by default\b"
                r"|\bdrop(?:s|ped|ping)? [\w.-]{2,20} ?(?:<=?|≤) ?v?\d"
                r"|\bcan no longer (?!crash|fail|hang|leak|panic|deadlock|loop|corrupt|overflow|block|race|cause|lead"
                r"|result|trigger|happen|occur|be (?:crash|corrupt|lost|trigger))\w+"
                r"|\b(?:drop(?:s|ped|ping)?|remov(?:e[sd]?|ing)|discontinu(?:e[sd]?|ing))"
                r" (?!broken\b)(?:[\w.`+<>=/,\"'#:@()-]{1,30} ){0,5}(?<!to )"
                r"support\b(?! (?:code|files?|scripts?|functions?|class(?:es)?|library|tools?|remains)\b)"
                r"|\bsupport (?:[\w.<>=,/+-]+ ){0,9}(?:has been|was|is) (?:now )?(?:dropped|discontinued)\b"
                r"|\A(?:we )?end(?:s|ed)? (?:official )?support (?:for|of) \w"),
     "breaking", "says no longer"),
    (re.compile(r"(?i)\b(?:was|were|(?:has|have) (?:\w+ )?been|is|are)"
                rf" (?:(?:now|temporarily|also) )?{_FULLY}removed\b"
                r"|`[^`\n]{2,80}`{1,2} (?:has|have) been deleted\b"
                r"|\b(?:is|are) (?:now )?defunct\b"
                r"|\bwe(?:['’]ve| have)? (?:also |now )?(?:removed|dropped)\b"
                rf"(?! .{{0,60}}\b(?:limit|restrict|warn|depend|need|requir|bug|{NOT_MISSED})\w*)"),
     "removed", "says removed"),
    (re.compile(r"(?i)\b(?:minimum|minimal) (?:[\w.()`-]{1,30} ){1,5}(?:is|are) now \W?v?\d"
                r"|\bthis (?:release|version) now requires? (?:at least )?[A-Z][^.;,]{1,40}\d"
                r"|\b(?:will |now )(?:only supports?|supports? only) (?-i:[A-Z])[\w.]{1,20} v?\d[\d.]*"
                r"(?:\+| (?:and|or) (?:above|up|newer|later|higher)\b)"
                r"|(?-i:\A[A-Z])[\w.]{1,20} v?\d[\d.]*\+ (?:is|are) now required\b"),
     "new_minimum", "says that a minimum rose"),
    (re.compile(r"(?i)\bnow defaults? to\b"
                r"|\bnow (?!support|includ|allow|accept|offer)(?:[\w`-]+ ){1,5}by default\b"
                r"|\bdefault (?:for |of |value )?(?:(?:the )?[^\s,;.]+ ){0,8}is now\b"
                r"(?! (?:\w+ly )?(?:configur|document|customi|cached|consistent|correct|easier|simpler|possible|better"
                r"|faster|more))"
                r"|\bdefault (?:value )?(?:has )?(?:been )?changed\b"
                r"|\bdefault (?:values? )?(?:of|for) [^.;]{1,80} (?:has|have) (?:been )?changed\b"
                r"|\bdefault [\w ]{0,30}(?:increases?|increased|decreases?|decreased|rises|rose|drops|dropped) from \S"
                r"|\bdefault [\w ]{0,30}(?:has|have|was|were) (?:been )?"
                r"(?:(?:increased|decreased|reduced|lowered|raised|bumped)\b|changed (?:from|to)\b)"
                r"|(?<!` )\bchanges? the default\b|\Amake (?:the )?default (?:value |behaviou?r |(?=`))"
                r"|\b(?:is|are) now (?:`[^`\n]{1,40}`|enabled|disabled|on|off|true|false|used) by default\b"),
     "changed_default", "says that a default changed"),
    (re.compile(r"(?i)\b(?:import|module|package) paths? (?:(?:has|have) (?:been )?changed|(?:is|are) now|will be)\b"
                r"|\bno backwards? compatib|\b(?:binary|source)[- ]incompatible changes\b"
                r"|\bnot backwards? compatible|(?<!not )\bbackwards?[- ]incompatible\b"),
     "compatibility", SAYS_INCOMPATIBLE),
    (re.compile(r"(?i)\b(?:maximum|highest|latest) (?:supported |allowed )?(?:[\w.`-]{1,30} ){1,3}"
                r"(?:version )?(?:is|was|has been) (?:now |temporarily )?(?:pinned|limited|capped|restricted|set)\b"),
     "compatibility", "says that a maximum was set"),
    (re.compile(r"(?i)(?<!may )(?<!can )(?<!could )\bnow (?:correctly )?"
                r"(?:report|return|raise|throw|give|emit|generate|produce)s? an? "
                r"(?!(?:more|better|useful|helpful|clear\w*|nicer|proper|descriptive|friendl\w*|improved|meaningful)\b)"
                r"(?:[\w()-]{1,20} ){0,3}error\b(?! messages?\b)"
                r"|\bnow errors? (?:unless|if|when|out)\b"
                r"|\b(?:is|are) now (?:\w+ly )?(?:reported|treated|considered|handled) as (?:an? )?(?:\w+ )?errors?\b"
                r"|\b(?:is|are) now (?:disallowed|forbidden|rejected|refused|prohibited)\b"
                r"|\b(?:is|are) now (?:an|a hard|a compile) error\b(?! in [A-Z]\w+ \d)"
                r"|\bwill now (?:error|fail|be rejected)\b"),
     "now_error", "says that it is an error now"),
    (re.compile(rf"(?i){BLOCKED}"), "blocked", "says that it is blocked"),
)  # fmt: skip

_CONDITION = re.compile(r"(?i)(?:when(?:ever)?|if|while|unless)\b[^.]{3,200}, ")
"""`When generating a name, the suffix is removed` says what the program does, and not that it lost something."""

_REMOVED_CONDITION = re.compile(
    r"(?i)\b(?:when(?:ever)?|if|after|before|once|until|unless)\b(?:[^.,;`]|`[^`\n]{1,40}`){1,80}"
    r"\b(?:is|are|was|were|been) removed\b"
    r"|\b(?:while|an?|any|each|every)\b[^.,;]{1,80}\b(?:is|are) removed\b"
    r"|\b(?:since|because|where)\b[^.,;]{1,60}\b(?:is|are|was|were|been) (?:removed|defunct)\b|\(was removed\b"
    r"|\b(?:overhead|bottlenecks?|latency|slowdowns?|limitations?|races?|deadlocks?|indirections?|leaks?)\b"
    r"[^.,;]{0,60}\bremoved\b"
    r"|\bthat (?:is|are) removed\b"
    r"|\b(?:is|are) (?:now )?removed from (?:the )?(?:[\w-]+ ){0,3}"
    r"(?:texts?|outputs?|titles?|messages?|strings?|urls?|paths?|ends?|values?|inputs?|results?)\b"
    rf"|\b(?:{NOT_MISSED}|temporary|stale|orphaned)\b[^.,;]{{1,100}}\bremoved\b"
    r"|\b(?:is|are) (?:now )?(?:automatically )?removed (?:after|when|before|once|if|on|during|automatically)\b"
    r"|\A(?:\[[\w. -]{1,20}\] )?(?:check|ensure|make sure|verify|assert|guarantee)\w* .{1,80}"
    r"\b(?:is|are|get|gets) removed\b"
)
"""`Reinstall a package when its label is removed` removes nothing, nor does `Ensure that labels are removed`."""

_MEANS_DROPPING = r"(?:\w+, )?(?:this|which|it)(?: also)? means (?:\w+ ){0,2}dropping (?:\w+ ){0,2}support for \w"

_STATES_FURTHER = re.compile(
    r"(?i)(?:Also,? )?(?:the )?(?:deprecated |old )?`{1,2}[^`\n]{2,60}`{1,2} (?:\w+ ){0,3}(?:has|have) been removed\b"
    rf"|(?:the )?(?:new )?default (?:value )?(?:(?:for|of) )?(?:the )?`{{1,2}}[^`\n]{{2,60}}`{{1,2}} (?:\w+ )?is now\b"
    rf"|{_MEANS_DROPPING}|make (?:the )?default (?:value |behaviou?r |(?=`))"
)
"""A further sentence of an item that states something else: `The default `delay` is now 10.`"""


def states_further(text: str) -> bool:
    """Return whether a sentence behind the first one of an item states something of its own."""
    return bool(_STATES_FURTHER.match(text))


_ENDS_OUTRIGHT = re.compile(
    r"(?i)\A[^.;,]{3,80} (?:is|are) no longer (?:supported|available|exposed|enabled|exported|accepted)\b"
    rf"|\A{_MEANS_DROPPING}"
)
"""What a further sentence of an item ends too: `The format is no longer supported.`"""

_NO_LONGER_CONDITION = re.compile(
    r"(?i)\b(?:if|when(?:ever)?|once|after|which|because|since|unless|until|while|as(?! of\b)"
    r"|(?<!note )(?<!means )(?<!says )that)\b(?:[^.,;]|\.(?=\w)){0,80}\b(?:no longer|not exist any ?more)\b"
)
"""`Improve the message if a platform is no longer supported` ends no support."""

_GIVES = re.compile(
    rf"(?i)(?={ADDING_ITEM.pattern}).{{0,300}}\b(?:so|that|to|until|when|if|how|whether|which)\b.{{0,200}}\bremoved\b"
)
"""`Added `clear()`, so that you can ensure that lamps have been removed` gives more and takes nothing away."""

_IN_FUTURE = re.compile(
    r"(?i)(?:starting |beginning )?(?:in|with|from) (?:an?|the|some) (?:future|next|later|upcoming)\b"
)

_VAGUE_REMOVAL = re.compile(
    r"(?:\w+, )?(?i:this|that|it|these)\b[^`]{0,60}\bremoved\b"
    r"|(?i:this|it|these) (?:is|are|was|were|has|have|had)(?:n['’]t)? (?:been )?[^`]{0,200}\bremoved\b"
    r"|(?:The|This|That|These|It) (?:\w+ )?(?:was|were|has been|have been|is|are) removed\b"
)
"""`The prefix has been removed.` says what was only to those who read the sentence before it."""

VAGUE_END = re.compile(
    r"(?i)(?:this|that|it|these|they|both)(?: (?:too|also|feature|function|method|option))? "
    r"(?:is|are|was|were|has|have) (?:also )?no longer\b"
)
"""`This too is no longer supported in V2.` says what was only to those who read the sentence before it."""

_COUNTED_REMOVAL = re.compile(
    r"[^`]*\b(?:removed|dropped) (?:a number of|several|some|many|various|a few|a lot of)\b[^`:]*\Z"
)
"""`We have removed a number of functions` names none of them."""

DOCUMENT_TITLE = re.compile(r"[\w./-]{1,60}\.(?:md|rst|txt|adoc|rdoc)\b")
"""A title about a document: `DEPRECATE.md: drop support for old lamps` plans something and does not do it."""

TELLING_SECTIONS: frozenset[SectionKind] = frozenset(
    {"user_facing", "what", "summary", "other", "breaking", "removed", "features", "fixes"}
)

_OTHER_PROJECT = re.compile(
    r"In (?:Python|PHP|Ruby|Node(?:\.?js)?|Rust|Java|TypeScript) v?\d[\d.]*, "
    r"|(?:Python|PHP|Ruby|Node(?:\.?js)?|Rust|Go|Java|TypeScript|Django|Rails|React) v?\d[\d.]* (?:has|have|had)\b"
)
"""A sentence about what another project changed: `Python 3.14 has a backwards-incompatible change to loggers`."""

_DEPRECATED_ELSEWHERE = re.compile(
    r"(?i)\b(?:deprecated|removed|dropped) (?:in|by|since|as of|with) (?:the )?(?:mysql|mariadb|postgres(?:ql)?|sqlite"
    r"|python|php|ruby|node(?:\.?js)?|rust|(?-i:Go)|java|jdk"
    r"|typescript|django|rails|react|numpy|pandas|elixir|erlang(?:/otp)?|otp|scala|kotlin|swift|setuptools|kubernetes"
    r"|\.net|gradle|webpack|vite|vue|angular) v?\d"
)
"""What another project deprecated: `The option has been deprecated in Elixir 1.20 in favour of another`."""

_DEPRECATED_AS_REASON = re.compile(
    r"(?i)\A[^.;]{0,60}\b(?:replac|us|switch|migrat|mov|avoid)\w* .{0,120}\b(?:as|since|because)\b[^.;,]{1,60}"
    r"\b(?:is|are|was|were|has been|have been) (?:now )?deprecated\b"
)
"""`Use slice() as substr() is deprecated` says why, of something else."""

_DOCUMENTS_SAY = re.compile(
    r"(?i)\b(?:docs|documentation|readme|docstrings?|comments?|guides?|man ?pages?) (?:now |also )?"
    r"(?:mention|say|note|state|explain|describe|list)s?\b"
)
"""`The new docs mention that the map is deprecated` says what documents say of an earlier change."""

_ADOPTED_PLATFORM = re.compile(
    r"(?i)\b(?:add|support|fix|prepar|compat|migrat|test|handle|allow|updat|upgrad|bump)\w* (?:\w+ ){0,4}"
    r"(?:python|php|ruby|node(?:\.?js)?|rust|(?-i:Go)|java|jdk|typescript|django|rails|react|numpy|pandas|elixir|scala)"
    r" v?\d|^(?:python|php|ruby|node(?:\.?js)?|java|jdk|typescript|django|rails) v?\d[\d.]* (?:support|compat\w+)\b"
)


def adopts_platform(title: str) -> bool:
    """Return whether a change makes a project work with a version of another one: `Add support for PHP 8.4`.

    What its message says to be deprecated or gone is that of the other project.
    """
    return bool(_ADOPTED_PLATFORM.search(title[:200]))


_VAGUE_DEFAULT = re.compile(r"(?i)the (?:new )?default (?:value )?(?:has been|was|is) (?:now )?(?:changed|set)\b")
"""`The default has been changed to `TRUE`` says of what to those who read the sentence before it."""

_NO_CHANGE = re.compile(
    r"(?i)(?:\bnot|n['’]t|\bnever|\bwithout)\b[^.;]{0,30}\bchang"
    r"|\b(?:will|may|might|could|would|plans? to|going to) (?:\w+ ){0,3}changes? the default\b"
)
"""`This does not change the default behavior.`, `Maps 5 will change the default.`"""


def _spell(text: str) -> str:
    """Return a text with its adverbs apart; `the no-longer maintained map` says what the map is, and ends nothing."""
    return _ADJECTIVE.sub("", text).replace("no-longer ", "no longer ")


_ADJECTIVE = re.compile(r"(?i)(?<=\bthe )no[- ]longer(?= \w+ed\b)|(?<=\ba )no[- ]longer(?= \w+ed\b)")


def find_sign(text: str) -> ConsequenceKind | None:
    """Return the first consequence that a sentence states by its words; None if it states none."""
    return next((kind for pattern, kind, _ in _SENTENCE_SIGNS if pattern.search(_spell(text))), None)


def says_breaking(text: str) -> bool:
    """Return whether a sentence says outright that the change breaks something."""
    return bool(_SENTENCE_SIGNS[0][0].search(text))


_INCOMPATIBLE = re.compile(
    r"(?i)(?<!not )(?<!n['’]t be )\b(?:backwards?[- ]incompatible|not backwards?[- ]compatible"
    r"|breaks? (?:the )?(?:backwards?[- ]compatibility|API|ABI)|(?:lead|led|leads) to breaking (?:\w+ )?changes)\b"
)


def says_incompatible(text: str) -> bool:
    """Return whether a sentence behind an item says that it breaks: `.. warning:: This is backwards incompatible.`"""
    return says_breaking(text) or bool(_INCOMPATIBLE.search(text) and not _OTHER_PROJECT.match(text))


def read_sign(
    sentence: DocumentSentence, section_kind: SectionKind, item: NoteItem | None
) -> tuple[ConsequenceKind, str] | None:
    """Return what a sentence states by its words, and by which; None if it states nothing."""
    for pattern, kind, reason in _SENTENCE_SIGNS:
        # Outside the sections for users, an author speaks of old states too.
        is_far_reaching = kind in {"breaking", "removed"}
        if not pattern.search(_spell(sentence.text)) or (is_far_reaching and section_kind not in TELLING_SECTIONS):
            continue
        # `DEPRECATE.md: drop support for old lamps` plans it.
        if is_far_reaching and DOCUMENT_TITLE.match(sentence.text):
            continue
        is_elsewhere = kind in {"deprecated", "removed"} and bool(_DEPRECATED_ELSEWHERE.search(sentence.text))
        is_elsewhere = is_elsewhere or (kind == "deprecated" and bool(_DEPRECATED_AS_REASON.match(sentence.text)))
        is_elsewhere = is_elsewhere or bool(_DOCUMENTS_SAY.search(sentence.text))
        if is_elsewhere or (kind == "removed" and item and is_revert(item)) or _OTHER_PROJECT.match(sentence.text):
            continue
        if item is None and re.search(r"(?i)\bcan no longer\b", sentence.text):
            continue  # prose says so of much: `the value can no longer be nil here`
        is_vague = not sentence.opens_block and bool(_VAGUE_REMOVAL.match(sentence.text))
        is_vague = is_vague or bool(_COUNTED_REMOVAL.match(sentence.text))
        if kind == "removed" and (is_vague or _REMOVED_CONDITION.search(sentence.text)):
            continue
        # Behind the first sentence of an item it says what was: `It kept a version that the entry no longer allowed`.
        is_dropped = item is not None and sentence.number == item.sentences[0] and drops_support(sentence.text)
        # `Fix the map: the lamp is no longer available since 1.8` says why.
        is_fix = item is not None and (item.kind == "fixes" or bool(FIXING_ITEM.match(sentence.text)))
        is_aside = item is not None and (is_fix or sentence.number != item.sentences[0])
        is_aside = is_aside and not is_dropped
        ends = item is not None and not is_fix and _ENDS_OUTRIGHT.search(sentence.text)
        if reason == "says no longer" and is_aside and not ends:
            continue
        is_condition = bool(_NO_LONGER_CONDITION.search(sentence.text)) and not is_dropped
        is_condition = is_condition or bool(VAGUE_END.match(sentence.text))
        if reason == "says no longer" and is_condition:
            continue
        if reason == "says no longer" and _IN_FUTURE.match(sentence.text):
            return "deprecated", reason
        # `Add an option to change the default` changes none, and `Document that x is no longer supported` ends nothing.
        is_about_words = reason == "says no longer" and DESCRIBING_ITEM.match(sentence.text)
        adds_or_keeps = bool(ADDING_ITEM.match(sentence.text) or _NO_CHANGE.search(sentence.text))
        adds_or_keeps = adds_or_keeps or (not sentence.opens_block and bool(_VAGUE_DEFAULT.match(sentence.text)))
        if is_about_words or (kind == "changed_default" and adds_or_keeps):
            continue
        # `Fix warning: a function without a prototype is deprecated` deprecates nothing of its own.
        if kind in {"deprecated", "compatibility"} and item and FIXING_ITEM.match(item.text):
            continue
        is_first = item is not None and sentence.number == item.sentences[0]
        if (
            kind == "removed"
            and item
            and (UNSEEN_HEADING.search(item.heading) or (is_first and _GIVES.match(sentence.text)))
        ):
            continue
        return ("changed_default" if kind == "removed" and _CONDITION.match(sentence.text) else kind), reason
    return None


_STATES_NOTHING = re.compile(
    r"(?i)[\W_]*(?:(?:there (?:are|is|were) )?no (?:\w+ ){0,3}"
    r"(?:changes?|deprecations?|removals?|breaks?|breaking|issues?)\b|none(?![a-z])|nothing\b|n/?a\b)"
)
"""The text below a heading where there is nothing to say: `There are no breaking changes in this release.`"""

_POINTS_TO_GUIDE = re.compile(
    r"(?i)\W*(?:please |also |be sure to )?(?:read|see|check(?: out)?|refer to|consult|visit|(?:have|take) a look at)\b"
    r".{0,80}(?:\b(?:guides?|notes|docs|documentation|changelog|announcement|blog|articles?|page|wiki|instructions|changes"
    r"|section|below|above|here)\b|\]\(|https?://)"
    r"|\W*(?:an? |the )?(?:full |complete )?list of .{0,80}\b(?:can be found|is (?:in|at|here))\b"
    r"|.{0,160}\bhere (?:are|is) (?:some |a few |an? )?(?:more )?examples?\b"
)
"""A paragraph or item below a heading about what breaks that only says where more is: `Read our migration guide.`"""


_SAYS_THAT_THERE_ARE = re.compile(
    r"(?i)[^`:]{0,120}\b(?:there (?:are|were)|includes?|contains?|introduces?|has|have) "
    r"(?:a few|some|several|a number of|many|the following) (?:\w+ )?"
    r"(?:breaking|backwards?[- ]incompatible|incompatible) changes\b[^`:]*\Z"
    r"|\W*all (?:of the )?changes (?:listed|in|below|under|here)\b[^`]*\bare (?:breaking|incompatible)\b[^`]*\Z"
    r"|\W*we (?:strongly |highly )?(?:encourage|recommend|advise) (?:all|every|users|you|everyone)\b[^`]*\Z"
)
"""A paragraph below a heading about what breaks that only says that there are such changes, or asks for care."""

_INTRODUCES_LIST = re.compile(
    r"(?i)\W*(?:these|those|here|below|the following) (?:are|is) (?:the )?[^`:]{0,40}\bchanges\b[^`:]*\Z"
)
"""A paragraph that only says what the list below it is: `These are changes that we believe to be rare.`"""


OLD_STATE = re.compile(r"(?i)[*_]{0,2}(?:legacy|old|before|previously|formerly)[*_]{0,2}:[*_]{0,2}\s")
"""What a guide writes in front of what was so before: `_Legacy:_ burns gas`."""

_NO_STATEMENT = re.compile(
    r"(?i)[*_]{1,3}[a-z]{3,12}:?[*_]{1,3}:?\Z|<a (?:name|id)=[^<>\n]{1,120}></a>\s*\Z"
    r"|\W*(?:\[?[\w.' -]{1,60} (?:release notes|change-?log|notes|guide|documentation)\]?(?:\([^()\s]{0,300}\))?"
    r"|(?:many |special |big )?thanks\b.{0,80}|thanks to (?:the )?(?:support|sponsor\w*|help|funding) .*)\W*\Z"
)
"""An item that is the title of another document, thanks, or a label: `[Maps 5.2 release notes](/5.2)`, `*Before*`."""


def says_nothing(text: str) -> bool:
    """Return whether an item or paragraph says that there is nothing to say, or where more is."""
    return bool(
        _NO_STATEMENT.match(text)
        or OLD_STATE.match(text)
        or _SAYS_THAT_THERE_ARE.match(text)
        or _STATES_NOTHING.match(text)
        or _POINTS_TO_GUIDE.match(text)
        or _INTRODUCES_LIST.match(text)
    )
