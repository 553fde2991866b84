"""Gates: the checks that a model's sentence must pass before it is published. Deterministic; no model judges.

A gate is a small function that yields the reasons why a sentence fails. Its code is stored with each reason. The
adapters in `resources/llm` check how an answer arrived (G0), `prompts` its form as JSON (G1), and `digests/verify` the
finished document (G11).

The word lists hold the words that a model may use of its own: few, plain, and none that judges, counts or explains.
Every other word of a sentence must occur in the evidence that the sentence cites.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import MappingProxyType

from sparky_assets.insights.models import Evidence, GateFailure
from sparky_assets.metrics.classify import ChangeTheme
from sparky_assets.text.clean import contains_invisible, display_title
from sparky_assets.text.redact import EMAIL_PATTERN, contains_secret
from sparky_assets.text.words import find_stems, split_words, stem_word, stem_words


def _parse_words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GLUE_WORDS = _parse_words(
    """
    a an the of in on to for with from by as at into is are was were be been being it its this that these those and or
    when where while which who than then after before has have had can could may now no not nor if but via per between
    across through during about over under up out off only also other another same such their they there them still yet
    again instead rather without within upon onto along around against until each
    """
)
"""Words without content. They neither support a sentence nor need support."""

NEUTRAL_WORDS = _parse_words(
    """
    change update adjust rework revise concern touch bring get go come become do make take let give work use part code
    way thing case area side piece place land apply follow relate show see find provide
    """
)
"""Verbs and nouns of change that claim nothing in particular."""

DIRECTION_GROUPS = MappingProxyType(
    {
        "adding": _parse_words("add introduce new create implement gain"),
        "removing": _parse_words("remove drop delete strip retire discard"),
        "fixing": _parse_words("fix correct repair resolve mend solve patch"),
        "breaking": _parse_words("break crash fail regress"),
        "enabling": _parse_words("enable allow permit activate"),
        "disabling": _parse_words("disable forbid block deny deactivate prohibit refuse reject"),
        "raising": _parse_words("increase raise grow extend expand upgrade bump"),
        "lowering": _parse_words("decrease reduce lower shrink limit downgrade cut"),
        "starting": _parse_words("start begin open launch"),
        "ending": _parse_words("stop end close abandon cancel"),
        "reverting": _parse_words("revert undo restore rollback"),
        "preventing": _parse_words("prevent avoid"),
        "documenting": _parse_words("document describe explain"),
        "testing": _parse_words("test cover"),
        "tidying": _parse_words("refactor simplify clean rename split move extract"),
        "supporting": _parse_words("support handle accept read"),
    }
)
"""Words for the direction of a change. One is allowed where the cited evidence has a word of the same group."""

AMBIGUOUS_WORDS = _parse_words(
    """
    limit cut test block read patch open close support document start end create new clean split move fail break crash
    cover handle bump lower drop strip extract fix correct
    """
)
"""Words of these groups that are often nouns: "add a rate limit" does not say that a rate was reduced."""

OPPOSITE_GROUPS = MappingProxyType(
    {
        "adding": "removing",
        "removing": "adding",
        "fixing": "breaking",
        "enabling": "disabling",
        "disabling": "enabling",
        "raising": "lowering",
        "lowering": "raising",
        "starting": "ending",
        "ending": "starting",
    }
)

GROUPS_BY_THEME = MappingProxyType(
    {
        ChangeTheme.FEATURE: _parse_words("adding"),
        ChangeTheme.FIX: _parse_words("fixing"),
        ChangeTheme.DOCS: _parse_words("documenting"),
        ChangeTheme.TESTS: _parse_words("testing"),
    }
)
"""Groups that the theme of the evidence supports, unless the evidence says the opposite."""

NEGATION_WORDS = _parse_words("no not never without cannot nothing none neither nor dont doesnt didnt wont isnt arent")

NUMBER_WORDS = _parse_words(
    """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion dozen half
    quarter third twice thrice double triple quadruple once first second fourth fifth sixth seventh eighth ninth tenth
    several many few multiple numerous countless various all every everyone everything everywhere most majority both
    couple percent fold individual remain steady
    """
)
"""Words that count or measure without a digit: "four individuals", "remained steady"."""

JUDGEMENT_WORDS = _parse_words(
    """
    better best worse worst great good bad excellent amazing awesome impressive exciting remarkable outstanding superb
    brilliant elegant robust solid powerful seamless smooth efficient efficiency effective significant significantly
    substantial substantially dramatic dramatically massive huge major minor critical crucial vital essential important
    key notable faster slower quick quicker easier simpler safer stronger improve improvement enhance enhancement boost
    optimal optimize optimise streamline modern cutting edge state art milestone success successful proud dedicated
    dedication hard effort commitment thanks thank leader because therefore thus hence consequently result resulting
    due cause caused since so ensure ensuring guarantee guaranteed always more less largest smallest fully completely
    entirely greatly highly very really user customer community enterprise
    """
)
"""Praise, comparison, cause and promise: 9 % of the sentences of a similar product held one without evidence."""

STATE_BY_WORD = MappingProxyType(
    {"merge": "merged", "release": "published", "publish": "published", "ship": "published", "close": "closed",
     "reopen": "reopened", "approve": "approved", "deploy": "deployed", "plan": "planned", "propose": "proposed"}
)  # fmt: skip
"""Words for the state of a change, and the state that evidence must have unless its title says the word."""

GATE_VERSION = "1"


SENTENCE_PATTERN = r"^[A-Z][A-Za-z ,;:'()/-]{30,220}[.]$"
"""The form of a sentence: no digit, @, <, [, ], #, backtick or inner dot. The grammar enforces it, G2 checks it."""


