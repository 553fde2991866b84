"""Shorten items of notes for a headline: up to an end where they still say what happened. Pure."""

import re

from sparky_assets.documents.models import DocumentSentence, NoteItem, ParsedDocument
from sparky_assets.stories.printing.releases.item_quotes import quote_item
from sparky_assets.stories.printing.sentences import simplify_quotation
from sparky_assets.stories.titles.verbs import starts_with_verb
from sparky_assets.text.credits import read_own_words
from sparky_assets.text.words import names_code

MIN_HEAD_WORDS, MAX_HEAD_WORDS = 3, 11
"""Words of the beginning of an item that a headline names."""
MAX_HEAD_CHARACTERS = 150
"""Characters of it: five names of code with their modules are one line of a headline each."""
MIN_ENTRY_HEADING_WORDS = 2
MIN_PLAIN_HEAD_WORDS = 5
"""Words of the beginning of an item that say enough without a name of code."""
_AREA_WORDS = 3
"""Words in front of a colon that name an area, where a verb follows: `Tools, map drawing: Add a scale`."""
_LEADS_ON = re.compile(
    r"(?i)the following\b|[^.]{0,200}\?|\W{0,4}(?:error|warning|exception): "
    r"|(?:previously|formerly|in the past)\b|(?:has|have|is|are|was|were) "
    r"|if you (?:are|were|have|had|use|used|want|need|already)\b|this (?:is|was) an? (?:\w+ )?breaking change\b"
    r"|this (?:filter|plugin|option|method|function|setting|parameter|command|flag|class|module|field|property|rule)\b"
)
"""A sentence that says what comes or what was, asks, prints a message, or lacks its subject: `The following …`.

So does one for some readers, `If you are already a user, note that …`, and `This is a breaking change`."""
_LEADING_MARK = re.compile(r"^[^\w\s`'\"“‘(\[<*+$#@/.~-]{1,4}\s+(?=\w|`)")
"""An emoji in front of an item, which says what its kind says: `✨ Add night maps`."""
_THIS_RELEASE = re.compile(
    r"^(?:This|The) (?:(?:new|major|minor|patch) )?(?:release|version) (?:also )?(?=[a-z]{2,}s )"
)
"""What a headline about a release says already: `This release drops Python 3.8`."""
_INNER_ASIDE = re.compile(
    r" \([^()]{1,80}\) (?=(?!(?:and|or|for|to|in|on|with|when|if|by|from|which|that|so|as|at|of|but|now|is|are|was|will"
    r"|can|must|has|have|no|does|do)\b)[a-z])"
)
"""A bracket between a word and what it describes: `usages of insecure (i.e. plaintext) protocols`."""
_EMPHASIS = re.compile(r"(?<![\w`])_([^_`\n]{1,60})_(?![\w`])")
ITEM_AREA = re.compile(
    r"^(?:[\w./-]{2,20}:|[*`]{0,2}(?:\[[\w`][\w .,/`{}-]{1,60}\](?![(\[])|\([\w`@][\w .,/`-]{1,40}\))[*`]{0,2}:?)"
    r" (?=\S+ (?:\S+ \S|`\S))"
)
"""The area that an item names first: `ui: Add night maps`, `[night maps] Draw the lamps`."""
_LISTED_ASIDE = re.compile(r" \([^()]{0,80}\),")
"""A bracket behind a part of a list, which goes on: `for night (dark), day (bright), and dusk`."""
_AREA_MARKS = "[]()*`: "
MAX_UNNAMED_WORDS = 4
"""Words of a beginning that say nothing without their area if none is a name: `lamps: Add new collector`."""
_END = re.compile(
    r": | \(|(?<!\bvs)(?<!\betc)(?<!\bcf)(?<!\be\.g)(?<!\bi\.e)\.(?:\s|$)| — | - |\s(?=(?:Signed-off|Co-authored)-by: )"
)
"""Where the beginning of an item ends; `vs.` ends no sentence."""
_NAMESPACE = re.compile(r"\b(?:for|of|with|in|the|an?) [a-z]{2,8}: [a-z]\Z")
"""The beginning of a name with a colon in it, where nothing ends: `support for bool: attributes`."""
_ORG_CODE = re.compile(r"(?<![\w=])=([^\s=](?:[^=\n]{0,60}[^\s=])?)=(?![\w=])")
"""Code in the markup of Org: `=night-maps=`."""
HEADING_REFERENCES = re.compile(r"[,\s(]*\[?(?:#\d+|[\w./-]+#\d+)\]?(?:\([^()\s]*\)?)?\)?(?=[,\s]|$)")
_PURPOSE = re.compile(
    r", |\s(?=to\s(?!(?:the|an?|its|their|this|that|these|all|any|be)\b)[a-z]+(?:\s|$))"
    r"|\s(?=(?:which|that|so|by|through|when|where|for|and (?:now|is|are|was|were|can|has|have))\s)"
)
_DANGLING = re.compile(
    r"(?i)\b(?:is|are|was|were|be|been|(?:is|are) now|to|of|by|with|from|in|on|for|and|or|that|which|whether|the|an?"
    r"|an? (?:new|more|less|better|\w{3,}er)|between \S+)$"
)
"""The last word of a beginning that says nothing without what follows: `The only way in which it matters is`."""
_NEEDS_OBJECT = re.compile(
    r"(?i)\b(?:support|ability|possibility|reason|due|able|unable|easier|harder|possible|ready|used|allowed|required"
    r"|expected|intended|likely|in order|ways?|mechanisms?|(?:be|is|are|been) (?:passed|given|sent)"
    r"|how|now|attempts?|attempted|tr(?:y|ies|ied)|fail(?:s|ed)?|continues?"
    r"|needs?|wants?|has|have)$"
    r"|\b(?:allow|enable|let|help|permit|cause|require|force|ask|tell|make)(?:s|d|ing)? (?:\S+ ){0,2}\S+$"
    r"|\b(?:allow|enabl|lett|mak|caus|permitt|determin|defin|specify)ing$"
    r"|\bnow (?:shows?|displays?|reports?|tells?|says?|checks?|uses?|returns?|accepts?|prints?|logs?|lists?|knows?"
    r"|sees?|warns?|raises?|throws?|respects?|handles?|detects?|ensures?|includes?|provides?|supports?)$"
)
"""The end of a beginning that says nothing without its purpose: `Lamps now have experimental support`."""
_NEW_KIND = re.compile(
    r"(?i)(?:\ban? (?:new )?|^(?:add|introduce|provide)(?:s|ed|d)? (?:(?:new|config|configuration|command-line|cli) )?)"
    r"(?:function|method|option|command|flag|variable|setting|class|module|feature|parameter"
    r"|argument|property)$"
)
"""The end of a beginning that names no thing: `Introduced a new function`."""
_SAYS_NOTHING = re.compile(
    r"(?i)(?:fix|resolve|correct|address|solve|handle|prevent|avoid)(?:e?s|e?d|ing)? "
    r"(?:(?:an?|the|this|that|some|several|another|other|various|multiple|few|more|many|one|two|three|internal|potential"
    r"|possible|rare|minor|major|small|old|nasty|critical|serious|common|edge|corner|subtle|little|long-standing"
    r"|unexpected|general|different) ){0,4}"
    r"(?:errors?|bugs?|issues?|problems?|crash(?:es)?|panics?|failures?|regressions?|exceptions?|cases?|typos?|races?"
    r"|deadlocks?|leaks?|warnings?|mistakes?|things?|behaviou?rs?)"
)
"""A fix of which an item says no more than that there was a fault: `Fix an internal error`."""
_BY_LOGIN = re.compile(r"\s+by @[\w-]{1,39}$")
OPEN_END = re.compile(r"(?i)(?:\b(?:which|and|or|the|an|of|with|from|for|into)|,)$")
"""The last word of an item that its author did not end: `Add a lamp option for`."""
_OPENING_PHRASE = re.compile(
    r"(?i)(?:as|in|on|for|with|by|to|since|after|before|when|if|while|from|at|under|due|because|instead|starting)\b"
)
"""The first word of a phrase in front of the subject: `As part of a larger rework, maps gained …`."""
_ENUMERATED = re.compile(r"(?:and|or) `|[^\s,]+(?: [^\s,]+){0,3}?,? (?:and|or) |(?:[^\s,]+ ){0,3}[^\s,]+, ")
"""What goes on with a list behind a comma: `between public, hidden, and private arguments`."""
_SUBJECT = re.compile(r"(?i)(?:the|an?|this|these|those|its|all|each|every|some|when|while|if|after|before)\b")
_FINITE_VERB = re.compile(
    r"(?i)(?<![\w.`-])(?:is|are|was|were|can|now|has|have|had|will|may|must|does|do|should|could|no longer|\w{2,}ed)\b"
)
"""Without one, the beginning of a sentence is its subject alone: `The binaries metadata` of one about archives."""
_CODE = re.compile(r"`[^`]*`")
_LIMITS = re.compile(
    r"\b(?:not|no|without|only|unless|instead|except|but|however|if|remov\w+|drop\w*|deprecat\w+|disabl\w+)\b|n['’]t\b",
    re.IGNORECASE,
)
_BEHIND_BRACKET = re.compile(r" \([^()]*\) (?:now|is|are|will|can|must|has|have|no longer|does|do)\b")
_CONDITION = re.compile(r"(?i)(?:when|where)\b")
_ENDS_IN_VERB = re.compile(r"(?i)\b(?:\w{2,}ed|thrown|shown|warns?|fails?|works?|happens?|panics?|errors?|raises?)$")


