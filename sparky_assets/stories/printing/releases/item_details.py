"""Quote what notes say of the item in a headline beyond its first sentence: what it means for their readers. Pure."""

import re

from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.models import DocumentSentence, NoteItem, ParsedDocument, Quotation
from sparky_assets.documents.notes import list_note_items
from sparky_assets.documents.parse import fold_space
from sparky_assets.documents.quotes import MAX_QUOTED_WORDS, is_valid_quotation
from sparky_assets.documents.scores.leaning import carries_on, leans_on_text
from sparky_assets.documents.scores.points import count_sentence_words, has_hype, has_verb
from sparky_assets.stories.models import StorySentence
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.releases.headline import find_headline_item
from sparky_assets.stories.printing.releases.item_quotes import quote_item
from sparky_assets.stories.printing.releases.shortening import shorten_item
from sparky_assets.stories.printing.sentences import quote_sentence

DETAILS_TEMPLATE = "R-MORE"
"""Template of what notes add to the item in the headline: it says nothing apart from that headline."""
MAX_DETAIL_SENTENCES = 2
"""Sentences behind the first one of an item of which one may say what the item means."""
MIN_DETAIL_SCORE = 1
_SAYS_OTHER = re.compile(
    r"(?i)\b(?:open|file|report|create|submit) (?:an? )?(?:issue|bug|ticket|discussion)|\blet us know\b|\bcontact the\b"
    r"|\bwe would love\b|\bexample (?:above|below)\b|^(?:also |some )?(?:fix(?:e[ds])?|add(?:ed|s)?|remove[ds]?) "
)
"""What asks readers to write to the project, needs an example beside it, or tells another change of the same item."""
_PRONOUN_REASON = "begins with a pronoun"


def tell_details(document: ParsedDocument, chooser: QuotationChooser) -> list[StorySentence]:
    """Return what an item of the notes says beyond its first sentence, which is the headline: at most one sentence.

    structlog 25.4.0 supports Python 3.14, and the next sentence of its notes says what Python 3.14 breaks.
    """
    named, _ = find_headline_item(document)
    items = (item for item in list_note_items(document) if named and is_named(document, item, named))
    item = next(items, None)
    boxed = {
        span.start for own in find_consequences(document) for span in (own.statement, own.action, own.limit) if span
    }
    for number in item.sentences[1 : 1 + MAX_DETAIL_SENTENCES] if item else ():
        sentence = document.sentences[number]
        if sentence.start not in boxed and _says_more(sentence, named) and (quoted := quote_item(document, sentence)):
            longer = _extend(document, sentence, quoted)
            return [quote_sentence(DETAILS_TEMPLATE, "quotes.notes_add", chooser.use(longer))]
    return []


def is_named(document: ParsedDocument, item: NoteItem, named: str) -> bool:
    """Return whether a headline names an item, as a whole or without its end."""
    return named in {shorten_item(document, item, is_cut=cut) for cut in (False, True)}


def _says_more(sentence: DocumentSentence, named: str) -> bool:
    """Return whether a sentence says something below a headline that has the first one of its item."""
    is_leaning = _begins_with_pronoun(sentence) or carries_on(sentence.text) or leans_on_text(sentence.text, named)
    is_whole = has_verb(sentence.text) and not sentence.text.endswith((":", "："))
    return is_whole and sentence.score >= MIN_DETAIL_SCORE and not (is_leaning or _SAYS_OTHER.search(sentence.text))


def _extend(document: ParsedDocument, sentence: DocumentSentence, quoted: Quotation) -> Quotation:
    """Return a quotation with the next sentence of its paragraph, if that is about it and both are short enough."""
    text = document.source.text
    for after in document.sentences[sentence.number + 1 : sentence.number + 2]:
        whole = fold_space(text[quoted.start : after.end])
        is_adjacent = after.section == sentence.section and not text[quoted.end : after.start].strip()
        is_short = count_sentence_words(whole) <= MAX_QUOTED_WORDS and not has_hype(after.text)
        longer = quoted.model_copy(update={"end": after.end, "text": whole})
        if is_adjacent and is_short and after.is_quotable and _begins_with_pronoun(after):
            return longer if is_valid_quotation(longer, text) else quoted
    return quoted


def _begins_with_pronoun(sentence: DocumentSentence) -> bool:
    return any(reason.startswith(_PRONOUN_REASON) for reason in sentence.reasons)
