"""How many words of prose a reader sees: front matter, tables, pictures with their captions, references and the footer
are not counted.

Take texts apart into comparable words: identifiers split, endings off. English, deterministic, no dictionary.

How rules say numbers, lists and names: the few phrases that all sections share.

What counts as a number in a text, for everyone who checks that a printed number is a known one.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from sparky_assets.metrics.models import MetricValue

_LETTER_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


_CAMEL_BOUNDARY = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


_VOWEL = re.compile(r"[aeiouy]")


def split_words(text: str) -> list[str]:
    """The words of a text in lower case, apostrophes out."""
    return [match[0].lower().replace("'", "").replace("’", "") for match in _LETTER_WORD.finditer(text)]


def stem_words(text: str) -> list[str]:
    """The stems of the words of a text."""
    return [stem_word(word) for word in split_words(text)]


def find_stems(text: str) -> set[str]:
    """Every stem that a text vouches for: its words, and the parts of its identifiers (`readConfig`, `num_ctx`)."""
    parts = " ".join(_CAMEL_BOUNDARY.sub(" ", word) for word in re.split(r"[\W_]+", text))
    return {*stem_words(text), *stem_words(text.replace("-", "")), *stem_words(parts)}


@lru_cache(maxsize=50_000)
def stem_word(word: str) -> str:
    """A word without its grammatical ending: `added`, `adding`, `adds` are `add`; `dependencies` is `dependency`."""
    if len(word) <= 3:
        return word
    for ending, instead, least in (("ies", "y", 3), ("ied", "y", 3), ("sses", "ss", 2)):
        if word.endswith(ending) and len(word) - len(ending) >= least - 1:
            return word[: -len(ending)] + instead
    for ending in ("ing", "ed", "es", "s"):
        base = word[: -len(ending)]
        if word.endswith(ending) and len(base) >= 3 and _VOWEL.search(base) and not word.endswith("ss"):
            return _strip_doubled_letter(base)
    return _strip_doubled_letter(word)


def _strip_doubled_letter(base: str) -> str:
    # `dropped` and `drop`, `removed` and `remove` have to meet.
    if len(base) > 3 and base[-1] == base[-2] and base[-1] not in "aeiosl":
        return base[:-1]
    return base[:-1] if len(base) > 3 and base.endswith("e") else base


def pluralize(count: MetricValue, singular: str, plural: str | None = None) -> str:
    """`1 commit`, `2 commits`, `1,234 people`."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def join_words(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def short_name(repository: str) -> str:
    """A repository's name without its owner."""
    return repository.rpartition("/")[2]


_NUMBER_PATTERN = re.compile(r"\d+(?:[.,:]\d+)*")


def find_numbers(text: str) -> Iterator[str]:
    """Each run of digits with the dots, commas and colons inside it: `1,234`, `2.10.0`, `00:15`."""
    return (match[0] for match in _NUMBER_PATTERN.finditer(text))


FRONT_MATTER_BLOCK = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


_HTML_TAG = re.compile(r"<head>.*?</head>|<[^>]*>", re.DOTALL)


_URL_PATTERN = re.compile(r"https?://\S+")


_FOOTER_START = {"txt": re.compile(r"^IN NUMBERS$", re.MULTILINE), "html": re.compile(r"<h2[^>]*>In numbers</h2>|<hr")}
"""Where prose ends in a mail."""


_PROSE_WORD = re.compile(r"\w+(?:[.,:'’/_+-]+\w+)*")


def count_words(text: str) -> int:
    """The words of a plain text; `2.10.0`, `don't` and `time-to-merge` are one each."""
    return len(_PROSE_WORD.findall(text))


def count_prose_words(text: str, suffix: str = "md") -> int:
    """The words of prose of a finished text. Plain text and HTML: without addresses, tags, the table and the footer."""
    if suffix == "md":
        return _count_markdown_words(text)
    body = _FOOTER_START[suffix].split(text, maxsplit=1)[0]
    return count_words(_URL_PATTERN.sub(" ", unescape(_HTML_TAG.sub(" ", body)) if suffix == "html" else body))


def _count_markdown_words(markdown: str) -> int:
    """The footer begins at the last rule."""
    tokens = MarkdownIt("commonmark").enable("table").parse(FRONT_MATTER_BLOCK.sub("", markdown, count=1))
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
    """What is read as a sentence: `(#12, v1.2.0)` behind it is a reference, a link that is a name is not."""
    linked = False
    for number, child in enumerate(children):
        if child.type in {"link_open", "link_close"}:
            linked = child.type == "link_open"
        elif child.type in {"text", "code_inline", "text_special", "softbreak"}:
            before = "".join(one.content for one in children[:number])
            in_brackets = before.rfind("(") > before.rfind(")")
            if not (linked and in_brackets):
                yield child.content or " "


MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
