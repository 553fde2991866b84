"""Free sentences of a model: opt-in, marked with its name, and each judged before it may be printed.

A sentence that a model worded cannot be proved by comparing words: of 198 false sentences that were worded to pass such
checks, 154 passed. So none is printed unless `language_model.prose = "marked"`, and then only in the digest's page,
below the author's words. The model names the quoted sentences that its sentence rests on before it writes. Code refuses
what is mechanical: markup, links, secrets, and numbers, names, code and directions that are not in these sentences. In
a second pass the model must find the sentence entailed by them, and must refuse it with its direction flipped and with
its roles swapped, so that a model which agrees to everything prints nothing.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from resources.llm.base import CompletionRequest
from sparky_assets.insights.llm.answers import NOT_IN_FORM, RefusedAnswerError, ShortId
from sparky_assets.insights.llm.prompts import (
    DATA_RULES,
    build_messages,
    build_schema,
    format_record,
    make_ids,
    show_text,
)
from sparky_assets.store import StoredModel
from sparky_assets.text.redact import EMAIL_PATTERN, contains_secret

MIN_SENTENCE_CHARACTERS, MAX_SENTENCE_CHARACTERS = 30, 220
MAX_CITED_SENTENCES = 3

WRITE_PROMPT = f"""\
{DATA_RULES}
The first record is the title of a change, the others are sentences about it. Write one plain sentence for readers who \
do not know the project: what is different for them. First name the ids of the one to three records that say it \
("cites"), then write "sentence" with nothing that these records do not say. Use their numbers, names and code \
exactly, or none. No praise, no guess. Answer with JSON only."""

ENTAIL_PROMPT = f"""\
{DATA_RULES}
The records are quotations, and the last one is a claim about the same change. Does the claim follow from the \
quotations alone: the same actor, the same object, the same direction, nothing added? Answer with JSON only: \
"entailed" is \
"yes" or "no"; where you are not sure, "no"."""

OPPOSITES = (
    ("adds", "removes"), ("added", "removed"), ("add", "remove"), ("adding", "removing"), ("allows", "refuses"),
    ("allowed", "refused"), ("allow", "refuse"), ("enabled", "disabled"), ("enables", "disables"),
    ("enable", "disable"), ("supports", "rejects"), ("supported", "rejected"), ("support", "reject"),
    ("accepts", "rejects"), ("accepted", "rejected"), ("accept", "reject"), ("fixed", "broken"), ("fixes", "breaks"),
    ("fix", "break"), ("faster", "slower"), ("larger", "smaller"), ("more", "fewer"), ("raised", "lowered"),
    ("raises", "lowers"), ("always", "never"), ("with", "without"), ("before", "after"), ("required", "optional"),
    ("can", "cannot"), ("errors", "succeeds"), ("no longer", "now"), ("keeps", "drops"), ("kept", "dropped"),
    ("preserves", "drops"), ("shows", "hides"), ("includes", "leaves out"), ("included", "left out"),
    ("from", "to"), ("old", "new"), ("avoids", "causes"), ("avoid", "cause"),
)  # fmt: skip
"""Words of direction. The first that a sentence holds is replaced by its opposite."""

_DIRECTION_STEMS = (
    "add", "remov", "delet", "drop", "enabl", "disabl", "allow", "refus", "reject", "accept", "support", "deprecat",
    "rever", "increas", "reduc", "rais", "lower", "fast", "slow", "break", "fix", "require", "prevent", "avoid",
    "renam", "replac", "mov",
)  # fmt: skip
"""Beginnings of words that say in which direction something changed: they must be in the cited sentences too."""

_VERB = re.compile(r"\b(?:is|are|was|were|can|will|does|do|has|have|now)\b", re.IGNORECASE)
_ROLE_LINKS = ("instead of", "replaces", "uses", "calls", "from", "by", "with", "for", "of", "in", "on", "into", "as",
               "before", "after", "when", "to", "is", "are")  # fmt: skip
"""Words between two things that have different roles, the clearest first: `to` may belong to a verb."""

_PUNCTUATION_RUN = re.compile(r"[^\w\s]{3,}|([^\w\s])\s*\1\s*\1")
_ALLOWED = re.compile(r"[A-Z][\w ,;:'’()./+#-]+\.")
_LINK = re.compile(r"https?:|www\.|\]\(|<|>|@|://", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NUMBER_WORDS = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|dozen|hundred|thousand|million|twice|half|double|all|every|"
    r"only|most|none)\b",
    re.IGNORECASE,
)
_CODE = re.compile(r"\w*[_/.#+]\w[\w./+#-]*|--?\w[\w-]*|[a-z]+[A-Z]\w*|\w+\(\)")
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][\w-]*")
_JUDGEMENT = re.compile(
    r"\b(?:great|major|significant\w*|huge|seamless\w*|robust|powerful|exciting|improv\w+|better|best|users love|"
    r"because|therefore|thanks to|so that|due to)\b",
    re.IGNORECASE,
)


class WrittenAnswer(StoredModel):
    """Ids of the records that a sentence rests on, and the sentence."""

    cites: Annotated[tuple[ShortId, ...], Field(min_length=1, max_length=MAX_CITED_SENTENCES)]
    sentence: Annotated[str, Field(max_length=2 * MAX_SENTENCE_CHARACTERS)]


class EntailAnswer(StoredModel):
    """Whether a claim follows from quotations."""

    entailed: Literal["yes", "no"]


def build_write_question(title: str, sentences: Sequence[str]) -> CompletionRequest:
    """Build the question for one sentence about a change; the title is R1, the sentences about it follow."""
    records = (title, *sentences)
    ids = make_ids("R", len(records))
    lines = [format_record(id=name, text=show_text(text)) for name, text in zip(ids, records, strict=True)]
    item = {"type": "string", "enum": ids}
    # Keys are sorted, so a model cites before it writes.
    properties = {
        "cites": {"type": "array", "minItems": 1, "maxItems": MAX_CITED_SENTENCES, "items": item},
        "sentence": {"type": "string", "minLength": MIN_SENTENCE_CHARACTERS, "maxLength": MAX_SENTENCE_CHARACTERS},
    }
    return CompletionRequest(build_messages(WRITE_PROMPT, lines), build_schema(properties), max_answer_tokens=140)


def build_entail_question(quotations: Sequence[str], claim: str) -> CompletionRequest:
    """Build the question whether a claim follows from quotations alone."""
    lines = [format_record(quotation=show_text(text)) for text in quotations]
    lines.append(format_record(claim=show_text(claim)))
    properties = {"entailed": {"type": "string", "enum": ["no", "yes"]}}
    return CompletionRequest(build_messages(ENTAIL_PROMPT, lines), build_schema(properties), max_answer_tokens=20)


def read_written_answer(text: str, records: Sequence[str]) -> tuple[str, list[int]]:
    """Return the sentence and the positions of the records that it rests on.

    Raises:
        RefusedAnswerError: the answer has another form, or the sentence holds what the cited records do not.
    """
    try:
        answer = WrittenAnswer.model_validate_json(text)
    except ValidationError as error:
        raise RefusedAnswerError(NOT_IN_FORM) from error
    places = {name: place for place, name in enumerate(make_ids("R", len(records)))}
    if not set(answer.cites) <= places.keys():
        raise RefusedAnswerError(NOT_IN_FORM)
    cited = [places[name] for name in dict.fromkeys(answer.cites)]
    sentence = " ".join(answer.sentence.split())
    if reason := judge_sentence(sentence, [records[place] for place in cited]):
        raise RefusedAnswerError(reason)
    return sentence, cited


def read_entail_answer(text: str) -> bool:
    """Return whether the model finds the claim entailed.

    Raises:
        RefusedAnswerError: the answer has another form.
    """
    try:
        return EntailAnswer.model_validate_json(text).entailed == "yes"
    except ValidationError as error:
        raise RefusedAnswerError(NOT_IN_FORM) from error


def judge_sentence(sentence: str, quotations: Sequence[str]) -> str:
    """Return why code refuses a sentence that rests on these quotations; empty if only its sense is left to judge."""
    if reason := _judge_form(sentence):
        return reason
    given = " ".join(quotations)
    words = set(re.findall(r"\w+", given.casefold()))
    for pattern, reason in (
        (_NUMBER, "it holds a number that the records do not"),
        (_CODE, "it holds code that the records do not"),
        (_NAME, "it holds a name that the records do not"),
    ):
        if any(match[0].rstrip(".") not in given for match in pattern.finditer(sentence[:-1])):
            return reason
    if any(match[0].casefold() not in words for match in _NUMBER_WORDS.finditer(sentence)):
        return "it holds a quantity that the records do not"
    if any(match[0].casefold() not in given.casefold() for match in _JUDGEMENT.finditer(sentence)):
        return "it holds a judgement or cause that the records do not"
    if any(_find_stem(word) and not _has_stem(words, word) for word in re.findall(r"\w+", sentence.casefold())):
        return "it holds a direction that the records do not"
    return "" if build_counterexamples(sentence) else "it has neither a direction nor roles that could be tested"


def _judge_form(sentence: str) -> str:
    is_plain = MIN_SENTENCE_CHARACTERS <= len(sentence) <= MAX_SENTENCE_CHARACTERS and _ALLOWED.fullmatch(sentence)
    rules = (
        (bool(_LINK.search(sentence) or EMAIL_PATTERN.search(sentence)), "it holds a link or markup"),
        (bool(_PUNCTUATION_RUN.search(sentence)), "it holds a run of punctuation"),
        (contains_secret(sentence), "it holds what looks like a secret"),
        (bool(re.search(r"[.!?]\s+[A-Z]", sentence)), "it is more than one sentence"),
        (not is_plain, "it is not one plain sentence"),
    )
    return next((reason for is_broken, reason in rules if is_broken), "")


def _find_stem(word: str) -> str:
    return next((stem for stem in _DIRECTION_STEMS if word.startswith(stem)), "")


def _has_stem(words: set[str], word: str) -> bool:
    stem = _find_stem(word)
    return any(other.startswith(stem) for other in words)


def build_counterexamples(sentence: str) -> tuple[str, ...]:
    """Return false sentences that differ from a sentence only in direction, and only in roles; empty if not both."""
    flipped, swapped = flip_direction(sentence), swap_roles(sentence)
    return (flipped, swapped) if flipped and swapped else ()


def flip_direction(sentence: str) -> str:
    """Return a sentence with the opposite direction; empty if it has none that is known."""
    for first, second in OPPOSITES:
        for word, opposite in ((first, second), (second, first)):
            flipped = re.sub(rf"\b{word}\b", opposite, sentence, count=1, flags=re.IGNORECASE)
            if flipped != sentence:
                return flipped[0].upper() + flipped[1:]
    if match := _VERB.search(sentence):
        return f"{sentence[: match.end()]} not{sentence[match.end() :]}"
    return ""


def swap_roles(sentence: str) -> str:
    """Return a sentence with the words around a linking word in each other's place; empty if it has none."""
    for link in _ROLE_LINKS:
        match = re.search(rf"([\w./-]+)\s+{link}\s+(?:(?:a|an|the|its|each)\s+)?([\w./-]+\w)", sentence)
        if match is None or match[1].casefold() == match[2].casefold():
            continue
        between = sentence[match.end(1) : match.start(2)]
        swapped = f"{sentence[: match.start(1)]}{match[2]}{between}{match[1]}{sentence[match.end(2) :]}"
        return swapped[0].upper() + swapped[1:]
    return ""