MIN_SUPPORT = 0.5
"""Share of content words that the cited evidence must hold. 87.8 % of 1,494 real pairs pass, 0.6 % of random pairs."""


MIN_SUPPORT_MARGIN = 0.1
"""By this much the cited evidence must support a sentence better than any other evidence of the question."""


MAX_REPETITION = 0.8
"""Share of common content words from which on two sentences say the same."""


MIN_STEMS_PER_CITATION = 2
"""Content words that each cited item must share with the sentence, so that no citation is unrelated."""


_SENTENCE_REGEX = re.compile(SENTENCE_PATTERN)


_MARKUP = re.compile(r"[<>\[\]`*_#@|\\{}]|://|\bwww\.|&\w+;")


_GLUE_STEMS, _NEUTRAL_STEMS, _NUMBER_STEMS, _JUDGEMENT_STEMS, _NEGATION_STEMS = (
    frozenset(map(stem_word, words))
    for words in (GLUE_WORDS, NEUTRAL_WORDS, NUMBER_WORDS, JUDGEMENT_WORDS, NEGATION_WORDS)
)


_DIRECTION_STEMS = {group: frozenset(map(stem_word, words)) for group, words in DIRECTION_GROUPS.items()}


_GROUP_BY_STEM = {word: group for group, words in _DIRECTION_STEMS.items() for word in words}


_AMBIGUOUS_STEMS = frozenset(map(stem_word, AMBIGUOUS_WORDS))


_STATE_BY_STEM = {stem_word(word): state for word, state in STATE_BY_WORD.items()}


_REVERT_TITLE = re.compile(r"^(?:\w+(?:\([^)]*\))?!?:\s*)?revert\b", re.IGNORECASE)


@dataclass(frozen=True)
class CandidateSentence:
    """A sentence, the evidence it cites, the evidence it could have cited, and the sentences accepted before it."""

    text: str
    cited: Sequence[Evidence]
    alternatives: Sequence[Evidence] = ()
    accepted_texts: Sequence[str] = field(default=())

    @cached_property
    def content_stems(self) -> list[str]:
        """Stems of its words without glue words."""
        return [stem for stem in stem_words(self.text) if stem not in _GLUE_STEMS]

    @cached_property
    def evidence_stems(self) -> frozenset[str]:
        """Stems of the cited titles, repository names and excerpts, without names of people."""
        return frozenset().union(*(_get_evidence_stems(item) for item in self.cited))

    @cached_property
    def title_stems(self) -> frozenset[str]:
        """Stems of the cited titles, which would be printed anyway. A claim in a body proves nothing."""
        return frozenset().union(*(find_stems(item.title) for item in self.cited))


