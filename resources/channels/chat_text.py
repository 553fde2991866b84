"""Chat messages in the format of each service, made from the Markdown of a product.

The Markdown is parsed, and its visible text is written again by the rules of the service: Discord knows no HTML
entities and has markup of its own, and Slack takes rich text, in which nothing is parsed at all.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from markdown_it import MarkdownIt
from markdown_it.token import Token

MAX_DISCORD_LENGTH = 2000

_PARSER = MarkdownIt("commonmark", {"html": False})

_DISCORD_SPECIAL = re.compile(r"([\\`*_~|<>#\[\]()])")

_DISCORD_LINE_START = re.compile(r"^(\s*)([-+])|^(\s*\d+)([.)])", re.MULTILINE)
"""A list or the small print of Discord (`-# text`)."""


@dataclass(frozen=True)
class TextRun:
    """A part of a paragraph with one style; `url` is empty where it is no link."""

    text: str
    bold: bool = False
    code: bool = False
    url: str = ""


def parse_runs(markdown: str) -> list[list[TextRun]]:
    """Return the paragraphs, headings and list items of a Markdown text as runs of visible text."""
    inline_tokens = (token for token in _PARSER.parse(markdown) if token.type == "inline")
    return [list(_merge_runs(_read_runs(token.children or ()))) for token in inline_tokens]


def _read_runs(children: Sequence[Token]) -> Iterator[TextRun]:
    style = TextRun("")
    for child in children:
        match child.type:
            case "strong_open" | "strong_close":
                style = replace(style, bold=child.type == "strong_open")
            case "link_open" | "link_close":
                style = replace(style, url=str(child.attrs.get("href", "")) if child.type == "link_open" else "")
            case "text" | "text_special":
                yield replace(style, text=child.content)
            case "code_inline":
                yield replace(style, text=child.content, code=True)
            case "softbreak" | "hardbreak":
                yield replace(style, text=" ")
            case _:  # a picture, which no chat template has: its words remain
                yield replace(style, text=child.content)


def _merge_runs(runs: Iterator[TextRun]) -> Iterator[TextRun]:
    """Join neighbours of one style: an escaped sign is a token of its own."""
    waiting: TextRun | None = None
    for run in runs:
        if not run.text:
            continue
        if waiting and replace(run, text="") == replace(waiting, text=""):
            waiting = replace(waiting, text=waiting.text + run.text)
            continue
        if waiting:
            yield waiting
        waiting = run
    if waiting:
        yield waiting


def format_discord(markdown: str) -> str:
    """Return a Markdown text for Discord: its signs escaped by a backslash, addresses without a preview."""
    return "\n\n".join("".join(map(_format_discord_run, runs)) for runs in parse_runs(markdown))


def _format_discord_run(run: TextRun) -> str:
    if run.code and "`" not in run.text:
        text = f"`{run.text}`"
    else:
        text = _DISCORD_SPECIAL.sub(r"\\\1", run.text)
        text = _DISCORD_LINE_START.sub(lambda m: f"{m[1]}\\{m[2]}" if m[2] else f"{m[3]}\\{m[4]}", text)
    if run.url:
        # An address in angle brackets ends at the first `>`, and a space would end the link.
        text = f"[{text}](<{run.url.replace('>', '%3E').replace(' ', '%20')}>)"
    if not run.bold:
        return text
    # Discord shows `** word **` as it stands, so spaces stay outside.
    inner = text.strip()
    return text.replace(inner, f"**{inner}**", 1) if inner else text


def build_slack_blocks(markdown: str) -> list[dict[str, object]]:
    """Return a Markdown text as one block of Slack's rich text, a section for each paragraph.

    Slack parses nothing in it: neither markup nor mentions, channels or addresses in the text take effect.
    """
    paragraphs = [runs for runs in parse_runs(markdown) if runs]
    last = len(paragraphs) - 1
    sections: list[dict[str, object]] = []
    for number, runs in enumerate(paragraphs):
        elements = [_build_slack_element(run) for run in runs]
        if number < last:
            elements.append({"type": "text", "text": "\n\n"})
        sections.append({"type": "rich_text_section", "elements": elements})
    return [{"type": "rich_text", "elements": sections}]


def _build_slack_element(run: TextRun) -> dict[str, object]:
    style = {name: True for name, value in (("bold", run.bold), ("code", run.code)) if value}
    element: dict[str, object] = {"type": "link", "url": run.url} if run.url else {"type": "text"}
    return {**element, "text": run.text, **({"style": style} if style else {})}


def escape_slack_fallback(text: str) -> str:
    """Return a plain text for the `text` field of Slack, which is parsed: its three control characters as entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def count_discord_characters(text: str) -> int:
    """Return the length of a message as Discord may count it: an emoji beyond U+FFFF as two, to be on the safe side."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