_HEADING_CREDIT = re.compile(r"(?<=\S)\s{1,3}\(\[?#\d{1,7}\b[^\n]{0,400}$")
"""The references and people at the end of a heading, in brackets: `Draw maps ([#1](…), [#2](…) by [@ada](…))`."""


def shorten_item(
    document: ParsedDocument, item: NoteItem, *, is_cut: bool = False, max_words: int = MAX_HEAD_WORDS
) -> str:
    """Return an item of notes up to its first colon as plain text; empty where it is too long or too short.

    An entry with a heading is called by it.
    """
    number = document.sections[item.section].entry
    if number is not None:
        heading = document.sections[number].heading
        own = _HEADING_CREDIT.sub("", read_own_words(heading))
        heading = re.sub(r"`([^`]*)`?", r"\1", HEADING_REFERENCES.sub("", own))
        heading = re.sub(r"\s*\(\[?(?:PRs?|[Ii]ssues?)?\s*$", "", heading).strip()
        return heading if MIN_ENTRY_HEADING_WORDS <= len(heading.split()) <= MAX_HEAD_WORDS else ""
    return shorten(document, document.sentences[item.sentences[0]], is_cut=is_cut, max_words=max_words)


def shorten_or_cut(document: ParsedDocument, sentence: DocumentSentence, max_words: int = MAX_HEAD_WORDS) -> str:
    """Return a sentence as `shorten` does; one that is too long up to what it is for."""
    return shorten(document, sentence, max_words=max_words) or shorten(
        document, sentence, is_cut=True, max_words=max_words
    )