GateFunction = Callable[[CandidateSentence], Iterator[str]]


def gate_form(sentence: CandidateSentence) -> Iterator[str]:
    """G2: it is one sentence of plain letters, even if the server ignored the grammar."""
    if not _SENTENCE_REGEX.fullmatch(sentence.text):
        yield "is not one plain sentence of 32 to 222 letters"
    if contains_invisible(sentence.text):
        yield "contains invisible characters"


def gate_numbers(sentence: CandidateSentence) -> Iterator[str]:
    """G3: it has no digit, and no number word that is missing from the cited titles."""
    if any(char.isnumeric() for char in sentence.text):
        yield "contains a number; only templates write numbers"
    yield from (
        f"number word without evidence: {word}"
        for word in _find_unsupported_words(sentence, _NUMBER_STEMS, sentence.title_stems)
    )


def gate_vocabulary(sentence: CandidateSentence) -> Iterator[str]:
    """G4: every word is in the small vocabulary or in the cited evidence; names of people are in neither."""
    vocabulary = (
        _GLUE_STEMS
        | _NEUTRAL_STEMS
        | _NEGATION_STEMS
        | _NUMBER_STEMS
        | _JUDGEMENT_STEMS
        | _GROUP_BY_STEM.keys()
        | _STATE_BY_STEM.keys()
    )
    for stem in dict.fromkeys(sentence.content_stems):
        if stem not in vocabulary and stem not in sentence.evidence_stems:
            yield f"word without evidence: {stem}"


def gate_support(sentence: CandidateSentence) -> Iterator[str]:
    """G5: it is about each item that it cites, and fits no other item as well."""
    share = compute_support(sentence)
    if share < MIN_SUPPORT:
        yield f"only {share:.0%} of its words are in the cited evidence"
    content = set(sentence.content_stems)
    for item in sentence.cited:
        title = find_stems(display_title(item.title)) - _GLUE_STEMS
        if len(content & title) < min(MIN_STEMS_PER_CITATION, len(title)):
            yield f"cites {item.reference} without being about it"
    cited = {item.key for item in sentence.cited}
    rivals = (item for item in sentence.alternatives if item.key not in cited)
    rival_shares = (_compute_share(sentence.content_stems, _get_evidence_stems(item)) for item in rivals)
    if any(rival_share > share - MIN_SUPPORT_MARGIN for rival_share in rival_shares):
        yield "fits other evidence as well as the evidence that it cites"


def gate_direction(sentence: CandidateSentence) -> Iterator[str]:
    """G6: its direction (added, removed, fixed, enabled …), negation and reverts agree with the evidence.

    Only titles count: a body describes the state before a change as often as the state after it.
    """
    clear_stems = sentence.title_stems - _AMBIGUOUS_STEMS
    directions = {_GROUP_BY_STEM[stem] for stem in clear_stems if stem in _GROUP_BY_STEM}
    themes = {group for item in sentence.cited for group in GROUPS_BY_THEME.get(item.theme, ())}
    directions |= {group for group in themes if OPPOSITE_GROUPS.get(group) not in directions}
    for stem in sentence.content_stems:
        if stem in _GROUP_BY_STEM and stem not in sentence.title_stems and _GROUP_BY_STEM[stem] not in directions:
            yield f"direction without evidence: {stem}"
    sentence_negates = not _NEGATION_STEMS.isdisjoint(stem_words(sentence.text))
    evidence_negates = not _NEGATION_STEMS.isdisjoint(_list_title_stems(sentence.cited))
    if sentence_negates and not evidence_negates:
        yield "negates what the evidence affirms"
    if evidence_negates and not sentence_negates:
        yield "affirms what the evidence negates"
    reverts = any(_REVERT_TITLE.match(item.title) for item in sentence.cited)
    if reverts and not _DIRECTION_STEMS["reverting"] & set(sentence.content_stems):
        yield "does not say that the change is a revert"


