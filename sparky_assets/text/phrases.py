"""The table of phrases: section names and sentences with named placeholders.

`templates/phrases.toml` holds all of them. A file of the same name in the folder of `digests.templates` holds those
that its owner changed. A phrase is plain text: a placeholder is a name in braces, and what fills it comes from the
caller.
"""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from string import Formatter
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictStr, ValidationError, create_model

from sparky_assets.errors import DataError
from sparky_assets.settings.load import find_shipped_folder

PHRASES_FILE = "phrases.toml"

MAX_PHRASE_LENGTH = 300

NUMBER_GROUP = "numbers"
"""The group of the words for numbers, by their digits."""

_MARKUP = re.compile(r"<[A-Za-z/!]|\]\(|\*\*|__|`|https?://|\w@\w|!(?=\{)", re.IGNORECASE)
"""Markup, addresses and code: printers escape what is in a phrase, so that a reader would see the signs.

In front of a link an exclamation mark makes a picture of it.
"""

_QUOTATION_MARKS = frozenset("“”„‟«»")


@dataclass(frozen=True)
class PhraseFrame:
    """A phrase by its key: literal words, and placeholders between them."""

    key: str
    text: str

    @cached_property
    def pieces(self) -> tuple[tuple[str, str], ...]:
        """Literal words, each with the name of the placeholder behind it; the last name may be empty."""
        return tuple((literal, name or "") for literal, name, _, _ in Formatter().parse(self.text))

    @cached_property
    def placeholders(self) -> tuple[str, ...]:
        """The names of the placeholders in their order."""
        return tuple(name for _, name in self.pieces if name)

    @cached_property
    def literals(self) -> tuple[str, ...]:
        """The words between the placeholders, without empty ones."""
        return tuple(literal for literal, _ in self.pieces if literal)


@dataclass(frozen=True)
class PhraseTable:
    """All phrases by key.

    Attributes:
        frames: the phrases in force.
        own: those that the owner of a template folder changed, as text by key.
    """

    frames: Mapping[str, PhraseFrame]
    own: Mapping[str, str]

    def name(self, key: str) -> str:
        """Return a phrase without placeholders: the name of a section."""
        return self.frames[key].text

    def list_group(self, group: str) -> dict[str, str]:
        """Return the phrases of a group, by the rest of their keys."""
        start = f"{group}."
        return {key.removeprefix(start): frame.text for key, frame in self.frames.items() if key.startswith(start)}


@lru_cache(maxsize=1)
def load_shipped_phrases() -> PhraseTable:
    """Return the phrases that ship with the product."""
    file = find_shipped_folder("templates") / PHRASES_FILE
    texts = dict(_flatten(tomllib.loads(file.read_text(encoding="utf-8"))))
    return PhraseTable({key: PhraseFrame(key, text) for key, text in texts.items()}, {})


def load_phrases(folders: Sequence[Path]) -> PhraseTable:
    """Return the phrases in force: the shipped ones, and those of the first folder that has a table of its own.

    Args:
        folders: template folders, the shipped one last.

    Raises:
        DataError: If a table cannot be used; the message has a line for each fault, with its file, line and key.
    """
    file = next((folder / PHRASES_FILE for folder in folders[:-1] if (folder / PHRASES_FILE).is_file()), None)
    if file is None:
        return load_shipped_phrases()
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: cannot be read: {error}") from error
    return parse_phrases(text, str(file))


@lru_cache(maxsize=8)
def parse_phrases(text: str, file: str) -> PhraseTable:
    """Return the shipped phrases with those of a table of an owner.

    Args:
        text: the table as TOML; it holds only the phrases that differ.
        file: its name, for messages.

    Raises:
        DataError: If it cannot be used; the message has a line for each fault.
    """
    shipped = load_shipped_phrases()
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{file}: not valid TOML: {error}") from error
    try:
        _build_table_model().model_validate(values)
    except ValidationError as error:
        lines = [_describe_fault(fault, text, file) for fault in error.errors(include_url=False)]
        raise DataError("\n".join(lines)) from error
    own = {key: phrase for key, phrase in _flatten(values) if phrase != shipped.frames[key].text}
    frames = {**shipped.frames, **{key: PhraseFrame(key, phrase) for key, phrase in own.items()}}
    return PhraseTable(frames, own)


def comment_out_phrases(text: str) -> str:
    """Return a table with a comment sign before each phrase: what its owner does not change stays the shipped one."""
    return "".join(f"# {line}" if _KEY.match(line) else line for line in text.splitlines(keepends=True))


def _flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the dotted key of each phrase of nested tables, and its text."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


@lru_cache(maxsize=1)
def _build_table_model() -> type[BaseModel]:
    """Return the model of a table of an owner: every key of the shipped one, none of them required."""
    file = find_shipped_folder("templates") / PHRASES_FILE
    return _build_group_model("Phrases", tomllib.loads(file.read_text(encoding="utf-8")))


def _build_group_model(name: str, values: Mapping[str, Any], prefix: str = "") -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for key, value in values.items():
        path = f"{prefix}{key}"
        # Keys such as `1` are no names of Python, so that fields have names of their own.
        field = f"f_{len(fields)}"
        if isinstance(value, Mapping):
            kind: Any = _build_group_model(f"{name}_{key}", value, f"{path}.")
        else:
            kind = Annotated[StrictStr, AfterValidator(_PhraseCheck(PhraseFrame(path, value)))]
        fields[field] = (kind, Field(None, alias=key))
    model: type[BaseModel] = create_model(name, __config__=ConfigDict(extra="forbid"), **fields)
    return model