def shorten(
    document: ParsedDocument, sentence: DocumentSentence, *, is_cut: bool = False, max_words: int = MAX_HEAD_WORDS
) -> str:
    """Return a sentence of notes up to its first colon; empty where it has too many or too few words.

    Names of code keep their marks: they say what a short beginning is about, and that it begins small.

    Args:
        document: the notes.
        sentence: the sentence.
        is_cut: whether a long one may end before what it is for.
        max_words: how many words it may have.
    """
    quoted = None if _LEADS_ON.match(sentence.text) else quote_item(document, sentence)
    # An area in brackets is one before the brackets of a link are gone.
    area = _match_area(quoted.text) if quoted else None
    shown = simplify_quotation(quoted.text[area.end() if area else 0 :]) if quoted else ""
    shown = ITEM_AREA.sub("", _ORG_CODE.sub(r"`\1`", shown))
    text = re.sub(r"(`[^`]*`)|[*]|\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?", r"\1\2", _EMPHASIS.sub(r"\1", shown))
    text = _THIS_RELEASE.sub("", _LEADING_MARK.sub("", text).removeprefix("-"))
    text = _INNER_ASIDE.sub(" ", text)
    text = _drop_area(text)
    ends = (match for match in _END.finditer(text) if _may_end(text, match.start()))
    end = next(ends, None)
    head = _BY_LOGIN.sub("", text[: end.start() if end else len(text)].strip().rstrip("."))
    if _ends_before_verb(head, text[len(head) :]) or _SAYS_NOTHING.fullmatch(head):
        return ""
    if _LISTED_ASIDE.match(text[len(head) :]):
        head = _cut_head(head)  # of a list its first part is not the whole
    is_part = len(head) < len(text.rstrip(" ."))
    if OPEN_END.search(head) or (is_part and (_DANGLING.search(head) or _NEW_KIND.search(head))):
        return ""
    if is_cut and len(head.split()) > MAX_HEAD_WORDS:
        whole, head = head, _cut_head(head)
        if not starts_with_verb(head) and _is_bare_subject(head, whole[len(head) :]):
            return ""
    is_part = is_part or len(head) < len(text.rstrip(" ."))
    if not _FINITE_VERB.search(head) and _needs_verb(head, is_part=is_part):
        return ""
    head = _add_area(area[0] if area else "", head)
    # Two words say enough if one is a name of code: `Add WebSocketsSansIOProtocol`.
    min_words = MIN_HEAD_WORDS - names_code(head.replace("`", ""))
    fits = min_words <= len(head.split()) <= max_words and len(head) <= MAX_HEAD_CHARACTERS
    return head if fits and "#" not in head else ""


