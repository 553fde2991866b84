"""Headings of notes that name what breaks, where no sentence below them says it. Pure.

Below `Breaking changes`, and with a label like `BC BREAK:`, each heading names a break. What is below it may be a list
of names, code or prose without a word for the change: then the heading says it best, in its authors' words.
"""

import re
from collections.abc import Iterator, Sequence

from sparky_assets.documents.consequences.actions import choose_action
from sparky_assets.documents.consequences.announced import find_heading_kind
from sparky_assets.documents.consequences.changed_names import RENAMED_LABEL
from sparky_assets.documents.consequences.guides import CHANGE_WORD, list_denied_sections
from sparky_assets.documents.consequences.items import BREAKING_LABEL
from sparky_assets.documents.consequences.sentences import MAX_STATED_WORDS, find_sign, says_nothing
from sparky_assets.documents.models import (
    Consequence,
    ConsequenceKind,
    DocumentSection,
    DocumentSentence,
    ParsedDocument,
    Quotation,
    SectionKind,
)
from sparky_assets.documents.quotes import quote
from sparky_assets.documents.sections import LABEL_LEVEL, classify_heading, is_general_heading
from sparky_assets.text.references import find_references

_HEADING_LINE = re.compile(
    r"[ \t]{0,3}(?:#{1,6}[ \t]+|={1,6}[ \t]+)?(?P<text>\S[^\n]*?)[ \t]*(?:#{1,6}|={1,6})?[ \t\r]*(?:\n|\Z)"
)
_NUMBER = re.compile(r"(?:\d{1,2}(?:\.\d{1,2}){0,3}[.)]?|[-–])\s+|<a [^<>]{1,100}>(?:</a>)?\s*")
"""A number or an anchor in front of the words of a heading."""
_REFERENCE = re.compile(
    r"[ \t]*\(?\[#?\w[\w-]{0,20}\](?:\([^()\s]{0,200}\))?\)?[ \t]*\Z|[ \t]*\{#[\w-]{1,80}\}[ \t]*\Z"
)
"""The number of a change or the name of an anchor behind them."""

_OF_EXAMPLE = re.compile(
    r"(?i)\W*(?:before|after|old|new|previous(?:ly)?|now|examples?|code|output|usage|migrat\w*|upgrad\w*|codemods?|how|what|why|when"
    r"|which|where|who|details?|notes?|summary|overview|introduction|background|motivation|rationale|reasons?|impact|solution"
    r"|steps?|recommend\w*|alternatives?|workarounds?|options?|see|references?|links?|faq|tl;?dr|tips?|warnings?|caution"
    r"|important|affected|example\w*|description|context|resources?|further|in (?:v?\d|short|detail)|step \d+)\b"
)
"""How a heading begins of a part that explains the one above it: `Before`, `Example`, `How to migrate`."""

_REMOVAL = re.compile(
    r"(?i)(?:remov(?:e[sd]?|als?|ing)|dropp?(?:s|ed|ing)?|delet(?:e[sd]?|ion|ing)|renam(?:e[sd]?|ing)|discontinu\w+|ends?\b)"
)
_SAYS_CHANGE = re.compile(
    r"(?i)\bno longer\b|\b(?:is|are|has|have|will) (?:been |be |now )*(?:removed|renamed|replaced|moved|dropped"
    r"|required|disabled|deprecated|disallowed|merged|split)\b"
    r"|\bnow (?!available|support|possible|stable|able|also|correct|proper|includ|allow|accept|offer|has\b|have\b"
    r"|handle|work|can\b)[a-z]+"
)
"""What a heading of a guide says that is not as before: `Lamp variables no longer affect maps`."""

_STATED_KINDS: frozenset[SectionKind] = frozenset({"breaking", "removed"})
_TELLING_KINDS: frozenset[SectionKind] = frozenset({"other", "what", "breaking", "removed", "user_facing"})
"""Kinds by its words of a short heading below what breaks that names a break, and neither news nor an explanation."""

