"""A digest's Markdown as HTML whose sentences know what they stand on. Pure, and safe: no HTML of the text comes alive.

The page shows the published bytes, not a second rendering of the same facts; each claim of the insight is found in
them by its words, as the door before publishing finds it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from sparky_assets.digests.escaping import BREAK
from sparky_assets.digests.words import FRONT_MATTER

LONGEST_LAST_WORD = 24
"""Characters that may be kept on one line; more would not fit on a phone."""
SCHEMES = {"http", "https", "mailto"}
_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")
_RENDERER = RendererHTML(_PARSER)


@dataclass(frozen=True)
class Sentence:
    """A stretch of HTML and the id of the claim that it is; None where it is no claim (a label, a footer)."""

    html: str
    claim: str | None


@dataclass(frozen=True)
class Known:
    """A claim that a text may hold: its id, its words, and the references shown with them."""

    claim: str
    text: str
    labels: tuple[str, ...] = ()
    """Where two claims say the same words, these tell whose they are: they stand in the same paragraph."""


Wanted = Sequence[tuple[str, Sequence[Known]]]
"""Words, longest first, with the claims that say them: two repositories may have one and the same title."""


@dataclass(frozen=True)
class Block:
    """A part of a page: a heading, a paragraph, an item of a list, or anything else as finished HTML."""

    kind: str
    """`h1` to `h6`, `p`, `li`, `list_open`, `list_close`, or `html`."""
    sentences: tuple[Sentence, ...] = ()
    html: str = ""
    anchor: str = ""

    @property
    def text(self) -> str:
        """Its words without markup, for a table of contents."""
        return re.sub(r"<[^>]*>", "", "".join(one.html for one in self.sentences))


def blocks_of(markdown: str, claims: Sequence[Known] = (), pictures: Mapping[str, str] | None = None) -> list[Block]:
    """The blocks of a text; `claims` are what it may say, `pictures` the addresses to show for those in the text.

    A picture that is not in `pictures` is left out, and so is a link that leads anywhere but to the web.
    """
    tokens = _PARSER.parse(FRONT_MATTER.sub("", markdown, count=1))
    known: dict[str, list[Known]] = {}
    for one in claims:
        if words := _plain(one.text).rstrip("."):
            known.setdefault(words, []).append(one)
    longest_first = sorted(known.items(), key=lambda item: -len(item[0]))
    return list(_blocks(tokens, longest_first, pictures or {}))


def html_of(markdown: str, pictures: Mapping[str, str] | None = None) -> str:
    """A text as plain HTML, for feeds and the API."""
    tokens = _PARSER.parse(FRONT_MATTER.sub("", markdown, count=1))
    safe = [_plain_token(token, pictures or {}) for token in tokens]
    return str(_RENDERER.render(safe, _PARSER.options, {}))


def _blocks(tokens: Sequence[Token], claims: Wanted, pictures: Mapping[str, str]) -> Iterator[Block]:
    number = 0
    while number < len(tokens):
        token = tokens[number]
        if token.type in {"heading_open", "paragraph_open"}:
            inline = tokens[number + 1]
            kind = token.tag if token.type == "heading_open" else _kind_of_paragraph(tokens, number)
            found = _sentences(inline, claims, pictures)
            yield Block(kind, found, anchor=slug(inline.content) if kind.startswith("h") else "")
            number += 3
        elif token.type in {"bullet_list_open", "ordered_list_open"}:
            yield Block("list_open", html="<ol>" if token.tag == "ol" else "<ul>")
            number += 1
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            yield Block("list_close", html="</ol>" if token.tag == "ol" else "</ul>")
            number += 1
        elif token.type in {"list_item_open", "list_item_close"}:
            number += 1
        else:
            end = _end_of(tokens, number)
            part = [_plain_token(one, pictures) for one in tokens[number:end]]
            yield Block("html", html=str(_RENDERER.render(part, _PARSER.options, {})))
            number = end


def _plain_token(token: Token, pictures: Mapping[str, str]) -> Token:
    if token.type == "inline":
        return replace(token, children=_tamed(token.children or [], pictures))
    # The column's alignment comes as an inline style, which our policy forbids; a class says the same.
    if aligned := re.fullmatch(r"text-align:(left|right|center)", str(token.attrs.get("style", ""))):
        return replace(token, attrs={"class": aligned[1]})
    return token


def _kind_of_paragraph(tokens: Sequence[Token], number: int) -> str:
    return "li" if number and tokens[number - 1].type == "list_item_open" else "p"


def _end_of(tokens: Sequence[Token], start: int) -> int:
    """One behind the token that closes what `start` opens."""
    depth = 0
    for number in range(start, len(tokens)):
        depth += tokens[number].nesting
        if depth <= 0:
            return number + 1
    return len(tokens)


def _sentences(inline: Token, claims: Wanted, pictures: Mapping[str, str]) -> tuple[Sentence, ...]:
    children = _tamed(inline.children or [], pictures)
    spans = _spans(_visible(children), claims)
    if not spans:
        return (Sentence(_html(children), None),)
    parts: list[list[Token]] = _cut(children, [start for start, _ in spans[1:]])
    if len(parts) != len(spans):
        return (Sentence(_html(children), spans[0][1]),)
    return tuple(Sentence(_html(part), claim) for part, (_, claim) in zip(parts, spans, strict=True))


def _spans(text: str, claims: Wanted) -> list[tuple[int, str]]:
    """Where claims begin in a text, and which; the longest wins where two would begin at one place."""
    taken: list[tuple[int, int, str]] = []
    for words, candidates in claims:
        at = text.find(words)
        begins = at == 0 or (at > 0 and text[at - 1].isspace())
        if begins and not any(start < at + len(words) and at < end for start, end, _ in taken):
            fitting = (one for one in candidates if all(label in text for label in one.labels))
            taken.append((at, at + len(words), next(fitting, candidates[0]).claim))
    return [(start, claim) for start, _, claim in sorted(taken)]


def _cut(children: Sequence[Token], positions: Sequence[int]) -> list[list[Token]]:
    """Inline tokens cut where sentences begin; a place inside a link or emphasis is not cut at."""
    parts: list[list[Token]] = [[]]
    wanted, seen, depth = list(positions), 0, 0
    for child in children:
        depth += child.nesting
        rest = child
        size = len(_text_of(child))
        while wanted and depth == 0 and child.type == "text" and seen <= wanted[0] < seen + size:
            offset = wanted.pop(0) - seen
            raw = _raw_offset(rest.content, offset)
            parts[-1].append(replace(rest, content=rest.content[:raw]))
            parts.append([])
            rest = replace(rest, content=rest.content[raw:])
            seen, size = seen + offset, size - offset
        parts[-1].append(rest)
        seen += size
    return parts


def _raw_offset(content: str, offset: int) -> int:
    """Where the character at `offset` of the visible text stands in the raw one, which also holds breaks."""
    seen = 0
    for raw, char in enumerate(content):
        if char != BREAK:
            if seen == offset:
                return raw
            seen += 1
    return len(content)


def _tamed(children: Sequence[Token], pictures: Mapping[str, str]) -> list[Token]:
    """Links only to the web, and never with a hold on our window; pictures only those that we hold."""
    tamed: list[Token] = []
    dropped = 0
    for child in children:
        if child.type == "link_open":
            if urlsplit(str(child.attrs.get("href", ""))).scheme not in SCHEMES:
                dropped += 1
                continue
            child = replace(child, attrs={**child.attrs, "rel": "noopener noreferrer nofollow"})  # noqa: PLW2901
        elif child.type == "link_close" and dropped:
            dropped -= 1
            continue
        elif child.type == "image":
            address = pictures.get(str(child.attrs.get("src", "")))
            if address is None:
                continue
            child = replace(child, attrs={**child.attrs, "src": address, "loading": "lazy"})  # noqa: PLW2901
        tamed.append(child)
    return tamed


def _html(children: Iterable[Token]) -> str:
    return str(_RENDERER.renderInline(list(children), _PARSER.options, {}))


def _visible(children: Iterable[Token]) -> str:
    return "".join(_text_of(child) for child in children)


def _text_of(child: Token) -> str:
    if child.type in {"text", "code_inline", "text_special"}:
        return child.content.replace(BREAK, "")
    return " " if child.type in {"softbreak", "hardbreak"} else ""


def _plain(text: str) -> str:
    return " ".join(text.replace(BREAK, "").replace("`", "").split())


def last_word(html: str) -> tuple[str, str]:
    """HTML cut before its last word, so that a mark behind it can be kept on its line; nothing is cut inside markup."""
    for match in reversed(list(re.finditer(r" (?![^<>]*>)", html))):
        tail = html[match.end() :]
        visible = re.sub(r"<[^>]*>", "", tail)
        if len(visible) > LONGEST_LAST_WORD:
            break
        if visible and len(re.findall(r"<[a-z]", tail)) == tail.count("</"):
            return html[: match.end()], tail
    return html, ""


def slug(text: str) -> str:
    """A heading as an anchor: letters and digits with dashes between."""
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).lower()).strip("-")[:60] or "part"