def _may_end(text: str, position: int) -> bool:
    """Return whether a text may end at a place: not in code, in brackets or in a name with a colon."""
    head = text[:position]
    is_open = head.count("`") % 2 or head.count("{") > head.count("}") or head.count("(") > head.count(")")
    return not is_open and _NAMESPACE.search(text, 0, position + 3) is None


_CODE_AREA = re.compile(r"`[\w./-]{2,40}` (?=[A-Z][a-z]+ \S)")
_CODE_AREA_ALONE = re.compile(r"`[^`]+` ")


def _match_area(text: str) -> re.Match[str] | None:
    """Return the area in front of an item, which may be code alone: `` `inputs.exec` Convert commands``."""
    if (area := ITEM_AREA.match(text)) is not None:
        return area
    code = _CODE_AREA.match(text)
    return code if code and starts_with_verb(text[code.end() :]) else None


def _needs_verb(head: str, *, is_part: bool) -> bool:
    """Return whether a beginning says nothing without a verb: `The night maps`, `For the decentralized cloud`."""
    has_subject_alone = (is_part or head.casefold().startswith("the ")) and bool(_SUBJECT.match(head))
    return has_subject_alone or (bool(_OPENING_PHRASE.match(head)) and "," not in head)


_NAME = re.compile(r"(?<=\s)[A-Z]|\d|`")
_GENERIC_END = re.compile(
    r"(?i)\b(?:api|argument|attribute|check|class|collector|command|endpoint|event|exporter|feature|field|flag|function"
    r"|helper|hook|method|metric|module|option|output|parameter|plugin|property|rule|setting|support|test|type|variable"
    r"|version)(?:e?s)?$"
)
"""The last word of a beginning that any part of a project may have: `Add new collector`."""


