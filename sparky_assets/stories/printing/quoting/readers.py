"""What a sentence is for: users, who met or meet something, or those who read the diff. Pure."""

import re

from sparky_assets.documents.models import DocumentSentence, ParsedDocument, SectionKind, SentenceRole
from sparky_assets.documents.scores.points import CODE_REASONS, USER_REASONS
from sparky_assets.documents.states import tells_past_state

FELT_ROLES: frozenset[SentenceRole] = frozenset({"security", "action"})
"""Roles of sentences about what users meet."""
ADVICE_SECTIONS: frozenset[SectionKind] = frozenset({"migration", "breaking", "user_facing", "deprecated", "removed"})
"""Sections of a message that speak to users."""


def names_code_alone(sentence: DocumentSentence) -> bool:
    """Return whether a sentence is for who reads the diff: it is full of names, or says how the code works."""
    return any(reason.startswith(CODE_REASONS) for reason in sentence.reasons)


def tells_meeting(sentence: DocumentSentence) -> bool:
    """Return whether a sentence says by its own words, not by its section, what users meet or met."""
    return "fault" in sentence.roles or any(reason.startswith(_MET_REASONS) for reason in sentence.reasons)


_MET_REASONS = tuple(reason for reason in USER_REASONS if not reason.startswith("section"))


def concerns_users(sentence: DocumentSentence) -> bool:
    """Return whether a sentence says what users meet or met, or what they have to do."""
    is_felt = not FELT_ROLES.isdisjoint(sentence.roles) or names_benefit(sentence)
    return is_felt or any(reason.startswith(USER_REASONS) for reason in sentence.reasons)


def is_small_item(sentence: DocumentSentence) -> bool:
    """Return whether a sentence is an item of a message that begins small, a note of its author on a step."""
    return sentence.is_list_item and sentence.text[:1].islower()


_BENEFIT = re.compile(r"(?:This (?:also )?)?(?:[Ff]ixe[sd]|(?:prevent|avoid|allow|ensure|let|mean)s) ")


def names_benefit(sentence: DocumentSentence) -> bool:
    """Return whether a sentence says for whom or against what a change is: `This prevents a second map`."""
    has_reason = any(reason.startswith(("users", "before or after")) for reason in sentence.reasons)
    return has_reason or bool(_BENEFIT.match(sentence.text)) or tells_past_state(sentence.text)


_ADVISES = re.compile(
    r"(?i)\byour?\b|\b(?:users?|those|anyone|callers?|projects|applications|clients|plugins|scripts|consumers)\b"
    r".{0,120}\b(?:can|should|must|need|needs|have to|has to|may)\b"
    r"|^to (?:[\w-]+ ){1,12}?.{0,80}, (?:use|set|run|pass|add|remove|call|replace|change|switch|specify|configure)\b"
    r"|^(?:use|set|run|pass|call|replace|switch|specify|migrate|rename|upgrade|import|install|see)\b"
    r".{0,160}\b(?:instead|previous|old|former|restore|keep|disable|opt out|before|explicit\w*)\b"
)
"""What tells a reader of a message what to do; `Include the root in the default` says what its change does."""


def advises_reader(document: ParsedDocument, sentence: DocumentSentence) -> bool:
    """Return whether a sentence is advice: in a message its words or its section address who uses the product.

    A changelog and notes are written for users: there an order is advice by itself.
    """
    if document.source.kind != "message":
        return True
    return document.sections[sentence.section].kind in ADVICE_SECTIONS or bool(_ADVISES.search(sentence.text))
