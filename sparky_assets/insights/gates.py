"""The gates: what a sentence that a model worded must pass before anybody reads it. Deterministic, no model judges.

A gate is a small function that gives the reasons why a sentence fails, each with its code. The way the sentence came
(G0) is checked by the adapters, its form as JSON (G1) by phrase.py, the finished document (G11) by digests/checks.py.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from sparky_assets.insights.models import Evidence, Failure
from sparky_assets.insights.secrets import holds_secret
from sparky_assets.insights.text import headline
from sparky_assets.insights.vocabulary import (
    BY_THEME,
    DIRECTIONS,
    GLUE,
    JUDGEMENTS,
    NEGATIONS,
    NEUTRAL,
    NOUNS_TOO,
    NUMBER_WORDS,
    OPPOSITES,
    STATES,
)
from sparky_assets.insights.words import known_stems, stem, stems_in, words_in
from sparky_assets.raw.git_history import EMAIL

GATE_VERSION = "1"
SENTENCE = r"^[A-Z][A-Za-z ,;:'()/-]{30,220}[.]$"
"""A sentence as the grammar allows it: no digit, @, <, [, ], #, backtick or dot inside. Checked again here (G2)."""
LEAST_SUPPORT = 0.5
"""Share of content words that the cited evidence must hold. On 1,494 real pairs 87.8 % pass, 0.6 % of random ones."""
MARGIN = 0.1
LEAST_OF_EACH = 2
"""Content words that every cited thing must share with the sentence, so that a citation is not for show."""

_SENTENCE = re.compile(SENTENCE)
_MARKUP = re.compile(r"[<>\[\]`*_#@|\\{}]|://|\bwww\.|&\w+;")
_GLUE, _NEUTRAL, _NUMBERS, _JUDGEMENTS, _NEGATIONS = (
    frozenset(map(stem, words)) for words in (GLUE, NEUTRAL, NUMBER_WORDS, JUDGEMENTS, NEGATIONS)
)
_DIRECTIONS = {group: frozenset(map(stem, words)) for group, words in DIRECTIONS.items()}
_GROUP_OF = {word: group for group, words in _DIRECTIONS.items() for word in words}
_NOUNS_TOO = frozenset(map(stem, NOUNS_TOO))
_STATES = {stem(word): state for word, state in STATES.items()}
_REVERTING = re.compile(r"^(?:\w+(?:\([^)]*\))?!?:\s*)?revert\b", re.IGNORECASE)


@dataclass(frozen=True)
class Sentence:
    """A sentence with what it cites, what else it could have cited, and what was accepted before it."""

    text: str
    cited: Sequence[Evidence]
    others: Sequence[Evidence] = ()
    accepted: Sequence[str] = field(default=())

    @cached_property
    def content(self) -> list[str]:
        """Stems of its words, glue left out."""
        return [one for one in stems_in(self.text) if one not in _GLUE]

    @cached_property
    def vouched(self) -> frozenset[str]:
        """Stems that the cited evidence holds in titles, repository names and excerpts; not in names of people."""
        return frozenset().union(*(_stems_of(item) for item in self.cited))

    @cached_property
    def titles(self) -> frozenset[str]:
        """Stems of the cited titles: what would be printed anyway. An author's claim in a body proves nothing."""
        return frozenset().union(*(known_stems(item.title) for item in self.cited))


Gate = Callable[[Sentence], Iterator[str]]


def well_formed(sentence: Sentence) -> Iterator[str]:
    """G2: one sentence of plain letters, whatever the server's grammar allowed."""
    if not _SENTENCE.fullmatch(sentence.text):
        yield "is not one plain sentence of 32 to 222 letters"
    if any(unicodedata.category(char) in {"Cc", "Cf", "Co", "Cn", "Cs"} for char in sentence.text):
        yield "holds invisible characters"


def no_numbers(sentence: Sentence) -> Iterator[str]:
    """G3: no digit at all, and no word that counts unless a cited title says it."""
    if any(char.isnumeric() for char in sentence.text):
        yield "holds a number; numbers are written by templates"
    yield from (f"counts: {word}" for word in _unsaid(sentence, _NUMBERS, sentence.titles))


def only_known_words(sentence: Sentence) -> Iterator[str]:
    """G4: every word is of the small vocabulary or of the cited evidence; names of people are in neither."""
    known = _GLUE | _NEUTRAL | _NEGATIONS | _NUMBERS | _JUDGEMENTS | _GROUP_OF.keys() | _STATES.keys()
    for one in dict.fromkeys(sentence.content):
        if one not in known and one not in sentence.vouched:
            yield f"no cited evidence says: {one}"


