"""Results of reading a document, kept as long as the document: several parts of a paper ask the same of the notes."""

import weakref
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from sparky_assets.documents.models import ParsedDocument

ResultT = TypeVar("ResultT", bound=tuple[object, ...])


def keep_per_document(read: Callable[[ParsedDocument], ResultT]) -> Callable[[ParsedDocument], ResultT]:
    """Return a function that reads each document once, and forgets the result with the document.

    The key is the object and not its value: to hash a document would take as long as to read it. The result is a tuple
    of immutable values, so that no caller can change what the next one gets.

    Args:
        read: a pure function of a document.
    """
    results: dict[int, ResultT] = {}

    @wraps(read)
    def read_once(document: ParsedDocument) -> ResultT:
        key = id(document)
        if key not in results:
            results[key] = read(document)
            weakref.finalize(document, results.pop, key, None).atexit = False
        return results[key]

    return read_once
