"""How items of notes are quoted: without numbers and people around them, up to an end that is read at a glance."""

import re

from sparky_assets.documents.consequences.sentences import find_sign
from sparky_assets.documents.models import Consequence, DocumentSentence, ParsedDocument, Quotation
from sparky_assets.documents.parse import fold_space
from sparky_assets.documents.quotes import MAX_QUOTED_WORDS, is_valid_quotation, quote
from sparky_assets.documents.scores.points import count_sentence_words, has_hype
from sparky_assets.stories.titles.verbs import starts_with_verb
from sparky_assets.text.credits import MIN_OWN_WORDS, credits_people, find_own_words
from sparky_assets.text.references import ADVISORY_ID

MAX_ROW_WORDS = (14, 20)
"""Words of an item or a statement within which it ends early where it may: a row is read at a glance."""


def quote_item(document: ParsedDocument, sentence: DocumentSentence) -> Quotation | None:
    """Return the span of an item of the notes without the numbers and names in front of it and behind it."""
    if sentence.is_list_item and (whole := _quote_own_words(document, sentence)):
        return whole
    quoted = quote(document, sentence)
    return trim_references(document, quoted) if quoted else None


def _quote_own_words(document: ParsedDocument, sentence: DocumentSentence) -> Quotation | None:
    """Return the own words of an item that cannot be quoted as a whole: too long, or with an address behind them."""
    if not sentence.is_quotable or quote(document, sentence) is not None:
        return None
    span = Quotation(source=document.source.key, start=sentence.start, end=sentence.end, text=sentence.text)
    quoted = trim_references(document, span)
    is_shorter = quoted.text != span.text and count_sentence_words(quoted.text) <= MAX_QUOTED_WORDS
    return (
        quoted
        if is_shorter and not has_hype(quoted.text) and is_valid_quotation(quoted, document.source.text)
        else None
    )


_LEADS_TO_ADVISORY = re.compile(r"(?i)\b(?:for|of|to|in|as|with|solve|fix|address|resolve|mitigate|the|an?)\Z")
_ADVISORY_BEHIND = re.compile(rf"\s{{1,4}}{ADVISORY_ID}\b")


_BRACKETED_LABEL = re.compile(
    r"(?i)(?:(?:\*\*)?\\?\[(?:deprecation|deprecated|regression|bug ?fix|bug|fix(?:ed)?|perf(?:ormance)?|feature"
    r"|(?:component|area|kind|type|module|package|scope|topic)\s?[:/]\s?[\w ./-]{2,30})\\?\](?:\*\*)?:?"
    r"\s{1,4}){1,3}(?=\S+ \S)"
)
"""Labels in brackets that the verb behind them or the list says too, or of a tracker: `[component: lamps] [BUG]`."""


def trim_references(document: ParsedDocument, quoted: Quotation) -> Quotation:
    """Return a quotation without references and people at its ends, if what remains says something."""
    text = document.source.text
    names_people = document.source.kind == "release_notes" and credits_people(
        sentence.text for sentence in document.sentences if sentence.is_list_item
    )
    first, last = find_own_words(text[quoted.start : quoted.end], names_people=names_people)
    start, end = quoted.start + first, quoted.start + last
    if label := _BRACKETED_LABEL.match(text, start, end):
        start = label.end()
    if _LEADS_TO_ADVISORY.search(text, start, end) and (named := _ADVISORY_BEHIND.match(text, end, quoted.end)):
        end = named.end()  # `Upgrade the map to fix CVE-2026-12345` says nothing without it
    # What it leads to is not quoted: `instances::`.
    end = start + len(text[start:end].rstrip(":"))
    if len(text[start:end].split()) < MIN_OWN_WORDS:
        return quoted
    shorter = quoted.model_copy(update={"start": start, "end": end, "text": fold_space(text[start:end])})
    return shorter if is_valid_quotation(shorter, text) else quoted


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
        is_part = brief is not None and quoted.start < brief.end < quoted.end and not _OPEN_END.search(brief.text)
        if brief and is_part and _tells_all(document, brief):
            return trim_references(document, brief)
    return quoted


_OPEN_END = re.compile(r"(?i)\b(?:and|or|the|an?|of|with|from|for|to|into|than|which|that|as)$")
"""The last word of a beginning that leads on: `Alamofire now requires Swift 5.5+ and (macOS 10.13, …)+`."""
MAX_LABEL_WORDS = 3
"""Words in front of a colon that name what an item is about, and say nothing of it."""

_MARKS = re.compile(r"(?:\[[A-Z][A-Z /-]{2,20}\]\s+|\*\*[^*\n]{2,30}\*\*:?\s+){1,3}")
"""The labels that notes set in front of an item: `[CHANGE] **BREAKING CHANGE** lamp-cli: …`."""
_FINITE = re.compile(
    r"(?i)\b(?:is|are|was|were|has|have|had|can|cannot|could|will|would|must|should|may|might|do|does|did|now"
    r"|no longer)\b"
)


_LINK_ALONE = re.compile(
    r"[*_]{0,2}\[[^\[\]\n]{1,300}\]\([^()\s]{1,500}\)(?:, \[[^\[\]\n]{1,300}\]\([^()\s]{1,500}\)){0,9}[*_]{0,2}"
)
_CONDITION = re.compile(r"(?i)\W*(?:when|if|while|unless|once|after|before)\b(?!.*,)")
_ANNOUNCING = re.compile(r"(?i)\bfollowing\b|\bthese\b")


def _tells_all(document: ParsedDocument, brief: Quotation) -> bool:
    """Return whether the main clause of a sentence is in its beginning: not of `Two maps sold with it (a) were …`.

    A bracket or a relative clause may be in the middle of a sentence, in front of its verb.
    """
    rest = document.source.text[brief.end :].lstrip(" ,")
    if rest.startswith(":") and count_sentence_words(brief.text) < MAX_LABEL_WORDS:
        return False  # `Fixed #12: …`
    if rest.startswith(":") and _LINK_ALONE.fullmatch(brief.text.strip()):
        return False  # `[MSC4140: delayed events](…): keep them`
    if rest.startswith(":") and _CONDITION.match(brief.text):
        return False  # `When a map is drawn twice: lamps are lit once`
    if rest.startswith(":") and _ANNOUNCING.search(brief.text):
        return False  # the names are behind the colon
    # In front of a colon a word or two are a label: `Map(night): …`.
    words = count_sentence_words(_MARKS.sub("", brief.text, count=1))
    is_clause = rest.startswith((";", ":")) and words > MAX_LABEL_WORDS
    return is_clause or starts_with_verb(brief.text) or bool(_FINITE.search(brief.text))


_NAMES_BELOW = re.compile(r":[*_]{0,2}[ \t]*\r?\n\s{0,40}(?:[-*+]|\d{1,3}[.)])\s")


def end_statement_early(document: ParsedDocument, consequence: Consequence) -> Quotation:
    """Return the statement of a consequence up to an early end, if it then still says what makes it one.

    `Changes to be aware of: archives now resolve symlinks by default` says nothing without its end.
    """
    assert consequence.statement is not None
    whole = trim_references(document, consequence.statement)
    if _NAMES_BELOW.search(document.source.text, whole.start, whole.end):
        return whole  # the sentence says nothing without the names below it
    brief = end_early(document, whole)
    is_by_words = consequence.reason.startswith("says ") and find_sign(whole.text) is not None
    return whole if is_by_words and find_sign(brief.text) is None else brief