@dataclass(frozen=True)
class _PhraseCheck:
    """Checks a phrase of an owner against the shipped one."""

    shipped: PhraseFrame

    def __call__(self, text: str) -> str:
        if fault := self._find_fault(text):
            raise ValueError(fault)
        return text

    def _find_fault(self, text: str) -> str:
        return self._find_text_fault(text) or self._find_placeholder_fault(text) or self._find_sign_fault(text)

    def _find_text_fault(self, text: str) -> str:
        if not text.strip():
            return "is empty"
        if len(text) > MAX_PHRASE_LENGTH:
            return f"has {len(text)} characters, of which at most {MAX_PHRASE_LENGTH} are allowed"
        is_joined = self.shipped.text != self.shipped.text.strip()
        return "begins or ends with a space" if text != text.strip() and not is_joined else ""

    def _find_sign_fault(self, text: str) -> str:
        if character := next((character for character in text if not character.isprintable()), ""):
            return f"holds a line break or another sign that is not printed ({character!a})"
        if match := _MARKUP.search(text):
            return f"holds markup, code or an address ({match[0]}); a phrase is plain text"
        if self.shipped.key.startswith(f"{NUMBER_GROUP}.") and (number := _find_other_number(self.shipped, text)):
            return f"says {number}, which is another number"
        marks = sorted((_QUOTATION_MARKS & set(text)) - set(self.shipped.text))
        return f"holds {' '.join(marks)}, which only mark what is quoted exactly" if marks else ""

    def _find_placeholder_fault(self, text: str) -> str:
        expected = self.shipped.placeholders
        right = f"It takes {', '.join(f'{{{name}}}' for name in expected)}." if expected else "It takes no placeholder."
        try:
            pieces = list(Formatter().parse(text))
        except ValueError as error:
            return f"has a brace that is not closed or not opened ({error}). {right}"
        if "{{" in text or "}}" in text:
            return f"has a brace that is not of a placeholder. {right}"
        names = [name for _, name, _, _ in pieces if name is not None]
        if any(spec or conversion for _, _, spec, conversion in pieces) or not all(map(str.isidentifier, names)):
            return f"has a placeholder that is more than a name. {right}"
        unknown = [name for name in names if name not in expected]
        missing = [name for name in expected if name not in names]
        if unknown or missing:
            fault = (
                f"has the unknown placeholder {{{unknown[0]}}}"
                if unknown
                else f"lacks the placeholder {{{missing[0]}}}"
            )
            return f"{fault}. {right}"
        return f"has a placeholder twice. {right}" if len(names) > len(expected) else ""


def _find_other_number(shipped: PhraseFrame, text: str) -> str:
    """Return the word or digits in a word for a number that say another one; empty if there are none."""
    digits = shipped.key.rpartition(".")[2]
    others = {word for key, word in load_shipped_phrases().list_group(NUMBER_GROUP).items() if key != digits}
    words = re.findall(r"\w+", text.lower())
    return next((word for word in words if word in others or (word.isdecimal() and word != digits)), "")


def _describe_fault(fault: Any, text: str, file: str) -> str:
    """Return a fault of pydantic as one line: the file, the line, the key, and what is right."""
    location = [str(part) for part in fault["loc"]]
    key = ".".join(location)
    line = find_key_line(text, location)
    place = f"{file}, line {line}" if line else file
    known = load_shipped_phrases().frames
    if fault["type"] == "extra_forbidden":
        siblings = [name for name in known if name.startswith(".".join([*location[:-1], ""]))] or list(known)
        close = difflib.get_close_matches(key, known, n=1) or difflib.get_close_matches(key, siblings, n=1, cutoff=0.3)
        hint = f"Did you mean {close[0]}?" if close else f"Groups are {', '.join(_list_groups(known))}."
        return f"{place}: unknown phrase {key}. {hint}"
    if fault["type"] == "string_type":
        return f"{place}: {key}: must be a text between quotation marks."
    if fault["type"] in {"model_type", "model_attributes_type"}:
        inner = [name for name in known if name.startswith(f"{key}.")]
        return f"{place}: {key}: is a group, not a text. Its keys: {', '.join(inner[:6])}."
    return f"{place}: {key}: {fault['msg'].removeprefix('Value error, ')}"


def _list_groups(keys: Mapping[str, object]) -> list[str]:
    return list(dict.fromkeys(key.partition(".")[0] for key in keys))


_TABLE_HEADER = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=")


def find_key_line(text: str, location: Sequence[str]) -> int:
    """Return the line of a key in a TOML text, counted from 1; of a table its header; 0 if it is not found."""
    table: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if match := _TABLE_HEADER.match(line):
            table = _split_key(match[1])
            path = table
        elif match := _KEY.match(line):
            path = [*table, *_split_key(match[1])]
        else:
            continue
        if path[: len(location)] == list(location) or (line.count("{") and list(location[: len(path)]) == path):
            return number
    return 0


def _split_key(key: str) -> list[str]:
    return [part.strip().strip("\"'") for part in key.split(".")]
