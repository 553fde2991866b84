"""What readers have to do about a change: the sentence of a document that says it. Pure."""

import re
from collections.abc import Collection

from sparky_assets.documents.models import ConsequenceKind, DocumentSentence, ParsedDocument, Quotation
from sparky_assets.documents.quotes import quote, rank_sentences

URGES_UPGRADE = re.compile(
    r"(?i)\b(?:must (?:update|upgrade)\b(?! (?:the|your|their|its|any|all|both|to use)\b)|all users should"
    r"|(?:users|you|everyone) should (?:update|upgrade)\b(?! (?:the|your|their|its|any|all|both|to use|[\w.-]+ to)\b)"
    r"|(?:update|upgrade)\b.{0,60}\bas soon as possible"
    r"|(?:strongly|highly) (?:recommend|encourage|advise)\w* (?:to )?(?:updat|upgrad))"
)
"""A sentence that tells readers to upgrade now."""

_STATE = re.compile(r"(?:Now|Previously|Before|Until now|Currently)\b")
"""Beginnings of sentences that say what is so, and not what to do."""

_ENDS_FOR_USERS = re.compile(
    r"(?i)(?!.*\b(?:use|replace|set|pass|call|run|switch|must|should|need|instead)\b)"
    r".{3,120}\b(?:is|are|can|will|do|does) no longer\b"
)
"""A sentence that says what ends, and no step: `The light is no longer configurable via a command.`"""

_TELLS_EFFECT = re.compile(
    r"(?i)(?:(?:it|this|that) )?(?:will|would|now) (?:throws?|raises?|returns?|fails?|errors?|emits?|warns?|rejects?"
    r"|ignores?)\b"
    r"|(?!you\b|users\b|callers\b|applications\b|code\b)[\w`.]{2,40} requires\b.{0,200}\b(?:so|now)\b"
    r"|.{3,240}\bis now enforced\b"
)
"""A sentence that says what happens: `will throw a RangeError for inputs outside this range`."""

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
    r"|\bcode (?:\w+ )?needs? to be (?:revised|changed|adapted|updated|adjusted|ported|migrated)\b"
    rf"|\b(?:will|may|might) (?:also |now )?(?:need|have) to (?:be {_CHANGED}|{_CHANGING}\w*)\b"
    r"|\b(?:make sure to|please) (?:review|adapt|adjust|check|update) your (?:custom |own |existing )"
    r"|\b(?:may|might|can|could|will) break (?:existing|your|users?\b|code|some|any|builds?|applications?)"
    r"|(?<!without )(?<!no )\b(?:API|ABI) breakage\b"
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


def choose_action(document: ParsedDocument, sentences: Collection[DocumentSentence]) -> Quotation | None:
    """Return the sentence that says what to do: to upgrade now first, then as sentences rank; None without one.

    Args:
        document: the document.
        sentences: those of it that are about the change.
    """
    for sentence in sentences:
        if URGES_UPGRADE.search(sentence.text) and (quotation := quote(document, sentence)):
            return quotation
    numbers = {
        sentence.number
        for sentence in sentences
        if not any(pattern.match(sentence.text) for pattern in (_STATE, _ENDS_FOR_USERS, _TELLS_EFFECT))
    }
    for sentence in rank_sentences(document, "action"):
        if sentence.number not in numbers:
            continue
        if _LEADS_TO_STEPS.search(sentence.text):
            following = [own for own in sentences if own.number == sentence.number + 1]
            # The steps are the block of code between both, of which nothing is quoted.
            is_code = any(_FENCE.search(document.source.text, sentence.end, own.start) for own in following)
            quotation = None if is_code else quote_first(document, following)
        else:
            quotation = quote(document, sentence)
        if quotation:
            return quotation
    return None


_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_LEADS_TO_STEPS = re.compile(r"(?i)(?:\b(?:like (?:so|this)|as follows|the following|these steps)\W*|:\s*)\Z")
"""The end of a sentence that says nothing without the list below it: `you can migrate like so:`."""


def find_first_step(
    document: ParsedDocument, sentence: DocumentSentence, following: Collection[DocumentSentence]
) -> Quotation | None:
    """Return the first step behind a sentence that leads on to steps; other sentences say themselves what to do."""
    steps = following if sentence.text.endswith(":") else ()
    return quote_first(document, steps)


def quote_first(document: ParsedDocument, sentences: Collection[DocumentSentence]) -> Quotation | None:
    """Return the first of some sentences that may be quoted."""
    return next((quotation for sentence in sentences if (quotation := quote(document, sentence))), None)


def asks_for_change(text: str) -> ConsequenceKind | None:
    """Return the kind of a sentence of notes that says what readers have to change; None for other sentences."""
    if _STOPS_WORKING.search(text):
        return "breaking"
    asks = _ASKS_FOR_CHANGE.search(text) and _OF_BEFORE.search(text)
    return "compatibility" if asks and not _ASKS_FOR_NOTHING.search(text) else None


_OLD_BEHAVIOUR = (
    r"(?:the |their |its )?(?:old|previous|prior|former|original|earlier|legacy)(?: default)? behaviou?rs?\b"
)
_RESTORES = re.compile(
    r"(?i)\b(?:to|can|could|may|you) (?:still |also |easily )?(?:get|restore|bring back|revert(?: back)? to"
    r"|return to|go back to|switch back to|fall back to|opt back in(?:to)?|recover|regain|re-?enable|have|use|obtain"
    r"|follow"
    rf"|(?<=to )(?:keep|retain|preserve|maintain)) {_OLD_BEHAVIOUR}"
    rf"|{_OLD_BEHAVIOUR} (?:can|may) (?:still )?be (?:restored|(?:re-?)?enabled|achieved|obtained|brought back|had)"
    rf"|\bif you (?:still )?(?:need|want|require|prefer|rely on|depend on|relied on|depended on) {_OLD_BEHAVIOUR}"
)
_AS_BEFORE = re.compile(r"(?i)\bby default\b[^.]{0,60}\b(?:as before|same|unchanged)\b|\b(?:fix|regress|revert)\w*\b")


def restores_old_behaviour(text: str) -> bool:
    """Return whether a sentence says how to have the old behavior: what is in front of it has another one."""
    return bool(_RESTORES.search(text)) and not _AS_BEFORE.search(text)
