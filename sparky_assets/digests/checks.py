"""Read the final Markdown again, as a reader's renderer would, and account for every sentence, number and address."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from sparky_assets.digests.markdown import BREAK
from sparky_assets.digests.models import Digest
from sparky_assets.insights.models import Insight
from sparky_assets.numbers import numbers_in

FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


def unaccounted(markdown: str, digest: Digest, insight: Insight) -> Iterator[str]:
    """What the text holds that the store does not: each with the words it stands in.

    * a paragraph or list item that is no claim and no line of the footer,
    * a number that is no fact, no part of cited evidence and no date of the period,
    * a link that was not built from ids, HTML, an image, or a block of code.
    """
    tokens = MarkdownIt("commonmark").enable("table").parse(FRONT_MATTER.sub("", markdown, count=1))
    addresses = _known_addresses(digest)
    sentences = [(_plain(item.text), [_plain(link.label) for link in item.links]) for item in digest.items]
    sentences += [(_plain(line), []) for line in digest.footer]
    verbatim = _verbatim(insight)
    allowed = _allowed_numbers(digest, insight)
    for number, token in enumerate(tokens):
        if token.type == "html_block":
            yield f"HTML: {token.content.strip()[:80]}"
        if token.type in {"fence", "code_block"}:
            yield f"code that no template has: {token.content.strip()[:80]}"
        if token.type != "inline":
            continue
        yield from _foreign_markup(token, addresses)
        text = _visible(token)
        if (
            tokens[number - 1].type == "paragraph_open"
            and not any(_says(text, sentence, labels) for sentence, labels in sentences)
            and not _is_label(token)
        ):
            yield f"no claim says: {text[:160]}"
        yield from (
            f"the number {figure} is not in the store: {text[:160]}" for figure in _unknown(text, verbatim, allowed)
        )


def _known_addresses(digest: Digest) -> set[str]:
    links = {link.url for item in digest.items for link in item.links}
    return {url for url in (*links, *(group.url for group in digest.repositories)) if url}


def _verbatim(insight: Insight) -> list[str]:
    """Strings whose inner numbers are not ours to vouch for: titles, names and references, longest first."""
    texts = {
        _plain(text)
        for item in insight.evidence
        for text in (item.title, item.author or "", item.reference, item.repository)
    }
    texts |= {_plain(note) for note in (*insight.notes, *insight.unreadable, insight.organisation)}
    texts |= {_plain(claim.repository) for claim in insight.claims if claim.repository}
    # A sentence shows a title without its prefix and number, so that the part shown counts as verbatim too.
    texts |= {_plain(claim.text).rstrip(".") for claim in insight.claims if claim.evidence}
    return sorted((text for text in texts if any(char.isdigit() for char in text)), key=len, reverse=True)


def _allowed_numbers(digest: Digest, insight: Insight) -> set[str]:
    numbers = {f"{fact.value:,}" for fact in insight.facts}
    for text in (digest.title, digest.period.label, str(digest.window), *digest.footer):
        numbers |= set(numbers_in(text))
    return numbers


def _unknown(text: str, verbatim: list[str], allowed: set[str]) -> Iterator[str]:
    for known in verbatim:
        # As a whole: a commit titled “0” must not take the zero out of 10.
        text = re.sub(rf"(?<!\w)(?<!\d[.,:]){re.escape(known)}(?!\w|[.,:]\d)", " ", text)
    return (figure for figure in numbers_in(text) if figure not in allowed)


def _foreign_markup(inline: Token, addresses: set[str]) -> Iterator[str]:
    for child in inline.children or ():
        if child.type in {"html_inline", "image"}:
            yield f"{child.type.replace('_', ' ')}: {child.content[:80]}"
        if child.type == "link_open" and str(child.attrs.get("href")) not in addresses:
            yield f"a link that no evidence has: {child.attrs.get('href')}"


def _is_label(inline: Token) -> bool:
    """A bold line without digits or links: the name of a theme."""
    kinds = [child.type for child in inline.children or () if child.type != "text" or child.content]
    return kinds == ["strong_open", "text", "strong_close"] and not any(char.isdigit() for char in inline.content)


def _visible(inline: Token) -> str:
    parts = [child.content for child in inline.children or () if child.type in {"text", "code_inline", "text_special"}]
    return _plain("".join(parts))


def _plain(text: str) -> str:
    return " ".join(text.replace(BREAK, "").replace("`", "").split())


def _says(text: str, sentence: str, labels: list[str]) -> bool:
    """Whether a text is this sentence, with nothing behind it but the references that it stands on."""
    bare = sentence.rstrip(".")
    if not text.startswith(bare):
        return False
    rest = text.removeprefix(bare)
    for label in sorted(labels, key=len, reverse=True):
        rest = rest.replace(label, "", 1)
    return not re.search(r"\w", rest)
