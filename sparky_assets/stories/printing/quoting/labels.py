"""Labels of quotations: which roles of sentences are tried about a change, and the phrase that says what is quoted."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from sparky_assets.documents.models import (
    DocumentSentence,
    ParsedDocument,
    Quotation,
    SentenceRole,
    SourceKind,
    SourceText,
)
from sparky_assets.documents.parse import fold_space
from sparky_assets.documents.quotes import MAX_PAIR_WORDS, is_valid_quotation
from sparky_assets.documents.scores.points import count_sentence_words
from sparky_assets.documents.scores.roles import gives_reason
from sparky_assets.documents.states import names_fault, tells_change, tells_past_state, tells_result
from sparky_assets.stories.models import Change, StorySentence
from sparky_assets.stories.printing.phrasing import tell
from sparky_assets.stories.printing.sentences import name, quotation, quote_sentence
from sparky_assets.stories.titles.parts import split_area
from sparky_assets.stories.titles.verbs import starts_with_verb

SOURCE_PHRASES: dict[SourceKind, str] = {
    "release_notes": "quotes.notes_say",
    "change_note": "quotes.entry",
    "message": "quotes.message",
    "issue": "quotes.issue",
    "readme": "quotes.readme",
    "description": "quotes.description",
    "documentation": "quotes.documentation",
    "help_text": "quotes.help",
    "diff": "quotes.diff",
    "test": "quotes.test",
}
"""The phrase that says whose words are quoted."""
LABEL_TEMPLATES = {
    "quotes.went_wrong": "Q-WENT", "quotes.before": "Q-BEFORE", "quotes.why": "Q-WHY", "quotes.flaw": "Q-FLAW",
    "quotes.figure": "Q-MSG-FIG",
}  # fmt: skip
"""The template of a quotation by the phrase that says what it is about."""
PROBLEM_ROLES: frozenset[SentenceRole] = frozenset({"fault", "why"})
_TELLS_RESULT = re.compile(
    r"(?i)(?:this |that |which )?(?:results? in|yields?|gives?|saves?|cuts?|reduces?|improves?|lowers?|speeds? up)\b"
)
_FIX_TITLE = re.compile(r"^(?:fix|fixed|fixes|repair|resolve|correct|prevent|avoid)\b", re.IGNORECASE)


def list_roles(change: Change) -> Iterator[tuple[SentenceRole | Literal["report"] | None, str]]:
    """Yield the roles of sentences about a change in the order in which they are tried, each with its label.

    A label is the key of a phrase, or empty. A report is how an issue states the problem.
    """
    is_fix = mends_fault(change)
    fault: tuple[SentenceRole, str] = ("fault", "quotes.went_wrong" if is_fix else "quotes.before")
    effect: tuple[SentenceRole, str] = ("effect", "")
    yield from (fault, effect) if is_fix else (effect, ("why", "quotes.why"), fault)
    yield "report", ""
    yield "figure", "quotes.figure"
    yield "security", "quotes.flaw"
    yield "why", "quotes.why"
    yield "voice", ""
    yield None, ""


def label_quotation(
    document: ParsedDocument, sentence: DocumentSentence, quoted: Quotation, phrase: str, *, is_second: bool
) -> StorySentence:
    """Return a quotation behind its label: the phrase, unless the sentence itself shows that another one is right.

    Args:
        document: the document that is quoted.
        sentence: the sentence of it.
        quoted: the span of the sentence that is printed.
        phrase: the key of the label that its role has; empty for none.
        is_second: whether the sentence before it quotes a message too.
    """
    author = document.source.author
    # `I have not seen it myself` is what someone says, and not what went wrong.
    # `The new maps are those of before, but I modified them` is what someone did.
    is_own = _FIRST_PERSON.match(sentence.text) or _OWN_ACT.search(sentence.text)
    if phrase in {"quotes.went_wrong", "quotes.before"} and is_own:
        phrase = ""
    if "voice" in sentence.roles and author and phrase in {"", "quotes.why"}:
        return tell("Q-WHO", "quotes.person", person=name(author), quotation=quotation(quoted))
    # `Require a literal name to prevent leaks` says what a fix does, whatever went wrong before, and `With this
    # change a hook claims that …` or `A map no longer has its pier added` what is so after it.
    is_order = tells_change(sentence.text) and not sentence.text.startswith("This ")
    # `And then rethrow the error` goes on with the title.
    is_after = is_order or _orders(sentence.text) or bool(_AFTER_CHANGE.search(sentence.text))
    is_after = is_after or sentence.text.startswith(("And then ", "Then "))
    if phrase in {"quotes.went_wrong", "quotes.before"} and is_after:
        phrase = ""
    # `Currently, a map shows one pier` is the state before a fix, of which nothing is said to go wrong.
    if phrase == "quotes.went_wrong" and not names_fault(sentence.text):
        phrase = "quotes.before"
    if phrase == "quotes.before" and "figure" in sentence.roles:
        phrase = "quotes.figure"
    # `This makes it possible to see what is ignored` names a failure word and is no state before the change.
    # A small letter begins in the middle of a sentence, and `Note that piers are still drawn` is what stays so.
    if phrase == "quotes.before" and (
        sentence.text[:1].islower()
        or sentence.text.startswith("Note")
        or "effect" in sentence.roles
        or _IS_NOW.search(sentence.text)
        or tells_result(sentence.text)
        or not tells_past_state(sentence.text)
    ):
        phrase = ""
    # `Results in a 7 % reduction` says what comes of the change, and not why it was made.
    if phrase == "quotes.why" and _TELLS_RESULT.match(sentence.text):
        phrase = "quotes.figure" if "figure" in sentence.roles else ""
    # `Support night maps` below “Objective” says what the change does, and not why. `Also makes …` is a further thing.
    is_reason = gives_reason(sentence.text) or not is_order
    if phrase == "quotes.why" and (not is_reason or sentence.text.startswith("Also ")):
        phrase = ""
    # A changelog says what is so from now on; only its reasons have a label of their own.
    if document.source.kind == "change_note" and phrase != "quotes.why":
        phrase = ""
    if phrase == "quotes.figure" and document.source.kind != "message":
        phrase = ""
    if phrase:
        return quote_sentence(LABEL_TEMPLATES[phrase], phrase, quoted)
    if is_second and document.source.kind == "message":
        return quote_sentence("Q-ADDS", "quotes.adds", quoted)
    return quote_sentence("Q-SAYS", SOURCE_PHRASES[document.source.kind], quoted)


def _orders(text: str) -> bool:
    """Return whether a sentence orders what a fix does: `Copy the map before …`, and not `Use of the map fails`."""
    first, *following = _CLAUSE_END.split(text, maxsplit=1)[0].split(" ", 16)[:16]
    words = [word.strip(",.:;").casefold() for word in following]
    # `Wait for the queue` is an order, `Wait for the queue never ends` a fault.
    if first.casefold() in _VERBS_WITH_PREPOSITION and words[:1] != ["of"] and _FINITE_VERBS.isdisjoint(words):
        return True
    words = words[:3]
    is_base_form = first[:1].isupper() and (not first.endswith("s") or first.endswith("ss"))
    return is_base_form and starts_with_verb(text) and not _is_noun_before(words)


_CLAUSE_END = re.compile(r",? (?:so|that|which|because|when|if|to|until|before|after|while|instead)\b|[,;:] ")
_VERBS_WITH_PREPOSITION = frozenset(
    {
        "wait", "listen", "look", "switch", "return", "rely", "fall", "move", "point", "retry", "opt", "bail", "go",
        "loop", "iterate", "search", "ask", "account", "allow", "convert", "migrate", "sync", "write", "read", "apply",
        "add",
    }
)  # fmt: skip
"""Verbs that a preposition may follow, as it does a noun: `Wait for the queue`, but `Use of the map`."""
_AFTER_CHANGE = re.compile(
    r"(?i)\b(?:with|after) th(?:is|e) (?:change|patch|pr|pull request|commit|fix|branch)\b"
    r"|^(?!.*\b(?:since|after|regress\w*|previously|broke\w*|used to)\b).*\bno longer "
    r"(?!(?:be\b|been\b|(?:properly |correctly )?(?:works?|working|compil|buil|starts?|runs?|loads?|renders?|opens?|"
    r"possible|available|valid|recogni|respond|displays?|shows?|shown|able|found|visible|exists?|matche?s?|accessible"
    r"|reachable|usable|supported|true|return|accept|receiv|detect|updat|trigger|fire)))\w"
)
"""Words of a sentence about what is so after a change."""


def _is_noun_before(words: Sequence[str]) -> bool:
    """Return whether the word in front of others is a noun: `of the map`, `type was wrong`."""
    return bool(words) and (words[0] in _BEHIND_NOUNS or not _FINITE_VERBS.isdisjoint(words))


_FINITE_VERBS = frozenset(
    {
        "is", "are", "was", "were", "has", "had", "can", "could", "may", "might", "would", "will", "does", "did",
        "fail", "fails", "failed", "crash", "crashes", "crashed", "hang", "hangs", "hung", "throws", "threw", "raises",
        "raised", "breaks", "broke", "panics", "panicked", "returned",
    }
)  # fmt: skip
_BEHIND_NOUNS = frozenset(
    {"of", "to", "in", "for", "on", "at", "with", "from", "by", "and", "or", "never", "always", "that", "which", "when"}
)
_IS_NOW = re.compile(r"(?<!until )(?<!up to )(?<!right )(?<!by )\bnow\b", re.IGNORECASE)
"""What is so from now on, also beside what was before: `A line that was drawn first is now drawn last.`"""
_PRESENT = re.compile(r"\b(?:is|are|has|have|now|can|will|we|does|do)\b", re.IGNORECASE)
"""Words of a sentence about what is so after a fix, or what people do."""
_OWN_ACT = re.compile(
    r"\b(?:I|we)(?:['’]ve| have)? (?:modified|changed|moved|adapted|kept|copied|updated|reworked|rewrote)\b"
)
_FIRST_PERSON = re.compile(r"I(?:['’](?:m|ve|d|ll))? ")
_DOES = re.compile(r"(?:I|We|The fix|This fix)\b|[A-Z]\w+(?:ed|ew|ade|ook|ut)\b(?! (?:to|by|from)\b)")
"""How a sentence about what someone did begins: `Moved the lock in front of the map`."""


def join_neighbours(sentences: Sequence[StorySentence], sources: Mapping[str, SourceText]) -> list[StorySentence]:
    """Return quotations with two adjacent sentences of a message as one, in the order in which they were written.

    `Some keys hold spaces alone. Reading such a key failed.`: the second says what went wrong, and is chosen first.

    Args:
        sentences: the quotations about a change, the first one behind its label.
        sources: the source texts by key.
    """
    if len(sentences) < 2:
        return list(sentences)
    first, second = (next((part for part in own.parts if part.quotation), None) for own in sentences[:2])
    if first is None or second is None or first.quotation is None or second.quotation is None:
        return list(sentences)
    later, earlier = first.quotation, second.quotation
    text = sources[later.source].text if later.source in sources else ""
    follows = earlier.source == later.source and earlier.end <= later.start
    if not follows or text[earlier.end : later.start] not in {" ", "\n"} or not earlier.text.endswith((".", "!")):
        return list(sentences)
    printed = fold_space(text[earlier.start : later.end])
    whole = Quotation(source=later.source, start=earlier.start, end=later.end, text=printed)
    if count_sentence_words(printed) > MAX_PAIR_WORDS or not is_valid_quotation(whole, text):
        return list(sentences)
    joined = quotation(whole).model_copy(update={"slot": first.slot})
    parts = tuple(joined if part is first else part for part in sentences[0].parts)
    return [sentences[0].model_copy(update={"parts": parts}), *sentences[2:]]


def label_past(change: Change, sentence: DocumentSentence) -> str:
    """Return the label of a sentence about the state before a fix that names no failure: `The map showed the logo`."""
    is_other = bool({"effect", "why", "voice"} & set(sentence.roles)) or not tells_past_state(sentence.text)
    if is_other or not mends_fault(change) or _DOES.match(sentence.text) or _PRESENT.search(sentence.text):
        return ""
    return "quotes.before" if sentence.text[:1].isupper() or sentence.text.startswith("`") else ""


def mends_fault(change: Change) -> bool:
    """Return whether a change mends a fault, by its type, its issue or the verb of its title: `Prevent a crash`."""
    return change.type == "fix" or change.closes_bug or bool(_FIX_TITLE.match(split_area(change.title)[1]))
