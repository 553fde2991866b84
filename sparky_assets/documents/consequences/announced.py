"""What the text around items of notes says that they are: breaking changes, removals or deprecations. Pure.

A heading or paragraph announces them by their kind or number, and notes that a tool writes from commits list some
twice.
"""

import re
from collections.abc import Mapping, Sequence

from sparky_assets.documents.consequences.verbs import ADDING_ITEM, DESCRIBING_ITEM, plain_item
from sparky_assets.documents.models import ConsequenceKind, NoteItem, ParsedDocument, SectionKind
from sparky_assets.documents.note_kinds import LEADING_REFERENCE
from sparky_assets.documents.sections import classify_heading
from sparky_assets.text.versions import parse_release_tag

KIND_BY_SECTION: Mapping[SectionKind, ConsequenceKind] = {
    "breaking": "breaking", "removed": "removed", "deprecated": "deprecated", "security": "security",
    "migration": "compatibility",
}  # fmt: skip
"""What the items and paragraphs of a section state by its heading."""

NUMBER_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
"""Numbers that an introduction writes as words."""


def find_heading_kind(heading: str) -> ConsequenceKind | None:
    """Return what a heading says that all below it is: `Upgrade guide > Removed`; None for other headings.

    Args:
        heading: its words, with those of the headings above in front of them.
    """
    kinds = [classify_heading(part) for part in reversed(heading.split(" > "))]
    return KIND_BY_SECTION.get(next((kind for kind in kinds if kind != "other"), "other"))


def list_repeated_titles(items: Sequence[NoteItem]) -> list[NoteItem]:
    """Return the items with a `!` where a section about breaking changes has as many: these are their footers.

    A tool that writes notes from commits lists the title of a breaking change and its footer. lerna 10.0.0 has three
    of both.
    """
    footers = [item for item in items if classify_heading(item.heading) == "breaking"]
    marked = [
        item
        for item in items
        if item.kind == "breaking" and classify_heading(item.heading) != "breaking" and _MARKED_TITLE.match(item.text)
    ]
    return marked if len(marked) == len(footers) else []


_MARKED_TITLE = re.compile(rf"(?:{LEADING_REFERENCE.pattern})?[*_]{{0,2}}[a-z]{{2,12}}(?:\([^()\n]{{1,40}}\))?!:")
"""The title of a change with the mark that it breaks something: `feat(map)!: …`."""

_ANNOUNCED_NUMBER = re.compile(
    r"(?i)\b(?:contains?|includes?|has|have|with|brings?|introduces?|makes?) "
    rf"(?P<number>\d{{1,3}}|{'|'.join(NUMBER_WORDS)})"
    r"[*_ ]{1,3}breaking changes?\b"
)


def list_announced_items(document: ParsedDocument, items: Sequence[NoteItem]) -> frozenset[int]:
    """Return where the items begin that are the breaking changes whose number the introduction of notes gives.

    stylelint 17.0.0 has `It contains 14 breaking changes`, and as many items with the labels `Removed` and `Changed`.
    """
    text = " ".join(sentence.text for sentence in document.sentences if not sentence.is_list_item)
    match = _ANNOUNCED_NUMBER.search(text[:MAX_INTRODUCTION_LENGTH])
    if match is None:
        return frozenset()
    number = match["number"].casefold()
    count = int(number) if number.isdigit() else NUMBER_WORDS.index(number) + 1
    changed = [item for item in items if _CHANGE_LABEL.fullmatch(item.label or item.heading.strip(" :"))]
    return frozenset(item.start for item in changed) if len(changed) == count else frozenset()


MAX_INTRODUCTION_LENGTH = 2000
"""Characters of the paragraphs of notes that may give the number of breaking changes."""
_CHANGE_LABEL = re.compile(r"(?i)changed?|removed?|renamed?|dropped")

