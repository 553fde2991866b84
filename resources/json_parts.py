"""Large documents as JSON, written and read in parts: neither their text nor its structure is held as a whole.

A document is a pydantic model. Its text has sorted keys and an indentation of one space, so that a line of a known
indentation begins and ends each array: no line break is within a string. What is written otherwise is not read here.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from functools import lru_cache
from hashlib import sha256
from json.encoder import encode_basestring
from typing import Any, BinaryIO, TypeVar, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

BLOCK_BYTES = 4 << 20
"""Bytes of a document that are read and parsed at once."""

Document = TypeVar("Document", bound=BaseModel)

_Place = tuple[str, ...]
"""Names of the fields that lead to an array: one of a document, or one of a model in a field of it."""

_CONSTANTS = {None: "null", True: "true", False: "false"}

_OPENING = re.compile(rb'\n(?P<spaces> {1,2})"(?P<name>\w+)": (?P<kind>[\[{])(?=\n)')


def write_json_parts(document: BaseModel) -> Iterator[str]:
    """Yield a model as `json.dumps(..., indent=1, sort_keys=True, ensure_ascii=False)` writes it, in small parts.

    The stories of a week of 3,000 repositories are 100 MB; as one structure and one list of tokens they took 800 MB.
    With an indentation the standard library writes token by token in Python, which took three times as long.
    """
    yield from _write_object(_dump_fields(document), "")
    yield "\n"


def _write_object(fields: Mapping[str, Any], indentation: str) -> Iterator[str]:
    deeper = f"{indentation} "
    opening = "{"
    for name, value in sorted(fields.items()):
        yield f"{opening}\n{deeper}{encode_basestring(name)}: "
        opening = ","
        if isinstance(value, dict):
            yield from _write_object(value, deeper)
        elif isinstance(value, tuple):
            yield from _write_models(value, deeper)
        else:
            yield _format_value(value, deeper)
    yield f"\n{indentation}}}" if fields else "{}"


def _write_models(models: tuple[Any, ...], indentation: str) -> Iterator[str]:
    deeper = f"{indentation} "
    opening = "["
    for model in models:
        yield f"{opening}\n{deeper}{_format_value(to_jsonable_python(model), deeper)}"
        opening = ","
    yield f"\n{indentation}]"


def _format_value(value: Any, indentation: str) -> str:
    """Return a JSON value as text; the lines behind its first begin with `indentation` or more.

    `json.dumps` takes 3 µs a value, and the insight of a month of 3,000 repositories has six million that need no more
    than a look-up.
    """
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, dict):
        return _format_object(value, indentation)
    if isinstance(value, list):
        return _format_array(value, indentation)
    if value is None or value is True or value is False:
        return _CONSTANTS[value]
    return int.__repr__(value) if isinstance(value, int) else json.dumps(value)


def _format_object(value: dict[str, Any], indentation: str) -> str:
    if not value:
        return "{}"
    deeper = f"{indentation} "
    rows = [f"{encode_basestring(name)}: {_format_value(item, deeper)}" for name, item in sorted(value.items())]
    return "{\n" + deeper + f",\n{deeper}".join(rows) + f"\n{indentation}}}"


def _format_array(value: list[Any], indentation: str) -> str:
    if not value:
        return "[]"
    deeper = f"{indentation} "
    rows = [_format_value(item, deeper) for item in value]
    return "[\n" + deeper + f",\n{deeper}".join(rows) + f"\n{indentation}]"


def _dump_fields(document: BaseModel) -> dict[str, Any]:
    """Return the fields of a model as JSON values, but for tuples of models, which stay as they are."""
    nested = {
        name: value
        for name, value in document
        if isinstance(value, BaseModel) or (isinstance(value, tuple) and value and _is_model(value[0]))
    }
    fields = document.model_dump(mode="json", exclude={*nested})
    return fields | {
        name: _dump_fields(value) if isinstance(value, BaseModel) else value for name, value in nested.items()
    }


def _is_model(value: object) -> bool:
    return isinstance(value, BaseModel) or is_dataclass(value)


def read_json_parts(file: BinaryIO, model_type: type[Document]) -> tuple[Document, str] | None:
    """Return a document and the SHA-256 of its bytes; None if it must be read as a whole, also to say what is wrong.

    Arrays of models are parsed block by block. The rest of the document is parsed without them, and gets them after.
    """
    reader = _PartReader(file, model_type)
    try:
        document = model_type.model_validate_json(reader.read_rest())
    except ValidationError:
        return None
    for place, values in reader.values_by_place.items():
        document = _put_values(document, place, tuple(values))
    return document, reader.digest.hexdigest()


def _put_values(document: Document, place: _Place, values: tuple[Any, ...]) -> Document:
    name, *rest = place
    value = _put_values(getattr(document, name), tuple(rest), values) if rest else values
    return document.model_copy(update={name: value})


class _PartReader:
    """Reads a document once, and takes the arrays of models out of it.

    Attributes:
        values_by_place: the models of each array.
        digest: of the bytes that were read.
    """

    def __init__(self, file: BinaryIO, model_type: type[BaseModel]) -> None:
        self.values_by_place: dict[_Place, list[Any]] = {}
        self.digest = sha256()
        self._file = file
        self._types = find_array_types(model_type)
        self._buffer = b""
        self._has_more = True

    def read_rest(self) -> bytes:
        """Return the document with empty arrays in place of those that were taken out.

        Raises:
            ValidationError: an array holds something else than its models.
        """
        rest: list[bytes] = []
        parent = ""
        while self._fill():
            for opening in _OPENING.finditer(self._buffer):
                name, depth = opening["name"].decode(), len(opening["spaces"])
                place = (name,) if depth == 1 else (parent, name)
                if opening["kind"] == b"{":
                    parent = name if depth == 1 else parent
                elif place in self._types:
                    rest.append(self._buffer[: opening.end()])
                    self._buffer = self._buffer[opening.end() :]
                    self._read_array(place, depth)
                    break
            else:
                # The last line may be the first half of an opening.
                end = max(self._buffer.rfind(b"\n"), 0) if self._has_more else len(self._buffer)
                rest.append(self._buffer[:end])
                self._buffer = self._buffer[end:]
        return b"".join(rest)

    def _fill(self) -> bool:
        """Read another block; return whether there is anything left."""
        if self._has_more:
            block = self._file.read(BLOCK_BYTES)
            self._has_more = bool(block)
            self.digest.update(block)
            self._buffer += block
        return bool(self._buffer)

    def _read_array(self, place: _Place, depth: int) -> None:
        """Parse the elements of an array up to its closing bracket, which stays in the buffer."""
        adapter = self._types[place]
        values = self.values_by_place.setdefault(place, [])
        closing, separator = b"\n" + b" " * depth + b"]", b"\n" + b" " * (depth + 1) + b"},"
        while (end := self._buffer.find(closing)) < 0:
            cut = self._buffer.rfind(separator)
            if cut >= 0:
                cut += len(separator)
                values += adapter.validate_json(b"[" + self._buffer[: cut - 1] + b"]")
                self._buffer = self._buffer[cut:]
            if not self._has_more:
                return
            self._fill()
        values += adapter.validate_json(b"[" + self._buffer[:end] + b"]")
        self._buffer = self._buffer[end:]


@lru_cache(maxsize=64)
def find_array_types(model_type: type[BaseModel]) -> dict[_Place, TypeAdapter[Any]]:
    """Return the fields of a model, and of the models in its fields, that hold tuples of models."""
    types: dict[_Place, TypeAdapter[Any]] = {}
    for name, field in model_type.model_fields.items():
        annotation: Any = field.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            nested = (((name, *place), kind) for place, kind in find_array_types(annotation).items())
            types |= {place: kind for place, kind in nested if len(place) == 2}
        elif get_origin(annotation) is tuple and not field.metadata:
            element, *others = get_args(annotation)
            if (
                others == [...]
                and isinstance(element, type)
                and (issubclass(element, BaseModel) or is_dataclass(element))
            ):
                types[name,] = TypeAdapter(annotation)
    return types
