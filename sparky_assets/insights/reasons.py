"""Why a change was made, in its author's own words: one sentence of its description, quoted, or nothing. Pure.

A description is untrusted and unchecked, so little of it may be quoted: the first sentence of a person's text, whole,
without a digit (numbers are counted here, not believed), address, mention or mark-up, and neither a form's question nor
the title once more. Beside titles it is the only text of others that is printed, and it stands in quotation marks.
"""

import re
from collections.abc import Iterator, Mapping

from sparky_assets.insights.found import Found, found
from sparky_assets.insights.models import Evidence, Insight
from sparky_assets.insights.text import headline
from sparky_assets.insights.vocabulary import GLUE
from sparky_assets.insights.words import stem, stems_in
from sparky_assets.metrics.changes import Theme

QUOTED_OF = {"change", "highlight"}
LEAST_WORDS, MOST_WORDS = 7, 42
_FIRST = re.compile(r"(?P<words>[A-Z][^“”\"]*?[a-z)’'])\.(?=\s+[A-Z(]|$)")
_UNFIT = re.compile(
    r"\b(?:previous|preceding|next|last) (?:commit|patch|step)|\b(?:this|the) series\b|\d|[@#<>{}\\|*_=~^\[\]…!?]|://|www\.|--|\b(?:e\.g|i\.e|etc|vs|cf|resp)$|\b(?:PR|TODO|LGTM)\b",
    re.I,
)
_FORM = re.compile(
    r"(?i)^(?:summary|description|motivation|solution|overview|what|why|how|context|background|changes?|problem|fix(?:es)?"
    r"|checklist|type of change|related|please|thank|hi|hello|sorry|note|see|this pr template)\b[^a-z]{0,3}(?=[A-Z]|$)"
)
_LEANING = re.compile(r"(?i)^(?:first of all|this is now|now|also|then|previously|therefore|hence|so|but|and)\b")
"""Beginnings that lean on something said before, which is not quoted."""
_HEADING = re.compile(r"^(?:Summary|Description|Motivation|Overview|Context|Background|Problem|What|Why):? +(?=[A-Z])")
_FIRST_PERSON = re.compile(r"\b(?:I|I'm|I've|my|me)\b")
_SAYS = re.compile(
    r"(?i)\b(?:is|are|was|were|be|been|has|have|had|does|do|did|can|cannot|could|will|would|should|may|might|must|need|needs"
    r"|because|when|if|so|since|that|which|allows|lets|makes|means|ensures|causes|helps|leads)\b|\w['’](?:ve|re|s|t|ll)\b"
    r"|^(?:the|a|an|this|these|those|it|every|each|all|some|any|most|many|two|our|we|there|users|people)\b"
)
"""Words or a beginning that say something; "Test for multipart POST same file twice" is a second title."""
_GLUE = {stem(word) for word in GLUE}
SAYS_MORE = 3
"""Stems that a quotation must hold beyond its title; one that holds fewer says the title again."""


def find_reasons(insight: Insight) -> Iterator[Found]:
    """A detail for each told change whose description begins with a sentence that can be quoted."""
    evidence: Mapping[str, Evidence] = {item.key: item for item in insight.evidence}
    for claim in insight.claims:
        if claim.section in QUOTED_OF and len(claim.evidence) == 1:
            item = evidence[claim.evidence[0]]
            if words := quotation(item):
                yield found("detail", f"why:{item.key}", f"“{words}”.", evidence=(item,), repository=item.repository,
                            about=claim.id)  # fmt: skip


def quotation(item: Evidence) -> str:
    """The sentence that may be quoted of a change, without its full stop; empty where there is none."""
    if item.is_bot or item.theme is Theme.DEPENDENCIES:
        return ""
    text = _without_title(item)
    match = _FIRST.match(text)
    words = match["words"] if match else ""
    fits = LEAST_WORDS <= len(words.split()) <= MOST_WORDS and _SAYS.search(words)
    if not fits or _UNFIT.search(words) or _FORM.match(words) or _LEANING.match(words) or _FIRST_PERSON.search(words):
        return ""
    new = set(stems_in(words)) - set(stems_in(item.title)) - _GLUE
    return words if len(new) >= SAYS_MORE else ""


def _without_title(item: Evidence) -> str:
    """What a body says after the title that squashing repeats at its head, and after the first heading of a form."""
    text = item.excerpt
    for title in (item.title, headline(item.title)):
        if text.lower().startswith(title.lower()):
            text = text[len(title) :].lstrip(" .:-–—")
    return _HEADING.sub("", text)
