"""Words of titles for matching: stems with one form for verbs of the same meaning, and identifiers.

Nothing here is printed. Two titles may match only by words that say something: generic words never join two changes.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from sparky_assets.stories.titles.parts import split_area
from sparky_assets.text.words import stem_word

_EQUAL_WORDS = """
migrate switch move convert transition port
pin lock freeze
update bump upgrade
add introduce implement create support provide
remove drop delete
fix repair correct resolve
config configuration configure configurable settings
docs doc documentation document
dependency dependencies deps dep
improve enhance
repository repo
tighten restrict harden
environment env
authentication auth
parameter param argument arg
directory dir folder
"""
"""A line holds words of the same meaning; the first is used for all."""

_STOP_WORDS = """
a an the of for to in on with and or from by as at is are be been it its this that these those into when if not no via
using use used uses than then so but also only all any each per up out off over after before during between without
was were will can could should would do does did has have had more most some other our we you your their them via
"""

_GENERIC_WORDS = """
own
add update remove fix improve move pin config docs test tests dependency error errors message messages bug issue issues
file files code default value values command commands option options flag flags version versions release support new
change changes make allow handle return show set get better missing example examples name names type types list check
rename refactor clean cleanup simplify minor small various several feature features function functions method methods
module modules class package packages build ci workflow workflows action actions project readme page link links data
api cli ui input output user users string strings number numbers path paths line lines text field fields parameter
directory repository key keys item items service server client work working run running start stop read write open
close load save print log logs logging debug info warning warnings note notes comment comments script scripts tool
tools first last next part initial main master branch old more correct wrong proper properly instead environment
implementation implement ensure avoid prevent enable disable replace extract unused internal part phase step complete
usage pyproject toml json
"""

_COMMON_IDENTIFIERS = """
api cli ci cd ui ux json yaml toml html css xml http https url urls uri readme pr os id ids cpu gpu sql todo utf-8 utf8
csv pdf svg png tls ssl ssh io ip tcp udp dns db ast lsp macos linux windows github gitlab docker kubernetes python
javascript typescript rust java built-in built-ins read-only follow-up non-empty up-to-date no-op re-export opt-in
opt-out out-of-bounds multi-line single-line real-time e2e end-to-end pre-commit codeql dependabot i18n ok eof null none
pyproject.toml package.json cargo.toml go.mod setup.py requirements.txt changelog.md readme.md
true false error main self string int bool list float record table any nothing
"""

_STOP = frozenset(_STOP_WORDS.split())

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")

_PLAIN_WORD = re.compile(r"(?<![\w.:/<>=-])(?P<word>[^\W_]{3,})(?:['’]s)?(?=[\s`'\"’”)\],:;!?]|\.?$)")
"""A word by itself: none of `UV_SKIP_WHEEL` and `str.partition`."""

_NAMED = re.compile(
    r"(?<!\w)[`'\"‘“](?P<name>\w[\w -]{1,30})[`'\"’”] (?P<kind>(?:sub)?command|option|flag|setting)s?\b", re.IGNORECASE
)
"""A plain word that quotation marks make the name of something: `the 'run' command`."""

_CODE_SPAN = re.compile(r"`([^`\n]{1,80})`")

_IDENTIFIER = re.compile(
    r"(?<![\w/.-])(?:--?[a-z][\w-]{2,40}|[A-Za-z]\w*(?:[-_.:/]+[A-Za-z0-9]\w*){1,5}|[A-Z][A-Z0-9]{1,20}s?\b"
    r"|[A-Z]?[a-z0-9]+(?:[A-Z][a-z0-9]*)+|[A-Z]{2,}[a-z]+\w*)(?![\w])"
)

_BACKPORT = re.compile(r"^\W*(?:back-?port|cherry-?pick)\b[^\]:]{0,40}[\]:)]?\s*|^\[[\w./ -]{1,30}\]\s*", re.IGNORECASE)


def _build_equal_words() -> dict[str, str]:
    equal: dict[str, str] = {}
    for line in _EQUAL_WORDS.strip().splitlines():
        words = line.split()
        for word in words:
            equal[word] = words[0]
            equal[stem_word(word)] = words[0]
    return equal


_EQUAL = _build_equal_words()


@lru_cache(maxsize=100_000)
def canonicalize_word(word: str) -> str:
    """Return the one form of all words of the same stem or meaning: `Switched` gives `migrate`."""
    lower = word.lower().removesuffix("'s").removesuffix("’s")
    stem = stem_word(lower)
    return _EQUAL.get(lower) or _EQUAL.get(stem) or stem


_GENERIC = frozenset(canonicalize_word(word) for word in _GENERIC_WORDS.split())

_COMMON = frozenset(_COMMON_IDENTIFIERS.split())


@dataclass(frozen=True)
class TitleWords:
    """What a title is compared by."""

    key: tuple[str, ...]
    """Sorted distinct content words in their canonical form; equal keys are equal titles."""
    telling: frozenset[str]
    """The words of `key` that are not generic."""
    identifiers: frozenset[str]
    """Lower-case identifiers: code spans, hyphenated, capitals, camel or snake case."""
    pairs: tuple[tuple[str, str], ...]
    """Distinct adjacent words in the order of the title, at most one of each pair generic."""


def find_plain_words(title: str) -> dict[str, str]:
    """Return the telling words of a title that stand by themselves, in canonical form, each as the title writes it.

    The first word is none of them: mostly it is the verb.
    """
    bare = split_area(_BACKPORT.sub("", title[:300]))[1]
    telling = analyze_title(title).telling
    found: dict[str, str] = {}
    for match in _PLAIN_WORD.finditer(bare, len(bare.partition(" ")[0])):
        word = canonicalize_word(match["word"])
        if word in telling:
            found.setdefault(word, match["word"])
    return found


_LAST_WORD = re.compile(
    r"(?P<word>[^\W_]{3,})(?:['’]s\b|(?=[`'\"’”)\],:;!?.]*(?:$|\s+(?:to|in|on|for|with|of|from|by|at|and|or|when|if|as"
    r"|that|is|are|into|so|not|via|without|after|before|instead)\b)))"
)


def find_last_words(title: str) -> set[str]:
    """Return the words of a title, in canonical form, that end a group of words: nouns, mostly."""
    return {canonicalize_word(match["word"]) for match in _LAST_WORD.finditer(title[:300])}


@lru_cache(maxsize=100_000)
def analyze_title(title: str) -> TitleWords:
    """Return the words of a title without prefix, area and numbers: an area that two titles name joins nothing."""
    bare = split_area(_BACKPORT.sub("", title[:300]))[1]
    ordered = [word for word in (canonicalize_word(match[0]) for match in _WORD.finditer(bare)) if word not in _STOP]
    telling = frozenset(word for word in ordered if word not in _GENERIC and not word.isdigit())
    pairs = dict.fromkeys(
        (first, second)
        for first, second in pairwise(ordered)
        if (first in telling or second in telling) and first != second
    )
    return TitleWords(tuple(sorted(set(ordered))), telling, find_identifiers(bare), tuple(pairs))


def find_identifiers(text: str) -> frozenset[str]:
    """Return the identifiers of a text in lower case, without those that every project uses."""
    names = [span.strip().lower() for span in _CODE_SPAN.findall(text)]
    names += [match[0].lower() for match in _IDENTIFIER.finditer(_CODE_SPAN.sub(" ", text))]
    names += [f"{match['name']} {match['kind']}".lower() for match in _NAMED.finditer(text)]
    return frozenset(
        name
        for name in names
        if len(name) > 1 and name not in _COMMON and not name.isdigit() and not _is_generic_choice(name)
    )


_CAMEL_NAME = re.compile(
    r"(?<![\w/])(?:[\w.]{1,60}[.:])?(?P<start>[A-Z]?[a-z]{2,20}[A-Z][a-z]{1,20})(?:(?P<rest>[A-Z][A-Za-z0-9]{1,40})|\*)(?!\w)"
)
_SNAKE_NAME = re.compile(r"(?<![\w/])(?P<start>[a-z]{2,20}_[a-z]{2,20})(?:_(?P<rest>[a-z0-9_]{2,40})|_?\*)(?!\w)")


def find_families(title: str) -> dict[str, tuple[str, str]]:
    """Return the beginnings of names of three words or more in a title, in lower case: `getBy` of `getByRole`.

    With each its spelling, and what the name goes on with; that is empty for a pattern of names: `getBy*`.
    """
    matches = (*_CAMEL_NAME.finditer(title[:300]), *_SNAKE_NAME.finditer(title[:300]))
    return {match["start"].lower(): (match["start"], (match["rest"] or "").lower()) for match in matches}


VERB_MARK = " …"
"""Behind a verb with which many titles begin: `Defer …`."""
_FIRST_WORD = re.compile(r"(?P<verb>[A-Za-z][a-z]{3,15})\s+(?P<rest>\S.{2,})")


def find_leading_verb(title: str) -> tuple[str, str] | None:
    """Return the first word of a title, where that is no word of every project, and the rest; else None.

    Titles of one person that begin with one rare verb are steps of one piece of work: `Defer …`.
    """
    match = _FIRST_WORD.match(split_area(title[:300])[1])
    is_telling = match is not None and is_telling_word(match["verb"])
    return (match["verb"], match["rest"].lower()) if match and is_telling else None


def _is_generic_choice(name: str) -> bool:
    """Return whether a name is two generic words with a slash between them: `input/output`."""
    return "/" in name and is_generic_phrase(name.replace("/", " "))


def is_telling_word(word: str) -> bool:
    """Return whether a word by itself says something: it is no word of plain English or of every project."""
    canonical = canonicalize_word(word)
    plain = canonical in _STOP or canonical in _GENERIC or canonical in _COMMON
    return len(word) > 2 and not word.isdigit() and not plain


def is_telling(words: TitleWords) -> bool:
    """Return True if the title says enough that an equal one is about the same: three words, one not generic."""
    return len(words.key) >= 3 and bool(words.telling)


def is_generic_phrase(name: str) -> bool:
    """Return True if all words of an identifier are words of plain English or of every project."""
    words = [canonicalize_word(word) for word in name.split()]
    return len(name) < 3 or all(word in _GENERIC or word in _STOP or word in _COMMON for word in words)