MIN_TELLING_WORDS = 3
"""Words of a heading below `Breaking changes` that tells a change; shorter ones are areas, but for code."""

_CODE = re.compile(
    r"``?[^`\n]{1,100}``?|\w+(?:[.:]+\w+)+(?:\(\))?|\w+\(\)|--[a-z][\w-]+|\b[A-Z][a-z\d]+(?:[A-Z][a-z\d]*)+\b`?"
)
_VAGUE = re.compile(
    r"(?i)(?:the (?:ability|possibility|option|need) to do (?:this|so|that)|(?:this|these|it|they|both)(?: \w+){0,2} "
    r"(?:is|are|was|were|has|have|will|should)|additionally|also)\b"
)
"""How a sentence begins that says nothing without what its heading names: `The ability to do this has been removed.`"""


_STEP = re.compile(
    r"(?i)(?:please )?(?:use|call|replace|pass|set|see|make sure|ensure|update|upgrade|add|install|run|consider|switch"
    r"|migrate|instead|if you|you (?:can|should|must|need)|to (?:migrate|fix|restore|keep|upgrade))\b"
)
"""How a sentence begins that says what to do about what its heading names."""


def tell_headings(document: ParsedDocument, found: Sequence[Consequence]) -> list[Consequence]:
    """Return consequences with one for each heading of notes that names a break of which none of them tells.

    A name alone from a list below a heading, or a sentence that needs it, gives way to the heading.
    """
    consequences = list(found)
    if document.source.kind != "release_notes":
        return consequences
    sections = (*_iterate_breaking(document), *_iterate_siblings(document, consequences), *_iterate_names(document))
    for section, kind, end in sections:
        own = [item for item in consequences if item.statement and section.start <= item.statement.start < end]
        is_step = len(own) == 1 and own[0].statement is not None and bool(_STEP.match(own[0].statement.text))
        says_it = _HEADING_STATES.match(section.heading) or _SAYS_CHANGE.search(section.heading)
        needs = [item for item in own if item.statement and _needs_heading(item.statement.text, bool(says_it))]
        if not is_step and len(needs) < len(own):
            continue
        statement = quote_heading(document, section)
        if statement is None:
            continue
        sentences = [other for other in document.sentences if section.start <= other.start < end]
        renamed = next((other for other in sentences if _ENDS_THIS.match(other.text)), None)
        is_renamed = renamed is not None and bool(re.search(r"(?i)\b(?:replaced|renamed)\b", renamed.text))
        below = document.source.text[section.start : end]
        action = choose_action(document, [other for other in sentences if not other.is_heading])
        consequences = [item for item in consequences if item not in own]
        consequences.append(
            Consequence(
                kind=kind,
                label=RENAMED_LABEL * is_renamed,
                reason=f"heading {section.heading}",
                statement=statement,
                action=action or (own[0].statement if is_step else None),
                references=find_references(section.heading) or find_references(below),
            )
        )
    return consequences


def _iterate_breaking(document: ParsedDocument) -> Iterator[tuple[DocumentSection, ConsequenceKind, int]]:
    """Yield the sections whose heading names one break, each with its kind and where the text below it ends."""
    whole = find_heading_kind(document.source.heading)
    denied = list_denied_sections(document) if document.source.is_guide else ()
    for number, section in enumerate(document.sections):
        if not 0 < section.level < LABEL_LEVEL or section.kind == "skipped" or number in denied:
            continue
        behind = list(_list_below(document, number))
        end = behind[-1].end if behind else section.end
        kind = _read_heading(section, whole, behind, of_guide=document.source.is_guide)
        if kind and document.source.text[section.start : end].count("\n") > 1:
            yield section, kind, end


