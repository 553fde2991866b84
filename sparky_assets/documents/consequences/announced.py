"""What the text around items of notes says that they are: breaking changes, removals or deprecations. Pure.

A heading or paragraph announces them by their kind or number, and notes that a tool writes from commits list some
twice.
"""

import re
from collections.abc import Mapping, Sequence

from sparky_assets.documents.models import ConsequenceKind, DocumentSentence, NoteItem, ParsedDocument, SectionKind
from sparky_assets.documents.note_kinds import LEADING_REFERENCE
from sparky_assets.documents.sections import classify_heading

KIND_BY_SECTION: Mapping[SectionKind, ConsequenceKind] = {
    "breaking": "breaking", "removed": "removed", "deprecated": "deprecated", "security": "security",
    "migration": "compatibility",
}  # fmt: skip
"""What the items and paragraphs of a section state by its heading."""

SECURITY_WORD = re.compile(
    r"(?i)\b(?:secur\w*|vulnerab\w*|cve|ghsa|attack\w*|expos\w*|leak\w*|inject\w*|overflow\w*|bypass\w*|privileg\w*"
    r"|malicious\w*|untrusted|malformed|denial|dos|rce|xss|csrf|ssrf|sanitiz\w*|protect\w*|harden\w*|escap\w*|auth\w*|permission\w*|credential\w*)\b"
)
"""A paragraph below a heading about security speaks of it only with such a word: `6.2.15 was an erroneous release`."""

NUMBER_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
"""Numbers that an introduction writes as words."""


def find_heading_kind(heading: str) -> ConsequenceKind | None:
    """Return what a heading says that all below it is: `Upgrade guide > Removed`; None for other headings.

    Args:
        heading: its words, with those of the headings above in front of them.
    """
    parts = heading.split(" > ")
    if any(_CHANGELOG.search(part) for part in parts[:-1]):
        # pagy's changelog has `Deprecations` between its title and the versions: it is over none of them.
        parts = parts[-1:]
    kinds = [classify_heading(part) for part in reversed(parts)]
    return KIND_BY_SECTION.get(next((kind for kind in kinds if kind != "other"), "other"))


_CHANGELOG = re.compile(r"(?i)\bchange ?log\b")


def list_repeated_titles(items: Sequence[NoteItem]) -> list[NoteItem]:
    """Return the items with a `!` where a section about breaking changes has as many: these are their footers.

    A tool that writes notes from commits lists the title of a breaking change and its footer. lerna 10.0.0 has three
    of both.
    """
    footers = [item for item in items if classify_heading(item.heading) == "breaking"]
    marked = [
        item
        for item in items
        if item.kind == "breaking" and classify_heading(item.heading) != "breaking" and MARKED_TITLE.match(item.text)
    ]
    return marked if len(marked) == len(footers) else []


MARKED_TITLE = re.compile(rf"(?:{LEADING_REFERENCE.pattern})?[*_]{{0,2}}[a-z]{{2,12}}(?:\([^()\n]{{1,40}}\))?!:")
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
    changed = [item for item in items if CHANGE_LABEL.fullmatch(item.label or item.heading.strip(" :"))]
    return frozenset(item.start for item in changed) if len(changed) == count else frozenset()


MAX_INTRODUCTION_LENGTH = 2000
"""Characters of the paragraphs of notes that may give the number of breaking changes."""
CHANGE_LABEL = re.compile(r"(?i)changed?|removed?|renamed?|dropped")

_LEADS_TO_BREAKING = re.compile(
    r"(?i)(?<!non-)(?<!non )(?<!not )\b(?:breaking|backwards?[- ]incompatible)\W{0,3} changes?\b[^.]{0,60}:\W*\Z"
)
_LEADS_TO_REMOVED = re.compile(
    r"(?i)(?:(?:remov|dropp)ed the following\b[^.]{0,80}|.{0,40}\b(?:the following|these)\b"
    r"[^.]{1,60}\b(?:have|has|are|were) (?:been )?"
    r"(?:now )?removed[^.]{0,40}):\W*\Z"
)
_LEADS_TO_RENAMED = re.compile(
    r"(?i)(?:renamed the following\b[^.]{0,80}|.{0,40}\b(?:the following|these)\b[^.]{1,60}\b(?:have|has|are|were) "
    r"(?:been )?(?:now )?(?:re)?named\b[^.]{0,40}):\W*\Z"
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
    (_LEADS_TO_BREAKING, "breaking"), (_LEADS_TO_REMOVED, "removed"), (_LEADS_TO_RENAMED, "removed"),
    (_LEADS_TO_DEPRECATED, "deprecated"),
    (_LEADS_TO_COMPATIBILITY, "compatibility"),
)  # fmt: skip
"""How a paragraph leads on to a list whose items are all of one kind: `This release includes two breaking changes:`."""


