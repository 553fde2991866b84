"""Examples of code below a story, with the sentence that says where each is from. Pure."""

import re
from collections.abc import Mapping, Sequence

from sparky_assets.documents.examples import (
    MAX_EXAMPLE_LINES,
    find_added_example,
    is_printable,
    locate_lines,
    shows_title,
)
from sparky_assets.documents.models import CodeExample, ParsedDocument, SourceKind, SourceText
from sparky_assets.stories.models import Change, SentencePart, StorySentence
from sparky_assets.stories.printing.phrasing import tell
from sparky_assets.stories.printing.quoting.labels import mends_fault
from sparky_assets.stories.printing.sentences import title_link

_DOUBLES = re.compile(r"(?i)mock|\bstubs?\b|\bspy|assert_called|monkeypatch")
"""Words of a test of doubles, which shows nothing that users write."""
SECTIONS_WITH_EXAMPLES = frozenset({"usage", "user_facing", "migration", "what", "summary", "features", "breaking"})
"""Kinds of sections whose code is an example of what a change does."""
EXAMPLE_PHRASES: Mapping[SourceKind, str] = {"change_note": "examples.entry", "release_notes": "examples.notes"}
"""The phrase that says where an example is from; of a message by default."""


def tell_example(
    change: Change,
    documents: Sequence[ParsedDocument],
    documentation: Sequence[ParsedDocument],
    *,
    is_first_of_several: bool = False,
) -> tuple[CodeExample, StorySentence] | None:
    """Return an example of a change with the sentence that says where it is from; None if there is none.

    The first one under a section for users of its message, else a block of documentation or a test that it added.

    Args:
        change: the change.
        documents: what people wrote about it, the best first.
        documentation: the documentation, help texts and tests that came with it.
        is_first_of_several: whether other changes are printed between it and the example.
    """
    for document in documents:
        for example in document.examples:
            kind = document.sections[example.section].kind if example.section < len(document.sections) else "other"
            is_short = 0 < len(example.lines) <= MAX_EXAMPLE_LINES
            # A single line that shares nothing with the title is mostly what was printed before.
            is_short = is_short and (len(example.lines) > 1 or shows_title(example, change.title))
            if kind in SECTIONS_WITH_EXAMPLES and is_short and is_printable(example):
                phrase = EXAMPLE_PHRASES.get(document.source.kind, "examples.message")
                if is_first_of_several:
                    return example, tell("S-EXAMPLE", f"{phrase}_of", title=title_link(change))
                return example, tell("S-EXAMPLE", phrase)
    for document in sorted(documentation, key=lambda document: document.source.kind):
        # The test of a fix shows how the fault was found, and few can read it without the code.
        if document.source.kind == "test" and (mends_fault(change) or _DOUBLES.search(document.source.text)):
            continue
        if added := find_added_example(document, change.title):
            return added, _name_origin(document.source, added, change if is_first_of_several else None)
    return None


def _name_origin(source: SourceText, example: CodeExample, change: Change | None) -> StorySentence:
    """Return where an example is from that came with a change, named if it is not the last one in print."""
    if source.kind == "test":
        is_named = bool(source.heading) and "`" not in source.heading
        label = f"`{source.heading}`" if is_named else f"`{source.path or ''}`"
        link = SentencePart(kind="datum", text=label, url=source.url, evidence=source.key)
        if change is None:
            return tell("S-TEST", "examples.test", test=link)
        return tell("S-TEST", "examples.test_of", title=title_link(change), test=link)
    link = SentencePart(kind="datum", text=f"`{source.path}`", url=locate_lines(source, example), evidence=source.key)
    if change is None:
        return tell("S-EXAMPLE", "examples.file", file=link)
    return tell("S-EXAMPLE", "examples.file_of", file=link, title=title_link(change))