_THING = (
    r"(?:property|option|flag|field|format|method|setting|argument|parameter|class|function|rule|command|variable|key"
    r"|attribute|type|macro|module|package|interface|hook|event|api|feature|linter|plugin|constant)"
)
_ENDS_THIS = re.compile(
    rf"(?i)(?:this|the) (?:\w+ ){{0,2}}{_THING} (?:(?:is|was|has been|have been)\b.{{0,60}} and )?"
    r"(?:is|was|has been|have been) (?:now )?(?:removed|replaced|renamed|deleted|dropped)\b"
)
"""A sentence below a name that says that it is gone: `This option has been removed.`"""
_BARE_NAME = re.compile(r"`{0,2}[\w@$*-]+(?:[.:\[\]{},<>*/#@$-]+[\w*]+)*[\]>})(]*`{0,2}")


def _iterate_names(document: ParsedDocument) -> Iterator[tuple[DocumentSection, ConsequenceKind, int]]:
    """Yield the sections of a guide whose heading is a name that is gone, as the first sentence below it says."""
    if not document.source.is_guide:
        return
    firsts: dict[int, DocumentSentence] = {}
    for sentence in document.sentences:
        if not sentence.is_heading:
            firsts.setdefault(sentence.section, sentence)
    for number, section in enumerate(document.sections):
        first = firsts.get(number)
        is_name = 0 < section.level < LABEL_LEVEL and bool(_BARE_NAME.fullmatch(section.heading.strip()))
        if first and is_name and _ENDS_THIS.match(first.text):
            yield section, "removed", section.end


MIN_STATED_SIBLINGS, MIN_STATED_SHARE = 5, 0.7
"""Headings of a guide beside each other below which a change is stated, and their share, if each is over one."""
_OF_NEWS = re.compile(
    r"(?i)\W*(?:new|add\w*|introduc\w*|improv\w*|support\w*|better|faster|features?|can)\b|.*\bsupport\W*\Z"
)


def _iterate_siblings(
    document: ParsedDocument, found: Sequence[Consequence]
) -> Iterator[tuple[DocumentSection, ConsequenceKind, int]]:
    """Yield the sections of a guide below whose heading nothing is stated, where most headings beside it are over one.

    marshmallow's guide to 3.0 has a heading for each of 34 changes, below which prose may say what was so before.
    """
    if not document.source.is_guide:
        return
    beside: dict[tuple[int, int], list[tuple[DocumentSection, int, bool]]] = {}
    parents: list[tuple[int, int]] = []
    starts = [item.statement.start for item in found if item.statement]
    denied = list_denied_sections(document)
    for number, section in enumerate(document.sections):
        if not 0 < section.level < LABEL_LEVEL:
            continue
        parents = [parent for parent in parents if parent[0] < section.level]
        below = list(_list_below(document, number))
        end = below[-1].end if below else section.end
        is_stated = any(section.start <= start < end for start in starts)
        is_leaf = all(_OF_EXAMPLE.match(other.heading) or other.level >= LABEL_LEVEL for other in below if other.level)
        if is_leaf and number not in denied and section.kind != "skipped":
            key = (parents[-1][1] if parents else -1, section.level)
            beside.setdefault(key, []).append((section, end, is_stated))
        parents.append((section.level, number))
    for siblings in beside.values():
        stated_count = sum(is_stated for _, _, is_stated in siblings)
        if stated_count < MIN_STATED_SIBLINGS or stated_count < MIN_STATED_SHARE * len(siblings):
            continue
        for section, end, is_stated in siblings:
            words = _REFERENCE.sub("", section.heading)
            is_long = len(words.split()) >= MIN_TELLING_WORDS + (not CHANGE_WORD.search(words))
            is_telling = is_long and not is_general_heading(words)
            if not is_stated and is_telling and not _OF_EXAMPLE.match(words) and not _OF_NEWS.match(words):
                yield section, "compatibility", end


def _list_below(document: ParsedDocument, number: int) -> Iterator[DocumentSection]:
    """Yield the sections that belong to the text below a heading, by its index."""
    level = document.sections[number].level
    for other in document.sections[number + 1 :]:
        if 0 < other.level <= level:
            return
        yield other


