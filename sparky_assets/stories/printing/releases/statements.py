"""Quote what notes state as rows that are read at a glance. Pure."""

import re

from sparky_assets.documents.consequences.sentences import find_sign
from sparky_assets.documents.models import Consequence, DocumentSentence, ParsedDocument, Quotation
from sparky_assets.documents.quotes import quote
from sparky_assets.documents.scores import count_sentence_words
from sparky_assets.stories.printing.quoting import quote_item, trim_references
from sparky_assets.stories.titles import starts_with_verb

MAX_ROW_WORDS = (14, 20)
"""Words of an item or a statement within which it ends early where it may: a row is read at a glance."""


def quote_briefly(document: ParsedDocument, sentence: DocumentSentence) -> Quotation | None:
    """Return the span of an item as `quote_item` does, up to an end within a row where it may end early."""
    whole = quote_item(document, sentence)
    return end_early(document, whole) if whole else None


def end_early(document: ParsedDocument, quoted: Quotation) -> Quotation:
    """Return a quotation up to an end within a row, if its sentence may end there; else as it is."""
    if count_sentence_words(quoted.text) <= MAX_ROW_WORDS[0]:
        return quoted
    sentence = next((own for own in document.sentences if own.start <= quoted.start < own.end), None)
    for words in MAX_ROW_WORDS if sentence else ():
        brief = quote(document, sentence, words) if sentence else None
        if brief and quoted.start < brief.end < quoted.end and _tells_all(document, brief):
            return trim_references(document, brief)
    return quoted


MAX_LABEL_WORDS = 3
"""Words in front of a colon that name what an item is about, and say nothing of it."""

_MARKS = re.compile(r"(?:\[[A-Z][A-Z /-]{2,20}\]\s+|\*\*[^*\n]{2,30}\*\*:?\s+){1,3}")
"""The labels that notes set in front of an item: `[CHANGE] **BREAKING CHANGE** lamp-cli: …`."""
_FINITE = re.compile(
    r"(?i)\b(?:is|are|was|were|has|have|had|can|cannot|could|will|would|must|should|may|might|do|does|did|now"
    r"|no longer)\b"
)


_ANNOUNCING = re.compile(r"(?i)\bfollowing\b|\bthese\b")


def _tells_all(document: ParsedDocument, brief: Quotation) -> bool:
    """Return whether the main clause of a sentence is in its beginning: not of `Two maps sold with it (a) were …`.

    A bracket or a relative clause may be in the middle of a sentence, in front of its verb.
    """
    rest = document.source.text[brief.end :].lstrip(" ,")
    if rest.startswith(":") and count_sentence_words(brief.text) < MAX_LABEL_WORDS:
        return False  # `Fixed #12: …`
    if rest.startswith(":") and _ANNOUNCING.search(brief.text):
        return False  # the names are behind the colon
    # In front of a colon a word or two are a label: `Map(night): …`.
    words = count_sentence_words(_MARKS.sub("", brief.text, count=1))
    is_clause = rest.startswith((";", ":")) and words > MAX_LABEL_WORDS
    return is_clause or starts_with_verb(brief.text) or bool(_FINITE.search(brief.text))


def end_statement_early(document: ParsedDocument, consequence: Consequence) -> Quotation:
    """Return the statement of a consequence up to an early end, if it then still says what makes it one.

    `Changes to be aware of: archives now resolve symlinks by default` says nothing without its end.
    """
    assert consequence.statement is not None
    whole = trim_references(document, consequence.statement)
    brief = end_early(document, whole)
    is_by_words = consequence.reason.startswith("says ") and find_sign(whole.text) is not None
    return whole if is_by_words and find_sign(brief.text) is None else brief
