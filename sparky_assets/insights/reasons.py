"""Why a change was made, in its author's own words: one sentence of its description, quoted, or nothing. Pure.

A description is untrusted and unchecked, so little of it may be quoted: the first sentence of a person's text, whole,
without a digit (numbers are counted here, not believed), address, mention or mark-up, and neither a form's question nor
the title once more. Beside titles it is the only text of others that is printed, and it stands in quotation marks.
"""

import re
from collections.abc import Iterator, Mapping

from sparky_assets.insights.claims.drafts import ClaimDraft, make_claim
from sparky_assets.insights.models import Evidence, Insight
from sparky_assets.insights.text import display_title
from sparky_assets.insights.vocabulary import GLUE_WORDS
from sparky_assets.insights.words import stem_word, stem_words
from sparky_assets.metrics.classify import ChangeTheme

QUOTED_SECTIONS = {"change", "highlight"}


MIN_QUOTED_WORDS, MAX_QUOTED_WORDS = 7, 42


_FIRST_SENTENCE = re.compile(r"(?P<words>[A-Z][^“”\"]*?[a-z)’'])\.(?=\s+[A-Z(]|$)")


_NOT_QUOTABLE = re.compile(
    r"\b(?:previous|preceding|next|last) (?:commit|patch|step)|\b(?:this|the) series\b|\d|[@#<>{}\\|*_=~^\[\]…!?]|://|www\.|--|\b(?:e\.g|i\.e|etc|vs|cf|resp)$|\b(?:PR|TODO|LGTM)\b",
    re.I,
)


_FORM_QUESTION = re.compile(
    r"(?i)^(?:summary|description|motivation|solution|overview|what|why|how|context|background|changes?|problem|fix(?:es)?"
    r"|checklist|type of change|related|please|thank|hi|hello|sorry|note|see|this pr template)\b[^a-z]{0,3}(?=[A-Z]|$)"
)


_DEPENDENT_OPENING = re.compile(
    r"(?i)^(?:first of all|this is now|now|also|then|previously|therefore|hence|so|but|and)\b"
)
"""Beginnings that lean on something said before, which is not quoted."""


_FORM_HEADING = re.compile(
    r"^(?:Summary|Description|Motivation|Overview|Context|Background|Problem|What|Why):? +(?=[A-Z])"
)


_FIRST_PERSON = re.compile(r"\b(?:I|I'm|I've|my|me)\b")


_STATEMENT = re.compile(
    r"(?i)\b(?:is|are|was|were|be|been|has|have|had|does|do|did|can|cannot|could|will|would|should|may|might|must|need|needs"
    r"|because|when|if|so|since|that|which|allows|lets|makes|means|ensures|causes|helps|leads)\b|\w['’](?:ve|re|s|t|ll)\b"
    r"|^(?:the|a|an|this|these|those|it|every|each|all|some|any|most|many|two|our|we|there|users|people)\b"
)
"""Words or a beginning that say something; "Test for multipart POST same file twice" is a second title."""


_GLUE_STEMS = {stem_word(word) for word in GLUE_WORDS}


MIN_NEW_STEMS = 3
"""Stems that a quotation must hold beyond its title; one that holds fewer says the title again."""


def find_reasons(insight: Insight) -> Iterator[ClaimDraft]:
    """A detail for each told change whose description begins with a sentence that can be quoted."""
    evidence: Mapping[str, Evidence] = {item.key: item for item in insight.evidence}
    for claim in insight.claims:
        if claim.section in QUOTED_SECTIONS and len(claim.evidence) == 1:
            item = evidence[claim.evidence[0]]
            if words := find_quotation(item):
                yield make_claim(
                    "detail",
                    f"why:{item.key}",
                    f"“{words}”.",
                    evidence=(item,),
                    repository=item.repository,
                    about=claim.id,
                )


def find_quotation(item: Evidence) -> str:
    """The sentence that may be quoted of a change, without its full stop; empty where there is none."""
    if item.is_bot or item.theme is ChangeTheme.DEPENDENCIES:
        return ""
    text = _strip_title(item)
    match = _FIRST_SENTENCE.match(text)
    words = match["words"] if match else ""
    fits = MIN_QUOTED_WORDS <= len(words.split()) <= MAX_QUOTED_WORDS and _STATEMENT.search(words)
    if (
        not fits
        or _NOT_QUOTABLE.search(words)
        or _FORM_QUESTION.match(words)
        or _DEPENDENT_OPENING.match(words)
        or _FIRST_PERSON.search(words)
    ):
        return ""
    new = set(stem_words(words)) - set(stem_words(item.title)) - _GLUE_STEMS
    return words if len(new) >= MIN_NEW_STEMS else ""


def _strip_title(item: Evidence) -> str:
    """What a body says after the title that squashing repeats at its head, and after the first heading of a form."""
    text = item.excerpt
    for title in (item.title, display_title(item.title)):
        if text.lower().startswith(title.lower()):
            text = text[len(title) :].lstrip(" .:-–—")
    return _FORM_HEADING.sub("", text)