def _read_heading(
    section: DocumentSection, whole: ConsequenceKind | None, below: Sequence[DocumentSection], *, of_guide: bool = False
) -> ConsequenceKind | None:
    """Return what a heading says that is gone or breaks; None for one over several changes, or over none.

    Args:
        section: its section.
        whole: the kind that the heading of the whole text gives.
        below: the sections within it.
        of_guide: whether it is of a guide on how to come to a version.
    """
    label = BREAKING_LABEL.match(f"{section.heading} ")
    words = _REFERENCE.sub("", section.heading[label.end() :] if label else section.heading)
    own_kind = classify_heading(words)
    kind: ConsequenceKind = "removed" if _REMOVAL.match(words) else "breaking"
    if label and len(words.split()) > 1:
        return kind
    is_explained = all(_OF_EXAMPLE.match(other.heading) or other.level >= LABEL_LEVEL for other in below if other.level)
    if not is_explained or _OF_EXAMPLE.match(words) or is_general_heading(words):
        return None
    is_long = len(words.split()) > MIN_TELLING_WORDS or bool(_CODE.search(words))
    is_telling = is_long or (len(words.split()) == MIN_TELLING_WORDS and own_kind in _TELLING_KINDS)
    is_below = section.kind in _STATED_KINDS and own_kind not in _STATED_KINDS
    if is_telling and (is_below or whole in _STATED_KINDS):
        return kind
    # `Removal of the day map and its lamps` says it itself, below any heading.
    if of_guide and is_telling and _SAYS_CHANGE.search(words):
        return "compatibility"
    removes = own_kind == "removed" and _REMOVAL.match(words) and _names_object(words)
    return "removed" if is_telling and removes else None


def _names_object(words: str) -> bool:
    """Return whether a heading about a removal names what is removed: `Removed features` is over several."""
    rest = _REMOVAL.sub("", words, count=1)
    return bool(_CODE.search(rest)) or len(rest.split()) >= MIN_TELLING_WORDS


_HEADING_STATES = re.compile(
    r"(?:Renam|Remov|Drop|Support|Us|Requir|Merg|Mov|Replac|Split|Chang|Disallow|Reject|Mak)(?:e[sd]?|s|p?ed|ing)? \S"
    r"|.*\b(?:instead of|rather than)\b"
)
"""How a heading over one break says it: `Rename `lamp` to `light``."""
_STATES_NOW = re.compile(
    r"(?i)\b(?:now|no longer|must|removed?|renamed?|replaced|deprecated|instead|changed|cannot|requires?"
    r"|not supported)\b"
)


def _needs_heading(text: str, heading_says_it: bool) -> bool:
    """Return whether a statement says nothing without the heading above it: a name, or `The ability to do this …`.

    Args:
        text: the statement.
        heading_says_it: whether the heading says what breaks, so that a statement without a word for it gives way.
    """
    if heading_says_it and not _STATES_NOW.search(text) and find_sign(text) is None:
        return True
    return bool(_VAGUE.match(text) or _ENDS_THIS.match(text)) or not re.search(r"\w", _CODE.sub("", text))


def quote_heading(document: ParsedDocument, section: DocumentSection) -> Quotation | None:
    """Return the words of a heading as a quotation, without its label and the number of its change."""
    line = _HEADING_LINE.match(document.source.text, section.start)
    if line is None:
        return None
    start, end = line.span("text")
    text = document.source.text
    if number := _NUMBER.match(text, start, end):
        start = number.end()
    if label := BREAKING_LABEL.match(text, start, end):
        start = label.end() + len(text[label.end() : end]) - len(text[label.end() : end].lstrip())
    if reference := _REFERENCE.search(text, start, end):
        end = reference.start()
    words = text[start:end]
    if not words.strip() or says_nothing(words):
        return None
    number_of_section = next(index for index, other in enumerate(document.sections) if other is section)
    sentence = DocumentSentence(
        number=len(document.sentences), start=start, end=end, text=words, section=number_of_section,
        is_list_item=True, is_heading=True, opens_block=True,
    )  # fmt: skip
    return quote(document, sentence, MAX_STATED_WORDS)