_LEADS_TO_BREAKING = re.compile(r"(?i)\b(?:breaking|backwards?[- ]incompatible)\W{0,3} changes?\b[^.]{0,60}:\W*\Z")
_LEADS_TO_REMOVED = re.compile(
    r"(?i)(?:removed the following\b[^.]{0,80}|.{0,40}\bthe following\b[^.]{1,60}\b(?:have|has|are|were) (?:been )?"
    r"(?:now )?removed[^.]{0,40}):\W*\Z"
)
_LEADS_TO_DEPRECATED = re.compile(
    r"(?i)(?:deprecated the following\b[^.]{0,80}|.{0,40}\bthe following\b[^.]{1,60}\b(?:have|has|are|were) (?:been )?"
    r"(?:now )?deprecated[^.]{0,40}):\W*\Z"
)
_LEADS_TO_COMPATIBILITY = re.compile(
    r"(?i)(?:\b(?:aware of|to know|watch(?: out)? for|to consider|to note|affect\w*)\b.{0,60}"
    r"\b(?:upgrad|updat|migrat)\w*"
    r"|\b(?:changes|notes|things|points|steps)\b.{0,60}\bbefore (?:you )?(?:upgrad|updat|migrat)\w*)"
    r"[^.]{0,40}(?:\d[\d.]*)?:\W*\Z"
)
_LEADS: tuple[tuple[re.Pattern[str], ConsequenceKind], ...] = (
    (_LEADS_TO_BREAKING, "breaking"), (_LEADS_TO_REMOVED, "removed"), (_LEADS_TO_DEPRECATED, "deprecated"),
    (_LEADS_TO_COMPATIBILITY, "compatibility"),
)  # fmt: skip
"""How a paragraph leads on to a list whose items are all of one kind: `This release includes two breaking changes:`."""


def find_lead_kind(document: ParsedDocument, item: NoteItem) -> ConsequenceKind | None:
    """Return what the paragraph right above a list says that its items are; None if it says nothing of the sort."""
    section = document.sentences[item.sentences[0]].section
    for sentence in reversed(document.sentences[: item.sentences[0]]):
        if sentence.section != section:
            return None
        if not sentence.is_list_item:
            text = document.source.text[sentence.start : sentence.end]
            return next((kind for pattern, kind in _LEADS if pattern.search(text)), None)
    return None


_MAJOR_DEFAULT = re.compile(
    r"(?i)(?!.*\b(?:option|opt[- ]in|configur|allow|supports|rather than)).{3,160}\bby default\b(?:\W|\Z)"
)
_OTHER_IN_MAJOR = re.compile(
    r"(?i).{0,120}\bnow (?:returns?|requires?|throws?|raises?|rejects?|expects?|refuses?|fails?|emits?|must)\b"
    r"|(?:return|raise|throw|emit|yield|require|reject)s?\b.{1,160}\binstead of\b"
    r"|moved? (?:\w+ ){0,3}`.{1,120}\b(?:from\b.{1,80}\bto|(?:in)?to)\b"
    r"|.{0,40}`[^`\n]{2,60}`(?: \w+){0,3} no longer "
    r"(?!needs?\b|requires?\b|crash|block|fail|leak|hang|panic|deadlock|flicker|lose|swallow|break|error|ignore)"
)
"""How an item below `Changed` of a major version says that something works in another way."""


def find_major_change(document: ParsedDocument, item: NoteItem) -> ConsequenceKind | None:
    """Return what an item below `Changed` of a major version changes for users; None for other items.

    A project raises the first number of its version for what it changes there; in other versions it is mostly internal.
    """
    name = (item.label or item.heading).strip(" :")
    if not _CHANGE_LABEL.fullmatch(name.removesuffix("s")) or not _is_major(document.source.title):
        return None
    first = plain_item(document.sentences[item.sentences[0]].text)
    if ADDING_ITEM.match(first) or DESCRIBING_ITEM.match(first):
        return None
    if _MAJOR_DEFAULT.match(first):
        return "changed_default"
    return "compatibility" if _OTHER_IN_MAJOR.match(first) else None


def _is_major(tag: str) -> bool:
    """Return whether a tag names the first release of a major version: `v3.0.0`."""
    release = parse_release_tag(tag)
    numbers = release.numbers if release else ()
    return len(numbers) > 1 and numbers[0] > 0 and not any(numbers[1:])
