"""How many words of prose a reader sees: front matter, tables, pictures with their captions, references and the footer
are not counted."""

import re
from collections.abc import Iterator
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.token import Token

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
