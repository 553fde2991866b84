"""Print the sentences of stories: as Markdown with links under words, as plain text, and as HTML. Pure.

Every part is escaped by its kind. A quotation loses its emphasis marks and the addresses of its links, never a word;
in plain text it loses its backticks too.
"""

import re
from collections.abc import Iterable
from html import escape as escape_html

from sparky_assets.documents.models import CodeExample
from sparky_assets.stories.models import SentencePart, StorySentence
from sparky_assets.text.escape import encode_url, escape_markdown, format_html_text, neutralize_mentions
from sparky_assets.text.x_rules import neutralize_post


def print_markdown(sentence: StorySentence) -> str:
    """Return a sentence as Markdown."""
    text = ""
    for part in sentence.parts:
        if part.url and text.endswith("!"):
            text = f"{text[:-1]}\\!"  # in front of a link it would make a picture of it
        text += _print_markdown_part(part)
    # A sign that opens a list or a heading at the start of a line: `1. item`, `- item`, `# item`.
    return re.sub(r"^(\d+(?=[.)])|(?=[-+#]))([.)]|[-+]|#{1,6})(?=\s|$)", r"\1\\\2", text)


def _print_markdown_part(part: SentencePart) -> str:
    if part.url:
        return f"[{_escape_inline(part.text)}]({encode_url(part.url)})"
    return _escape_inline(part.text)


def _escape_inline(text: str) -> str:
    """Return a text escaped for the middle of a line, with the spaces around it."""
    if not text.strip():
        return text
    before = text[: len(text) - len(text.lstrip())]
    after = text[len(text.rstrip()) :]
    escaped = escape_markdown(f"x {text.strip()}")  # a first word, so that no sign counts as the start of a block
    return f"{before and ' '}{escaped.removeprefix('x ')}{after and ' '}"


def print_plain(sentence: StorySentence) -> str:
    """Return a sentence as plain text without backticks and links."""
    return neutralize_post(neutralize_mentions(sentence.text.replace("`", "")))


def print_html(sentence: StorySentence) -> str:
    """Return a sentence as HTML with links."""
    return "".join(_print_html_part(part) for part in sentence.parts)


def _print_html_part(part: SentencePart) -> str:
    before = " " if part.text[:1].isspace() else ""
    after = " " if part.text[-1:].isspace() and part.text.strip() else ""
    text = f"{before}{format_html_text(part.text)}{after}"
    return f'<a href="{escape_html(encode_url(part.url))}">{text}</a>' if part.url else text


def print_all_markdown(sentences: Iterable[StorySentence]) -> str:
    """Return sentences as one paragraph of Markdown."""
    return " ".join(print_markdown(sentence) for sentence in sentences)


def print_all_plain(sentences: Iterable[StorySentence]) -> str:
    """Return sentences as one paragraph of plain text."""
    return " ".join(print_plain(sentence) for sentence in sentences)


def print_all_html(sentences: Iterable[StorySentence]) -> str:
    """Return sentences as one paragraph of HTML."""
    return " ".join(print_html(sentence) for sentence in sentences)


def print_code_block(example: CodeExample) -> str:
    """Return an example as a fenced code block; the fence is longer than any in its lines."""
    longest = max((len(run) for line in example.lines for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    language = example.language if re.fullmatch(r"[A-Za-z0-9+#-]{1,20}", example.language) else ""
    return "\n".join((f"{fence}{language}", *example.lines, fence))
