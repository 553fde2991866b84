"""How many words of prose a reader sees: front matter, tables, pictures with their captions, references and the footer
are not counted."""

import re
from collections.abc import Iterator
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.token import Token

FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_TAG = re.compile(r"<head>.*?</head>|<[^>]*>", re.DOTALL)
_ADDRESS = re.compile(r"https?://\S+")
_FOOT = {"txt": re.compile(r"^IN NUMBERS$", re.MULTILINE), "html": re.compile(r"<h2[^>]*>In numbers</h2>|<hr")}
"""Where prose ends in a mail."""
_WORD = re.compile(r"\w+(?:[.,:'’/_+-]+\w+)*")


def words_in(text: str) -> int:
    """The words of a plain text; `2.10.0`, `don't` and `time-to-merge` are one each."""
    return len(_WORD.findall(text))


def count_words(text: str, suffix: str = "md") -> int:
    """The words of prose of a finished text. Plain text and HTML: without addresses, tags, the table and the footer."""
    if suffix == "md":
        return _in_markdown(text)
    body = _FOOT[suffix].split(text, maxsplit=1)[0]
    return words_in(_ADDRESS.sub(" ", unescape(_TAG.sub(" ", body)) if suffix == "html" else body))


def _in_markdown(markdown: str) -> int:
    """The footer begins at the last rule."""
    tokens = MarkdownIt("commonmark").enable("table").parse(FRONT_MATTER.sub("", markdown, count=1))
    rules = [number for number, token in enumerate(tokens) if token.type == "hr"]
    return sum(words_in(text) for text in _prose(tokens[: rules[-1]] if rules else tokens))


def _prose(tokens: list[Token]) -> Iterator[str]:
    in_table = False
    for token in tokens:
        if token.type in {"table_open", "table_close"}:
            in_table = token.type == "table_open"
        if token.type == "inline" and not in_table:
            yield "".join(_without_references(token.children or []))


def _without_references(children: list[Token]) -> Iterator[str]:
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
