"""The words and addresses that the owner of template folders wrote in them.

They are printed as they stand, without a record: the manifest lists them as the owner's. A placeholder ends a piece, so
that what a template inserts must still come from the store.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from jinja2.meta import find_referenced_templates
from jinja2.sandbox import SandboxedEnvironment
from markdown_it import MarkdownIt

from resources.storage import FileSuffix
from sparky_assets.digests.models import Digest
from sparky_assets.digests.render.templates import load_environment
from sparky_assets.stories.models import BoxRow
from sparky_assets.stories.printing.phrasing import list_phrases, reword_model, reword_sentence
from sparky_assets.stories.printing.products.posts import tell_headline
from sparky_assets.stories.printing.sentences import name_mark
from sparky_assets.text.phrases import NUMBER_GROUP, PhraseTable

NAME_GROUPS = ("sections.", "marks.", f"{NUMBER_GROUP}.")
"""Groups of phrases that are words of their own, and not sentences."""

_TAG_STARTS = {"variable_begin": "variable_end", "block_begin": "block_end", "comment_begin": "comment_end"}
_PIECE_END = "\x00"
_HTML_TAG = re.compile(r"<[^<>]*>")
_EDGES = re.compile(r"^\W+|\W+$")
_URL = re.compile(r"https?://[^\s<>\"'()\[\]{}\x00]*[^\s<>\"'()\[\]{}\x00.,;:]")


@dataclass(frozen=True)
class OwnWords:
    """Pieces of text and addresses that templates hold literally."""

    texts: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


def read_own_words(name: str, folders: Sequence[Path], suffix: FileSuffix) -> OwnWords:
    """Return what the owner wrote in a template and in those that it includes.

    Args:
        name: the template of a product.
        folders: template folders; the last one is shipped, and its words are not the owner's.
        suffix: the format of the product.
    """
    *own_folders, shipped_folder = folders
    if not own_folders:
        return OwnWords()
    environment = load_environment(folders)
    texts: dict[str, None] = {}
    addresses: dict[str, None] = {}
    for template in _list_templates(name, folders, environment):
        own = next((folder / template for folder in own_folders if (folder / template).is_file()), None)
        if own is None:
            continue
        shipped = shipped_folder / template
        shipped_source = _read_literals(shipped, environment) if shipped.is_file() else ""
        source = _read_literals(own, environment)
        shipped_texts = set(_list_texts(shipped_source, suffix))
        texts |= dict.fromkeys(text for text in _list_texts(source, suffix) if text not in shipped_texts)
        shipped_addresses = set(_URL.findall(shipped_source))
        addresses |= dict.fromkeys(url for url in _URL.findall(source) if url not in shipped_addresses)
    return OwnWords(tuple(texts), tuple(addresses))


def _list_templates(name: str, folders: Sequence[Path], environment: SandboxedEnvironment) -> Iterator[str]:
    """Yield a template, and the templates that it includes or extends; a name that is computed is not known."""
    pending, seen = [name], set[str]()
    while pending:
        template = pending.pop(0)
        file = next((folder / template for folder in folders if (folder / template).is_file()), None)
        if template in seen or file is None:
            continue
        seen.add(template)
        yield template
        tree = environment.parse(file.read_text(encoding="utf-8"))
        pending += [included for included in find_referenced_templates(tree) if included]


def _read_literals(file: Path, environment: SandboxedEnvironment) -> str:
    """Return a template with one character in the place of each tag and comment of Jinja."""
    literals: list[str] = []
    awaited_end = ""
    for _, token_type, value in environment.lex(file.read_text(encoding="utf-8")):
        if token_type in _TAG_STARTS:
            awaited_end = _TAG_STARTS[token_type]
        elif token_type == awaited_end:
            awaited_end = ""
            literals.append(_PIECE_END)
        elif token_type == "data" and not awaited_end:  # noqa: S105 - a type of token, no secret
            literals.append(value)
    return "".join(literals)


def _list_texts(literals: str, suffix: FileSuffix) -> Iterator[str]:
    """Yield the pieces that hold letters, as a reader of the format sees them."""
    if suffix == "html":
        literals = unescape(_HTML_TAG.sub("\n", literals))
    for line in re.split(f"[\n{_PIECE_END}]", literals):
        text = _EDGES.sub("", _read_inline_markdown(line) if suffix == "md" else line)
        if any(char.isalpha() for char in text):
            yield text


def _read_inline_markdown(line: str) -> str:
    (inline,) = MarkdownIt("commonmark").parseInline(line)
    visible = {"text", "code_inline", "text_special"}
    return "".join(child.content for child in inline.children or () if child.type in visible)


def reword_digest(digest: Digest, phrases: PhraseTable) -> Digest:
    """Return a digest in the phrases of its owner: sentences, headings, and the labels of rows."""
    if not phrases.own:
        return digest
    reworded = reword_model(digest, lambda sentence: reword_sentence(sentence, phrases))
    rows = tuple(_reword_label(row, phrases) for row in reworded.edition.box_rows)
    further = tuple(_reword_label(row, phrases) for row in reworded.edition.further_rows)
    edition = reworded.edition.model_copy(update={"box_rows": rows, "further_rows": further})
    description = reword_sentence(tell_headline(digest.edition), phrases).text
    return reworded.model_copy(update={"edition": edition, "title": edition.headline, "description": description})


def _reword_label(row: BoxRow, phrases: PhraseTable) -> BoxRow:
    if row.name is not None:
        return row.model_copy(update={"label": row.name.text})
    name = name_mark(row.label, row.mark)
    return row if isinstance(name, str) else row.model_copy(update={"label": phrases.name(name.phrase)})


def list_own_phrases(digest: Digest, phrases: PhraseTable) -> dict[str, str]:
    """Return the phrases of the owner that a product is written in, by key; names and numbers are always among them."""
    notes = (line.heading for line in digest.note)
    sentences = (*digest.sentences, *digest.edition.headings, *notes)
    used = {key for sentence in sentences for key in list_phrases(sentence)}
    return {key: text for key, text in phrases.own.items() if key in used or key.startswith(NAME_GROUPS)}


def list_own_names(text: str, own_phrases: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of sections and rows that the owner changed and that are in a text."""
    names = (name for key, name in own_phrases.items() if key.startswith(NAME_GROUPS) and "{" not in name)
    return tuple(dict.fromkeys(name for name in names if name.casefold() in text.casefold()))