def gate_state(sentence: CandidateSentence) -> Iterator[str]:
    """G6: it says merged, released or closed only of evidence in that state."""
    states = {item.state for item in sentence.cited}
    for stem in sentence.content_stems:
        if stem in _STATE_BY_STEM and stem not in sentence.title_stems and states != {_STATE_BY_STEM[stem]}:
            yield f"says {stem}, but the evidence is {', '.join(sorted(states))}"


def gate_judgement(sentence: CandidateSentence) -> Iterator[str]:
    """G7: it has no praise, comparison, cause or promise that is missing from the cited titles."""
    yield from (
        f"judges or explains: {word}"
        for word in _find_unsupported_words(sentence, _JUDGEMENT_STEMS, sentence.title_stems)
    )


def gate_markup(sentence: CandidateSentence) -> Iterator[str]:
    """G8: it has no link, mention, reference, HTML or Markdown."""
    if _MARKUP.search(sentence.text):
        yield "contains markup, a mention or a link"


def gate_repetition(sentence: CandidateSentence) -> Iterator[str]:
    """G9: it does not repeat an accepted sentence."""
    words = set(sentence.content_stems)
    for other in sentence.accepted_texts:
        other_words = {stem for stem in stem_words(other) if stem not in _GLUE_STEMS}
        if words and len(words & other_words) / len(words | other_words) >= MAX_REPETITION:
            yield "repeats another sentence"
            return


def gate_secrets(sentence: CandidateSentence) -> Iterator[str]:
    """G10: it has no secret and no e-mail address."""
    if contains_secret(sentence.text) or EMAIL_PATTERN.search(sentence.text):
        yield "contains a secret or an e-mail address"


GATES: dict[str, tuple[GateFunction, ...]] = {
    "G2": (gate_form,),
    "G3": (gate_numbers,),
    "G4": (gate_vocabulary,),
    "G5": (gate_support,),
    "G6": (gate_direction, gate_state),
    "G7": (gate_judgement,),
    "G8": (gate_markup,),
    "G9": (gate_repetition,),
    "G10": (gate_secrets,),
}


def check_gates(sentence: CandidateSentence) -> tuple[GateFailure, ...]:
    """Return every reason why a sentence may not be published; an empty tuple means that it passes."""
    return tuple(
        GateFailure(gate=code, reason=reason)
        for code, gates in GATES.items()
        for gate in gates
        for reason in gate(sentence)
    )


def compute_support(sentence: CandidateSentence) -> float:
    """Return the share of content words that the cited evidence holds, 0 to 1."""
    return _compute_share(sentence.content_stems, sentence.evidence_stems)


def _compute_share(content_stems: Sequence[str], stems: frozenset[str]) -> float:
    return sum(stem in stems for stem in content_stems) / len(content_stems) if content_stems else 0.0


def _get_evidence_stems(item: Evidence) -> frozenset[str]:
    return _get_text_stems(f"{item.title} {item.repository.rpartition('/')[2]} {item.excerpt}")


@lru_cache(maxsize=5000)  # every sentence of a question is compared with the same evidence
def _get_text_stems(text: str) -> frozenset[str]:
    return frozenset(find_stems(text))


def _list_title_stems(cited: Sequence[Evidence]) -> list[str]:
    return [stem for item in cited for stem in stem_words(item.title)]


def _find_unsupported_words(
    sentence: CandidateSentence, forbidden_stems: frozenset[str], allowed_stems: frozenset[str]
) -> list[str]:
    """Return the words whose stem is forbidden unless the evidence allows it, each once."""
    return [
        word
        for word in dict.fromkeys(split_words(sentence.text))
        if stem_word(word) in forbidden_stems and stem_word(word) not in allowed_stems
    ]