def _add_area(marked_area: str, head: str) -> str:
    """Return a beginning behind its area if that is code, or if it is short and names nothing: `ui: add new flag`."""
    area = marked_area.strip(_AREA_MARKS)
    if head and _CODE_AREA_ALONE.fullmatch(marked_area):
        return f"{area}: {head[:1].lower()}{head[1:]}"
    is_generic = len(head.split()) <= MAX_UNNAMED_WORDS and starts_with_verb(head) and bool(_GENERIC_END.search(head))
    if not area or not is_generic or _NAME.search(head) or names_code(head) or area.casefold() in head.casefold():
        return head
    return f"{area}: {head[:1].lower()}{head[1:]}"


def _ends_before_verb(head: str, rest: str) -> bool:
    """Return whether a bracket parts a subject from its verb: `Requests made while fetching (of …) now validate`."""
    last_clause = head.rpartition(", ")[2]
    if not rest.startswith(" (") or starts_with_verb(last_clause) or _FINITE_VERB.search(last_clause):
        return False
    return bool(_BEHIND_BRACKET.match(rest))


_CUT_VERB = re.compile(r"(?i)\b(?:is|are|was|were|can|cannot|now|has|have|will|must|no longer)\b")
_RELATIVE = re.compile(r"(?i)\W*(?:which|that|so|where|when)\b")


def _is_bare_subject(head: str, rest: str) -> bool:
    """Return whether a beginning is a subject whose verb was cut off: `Detection of tides` of `… for all is open`."""
    return not _FINITE_VERB.search(head) and not _RELATIVE.match(rest) and bool(_CUT_VERB.search(rest))


def _drop_area(text: str) -> str:
    """Return an item without what it is about, if that is named in a few words before a colon and a verb follows."""
    area, _, rest = text.partition(": ")
    is_area = (
        len(_CODE.sub("", area).split()) <= _AREA_WORDS and not starts_with_verb(area) and not _FINITE_VERB.search(area)
    )
    return rest if is_area and starts_with_verb(rest) and len(rest.split()) >= MIN_HEAD_WORDS else text


_REASON = re.compile(
    r"(?i),?(?<!\bsoon)(?<!\blong)(?<!\bfar)(?<!\bmuch)(?<!\bsame)(?<!\bwell) (?:because|as (?:it|they|we|there)) "
)
"""What a reason begins with. It limits nothing, also where it denies: `was removed as it was not used`."""


def _cut_head(head: str) -> str:
    """Return a long item up to what it is for: `Add --name option` of `Add --name option to give a name`.

    It is not cut where what follows limits it, and the beginning must name something: not `Add an option`.
    """
    if (reason := _REASON.search(head)) and not head[: reason.start()].count("`") % 2:
        start = head[: reason.start()]
        has_verb = starts_with_verb(start) or _FINITE_VERB.search(start)
        if has_verb and MIN_PLAIN_HEAD_WORDS <= len(start.split()) <= MAX_HEAD_WORDS and not _DANGLING.search(start):
            return start
    for match in _PURPOSE.finditer(head):
        start = head[: match.start()]
        size = len(start.split())
        is_verb_and_name = starts_with_verb(start) and names_code(start)
        says_enough = size >= MIN_PLAIN_HEAD_WORDS or (size >= MIN_HEAD_WORDS - is_verb_and_name and names_code(start))
        if start.count("`") % 2 or any(end.search(start) for end in (_DANGLING, _NEEDS_OBJECT, _NEW_KIND)):
            continue
        if match[0] == ", " and (_OPENING_PHRASE.match(start) or _ENUMERATED.match(head, match.end())):
            continue
        if not starts_with_verb(head) and _CONDITION.match(head, match.end()) and _ENDS_IN_VERB.search(start):
            return ""  # `Lamps now warn` of `Lamps now warn when they are out` says too much
        if size > MAX_HEAD_WORDS or _LIMITS.search(_CODE.sub("", head[match.end() :])):
            return ""
        if says_enough:
            return start
    return ""
