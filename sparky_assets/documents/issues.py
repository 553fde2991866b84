"""Choose what an issue says of the problem: a sentence at the beginning of its text. Pure.

Forms of issues ask for versions, steps and expectations too. What is below these headings is no problem, and what
follows the first paragraphs is mostly guesses about the cause.
"""

import re
from collections.abc import Iterator, Sequence

from sparky_assets.documents.models import DocumentSentence, ParsedDocument, Quotation
from sparky_assets.documents.quotes import list_candidates, quote
from sparky_assets.documents.scores import repeats_title

MAX_PROBLEM_SENTENCES = 5
"""Sentences at the beginning of the first section with a problem that are considered."""

MIN_FAULT_SCORE = 2

MIN_REQUEST_SCORE = -1
"""A request begins with `It would be`, which costs other sentences two points."""

_OTHER_SECTION = re.compile(
    r"(?i)expect|reproduc|\bsteps?\b|environment|\bversions?\b|platform|operating system|system info|config|alternativ"
    r"|solution|proposal|suggest|additional|\blogs?\b|stack ?trace|traceback|screenshot|workaround|possible fix|how to"
    r"|minimal|prerequisite|check ?list|search terms"
)

_EXPECTATION = re.compile(r"(?i)\b(?:should|expect(?:s|ed|ing)?|would)\b")
"""Words of sentences that say what is wanted, not what happens."""

_REQUEST = re.compile(
    r"(?i)\bit (?:would|will) be (?:\w+ ){0,2}(?:nice|great|useful|helpful|good|handy|cool|convenient)\b"
    r"|\bi(?:['’]d| would) (?:like|love)\b|\bplease (?:add|support|allow|provide)\b|\b(?:we|i|users?) (?:need|want)\b"
    r"|\bshould be (?:possible|able|allowed)\b|\bthere (?:is|was|['’]s) (?:currently )?no (?:\w+ )?way\b"
)


def find_report(
    document: ParsedDocument, title: str, used: Sequence[Quotation] = (), *, is_fix: bool
) -> tuple[str, Quotation] | None:
    """Return the verb and the sentence with which an issue states its problem: `reports`, `asks` or `says`.

    Args:
        document: the text of the issue.
        title: the title of the change that closes it; a sentence that repeats it is not chosen.
        used: quotations that are printed already.
        is_fix: whether the change is a fix: then only what goes wrong is a problem.

    Returns:
        None if no sentence is good enough.
    """
    beginning = {sentence.number for sentence in _list_beginning(document)}
    candidates = [
        (sentence, quoted)
        for sentence in list_candidates(document, "", used, min_score=MIN_REQUEST_SCORE)
        if sentence.number in beginning
        and (quoted := quote(document, sentence))
        and not repeats_title(quoted.text, title)
    ]
    requests = [quoted for _, quoted in candidates if _REQUEST.search(quoted.text)]
    if not is_fix and requests:
        return "asks", requests[0]
    for sentence, quoted in candidates:
        if sentence.score < MIN_FAULT_SCORE or _EXPECTATION.search(quoted.text):
            continue
        if "fault" in sentence.roles:
            return "reports", quoted
        if "why" in sentence.roles and not is_fix:
            return "says", quoted
    return None


def _list_beginning(document: ParsedDocument) -> Iterator[DocumentSentence]:
    """Yield the first sentences of the first section that may state the problem, without list items and questions."""
    section: int | None = None
    count = 0
    for sentence in document.sentences:
        own = document.sections[sentence.section]
        if own.kind == "skipped" or _OTHER_SECTION.search(own.heading) or sentence.is_list_item:
            continue
        section = sentence.section if section is None else section
        if sentence.section != section or count == MAX_PROBLEM_SENTENCES:
            return
        count += 1
        if not sentence.text.rstrip().endswith("?"):
            yield sentence
