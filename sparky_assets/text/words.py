"""Words: split texts into comparable words, format numbers, lists and durations, count the words of finished prose.

English and deterministic, without a dictionary and without the machine's locale. Cleaning belongs in `clean.py`.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.token import Token

_LETTER_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


_CAMEL_BOUNDARY = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


_VOWEL = re.compile(r"[aeiouy]")


def split_words(text: str) -> list[str]:
    """Return the words of a text in lower case, without apostrophes."""
    return [match[0].lower().replace("'", "").replace("’", "") for match in _LETTER_WORD.finditer(text)]


def stem_words(text: str) -> list[str]:
    """Return the stem of each word of a text."""
    return [stem_word(word) for word in split_words(text)]


def find_stems(text: str) -> set[str]:
    """Return the stems of the words of a text and of the parts of its identifiers (`readConfig`, `num_ctx`)."""
    parts = " ".join(_CAMEL_BOUNDARY.sub(" ", word) for word in re.split(r"[\W_]+", text))
    stems = {*stem_words(text), *stem_words(parts)}
    return stems | set(stem_words(text.replace("-", ""))) if "-" in text else stems


_CODE_NAME = re.compile(r"(?:--)?[A-Za-z]\w*(?:[-_.:]+\w+)+|--\w+|[a-z]+[A-Z]\w+|[A-Z][a-z]+(?:[A-Z][a-z]+)+")
_SURE_CODE = re.compile(r"`|(?:^|\s)(?:--\w|\w+[._]\w|[A-Za-z]*[a-z][A-Z])")


def find_code_names(text: str, min_length: int) -> set[str]:
    """Return the names of code in a text that say more than a plain word: `min-release-age`, `--wait`, `RequestKey`.

    Args:
        text: a title or a sentence.
        min_length: characters of a name from which it is of one thing.
    """
    return {name for name in _CODE_NAME.findall(text) if len(name) >= min_length}


def names_code(text: str) -> bool:
    """Return whether a text names something of code for sure: an option, `snake_case`, a dotted name, in backticks.

    A word with a hyphen may be plain English: `built-in`.
    """
    return bool(_SURE_CODE.search(text))


@lru_cache(maxsize=50_000)
def stem_word(word: str) -> str:
    """Return a word without its grammatical ending: `added`, `adds` give `add`; `dependencies` gives `dependency`."""
    if len(word) <= 3:
        return word
    for ending, replacement, min_length in (("ies", "y", 2), ("ied", "y", 2), ("sses", "ss", 1)):
        if word.endswith(ending) and len(word) - len(ending) >= min_length:
            return word[: -len(ending)] + replacement
    for ending in ("ing", "ed", "es", "s"):
        base = word[: -len(ending)]
        if word.endswith(ending) and len(base) >= 3 and _VOWEL.search(base) and not word.endswith("ss"):
            return _strip_doubled_letter(base)
    return _strip_doubled_letter(word)


def _strip_doubled_letter(base: str) -> str:
    # `dropped` and `drop`, `removed` and `remove` must have the same stem.
    if len(base) > 3 and base[-1] == base[-2] and base[-1] not in "aeiosl":
        return base[:-1]
    return base[:-1] if len(base) > 3 and base.endswith("e") else base


def pluralize(count: int | Decimal, singular: str, plural: str | None = None) -> str:
    """Format a count with its noun: `1 commit`, `2 commits`, `1,234 people`."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def join_words(parts: Sequence[str]) -> str:
    """Join parts as prose: `a`, `a and b`, `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


_MAJOR_VERSION = re.compile(r"v\d{1,2}")


def short_name(repository: str) -> str:
    """Return the name of a repository without its owner; of one that is called by a major version, its owner.

    The path of a Go module ends with its major version, and so does the repository of some: `miniflux/v2`.
    """
    owner, _, name = repository.rpartition("/")
    return owner.rpartition("/")[2] if owner and _MAJOR_VERSION.fullmatch(name) else name


def format_duration(hours: Decimal, day_unit: str = "days") -> str:
    """Format a duration in its own unit: `18 min`, `5.5 h`, from 48 hours on `3.2 days`.

    Args:
        hours: the duration.
        day_unit: the unit behind a number of days; charts and footers use the short `d`.
    """
    if hours < 1:
        return f"{round(hours * 60)} min"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} {day_unit}"


_NUMBER_PATTERN = re.compile(r"\d+(?:[.,:]\d+)*")


def find_numbers(text: str) -> Iterator[str]:
    """Yield each run of digits with the dots, commas and colons inside it: `1,234`, `2.10.0`, `00:15`.

    Every check that a printed number is a known one uses this definition of a number.
    """
    return (match[0] for match in _NUMBER_PATTERN.finditer(text))


FRONT_MATTER_BLOCK = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


_HTML_TAG = re.compile(r"<head>.*?</head>|<[^>]*>", re.DOTALL)


_URL_PATTERN = re.compile(r"https?://\S+")


_FOOTER_START = {"txt": re.compile(r"^IN NUMBERS$", re.MULTILINE), "html": re.compile(r"<h2[^>]*>In numbers</h2>|<hr")}
"""Suffix of a mail -> where its prose ends."""


_PROSE_WORD = re.compile(r"\w+(?:[.,:'’/_+-]+\w+)*")


def count_words(text: str) -> int:
    """Return the number of words of a plain text; `2.10.0`, `don't` and `time-to-merge` are one word each."""
    return len(_PROSE_WORD.findall(text.replace("\u200b", "")))  # it breaks `setup.py` and is no end of a word


def count_prose_words(text: str, suffix: str = "md") -> int:
    """Return the number of words of prose in a finished text of type `md`, `txt` or `html`.

    Front matter, tables, pictures with captions, references, URLs and the footer are not counted.
    """
    if suffix == "md":
        return _count_markdown_words(text)
    body = _FOOTER_START[suffix].split(text, maxsplit=1)[0]
    return count_words(_URL_PATTERN.sub(" ", unescape(_HTML_TAG.sub(" ", body)) if suffix == "html" else body))


def _count_markdown_words(markdown: str) -> int:
    tokens = MarkdownIt("commonmark").enable("table").parse(FRONT_MATTER_BLOCK.sub("", markdown, count=1))
    # The footer begins at the last horizontal rule.
    rules = [number for number, token in enumerate(tokens) if token.type == "hr"]
    return sum(count_words(text) for text in _list_prose_texts(tokens[: rules[-1]] if rules else tokens))


def _list_prose_texts(tokens: list[Token]) -> Iterator[str]:
    in_table = False
    for token in tokens:
        if token.type in {"table_open", "table_close"}:
            in_table = token.type == "table_open"
        if token.type == "inline" and not in_table:
            yield "".join(_drop_references(token.children or []))


def _drop_references(children: list[Token]) -> Iterator[str]:
    """Yield the text of a sentence. Links in brackets behind it, `(#12, v1.2.0)`, are references and left out."""
    linked = False
    for number, child in enumerate(children):
        if child.type in {"link_open", "link_close"}:
            linked = child.type == "link_open"
        elif child.type in {"text", "code_inline", "text_special", "softbreak"}:
            before = "".join(sibling.content for sibling in children[:number])
            in_brackets = before.rfind("(") > before.rfind(")")
            if not (linked and in_brackets):
                yield child.content or " "


_HARMS = tuple(
    re.compile(rf"\b(?:{pattern})", re.IGNORECASE)
    for pattern in (
        r"corrupt|data loss|los(?:es?|ing|t) (?:data|messages|writes)|secur|vulnerab|bypass|pre-?auth|unauthori[sz]ed"
        r"|authenticatable|permission (?:checks?|denies)|access control"
        r"|leak\w* (?:secret|credential|token|password)",
        r"crash|panic|segfault|deadlock|hang|overflow|underflow|memory leak|infinite|use.after.free|exhaust",
        r"wrong|incorrect|regress|broken|fail",
    )
)
"""What a fix saves its readers from, the worst first."""


def rank_harm(text: str) -> int:
    """Return 0 for the worst that a fix may save its readers from, a loss of data, and more for less, up to 3."""
    return next((number for number, word in enumerate(_HARMS) if word.search(text)), len(_HARMS))