_LEADS_TO_CHANGES = re.compile(
    r"(?i)\b(?:following|these|several|some|many)\b.{0,60}\b(?:breaking|incompatib\w+|behaviou?rs?|changes)\b.{0,60}:\W*\Z"
)


def leads_to_changes(text: str) -> bool:
    """Return whether a sentence of an item leads on to changes: `These new behaviors are considered breaking:`."""
    return bool(_LEADS_TO_CHANGES.search(text))


_BANNER = re.compile(
    r"[!*_⚠\ufe0f ]*(?:(?:BE CAREFUL|WARNING|ATTENTION|CAUTION|IMPORTANT|NOTE)\W+)?BREAKING CHANGES?[!*_ ]*\Z"
)
_ADDING_LABELLED = re.compile(
    r"(?i)(?:[a-z]{2,12}: )?(?:\(?#\d+\)?,? ?)*(?:add|implement|improv|enhanc|support|introduc|allow|docs?\b)"
)
"""An item below a banner that adds something: `Feat: #12 implement maps at night`."""


_LEADS_TO_NEWS = re.compile(
    r"(?i)(?!.*\b(?:break|deprecat|remov|incompatib)\w*)(?:(?:and|some|a few|several|the|also) ){0,2}"
    r"(?:(?:other|further|more|noteworthy|notable|minor|small|new) ){1,3}[\w -]{1,40}:\Z"
    r"|(?!.*\b(?:break|deprecat|remov|incompatib)\w*).{0,80}\b(?:enhancements?|improvements?|new features?|additions)"
    r"(?: \w+){0,3}:\Z"
)
"""A paragraph above a list that ends what the heading above it says: `Some other enhancements:`."""


def is_behind_news(document: ParsedDocument, item: NoteItem) -> bool:
    """Return whether the paragraph right above a list says that its items are other news than the heading says."""
    above = _find_paragraph_above(document, item)
    return above is not None and leads_to_news(above.text)


def _find_paragraph_above(document: ParsedDocument, item: NoteItem) -> DocumentSentence | None:
    """Return the last sentence of the paragraph right above the list of an item, in its section; None without one."""
    for sentence in reversed(document.sentences[: item.sentences[0]]):
        if sentence.section != item.section:
            return None
        if not sentence.is_list_item:
            return sentence
    return None


_LEADS_TO_STEPS = re.compile(
    r"(?i)(?:.{0,200}\b(?:there are|you have) (?:\w+ ){0,2}(?:options|ways|possibilities|alternatives|choices)\b"
    r"|.{0,120}\byou (?:can|may|could) (?:\w+ ){0,2}(?:either|one of)\b"
    r"|to (?:migrate|upgrade|adapt|fix|resolve)\b.{0,80}"
    r"|.{0,80}\b(?:the following|these) (?:steps|options|alternatives)\b)[^.]{0,60}:\Z"
)
"""A paragraph above a list of what readers can do: `If you draw maps, there are two options:`."""


def is_behind_steps(document: ParsedDocument, item: NoteItem) -> bool:
    """Return whether the paragraph right above a list says that its items are steps, and not what breaks."""
    above = _find_paragraph_above(document, item)
    return above is not None and bool(_LEADS_TO_STEPS.match(above.text))


def leads_to_news(text: str) -> bool:
    """Return whether a paragraph only leads on to other news than the heading above it: `Some other enhancements:`."""
    return text.endswith(":") and bool(_LEADS_TO_NEWS.match(text))


def find_lead_kind(document: ParsedDocument, item: NoteItem) -> ConsequenceKind | None:
    """Return what the paragraph right above a list says that its items are; None if it says nothing of the sort.

    A banner is about all items below it that do not only add something: `!!! BE CAREFUL: BREAKING CHANGES !!!`.
    """
    above = _find_paragraph_above(document, item)
    if above is None:
        return None
    text = document.source.text[above.start : above.end]
    if _BANNER.match(text):
        return None if _ADDING_LABELLED.match(item.text) else "breaking"
    return find_leading_kind(text)


def find_leading_kind(text: str) -> ConsequenceKind | None:
    """Return what a paragraph says of all items of the list below it; None if it says nothing of the sort."""
    return next((kind for pattern, kind in _LEADS if pattern.search(text)), None)


def leads_to_renames(document: ParsedDocument, item: NoteItem) -> bool:
    """Return whether the paragraph right above a list says that its items give new names."""
    above = _find_paragraph_above(document, item)
    return above is not None and bool(_LEADS_TO_RENAMED.search(above.text))