def supported(sentence: Sentence) -> Iterator[str]:
    """G5: it is about what it cites, about each of it, and about nothing else more."""
    share = support(sentence)
    if share < LEAST_SUPPORT:
        yield f"only {share:.0%} of its words are in what it cites"
    content = set(sentence.content)
    for item in sentence.cited:
        title = known_stems(headline(item.title)) - _GLUE
        if len(content & title) < min(LEAST_OF_EACH, len(title)):
            yield f"cites {item.reference} for show"
    cited = {item.key for item in sentence.cited}
    rivals = (item for item in sentence.others if item.key not in cited)
    if any(_share(sentence.content, _stems_of(item)) > share - MARGIN for item in rivals):
        yield "fits other evidence as well as what it cites"


def same_direction(sentence: Sentence) -> Iterator[str]:
    """G6: it says added, removed, fixed, enabled … only where the evidence does, negates as it does, undoes as it does.

    Titles only: a body says what was there before as often as what is there now.
    """
    directions = {_GROUP_OF[one] for one in sentence.titles - _NOUNS_TOO if one in _GROUP_OF}
    themes = {group for item in sentence.cited for group in BY_THEME.get(item.theme, ())}
    directions |= {group for group in themes if OPPOSITES.get(group) not in directions}
    for one in sentence.content:
        if one in _GROUP_OF and one not in sentence.titles and _GROUP_OF[one] not in directions:
            yield f"the evidence does not say: {one}"
    said, meant = ({*words} & _NEGATIONS for words in (stems_in(sentence.text), _stems_of_titles(sentence.cited)))
    if bool(said) != bool(meant):
        yield "negates what the evidence affirms" if said else "affirms what the evidence negates"
    reverts = any(_REVERTING.match(item.title) for item in sentence.cited)
    if reverts and not _DIRECTIONS["reverting"] & set(sentence.content):
        yield "tells a revert as if it had been made anew"


def same_state(sentence: Sentence) -> Iterator[str]:
    """G6: merged, released, closed only of what was."""
    states = {item.state for item in sentence.cited}
    for one in sentence.content:
        if one in _STATES and one not in sentence.titles and states != {_STATES[one]}:
            yield f"says {one} of what is {', '.join(sorted(states))}"


def no_judgement(sentence: Sentence) -> Iterator[str]:
    """G7: no praise, comparison, cause or promise that no cited title holds word for word."""
    yield from (f"judges or explains: {word}" for word in _unsaid(sentence, _JUDGEMENTS, sentence.titles))


def inert(sentence: Sentence) -> Iterator[str]:
    """G8: no link, mention, reference, HTML or Markdown."""
    if _MARKUP.search(sentence.text):
        yield "holds markup, a mention or a link"


def not_told_before(sentence: Sentence) -> Iterator[str]:
    """G9: not what an accepted sentence says already."""
    words = set(sentence.content)
    for other in sentence.accepted:
        before = {one for one in stems_in(other) if one not in _GLUE}
        if words and len(words & before) / len(words | before) >= 0.8:
            yield "says what another sentence says"
            return


def no_secret(sentence: Sentence) -> Iterator[str]:
    """G10: no secret and no address of a person."""
    if holds_secret(sentence.text) or EMAIL.search(sentence.text):
        yield "holds a secret or an e-mail address"


GATES: dict[str, tuple[Gate, ...]] = {
    "G2": (well_formed,),
    "G3": (no_numbers,),
    "G4": (only_known_words,),
    "G5": (supported,),
    "G6": (same_direction, same_state),
    "G7": (no_judgement,),
    "G8": (inert,),
    "G9": (not_told_before,),
    "G10": (no_secret,),
}


def failures(sentence: Sentence) -> tuple[Failure, ...]:
    """Every reason why a sentence may not be published; none means that it may."""
    return tuple(
        Failure(gate=code, reason=reason)
        for code, gates in GATES.items()
        for gate in gates
        for reason in gate(sentence)
    )


def support(sentence: Sentence) -> float:
    """The share of its content words that the cited evidence holds."""
    return _share(sentence.content, sentence.vouched)


def _share(content: Sequence[str], stems: frozenset[str]) -> float:
    return sum(one in stems for one in content) / len(content) if content else 0.0


def _stems_of(item: Evidence) -> frozenset[str]:
    return _stems(f"{item.title} {item.repository.rpartition('/')[2]} {item.excerpt}")


@lru_cache(maxsize=5000)  # every sentence of a question is held against the same rivals
def _stems(text: str) -> frozenset[str]:
    return frozenset(known_stems(text))


def _stems_of_titles(cited: Sequence[Evidence]) -> list[str]:
    return [one for item in cited for one in stems_in(item.title)]


def _unsaid(sentence: Sentence, kind: frozenset[str], said: frozenset[str]) -> list[str]:
    return [word for word in dict.fromkeys(words_in(sentence.text)) if stem(word) in kind and stem(word) not in said]
